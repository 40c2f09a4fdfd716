"""A second process signs in while the app loads. Whatever becomes of it, nothing else looks different, and
nothing of it is left."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from tests.pty.terminal import Terminal
from tests.pty.test_app import left_behind
from tests.served import ServedDemo
from zitadel_tui.demo.faults import Fault, Rule

_ALWAYS = """
from zitadel_tui.core import ahead
ahead._processor_is_idle = lambda: True
from zitadel_tui.__main__ import end
end()
"""
TOKENS = "POST /oauth/v2/token"
MEMBERS = "POST /management/v1/orgs/me/members/_search"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedDemo]:
    with ServedDemo(tmp_path, seed=1) as served:
        yield served


def app(served: ServedDemo) -> Terminal:
    """Also where no processor is idle."""
    arguments = ("--env-file", str(served.directory / ".env"))
    return Terminal(*arguments, size=(120, 40), program=("-c", _ALWAYS))


def counted(served: ServedDemo, request: str) -> Rule:
    """Counts requests and does nothing to them."""
    return served.demo.faults.add(Fault("slow", seconds=0), request, times=0)


def others(terminal: Terminal) -> list[int]:
    """The processes that the app has begun and not waited for."""
    found = Path(f"/proc/{terminal.process.pid}/task").glob("*/children")
    return [int(pid) for path in found for pid in path.read_text().split()]


def has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def quit_by(terminal: Terminal, key: str) -> None:
    terminal.type(key)
    assert terminal.wait_for_end() == 0
    left_behind(terminal.everything)


def test_one_sign_in_and_one_list_serve_both_and_the_other_process_is_gone(served: ServedDemo) -> None:
    tokens, lists = counted(served, TOKENS), counted(served, MEMBERS)
    with app(served) as terminal:
        terminal.sees("ORG_OWNER", "onboarding-bot", "instance administrator")
        assert (tokens.hits, lists.hits) == (1, 1)
        assert others(terminal) == []
        terminal.type("\r")
        terminal.sees("Recent changes")
        assert tokens.hits == 1
        quit_by(terminal, "\x11")


def test_a_sign_in_that_fails_there_is_done_by_the_app(served: ServedDemo) -> None:
    tokens = counted(served, TOKENS)
    served.demo.faults.add(Fault(status=400, message="not now"), TOKENS)
    with app(served) as terminal:
        terminal.sees("ORG_OWNER", "onboarding-bot")
        assert "not now" not in terminal.text
        assert tokens.hits == 1  # the first struck the other rule
        assert others(terminal) == []
        quit_by(terminal, "\x11")


def test_a_sign_in_that_fails_for_good_is_reported_as_usual(served: ServedDemo) -> None:
    served.demo.faults.add(Fault("html", status=200, message="Welcome"), TOKENS, times=0)
    with app(served) as terminal:
        terminal.sees("Cannot sign in", "token endpoint", "not from ZITADEL")
        assert others(terminal) == []
        quit_by(terminal, "\x11")


def waiting_for_an_answer(terminal: Terminal, hanging: Rule) -> int:
    """The other process, once it has asked for a token that does not come."""
    terminal.until(lambda: hanging.hits > 0, "the request for a token")
    [pid] = others(terminal)
    return pid


def test_when_it_is_killed_the_app_signs_in(served: ServedDemo) -> None:
    hanging = served.demo.faults.add(Fault("hang"), TOKENS)
    with app(served) as terminal:
        os.kill(waiting_for_an_answer(terminal, hanging), signal.SIGKILL)
        terminal.sees("ORG_OWNER", "onboarding-bot")
        assert others(terminal) == []
        quit_by(terminal, "\x11")


def test_waiting_for_it_is_reported_and_has_an_end(served: ServedDemo) -> None:
    served.demo.faults.add(Fault("hang"), TOKENS)
    with app(served) as terminal:
        terminal.sees(f"Waiting for {served.origin}: no answer yet")
        terminal.sees("ORG_OWNER", "onboarding-bot")
        assert "Waiting" not in terminal.text
        assert others(terminal) == []
        quit_by(terminal, "\x11")


def test_quitting_meanwhile_ends_it(served: ServedDemo) -> None:
    hanging = served.demo.faults.add(Fault("hang"), TOKENS, times=0)
    with app(served) as terminal:
        pid = waiting_for_an_answer(terminal, hanging)
        terminal.sees("Signing in")
        quit_by(terminal, "\x11")
        assert has_ended(pid)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_when_the_app_is_killed(served: ServedDemo, number: signal.Signals) -> None:
    hanging = served.demo.faults.add(Fault("hang"), TOKENS, times=0)
    with app(served) as terminal:
        pid = waiting_for_an_answer(terminal, hanging)
        os.kill(terminal.process.pid, number)
        terminal.wait_for_end()
        until = monotonic() + 20
        while not has_ended(pid):
            terminal.read(0.01)
            assert monotonic() < until
