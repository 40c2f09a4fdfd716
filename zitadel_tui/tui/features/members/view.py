"""Members: who has which roles here; the person beside or over the list."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from zitadel_tui.core import members, words
from zitadel_tui.core.advice import advice
from zitadel_tui.core.members import Roster
from zitadel_tui.core.search import parse
from zitadel_tui.text import shown
from zitadel_tui.tui.feature import View
from zitadel_tui.tui.features.members import labels as member_texts
from zitadel_tui.tui.features.members.changes import CHANGES, MemberChanges
from zitadel_tui.tui.features.members.columns import COLUMNS, CSV_HEADER, csv_rows, row
from zitadel_tui.tui.format.lines import Line
from zitadel_tui.tui.format.person import Place
from zitadel_tui.tui.services.member_order import OrderedMembers, Wanted
from zitadel_tui.tui.services.member_store import MemberStore
from zitadel_tui.tui.widgets.filter_bar import FilterBar
from zitadel_tui.tui.widgets.person_panel import PersonPanel
from zitadel_tui.tui.widgets.safe import SafeBlock, SafeLine
from zitadel_tui.tui.widgets.table import RecordTable, Row, Tone
from zitadel_tui.zitadel import calls
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.wire.members import Member

CHECK_EVERY = 30.0  # seconds between two looks at the organization's sequence
_TELL_AGE_EVERY = 10.0
_BESIDE_FROM = 120  # columns
_OF_MARKED = ("members.roles", "members.remove")
_OF_SOMEBODY = (*_OF_MARKED, "members.person", "members.mark", "app.copy")
_HINT = "filter: words, role:owner, kind:service"


class MembersView(View):
    """Shows one arrangement of what the feed knows after the other, moving nothing."""

    DEFAULT_CSS = """
    MembersView {
        & > #body { height: 1fr; layers: list person; }
        & #list { width: 1fr; layer: list; }
        & #state { display: none; padding: 1 3; height: 1fr; }
        & #list.-empty > RecordTable { height: 1; }
        & #list.-empty > #state { display: block; }
        & #person { display: none; layer: person; width: 100%; height: 100%; }
        &.-person #person { display: block; }
        &.-beside #person { layer: list; width: 38%; min-width: 47; border-left: solid $panel; }
        & > #foot { height: 1; padding: 0 3; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._among_administrators = False
        self._painted: Sequence[str] | None = None
        self._filter = FilterBar(_HINT)
        self._table = RecordTable(COLUMNS, styles=self._tone)
        self._state = SafeBlock(id="state")
        self._list = Vertical(self._table, self._state, id="list")
        self._person = PersonPanel(self.app.network, self._place, id="person")
        self._foot = SafeLine(id="foot")
        self.assigning = MemberChanges(self, started=self._unmark)

    def compose(self) -> ComposeResult:
        yield self._filter
        yield Horizontal(self._list, self._person, id="body")
        yield self._foot

    def on_mount(self) -> None:
        self.set_interval(_TELL_AGE_EVERY, self._tell_age)
        self.set_interval(CHECK_EVERY, self.feed.check)
        self.feed.changed.subscribe(self, lambda nothing: self._show())
        pending = self.app.pending
        pending.changed.subscribe(self, lambda nothing: self._signs_changed())
        pending.arrived.subscribe(self, self._table.select)
        pending.put.subscribe(self, self._person.reread)
        self._show()
        self.screen.set_focus(self._table)

    def on_resize(self) -> None:
        self.set_class(self.size.width >= _BESIDE_FROM, "-beside")
        if self._over and self.screen.focused is self._table:
            self.screen.set_focus(self._person)

    # What is seen

    @property
    def feed(self) -> MemberStore:
        return self.app.members

    @property
    def _wanted(self) -> Wanted:
        return self.feed.wanted

    @property
    def _seen(self) -> OrderedMembers | None:
        return self.feed.administrators if self._among_administrators else self.feed.members

    @property
    def _selected(self) -> Member | None:
        seen, row_id = self._seen, self._table.cursor_id
        return seen.roster.get(row_id) if seen and row_id else None

    @property
    def _person_open(self) -> bool:
        return self.has_class("-person")

    @property
    def _over(self) -> bool:
        """Whether the person covers the list."""
        return self._person_open and not self.has_class("-beside")

    def _place(self, member: Member, width: int) -> Place:
        here = self._here(member)
        name = self.app.account.organization_name if self.app.account else here
        return Place(name, here, datetime.now().astimezone(), width)

    def _here(self, member: Member) -> str:
        """The id of the organization looked at, as well as it is known."""
        return self.app.account.org_id if self.app.account else member.details.resource_owner

    def _show(self) -> None:
        """Bring everything to what is known and wanted now; cursor and scroll stay with their ids."""
        if not self.is_mounted:
            return
        seen = self._seen
        self._fill(seen)
        lines = [] if seen and seen.order else self._instead()
        self._list.set_class(bool(lines), "-empty")
        self._state.update(*lines)
        what = "instance administrator" if self._among_administrators else "member"
        self._filter.say(member_texts.how_many(seen, self._wanted, what))
        self.count = words.count(self.feed.members.roster.total) if self.feed.members else None
        if self._person_open:
            self._person.follow(self._selected)
        self._tell_age()
        self.app.refresh_keys()

    def _fill(self, seen: OrderedMembers | None) -> None:
        if seen is None:
            self._painted = None
            self._table.set_rows((), lambda index: ())
        elif seen.ids is self._painted:
            self._table.set_order(seen.order)
        else:
            self._painted = seen.ids
            self._table.set_rows(seen.ids, self._cells(seen.roster), seen.order)

    def _cells(self, roster: Roster) -> Callable[[int], Row]:
        """What stands in a row; an administrator of the instance is nobody's guest."""

        def cells(index: int) -> Row:
            member = roster.members[index]
            here = member.user_resource_owner if self._among_administrators else self._here(member)
            now = datetime.now().astimezone()
            sign = "" if self._among_administrators else self.app.pending.signs.get(member.user_id, "")
            return row(member, here=here, width_of=self._table.width_of, now=now, sign=sign)

        return cells

    def _tone(self, index: int) -> Tone:
        seen = None if self._among_administrators else self._seen
        return "warning" if seen and seen.roster.members[index].user_id in self.app.pending.signs else ""

    def _unmark(self) -> None:
        self._table.clear_marks()
        self._tell_age()

    def _signs_changed(self) -> None:
        self._painted = None
        self._show()

    def _instead(self) -> list[Line]:
        organization, signed_in = self.assigning.organization, self.app.session is not None
        return member_texts.instead_of_rows(self.feed, self._seen, self._filter.text, organization, signed_in)

    def _tell_age(self) -> None:
        self.note = member_texts.note(self.feed)
        self._foot.show(*member_texts.foot(self.feed, self._among_administrators, self._table.marked))

    # Reading

    def opened(self) -> None:
        self._table.clear_marks()
        self._among_administrators = False
        self._close_person()
        self._filter.text = ""
        self._show()

    def reload(self) -> None:
        if self._person_open:
            self._person.read()
        self.app.pending.refreshed()
        self.feed.reload()

    def account_changed(self) -> None:
        self._show()
        self._person.redraw()

    # The filter and the order

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        self._want(replace(self._wanted, query=parse(event.text)))

    def _want(self, wanted: Wanted) -> None:
        self.feed.arrange(wanted)

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
        elif self._table.marked:
            self._unmark()
        elif self._among_administrators:
            self.do_administrators()

    def do_filter(self) -> None:
        if self._over:
            self._close_person()
        self._filter.edit()

    def do_sort(self) -> None:
        place = members.COLUMNS.index(self._wanted.by) + 1
        by = members.COLUMNS[place % len(members.COLUMNS)]
        wanted = replace(self._wanted, by=by, descending=by == "since")
        self.feed.sort(wanted, lambda: self._want(replace(wanted, query=self._wanted.query)))

    def do_administrators(self) -> None:
        self._among_administrators = not self._among_administrators
        self._show()

    # A person

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        if self._person_open:
            self._person.follow(self._selected)

    def on_record_table_activated(self, event: RecordTable.Activated) -> None:
        event.stop()
        self.do_person()

    def do_person(self) -> None:
        """Open the person; once more goes into it, where it stands beside the list."""
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
    def _chosen(self) -> list[Member]:
        """Those marked, also where a filter hides them; else the one under the cursor."""
        seen, marked = self._seen, self._table.marked
        if seen is not None and marked:
            return [member for member in seen.roster.members if member.user_id in marked]
        return [self._selected] if self._selected else []

    def do_roles(self) -> None:
        self.assigning.edit(self._chosen)

    def do_add(self) -> None:
        self.assigning.add()

    def do_mark(self) -> None:
        """Mark, and on to the next."""
        self._table.toggle_mark()
        self._table.action_move(1)
        self._tell_age()

    def do_remove(self) -> Awaitable[None]:
        return self.assigning.remove(self._chosen)

    # What the shell asks

    def shown_again(self) -> None:
        self.screen.set_focus(self._person if self._over else self._table)

    def jump(self, **to: str) -> None:
        self._among_administrators = False
        self._close_person()
        self._filter.text = to.get("query", "")
        self._want(replace(self._wanted, query=parse(self._filter.text)))
        if user_id := to.get("user_id"):
            self._table.select(user_id)
        self.screen.set_focus(self._table)

    def request(self) -> Call[Any] | None:
        if self._person_open and self._person.member is not None:
            return calls.user(self._person.member.user_id)
        if self._among_administrators:
            return calls.search_instance_members()
        return calls.search_members(limit=members.FIRST_PAGE)

    def copy_text(self) -> tuple[str, str] | None:
        member = self._selected
        return (f"the id of {shown(members.name(member))}", member.user_id) if member else None

    def table_rows(self) -> tuple[list[str], Iterable[Sequence[str]], str] | None:
        seen = self._seen
        if seen is None:
            return None
        stem = "instance-administrators" if self._among_administrators else "members"
        return CSV_HEADER, csv_rows(seen.roster, seen.order), stem

    @property
    def ranks(self) -> Mapping[str, int]:
        return member_texts.RANKS_OVER if self._over else {}

    def reason_against(self, action_id: str) -> str | None:
        if action_id in CHANGES and self._among_administrators:
            return "The instance's administrators are not changed here: esc shows the members."
        of_marked = action_id in _OF_MARKED and self._table.marked
        if action_id in _OF_SOMEBODY and not of_marked and self._selected is None:
            return "Nobody is under the cursor."
        if action_id == "members.administrators" and self.feed.administrators is None:
            failure = self.feed.administrators_failure
            if failure is not None:
                return f"{failure.summary} {advice(failure)}"
            return "The instance administrators have not been read yet."
        return None
