"""Interrupted processes of ``onboard``: nothing is lost, and no user is created twice."""

import contextlib
import json
import signal
import subprocess
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_process import COMMAND
from tests.cli.test_signals import Commands, commands, ended
from tests.tui.driver.terminal_session import Session

assert commands  # the fixture

IMPORT = "POST /management/v1/users/human/_import"
MEMBER = "POST /management/v1/orgs/me/members"
NAMES = [f"neu{number}" for number in range(60)]


@pytest.fixture
def people(tmp_path: Path) -> str:
    path = tmp_path / "people.csv"
    rows = [f"{name},A,B,{name}@new.test,yes,ORG_USER_MANAGER,yes\n" for name in NAMES]
    path.write_text("userName,firstName,lastName,email,emailVerified,roles,passkeyLink\n" + "".join(rows))
    return str(path)


def created(commands: Commands) -> Counter[str]:
    """How many users have each of the names of the file."""
    names = (user.user_name for user in commands.served.demo.store.users.values())
    return Counter(name for name in names if name in NAMES)


def shown(commands: Commands) -> dict[str, dict[str, Any]]:
    """The rows of the run, by user name."""
    status, out, err = ended(commands.start("onboard", "show", "--json"))
    assert status == 0, err
    return {row["userName"]: row for row in json.loads(out)}


def resumed_to_the_end(commands: Commands) -> None:
    """Going on, in another process, does the rest, each row once."""
    status, out, err = ended(commands.start("onboard", "resume"))
    assert (status, out.splitlines()[-1].endswith(": 60 done.")) == (0, True), (out, err)
    assert created(commands) == dict.fromkeys(NAMES, 1)
    store = commands.served.demo.store
    for row in shown(commands).values():
        member = store.members[store.default_org].get(row["userId"])
        assert member is not None
        assert member.roles == ("ORG_USER_MANAGER",)


def test_only_one_process_works_on_a_file_and_a_hangup_ends_it_in_order(
    commands: Commands, people: str
) -> None:
    process = commands.held_at(IMPORT, "onboard", "apply", people, "--yes")
    run = json.loads(ended(commands.start("onboard", "runs", "--json"))[1])[0]
    assert run["state"] == "running"
    status, _, err = ended(commands.start("onboard", "apply", people, "--yes"))
    assert (status, f"as run {run['run']}" in err) == (2, True)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)  # impatience of a service manager ends nothing
    assert process.stderr is not None
    said = process.stderr.readline()
    while "Nothing more is sent" not in said:
        said = process.stderr.readline()
    commands.gate.open.set()
    status, out, err = ended(process)
    assert status == 128 + signal.SIGHUP
    rows = shown(commands)
    states = Counter(row["state"] for row in rows.values())
    assert states["pending"] >= 60 - 20
    assert {name for name, row in rows.items() if row["created"]} == set(created(commands))
    assert out.splitlines()[-1].endswith(f"{states['pending']} pending.")
    assert "zitadel-tui onboard resume 20" in err
    resumed_to_the_end(commands)


def test_a_second_ctrl_c_ends_at_once_and_resume_finds_what_was_sent(commands: Commands, people: str) -> None:
    process = commands.held_at(IMPORT, "onboard", "apply", people, "--yes")
    while process.poll() is None:  # of two that come at once the system delivers one
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
    status, _, err = ended(process)
    assert (status, "Ended at once" in err) == (130, True)
    assert {row["state"] for row in shown(commands).values()} == {"unknown", "pending"}
    commands.gate.open.set()
    resumed_to_the_end(commands)


def test_killed_before_an_answer_between_two_steps_and_while_resuming_it_does_the_rest(
    commands: Commands, people: str
) -> None:
    """What had left when it was killed reaches the server afterwards."""
    process = commands.held_at(IMPORT, "onboard", "apply", people, "--yes")
    for call in (MEMBER, IMPORT):
        process.kill()
        process.wait(20)
        assert {row["state"] for row in shown(commands).values()} >= {"pending"}
        commands.gate.open.set()
        commands.gate.open, commands.gate.arrived = threading.Event(), threading.Event()
        process = commands.held_at(call, "onboard", "resume")
    process.kill()
    process.wait(20)
    commands.gate.open.set()
    commands.gate.call = ""
    resumed_to_the_end(commands)


def test_at_a_terminal_one_line_shows_the_progress(
    commands: Commands, people: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(commands.state))
    words = [*COMMAND[1:], "--env-file", str(commands.served.directory / ".env")]
    with Session([*words, "onboard", "apply", people]) as session:
        session.wait_for(b"Continue? [y/N] ")
        commands.gate.call = IMPORT
        session.send(b"y\n")
        session.wait_for(b"[....................] 0 of 60")
        session.process.send_signal(signal.SIGINT)
        session.wait_for(b"Nothing more is sent")
        commands.gate.open.set()
        assert session.wait_for_end() == 130
        assert b"To resume: zitadel-tui --env-file" in session.output
        assert session.attributes() == session.attributes_before
    resumed_to_the_end(commands)
