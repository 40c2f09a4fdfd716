"""Finding users, importing them, changing their state."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.demo.conftest import MEMBERS, USERS, ApiClient, Make

HASH = "$2a$12$8p.NrnjLvA/lMC.5kS.LLeja7vc8W.oQt.3d.vwWsAfiJs8juUMiy"
ACTIVE: dict[str, Any] = {"stateQuery": {"state": "USER_STATE_ACTIVE"}}
XYZ: dict[str, Any] = {"lastNameQuery": {"lastName": "Xyz"}}
ANN: dict[str, Any] = {"loginNameQuery": {"loginName": "Ann"}}
NOBODY: dict[str, Any] = {"stateQuery": {"state": "USER_STATE_SUSPEND"}}


async def _names(a: ApiClient, *queries: dict[str, Any], **more: Any) -> list[str]:
    answer = await a.get(f"POST {USERS}/_search", {"queries": list(queries)} | more)
    return [user["userName"] for user in answer.get("result", [])]


@pytest.fixture
async def three(api: Make) -> ApiClient:
    """Ann, bob and Änne in Globex, where no other users are."""
    a = api("globex-bot")
    for name, first, nick in (("Ann", "Ann", "100%"), ("bob", "Bob", ""), ("Änne", "Änne", "a_b")):
        await a.get(
            f"POST {USERS}/human/_import",
            {
                "userName": name,
                "profile": {"firstName": first, "lastName": "Xyz", "nickName": nick},
                "email": {"email": f"{first}@Example.test".lower(), "isEmailVerified": name == "bob"},
                "hashedPassword": {"value": HASH},
            },
        )
    return a


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"userNameQuery": {"userName": "ann"}}, []),
        ({"userNameQuery": {"userName": "ann", "method": 1}}, ["Ann"]),
        ({"userNameQuery": {"userName": "än", "method": 3}}, ["Änne"]),
        ({"firstNameQuery": {"firstName": "nn", "method": "TEXT_QUERY_METHOD_CONTAINS"}}, ["Ann", "Änne"]),
        ({"displayNameQuery": {"displayName": "B XYZ", "method": 7}}, ["bob"]),
        ({"nickNameQuery": {"nickName": "%", "method": 4}}, ["Ann"]),
        ({"nickNameQuery": {"nickName": "_", "method": 4}}, ["Änne"]),
        ({"emailQuery": {"emailAddress": "bob@", "method": 2}}, ["bob"]),
        ({"inUserEmailsQuery": {"userEmails": ["ann@example.test", "x"]}}, ["Ann"]),
        ({"andQuery": {"queries": [XYZ, ACTIVE]}}, ["bob"]),
        ({"orQuery": {"queries": [ANN, {"userNameQuery": {"userName": "bob"}}]}}, ["Ann", "bob"]),
        ({"andQuery": {"queries": [XYZ, {"notQuery": {"query": ACTIVE}}]}}, ["Ann", "Änne"]),
        ({"typeQuery": {"type": "TYPE_MACHINE"}}, ["globex-bot"]),
        (NOBODY, []),
    ],
)  # fmt: skip
async def test_search(three: ApiClient, query: dict[str, Any], found: list[str]) -> None:
    assert sorted(await _names(three, query)) == sorted(found)


async def test_sorting_ignores_case_and_descends_unless_told(three: ApiClient) -> None:
    by_name = {"sortingColumn": "USER_FIELD_NAME_USER_NAME"}
    assert await _names(three, XYZ, **by_name, query={"asc": True}) == ["Ann", "bob", "Änne"]
    assert await _names(three, XYZ, **by_name) == ["Änne", "bob", "Ann"]
    assert await _names(three, XYZ) == ["Änne", "bob", "Ann"]
    assert await _names(three, XYZ, **by_name, query={"asc": True, "offset": "1", "limit": 1}) == ["bob"]


async def test_filters_nest_twenty_deep_and_no_deeper(three: ApiClient) -> None:
    query: dict[str, Any] = {"userNameQuery": {"userName": "bob"}}
    for _ in range(20):
        query = {"andQuery": {"queries": [query]}}
    assert await _names(three, query) == ["bob"]
    answer = await three.ask(f"POST {USERS}/_search", {"queries": [{"andQuery": {"queries": [query]}}]})
    assert (answer.status_code, answer.json()["details"][0]["id"]) == (400, "USER-zsQ97")


@pytest.mark.parametrize("verified", [False, True])
@pytest.mark.parametrize("secret", [{}, {"password": "Sunshine-42!"}, {"hashedPassword": {"value": HASH}}])
@pytest.mark.parametrize("link", [False, True])
async def test_the_state_of_an_imported_user(
    api: Make, verified: bool, secret: dict[str, Any], link: bool
) -> None:
    a = api()
    email = {"email": "x@example.test", "isEmailVerified": verified}
    id = await a.person("x", email=email, requestPasswordlessRegistration=link, **secret)
    user = (await a.get(f"GET {USERS}/{id}"))["user"]
    usable = verified and (bool(secret) or link)
    assert user["state"] == ("USER_STATE_ACTIVE" if usable else "USER_STATE_INITIAL")
    assert user["human"]["email"].get("isEmailVerified", False) is usable
    assert ("passwordChanged" in user["human"]) is bool(secret)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"userName": "x" * 201}, "ImportHumanUserRequest.UserName: value length must be between 1 and 200"),
        ({"phone": {"phone": "+" + "1" * 50}}, "_Phone.Phone: value length must be between 1 and 50"),
        ({"phone": {"phone": "+49 not a number"}}, "Phone is invalid (PHONE-so0wa)"),
        ({"idps": [{"configId": "1"}]}, "ImportHumanUserRequest.Idps[0]: embedded message failed validation"),
        ({"profile": "x"}, "proto:"),
        ({"userName": 5}, "invalid value for string field userName: 5"),
        ({"email": {"email": "two words@x.test"}}, "Email is invalid (EMAIL-599BI)"),
        ({"hashedPassword": {"value": HASH.replace("$12$", "$17$")}}, "Password is invalid (CRYPT-5uV9n)"),
        ({"hashedPassword": {"value": HASH.replace("$12$", "$09$")}}, "Password is invalid (CRYPT-5uV9n)"),
        ({"hashedPassword": {"value": "$2$12$" + "x" * 53}}, "Password is invalid (CRYPT-r8Qm2)"),
        ({"password": "Abc-12z"}, "Password is too short (DOMAIN-HuJf6)"),
        ({"password": "Aa1!" + "x" * 69}, "bcrypt: password length exceeds 72 bytes"),
    ],
)  # fmt: skip
async def test_a_bad_import_names_what_is_wrong(api: Make, body: dict[str, Any], problem: str) -> None:
    a = api()
    good = {
        "userName": "x",
        "profile": {"firstName": "F", "lastName": "L"},
        "email": {"email": "x@example.test"},
    }
    answer = await a.ask(f"POST {USERS}/human/_import", good | body)
    assert answer.status_code == (500 if "bcrypt" in problem else 400)
    assert problem in answer.json()["message"]
    assert (await a.get(f"GET {USERS}/_is_unique?userName=x"))["isUnique"]


@pytest.mark.parametrize(
    "body",
    [
        {"userName": "x" * 200},
        {"profile": {"firstName": "F" * 200, "lastName": "L", "preferredLanguage": "de-Latn-CH"}},
        {"password": "Abc-12zz"},
        {"password": "Aa1!" + "x" * 68},
        {"hashedPassword": {"value": HASH.replace("$12$", "$10$")}},
        {"hashedPassword": {"value": HASH.replace("$12$", "$16$")}},
    ],
)
async def test_an_import_at_the_limit_is_accepted(api: Make, body: dict[str, Any]) -> None:
    assert await api().person("x", **body)


async def test_a_name_with_the_email_of_another_is_unique(api: Make) -> None:
    a = api()
    await a.person("ann")
    await a.person("bob")
    answers = [
        await a.get(f"GET {USERS}/_is_unique?userName={name}&email={email}@example.test")
        for name, email in (("ann", "ann"), ("ann", "bob"), ("nobody", "ann"))
    ]
    assert answers == [{}, {"isUnique": True}, {"isUnique": True}]


async def _refusal(a: ApiClient, name: str) -> tuple[int, str]:
    """The status and error id with which the import of a user is rejected."""
    body = {
        "userName": name,
        "profile": {"firstName": "Ann", "lastName": "Xyz"},
        "email": {"email": "ann@example.test", "isEmailVerified": True},
    }
    answer = await a.ask(f"POST {USERS}/human/_import", body)
    return answer.status_code, answer.json()["details"][0]["id"]


async def test_a_user_name_may_not_end_in_the_domain_of_another_organization(api: Make) -> None:
    a = api()
    store = a.demo.store
    own = store.orgs[store.default_org].domain
    other = next(org.domain for org in store.orgs.values() if org.id != store.default_org)
    assert await _refusal(a, f"ann@{other}") == (400, "COMMAND-SFd21")
    for name in (f"ann@{own}", f"@{other}", "ann@example.test"):
        assert await a.person("x", userName=name)
    store.set_domain_policy(store.default_org, login_must_be_domain=True)
    assert await a.person("x", userName=f"ann@{other}")


async def test_with_the_domain_in_login_names_user_names_are_unique_in_the_organization(api: Make) -> None:
    globex = api("globex-bot")
    a, store = ApiClient(globex.demo), globex.demo.store
    await globex.person("ann")
    assert await _refusal(a, "ann") == (409, "V3-DKcYh")
    store.set_domain_policy(store.default_org, login_must_be_domain=True)
    await a.person("ann")
    assert await _refusal(a, "Ann") == (409, "V3-DKcYh")
    login = f"ann@{store.orgs[store.default_org].domain}"
    found = await a.get(f"POST {USERS}/_search", {"queries": [{"loginNameQuery": {"loginName": login}}]})
    assert [(one["userName"], one["preferredLoginName"]) for one in found["result"]] == [("ann", login)]
    assert await _names(a, {"userNameQuery": {"userName": "ann"}}) == ["ann"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("+41 71 000 00 00", "+41710000000"),
        ("+49 30 901820", "+4930901820"),
        ("+1 (212) 555-0100", "+12125550100"),
    ],
)
async def test_phones_are_kept_in_one_form(api: Make, given: str, kept: str) -> None:
    a = api()
    id = await a.person("x", phone={"phone": given})
    assert (await a.get(f"GET {USERS}/{id}"))["user"]["human"]["phone"]["phone"] == kept


async def test_names_come_back_as_they_were_sent(api: Make) -> None:
    a = api()
    name = "\x1b]52;c;aGk=\x07 [/red] \u202egnp 👩\u200d🚀"
    id = await a.person("x", profile={"firstName": name, "lastName": name})
    profile = (await a.get(f"GET {USERS}/{id}"))["user"]["human"]["profile"]
    assert (profile["firstName"], profile["displayName"]) == (name, f"{name} {name}")


async def test_states_follow_each_other_as_on_the_server(api: Make) -> None:
    a = api()
    id = await a.person("x", hashedPassword={"value": HASH})

    async def outcome(action: str) -> str:
        answer = await a.ask(f"POST {USERS}/{id}/_{action}", {})
        return "" if answer.status_code == 200 else answer.json()["details"][0]["id"]

    steps = [(action, await outcome(action)) for action in ("lock", "deactivate", "unlock", "reactivate")]
    assert steps == [("lock", ""), ("deactivate", ""), ("unlock", "COMMAND-4M0ds"), ("reactivate", "")]
    initial = await a.person("y")
    assert (await a.ask(f"POST {USERS}/{initial}/_lock", {})).status_code == 200


async def test_a_removed_user_takes_memberships_and_grants_along_and_no_other_users(api: Make) -> None:
    a = api("iam-bot")
    gone, stays = [await a.person(name, hashedPassword={"value": HASH}) for name in ("gone", "stays")]
    project = (await a.get("POST /management/v1/projects", {"name": "Payroll"}))["id"]
    await a.get(f"POST /management/v1/projects/{project}/roles", {"roleKey": "clerk", "displayName": "Clerk"})
    for id in (gone, stays):
        await a.get(f"POST {MEMBERS}", {"userId": id, "roles": ["ORG_OWNER_VIEWER"]})
        await a.get("POST /admin/v1/members", {"userId": id, "roles": ["IAM_OWNER_VIEWER"]})
        await a.get(
            f"POST /management/v1/projects/{project}/members", {"userId": id, "roles": ["PROJECT_OWNER"]}
        )
        await a.get(f"POST {USERS}/{id}/grants", {"projectId": project, "roleKeys": ["clerk"]})
    await a.get(f"DELETE {USERS}/{gone}")
    lists = [
        (await a.get(f"POST {path}/_search", {}))["result"]
        for path in (
            MEMBERS,
            "/admin/v1/members",
            f"/management/v1/projects/{project}/members",
            f"{USERS}/grants",
        )
    ]
    held = [{row["userId"] for row in rows} for rows in lists]
    assert [gone in ids for ids in held] == [False] * 4
    assert [stays in ids for ids in held] == [True] * 4
    assert await a.person("GONE") != gone
    changes = (await a.get("POST /management/v1/orgs/me/changes/_search", {"query": {"limit": 1}}))["result"]
    assert changes[0]["eventType"]["key"] == "EventTypes.org.member.cascade.removed"


async def test_an_initial_user_can_be_mailed_at_another_address(api: Make) -> None:
    a = api()
    id = await a.person("x")
    await a.get(f"POST {USERS}/{id}/_resend_initialization", {"email": "new@example.test"})
    assert (await a.get(f"GET {USERS}/{id}"))["user"]["human"]["email"]["email"] == "new@example.test"
    wrong = await a.ask(f"POST {USERS}/{id}/_resend_initialization", {"email": "two words@x"})
    assert wrong.json()["details"][0]["id"] == "EMAIL-599BI"


@pytest.mark.parametrize(("body", "required"), [({}, True), ({"noChangeRequired": True}, False)])
async def test_a_password_set_by_another_is_changed_at_the_next_sign_in(
    api: Make, body: dict[str, Any], required: bool
) -> None:
    a = api()
    id = await a.person("x", hashedPassword={"value": HASH})
    await a.get(f"POST {USERS}/{id}/password", {"password": "Moonlight-43!"} | body)
    human = (await a.get(f"GET /v2/users/{id}"))["user"]["human"]
    assert human.get("passwordChangeRequired", False) is required


async def test_each_passkey_link_has_a_code_and_an_id_of_its_own(api: Make) -> None:
    a = api()
    id = await a.person("x", hashedPassword={"value": HASH})
    links = [(await a.get(f"POST {USERS}/{id}/passwordless/_link", {}))["link"] for _ in range(3)]
    queries = [dict(parse_qsl(urlsplit(link).query)) for link in links]
    assert {(query["userID"], query["orgID"]) for query in queries} == {(id, a.demo.store.default_org)}
    assert {link.partition("?")[0] for link in links} == {f"{a.demo.origin}/ui/login/login/passwordless/init"}
    values = {query[name] for query in queries for name in ("userID", "codeID", "code")}
    assert len(values) == 1 + 3 + 3


async def test_histories_can_be_read_from_a_sequence_on(api: Make) -> None:
    a = api()
    search = "POST /management/v1/orgs/me/changes/_search"
    newest = (await a.get(search, {"query": {"limit": 3}}))["result"]
    later = (await a.get(search, {"query": {"sequence": newest[-1]["sequence"]}}))["result"]
    assert later == newest[:-1]
    ascending = (await a.get(search, {"query": {"sequence": newest[-1]["sequence"], "asc": True}}))["result"]
    assert ascending == newest[:-1][::-1]


async def test_the_deactivated_organization_is_listed_as_such(api: Make) -> None:
    a = api()
    found = (await a.get("POST /admin/v1/orgs/_search", {}))["result"]
    states = {org["name"]: org["state"] for org in found}
    assert states["Acme Corp"] == "ORG_STATE_ACTIVE"
    assert states["Initech GmbH"] == "ORG_STATE_INACTIVE"
    only = await ApiClient(a.demo, "viewer-bot").get("POST /v2/organizations/_search", {})
    assert [org["name"] for org in only["result"]] == ["Acme Corp"]
    assert only["details"]["totalResult"] == str(len(found))
