"""Runs a plan: grants, then memberships, then users."""

import secrets
from collections.abc import AsyncGenerator, Callable

from zitadel_tui.core.changes import Applied
from zitadel_tui.core.jobs import Job, Result
from zitadel_tui.core.session import Session
from zitadel_tui.core.undo.plan import Plan
from zitadel_tui.failure import Failure


async def apply(
    session: Session, plan: Plan, *, forced: bool = False, begun: Callable[[Job], None] = lambda job: None
) -> AsyncGenerator[Result, None]:
    """Undo what the plan says, as a run that is recorded like any other: grants, then memberships, then
    users. A user is left as it is when one of its roles could not be undone. ``begun`` is called with the
    job of each phase, which may be paused and cancelled; the phases after a cancelled one are not sent.

    Closing the iterator cancels what was not sent yet.
    """
    run = secrets.token_hex(6)
    left_alone: set[str] = set()
    for phase in range(3):
        items = [item for item in plan.to_send if item.phase == phase]
        changes = [item.change for item in items if item.change is not None]
        for change in [one for one in changes if phase == 2 and one.subject in left_alone]:
            changes.remove(change)
            yield Result(change, NotUndone(change.called), change)
        job = Job(session, changes, forced=forced, run=run)
        begun(job)
        async for result in job.results():
            if not isinstance(result.outcome, Applied):
                left_alone.add(result.change.subject)
            yield result
        if job.progress.cancelled:
            return


class NotUndone(Failure):
    """The result of a user that is neither deactivated nor deleted, because a role could not be undone."""

    def __init__(self, who: str) -> None:
        super().__init__(f"{who} was left as it is: a role could not be undone.", "Undo it again.")
