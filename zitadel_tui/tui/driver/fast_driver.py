"""Textual's Linux and macOS driver with an input thread that waits instead of polling.

Textual's own thread polls ten times a second whether to end and whether a lone ESC was the Escape key:
Escape takes 105 ms, quitting 280. This one sleeps until a key, the end of the ESC delay, or the end.
"""

import os
from codecs import getincrementaldecoder
from collections.abc import Callable
from selectors import EVENT_READ, SelectSelector
from time import monotonic
from typing import Any, ClassVar, Protocol, runtime_checkable

from textual.app import App
from textual.driver import Driver
from textual.messages import ExitApp

from zitadel_tui.tui.driver.terminal import TTY, keys_from_tty
from zitadel_tui.tui.driver.textual_compat import KeyParser, TerminalDriver, missing_names

_READ_AT_ONCE = 4096


@runtime_checkable
class OutlivesNoTerminal(Protocol):
    """An app that can end even when its loop is stuck: writing to a terminal that is gone may never
    return."""

    def terminal_gone(self) -> None:
        """Called on the input thread."""


class FastDriver(TerminalDriver):
    """Takes keys from stdin, or from ``/dev/tty`` when stdin is no terminal."""

    escape_first: ClassVar[bool] = True

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._from_tty = keys_from_tty()
        self._on_gone = app.terminal_gone if isinstance(app, OutlivesNoTerminal) else self._exit_app
        self._wake: tuple[int, int] | None = None  # a pipe: read end, write end

    def start_application_mode(self) -> None:
        if self._wake is not None:  # continued after a stop that cannot be handled (SIGSTOP)
            self.stop_application_mode()
            self.close()
        if self._from_tty:
            self.fileno = os.open(TTY, os.O_RDWR | os.O_NOCTTY)
            self.input_tty = True
        self._wake = os.pipe()
        start: Callable[[], None] = super().start_application_mode  # untyped in Textual
        start()

    def disable_input(self) -> None:
        if self._wake is not None:
            os.write(self._wake[1], b"\0")
        super().disable_input()

    def close(self) -> None:
        super().close()
        if self._wake is None:
            return
        opened, self._wake = self._wake, None
        for fd in (*opened, *([self.fileno] if self._from_tty else [])):
            os.close(fd)

    def run_input_thread(self) -> None:
        """Turn input into events until woken, or until the terminal is gone, which ends the app."""
        assert self._wake is not None
        keys, wake = self.fileno, self._wake[0]
        parser = KeyParser(escape_first=self.escape_first)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with SelectSelector() as selector:  # the other selectors do not accept a terminal on macOS
            selector.register(keys, EVENT_READ)
            selector.register(wake, EVENT_READ)
            while True:
                due = parser.due  # set while an ESC may be a key or the start of a sequence
                wait = None if due is None else max(0.0, due - monotonic())
                ready = {key.fd for key, _ in selector.select(wait)}
                if wake in ready:
                    break
                if keys in ready:
                    data = _read(keys)
                    if not data:
                        self._on_gone()
                        break
                    if text := decode(data):  # otherwise half a character; an empty text would end the parser
                        for event in parser.feed(text):
                            self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
        parser.finish()

    def _exit_app(self) -> None:
        self.send_message(ExitApp())


class AltKeysDriver(FastDriver):
    """The driver for a keymap with Alt keys."""

    escape_first = False


def _read(fd: int) -> bytes:
    """Read input; empty when the terminal is gone."""
    try:
        return os.read(fd, _READ_AT_ONCE)
    except OSError:
        return b""


def driver_class(*, alt_keys: bool = False) -> type[Driver] | None:
    """The driver for ``App(driver_class=…)``; None lets Textual choose.

    None when ``TEXTUAL_DRIVER`` names one, and when Textual no longer has the private names that the fast
    driver is built on. ``alt_keys``: Alt and a letter is a key of its own.
    """
    if os.environ.get("TEXTUAL_DRIVER") or missing_names():
        return None
    return AltKeysDriver if alt_keys else FastDriver
