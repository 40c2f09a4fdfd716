"""``onboard``: check, apply, correct, show and forget a file of users; exit statuses."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, TypeAtTerminal
from tests.demo_clients import member_roles
from zitadel_tui.demo.faults import Fault

HEADING = "userName;Vorname;Nachname;E-Mail;Rollen\n"
GOOD = "neu1;Jürg;Müller;juerg@new.test;ORG_USER_MANAGER\nneu2;Käthe;Groß;kaethe@new.test;\n"
BAD = "bad;Bad;Row;no-address;\nneu3;Twice;One;a@new.test;\nneu3;Twice;Two;b@new.test;\n"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(HEADING + GOOD + BAD, encoding="utf-8")
    return path


def roles_of(cli: Cli, name: str) -> tuple[str, ...] | None:
    user = cli.demo.store.user_named(name)
    return None if user is None else member_roles(cli.demo, user.id)


def test_check_counts_first_and_tells_what_is_not_sent(cli: Cli, people: Path) -> None:
    told = cli("onboard", "check", str(people))
    assert told.status == 4
    assert told.lines[0].endswith(f"5 rows for Acme Corp ({cli.demo.store.default_org})")
    assert [line.split() for line in told.lines[1:4]] == [
        ["create", "2"],
        ["invalid", "1"],
        ["duplicate", "2"],
    ]
    assert "email: The email needs a form" in told.out
    assert "line 6." in told.out
    assert cli.demo.store.user_named("neu1") is None
    data = cli("onboard", "check", str(people), "--json").data
    assert [row["verdict"] for row in data] == ["create", "create", "invalid", "duplicate", "duplicate"]
    assert [row["isSent"] for row in data] == [True, True, False, False, False]


def test_apply_creates_and_assigns_and_a_second_time_there_is_nothing_to_do(cli: Cli, people: Path) -> None:
    told = cli("onboard", "apply", str(people), "--yes", "--passkey-link")
    assert told.status == 4
    assert ": 2 done, 3 skipped." in told.lines[-1]
    assert roles_of(cli, "neu1") == ("ORG_USER_MANAGER",)
    assert roles_of(cli, "neu2") == ()
    people.write_text(HEADING + GOOD, encoding="utf-8")
    again = cli("onboard", "apply", str(people), "--yes")
    assert (again.status, again.lines[-1].endswith(": 2 unchanged.")) == (0, True)


def test_rows_are_streamed_as_json(cli: Cli, people: Path) -> None:
    told = cli("onboard", "apply", str(people), "--yes", "--json")
    rows = [json.loads(line) for line in told.lines]
    assert sorted(row["line"] for row in rows) == [2, 3, 4, 5, 6]
    assert {row["userName"] for row in rows if row["state"] == "done" and row["created"]} == {"neu1", "neu2"}
    assert [row["state"] for row in rows if row["line"] > 3] == ["skipped"] * 3


def test_nothing_is_sent_without_confirmation(
    cli: Cli, people: Path, type_at_terminal: TypeAtTerminal
) -> None:
    told = cli("onboard", "apply", str(people))
    assert (told.status, "--yes" in told.err) == (2, True)
    user = type_at_terminal(b"n\n")
    assert cli("onboard", "apply", str(people), at_terminal=user).status == 1
    assert "Apply 2 rows to Acme Corp" in user.echoed_and_asked
    assert cli.demo.store.user_named("neu1") is None
    assert cli("onboard", "apply", str(people), at_terminal=type_at_terminal(b"y\n")).status == 4
    assert cli.demo.store.user_named("neu1") is not None


def test_many_mails_want_their_number(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text(
        "userName,firstName,lastName,email\n"
        + "".join(f"many{number},A,B,many{number}@new.test\n" for number in range(101))
    )
    told = cli("onboard", "apply", str(path), "--yes")
    assert (told.status, "--mails 101" in told.err) == (2, True)
    assert cli("onboard", "apply", str(path), "--yes", "--mails", "100").status == 2
    assert cli.demo.store.user_named("many1") is None
    assert cli("onboard", "apply", str(path), "--yes", "--mails", "101").status == 0


def test_another_encoding_is_asked_for(cli: Cli, people: Path, type_at_terminal: TypeAtTerminal) -> None:
    people.write_bytes((HEADING + GOOD).encode("cp1252"))
    told = cli("onboard", "check", str(people))
    assert (told.status, "Jürg, Müller, Käthe" in told.err, "--encoding cp1252" in told.err) == (
        2,
        True,
        True,
    )
    assert cli("onboard", "check", str(people), at_terminal=type_at_terminal(b"y\n")).status == 0
    assert cli("onboard", "check", str(people), "--encoding", "cp1252").status == 0


def test_standard_input_is_a_file(cli: Cli) -> None:
    told = cli("onboard", "apply", "-", "--yes", stdin=(HEADING + GOOD).encode())
    assert (told.status, told.lines[-1].endswith(": 2 done.")) == (0, True)


def test_a_pause_without_a_terminal_ends_with_4_and_resume_goes_on(cli: Cli, people: Path) -> None:
    people.write_text(HEADING + GOOD)
    cli.demo.faults.add(Fault(status=403, id="AUTH-x"), "POST */_import", times=0)
    told = cli("onboard", "apply", str(people), "--yes")
    assert told.status == 4
    assert "Paused: This account may not do this" in told.err
    cli.demo.faults.clear()
    listed = cli("onboard", "runs", "--json").data
    assert (listed[0]["state"], listed[0]["counts"]) == ("unfinished", {"pending": 2})
    people.write_text(HEADING + GOOD + BAD)
    changed = cli("onboard", "resume")
    assert (changed.status, "changed since" in changed.err) == (2, True)
    people.write_text(HEADING + GOOD)
    told = cli("onboard", "resume", listed[0]["run"][:10])
    assert (told.status, told.lines[-1].endswith(": 2 done.")) == (0, True)
    assert cli("onboard", "resume").status == 2


def test_a_saved_plan_is_held_to(cli: Cli, people: Path, tmp_path: Path) -> None:
    plan = str(tmp_path / "plan")
    assert cli("onboard", "check", str(people), "--save", plan).status == 4
    other = cli("onboard", "apply", str(people), "--plan", plan, "--yes", "--passkey-link")
    assert (other.status, "other options" in other.err) == (2, True)
    assert cli("onboard", "apply", str(people), "--plan", plan, "--yes").status == 4
    assert roles_of(cli, "neu1") == ("ORG_USER_MANAGER",)


def test_what_has_become_of_rows_is_shown_and_written(cli: Cli, people: Path, tmp_path: Path) -> None:
    cli("onboard", "apply", str(people), "--yes", "--generate-password")
    told = cli("onboard", "show", "--state", "skipped", "--json").data
    assert [row["line"] for row in told] == [4, 5, 6]
    sheet, failed, hand_over = (tmp_path / name for name in ("sheet.csv", "failed.csv", "secret.json"))
    told_files = cli(
        "onboard", "show", "--sheet", str(sheet), "--failed", str(failed), "--hand-over", str(hand_over)
    )
    assert (told_files.status, told_files.out) == (0, "")
    assert failed.read_text() == HEADING + BAD
    secrets = {row["userName"]: row["password"] for row in json.loads(hand_over.read_text())}
    assert all(len(secrets[name]) > 10 for name in ("neu1", "neu2"))
    assert not any(secrets[name] for name in ("bad", "neu3"))
    for path in (sheet, failed, hand_over):
        assert path.stat().st_mode & 0o777 == 0o600
    assert secrets["neu1"] not in sheet.read_text() + told_files.err
    rows = list(csv.DictReader(io.StringIO(sheet.read_text(encoding="utf-8-sig"))))
    assert [row["state"] for row in rows] == ["done", "done", "skipped", "skipped", "skipped"]
    assert cli("onboard", "show", "--sheet", str(sheet)).status == 2


def test_lost_links_are_made_again(cli: Cli, people: Path, tmp_path: Path) -> None:
    people.write_text(HEADING + GOOD)
    cli.demo.faults.add(Fault("withheld", status=504), "POST */_import")
    cli("onboard", "apply", str(people), "--yes", "--passkey-link")
    waits = {row["userName"]: row["waits"] for row in cli("onboard", "show", "--json").data}
    assert sorted(waits.values()) == ["link", "link lost"]
    told = cli("onboard", "links")
    lost = next(name for name, what in waits.items() if what == "link lost")
    assert (told.status, told.out) == (0, f"A passkey link for {lost} was created.\n")
    assert {row["waits"] for row in cli("onboard", "show", "--json").data} == {"link"}
    assert "No user" in cli("onboard", "links").err
    hand_over = tmp_path / "secret.csv"
    cli("onboard", "show", "--hand-over", str(hand_over))
    assert hand_over.read_text(encoding="utf-8-sig").count("https://") == 2


def test_a_run_is_forgotten_with_its_secrets(cli: Cli, people: Path, demo_runs: Path) -> None:
    cli("onboard", "apply", str(people), "--yes", "--generate-password")
    run = cli("onboard", "runs", "--json").data[0]["run"]
    assert cli("onboard", "forget", run).status == 2
    assert cli("onboard", "forget", run, "--yes").status == 0
    assert cli("onboard", "runs", "--json").data == []
    assert not (demo_runs / run).exists()
    assert cli("onboard", "show").status == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--map", "x"), "maps no column"),
        (("--map", "Vorname=nonsense"), "is not a field"),
        (("--verifiers", "argon"), "no verifier"),
        (("--rate", "0"), "--rate 0 is not a number"),
        (("--parallel", "many"), "--parallel many is not a number"),
        (("--username", "{x}"), "unknown placeholder"),
        (("--grant", "Payroll"), "does not name project roles"),
        (("--plan", "/nowhere"), "is not a plan"),
    ],
)
def test_options_that_are_wrong_are_refused_before_anything_is_sent(
    cli: Cli, people: Path, options: tuple[str, ...], said: str
) -> None:
    told = cli("onboard", "apply", str(people), "--yes", *options)
    assert (told.status, said in told.err) == (2, True)
    assert cli.demo.store.user_named("neu1") is None


def test_rights_that_are_missing_are_named(cli: Cli, people: Path) -> None:
    cli.use("viewer-bot")
    checked = cli("onboard", "check", str(people))
    assert "This account may not import users (user.write)" in checked.err
    assert "import users (user.write)" in cli("onboard", "check", str(people), "--json").err
    applied = cli("onboard", "apply", str(people), "--yes")
    assert (applied.status, "Nothing was sent" in applied.err) == (1, True)


def test_read_only_sends_nothing(cli: Cli, people: Path) -> None:
    told = cli("onboard", "apply", str(people), "--yes", "--read-only")
    assert told.status != 0
    assert cli.demo.store.user_named("neu1") is None


def test_the_template_is_a_file_that_check_takes(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "template.csv"
    path.write_text(cli("onboard", "template").out)
    told = cli("onboard", "check", str(path))
    assert (told.status, told.lines[1].split()) == (0, ["create", "1"])
