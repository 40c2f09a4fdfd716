"""Jobs of many changes, which continue in the background, can be paused and cancelled, and keep their
results."""

import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.signal import Signal
from textual.timer import Timer

from zitadel_tui.core import words
from zitadel_tui.failure import Failure
from zitadel_tui.tui.format.progress import Progress
from zitadel_tui.tui.services.network import Network
from zitadel_tui.tui.services.pending_changes import PendingChanges

if TYPE_CHECKING:
    from zitadel_tui.core.changes import Applied, Change
    from zitadel_tui.core.jobs import Job, Result
    from zitadel_tui.core.session import Session
    from zitadel_tui.zitadel.wire.members import Member

_WAITING = "…"
_WORDS = ("done", "unchanged", "not done", "unknown", "not sent")
_LOOK_EVERY = 0.2  # seconds between two updates of progress
_TELL_EVERY = 1.0  # seconds, also when nothing has ended meanwhile


class RunningJob(ABC):
    """Starts when created, and can be started again. ``changed`` is called when something is new, with
    whether to show it at once."""

    def __init__(self, network: Network, changed: Callable[[bool], None]) -> None:
        from zitadel_tui.core.jobs import Pace

        self._network, self._changed = network, changed
        self._parts: list[Job] = []
        self._pace = Pace()
        self.paused = self.cancelled = False
        self.watched = False
        """Whether a screen shows how it ends."""

    @property
    def running(self) -> bool:
        return bool(self._parts)

    @property
    def parts(self) -> int:
        """The number of network writes of this job."""
        return len(self._parts)

    @property
    @abstractmethod
    def total(self) -> int: ...

    @property
    @abstractmethod
    def counts(self) -> Mapping[str, int]:
        """Counts of ended entries by outcome."""

    @property
    @abstractmethod
    def summary(self) -> str:
        """The results so far, in a sentence."""

    @property
    @abstractmethod
    def has_failures(self) -> bool: ...

    @property
    def progress(self) -> Progress:
        return Progress(
            total=self.total,
            ended=sum(self.counts.values()),
            counts=self.counts,
            in_flight=sum(part.progress.under_way for part in self._parts),
            rate=self._pace.rate(time.monotonic()),
            paused=self.paused,
            cancelled=self.cancelled,
        )

    def pause(self) -> None:
        """Send no more; requests in flight finish."""
        self.paused = True
        self._have_parts(lambda part: part.pause)

    def resume(self) -> None:
        self.paused = False
        self._pace.start()
        self._have_parts(lambda part: part.resume)

    def cancel(self) -> None:
        """Send no more; requests in flight finish, and the others end as not sent."""
        self.cancelled = True
        self._have_parts(lambda part: part.cancel)

    def _have_parts(self, do: "Callable[[Job], Callable[[], None]]") -> None:
        for part in self._parts:
            self._network.runtime.call_soon(do(part))
        self._changed(True)

    def _begin(self) -> None:
        """Start a part; it runs whatever the results of previous parts."""
        if not self._parts:
            self.paused = self.cancelled = False
            self._pace.start()

    def _ended_one(self) -> None:
        self._pace.ended(time.monotonic())
        self._changed(False)


class Jobs:
    """The jobs that were not dismissed, the newest last, and those that others keep. ``changed`` is published
    when one has started, progressed or ended."""

    def __init__(
        self, app: App[Any], network: Network, pending: PendingChanges, *, tell: Callable[[str, bool], None]
    ) -> None:
        """``tell`` is called with the summary of a job that ends unwatched, and whether something failed."""
        self.changed: Signal[None] = Signal(app, "jobs changed")
        self._app, self._network, self._pending, self._tell = app, network, pending, tell
        self.kept: list[RoleJob] = []
        self._others: list[RunningJob] = []
        self._timer: Timer | None = None
        self._is_stale = False
        self._told_at = 0.0

    def start(
        self,
        changes: "Sequence[Change]",
        on_top_of: Callable[[Iterable[str]], tuple[str, ...]],
        new_members: "Mapping[str, Member]" = MappingProxyType({}),
        *,
        make: "Callable[..., RoleJob] | None" = None,
    ) -> "RoleJob":
        """Start a job of ``changes``. ``on_top_of`` maps roles that were changed meanwhile to the wanted
        ones, ``new_members`` are rows of users who are not members yet, by user id. ``make`` is the kind of
        job."""
        job = (make or RoleJob)(
            self._app,
            self._network,
            self._pending,
            changes,
            on_top_of,
            new_members,
            self.has_news,
            self._tell,
        )
        self.kept.append(job)
        self._publish()
        return job

    def dismiss(self, job: "RoleJob") -> None:
        self.kept.remove(job)

    def add(self, job: RunningJob) -> None:
        """A job that somebody else keeps begins."""
        self._others.append(job)
        self._publish()

    def remove(self, job: RunningJob) -> None:
        self._others.remove(job)
        self._publish()

    # Those that run, together

    @property
    def running(self) -> list[RunningJob]:
        return [job for job in (*self.kept, *self._others) if job.running]

    @property
    def progress(self) -> Progress | None:
        """The progress of all running jobs; None when none runs."""
        running = [job.progress for job in self.running]
        if not running:
            return None
        rates = [one.rate for one in running if one.rate is not None and not one.paused]
        return Progress(
            total=sum(one.total for one in running),
            ended=sum(one.ended for one in running),
            counts=sum((Counter(one.counts) for one in running), Counter()),
            in_flight=sum(one.in_flight for one in running),
            rate=sum(rates) if rates else None,
            paused=all(one.paused for one in running),
            cancelled=all(one.cancelled for one in running),
            silent=max(one.silent for one in running),
            resumable=all(one.resumable for one in running),
        )

    @property
    def unfinished(self) -> int:
        """The number of changes that have not ended."""
        return sum(job.progress.total - job.progress.ended for job in self.running)

    def pause(self) -> None:
        for job in self.running:
            job.pause()

    def resume(self) -> None:
        for job in self.running:
            job.resume()

    def cancel(self) -> None:
        for job in self.running:
            job.cancel()

    # Telling it

    def has_news(self, at_once: bool) -> None:
        """Publish news, at most a few times a second."""
        if at_once:
            self._publish()
        else:
            self._is_stale = True

    def _publish(self) -> None:
        self._is_stale, self._told_at = False, time.monotonic()
        if self.running and self._timer is None:
            self._timer = self._app.set_interval(_LOOK_EVERY, self._look)
        elif not self.running and self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.changed.publish(None)

    def _look(self) -> None:
        if self._is_stale or time.monotonic() - self._told_at >= _TELL_EVERY:
            self._publish()


class RoleJob(RunningJob):
    """A job that changes roles of several users, here and in projects. ``changes`` and ``outcomes`` are
    keyed by :func:`key_of`."""

    def __init__(
        self,
        app: App[Any],
        network: Network,
        changing: PendingChanges,
        changes: "Sequence[Change]",
        on_top_of: Callable[[Iterable[str]], tuple[str, ...]],
        new_members: "Mapping[str, Member]",
        changed: Callable[[bool], None],
        tell: Callable[[str, bool], None],
    ) -> None:
        """``on_top_of`` maps roles that another administrator changed meanwhile to what they should become.
        ``tell`` is called with the summary, and whether something failed, when the job ends without being
        ``watched``."""
        super().__init__(network, changed)
        self._deliver = app.call_later
        self._changing = changing
        self._tell = tell
        self._session = network.session
        self._on_top_of = on_top_of
        self._new_members = new_members
        self.changes = {key_of(change): change for change in changes}
        self.outcomes: dict[str, Applied | Failure] = {}
        self._counts: Counter[str] = Counter()
        self._start(list(self.changes.values()), forced=False)

    @property
    def total(self) -> int:
        return len(self.changes)

    @property
    def counts(self) -> Mapping[str, int]:
        return {word: self._counts[word] for word in _WORDS if self._counts[word]}

    @property
    def has_failures(self) -> bool:
        return bool(self.failed)

    @property
    def is_of_this_session(self) -> bool:
        """Whether the session is still the same: only then may something be sent again."""
        return self._network.session is self._session

    @property
    def failed(self) -> "list[Change]":
        """The changes that failed or were not sent."""
        return [change for key, change in self.changes.items() if isinstance(self.outcomes.get(key), Failure)]

    def guarded(self) -> tuple[str, ...]:
        """The reasons against changes that need force."""
        from zitadel_tui.core.changes import Guarded

        failures = self.outcomes.values()
        reasons = [reason for one in failures if isinstance(one, Guarded) for reason in one.reasons]
        return tuple(dict.fromkeys(reasons))

    def again(self, *, forced: bool) -> None:
        """Retry what failed; guarded changes only when ``forced``."""
        from zitadel_tui.core.changes import Guarded

        guarded = [one for one in self.failed if isinstance(self.outcomes[key_of(one)], Guarded)]
        others = [self._renewed(one) for one in self.failed if one not in guarded]
        self._start(others, forced=False)
        if forced:
            self._start(guarded, forced=True)
        self._changed(True)

    def _renewed(self, change: "Change") -> "Change":
        """The change based on the current roles, if someone changed them meanwhile."""
        from zitadel_tui.core.changes import RolesChanged, SetRoles

        outcome = self.outcomes[key_of(change)]
        if not isinstance(outcome, RolesChanged) or not isinstance(change, SetRoles):
            return change
        return replace(change, seen=outcome.now, wanted=self._on_top_of(outcome.now))

    def _start(self, changes: "list[Change]", *, forced: bool) -> None:
        if not changes:
            return
        for change in changes:
            self._forget(change)
        try:
            session = self._network.session_to_write()
        except Failure as failure:
            self._keep_missing(changes, failure)
            return
        self._begin()
        self._submit(session, changes, forced=forced)

    def _submit(self, session: "Session", changes: "list[Change]", *, forced: bool) -> None:
        from zitadel_tui.core.jobs import Job, NotSent

        part = Job(session, changes, forced=forced)
        self._parts.append(part)

        async def work(session: "Session") -> None:
            async for result in part.results():
                self._deliver(self._ended, result)

        self._network.submit_write(
            work,
            then=lambda nothing: self._part_ended(part, changes, NotSent()),
            failed=partial(self._part_ended, part, changes),
        )

    def _forget(self, change: "Change") -> None:
        """Its outcome, if it had one: it begins."""
        key = key_of(change)
        self.changes[key] = change
        if (before := self.outcomes.pop(key, None)) is not None:
            self._counts[word(before)] -= 1
        if change.resource == "memberships":
            self._changing.begun(change.subject, self._new_members.get(change.subject))

    def _ended(self, result: "Result") -> None:
        self._keep(result.change, result.outcome)
        self._ended_one()

    def _keep(self, change: "Change", outcome: "Applied | Failure") -> None:
        self.outcomes[key_of(change)] = outcome
        self._counts[word(outcome)] += 1
        if change.resource == "memberships":
            self._changing.ended(change.subject, outcome, self._session)
        else:
            self._changing.granted.publish(change.subject)

    def _keep_missing(self, changes: "list[Change]", why: Failure) -> None:
        """``why`` is the outcome of those that have none."""
        for change in changes:
            if key_of(change) not in self.outcomes:
                self._keep(change, why)

    def _part_ended(self, part: "Job", changes: "list[Change]", why: Failure) -> None:
        """``why`` is the outcome of changes without a result: the part was cancelled or failed."""
        self._keep_missing(changes, why)
        self._parts.remove(part)
        self._tell_end()

    def _tell_end(self) -> None:
        if not self.watched and not self.running:
            self._tell(self.summary, self.has_failures)
        self._changed(True)

    @property
    def summary(self) -> str:
        """``4 members: 2 done, 1 unchanged, 1 not done.``"""
        told = [f"{words.count(number)} {how}" for how, number in self.counts.items()]
        left = self.total - len(self.outcomes)
        waiting = [f"{words.count(left)} still being written"] if left else []
        are_members = all(change.resource == "memberships" for change in self.changes.values())
        what = "member" if are_members else "change"
        return f"{words.plural(self.total, what)}: {', '.join([*told, *waiting])}."


def key_of(change: "Change") -> str:
    """The key of a change: the user's id, for project roles the project's id, too, and for the user itself
    the kind of change."""
    project_id = getattr(change, "project_id", "")
    if project_id or change.resource == "memberships":
        return f"{change.subject}\0{project_id}" if project_id else change.subject
    return f"{change.subject}\0{change.kind}"


def word(outcome: "Applied | Failure | None") -> str:
    from zitadel_tui.core import jobs

    return _WAITING if outcome is None else jobs.word(outcome)
