"""Questions on the controlling terminal, also ended by Ctrl-C, and what is recorded."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_process import COMMAND, PATIENCE, ROOT
from tests.served import ServedDemo
from tests.tui.driver.terminal_session import Session

PROGRAM = COMMAND[1:]
ADA = ("users", "import", "--first-name", "Ada", "--last-name", "L", "--email", "ada.l@acme.example")
SECRET = b"Sup3r-Secret!"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedDemo]:
    with ServedDemo(tmp_path) as demo:
        yield demo


class Room:
    """A folder with the settings of a server, and a state directory of its own."""

    def __init__(self, served: ServedDemo) -> None:
        self.served = served
        self.state = served.directory / "state"
        self.env_file = str(served.directory / ".env")

    @property
    def environment(self) -> dict[str, str]:
        return {"XDG_STATE_HOME": str(self.state), "PYTHONPATH": str(ROOT)}

    def at_terminal(self, *arguments: str, stdin: bytes | None = None) -> Session:
        words = [*PROGRAM, "--env-file", self.env_file, *arguments]
        return Session(words, stdin=stdin, env=self.environment)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, "--env-file", self.env_file, *arguments],
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def is_member(self, login: str) -> bool:
        user = self.served.demo.store.user_named(login)
        assert user is not None
        return self.served.demo.store.members[user.org].get(user.id) is not None

    @property
    def journal(self) -> list[dict[str, object]]:
        file = self.state / "zitadel-tui" / "journal.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def room(served: ServedDemo) -> Room:
    return Room(served)


def test_a_removal_is_confirmed_and_recorded(room: Room) -> None:
    with room.at_terminal("members", "remove", "settings-bot") as session:
        asked = session.wait_for(b"[y/N] ")
        assert b"Remove settings-bot from the members; they have ORG_SETTINGS_MANAGER." in asked
        assert room.is_member("settings-bot")
        session.send(b"y\r")
        session.wait_for(b"settings-bot is no longer a member.")
        assert session.wait_for_end() == 0
    assert not room.is_member("settings-bot")
    assert [entry.get("outcome") for entry in room.journal] == [None, "done"]


def test_ctrl_c_at_the_question_sends_nothing(room: Room) -> None:
    with room.at_terminal("members", "remove", "settings-bot") as session:
        session.wait_for(b"[y/N] ")
        session.send(b"\x03")
        session.wait_for(b"Interrupted; nothing was changed.")
        assert session.wait_for_end() == 130
        assert b"Traceback" not in session.output
    assert room.is_member("settings-bot")
    assert room.journal == []


def test_ctrl_c_at_the_password_leaves_the_terminal_as_it_was(room: Room) -> None:
    with room.at_terminal(*ADA, "--ask-password") as session:
        session.wait_for(b"Password: ")
        session.send(b"half\x03")
        assert session.wait_for_end() == 130
        assert b"half" not in session.output
        assert session.attributes() == session.attributes_before
    assert room.served.demo.store.user_named("ada.l") is None


def test_a_password_is_typed_unseen_while_the_key_is_piped_in(room: Room) -> None:
    key = (room.served.directory / "client-key-file.json").read_bytes()
    arguments = ("--key-file", "-", "--domain", room.served.origin)
    with Session([*PROGRAM, *arguments, *ADA, "--ask-password"], stdin=key, env=room.environment) as session:
        said = session.wait_for(b"Password: ")
        session.send(SECRET + b"\r")
        said += session.wait_for(b"Repeat it: ")
        session.send(SECRET + b"\r")
        said += session.wait_for(b"was created")
        assert session.wait_for_end() == 0
        assert SECRET not in said + session.output
    assert room.served.demo.store.user_named("ada.l") is not None
    assert SECRET.decode() not in json.dumps(room.journal)


def test_without_a_terminal_nothing_waits(room: Room) -> None:
    for arguments in (("members", "remove", "settings-bot"), (*ADA, "--ask-password")):
        done = room.run(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert "there is no terminal" in done.stderr.lower()
    assert room.is_member("settings-bot")


def test_what_cannot_be_recorded_is_not_sent(room: Room) -> None:
    room.state.write_text("in the way")
    done = room.run("members", "remove", "settings-bot", "--yes")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the record of changes" in done.stderr
    assert room.is_member("settings-bot")


def test_no_generated_password_or_link_is_recorded(room: Room) -> None:
    done = room.run(*ADA, "--generate-password", "--passkey-link", "--role", "ORG_OWNER", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    recorded = json.dumps(room.journal)
    assert told["userId"] in recorded
    assert told["password"] not in recorded
    assert told["passwordlessRegistration"]["link"] not in recorded
