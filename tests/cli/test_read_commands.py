"""What the commands that change nothing print, in each form."""

import csv
import io
import time

import pytest

from tests.cli.conftest import Cli, Local
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.server import Demo
from zitadel_tui.tui import themes

TOKEN = "POST /oauth/v2/token"
MEMBERS = "POST /management/v1/orgs/me/members/_search"


def test_token_prints_the_token_and_nothing_else(cli: Cli) -> None:
    result = cli("token")
    assert result.status == 0
    assert len(result.lines) == 1
    assert " " not in result.lines[0]
    assert len(result.lines[0]) > 20
    assert result.err == ""


def test_token_signs_in_and_asks_nothing_more(cli: Cli) -> None:
    cli("token")
    assert cli.requests == [TOKEN]


def test_token_has_oauths_name_in_json(cli: Cli) -> None:
    assert set(cli("token", "--json").data) == {"access_token"}


def test_organizations_have_the_same_fields_in_json_and_csv(cli: Cli) -> None:
    listed = cli("organizations", "list", "--json").data
    rows = list(csv.DictReader(io.StringIO(cli("organizations", "list", "--csv").out)))
    assert list(rows[0]) == list(listed[0])
    assert [row["id"] for row in rows if row["own"] == "yes"] == [cli.demo.store.default_org]
    assert "instanceRoles" in rows[0]


def test_members_list_costs_two_requests(cli: Cli) -> None:
    assert cli("members", "list").status == 0
    assert cli.requests == [TOKEN, MEMBERS]


def test_members_filtered_by_role_cost_no_more(cli: Cli) -> None:
    cli("members", "list", "--role", "ORG_OWNER", "--filter", "a")
    assert cli.requests == [TOKEN, MEMBERS]


def test_every_member_is_listed_once_with_the_powerful_first(cli: Cli) -> None:
    members = cli("members", "list", "--json").data
    assert len(members) > 50
    assert len({member["userId"] for member in members}) == len(members)
    assert "ORG_OWNER" in members[0]["roles"]


def test_members_are_the_servers_own_objects_in_json(cli: Cli) -> None:
    member = cli("members", "list", "--role", "ORG_OWNER", "--filter", "kind:human", "--json").data[0]
    assert set(member) == {
        "userId",
        "details",
        "roles",
        "preferredLoginName",
        "email",
        "firstName",
        "lastName",
        "displayName",
        "userType",
        "userResourceOwner",
    }
    assert set(member["details"]) == {"sequence", "creationDate", "changeDate", "resourceOwner"}
    assert "ORG_OWNER" in member["roles"]


def test_the_table_has_a_heading_and_a_line_for_each(cli: Cli) -> None:
    lines = cli("members", "list").lines
    assert lines[0].split() == ["NAME", "LOGIN", "ROLES", "KIND", "SINCE"]
    assert len(lines) == 1 + len(cli("members", "list", "--json").data)


def test_csv_has_zitadels_names_and_every_value(cli: Cli) -> None:
    rows = list(csv.DictReader(io.StringIO(cli("members", "list", "--csv").out)))
    members = {member["userId"]: member for member in cli("members", "list", "--json").data}
    assert rows[0].keys() == {
        "userId",
        "displayName",
        "preferredLoginName",
        "email",
        "roles",
        "userType",
        "creationDate",
    }
    assert {row["userId"] for row in rows} == members.keys()
    assert all(set(row["roles"].split()) == set(members[row["userId"]]["roles"]) for row in rows)


def test_several_roles_list_who_has_any_of_them(cli: Cli) -> None:
    either = cli("members", "list", "--role", "org_owner", "--role", "ORG_SETTINGS_MANAGER", "--json").data
    held = [set(member["roles"]) & {"ORG_OWNER", "ORG_SETTINGS_MANAGER"} for member in either]
    assert all(held)
    assert {role for roles in held for role in roles} == {"ORG_OWNER", "ORG_SETTINGS_MANAGER"}


def test_a_filter_finds_in_every_column(cli: Cli) -> None:
    found = cli("members", "list", "--filter", "role:owner kind:service", "--json").data
    assert {member["userType"] for member in found} == {"TYPE_MACHINE"}
    assert all("ORG_OWNER" in member["roles"] for member in found)


def test_humans_and_service_accounts_are_distinguished_by_one_name(cli: Cli) -> None:
    """In lists of members and of users, in CSV and JSON."""
    assert cli("members", "list", "--json").data
    for command in (("members", "list"), ("users", "find", "bot")):
        listed = cli(*command, "--json").data
        rows = list(csv.DictReader(io.StringIO(cli(*command, "--csv").out)))
        assert [row["userType"] for row in rows] == [one["userType"] for one in listed]
        assert "TYPE_MACHINE" in {one["userType"] for one in listed}
    assert cli("whoami", "--json").data["user"]["userType"] == "TYPE_MACHINE"


def test_no_match_is_reported_and_is_no_failure(cli: Cli) -> None:
    result = cli("members", "list", "--filter", "nobody-like-that", "--json")
    assert (result.status, result.data) == (0, [])
    assert "No member matches" in result.err


def test_thousands_of_members_come_complete(cli: Cli) -> None:
    cli.local = Local(Demo(size=12_000, lag=(0.0, 0.0)))
    members = cli("members", "list", "--json").data
    assert len({member["userId"] for member in members}) == 12_000


def test_whoami_tells_account_organization_roles_and_what_they_allow(cli: Cli) -> None:
    out = cli("whoami").out
    for told in ("onboarding-bot", "service account", "Acme Corp", "ORG_OWNER here", "on the instance"):
        assert told in out
    assert "add members and change their roles" in out
    assert "may not" not in out


def test_whoami_says_what_is_not_allowed_and_the_permission_for_it(cli: Cli) -> None:
    cli.use("user-manager-bot")
    out = cli("whoami").out
    assert "add members and change their roles (org.member.write)" in out.split("may not")[1]


def test_whoami_works_for_an_account_without_any_right(cli: Cli) -> None:
    cli.use("nobody-bot")
    result = cli("whoami")
    assert result.status == 0
    assert "nothing" in result.out


def test_whoami_in_json(cli: Cli) -> None:
    data = cli("whoami", "--json").data
    assert set(data) == {"user", "orgId", "org", "instance", "memberships", "permissions"}
    assert data["user"]["userName"] == "onboarding-bot"
    assert data["org"]["name"] == "Acme Corp"
    assert "org.member.write" in data["permissions"]


def test_roles_list_explains_and_counts(cli: Cli) -> None:
    roles = {entry["role"]: entry for entry in cli("roles", "list", "--json").data}
    owners = cli("members", "list", "--role", "ORG_OWNER", "--json").data
    assert set(roles["ORG_OWNER"]) == {"role", "members", "summary", "permissions"}
    assert roles["ORG_OWNER"]["members"] == len(owners)
    assert roles["ORG_OWNER"]["summary"] in cli("roles", "list").out


def test_roles_show_tells_level_permissions_and_holders(cli: Cli) -> None:
    result = cli("roles", "show", "ORG_OWNER")
    assert result.status == 0
    owners = cli("members", "list", "--role", "ORG_OWNER", "--json").data
    assert len(owners) > 1
    for told in ("organization", "org.member.write", *(owner["preferredLoginName"] for owner in owners)):
        assert told in result.out


def test_roles_show_lists_the_holders_of_instance_roles(cli: Cli) -> None:
    data = cli("roles", "show", "iam_owner", "--json").data
    assert (data["level"], data["offered"]) == ("instance", False)
    assert "root@acme.example" in {member["preferredLoginName"] for member in data["members"]}


def test_users_find_by_every_part_and_by_id(cli: Cli) -> None:
    user = next(user for user in cli("users", "find", "acme.example", "--json").data if "human" in user)
    profile = user["human"]["profile"]
    whole_name = f"{profile['firstName']} {profile['lastName']}"
    for text in (user["id"], user["preferredLoginName"], user["human"]["email"]["email"], whole_name):
        found = cli("users", "find", text)
        assert found.lines[0].split() == ["ID", "NAME", "LOGIN", "EMAIL", "KIND", "STATE"]
        assert any(line.startswith(user["id"]) for line in found.lines[1:]), text


def test_a_text_of_several_words_needs_no_quotes(cli: Cli) -> None:
    member = cli("members", "list", "--role", "ORG_OWNER", "--filter", "kind:human", "--json").data[0]
    apart = cli("users", "find", *member["displayName"].split())
    assert apart.out == cli("users", "find", member["displayName"]).out
    assert member["userId"] in apart.out


def test_users_find_says_when_there_is_nobody(cli: Cli) -> None:
    result = cli("users", "find", "nobody-like-that", "--csv")
    assert result.status == 0
    assert len(result.lines) == 1
    assert "No user matches" in result.err


def test_notes_of_the_sign_in_go_to_stderr(cli: Cli) -> None:
    cli.local = Local(Demo(lag=(0.0, 0.0), clock=lambda: time.time() + 7200))
    result = cli("token")
    assert result.status == 0
    assert "note: This machine's clock is" in result.err
    assert len(result.lines) == 1


def test_settings_work_when_nothing_is_set(cli: Cli) -> None:
    result = cli("settings", demo=False)
    assert result.status == 0
    assert result.lines[0].split() == ["NAME", "VALUE", "ORIGIN"]
    assert "note: No address and no key file are set" in result.err


def test_settings_show_values_with_origin_and_no_secret(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZITADEL_DOMAIN", "zitadel.example")
    monkeypatch.setenv("ZITADEL_ACCESS_TOKEN", "a-real-secret")
    for form in ((), ("--json",), ("--csv",)):
        result = cli("settings", "--org", "42", *form, demo=False)
        assert "a-real-secret" not in result.out + result.err
    data = {row["name"]: row for row in cli("settings", "--org", "42", "--json", demo=False).data}
    assert data["domain"]["value"] == "https://zitadel.example"
    assert data["domain"]["origin"] == "environment ZITADEL_DOMAIN"
    assert data["org"] == {"name": "org", "value": "42", "origin": "option --org"}
    assert data["access_token"]["value"] == "••••"
    assert data["timeout"]["value"] == 30


def test_a_theme_that_the_app_does_not_have_is_warned_of(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZITADEL_THEME", "solarized")
    result = cli("settings", demo=False)
    assert result.status == 0
    assert "There is no theme 'solarized'" in result.err
    monkeypatch.setenv("ZITADEL_THEME", themes.THEMES[-1].name)
    assert "theme" not in cli("settings", demo=False).err


def test_warnings_of_the_settings_go_to_stderr(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZITADEL_DOMAIN", "http://zitadel.example")
    result = cli("settings", demo=False)
    assert "warning: http://zitadel.example is not encrypted" in result.err


def test_half_a_list_is_never_shown_as_the_list(cli: Cli) -> None:
    cli.demo.faults.add(Fault("truncated"), MEMBERS)
    result = cli("members", "list")
    assert (result.status, result.out) == (3, "")
    assert "not whole JSON" in result.err
