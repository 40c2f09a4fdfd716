"""How any change is carried out: never repeated blindly, never cut off, settled when its answer is lost."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from zitadel_tui.core.runtime import unbroken
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.base import Message

T = TypeVar("T")

_MOST_ATTEMPTS = 5  # of a change that the server refused for contention: nothing was written
_LOOKS = (0.0, 0.05, 0.2, 0.5, 1.0, 2.0)  # seconds between looks; reads lag 7 to 43 ms (measured.md)


@dataclass(frozen=True, slots=True)
class Applied:
    """How a change ended. ``changed`` is False when all was so already; ``settled`` when the answer was
    lost and a look told. ``before`` and ``after`` are role keys; ``answer`` is the server's."""

    sentence: str
    user_id: str
    changed: bool = True
    settled: bool = False
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    answer: Message | None = None


class Change(Protocol):
    def describe(self) -> str:
        """One sentence: what will be different."""
        ...

    def calls(self) -> tuple[Call[Any], ...]:
        """The requests it comes to, to be shown; what is really sent depends on what is there."""
        ...

    async def carry_out(self, client: Client) -> Applied:
        """Send it once. Raises an error of the tree."""
        ...

    async def settle(self, client: Client, *, since: float) -> Applied | None:
        """After a lost answer: look whether it happened; None when it did not, as far as can be seen.

        ``since`` is when it was first sent, by our own clock, in seconds since 1970. Raises
        ``AlreadyThere`` when somebody else did it.
        """
        ...


async def apply(client: Client, change: Change) -> Applied:
    """Carry out ``change``; cancelling waits for the write in flight and raises ``Interrupted``.

    Raises the refusal of the server; ``Unavailable`` when it certainly, or as far as a look can tell, was
    not done; ``OutcomeUnknown`` when even looking failed.
    """
    return await unbroken(_apply(client, change))


async def _apply(client: Client, change: Change) -> Applied:
    since = time.time()
    for attempt in range(1, _MOST_ATTEMPTS + 1):
        try:
            return await change.carry_out(client)
        except errors.Contention:
            if attempt == _MOST_ATTEMPTS:
                raise
            await asyncio.sleep(random.uniform(0.02, 0.1) * attempt)
        except errors.OutcomeUnknown as lost:
            return await _settle(client, change, lost, since)
    raise AssertionError("the last attempt returns or raises")


async def _settle(client: Client, change: Change, lost: errors.OutcomeUnknown, since: float) -> Applied:
    try:
        applied = await change.settle(client, since=since)
    except errors.AlreadyThere:
        raise
    except errors.ZitadelError:
        raise lost from None
    if applied is None:
        raise errors.Unavailable(
            f"{lost.summary} It was looked up: it has not happened.", "Try again.", source=lost.source
        ) from lost
    return applied


async def look(find: Callable[[], Awaitable[T | None]]) -> T | None:
    """What ``find`` gives, asked again for a few seconds while it gives None: reads lag behind writes."""
    for pause in _LOOKS:
        await asyncio.sleep(pause)
        found = await find()
        if found is not None:
            return found
    return None
