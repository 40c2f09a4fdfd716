"""What the app uses of Textual's private names still does what it is used for."""

import asyncio
import os
from collections.abc import Sequence
from typing import Any

import pytest
from textual._xterm_parser import XTermParser
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.screen import Screen
from textual.widgets import Input, Static

from zitadel_tui.tui.driver import textual_compat
from zitadel_tui.tui.driver.fast_driver import AltKeysDriver, FastDriver, driver_class
from zitadel_tui.tui.driver.textual_compat import KeyParser


class SmallApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.line = Static("one", markup=False)

    def compose(self) -> ComposeResult:
        yield self.line
        yield Input()

    def action_note(self, what: str) -> None:
        self.done.append(what)


async def test_busy_is_who_has_a_message_or_is_being_mounted() -> None:
    app = SmallApp()
    async with app.run_test():
        await nobody_busy(app)
        app.line.call_later(lambda: None)
        assert textual_compat.is_busy(app)
        await nobody_busy(app)
        app.call_later(lambda: None)
        assert textual_compat.is_busy(app)
        await nobody_busy(app)
        app.screen.mount(Static("two", markup=False))
        assert textual_compat.is_busy(app)
        await nobody_busy(app)
        app.push_screen(Screen[None]())
        assert textual_compat.is_busy(app)
        await nobody_busy(app)
        app.line.call_later(lambda: None)  # on a screen that is covered
        assert textual_compat.is_busy(app)
        await nobody_busy(app)


async def nobody_busy(app: SmallApp) -> None:
    """Wait for it: a message may come of itself at any time."""
    async with asyncio.timeout(20):
        while textual_compat.is_busy(app):
            await asyncio.sleep(0)


async def test_a_frame_is_due_for_a_layout_and_for_what_waits_for_a_refresh() -> None:
    app = SmallApp()
    async with app.run_test() as pilot:
        await pilot.pause()
        assert not textual_compat.is_frame_due(app.screen)
        app.line.update("one\ntwo")
        while not textual_compat.is_frame_due(app.screen):
            await asyncio.sleep(0)
        assert app.line.size.height == 1
        await settled(app)
        assert app.line.size.height == 2
        called: list[str] = []
        app.line.refresh()
        app.screen.call_after_refresh(called.append, "called")
        await settled(app)
        assert called == ["called"]


async def settled(app: SmallApp) -> None:
    while textual_compat.is_busy(app) or textual_compat.is_frame_due(app.screen):
        textual_compat.paint_frame(app.screen)
        await asyncio.sleep(0)


async def test_bindings_of_one_node_come_beside_those_of_its_class() -> None:
    app = SmallApp()
    async with app.run_test() as pilot:
        textual_compat.add_bindings(app, [Binding("f7", "note('seven')"), Binding("ctrl+q", "note('lost')")])
        await pilot.press("f7")
        assert app.done == ["seven"]
        assert not SmallApp()._bindings.key_to_bindings.get("f7")
        await pilot.press("ctrl+q")
        assert app.done == ["seven"]
    assert app.return_code == 0


def read(*writes: str, escape_first: bool = True) -> list[tuple[str, str | None]]:
    """The keys in what a terminal sends."""
    parser = KeyParser(escape_first=escape_first)
    events: list[Any] = [event for data in writes for event in parser.feed(data)]
    assert [*parser.feed("")] == [] or parser.is_eof
    return [(event.key, event.character) for event in events if isinstance(event, Key)]


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ("\x1bd", ["escape", "d"]),
        ("\x1b/x", ["escape", "slash", "x"]),
        ("\x1b\r", ["escape", "enter"]),
        ("\x1b\x7f", ["escape", "backspace"]),
        ("\x1b\x13", ["escape", "ctrl+s"]),
        ("\x1b1", ["escape", "1"]),
        ("\x1bü", ["escape", "ü"]),
        ("\x1bD", ["escape", "D"]),
        ("\x1b\x1bq", ["escape", "escape", "q"]),
        ("\x1b\x1b[A", ["escape", "up"]),
        ("\x1b[A\x1bOP", ["up", "f1"]),
        ("\x1b[27u\x1b[100;3u", ["escape", "alt+d"]),  # the protocol that tells them apart
    ],
)
def test_escape_and_a_key_in_one_write_are_two_keys(sent: str, keys: Sequence[str]) -> None:
    assert [key for key, _ in read(sent)] == list(keys)


def test_with_alt_keys_in_the_keymap_they_are_one_key() -> None:
    assert read("\x1bd", escape_first=False) == []  # until the delay is over
    parser = KeyParser(escape_first=False)
    assert [*parser.feed("\x1bd")] == []
    assert parser.due is not None
    assert driver_class(alt_keys=True) is AltKeysDriver
    assert not AltKeysDriver.escape_first


def test_a_parser_says_when_an_escape_byte_is_the_key() -> None:
    parser = KeyParser()
    assert parser.due is None
    assert [*parser.feed("\x1b")] == []
    assert parser.due is not None
    parser.finish()
    assert parser.is_eof


def test_textual_still_has_the_private_names_the_driver_needs() -> None:
    assert textual_compat.missing_names() == frozenset()
    assert driver_class() is FastDriver


def test_a_name_that_is_gone_leaves_the_choice_to_textual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(XTermParser, "tick", lambda self: ())
    assert textual_compat.missing_names() == {"XTermParser.tick: _timeout_time"}
    assert driver_class() is None
    monkeypatch.delattr(LinuxDriver, "_run_input_thread")
    assert "LinuxDriver._run_input_thread" in textual_compat.missing_names()


async def test_the_size_is_that_of_the_terminal_that_is_read() -> None:
    master, slave = os.openpty()
    try:
        driver = FastDriver(App())
        driver.fileno = slave
        assert driver._get_terminal_size() == (80, 24)  # a terminal that does not know says 0×0
    finally:
        os.close(master)
        os.close(slave)
