"""``users show``: what is known of one user, and what may not be read."""

import csv
import io

import pytest

from tests.cli.conftest import MEMBER, Cli, Grace
from zitadel_tui.demo.faults import Fault

USERS = "POST /management/v1/users/"
GUEST = "mindy@globex.example"


def test_a_user_is_shown_with_roles_and_history(cli: Cli, grace: Grace) -> None:
    told = cli("users", "show", MEMBER)
    assert (told.status, told.err) == (0, "")
    fields = [line.split(maxsplit=1) for line in told.lines]
    assert ["name", "Grace Hopper"] in fields
    assert ["email", "grace@acme.example (verified)"] in fields
    assert ["id", grace.user] in fields
    roles = told.out.split("\nrole ")[1].split("\nhistory ")[0]
    assert roles.index("ORG_USER_MANAGER (Acme Corp, since ") < roles.index(
        "ORG_OWNER_VIEWER (Acme Corp, since "
    )
    assert "reads everything, changes nothing" in roles
    assert "by onboarding-bot" in told.out.split("\nhistory ")[1]


def test_roles_of_every_level_are_shown_the_widest_first(cli: Cli) -> None:
    told = cli("users", "show", "onboarding-bot").out
    assert "service account" in told
    assert told.index("IAM_OWNER_VIEWER (instance") < told.index("ORG_OWNER (Acme Corp")


def test_json_has_the_servers_objects(cli: Cli, grace: Grace) -> None:
    data = cli("users", "show", grace.user, "--json").data
    assert set(data) == {"userId", "user", "memberships", "grants", "history"}
    assert (data["userId"], data["user"]["id"]) == (grace.user, grace.user)
    assert data["user"]["userType"] == "TYPE_HUMAN"
    assert data["memberships"][0]["roles"] == ["ORG_OWNER_VIEWER", "ORG_USER_MANAGER"]
    assert data["history"][-1]["eventType"]["key"]


def test_csv_has_names_and_values(cli: Cli, grace: Grace) -> None:
    rows = list(csv.DictReader(io.StringIO(cli("users", "show", MEMBER, "--csv").out)))
    assert {"name": "login", "value": "grace"} in rows


def test_a_guest_is_shown_as_far_as_they_are_known(cli: Cli) -> None:
    told = cli("users", "show", GUEST)
    assert (told.status, told.err) == (0, "")
    assert "Mindy" in told.out
    assert "ORG_OWNER_VIEWER (Acme Corp" in told.out


def test_a_guest_by_id_has_roles_only_and_that_is_reported(cli: Cli) -> None:
    user = cli("users", "show", GUEST, "--json").data["userId"]
    told = cli("users", "show", user)
    assert told.status == 0
    assert told.lines[0].split() == ["id", user]
    assert "ORG_OWNER_VIEWER" in told.out
    assert "warning: Some details could not be read: " in told.err


def test_what_may_not_be_read_is_reported_and_the_rest_is_shown(cli: Cli, grace: Grace) -> None:
    for path, part in (("memberships", "role"), ("changes", "history")):
        cli.demo.faults.clear()
        cli.demo.faults.add(
            Fault("status", 403, "No matching permissions found"), f"{USERS}{grace.user}/{path}/*"
        )
        told = cli("users", "show", grace.user)
        assert told.status == 0
        assert [part, "not readable"] in [line.split(maxsplit=1) for line in told.lines]
        assert "Some details could not be read" in told.err


@pytest.mark.parametrize(("user", "status"), [("nobodyatall", 2), ("12345678901234", 1)])
def test_a_user_that_there_is_not_fails(cli: Cli, user: str, status: int) -> None:
    told = cli("users", "show", user)
    assert (told.status, told.out) == (status, "")
    assert "hint: " in told.err


def test_administrators_of_the_instance_are_listed(cli: Cli) -> None:
    told = cli("instance", "members", "list", "--json")
    assert (told.status, told.err) == (0, "")
    assert {role for one in told.data for role in one["roles"]} >= {"IAM_OWNER", "IAM_OWNER_VIEWER"}
    assert cli("instance", "members", "ls").lines[0].split() == ["NAME", "LOGIN", "ROLES", "KIND", "SINCE"]
    owners = cli(
        "instance", "members", "list", "--role", "iam_owner", "--filter", "kind:human", "--json"
    ).data
    assert [one["preferredLoginName"] for one in owners] == ["root@acme.example"]


def test_administrators_of_the_instance_have_its_roles_only(cli: Cli) -> None:
    told = cli("instance", "members", "list", "--role", "ORG_OWNER")
    assert told.status == 2
    assert "members of the instance cannot have it" in told.err
    assert (
        "There is no role 'IAM_OWNR' in this instance"
        in cli("instance", "members", "ls", "--role", "IAM_OWNR").err
    )


def test_an_account_that_may_not_read_the_instance_is_informed(cli: Cli) -> None:
    cli.use("viewer-bot")
    told = cli("instance", "members", "list")
    assert (told.status, told.out) == (1, "")
    assert "iam.member.read" in told.err


def test_project_roles_are_there_with_their_state(cli: Cli) -> None:
    cli("grants", "add", "viewer-bot", "Billing", "viewer", "clerk")
    (grant,) = cli("grants", "list", "--user", "viewer-bot", "--json").data
    out = cli("users", "show", "viewer-bot").out
    assert "project role  clerk in Billing" in out
    assert "viewer in Billing" in out
    store = cli.demo.store
    store.change_grant(store.written_grants()[-1], "user.grant.deactivated", "1", active=False)
    assert "clerk in Billing (inactive)" in cli("users", "show", "viewer-bot").out
    assert cli("users", "show", "viewer-bot", "--json").data["grants"][0]["id"] == grant["id"]
    assert "project role  none" in cli("users", "show", "settings-bot").out
