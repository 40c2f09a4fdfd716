"""The roles of an organization to choose from, each explained on the spot."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical

from zitadel_tui.core import rights
from zitadel_tui.core.advice import advice
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.base import Dialog
from zitadel_tui.tui.dialogs.role_selection import Selection
from zitadel_tui.tui.format.lines import BLANK, DANGER, DIM, WARNING, Line
from zitadel_tui.tui.format.role_notes import above, notes
from zitadel_tui.tui.widgets.safe import SafeBlock, SafeLine
from zitadel_tui.tui.widgets.table import Column, RecordTable, Row, Tone

if TYPE_CHECKING:
    from zitadel_tui.tui.ports import Shell

_COLUMNS = (
    Column("sign", "", 3),
    Column("role", "ROLE", 31, min_width=20),
    Column("permits", "PERMITS", 20, min_width=10, grow=1, dim=True),
)
_NOTE = Column("note", "HAVE IT", 11)
_NOTES = 6  # lines


class RolePicker(Dialog[list[str]]):
    """Keys go to the list; below it stand what the role under the cursor permits, and the difference.

    A subclass says what happens with :attr:`selection`: ``do_save``, ``do_again`` and ``do_request``. It
    ends with the roles that are offered, as far as they are known.
    """

    place = "assign"
    DEFAULT_CSS = """
    RolePicker { align: left top; background: $background; }
    RolePicker > #frame {
        width: 100%; max-width: 120; height: 100%; max-height: 100%; padding: 0 1; background: $background;
    }
    RolePicker #title { margin-bottom: 0; }
    RolePicker RecordTable { height: 1fr; min-height: 4; }
    RolePicker #notes { height: auto; max-height: 6; }
    RolePicker #state { max-height: 3; }
    RolePicker #then { max-height: 3; }
    RolePicker #difference { height: auto; }
    RolePicker KeyFooter { dock: none; margin-top: 0; padding: 0; }
    """

    def __init__(self, title: str, selection: Selection, offered: Iterable[str]) -> None:
        super().__init__()
        self.title_text = title
        self.selection = selection
        self.offered = list(offered)
        """The roles there are, as far as they are known."""
        self._known = bool(self.offered)
        self._has_begun = False
        self._session = self.app.session
        columns = (*_COLUMNS, _NOTE) if selection.noted else _COLUMNS
        self._table = RecordTable(columns, styles=self._tone, one_click=True)
        self._notes = SafeBlock(id="notes")
        self._now = SafeLine(id="now")
        self._then = SafeBlock(id="then")
        self._state = SafeBlock(id="state")

    if TYPE_CHECKING:
        app: Shell

    def body(self) -> ComposeResult:
        yield self._table
        yield self._notes
        with Vertical(id="difference"):
            yield self._now
            yield self._then
            yield self._state

    def on_mount(self) -> None:
        self.set_focus(self._table)
        self.show()

    def on_resize(self) -> None:
        self._explain()

    # What is seen

    @property
    def roles(self) -> list[str]:
        """Those offered, and those that somebody has although they are not."""
        return rights.sort_roles([*self.offered, *self.selection.roles])

    def show(self) -> None:
        """Bring everything to what is known and chosen now; the cursor stays on its role."""
        self._table.set_rows(self.roles, self._row)
        self._begin_harmless()
        now, then = self.selection.lines()
        self._now.show(*now)
        self._then.update(then)
        self._explain()
        self.app.refresh_keys()

    def _begin_harmless(self) -> None:
        """For a user without roles the cursor begins on the first role that does not grant everything."""
        if self._has_begun or not self.roles:
            return
        self._has_begun = True
        harmless = next((role for role in self.roles if not rights.is_powerful(role)), None)
        if not self.selection.roles and harmless is not None:
            self._table.select(harmless)

    def say(self, *lines: Line) -> None:
        """A sentence below the difference; without one it is taken away."""
        self._state.update(*lines)
        self._state.display = bool(lines)

    def refuse(self, failure: Failure) -> None:
        """Say what went wrong; everything stays as it was chosen."""
        told: list[Line] = [((failure.summary, DANGER),)]
        if hint := advice(failure):
            told.append(((hint, DIM),))
        self.say(*told)

    def _row(self, index: int) -> Row:
        role = self.roles[index]
        mark = " !" if above(role, self.app.account) or self._is_gone(role) else ""
        return (
            self.selection.sign(role),
            f"{shown(role)}{mark}",
            rights.summary(role),
            self.selection.note(role),
        )

    def _tone(self, index: int) -> Tone:
        role = self.roles[index]
        return "warning" if above(role, self.app.account) or self._is_gone(role) else ""

    def _is_gone(self, role: str) -> bool:
        return self._known and role not in self.offered

    def _explain(self) -> None:
        role = self._table.cursor_id
        if role is None:
            self._notes.update(((("Reading which roles there are …" if not self._known else ""), DIM),))
            return
        told = notes(
            role,
            self.selection.beside(role),
            is_above=above(role, self.app.account),
            offered=not self._is_gone(role),
            width=self.size.width - 3,
        )
        self._notes.update(BLANK, *told[: _NOTES - 1])

    def finish(self) -> None:
        self.close(self.offered)

    def reason_against(self, action_id: str) -> str | None:
        if action_id != "assign.close" and self.app.session is not self._session:
            leave = self.app.keymap.hint(f"{self.place}.close")
            return f"Another session has begun meanwhile: {leave} closes this."
        return None

    def known(self, offered: Iterable[str]) -> None:
        """The roles there are have been read."""
        self.offered, self._known = list(offered), True
        self.show()

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        self._explain()

    def on_record_table_activated(self, event: RecordTable.Activated) -> None:
        """Enter accepts what is checked and never changes it; a click checks what is under it."""
        event.stop()
        self.perform("toggle" if event.clicked else "save")

    def do_toggle(self) -> None:
        if (role := self._table.cursor_id) is not None:
            self.selection.toggle(role)
            self.say()
            self.show()

    def warn(self, sentence: str) -> None:
        self.say(((sentence, WARNING),))
