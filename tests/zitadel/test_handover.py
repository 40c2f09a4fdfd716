"""What one process was answered serves another in its place: the token, and each answer once."""

import asyncio
import time

from tests.canned import ORIGIN, Canned, ReceivedRequest, Reply
from tests.zitadel.signing import key_of_the_demo
from zitadel_tui.zitadel import calls
from zitadel_tui.zitadel.auth import KeyFileSignIn
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.handover import Answers, Handover, packed, unpacked
from zitadel_tui.zitadel.http import Transport

TOKEN_PATH = "/oauth/v2/token"
REFUSED = Reply({"code": 7, "message": "No matching permissions found (AUTH-AWfge)"}, status=403)


def answer(asked: ReceivedRequest) -> Reply:
    if asked.path == TOKEN_PATH:
        return Reply({"access_token": "planted", "expires_in": 3600})
    if asked.path.endswith("/members/_search"):
        return Reply({"details": {"totalResult": "1"}, "result": [{"userId": "7"}]}, headers={"X-One": "é"})
    return REFUSED if asked.path.endswith("/roles/_search") else Reply({"user": {"id": "1"}})


def sign_in(transport: Transport) -> KeyFileSignIn:
    return KeyFileSignIn(transport, key_of_the_demo, token_url=f"{ORIGIN}{TOKEN_PATH}")


async def first_process(*asked: calls.Call[object], at: float | None = None) -> Handover:
    """What one hands over that has asked this, all at once."""
    transport, answers = Canned(answer).transport(), Answers()
    transport.observers.append(answers)
    tokens = sign_in(transport)
    tokens.notes.append("The clock was wrong.")
    client = Client(transport, tokens)
    await asyncio.gather(*map(client.send, asked), return_exceptions=True)
    sent = packed(Handover(time.time() if at is None else at, tokens.sign_in, tuple(answers)))
    received = unpacked(sent)
    assert received is not None
    assert unpacked(sent[:-1]) is None
    assert "planted" not in repr(received)
    return received


def second_process(received: Handover) -> tuple[Canned, Client]:
    server = Canned(answer)
    transport = Transport(ORIGIN, app=server.app, at_hand=received.at_hand)
    tokens = sign_in(transport)
    assert received.sign_in is not None
    tokens.resume(received.sign_in)
    return server, Client(transport, tokens)


async def test_neither_the_token_nor_an_answer_is_asked_for_again() -> None:
    server, client = second_process(await first_process(calls.search_members(limit=1000), calls.my_user()))
    assert client.tokens.notes == ["The clock was wrong."]
    page = await client.send(calls.search_members(limit=1000))
    assert [member.user_id for member in page.result] == ["7"]
    await client.send(calls.my_user())
    assert server.asked == []
    await client.send(calls.my_user())
    assert [(asked.path, asked.headers["authorization"]) for asked in server.asked] == [
        ("/auth/v1/users/me", "Bearer planted")
    ]


async def test_another_request_gets_no_answer_of_the_first() -> None:
    server, client = second_process(await first_process(calls.search_members(limit=1000)))
    await client.send(calls.search_members(limit=5000, offset=1000))
    assert len(server.asked) == 1


async def test_old_answers_are_no_answers() -> None:
    server, client = second_process(await first_process(calls.my_user(), at=time.time() - 60))
    assert client.transport.age_at_hand == 0
    await client.send(calls.my_user())
    assert len(server.asked) == 1


async def test_after_a_write_everything_is_asked_anew() -> None:
    server, client = second_process(await first_process(calls.my_user()))
    assert client.transport.age_at_hand > 0
    await client.transport.send(client._request((await client.tokens.token()), calls.remove_member("7")))
    await client.send(calls.my_user())
    assert len(server.asked) == 2
    assert client.transport.age_at_hand == 0


def test_what_no_process_has_sent_is_nothing() -> None:
    assert unpacked(b"") is None
    assert unpacked(b"\x93\x01\x02\x03") is None
