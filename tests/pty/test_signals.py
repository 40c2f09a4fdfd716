"""Told to end, by whatever signal: the terminal is as before, and the exit status names the signal."""

import os
import signal
from pathlib import Path

import pytest

from tests.pty.terminal import Terminal
from tests.pty.test_app import left_behind, served
from tests.pty.test_onboarding import IMPORT
from zitadel_tui.demo.faults import Fault

_WITH_ONE_IGNORED = """
import signal, sys
signal.signal(signal.{}, signal.SIG_IGN)
from zitadel_tui.__main__ import end
sys.argv[1:] = ["--demo"]
end()
"""


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT, signal.SIGINT])
def test_a_signal_ends_it_and_leaves_the_terminal_as_it_was(number: signal.Signals) -> None:
    with Terminal("--demo") as terminal:
        terminal.sees("ORG_OWNER")
        os.kill(terminal.process.pid, number)
        assert terminal.wait_for_end() == 128 + number
        assert terminal.attributes() == terminal.attributes_before
        left_behind(terminal.everything)


def test_a_term_is_honoured_where_int_is_ignored() -> None:
    with Terminal(program=("-c", _WITH_ONE_IGNORED.format("SIGINT"))) as terminal:
        terminal.sees("ORG_OWNER")
        os.kill(terminal.process.pid, signal.SIGINT)
        os.kill(terminal.process.pid, signal.SIGTERM)
        assert terminal.wait_for_end() == 128 + signal.SIGTERM
        left_behind(terminal.everything)


def test_a_terminal_that_is_gone_does_not_hang_it() -> None:
    with Terminal("--demo") as terminal:
        terminal.sees("ORG_OWNER")
        terminal.hang_up()
        assert terminal.process.wait(20) == 128 + signal.SIGHUP


def test_a_terminal_that_is_gone_ends_it_where_hup_is_ignored() -> None:
    with Terminal(program=("-c", _WITH_ONE_IGNORED.format("SIGHUP"))) as terminal:
        terminal.sees("ORG_OWNER")
        terminal.hang_up()
        assert terminal.process.wait(20) == 128 + signal.SIGHUP


def test_ctrl_c_says_how_to_quit() -> None:
    with Terminal("--demo") as terminal:
        terminal.sees("ORG_OWNER")
        terminal.type("\x03")
        terminal.sees("ctrl+q quits")
        terminal.type("\x11")
        assert terminal.wait_for_end() == 0


def test_ctrl_z_stops_it_and_going_on_paints_again() -> None:
    with Terminal("--demo") as terminal:
        terminal.sees("ORG_OWNER")
        terminal.type("\x1a")
        terminal.until(lambda: _is_stopped(terminal.process.pid), "stopped")
        assert terminal.attributes() == terminal.attributes_before
        terminal.until(lambda: b"\x1b[?1049l" in terminal.everything, "the other screen left")
        terminal.screen.reset()
        os.kill(terminal.process.pid, signal.SIGCONT)
        painted = ("ORG_OWNER", "Acme Corp", "ROLES", "? help")
        # sooner than any line changes by itself
        terminal.until(lambda: all(part in terminal.text for part in painted), "all painted again", seconds=8)
        terminal.type("q")
        assert terminal.wait_for_end() == 0
        assert terminal.attributes() == terminal.attributes_before


def _is_stopped(pid: int) -> bool:
    stopped, _ = os.waitpid(pid, os.WUNTRACED | os.WNOHANG)
    return stopped == pid


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_write_in_flight_ends_and_is_recorded(number: signal.Signals, clean_machine: Path) -> None:
    with served() as demo:
        in_flight = demo.faults.add(Fault("slow", seconds=2.0), IMPORT)
        key = Path("key.json")
        key.touch(0o600)
        key.write_bytes(demo.key_file())
        with Terminal("--domain", demo.origin, "--key-file", "key.json") as terminal:
            terminal.sees("ORG_OWNER")
            terminal.type("3")
            terminal.sees("First name")
            terminal.type("Grace\tHopper\tgrace@acme.example\x13")
            terminal.until(lambda: in_flight.hits == 1, "the request on its way")
            os.kill(terminal.process.pid, number)
            assert terminal.wait_for_end() == 128 + number
            assert terminal.attributes() == terminal.attributes_before
            assert terminal.everything.count(b"\x1b[?1049l") == 1
        assert demo.store.user_named("grace") is not None
        [journal] = (clean_machine / "state").rglob("*.jsonl")
        assert '"done"' in journal.read_text().splitlines()[-1]
