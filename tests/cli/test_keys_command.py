"""``keys``: what every key does here, and what is wrong with the file that changes them."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from zitadel_tui import actions, keymap


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's keys are read from; nothing is there yet."""
    path = tmp_path / keymap.FILE_NAME
    monkeypatch.setattr(keymap, "file", lambda: path)
    return path


def test_every_action_is_listed_with_its_keys(cli: Cli) -> None:
    data = {one["id"]: one for one in cli("keys", "--json", demo=False).data}
    assert data.keys() == {action.id for action in actions.ACTIONS}
    assert data["app.quit"]["keys"] == ["q", "ctrl+q"]
    lines = cli("keys", demo=False).lines
    assert len(lines) == len(data) + 1
    assert any(line.split()[:2] == ["app.palette", "ctrl+p"] for line in lines)
    assert cli("keys", "--csv", demo=False).lines[0] == "id,keys,help"


def test_keys_that_were_changed_are_shown_as_they_are(cli: Cli, file: Path) -> None:
    file.write_text('[keys]\n"members.sort" = ["f10"]\n"app.reload" = []\n')
    result = cli("keys", "--json", demo=False)
    keys = {one["id"]: one["keys"] for one in result.data}
    assert (result.status, result.err) == (0, "")
    assert (keys["members.sort"], keys["app.reload"]) == (["f10"], [])
    assert any(line.split()[:2] == ["app.reload", "palette"] for line in cli("keys", demo=False).lines)


def test_what_cannot_be_is_a_warning_and_the_rest_stands(cli: Cli, file: Path) -> None:
    file.write_text('[keys]\n"members.srt" = ["x"]\n"members.sort" = ["/"]\n"app.copy" = ["f10"]\n')
    result = cli("keys", "--json", demo=False)
    keys = {one["id"]: one["keys"] for one in result.data}
    assert result.status == 0
    assert keys["members.sort"] == ["s"]
    assert keys["app.copy"] == ["f10"]
    warnings = result.err.splitlines()
    assert len(warnings) == 2
    assert all(line.startswith("warning: ") for line in warnings)
    assert "members.sort" in warnings[0]
