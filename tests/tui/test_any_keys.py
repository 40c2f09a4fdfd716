"""Any keys at any moment, while the server is slow or fails: nothing crashes, nothing is written unasked."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from textual import events

from tests.examples import examples
from tests.tui.app_pages import Page, demo
from tests.tui.pages import members_read
from tests.tui.test_input_order import CTRL, ENTER, ESCAPE, F2, KEYS, TAB
from zitadel_tui.core import concurrency
from zitadel_tui.demo.faults import Fault
from zitadel_tui.tui.dialogs.base import Dialog

FAULTS = (
    Fault("slow", seconds=0.02),
    Fault("slow", seconds=0.2),
    Fault(status=500),
    Fault(status=503, retry_after="0"),
    Fault(status=403, message="no"),
    Fault(status=409, message="already there"),
    Fault(status=404, message="not found"),
    Fault("withheld"),
    Fault("truncated"),
    Fault("html", status=502),
)
CALLS = ("* *", "POST *_search", "PUT *", "DELETE *", "POST */members", "POST */human/_import", "GET *")
DOING = ("y", CTRL["r"], "\x13", ENTER, ENTER, " ", "e", "x", "a", "m", "n", "t", "r", ESCAPE)
PATHS = (
    "x",
    "e \x13",
    "  e \x13",
    "agrace\r",
    "\x1bOSada\tlovelace\tada@acme.example\r",
    f"{F2}{ESCAPE}x",
    TAB,
)

BURSTS = st.lists(st.sampled_from((*KEYS, *DOING, *DOING, *PATHS)), min_size=1, max_size=10).map("".join)
SCRIPT = st.lists(
    st.tuples(st.sampled_from(FAULTS), st.sampled_from(CALLS), st.integers(1, 4), st.integers(0, 3)),
    max_size=4,
)
ASKED = {
    "Confirm": {"y"},
    "TypedName": {"enter"},
    "ConflictDialog": {"m"},
    "JobResultDialog": {"t", "r"},
    "EditRoles": {"ctrl+s", "enter"},
    "EditRolesOfSeveral": {"ctrl+s", "enter"},
    "ImportResults": {"a", "n", "m", "enter", "l", "c"},
    "Palette": {"enter"},
    "Screen": {"ctrl+s", "enter"},
}
"""Where a key may begin a write: what it does is on the screen there."""


class Writes:
    """Notes what was on the screen when the key came that began a write."""

    def __init__(self, page: Page, patch: pytest.MonkeyPatch) -> None:
        self._app = page.app
        self._before: tuple[str, str, str] = ("", "", "")
        self.unasked: list[tuple[str, str, str]] = []
        self.begun = 0
        order, network = page.app._input_order, page.app.network
        self._admits: Callable[[events.Event], bool] = order.admits
        self._submit: Callable[..., Any] = network.submit_write
        patch.setattr(order, "admits", self.admits)
        patch.setattr(network, "submit_write", self.submit)

    def admits(self, event: events.Event) -> bool:
        admitted = self._admits(event)
        if admitted and isinstance(event, events.Key):
            screen = self._app.screen
            title = screen.title_text if isinstance(screen, Dialog) else self._app.current_id
            self._before = type(screen).__name__, event.key, title
        return admitted

    def submit(self, *work: Any, **then: Any) -> Any:
        self.begun += 1
        screen, key, title = self._before
        if key not in ASKED.get(screen, ()) or (screen == "Screen" and title != "import"):
            self.unasked.append(self._before)
        return self._submit(*work, **then)


@settings(max_examples=examples(3), phases=[Phase.explicit, Phase.generate])
@given(bursts=st.lists(BURSTS, min_size=12, max_size=12), script=SCRIPT)
async def test_any_burst_neither_crashes_nor_writes_unasked(
    bursts: Sequence[str], script: Sequence[tuple[Fault, str, int, int]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(concurrency, "TIMING", concurrency.Timing(pauses=(0.0, 0.05, 0.05)))
        async with members_read(demo(lag=(0.0, 0.0))) as page:
            for fault, call, times, after in script:
                page.demo.faults.add(fault, call, times=times, after=after)
            writes = Writes(page, patch)
            for burst in bursts:
                await page.burst(burst)
                await page.quiet()
            assert writes.unasked == []
            assert page.app._exception is None
            page.demo.faults.clear()
            await page.burst("\x11\x11")
