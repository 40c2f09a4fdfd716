"""``undo``, and the commands that change the state of users."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Grace, TypeAtTerminal
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.model import ACTIVE, INACTIVE

OWNER_VIEWER, MANAGER = "ORG_OWNER_VIEWER", "ORG_USER_MANAGER"


def state_of(cli: Cli, name: str) -> int | None:
    user = cli.demo.store.user_named(name)
    return None if user is None else user.state


# undo


def test_the_last_change_is_shown_and_undone(cli: Cli, grace: Grace) -> None:
    grace.give(OWNER_VIEWER)
    assert cli("members", "add", "grace", MANAGER).status == 0
    dry = cli("undo", "--last", "--dry-run", "--json")
    (item,) = dry.data
    assert (item["verdict"], item["before"], item["after"]) == (
        "undo",
        [OWNER_VIEWER],
        [OWNER_VIEWER, MANAGER],
    )
    assert grace.roles == (OWNER_VIEWER, MANAGER)
    refused = cli("undo", "--last")
    assert refused.status == 2
    assert "--yes" in refused.err
    done = cli("undo", "--last", "--yes")
    assert done.status == 0, done
    assert list(grace.roles) == [OWNER_VIEWER]
    newest = cli("history", "--json").data[0]
    assert cli("undo", newest["entry"], "--yes").status == 0
    assert list(grace.roles) == [OWNER_VIEWER, MANAGER]


def test_a_dry_run_shows_the_command_and_the_request(cli: Cli, grace: Grace) -> None:
    grace.give(OWNER_VIEWER)
    cli("members", "add", "grace", MANAGER)
    shown = cli("undo", "--last", "--dry-run")
    assert "zitadel-tui --demo undo --last" in shown.lines
    assert "curl -X PUT " in shown.out
    assert f"/management/v1/orgs/me/members/{grace.user}" in shown.out
    (item,) = cli("undo", "--last", "--dry-run", "--json").data
    assert item["dryRun"] is True
    assert item["command"] == "zitadel-tui --demo undo --last"
    (curl,) = item["curl"]
    assert curl in shown.out
    assert grace.roles == (OWNER_VIEWER, MANAGER)


def test_roles_changed_by_a_colleague_are_shown_in_three_states_and_not_undone(
    cli: Cli, grace: Grace
) -> None:
    cli("members", "set", "grace", MANAGER, "--yes")
    grace.give(MANAGER, "ORG_PROJECT_CREATOR")
    result = cli("undo", "--last", "--yes")
    assert result.status == 4
    for line in ("before", "you left", "is now"):
        assert f"  {line}" in result.err
    assert "nothing was sent" in result.err
    assert "ORG_PROJECT_CREATOR" in grace.roles


def test_at_a_terminal_undo_asks_whether_to_overwrite(
    cli: Cli, grace: Grace, type_at_terminal: TypeAtTerminal
) -> None:
    cli("members", "set", "grace", MANAGER, "--yes")
    before = next(one for one in cli("history", "--json").data)["before"]
    grace.give(MANAGER, "ORG_PROJECT_CREATOR")
    asked = type_at_terminal(b"n\n")
    assert cli("undo", "--last", at_terminal=asked).status == 4
    assert "Overwrite them?" in asked.echoed_and_asked
    assert "ORG_PROJECT_CREATOR" in grace.roles
    assert cli("undo", "--last", at_terminal=type_at_terminal(b"y\ny\n")).status == 0
    assert list(grace.roles) == before


@pytest.mark.parametrize(
    "arguments", [(), ("--last", "--run", "x"), ("abc", "--last"), ("nothing-like-this",)]
)
def test_what_to_undo_must_be_named_and_exist(cli: Cli, arguments: tuple[str, ...]) -> None:
    result = cli("undo", *arguments)
    assert result.status == 2
    assert "hint: " in result.err


def test_a_run_of_a_file_is_undone(cli: Cli) -> None:
    Path("people.csv").write_text(
        "user name,email,first name,last name,roles\n"
        f"ada.new,ada@new.example,Ada,New,{MANAGER}\nbob.new,bob@new.example,Bob,New,{MANAGER}\n"
    )
    assert cli("onboard", "apply", "people.csv", "--yes", "--generate-password").status == 0
    run = cli("onboard", "runs", "--json").data[0]["run"]
    plan = cli("undo", "--run", run, "--delete-users", "--dry-run", "--json").data
    assert [one["verdict"] for one in plan] == ["undo"] * 4
    done = cli("undo", "--run", run, "--delete-users", "--yes", "--json")
    assert done.status == 0, done
    assert [one["result"] for one in done.data] == ["done"] * 4
    assert state_of(cli, "ada.new") is state_of(cli, "bob.new") is None


@pytest.mark.parametrize("options", [(), ("--delete-users",)])
def test_a_user_whom_a_colleague_made_a_member_is_left_as_it_is(
    cli: Cli, person: Callable[..., str], options: tuple[str, ...]
) -> None:
    imported = cli("users", "import", "--from", person())
    assert imported.status == 0, imported
    user = cli.demo.store.user_named("new.person")
    assert user is not None
    cli.demo.store.put_member(user.org, user.id, (MANAGER,), user.id)
    (item,) = cli("undo", "--last", *options, "--dry-run", "--json").data
    assert item["verdict"] == "changed"
    result = cli("undo", "--last", *options, "--yes")
    assert result.status == 4
    assert "changed since" in result.out
    assert f"{MANAGER} in Acme" in result.out
    assert "nothing was sent" in result.err
    assert state_of(cli, "new.person") == ACTIVE


# users deactivate, reactivate, delete


def test_users_are_deactivated_reactivated_and_deleted(cli: Cli) -> None:
    names = ("ada.lovelace", "annie.lovelace")
    refused = cli("users", "deactivate", *names)
    assert refused.status == 2
    assert "--yes" in refused.err
    for verb, state in (("deactivate", INACTIVE), ("reactivate", ACTIVE), ("delete", None)):
        options = () if verb == "reactivate" else ("--yes",)
        done = cli("users", verb, *names, *options, "--json")
        assert done.status == 0, done
        assert [one["result"] for one in json.loads(done.out)] == ["done", "done"]
        assert all("roles" not in one and "before" not in one for one in json.loads(done.out))
        assert {state_of(cli, name) for name in names} == {state}


def test_csv_of_a_change_without_roles_has_no_column_for_them(cli: Cli) -> None:
    done = cli("users", "deactivate", "ada.lovelace", "--yes", "--csv")
    assert done.lines[0] == "userId,result,sentence"


def test_a_dry_run_changes_nothing_and_shows_the_request(cli: Cli) -> None:
    told = cli("users", "delete", "ada.lovelace", "--dry-run")
    assert told.status == 0
    assert "curl -X DELETE" in told.out
    assert state_of(cli, "ada.lovelace") == ACTIVE


def test_before_a_deletion_the_roles_that_end_with_it_are_named(cli: Cli, grace: Grace) -> None:
    held = f"Grace Hopper has {OWNER_VIEWER} in Acme Corp."
    grace.give(OWNER_VIEWER)
    dry = cli("users", "delete", grace.user, "annie.lovelace", "--dry-run")
    assert held in dry.out
    assert dry.out.count(" has ") == 1
    assert held in cli("users", "delete", grace.user, "--dry-run", "--json").data[0]["sentence"]
    assert held in cli("users", "delete", grace.user).err
    cli.demo.faults.add(Fault("status", 403), "POST */users/grants/_search", times=0)
    assert "may not read the project roles" in cli("users", "delete", grace.user, "--dry-run").out
    assert cli("users", "delete", grace.user, "--yes").status == 0
    assert cli.demo.store.users.get(grace.user) is None


@pytest.mark.parametrize("verb", ["deactivate", "delete"])
def test_an_account_cannot_deactivate_or_delete_itself(cli: Cli, verb: str) -> None:
    result = cli("users", verb, "onboarding-bot", "--yes", "--force")
    assert result.status == 2
    assert f"cannot {verb} itself" in result.err
    assert state_of(cli, "onboarding-bot") == ACTIVE


def test_an_initial_user_is_not_deactivated(cli: Cli) -> None:
    who = ("--first-name", "New", "--last-name", "Person", "--email", "new.person@acme.example")
    assert cli("users", "import", *who, "--email-not-verified").status == 0
    refused = cli("users", "deactivate", "new.person", "--yes")
    assert refused.status == 2
    assert "only be deleted" in refused.err
    assert cli("undo", "--last", "--yes").status == 4
    assert cli("undo", "--last", "--delete-users", "--yes").status == 0
    assert state_of(cli, "new.person") is None
