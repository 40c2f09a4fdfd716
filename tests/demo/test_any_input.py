"""Whatever is sent, the answer is the server's JSON."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.demo.conftest import MEMBERS, USERS, Asker
from zitadel_tui.demo import data
from zitadel_tui.demo.server import Demo

CALLS = {
    f"POST {MEMBERS}/_search": "management.v1.ListOrgMembersRequest",
    f"POST {MEMBERS}": "management.v1.AddOrgMemberRequest",
    f"PUT {MEMBERS}/1": "management.v1.UpdateOrgMemberRequest",
    f"POST {USERS}/_search": "management.v1.ListUsersRequest",
    f"POST {USERS}/human/_import": "management.v1.ImportHumanUserRequest",
    f"POST {USERS}/machine": "management.v1.AddMachineUserRequest",
    f"POST {USERS}/1/changes/_search": "management.v1.ListUserChangesRequest",
    "POST /v2/users": "user.v2.ListUsersRequest",
    "POST /v2/organizations/_search": "org.v2.ListOrganizationsRequest",
    "POST /auth/v1/memberships/me/_search": "auth.v1.ListMyMembershipsRequest",
}
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
    for field in MESSAGES[name]["fields"]:
        value = _value(field["type"], depth)
        fields[field["name"]] = st.lists(value, max_size=2) if field.get("repeated") else value | JUNK
    return st.fixed_dictionaries({}, optional=fields) | JUNK


BODIES = st.sampled_from(sorted(CALLS)).flatmap(lambda call: st.tuples(st.just(call), _message(CALLS[call])))


async def _well_answered(answer: Any) -> None:
    assert answer.status_code in (200, 400, 404, 409), answer.text
    body = answer.json()
    assert isinstance(body, dict)
    assert answer.status_code == 200 or isinstance(body["code"], int)


@settings(max_examples=100, deadline=None)
@given(BODIES)
async def test_any_json(sent: tuple[str, Any]) -> None:
    call, body = sent
    a = Asker(Demo(lag=(0, 0), size=5))
    method, path = call.split(" ")
    content = json.dumps(body)
    await _well_answered(await a.client.request(method, path, content=content, headers=a.headers))


@settings(max_examples=60, deadline=None)
@given(call=st.sampled_from(sorted(CALLS)), body=st.binary(max_size=60))
async def test_any_bytes(call: str, body: bytes) -> None:
    a = Asker(Demo(lag=(0, 0), size=5))
    method, path = call.split(" ")
    await _well_answered(await a.client.request(method, path, content=body, headers=a.headers))


async def test_a_request_of_more_than_four_mebibytes_is_refused_as_too_large() -> None:
    a = Asker(Demo(lag=(0, 0), size=5))
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
        (b'{"profile": []}', "syntax error (line 1:13)"),
    ],
)
async def test_broken_json_is_named(body: bytes, problem: str) -> None:
    a = Asker(Demo(lag=(0, 0), size=5))
    answer = await a.client.post(f"{USERS}/human/_import", content=body, headers=a.headers)
    assert answer.status_code == 400
    assert problem in answer.json()["message"]
