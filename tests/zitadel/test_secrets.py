"""No token, password, link, key or assertion is in what is shown of values and failures.

A crash report of the terminal shows the variables of every frame, so these are looked at, too.
"""

import re
import traceback
from collections.abc import Awaitable, Callable

import pytest

from tests.canned import ORIGIN, Canned, ReceivedRequest, Reply
from tests.sockets import Answer, SocketServer, closed_origin
from tests.zitadel.sending import Pauses, silent
from tests.zitadel.signing import DEMO_KEY, key_of_the_demo
from zitadel_tui.secret import Secret
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.auth import KeyFileSignIn, PersonalAccessToken
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.http import Transport
from zitadel_tui.zitadel.tokens import StoredToken
from zitadel_tui.zitadel.wire.base import WrittenDetails
from zitadel_tui.zitadel.wire.users import HashedPassword, ImportHuman, PasskeyLink, PasswordlessRegistration

TOKEN, PASSWORD, HASH, LINK = "planted-token", "planted-password", "planted-hash", "planted-link"
BODY = ImportHuman(
    user_name="grace", password=Secret(PASSWORD), hashed_password=HashedPassword(value=Secret(HASH))
)
_OURS = re.compile(r"/tests/|/_pytest/|/pluggy/")


def report(error: BaseException) -> str:
    """What a crash report shows of ``error`` and of what led to it: texts, and the variables of all frames
    but those of the tests."""
    shown, seen = [repr(error), str(error)], set[int]()
    pending: list[BaseException | None] = [error]
    while pending:
        one = pending.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        shown += traceback.format_exception_only(one)
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if not _OURS.search(frame.f_code.co_filename):
                shown += [f"{name}={value!r}" for name, value in frame.f_locals.items()]
        pending += [one.__cause__, one.__context__]
    return "\n".join(shown)


def check(text: str) -> None:
    for planted in (TOKEN, PASSWORD, HASH, LINK, "eyJ", "PRIVATE KEY", DEMO_KEY.decode()[200:260]):
        assert planted not in text


async def reported(sending: Awaitable[object]) -> errors.ZitadelError:
    with pytest.raises(errors.ZitadelError) as caught:
        await sending
    check(report(caught.value))
    return caught.value


def echo(status: int) -> Callable[[ReceivedRequest], Reply]:
    """Answers with what was asked, as a careless server or proxy might."""

    def answer(asked: ReceivedRequest) -> Reply:
        said = {
            "authorization": asked.headers.get("authorization"),
            "body": asked.content.decode(),
            "link": LINK,
        }
        return Reply(said, status, {"x-request-id": "r1", "set-cookie": TOKEN})

    return answer


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 409, 429, 500, 503])
async def test_a_careless_answer_is_not_quoted(status: int) -> None:
    canned = Canned(echo(status))
    client = Client(canned.transport(pause=Pauses()), PersonalAccessToken(Secret(TOKEN)))
    await reported(client.send(calls.import_human(BODY)))
    await reported(client.send(calls.my_user()))
    assert PASSWORD in canned.asked[0].content.decode()


async def test_a_link_in_an_answer_that_is_not_understood_is_not_quoted() -> None:
    replies = [Reply({"userId": 4711, "passwordlessRegistration": {"link": LINK}}), Reply({"link": [LINK]})]
    client = Client(Canned(replies).transport(), PersonalAccessToken(Secret(TOKEN)))
    await reported(client.send(calls.import_human(BODY)))
    await reported(client.send(calls.passkey_link("1")))


BROKEN: dict[str, bytes | None] = {
    "reset": None,
    "closed": b"",
    "half a head": b"HTTP/1.1 200 OK\r\ncontent-le",
    "half a body": b'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"link":"' + LINK.encode(),
    "not HTTP": LINK.encode() + b"\r\n\r\n",
    "broken compression": b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-encoding: gzip\r\n\r\n{}",
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_connection_that_drops_shows_nothing_that_was_sent(name: str) -> None:
    async def handler(asked: ReceivedRequest) -> Answer:
        return BROKEN[name]

    async with SocketServer(handler) as server:
        transport = Transport(server.origin, timeout=2, pause=Pauses())
        client = Client(transport, PersonalAccessToken(Secret(TOKEN)))
        await reported(client.send(calls.import_human(BODY)))
        await reported(client.send(calls.my_user()))
        await transport.close()
    assert TOKEN in server.asked[0].headers["authorization"]


async def test_silence_and_a_server_that_is_down_show_nothing_that_was_sent() -> None:
    tokens = PersonalAccessToken(Secret(TOKEN))
    async with SocketServer(silent) as server:
        transport = Transport(server.origin, timeout=0.05)
        await reported(Client(transport, tokens).send(calls.import_human(BODY)))
        await transport.close()
    transport = Transport(closed_origin(), pause=Pauses())
    await reported(Client(transport, tokens).send(calls.import_human(BODY)))
    await transport.close()


async def test_a_cause_is_named_without_its_text() -> None:
    transport = Transport(closed_origin(), pause=Pauses())
    error = await reported(Client(transport, PersonalAccessToken(Secret(TOKEN))).send(calls.my_user()))
    await transport.close()
    assert "ConnectError" in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("status", [200, 400, 404, 500])
@pytest.mark.parametrize("error", ["invalid_grant", "invalid_request", "server_error"])
async def test_a_rejected_sign_in_shows_no_assertion_key_or_token(status: int, error: str) -> None:
    def answer(asked: ReceivedRequest) -> Reply:
        if asked.method == "GET":
            return Reply({"issuer": "https://other.example", "token_endpoint": f"{ORIGIN}/oauth/v2/token"})
        sent = asked.content.decode()
        return Reply({"error": error, "access_token": TOKEN + " " + sent, "error_description": sent}, status)

    canned = Canned(answer)
    tokens = KeyFileSignIn(canned.transport(pause=Pauses()), key_of_the_demo)
    await reported(tokens.token())
    assert "assertion=eyJ" in canned.asked[-1].content.decode() or canned.asked[-1].method == "GET"


async def test_no_value_shows_a_secret() -> None:
    tokens = PersonalAccessToken(Secret(TOKEN))
    client = Client(Canned([]).transport(), tokens)
    key = key_of_the_demo()
    link = PasswordlessRegistration(link=Secret(LINK))
    values = [
        *(BODY, calls.import_human(BODY), StoredToken(Secret(TOKEN), 0.0, 1.0), key, link),
        PasskeyLink(details=WrittenDetails(resource_owner="1"), link=Secret(LINK)),
        client._request(Secret(TOKEN), calls.import_human(BODY)),
        KeyFileSignIn(client.transport, key_of_the_demo)._signed(ORIGIN, key),
    ]
    for value in values:
        check(f"{value!r} {value} {[value]}")
    for holder in (client, tokens, client.transport):
        check(repr(vars(holder)))
