"""Copying: through tmux inside tmux, by OSC 52 elsewhere, and honest when neither can work."""

import os
from pathlib import Path

import pytest

from zitadel_tui.tui.driver.clipboard import copy


def tmux(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "tmux"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")


async def test_inside_tmux_its_buffer_gets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmux(tmp_path, f'echo "$@" > {tmp_path}/asked; cat > {tmp_path}/got', monkeypatch)
    sent: list[str] = []
    how = await copy("Jürg\n2", sent.append)
    assert how is not None
    assert "tmux" in how
    assert (tmp_path / "got").read_text() == "Jürg\n2"
    assert (tmp_path / "asked").read_text() == "load-buffer -w -\n"
    assert sent == []


@pytest.mark.parametrize("script", ["exit 1", "cat > /dev/null; exit 3"])
async def test_a_tmux_that_refuses_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    tmux(tmp_path, script, monkeypatch)
    assert await copy("x", lambda text: None) is None


async def test_a_tmux_that_is_not_there_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await copy("x", lambda text: None) is None


async def test_a_tmux_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zitadel_tui.tui.driver.clipboard._SECONDS", 0.05)
    tmux(tmp_path, "exec tail -f /dev/null", monkeypatch)
    assert await copy("x", lambda text: None) is None


async def test_elsewhere_the_terminal_is_asked_and_no_promise_made() -> None:
    sent: list[str] = []
    how = await copy("id 1", sent.append)
    assert sent == ["id 1"]
    assert how is not None
    assert "if your terminal allows" in how


@pytest.mark.parametrize(
    ("name", "value"), [("TERM", "linux"), ("TERM", "dumb"), ("TERM", ""), ("STY", "1.pts-0")]
)
async def test_a_terminal_that_knows_no_clipboard_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    sent: list[str] = []
    assert await copy("x", sent.append) is None
    assert sent == []


async def test_more_than_terminals_take_is_not_sent() -> None:
    sent: list[str] = []
    assert await copy("x" * 100_000, sent.append) is None
    assert sent == []
