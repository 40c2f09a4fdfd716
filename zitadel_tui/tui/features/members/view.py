"""The Members view: who has which roles, with the details of one user beside or over the list."""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from zitadel_tui.core import words
from zitadel_tui.core.advice import advice
from zitadel_tui.core.collection import Arrangement
from zitadel_tui.core.search import parse
from zitadel_tui.text import shown
from zitadel_tui.tui.feature import View
from zitadel_tui.tui.features.members import labels
from zitadel_tui.tui.features.members.columns import COLUMNS
from zitadel_tui.tui.format.lines import Line
from zitadel_tui.tui.messages import ShowView
from zitadel_tui.tui.services.listing import Listing
from zitadel_tui.tui.services.member_store import MemberStore
from zitadel_tui.tui.widgets.filter_bar import FilterBar
from zitadel_tui.tui.widgets.safe import SafeBlock, SafeLine
from zitadel_tui.tui.widgets.table import RecordTable, Row, Tone
from zitadel_tui.tui.widgets.user_panel import UserPanel

if TYPE_CHECKING:
    from zitadel_tui.core.requests import Request
    from zitadel_tui.tui.features.members.changes import MemberChanges
    from zitadel_tui.tui.format.user import UserContext
    from zitadel_tui.zitadel.wire.members import Member

_TELL_AGE_EVERY = 10.0  # seconds
_SAY_WHAT_WE_WAIT_FOR = 0.2  # seconds after the first frame, unless there are members by then
_BESIDE_FROM = 120  # columns
_NEWEST_FIRST = "since"
_HINT = "filter: words, role:owner, kind:service"


class MembersView(View):
    """Shows what the store lists: the members, or the instance's administrators. Moves nothing by itself."""

    DEFAULT_CSS = """
    MembersView {
        & > #body { height: 1fr; layers: list person; }
        & #list { width: 1fr; layer: list; }
        & #state {
            display: none; padding: 1 3; height: 1fr; content-align: center middle; text-align: center;
        }
        & #list.-empty > RecordTable { height: 1; }
        & #list.-empty > #state { display: block; }
        & #person { display: none; layer: person; width: 100%; height: 100%; }
        &.-person #person { display: block; }
        &.-beside #person { layer: list; width: 38%; min-width: 47; border-left: solid $border; }
        &.-beside #person:focus { border-left: heavy $text-accent; }
        & > #foot { height: 1; padding: 0 3; }
        &.-person > #foot { display: none; }
        &.-beside > #foot { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._among_administrators = False
        self._anchor: str | None = None  # the row that was selected last
        self._painted: object = None  # the records whose rows are painted
        self._arriving: str | None = None  # a new member without a row so far
        self._rows: Arrangement[Member] | None = None
        """Those of the table; the listing may have others already."""
        self._filter = FilterBar(_HINT)
        self._table = RecordTable(COLUMNS, styles=self._tone, is_selected=self._is_selected)
        self._state = SafeBlock(id="state")
        self._list = Vertical(self._table, self._state, id="list")
        self._person = UserPanel(self.app.network, self._place, id="person")
        self._foot = SafeLine(id="foot")

    def compose(self) -> ComposeResult:
        self._lay_out(self.app.size.width)  # as wide as the terminal, so that it is styled once
        yield self._filter
        yield Horizontal(self._list, self._person, id="body")
        yield self._foot

    def on_mount(self) -> None:
        self.set_interval(_TELL_AGE_EVERY, self._tell_age)
        self.store.changed.subscribe(self, lambda nothing: self._show())
        pending = self.app.pending
        pending.changed.subscribe(self, self._state_changed)
        pending.arrived.subscribe(self, self._arrived)
        pending.put.subscribe(self, self._was_put)
        pending.granted.subscribe(self, self._person.reread)
        self.set_timer(_SAY_WHAT_WE_WAIT_FOR, self._show)
        self.screen.set_focus(self._table)

    def _lay_out(self, width: int) -> None:
        self.set_class(width >= _BESIDE_FROM, "-beside", update=self.is_mounted)

    def on_resize(self) -> None:
        self._lay_out(self.size.width)
        if self._over and self.screen.focused is self._table:
            self.screen.set_focus(self._person)

    @cached_property
    def _changes(self) -> "MemberChanges":
        from zitadel_tui.tui.features.members.changes import MemberChanges

        return MemberChanges(self, started=self.store.listing.select_none)

    # What is seen

    @property
    def store(self) -> MemberStore:
        return self.app.members

    @property
    def _listing(self) -> "Listing[Member]":
        return self.store.administrators if self._among_administrators else self.store.listing

    @property
    def settling(self) -> bool:
        return self._listing.settling

    @property
    def _selected(self) -> "Member | None":
        """The record under the cursor."""
        rows, row_id = self._listing.rows, self._table.cursor_id
        return rows.records.get(row_id) if rows is not None and row_id else None

    @property
    def _person_open(self) -> bool:
        return self.has_class("-person")

    @property
    def _over(self) -> bool:
        """Whether the details cover the list."""
        return self._person_open and not self.has_class("-beside")

    def _place(self, member: "Member", width: int) -> "UserContext":
        from zitadel_tui.tui.format.user import UserContext

        here = self._here(member)
        name = self.app.account.organization_name if self.app.account else here
        return UserContext(name, here, datetime.now().astimezone(), width)

    def _here(self, member: "Member") -> str:
        """The id of the current organization, as far as known."""
        return self.app.account.org_id if self.app.account else member.details.resource_owner

    def _show(self) -> None:
        """Update everything; cursor and scroll position stay with their ids."""
        if not self.is_mounted:
            return
        self._fill()
        if self._arriving is not None:
            self._arrived(self._arriving)
        rows = self._listing.rows
        lines = [] if rows else self._instead()
        self._list.set_class(bool(lines), "-empty")
        self._state.update(*lines)
        what = "instance administrator" if self._among_administrators else "member"
        self._filter.say(labels.how_many(self._listing, self._total, what))
        known = self.store.listing.rows
        self.count = None if known is None else words.count(self._total_of(known))
        if self._person_open:
            self._person.follow(self._selected)
        self._tell_age()
        self.app.refresh_keys()

    @property
    def _total(self) -> int:
        rows = self._listing.rows
        return 0 if rows is None else self._total_of(rows)

    def _total_of(self, rows: "Arrangement[Member]") -> int:
        """The server's count: while loading, more than the rows read so far."""
        from zitadel_tui.core.members import Roster

        return rows.records.total if isinstance(rows.records, Roster) else len(rows.records)

    def _fill(self) -> None:
        listing, rows = self._listing, self._listing.rows
        self._rows = rows
        if rows is None:
            self._painted = None
            self._table.set_rows((), lambda row: ())
            return
        self._table.show_order(rows.by, rows.descending)
        if rows.records is self._painted:
            self._table.rearrange(rows)
        else:
            from zitadel_tui.tui.features.members.rows import needed

            self._painted = rows.records
            self._table.need(needed(rows))
            self._table.set_rows(rows, lambda row: self._cells(listing, row))

    def _cells(self, listing: "Listing[Member]", index: int) -> Row:
        """The cells of a row; administrators of the instance are never shown as guests."""
        from zitadel_tui.tui.features.members.rows import row

        assert self._rows is not None
        member = self._rows[index]
        of_members = listing is self.store.listing
        here = self._here(member) if of_members else member.user_resource_owner
        now = datetime.now().astimezone()
        state = self._state_of(member.user_id) if of_members else ""
        return row(member, here=here, width_of=self._table.width_of, now=now, state=state)

    def _state_of(self, user_id: str) -> str:
        """The state of a pending change, and the key that helps."""
        state = self.app.pending.state(user_id)
        if state is None or not state.needs_reading:
            return state.value if state else ""
        return f"{state.value} · {self.hint('app.reload')}"

    def _tone(self, index: int) -> Tone:
        if self._rows is None or self._among_administrators:
            return ""
        return "warning" if self.app.pending.state(self._rows.id_at(index)) else ""

    def _is_selected(self, row_id: str) -> bool:
        return row_id in self._listing.selected

    def _state_changed(self, user_id: str) -> None:
        self._table.repaint(user_id)

    def _arrived(self, user_id: str) -> None:
        """A new member has a row, or gets one when the rows are next arranged."""
        self._arriving = None if self._table.select(user_id) else user_id

    def _was_put(self, user_id: str) -> None:
        self._table.repaint(user_id)
        self._person.reread(user_id)

    def _instead(self) -> list[Line]:
        return labels.instead_of_rows(
            self.store,
            self._listing,
            filtered_by=self._filter.text,
            organization=labels.organization(self.app.account),
            signed_in=self.app.session is not None,
            keymap=self.app.keymap,
        )

    def _tell_age(self) -> None:
        self.note = labels.note(self.store)
        line = labels.foot(
            self.store, among_administrators=self._among_administrators, keymap=self.app.keymap
        )
        self._foot.show(*line)

    # Reading

    def opened(self) -> None:
        self._among_administrators = False
        self._close_person()
        self._filter.text = ""
        self._show()

    def reload(self) -> None:
        if self._person_open:
            self._person.read()
        self.store.reload()

    def account_changed(self) -> None:
        self._table.repaint()
        self._show()
        self._person.redraw()

    # The filter and the order

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        self._filter_by(event.text)

    def _filter_by(self, text: str) -> None:
        from zitadel_tui.core import members

        for listing in (self.store.listing, self.store.administrators):
            listing.want(query=parse(text, members.FIELDS))

    def on_filter_bar_left(self) -> None:
        self.screen.set_focus(self._table)

    def leave_field(self) -> None:
        self.screen.set_focus(self._table)

    def step_back(self) -> None:
        if self._person_open:
            if self._over or not self._person.has_focus:
                self._close_person()
            self.screen.set_focus(self._table)
        elif self._filter.text:
            self._filter.text = ""
        elif self._listing.selected:
            self._listing.select_none()
        elif self._among_administrators:
            self.do_administrators()

    def do_filter(self) -> None:
        if self._over:
            self._close_person()
        self._filter.edit()

    def do_sort(self) -> None:
        from zitadel_tui.core import members

        self._sort_by(self._listing.column_after(members.COLUMNS))

    def do_reverse(self) -> None:
        self._sort_by(self._listing.wanted.by)

    def do_by_roles(self) -> None:
        self._sort_by("roles")

    def do_by_name(self) -> None:
        self._sort_by("name")

    def do_by_login(self) -> None:
        self._sort_by("login")

    def do_by_email(self) -> None:
        self._sort_by("email")

    def do_by_kind(self) -> None:
        self._sort_by("kind")

    def do_by_since(self) -> None:
        self._sort_by("since")

    def _sort_by(self, by: str) -> None:
        """Sort both lists by a column."""
        for listing in (self.store.listing, self.store.administrators):
            listing.sort_by(by, descending=by == _NEWEST_FIRST)

    def on_record_table_head_clicked(self, event: RecordTable.HeadClicked) -> None:
        event.stop()
        self._sort_by(event.key)

    def do_administrators(self) -> None:
        self._among_administrators = not self._among_administrators
        self._show()

    # The details of a user

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        if self._person_open:
            self._person.follow(self._selected)

    def on_record_table_activated(self, event: RecordTable.Activated) -> None:
        event.stop()
        self.do_person()

    def do_person(self) -> None:
        """Open the details; pressed again, move the focus to them when they are beside the list."""
        was_open = self._person_open
        self.add_class("-person")
        self._person.follow(self._selected)
        if was_open or self._over:
            self.screen.set_focus(self._person)

    def _close_person(self) -> None:
        self.remove_class("-person")
        self._person.close()

    # Changing something

    @property
    def _chosen(self) -> "list[Member]":
        """The selected members, including hidden ones, or else the one under the cursor."""
        return self._listing.chosen() or ([self._selected] if self._selected else [])

    def do_roles(self) -> None:
        self._changes.edit(self._chosen)

    def do_add(self) -> None:
        self._changes.add()

    def do_remove(self) -> Awaitable[None]:
        return self._changes.remove(self._chosen)

    def do_history(self) -> None:
        from zitadel_tui.core import members

        if (member := self._selected) is not None:
            self.post_message(ShowView("history", user_id=member.user_id, name=members.name(member)))

    def do_results(self) -> None:
        """Show the results of the newest job that was not dismissed."""
        from zitadel_tui.tui.dialogs.job_result import JobResultDialog

        self.app.push_screen(JobResultDialog(self.app.jobs.kept[-1]))

    # Selecting

    def do_select(self) -> None:
        """Toggle the selection of this member, and move to the next."""
        self._select(self._table.cursor_id)
        self._table.action_move(1)

    def _select(self, user_id: str | None) -> None:
        if user_id is not None:
            self._anchor = user_id
            self.store.listing.toggle(user_id)

    def do_select_down(self) -> None:
        self._extend(1)

    def do_select_up(self) -> None:
        self._extend(-1)

    def _extend(self, rows: int) -> None:
        """Select from here to the new position of the cursor."""
        before = self._table.cursor_id
        self._table.action_move(rows)
        if before is not None and self._table.cursor_id is not None:
            self._anchor = self._table.cursor_id
            self.store.listing.select_range(before, self._table.cursor_id)

    def do_range(self) -> None:
        """Select from the row that was selected last to the cursor."""
        here = self._table.cursor_id
        if here is not None:
            self.store.listing.select_range(self._anchor or here, here)
            self._anchor = here

    def do_all(self) -> None:
        self.store.listing.select_shown()

    def do_none(self) -> None:
        self.store.listing.select_none()

    def do_invert(self) -> None:
        self.store.listing.invert()

    def on_record_table_gutter_clicked(self, event: RecordTable.GutterClicked) -> None:
        event.stop()
        if not self._among_administrators:
            self._select(event.row_id)

    # What the shell asks

    def shown_again(self) -> None:
        self.screen.set_focus(self._person if self._over else self._table)

    def jump(self, **to: str) -> None:
        self._among_administrators = False
        self._close_person()
        self._filter.text = to.get("query", "")
        self._filter_by(self._filter.text)
        if user_id := to.get("user_id"):
            self._table.select(user_id)
        self.screen.set_focus(self._table)

    def request(self) -> "Request | None":
        from zitadel_tui.core import requests

        if self._person_open and self._person.member is not None:
            return requests.user(self._person.member.user_id)
        if self._among_administrators:
            return requests.instance_member_list()
        return requests.member_list()

    def copy_text(self) -> tuple[str, str] | None:
        from zitadel_tui.core import members

        member = self._selected
        return (f"the id of {shown(members.name(member))}", member.user_id) if member else None

    def table_rows(self) -> tuple[list[str], Iterable[Sequence[str]], str] | None:
        from zitadel_tui.tui.features.members.rows import CSV_HEADER, csv_rows

        rows = self._listing.rows
        if rows is None:
            return None
        stem = "instance-administrators" if self._among_administrators else "members"
        return CSV_HEADER, csv_rows(rows), stem

    @property
    def ranks(self) -> Mapping[str, int]:
        return labels.RANKS_OVER if self._over else {}

    def reason_against(self, action_id: str) -> str | None:
        if action_id in labels.OF_MEMBERS and self._among_administrators:
            back = self.hint("app.back")
            return f"Instance administrators cannot be changed here: {back} shows the members."
        of_selected = action_id in labels.OF_SELECTED and self._listing.selected
        if action_id in labels.OF_A_ROW and not of_selected and self._selected is None:
            return "No row is under the cursor."
        if action_id == "members.results" and not self.app.jobs.kept:
            return "There are no results of a change to several members."
        if action_id == "members.administrators" and self.store.administrators.rows is None:
            failure = self.store.administrators_failure
            if failure is not None:
                return f"{failure.summary} {advice(failure)}"
            return "The instance administrators have not been read yet."
        return None
