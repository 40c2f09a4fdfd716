"""The one limiter of all workers of a run: how many changes and requests go at once, and how fast.

Starts with what a default server takes at most (measured.md), follows what it says (429, 503,
``Retry-After``) and how fast it answers: more at once where that brings more, fewer where it brings nothing.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from zitadel_tui.core.changes.base import Resource
from zitadel_tui.zitadel.endpoints import MEMBERSHIPS, Endpoint
from zitadel_tui.zitadel.refusal import retry_after
from zitadel_tui.zitadel.traffic import MOST_IN_FLIGHT, MOST_MEMBERSHIP_WRITES, Attempt

MOST = 64
"""Requests at once, where the latency is the network's."""
CLOUD_RATE, MOST_CLOUD_RATE = 40.0, 48.0
"""Requests a second towards ``*.zitadel.cloud``, which answers 429 above 50."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
"""Seconds between two attempts while nothing answers."""

_SLACK = 8  # changes that are being recorded while others are sent
_WINDOW = 3  # requests for each that is sent at once, before two ways are compared
_SHORTEST_WINDOW = 0.5  # seconds
_GAIN, _LOSS = 1.05, 0.95
_SLOW = 1.0  # seconds from which fewer at once are tried
_LONGEST_REST = 32  # windows until another number is tried again
_LATE = 0.02  # seconds by which timers may be late without the rate falling
_BUSY = frozenset({429, 503})
_DOWN = frozenset({502, 503, 504})


class _Gate:
    """So many at once, in the order in which they came."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._used = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def acquire(self) -> None:
        if self._used < self.limit and not self._waiting:
            self._used += 1
            return
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(admitted)
        try:
            await admitted
        except asyncio.CancelledError:
            if not admitted.cancelled():  # admitted at the same moment
                self.release()
            raise

    def release(self) -> None:
        self._used -= 1
        self.wake()

    def wake(self) -> None:
        """Admit those that may go by now."""
        while self._waiting and self._used < self.limit:
            admitted = self._waiting.popleft()
            if not admitted.done():  # else cancelled
                self._used += 1
                admitted.set_result(None)

    def change(self, limit: int) -> None:
        self.limit = limit
        self.wake()


class RunLimiter:
    """Limits changes (:class:`~zitadel_tui.core.jobs.Limiter`) and requests
    (:class:`~zitadel_tui.zitadel.traffic.Limiter`)."""

    def __init__(
        self,
        *,
        parallel: int = 0,
        rate: float = 0.0,
        origin: str = "",
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """``parallel`` is the most requests at once, 0: adapted; ``rate`` the most in a second, 0: not
        limited, except towards ``*.zitadel.cloud``."""
        self._clock, self._sleep = clock, sleep
        self._most = parallel or MOST
        self._requests = _Gate(parallel or MOST_IN_FLIGHT)
        self._memberships = _Gate(min(MOST_MEMBERSHIP_WRITES, self._requests.limit))
        self._changes: dict[Resource, _Gate] = {
            "users": _Gate(self._requests.limit + _SLACK),
            "memberships": _Gate(self._memberships.limit + MOST_MEMBERSHIP_WRITES),
        }
        self.rate = _allowed_rate(rate, origin)
        self._turnstile = asyncio.Lock()
        self._next_turn = 0.0
        self._asked_until = 0.0
        self._probe_at = 0.0
        self._last_cut = 0.0
        self._pause = FIRST_PAUSE
        self._silent_since: float | None = None
        self._throughput = _Throughput(clock)

    @property
    def parallel(self) -> int:
        """How many requests go at once now."""
        return self._requests.limit

    @property
    def held_seconds(self) -> float:
        """Seconds until anything is sent again; 0 when it may be sent now."""
        return max(0.0, self._asked_until - self._clock(), self._probe_at - self._clock())

    def outage_seconds(self) -> float:
        """How long no request was answered; 0 when the last one was."""
        return 0.0 if self._silent_since is None else max(self._clock() - self._silent_since, 1e-3)

    @asynccontextmanager
    async def slot(self, resource: Resource) -> AsyncIterator[None]:
        """Held while a change runs."""
        gate = self._changes[resource]
        await gate.acquire()
        try:
            yield
        finally:
            gate.release()

    async def admit(self, endpoint: Endpoint) -> None:
        """Wait until a request may be sent, in the order in which they came."""
        is_membership = endpoint.resource == MEMBERSHIPS
        if is_membership:
            await self._memberships.acquire()
        try:
            async with self._turnstile:
                await self._take_place()
        except asyncio.CancelledError:
            if is_membership:
                self._memberships.release()
            raise

    async def _take_place(self) -> None:
        """No place is kept while time passes: fewer may go at once by then."""
        while True:
            await self._requests.acquire()
            now = self._clock()
            wait = max(self._next_turn, self._asked_until, self._probe_at) - now
            if wait <= 0:
                break
            self._requests.release()
            await self._sleep(wait)
        if self.rate:
            interval = 1 / self.rate
            self._next_turn = max(self._next_turn, now - min(interval, _LATE)) + interval

    def ended(self, attempt: Attempt) -> None:
        """Called for each admitted attempt, a cancelled one included."""
        self._learn(attempt)
        self._requests.release()  # whoever follows goes by what was learned
        if attempt.request.endpoint.resource == MEMBERSHIPS:
            self._memberships.release()

    def _learn(self, attempt: Attempt) -> None:
        answer = attempt.answer
        if answer is None and attempt.error is None:  # cancelled
            return
        now = self._clock()
        if answer is None or answer.status in _DOWN:
            self._unanswered(now, now - attempt.seconds)
        else:
            self._answered(now)
        if answer is not None and answer.status in _BUSY:
            self._cut(now, now - attempt.seconds)
            asked = retry_after(answer.headers)
            if asked is not None:
                self._asked_until = max(self._asked_until, now + asked)
        elif answer is not None and attempt.request.endpoint.resource != MEMBERSHIPS:
            self._adapt(now, attempt.seconds)

    def _answered(self, now: float) -> None:
        if self._silent_since is not None:
            self._silent_since, self._pause = None, FIRST_PAUSE
            self._probe_at = 0.0
            self._set(min(self._most, MOST_IN_FLIGHT // 2))
            self._throughput.rest()

    def _unanswered(self, now: float, begun: float) -> None:
        """One probe at a time, with growing pauses, until something answers."""
        if self._silent_since is None:
            self._silent_since = begun
            self._set(1)
        elif begun < self._probe_at - self._pause / 2:
            return  # sent before the pause
        self._probe_at = now + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _cut(self, now: float, begun: float) -> None:
        """Half as many, once for all that were under way."""
        if begun >= self._last_cut:
            self._last_cut = now
            self._set(max(1, self._requests.limit // 2))
            self._throughput.rest()

    def _adapt(self, now: float, seconds: float) -> None:
        is_full = self._turnstile.locked() and self._next_turn <= now
        wanted = self._throughput.ended(seconds, self._requests.limit, self._most, is_full)
        if wanted != self._requests.limit:
            self._set(wanted)

    def _set(self, limit: int) -> None:
        self._requests.change(limit)
        self._changes["users"].change(limit + _SLACK)


def _allowed_rate(rate: float, origin: str) -> float:
    host = urlsplit(origin).hostname or ""
    if host != "zitadel.cloud" and not host.endswith(".zitadel.cloud"):
        return rate
    return min(rate, MOST_CLOUD_RATE) if rate else CLOUD_RATE


class _Throughput:
    """Compares how much is done with more or fewer requests at once, and keeps what is better."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begun = clock()
        self._count = 0
        self._seconds = 0.0
        self._before: tuple[float, int] | None = None  # the rate and number before the trial
        self._rests = 0
        self._rest = 1

    def rest(self) -> None:
        """Begin anew, and try nothing for a while."""
        self._before, self._rests = None, self._rest
        self._restart()

    def _restart(self) -> None:
        self._begun, self._count, self._seconds = self._clock(), 0, 0.0

    def ended(self, seconds: float, limit: int, most: int, is_full: bool) -> int:
        """One more request has ended after so many seconds; how many there should be at once."""
        self._count += 1
        self._seconds += seconds
        passed = self._clock() - self._begun
        if self._count < _WINDOW * limit or passed < _SHORTEST_WINDOW:
            return limit
        rate, latency = self._count / passed, self._seconds / self._count
        self._restart()
        if self._before is not None:
            return self._judged(rate, limit)
        if self._rests:
            self._rests -= 1
            return limit
        wanted = limit
        if latency >= _SLOW:
            wanted = max(1, limit * 3 // 4)
        elif is_full:
            wanted = min(most, limit + max(1, limit // 4))
        if wanted != limit:
            self._before = rate, limit
        return wanted

    def _judged(self, rate: float, limit: int) -> int:
        assert self._before is not None
        before, number = self._before
        self._before = None
        needed = before * (_GAIN if limit > number else _LOSS)
        if rate >= needed:
            self._rest = 1
            return limit
        self._rests = self._rest = min(self._rest * 2, _LONGEST_REST)
        return number
