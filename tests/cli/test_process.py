"""Commands as processes: the seed's ``.env``, pipes, signals, the embedded server."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import RequestLog
from tests.served import ServedDemo
from zitadel_tui.demo.faults import Fault

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "zitadel_tui")
PATIENCE = 60.0  # seconds; a bound, never waited for


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedDemo]:
    demo = ServedDemo(tmp_path, size=3000)
    demo.demo.app = RequestLog(demo.demo)
    with demo:
        yield demo


def run(*arguments: str, folder: Path, piped: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=folder, input=piped, capture_output=True, timeout=PATIENCE, check=False
    )
    done.stderr = in_time(done.stderr)
    return done


def in_time(said: bytes) -> bytes:
    """What is on stderr, save that a busy machine answers late."""
    lines = said.splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(b"note: Waiting for "))


def test_the_seeds_env_needs_no_option_and_two_requests(served: ServedDemo, tmp_path: Path) -> None:
    done = run("members", "list", "--role", "ORG_OWNER", "--json", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert all("ORG_OWNER" in member["roles"] for member in json.loads(done.stdout))
    assert isinstance(served.demo.app, RequestLog)
    members = "POST /management/v1/orgs/me/members/_search"
    assert served.demo.app.requests[:2] == ["POST /oauth/v2/token", members]
    assert set(served.demo.app.requests[2:]) <= {members}


def test_read_only_can_be_set_for_all_commands(
    served: ServedDemo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZITADEL_READ_ONLY", "1")
    done = run("members", "add", "nobody-bot", "ORG_OWNER", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"ZITADEL_READ_ONLY" in done.stderr
    assert isinstance(served.demo.app, RequestLog)
    assert served.demo.app.requests == []


def test_a_key_can_be_piped_in(served: ServedDemo, tmp_path: Path) -> None:
    key = (tmp_path / "client-key-file.json").read_bytes()
    done = run("token", "--key-file", "-", "--domain", served.origin, folder=tmp_path, piped=key)
    assert done.returncode == 0
    assert len(done.stdout.split()) == 1


def head(*arguments: str, folder: Path, enough: int) -> tuple[int, bytes]:
    """Reads ``enough`` bytes of stdout and closes it: the status, and what is on stderr."""
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert len(process.stdout.read(enough)) == enough
    process.stdout.close()
    with process.stderr:
        said = in_time(process.stderr.read())
    return process.wait(PATIENCE), said


@pytest.mark.parametrize(
    "arguments", [("members", "list", "--json"), ("members", "list"), ("--help",)], ids=" ".join
)
def test_a_reader_of_only_the_beginning_gets_it_quietly(
    served: ServedDemo, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    assert head(*arguments, folder=tmp_path, enough=10) == (0, b"")


def test_what_a_write_came_to_is_reported_even_if_nobody_reads_stdout(
    served: ServedDemo, tmp_path: Path
) -> None:
    body = {
        "userName": "unread",
        "profile": {"firstName": "Un", "lastName": "Read"},
        "email": {"email": "unread@acme.example"},
    }
    (tmp_path / "body.json").write_text(json.dumps(body))
    served.demo.faults.add(
        Fault("status", 403, "No matching permissions found"), "POST /management/v1/orgs/me/members"
    )
    arguments = ("users", "import", "--from", "body.json", "--role", "ORG_OWNER")
    status, said = head(*arguments, folder=tmp_path, enough=0)
    assert status == 4
    assert b"To finish" in said


def test_a_locale_without_unicode_gets_what_it_can_show(served: ServedDemo, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [*COMMAND, "users", "find", "Zoë"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, in_time(done.stderr)) == (0, b"")
    assert b"Zo? " in done.stdout


def test_the_app_without_a_terminal_ends_with_usage(tmp_path: Path) -> None:
    done = run(folder=tmp_path)
    assert done.returncode == 2
    assert b"zitadel-tui members list" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_is_served_until_it_is_stopped(tmp_path: Path, number: int) -> None:
    folder = tmp_path / "demo"
    process = subprocess.Popen(
        [*COMMAND, "demo", "serve", str(folder)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    said = ""
    while said.count("curl ") < 4:
        line = process.stdout.readline()
        assert line, said
        said += line
    address = re.search(r"http://127\.0\.0\.1:\d+", said)
    assert address, said
    with urllib.request.urlopen(f"{address[0]}/debug/healthz", timeout=PATIENCE) as answer:
        assert answer.status == 200
    assert stat.S_IMODE((folder / "client-key-file.json").stat().st_mode) == 0o600
    assert run("whoami", folder=folder).returncode == 0
    process.send_signal(number)
    _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")
