"""When a second process signs in; what becomes of it stands in ``tests/pty/test_signing_in_ahead.py``."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from zitadel_tui.core import ahead
from zitadel_tui.core.ahead import _processor_is_idle, signing_in_ahead
from zitadel_tui.secret import Secret
from zitadel_tui.settings import KeyFileSource, Settings

_KEY = KeyFileSource(Path("/key.json"), "option --key-file")
READY = Settings(domain="https://zitadel.example", key_file=_KEY)


class Forked(Exception):
    pass


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is as it must be, and nothing is forked."""

    def fork() -> int:
        raise Forked

    monkeypatch.setattr(os, "fork", fork)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(ahead, "_processor_is_idle", lambda: True)
    monkeypatch.setattr("sys.platform", "linux")


@pytest.mark.parametrize(
    ("load", "is_idle"),
    [("1/400", True), ("2/400", False), ("3/400", False), ("none", False), ("", False)],
)
def test_a_processor_is_idle_while_fewer_run_than_there_are(
    load: str, is_idle: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    loadavg = tmp_path / "loadavg"
    loadavg.write_text(f"0.20 0.18 0.12 {load}" if load else "")
    monkeypatch.setattr(ahead, "open", lambda path, mode: loadavg.open(mode), raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    assert _processor_is_idle() is is_idle


@pytest.mark.parametrize("settings", [READY, READY._replace(key_file=None, access_token=Secret("token"))])
def test_with_an_address_and_a_credential_at_hand_it_is_forked(settings: Settings) -> None:
    with pytest.raises(Forked), signing_in_ahead(settings):
        pass


@pytest.mark.parametrize(
    "settings",
    [
        READY._replace(demo=True),
        READY._replace(domain=None),
        READY._replace(key_file=None),
        READY._replace(key_file=KeyFileSource(None, "option --key-file")),
    ],
)
def test_without_them_or_with_a_key_that_is_piped_in_it_is_not(settings: Settings) -> None:
    with signing_in_ahead(settings) as nothing:
        assert nothing is None


def several_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 2)


def no_idle_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "_processor_is_idle", lambda: False)


def another_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")


def children_that_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "getsignal", lambda number: signal.SIG_IGN)


def no_more_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", fork)


@pytest.mark.parametrize(
    "trouble",
    [several_threads, no_idle_processor, another_system, children_that_are_not_waited_for, no_more_processes],
)
def test_where_that_would_do_harm_or_cannot_be_the_app_signs_in_alone(
    trouble: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble(monkeypatch)
    with signing_in_ahead(READY) as nothing:
        assert nothing is None
