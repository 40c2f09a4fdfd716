"""Settings: what is read from where, and that a key never meets a server it was not made for."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import hostile
from zitadel_tui import envfile
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import MASK, Secret
from zitadel_tui.settings import KeyFileSource, Settings, load, missing

SEED = """\
CLIENT_PRIVATE_KEY_FILE_PATH = "client-key-file.json"
PROJECT_ID="zitadel"
ZITADEL_DOMAIN = "https://zitadel.javiersant.com"
ZITADEL_TOKEN_URL = "https://zitadel.javiersant.com/oauth/v2/token"
"""
A = "https://a.example"
B = "https://b.example"


class Folder:
    """A working directory in which settings are loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, text: str, name: str = ".env") -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    def load(self, environ: Mapping[str, str] | None = None, **options: object) -> Settings:
        return load(options, environ or {}, self.path)

    def refused(self, environ: Mapping[str, str] | None = None, **options: object) -> UsageFailure:
        with pytest.raises(UsageFailure) as caught:
            self.load(environ, **options)
        assert caught.value.summary.endswith(".")
        return caught.value


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def row(settings: Settings, name: str) -> tuple[object, str]:
    return next((setting.value, setting.origin) for setting in settings.rows if setting.name == name)


def test_the_seeds_env_is_read_as_it_is_written(folder: Folder) -> None:
    folder.write(SEED)
    settings = folder.load()
    assert settings.domain == "https://zitadel.javiersant.com"
    assert settings.token_url == "https://zitadel.javiersant.com/oauth/v2/token"
    assert settings.project_id == "zitadel"
    assert settings.key_file == KeyFileSource(folder.path / "client-key-file.json", ".env line 1")
    assert settings.warnings == ()
    assert missing(settings) is None
    assert not settings.token_url_confirmed


def test_without_anything_the_defaults_hold_and_what_is_missing_is_said(folder: Folder) -> None:
    settings = folder.load()
    assert (settings.project_id, settings.timeout, settings.insecure) == ("zitadel", 30.0, False)
    assert (settings.domain, settings.key_file, settings.org_id) == (None, None, None)
    assert "ZITADEL_DOMAIN" in (missing(settings) or "")
    assert "CLIENT_PRIVATE_KEY_FILE_PATH" in (missing(settings) or "")


def test_what_alone_is_missing_is_named(folder: Folder) -> None:
    assert "--key-file" in (missing(folder.load(domain=A)) or "")
    assert "--domain" in (missing(folder.load(key_file="k.json")) or "")
    assert missing(folder.load({"ZITADEL_ACCESS_TOKEN": "pat", "ZITADEL_DOMAIN": A})) is None
    assert missing(folder.load(demo=True)) is None


def test_every_value_has_its_origin(folder: Folder) -> None:
    folder.write(f"\n\nPROJECT_ID=p\n\n# comment\n  ZITADEL_DOMAIN={A}\n")
    settings = folder.load(
        {"CLIENT_PRIVATE_KEY_FILE_PATH": "/k.json", "ZITADEL_DOMAIN": A}, org="12", timeout=5
    )
    assert row(settings, "domain") == (A, "environment ZITADEL_DOMAIN")
    assert row(settings, "project_id") == ("p", ".env line 3")
    assert row(settings, "org") == ("12", "option --org")
    assert row(settings, "timeout") == (5.0, "option --timeout")
    assert row(settings, "insecure") == (False, "default")
    assert row(settings, "ca_file") == (None, "not set")
    assert {setting.name for setting in settings.rows} == {
        *("domain", "token_url", "project_id", "key_file", "access_token", "org", "ca_file", "insecure"),
        *("timeout", "read_only", "demo", "demo_size"),
    }


def test_options_win_over_the_environment_and_that_over_the_file(folder: Folder) -> None:
    folder.write(f"ZITADEL_DOMAIN={A}\nPROJECT_ID=file\nZITADEL_ORG_ID=file\nZITADEL_INSECURE=true\n")
    environ = {"PROJECT_ID": "environment", "ZITADEL_ORG_ID": "environment"}
    settings = folder.load(environ, org="option")
    assert (settings.project_id, settings.org_id, settings.insecure) == ("environment", "option", True)


def test_empty_values_count_as_not_given(folder: Folder) -> None:
    folder.write(f"ZITADEL_DOMAIN={A}\nZITADEL_ORG_ID=\nPROJECT_ID=''\n")
    settings = folder.load({"ZITADEL_DOMAIN": " ", "ZITADEL_INSECURE": ""})
    assert (settings.domain, settings.org_id, settings.project_id) == (A, None, "zitadel")


def test_neither_the_processs_environment_nor_the_seeds_curl_token_is_used(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZITADEL_DOMAIN", B)
    folder.write(SEED + "ZITADEL_PAT=secret\nEXTRA=$HOME\n")
    before = dict(os.environ)
    settings = folder.load({"ZITADEL_PAT": "secret"})
    assert settings.access_token is None
    assert settings.domain == "https://zitadel.javiersant.com"
    assert dict(os.environ) == before


# --- address and credential together -------------------------------------------------------------------


def test_a_mixed_pair_is_used_only_with_a_word(folder: Folder) -> None:
    folder.write("CLIENT_PRIVATE_KEY_FILE_PATH=k.json\n")
    (warning,) = folder.load(domain=A).warnings
    assert "option --domain" in warning
    assert ".env line 1" in warning


@pytest.mark.parametrize(
    ("environ", "options"),
    [
        ({"CLIENT_PRIVATE_KEY_FILE_PATH": "/other.json"}, {}),
        ({}, {"key_file": "other.json"}),
        ({"ZITADEL_ACCESS_TOKEN": "pat"}, {"key_file": "other.json"}),
    ],
)
def test_a_key_from_elsewhere_than_the_address_is_said(
    folder: Folder, environ: dict[str, str], options: dict[str, object]
) -> None:
    folder.write(SEED)
    settings = folder.load(environ, **options)
    assert settings.key_file is not None
    assert settings.key_file.path is not None
    assert settings.key_file.path.name == "other.json"
    assert any("belong together" in warning and ".env line 3" in warning for warning in settings.warnings)


@pytest.mark.parametrize("credential", ["CLIENT_PRIVATE_KEY_FILE_PATH=k.json", "ZITADEL_ACCESS_TOKEN=pat"])
@pytest.mark.parametrize("higher", ["option", "environment"])
def test_a_credential_of_another_server_is_refused(folder: Folder, credential: str, higher: str) -> None:
    folder.write(f"{credential}\nZITADEL_DOMAIN={A}\n")
    failure = folder.refused(domain=B) if higher == "option" else folder.refused({"ZITADEL_DOMAIN": B})
    for part in (A, B, ".env line 1", ".env line 2"):
        assert part in failure.summary
    assert "--domain" in failure.hint
    assert "--key-file" in failure.hint


def test_naming_the_same_server_twice_is_no_mixture(folder: Folder) -> None:
    folder.write(f"CLIENT_PRIVATE_KEY_FILE_PATH=k.json\nZITADEL_DOMAIN={A}:443/\n")
    settings = folder.load(domain="A.EXAMPLE")
    assert (settings.domain, settings.warnings) == (A, ())
    assert settings.key_file is not None


def test_nothing_of_a_place_about_another_server_is_used(folder: Folder, tmp_path: Path) -> None:
    folder.write(
        f"ZITADEL_DOMAIN={A}\nZITADEL_TOKEN_URL={A}/oauth/v2/token\nZITADEL_ORG_ID=1\nZITADEL_INSECURE=1\n"
        "PROJECT_ID=p\nZITADEL_ACCESS_TOKEN=pat\nZITADEL_CA_FILE=missing.pem\n"
    )
    settings = folder.load(domain=B, key_file="k.json")
    assert settings.key_file == KeyFileSource(tmp_path / "k.json", "option --key-file")
    assert (settings.token_url, settings.org_id, settings.insecure) == (None, None, False)
    assert (settings.project_id, settings.access_token, settings.ca_file) == ("zitadel", None, None)
    (warning,) = settings.warnings
    assert A in warning
    assert "nothing" in warning


def test_a_placeholder_in_a_lower_place_does_not_stop_a_complete_higher_one(folder: Folder) -> None:
    folder.write("ZITADEL_DOMAIN=<YOUR_DOMAIN>\nCLIENT_PRIVATE_KEY_FILE_PATH=k.json\n")
    assert folder.load(domain=B, key_file="o.json").domain == B
    assert "placeholder" in folder.refused().summary
    assert "cannot be read" in folder.refused(domain=B).summary


def test_a_key_file_wins_over_an_access_token_and_that_is_said(folder: Folder) -> None:
    folder.write(SEED + "ZITADEL_ACCESS_TOKEN=pat\n")
    settings = folder.load()
    assert settings.key_file is not None
    assert settings.access_token is None
    (warning,) = settings.warnings
    assert "the key file is used" in warning
    assert row(settings, "access_token") == (Secret("pat"), ".env line 5")


def test_an_access_token_alone_is_used_and_never_shown(folder: Folder) -> None:
    settings = folder.load({"ZITADEL_ACCESS_TOKEN": "very-secret", "ZITADEL_DOMAIN": A})
    assert settings.access_token is not None
    assert settings.access_token.reveal() == "very-secret"
    assert "very-secret" not in repr(settings)
    assert MASK in repr(settings)


@pytest.mark.parametrize("token", ["Bearer very-secret", "very-sécret", "<very-secret>", "very-secret\nX: y"])
def test_what_cannot_be_a_token_is_refused_without_showing_it(folder: Folder, token: str) -> None:
    failure = folder.refused({"ZITADEL_ACCESS_TOKEN": token, "ZITADEL_DOMAIN": A})
    assert "ZITADEL_ACCESS_TOKEN" in failure.summary
    assert "secret" not in failure.summary + failure.hint


# --- addresses -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("zitadel.example.com", "https://zitadel.example.com"),
        ("zitadel.example.com:8443", "https://zitadel.example.com:8443"),
        ("https://zitadel.example.com/", "https://zitadel.example.com"),
        ("HTTPS://Zitadel.Example.COM:443", "https://zitadel.example.com"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("zitadel_1", "https://zitadel_1"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("  zitadel.example.com ", "https://zitadel.example.com"),
    ],
)
def test_an_address_is_brought_into_one_form(folder: Folder, written: str, origin: str) -> None:
    settings = folder.load(domain=written)
    assert settings.domain == origin
    assert settings.warnings == ()


@pytest.mark.parametrize(
    "written",
    [
        "https://user:pass-word@zitadel.example.com",
        "https://zitadel.example.com/ui/console",
        "https://zitadel.example.com/?x=1",
        "https://zitadel.example.com#x",
        "ftp://zitadel.example.com",
        "https://",
        "https:///path",
        "https://zitadel.example.com:0",
        "https://zitadel.example.com:99999",
        "https://zitadel.example.com:port",
        "https://zitadel.example.com:",
        "https://zita del.example.com",
        "https://<YOUR_DOMAIN>",
        "https://[::1",
        "https://a..b",
        "https://-a.example",
        "https://" + "a" * 300,
        "https://xn--\u2024.example",
        "javascript:alert(1)",
        "https://zitadel\\.example.com",
        "https://a\x1b[31m.example",
    ],
)
def test_what_is_no_address_is_refused(folder: Folder, written: str) -> None:
    failure = folder.refused(domain=written)
    assert "--domain" in failure.summary
    assert failure.hint
    assert "pass-word" not in failure.summary + failure.hint
    assert "\x1b" not in failure.summary + failure.hint


def test_unencrypted_addresses_are_warned_of_unless_they_are_this_machine(folder: Folder) -> None:
    (warning,) = folder.load(domain="http://zitadel.example.com").warnings
    assert "not encrypted" in warning
    for near in ("http://localhost", "http://127.8.9.1:8080", "http://[::1]", "http://zitadel.localhost"):
        assert folder.load(domain=near).warnings == ()
    for far in ("http://localhost.example.com", "http://128.0.0.1", "http://127.0.0.1.example.com"):
        assert len(folder.load(domain=far).warnings) == 1


@pytest.mark.parametrize("url", [f"{B}/oauth/v2/token", "http://a.example/oauth/v2/token", f"{A}:8443/t"])
def test_a_token_url_on_another_server_must_be_confirmed(folder: Folder, url: str) -> None:
    folder.write(f"ZITADEL_DOMAIN={A}\nZITADEL_TOKEN_URL={url}\n")
    failure = folder.refused()
    assert ".env line 2" in failure.summary
    assert f"--token-url {url}" in failure.hint
    settings = folder.load(token_url=url)
    assert (settings.token_url, settings.token_url_confirmed) == (url, True)


@pytest.mark.parametrize("url", [A, f"{A}/", f"{A}/oauth#x", "https://u:p@a.example/t", f"{A}/to ken"])
def test_what_is_no_endpoint_is_refused(folder: Folder, url: str) -> None:
    assert "--token-url" in folder.refused(domain=A, token_url=url).summary


# --- the .env ------------------------------------------------------------------------------------------


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
def test_typographic_quotes_are_taken_as_plain_ones_and_said(folder: Folder, quotes: str) -> None:
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
    assert (settings.project_id, settings.org_id) == ("${HOME}x", "$PROJECT_ID")


def test_a_windows_path_in_double_quotes_is_explained(folder: Folder) -> None:
    folder.write('CLIENT_PRIVATE_KEY_FILE_PATH = "C:\\temp\\new.json"\n')
    failure = folder.refused()
    assert "CLIENT_PRIVATE_KEY_FILE_PATH (.env line 1)" in failure.summary
    assert "single quotes" in failure.hint


def test_the_last_of_two_equal_names_is_used_and_said(folder: Folder) -> None:
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


# --- paths and single values ---------------------------------------------------------------------------


def test_a_relative_key_path_starts_where_it_is_written(folder: Folder) -> None:
    folder.write("CLIENT_PRIVATE_KEY_FILE_PATH=../k.json\n", "sub/.env")
    for options, environ in (
        ({"env_file": "sub/.env"}, {}),
        ({"key_file": "k.json"}, {}),
        ({}, {"CLIENT_PRIVATE_KEY_FILE_PATH": "./k.json"}),
    ):
        settings = load(options, environ, folder.path)
        assert settings.key_file is not None
        assert settings.key_file.path is not None
        assert settings.key_file.path.resolve() == (folder.path / "k.json").resolve()


def test_home_is_expanded_and_a_dash_is_standard_input(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    home = folder.load(key_file="~/k.json").key_file
    assert home is not None
    assert home.path == Path("/home/ada/k.json")
    piped = folder.load(key_file="-").key_file
    assert piped == KeyFileSource(None, "option --key-file")
    assert str(piped) == "-"


def test_the_ca_file_must_be_there(folder: Folder) -> None:
    folder.write("ca", "ca.pem")
    assert folder.load(ca_file="ca.pem").ca_file == folder.path / "ca.pem"
    assert "does not exist" in folder.refused(ca_file="no.pem").summary
    assert "is a directory" in folder.refused(ca_file=".").summary
    assert "does not exist" in folder.refused(ca_file="~nobody-of-this-name/x" * 50).summary


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("TRUE", True), ("on", True), ("0", False), ("no", False)]
)
def test_switches(folder: Folder, text: str, value: bool) -> None:
    settings = folder.load({"ZITADEL_INSECURE": text})
    assert settings.insecure is value
    assert bool(settings.warnings) is value


def test_an_unclear_switch_is_refused(folder: Folder) -> None:
    assert "ZITADEL_INSECURE" in folder.refused({"ZITADEL_INSECURE": "maybe"}).summary


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "3601", "soon"])
def test_a_timeout_is_a_number_of_seconds(folder: Folder, text: str) -> None:
    assert "--timeout" in folder.refused(timeout=text).summary
    assert folder.load(timeout="0.5").timeout == 0.5


@pytest.mark.parametrize("text", ["0", "-1", "1000001", "many", "1.5", "٣"])
def test_a_demo_has_a_number_of_members(folder: Folder, text: str) -> None:
    assert "--demo-size" in folder.refused(demo=True, demo_size=text).summary
    assert folder.load(demo=True, demo_size=100_000).demo_size == 100_000


@pytest.mark.parametrize("org", ["two words", "<YOUR_ORG>", "ö"])
def test_an_organization_is_given_by_id(folder: Folder, org: str) -> None:
    assert "--org" in folder.refused(org=org).summary


def test_an_empty_option_is_refused(folder: Folder) -> None:
    assert "--domain is empty" in folder.refused(domain=" ").summary


def test_the_demo_needs_and_uses_nothing_else(folder: Folder) -> None:
    folder.write("ZITADEL_DOMAIN=<YOUR_DOMAIN>\nCLIENT_PRIVATE_KEY_FILE_PATH=k.json\nnonsense: 1\n")
    settings = folder.load({"ZITADEL_DOMAIN": B, "ZITADEL_ORG_ID": "1"}, demo=True, org="2", read_only=True)
    assert (settings.demo, settings.domain, settings.key_file) == (True, None, None)
    assert (settings.org_id, settings.read_only, settings.warnings) == ("2", True, ())
    (warning,) = folder.load(demo=True, domain=A).warnings
    assert "--domain has no effect" in warning
