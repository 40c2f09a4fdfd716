"""The result of a change to several users: progress, a result for each, and a retry of the failed ones."""

from typing import TYPE_CHECKING

from textual.app import ComposeResult

from zitadel_tui.actions import Action
from zitadel_tui.core.advice import advice, reference
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.base import Dialog, ask
from zitadel_tui.tui.dialogs.confirm import TypedName
from zitadel_tui.tui.format import progress
from zitadel_tui.tui.format.lines import DANGER, DIM, STRONG, WARNING, Line
from zitadel_tui.tui.services.jobs import RoleJob, word
from zitadel_tui.tui.widgets.safe import SafeBlock, SafeLine
from zitadel_tui.tui.widgets.table import Column, RecordTable, Row, Tone

if TYPE_CHECKING:
    from zitadel_tui.core.changes import Applied, Change

_COLUMNS = (
    Column("who", "USER", 22, min_width=12, grow=1, middle=True),
    Column("result", "RESULT", 10, min_width=10),
    Column("why", "", 36, min_width=10, grow=2, dim=True),
)
_AROUND_ROWS = 12
"""Lines besides the rows: borders, summary, heading, an explanation of up to five lines, and keys."""


def _whose(change: "Change") -> str:
    """The user of a change, and the project for project roles."""
    project = getattr(change, "in_project", "")
    return f"{change.called} · {project}" if project else change.called


def _why(outcome: "Applied | Failure | None") -> str:
    if outcome is None:
        return ""
    if isinstance(outcome, Failure):
        return " ".join(part for part in (outcome.summary, reference(outcome)) if part)
    return " ".join(part for part in (outcome.sentence, outcome.warning) if part)


class JobResultDialog(Dialog[None]):
    """Shows progress while the job runs, then the results, which can be copied. It can be closed and shown
    again until it is dismissed."""

    action_group = "job"
    title_text = "Results"
    WIDTH = 108
    DEFAULT_CSS = """
    JobResultDialog > #frame { max-height: 90%; }
    JobResultDialog.-narrow > #frame { max-height: 100%; }
    JobResultDialog RecordTable { height: 1fr; min-height: 4; }
    JobResultDialog #why { max-height: 5; margin-top: 1; }
    """

    def __init__(self, job: RoleJob) -> None:
        super().__init__()
        self._job = job
        self._ids = list(job.changes)
        self._head = SafeLine()
        self._table = RecordTable(_COLUMNS, styles=self._tone)
        self._why = SafeBlock(id="why")

    def body(self) -> ComposeResult:
        yield self._head
        yield self._table
        yield self._why

    def on_mount(self) -> None:
        self._job.watched = True
        self.app.jobs.changed.subscribe(self, lambda nothing: self._show())
        self.query_one("#frame").styles.height = len(self._ids) + _AROUND_ROWS
        self._table.set_rows(self._ids, self._row)
        self.set_focus(self._table)
        self._show()

    def on_unmount(self) -> None:
        self._job.watched = False

    def on_resize(self) -> None:
        self._show_head()

    def _show(self) -> None:
        self._table.repaint()
        self._show_head()
        self._explain()
        self.app.refresh_keys()

    def _show_head(self) -> None:
        running = self._progress
        line = ((self._job.summary, STRONG),)
        self._head.show(*(line if running is None else progress.line(running, self._head.size.width)))

    @property
    def _progress(self) -> progress.Progress | None:
        return self._job.progress if self._job.running else None

    def actions_here(self) -> tuple[Action, ...]:
        return tuple(progress.as_it_is(action, self._progress) for action in super().actions_here())

    def _row(self, index: int) -> Row:
        key = self._ids[index]
        outcome = self._job.outcomes.get(key)
        return _whose(self._job.changes[key]), word(outcome), _why(outcome)

    def _tone(self, index: int) -> Tone:
        outcome = self._job.outcomes.get(self._ids[index])
        if isinstance(outcome, Failure):
            return "danger"
        return "warning" if outcome is not None and outcome.warning else ""

    def _explain(self) -> None:
        outcome = self._job.outcomes.get(self._table.cursor_id or "")
        told: list[Line] = []
        if isinstance(outcome, Failure):
            told = [((outcome.summary, DANGER),), ((advice(outcome), DIM),)]
        elif outcome is not None:
            told = [(outcome.sentence,), ((outcome.warning, WARNING),)]
        self._why.update(*told)

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        self._explain()

    def reason_against(self, action_id: str) -> str | None:
        if action_id in ("job.pause", "job.cancel"):
            return progress.reason_against(self._progress)
        if action_id == "job.dismiss" and self._job.running:
            return "Changes are still being written."
        if action_id == "job.again":
            if self._job.running:
                return "Changes are still being written."
            if not self._job.failed:
                return "Nothing failed."
            if not self._job.is_of_this_session:
                return "These changes belong to another session. Select the members again in this one."
        return None

    def do_pause(self) -> None:
        if self._job.paused:
            self._job.resume()
        else:
            self._job.pause()

    def do_cancel(self) -> None:
        self._job.cancel()

    async def do_again(self) -> None:
        reasons = self._job.guarded()
        forced = False
        if reasons:
            user_id = next(iter(self._job.changes.values())).subject
            forced = await ask(self.app, TypedName(reasons, self.app.account, user_id)) or False
        self._job.again(forced=forced)

    def do_dismiss(self) -> None:
        self.app.jobs.dismiss(self._job)
        self.dismiss(None)

    async def do_copy(self) -> None:
        lines = [
            "\t".join((change.subject, _whose(change), word(outcome), shown(_why(outcome))))
            for key, change in self._job.changes.items()
            for outcome in (self._job.outcomes.get(key),)
        ]
        await self.app.copy("the list of results", "\n".join(lines))
