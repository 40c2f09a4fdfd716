"""The limiter of a run: how many requests at once, and how fast, by the server's answers and latency."""

import asyncio
import heapq
import itertools
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zitadel_tui.core.onboard.limiter import MOST_CLOUD_RATE, RunLimiter
from zitadel_tui.zitadel import endpoints, errors
from zitadel_tui.zitadel.endpoints import Endpoint
from zitadel_tui.zitadel.traffic import Answer, Attempt, Request

IMPORT, MEMBER = endpoints.IMPORT_HUMAN, endpoints.ADD_MEMBER


class Time:
    """A clock that moves on as soon as all tasks wait for it."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def clock(self) -> float:
        return self.now

    async def wait(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), woken))
        await woken

    async def run(self, *work: Coroutine[Any, Any, Any]) -> list[Any]:
        tasks = [asyncio.ensure_future(one) for one in work]
        while not all(task.done() for task in tasks):
            for _ in range(6):  # until nobody has anything to do
                await asyncio.sleep(0)
            while self._sleepers:
                at, _, woken = heapq.heappop(self._sleepers)
                self.now = max(self.now, at)
                if not woken.done():
                    woken.set_result(None)
                    break
        return [task.result() for task in tasks]


def attempt(endpoint: Endpoint, seconds: float, status: int = 200, **headers: str) -> Attempt:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = Answer(status, named, b"") if status else None
    error = None if status else errors.Unavailable("Nothing listens there.")
    return Attempt(1, Request(endpoint), seconds, answer=answer, error=error)


class Server:
    """Answers after a latency; ``cores`` of them are at work at a time, if any are named."""

    def __init__(self, time: Time, latency: float, cores: int = 0) -> None:
        self.time, self.latency = time, latency
        self.sent: list[float] = []
        self.most = self._now = 0
        self._cores = asyncio.Semaphore(cores) if cores else None

    async def request(self, limiter: RunLimiter, endpoint: Endpoint = IMPORT) -> None:
        await limiter.admit(endpoint)
        begun = self.time.now
        self.sent.append(begun)
        self._now += 1
        self.most = max(self.most, self._now)
        if self._cores is None:
            await self.time.wait(self.latency)
        else:
            async with self._cores:
                await self.time.wait(self.latency)
        self._now -= 1
        limiter.ended(attempt(endpoint, self.time.now - begun))


def limiter_of(time: Time, **options: Any) -> RunLimiter:
    return RunLimiter(clock=time.clock, sleep=time.wait, **options)


async def test_where_the_latency_is_the_networks_more_go_at_once() -> None:
    time = Time()
    limiter, server = limiter_of(time), Server(time, 0.1)
    await time.run(*(server.request(limiter) for _ in range(3000)))
    assert server.most > 30
    assert limiter.parallel <= 64


async def test_where_more_bring_nothing_few_go_at_once() -> None:
    time = Time()
    limiter, server = limiter_of(time), Server(time, 0.02, cores=4)
    await time.run(*(server.request(limiter) for _ in range(2000)))
    assert limiter.parallel <= 12


async def test_a_server_that_needs_a_second_for_each_gets_fewer() -> None:
    time = Time()
    limiter, server = limiter_of(time), Server(time, 1.1, cores=2)
    await time.run(*(server.request(limiter) for _ in range(300)))
    assert 2 <= limiter.parallel < 8


async def test_a_number_that_is_given_is_the_most() -> None:
    time = Time()
    limiter, server = limiter_of(time, parallel=3), Server(time, 0.1)
    await time.run(*(server.request(limiter) for _ in range(300)))
    assert server.most == 3


async def test_four_memberships_are_written_at_once() -> None:
    time = Time()
    limiter, server = limiter_of(time), Server(time, 0.1)
    await time.run(*(server.request(limiter, MEMBER) for _ in range(300)))
    assert server.most == 4


@given(rate=st.sampled_from([1.0, 7.0, 40.0]), holds=st.lists(st.integers(1, 60), max_size=3))
def test_never_more_than_the_rate(rate: float, holds: list[int]) -> None:
    async def run() -> list[float]:
        time = Time()
        limiter, server = limiter_of(time, rate=rate, parallel=50), Server(time, 0.01)
        waits = list(holds)

        async def one() -> None:
            await server.request(limiter)
            if waits:
                limiter.ended(held := attempt(IMPORT, 0.0, 429, retry_after=str(waits.pop())))
                assert held.answer is not None
                await limiter.admit(IMPORT)

        await time.run(*(one() for _ in range(60)))
        return server.sent

    sent = sorted(asyncio.run(run()))
    for first, at in enumerate(sent):
        assert sum(at <= other < at + 1 - 1e-9 for other in sent[first:]) <= rate + 1


@pytest.mark.parametrize(
    ("given_rate", "origin", "rate"),
    [
        (0, "https://acme.zitadel.cloud", 40.0),
        (100, "https://acme.eu1.zitadel.cloud:443", MOST_CLOUD_RATE),
        (10, "https://acme.zitadel.cloud", 10.0),
        (0, "https://zitadel.acme.example", 0.0),
        (100, "https://notzitadel.cloud", 100.0),
    ],
)
def test_towards_the_cloud_it_stays_below_the_published_limit(
    given_rate: float, origin: str, rate: float
) -> None:
    assert RunLimiter(rate=given_rate, origin=origin).rate == rate


async def test_a_server_that_asks_to_wait_is_left_alone() -> None:
    time = Time()
    limiter, server = limiter_of(time), Server(time, 0.1)
    await limiter.admit(IMPORT)
    limiter.ended(attempt(IMPORT, 0.0, 429, retry_after="7"))
    assert limiter.held_seconds == 7
    await time.run(*(server.request(limiter) for _ in range(4)))
    assert min(server.sent) == 7


async def test_too_many_requests_halve_the_number_once_for_all_that_were_under_way() -> None:
    time = Time()
    limiter = limiter_of(time)
    for _ in range(8):
        await limiter.admit(IMPORT)
    time.now = 1.0
    for _ in range(8):
        limiter.ended(attempt(IMPORT, 1.0, 429))
    assert limiter.parallel == 4


async def test_after_too_many_requests_nobody_goes_until_fewer_are_under_way() -> None:
    limiter = limiter_of(Time())
    for _ in range(8):
        await limiter.admit(IMPORT)
    waiting = asyncio.ensure_future(limiter.admit(IMPORT))
    await asyncio.sleep(0)
    for under_way in (7, 6, 5, 4, 3):
        limiter.ended(attempt(IMPORT, 0.0, 429 if under_way == 7 else 200))
        await asyncio.sleep(0)
        assert waiting.done() == (under_way < 4)


async def test_while_nothing_answers_one_at_a_time_is_tried_with_growing_pauses() -> None:
    time = Time()
    limiter = limiter_of(time)
    tried: list[float] = []

    async def fails(count: int) -> None:
        for _ in range(count):
            await limiter.admit(IMPORT)
            tried.append(time.now)
            limiter.ended(attempt(IMPORT, 0.0, 0))

    await time.run(*(fails(5) for _ in range(4)))
    pauses = [later - earlier for earlier, later in itertools.pairwise(tried[4:])]
    assert max(pauses) == 15.0
    assert all(pause > 0 for pause in pauses)
    assert limiter.outage_seconds() > 60
    assert limiter.parallel == 1
    await time.run(Server(time, 0.1).request(limiter))
    assert limiter.outage_seconds() == 0
    assert limiter.parallel == 4


async def test_whoever_is_cancelled_while_waiting_takes_nothing() -> None:
    time = Time()
    limiter = limiter_of(time, parallel=1)
    await limiter.admit(IMPORT)
    waiting = [asyncio.ensure_future(limiter.admit(IMPORT)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    limiter.ended(attempt(IMPORT, 0.1))  # admits the second, who is cancelled at that moment
    waiting[1].cancel()
    await asyncio.wait(waiting[:2])
    await asyncio.wait_for(waiting[2], 5)
    async with limiter.slot("users"), limiter.slot("memberships"):
        pass


async def test_other_answers_do_not_shorten_a_wait_that_the_server_asked_for() -> None:
    time = Time()
    limiter = limiter_of(time)
    for _ in range(2):
        await limiter.admit(IMPORT)
    limiter.ended(attempt(IMPORT, 0.0, 503, retry_after="30"))
    limiter.ended(attempt(IMPORT, 0.0))
    assert limiter.held_seconds == 30


async def test_whoever_waits_for_a_turn_when_answers_cease_does_not_go_beside_the_probe() -> None:
    time = Time()
    limiter = limiter_of(time, rate=40.0)
    under_way: list[int] = []
    now = 0

    async def fails() -> None:
        nonlocal now
        await limiter.admit(IMPORT)
        now += 1
        under_way.append(now)
        seconds = 10.0 if under_way[1:] else 0.001  # refused at once, then without any answer
        await time.wait(seconds)
        now -= 1
        limiter.ended(attempt(IMPORT, seconds, 0))

    await time.run(*(fails() for _ in range(20)))
    assert under_way == [1] * 20


async def test_after_an_outage_the_number_grows_step_by_step() -> None:
    time = Time()
    limiter, server = limiter_of(time), Server(time, 0.1)
    await time.run(*(server.request(limiter) for _ in range(3000)))
    assert limiter.parallel > 30
    await limiter.admit(IMPORT)
    limiter.ended(attempt(IMPORT, 0.0, 0))
    reached: list[int] = []

    async def request() -> None:
        await server.request(limiter)
        reached.append(limiter.parallel)

    await time.run(*(request() for _ in range(3000)))
    assert reached[0] == 4
    assert all(later <= earlier + max(1, earlier // 4) for earlier, later in itertools.pairwise(reached))
    assert reached[-1] > 8


async def test_a_rate_is_no_reason_for_more_at_once() -> None:
    time = Time()
    limiter, server = limiter_of(time, rate=40.0), Server(time, 0.02)
    await time.run(*(server.request(limiter) for _ in range(400)))
    assert (limiter.parallel, server.most) == (8, 1)
    assert time.now < 400 / 40 + 1
