"""The demo behind a socket, and the files it leaves."""

import json
import re
import shlex
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.served import ServedDemo
from zitadel_tui.demo import serve
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.server import Demo

SEED_ENV = """\
CLIENT_PRIVATE_KEY_FILE_PATH = "client-key-file.json"
PROJECT_ID="zitadel"
ZITADEL_DOMAIN = "{0}"
ZITADEL_TOKEN_URL = "{0}/oauth/v2/token"
"""
ROOT = Path(__file__).parents[2]
PROGRAM = """\
import pathlib, sys
sys.path.insert(0, "")
from zitadel_tui.demo.serve import serve
serve(pathlib.Path(sys.argv[1]), port=0, announce=lambda text: print(text, flush=True))
"""


def test_it_answers_and_leaves_the_seeds_files(tmp_path: Path) -> None:
    with ServedDemo(tmp_path / "new") as served:
        assert (served.directory / ".env").read_text() == SEED_ENV.format(served.origin)
        key = served.directory / "client-key-file.json"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert {"type", "keyId", "key", "userId"} <= set(json.loads(key.read_text()))
        with httpx.Client(base_url=served.origin) as client:
            issuer = client.get("/.well-known/openid-configuration").json()["issuer"]
            assert issuer == served.origin
            headers = {"Authorization": f"Bearer {served.demo.access_token()}"}
            answers = [
                client.post("/management/v1/orgs/me/members/_search", headers=headers) for _ in range(3)
            ]
        assert [answer.status_code for answer in answers] == [200] * 3
        assert len(answers[0].headers.get_list("date")) == 1
        port = served.origin.rpartition(":")[2]
        assert httpx.get(f"http://localhost:{port}/management/v1/healthz").status_code == 404


def test_a_client_that_waits_for_ever_does_not_hold_it_up(tmp_path: Path) -> None:
    with ServedDemo(tmp_path) as served:
        served.demo.faults.add(Fault("hang"))
        headers = {"Authorization": f"Bearer {served.demo.access_token()}"}
        body = {"userName": "robot", "name": "Robot"}
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                f"{served.origin}/management/v1/users/machine", json=body, headers=headers, timeout=0.3
            )
        assert served.demo.store.user_named("robot")


def test_a_second_demo_takes_the_place_of_the_first(tmp_path: Path) -> None:
    with ServedDemo(tmp_path):
        pass
    with ServedDemo(tmp_path) as served:
        assert served.origin in (tmp_path / ".env").read_text()


@pytest.mark.parametrize("name", [".env", "client-key-file.json"])
def test_it_does_not_replace_a_file_that_is_not_its_own(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('ZITADEL_DOMAIN = "https://zitadel.company.example"\n')
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(serve.CannotServe, match=rf"{re.escape(name)} was not written by a demo"):
        serve.write_files(tmp_path, Demo())
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout
        told = ""
        while told.count("curl ") < 4 and (line := process.stdout.readline()):
            told += line
        found = re.search(r"http://127\.0\.0\.1:\d+", told)
        assert found, process.communicate()
        assert httpx.get(f"{found[0]}/debug/ready").text == '"ok"'
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert errors == ""
    assert "zitadel-tui token" in told


def _refused(directory: Path, port: int = 0) -> tuple[str, str]:
    """What is said where nothing can be served, and what to do."""
    announced: list[str] = []
    with pytest.raises(serve.CannotServe) as caught:
        serve.serve(directory, port=port, announce=announced.append)
    assert announced == []
    return str(caught.value), caught.value.advice


def test_a_port_that_is_in_use_is_named(tmp_path: Path) -> None:
    listener = serve.listen("127.0.0.1", 0)
    try:
        port = listener.getsockname()[1]
        message, advice = _refused(tmp_path, port)
    finally:
        listener.close()
    assert message == f"Port {port} of 127.0.0.1 cannot be used: address already in use."
    assert "--port" in advice
    assert list(tmp_path.iterdir()) == []


def _is_file(path: Path) -> Path:
    path.write_text("x")
    return path


def _has_directories_for_files(path: Path) -> Path:
    (path / ".env").mkdir(parents=True)
    return path


def _has_a_link_to_nowhere(path: Path) -> Path:
    path.mkdir()
    (path / ".env").symlink_to(path / "missing" / "file")
    return path


def _links_to_itself(path: Path) -> Path:
    path.symlink_to(path)
    return path


@pytest.mark.parametrize(
    "made",
    [
        _is_file,
        lambda path: _is_file(path) / "below",
        _has_directories_for_files,
        _has_a_link_to_nowhere,
        _links_to_itself,
        lambda path: path / ("x" * 300),
        lambda path: Path("/proc/self") / path.name,
        lambda path: Path(f"{path}\x00"),
    ],
)
def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path, made: Callable[[Path], Path]) -> None:
    directory = made(tmp_path / "demo")
    message, advice = _refused(directory)
    assert message.startswith(str(directory))
    assert len(message.splitlines()) == 1
    assert message.endswith(".")
    assert advice == "Choose another directory."


@pytest.mark.parametrize("name", ["new\nline", "esc\x1b]0;title\x07", "bad\udcff", "-rf", "a b'c\"d", "~"])
def test_a_directory_of_any_name_is_served(tmp_path: Path, name: str) -> None:
    with ServedDemo(tmp_path / name) as served:
        assert (served.directory / ".env").read_text() == SEED_ENV.format(served.origin)
        line = serve.advice(served.directory, served.origin).split("\n\n")[1]
    assert shlex.split(line) == ["cd", str(tmp_path / name), "&&", "zitadel-tui"]


def test_without_the_extra_one_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    message, advice = _refused(tmp_path)
    assert message == "The demo needs an HTTP server to be served."
    assert "'.[serve]'" in advice
    assert "pipx inject zitadel-tui hypercorn" in advice
    assert list(tmp_path.iterdir()) == []
