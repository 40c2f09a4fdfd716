"""New passkey links for users of a run whose link was lost or has ended."""

from collections.abc import Callable
from dataclasses import dataclass

from zitadel_tui.core import journal
from zitadel_tui.core.changes import Applied
from zitadel_tui.core.jobs import Job, NotSent, to_the_end, word
from zitadel_tui.core.onboard.changes import RenewLink
from zitadel_tui.core.onboard.engine import check_place
from zitadel_tui.core.onboard.failures import CONCERNS_ALL
from zitadel_tui.core.onboard.launch import limiter_of
from zitadel_tui.core.onboard.records import RowResult
from zitadel_tui.core.onboard.run_files import RunFiles
from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure


@dataclass(frozen=True, slots=True)
class Renewed:
    """How making the link of one row ended."""

    row: RowResult
    outcome: Applied | Failure

    @property
    def is_made(self) -> bool:
        """Whether the new link is in the hand-over file."""
        return isinstance(self.outcome, Applied) and self.outcome.answer is not None

    @property
    def word(self) -> str:
        """``done``, or as :func:`~zitadel_tui.core.jobs.word`; a link that was lost again is not done."""
        return word(self.outcome) if self.is_made or isinstance(self.outcome, Failure) else "not done"

    @property
    def sentence(self) -> str:
        """Safe for a terminal."""
        if isinstance(self.outcome, Applied):
            return self.outcome.warning or self.outcome.sentence
        return self.outcome.summary


def wanted(files: RunFiles) -> list[RowResult]:
    """The rows whose users were to have a link, and have none that works. Raises ``Damaged``."""
    now = journal.now()
    return [one for one in files.results() if _needs_another(one, now)]


def _needs_another(result: RowResult, now: str) -> bool:
    ended = result.waits == "link" and bool(result.until) and result.until <= now
    return result.created and (ended or result.waits == "link lost")


async def renew(
    session: Session, files: RunFiles, *, on_renewed: Callable[[Renewed], None] = lambda one: None
) -> list[Renewed]:
    """Make the links that are needed and keep them in the hand-over file: a result for each row, in the order
    of the file, even when the caller is cancelled. A failure that every other row would meet, too, ends it.
    Raises ``WrongRun``, ``Locked`` and ``Damaged``."""
    header = files.header()
    check_place(header, session.client.transport.origin, (await session.identify()).organization)
    files.lock(header)
    limiter = limiter_of(session, header)
    beside = session.beside(limiter=limiter, journal=files.link_journal)
    try:
        rows = {one.number: one for one in wanted(files)}
        changes = [
            RenewLink(one.user_id, who=one.user_name, row=one.number, hand_over=files.hand_over)
            for one in rows.values()
        ]
        outcomes: dict[int, Renewed] = {}
        job = Job(beside, changes, run=files.id, limiter=limiter)
        async for result in to_the_end(job.results()):
            assert isinstance(result.change, RenewLink)
            renewed = Renewed(rows[result.change.row], result.outcome)
            outcomes[result.change.row] = renewed
            on_renewed(renewed)
            if isinstance(result.outcome, CONCERNS_ALL):
                job.cancel()
        return [outcomes.get(number) or Renewed(row, NotSent()) for number, row in rows.items()]
    finally:
        await beside.close()
        files.close()
