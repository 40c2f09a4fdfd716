"""A QR code over the whole screen, light on dark in every theme, so that a phone can read it."""

import os
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget

from zitadel_tui.core import qr
from zitadel_tui.secret import Secret
from zitadel_tui.tui.dialogs.base import Dialog
from zitadel_tui.tui.driver.terminal import has_unicode

if TYPE_CHECKING:
    from zitadel_tui.tui.ports import Shell


class _Code(Widget):
    """The code, painted only when all of it fits."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    _Code { width: 100%; height: 100%; content-align: center middle; }
    """

    if TYPE_CHECKING:
        app: Shell

    def __init__(self, text: Secret) -> None:
        super().__init__()
        self._has_blocks = has_unicode(os.environ)
        self._codes = [qr.lines(text.reveal(), quiet=quiet) for quiet in (2, 1)]

    def render(self) -> Content:
        keymap = self.app.keymap
        instead = f"{keymap.hint('qr.close')}, and {keymap.hint('imported.copy')} copies the link."
        if not self._has_blocks:
            return Content(f"This terminal has no block characters to draw a QR code with. Press {instead}")
        fitting = (rows for rows in self._codes if len(rows) <= self.size.height)
        rows = next(fitting, self._codes[-1])
        wide, high = len(rows[0]), len(rows)
        if wide > self.size.width or high > self.size.height:
            more = self.app.size.height + max(0, high - self.size.height)
            columns = self.app.size.width + max(0, wide - self.size.width)
            return Content(
                f"The QR code needs {columns}×{more} characters: make the window larger or its font "
                f"smaller. Or press {instead}"
            )
        return Content("\n").join([Content.styled(row, "#ffffff on #000000") for row in rows])


class QrScreen(Dialog[None]):
    """Shows only the code; several keys close it."""

    action_group = "qr"
    is_bare = True
    DEFAULT_CSS = """
    QrScreen > #frame { background: #000000; }
    QrScreen KeyFooter { display: none; }
    """

    def __init__(self, link: Secret) -> None:
        super().__init__()
        self._link = link

    def body(self) -> ComposeResult:
        yield _Code(self._link)
