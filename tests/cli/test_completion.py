"""Completion: bash itself is asked; the scripts of the other shells hold the same words."""

import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from zitadel_tui.cli.parser import SHELLS, commands
from zitadel_tui.core.onboard import run_files

_ASK = """\
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(( $# - 1 ))
$(complete -p zitadel-tui | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Bash:
    """With the script loaded; called with the words of a line it gives what could be the last."""

    def __init__(self, script: Path) -> None:
        self._script = script

    def __call__(self, *words: str) -> list[str]:
        done = subprocess.run(
            ["bash", "-c", _ASK, "bash", str(self._script), "zitadel-tui", *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert done.stderr == ""
        return done.stdout.split()


@pytest.fixture
def bash(cli: Cli, tmp_path: Path) -> Bash:
    script = tmp_path / "zitadel-tui.bash"
    script.write_text(cli("completion", "bash", demo=False).out)
    return Bash(script)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("mem",), ["members"]),
        (("members", "l"), ["list", "ls"]),
        (("members", "list", "--role", "ORG_OW"), ["ORG_OWNER", "ORG_OWNER_VIEWER"]),
        (("members", "add", "ada", "ORG_OW"), ["ORG_OWNER", "ORG_OWNER_VIEWER"]),
        (("members", "remove", "ada", "ORG_OWNER", "ORG_SET"), ["ORG_SETTINGS_MANAGER"]),
        (("members", "add", "ada", "IAM_"), []),
        (("users", "import", "--role", "ORG_SET"), ["ORG_SETTINGS_MANAGER"]),
        (("roles", "show", "IAM_OW"), ["IAM_OWNER", "IAM_OWNER_VIEWER"]),
        (("instance", "members", "list", "--role", "IAM_OW"), ["IAM_OWNER", "IAM_OWNER_VIEWER"]),
        (("users", "import", "--gender", "fe"), ["female"]),
        (("completion", "z"), ["zsh"]),
        (("help", "mem"), ["members"]),
        (("members", "list", "--read"), ["--read-only"]),
    ],
    ids=lambda part: " ".join(part),
)
def test_bash_offers(bash: Bash, words: tuple[str, ...], expected: list[str]) -> None:
    assert bash(*words) == expected


def test_bash_offers_files_and_folders(bash: Bash, tmp_path: Path) -> None:
    (tmp_path / "key.json").touch()
    (tmp_path / "keys").mkdir()
    both = [str(tmp_path / "key.json"), str(tmp_path / "keys")]
    assert sorted(bash("--key-file", str(tmp_path / "key"))) == both
    assert bash("demo", "serve", str(tmp_path / "key")) == both[1:]


def test_bash_offers_the_runs_that_are_there(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    script = tmp_path / "script"
    script.write_text(cli("completion", "bash", demo=False).out)
    bash = Bash(script)
    assert bash("onboard", "show", "2026") == []
    runs = run_files.directory()
    for name in ("20261126-160501-3fa9", "20261127-160501-77aa", "locks"):
        (runs / name).mkdir(parents=True)
    assert bash("onboard", "resume", "20261126") == ["20261126-160501-3fa9"]
    assert bash("onboard", "forget", "") == ["20261126-160501-3fa9", "20261127-160501-77aa"]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_script_knows_commands_and_roles(cli: Cli, shell: str) -> None:
    script = cli("completion", shell, demo=False).out
    for word in {word for command in commands() for word in command.split()}:
        assert word in script, word
    assert "ORG_OWNER_VIEWER" in script
