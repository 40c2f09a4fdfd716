"""A burst of keys, as a slow line delivers it, does what the same keys do when they are typed slowly."""

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from functools import partial
from time import time
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from textual.containers import VerticalScroll
from textual.events import Event, Key
from textual.widgets import Input

from tests.tui.app_pages import Page, demo
from tests.tui.pages import members_read, members_view, roles_view
from zitadel_tui.core import collection
from zitadel_tui.tui.driver import textual_compat
from zitadel_tui.tui.driver.input_order import InputOrder
from zitadel_tui.tui.services import listing
from zitadel_tui.tui.widgets.choice import Check, Choice
from zitadel_tui.tui.widgets.table import RecordTable

ESCAPE, ENTER, TAB, BACK_TAB, BACKSPACE = "\x1b", "\r", "\t", "\x1b[Z", "\x7f"
UP, DOWN, LEFT, RIGHT = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[C"
HOME, END, DELETE, PAGE_UP, PAGE_DOWN = "\x1b[H", "\x1b[F", "\x1b[3~", "\x1b[5~", "\x1b[6~"
F1, F2, F3, F4 = "\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS"
CTRL = {letter: chr(ord(letter) - 96) for letter in "abdefghklnoprtuvwxy"}
PASTE = "\x1b[200~pasted\x1b[201~"

MOVING = (ESCAPE, ENTER, TAB, BACK_TAB, UP, DOWN, LEFT, RIGHT, HOME, END, PAGE_UP, PAGE_DOWN)
EDITING = (BACKSPACE, DELETE, *(CTRL[letter] for letter in "adefkuw"), PASTE)
OPENING = ("/", "?", F1, F2, F3, F4, CTRL["p"], CTRL["r"], CTRL["t"], "1", "2", "3")
TEXT = tuple("abcdegijkmnoprstwxy .@,-")
HOME_AGAIN = (ESCAPE, ESCAPE, ESCAPE, F2)
PLACES: tuple[tuple[str, ...], ...] = (
    *((), ("/",), ("?",), ("c",), (CTRL["p"],), ("a",), ("e",), ("x",), (" ", " ", "e"), ("2", "m")),
    *((F4,), (F4, CTRL["r"]), (F4, TAB, TAB), (CTRL["p"], *"connect", ENTER)),
)
"""The views, and every dialog that opens while the server does not answer."""
KEYS = (*MOVING, *EDITING, *OPENING, *TEXT)


def state(page: Page) -> dict[str, Any]:
    """What the keys have done: where one is, what is typed, chosen and marked."""
    app = page.app
    found: dict[str, Any] = {"view": app.view.id, "selected": set(app.members.listing.selected)}
    for depth, screen in enumerate(app.screen_stack):
        found[f"screen {depth}"] = type(screen), screen.focused and (type(screen.focused), screen.focused.id)
        for widget in screen.walk_children():
            name = f"{depth}.{len(found)} {type(widget).__name__} {widget.id}"
            if isinstance(widget, Input):
                found[name] = widget.value, widget.selection
            elif isinstance(widget, Choice | Check):
                found[name] = widget.value
            elif isinstance(widget, RecordTable):
                found[name] = widget.row_count, widget.cursor_row, widget.scroll_offset
            elif isinstance(widget, VerticalScroll):
                found[name] = widget.scroll_offset
    return found


@pytest.mark.parametrize(
    ("burst", "typed"),
    [
        (f"/abc{BACKSPACE}d", "abd"),
        (f"/ab{LEFT}c", "acb"),
        (f"/{PASTE}x{BACKSPACE}{BACKSPACE}", "paste"),
        (f"/ab{ESCAPE}/c", "abc"),
        (f"/a?b{CTRL['a']}c", "ca?b"),
        (f"x{ESCAPE}/a", "a"),
    ],
)
async def test_a_burst_in_the_filter(burst: str, typed: str) -> None:
    async with members_read() as page:
        await page.burst(burst)
        await page.until(lambda: members_view(page)._filter.text == typed)


@pytest.mark.parametrize("key", [" ", CTRL["a"]])
async def test_keys_wait_for_the_rows_that_are_being_filtered(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many turns of the loop that takes: here one for each record."""
    async with members_read() as page:
        rows = page.app.members.listing.rows
        assert rows is not None
        wanted = rows.id_at(len(rows) // 2)
        monkeypatch.setattr(listing, "_AT_ONCE", -1.0)
        monkeypatch.setattr(listing, "in_steps", partial(collection.in_steps, seconds=0.0))
        monkeypatch.setattr(collection, "STEP", 1)
        await page.burst(f"/{wanted}{ENTER}{key}")
        await page.until(lambda: page.app.members.listing.selected == {wanted})


async def turns_until_admitted(monkeypatch: pytest.MonkeyPatch, turn: float, busy: int) -> int:
    """How many turns of the loop, each of that many seconds, a key is held while handlers are at work for
    ``busy`` of them."""
    turns, admitted = 0, list[Event]()
    app: Any = SimpleNamespace(is_running=True, screen=None, post_message=admitted.append)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: turns * turn)
    monkeypatch.setattr(textual_compat, "is_busy", lambda app: turns < busy)
    monkeypatch.setattr(textual_compat, "is_frame_due", lambda screen: False)
    order = InputOrder(app, is_text=lambda event: False)
    assert not order.admits(Key("a", "a"))
    while not admitted and turns < 1_000:
        turns += 1
        await asyncio.sleep(0)
    return turns


async def test_a_handler_that_is_long_at_work_holds_keys_for_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert 240 <= await turns_until_admitted(monkeypatch, turn=0.004, busy=1_000) <= 260


async def test_what_holds_up_the_loop_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 100 <= await turns_until_admitted(monkeypatch, turn=2.0, busy=100) <= 110


_BEGAN = time()  # both apps show the same ids, which the filter finds

Chunk = tuple[Sequence[str], Sequence[str]]
"""What is typed slowly to open something, and what follows."""

CHUNKS = st.tuples(st.sampled_from(PLACES), st.lists(st.sampled_from(KEYS), min_size=2, max_size=8))


@settings(max_examples=2, phases=[Phase.explicit, Phase.generate])
@given(chunks=st.lists(CHUNKS, min_size=10, max_size=10))
async def test_a_burst_is_as_the_keys_one_by_one(chunks: Sequence[Chunk]) -> None:
    fast = await states([(opening, ["".join(keys)]) for opening, keys in chunks])
    slow = await states(chunks)
    for chunk, after, expected in zip(chunks, fast, slow, strict=True):
        pairs = {name: (after.get(name), value) for name, value in expected.items()}
        assert {name: pair for name, pair in pairs.items() if pair[0] != pair[1]} == {}, chunk


async def states(chunks: Iterable[Chunk]) -> list[dict[str, Any]]:
    """Where each chunk leads, in an app whose server answers no more."""
    found = []
    async with members_read(demo(lag=(0.0, 0.0), clock=lambda: _BEGAN)) as page:
        await page.until(lambda: roles_view(page).count)
        for method in ("submit", "open"):
            setattr(page.app.network.runtime, method, lambda *work: Future())
        for opening, keys in chunks:
            for data in (*HOME_AGAIN, *opening, *keys):
                await page.burst(data)
            await page.pilot.wait_for_animation()
            await page.quiet()
            found.append(state(page))
    return found
