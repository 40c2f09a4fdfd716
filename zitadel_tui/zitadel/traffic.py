"""Requests, answers and attempts as values, limiters, and observers.

:class:`~zitadel_tui.zitadel.http.Transport` sends. Progress, traces and limits plug in here, so that none
of them depends on httpx. No ``repr`` contains a header, a body or an answer: they hold tokens and
passwords.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.endpoints import MEMBERSHIPS, Endpoint

MOST_IN_FLIGHT = 8
MOST_MEMBERSHIP_WRITES = 4
"""All write one organization: throughput peaks at 4 at once and falls beyond (measured.md)."""


_ANSWERS_LAST = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Request:
    """``url`` is absolute, or a path on the transport's origin; empty is the endpoint's own path."""

    endpoint: Endpoint
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer, whatever its status; header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    clock_difference: float | None = None
    """Server time minus ours in seconds, by the ``Date`` header (good to a second or so)."""

    @property
    def source(self) -> errors.Source:
        return errors.Source(self.status, request_id=shown(self.headers.get("x-request-id", ""))[:60])


class AnswersAtHand:
    """What another process was answered a moment ago, each answer for one request."""

    def __init__(self, answers: Iterable[tuple[Request, Answer]], *, asked_at: float) -> None:
        """In the order in which they came; ``asked_at`` is before all of them, in seconds since 1970."""
        self._asked_at = asked_at
        self._answers: dict[object, list[Answer]] = {}
        for request, answer in answers:
            self._answers.setdefault(_asked(request), []).append(answer)

    def take(self, request: Request) -> Answer | None:
        """The first answer to the same request that was not taken; None when there is none, or it is old."""
        answers = self._answers.get(_asked(request))
        return answers.pop(0) if answers and self.age else None

    @property
    def age(self) -> float:
        """Seconds since they were asked for; 0 when there are none that can be taken."""
        age = time.time() - self._asked_at
        return age if 0 < age < _ANSWERS_LAST and any(self._answers.values()) else 0.0


def _asked(request: Request) -> object:
    return request.endpoint.name, request.url, request.content


class Attempt(NamedTuple):
    """One attempt to send ``request`` and how it ended: an answer, an error, or neither when it was
    cancelled.

    ``number`` is the same for all attempts of one request; ``seconds`` exclude waiting to be admitted.
    """

    number: int
    request: Request
    seconds: float
    answer: Answer | None = None
    error: errors.ZitadelError | None = None


class Waiting(NamedTuple):
    """A request that has no answer after a second, or that failed and will be sent again."""

    number: int
    origin: str
    reason: str
    """The end of a sentence about the origin, such as ``nothing listens there``."""
    attempts: int
    """The number of attempts, including the current one."""
    seconds_left: float
    repeatable: bool = True

    @property
    def sentence(self) -> str:
        doing = "trying" if self.repeatable else "waiting"
        return (
            f"Waiting for {shown(self.origin)}: {self.reason}; "
            f"{doing} for another {max(0, round(self.seconds_left))} s."
        )


class Ended(NamedTuple):
    """The request of that number was answered, has failed for good, or was cancelled."""

    number: int


Event = Waiting | Attempt | Ended
Observer = Callable[[Event], None]
"""Called on the transport's loop; it should be quick."""


class Limiter(Protocol):
    """Decides when an attempt may be sent, and is notified when it has ended."""

    async def admit(self, endpoint: Endpoint) -> None:
        """Wait until an attempt may be sent. Time spent here does not count against its time limit."""
        ...

    def ended(self, attempt: Attempt) -> None:
        """Called once for each admitted attempt, a cancelled one included."""
        ...


class Gates:
    """The default limiter: a maximum of requests in flight, and fewer that write to one organization."""

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
