"""Signals, to real processes: each ends a command with 128 + its number, and no write is lost or repeated."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_process import COMMAND, PATIENCE, ROOT
from tests.journal_lines import read
from tests.served import ServedDemo
from tests.tui.driver.terminal_session import Session
from zitadel_tui.core import journal
from zitadel_tui.core.journal import Record

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
ADD = "POST /management/v1/orgs/me/members"
MEMBERS = "POST /management/v1/orgs/me/members/_search"
ROLES = "POST /management/v1/orgs/members/roles/_search"
WRITE = ("members", "add", "nobody-bot", "ORG_OWNER_VIEWER")


class Gate:
    """The demo's application; one request waits until it is let through."""

    def __init__(self, served: ServedDemo) -> None:
        self.call = ""
        self.arrived, self.open = threading.Event(), threading.Event()
        self._app = served.demo.app
        served.demo.app = self

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        import asyncio

        if f"{scope['method']} {scope['path']}" == self.call:
            self.arrived.set()
            await asyncio.to_thread(self.open.wait, PATIENCE)
        await self._app(scope, receive, send)


class Commands:
    """A served demo, a state directory, and processes that are running there."""

    def __init__(self, served: ServedDemo) -> None:
        self.served = served
        self.gate = Gate(served)
        self.started: list[subprocess.Popen[str]] = []
        self.state = served.directory / "state"

    def start(self, *arguments: str, shell: str = "") -> subprocess.Popen[str]:
        """``shell`` is done before, in the shell that becomes the command."""
        words = ["sh", "-c", f'{shell} exec "$@"', "sh", *COMMAND, *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(self.state)}
        process = subprocess.Popen(
            words,
            cwd=self.served.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def held_at(self, call: str, *arguments: str, shell: str = "") -> subprocess.Popen[str]:
        """Running, and waiting for the answer to ``call``."""
        self.gate.call = call
        process = self.start(*arguments, shell=shell)
        until = time.monotonic() + PATIENCE
        while not self.gate.arrived.wait(0.05):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
        return process

    @property
    def is_member(self) -> bool:
        user = self.served.demo.store.user_named("nobody-bot")
        assert user is not None
        return self.served.demo.store.members[user.org].get(user.id) is not None

    @property
    def outcomes(self) -> list[str | None]:
        path = self.state / "zitadel-tui" / journal.FILE_NAME
        return [record.outcome for record in read(path) if isinstance(record, Record)]


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    served = ServedDemo(tmp_path)
    commands = Commands(served)
    with served:
        yield commands
        commands.gate.open.set()
        for process in commands.started:
            process.kill()
            process.communicate()


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_reading_ends_at_once(commands: Commands, number: signal.Signals) -> None:
    process = commands.held_at(MEMBERS, "members", "list")
    process.send_signal(number)
    status, out, err = ended(process)
    assert (status, out) == (128 + number, "")
    assert err.startswith("error: Interrupted")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_a_change_that_still_reads_is_not_sent(commands: Commands, number: signal.Signals) -> None:
    process = commands.held_at(ROLES, *WRITE)
    process.send_signal(number)
    status, out, err = ended(process)
    assert (status, out) == (128 + number, "")
    assert "nothing was changed" in err
    commands.gate.open.set()
    assert (commands.is_member, commands.outcomes) == (False, [])


@pytest.mark.parametrize("number", ENDING)
def test_a_write_in_flight_is_finished_recorded_and_reported(
    commands: Commands, number: signal.Signals
) -> None:
    process = commands.held_at(ADD, *WRITE)
    process.send_signal(number)
    if number != signal.SIGINT:
        process.send_signal(number)  # impatience of a service manager ends nothing
    commands.gate.open.set()
    status, out, _ = ended(process)
    assert status == 128 + number
    assert out == "nobody-bot is now a member with ORG_OWNER_VIEWER.\n"
    assert (commands.is_member, commands.outcomes) == (True, [None, journal.DONE])


def test_of_several_users_what_was_sent_ends_and_each_has_a_result(commands: Commands) -> None:
    store = commands.served.demo.store
    org, members = store.default_org, store.members[store.default_org]
    outsiders = [one.id for one in store.users.values() if one.org == org and members.get(one.id) is None]
    ids = outsiders[:6]
    named = [part for one in ids for part in ("--user", one)]
    process = commands.held_at(ADD, "members", "add", *named, "ORG_OWNER_VIEWER", "--json")
    process.send_signal(signal.SIGINT)
    commands.gate.open.set()
    status, out, _ = ended(process)
    results = {one["userId"]: one["result"] for one in json.loads(out)}
    assert (status, list(results)) == (130, ids)
    assert {user for user in ids if members.get(user) is not None} == {
        user for user, result in results.items() if result == "done"
    }
    assert results[ids[-1]] == "not sent"
    assert "done" in results.values()


def test_an_undo_that_is_interrupted_is_finished_by_the_next_one(commands: Commands) -> None:
    store = commands.served.demo.store
    names = ("ada.new", "bob.new", "cat.new")
    lines = [f"{name},{name}@new.example,A,New,ORG_OWNER_VIEWER" for name in names]
    header = "user name,email,first name,last name,roles"
    (commands.served.directory / "users.csv").write_text("\n".join([header, *lines, ""]))
    assert ended(commands.start("onboard", "apply", "users.csv", "--yes"))[0] == 0
    (run,) = json.loads(ended(commands.start("onboard", "runs", "--json"))[1])
    undo = ("undo", "--run", run["run"], "--delete-users", "--yes")
    ids = [user.id for name in names if (user := store.user_named(name))]
    process = commands.held_at(f"DELETE /management/v1/orgs/me/members/{ids[-1]}", *undo)
    process.send_signal(signal.SIGINT)
    commands.gate.open.set()
    status, out, err = ended(process)
    assert status == 130
    assert "cat.new is no longer a member" in out
    assert "hint: Run the command again" in err
    assert all(store.users.get(one) is not None for one in ids), "no user before all roles are gone"
    assert ended(commands.start(*undo))[0] == 0
    assert [store.users.get(one) for one in ids] == [None] * 3


def test_a_second_ctrl_c_waits_for_nothing(commands: Commands) -> None:
    process = commands.held_at(ADD, *WRITE)
    while process.poll() is None:  # of two that come at once the system delivers one
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
    status, out, err = ended(process)
    assert (status, out) == (130, "")
    assert "A change may have been made: check before you repeat it." in err
    assert commands.outcomes == [None]  # the intent, which says what was under way


@pytest.mark.parametrize("ignored", ["INT QUIT", "HUP"])
def test_what_was_ignored_from_the_start_stays_so_and_term_is_honoured(
    commands: Commands, ignored: str
) -> None:
    process = commands.held_at(ADD, *WRITE, shell=f"trap '' {ignored};")
    for name in ignored.split():
        process.send_signal(signal.Signals[f"SIG{name}"])
    process.send_signal(signal.SIGTERM)
    commands.gate.open.set()
    status, out, _ = ended(process)
    assert (status, commands.is_member) == (143, True)
    assert "is now a member" in out


def test_ignored_signals_alone_change_nothing(commands: Commands) -> None:
    process = commands.held_at(ADD, *WRITE, shell="trap '' INT;")
    process.send_signal(signal.SIGINT)
    commands.gate.open.set()
    assert ended(process)[0] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_waiting_for_a_server_that_is_down_ends_at_once(commands: Commands, number: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        options = ("--domain", address, "--key-file", "client-key-file.json", "--timeout", "600")
        process = commands.start(*options, "members", "list")
        listener.settimeout(PATIENCE)
        listener.accept()[0].close()
    begun = time.monotonic()
    process.send_signal(number)
    status, out, _ = ended(process)
    assert (status, out) == (128 + number, "")
    assert time.monotonic() - begun < 10


def test_a_key_that_never_comes_through_its_pipe_keeps_nobody(commands: Commands) -> None:
    pipe = commands.served.directory / "key"
    os.mkfifo(pipe)
    options = ("--domain", commands.served.origin, "--key-file", str(pipe))
    process = commands.start(*options, "members", "list")
    writer = os.open(pipe, os.O_WRONLY)  # returns as soon as it is being read
    process.send_signal(signal.SIGTERM)
    status, out, _ = ended(process)
    os.close(writer)
    assert (status, out) == (143, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_during_a_question_leaves_the_terminal_as_it_was(
    commands: Commands, number: signal.Signals
) -> None:
    ada = ("users", "import", "--first-name", "Ada", "--last-name", "L", "--email", "ada.l@acme.example")
    words = [*COMMAND[1:], "--env-file", str(commands.served.directory / ".env")]
    with Session([*words, *ada, "--ask-password"]) as session:
        session.wait_for(b"Password: ")
        session.send(b"half")
        session.process.send_signal(number)
        assert session.wait_for_end() == 128 + number
        assert b"half" not in session.output
        assert session.attributes() == session.attributes_before
    with Session([*words, "members", "remove", "settings-bot"]) as session:
        session.wait_for(b"[y/N] ")
        session.process.send_signal(number)
        assert session.wait_for_end() == 128 + number
        assert b"nothing was changed" in session.output
