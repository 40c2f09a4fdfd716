"""``members add|set|remove --user A --user B ROLE…``: all are checked first, and each gets a result."""

import csv
import io
from pathlib import Path

import pytest

from tests.cli.conftest import CHANGE, MEMBER, Cli, Grace, Local, TypeAtTerminal
from tests.cli.test_streams import run
from tests.demo_clients import id_of, member_roles
from tests.served import ServedDemo
from tests.shell import shell_words
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.server import Demo

OTHER = "nobody-bot"
BOTH = ("--user", MEMBER, "--user", OTHER)
REFUSED = Fault("status", 403, "No matching permissions found")
ADD = "POST /management/v1/orgs/me/members"


def roles_of(cli: Cli, name: str) -> tuple[str, ...]:
    return member_roles(cli.demo, id_of(cli.demo, name))


def test_every_user_gets_the_roles_and_has_a_result(cli: Cli, grace: Grace) -> None:
    told = cli("members", "add", *BOTH, "ORG_PROJECT_CREATOR")
    assert (told.status, told.err) == (0, "")
    assert told.lines == [
        "grace now has ORG_USER_MANAGER, ORG_PROJECT_CREATOR, ORG_OWNER_VIEWER.",
        "nobody-bot is now a member with ORG_PROJECT_CREATOR.",
    ]
    assert roles_of(cli, OTHER) == ("ORG_PROJECT_CREATOR",)


def test_results_in_json_and_csv(cli: Cli, grace: Grace) -> None:
    data = cli("members", "add", *BOTH, "ORG_OWNER_VIEWER", "--json").data
    assert [one["result"] for one in data] == ["unchanged", "done"]
    assert [one["changed"] for one in data] == [False, True]
    assert data[0]["userId"] == grace.user
    assert data[1]["roles"] == ["ORG_OWNER_VIEWER"]
    rows = list(csv.DictReader(io.StringIO(cli("members", "add", *BOTH, "ORG_OWNER_VIEWER", "--csv").out)))
    assert [(row["userId"], row["result"]) for row in rows] == [(one["userId"], "unchanged") for one in data]


def test_one_user_is_a_list_of_one(cli: Cli, grace: Grace) -> None:
    assert len(cli("members", "add", "--user", MEMBER, "ORG_OWNER", "--json").data) == 1
    assert "ORG_OWNER" in grace.roles


def test_who_is_named_twice_is_changed_once(cli: Cli, grace: Grace) -> None:
    told = cli("members", "add", "--user", MEMBER, f"--user={grace.user}", "--user", MEMBER, "ORG_OWNER")
    assert (told.status, len(told.lines)) == (0, 1)


def test_nothing_is_done_unless_all_are_found(cli: Cli, grace: Grace) -> None:
    told = cli("members", "add", *BOTH, "--user", "graze", "--user", "wanda.x", "ORG_OWNER")
    assert (told.status, told.out) == (2, "")
    assert "Nothing was done: 2 of 4 users cannot be identified." in told.err
    assert "'graze'. Did you mean grace?" in told.err
    assert "'wanda.x'" in told.err
    assert roles_of(cli, OTHER) == ()
    assert cli("members", "add", *BOTH, "ORG_OWNR").status == 2
    assert roles_of(cli, OTHER) == ()


def test_one_refused_and_one_done_is_partly_done(cli: Cli, grace: Grace) -> None:
    cli.demo.faults.add(REFUSED, f"{CHANGE}{grace.user}", times=0)
    told = cli("members", "add", *BOTH, "ORG_PROJECT_CREATOR")
    assert told.status == 4
    assert told.lines[0].startswith("grace: not done. This account may not ")
    assert told.lines[1] == "nobody-bot is now a member with ORG_PROJECT_CREATOR."
    assert "org.member.write" in told.err
    assert "error: 1 of 2 users failed." in told.err


def test_all_refused_is_refused(cli: Cli, grace: Grace) -> None:
    cli.use("viewer-bot")
    told = cli("members", "add", *BOTH, "ORG_PROJECT_CREATOR", "--json")
    assert told.status == 1
    assert [one["result"] for one in told.data] == ["not done", "not done"]
    assert "error: 2 of 2 users failed." in told.err


def test_an_unknown_outcome_is_reported_and_is_partly_done(cli: Cli, grace: Grace) -> None:
    cli.demo.faults.add(Fault("withheld"), ADD)
    cli.demo.faults.add(Fault("status", 403, "No permission"), f"{ADD}/_search", times=0)
    told = cli("members", "add", "--user", OTHER, "ORG_PROJECT_CREATOR", "--json")
    assert told.status == 4
    assert [one["result"] for one in told.data] == ["unknown"]


def test_what_is_lost_is_shown_and_asked_about_once(
    cli: Cli, grace: Grace, type_at_terminal: TypeAtTerminal
) -> None:
    grace.cli.demo.store.put_member(grace.org, _id(cli, OTHER), ("ORG_OWNER_VIEWER",), grace.user)
    refused = cli("members", "remove", *BOTH, at_terminal=type_at_terminal(b"n\n"))
    assert (refused.status, refused.out) == (1, "")
    assert len(grace.roles) == 2
    user = type_at_terminal(b"y\n")
    told = cli("members", "remove", *BOTH, at_terminal=user)
    assert "Remove roles from grace, nobody-bot. Continue? [y/N]" in user.echoed_and_asked
    assert told.err.count("Without a role, the user is no longer a member.") == 2
    assert told.status == 0
    assert grace.roles + roles_of(cli, OTHER) == ()


def _id(cli: Cli, name: str) -> str:
    user = cli.demo.store.user_named(name)
    assert user is not None
    return user.id


def test_without_a_terminal_it_needs_a_word(cli: Cli, grace: Grace) -> None:
    told = cli("members", "set", *BOTH, "ORG_OWNER_VIEWER")
    assert (told.status, told.out) == (2, "")
    assert "--yes" in told.err
    assert not grace.wrote
    assert roles_of(cli, OTHER) == ()
    assert cli("members", "set", *BOTH, "ORG_OWNER_VIEWER", "--yes").status == 0
    assert grace.roles == roles_of(cli, OTHER) == ("ORG_OWNER_VIEWER",)


def test_together_they_do_not_remove_the_last_owners(cli: Cli, grace: Grace) -> None:
    owners = cli("members", "list", "--role", "ORG_OWNER", "--json").data
    named = [part for one in owners for part in ("--user", one["userId"])]
    assert len(owners) > 1
    told = cli("members", "remove", *named, "ORG_OWNER", "--yes")
    assert (told.status, told.out) == (2, "")
    assert "Nothing was sent" in told.err
    assert "--force" in told.err
    assert not grace.wrote


def test_a_rehearsal_of_several(cli: Cli, grace: Grace) -> None:
    told = cli("members", "add", *BOTH, "ORG_PROJECT_CREATOR", "--dry-run")
    assert (told.status, told.err) == (0, "note: Dry run: nothing was sent.\n")
    command = next(line for line in told.lines if line.startswith("zitadel-tui "))
    assert shell_words(command) == ["zitadel-tui", "--demo", "members", "add", *BOTH, "ORG_PROJECT_CREATOR"]
    assert told.out.count("curl -X ") == 2
    data = cli("members", "remove", *BOTH, "--dry-run", "--json").data
    assert [one["after"] for one in data] == [[], []]
    assert data[0]["before"] == ["ORG_OWNER_VIEWER", "ORG_USER_MANAGER"]
    assert len(data[0]["curl"]) == 1
    assert "before" in cli("members", "remove", *BOTH, "--dry-run", "--csv").lines[0]
    assert not grace.wrote


def test_read_only_refuses(cli: Cli, grace: Grace) -> None:
    assert cli("members", "add", *BOTH, "ORG_OWNER", "--read-only").status == 2
    assert not grace.wrote


@pytest.mark.parametrize("verb", ["add", "set"])
def test_a_role_is_needed(cli: Cli, verb: str) -> None:
    told = cli("members", verb, *BOTH)
    assert (told.status, told.out) == (2, "")
    assert "required: ROLE" in told.err


def test_many_users_are_done_a_few_at_a_time(cli: Cli) -> None:
    cli.local = Local(Demo(size=300, lag=(0.0, 0.0)))
    ids = [one["userId"] for one in cli("members", "list", "--json").data][:60]
    named = [part for one in ids for part in ("--user", one)]
    told = cli("members", "add", *named, "ORG_PROJECT_CREATOR", "--json")
    assert told.status == 0
    assert [one["userId"] for one in told.data] == ids


def test_results_that_stdout_does_not_take_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    with ServedDemo(tmp_path):
        told = run(
            "members", "add", "--user", OTHER, "--user", "viewer-bot", "ORG_PROJECT_CREATOR",
            folder=tmp_path, to="> /dev/full",
        )  # fmt: skip
    assert told.returncode == 4
    assert "note: nobody-bot is now a member with ORG_PROJECT_CREATOR." in told.stderr
    assert "note: viewer-bot now has " in told.stderr
