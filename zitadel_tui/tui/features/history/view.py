"""The History view: changes made with this program; of one user also those that the server recorded."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from zitadel_tui.core import changes, history_words, words
from zitadel_tui.core.history import Entry
from zitadel_tui.core.requests import Request
from zitadel_tui.core.search import parse
from zitadel_tui.core.server_history import Line as Change
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.base import ask
from zitadel_tui.tui.dialogs.confirm import confirmed_where_protected
from zitadel_tui.tui.dialogs.job_result import JobResultDialog
from zitadel_tui.tui.driver.workers import start_worker
from zitadel_tui.tui.feature import View
from zitadel_tui.tui.features.history import labels
from zitadel_tui.tui.features.history.reading import Reading
from zitadel_tui.tui.features.history.records import COLUMNS, FIELDS
from zitadel_tui.tui.format.lines import DIM, WARNING, Line, failed, how_many, how_old, not_refreshed
from zitadel_tui.tui.messages import ShowView
from zitadel_tui.tui.services import undoing
from zitadel_tui.tui.services.listing import Listing, Running, Task
from zitadel_tui.tui.widgets.filter_bar import FilterBar
from zitadel_tui.tui.widgets.panel import Panel
from zitadel_tui.tui.widgets.safe import SafeBlock, SafeLine
from zitadel_tui.tui.widgets.table import RecordTable, Row, Tone

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session

_BESIDE_FROM = 120  # columns
_TELL_AGE_EVERY = 10.0  # seconds
_HINT = "filter: words, outcome:unknown, kind:import, user:ada, since:2d, run:2026"
_OF_A_ROW = (
    "history.open",
    "history.server",
    "history.check",
    "history.rows",
    "history.user",
    "history.undo",
    "app.copy",
)


class HistoryView(View):
    """The list of changes, or all changes of one user; the change under the cursor beside or over it."""

    DEFAULT_CSS = """
    HistoryView {
        & > #body { height: 1fr; layers: list entry; }
        & #list { width: 1fr; layer: list; }
        & #changes-of-user, &.-user #changes { display: none; }
        &.-user #changes-of-user { display: block; }
        & #state {
            display: none; padding: 1 3; height: 1fr; content-align: center middle; text-align: center;
        }
        &.-empty #state { display: block; }
        &.-empty RecordTable { height: 1; }
        & #entry { display: none; layer: entry; width: 100%; height: 100%; }
        &.-entry #entry { display: block; }
        &.-beside #entry { layer: list; width: 40%; min-width: 47; border-left: solid $border; }
        &.-beside #entry:focus { border-left: heavy $text-accent; }
        & > #foot { height: 1; padding: 0 3; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._filter = FilterBar(_HINT)
        self._changes = RecordTable(labels.COLUMNS, styles=self._tone, id="changes")
        self._of_user = RecordTable(labels.USER_COLUMNS, styles=self._tone, id="changes-of-user")
        self._state = SafeBlock(id="state")
        self._entry = Panel(id="entry")
        self._foot = SafeLine(id="foot")
        self._listing: Listing[Change] = Listing("time", run=self._run, changed=self._show)
        self._listing.want(descending=True)
        self._reading = Reading(self.app, self, run=self._run, changed=self._was_read)
        self._listed: object = None
        self._painted: object = None
        self._filter_before = ""  # of the list, while the changes of one user are shown
        self._is_ready = False

    def _run(self, task: Task) -> Running:
        return start_worker(self, task, group="history")

    def compose(self) -> ComposeResult:
        self._lay_out()
        yield self._filter
        yield Horizontal(
            Vertical(self._changes, self._of_user, self._state, id="list"), self._entry, id="body"
        )
        yield self._foot

    def on_mount(self) -> None:
        self._is_ready = True
        self.app.network.write_ended.subscribe(self, lambda nothing: self._read_if_current())
        self.set_interval(_TELL_AGE_EVERY, self._grow_older)
        self.call_later(self._read_if_current)  # nothing is shown before all of the view is mounted

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        self.set_class(self.app.size.width >= _BESIDE_FROM, "-beside")

    # What is seen

    @property
    def settling(self) -> bool:
        return self._listing.settling

    @property
    def _table(self) -> RecordTable:
        return self._changes if self._reading.user is None else self._of_user

    @property
    def _change(self) -> Change | None:
        """The change under the cursor."""
        rows, row_id = self._listing.rows, self._table.cursor_id
        return rows.records.get(row_id) if rows is not None and row_id else None

    @property
    def entry(self) -> Entry | None:
        """The entry of the change under the cursor; None where only the server recorded it."""
        return self._change.entry if self._change is not None else None

    @property
    def _over(self) -> bool:
        """Whether the details cover the list."""
        return self.has_class("-entry") and not self.has_class("-beside")

    def _was_read(self) -> None:
        records = self._reading.records
        if records is not self._listed:
            self._listed = records
            if records is None:
                self._listing.clear()
            else:
                self._listing.show(records)
        self._show()

    def _show(self) -> None:
        if not self._is_ready:
            return
        self.set_class(self._reading.user is not None, "-user")
        self._fill()
        rows = self._listing.rows
        lines = [] if rows else self._instead()
        self.set_class(bool(lines), "-empty")
        self._state.update(*lines)
        if rows is None:
            self._filter.say(("",))
        else:
            total = len(rows.records)
            self._filter.say(how_many(rows, words.plural(total, "change"), total))
        self._foot.show(*self._foot_line())
        self._tell_age()
        self._show_entry()
        self.app.refresh_keys()

    def _fill(self) -> None:
        rows, table = self._listing.rows, self._table
        if rows is None:
            self._painted = None
            table.set_rows((), lambda index: ())
            return
        table.show_order(rows.by, rows.descending)
        if rows.records is self._painted:
            table.rearrange(rows)
        else:
            self._painted = rows.records
            table.set_rows(rows, self._cells)

    def _cells(self, index: int) -> Row:
        assert self._listing.rows is not None
        change, now = self._listing.rows[index], datetime.now().astimezone()
        if self._reading.user is not None:
            return labels.user_row(change, now=now)
        return labels.row(change, now=now, place=self._reading.place)

    def _tone(self, index: int) -> Tone:
        return "" if self._listing.rows is None else labels.tone(self._listing.rows[index])

    def _instead(self) -> list[Line]:
        reading, user = self._reading, self._reading.user
        if reading.failure is not None:
            return failed(reading.failure, "read the history", key=self.hint("app.reload"))
        if self._listing.rows is None:
            return [(("Reading the history …", DIM),)]
        return labels.nothing(
            filtered_by=self._filter.text,
            everywhere=reading.everywhere,
            user=user[1] if user else "",
            back=self.hint("app.back"),
            all_key=self.hint("history.everywhere"),
        )

    def _foot_line(self) -> Line:
        reading, rows = self._reading, self._listing.rows
        if rows is None:
            return ("",)
        if reading.failure is not None:
            return not_refreshed(reading.failure, key=self.hint("app.reload"))
        if reading.missing:
            return ((" ".join(reading.missing), WARNING),)
        if reading.user is not None:
            told = f"{shown(reading.user[1])}: without role changes by others"
            return ((f"{told} · {self.hint('app.back')} goes back", DIM),)
        if unknown := sum(line.entry is not None and line.entry.is_open for line in rows.records):
            told = f"{words.plural(unknown, 'change')} without a known outcome: outcome:unknown finds them"
            return ((told, WARNING),)
        if reading.is_cut:
            told = f"The newest {words.count(len(rows.records))}; zitadel-tui history finds older ones"
            return ((told, DIM),)
        return ("",)

    def _tell_age(self) -> None:
        age = self._reading.age
        self.note = "" if age is None else how_old(age, refreshed=self._reading.failure is None)

    def _grow_older(self) -> None:
        """Update the ages, and read again while changes are being written."""
        self._tell_age()
        self._table.repaint()
        if self.app.network.writing:
            self._read_if_current()

    def _show_entry(self) -> None:
        change = self._change
        if self.has_class("-entry") and change is not None:
            subject = self._table.cursor_id or ""
            self._entry.show(subject, lambda width: labels.details(change, width, key=self.hint))

    # Reading

    def opened(self) -> None:
        self._reading.forget()
        self._close_entry()
        self._set_filter("")
        self._was_read()
        self._read_if_current()

    def account_changed(self) -> None:
        """React to another account or organization."""
        self._read_if_current()

    def reload(self) -> None:
        self._reading.read()

    def _read_if_current(self) -> None:
        """Read now if the view is shown; otherwise it reads when it is shown."""
        if self.is_current:
            self._reading.read()

    # Keys

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        self._show_entry()
        self.app.refresh_keys()

    def on_record_table_activated(self, event: RecordTable.Activated) -> None:
        event.stop()
        self.do_open()

    def on_record_table_head_clicked(self, event: RecordTable.HeadClicked) -> None:
        event.stop()
        if event.key in COLUMNS:
            self._sort_by(event.key)

    def do_open(self) -> None:
        was_open = self.has_class("-entry")
        self.add_class("-entry")
        self._show_entry()
        if was_open or self._over:
            self.screen.set_focus(self._entry)

    def do_server(self) -> None:
        entry = self.entry
        assert entry is not None
        self._open_user(entry.record.user, entry.who)

    def _open_user(self, user_id: str, name: str) -> None:
        if self._reading.user is None:
            self._filter_before = self._filter.text
        self._close_entry()
        self._set_filter("")
        self._reading.open_user(user_id, name)
        self.screen.set_focus(self._table)

    async def do_check(self) -> None:
        """Settle a change whose outcome is not known, and read again."""
        entry = self.entry
        assert entry is not None
        record = entry.record

        async def settle(session: "Session") -> changes.Applied:
            return await changes.settle(session, record)

        try:
            applied = await self.app.network.write(settle)
        except Failure as failure:
            self.app.show_failure(failure)
        else:
            self.app.show_message(applied.sentence)
        self._reading.read()

    async def do_undo(self) -> None:
        from zitadel_tui.tui.features.history.undo_dialog import UndoDialog

        entry = self.entry
        assert entry is not None
        plan = await ask(self.app, UndoDialog(entry.id))
        if plan is not None and await confirmed_where_protected(self.app):
            self.app.push_screen(JobResultDialog(undoing.start(self.app.jobs, plan)))

    def do_rows(self) -> None:
        entry = self.entry
        assert entry is not None
        self._close_entry()
        self._set_filter(f"run:{entry.record.run}")
        self.screen.set_focus(self._table)

    def do_user(self) -> None:
        entry = self.entry
        assert entry is not None
        self.post_message(ShowView("members", query=entry.record.user, user_id=entry.record.user))

    def do_everywhere(self) -> None:
        self._reading.everywhere = not self._reading.everywhere
        self._reading.read()

    def do_filter(self) -> None:
        if self._over:
            self._close_entry()
        self._filter.edit()

    def do_sort(self) -> None:
        self._sort_by(self._listing.column_after(COLUMNS))

    def do_reverse(self) -> None:
        self._sort_by(self._listing.wanted.by)

    def _sort_by(self, by: str) -> None:
        """Sort by a column, times newest first."""
        self._listing.sort_by(by, descending=by == "time")

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        self._filter_by(event.text)

    def _filter_by(self, text: str) -> None:
        self._reading.want_rows(bool(text.strip()))
        self._listing.want(query=parse(text, FIELDS))

    def _set_filter(self, text: str) -> None:
        """Filter at once, without waiting for new rows."""
        self._filter.text = text
        self._filter_by(text)

    def on_filter_bar_left(self) -> None:
        self.screen.set_focus(self._table)

    def leave_field(self) -> None:
        self.screen.set_focus(self._table)

    def step_back(self) -> None:
        if self.has_class("-entry"):
            if self._over or not self._entry.has_focus:
                self._close_entry()
        elif self._filter.text:
            self._set_filter("")
        elif self._reading.user is not None:
            self._reading.close_user()
            self._set_filter(self._filter_before)
        self.screen.set_focus(self._table)

    def _close_entry(self) -> None:
        self.remove_class("-entry")

    # What the shell asks

    def shown_again(self) -> None:
        self.screen.set_focus(self._entry if self._over else self._table)
        self._reading.read()

    def jump(self, **to: str) -> None:
        """``user_id`` and ``name``: all changes of a user; ``query``: the list, filtered."""
        if user_id := to.get("user_id"):
            self._open_user(user_id, to.get("name", user_id))
            return
        if self._reading.user is not None:
            self._reading.close_user()
        self._close_entry()
        self._set_filter(to.get("query", ""))
        self.screen.set_focus(self._table)

    def request(self) -> Request | None:
        return history_words.request(self.entry) if self.entry is not None else None

    def copy_text(self) -> tuple[str, str] | None:
        entry = self.entry
        return ("the id of the change", entry.id) if entry is not None else None

    def table_rows(self) -> tuple[list[str], Iterable[Sequence[str]], str] | None:
        rows = self._listing.rows
        if rows is None:
            return None
        if self._reading.user is not None:
            return list(labels.USER_CSV), labels.user_csv_rows(rows), "history-of-user"
        return list(labels.CSV), labels.csv_rows(rows), "history"

    @property
    def ranks(self) -> Mapping[str, int]:
        """Rank the actions in the footer: those that do not apply come last."""
        entry = self.entry
        ranks = {"history.open": 0, "history.filter": 0, "app.back": 1} if self._over else {}
        if self._reading.user is not None:
            ranks["history.server"] = 0
        if entry is not None and entry.is_open:
            ranks["history.check"] = 4
        if entry is not None and entry.is_run:
            ranks["history.rows"] = 4
        return ranks

    def reason_against(self, action_id: str) -> str | None:
        change, entry = self._change, self.entry
        if action_id in _OF_A_ROW and change is None:
            return "No change is under the cursor."
        if action_id in _OF_A_ROW and action_id != "history.open" and entry is None:
            return "Only the server recorded this change."
        if entry is None:
            return None
        if action_id == "history.server":
            if self._reading.user is not None:
                return f"These are all changes of the user; {self.hint('app.back')} goes back."
            if entry.record.instance not in ("", self._reading.place[0]):
                return "The user is on another server: connect to it first."
        if action_id in ("history.server", "history.user") and not entry.record.user:
            return "The id of the user is not known."
        if action_id == "history.rows" and not entry.record.run:
            return "The change belongs to no onboarding run."
        if action_id == "history.check":
            return self._against_checking(entry)
        if action_id == "history.undo":
            return self._against_undoing(entry)
        return None

    def _against_undoing(self, entry: Entry) -> str | None:
        if self.app.session is None:
            return "Not signed in yet."
        if (entry.record.instance, entry.record.organization) != self._reading.place:
            return "The change was made in another organization: switch to it first."
        return None

    def _against_checking(self, entry: Entry) -> str | None:
        record = entry.record
        if entry.is_run or entry.is_of_run:
            return "Resume the onboarding run to check its changes."
        if not entry.is_open:
            return f"The outcome is known: {history_words.outcome(entry)}."
        if self.app.session is None:
            return "Not signed in yet."
        if (record.instance, record.organization) != self._reading.place:
            return "The change was made in another organization: switch to it first."
        return None
