"""Every test runs on a clean machine: an empty home and folder, nothing of ours in the environment."""

import gc
import itertools
import os
import signal
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests import examples
from zitadel_tui.zitadel import pem

assert examples  # chooses the profile before any test module is imported

for _ignored in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    # in the background of a script, or under nohup, all that tests start would ignore them, too
    if signal.getsignal(_ignored) is signal.SIG_IGN:
        signal.signal(_ignored, signal.default_int_handler if _ignored == signal.SIGINT else signal.SIG_DFL)

os.environ["TEXTUAL_ANIMATIONS"] = "none"  # Textual reads it once, when it is imported

_OURS = ("ZITADEL_", "CLIENT_", "PROJECT_ID", "XDG_")
_FOREIGN = frozenset(
    {
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"),
        *("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLORTERM", "COLUMNS", "LINES"),
        *("TMUX", "STY", "SSH_TTY", "SSH_CONNECTION"),
    }
)
_machines = itertools.count()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Here, because pytest reads options only from the conftest of the folder it is given."""
    parser.addoption(
        "--server", metavar="ENV_FILE", help="the server tests/live runs against; default: the served demo"
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is collected and imported lives to the end: the garbage collector need not look through it again
    and again, which took a quarter of the CPU of a test that opens the app."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(autouse=True, scope="session")
def private_keys_are_checked_once() -> Iterator[None]:
    """Checking a private key takes 40 ms of CPU; the same one is not checked again in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pem, "_loaded", cache(pem._loaded))
        yield


@pytest.fixture(autouse=True)
def clean_machine(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of the test; the current folder is an empty one in it."""
    for name in list(os.environ):
        if name.startswith(_OURS) or name.upper() in _FOREIGN:
            monkeypatch.delenv(name)
    home = tmp_path_factory.getbasetemp() / f"home-{next(_machines)}"
    folder = home / "folder"
    folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    for kind in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.chdir(folder)
    return home


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks after a lost answer that find nothing end after a tenth of a second instead of several."""
    from zitadel_tui.core import concurrency

    monkeypatch.setattr(concurrency, "TIMING", concurrency.Timing(pauses=(0.0, 0.05, 0.05)))
