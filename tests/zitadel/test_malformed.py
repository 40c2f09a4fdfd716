"""Answers and key files that are malformed in every way end in the usual sentence, never in a crash."""

import contextlib
import inspect
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.canned import ORIGIN, TOKEN, Canned, ReceivedRequest, Reply
from tests.contract.recordings import TOPICS, recorded
from tests.malformed import JSON_VALUES, NUMBERS, json_text, json_values
from tests.sockets import SocketServer
from tests.zitadel.keys import NOW, PIPED, as_file
from tests.zitadel.sending import Pauses, ask, scripted
from tests.zitadel.signing import key_of_the_demo
from zitadel_tui.failure import Failure
from zitadel_tui.secret import Secret
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors, keyfile, refusal
from zitadel_tui.zitadel.auth import KeyFileSignIn, PersonalAccessToken
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.endpoints import ADD_MEMBER, USER
from zitadel_tui.zitadel.http import Transport
from zitadel_tui.zitadel.traffic import Answer
from zitadel_tui.zitadel.wire.base import ListDetails, decode
from zitadel_tui.zitadel.wire.oidc import Discovery, TokenAnswer, TokenRefusal
from zitadel_tui.zitadel.wire.organizations import PasswordComplexity
from zitadel_tui.zitadel.wire.refusals import Refusal
from zitadel_tui.zitadel.wire.users import History, ImportHuman

EACH_VALUE = pytest.mark.parametrize("value", JSON_VALUES, ids=range(len(JSON_VALUES)))
TOKEN_URL = f"{ORIGIN}/oauth/v2/token"


def every_answer() -> list[type[Any]]:
    """The type of the answer of every call there is, and of what else is decoded."""
    given: dict[str, Any] = {"body": ImportHuman(), "queries": (), "roles": (), "limit": 1}
    kinds: set[type[Any]] = {Discovery, TokenAnswer, TokenRefusal, Refusal}
    for name, make in inspect.getmembers(calls, inspect.isfunction):
        if make.__module__ == calls.__name__ and not name.startswith("_") and name != "curl":
            needed = [one for one in inspect.signature(make).parameters.values() if one.default is one.empty]
            call = make(**{one.name: given.get(one.name, "1") for one in needed})
            kinds.add(call.answer)
    return sorted(kinds, key=lambda kind: kind.__name__)


ANSWERS = every_answer()


def test_every_kind_of_answer_is_among_them() -> None:
    names = {kind.__name__ for kind in ANSWERS}
    assert {"MembersPage", "UserAnswer", "Changed", "ImportedHuman", "History", "TokenAnswer"} <= names


def checked(failure: Failure) -> None:
    """One line of ours with a next step, harmless for a terminal."""
    assert failure.summary.endswith((".", "…"))
    assert failure.hint
    assert shown(failure.summary + failure.hint) == failure.summary + failure.hint
    assert len(failure.summary) < 600


def reason(content: bytes, kind: type[Any]) -> str:
    """Why ``content`` is not understood as ``kind``; empty when it is."""
    refused = ""
    try:
        decode(content, kind)
    except ValueError as error:
        refused = str(error)
        assert refused
    return refused


@EACH_VALUE
def test_any_value_as_a_whole_answer(value: str) -> None:
    for kind in ANSWERS:
        assert len(reason(json_text(value), kind).splitlines()) <= 1


@pytest.mark.parametrize("number", NUMBERS, ids=range(len(NUMBERS)))
def test_any_number_that_is_understood_can_be_used(number: str) -> None:
    content = json_text(f'{{"totalResult":{number},"minLength":{number},"result":[{{"sequence":{number}}}]}}')
    with contextlib.suppress(ValueError):
        assert 0 <= decode(content, ListDetails).total < 10**20
    with contextlib.suppress(ValueError):
        assert 0 <= decode(content, PasswordComplexity).length < 10**20
    with contextlib.suppress(ValueError):
        assert 0 <= int(decode(content, History).result[0].sequence) < 10**20


def test_numbers_of_sixty_four_bits_are_understood() -> None:
    assert decode(b'{"totalResult":"18446744073709551615"}', ListDetails).total == 2**64 - 1


ANSWERED = [
    one.body
    for topic in TOPICS
    for one in {one.path.partition("?")[0]: one for one in recorded(topic) if one.status == 200}.values()
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside ``value``."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value[:2]))
    return [path, *(found for key, inner in items for found in places(inner, (*path, key)))]


HOLE = "4711 here 4711"


def with_value(body: Any, path: tuple[Any, ...], value: str) -> bytes:
    """``body`` with the JSON text ``value`` at ``path``."""
    copy = json.loads(json.dumps([body]))
    place = copy
    for key in (0, *path)[:-1]:
        place = place[key]
    place[(0, *path)[-1]] = HOLE
    return json_text(json.dumps(copy[0]).replace(json.dumps(HOLE), value))


@given(st.data())
def test_any_value_at_any_place_of_a_recorded_answer(data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(ANSWERED))
    content = with_value(body, data.draw(st.sampled_from(places(body))), data.draw(json_values))
    for kind in ANSWERS:
        assert len(reason(content, kind).splitlines()) <= 1


DETAIL = {"@type": "type.googleapis.com/zitadel.v1.ErrorDetail", "id": "COMMAND-1", "message": "x"}
ENVELOPE = {"code": 9, "message": "x (COMMAND-1)", "details": [DETAIL]}


@given(st.sampled_from(places(ENVELOPE)), json_values, st.sampled_from([400, 404, 409, 429, 500, 503]))
def test_any_value_at_any_place_of_a_refusal(path: tuple[Any, ...], value: str, status: int) -> None:
    answer = Answer(status, {}, with_value(ENVELOPE, path, value))
    checked(refusal.error_from(USER, answer))
    checked(refusal.error_from(ADD_MEMBER, answer))


ODD_TIMES = (
    *("9" * 5000, "-" + "9" * 5000, "1e400", "NaN", "inf", "٣", "²", "1 Jan", ",", "0:0:0:0", "\ud800"),
    "Tue, 99 Nov 2026 00:00:00 GMT",
    f"Tue, 01 Nov {'9' * 5000} 00:00:00 GMT",
    f"Tue, {'9' * 5000} Nov 2026 00:00:00 GMT",
    f"Tue, 01 Nov 2026 {'9' * 5000}:00:00 GMT",
    f"Tue, 01 Nov 2026 00:00:00 +{'9' * 5000}",
    "Mon, 01 Jan 0001 00:00:00 +2359",
    "Mon, 31 Dec 9999 23:59:60 -2359",
    "x" * 100_000,
)
times = st.text(max_size=60) | st.sampled_from(ODD_TIMES)


@given(times, times)
def test_any_header_is_a_time_or_is_ignored(value: str, date: str) -> None:
    seconds = refusal.retry_after({"retry-after": value, "date": date})
    assert seconds is None or 0 <= seconds <= 1e9
    moment = refusal.http_date(date)
    assert moment is None or abs(moment) < 1e12


async def signed_in(token: Reply, discovery: Reply) -> str:
    """The token, or an empty text when the sign-in ended in a sentence."""

    def answer(asked: ReceivedRequest) -> Reply:
        return token if asked.method == "POST" else discovery

    tokens = KeyFileSignIn(Canned(answer).transport(timeout=0.05), key_of_the_demo)
    try:
        return (await tokens.token()).reveal()
    except Failure as failure:
        checked(failure)
        return ""


@EACH_VALUE
async def test_any_value_in_the_answer_of_the_token_endpoint(value: str) -> None:
    discovery = Reply({"issuer": ORIGIN, "token_endpoint": TOKEN_URL})
    for body in (
        f'{{"access_token":{value},"expires_in":60}}',
        f'{{"access_token":"t","expires_in":{value}}}',
        f'{{"error":{value}}}',
        f'{{"error":"invalid_grant","error_description":{value}}}',
        value,
    ):
        await signed_in(Reply(json_text(body), 200), discovery)
        assert await signed_in(Reply(json_text(body), 400), discovery) == ""


@EACH_VALUE
async def test_any_value_in_discovery(value: str) -> None:
    refused = Reply({"error": "invalid_grant"}, 400)
    for body in (
        f'{{"issuer":{value},"token_endpoint":"{TOKEN_URL}"}}',
        f'{{"issuer":"{ORIGIN}","token_endpoint":{value}}}',
    ):
        assert await signed_in(refused, Reply(json_text(body))) == ""


@pytest.mark.parametrize("name", ["type", "keyId", "key", "userId", "expirationDate", "more"])
@EACH_VALUE
def test_any_value_in_a_key_file(name: str, value: str) -> None:
    data = as_file(**{name: HOLE}).replace(json.dumps(HOLE).encode(), json_text(value))
    try:
        said = "".join(keyfile.parse(data, PIPED, now=NOW).warnings)
    except Failure as failure:
        checked(failure)
        said = ""
    assert shown(said) == said


HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"
ODD_HEADS: dict[str, bytes] = {
    "a length without end": b"HTTP/1.1 200 OK\r\ncontent-length: " + b"9" * 5000 + b"\r\n\r\n{}",
    "a negative length": b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}",
    "two lengths": HEAD + b"content-length: 3\r\n\r\n{}",
    "a status without end": b"HTTP/1.1 " + b"9" * 5000 + b" OK\r\n\r\n",
    "a status of no class": b"HTTP/1.1 999 OK\r\ncontent-length: 2\r\n\r\n{}",
    "a chunk without end": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"f" * 5000 + b"\r\n{}",
    "a head without end": b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000,
    "bytes in a header": HEAD + b"x-request-id: \xff\xfe\xed\xa0\x80\r\n\r\n{}",
    "an unknown compression": HEAD + b"content-encoding: zzz\r\n\r\n{}",
    "broken deflate": HEAD + b"content-encoding: deflate\r\n\r\n{}",
    "a date without end": b"HTTP/1.1 503 No\r\ncontent-length: 0\r\ndate: " + b"9" * 5000 + b"\r\n\r\n",
    "an odd redirect": b"HTTP/1.1 302 No\r\nlocation: http://[\xff\r\ncontent-length: 0\r\n\r\n",
}


@pytest.mark.parametrize("name", ODD_HEADS)
async def test_any_head_of_an_answer_ends_in_a_sentence(name: str) -> None:
    _, _, outcome = await ask(scripted(ODD_HEADS[name]), timeout=2)
    if isinstance(outcome, errors.ZitadelError):
        checked(outcome)
    async with SocketServer(scripted(ODD_HEADS[name])) as server:
        transport = Transport(server.origin, timeout=2, pause=Pauses())
        with pytest.raises(errors.OutcomeUnknown) as caught:
            await Client(transport, PersonalAccessToken(Secret(TOKEN))).send(calls.add_member("1", ["X"]))
        await transport.close()
    checked(caught.value)
