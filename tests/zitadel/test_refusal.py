"""Answers that are not what the contract says: each ends in the right place of the tree, in a sentence."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.canned import Canned, Reply
from tests.hostile import ALL
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.calls import Call, curl
from zitadel_tui.zitadel.endpoints import ADD_MEMBER, MEMBERS, USER
from zitadel_tui.zitadel.refusal import error_from
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


async def test_what_is_not_understood_is_named_with_its_path() -> None:
    error = await failure(READ, Reply({"user": {"id": 4711}}))
    assert "$.user.id" in error.summary
    assert "4711" not in error.summary


REFUSED: dict[str, tuple[Reply, type[errors.ZitadelError], type[errors.ZitadelError]]] = {
    "a firewall": (Reply(PAGE, 403), errors.NotZitadel, errors.NotZitadel),
    "a page that is not there": (Reply(PAGE, 404), errors.NotZitadel, errors.NotZitadel),
    "a proxy's login": (Reply(PAGE, 401), errors.NotZitadel, errors.NotZitadel),
    "a redirect": (Reply("", 302, {"location": "https://e.test"}), errors.NotZitadel, errors.NotZitadel),
    "a proxy that waits in vain": (Reply(PAGE, 504), errors.Unavailable, errors.OutcomeUnknown),
    "a server that is away": (Reply(PAGE, 502), errors.Unavailable, errors.OutcomeUnknown),
    "an error page": (Reply(PAGE, 500), errors.Unavailable, errors.OutcomeUnknown),
    "a limit in front": (Reply(PAGE, 429), errors.RateLimited, errors.RateLimited),
    "no instance": (Reply(envelope(5, "unable to set instance"), 404), errors.NotZitadel, errors.NotZitadel),
    "no such path": (Reply(envelope(5, "Not Found"), 404), errors.NotZitadel, errors.NotZitadel),
    "no such method": (Reply(envelope(12, "Not Allowed"), 405), errors.NotZitadel, errors.NotZitadel),
    "JSON of another": (Reply({"code": 404, "message": "x"}, 404), errors.NotZitadel, errors.NotZitadel),
    "JSON with words": (Reply({"code": "not_found"}, 404), errors.NotZitadel, errors.NotZitadel),
    "a quota": (Reply(envelope(8, "Quota", "QUOTA-vjAy8"), 429), errors.RateLimited, errors.RateLimited),
    "an internal error": (Reply(envelope(13, "oops"), 500), errors.Unavailable, errors.OutcomeUnknown),
    "a data loss": (Reply(envelope(15, "oops"), 500), errors.Unavailable, errors.OutcomeUnknown),
    "a deadline": (Reply(envelope(4, "deadline"), 504), errors.Unavailable, errors.OutcomeUnknown),
    "another conflict": (Reply(envelope(6, "x", "X-1"), 409), errors.AlreadyThere, errors.AlreadyThere),
    "a legacy permission": (
        Reply(envelope(2, "rpc error: code = PermissionDenied desc = x ()"), 500),
        errors.NotPermitted,
        errors.NotPermitted,
    ),
    "a legacy code of the future": (
        Reply(envelope(2, "rpc error: code = Brandnew desc = x ()"), 500),
        errors.Unavailable,
        errors.OutcomeUnknown,
    ),
    "contention": (
        Reply(envelope(2, 'ERROR: duplicate key "events2_pkey" (SQLSTATE 23505) ()'), 500),
        errors.Contention,
        errors.Contention,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_every_bad_answer_has_its_place(name: str) -> None:
    reply, of_a_read, of_a_write = REFUSED[name]
    assert type(await failure(READ, reply)) is of_a_read
    assert type(await failure(WRITE, reply)) is of_a_write


async def test_how_long_to_wait_is_kept() -> None:
    error = await failure(WRITE, Reply(PAGE, 429, {"Retry-After": "3600"}))
    assert isinstance(error, errors.RateLimited)
    assert error.retry_after == 3600


async def test_the_ids_to_quote_are_kept() -> None:
    reply = Reply(envelope(9, "x", "COMMAND-12345"), 400, {"X-Request-Id": "d1a2b3"})
    assert (await failure(WRITE, reply)).reference == "COMMAND-12345, request d1a2b3"


def test_an_id_that_only_the_text_has_is_found() -> None:
    content = json.dumps({"code": 6, "message": "User already exists (V3-DKcYh)"}).encode()
    assert error_from(ADD_MEMBER, 409, {}, content).source.error_id == "V3-DKcYh"


def test_a_detail_of_another_kind_is_no_trouble() -> None:
    details = [{"@type": "type.googleapis.com/zitadel.error.v2.ErrorDetail", "slug": "user.taken"}]
    content = json.dumps({"code": 6, "message": "taken", "details": details}).encode()
    assert type(error_from(ADD_MEMBER, 409, {}, content)) is errors.AlreadyThere


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
        error = error_from(endpoint, status, headers, body)
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
