"""Quitting while something is being written: wait for it, or stop after what is in flight."""

from typing import Literal

from textual.app import ComposeResult

from zitadel_tui.tui.dialogs.base import Dialog
from zitadel_tui.tui.format.lines import BLANK, DIM
from zitadel_tui.tui.widgets.safe import SafeBlock

Choice = Literal["wait", "stop"]


class QuitDialog(Dialog[Choice]):
    """None stays in the app."""

    place = "quit"
    title_text = "Quit while changes are being written?"

    def __init__(self, writing: int) -> None:
        super().__init__()
        what = "One change has" if writing == 1 else f"{writing} changes have"
        self._block = SafeBlock(
            (f"{what} not ended yet.",),
            BLANK,
            ("w  ", ("quit when all has been written", DIM)),
            ("s  ", ("let what was sent end, send nothing more, and quit", DIM)),
        )

    def body(self) -> ComposeResult:
        yield self._block

    def do_wait(self) -> None:
        self.close("wait")

    def do_stop(self) -> None:
        self.close("stop")
