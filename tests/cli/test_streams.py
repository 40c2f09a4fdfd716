"""Streams that cannot be written, read, or that no one reads: no result of a write is lost."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_process import COMMAND, PATIENCE, ROOT
from tests.served import ServedDemo

ADA = ("--first-name", "Ada", "--last-name", "Lovelace", "--email", "ada.l@acme.example")
IMPORT = ("users", "import", *ADA, "--generate-password")
FULL = Path("/dev/full")


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedDemo]:
    with ServedDemo(tmp_path) as demo:
        yield demo


def run(*arguments: str, folder: Path, to: str) -> subprocess.CompletedProcess[str]:
    """``to`` is what the shell does with the streams."""
    line = f'exec "$@" {to}'
    return subprocess.run(
        ["sh", "-c", line, "sh", *COMMAND, *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def unread(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Stdout is a pipe without a reader."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=folder,
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    finally:
        os.close(writer)


@pytest.mark.parametrize("form", [(), ("--json",), ("--csv",)], ids=["table", "json", "csv"])
@pytest.mark.parametrize("how", ["full", "closed", "unread"])
def test_a_result_that_cannot_be_printed_is_reported_with_the_id(
    served: ServedDemo, tmp_path: Path, how: str, form: tuple[str, ...]
) -> None:
    arguments = (*IMPORT, "--role", "ORG_OWNER_VIEWER", *form)
    if how == "unread":
        done = unread(*arguments, folder=tmp_path)
    else:
        done = run(*arguments, folder=tmp_path, to=f">{FULL}" if how == "full" else ">&-")
    user = served.demo.store.user_named("ada.l")
    assert user is not None
    assert done.returncode == 4
    assert "error: The result could not be written to stdout: " in done.stderr
    assert f"was created with id {user.id}" in done.stderr
    assert "now a member with ORG_OWNER_VIEWER" in done.stderr
    assert f"users link {user.id}" in done.stderr
    assert "Password: " not in done.stderr
    assert "Traceback" not in done.stderr


def test_every_kind_of_write_is_reported(served: ServedDemo, tmp_path: Path) -> None:
    changes = (
        (("members", "add", "nobody-bot", "ORG_OWNER"), "is now a member with ORG_OWNER"),
        (("members", "remove", "nobody-bot", "--yes"), "nobody-bot"),
        (("users", "link", "nobody-bot"), "Run it again for user"),
    )
    for arguments, told in changes:
        done = run(*arguments, folder=tmp_path, to=f">{FULL}")
        assert done.returncode == 4
        assert "could not be written" in done.stderr
        assert told in done.stderr
        assert "userID=" not in done.stderr  # of the link


@pytest.mark.parametrize("to", [f">{FULL}", ">&-"])
@pytest.mark.parametrize("arguments", [("members", "list"), ("token", "--json"), ("completion", "bash")])
def test_data_that_cannot_be_printed_is_no_success(
    served: ServedDemo, tmp_path: Path, arguments: tuple[str, ...], to: str
) -> None:
    done = run(*arguments, folder=tmp_path, to=to)
    assert done.returncode == 4
    assert done.stderr.startswith("error: The output could not be written to stdout: ")


@pytest.mark.parametrize("to", ["2>/dev/full", "2>&-"])
def test_messages_that_cannot_be_printed_stop_nothing(served: ServedDemo, tmp_path: Path, to: str) -> None:
    done = run(*IMPORT, "--json", folder=tmp_path, to=to)
    assert done.returncode == 0
    assert json.loads(done.stdout)["password"]
    assert run("members", "lst", folder=tmp_path, to=to).returncode == 2


@pytest.mark.parametrize("closed", ["0", "1", "2", "1 2", "0 1 2"])
def test_closed_streams_are_no_crash(tmp_path: Path, closed: str) -> None:
    to = " ".join(f"{number}>&-" for number in closed.split())
    done = run("--demo", "users", "import", "--from", "-", folder=tmp_path, to=to)
    assert done.returncode == 2
    assert "Traceback" not in done.stdout + done.stderr
    assert (done.stdout, bool(done.stderr)) == ("", "2" not in closed)
