"""Project roles by command: listed, added, set, removed; concurrent changes are not overwritten."""

import json
from typing import Any

import pytest

from tests.cli.conftest import Cli, TypeAtTerminal
from tests.demo_clients import id_of
from zitadel_tui.demo.faults import Fault

USER = "viewer-bot"


def granted(cli: Cli, project: str = "Billing", user: str = USER) -> tuple[str, ...]:
    """What the server has."""
    store = cli.demo.store
    id = next(one.id for one in store.projects.values() if one.name == project)
    found = store.granted.get((id_of(cli.demo, user), id, store.default_org))
    grant = store.grants.get(found) if found else None
    return grant.roles if grant else ()


def test_projects_are_listed_with_state_and_owner(cli: Cli) -> None:
    lines = cli("projects", "list").lines
    assert lines[0].split() == ["ID", "NAME", "STATE", "GRANTED", "BY"]
    assert any("Old intranet" in line and "inactive" in line for line in lines)
    assert any("Supplier portal" in line and line.endswith("Globex") for line in lines)
    data = {one["name"]: one for one in cli("projects", "ls", "--json").data}
    assert data["Supplier portal"]["grantedRoleKeys"] == ["supplier", "auditor"]
    assert "grantedRoleKeys" not in data["Billing"]


def test_roles_of_a_project_are_listed_with_how_many_hold_each(cli: Cli) -> None:
    data = {one["key"]: one for one in cli("projects", "roles", "billing", "--json").data}
    assert data["clerk"]["displayName"] == "Writes invoices"
    assert data["clerk"]["group"] == "Finance"
    before = data["clerk"]["holders"]
    cli("grants", "add", USER, "Billing", "clerk")
    assert cli("projects", "roles", "Billing", "--csv").out.splitlines()[3].endswith(str(before + 1))
    inactive = cli("projects", "roles", "Old intranet")
    assert "Old intranet is inactive" in inactive.err
    assert "has no roles" in cli("projects", "roles", "Without roles").err


def test_grants_are_listed_by_user_project_and_role(cli: Cli) -> None:
    cli("grants", "add", USER, "CRM", "leads.read", "leads.write")
    (one,) = cli("grants", "list", "--user", USER, "--json").data
    assert (one["projectName"], one["roleKeys"]) == ("CRM", ["leads.read", "leads.write"])
    lines = cli("grants", "list", "--project", "crm", "--role", "leads.read").lines
    assert len(lines) == 2
    assert lines[1].split() == [USER, USER, "CRM", "leads.read", "leads.write", "active"]
    assert "inactive" in cli("grants", "list", "--project", "Billing").out
    nobody = cli("grants", "list", "--role", "king")
    assert (nobody.status, "No user has project roles" in nobody.err) == (0, True)


def test_roles_are_added_and_what_is_there_stays(cli: Cli) -> None:
    result = cli("grants", "add", USER, "Billing", "viewer")
    assert (result.status, result.out) == (0, f"{USER} now has viewer in Billing.\n")
    again = cli("grants", "add", USER, "billing", "clerk", "viewer", "--json").data
    assert (again["before"], again["roles"], again["changed"]) == (["viewer"], ["viewer", "clerk"], True)
    assert cli("grants", "add", USER, "Billing", "clerk").out.startswith("No change: ")
    assert granted(cli) == ("viewer", "clerk")


def test_setting_shows_the_difference_and_asks_before_a_role_is_lost(
    cli: Cli, type_at_terminal: TypeAtTerminal
) -> None:
    cli("grants", "add", USER, "Billing", "viewer")
    assert cli("grants", "set", USER, "Billing", "viewer", "clerk").status == 0
    unasked = cli("grants", "set", USER, "Billing", "admin")
    assert (unasked.status, unasked.out, granted(cli)) == (2, "", ("viewer", "clerk"))
    assert "--yes" in unasked.err
    user = type_at_terminal(b"y\n")
    assert cli("grants", "set", USER, "Billing", "admin", at_terminal=user).status == 0
    asked = user.echoed_and_asked
    assert all(part in asked for part in ("in Billing", "+ admin", "− clerk", "− viewer"))
    assert granted(cli) == ("admin",)


def test_removing_the_last_role_removes_the_grant_after_saying_so(
    cli: Cli, type_at_terminal: TypeAtTerminal
) -> None:
    cli("grants", "add", USER, "Billing", "viewer", "clerk")
    assert cli("grants", "remove", USER, "Billing", "clerk", "--yes").status == 0
    user = type_at_terminal(b"y\n")
    result = cli("grants", "remove", USER, "Billing", at_terminal=user)
    assert "That removes the grant." in user.echoed_and_asked
    assert result.out == f"{USER} no longer has roles in Billing.\n"
    assert granted(cli) == ()
    assert cli("grants", "remove", USER, "Billing", "--yes").out.startswith("No change: ")


def test_a_role_that_the_project_lost_can_still_be_removed(cli: Cli) -> None:
    cli("grants", "add", USER, "Billing", "viewer", "clerk")
    project = next(one for one in cli.demo.store.projects.values() if one.name == "Billing")
    del project.roles["clerk"]
    assert cli("grants", "remove", USER, "Billing", "clerk", "--yes").status == 0
    assert granted(cli) == ("viewer",)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", USER, "Biling", "viewer"), "Did you mean Billing?"),
        (("add", USER, "Billing", "vewer"), "Did you mean viewer?"),
        (("set", USER, "Without roles", "x"), "It has no roles."),
        (("add", "nobody-at-all", "Billing", "viewer"), "No user has the id"),
        (("list", "--project", "Biling"), "Did you mean Billing?"),
    ],
)
def test_what_does_not_exist_is_reported_with_a_next_step(
    cli: Cli, arguments: tuple[str, ...], said: str
) -> None:
    result = cli("grants", *arguments)
    assert (result.status in (1, 2), result.out) == (True, "")
    assert said in result.err


def test_a_dry_run_shows_the_difference_the_command_and_the_request(cli: Cli) -> None:
    cli("grants", "add", USER, "Billing", "viewer")
    cli.requests.clear()
    result = cli("grants", "set", USER, "Billing", "admin", "--dry-run")
    assert result.status == 0
    assert "-X PUT" in result.out
    assert f"grants set {id_of(cli.demo, USER)} Billing admin" in result.out
    assert "nothing was sent" in result.err
    assert not [one for one in cli.requests if one.startswith(("PUT", "DELETE"))]
    data = cli("grants", "remove", USER, "Billing", "--dry-run", "--json").data
    assert (data["before"], data["after"], data["dryRun"]) == (["viewer"], [], True)
    assert "-X DELETE" in data["curl"][0]


def test_another_admin_in_between_is_shown_and_not_overwritten(cli: Cli) -> None:
    cli("grants", "add", USER, "Billing", "viewer")
    store = cli.demo.store

    search = "POST /management/v1/users/grants/_search"
    inner = cli.local.app._app
    done: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await inner(scope, receive, send)
        if f"{scope['method']} {scope['path']}" == search and not done:
            done.append(search)
            (grant,) = (one for one in store.written_grants() if one.user == id_of(cli.demo, USER))
            store.change_grant(grant, "user.grant.changed", "1", roles=("approver",))

    cli.local.app._app = app
    result = cli("grants", "set", USER, "Billing", "admin", "--yes")
    assert (result.status, granted(cli)) == (1, ("approver",))
    assert all(word in result.err for word in ("you saw", "is now", "you want", "approver"))


def test_an_inactive_project_or_grant_is_reported(cli: Cli) -> None:
    assert "Project Old intranet is inactive" in cli("grants", "add", USER, "Old intranet", "reader").err
    cli("grants", "add", USER, "Billing", "viewer")
    (grant,) = (
        one
        for one in cli.demo.store.written_grants()
        if one.user == id_of(cli.demo, USER) and "viewer" in one.roles
    )
    cli.demo.store.change_grant(grant, "user.grant.deactivated", "1", active=False)
    result = cli("grants", "add", USER, "Billing", "clerk")
    assert (result.status, "The grant is inactive" in result.err) == (0, True)


def test_a_lost_answer_is_looked_up(cli: Cli) -> None:
    cli.demo.faults.add(Fault("withheld"), "POST /management/v1/users/*/grants")
    result = cli("grants", "add", USER, "Billing", "viewer", "--json")
    assert (result.status, result.data["settled"], result.data["changed"]) == (0, True, True)


def test_the_missing_permission_is_named(cli: Cli) -> None:
    cli.use("settings-bot")
    result = cli("projects", "list")
    assert (result.status, "project.read" in result.err) == (1, True)


def test_an_import_assigns_project_roles_too(cli: Cli) -> None:
    names = ("--first-name", "Grace", "--last-name", "Hopper", "--email", "gh@acme.example")
    result = cli(
        "users", "import", *names, "--role", "ORG_USER_MANAGER",
        "--grant", "Billing:viewer,clerk", "--grant", "CRM:leads.read", "--json",
    )  # fmt: skip
    assert result.status == 0
    assert result.data["roles"] == ["ORG_USER_MANAGER"]
    assert [(one["projectName"], one["roleKeys"]) for one in result.data["grants"]] == [
        ("Billing", ["viewer", "clerk"]),
        ("CRM", ["leads.read"]),
    ]
    held = [one.roles for one in cli.demo.store.written_grants() if one.user == result.data["userId"]]
    assert sorted(held) == [("leads.read",), ("viewer", "clerk")]


def test_an_import_whose_project_roles_fail_says_how_to_finish(cli: Cli) -> None:
    names = ("--first-name", "Grace", "--last-name", "Hopper", "--email", "gh@acme.example")
    cli.demo.faults.add(Fault(status=403, id="AUTH-5mWD2"), "POST /management/v1/users/*/grants")
    result = cli(
        "users", "import", *names, "--grant", "Billing:viewer", "--grant", "CRM:leads.read", "--json"
    )
    assert result.status == 4
    assert [one["projectName"] for one in json.loads(result.out)["grants"]] == ["CRM"]
    assert "The user exists, but without viewer in Billing." in result.err
    assert "zitadel-tui --demo grants add" in result.err


def test_an_import_with_unknown_project_roles_sends_nothing(cli: Cli) -> None:
    names = ("--first-name", "Grace", "--last-name", "Hopper", "--email", "gh@acme.example")
    result = cli("users", "import", *names, "--grant", "Billing")
    assert (result.status, "PROJECT:ROLE" in result.err) == (2, True)
    dry = cli("users", "import", *names, "--grant", "Billing:viewer", "--dry-run")
    assert "Then viewer in Billing would be assigned." in dry.err
    assert cli.demo.store.user_named("gh@acme.example") is None
