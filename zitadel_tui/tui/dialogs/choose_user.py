"""Finding somebody: keys never wait for the server, and only the newest answer counts."""

from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.timer import Timer
from textual.widgets import Input

from zitadel_tui.core import people, words
from zitadel_tui.core.advice import advice
from zitadel_tui.core.members import Roster
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.base import Dialog
from zitadel_tui.tui.format.lines import DANGER, DIM, Line
from zitadel_tui.tui.widgets.field import Field
from zitadel_tui.tui.widgets.safe import SafeBlock
from zitadel_tui.tui.widgets.table import Column, RecordTable, Row, Tone
from zitadel_tui.zitadel.wire.users import User

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session

_COLUMNS = (
    Column("name", "NAME", 22, min_width=12, grow=2),
    Column("login", "LOGIN", 22, min_width=12, grow=2),
    Column("email", "EMAIL", 26, priority=1, grow=1, dim=True),
    Column("has", "HAS ALREADY", 20, min_width=12, grow=1),
)
_PAUSE = 0.15  # seconds without a key before the server is asked
_LEAST = 2  # characters
_HINT = "Here by any part of a name, login, email or phone; elsewhere by the exact login name or id."


class ChooseUser(Dialog[User]):
    """Gives the user who was chosen; those who are members already are marked."""

    place = "choose"
    DEFAULT_CSS = """
    ChooseUser { align: left top; background: $background; }
    ChooseUser > #frame {
        width: 100%; max-width: 120; height: 100%; max-height: 100%; padding: 0 1; background: $background;
    }
    ChooseUser #title { margin-bottom: 0; }
    ChooseUser RecordTable { height: 1fr; margin-top: 1; }
    ChooseUser #state { max-height: 4; margin-top: 1; }
    ChooseUser KeyFooter { dock: none; margin-top: 0; padding: 0; }
    """

    def __init__(self, roster: Roster | None, organization: str) -> None:
        """``roster`` are the members, as far as they are known."""
        super().__init__()
        self.title_text = f"Somebody new in {shown(organization)}"
        self._roster = roster
        self._users: list[User] = []
        self._pause: Timer | None = None
        self._asked = ""
        self._searching = False
        self._take_the_one = False  # enter came before the answer
        self._table = RecordTable(_COLUMNS, styles=self._tone)
        self._field = Field(placeholder="name, login, email, phone or id")
        self._state = SafeBlock(((_HINT, DIM),), id="state")

    def body(self) -> ComposeResult:
        yield self._field
        yield self._table
        yield self._state

    def on_mount(self) -> None:
        self._table.can_focus = False
        self.set_focus(self._field)

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
            return await people.find(session.client, text)

        self.app.network.submit(self, find, then=self._found, failed=self._failed, group="find")

    def _found(self, users: list[User]) -> None:
        self._searching = False
        self._show(users)
        if not users:
            self._say(("Nobody is found. ", ""), (_HINT, DIM))
        elif len(users) >= people.MOST_FOUND:
            self._say((f"More than {words.count(people.MOST_FOUND - 1)}: type more of it.", DIM))
        else:
            self._say((f"{words.plural(len(users), 'account')}; up and down move.", DIM))
            if self._take_the_one and len(users) == 1:
                self.do_take()

    def _failed(self, failure: Failure) -> None:
        self._searching = False
        self._asked = ""  # the same again asks again
        told: list[Line] = [((failure.summary, DANGER),)]
        if hint := advice(failure):
            told.append(((hint, DIM),))
        self._state.update(*told)

    def _say(self, *parts: tuple[str, str]) -> None:
        self._state.update(parts)

    # What is seen

    def _show(self, users: list[User]) -> None:
        self._users = users
        self._table.set_rows([user.id for user in users], self._row)
        self._table.action_first()
        self.app.refresh_keys()

    def _row(self, index: int) -> Row:
        user = self._users[index]
        kind = "  service" if people.kind(user) == "service" else ""
        roles = words.roles_cell(self._roles(user), self._table.width_of("has"))
        return f"{people.name(user)}{kind}", people.login(user), people.email(user), roles

    def _roles(self, user: User) -> tuple[str, ...]:
        member = self._roster.get(user.id) if self._roster else None
        return member.roles if member else ()

    def _tone(self, index: int) -> Tone:
        return "dim" if self._roles(self._users[index]) else ""

    def on_key(self, event: events.Key) -> None:
        """The cursor moves while the field keeps what is typed."""
        moves = {"up": -1, "down": 1}
        if event.key in moves:
            self._table.action_move(moves[event.key])
        elif event.key in ("pageup", "pagedown"):
            self._table.action_page(1 if event.key == "pagedown" else -1)
        else:
            return
        event.stop()

    # Choosing

    def reason_against(self, action_id: str) -> str | None:
        if action_id == "choose.take" and self._table.cursor_id is None:
            return "Nobody is found yet."
        return None

    def on_input_submitted(self) -> None:
        """Enter in the field; for who was faster than the answer it counts when one account is found."""
        if self._field.value.strip() != self._asked:
            self._find()
        if self._searching:
            self._take_the_one = True
        else:
            self.perform("take")

    def on_record_table_activated(self) -> None:
        self.perform("take")

    def do_take(self) -> None:
        chosen = self._table.cursor_id
        self.close(next((user for user in self._users if user.id == chosen), None))

    def do_close(self) -> None:
        self.close(None)
