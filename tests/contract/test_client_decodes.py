"""The client understands what real servers of both generations answered, to the last field it keeps."""

import json
import re
from collections import Counter
from typing import Any, get_args
from urllib.parse import parse_qsl, unquote

import msgspec
import pytest

from tests.canned import Canned, Reply
from tests.contract.recordings import TOPICS, Exchange, recorded, recorded_legacy
from tests.contract.scope import reason
from zitadel_tui.core.importing import read_body
from zitadel_tui.secret import MASK
from zitadel_tui.zitadel import calls, endpoints, errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.endpoints import TABLE, Endpoint
from zitadel_tui.zitadel.wire.base import to_data
from zitadel_tui.zitadel.wire.users import ImportHuman

CALLS: tuple[Call[Any], ...] = (
    calls.my_user(),
    calls.my_permissions(),
    calls.my_memberships(),
    calls.my_organization(),
    calls.search_organizations(),
    calls.organization_history(limit=1),
    calls.instance(),
    calls.member_roles(),
    calls.search_members(),
    calls.search_instance_members(),
    calls.add_member("1", []),
    calls.change_member("1", []),
    calls.remove_member("1"),
    calls.search_users([]),
    calls.search_phones("1", limit=1),
    calls.user("1"),
    calls.user_by_login_name("1"),
    calls.user_memberships("1"),
    calls.user_history("1", limit=1),
    calls.import_human(ImportHuman()),
    calls.deactivate_user("1"),
    calls.reactivate_user("1"),
    calls.user_keys("1"),
    calls.user_tokens("1"),
    calls.remove_user("1"),
    calls.passkey_link("1"),
    calls.resend_initialization("1"),
    calls.search_projects(),
    calls.search_granted_projects(),
    calls.search_project_roles("1"),
    calls.search_user_grants(),
    calls.add_user_grant("1", "1", []),
    calls.change_user_grant("1", "1", []),
    calls.remove_user_grant("1", "1"),
    calls.password_complexity(),
    calls.own_password_complexity(),
    calls.domain_policy(),
    calls.languages(),
)
SIGN_IN = {endpoints.DISCOVERY, endpoints.TOKEN}
"""These have their own tests: tests/zitadel/test_auth_recorded.py."""
ANSWERS: dict[Endpoint, type[Any]] = {call.endpoint: call.answer for call in CALLS}

IGNORED = {"isDefault", "policy.isDefault", "policy.details", "result.type", "result.scopes"}
"""Fields of recorded answers that nothing here shows; of v2's users only the ids are read."""

BY_ID: dict[str, type[errors.ZitadelError]] = {
    "AUTH-5mWD2": errors.NotPermitted,
    "AUTHZ-cdgFk": errors.NoMembership,
    "AUTH-Bs7Ds": errors.NotFound,
    "AUTH-7fs1e": errors.SignInRefused,
    "AUTH-toLo1": errors.SignInRefused,
    "V3-DKcYh": errors.AlreadyThere,
    "ORG-poWwe": errors.AlreadyThere,
    "ORG-GoXOn": errors.NotFound,
    "Org-D8JxR": errors.NotFound,
    "QUERY-Dfbg2": errors.NotFound,
    "MANAG-fpo4B": errors.NotFound,
    "COMMAND-m9od": errors.NotFound,
    "COMMAND-2M9df": errors.NotFound,
    "COMMAND-4m9ff": errors.NotFound,
    "COMMAND-4f8sg": errors.NotFound,
    "COMMAND-3M9sd": errors.NotFound,
    "COMMAND-1My0t": errors.NotFound,
    "COMMAND-Rs8fy": errors.AlreadyThere,
    "COMMAND-ke0fw": errors.NotFound,
    "COMMAND-3M9ds": errors.NotFound,
}
FIELD_BY_ID = {
    "EMAIL-599BI": "email.email",
    "EMAIL-599GV": "email.email",
    "PHONE-so0wa": "phone.phone",
    "DOMAIN-HuJf6": "password",
    "DOMAIN-VoaRj": "password",
    "DOMAIN-co3Xw": "password",
    "DOMAIN-ZBv4H": "password",
    "DOMAIN-ZDLwA": "password",
    "CRYPT-r8Qm2": "hashedPassword.value",
    "CRYPT-5uV9n": "hashedPassword.value",
    "COMMAND-39nfs": "idps",
    "COMMAND-2M9sd": "",
    "COMMAND-5M0sf": "",
    "COMMAND-6M0sf": "",
    "Org-4N8es": "roles",
    "ORG-4Mlfs": "roles",
    "INST-m9fG8": "roles",
    "Org-LiaZi": "roles",
    "COMMAND-mm9F4": "roleKeys",
}
FIELD_BY_NAME = {
    "refused: no user name": "userName",
    "refused: empty user name": "userName",
    "refused: user name too long": "userName",
    "refused: no profile": "profile",
    "refused: no first name": "profile.firstName",
    "refused: last name too long": "profile.lastName",
    "refused: language too long": "profile.preferredLanguage",
    "refused: no email": "email",
    "refused: empty email object": "email.email",
    "refused: phone without plus": "phone.phone",
    "refused: empty phone object": "phone.phone",
    "refused: password of 73 bytes": "password",
    "refused: empty body": "userName",
    "refused: string for a bool": "",
    "refused: broken json": "",
    "refused: broken json without a token": "",
    "refused: no user id": "userId",
    "refused: empty query": "queries.query",
    "refused: method 99": "queries.emailQuery.method",
}
"""The refused field where the server gives no id."""
REFUSES_NOBODY = {endpoints.ORGANIZATIONS, endpoints.USER_TOKENS, endpoints.DOMAIN_POLICY}
"""Calls of which only one status was recorded; the first filters instead."""
NEVER_REFUSED = {
    endpoints.CHANGE_MEMBER,
    endpoints.REACTIVATE_USER,
    endpoints.USER,
    endpoints.USER_TOKENS,
    endpoints.USERS_V2,
}
"""Calls that nobody without the right to them was recorded making; the last filters instead."""
CLASS_BY_NAME: dict[str, type[errors.ZitadelError]] = {
    "add members, 16 at once: refused by contention": errors.Contention,
    "while the server starts": errors.Unavailable,
}


def endpoint_of(exchange: Exchange) -> Endpoint | None:
    path = exchange.path.partition("?")[0]
    for endpoint in TABLE.values():
        template = re.sub(r"\\{\w+\\}", "(?!members|grants)[^/_]+", re.escape(endpoint.path))
        if endpoint.method == exchange.method and re.fullmatch(template, path):
            return endpoint
    return None


def _ours() -> dict[Endpoint, dict[str, Exchange]]:
    """By endpoint and label: every recorded answer of a call the client makes, sign-in apart."""
    found: dict[Endpoint, dict[str, Exchange]] = {endpoint: {} for endpoint in ANSWERS}
    servers = {
        "v4.x": [exchange for topic in TOPICS for exchange in recorded(topic)],
        "v4.13.1": [exchange for topic in TOPICS for exchange in recorded_legacy(topic).values()],
    }
    for server, exchanges in servers.items():
        for exchange in exchanges:
            endpoint = endpoint_of(exchange)
            if endpoint in found:
                label = f"{server} {exchange.topic} {exchange.index}: {exchange.name}"
                found[endpoint][label] = exchange
    return found


OURS = _ours()


async def decoded(endpoint: Endpoint, exchange: Exchange) -> Any:
    """What the client makes of the recorded answer."""
    reply = Reply(exchange.body, exchange.status, exchange.headers)
    path = dict.fromkeys(re.findall(r"\{(\w+)\}", endpoint.path), "1")
    client = Canned(lambda asked: reply).client()
    client.transport.timeout = 0.05 if exchange.status == 503 else 5.0
    return await client.send(Call(endpoint, ANSWERS[endpoint], path=path))


def kept(body: Any, kind: Any) -> Any:
    """``body`` without the fields that ``kind`` does not know, and without empty messages."""
    if isinstance(body, list):
        inner = next(iter(get_args(kind)), Any)
        return [kept(one, inner) for one in body]
    struct = _struct(kind)
    if struct is None or not isinstance(body, dict):
        return body
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(struct)}
    found = {name: kept(value, fields[name]) for name, value in body.items() if name in fields}
    return {name: value for name, value in found.items() if value != {}}


def _struct(kind: Any) -> type[msgspec.Struct] | None:
    kinds = (kind, *get_args(kind))
    return next((one for one in kinds if isinstance(one, type) and issubclass(one, msgspec.Struct)), None)


def without_empty(data: Any) -> Any:
    if isinstance(data, dict):
        inner = {name: without_empty(value) for name, value in data.items()}
        return {name: value for name, value in inner.items() if value != {}}
    return [without_empty(one) for one in data] if isinstance(data, list) else data


by_endpoint = pytest.mark.parametrize("endpoint", OURS, ids=[endpoint.name for endpoint in OURS])


@by_endpoint
async def test_an_answer_keeps_every_field_we_know_as_it_was_sent(endpoint: Endpoint) -> None:
    for label, exchange in OURS[endpoint].items():
        if exchange.status == 200:
            expected = kept(exchange.body, ANSWERS[endpoint])
            for message in (expected, expected.get("passwordlessRegistration", {})):
                if "link" in message:
                    message["link"] = MASK
            assert without_empty(to_data(await decoded(endpoint, exchange))) == expected, label
            assert expected or exchange.body in ({}, {"details": exchange.body.get("details")}), label


@by_endpoint
async def test_a_refusal_becomes_the_right_error(endpoint: Endpoint) -> None:
    for label, exchange in OURS[endpoint].items():
        if exchange.status != 200:
            with pytest.raises(errors.ZitadelError) as caught:
                await decoded(endpoint, exchange)
            assert _outcome(caught.value) == _expected(endpoint, exchange), label


def _outcome(error: errors.ZitadelError) -> tuple[Any, ...]:
    """Class and, where the class has it, what the refusal is about."""
    if isinstance(error, errors.SignInRefused):
        return (type(error),)  # a personal access token cannot be renewed, so the sign-in says it
    about = error.field if isinstance(error, errors.InvalidInput) else ""
    permission = error.permission if isinstance(error, errors.NotPermitted) else ""
    return (type(error), error.source, about, permission)


def _id(exchange: Exchange) -> str:
    """The id of a refusal; empty where it has none."""
    details = exchange.body.get("details", [{}])
    return str(details[0].get("id", "")) if isinstance(details, list) else ""


def _expected(endpoint: Endpoint, exchange: Exchange) -> tuple[Any, ...]:
    given = _id(exchange)
    if exchange.status == 401 or "code = Unauthenticated" in exchange.body["message"]:
        return (errors.SignInRefused,)
    kind = BY_ID.get(given) or CLASS_BY_NAME.get(exchange.name, errors.InvalidInput)
    source = errors.Source(exchange.status, given, exchange.headers["x-request-id"])
    if kind is errors.InvalidInput:
        return (kind, source, FIELD_BY_ID[given] if given else FIELD_BY_NAME[exchange.name], "")
    return (kind, source, "", endpoint.permission if kind is errors.NotPermitted else "")


def test_how_much_was_recorded_of_our_calls() -> None:
    accepted = [exchange.status == 200 for found in OURS.values() for exchange in found.values()]
    assert Counter(accepted) == {True: 426, False: 276}
    assert set(ANSWERS) | SIGN_IN == set(TABLE.values())
    for endpoint, found in OURS.items():
        if endpoint not in REFUSES_NOBODY:
            assert {200} < {exchange.status for exchange in found.values()}, endpoint.name
    lacks_rights = {"AUTH-5mWD2", "AUTHZ-cdgFk"}
    never_refused = {
        endpoint
        for endpoint, found in OURS.items()
        if endpoint.permission and lacks_rights.isdisjoint(_id(one) for one in found.values())
    }
    assert never_refused == NEVER_REFUSED


def dropped(body: Any, kind: Any, where: str = "") -> set[str]:
    """Paths of what ``kept`` leaves out."""
    if isinstance(body, list):
        inner = next(iter(get_args(kind)), Any)
        return {path for one in body for path in dropped(one, inner, where)}
    struct = _struct(kind)
    if struct is None or not isinstance(body, dict):
        return set()
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(struct)}
    found = {f"{where}{name}" for name in body if name not in fields}
    for name in body.keys() & fields.keys():
        found |= dropped(body[name], fields[name], f"{where}{name}.")
    return found


def test_what_the_client_does_not_keep_is_known() -> None:
    found = set()
    for endpoint, exchanges in OURS.items():
        if endpoint not in (endpoints.USERS_V2, endpoints.ORGANIZATIONS):
            accepted = [one for one in exchanges.values() if one.status == 200]
            found |= {path for one in accepted for path in dropped(one.body, ANSWERS[endpoint])}
    assert found == IGNORED


SEED = {
    "import": ("import", "seed's body"),
    "member roles": ("roles", "member roles (seed: no body)"),
    "add member": ("members", "add (seed)"),
    "members": ("members", "search, as in the seed"),
}
"""The seed's four calls, as they were recorded."""


def recorded_as(name: str) -> Exchange:
    topic, title = SEED[name]
    exchange = next(exchange for exchange in recorded(topic) if exchange.name == title)
    assert reason(exchange) is None
    return exchange


async def sent(call: Call[Any], reply: Exchange) -> Any:
    canned = Canned([Reply(reply.body, reply.status)])
    await canned.client(org_id="4711").send(call)
    (asked,) = canned.asked
    assert asked.headers["x-zitadel-orgid"] == "4711"
    assert asked.headers["authorization"].startswith("Bearer ")
    assert (asked.method, unquote(asked.path)) == (reply.method, reply.path)
    return asked


async def test_a_passkey_link_is_kept_though_never_shown() -> None:
    exchange = next(one for one in recorded("import") if one.name == "passwordless link")
    link = (await decoded(endpoints.IMPORT_HUMAN, exchange)).passwordless_registration.link
    assert link.reveal() == exchange.body["passwordlessRegistration"]["link"]


async def test_the_seeds_body_is_sent_as_it_was_recorded() -> None:
    exchange = recorded_as("import")
    body = read_body(json.dumps(exchange.request["body"]).encode(), "The body")
    asked = await sent(calls.import_human(body), exchange)
    # false and empty values are the defaults, which need not be sent
    assert asked.json == without_defaults(exchange.request["body"])


def without_defaults(data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    return {name: without_defaults(value) for name, value in data.items() if value not in (False, "", [], {})}


async def test_the_roles_are_asked_for_without_a_body() -> None:
    asked = await sent(calls.member_roles(), recorded_as("member roles"))
    assert asked.content == b""


async def test_a_member_is_added_with_the_recorded_body() -> None:
    exchange = recorded_as("add member")
    given = exchange.request["body"]
    asked = await sent(calls.add_member(given["userId"], given["roles"]), exchange)
    assert asked.json == given


async def test_the_members_are_asked_for_with_the_names_the_seed_uses() -> None:
    exchange = recorded_as("members")
    asked = await sent(calls.search_members(offset=3, limit=100), exchange)
    assert asked.json == {"query": {"offset": "3", "limit": 100, "asc": True}}
    assert set(asked.json["query"]) >= set(exchange.request["body"]["query"])


async def test_a_login_name_is_sent_as_the_recorded_query() -> None:
    exchange = next(one for one in recorded("users") if one.name == "by login name: other organization")
    canned = Canned([Reply(exchange.body)])
    await canned.client().send(calls.user_by_login_name("second-org-user"))
    assert dict(parse_qsl(canned.asked[0].query)) == dict(parse_qsl(exchange.path.partition("?")[2]))
    assert canned.asked[0].path == exchange.path.partition("?")[0]
