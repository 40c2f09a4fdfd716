"""The roles an organization offers, to choose from for somebody who has none yet."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from zitadel_tui.core import rights
from zitadel_tui.failure import Failure
from zitadel_tui.tui import network
from zitadel_tui.tui.lines import BLANK, DIM, WARNING, Line, failed
from zitadel_tui.tui.screens.dialog import Dialog
from zitadel_tui.tui.table import Column, RecordTable, Row
from zitadel_tui.tui.widgets.safe import SafeBlock

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session

_COLUMNS = (
    Column("chosen", "", 3, min_width=3),
    Column("role", "ROLE", 29, min_width=20),
    Column("words", "PERMITS", 30, min_width=20, priority=1, grow=1, dim=True),
)


class ChooseRoles(Dialog[tuple[str, ...] | None]):
    """Gives the roles that are chosen, in the order of their power; None when it was cancelled."""

    place = "choose_roles"
    title_text = "Roles in this organization"
    DEFAULT_CSS = """
    ChooseRoles RecordTable { height: auto; max-height: 14; }
    ChooseRoles #about { margin-top: 1; height: 3; }
    """

    def __init__(self, chosen: Sequence[str]) -> None:
        super().__init__()
        self._chosen = set(chosen)
        self._offered: list[str] | None = None
        self._failure: Failure | None = None
        self._table = RecordTable(_COLUMNS)
        self._about = SafeBlock(("Asking which roles there are …",), id="about")

    def body(self) -> ComposeResult:
        yield self._table
        yield self._about

    def on_mount(self) -> None:
        self.set_focus(self._table)

        async def ask(session: "Session") -> list[str]:
            from zitadel_tui.core import roles

            return await roles.offered(session.client)

        network.submit(self, self.app.runtime, ask, then=self._read, failed=self._refused)

    def _read(self, offered: list[str]) -> None:
        self._offered = rights.sort_roles({*offered, *self._chosen})
        self._fill()

    def _refused(self, failure: Failure) -> None:
        self._failure = failure
        self._about.update(*failed(failure, "list the roles", key="esc closes this"))

    def _fill(self) -> None:
        offered = self._offered or []
        self._table.set_rows(offered, self._row)
        self._tell()

    def _row(self, index: int) -> Row:
        role = (self._offered or [])[index]
        return ("[x]" if role in self._chosen else "[ ]", role, rights.summary(role))

    def _tell(self) -> None:
        role = self._table.cursor_id
        if role is None:
            return
        lines: list[Line] = [(", ".join(rights.sort_roles(self._chosen)) or "none chosen",)]
        account = self.app.account
        if account is not None and rights.exceeds(role, account.permissions):
            lines.append(((f"{role} permits more than this account may itself.", WARNING),))
        else:
            added = rights.adds(role, self._chosen - {role})
            more = f" and {len(added) - 3} more" if len(added) > 3 else ""
            told = f"adds {', '.join(added[:3])}{more}" if added else "adds nothing to what is chosen"
            known = rights.permissions(role) is not None
            lines.append(((f"{role} {told}." if known else "What it permits is not known here.", DIM),))
        self._about.update(*lines, BLANK)

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        self._tell()

    def on_record_table_activated(self, event: RecordTable.Activated) -> None:
        event.stop()
        self.do_done()

    # Keys

    def reason_against(self, action_id: str) -> str | None:
        if action_id in ("choose_roles.toggle", "choose_roles.done") and self._offered is None:
            return "The roles have not been read." if self._failure is None else self._failure.summary
        return None

    def do_toggle(self) -> None:
        if (role := self._table.cursor_id) is not None:
            self._chosen ^= {role}
            self._fill()

    def do_done(self) -> None:
        self.dismiss(tuple(rights.sort_roles(self._chosen)))

    def do_close(self) -> None:
        self.dismiss(None)
