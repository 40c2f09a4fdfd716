"""Files that are malformed in every way end in the usual sentence, never in a crash."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.malformed import JSON_VALUES, TOML_VALUES, json_text, json_values
from zitadel_tui import keymap
from zitadel_tui.core import history, importing
from zitadel_tui.failure import Failure
from zitadel_tui.settings import load
from zitadel_tui.text import shown

EACH_VALUE = pytest.mark.parametrize("value", JSON_VALUES, ids=range(len(JSON_VALUES)))


def checked(failure: Failure) -> None:
    assert failure.summary.endswith((".", "…"))
    assert failure.hint
    assert shown(failure.summary + failure.hint) == failure.summary + failure.hint
    assert len(failure.summary) < 600


def import_body(data: bytes) -> None:
    """Understood, or refused in a sentence."""
    try:
        importing.read_body(data, "The body")
    except Failure as failure:
        checked(failure)


IMPORT = '{{"userName":"a","profile":{profile},"email":{email},"idps":{idps},"password":{password},"x":{x}}}'


@EACH_VALUE
@pytest.mark.parametrize("name", ["profile", "email", "idps", "password", "x"])
def test_any_value_in_the_body_of_an_import(name: str, value: str) -> None:
    good = {"profile": "{}", "email": "{}", "idps": "[]", "password": '"p"', "x": "null"}
    import_body(json_text(IMPORT.format(**(good | {name: value}))))
    import_body(json_text(f'{{"profile":{{"firstName":{value}}}}}'))
    import_body(json_text(value))


def test_a_name_without_end_is_quoted_in_part() -> None:
    import_body(json_text('{"' + "x" * 100_000 + '":1}'))


@given(st.binary(max_size=100) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_as_the_body_of_an_import(data: bytes) -> None:
    import_body(data)


def keys_file(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    found = keymap.load(path)
    assert found.actions
    for problem in found.problems:
        assert shown(problem) == problem
        assert len(problem) < 600


@pytest.mark.parametrize("value", TOML_VALUES, ids=range(len(TOML_VALUES)))
def test_any_value_in_a_file_of_keys(tmp_path: Path, value: str) -> None:
    for text in (f'[keys]\n"app.quit" = {value}\n', f"keys = {value}\n", f"{value} = 1\n", value):
        keys_file(tmp_path / "keys.toml", json_text(text))


def env_file(folder: Path, data: bytes) -> None:
    """Settings, or a sentence."""
    (folder / ".env").write_bytes(data)
    try:
        said = load({}, {}, folder).warnings
    except Failure as failure:
        checked(failure)
        said = ()
    for warning in said:
        assert shown(warning) == warning


ENV_NAMES = (
    *("ZITADEL_DOMAIN", "ZITADEL_TOKEN_URL", "PROJECT_ID", "CLIENT_PRIVATE_KEY_FILE_PATH"),
    *("ZITADEL_ACCESS_TOKEN", "ZITADEL_ORG_ID", "ZITADEL_CA_FILE", "ZITADEL_INSECURE"),
)
ENV_VALUES = (
    *("9" * 5000, "https://" + "9" * 5000, "https://a.example:" + "9" * 5000, "x" * 300_000),
    *("http://[::1", "https://[::" + "9" * 99, "xn--", "xn--" + "a" * 70 + ".example", "a" * 64 + ".example"),
    *("\x00", "\x1b]0;x\x07", "\u202e", "\N{FULLWIDTH DIGIT ONE}", "%", '"', "'" * 999, "${A}" * 3000),
    *("~" * 300, "~nobody-of-that-name/x"),
)


@pytest.mark.parametrize("name", ENV_NAMES)
@pytest.mark.parametrize("value", ENV_VALUES, ids=range(len(ENV_VALUES)))
def test_any_value_in_a_dotenv(tmp_path: Path, name: str, value: str) -> None:
    good = "ZITADEL_DOMAIN=https://a.example\nCLIENT_PRIVATE_KEY_FILE_PATH=key.json\n"
    env_file(tmp_path, f"{good}{name}={value}\n".encode())
    env_file(tmp_path, f'{good}{name}="{value}"\n'.encode())


@given(data=st.binary(max_size=200))
def test_any_bytes_as_a_dotenv(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("dotenv")
    env_file(folder, data)
    (folder / "keys.toml").write_bytes(data)
    keys_file(folder / "keys.toml", data)


@given(json_values, st.text(max_size=40))
def test_any_line_of_a_journal_is_read_or_left_out(
    tmp_path_factory: pytest.TempPathFactory, value: str, text: str
) -> None:
    journals = history.user_journals(tmp_path_factory.mktemp("journal"))
    assert isinstance(journals.journal, Path)
    lines = [value, f'{{"id":{value}}}', f'{{"what":{value},"time":{value}}}', text, "\xff"]
    journals.journal.write_bytes(b"\n".join(map(json_text, lines)))
    list(history.entries(journals))
