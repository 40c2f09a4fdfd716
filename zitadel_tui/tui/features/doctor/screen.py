"""The doctor's screen: each check is shown when it is made. It needs no session."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from zitadel_tui.settings import Settings
from zitadel_tui.tui.dialogs.base import Dialog
from zitadel_tui.tui.format.lines import ACCENT, BLANK, DANGER, DIM, STRONG, WARNING, Line, hanging
from zitadel_tui.tui.widgets.safe import SafeBlock

if TYPE_CHECKING:
    from zitadel_tui.core.doctor import Finding
    from zitadel_tui.core.session import LocalServer

_SIGNS = {
    "ok": ("✓ ok  ", ACCENT),
    "warn": ("! warn", WARNING),
    "fail": ("✗ fail", DANGER),
    "skipped": ("–     ", DIM),
}
_CHECK = 13  # cells
_INDENT = " " * (len("✗ fail") + 1 + _CHECK + 1)
_BESIDE = 7  # cells: borders, blanks, scrollbar
_LEAST_WIDE = 40  # cells


class DoctorScreen(Dialog[None]):
    """Checks ``settings``; ``local`` and ``stdin`` are those of the connection."""

    action_group = "doctor"
    title_text = "Doctor"
    WIDTH = 108
    DEFAULT_CSS = """
    DoctorScreen > #frame { height: 90%; max-height: 44; }
    DoctorScreen.-narrow > #frame { height: 100%; }
    DoctorScreen VerticalScroll { height: 1fr; max-height: 100%; }
    """

    def __init__(
        self,
        settings: Settings,
        *,
        local: "Callable[[], LocalServer] | None",
        stdin: Callable[[], bytes] | None,
    ) -> None:
        super().__init__()
        self._settings, self._local, self._stdin = settings, local, stdin
        self._found: list[Finding] = []
        self._block = SafeBlock()
        self._work: Future[None] | None = None
        self._is_done = False

    def body(self) -> ComposeResult:
        with VerticalScroll():
            yield self._block

    def on_mount(self) -> None:
        self.set_focus(self.query_one(VerticalScroll))
        self._examine()

    def on_unmount(self) -> None:
        if self._work is not None:
            self._work.cancel()

    def _examine(self) -> None:
        if self._work is not None:
            self._work.cancel()
        self._found = []
        self._show(is_done=False)
        settings, local, stdin = self._settings, self._local, self._stdin

        async def work() -> None:
            from zitadel_tui.core.doctor import examine

            more = {} if stdin is None else {"stdin": stdin}
            async for finding in examine(lambda: settings, local=local, **more):
                self.call_later(self._add, finding, attempt)
            self.call_later(self._end, attempt)

        attempt = self._found
        self._work = self.app.network.runtime.run(work)

    def _add(self, finding: "Finding", attempt: list[object]) -> None:
        if attempt is self._found:
            self._found.append(finding)
            self._show(is_done=False)

    def _end(self, attempt: list[object]) -> None:
        if attempt is self._found:
            self._work = None
            self._show(is_done=True)
            self.app.refresh_keys()

    def _show(self, *, is_done: bool) -> None:
        from zitadel_tui.core.doctor import summarize

        self._is_done = is_done
        lines: list[Line] = [self._summary(), BLANK] if is_done else [(("Checking …", DIM),), BLANK]
        width = max(_LEAST_WIDE, min(self.WIDTH, self.app.size.width) - _BESIDE)
        for one in summarize(self._found):
            sign, style = _SIGNS[one.state]
            lines += hanging(f"{sign} {one.label:{_CHECK}} ", one.seen, width, first_style=style)
            if one.advice:
                lines += hanging(f"{_INDENT}→ ", one.advice, width, WARNING, WARNING)
        self._block.update(*lines)

    def on_resize(self) -> None:
        self._show(is_done=self._is_done)

    def _summary(self) -> Line:
        states = [one.state for one in self._found]
        failed, warned = states.count("fail"), states.count("warn")
        if not failed and not warned:
            return (("No problems found.", ACCENT),)
        advice = next(one.advice for one in self._found if one.state == ("fail" if failed else "warn"))
        return (("First: ", STRONG), advice)

    def reason_against(self, action_id: str) -> str | None:
        if action_id == "doctor.again" and self._work is not None:
            return "The checks are still running."
        return None

    def do_again(self) -> None:
        self._examine()

    async def do_copy(self) -> None:
        lines = [
            f"{one.state:7} {one.label:{_CHECK}} {one.seen}{f' → {one.advice}' if one.advice else ''}"
            for one in self._found
        ]
        await self.app.copy("the results", "\n".join(lines))

    def do_close(self) -> None:
        self.close(None)
