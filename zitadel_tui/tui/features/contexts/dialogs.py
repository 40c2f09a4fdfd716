"""Dialogs that choose a context or an organization; what is typed filters the rows."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.widgets import Input

from zitadel_tui.contexts import NORMAL, Context, Contexts
from zitadel_tui.core.organizations import OrganizationAccess
from zitadel_tui.core.search import folded
from zitadel_tui.core.words import activity, plural
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.pick import PickDialog
from zitadel_tui.tui.format.lines import DIM, WARNING, Line, went_wrong
from zitadel_tui.tui.widgets.field import Field
from zitadel_tui.tui.widgets.safe import SafeBlock
from zitadel_tui.tui.widgets.table import Column, RecordTable, Row

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session

T = TypeVar("T")
_HERE = "▸"  # the one in use


class SwitchDialog(PickDialog[T], Generic[T]):
    """A filter field and a table of choices; the field keeps the focus."""

    action_group = "place"
    WIDTH = 104
    COLUMNS: ClassVar[tuple[Column, ...]]
    PLACEHOLDER: ClassVar[str]
    DEFAULT_CSS = """
    SwitchDialog Field { width: 100%; margin-bottom: 1; }
    SwitchDialog RecordTable { height: 12; max-height: 50vh; }
    SwitchDialog #state { margin-top: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.every: Sequence[T] = ()
        self._found: Sequence[T] = ()
        self._table = RecordTable(self.COLUMNS, one_click=True)
        self._field = Field(placeholder=self.PLACEHOLDER)
        self._state = SafeBlock(id="state")

    @abstractmethod
    def id_of(self, one: T) -> str:
        """What identifies a row."""

    @abstractmethod
    def row_of(self, one: T) -> Row:
        """The cells of a row."""

    def text_of(self, one: T) -> str:
        """The text that the filter searches."""
        return " ".join(map(str, self.row_of(one)))

    @abstractmethod
    def is_here(self, one: T) -> bool:
        """Whether it is the one in use."""

    def body(self) -> ComposeResult:
        yield self._field
        yield self._table
        yield self._state

    def offer(self, every: Sequence[T]) -> None:
        """Show these choices, with the cursor on the one in use."""
        self.every = every
        self._filter(self._field.value)
        here = next((self.id_of(one) for one in self._found if self.is_here(one)), None)
        if here is not None:
            self._table.select(here)

    def say(self, *lines: Line) -> None:
        self._state.update(*lines)

    def _filter(self, text: str) -> None:
        words = folded(text).split()
        self._found = [one for one in self.every if all(word in folded(self.text_of(one)) for word in words)]
        self._table.set_rows([self.id_of(one) for one in self._found], self._row)

    def _row(self, index: int) -> Row:
        one = self._found[index]
        return (_HERE if self.is_here(one) else "", *self.row_of(one))

    def on_input_changed(self, event: Input.Changed) -> None:
        self._filter(event.value)
        self._table.action_first()
        if self.every:
            none = () if self._found else (("None matches.", WARNING),)
            self.say(none) if none else self.say()

    def on_input_submitted(self) -> None:
        self.perform("take")

    def on_record_table_activated(self) -> None:
        self.perform("take")

    def do_take(self) -> None:
        chosen = self._table.cursor_id
        if chosen is not None:
            self.close(next(one for one in self._found if self.id_of(one) == chosen))


class ContextsDialog(SwitchDialog[Context]):
    """Returns the context to switch to."""

    title_text = "Switch to another context"
    PLACEHOLDER = "type to find a context"
    COLUMNS = (
        Column("here", "", 1),
        Column("name", "NAME", 14, min_width=8),
        Column("domain", "ADDRESS", 22, min_width=12, grow=2, middle=True),
        Column("org", "ORGANIZATION", 12, priority=1, min_width=8, grow=1),
        Column("protection", "PROTECTION", 11),
    )

    def __init__(self, known: Contexts, in_use: str) -> None:
        super().__init__()
        self._known, self._in_use = known, in_use

    def on_mount(self) -> None:
        self.offer(self._known.all)
        if self._in_use and not any(map(self.is_here, self.every)):
            self.say((f"In use now: {shown(self._in_use)}, which is not one of these.",))

    def id_of(self, one: Context) -> str:
        return one.name

    def row_of(self, one: Context) -> Row:
        protection = "" if one.protection == NORMAL else one.protection
        return (one.name, one.domain.removeprefix("https://"), one.org, protection)

    def is_here(self, one: Context) -> bool:
        return one.name == self._in_use


class OrganizationsDialog(SwitchDialog[OrganizationAccess]):
    """Reads the organizations that the account may act in, and returns the chosen one."""

    title_text = "Act in another organization"
    PLACEHOLDER = "type to find an organization"
    COLUMNS = (
        Column("here", "", 1),
        Column("name", "NAME", 20, min_width=10, grow=1, middle=True),
        Column("domain", "DOMAIN", 22, priority=1, grow=1, dim=True, middle=True),
        Column("roles", "YOUR ROLES", 22, min_width=12, grow=1),
        Column("state", "STATE", 8),
    )

    def __init__(self, org_id: str) -> None:
        """``org_id`` is the one in use."""
        super().__init__()
        self._org_id = org_id

    def on_mount(self) -> None:
        self.say((("Reading the organizations …", DIM),))

        async def read(session: "Session") -> list[OrganizationAccess]:
            from zitadel_tui.core.organizations import list_accessible

            return await list_accessible(session.client)

        self.app.network.submit(self, read, then=self._read, failed=self._failed, group="organizations")

    def _read(self, places: list[OrganizationAccess]) -> None:
        self.offer(places)
        self.say(((f"{plural(len(places), 'organization')} that this account may act in.", DIM),))

    def _failed(self, failure: Failure) -> None:
        self.say(*went_wrong(failure))

    def id_of(self, one: OrganizationAccess) -> str:
        return one.id

    def row_of(self, one: OrganizationAccess) -> Row:
        name = one.name or one.id
        return (name, one.primary_domain, " ".join((*one.roles, *one.instance_roles)), activity(one))

    def is_here(self, one: OrganizationAccess) -> bool:
        return one.id == self._org_id
