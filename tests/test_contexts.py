"""contexts.toml, and settings that come from a context as a whole."""

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.malformed import TOML_VALUES, json_text
from tests.settings_folder import A, B, Folder
from zitadel_tui import contexts, paths
from zitadel_tui.contexts import NORMAL, PROTECTED, READ_ONLY, Context, Contexts
from zitadel_tui.failure import UsageFailure
from zitadel_tui.settings import missing, protection, switched

PRODUCTION = Context(
    "production", A, "/keys/production.json", org="Acme Corp", protection=PROTECTED, accent="red"
)
STAGING = Context("staging", B, token_env="STAGING_TOKEN")
DOTENV = f"ZITADEL_DOMAIN={B}\nCLIENT_PRIVATE_KEY_FILE_PATH=k.json\nZITADEL_ORG_ID=7\n"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def known(*every: Context, current: str = "") -> None:
    for context in every:
        contexts.put(contexts.file(), context)
    if current:
        contexts.use(contexts.file(), current)


def refusal(act: Callable[[], object]) -> str:
    """What is said against ``act``; empty when it is done."""
    try:
        act()
    except UsageFailure as failure:
        return failure.summary
    return ""


def written(text: str) -> None:
    contexts.file().parent.mkdir(parents=True, exist_ok=True)
    contexts.file().write_text(text)


# The file


def test_what_is_written_is_read_back() -> None:
    known(PRODUCTION, STAGING, current="staging")
    read = contexts.read(contexts.file())
    assert read == Contexts(contexts.file(), (PRODUCTION, STAGING), "staging")
    assert contexts.file().stat().st_mode & 0o777 == 0o600


def test_comments_and_other_contexts_stay_when_one_changes() -> None:
    written(f'# ours\n[contexts.a]\ndomain = "{A}" # the first\n')
    known(STAGING)
    contexts.remove(contexts.file(), STAGING)
    assert contexts.file().read_text().strip() == f'# ours\n[contexts.a]\ndomain = "{A}" # the first'


def test_removing_the_current_context_leaves_none_current() -> None:
    known(PRODUCTION, STAGING, current="staging")
    contexts.remove(contexts.file(), STAGING)
    assert contexts.read(contexts.file()).in_use is None


FORMS = {
    "inline": f'contexts = {{ a = {{ domain = "{A}", org = "x" }}, "b.c" = {{ domain = "{B}" }} }}',
    "inline in a table": f'[contexts]\na = {{domain="{A}", org="x"}}\n"b.c" = {{domain="{B}"}}',
    "dotted": f'contexts.a.domain = "{A}"\ncontexts.a.org = "x"\ncontexts."b.c".domain = "{B}"',
    "dotted in a table": f'[contexts]\na.domain = "{A}"\na.org = "x"\n"b.c".domain = "{B}"',
    "tables": f'[contexts.a]\ndomain = "{A}"\norg = "x"\n[contexts."b.c"]\ndomain = "{B}"',
    "tables of an explicit one": f'[contexts]\n[contexts.a]\ndomain="{A}"\norg="x"\n[contexts."b.c"]\n'
    f'domain="{B}"',
}


@pytest.mark.parametrize("current", ["", 'current = "a"\n'])
@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_every_way_to_write_contexts_can_be_changed(text: str, current: str) -> None:
    written(f"# ours\u2028still ours\n{current}{text}\n")
    first, second = Context("a", A, org="x"), Context("b.c", B)
    path, name = contexts.file(), "a" if current else ""
    assert contexts.read(path) == Contexts(path, (first, second), name)
    contexts.put(path, STAGING)
    assert contexts.read(path) == Contexts(path, (first, second, STAGING), name)
    contexts.put(path, first._replace(org="", accent="red"), before=first)
    assert contexts.read(path).named("a") == Context("a", A, accent="red")
    contexts.use(path, "b.c")
    contexts.remove(path, first._replace(org="", accent="red"))
    assert contexts.read(path) == Contexts(path, (second, STAGING), "b.c")
    assert path.read_text().startswith("# ours\u2028still ours\n")


def test_a_context_that_changed_meanwhile_is_neither_replaced_nor_removed() -> None:
    known(PRODUCTION)
    stronger = PRODUCTION._replace(protection=READ_ONLY)
    contexts.put(contexts.file(), stronger, before=PRODUCTION)
    blue = PRODUCTION._replace(accent="blue")
    stale: list[Callable[[], None]] = [
        lambda: contexts.put(contexts.file(), blue, before=PRODUCTION),
        lambda: contexts.put(contexts.file(), blue),
        lambda: contexts.remove(contexts.file(), PRODUCTION),
    ]
    for act in stale:
        assert "changed the context production" in refusal(act)
    assert "no context 'gone'" in refusal(lambda: contexts.use(contexts.file(), "gone"))
    assert contexts.read(contexts.file()).all == (stronger,)


def test_processes_that_add_contexts_at_once_lose_none() -> None:
    """Each waits until all are there, so that all read before any has written."""
    code = (
        "import sys; from pathlib import Path; from zitadel_tui import contexts; import tomlkit\n"
        "sys.stdin.read(); name = sys.argv[1]\n"
        "contexts.put(contexts.file(), contexts.Context(name, 'https://a.example'))"
    )
    names = [f"c{number}" for number in range(12)]
    processes = [
        subprocess.Popen([sys.executable, "-c", code, name], stdin=subprocess.PIPE) for name in names
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
    assert [process.wait(60) for process in processes] == [0] * len(names)
    assert sorted(one.name for one in contexts.read(contexts.file()).all) == sorted(names)
    assert [path.name for path in contexts.file().parent.iterdir()] == [contexts.FILE_NAME]


def test_a_folder_that_cannot_be_locked_does_not_prevent_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    known(STAGING)
    assert contexts.read(contexts.file()).all == (STAGING,)


def test_a_folder_that_another_process_keeps_locked_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "LOCK_SECONDS", 0.0)
    with paths.locked(contexts.file().parent), pytest.raises(UsageFailure) as caught:
        known(STAGING)
    assert "another process" in caught.value.summary
    assert contexts.read(contexts.file()).all == ()


def test_without_a_file_there_are_no_contexts() -> None:
    assert contexts.read(contexts.file()).all == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[contexts.a", "not valid TOML"),
        ("\udcff", "not UTF-8"),
        ('[contexts.a]\ndomain = "a b"', "an address"),
        ("[contexts.a]\norg = 'x'", "an address"),
        (f'[contexts.a]\ndomain = "{A}"\nprotection = "strong"', "normal, protected, read-only"),
        (f'[contexts.a]\ndomain = "{A}"\nprotecton = "normal"', "did you mean protection"),
        (f'[contexts.a]\ndomain = "{A}"\nread_only = true', "unknown entry"),
        (f'[contexts.a]\ndomain = "{A}"\norg = 5', "in quotes"),
        (f'[contexts."a b"]\ndomain = "{A}"', "letters, digits"),
        (f'[contexts.".env"]\ndomain = "{A}"', "letters, digits"),
        ("contexts = 5", "as tables"),
        ("[context.a]", "unknown entry 'context'"),
        ('current = "gone"', "does not exist"),
        ("x = '\x1b[31m'", "TOML"),
        ("x = " + "[" * 3000, "TOML"),
        ("x = " + "9" * 5000, "TOML"),
        ("a." * 3000 + "b = 1", "unknown entry"),
    ],
)
def test_a_file_that_cannot_be_understood_is_never_ignored(folder: Folder, text: str, said: str) -> None:
    written("")
    contexts.file().write_bytes(text.encode("utf-8", "surrogateescape"))
    failure = folder.refused(domain=A, key_file="k.json")
    assert said in failure.summary
    assert failure.hint
    assert "\x1b" not in failure.summary


@pytest.mark.parametrize("value", TOML_VALUES, ids=range(len(TOML_VALUES)))
def test_any_value_is_understood_or_refused_in_a_sentence(value: str) -> None:
    good = f'[contexts.a]\ndomain = "{A}"\n'
    for text in (f"{good}org = {value}", f"{good}{value} = 1", f"contexts = {value}", f"current = {value}"):
        written("")
        contexts.file().write_bytes(json_text(text))
        for act in (lambda: contexts.read(contexts.file()), lambda: known(STAGING)):
            assert len(refusal(act)) < 600


def test_a_missing_current_context_is_fixed_by_using_another() -> None:
    known(STAGING)
    contexts.file().write_text('current = "gone"\n' + contexts.file().read_text())
    contexts.use(contexts.file(), "staging")
    assert contexts.read(contexts.file()).in_use == STAGING


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_file_that_is_not_regular_is_refused_without_waiting(make: Callable[[Path], None]) -> None:
    contexts.file().parent.mkdir(parents=True, exist_ok=True)
    make(contexts.file())
    with pytest.raises(UsageFailure) as caught:
        contexts.read(contexts.file())
    assert "not a file" in caught.value.summary


# One unit


def test_a_context_is_used_whole(folder: Folder) -> None:
    known(PRODUCTION)
    folder.write(f"ZITADEL_DOMAIN={A}\nZITADEL_TOKEN_URL={A}/token\nZITADEL_ORG_ID=7\nZITADEL_INSECURE=1\n")
    settings = folder.load({"ZITADEL_ACCESS_TOKEN": "pat"}, context="production")
    assert (settings.domain, settings.org, settings.context, settings.accent) == (
        A,
        "Acme Corp",
        "production",
        "red",
    )
    assert settings.key_file is not None
    assert str(settings.key_file.path) == "/keys/production.json"
    assert (settings.token_url, settings.insecure, settings.access_token) == (None, False, None)
    assert {row.origin for row in settings.rows if row.name in ("domain", "key_file")} == {
        "context production"
    }


def test_the_current_context_is_used_where_nothing_else_names_a_server(folder: Folder) -> None:
    known(PRODUCTION, current="production")
    settings = folder.load({"ZITADEL_THEME": "nord"})
    assert (settings.domain, settings.theme, settings.warnings) == (A, "nord", ())


def test_a_dotenv_replaces_the_current_context_with_a_warning(folder: Folder) -> None:
    known(PRODUCTION, current="production")
    folder.write(DOTENV)
    settings = folder.load()
    assert (settings.domain, settings.context, settings.org) == (B, ".env", "7")
    (warning,) = settings.warnings
    assert "production is not used" in warning


def test_a_settings_file_is_never_shown_as_a_context_of_its_name(folder: Folder) -> None:
    known(PRODUCTION)
    folder.write(DOTENV, "production")
    assert folder.load(env_file="production").context == "./production"
    folder.write(DOTENV, "other")
    assert folder.load(env_file="other").context == "other"


def test_a_dotenv_for_the_server_of_the_current_context_is_no_warning(folder: Folder) -> None:
    known(STAGING, current="staging")
    folder.write(DOTENV)
    assert folder.load().warnings == ()


def test_options_replace_a_context_and_use_nothing_of_it(folder: Folder) -> None:
    known(PRODUCTION)
    settings = folder.load(context="production", domain=B, key_file="k.json")
    assert (settings.domain, settings.org, settings.context) == (B, None, "")
    (warning,) = settings.warnings
    assert "context production" in warning


@pytest.mark.parametrize(("option", "value"), [("key_file", "k.json"), ("domain", B)])
def test_half_a_server_of_options_is_not_completed_by_a_context(
    folder: Folder, option: str, value: str
) -> None:
    known(PRODUCTION, current="production")
    failure = folder.refused({}, **{"context": "production", option: value})
    assert "context production" in failure.summary
    assert missing(folder.load({}, **{option: value})) is not None


def test_an_organization_alone_is_one_of_the_context(folder: Folder) -> None:
    known(PRODUCTION)
    assert folder.load({"ZITADEL_ORG_ID": "9"}, context="production").org == "9"
    assert folder.load(context="production", org="Globex").org == "Globex"


def test_an_organization_beside_an_address_belongs_to_that(folder: Folder) -> None:
    known(PRODUCTION)
    folder.write(DOTENV)
    assert folder.load(context="production").org == "Acme Corp"


HALVES = {
    "address": ({"ZITADEL_DOMAIN": B}, "ZITADEL_ORG_ID=7\n"),
    "organization": ({"ZITADEL_ORG_ID": "7"}, f"ZITADEL_DOMAIN={B}\n"),
    "credential": ({"ZITADEL_ACCESS_TOKEN": "pat"}, f"ZITADEL_DOMAIN={B}\nZITADEL_ORG_ID=7\n"),
}
"""A server, its credential and its organization, of which one half stands in the environment."""


@pytest.mark.parametrize(("environ", "dotenv"), HALVES.values(), ids=HALVES.keys())
def test_an_organization_beside_an_address_belongs_to_that_wherever_both_stand(
    folder: Folder, environ: dict[str, str], dotenv: str
) -> None:
    known(PRODUCTION)
    folder.write(dotenv)
    assert folder.load(environ, context="production").org == "Acme Corp"
    assert folder.load(environ, domain=A, key_file="k.json").org is None
    assert folder.load(environ, domain=B, key_file="k.json").org == "7"
    assert folder.load(environ, context="production", org="9").org == "9"


def test_read_only_holds_for_every_server_whatever_it_stands_beside(folder: Folder) -> None:
    known(PRODUCTION, STAGING)
    folder.write(f"{DOTENV}ZITADEL_READ_ONLY=1\n")
    elsewhere: list[dict[str, object]] = [{"context": "staging"}, {"domain": A, "key_file": "k.json"}, {}]
    for options in elsewhere:
        settings = folder.load({}, **options)
        assert settings.read_only
        row = next(row for row in settings.rows if row.name == "protection")
        assert (row.value, row.origin) == (READ_ONLY, ".env line 4")
    assert switched(folder.load(), "staging", {}, folder.path).read_only


def test_an_unknown_context_is_refused_with_the_nearest_name(folder: Folder) -> None:
    assert "none has been added" in folder.refused(context="production").summary
    known(PRODUCTION)
    assert "Did you mean production?" in folder.refused(context="prodution").hint


def test_a_context_and_a_settings_file_are_not_combined(folder: Folder) -> None:
    known(PRODUCTION)
    folder.write(DOTENV, "other.env")
    assert "cannot be combined" in folder.refused(context="production", env_file="other.env").summary


def test_a_token_comes_from_where_the_context_says(folder: Folder) -> None:
    known(STAGING, Context("files", B, token_file=str(folder.write("  of-a-file\n", "token"))))
    settings = folder.load({"STAGING_TOKEN": "pat"}, context="staging")
    assert settings.access_token is not None
    assert settings.access_token.reveal() == "pat"
    token = folder.load(context="files").access_token
    assert token is not None
    assert token.reveal() == "of-a-file"
    assert "pat" not in contexts.file().read_text()


def test_a_token_that_is_not_there_is_missing(folder: Folder) -> None:
    known(STAGING, Context("files", B, token_file="nowhere"))
    assert "$STAGING_TOKEN is not set" in str(missing(folder.load(context="staging")))
    assert "cannot be read" in str(missing(folder.load(context="files")))


def test_a_token_file_that_is_no_regular_file_is_refused_without_waiting(folder: Folder) -> None:
    os.mkfifo(folder.path / "pipe")
    known(Context("pipe", B, token_file=str(folder.path / "pipe")))
    assert "it is not a file" in str(missing(folder.load(context="pipe")))


def test_switching_keeps_what_is_about_this_run(folder: Folder) -> None:
    known(PRODUCTION, STAGING, current="staging")
    before = folder.load(timeout="7", read_only=True, colors="16", org="5")
    after = switched(before, "production", {}, folder.path)
    assert (after.domain, after.timeout, after.read_only, after.org) == (A, 7, True, "Acme Corp")


# Protection


@pytest.mark.parametrize("options", [{"domain": A, "key_file": "k.json"}, {"env_file": "a.env"}, {}])
def test_a_protection_holds_however_its_server_is_reached(folder: Folder, options: dict[str, object]) -> None:
    known(PRODUCTION)
    folder.write(f"ZITADEL_DOMAIN={A}:443/\nCLIENT_PRIVATE_KEY_FILE_PATH=k.json\n", "a.env")
    settings = folder.load({} if options else {"ZITADEL_DOMAIN": A, "ZITADEL_ACCESS_TOKEN": "t"}, **options)
    assert protection(settings) == (PROTECTED, "production")
    row = next(row for row in settings.rows if row.name == "protection")
    assert (row.value, row.origin) == (PROTECTED, "context production")


@pytest.mark.parametrize(
    ("stated", "reached", "holds"),
    [
        ("https://a.example", "http://a.example", True),
        ("http://a.example", "https://a.example:443", True),
        ("https://a.example", "http://a.example:443", True),
        ("https://a.example", "https://a.example.", True),
        ("https://a.example:8443", "http://a.example:8443", True),
        ("https://[::1]", "http://[::1]", True),
        ("https://a.example", "https://a.example:8443", False),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8081", False),
        ("https://a.example", "https://b.a.example", False),
    ],
)
def test_a_protection_holds_with_and_without_tls(
    folder: Folder, stated: str, reached: str, holds: bool
) -> None:
    known(Context("production", stated, protection=PROTECTED))
    level = protection(folder.load(domain=reached, key_file="k.json")).level
    assert level == (PROTECTED if holds else NORMAL)


def test_the_strictest_protection_applies(folder: Folder) -> None:
    known(PRODUCTION, Context("look", A, protection=READ_ONLY), Context("work", A, protection=NORMAL))
    settings = folder.load(context="work")
    assert protection(settings) == (READ_ONLY, "look")
    assert "the context look" in protection(settings).against_changes
    assert protection(folder.load(domain=B, key_file="k.json")) == (NORMAL, "")
    assert "--read-only" in protection(folder.load(domain=B, key_file="k", read_only=True)).against_changes


def test_the_demo_has_no_protection_and_reads_no_contexts(folder: Folder) -> None:
    written("[broken")
    assert protection(folder.load(demo=True)).level == NORMAL


def test_an_invalid_name_of_a_context_is_refused() -> None:
    assert not any(map(contexts.is_name, ("", "a b", "a/b", "x" * 41, "a\n", ".env", "-x")))
    with pytest.raises(UsageFailure):
        Contexts().named("x")
