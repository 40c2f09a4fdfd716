"""The fast driver on a real pseudo-terminal, and what happens where it does not fit."""

import io
import os
import signal
import sys
from pathlib import Path

import pytest
from textual.app import App
from textual.events import Key
from textual.message import Message
from textual.messages import ExitApp

from tests.tui.driver.terminal_session import Session
from zitadel_tui.tui.driver import fast_driver, terminal
from zitadel_tui.tui.driver.fast_driver import FastDriver, driver_class

APP = str(Path(__file__).with_name("driver_app.py"))


def test_a_driver_named_by_the_user_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_DRIVER", "textual.drivers.web_driver:WebDriver")
    assert driver_class() is None


def test_keys_escape_odd_bytes_and_the_way_out() -> None:
    with Session([APP, "fast"]) as session:
        session.wait_for(b"ready <> 80x24")
        for typed, name in ((b"x", b"x"), (b"\x1b", b"escape"), (b"\x1b[A", b"up"), (b"\x1bOP", b"f1")):
            session.send(typed)
            session.wait_for(b"key <" + name + b">")
        session.send(b"\xc3")  # a character in two halves, then bytes that are none
        session.send(b"\xbc")
        session.wait_for("key <ü>".encode())
        session.send(b"\xff\xfe")
        session.send(b"y")
        session.wait_for(b"key <y>")
        session.send(b"\x11")
        assert session.wait_for_end() == 0
        assert b"\x1b[?1049l" in session.output
        assert session.attributes() == session.attributes_before


async def test_half_a_character_read_alone_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a slow line delivers it."""
    parts = iter((b"\xc3", b"\xbc", b""))
    monkeypatch.setattr(fast_driver, "_read", lambda fd: next(parts))
    events: list[Message] = []
    driver = FastDriver(App())
    monkeypatch.setattr(driver, "process_message", events.append)
    monkeypatch.setattr(driver, "send_message", events.append)
    keys, driver._wake = os.pipe(), os.pipe()
    try:
        driver.fileno = keys[0]
        os.write(keys[1], b"something")
        driver.run_input_thread()
    finally:
        for fd in (*keys, *driver._wake):
            os.close(fd)
    assert [event.key if isinstance(event, Key) else type(event) for event in events] == ["ü", ExitApp]


def test_stepping_aside_and_coming_back_leaves_no_file_open() -> None:
    with Session([APP, "fast"]) as session:
        session.wait_for(b"ready")
        for _ in range(2):
            session.send(b"s")
            session.wait_for(b"STEPPED ASIDE")
            session.wait_for(b"back <0>")
            session.send(b"z")
            session.wait_for(b"key <z>")
        session.send(b"\x11")
        assert session.wait_for_end() == 0


def test_keys_come_from_the_terminal_when_stdin_is_a_pipe() -> None:
    with Session([APP, "fast"], size=(70, 20), stdin=b"the key file") as session:
        session.wait_for(b"ready <the key file> 70x20")
        session.send(b"s")
        session.wait_for(b"back <0>")
        session.send(b"\x1b")
        session.wait_for(b"key <escape>")
        session.send(b"\x11")
        assert session.wait_for_end() == 0
        assert session.attributes() == session.attributes_before


@pytest.mark.parametrize("stop", [signal.SIGTSTP, signal.SIGSTOP])  # ctrl+z; one that it cannot see
def test_stopped_and_continued_by_the_shell(stop: signal.Signals) -> None:
    with Session([APP, "fast"]) as session:
        session.wait_for(b"ready")
        session.process.send_signal(stop)
        os.waitid(os.P_PID, session.process.pid, os.WSTOPPED | os.WNOWAIT)
        session.output = b""
        session.process.send_signal(signal.SIGCONT)
        session.wait_for(b"\x1b[?1049h")
        session.send(b"k")
        session.wait_for(b"key <k>")
        session.send(b"\x11")
        assert session.wait_for_end() == 0
        assert session.attributes() == session.attributes_before


class FakeStream(io.StringIO):
    def __init__(self, tty: bool) -> None:
        super().__init__()
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


@pytest.mark.parametrize(
    ("stdin", "stderr", "tty", "term", "said"),
    [
        (True, True, os.devnull, "xterm", None),
        (False, True, os.devnull, "xterm", None),
        (False, True, "/nowhere/tty", "xterm", "/nowhere/tty cannot be opened"),
        (True, False, os.devnull, "xterm", "stderr is not a terminal"),
        (None, True, os.devnull, "xterm", "stdin is closed"),
        (True, True, os.devnull, "dumb", "TERM is dumb"),
        (True, True, os.devnull, "", "TERM is empty"),
    ],
)
def test_where_the_app_cannot_run_it_says_why(
    monkeypatch: pytest.MonkeyPatch, stdin: bool | None, stderr: bool, tty: str, term: str, said: str | None
) -> None:
    monkeypatch.setattr(sys, "__stdin__", None if stdin is None else FakeStream(stdin))
    monkeypatch.setattr(sys, "__stderr__", FakeStream(stderr))
    monkeypatch.setattr(terminal, "TTY", tty)
    monkeypatch.setenv("TERM", term)
    reason = terminal.unusable()
    assert reason is None if said is None else said in str(reason)


def test_the_environment_is_prepared_but_the_users_own_choice_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCDELAY", "300")
    monkeypatch.delenv("TEXTUAL_ANIMATIONS", raising=False)
    terminal.prepare_environment()
    assert (os.environ["ESCDELAY"], os.environ["TEXTUAL_ANIMATIONS"]) == ("300", "none")
