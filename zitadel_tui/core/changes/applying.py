"""How changes are applied: guarded, recorded, never sent twice blindly, never interrupted while being
sent, and settled when the answer is lost."""

import asyncio
import contextlib
import random
import time
from dataclasses import replace

import msgspec

from zitadel_tui.core import journal
from zitadel_tui.core.changes.attribution import number
from zitadel_tui.core.changes.base import Applied, Change, Guarded, Step
from zitadel_tui.core.changes.records import from_record
from zitadel_tui.core.journal import Baseline, Record
from zitadel_tui.core.runtime import Interrupted, shielded
from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.base import Details

_MOST_ATTEMPTS = 5  # of a change that the server refused for contention: nothing was written


class Unsettled(errors.OutcomeUnknown):
    """It is not known whether the change was made; :func:`settle` can check again with ``record``.

    ``checked``: a check worked and did not show the change so far, but the request may still be under way.
    """

    def __init__(self, lost: errors.OutcomeUnknown, record: Record, *, checked: bool = False) -> None:
        summary, hint = lost.summary, lost.hint
        if checked:
            summary = f"{summary} Checked: so far the change was not made."
            hint = "Check again before you retry: the request may still be under way."
        super().__init__(summary, hint, source=lost.source)
        self.record = record
        self.checked = checked


class _NothingWritten(Exception):
    """The server rejected the request and wrote nothing; ``refusal`` allows sending it again."""

    def __init__(self, refusal: errors.ZitadelError) -> None:
        super().__init__()
        self.refusal = refusal


async def apply(
    session: Session,
    change: Change,
    *,
    forced: bool = False,
    besides: frozenset[str] = frozenset(),
    run: str = "",
    row: int = 0,
) -> Applied:
    """Carry out ``change``; ``run`` is the job it belongs to, ``row`` its row in the file of that job.

    When cancelled while it reads, it sends nothing; when cancelled while sending, it finishes first, then
    raises ``Interrupted``. Raises ``Guarded`` unless ``forced``; ``JournalFailure`` when it cannot be
    recorded first; the refusal of the server; ``Unavailable`` when it was not sent; ``Unsettled`` when it
    is not known whether it was made.
    """
    if not session.settings.protection_rules:
        _refuse_read_only(session, change)
    coordination = await session.coordination()
    _refuse_read_only(session, change)  # of the organization, which is known from here on
    async with coordination.turn(change.subject):
        if change.destructive and not forced:
            reasons = await change.guards(session, besides=besides)
            if reasons:
                raise Guarded(reasons)
        step = await change.prepare(session)
        return await _Application(session, change, run, row).carry_out(step)


def _refuse_read_only(session: Session, change: Change) -> None:
    reason = session.client.transport.read_only
    if reason:
        raise errors.ReadOnly(f"Not sent: {change.describe()} {reason[0].upper()}{reason[1:]}.")


async def settle(session: Session, record: Record) -> Applied:
    """Check again whether a change was made whose answer was lost, and record the finding.

    Raises ``AlreadyThere`` when another account did it instead, ``Unsettled`` when it is still not known."""
    lost = errors.OutcomeUnknown("The answer of this change was lost.")
    return await _Application(session, from_record(record), record=record).settle(lost)


class _Application:
    """One change being applied."""

    def __init__(
        self, session: Session, change: Change, run: str = "", row: int = 0, *, record: Record | None = None
    ) -> None:
        self._session, self._change, self._journal = session, change, session.journal
        self._record = record or msgspec.structs.replace(
            change.to_record(), entry=journal.new_entry(), run=run, row=row
        )
        self._intended = record is not None
        self._refused = False

    async def carry_out(self, step: Step) -> Applied:
        try:
            await self._intend(step)
            for attempt in range(1, _MOST_ATTEMPTS + 1):
                if step.call is None:
                    return await shielded(self._unchanged(step))
                try:
                    return await shielded(self._send(step, last=attempt == _MOST_ATTEMPTS))
                except _NothingWritten as nothing:
                    self._refused = True
                    step = await self._next_step(step, nothing.refusal, attempt)
        except asyncio.CancelledError:
            if self._intended:
                with contextlib.suppress(Interrupted):  # cancelled again meanwhile
                    await shielded(self._conclude(journal.REFUSED if self._refused else journal.NOT_SENT))
            raise
        except Interrupted as interrupted:
            if not isinstance(interrupted.error, _NothingWritten):
                raise
            refusal = interrupted.error.refusal
            await shielded(self._conclude(journal.REFUSED, refusal))
            raise Interrupted(None, refusal) from None
        raise AssertionError("the last attempt returns or raises")

    async def _intend(self, step: Step) -> None:
        """Record the intent: account, place and baseline. It is on disk before anything is sent. Raises
        ``JournalFailure``."""
        await asyncio.sleep(0)  # cancelled while reading it ends here, also where nothing was waited for
        identity = await self._session.identify()
        transport = self._session.client.transport
        by_server = time.time() + (transport.clock_difference or 0.0)
        self._record = msgspec.structs.replace(
            self._record,
            context=self._session.context,
            instance=transport.origin,
            organization=identity.organization,
            account=identity.account,
            before=step.before,
            baseline=Baseline(sequence=step.baseline.sequence, time=journal.timestamp(by_server)),
        )
        if step.call is not None:
            self._intended = True
            await self._journal.intend(self._record)

    async def _next_step(self, step: Step, refusal: errors.ZitadelError, attempt: int) -> Step:
        """The next step after a refusal that wrote nothing."""
        if isinstance(refusal, errors.Contention):
            await asyncio.sleep(random.uniform(0.2, 1.0) * self._session.timing.contention * attempt)
            return step
        try:
            another = await self._change.prepare_again(self._session, step)
            await self._intend(another)
        except Failure as failure:
            await shielded(self._conclude(journal.REFUSED, failure))
            raise
        return another

    async def _send(self, step: Step, *, last: bool) -> Applied:
        """Send the request, settle it if need be, and record how it ended."""
        assert step.call is not None
        try:
            answer = await self._change.send(self._session, step.call)
        except errors.OutcomeUnknown as lost:
            return await self.settle(lost)
        except errors.Contention as refusal:
            if not last:
                raise _NothingWritten(refusal) from refusal
            await self._conclude(journal.REFUSED, refusal)
            raise
        except Failure as failure:
            if (
                isinstance(failure, errors.ZitadelError)
                and not last
                and self._change.has_another_way(step, failure)
            ):
                raise _NothingWritten(failure) from failure
            await self._conclude(_outcome(failure), failure)
            raise
        return await self._concluded(await self._change.finish(self._session, step, answer))

    async def settle(self, lost: errors.OutcomeUnknown) -> Applied:
        """Check whether the change was made after all, and record the finding."""
        try:
            applied = await self._change.settle(self._session, self._record)
        except errors.AlreadyThere as failure:
            await self._conclude(journal.REFUSED, failure)
            raise
        except errors.ZitadelError as failure:
            seen = failure if isinstance(failure, errors.OutcomeUnknown) else lost
            await self._conclude(journal.UNKNOWN, failure)
            raise Unsettled(seen, self._record) from failure
        if applied is None:
            unsettled = Unsettled(lost, self._record, checked=True)
            await self._conclude(journal.UNKNOWN, unsettled)
            raise unsettled from lost
        return await self._concluded(applied)

    async def _unchanged(self, step: Step) -> Applied:
        applied = self._change.unchanged(step)
        if not self._intended:
            await self._journal.intend(self._record, _result(self._record, applied))
            return applied
        return await self._concluded(applied)

    async def _concluded(self, applied: Applied) -> Applied:
        """``applied`` with a warning where it could not be recorded."""
        warning = await self._journal.conclude(_result(self._record, applied))
        return replace(applied, warning=" ".join(filter(None, (applied.warning, warning))))

    async def _conclude(self, outcome: str, failure: Failure | None = None) -> None:
        sentence = "" if failure is None else self._change.without_secrets(failure.summary)
        error = "" if failure is None else _reference(failure)
        entry, row = self._record.entry, self._record.row
        await self._journal.conclude(
            Record(entry=entry, row=row, outcome=outcome, sentence=sentence, error=error)
        )


def _result(record: Record, applied: Applied) -> Record:
    details = getattr(applied.answer, "details", None)
    return Record(
        entry=record.entry,
        outcome=journal.DONE if applied.changed else journal.UNCHANGED,
        organization=details.resource_owner if isinstance(details, Details) else record.organization,
        user=applied.user_id,
        row=record.row,
        before=applied.before,
        after=applied.after,
        settled=applied.settled,
        sentence=" ".join(filter(None, (applied.sentence, applied.warning))),
        sequence=number(details.sequence) if isinstance(details, Details) else 0,
    )


def _outcome(failure: Failure) -> str:
    """The outcome to record for an error that does not leave the outcome unknown."""
    not_sent = errors.Unavailable | errors.TimedOut | errors.NotZitadel | errors.ReadOnly
    by_server = isinstance(failure, errors.ZitadelError) and not isinstance(failure, not_sent)
    return journal.REFUSED if by_server else journal.NOT_SENT


def _reference(failure: Failure) -> str:
    """The server's error id, or else the kind of failure."""
    reference = failure.reference if isinstance(failure, errors.ZitadelError) else ""
    return reference or type(failure).__name__
