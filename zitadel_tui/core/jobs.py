"""Many changes: a few at once, with progress, pause and cancel, and a result for each. Knows no screen.

A job belongs to one loop and uses its session until it ends, whatever is connected to next; run it as
work that is submitted to the :class:`~zitadel_tui.core.runtime.Runtime`, which keeps the session open.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from zitadel_tui.core.changes import Applied, Change, apply
from zitadel_tui.core.changes.base import Resource
from zitadel_tui.core.runtime import Interrupted
from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure

GATES: dict[Resource, int] = {"users": 8, "memberships": 4}
"""How many changes at once are worth it: memberships write one aggregate (measured.md)."""

FollowUp = Callable[[Sequence[Applied]], Change | None]
"""What to do next for one entry of a job, by what was done so far; None when it is done."""


class Limiter(Protocol):
    """Says when a change may be carried out; what happens inside a slot tells it how the server fares."""

    def slot(self, resource: Resource) -> AbstractAsyncContextManager[None]: ...


class Gates:
    """So many changes to each resource at once."""

    def __init__(self, **most: int) -> None:
        self._gates = {name: asyncio.Semaphore(most.get(name, number)) for name, number in GATES.items()}

    def slot(self, resource: Resource) -> AbstractAsyncContextManager[None]:
        return self._gates[resource]


@dataclass(frozen=True, slots=True)
class Result:
    """How one entry ended: ``change`` is the last of it that was carried out, ``applied`` are those before
    it that were done."""

    change: Change
    outcome: Applied | Failure
    applied: tuple[Applied, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of entries; ``changed`` and ``failed`` are among ``ended``, ``under_way`` are changes."""

    total: int
    ended: int = 0
    changed: int = 0
    failed: int = 0
    under_way: int = 0
    paused: bool = False
    cancelled: bool = False


class Job:
    """``entries`` are changes, or what makes one change after the other of an entry.

    Guards see all users of the job as changed along, so that together they do not remove the last owner.
    ``limiter`` is by default one of :data:`GATES`; ``run`` is the name that the journal gives the job.
    """

    def __init__(
        self,
        session: Session,
        entries: Sequence[Change | FollowUp],
        *,
        forced: bool = False,
        limiter: Limiter | None = None,
        run: str = "",
    ) -> None:
        self._session, self._forced, self._run = session, forced, run
        self._limiter = limiter or Gates()
        self._entries = iter(entries)
        self._total = len(entries)
        self._besides = frozenset(entry.subject for entry in entries if isinstance(entry, Change))
        self._results: asyncio.Queue[Result | None] = asyncio.Queue()
        self._going = asyncio.Event()
        self._going.set()
        self._workers: set[asyncio.Task[None]] = set()
        self._ended = self._changed = self._failed = self._under_way = 0
        self._cancelled = False

    @property
    def progress(self) -> Progress:
        return Progress(
            total=self._total,
            ended=self._ended,
            changed=self._changed,
            failed=self._failed,
            under_way=self._under_way,
            paused=not self._going.is_set(),
            cancelled=self._cancelled,
        )

    def pause(self) -> None:
        """Begin no other change; those under way end."""
        self._going.clear()

    def resume(self) -> None:
        self._going.set()

    def cancel(self) -> None:
        """Begin no other change. What is being sent ends and has its result; what still reads is not sent
        and has none."""
        self._cancelled = True
        for worker in self._workers:
            worker.cancel()

    async def results(self) -> AsyncGenerator[Result, None]:
        """Carry out the job: results as they come. To be asked for once.

        Closing the iterator cancels the job and waits for what is being sent; when the caller is
        cancelled, ``Interrupted.outcome`` are the results that were not given yet.
        """
        await self._session.coordination()
        count = min(self._total, sum(GATES.values()))
        self._workers = {asyncio.create_task(self._work()) for _ in range(count)}
        for worker in self._workers:  # also of one that is cancelled before it begins
            worker.add_done_callback(lambda _: self._results.put_nowait(None))
        working = count
        try:
            while working:
                result = await self._results.get()
                if result is None:
                    working -= 1
                else:
                    yield result
            for worker in self._workers:
                if not worker.cancelled():
                    worker.result()
        except asyncio.CancelledError:
            raise Interrupted(await self._stopped()) from None
        finally:
            await self._stopped()

    async def _stopped(self) -> tuple[Result, ...]:
        """Results that were not given yet, when nothing is under way any more."""
        if not all(worker.done() for worker in self._workers):
            self.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        left = [self._results.get_nowait() for _ in range(self._results.qsize())]
        return tuple(result for result in left if result is not None)

    async def _work(self) -> None:
        try:
            while True:
                await self._going.wait()
                entry = None if self._cancelled else next(self._entries, None)
                if entry is None:
                    return
                await self._carry_out(entry)
        except asyncio.CancelledError:
            if not self._cancelled:
                raise

    async def _carry_out(self, entry: Change | FollowUp) -> None:
        applied: list[Applied] = []
        change: Change | None = entry if isinstance(entry, Change) else entry(applied)
        if change is None:
            self._ended += 1
        while change is not None:
            outcome = await self._outcome(change)
            following = None
            if isinstance(outcome, Applied) and not isinstance(entry, Change) and not self._cancelled:
                following = entry([*applied, outcome])
            if following is None:
                self._finish(Result(change, outcome, tuple(applied)))
            elif isinstance(outcome, Applied):
                applied.append(outcome)
            change = following

    def _finish(self, result: Result) -> None:
        self._ended += 1
        self._failed += isinstance(result.outcome, Failure)
        self._changed += isinstance(result.outcome, Applied) and result.outcome.changed
        self._results.put_nowait(result)

    async def _outcome(self, change: Change) -> Applied | Failure:
        async with self._limiter.slot(change.resource):
            await self._going.wait()
            self._under_way += 1
            try:
                return await apply(
                    self._session, change, forced=self._forced, besides=self._besides, run=self._run
                )
            except Failure as failure:
                return failure
            except Interrupted as interrupted:
                ended = interrupted.error or interrupted.outcome
                if not isinstance(ended, Applied | Failure):
                    raise
                return ended
            finally:
                self._under_way -= 1
