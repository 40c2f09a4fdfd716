"""The same done for several users: each with its own result, few at once, stoppable between two."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass

from zitadel_tui.core.changes.applying import apply
from zitadel_tui.core.changes.base import Applied, Change
from zitadel_tui.core.runtime import Interrupted
from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure

AT_ONCE = 3
"""Membership changes write one aggregate: beyond 4 at once the server gains nothing (measured.md)."""


@dataclass(frozen=True, slots=True)
class Result:
    change: Change
    outcome: Applied | Failure


async def apply_all(
    session: Session, changes: Sequence[Change], *, forced: bool = False
) -> AsyncGenerator[Result, None]:
    """Results as they come. Guards see all users as changed along, so that together they do not remove
    the last owner. Closing the iterator starts nothing more and waits for what is in flight; when the
    caller is cancelled, ``Interrupted.outcome`` are the results that were not given yet."""
    besides = frozenset(change.subject for change in changes)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(change: Change) -> Result:
        async with gate:
            try:
                return Result(change, await apply(session, change, forced=forced, besides=besides))
            except Failure as failure:
                return Result(change, failure)
            except Interrupted as interrupted:
                ended = interrupted.error or interrupted.outcome
                if not isinstance(ended, Applied | Failure):
                    raise
                return Result(change, ended)

    waiting = {asyncio.create_task(one(change)) for change in changes}
    try:
        while waiting:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            task = done.pop()
            waiting.remove(task)
            yield task.result()
    except asyncio.CancelledError:
        raise Interrupted(await _ended(waiting)) from None
    finally:
        await _ended(waiting)


async def _ended(tasks: Iterable[asyncio.Task[Result]]) -> tuple[Result, ...]:
    """Start nothing more, wait for what is in flight: its results."""
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    return tuple(result for result in results if isinstance(result, Result))
