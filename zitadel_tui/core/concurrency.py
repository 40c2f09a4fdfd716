"""Reads that lag behind writes, and changes that must not interfere with each other (contract §8.1, §8.3)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


@asynccontextmanager
async def together() -> AsyncIterator[asyncio.TaskGroup]:
    """Run several reads at once. When one fails, the others are cancelled and ended before its error is
    raised, so that nothing still uses the session."""
    try:
        async with asyncio.TaskGroup() as tasks:
            yield tasks
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


class Timing(NamedTuple):
    """How long to allow for reads that lag behind writes; all in seconds. Measured: 7 to 43 ms."""

    pauses: tuple[float, ...] = (0.0, 0.05, 0.2, 0.5, 1.0, 2.0)
    """Before each read of :meth:`poll`."""
    lag: float = 0.1
    """Until a list shows what was written before."""
    oldest_read: float = 0.2
    """How old the state may be that a read shows."""
    contention: float = 0.1
    """The longest pause before a change is sent again that was refused for contention; it grows."""

    async def poll(self, find: Callable[[], Awaitable[T | None]]) -> T | None:
        """Call ``find`` until it returns something other than None or the pauses are used up."""
        for pause in self.pauses:
            await asyncio.sleep(pause)
            found = await find()
            if found is not None:
                return found
        return None


TIMING = Timing()
"""What a session uses that is given no other."""


class WrittenGrant(NamedTuple):
    """The last write of this process to the project roles of a user; ``sequence`` is its event number."""

    id: str
    sequence: int
    is_removed: bool


class Coordination:
    """State that all sessions of this process to one organization share: locks, and what they wrote."""

    def __init__(self) -> None:
        self.written: set[int] = set()
        """Event numbers of this process's writes to memberships."""
        self.grants: dict[tuple[str, str], WrittenGrant] = {}
        """By user and project: so that the next change does not start from an older state."""
        self._in_flight: set[asyncio.Event] = set()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def turn(self, user_id: str) -> asyncio.Lock:
        """The lock to hold while a user is changed: two changes that read, compare and write would undo
        one another. Without an id there is nothing to wait for."""
        return self._turns.setdefault(user_id, asyncio.Lock()) if user_id else asyncio.Lock()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Around a write to a membership, from sending it until its event number is in ``written``."""
        ended = asyncio.Event()
        self._in_flight.add(ended)
        try:
            yield
        finally:
            self._in_flight.discard(ended)
            ended.set()

    async def others_ended(self) -> None:
        """Wait for the writes to memberships that are in flight, so that ``written`` includes them."""
        for ended in list(self._in_flight):
            await ended.wait()


_coordinations: WeakValueDictionary[tuple[object, str], Coordination] = WeakValueDictionary()


def coordination(server: object, organization: str) -> Coordination:
    """The shared coordination of this server and organization; it exists as long as a session uses it."""
    return _coordinations.setdefault((server, organization), Coordination())
