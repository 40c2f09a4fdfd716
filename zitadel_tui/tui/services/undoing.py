"""Undoes changes in the background, in a job with the phases of an undo."""

from functools import partial
from typing import TYPE_CHECKING, Any

from zitadel_tui.failure import Failure
from zitadel_tui.tui.services.jobs import Jobs, RoleJob

if TYPE_CHECKING:
    from zitadel_tui.core.changes import Change
    from zitadel_tui.core.jobs import Job
    from zitadel_tui.core.session import Session
    from zitadel_tui.core.undo import Plan


def start(jobs: Jobs, plan: "Plan") -> RoleJob:
    """Start to undo what the plan contains."""
    changes = [item.change for item in plan.to_send if item.change is not None]
    return jobs.start(changes, tuple, make=partial(UndoJob, plan=plan))


class UndoJob(RoleJob):
    """A job for the changes of a plan: grants, then memberships, then users."""

    def __init__(self, *arguments: Any, plan: "Plan") -> None:
        self._plan = plan
        self._undoing = 0
        super().__init__(*arguments)

    def _renewed(self, change: "Change") -> "Change":
        """Return the same change: a retry must not overwrite what somebody changed meanwhile."""
        return change

    def _submit(self, session: "Session", changes: "list[Change]", *, forced: bool) -> None:
        from zitadel_tui.core import undo
        from zitadel_tui.core.jobs import NotSent
        from zitadel_tui.core.undo import Plan

        wanted = set(map(id, changes))
        plan = Plan(tuple(item for item in self._plan.to_send if id(item.change) in wanted))

        async def work(session: "Session") -> None:
            async for result in undo.apply(session, plan, forced=forced, begun=begun):
                self._deliver(self._ended, result)

        def begun(job: "Job") -> None:
            self._deliver(self._follow, job)

        self._undoing += 1
        self._network.submit_write(
            work,
            then=lambda nothing: self._undone(changes, NotSent()),
            failed=lambda failure: self._undone(changes, failure),
        )

    @property
    def running(self) -> bool:
        return self._undoing > 0

    @property
    def parts(self) -> int:
        return self._undoing

    def _follow(self, job: "Job") -> None:
        """Follow the job of the next phase beside those before it; pause or cancel it if the whole is paused
        or cancelled."""
        self._parts.append(job)
        if self.paused:
            self._have_parts(lambda part: part.pause)
        if self.cancelled:
            self._have_parts(lambda part: part.cancel)

    def _undone(self, changes: "list[Change]", why: Failure) -> None:
        self._undoing -= 1
        if not self._undoing:
            self._parts.clear()
        self._keep_missing(changes, why)
        self._tell_end()
