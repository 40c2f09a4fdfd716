"""Runs many changes, a few at once, with progress, pause, cancel and a result for each. Independent of any
screen.

A job belongs to one loop and uses its session until it ends, even when the app connects elsewhere; run it
as work that is submitted to the :class:`~zitadel_tui.core.runtime.Runtime`, which keeps the session open.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from zitadel_tui.core.changes import Applied, Change, apply
from zitadel_tui.core.changes.base import Resource
from zitadel_tui.core.runtime import Interrupted
from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure
from zitadel_tui.zitadel.errors import OutcomeUnknown

GATES: dict[Resource, int] = {"users": 8, "memberships": 4}
"""How many changes at once are worth it: memberships write one aggregate (measured.md)."""

_ENDED_LAST = 200  # entries that the pace is computed from
_SECONDS_TO_TELL = 0.5  # fewer give no reliable pace

_MOST_WORKERS = sum(GATES.values())


class Entry(Protocol):
    """An entry of a job that is several changes, one after the other."""

    row: int
    """The row of a file that it is made of; 0: of none."""

    def next(self, outcome: Applied | Failure | None) -> Change | None:
        """The next change, which may be the same again; None when the entry has ended. ``outcome`` is how
        the previous one ended; None at first."""
        ...


async def _one_by_one(entries: Iterable[Change | Entry]) -> AsyncGenerator[Change | Entry, None]:
    for entry in entries:
        yield entry


class Limiter(Protocol):
    """Limits how many changes run at once; ``slot`` is held while a change runs."""

    def slot(self, resource: Resource) -> AbstractAsyncContextManager[None]: ...


class Gates:
    """A fixed number of concurrent changes for each resource."""

    def __init__(self, **most: int) -> None:
        self._gates = {name: asyncio.Semaphore(most.get(name, number)) for name, number in GATES.items()}

    def slot(self, resource: Resource) -> AbstractAsyncContextManager[None]:
        return self._gates[resource]


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one entry: ``change`` is the last change that was tried."""

    change: Change
    outcome: Applied | Failure
    entry: Change | Entry


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


class NotSent(Failure):
    """The outcome of an entry that was not sent because its job was cancelled first."""

    def __init__(self) -> None:
        super().__init__("Cancelled before it was sent.", "Try again to send it.")


def word(outcome: Applied | Failure) -> str:
    """The word for an outcome: ``done``, ``unchanged``, ``not done``, ``unknown`` or ``not sent``."""
    if isinstance(outcome, Applied):
        return "done" if outcome.changed else "unchanged"
    if isinstance(outcome, NotSent):
        return "not sent"
    return "unknown" if isinstance(outcome, OutcomeUnknown) else "not done"


class Pace:
    """How many entries end in a second, computed from the last ones. Times are passed in."""

    def __init__(self) -> None:
        self._ended: deque[float] = deque(maxlen=_ENDED_LAST)

    def start(self) -> None:
        """Start again after a pause, which does not count."""
        self._ended.clear()

    def ended(self, at: float) -> None:
        """One entry has ended at ``at``, in seconds."""
        self._ended.append(at)

    def rate(self, now: float) -> float | None:
        """The rate; None until enough entries have ended."""
        passed = now - self._ended[0] if self._ended else 0.0
        return (
            (len(self._ended) - 1) / passed if len(self._ended) > 1 and passed >= _SECONDS_TO_TELL else None
        )


class Job:
    """``entries`` are taken when a worker is free.

    Guards treat all users of a list of changes as changed together, so that the job cannot remove the last
    owner. ``total`` is the number of entries that are no list, ``workers`` how many are begun and not ended
    at most. ``limiter`` is by default one of :data:`GATES`; ``run`` is the id of the job in the journal.
    """

    def __init__(
        self,
        session: Session,
        entries: Iterable[Change | Entry] | AsyncIterable[Change | Entry],
        *,
        forced: bool = False,
        limiter: Limiter | None = None,
        run: str = "",
        total: int = 0,
        workers: int = _MOST_WORKERS,
    ) -> None:
        self._session, self._forced, self._run = session, forced, run
        self._limiter = limiter or Gates()
        self._source = aiter(entries if isinstance(entries, AsyncIterable) else _one_by_one(entries))
        self._taking = asyncio.Lock()
        self._total, self._most_workers = total, workers
        self._besides: frozenset[str] = frozenset()
        if isinstance(entries, Sequence):
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
        """Start no further change; those in flight finish."""
        self._going.clear()

    def resume(self) -> None:
        self._going.set()

    def cancel(self) -> None:
        """Start no further change. Changes being sent finish and have a result; changes that are still
        reading are not sent and have none."""
        if self._cancelled:
            return
        self._cancelled = True
        for worker in self._workers:
            worker.cancel()

    async def results(self) -> AsyncGenerator[Result, None]:
        """Run the job and yield results as they come. Call it once only.

        Closing the iterator cancels the job and waits for what is being sent; when the caller is
        cancelled, ``Interrupted.outcome`` are the results not yielded yet.
        """
        await self._session.coordination()
        count = min(self._total, self._most_workers)
        self._workers = {asyncio.create_task(self._work()) for _ in range(count)}
        for worker in self._workers:  # also when it is cancelled before it starts
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
        """The results not yielded yet, once nothing is in flight."""
        if not all(worker.done() for worker in self._workers):
            self.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        left = [self._results.get_nowait() for _ in range(self._results.qsize())]
        return tuple(result for result in left if result is not None)

    async def _work(self) -> None:
        try:
            while not self._cancelled:
                await self._going.wait()
                async with self._taking:
                    entry = None if self._cancelled else await anext(self._source, None)
                if entry is None:
                    return
                await self._carry_out(entry)
        except asyncio.CancelledError:
            if not self._cancelled:
                raise

    async def _carry_out(self, entry: Change | Entry) -> None:
        change = entry if isinstance(entry, Change) else entry.next(None)
        if change is None:
            self._ended += 1
        while change is not None:
            outcome = await self._outcome(change, 0 if isinstance(entry, Change) else entry.row)
            following = None if isinstance(entry, Change) else entry.next(outcome)
            if following is None or self._cancelled:
                self._finish(Result(change, outcome, entry))
                return
            change = following

    def _finish(self, result: Result) -> None:
        self._ended += 1
        self._failed += isinstance(result.outcome, Failure)
        self._changed += isinstance(result.outcome, Applied) and result.outcome.changed
        self._results.put_nowait(result)

    async def _outcome(self, change: Change, row: int) -> Applied | Failure:
        async with self._limiter.slot(change.resource):
            await self._going.wait()
            self._under_way += 1
            try:
                return await apply(
                    self._session,
                    change,
                    forced=self._forced,
                    besides=self._besides,
                    run=self._run,
                    row=row,
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


async def to_the_end(results: AsyncIterator[Result]) -> AsyncIterator[Result]:
    """``results`` of a job, and those that ``Interrupted`` holds when the caller is cancelled meanwhile."""
    try:
        async for result in results:
            yield result
    except Interrupted as interrupted:
        for result in interrupted.outcome if isinstance(interrupted.outcome, tuple) else ():
            yield result
