"""``history``: changes made with this program, and changes of a user that the server recorded."""

import csv
import io
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import CHANGE, MEMBER, Cli, Grace
from tests.hostile import ALL
from zitadel_tui import paths
from zitadel_tui.core import journal
from zitadel_tui.core.journal import Record
from zitadel_tui.demo.faults import Fault
from zitadel_tui.text import cells, shown

ROLE = "ORG_SETTINGS_MANAGER"


@pytest.fixture
def changed(cli: Cli, grace: Grace) -> Grace:
    """A user who was imported, then got a role, then a mail."""
    assert cli("members", "add", MEMBER, ROLE).status == 0
    return grace


def written(*records: Record) -> None:
    """The journal of the user, as if these had just been recorded."""
    path = paths.state_directory() / journal.FILE_NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(map(journal.to_line, records)))


def intent(entry: str, **fields: Any) -> Record:
    defaults = {"kind": "add roles", "what": f"Change {entry}.", "instance": "https://id.acme.example"}
    return Record(entry=entry, **{**defaults, **fields})


def test_changes_are_listed_newest_first(cli: Cli, changed: Grace) -> None:
    told = cli("history")
    assert (told.status, told.err) == (0, "")
    heading, newest, oldest = told.lines
    assert heading.split() == ["WHEN", "(UTC)", "ENTRY", "OUTCOME", "USER", "WHAT", "PLACE"]
    assert "done" in newest
    assert "grace now has" in newest
    assert "Grace Hopper was created" in oldest


def test_json_and_csv_have_the_same_fields(cli: Cli, changed: Grace) -> None:
    newest, oldest = cli("history", "--json").data
    assert (newest["outcome"], newest["kind"], newest["userId"]) == ("done", "add roles", changed.user)
    assert set(newest["after"]) - set(newest["before"]) == {ROLE}
    assert newest["sequence"].isdigit()
    first, second = csv.DictReader(io.StringIO(cli("history", "--csv").out))
    assert set(first) == set(newest)
    assert (first["entry"], second["entry"]) == (newest["entry"], oldest["entry"])
    assert set(first["after"].split()) == set(newest["after"])


def test_one_entry_in_full(cli: Cli, changed: Grace) -> None:
    entry = cli("history", "--json").data[0]
    told = cli("history", entry["entry"][:8])
    fields = dict(line.split(maxsplit=1) for line in told.lines if not line.startswith("roles"))
    assert fields["entry"] == entry["entry"]
    assert fields["outcome"] == "done"
    assert fields["user"] == f"grace ({changed.user})"
    assert fields["command"] == f"zitadel-tui members add {changed.user} {ROLE}"
    (after,) = (line for line in told.lines if line.startswith("roles after"))
    assert ROLE in after
    data = cli("history", entry["entry"], "--json").data
    assert data == {**entry, "command": fields["command"]}


def test_an_entry_that_does_not_exist(cli: Cli) -> None:
    told = cli("history", "abc")
    assert told.status == 2
    assert told.err.startswith("error: There is no entry 'abc' in the history.")


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--user", "grace"], 2),
        (["--user", "nobody"], 0),
        (["--kind", "import"], 1),
        (["--outcome", "done"], 2),
        (["--outcome", "unknown", "--outcome", "not-sent"], 0),
        (["--since", "1h"], 2),
        (["--since", "2999-01-01"], 0),
        (["--until", "2d"], 0),
        (["--limit", "1"], 1),
        (["--limit", "0"], 2),
        (["--run", "2026"], 0),
    ],
)
def test_filters(cli: Cli, changed: Grace, options: list[str], found: int) -> None:
    assert len(cli("history", "--json", *options).data) == found


def test_a_list_that_is_cut_says_so(cli: Cli, changed: Grace) -> None:
    assert "note: The newest 1 are shown; --limit 0 shows all." in cli("history", "--limit", "1").err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--since", "yesterday"], "--since 'yesterday' is not a time."),
        (["--until", "never"], "--until 'never' is not a time."),
        (["--limit", "many"], "--limit is not a number of changes."),
        (["--outcome", "fine"], "--outcome cannot be 'fine'."),
        (["--server"], "--server needs a user."),
        (["--server", "--user", "grace", "--kind", "x"], "--server cannot be combined with --kind."),
        (["--server", "--user", "grace", "abc"], "--server cannot be combined with ENTRY."),
    ],
)
def test_what_makes_no_sense_is_refused(cli: Cli, options: list[str], said: str) -> None:
    told = cli("history", *options)
    assert (told.status, told.out) == (2, "")
    assert told.err.startswith(f"error: {said}\nhint: ")


def test_no_server_is_asked(cli: Cli, changed: Grace) -> None:
    before = len(cli.requests)
    cli("history", "--user", "grace")
    assert len(cli.requests) == before


def test_a_run_whose_files_are_gone_is_listed_for_its_organization(
    cli: Cli, tmp_path: Path, demo_runs: Path
) -> None:
    users = tmp_path / "users.csv"
    users.write_text("user name,email,first name,last name\nada.new,ada@new.example,Ada,New\n")
    assert cli("onboard", "apply", str(users), "--yes").status == 0
    before = cli("history", "--json", "--kind", "onboarding").data
    shutil.rmtree(demo_runs)
    assert cli("history", "--json", "--kind", "onboarding").data == before
    assert before[0]["organization"] == cli.demo.store.default_org


# Of the user's own journal


def test_only_changes_of_the_server_in_the_settings_are_listed(cli: Cli) -> None:
    written(
        intent("aaaaaaaaaaa1"), intent("bbbbbbbbbbb2", instance="https://id.other.example", organization="7")
    )
    here = ("history", "--domain", "id.acme.example")
    told = cli(*here, demo=False)
    assert "Change aaaaaaaaaaa1." in told.out
    assert "bbbbbbbb" not in told.out
    assert "bbbbbbbb" in cli(*here, "--all", demo=False).out
    assert "id.other.example 7" in cli("history", demo=False).out
    nothing = cli("history", "--domain", "id.third.example", demo=False)
    assert nothing.err.endswith(
        "note: No change is recorded. Only changes to https://id.third.example are listed; --all lists all.\n"
    )


def test_a_change_without_a_known_end_stands_out_with_what_to_do(cli: Cli) -> None:
    written(intent("aaaaaaaaaaa1", user="4711"), Record(entry="aaaaaaaaaaa1", outcome="unknown"))
    told = cli("history", demo=False)
    assert "unknown" in told.out
    assert "warning: The outcome of 1 change is not known." in told.err
    assert "hint: See what to do: zitadel-tui history aaaaaaaa" in told.err
    advice = cli("history", "aaaaaaaa", demo=False).err
    assert "Compare it with the server: zitadel-tui history --server --user 4711" in advice


def test_the_history_of_the_demo_is_its_own(cli: Cli) -> None:
    written(intent("aaaaaaaaaaa1"))
    told = cli("history")
    assert "aaaaaaaa" not in told.out
    assert told.err == "note: No change is recorded.\n"


@pytest.mark.parametrize("text", ALL)
def test_a_hostile_record_is_harmless(cli: Cli, text: str) -> None:
    written(
        intent(text, user=text, name=text, what=text, kind=text, instance=text, context=text, run=text),
        Record(entry=text, outcome=text, sentence=text, error=text, after=(text,), before=(text,)),
    )
    for told in (cli("history", demo=False, width=80), cli("history", "--all", demo=False)):
        assert told.status == 0
        for line in told.out.splitlines():
            line = line.removeprefix("\x1b[1m").removesuffix("\x1b[0m")
            assert shown(line) == line
    assert all(cells(line) <= 80 for line in cli("history", demo=False, width=80).lines[1:])
    assert isinstance(cli("history", "--json", demo=False).data, list)


# Of the server


def test_the_servers_history_stands_beside(cli: Cli, changed: Grace) -> None:
    cli.demo.store.push(changed.user, "user.human.profile.changed", changed.user)
    told = cli("history", "--server", "--user", MEMBER)
    assert (told.status, told.err) == (0, "")
    heading, foreign, added, imported = told.lines
    assert heading.split() == ["WHEN", "(UTC)", "ORIGIN", "ENTRY", "OUTCOME", "BY", "WHAT"]
    assert " server " in foreign
    assert "grace" in foreign
    assert "User profile changed" in foreign
    assert " both " in added
    assert "grace now has" in added
    assert "onboarding-bot" in added
    assert " both " in imported
    data = cli("history", "--server", "--user", MEMBER, "--json").data
    assert [one["origin"] for one in data] == ["server", "both", "both"]
    assert data[0]["events"][0]["eventType"]["key"] == "EventTypes.user.human.profile.changed"
    assert data[1]["entry"]["sequence"] == data[1]["events"][0]["sequence"]


def test_a_history_that_the_account_may_not_read_is_a_warning(cli: Cli, changed: Grace) -> None:
    cli.demo.faults.add(Fault(status=403, id="AUTH-x"), "POST */users/*/changes/_search")
    told = cli("history", "--server", "--user", MEMBER)
    assert told.status == 0
    assert "warning: The server's history of this user could not be read: " in told.err
    assert " both " in told.out


def test_a_refusal_keeps_the_servers_error_id(cli: Cli, changed: Grace) -> None:
    cli.demo.faults.add(Fault(status=403, id="AUTH-5mWD2"), CHANGE + "*")
    assert cli("members", "add", MEMBER, "ORG_OWNER").status == 1
    refused = cli("history", "--outcome", "refused", "--json").data[0]
    assert "AUTH-5mWD2" in refused["errorId"]
