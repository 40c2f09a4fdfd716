"""Listing members, and adding them without losing a role."""

import csv
import io
from typing import Any

import pytest

from tests.live.support import People, Person, Server, Tool, eventually

FIELDS = (
    "userId",
    "roles",
    "preferredLoginName",
    "displayName",
    "email",
    "firstName",
    "lastName",
    "userType",
)


def told_apart(member: dict[str, Any]) -> dict[str, Any]:
    chosen = {name: member[name] for name in FIELDS if name in member}
    return {**chosen, "since": member["details"]["creationDate"]}


def test_the_list_is_what_the_server_has(server: Server, tool: Tool, viewer: Person) -> None:
    def agree() -> bool:
        """Others may change meanwhile: only a list between two equal ones counts."""
        before = server.members()
        told = tool("members", "list", "--json").data
        if before != server.members():
            return False
        assert len(told) == len({member["userId"] for member in told})
        assert {one["userId"]: told_apart(one) for one in told} == {
            user_id: told_apart(member) for user_id, member in before.items()
        }
        return viewer.id in before

    assert eventually(agree)


def test_table_csv_and_json_tell_of_the_same_user(tool: Tool, viewer: Person) -> None:
    wanted = ("members", "list", "--filter", viewer.name)
    (member,) = tool(*wanted, "--json").data
    table = tool(*wanted).out.splitlines()
    (row,) = csv.DictReader(io.StringIO(tool(*wanted, "--csv").out))
    assert member["userId"] == row["userId"] == viewer.id
    assert row["displayName"] == member["displayName"] == f"Zelda {viewer.name}"
    assert row["preferredLoginName"] == member["preferredLoginName"]
    assert row["roles"] == "ORG_OWNER_VIEWER"
    assert row["creationDate"] == member["details"]["creationDate"]
    assert len(table) == 2
    assert f"Zelda {viewer.name}" in table[1]
    assert "ORG_OWNER_VIEWER" in table[1]
    assert member["details"]["creationDate"][:10] in table[1]


def test_filter_needs_every_word_in_any_column(people: People, tool: Tool) -> None:
    manager = people.make("ORG_USER_MANAGER")
    other = people.make("ORG_OWNER_VIEWER")
    run = people.start.upper()

    def found(*filters: str) -> set[str]:
        listed = tool("members", "list", "--json", *filters).data
        return {member["userId"] for member in listed} & {manager.id, other.id}

    assert found("--filter", run) == {manager.id, other.id}
    assert found("--filter", f"{manager.name}@live zelda") == {manager.id}
    assert found("--filter", f"{run} role:user_manager") == {manager.id}
    assert found("--filter", f"{manager.name} {other.name}") == set()
    assert found("--role", "ORG_USER_MANAGER", "--filter", run) == {manager.id}
    both = ("--role", "org_user_manager", "--role", "ORG_OWNER_VIEWER")
    assert found(*both, "--filter", run) == {manager.id, other.id}
    assert found("--filter", f"{run} kind:service") == set()


def test_a_mistyped_role_is_answered_with_the_nearest(tool: Tool) -> None:
    told = tool("members", "list", "--role", "ORG_OWNR")
    assert (told.status, told.out) == (2, "")
    assert "ORG_OWNER" in told.err


@pytest.mark.parametrize("by", ["id", "user name", "email"])
def test_a_user_becomes_a_member_by(by: str, people: People, server: Server, tool: Tool) -> None:
    person = people.make()
    user = {"id": person.id, "user name": person.name.upper(), "email": f"{person.name}@live.example.test"}
    told = tool("members", "add", user[by], "ORG_OWNER_VIEWER", "--json")
    assert told.data["userId"] == person.id
    assert told.data["changed"] is True
    assert eventually(lambda: server.roles_of(person.id)) == ["ORG_OWNER_VIEWER"]


def test_adding_again_changes_nothing_and_adding_more_loses_nothing(
    server: Server, tool: Tool, viewer: Person
) -> None:
    server_saw = server.members()[viewer.id]
    again = tool("members", "add", viewer.id, "ORG_OWNER_VIEWER", "--json").data
    assert again["changed"] is False
    assert server.members()[viewer.id] == server_saw

    more = tool("members", "add", viewer.id, "org_user_manager", "ORG_OWNER_VIEWER", "--json").data
    assert more["changed"] is True
    assert sorted(more["roles"]) == ["ORG_OWNER_VIEWER", "ORG_USER_MANAGER"]
    assert eventually(lambda: sorted(server.roles_of(viewer.id)) == sorted(more["roles"]))


def test_one_becomes_a_member_and_gets_more_roles_at_once(people: People, server: Server, tool: Tool) -> None:
    """No lag between the two may make the second forget what the first gave."""
    person = people.make()
    assert tool("members", "add", person.id, "ORG_OWNER_VIEWER").status == 0
    assert tool("members", "add", person.id, "ORG_USER_MANAGER").status == 0
    expected = ["ORG_OWNER_VIEWER", "ORG_USER_MANAGER"]
    assert eventually(lambda: sorted(server.roles_of(person.id)) == expected)


def test_a_role_that_is_not_offered_is_not_sent(server: Server, tool: Tool, viewer: Person) -> None:
    told = tool("members", "add", viewer.id, "ORG_USER_MANAGR")
    assert told.status == 2
    assert "ORG_USER_MANAGER" in told.err
    assert tool("members", "add", viewer.id, "IAM_OWNER").status == 2
    assert server.roles_of(viewer.id) == ["ORG_OWNER_VIEWER"]


def test_no_user_is_made_a_member_by_an_id_that_is_no_users(tool: Tool) -> None:
    told = tool("members", "add", "111111111111111111", "ORG_OWNER_VIEWER")
    assert (told.status, told.out) == (1, "")
    assert "error: " in told.err


def test_several_with_one_email_are_listed_and_nothing_is_done(
    people: People, server: Server, tool: Tool
) -> None:
    address = f"{people.name()}@live.example.test"
    twins = [people.make(email={"email": address, "isEmailVerified": True}) for _ in range(2)]
    told = tool("members", "add", address, "ORG_OWNER_VIEWER")
    assert told.status == 2
    assert all(twin.id in told.err for twin in twins)
    assert not any(server.roles_of(twin.id) for twin in twins)


def test_read_only_sends_no_change(people: People, server: Server, tool: Tool, viewer: Person) -> None:
    told = tool("members", "add", viewer.id, "ORG_USER_MANAGER", "--read-only")
    assert told.status == 2
    assert "read-only" in told.err
    assert server.roles_of(viewer.id) == ["ORG_OWNER_VIEWER"]
    assert tool("members", "list", "--read-only", "--filter", viewer.name, "--json").data
