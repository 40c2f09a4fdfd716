"""The transport over real sockets: time limits, retries, lines that break."""

import asyncio
import contextlib
import gzip
import socket
import time
from collections.abc import Awaitable
from email.utils import formatdate

import pytest

from tests.canned import Reply
from tests.sockets import SocketServer, ended
from tests.zitadel.sending import (
    READ,
    WRITE,
    Pauses,
    ask,
    nothing_listens,
    scripted,
    silent,
    status_of,
    until,
)
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.endpoints import Endpoint
from zitadel_tui.zitadel.http import Answer as Answered
from zitadel_tui.zitadel.http import Transport


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_read_is_tried_again_while_the_server_cannot(status: int) -> None:
    server, pauses, outcome = await ask(scripted(Reply("", status), Reply("", status), Reply({})))
    assert status_of(outcome) == 200
    assert len(server.asked) == 3
    assert 0 < pauses[0] < pauses[1] * 2 < 2


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 409, 500])
async def test_other_answers_are_final(status: int) -> None:
    server, pauses, outcome = await ask(scripted(Reply("", status)))
    assert status_of(outcome) == status
    assert (len(server.asked), pauses) == (1, [])


async def test_trying_again_ends() -> None:
    server, pauses, outcome = await ask(scripted(Reply("", 503)))
    assert status_of(outcome) == 503
    assert 3 <= len(server.asked) <= 8
    assert sum(pauses) < 15


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_write_is_never_tried_again(status: int) -> None:
    server, pauses, outcome = await ask(scripted(Reply("", status), Reply({})), WRITE)
    assert status_of(outcome) == status
    assert (len(server.asked), pauses) == (1, [])


async def test_retry_after_in_seconds_is_honoured() -> None:
    _, pauses, outcome = await ask(scripted(Reply("", 429, {"Retry-After": "3"}), Reply({})))
    assert (status_of(outcome), pauses) == (200, [3.0])


@pytest.mark.parametrize("with_date", [True, False])
async def test_retry_after_as_a_date_is_honoured(with_date: bool) -> None:
    now = time.time()
    headers = {"Retry-After": formatdate(now + 4, usegmt=True)}
    headers |= {"Date": formatdate(now, usegmt=True)} if with_date else {}
    _, pauses, outcome = await ask(scripted(Reply("", 503, headers), Reply({})))
    assert status_of(outcome) == 200
    assert pauses[0] == pytest.approx(4, abs=1.5)


@pytest.mark.parametrize("value", ["3600", "9" * 400, "Fri, 01 Jan 2100 00:00:00 GMT"])
async def test_a_retry_after_beyond_the_time_limit_is_an_answer_at_once(value: str) -> None:
    server, pauses, outcome = await ask(scripted(Reply("", 429, {"Retry-After": value})))
    assert (status_of(outcome), len(server.asked), pauses) == (429, 1, [])


@pytest.mark.parametrize("value", ["soon", "-5", "\xb2", "", "Tue, 99 Nov 2026 00:00:00 GMT"])
async def test_a_retry_after_that_is_none_is_passed_over(value: str) -> None:
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
        await transport.send(READ, READ.path)
    await transport.close()
    await until(gone.is_set)
    server.close()


async def within(reading: Awaitable[bytes], seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await reading


async def test_waiting_can_be_cancelled() -> None:
    async with SocketServer(silent) as server:
        transport = Transport(server.origin)
        task = asyncio.create_task(transport.send(READ, READ.path))
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
    transport = Transport(await nothing_listens(), pause=Pauses())
    with pytest.raises(errors.Unavailable, match=r"Nothing listens at 127\.0\.0\.1:") as caught:
        await transport.send(endpoint, endpoint.path)
    assert type(caught.value) is errors.Unavailable


async def test_an_unknown_host_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    pauses = Pauses()
    transport = Transport("http://no-such-host.invalid", pause=pauses)
    with pytest.raises(errors.Unavailable, match=r"name no-such-host\.invalid is not known"):
        await transport.send(READ, READ.path)
    assert pauses == []


async def test_broken_compression_is_no_answer_of_a_zitadel() -> None:
    broken = gzip.compress(b'{"result":[]}' * 100)[:-30] + b"\0" * 30
    reply = Reply(broken, headers={"content-encoding": "gzip"})
    _, _, outcome = await ask(scripted(reply))
    assert type(outcome) is errors.NotZitadel
    _, _, outcome = await ask(scripted(reply), WRITE)
    assert type(outcome) is errors.OutcomeUnknown


async def test_compressed_answers_are_understood() -> None:
    reply = Reply(gzip.compress(b'{"result":["ORG_OWNER"]}'), headers={"content-encoding": "gzip"})
    _, _, outcome = await ask(scripted(reply))
    assert isinstance(outcome, Answered)
    assert outcome.content == b'{"result":["ORG_OWNER"]}'
