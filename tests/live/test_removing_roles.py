"""Setting and removing roles by commands: confirmed, guarded, rehearsed, and no other role lost."""

import shutil

import pytest

from tests.live.support import People, Person, Server, Tool, eventually

VIEWER, MANAGER, SETTINGS = "ORG_OWNER_VIEWER", "ORG_USER_MANAGER", "ORG_SETTINGS_MANAGER"
REMOVING = (("set", MANAGER), ("remove", VIEWER), ("remove",))


@pytest.fixture
def both(people: People) -> Person:
    """A member with two roles."""
    return people.make(VIEWER, MANAGER)


def becomes(server: Server, person: Person, *roles: str) -> bool:
    return bool(eventually(lambda: sorted(server.roles_of(person.id)) == sorted(roles)))


def test_set_says_the_difference_and_asks_before_a_role_is_lost(
    server: Server, tool: Tool, both: Person
) -> None:
    more = tool("members", "set", both.name, VIEWER, MANAGER, "org_settings_manager", "--json")
    assert sorted(more.data["roles"]) == sorted((VIEWER, MANAGER, SETTINGS))
    assert f"+ {SETTINGS}" in more.err
    assert becomes(server, both, VIEWER, MANAGER, SETTINGS)

    unasked = tool("members", "set", both.name, MANAGER)
    assert (unasked.status, unasked.out) == (2, "")
    assert "--yes" in unasked.err
    assert becomes(server, both, VIEWER, MANAGER, SETTINGS)

    done = tool("members", "set", both.name, MANAGER, "--yes", "--json").data
    assert (done["userId"], done["roles"], done["changed"]) == (both.id, [MANAGER], True)
    assert becomes(server, both, MANAGER)
    assert tool("members", "set", both.name, MANAGER, "--json").data["changed"] is False


def test_set_makes_a_user_a_member(people: People, server: Server, tool: Tool) -> None:
    person = people.make()
    assert tool("members", "set", person.id, MANAGER, "--json").data["roles"] == [MANAGER]
    assert becomes(server, person, MANAGER)


def test_one_role_is_removed_and_the_others_stay(server: Server, tool: Tool, both: Person) -> None:
    taken = tool("members", "remove", both.id, VIEWER, "--yes", "--json").data
    assert sorted(taken["before"]) == sorted((VIEWER, MANAGER))
    assert (taken["roles"], taken["changed"]) == ([MANAGER], True)
    assert becomes(server, both, MANAGER)
    assert tool("members", "remove", both.id, VIEWER, "--yes", "--json").data["changed"] is False


@pytest.mark.parametrize("roles", [(), (VIEWER, MANAGER)], ids=["none named", "all named"])
def test_a_membership_is_removed_and_the_user_stays(
    roles: tuple[str, ...], server: Server, tool: Tool, both: Person
) -> None:
    told = tool("members", "remove", both.id, *roles, "--yes")
    assert told.status == 0, told.err
    assert "no longer a member" in told.out
    assert eventually(lambda: not server.roles_of(both.id))
    assert server.user(both.id)["userName"] == both.name


@pytest.mark.parametrize("arguments", REMOVING, ids=" ".join)
def test_nothing_is_removed_without_a_yes_in_a_rehearsal_or_read_only(
    arguments: tuple[str, ...], server: Server, tool: Tool, both: Person
) -> None:
    before = server.members()[both.id]
    command = ("members", arguments[0], both.id, *arguments[1:])
    unasked = tool(*command)
    assert (unasked.status, unasked.out) == (2, "")
    assert "--yes" in unasked.err
    read_only = tool(*command, "--yes", "--read-only")
    assert (read_only.status, read_only.out) == (2, "")
    assert "read-only" in read_only.err
    rehearsed = tool(*command, "--dry-run", "--json")
    assert rehearsed.data["dryRun"] is True
    assert rehearsed.data["userId"] == both.id
    assert sorted(rehearsed.data["before"]) == sorted((VIEWER, MANAGER))
    assert VIEWER not in rehearsed.data["after"]
    assert all("$ZITADEL_PAT" in curl for curl in rehearsed.data["curl"])
    assert server.token not in rehearsed.out + rehearsed.err
    assert server.members()[both.id] == before


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_what_a_rehearsal_shows_does_it(server: Server, tool: Tool, both: Person) -> None:
    (curl,) = tool("members", "remove", both.id, VIEWER, "--dry-run", "--json").data["curl"]
    done = tool.shell(curl, token=server.token)
    assert done.returncode == 0, done.stderr
    assert becomes(server, both, MANAGER)


def test_own_rights_and_those_of_the_last_owner_need_force(server: Server, tool: Tool) -> None:
    """Only rehearsed: the account under test must keep them."""
    own = server.key["userId"]
    before = server.members()[own]
    others = [
        one for one in server.members().values() if "ORG_OWNER" in one["roles"] and one["userId"] != own
    ]
    kept = next(role for role in (VIEWER, SETTINGS) if role not in before["roles"])
    for command in (("remove", own), ("remove", own, *before["roles"]), ("set", own, kept)):
        told = tool("members", *command, "--yes", "--dry-run")
        assert (told.status, told.out) == (2, "")
        assert "your own rights" in told.err
        assert "--force" in told.err
        assert "the last ORG_OWNER" in told.err or others or "ORG_OWNER" not in before["roles"]
        assert tool("members", *command, "--yes", "--dry-run", "--force").status == 0
    assert server.members()[own] == before
