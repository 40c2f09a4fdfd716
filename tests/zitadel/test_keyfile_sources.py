"""Where key files are read from: paths that are wrong, mounted Secrets, pipes, keyboards."""

import io
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.zitadel.keys import NOW, PIPED, as_file, check_good, check_sentence, parse
from zitadel_tui.failure import UsageFailure
from zitadel_tui.settings import KeyFileSource
from zitadel_tui.zitadel import keyfile


def source(path: Path) -> KeyFileSource:
    return KeyFileSource(path, ".env line 1")


def unreadable(path: Path) -> UsageFailure:
    with pytest.raises(UsageFailure) as caught:
        keyfile.read(source(path))
    assert ".env line 1" in caught.value.summary
    assert path.name[:50] in caught.value.summary
    return caught.value


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "does not exist" in unreadable(tmp_path / "key.json").summary
    (tmp_path / "file").touch()
    assert "does not exist" in unreadable(tmp_path / "file" / "key.json").summary
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert "does not exist" in unreadable(tmp_path / "dangling").summary


@pytest.mark.parametrize(
    ("origin", "start"),
    [
        (".env line 1", "the folder of .env"),
        ("option --key-file", "the current folder"),
        ("environment CLIENT_PRIVATE_KEY_FILE_PATH", "the current folder"),
    ],
)
def test_advice_on_a_relative_path_fits_where_it_was_given(tmp_path: Path, origin: str, start: str) -> None:
    with pytest.raises(UsageFailure) as caught:
        keyfile.read(KeyFileSource(tmp_path / "key.json", origin))
    assert start in caught.value.hint


def test_a_directory(tmp_path: Path) -> None:
    assert "is a directory" in unreadable(tmp_path).summary


def test_a_link_that_goes_round(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "cannot be read" in unreadable(tmp_path / "loop").summary


def test_a_file_that_one_may_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> io.BytesIO:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", forbidden)
    assert "permission denied" in unreadable(tmp_path / "key.json").summary


def test_a_name_that_attacks_the_terminal_is_shown_harmless(tmp_path: Path) -> None:
    with pytest.raises(UsageFailure) as caught:
        keyfile.read(source(tmp_path / "a\x1b]52;c;x\x07"))
    assert "\x1b" not in caught.value.summary


def test_of_a_huge_file_no_more_is_read_than_shows_it(tmp_path: Path) -> None:
    (tmp_path / "huge").write_bytes(b" " * (keyfile.LIMIT * 3))
    assert len(keyfile.read(source(tmp_path / "huge"))) == keyfile.LIMIT + 1


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o400, False), (0o640, True), (0o644, True)])
def test_others_who_can_read_it_are_warned_of(tmp_path: Path, mode: int, warned: bool) -> None:
    path = tmp_path / "key.json"
    path.write_bytes(as_file())
    path.chmod(mode)
    (tmp_path / "link.json").symlink_to(path)
    for each in (path, tmp_path / "link.json"):
        found = keyfile.parse(keyfile.read(source(each)), source(each), now=NOW)
        check_good(found)
        assert [f"{mode:04o}" in warning and "chmod 600" in warning for warning in found.warnings] == [
            True
        ] * warned


def test_a_mounted_secret_is_read_through_its_links(tmp_path: Path) -> None:
    (tmp_path / "..2026").mkdir()
    (tmp_path / "..2026" / "key.json").write_bytes(as_file())
    (tmp_path / "..data").symlink_to("..2026")
    (tmp_path / "key.json").symlink_to(os.path.join("..data", "key.json"))
    check_good(parse(keyfile.read(source(tmp_path / "key.json"))))


def test_a_piped_key_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = SimpleNamespace(buffer=io.BytesIO(as_file()), isatty=lambda: False)
    monkeypatch.setattr("sys.stdin", stdin)
    check_good(parse(keyfile.read(PIPED)))
    with pytest.raises(UsageFailure, match="is empty") as caught:
        keyfile.read(PIPED)
    assert "only once" in caught.value.hint


def test_a_pipe_without_end_is_left_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = SimpleNamespace(buffer=io.BytesIO(b"x" * keyfile.LIMIT * 2), isatty=lambda: False)
    monkeypatch.setattr("sys.stdin", stdin)
    assert len(keyfile.read(PIPED)) == keyfile.LIMIT + 1


@pytest.mark.parametrize("stdin", [None, SimpleNamespace(isatty=lambda: True)])
def test_a_keyboard_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, stdin: object) -> None:
    monkeypatch.setattr("sys.stdin", stdin)
    with pytest.raises(UsageFailure) as caught:
        keyfile.read(PIPED)
    check_sentence(caught.value)


# --- whatever comes ------------------------------------------------------------------------------------
