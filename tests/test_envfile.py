"""The ``.env``: every way to write a line, and every way to spoil one."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import hostile
from tests.settings_folder import A, B, Folder
from zitadel_tui import envfile
from zitadel_tui.failure import UsageFailure
from zitadel_tui.settings import KeyFileSource


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        f'ZITADEL_DOMAIN = "{A}"',
        f"ZITADEL_DOMAIN='{A}'",
        f"export ZITADEL_DOMAIN={A}",
        f"ZITADEL_DOMAIN={A} # production",
        f"\ufeffZITADEL_DOMAIN={A}",
        f"ZITADEL_DOMAIN={A}\r",
        f"PROJECT_ID=x\rZITADEL_DOMAIN={A}",
        f'   ZITADEL_DOMAIN   =   "{A}/"   ',
    ],
)
def test_ways_to_write_a_line(folder: Folder, line: str) -> None:
    folder.write(line + "\n")
    settings = folder.load()
    assert settings.domain == A
    assert settings.warnings == ()


@pytest.mark.parametrize("quotes", ["“”", "„“", "‘’", "«»", "””"])
def test_typographic_quotes_are_taken_as_plain_ones_and_reported(folder: Folder, quotes: str) -> None:
    folder.write(f"ZITADEL_DOMAIN = {quotes[0]}{A}{quotes[1]}\n")
    settings = folder.load()
    assert settings.domain == A
    assert len(settings.warnings) == 1
    assert ".env line 1" in settings.warnings[0]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("\nZITADEL_ORG_ID: secret\n", "line 2 "),
        ('# c\n\nZITADEL_ORG_ID="secret\n', "line 3 "),
        ('ZITADEL_ORG_ID="a" secret\n', "line 1 "),
        ('ZITADEL_ORG_ID="a\nPROJECT_ID="secret"\n', "lines 1–2 "),
        ("ZITADEL_ORG_ID\n", "line 1 "),
        ("ZITADEL_DOMAIN:https://secret\n", "line 1 "),
    ],
)
def test_a_line_that_cannot_be_parsed_is_named_with_its_number(folder: Folder, text: str, named: str) -> None:
    folder.write(text + f"\nZITADEL_DOMAIN={A}\n")
    settings = folder.load()
    assert settings.domain == A
    (warning,) = settings.warnings
    assert named in warning
    assert "secret" not in warning


def test_nothing_is_expanded(folder: Folder) -> None:
    folder.write("PROJECT_ID=${HOME}x\nZITADEL_ORG_ID='$PROJECT_ID'\n")
    settings = folder.load({"HOME": "/root"})
    assert (settings.project_id, settings.org) == ("${HOME}x", "$PROJECT_ID")


def test_a_windows_path_in_double_quotes_is_explained(folder: Folder) -> None:
    folder.write('CLIENT_PRIVATE_KEY_FILE_PATH = "C:\\temp\\new.json"\n')
    failure = folder.refused()
    assert "CLIENT_PRIVATE_KEY_FILE_PATH (.env line 1)" in failure.summary
    assert "single quotes" in failure.hint


def test_the_last_of_two_equal_names_is_used_and_reported(folder: Folder) -> None:
    folder.write(f"ZITADEL_DOMAIN={B}\nX=1\nX=2\nZITADEL_DOMAIN={A}\n")
    settings = folder.load()
    assert settings.domain == A
    (warning,) = settings.warnings
    assert "line 1 and 4" in warning


def test_a_named_env_file_replaces_the_one_here(folder: Folder) -> None:
    folder.write(f"ZITADEL_DOMAIN={B}\n")
    folder.write(f"ZITADEL_DOMAIN={A}\nCLIENT_PRIVATE_KEY_FILE_PATH=keys/k.json\n", "stage/my.env")
    settings = folder.load(env_file="stage/my.env")
    assert settings.domain == A
    assert settings.key_file == KeyFileSource(folder.path / "stage/keys/k.json", "stage/my.env line 2")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing", None, "does not exist"),
        ("folder", "directory", "is a directory"),
        ("n" * 300, None, "cannot be read"),
        ("binary", b"\x00\x01", "not a text file"),
        ("latin1", "PROJECT_ID=é".encode("latin-1"), "not a text file"),
        ("huge", b"#" * (1 << 20) + b"#", "larger than"),
    ],
)
def test_a_named_env_file_must_be_readable(
    folder: Folder, name: str, content: bytes | str | None, said: str
) -> None:
    path = folder.path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        path.mkdir()
    failure = folder.refused(env_file=name)
    assert said in failure.summary
    assert name in failure.summary


def test_a_folder_called_env_is_only_warned_of(folder: Folder) -> None:
    (folder.path / ".env").mkdir()
    settings = folder.load(domain=A, key_file="k.json")
    assert settings.domain == A
    assert settings.warnings == (".env is a directory.",)


NAMES = ("PROJECT_ID", "ZITADEL_DOMAIN")
LINE = st.sampled_from(
    [*NAMES, "=", "=", '"', "'", "#", "\n", "\r\n", " ", "\\", "export ", "“", A, *hostile.ALL]
)


@given(st.lists(LINE | st.text(), max_size=20).map("".join), st.binary(max_size=40))
def test_whatever_a_file_holds_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str, tail: bytes
) -> None:
    path = tmp_path_factory.mktemp("env") / ".env"
    path.write_bytes(text.encode("utf-8", "surrogatepass") + tail)
    try:
        file = envfile.read(path, ".env", NAMES)
    except UsageFailure:
        assert not is_text(path)
        return
    assert set(file.entries) <= set(NAMES)
    lines = len(path.read_bytes().splitlines()) + 1
    assert all(1 <= entry.line <= lines for entry in file.entries.values())


def is_text(path: Path) -> bool:
    try:
        return "\0" not in path.read_text("utf-8")
    except UnicodeDecodeError:
        return False


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"])))
def test_what_is_quoted_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    path = tmp_path_factory.mktemp("env") / ".env"
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    path.write_bytes(f"X=1\nPROJECT_ID='{quoted}'\nZITADEL_DOMAIN=end\n".encode())
    file = envfile.read(path, ".env", NAMES)
    if not any(
        value[:1] == quotes[0] and value[-1:] == quotes[1]
        for quotes in ("“”", "„“", "‘’", "‚‘", "«»", "””", "’’")
    ):
        assert file.entries["PROJECT_ID"] == envfile.Entry(value.strip(), 2)
        assert file.warnings == ()
    assert file.entries["ZITADEL_DOMAIN"].value == "end"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CLIENT_PRIVATE_KEY_FILE_PTH", "CLIENT_PRIVATE_KEY_FILE_PATH"),
        ("CLIENT_PRIVATE_KEY_FILE", "CLIENT_PRIVATE_KEY_FILE_PATH"),
        ("PRIVATE_KEY_FILE_PATH", "CLIENT_PRIVATE_KEY_FILE_PATH"),
        ("zitadel_domain", "ZITADEL_DOMAIN"),
        ("ZITADEL_DOMIAN", "ZITADEL_DOMAIN"),
        ("ZITADEL_ORG", "ZITADEL_ORG_ID"),
        ("PROJECTID", "PROJECT_ID"),
        ("ZITADEL_PROJECT_ID", "PROJECT_ID"),
    ],
)
def test_a_name_that_resembles_one_is_pointed_out(folder: Folder, name: str, meant: str) -> None:
    folder.write(f"PROJECT_ID=x\n{name}=secret\n")
    assert folder.load().warnings == (f".env line 2: {name} is not read. Did you mean {meant}?",)


@pytest.mark.parametrize(
    "name", ["ZITADEL_PAT", "ZITADEL_MASTERKEY", "ZITADEL_EXTERNALDOMAIN", "DOMAIN", "PROJECT", "CLIENT_ID"]
)
def test_a_name_of_something_else_is_left_alone(folder: Folder, name: str) -> None:
    folder.write(f"{name}=x\n")
    assert folder.load().warnings == ()


def test_a_pipe_called_env_is_not_waited_for(folder: Folder) -> None:
    os.mkfifo(folder.path / ".env")
    assert folder.load().warnings == (".env is not a file: it is not read.",)
