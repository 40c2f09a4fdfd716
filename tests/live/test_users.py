"""Finding users, and importing one from a JSON body."""

import json
import secrets
from pathlib import Path
from typing import Any

import pytest

from tests.live.support import OWN_HASH, PUBLISHED_HASH, PUBLISHED_PASSWORD, People, Server, Tool, eventually

BOTH = {"password": PUBLISHED_PASSWORD, "hashedPassword": {"value": PUBLISHED_HASH}}


def seed_body(people: People, **more: Any) -> dict[str, Any]:
    """The seed's, save the name; ``more`` replaces whole fields, None leaves one out."""
    name = people.name()
    body = {
        "userName": name,
        "profile": {
            "firstName": "admin",
            "lastName": name,
            "nickName": "admin",
            "displayName": f"Admin {name}",
            "preferredLanguage": "en",
            "gender": "GENDER_MALE",
        },
        "email": {"email": f"{name}@live.example.test", "isEmailVerified": True},
        "phone": {"phone": "+41 71 000 00 00", "isPhoneVerified": True},
        **BOTH,
        "passwordChangeRequired": False,
        "requestPasswordlessRegistration": False,
        **more,
    }
    return {field: value for field, value in body.items() if value is not None}


@pytest.mark.parametrize("by", ["part of the name", "user name", "email", "id", "phone", "nick name"])
def test_a_user_is_found_by(by: str, people: People, tool: Tool) -> None:
    phone = f"+4179{secrets.randbelow(10**7):07}"
    person = people.make(phone={"phone": phone, "isPhoneVerified": True})
    text = {
        "part of the name": f"elda {person.name.upper()}",
        "user name": person.name,
        "email": f"{person.name}@LIVE.example",
        "id": person.id,
        "phone": f"{phone[:3]} {phone[3:5]} {phone[5:]}",
        "nick name": f"nick {person.name}",
    }[by]
    found = eventually(lambda: tool("users", "find", text, "--json").data)
    assert person.id in {user["id"] for user in found}
    assert person.id in tool("users", "find", *text.split()).out


def test_no_user_is_found_by_a_name_that_nobody_has(people: People, tool: Tool) -> None:
    told = tool("users", "find", people.name())
    assert told.status == 0
    assert len(told.out.splitlines()) == 1
    assert "No user matches" in told.err


def test_the_seeds_body_is_imported_once_it_is_reported_what_to_send(
    people: People, server: Server, tool: Tool, tmp_path: Path
) -> None:
    body = seed_body(people)
    file = tmp_path / "person.json"
    file.write_text(json.dumps(body), encoding="utf-8")

    undecided = tool("users", "import", "--from", str(file))
    assert (undecided.status, undecided.out) == (2, "")
    assert "--use" in undecided.err
    published = tool("users", "import", "--from", str(file), "--use", "hash")
    assert (published.status, published.out) == (2, "")
    assert "--allow-published-hash" in published.err
    assert not server.users_named(body["userName"])

    told = tool("users", "import", "--from", str(file), "--use", "password", "--json")
    assert PUBLISHED_PASSWORD not in told.out + told.err
    user = server.user(told.data["userId"])
    assert (user["userName"], user["state"]) == (body["userName"], "USER_STATE_ACTIVE")
    profile = user["human"]["profile"]
    assert all(profile[field] == value for field, value in body["profile"].items())
    assert user["human"]["email"] == body["email"]
    assert user["human"]["phone"] == {"phone": "+41710000000", "isPhoneVerified": True}
    assert user["human"]["passwordChanged"]


def test_a_hash_is_sent_as_it_is_and_a_role_assigned_in_the_same_run(
    people: People, server: Server, tool: Tool
) -> None:
    body = seed_body(people, hashedPassword={"value": OWN_HASH})
    told = tool(
        *("users", "import", "--from", "-", "--use", "hash", "--role", "org_user_manager", "--json"),
        stdin=json.dumps(body),
    )
    assert told.data["roles"] == ["ORG_USER_MANAGER"]
    assert OWN_HASH not in told.out + told.err
    user_id = told.data["userId"]
    assert server.user(user_id)["state"] == "USER_STATE_ACTIVE"
    assert eventually(lambda: server.roles_of(user_id)) == ["ORG_USER_MANAGER"]


def test_a_passkey_link_is_given_when_the_body_asks_for_it(
    people: People, server: Server, tool: Tool
) -> None:
    body = seed_body(people, password=None, hashedPassword=None, requestPasswordlessRegistration=True)
    told = tool("users", "import", "--from", "-", stdin=json.dumps(body))
    assert told.status == 0, told.err
    (user,) = eventually(lambda: server.users_named(body["userName"]))
    (link,) = [word for word in told.out.split() if "://" in word]
    assert link.startswith(server.origin)
    assert user["id"] in link


def test_a_taken_user_name_is_refused_whatever_its_case(people: People, server: Server, tool: Tool) -> None:
    person = people.make()
    body = people.body(person.name.upper())
    told = tool("users", "import", "--from", "-", stdin=json.dumps(body))
    assert (told.status, told.out) == (1, "")
    assert "taken" in told.err
    assert [user["id"] for user in server.users_named(person.name)] == [person.id]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"emial": {}}, "email"),
        ({"passwordChangeRequired": "true"}, "passwordChangeRequired"),
        ({"phone": {"phone": "+abc"}}, "hone"),
        ({"phone": {"phone": "0790000000"}}, "hone"),
        ({"hashedPassword": None, "password": "short"}, "assword"),
        ({"email": {"email": "no address"}}, "mail"),
    ],
)
def test_a_wrong_field_is_named_and_no_user_is_created(
    fault: dict[str, Any], said: str, people: People, server: Server, tool: Tool
) -> None:
    """Before it is sent (2) where the rule is known, else by the server (1)."""
    body = people.body(**fault)
    told = tool("users", "import", "--from", "-", stdin=json.dumps(body))
    assert told.status in (1, 2)
    assert told.out == ""
    assert said in told.err
    assert not server.users_named(body["userName"])


def test_a_role_that_is_not_offered_stops_the_import_before_it_begins(
    people: People, server: Server, tool: Tool
) -> None:
    body = people.body()
    told = tool("users", "import", "--from", "-", "--role", "ORG_NONSENSE", stdin=json.dumps(body))
    assert (told.status, told.out) == (2, "")
    assert not server.users_named(body["userName"])


def test_read_only_imports_no_user(people: People, server: Server, tool: Tool) -> None:
    body = people.body()
    told = tool("users", "import", "--from", "-", "--read-only", stdin=json.dumps(body))
    assert told.status == 2
    assert "read-only" in told.err
    assert not server.users_named(body["userName"])
