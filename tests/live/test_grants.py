"""Project roles by commands: assigned, set, removed, with concurrent changes, and cleaned up."""

from collections.abc import Iterator

import pytest

from tests.live.support import USERS, People, Person, Server, Tool, eventually

VIEWER, EDITOR, ADMIN = "viewer", "editor", "admin"


@pytest.fixture(scope="module")
def project(server: Server, people: People) -> Iterator[tuple[str, str]]:
    """Id and name of a project with three roles."""
    name = f"Payroll {people.name()}"
    id = server.make_project(name, VIEWER, EDITOR, ADMIN)
    yield id, name
    server.remove_project(id)


@pytest.fixture
def person(people: People) -> Person:
    return people.make()


def becomes(server: Server, person: Person, project_id: str, *roles: str) -> bool:
    return bool(eventually(lambda: sorted(server.grants_of(person.id).get(project_id, ())) == sorted(roles)))


def test_projects_and_their_roles_are_listed(tool: Tool, project: tuple[str, str]) -> None:
    id, name = project
    assert name in {one["name"] for one in tool("projects", "list", "--json").data if one["id"] == id}
    roles = tool("projects", "roles", name, "--json").data
    assert [role["key"] for role in roles] == [ADMIN, EDITOR, VIEWER]


def test_roles_are_added_set_and_removed_one_after_the_other(
    server: Server, tool: Tool, person: Person, project: tuple[str, str]
) -> None:
    id, name = project
    added = tool("grants", "add", person.name, name, VIEWER, "--json").data
    assert (added["roles"], added["changed"], added["before"]) == ([VIEWER], True, [])
    assert tool("grants", "add", person.name, id, EDITOR, "--json").data["roles"] == [VIEWER, EDITOR]
    assert tool("grants", "add", person.name, id, EDITOR, VIEWER, "--json").data["changed"] is False
    assert tool("grants", "set", person.name, id, ADMIN, "--yes", "--json").data["roles"] == [ADMIN]
    assert becomes(server, person, id, ADMIN)
    assert tool("grants", "set", person.name, id, ADMIN, "--json").data["changed"] is False
    assert tool("grants", "remove", person.name, id, ADMIN, "--yes", "--json").data["roles"] == []
    assert eventually(lambda: id not in server.grants_of(person.id))
    again = tool("grants", "add", person.name, id, VIEWER, "--json").data
    assert (again["changed"], again["before"]) == (True, [])
    assert becomes(server, person, id, VIEWER)


def test_a_grant_of_another_admin_is_added_to_and_listed(
    server: Server, tool: Tool, person: Person, project: tuple[str, str]
) -> None:
    id, name = project
    server.grant(person.id, id, VIEWER)
    assert tool("grants", "add", person.name, name, ADMIN, "--json").data["before"] == [VIEWER]
    assert becomes(server, person, id, VIEWER, ADMIN)
    (listed,) = tool("grants", "list", "--user", person.name, "--project", name, "--json").data
    assert (listed["projectName"], sorted(listed["roleKeys"])) == (name, [ADMIN, VIEWER])
    assert person.id in {
        one["userId"] for one in tool("grants", "list", "--project", id, "--role", ADMIN, "--json").data
    }
    assert f"{ADMIN} in {name}" in tool("users", "show", person.name).out


def test_an_inactive_grant_is_changed_reported_and_stays_inactive(
    server: Server, tool: Tool, person: Person, project: tuple[str, str]
) -> None:
    id, _ = project
    grant = server.grant(person.id, id, VIEWER)
    server.get(f"POST {USERS}/{person.id}/grants/{grant}/_deactivate", {})
    found = f"GET {USERS}/{person.id}/grants/{grant}"
    eventually(lambda: server.get(found)["userGrant"]["state"] == "USER_GRANT_STATE_INACTIVE")
    result = tool("grants", "add", person.name, id, EDITOR)
    assert (result.status, "inactive" in result.err) == (0, True)
    assert becomes(server, person, id, VIEWER, EDITOR)
    assert server.get(found)["userGrant"]["state"] == "USER_GRANT_STATE_INACTIVE"


def test_what_the_server_does_not_know_is_refused_before_it_is_sent(
    tool: Tool, person: Person, project: tuple[str, str]
) -> None:
    _, name = project
    told = tool("grants", "add", person.name, name, "veiwer")
    assert (told.status, told.out) == (2, "")
    assert "Did you mean viewer?" in told.err
    assert "Did you mean" in tool("grants", "add", person.name, name[:-1], VIEWER).err


def test_an_import_assigns_administrator_and_project_roles_in_one_command(
    server: Server, tool: Tool, people: People, project: tuple[str, str]
) -> None:
    id, _ = project
    name = people.name()
    options = ("--user-name", name, "--first-name", "Zelda", "--last-name", name)
    email = f"{name}@live.example.test"
    result = tool(
        *("users", "import", *options, "--email", email, "--generate-password"),
        *("--role", "ORG_OWNER_VIEWER", "--grant", f"{id}:{VIEWER},{EDITOR}", "--json"),
    ).data
    assert result["roles"] == ["ORG_OWNER_VIEWER"]
    assert [sorted(one["roleKeys"]) for one in result["grants"]] == [[EDITOR, VIEWER]]
    person = Person(result["userId"], name)
    assert becomes(server, person, id, VIEWER, EDITOR)
    assert eventually(lambda: server.roles_of(person.id)) == ["ORG_OWNER_VIEWER"]


def test_the_requests_that_are_shown_work(
    server: Server, tool: Tool, person: Person, project: tuple[str, str]
) -> None:
    id, name = project
    (curl,) = tool("grants", "add", person.name, name, VIEWER, "--dry-run", "--json").data["curl"]
    assert tool.shell(curl, token=server.token).returncode == 0
    assert becomes(server, person, id, VIEWER)
    (curl,) = tool("grants", "remove", person.name, name, "--dry-run", "--json").data["curl"]
    assert tool.shell(curl, token=server.token).returncode == 0
    assert eventually(lambda: id not in server.grants_of(person.id))
