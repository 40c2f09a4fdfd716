"""The same done for several members: a result for each, and the failed ones tried again."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from zitadel_tui.core import words
from zitadel_tui.core.advice import advice, reference
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.base import Dialog, ask
from zitadel_tui.tui.dialogs.confirm import TypedName
from zitadel_tui.tui.format.lines import DANGER, DIM, STRONG, WARNING, Line
from zitadel_tui.tui.services.pending_changes import PendingChanges
from zitadel_tui.tui.widgets.safe import SafeBlock, SafeLine
from zitadel_tui.tui.widgets.table import Column, RecordTable, Row, Tone
from zitadel_tui.zitadel.errors import OutcomeUnknown

if TYPE_CHECKING:
    from zitadel_tui.core.changes import Applied, SetRoles
    from zitadel_tui.core.jobs import Result
    from zitadel_tui.core.session import Session
    from zitadel_tui.tui.ports import Shell

_COLUMNS = (
    Column("who", "WHO", 22, min_width=12, grow=1),
    Column("result", "RESULT", 10, min_width=10),
    Column("why", "", 36, min_width=10, grow=2, dim=True),
)
_WAITING = "…"
_DONE, _UNCHANGED, _REFUSED, _UNKNOWN = "done", "unchanged", "not done", "unknown"


class Bulk:
    """Goes on whoever watches; ``outcomes`` are by user id, ``listener`` hears of each."""

    def __init__(
        self,
        app: "Shell",
        changing: PendingChanges,
        changes: "Sequence[SetRoles]",
        on_top_of: Callable[[Iterable[str]], tuple[str, ...]],
    ) -> None:
        """``on_top_of`` is what roles become: for those that a colleague changed meanwhile."""
        self._app = app
        self._changing = changing
        self._session = app.session
        self._on_top_of = on_top_of
        self.changes = {change.user_id: change for change in changes}
        self.outcomes: dict[str, Applied | Failure] = {}
        self.listener: Callable[[], None] | None = None
        self._under_way = 0
        self._start(list(self.changes.values()), forced=False)

    @property
    def running(self) -> bool:
        return self._under_way > 0

    @property
    def failed(self) -> "list[SetRoles]":
        return [
            change
            for user_id, change in self.changes.items()
            if isinstance(self.outcomes.get(user_id), Failure)
        ]

    def guarded(self) -> tuple[str, ...]:
        """Why some would not be done without being forced."""
        from zitadel_tui.core.changes import Guarded

        failures = self.outcomes.values()
        reasons = [reason for one in failures if isinstance(one, Guarded) for reason in one.reasons]
        return tuple(dict.fromkeys(reasons))

    def again(self, *, forced: bool) -> None:
        """What failed once more; those that were guarded only when ``forced``."""
        from zitadel_tui.core.changes import Guarded

        guarded = [one for one in self.failed if isinstance(self.outcomes[one.user_id], Guarded)]
        others = [self._renewed(one) for one in self.failed if one not in guarded]
        self._start(others, forced=False)
        if forced:
            self._start(guarded, forced=True)

    def _renewed(self, change: "SetRoles") -> "SetRoles":
        """For the roles as they are now, where somebody changed them meanwhile."""
        from zitadel_tui.core.changes import RolesChanged

        outcome = self.outcomes[change.user_id]
        if not isinstance(outcome, RolesChanged):
            return change
        return replace(change, seen=outcome.now, wanted=self._on_top_of(outcome.now))

    def _start(self, changes: "list[SetRoles]", *, forced: bool) -> None:
        if not changes:
            return
        self._under_way += 1
        for change in changes:
            self.changes[change.user_id] = change
            self.outcomes.pop(change.user_id, None)
            self._changing.begun(change.user_id)

        async def work(session: "Session") -> None:
            from zitadel_tui.core.jobs import Job

            async for result in Job(session, changes, forced=forced).results():
                self._app.call_later(self._ended, result)

        self._app.network.submit_write(
            work,
            then=lambda nothing: self._finished(),
            failed=lambda failure: self._broken(changes, failure),
        )

    def _ended(self, result: "Result") -> None:
        self.outcomes[result.change.subject] = result.outcome
        self._changing.ended(result.change.subject, result.outcome, self._session)
        self._tell_listener()

    def _broken(self, changes: "list[SetRoles]", failure: Failure) -> None:
        """It could not be sent at all, or broke off."""
        for change in changes:
            if change.user_id not in self.outcomes:
                self.outcomes[change.user_id] = failure
                self._changing.ended(change.user_id, failure, self._session)
        self._finished()

    def _finished(self) -> None:
        self._under_way -= 1
        if self.listener is None and not self._under_way:
            self._app.show_message(
                self.summary, severity="warning" if self.failed else "information", keep=bool(self.failed)
            )
        self._tell_listener()

    def _tell_listener(self) -> None:
        if self.listener is not None:
            self.listener()

    @property
    def summary(self) -> str:
        """``3 of 4 written: 2 done, 1 unchanged, 1 not done.``"""
        counted: dict[str, int] = {}
        for outcome in self.outcomes.values():
            counted[word(outcome)] = counted.get(word(outcome), 0) + 1
        told = ", ".join(
            f"{words.count(counted[one])} {one}"
            for one in (_DONE, _UNCHANGED, _REFUSED, _UNKNOWN)
            if one in counted
        )
        rest = len(self.changes) - len(self.outcomes)
        waiting = f"{words.count(rest)} still being written" if rest else ""
        return f"{words.plural(len(self.changes), 'member')}: {', '.join(filter(None, (told, waiting)))}."


def word(outcome: "Applied | Failure | None") -> str:
    if outcome is None:
        return _WAITING
    if isinstance(outcome, OutcomeUnknown):
        return _UNKNOWN
    if isinstance(outcome, Failure):
        return _REFUSED
    return _DONE if outcome.changed else _UNCHANGED


def _why(outcome: "Applied | Failure | None") -> str:
    if outcome is None:
        return ""
    if isinstance(outcome, Failure):
        return " ".join(part for part in (outcome.summary, reference(outcome)) if part)
    return " ".join(part for part in (outcome.sentence, outcome.warning) if part)


class JobResultDialog(Dialog[None]):
    """Grows while it is written; what it says can be copied."""

    place = "bulk"
    DEFAULT_CSS = """
    JobResultDialog > #frame { height: 90%; max-width: 120; }
    JobResultDialog.-narrow > #frame { height: 100%; }
    JobResultDialog RecordTable { height: 1fr; min-height: 4; }
    JobResultDialog #why { max-height: 5; margin-top: 1; }
    """

    def __init__(self, bulk: Bulk) -> None:
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
        if action_id == "bulk.again":
            if self._bulk.running:
                return "Still being written."
            if not self._bulk.failed:
                return "Nothing failed."
        return None

    async def do_again(self) -> None:
        reasons = self._bulk.guarded()
        forced = False
        if reasons:
            user_id = next(iter(self._bulk.changes))
            forced = await ask(self.app, TypedName(reasons, self.app.account, user_id)) or False
        self._bulk.again(forced=forced)
        self._show()

    async def do_copy(self) -> None:
        lines = [
            "\t".join((user_id, shown(change.called), word(outcome), shown(_why(outcome))))
            for user_id, change in self._bulk.changes.items()
            for outcome in (self._bulk.outcomes.get(user_id),)
        ]
        await self.app.copy("the list of results", "\n".join(lines))
