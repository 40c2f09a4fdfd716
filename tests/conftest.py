"""Every test runs on a clean machine: an empty home and folder, nothing of ours in the environment."""

import gc
import itertools
import os
import signal
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests import examples
from zitadel_tui.core.onboard import launch
from zitadel_tui.zitadel import pem

assert examples  # chooses the profile before any test module is imported

for _ignored in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    # in the background of a script, or under nohup, all that tests start would ignore them, too
    if signal.getsignal(_ignored) is signal.SIG_IGN:
        signal.signal(_ignored, signal.default_int_handler if _ignored == signal.SIGINT else signal.SIG_DFL)

# else everything that tests start would be compiled again each time: half the CPU of a command
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

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
    parser.addoption("--legacy", action="store_true", help="the demo of tests/live answers as v4.13.1")


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


@pytest.fixture(autouse=True, scope="session")
def style_sheets_are_parsed_once() -> Iterator[None]:
    """Parsing takes an eighth of the CPU of a test that opens the app; apps with the same colors share it."""
    from textual.css.stylesheet import Stylesheet

    parsed: dict[tuple[tuple[str, str], ...], dict[Any, Any]] = {}
    make, set_variables = Stylesheet.__init__, Stylesheet.set_variables

    def share(sheet: Any) -> None:
        sheet._parse_cache = parsed.setdefault(tuple(sheet._variables.items()), {})

    def make_sharing(sheet: Any, *, variables: dict[str, str] | None = None) -> None:
        make(sheet, variables=variables)
        share(sheet)

    def set_variables_sharing(sheet: Any, variables: dict[str, str]) -> None:
        sheet._parse_cache = {}  # what the sheet clears is its own
        set_variables(sheet, variables)
        share(sheet)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "__init__", make_sharing)
        patch.setattr(Stylesheet, "set_variables", set_variables_sharing)
        yield


@pytest.fixture(autouse=True, scope="session")
def frames_are_painted_when_they_are_read() -> Iterator[Callable[..., None]]:
    """Composing the update that a frame sends to the terminal takes a quarter of the CPU of a test that opens
    the app, and without a terminal it is thrown away. What a test reads of the screen is painted for it."""
    from textual._context import visible_screen_stack
    from textual.screen import Screen

    refresh = Screen._compositor_refresh

    def refresh_without_update(screen: "Screen[Any]") -> None:
        if screen is screen.app.screen:
            visible_screen_stack.set(screen.app._background_screens)
            screen._dirty_widgets.clear()
            screen._compositor._dirty_regions.clear()
        else:
            refresh(screen)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Screen, "_compositor_refresh", refresh_without_update)
        yield refresh


@pytest.fixture
def every_frame_is_painted(
    frames_are_painted_when_they_are_read: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For tests of what a frame asks for."""
    from textual.screen import Screen

    monkeypatch.setattr(Screen, "_compositor_refresh", frames_are_painted_when_they_are_read)


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
    monkeypatch.setattr(launch, "_temporary", lambda: home / "runs of the demo")  # else the process's
    return home


@pytest.fixture
def demo_runs(clean_machine: Path) -> Path:
    """The directory of the demo's onboarding runs."""
    return launch.directory(demo=True)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks after a lost answer that find nothing end after a tenth of a second instead of several."""
    from zitadel_tui.core import concurrency

    monkeypatch.setattr(concurrency, "TIMING", concurrency.Timing(pauses=(0.0, 0.05, 0.05)))
