"""The transport over real sockets: time limits, retries, lines that break."""

import asyncio
import contextlib
import gzip
import itertools
import socket
import time
from collections.abc import Awaitable
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

import pytest

from tests.canned import ReceivedRequest, Reply
from tests.sockets import Answer, SocketServer, closed_origin, ended
from tests.zitadel.sending import (
    READ,
    WRITE,
    Pauses,
    ask,
    scripted,
    silent,
    status_of,
    until,
)
from zitadel_tui.zitadel import errors, http
from zitadel_tui.zitadel.endpoints import Endpoint
from zitadel_tui.zitadel.http import Transport
from zitadel_tui.zitadel.traffic import Answer as Answered
from zitadel_tui.zitadel.traffic import Gates, Request


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
async def test_a_read_is_tried_again_while_the_server_cannot(status: int) -> None:
    server, pauses, outcome = await ask(scripted(Reply("", status), Reply("", status), Reply({})))
    assert status_of(outcome) == 200
    assert len(server.asked) == 3
    assert 0 < pauses[0] < pauses[1] * 2 < 2


async def test_pauses_grow_up_to_a_bound_and_are_random() -> None:
    _, pauses, _ = await ask(scripted(Reply("", 503)), timeout=120)
    _, others, _ = await ask(scripted(Reply("", 503)), timeout=120)
    growing = [0.2, 0.4, 0.8, 1.6, 3.2]
    for each in (pauses, others):
        assert all(most / 2 <= pause <= most for pause, most in zip(each, growing, strict=False))
        assert all(2.5 <= pause <= 5 for pause in each[5:15])
        assert len(set(each[5:15])) == 10
    assert pauses[:15] != others[:15]


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 409, 500])
async def test_other_answers_are_final(status: int) -> None:
    server, pauses, outcome = await ask(scripted(Reply("", status)))
    assert status_of(outcome) == status
    assert (len(server.asked), pauses) == (1, [])


async def test_a_read_is_tried_until_its_time_is_used_up_and_no_longer() -> None:
    server, pauses, outcome = await ask(scripted(Reply("", 503)), timeout=30)
    assert status_of(outcome) == 503
    assert 29 < sum(pauses) < 30
    assert 8 <= len(server.asked) <= 20


async def test_where_nothing_listens_a_read_is_tried_until_its_time_is_used_up() -> None:
    pauses = Pauses()
    transport = Transport(closed_origin(), timeout=30, pause=pauses)
    with pytest.raises(errors.Unavailable, match="Nothing listens"):
        await transport.send(Request(READ))
    await transport.close()
    assert 29 < sum(pauses) < 30


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
async def test_a_write_is_never_tried_again(status: int) -> None:
    server, pauses, outcome = await ask(scripted(Reply("", status), Reply({})), WRITE)
    assert status_of(outcome) == status
    assert (len(server.asked), pauses) == (1, [])


async def test_retry_after_in_seconds_is_honoured() -> None:
    _, pauses, outcome = await ask(scripted(Reply("", 429, {"Retry-After": "3"}), Reply({})))
    assert (status_of(outcome), pauses) == (200, [3.0])


async def test_a_retry_after_of_nothing_does_not_hammer_the_server() -> None:
    _, pauses, _ = await ask(scripted(Reply("", 503, {"Retry-After": "0"})))
    assert pauses[0] >= 0.1
    assert len(pauses) < 20


QUOTA = {"code": 8, "message": "Quota.Access.Exhausted (QUOTA-vjAy8)"}


async def test_a_quota_that_is_used_up_is_not_tried_again() -> None:
    server, pauses, outcome = await ask(scripted(Reply(QUOTA, 429), Reply({})))
    assert (status_of(outcome), len(server.asked), pauses) == (429, 1, [])


async def test_a_limit_of_the_server_that_says_when_is_waited_for() -> None:
    _, pauses, outcome = await ask(scripted(Reply(QUOTA, 429, {"Retry-After": "2"}), Reply({})))
    assert (status_of(outcome), pauses) == (200, [2.0])


@pytest.mark.parametrize("with_date", [True, False])
async def test_retry_after_as_a_date_is_honoured(with_date: bool) -> None:
    now = time.time()
    clock = now + 3600 if with_date else now  # the server's own, where it tells
    headers = {"Retry-After": formatdate(clock + 4, usegmt=True)}
    headers |= {"Date": formatdate(clock, usegmt=True)} if with_date else {}
    _, pauses, outcome = await ask(scripted(Reply("", 503, headers), Reply({})))
    assert status_of(outcome) == 200
    assert pauses[0] == pytest.approx(4, abs=1.5)


@pytest.mark.parametrize("value", ["3600", "9" * 400, "Fri, 01 Jan 2100 00:00:00 GMT"])
async def test_a_retry_after_beyond_the_time_limit_is_an_answer_at_once(value: str) -> None:
    server, pauses, outcome = await ask(scripted(Reply("", 429, {"Retry-After": value})))
    assert (status_of(outcome), len(server.asked), pauses) == (429, 1, [])


@pytest.mark.parametrize("value", ["soon", "-5", "\xb2", "", "Tue, 99 Nov 2026 00:00:00 GMT"])
async def test_a_retry_after_that_is_not_valid_is_ignored(value: str) -> None:
    server, pauses, outcome = await ask(scripted(Reply("", 429, {"Retry-After": value}), Reply({})))
    assert (status_of(outcome), len(server.asked)) == (200, 2)
    assert 0 < pauses[0] < 1


async def test_a_server_that_is_just_starting_is_waited_for() -> None:
    starting = Reply({"code": 14, "message": 'connection error: desc = "transport: Error"'}, 503)
    server, _, outcome = await ask(scripted(starting, starting, starting, Reply({})))
    assert (status_of(outcome), len(server.asked)) == (200, 4)


async def test_no_pause_goes_beyond_the_time_limit() -> None:
    server, pauses, outcome = await ask(scripted(Reply("", 503)), timeout=0.05)
    assert (status_of(outcome), len(server.asked), pauses) == (503, 1, [])


async def test_silence_ends_with_the_time_limit() -> None:
    began = time.monotonic()
    _, _, outcome = await ask(silent, timeout=0.1)
    assert type(outcome) is errors.TimedOut
    assert "0.1 s" in outcome.summary
    assert time.monotonic() - began < 5


async def test_silence_after_a_write_leaves_the_outcome_unknown() -> None:
    _, _, outcome = await ask(silent, WRITE, timeout=0.1)
    assert type(outcome) is errors.OutcomeUnknown


async def test_an_answer_that_trickles_ends_with_the_time_limit() -> None:
    gone = asyncio.Event()

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(b"x")
                await within(reader.read(10_000), 0.02)
        await ended(writer)
        gone.set()

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    transport = Transport(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout=0.2)
    with pytest.raises(errors.TimedOut):
        await transport.send(Request(READ))
    await transport.close()
    await until(gone.is_set)
    server.close()


async def within(reading: Awaitable[bytes], seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await reading


async def test_what_attempts_take_counts_against_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = itertools.count(step=10)  # so that each attempt takes 10 s
    clocks = SimpleNamespace(monotonic=lambda: next(seconds), time=time.time)
    monkeypatch.setattr(http, "time", clocks)
    server, pauses, _ = await ask(scripted(Reply("", 503)), timeout=30)
    assert len(server.asked) == 3
    assert sum(pauses) < 1


async def test_the_last_attempt_has_only_the_time_that_is_left() -> None:
    first = [Reply("", 503, {"Retry-After": "19"})]

    async def handler(asked: ReceivedRequest) -> Answer:
        return first.pop() if first else await silent(asked)

    began = time.monotonic()
    _, _, outcome = await ask(handler, timeout=20)
    assert type(outcome) is errors.TimedOut
    assert "20 s" in outcome.summary
    assert time.monotonic() - began < 15


async def test_waiting_to_be_admitted_does_not_count_against_the_time_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Closed(Gates):
        """Admits nothing until opened."""

        asked, opened = asyncio.Event(), asyncio.Event()

        async def admit(self, endpoint: Endpoint) -> None:
            self.asked.set()
            await self.opened.wait()
            await super().admit(endpoint)

    limiter, loop, passed, waited = Closed(), asyncio.get_running_loop(), asyncio.Event(), 0.0
    monkeypatch.setattr(
        http, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + waited, time=time.time)
    )
    monkeypatch.setattr(loop, "time", lambda: time.monotonic() + waited)
    async with SocketServer(scripted(Reply({}))) as server:
        transport = Transport(server.origin, timeout=60, limiter=limiter)
        task = asyncio.create_task(transport.send(Request(READ)))
        await limiter.asked.wait()
        loop.call_later(80, passed.set)
        waited = 90.0
        await passed.wait()
        other = asyncio.create_task(transport.send(Request(READ)))
        limiter.opened.set()
        assert [answer.status for answer in await asyncio.gather(task, other)] == [200, 200]
        await transport.close()


async def test_a_connection_that_is_not_made_is_given_up_before_the_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "_CONNECT_SECONDS", 0.05)
    async with SocketServer(silent) as server:  # accepts, and never begins TLS
        transport = Transport(server.origin.replace("http:", "https:"), pause=Pauses())
        with pytest.raises(errors.Unavailable, match=r"No connection to 127\.0\.0\.1"):
            await transport.send(Request(WRITE))
        await transport.close()


@pytest.mark.parametrize("endpoint", [READ, WRITE], ids=["read", "write"])
async def test_closing_while_a_request_is_under_way_tells_how_that_ended(endpoint: Endpoint) -> None:
    async with SocketServer(silent) as server:
        transport = Transport(server.origin, timeout=5)
        task = asyncio.create_task(transport.send(Request(endpoint)))
        await until(lambda: bool(server.asked))
        await transport.close()
        with pytest.raises(errors.ZitadelError) as caught:
            await task
    assert type(caught.value) is (errors.OutcomeUnknown if endpoint.writes else errors.Unavailable)


async def test_a_write_that_was_sent_before_the_client_was_closed_may_have_been_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transport = Transport(closed_origin())

    async def closes(request: Any) -> None:
        await request.extensions["trace"]("http11.send_request_headers.started", {"request": request_line})
        await transport.close()
        raise RuntimeError("closed")

    request_line = SimpleNamespace(method=b"POST")
    monkeypatch.setattr(transport._client_for(transport.origin), "send", closes)
    with pytest.raises(errors.OutcomeUnknown):
        await transport.send(Request(WRITE))


async def test_an_app_inside_this_process_that_fails_is_a_server_that_fails() -> None:
    async def app(*_: Any) -> None:
        raise ZeroDivisionError

    transport = Transport("https://zitadel.example", app=app)
    assert (await transport.send(Request(READ))).status == 500
    await transport.close()


async def test_waiting_can_be_cancelled() -> None:
    async with SocketServer(silent) as server:
        transport = Transport(server.origin)
        task = asyncio.create_task(transport.send(Request(READ)))
        await until(lambda: bool(server.asked))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await transport.close()


BROKEN: dict[str, bytes | None] = {
    "reset": None,
    "closed without a word": b"",
    "half a head": b"HTTP/1.1 200 OK\r\ncontent-le",
    "half a body": b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
    "half a chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{",
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_line_that_breaks_is_tried_again_for_a_read(name: str) -> None:
    server, _, outcome = await ask(scripted(BROKEN[name], Reply({})))
    assert (status_of(outcome), len(server.asked)) == (200, 2)


@pytest.mark.parametrize("name", BROKEN)
async def test_a_line_that_stays_broken_is_unavailable(name: str) -> None:
    _, _, outcome = await ask(scripted(BROKEN[name]))
    assert type(outcome) is errors.Unavailable
    assert "127.0.0.1" in outcome.summary


@pytest.mark.parametrize("name", BROKEN)
async def test_a_line_that_breaks_after_a_write_leaves_the_outcome_unknown(name: str) -> None:
    server, pauses, outcome = await ask(scripted(BROKEN[name], Reply({})), WRITE)
    assert type(outcome) is errors.OutcomeUnknown
    assert (len(server.asked), pauses) == (1, [])


@pytest.mark.parametrize("endpoint", [READ, WRITE], ids=["read", "write"])
async def test_where_nothing_listens_nothing_was_sent(endpoint: Endpoint) -> None:
    transport = Transport(closed_origin(), pause=Pauses())
    with pytest.raises(errors.Unavailable, match=r"Nothing listens at 127\.0\.0\.1:") as caught:
        await transport.send(Request(endpoint))
    assert type(caught.value) is errors.Unavailable


@pytest.mark.parametrize(("code", "again"), [(socket.EAI_NONAME, False), (socket.EAI_AGAIN, True)])
async def test_an_unknown_host_is_reported_at_once_unless_the_trouble_is_temporary(
    monkeypatch: pytest.MonkeyPatch, code: int, again: bool
) -> None:
    def unknown(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(code, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    pauses = Pauses()
    transport = Transport("http://no-such-host.invalid", pause=pauses)
    with pytest.raises(errors.Unavailable, match=r"name no-such-host\.invalid is not known"):
        await transport.send(Request(READ))
    assert bool(pauses) == again


async def test_broken_compression_is_no_answer_of_a_zitadel() -> None:
    broken = gzip.compress(b'{"result":[]}' * 100)[:-30] + b"\0" * 30
    reply = Reply(broken, headers={"content-encoding": "gzip"})
    server, pauses, outcome = await ask(scripted(reply))
    assert type(outcome) is errors.NotZitadel
    assert (len(server.asked), pauses) == (1, [])
    _, _, outcome = await ask(scripted(reply), WRITE)
    assert type(outcome) is errors.OutcomeUnknown


async def test_compressed_answers_are_understood() -> None:
    reply = Reply(gzip.compress(b'{"result":["ORG_OWNER"]}'), headers={"content-encoding": "gzip"})
    _, _, outcome = await ask(scripted(reply))
    assert isinstance(outcome, Answered)
    assert outcome.content == b'{"result":["ORG_OWNER"]}'
