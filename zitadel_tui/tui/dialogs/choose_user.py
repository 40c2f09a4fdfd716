"""A dialog to find users: keys never wait for the server, and only the newest answer counts."""

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.timer import Timer
from textual.widgets import Input

from zitadel_tui.core import user_lookup, words
from zitadel_tui.core.members import Roster
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.pick import PickDialog
from zitadel_tui.tui.format.lines import DIM, STRONG, Line, went_wrong
from zitadel_tui.tui.format.meanings import roles_cell
from zitadel_tui.tui.widgets.field import Field
from zitadel_tui.tui.widgets.safe import SafeBlock
from zitadel_tui.tui.widgets.table import Column, RecordTable, Row, Tone
from zitadel_tui.zitadel.wire.users import User

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session

_COLUMNS = (
    Column("name", "NAME", 20, min_width=12, grow=1, middle=True),
    Column("login", "LOGIN", 24, min_width=14, grow=2, middle=True),
    Column("email", "EMAIL", 26, priority=1, grow=1, dim=True, middle=True),
    Column("has", "ROLES", 20, min_width=12, grow=1),
)
_PAUSE = 0.15  # seconds without a key before the server is asked
_LEAST = 2  # characters
_NAMED = 5  # the last selected ones
_HINT = (
    "Type any part of a name, login, email or phone. "
    "For users of other organizations, type the exact login name or id."
)


class ChooseUser(PickDialog[tuple[User, ...]]):
    """Returns the selected users, or else the user under the cursor. Shows the roles of users who are
    already members. The selection stays when another name is typed."""

    action_group = "choose"
    WIDTH = 108
    DEFAULT_CSS = """
    ChooseUser > #frame { height: 90%; max-height: 34; }
    ChooseUser.-narrow > #frame { height: 100%; }
    ChooseUser Field { width: 100%; }
    ChooseUser RecordTable { height: 1fr; margin-top: 1; }
    ChooseUser #state { max-height: 4; margin-top: 1; }
    """

    def __init__(self, roster: Roster | None, organization: str) -> None:
        """``roster`` are the members known so far."""
        super().__init__()
        self.title_text = f"Add a member to {shown(organization)}"
        self._roster = roster
        self._users: list[User] = []
        self._selected: dict[str, User] = {}
        self._pause: Timer | None = None
        self._asked = ""
        self._searching = False
        self._take_the_one = False  # enter came before the answer
        self._table = RecordTable(_COLUMNS, styles=self._tone, is_selected=self._is_selected)
        self._field = Field(placeholder="name, login, email, phone or id")
        self._told: tuple[Line, ...] = (((_HINT, DIM),),)
        self._state = SafeBlock(*self._told, id="state")

    def body(self) -> ComposeResult:
        yield self._field
        yield self._table
        yield self._state

    # Finding

    def on_input_changed(self, event: Input.Changed) -> None:
        self._take_the_one = False
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(_PAUSE, self._find)

    def _find(self) -> None:
        text = self._field.value.strip()
        if text == self._asked:
            return
        self._asked = text
        self._searching = len(text) >= _LEAST
        if not self._searching:
            self._show([])
            self._say((_HINT, DIM))
            return
        self._say(("Searching …", DIM))

        async def find(session: "Session") -> list[User]:
            return await user_lookup.find(session.client, text)

        self.app.network.submit(self, find, then=self._found, failed=self._failed, group="find")

    def _found(self, users: list[User]) -> None:
        self._searching = False
        self._show(users)
        if not users:
            self._say(("No user found. ", ""), (_HINT, DIM))
        elif len(users) >= user_lookup.MOST_FOUND:
            self._say((f"More than {words.count(user_lookup.MOST_FOUND - 1)} users match: type more.", DIM))
        else:
            self._say((f"{words.plural(len(users), 'user')} found.", DIM))
            if self._take_the_one and len(users) == 1:
                self.do_take()

    def _failed(self, failure: Failure) -> None:
        self._searching = False
        self._asked = ""  # the same text again searches again
        self._tell(*went_wrong(failure))

    def _say(self, *parts: tuple[str, str]) -> None:
        self._tell(parts)

    def _tell(self, *lines: Line) -> None:
        """Show ``lines`` about the search, and below them the selected users."""
        self._told = lines
        self._state.update(*lines, *([self._selection()] if self._selected else []))

    def _selection(self) -> Line:
        names = [shown(user_lookup.name(user)) for user in self._selected.values()]
        more = f" and {words.count(len(names) - _NAMED)} more" if len(names) > _NAMED else ""
        return (f"{words.count(len(names))} selected: ", STRONG), f"{', '.join(names[-_NAMED:])}{more}"

    # What is seen

    def _show(self, users: list[User]) -> None:
        self._users = users
        self._table.set_rows([user.id for user in users], self._row)
        self._table.action_first()
        self.app.refresh_keys()

    def _row(self, index: int) -> Row:
        user = self._users[index]
        kind = "  service" if user_lookup.kind(user) == "service" else ""
        roles = roles_cell(self._roles(user), self._table.width_of("has"))
        return f"{user_lookup.name(user)}{kind}", user_lookup.login(user), user_lookup.email(user), roles

    def _roles(self, user: User) -> tuple[str, ...]:
        member = self._roster.get(user.id) if self._roster else None
        return member.roles if member else ()

    def _tone(self, index: int) -> Tone:
        return "dim" if self._roles(self._users[index]) else ""

    # Choosing

    def _is_selected(self, user_id: str) -> bool:
        return user_id in self._selected

    def reason_against(self, action_id: str) -> str | None:
        needs_user = action_id == "choose.select" or (action_id == "choose.take" and not self._selected)
        if needs_user and self._table.cursor_id is None:
            return "No user is found yet."
        return None

    def do_select(self) -> None:
        """Select or deselect the user under the cursor, and go to the next."""
        if self._table.cursor_id is not None:
            self._toggle(self._table.cursor_id)
            self._table.action_move(1)

    def on_record_table_gutter_clicked(self, event: RecordTable.GutterClicked) -> None:
        event.stop()
        self._toggle(event.row_id)

    def _toggle(self, user_id: str) -> None:
        if self._selected.pop(user_id, None) is None:
            self._selected |= {user.id: user for user in self._users if user.id == user_id}
        self._table.repaint(user_id)
        self._tell(*self._told)

    def on_input_submitted(self) -> None:
        """Handle enter in the field. Pressed before the answer, it counts once exactly one account is
        found."""
        if self._field.value.strip() != self._asked:
            self._find()
        if self._searching:
            self._take_the_one = not self._selected
        else:
            self.perform("take")

    def on_record_table_activated(self) -> None:
        self.perform("take")

    def do_take(self) -> None:
        chosen = self._table.cursor_id
        self.close(tuple(self._selected.values()) or tuple(user for user in self._users if user.id == chosen))
