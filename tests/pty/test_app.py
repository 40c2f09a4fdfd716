"""The app as it is started, on a real pseudo-terminal: nothing is left behind, nothing hostile gets out."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.pty.terminal import Terminal
from tests.served import ServedDemo
from zitadel_tui.demo.server import Demo

_CSI = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")
_POINTER = re.compile(rb"\x1b\]22;[a-z]+\x07")  # Textual's own: the shape of the mouse pointer
_LEAVING = b"\x1b[?1049l"


def test_start_filter_resize_quit_and_the_terminal_is_as_before() -> None:
    with Terminal("--demo") as terminal:
        terminal.sees("Acme Corp", "DEMO", "1 Members", "ORG_OWNER", "? help")
        terminal.type("/role:owner")
        terminal.sees("shown of")
        terminal.resize(120, 40)
        terminal.sees("Acme Corp", "shown of")
        terminal.resize(50, 12)
        terminal.sees("50×12 is too small")
        terminal.resize(80, 24)
        terminal.sees("Acme Corp", "shown of")
        terminal.type("\x1b")
        terminal.sees(" q quit")
        terminal.type("q")
        assert terminal.wait_for_end() == 0
        assert terminal.attributes() == terminal.attributes_before
        left_behind(terminal.everything)


def left_behind(output: bytes) -> None:
    """The other screen is left, the cursor is back, no mode stays on, nothing is printed afterwards."""
    modes: dict[bytes, bytes] = {}
    for names, state in re.findall(rb"\x1b\[\?([\d;]+)([hl])", output):
        for name in names.split(b";"):
            modes[name] = state
    assert modes.pop(b"25") == b"h"
    modes.pop(b"7", None)
    still_on = {name for name, state in modes.items() if state == b"h"}
    assert still_on == set()
    assert output.count(b"\x1b[?1049h") == output.count(_LEAVING) == 1
    assert _CSI.sub(b"", output.rpartition(_LEAVING)[2]).strip() == b""


def test_no_name_reaches_the_terminal_as_more_than_text() -> None:
    with Terminal("--demo", size=(120, 40)) as terminal:
        terminal.sees("ORG_OWNER", "? help")
        for name in ("hostile1", "hostile2", "hostile3", "hostile4", "hostile5", "hostile6", "hostile8"):
            terminal.type("/")
            terminal.sees("esc back")
            terminal.type(name)
            terminal.sees(f"/ {name}", "shown of")
            terminal.type("\x1b")
            terminal.sees("enter show")
            terminal.type("\r")
            terminal.sees("Recent changes")
            terminal.type("\x1b\x1b")
            terminal.sees("/ filter: words")
        terminal.type("c")
        terminal.sees("curl -X POST")
        terminal.type("\x11")
        assert terminal.wait_for_end() == 0
        painted = _POINTER.sub(b"", _CSI.sub(b"", terminal.everything))
        assert not re.findall(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", painted)
        assert not re.findall("[\x80-\x9f\u202a-\u202e\u2066-\u2069]", painted.decode())
        assert b"52;c" in painted  # it was there, as text


@contextmanager
def served() -> Iterator[Demo]:
    """A demo on a port of this machine, served from a thread."""
    with ServedDemo(Path("served"), seed=1) as running:
        yield running.demo


def test_a_key_that_is_piped_in_and_keys_from_the_terminal() -> None:
    with served() as demo:
        arguments = ("--domain", demo.origin, "--key-file", "-")
        with Terminal(*arguments, stdin=demo.key_file()) as terminal:
            terminal.sees("Acme Corp", "ORG_OWNER")
            terminal.type("2")
            terminal.sees("PERMITS")
            terminal.type("q")
            assert terminal.wait_for_end() == 0
            assert terminal.attributes() == terminal.attributes_before
            assert b"PRIVATE" not in terminal.everything


def test_connect_can_be_left() -> None:
    with Terminal() as terminal:
        terminal.sees("No address and no key file are set", "ctrl+q quit")
        terminal.type("\x1b")
        terminal.sees(" q quit")
        terminal.type("q")
        assert terminal.wait_for_end() == 0
        assert terminal.attributes() == terminal.attributes_before


def test_a_signal_to_end_it_leaves_the_terminal_as_it_was() -> None:
    with Terminal("--demo") as terminal:
        terminal.sees("ORG_OWNER")
        os.kill(terminal.process.pid, signal.SIGTERM)
        assert terminal.wait_for_end() == 128 + signal.SIGTERM
        assert terminal.attributes() == terminal.attributes_before
        left_behind(terminal.everything)


_STUCK = """
import socket, sys, threading

def stuck(*args, **keywords):
    open("asked", "w").close()
    threading.Event().wait()

socket.getaddrinfo = stuck
from zitadel_tui.__main__ import main
sys.exit(main(["--domain", "https://zitadel.example", "--key-file", "key.json"]))
"""


def test_quitting_does_not_wait_for_a_name_lookup() -> None:
    Path("key.json").write_bytes(Demo(seed=1).key_file())
    with Terminal(program=("-c", _STUCK)) as terminal:
        terminal.until(Path("asked").exists)
        terminal.type("q")
        assert terminal.wait_for_end(seconds=5) == 0
        left_behind(terminal.everything)


@pytest.mark.parametrize(
    "variables", [{"NO_COLOR": "1"}, {"ZITADEL_COLORS": "none"}, {"TERM": "xterm"}, {"TERM": "linux"}]
)
def test_few_colours_or_none(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    with Terminal("--demo", "--read-only", env=variables) as terminal:
        terminal.sees("READ-ONLY", "DEMO", "ORG_OWNER")
        terminal.type("q")
        assert terminal.wait_for_end() == 0
        if variables.keys() & {"NO_COLOR", "ZITADEL_COLORS"}:
            coloured = re.findall(rb"38;2;(\d+);(\d+);(\d+)|38;5;(\d+)", terminal.everything)
            assert all(grey(entry) for entry in coloured)


def grey(entry: tuple[bytes, ...]) -> bool:
    red, green, blue, number = entry
    if number:
        value = int(number)
        return value in (0, 7, 8, 15, 16, 59, 102, 145, 188, 231) or 232 <= value <= 255
    return red == green == blue
