"""The same done for several members: a result for each, and the failed ones tried again."""

from typing import TYPE_CHECKING

from textual.app import ComposeResult

from zitadel_tui.core.advice import advice, reference
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.base import Dialog, ask
from zitadel_tui.tui.dialogs.confirm import TypedName
from zitadel_tui.tui.format.lines import DANGER, DIM, STRONG, WARNING, Line
from zitadel_tui.tui.services.jobs import RoleJob, word
from zitadel_tui.tui.widgets.safe import SafeBlock, SafeLine
from zitadel_tui.tui.widgets.table import Column, RecordTable, Row, Tone

if TYPE_CHECKING:
    from zitadel_tui.core.changes import Applied

_COLUMNS = (
    Column("who", "WHO", 22, min_width=12, grow=1),
    Column("result", "RESULT", 10, min_width=10),
    Column("why", "", 36, min_width=10, grow=2, dim=True),
)


def _why(outcome: "Applied | Failure | None") -> str:
    if outcome is None:
        return ""
    if isinstance(outcome, Failure):
        return " ".join(part for part in (outcome.summary, reference(outcome)) if part)
    return " ".join(part for part in (outcome.sentence, outcome.warning) if part)


class JobResultDialog(Dialog[None]):
    """Grows while it is written; what it says can be copied. Closed it can be shown again until dismissed."""

    place = "bulk"
    DEFAULT_CSS = """
    JobResultDialog > #frame { height: 90%; max-width: 120; }
    JobResultDialog.-narrow > #frame { height: 100%; }
    JobResultDialog RecordTable { height: 1fr; min-height: 4; }
    JobResultDialog #why { max-height: 5; margin-top: 1; }
    """

    def __init__(self, bulk: RoleJob) -> None:
        super().__init__()
        self._bulk = bulk
        self._ids = list(bulk.changes)
        self._head = SafeLine()
        self._table = RecordTable(_COLUMNS, styles=self._tone)
        self._why = SafeBlock(id="why")

    def body(self) -> ComposeResult:
        yield self._head
        yield self._table
        yield self._why

    def on_mount(self) -> None:
        self._bulk.listener = self._show
        self.set_focus(self._table)
        self._show()

    def on_unmount(self) -> None:
        self._bulk.listener = None

    def _show(self) -> None:
        self._table.set_rows(self._ids, self._row)
        self._head.show((self._bulk.summary, STRONG))
        self._explain()
        self.app.refresh_keys()

    def _row(self, index: int) -> Row:
        user_id = self._ids[index]
        outcome = self._bulk.outcomes.get(user_id)
        return self._bulk.changes[user_id].called, word(outcome), _why(outcome)

    def _tone(self, index: int) -> Tone:
        outcome = self._bulk.outcomes.get(self._ids[index])
        if isinstance(outcome, Failure):
            return "danger"
        return "warning" if outcome is not None and outcome.warning else ""

    def _explain(self) -> None:
        outcome = self._bulk.outcomes.get(self._table.cursor_id or "")
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
        if action_id == "bulk.dismiss" and self._bulk.running:
            return "Still being written."
        if action_id == "bulk.again":
            if self._bulk.running:
                return "Still being written."
            if not self._bulk.failed:
                return "Nothing failed."
            if not self._bulk.is_of_this_session:
                return "These changes belong to another session. Select the members again in this one."
        return None

    async def do_again(self) -> None:
        reasons = self._bulk.guarded()
        forced = False
        if reasons:
            user_id = next(iter(self._bulk.changes))
            forced = await ask(self.app, TypedName(reasons, self.app.account, user_id)) or False
        self._bulk.again(forced=forced)
        self._show()

    def do_dismiss(self) -> None:
        self.app.jobs.dismiss(self._bulk)
        self.dismiss(None)

    async def do_copy(self) -> None:
        lines = [
            "\t".join((user_id, shown(change.called), word(outcome), shown(_why(outcome))))
            for user_id, change in self._bulk.changes.items()
            for outcome in (self._bulk.outcomes.get(user_id),)
        ]
        await self.app.copy("the list of results", "\n".join(lines))
