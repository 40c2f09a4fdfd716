"""The Onboard view: choose and check a file, look at its plan, apply it, follow its run."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import msgspec
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from zitadel_tui import paths
from zitadel_tui.core import words
from zitadel_tui.core.collection import Update
from zitadel_tui.core.onboard import launch, sheet
from zitadel_tui.core.onboard.plan import MOST_MAILS, MOST_SMS, Plan
from zitadel_tui.core.onboard.source import NotUtf8, template
from zitadel_tui.core.search import parse
from zitadel_tui.failure import Failure, UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.base import Dialog, TextDialog, ask, ask_when_free
from zitadel_tui.tui.dialogs.confirm import Confirm, confirmed_where_protected
from zitadel_tui.tui.driver.workers import start_worker
from zitadel_tui.tui.feature import View
from zitadel_tui.tui.features.onboard import labels
from zitadel_tui.tui.features.onboard.dialogs import FileDialog, RunsDialog, TypedNumber
from zitadel_tui.tui.format.lines import DIM, STRONG, Line, failed, how_many, no_match
from zitadel_tui.tui.messages import ShowView
from zitadel_tui.tui.services.listing import Listing, Running, Task
from zitadel_tui.tui.services.onboarding import FIELDS, Entry, ListedRun, called
from zitadel_tui.tui.widgets.filter_bar import FilterBar
from zitadel_tui.tui.widgets.panel import Panel
from zitadel_tui.tui.widgets.safe import SafeBlock
from zitadel_tui.tui.widgets.table import RecordTable, Row, Tone

_BESIDE_FROM = 120  # columns
_HINT = "filter: words, verdict:invalid, state:failed"
_SORTED_BY = ("line", "user", "state")
_TEMPLATE = "people.csv"
_OF_A_ROW = ("onboard.open", "onboard.secret", "onboard.draw", "onboard.user", "app.copy")


class OnboardView(View):
    """The rows of a file, each with its plan or its result."""

    DEFAULT_CSS = """
    OnboardView {
        & > #body { height: 1fr; layers: list row; }
        & #list { width: 1fr; layer: list; }
        & #summary { height: auto; padding: 0 3; }
        & #state { padding: 1 3; height: 1fr; content-align: center middle; text-align: center; }
        & #state, & #row { display: none; }
        &.-empty #state { display: block; }
        &.-empty #rows, &.-empty #summary { display: none; }
        & #row { layer: row; width: 100%; height: 100%; }
        &.-row #row { display: block; }
        &.-beside #row { layer: list; width: 38%; min-width: 40; border-left: solid $border; }
        &.-beside #row:focus { border-left: heavy $text-accent; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._filter = FilterBar(_HINT)
        self._rows = RecordTable(labels.COLUMNS, styles=self._tone, id="rows")
        self._summary = SafeBlock(id="summary")
        self._state = SafeBlock(id="state")
        self._row = Panel(id="row")
        self._listing: Listing[Entry] = Listing("line", run=self._run, changed=self._show)
        self._listed: object = None
        self._painted: object = None
        self._arranged: tuple[object, int] = (None, 0)
        self._is_announced = False
        self._is_ready = False

    def _run(self, task: Task) -> Running:
        return start_worker(self, task, group="arranging")

    def compose(self) -> ComposeResult:
        self._lay_out()
        yield self._filter
        yield self._summary
        yield Horizontal(Vertical(self._rows, self._state, id="list"), self._row, id="body")

    def on_mount(self) -> None:
        self._is_ready = True
        self.app.onboarding.changed.subscribe(self, lambda nothing: self._changed())
        self.app.onboarding.rows_changed.subscribe(self, self._rows_changed)
        self.app.jobs.changed.subscribe(self, lambda nothing: self._tell())
        self.call_later(self._changed)
        self.call_later(self._announce)

    def on_resize(self) -> None:
        self._lay_out()
        if self._is_ready:
            self.call_after_refresh(self._tell)

    def _lay_out(self) -> None:
        self.set_class(self.app.size.width >= _BESIDE_FROM, "-beside")

    def _announce(self) -> None:
        """Say once that a run has not ended, and how to resume it."""
        if self._is_announced or self.app.onboarding.job is not None:
            return
        self._is_announced = True

        def then(runs: list[ListedRun]) -> None:
            unfinished = [one for one in runs if not one.is_ended]
            if unfinished and self.app.onboarding.job is None:
                keys = f"{self.hint('app.onboard')} then {self.hint('onboard.runs')}"
                self.app.show_message(
                    f"The run of {shown(unfinished[0].name)} is unfinished: {keys} resumes it.",
                    severity="warning",
                    keep=True,
                )

        self.app.onboarding.list_runs(then, demo=self.app.settings.demo)

    # What is seen

    @property
    def settling(self) -> bool:
        return self._listing.settling

    @property
    def _entry(self) -> Entry | None:
        """The row under the cursor."""
        rows, key = self._listing.rows, self._rows.cursor_id
        return rows.records.get(key) if rows is not None and key else None

    @property
    def _over(self) -> bool:
        """Whether the details of a row cover the list."""
        return self.has_class("-row") and not self.has_class("-beside")

    def _changed(self) -> None:
        """React to another file, plan or run."""
        onboarding = self.app.onboarding
        if onboarding.entries is not self._listed:
            self._listed = onboarding.entries
            self._listing.clear()
            if onboarding.entries is not None:
                self._listing.show(onboarding.entries)
        failure = onboarding.failure
        self._show()
        self._tell()
        if isinstance(failure, NotUtf8) and failure.samples and not onboarding.options.encoding:
            self._ask_encoding(failure)

    def _rows_changed(self, updates: Sequence[Update[Entry]]) -> None:
        self._listing.follow(updates)
        for update in updates:
            self._rows.repaint(update.id)

    def _show(self) -> None:
        if not self._is_ready:
            return
        rows = self._listing.rows
        if rows is None:
            self._painted = None
            self._rows.set_rows((), lambda index: ())
        else:
            self._rows.show_order(rows.by, rows.descending)
            arranged = rows, len(rows)  # what is there stays where it is until rows are arranged again
            if rows.records is not self._painted:
                self._painted = rows.records
                self._rows.set_rows(rows, self._cells)
            elif arranged != self._arranged:
                self._rows.rearrange(rows)
            self._arranged = arranged
        lines = [] if rows else self._instead()
        self.set_class(bool(lines), "-empty")
        self._state.update(*lines)
        self._filter.say(self._how_many())
        self.count = None if rows is None else words.count(len(rows.records))
        self._show_row()
        self.app.refresh_keys()

    def _cells(self, index: int) -> Row:
        assert self._listing.rows is not None
        return labels.row(self._listing.rows[index])

    def _tone(self, index: int) -> Tone:
        return "" if self._listing.rows is None else labels.tone(self._listing.rows[index])

    def _how_many(self) -> Line:
        rows = self._listing.rows
        if rows is None:
            return ("",)
        total = len(rows.records)
        return how_many(rows, words.plural(total, "row"), total)

    def _tell(self) -> None:
        """The lines above the rows."""
        onboarding, width = self.app.onboarding, max(20, self.app.size.width - 8)
        lines: list[Line] = []
        if onboarding.files is not None and onboarding.entries is not None:
            header = onboarding.header
            name = called(header.file.path) if header else ""
            job = onboarding.job
            seen = job.snapshot if job else None
            counts = seen.counts if seen else labels.counted(onboarding.entries)
            lines = labels.run_summary(counts, name, onboarding.files.id, seen.waiting if seen else "")
        elif onboarding.plan is not None:
            lines = labels.summary(onboarding.plan, width, max(3, self.app.size.height // 4))
        self._summary.update(*lines)
        self.note = f"{onboarding.doing} …" if onboarding.doing else ""

    def _instead(self) -> list[Line]:
        onboarding = self.app.onboarding
        if onboarding.doing:
            return [((f"{onboarding.doing} …", DIM),)]
        if onboarding.failure is not None:
            return failed(onboarding.failure, "read the file", key=self.hint("onboard.file"))
        if self._filter.text and self._listing.rows is not None:
            return no_match("row", self._filter.text, key=self.hint("app.back"))
        return labels.empty(
            file=self.hint("onboard.file"),
            template=self.hint("onboard.template"),
            runs=self.hint("onboard.runs"),
        )

    def _show_row(self) -> None:
        entry = self._entry
        if self.has_class("-row") and entry is not None:
            self._row.show(entry.key, lambda width: labels.details(entry, width))

    # Keys

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        self._show_row()
        self.app.refresh_keys()

    def on_record_table_activated(self, event: RecordTable.Activated) -> None:
        event.stop()
        self.do_open()

    def on_record_table_head_clicked(self, event: RecordTable.HeadClicked) -> None:
        event.stop()
        if event.key in _SORTED_BY:
            self._listing.sort_by(event.key)

    def do_open(self) -> None:
        self.add_class("-row")
        self._show_row()
        if self._over:
            self.screen.set_focus(self._row)

    async def do_file(self) -> None:
        onboarding = self.app.onboarding
        chosen = await ask(self.app, FileDialog(onboarding.path, onboarding.options, onboarding.failure))
        if chosen is not None:
            self._close_row()
            onboarding.check(chosen.path, chosen.options)

    def _ask_encoding(self, failure: NotUtf8) -> None:
        onboarding = self.app.onboarding
        options = msgspec.structs.replace(onboarding.options, encoding="cp1252")
        path, onboarding.options = onboarding.path, options  # asked once
        samples = ", ".join(failure.samples)
        lines: list[Line] = [("The file is not UTF-8. As cp1252 it has the words ", (samples, STRONG), ".")]

        async def question() -> None:
            if await ask_when_free(self.app, Confirm("Read it as cp1252?", lines, verb="Read it")):
                onboarding.check(path, options)

        start_worker(self, question, group="encoding")

    async def do_apply(self) -> None:
        plan = self.app.onboarding.plan
        assert plan is not None
        if await self._confirmed(plan):
            self.app.onboarding.start()

    async def _confirmed(self, plan: Plan) -> bool:
        account = self.app.account
        place = account.organization_name if account else plan.header.organization_name
        width = min(70, self.app.size.width - 8)
        lines = labels.question(plan, called(plan.header.file.path), place, width)
        if plan.mails > MOST_MAILS:
            question: Dialog[bool] = TypedNumber(lines, plan.mails, "mails")
        elif plan.sms > MOST_SMS:
            question = TypedNumber(lines, plan.sms, "SMS")
        else:
            question = Confirm("Apply this plan?", lines, verb="Apply")
        answer = await ask(self.app, question)
        return answer is True and await confirmed_where_protected(self.app)

    def do_runs(self) -> None:
        def then(runs: list[ListedRun]) -> None:
            start_worker(self, partial(self._choose_run, runs), group="runs")

        self.app.onboarding.list_runs(then, demo=self.app.settings.demo)

    async def _choose_run(self, runs: list[ListedRun]) -> None:
        answer = await ask(self.app, RunsDialog(runs))
        if answer is None:
            return
        what, listed = answer
        onboarding = self.app.onboarding
        if what == "forget":
            await self._forget(listed)
        elif onboarding.job is not None:
            self.app.show_message(
                "A run is still going on: wait until it ends, or stop it.", severity="warning"
            )
        elif what == "resume":
            if await confirmed_where_protected(self.app):
                onboarding.resume(listed)
        else:
            onboarding.look(listed.files)

    async def _forget(self, listed: ListedRun) -> None:
        more = "" if listed.is_ended else " It has not ended, and cannot be resumed afterwards."
        lines: list[Line] = [(f"Its journal, passwords and links are deleted.{more}",)]
        if not await ask(self.app, Confirm(f"Forget {listed.files.id}?", lines, verb="Forget")):
            return

        def delete() -> str:
            listed.files.forget()
            return f"Run {listed.files.id} was deleted."

        self.app.onboarding.write(delete, self.app.show_message)

    def do_secret(self) -> None:
        entry = self._entry
        assert entry is not None
        name = shown(entry.planned.user_name)

        def then(kind: str, text: str) -> None:
            if not text:
                self.app.show_message(f"Nothing waits for {name}.", severity="warning")
                return
            what = "passkey link" if kind == "link" else "password"
            self.app.push_screen(
                TextDialog(f"The {what} of {name}", text, called=f"the {what}", explanation="Keep it safe.")
            )

        self.app.onboarding.secret_of(entry, then)

    def do_draw(self) -> None:
        from zitadel_tui.tui.dialogs.qr import QrScreen

        entry = self._entry
        assert entry is not None

        def then(kind: str, text: str) -> None:
            if kind == "link":
                self.app.push_screen(QrScreen(Secret(text)))
            else:
                self.app.show_message("There is no link to draw.", severity="warning")

        self.app.onboarding.secret_of(entry, then)

    def do_user(self) -> None:
        entry = self._entry
        if entry is not None:
            self.post_message(ShowView("members", query=entry.planned.user_name))

    def do_failed(self) -> None:
        onboarding = self.app.onboarding
        files, header, entries = onboarding.files, onboarding.header, onboarding.entries
        assert header is not None
        assert entries is not None
        wrong = {
            entry.planned.number
            for entry in entries
            if (entry.result.state in ("failed", "unknown") if entry.result else not entry.planned.steps)
            and not (entry.result is None and entry.planned.verdict == "exists")
        }
        source_name = Path(header.file.path)
        path = (
            Path.cwd()
            / f"{source_name.stem or 'rows'}-failed-{files.id if files else 'plan'}{source_name.suffix}"
        )

        def write() -> str:
            with launch.open_again(header) as source:
                if source.identity.digest != header.file.digest:
                    raise UsageFailure("The file was changed since.", "Check it again.")
                launch.write_rows(source, wrong, path)
            return f"{words.plural(len(wrong), 'row')} written to {shown(path.name)}: correct and check it."

        onboarding.write(write, self.app.show_message)

    def do_hand_over(self) -> None:
        files = self.app.onboarding.files
        assert files is not None
        path = Path.cwd() / f"hand-over-{files.id}.csv"

        def write() -> str:
            sheet.write(path, files.results(), files.hand_over.read())
            return f"Results with passwords and links written to {shown(path.name)}: keep it safe."

        self.app.onboarding.write(write, self.app.show_message)

    def do_template(self) -> None:
        path = Path.cwd() / _TEMPLATE

        def write() -> str:
            try:
                paths.create_private(path, template())
            except OSError as error:
                reason = "it exists already" if isinstance(error, FileExistsError) else error.strerror
                raise Failure(f"{_TEMPLATE} cannot be written: {reason}.", "Go to another folder.") from None
            return f"{_TEMPLATE} was written to the current folder: fill it in."

        self.app.onboarding.write(write, self.app.show_message)

    def do_filter(self) -> None:
        if self._over:
            self._close_row()
        self._filter.edit()

    def do_sort(self) -> None:
        self._listing.sort_by(self._listing.column_after(_SORTED_BY))

    def do_reverse(self) -> None:
        self._listing.sort_by(self._listing.wanted.by)

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        self._listing.want(query=parse(event.text, FIELDS))

    def on_filter_bar_left(self) -> None:
        self.screen.set_focus(self._rows)

    def leave_field(self) -> None:
        self.screen.set_focus(self._rows)

    def step_back(self) -> None:
        if self.has_class("-row"):
            self._close_row()
            self.screen.set_focus(self._rows)
        elif self._filter.text:
            self._filter.text = ""
        else:
            self.screen.set_focus(self._rows)

    def _close_row(self) -> None:
        self.remove_class("-row")

    # What the shell asks

    def shown_again(self) -> None:
        self.screen.set_focus(self._row if self._over else self._rows)

    def reload(self) -> None:
        onboarding = self.app.onboarding
        if onboarding.job is None and onboarding.plan is not None and onboarding.files is None:
            onboarding.check(onboarding.path, onboarding.options)

    def copy_text(self) -> tuple[str, str] | None:
        entry = self._entry
        if entry is None:
            return None
        name = shown(entry.planned.user_name)
        if entry.user_id:
            return f"the id of {name}", entry.user_id
        return f"the user name {name}", entry.planned.user_name

    def table_rows(self) -> tuple[list[str], Iterable[Sequence[str]], str] | None:
        rows = self._listing.rows
        return None if rows is None else (labels.CSV, labels.csv_rows(rows), "onboarding")

    def reason_against(self, action_id: str) -> str | None:
        onboarding = self.app.onboarding
        if action_id in _OF_A_ROW and self._entry is None:
            return "No row is under the cursor."
        if action_id == "onboard.apply":
            return onboarding.reason_against_starting
        if action_id == "onboard.file" and onboarding.job is not None:
            return "A run is still going on."
        if action_id == "onboard.file" and self.app.session is None:
            return "Not signed in yet."
        if action_id == "onboard.failed" and (onboarding.header is None or onboarding.entries is None):
            return "No file is checked."
        if action_id in ("onboard.hand_over", "onboard.secret", "onboard.draw") and onboarding.files is None:
            return "No run is shown."
        return None
