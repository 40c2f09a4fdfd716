"""Who is told what of the requests, what the limiter decides, and that no value shows a secret."""

import asyncio
from typing import Any

import pytest

from tests.canned import Reply
from tests.sockets import SocketServer, closed_origin
from tests.zitadel.sending import (
    MEMBER_ADDED,
    READ,
    WRITE,
    Pauses,
    ask,
    scripted,
    silent,
    status_of,
    until,
)
from zitadel_tui.zitadel import endpoints, errors, http
from zitadel_tui.zitadel.endpoints import Endpoint
from zitadel_tui.zitadel.http import Transport
from zitadel_tui.zitadel.traffic import Answer, Attempt, Ended, Event, Gates, Request, Waiting


def waits(events: list[Event]) -> list[Waiting]:
    return [event for event in events if isinstance(event, Waiting)]


def attempts(events: list[Event]) -> list[Attempt]:
    return [event for event in events if isinstance(event, Attempt)]


async def test_waiting_for_a_server_that_is_down_is_reported_from_the_first_attempt_on() -> None:
    origin, events = closed_origin(), list[Event]()
    transport = Transport(origin, timeout=30, pause=Pauses())
    transport.observers.append(events.append)
    with pytest.raises(errors.Unavailable):
        await transport.send(Request(READ))
    await transport.close()
    told = waits(events)
    assert [one.attempts for one in told] == list(range(1, len(told) + 1))
    assert told[0].sentence == f"Waiting for {origin}: nothing listens there; trying for another 30 s."
    left = [one.seconds_left for one in told]
    assert left == sorted(left, reverse=True)
    assert 29 < left[0] <= 30
    assert left[-1] < 5
    assert events[-1] == Ended(told[0].number)
    assert len(attempts(events)) == len(told) + 1


async def test_a_server_that_answers_that_it_is_away_is_reported_with_its_status() -> None:
    events: list[Event] = []
    await ask(scripted(Reply("", 503), Reply({})), events=events)
    (told,) = waits(events)
    assert told.reason == "it answers with status 503"
    assert [status_of(one.answer) if one.answer else 0 for one in attempts(events)] == [503, 200]


@pytest.mark.parametrize("endpoint", [READ, WRITE], ids=["read", "write"])
async def test_silence_is_reported_after_a_second(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert http._SILENT_SECONDS == 1
    monkeypatch.setattr(http, "_SILENT_SECONDS", 0.01)
    events: list[Event] = []
    _, _, outcome = await ask(silent, endpoint, timeout=0.3, events=events)
    assert isinstance(outcome, errors.TimedOut | errors.OutcomeUnknown)
    (told,) = waits(events)
    doing = "trying" if endpoint is READ else "waiting"
    assert told.sentence.endswith(f": no answer yet; {doing} for another 0 s.")
    (attempt,) = attempts(events)
    assert attempt.error is outcome
    assert 0.2 < attempt.seconds < 5
    assert isinstance(events[-1], Ended)


def test_time_that_is_over_is_not_negative() -> None:
    assert Waiting(1, "https://a.example", "no answer yet", 1, -3.2).sentence.endswith("for another 0 s.")


async def test_nothing_is_reported_of_waiting_when_the_answer_comes_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "_SILENT_SECONDS", 0.2)
    loop, events = asyncio.get_running_loop(), list[Event]()
    began = loop.time()
    await ask(scripted(Reply({})), events=events)
    await until(lambda: loop.time() > began + 0.3)
    attempt, ended = events
    assert isinstance(attempt, Attempt)
    assert (attempt.request.endpoint, attempt.error) == (READ, None)
    assert ended == Ended(attempt.number)


async def test_a_cancelled_request_is_reported_to_have_ended() -> None:
    events: list[Event] = []
    async with SocketServer(silent) as server:
        transport = Transport(server.origin)
        transport.observers.append(events.append)
        task = asyncio.create_task(transport.send(Request(READ)))
        await until(lambda: bool(server.asked))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await transport.close()
    attempt, ended = events
    assert isinstance(attempt, Attempt)
    assert (attempt.answer, attempt.error) == (None, None)
    assert ended == Ended(attempt.number)


async def test_each_request_has_its_own_number() -> None:
    events: list[Event] = []
    async with SocketServer(scripted(Reply({}))) as server:
        transport = Transport(server.origin)
        transport.observers.append(events.append)
        await asyncio.gather(*(transport.send(Request(READ)) for _ in range(5)))
        await transport.close()
    assert len({event.number for event in events if isinstance(event, Ended)}) == 5


async def test_an_observer_that_fails_costs_no_answer_and_is_reported() -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context))

    def full(event: Event) -> None:
        raise OSError(28, "No space left on device")

    async with SocketServer(scripted(MEMBER_ADDED)) as server:
        transport = Transport(server.origin)
        events: list[Event] = []
        transport.observers += [full, events.append]
        assert (await transport.send(Request(WRITE))).status == 200
        await transport.close()
    assert len(events) == 2
    assert all(isinstance(context["exception"], OSError) for context in reported)
    assert len(reported) == 2


class Recording(Gates):
    """Records what it admitted and how that ended."""

    def __init__(self) -> None:
        super().__init__()
        self.admitted: list[Endpoint] = []
        self.attempts: list[Attempt] = []

    async def admit(self, endpoint: Endpoint) -> None:
        await super().admit(endpoint)
        self.admitted.append(endpoint)

    def ended(self, attempt: Attempt) -> None:
        super().ended(attempt)
        self.attempts.append(attempt)


async def test_the_limiter_admits_every_attempt_and_learns_its_status_and_time() -> None:
    limiter = Recording()
    async with SocketServer(scripted(Reply("", 429, {"Retry-After": "1"}), None, Reply({}))) as server:
        transport = Transport(server.origin, limiter=limiter, pause=Pauses())
        await transport.send(Request(READ))
        await transport.close()
    assert limiter.admitted == [READ, READ, READ]
    first, second, third = limiter.attempts
    assert first.answer
    assert (first.answer.status, first.answer.headers["retry-after"]) == (429, "1")
    assert isinstance(second.error, errors.Unavailable)
    assert status_of(third.answer) == 200 if third.answer else False
    assert all(0 < attempt.seconds < 5 for attempt in limiter.attempts)


async def test_a_limiter_may_be_replaced_while_requests_are_under_way() -> None:
    first, second = Recording(), Recording()
    async with SocketServer(silent) as server:
        transport = Transport(server.origin, limiter=first)
        task = asyncio.create_task(transport.send(Request(READ)))
        await until(lambda: bool(server.asked))
        transport.limiter = second
        task.cancel()
        await asyncio.wait([task])
        await transport.close()
    assert (len(first.attempts), second.attempts) == (1, [])


@pytest.mark.parametrize("endpoint", [READ, WRITE], ids=["read", "write"])
async def test_gates_let_the_next_in_when_one_has_ended_or_given_up(endpoint: Endpoint) -> None:
    gates = Gates(1, memberships=1)
    ended = Attempt(1, Request(endpoint), 0.1)
    await gates.admit(endpoint)
    cancelled, waiting = (asyncio.create_task(gates.admit(endpoint)) for _ in range(2))
    await asyncio.sleep(0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert not waiting.done()
    gates.ended(ended)
    async with asyncio.timeout(5):
        await waiting
        gates.ended(ended)
        await gates.admit(endpoint)


async def test_who_gives_up_waiting_for_the_second_gate_leaves_the_first() -> None:
    gates = Gates(3, memberships=1)
    for _ in range(3):
        await gates.admit(READ)
    cancelled = asyncio.create_task(gates.admit(WRITE))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.wait([cancelled])
    gates.ended(Attempt(1, Request(READ), 0.1))
    async with asyncio.timeout(5):
        await gates.admit(WRITE)


async def test_writes_to_members_leave_room_for_others() -> None:
    gates = Gates()
    writes = [asyncio.create_task(gates.admit(WRITE)) for _ in range(30)]
    await until(lambda: sum(task.done() for task in writes) == 4)
    async with asyncio.timeout(5):
        for _ in range(4):
            await gates.admit(READ)
    assert sum(task.done() for task in writes) == 4
    for task in writes:
        task.cancel()


def test_what_competes_for_one_organization_is_named_and_reads_compete_for_nothing() -> None:
    of = {row.name: row.resource for row in endpoints.TABLE.values()}
    assert {name for name, resource in of.items() if resource == endpoints.MEMBERSHIPS} == {
        "add member",
        "change member",
        "remove member",
    }
    for row in endpoints.TABLE.values():
        assert bool(row.resource) == row.writes, row


PLANTED = "planted-secret-0815"


def test_no_value_shows_what_it_carries() -> None:
    request = Request(READ, "/x", {"Authorization": f"Bearer {PLANTED}"}, PLANTED.encode())
    answer = Answer(200, {"set-cookie": PLANTED}, f'{{"link":"{PLANTED}"}}'.encode())
    for value in (request, answer, Attempt(1, request, 0.1, answer)):
        assert PLANTED not in repr(value) + str(value) + f"{value}"
