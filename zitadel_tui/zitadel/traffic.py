"""What goes over the wire, as values; how much of it at once; and who is told.

:class:`~zitadel_tui.zitadel.http.Transport` sends. Progress, traces and limits plug in here, so that none
of them needs to know httpx. No ``repr`` shows a header, a body or an answer: they hold tokens and passwords.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.endpoints import MEMBERSHIPS, Endpoint

MOST_IN_FLIGHT = 8
MOST_MEMBERSHIP_WRITES = 4
"""All write one organization: throughput peaks at 4 at once and falls beyond (measured.md)."""


@dataclass(frozen=True, slots=True)
class Request:
    """``url`` is absolute, or a path on the transport's origin; empty is the endpoint's own path."""

    endpoint: Endpoint
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status; header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    clock_difference: float | None = None
    """Server time minus ours in seconds, by the ``Date`` header (good to a second or so)."""

    @property
    def source(self) -> errors.Source:
        return errors.Source(self.status, request_id=shown(self.headers.get("x-request-id", ""))[:60])


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to send ``request`` and how it ended: an answer, an error, or neither when it was cancelled.

    ``number`` is the same for all attempts of one request; ``seconds`` leave out waiting to be admitted.
    """

    number: int
    request: Request
    seconds: float
    answer: Answer | None = None
    error: errors.ZitadelError | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that has no answer after a second, or that failed and will be sent again."""

    number: int
    origin: str
    reason: str
    """The end of a sentence about the origin, such as ``nothing listens there``."""
    attempts: int
    """How many have been made, the one under way included."""
    seconds_left: float
    repeatable: bool = True

    @property
    def sentence(self) -> str:
        doing = "trying" if self.repeatable else "waiting"
        return (
            f"Waiting for {shown(self.origin)}: {self.reason}; "
            f"{doing} for another {max(0, round(self.seconds_left))} s."
        )


@dataclass(frozen=True, slots=True)
class Ended:
    """The request of that number was answered, has failed for good, or was cancelled."""

    number: int


Event = Waiting | Attempt | Ended
Observer = Callable[[Event], None]
"""Called on the transport's loop; it should be quick."""


class Limiter(Protocol):
    """Decides when an attempt may leave, and learns how it went."""

    async def admit(self, endpoint: Endpoint) -> None:
        """Return when an attempt may leave. Time spent here does not count against its time limit."""
        ...

    def ended(self, attempt: Attempt) -> None:
        """Called once for each admitted attempt, a cancelled one included."""
        ...


class Gates:
    """The default limiter: so many requests in flight, fewer of those that write to one organization."""

    def __init__(self, most: int = MOST_IN_FLIGHT, *, memberships: int = MOST_MEMBERSHIP_WRITES) -> None:
        self._all = asyncio.Semaphore(most)
        self._of_resource = {MEMBERSHIPS: asyncio.Semaphore(memberships)}

    async def admit(self, endpoint: Endpoint) -> None:
        own = self._of_resource.get(endpoint.resource)
        if own is None:
            await self._all.acquire()
            return
        await own.acquire()
        try:
            await self._all.acquire()
        except asyncio.CancelledError:
            own.release()
            raise

    def ended(self, attempt: Attempt) -> None:
        self._all.release()
        if own := self._of_resource.get(attempt.request.endpoint.resource):
            own.release()
