"""Whatever is sent, the answer is the server's JSON."""

import itertools
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.demo.conftest import MEMBERS, USERS, ApiClient
from tests.examples import examples
from zitadel_tui.demo import data
from zitadel_tui.demo.endpoints import ENDPOINTS
from zitadel_tui.demo.server import Demo

CALLS = {f"{one.method} {one.path}": one.request for one in ENDPOINTS if one.method != "GET"}
"""Every call that has a body, and its message."""
NUMBERS = itertools.count()
MESSAGES = data.load("messages.json")["messages"]
JUNK = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.just([None])


def _value(kind: str, depth: int) -> st.SearchStrategy[Any]:
    """A value of a field's type, now and then of another."""
    if kind in MESSAGES:
        return JUNK if depth > 3 else _message(kind, depth + 1)
    if kind in ("uint64", "uint32") or kind.startswith("enum"):
        return st.integers(0, 9) | JUNK
    return st.booleans() if kind == "bool" else st.text() | st.sampled_from(["a@b.test", "+41710000000"])


@cache
def _message(name: str, depth: int = 0) -> st.SearchStrategy[Any]:
    fields = {}
    for field in MESSAGES.get(name, {"fields": []})["fields"]:
        value = _value(field["type"], depth)
        fields[field["name"]] = st.lists(value, max_size=2) if field.get("repeated") else value | JUNK
    return st.fixed_dictionaries({}, optional=fields) | JUNK


BODIES = st.sampled_from(sorted(CALLS)).flatmap(lambda call: st.tuples(st.just(call), _message(CALLS[call])))


def _defaults(value: Any, name: str = "") -> set[str]:
    """Names of what the wire leaves out: 0, false, empty text and lists, also a number that is text."""
    if isinstance(value, dict):
        return set().union(*(_defaults(item, key) for key, item in value.items()))
    if isinstance(value, list) and value:
        return set().union(*(_defaults(item, name) for item in value))
    return {name} if value in (0, "", "0", [], None) else set()


NOTHING = "no such name"


@pytest.mark.parametrize(
    ("call", "query"),
    [
        (f"POST {MEMBERS}/_search", {"firstNameQuery": {"firstName": NOTHING}}),
        ("POST /admin/v1/members/_search", {"userIdQuery": {"userId": NOTHING}}),
        (f"POST {USERS}/_search", {"userNameQuery": {"userName": NOTHING}}),
        ("POST /v2/users", {"userNameQuery": {"userName": NOTHING}}),
        ("POST /v2/users", {"metadataKeyFilter": {"key": "anything"}}),
        ("POST /v2/organizations/_search", {"nameQuery": {"name": NOTHING}}),
        ("POST /admin/v1/orgs/_search", {"nameQuery": {"name": NOTHING}}),
        ("POST /management/v1/projects/_search", {"nameQuery": {"name": NOTHING}}),
        (f"POST {USERS}/grants/_search", {"roleKeyQuery": {"roleKey": NOTHING}}),
        ("POST /auth/v1/memberships/me/_search", {"orgQuery": {"orgId": NOTHING}}),
    ],
)
async def test_a_search_that_finds_nothing_has_neither_a_total_nor_a_result(
    call: str, query: dict[str, Any]
) -> None:
    answer = await api().get(call, {"queries": [query]})
    assert set(answer) == {"details"}
    assert set(answer["details"]) in ({"viewTimestamp"}, {"timestamp"})


async def _well_answered(a: ApiClient, call: str, content: str | bytes) -> None:
    """Sends it to a service account of its own, or to the first project."""
    user = (await a.get(f"POST {USERS}/machine", {"userName": f"u{next(NUMBERS)}", "name": "U"}))["userId"]
    ids = {"id": user, "userId": user, "projectId": a.demo.store.project_id, "keyId": "1", "tokenId": "1"}
    ids |= {"roleKey": "clerk", "grantId": "1"}
    method, path = call.format_map(ids).split(" ")
    answer = await a.client.request(method, path, content=content, headers=a.headers)
    assert answer.status_code in (200, 400, 404, 409), answer.text
    body = answer.json()
    assert isinstance(body, dict)
    assert answer.status_code == 200 or isinstance(body["code"], int)
    assert answer.status_code != 200 or _defaults(body) <= {
        "nickName"
    }  # optional in v2: there although empty


@cache
def api() -> ApiClient:
    """One demo for all examples: an answer that depends on an earlier one is well-formed, too."""
    return ApiClient(Demo(lag=(0, 0), size=5), "iam-bot")


@settings(max_examples=examples(150))
@given(BODIES)
async def test_any_json(sent: tuple[str, Any]) -> None:
    call, body = sent
    await _well_answered(api(), call, json.dumps(body))


@settings(max_examples=examples(60))
@given(call=st.sampled_from(sorted(CALLS)), body=st.binary(max_size=60))
async def test_any_bytes(call: str, body: bytes) -> None:
    await _well_answered(api(), call, body)


async def test_a_request_of_more_than_four_mebibytes_is_refused_as_too_large() -> None:
    a = api()
    body = {"queries": [{"inUserEmailsQuery": {"userEmails": ["x" * (4 << 20)]}}]}
    answer = await a.ask(f"POST {USERS}/_search", body)
    assert (answer.status_code, answer.json()["code"]) == (429, 8)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"userName": "\\ud800"}', "invalid value for string field userName"),
        (b'{"queries":' * 100_000, "recursion depth"),
        (b'{"userName": 1}{', "syntax error"),
        (b"[]", "syntax error"),
        (b'{"userName": NaN}', "syntax error"),
        (b'{"profile": {"gender": ' + b"9" * 5000 + b"}}", "invalid value for enum field gender"),
        (b'{"profile": []}', "syntax error (line 1:13)"),
        (b'{"userName": "a", "userName": "b"}', '(line 1:19): duplicate field "userName"'),
        (b'{"userName": "a",\n "user_name": "b"}', '(line 2:2): duplicate field "user_name"'),
        (b'{"no_field": 1, "no_field": 2, "email": 1}', "unexpected token 1"),
    ],
)
async def test_broken_json_is_named(body: bytes, problem: str) -> None:
    a = api()
    answer = await a.client.post(f"{USERS}/human/_import", content=body, headers=a.headers)
    assert answer.status_code == 400
    assert problem in answer.json()["message"]


@pytest.mark.parametrize(
    ("call", "two", "name"),
    [
        (f"POST {MEMBERS}/_search", {"firstNameQuery": {}, "userIdQuery": {}}, "member.v1.SearchQuery"),
        (f"POST {USERS}/_search", {"typeQuery": {"type": 1}, "stateQuery": {}}, "user.v1.SearchQuery"),
        ("POST /v2/users", {"userNameQuery": {}, "phoneQuery": {"number": "4"}}, "user.v2.SearchQuery"),
        (f"POST {USERS}/grants/_search", {"userIdQuery": {}, "roleKeyQuery": {}}, "user.v1.UserGrantQuery"),
        ("POST /v2/organizations/_search", {"idQuery": {}, "nameQuery": {}}, "org.v2.SearchQuery"),
    ],
)
async def test_a_query_object_holds_exactly_one_query(call: str, two: dict[str, Any], name: str) -> None:
    a = api()
    answer = await a.ask(call, {"queries": [two]})
    last = list(two)[-1]
    assert answer.status_code == 400
    assert answer.json()["code"] == 3
    assert f'error parsing "{last}", oneof zitadel.{name}.query is already set' in answer.json()["message"]
    none = await a.ask(call, {"queries": [dict.fromkeys(two)]})
    assert none.json()["message"].endswith("SearchQuery.Query: value is required") or name.endswith(
        "GrantQuery"
    )
    assert none.status_code == 400


async def test_a_key_of_no_kind_is_refused() -> None:
    a = api()
    user = (await a.get(f"POST {USERS}/machine", {"userName": f"u{next(NUMBERS)}", "name": "U"}))["userId"]
    for body in ({}, {"type": "KEY_TYPE_UNSPECIFIED"}, {"type": 9}):
        answer = await a.ask(f"POST {USERS}/{user}/keys", body)
        assert answer.status_code == 400
        assert answer.json()["message"].startswith("invalid AddMachineKeyRequest.Type: value must")


@pytest.mark.parametrize(
    ("limit", "accepted"),
    [
        ("3", True),
        ('"3"', True),
        ("3.0", True),
        ("4294967295", True),
        ("4294967296", False),
        ("-1", False),
        ("0.5", False),
        ("1e400", False),
        ("9" * 5000, False),
        ("true", False),
    ],
)
async def test_a_number_is_read_if_its_field_can_hold_it(limit: str, accepted: bool) -> None:
    a = api()
    body = f'{{"query": {{"limit": {limit}}}}}'
    answer = await a.client.post(f"{MEMBERS}/_search", content=body, headers=a.headers)
    assert (answer.status_code == 200) is accepted
    assert accepted or "invalid value for uint32 field limit" in answer.json()["message"]
