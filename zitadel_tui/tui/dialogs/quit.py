"""The question when quitting while changes are being written: wait, or stop after those in flight."""

from typing import Literal

from textual.app import ComposeResult

from zitadel_tui.tui.dialogs.base import Dialog
from zitadel_tui.tui.format.lines import BLANK, STRONG
from zitadel_tui.tui.widgets.safe import SafeBlock

Choice = Literal["wait", "stop"]


class QuitDialog(Dialog[Choice]):
    """Returns None to stay in the app."""

    action_group = "quit"
    title_text = "Quit while changes are being written?"

    def __init__(self, writing: int) -> None:
        super().__init__()
        what = "One change has" if writing == 1 else f"{writing} changes have"
        self._block = SafeBlock(
            (f"{what} not ended yet.",),
            BLANK,
            (("w  ", STRONG), "quit when everything is written"),
            (("s  ", STRONG), "finish what was sent, send nothing more, and quit"),
        )

    def body(self) -> ComposeResult:
        yield self._block

    def do_wait(self) -> None:
        self.close("wait")

    def do_stop(self) -> None:
        self.close("stop")
