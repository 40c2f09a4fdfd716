"""Runs of ``onboard``: pauses and their messages, resuming, links, and runs locked by another process."""

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli, Result, TypeAtTerminal
from tests.shell import shell_words
from zitadel_tui.cli.commands.onboard_running import progress_line
from zitadel_tui.core.onboard import progress, run_files
from zitadel_tui.core.onboard.progress import RunProgress
from zitadel_tui.core.onboard.records import State
from zitadel_tui.core.onboard.run_files import RunFiles
from zitadel_tui.demo.faults import Fault

HEADING = "userName,firstName,lastName,email,emailVerified,roles,passkeyLink\n"
IMPORT = "POST */_import"
FORBIDDEN = Fault(status=403, id="AUTH-x")


class File:
    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, *names: str, roles: str = "", link: str = "") -> str:
        """A file with a user of each name; gives its path."""
        lines = [f"{one},A,B,{one}@new.test,yes,{roles},{link}\n" for one in names]
        self.path.write_text(HEADING + "".join(lines))
        return str(self.path)


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path / "people.csv")


def apply(cli: Cli, path: str, *more: str, **how: Any) -> Result:
    return cli("onboard", "apply", path, *more, **how)


def rows(told: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told.lines]


def newest(demo_runs: Path) -> RunFiles:
    return run_files.every(demo_runs)[-1]


# Pauses


def test_after_a_pause_the_user_may_go_on(cli: Cli, file: File, type_at_terminal: TypeAtTerminal) -> None:
    cli.demo.faults.add(FORBIDDEN, IMPORT, times=1)
    user = type_at_terminal(b"y\ny\n")
    told = apply(cli, file.write("neu1", "neu2"), at_terminal=user)
    assert "The run is paused. Continue? [y/N]" in user.echoed_and_asked
    assert (told.status, told.lines[-1].endswith(": 2 done.")) == (0, True)


def test_after_a_pause_the_user_may_stop(cli: Cli, file: File, type_at_terminal: TypeAtTerminal) -> None:
    cli.demo.faults.add(FORBIDDEN, IMPORT, times=0)
    told = apply(cli, file.write("neu1", "neu2"), at_terminal=type_at_terminal(b"y\nn\n"))
    assert (told.status, told.lines[-1].endswith(": 2 pending.")) == (4, True)
    assert "Paused: This account may not do this" in told.err


def test_failures_that_concern_all_rows_are_not_results_of_rows(cli: Cli, file: File) -> None:
    cli.demo.faults.add(Fault(status=400, id="USER-odd"), IMPORT, times=0)
    told = apply(cli, file.write(*(f"neu{number}" for number in range(30))), "--yes")
    assert (told.status, len(told.lines)) == (4, 3)
    assert told.lines[-1].endswith(": 30 pending.")
    assert "20 rows in a row failed alike" in told.err


def test_every_row_has_an_object_though_the_run_was_paused(cli: Cli, file: File) -> None:
    cli.demo.faults.add(FORBIDDEN, IMPORT, times=0)
    told = apply(cli, file.write("neu1", "neu2", "neu2"), "--yes", "--json")
    assert [(row["line"], row["state"]) for row in rows(told)] == [
        (4, "skipped"),
        (2, "pending"),
        (3, "pending"),
    ]
    assert "2 pending, 1 skipped" in told.err


# What a run tells


def test_a_row_that_fails_is_printed_with_its_reason(cli: Cli, file: File) -> None:
    cli.demo.faults.add(Fault(status=400, id="USER-odd", message="Odd"), IMPORT, times=1)
    told = apply(cli, file.write("neu1"), "--yes")
    assert told.status == 4
    assert [line.split()[:3] for line in told.lines[2:4]] == [
        ["LINE", "USER", "STATE"],
        ["2", "neu1", "failed"],
    ]
    assert "Odd" in told.lines[3]


def test_a_file_that_is_done_sends_nothing_and_is_no_failure(cli: Cli, file: File, demo_runs: Path) -> None:
    path = file.write("neu1")
    apply(cli, path, "--yes")
    again = apply(cli, path)
    assert (again.status, again.lines[-1]) == (0, "Nothing to send: 1 unchanged.")
    assert [(row["userName"], row["state"]) for row in rows(apply(cli, path, "--json"))] == [
        ("neu1", "unchanged")
    ]
    assert len(run_files.every(demo_runs)) == 1
    twice = apply(cli, file.write("neu1", "neu1"))
    assert (twice.status, twice.lines[-1]) == (4, "Nothing to send: 1 unchanged, 1 skipped.")


def test_csv_has_one_header_and_a_line_for_each_row(cli: Cli, file: File) -> None:
    told = apply(cli, file.write("neu1", "neu2", "neu2"), "--yes", "--csv")
    found = {row["line"]: row["state"] for row in csv.DictReader(io.StringIO(told.out))}
    assert found == {"2": "done", "3": "done", "4": "skipped"}


def test_read_only_and_dry_run_begin_no_run(cli: Cli, file: File, demo_runs: Path) -> None:
    path = file.write("neu1")
    told = apply(cli, path, "--yes", "--read-only")
    assert (told.status, "--read-only is on" in told.err) == (2, True)
    dry = apply(cli, path, "--dry-run", "--read-only")
    assert (dry.status, dry.lines[1].split()) == (0, ["create", "1"])
    assert not demo_runs.exists()
    assert cli.demo.store.user_named("neu1") is None


def test_a_server_that_does_not_answer_is_waited_for_in_sight(
    cli: Cli, file: File, monkeypatch: pytest.MonkeyPatch, impatient: None
) -> None:
    monkeypatch.setattr(progress, "SILENT", 0.01)
    cli.demo.faults.add(Fault(status=503), "POST */members", times=1)
    told = apply(cli, file.write("neu1", roles="ORG_USER_MANAGER"), "--yes")
    assert (told.status, told.err.count("The server does not answer; the run waits")) == (0, 1)


def test_the_line_of_progress_has_counts_rate_and_remaining_time() -> None:
    counts = Counter[State]({"done": 30, "failed": 1, "pending": 69, "skipped": 5})
    progress = RunProgress(counts, rate=0.5)
    assert progress_line(progress) == "[######..............] 31 of 100  1 failed  0.5 a second  2 min left"
    silent = RunProgress(counts, rate=0.5, silent=12.0)
    assert progress_line(silent) == "[######..............] 31 of 100  1 failed  no answer for 12 s"


# Plans


def test_what_changed_since_the_plan_is_not_sent(cli: Cli, file: File, tmp_path: Path) -> None:
    plan = str(tmp_path / "plan")
    apply(cli, file.write("neu1"), "--yes")
    path = file.write("neu1", "neu2", roles="ORG_USER_MANAGER")
    assert cli("onboard", "check", path, "--save", plan).status == 0
    user = cli.demo.store.user_named("neu1")
    assert user is not None
    cli.demo.store.remove_user(user, user.id)
    told = apply(cli, path, "--plan", plan, "--yes", "--json")
    assert (told.status, [(row["userName"], row["state"]) for row in rows(told)]) == (
        4,
        [("neu1", "skipped"), ("neu2", "done")],
    )
    assert "Changed since the plan was saved" in rows(told)[0]["sentences"][-1]


def test_a_plan_that_is_not_complete_is_refused(cli: Cli, file: File, tmp_path: Path) -> None:
    plan = tmp_path / "plan"
    path = file.write("neu1", "neu2")
    cli("onboard", "check", path, "--save", str(plan))
    plan.write_text("".join(plan.read_text().splitlines(keepends=True)[:-1]))
    told = apply(cli, path, "--plan", str(plan), "--yes")
    assert (told.status, "not complete" in told.err) == (2, True)


# Runs that are there


@pytest.fixture
def paused(cli: Cli, file: File, demo_runs: Path) -> RunFiles:
    """A run of two rows that is paused."""
    cli.demo.faults.add(FORBIDDEN, IMPORT, times=0)
    apply(cli, file.write("neu1", "neu2"), "--yes")
    cli.demo.faults.clear()
    return newest(demo_runs)


def test_another_account_may_go_on(cli: Cli, paused: RunFiles) -> None:
    cli.use("nobody-bot")
    store = cli.demo.store
    other = store.user_named("nobody-bot")
    assert other is not None
    store.put_member(other.org, other.id, ("ORG_OWNER",), other.id)
    told = cli("onboard", "resume")
    assert (told.status, told.lines[-1].endswith(": 2 done.")) == (0, True)


def test_a_dry_run_of_resume_sends_nothing(cli: Cli, paused: RunFiles) -> None:
    told = cli("onboard", "resume", "--dry-run")
    assert (told.status, told.out) == (0, f"Run {paused.id} of people.csv: 2 pending.\n")
    assert cli("onboard", "resume", "--read-only").status == 2
    assert cli.demo.store.user_named("neu1") is None


def test_a_file_that_was_moved_is_named(cli: Cli, file: File, paused: RunFiles, tmp_path: Path) -> None:
    moved = file.path.rename(tmp_path / "moved.csv")
    gone = cli("onboard", "resume")
    assert (gone.status, "--file FILE" in gone.err) == (2, True)
    assert cli("onboard", "resume", "--file", "-", stdin=moved.read_bytes()).status == 0


def test_the_run_that_a_process_works_on_is_running(cli: Cli, file: File, paused: RunFiles) -> None:
    header = paused.header()
    path = str(file.path)
    cli.demo.faults.add(FORBIDDEN, IMPORT, times=0)
    apply(cli, path, "--yes")
    cli.demo.faults.clear()
    paused.lock(header)
    try:
        states = {one["run"]: one["state"] for one in cli("onboard", "runs", "--json").data}
        assert sorted(states.values()) == ["running", "unfinished"]
        assert states[paused.id] == "running"
        for command in (("resume", paused.id), ("forget", paused.id, "--yes"), ("apply", path, "--yes")):
            told = cli("onboard", *command)
            assert (told.status, f"as run {paused.id}" in told.err) == (2, True)
    finally:
        paused.close()
    assert paused.place.exists()


def test_a_damaged_run_is_listed_and_can_be_forgotten(cli: Cli, paused: RunFiles) -> None:
    (paused.place / "plan.jsonl").write_text("{")
    assert [one["state"] for one in cli("onboard", "runs", "--json").data] == ["damaged"]
    assert "damaged" in cli("onboard", "runs").out
    told = cli("onboard", "show")
    assert (told.status, "is damaged" in told.err) == (2, True)
    assert cli("onboard", "forget", "--yes").status == 0
    assert cli("onboard", "runs", "--json").data == []


def test_rows_are_filtered_by_state(cli: Cli, file: File) -> None:
    cli.demo.faults.add(Fault(status=400, id="USER-odd"), IMPORT, times=1)
    apply(cli, file.write("neu1", "neu2", "neu2"), "--yes")
    wanted = ("--state", "failed", "--state", "skipped")
    assert {row["state"] for row in cli("onboard", "show", *wanted, "--json").data} == {"failed", "skipped"}
    assert cli("onboard", "show", "--state", "wrong").status == 2


def test_a_table_of_rows_says_what_waits(cli: Cli, file: File) -> None:
    apply(cli, file.write("neu1", roles="ORG_USER_MANAGER", link="yes"), "--yes")
    told = cli("onboard", "show")
    assert "link until 20" in told.lines[1]
    assert "ORG_USER_MANAGER" in told.lines[1]
    assert "https://" not in told.out + told.err


def test_without_a_failed_row_no_file_is_written(cli: Cli, file: File, tmp_path: Path) -> None:
    apply(cli, file.write("neu1"), "--yes")
    told = cli("onboard", "show", "--failed", str(tmp_path / "failed.csv"))
    assert (told.status, "No row failed" in told.err) == (0, True)
    assert not (tmp_path / "failed.csv").exists()


def test_failed_rows_come_with_the_command_that_applies_them(cli: Cli, file: File, tmp_path: Path) -> None:
    """With all options of the run: what they say is what the file's options were."""
    given = [
        *(
            "--map=roles=ignore",
            "--role=ORG_USER_MANAGER",
            "--role=ORG_OWNER_VIEWER",
            "--grant=CRM:reports.export",
        ),
        *("--encoding=utf-8", "--username={first}.{last}", "--language=de", "--use=hash"),
        *("--verifiers=argon2,pbkdf2", "--on-conflict=roles", "--rate=12.5", "--parallel=4"),
        *("--passkey-link", "--generate-password", "--email-not-verified", "--phone-verified"),
        *("--no-change-required", "--allow-published-hash", "--force"),
    ]
    path = file.write("neu1", "neu1")
    applied = apply(cli, path, "--yes", *given)
    assert applied.status == 4, applied.err
    failed = str(tmp_path / "to correct.csv")
    told = cli("onboard", "show", "--failed", failed)
    assert told.status == 0, told.err
    command = told.err.split("Correct it, then: zitadel-tui onboard apply ")[1]
    assert sorted(shell_words(command.strip())) == sorted([failed, *given])


# Links


@pytest.fixture
def lost(cli: Cli, file: File, demo_runs: Path) -> RunFiles:
    """A run whose links are lost: all that was to be handed over is gone."""
    apply(cli, file.write("neu1", "neu2", link="yes"), "--yes")
    files = newest(demo_runs)
    files.hand_over.path.unlink()
    return files


def test_links_are_made_again_recorded_and_kept(cli: Cli, lost: RunFiles) -> None:
    assert cli("onboard", "links", "--dry-run").out.startswith("2 users of run ")
    made = cli("onboard", "links", "--json").data
    assert [(one["userName"], one["result"]) for one in made] == [("neu1", "done"), ("neu2", "done")]
    kept = lost.hand_over.read()
    assert [line.user_name for line in kept.values()] == ["neu1", "neu2"]
    recorded = lost.link_journal.path.read_text()
    assert recorded.count("make passkey link") == 2
    assert not any(line.link in recorded for line in kept.values())
    assert cli("onboard", "runs", "--json").data[0]["state"] == "ended"


def test_a_link_that_is_lost_again_is_not_made(cli: Cli, lost: RunFiles) -> None:
    cli.demo.faults.add(Fault("withheld", status=504), "POST */passwordless/_link", times=1)
    told = cli("onboard", "links", "--csv")
    assert (told.status, "error: 1 of 2 links could not be created." in told.err) == (4, True)
    results = sorted(row["result"] for row in csv.DictReader(io.StringIO(told.out)))
    assert results == ["done", "not done"]
    assert cli("onboard", "links").lines == [f"A passkey link for {_other(lost)} was created."]


def _other(files: RunFiles) -> str:
    """The user who got a link last."""
    return list(files.hand_over.read().values())[-1].user_name


def test_without_the_right_no_further_link_is_asked_for(cli: Cli, lost: RunFiles) -> None:
    cli.demo.faults.add(FORBIDDEN, "POST */passwordless/_link", times=0)
    told = cli("onboard", "links")
    assert (told.status, "2 of 2 links could not be created" in told.err) == (4, True)
    assert cli("onboard", "links", "--read-only").status == 2
