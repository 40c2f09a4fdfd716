"""Answers that are not what the contract says: each ends in the right place of the tree, in a sentence."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.canned import Canned, Reply
from tests.contract.recordings import TOPICS, Exchange, recorded, recorded_legacy
from tests.hostile import ALL
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors, refusal
from zitadel_tui.zitadel.calls import Call, curl
from zitadel_tui.zitadel.endpoints import ADD_MEMBER, MEMBERS, USER
from zitadel_tui.zitadel.refusal import error_from
from zitadel_tui.zitadel.traffic import Answer
from zitadel_tui.zitadel.wire.users import Email, ImportHuman

READ: Call[Any] = calls.my_user()
WRITE: Call[Any] = calls.add_member("1", ["ORG_OWNER"])


def envelope(code: int, message: str, error_id: str = "") -> dict[str, Any]:
    details = [{"@type": "type.googleapis.com/zitadel.v1.ErrorDetail", "id": error_id, "message": message}]
    return {"code": code, "message": message} | ({"details": details} if error_id else {})


async def failure(call: Call[Any], reply: Reply) -> errors.ZitadelError:
    client = Canned(lambda asked: reply).client()
    client.transport.timeout = 0.1
    with pytest.raises(errors.ZitadelError) as caught:
        await client.send(call)
    return caught.value


PAGE = "<html><body>Request blocked. Incident 4711</body></html>"
NONSENSE = {
    "a web page": Reply(PAGE),
    "an empty object": Reply({}),
    "a list": Reply([]),
    "null": Reply(None),
    "a wrong type": Reply({"user": {"id": 4711}, "details": {"sequence": 1}}),
    "half an answer": Reply(b'{"user": {"id": "47'),
    "nothing": Reply(b""),
    "bytes": Reply(b"\xff\xfe\x00"),
    "deep nesting": Reply(b'{"x":' + b"[" * 200_000),
}


@pytest.mark.parametrize("name", NONSENSE)
async def test_a_good_status_with_nonsense_is_no_zitadel_for_a_read(name: str) -> None:
    error = await failure(READ, NONSENSE[name])
    assert type(error) is errors.NotZitadel
    assert "'my user' is not understood" in error.summary


@pytest.mark.parametrize("name", NONSENSE)
async def test_a_good_status_with_nonsense_leaves_a_write_in_doubt(name: str) -> None:
    assert type(await failure(WRITE, NONSENSE[name])) is errors.OutcomeUnknown


@pytest.mark.parametrize(
    "body",
    [{}, {"details": {}}, {"details": {"sequence": "1"}}, {"userId": "1"}, {"link": "x"}, {"status": "ok"}],
)
@pytest.mark.parametrize(
    "write",
    [
        calls.add_member("1", ["ORG_OWNER"]),
        calls.change_member("1", ["ORG_OWNER"]),
        calls.remove_member("1"),
        calls.remove_user("1"),
        calls.import_human(ImportHuman()),
        calls.passkey_link("1"),
        calls.resend_initialization("1"),
    ],
    ids=lambda write: write.endpoint.name,
)
async def test_json_of_something_else_is_not_taken_for_the_answer_to_a_write(
    write: Call[Any], body: dict[str, Any]
) -> None:
    assert type(await failure(write, Reply(body))) is errors.OutcomeUnknown


@pytest.mark.parametrize("status", [201, 202, 203, 204, 206, 301, 304])
async def test_no_other_status_than_200_is_an_answer(status: int) -> None:
    details = {"sequence": "1", "resourceOwner": "1"}
    body = {"details": details, "user": {"id": "1"}}
    assert type(await failure(WRITE, Reply(body, status))) is errors.OutcomeUnknown
    assert type(await failure(READ, Reply(body, status))) is errors.NotZitadel


async def test_what_is_not_understood_is_named_with_its_path() -> None:
    error = await failure(READ, Reply({"user": {"id": 4711}}))
    assert "$.user.id" in error.summary
    assert "4711" not in error.summary


Kind = type[errors.ZitadelError]
UNAVAILABLE, UNKNOWN, NOT_ZITADEL = errors.Unavailable, errors.OutcomeUnknown, errors.NotZitadel
LIMITED = errors.RateLimited
REFUSED: dict[str, tuple[Reply, Kind, Kind]] = {
    "a firewall, which may have read the answer": (Reply(PAGE, 403), NOT_ZITADEL, UNKNOWN),
    "a page that is not there": (Reply(PAGE, 404), NOT_ZITADEL, UNKNOWN),
    "a proxy's login": (Reply(PAGE, 401), NOT_ZITADEL, NOT_ZITADEL),
    "a redirect": (Reply("", 302, {"location": "https://e.test"}), NOT_ZITADEL, UNKNOWN),
    "a proxy that waits in vain": (Reply(PAGE, 504), UNAVAILABLE, UNKNOWN),
    "a server that is away": (Reply(PAGE, 502), UNAVAILABLE, UNKNOWN),
    "an error page": (Reply(PAGE, 500), UNAVAILABLE, UNKNOWN),
    "a limit in front": (Reply(PAGE, 429), LIMITED, LIMITED),
    "a login of the network": (Reply(PAGE, 511), NOT_ZITADEL, NOT_ZITADEL),
    "no instance": (
        Reply(envelope(5, "unable to set instance using origin x: ID=QUERY-1kIjX Message=Instance"), 404),
        NOT_ZITADEL,
        NOT_ZITADEL,
    ),
    "no such path": (Reply(envelope(5, "Not Found"), 404), NOT_ZITADEL, NOT_ZITADEL),
    "no such method": (Reply(envelope(12, "Not Allowed"), 405), NOT_ZITADEL, NOT_ZITADEL),
    "not offered": (Reply(envelope(12, "not implemented ()"), 501), NOT_ZITADEL, NOT_ZITADEL),
    "JSON of another": (Reply({"code": 404, "message": "x"}, 404), NOT_ZITADEL, UNKNOWN),
    "JSON of another with a code of ours": (Reply(envelope(7, "x"), 404), NOT_ZITADEL, UNKNOWN),
    "JSON with words": (Reply({"code": "not_found"}, 404), NOT_ZITADEL, UNKNOWN),
    "a quota": (Reply(envelope(8, "Quota", "QUOTA-vjAy8"), 429), LIMITED, LIMITED),
    "a cancelled call": (Reply(envelope(1, "context canceled"), 499), UNAVAILABLE, UNKNOWN),
    "an internal error": (Reply(envelope(13, "oops"), 500), UNAVAILABLE, UNKNOWN),
    "a data loss": (Reply(envelope(15, "oops"), 500), UNAVAILABLE, UNKNOWN),
    "a deadline": (Reply(envelope(4, "deadline"), 504), UNAVAILABLE, UNKNOWN),
    "an aborted call": (Reply(envelope(10, "aborted"), 409), UNAVAILABLE, UNKNOWN),
    "a gateway that has no server": (Reply(envelope(14, "connection error"), 503), UNAVAILABLE, UNKNOWN),
    "another conflict": (Reply(envelope(6, "x", "X-1"), 409), errors.AlreadyThere, errors.AlreadyThere),
    "a legacy permission": (
        Reply(envelope(2, "rpc error: code = PermissionDenied desc = x ()"), 500),
        errors.NotPermitted,
        errors.NotPermitted,
    ),
    "a legacy code of the future": (
        Reply(envelope(2, "rpc error: code = Brandnew desc = x ()"), 500),
        UNAVAILABLE,
        UNKNOWN,
    ),
    "a legacy text with another code": (
        Reply(envelope(13, "rpc error: code = PermissionDenied desc = x ()"), 500),
        UNAVAILABLE,
        UNKNOWN,
    ),
    "a legacy code that proves nothing": (
        Reply(envelope(2, "rpc error: code = Unavailable desc = x ()"), 500),
        UNAVAILABLE,
        UNKNOWN,
    ),
    "contention": (
        Reply(envelope(2, 'ERROR: duplicate key "events2_pkey" (SQLSTATE 23505) ()'), 500),
        errors.Contention,
        errors.Contention,
    ),
    "another constraint": (
        Reply(envelope(2, 'ERROR: duplicate key "other" (SQLSTATE 23505) ()'), 500),
        UNAVAILABLE,
        UNKNOWN,
    ),
    "another state": (
        Reply(envelope(2, 'ERROR: "events2_pkey" (SQLSTATE 40001) ()'), 500),
        UNAVAILABLE,
        UNKNOWN,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_every_bad_answer_has_its_place(name: str) -> None:
    reply, of_a_read, of_a_write = REFUSED[name]
    assert type(await failure(READ, reply)) is of_a_read
    assert type(await failure(WRITE, reply)) is of_a_write


SAYS_NOT_DONE = {401, 405, 407, 411, 413, 414, 415, 417, 421, 426, 428, 429, 431, 511}
"""By RFC 9110 and RFC 6585 the one who answers so did not pass the request on."""


@pytest.mark.parametrize("body", [b"", b"{}", PAGE.encode(), b'{"code":7,"message":"x"}'])
def test_a_write_that_zitadel_did_not_answer_may_have_been_done(body: bytes) -> None:
    for status in range(201, 600):
        if body.startswith(b'{"code":7') and status == 403:
            continue
        error = error_from(ADD_MEMBER, Answer(status, {}, body))
        assert isinstance(error, errors.OutcomeUnknown) == (status not in SAYS_NOT_DONE), status
        assert "try again" not in f"{error.summary} {error.hint}".lower() or status == 429


def refusals_of_real_servers() -> list[Any]:
    found = [one for topic in TOPICS for one in (*recorded(topic), *recorded_legacy(topic).values())]
    return [
        pytest.param(one, id=f"{number} {one.status} {one.topic}: {one.name}")
        for number, one in enumerate(found)
        if one.status >= 400 and isinstance(one.body, dict) and isinstance(one.body.get("code"), int)
    ]


@pytest.mark.parametrize("exchange", refusals_of_real_servers())
def test_what_a_real_server_refused_is_known_not_to_be_done(exchange: Exchange) -> None:
    answer = Answer(exchange.status, exchange.headers, json.dumps(exchange.body).encode())
    error = error_from(ADD_MEMBER, answer)
    starting = exchange.status == 503
    assert isinstance(error, errors.OutcomeUnknown) == starting
    assert isinstance(error_from(USER, answer), errors.Unavailable) == (
        starting or isinstance(error, errors.Contention)
    )
    assert error.hint
    assert error.summary.endswith(".")
    assert "rpc error" not in error.summary


async def test_adding_a_user_who_does_not_exist_says_what_to_do() -> None:
    exchange = next(one for one in recorded("members") if "ORG-GoXOn" in str(one.body))
    error = await failure(WRITE, Reply(exchange.body, exchange.status))
    assert type(error) is errors.NotFound
    assert error.summary == "There is no user with that id on this instance."
    assert "zitadel-tui users find" in error.hint
    assert error.source.error_id == "ORG-GoXOn"


def every_class(of: type[errors.ZitadelError] = errors.ZitadelError) -> list[type[errors.ZitadelError]]:
    """Those of the tree itself; core derives one of its own, which is made differently."""
    children = [child for child in of.__subclasses__() if child.__module__ == errors.__name__]
    return [kind for child in children for kind in (child, *every_class(child))]


@pytest.mark.parametrize("kind", every_class())
def test_every_error_has_a_next_step(kind: type[errors.ZitadelError]) -> None:
    assert kind("x").hint.endswith(".")


@pytest.mark.parametrize(
    "error_id",
    [
        *("AUTH-Bs7Ds", "AUTHZ-cdgFk", "QUERY-Dfbg2", "MANAG-fpo4B", "COMMAND-m9od", "COMMAND-2M9df"),
        *("Org-D8JxR", "ORG-poWwe", "ORG-GoXOn"),
    ],
)
def test_what_an_id_tells_does_not_depend_on_the_text(error_id: str) -> None:
    def of(text: str) -> tuple[str, ...]:
        content = json.dumps(envelope(5, f"{text} ({error_id})", error_id)).encode()
        error = error_from(USER, Answer(404, {}, content))
        return type(error).__name__, error.summary, error.hint

    assert of("User could not be found") == of("Benutzer nicht gefunden")


async def test_how_long_to_wait_is_kept() -> None:
    error = await failure(WRITE, Reply(PAGE, 429, {"Retry-After": "3600"}))
    assert isinstance(error, errors.RateLimited)
    assert error.retry_after == 3600


async def test_how_long_the_server_itself_asks_to_wait_is_kept() -> None:
    error = await failure(WRITE, Reply(envelope(8, "x", "X-1"), 429, {"Retry-After": "60"}))
    assert isinstance(error, errors.RateLimited)
    assert error.retry_after == 60


STATUS_OF_CODE = {
    1: {499},
    2: {500},
    3: {400},
    4: {504},
    5: {404},
    6: {409},
    7: {403},
    8: {429},
    9: {400},
    10: {409},
    11: {400},
    12: {501, 405},
    13: {500},
    14: {503},
    15: {500},
    16: {401},
}
"""Of the REST gateway (contract §2.1)."""


def test_a_code_with_another_status_than_the_gateways_is_not_from_zitadel() -> None:
    for code in range(-1, 20):
        content = json.dumps({"code": code, "message": "x"}).encode()
        statuses = {status for status in range(201, 600) if refusal.envelope(Answer(status, {}, content))}
        assert statuses == STATUS_OF_CODE.get(code, set())


@pytest.mark.parametrize("odd", ALL)
def test_an_odd_id_harms_no_terminal(odd: str) -> None:
    content = json.dumps(envelope(9, "x", odd + "x" * 500)).encode()
    reference = error_from(USER, Answer(400, {}, content)).reference
    assert shown(reference) == reference
    assert len(reference) <= 60


async def test_the_ids_to_quote_are_kept() -> None:
    reply = Reply(envelope(9, "x", "COMMAND-12345"), 400, {"X-Request-Id": "d1a2b3"})
    assert (await failure(WRITE, reply)).reference == "COMMAND-12345, request d1a2b3"


def test_an_id_that_only_the_text_has_is_found() -> None:
    content = json.dumps({"code": 6, "message": "User already exists (V3-DKcYh)"}).encode()
    assert error_from(ADD_MEMBER, Answer(409, {}, content)).source.error_id == "V3-DKcYh"


def test_an_id_tells_the_field_whatever_the_text_says() -> None:
    said = envelope(3, "invalid Profile.FirstName: value (EMAIL-599BI)", "EMAIL-599BI")
    error = error_from(ADD_MEMBER, Answer(400, {}, json.dumps(said).encode()))
    assert isinstance(error, errors.InvalidInput)
    assert error.field == "email.email"


def test_a_host_that_is_no_instance_is_reported_from_a_path_that_is_not_offered() -> None:
    recorded_one = next(
        one for one in recorded("discovery") if "QUERY-1kIjX" in str(one.body) and one.status == 404
    )
    body = recorded_one.body if isinstance(recorded_one.body, dict) else envelope(5, recorded_one.body)
    no_instance = error_from(USER, Answer(404, {}, json.dumps(body).encode()))
    assert no_instance.source.error_id == "QUERY-1kIjX"
    assert "No ZITADEL instance" in no_instance.summary
    not_offered = error_from(USER, Answer(404, {}, json.dumps(envelope(5, "Not Found")).encode()))
    assert "does not offer 'user'" in not_offered.summary


def test_a_detail_of_another_kind_is_no_trouble() -> None:
    details = [{"@type": "type.googleapis.com/zitadel.error.v2.ErrorDetail", "slug": "user.taken"}]
    content = json.dumps({"code": 6, "message": "taken", "details": details}).encode()
    assert type(error_from(ADD_MEMBER, Answer(409, {}, content))) is errors.AlreadyThere


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
BODIES = st.binary(max_size=200) | st.builds(
    lambda *parts: json.dumps(dict(zip(("code", "message", "details"), parts, strict=True))).encode(),
    st.integers(-5, 20) | JSON,
    st.sampled_from(ALL) | JSON,
    st.just([]) | JSON,
)


@given(st.integers(300, 599), BODIES, st.sampled_from(ALL))
def test_any_answer_becomes_an_error_that_harms_no_terminal(status: int, body: bytes, odd: str) -> None:
    for endpoint in (MEMBERS, ADD_MEMBER, USER):
        headers = {"x-request-id": odd, "location": odd, "retry-after": odd, "content-type": odd}
        error = error_from(endpoint, Answer(status, headers, body))
        said = error.summary + error.hint + error.reference
        assert shown(said) == said
        assert error.summary.endswith((".", "…"))


def test_curl_shows_the_request_and_no_secret() -> None:
    body = ImportHuman(user_name="it's $HOME `id`", email=Email(email="a@b.test"))
    said = curl(calls.import_human(body), origin="https://z.test", org_id="4711", flags=["-k"])
    assert said.startswith("curl -k -X POST https://z.test/management/v1/users/human/_import")
    assert '-H "Authorization: Bearer $ZITADEL_PAT"' in said
    assert "x-zitadel-orgid: 4711" in said
    assert """'{"userName":"it'"'"'s $HOME `id`","email":{"email":"a@b.test"}}'""" in said


def test_curl_of_a_name_with_odd_letters_is_escaped() -> None:
    said = curl(calls.user_by_login_name("zoë & co/..?"), origin="https://z.test")
    assert "loginName=zo%C3%AB+%26+co%2F..%3F" in said
    assert "Content-Type" not in said
