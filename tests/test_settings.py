"""Settings: what is read from where, and that a key never meets a server it was not made for."""

import os
from pathlib import Path

import pytest

from tests.settings_folder import SEED, A, B, Folder
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import MASK, Secret
from zitadel_tui.settings import KeyFileSource, Settings, load, missing
from zitadel_tui.zitadel import keyfile


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


def test_without_anything_the_defaults_hold_and_what_is_missing_is_reported(folder: Folder) -> None:
    settings = folder.load()
    assert (settings.project_id, settings.timeout, settings.insecure) == ("zitadel", 30.0, False)
    assert (settings.domain, settings.key_file, settings.org) == (None, None, None)
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
    assert row(folder.load(no_cache=False), "no_cache") == (False, "default"), "as without the option"
    assert row(settings, "ca_file") == (None, "not set")
    assert {setting.name for setting in settings.rows} == {
        *("domain", "token_url", "project_id", "key_file", "access_token", "org", "ca_file", "insecure"),
        *(
            "context",
            "protection",
            "timeout",
            "max_clock_difference",
            "read_only",
            "no_cache",
            "trace",
            "trace_bodies",
            "theme",
            "colors",
            "demo",
            "demo_size",
        ),
    }


def test_options_win_over_the_environment_and_that_over_the_file(folder: Folder) -> None:
    folder.write(f"ZITADEL_DOMAIN={A}\nPROJECT_ID=file\nZITADEL_ORG_ID=file\nZITADEL_INSECURE=true\n")
    environ = {"PROJECT_ID": "environment", "ZITADEL_ORG_ID": "environment"}
    settings = folder.load(environ, org="option")
    assert (settings.project_id, settings.org, settings.insecure) == ("environment", "option", True)


def test_empty_values_count_as_not_given(folder: Folder) -> None:
    folder.write(f"ZITADEL_DOMAIN={A}\nZITADEL_ORG_ID=\nPROJECT_ID=''\n")
    settings = folder.load({"ZITADEL_DOMAIN": " ", "ZITADEL_INSECURE": ""})
    assert (settings.domain, settings.org, settings.project_id) == (A, None, "zitadel")


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


def test_environment_and_file_complete_each_other_with_a_word(folder: Folder) -> None:
    folder.write(SEED)
    settings = folder.load({"CLIENT_PRIVATE_KEY_FILE_PATH": "/other.json"})
    assert settings.key_file == KeyFileSource(Path("/other.json"), "environment CLIENT_PRIVATE_KEY_FILE_PATH")
    assert any("belong together" in warning and ".env line 3" in warning for warning in settings.warnings)


@pytest.mark.parametrize(
    ("file", "environ", "options"),
    [
        ("CLIENT_PRIVATE_KEY_FILE_PATH=k.json\n", {}, {"domain": A}),
        ("", {"ZITADEL_ACCESS_TOKEN": "pat"}, {"domain": A}),
        (f"ZITADEL_DOMAIN={A}\nCLIENT_PRIVATE_KEY_FILE_PATH=k.json\n", {}, {"key_file": "other.json"}),
        ("", {"ZITADEL_DOMAIN": A, "ZITADEL_ACCESS_TOKEN": "pat"}, {"key_file": "other.json"}),
    ],
)
def test_options_and_environment_are_not_mixed(
    folder: Folder, file: str, environ: dict[str, str], options: dict[str, object]
) -> None:
    folder.write(file)
    failure = folder.refused(environ, **options)
    assert "option --" in failure.summary
    assert "not used together" in failure.summary
    assert f"--domain {A}" in failure.hint


def test_a_ca_file_of_the_environment_is_not_used_with_an_address_of_options(folder: Folder) -> None:
    folder.write("ca", "ca.pem")
    environ = {"ZITADEL_CA_FILE": "ca.pem", "ZITADEL_ORG_ID": "7", "PROJECT_ID": "p"}
    settings = folder.load(environ, domain=A, key_file="k.json")
    assert (settings.ca_file, settings.org, settings.project_id) == (None, "7", "zitadel")
    (warning,) = settings.warnings
    assert "ZITADEL_CA_FILE" in warning


def test_what_an_option_says_of_trust_applies_to_the_server_of_the_environment(folder: Folder) -> None:
    folder.write("ca", "ca.pem")
    folder.write(SEED)
    settings = folder.load(ca_file="ca.pem", org="Acme Corp")
    assert (settings.ca_file, settings.org) == (folder.path / "ca.pem", "Acme Corp")


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
    assert (settings.token_url, settings.org, settings.insecure) == (None, None, False)
    assert (settings.project_id, settings.access_token, settings.ca_file) == ("zitadel", None, None)
    (warning,) = settings.warnings
    assert A in warning
    assert "are ignored" in warning


def test_a_placeholder_in_a_lower_place_does_not_stop_a_complete_higher_one(folder: Folder) -> None:
    folder.write("ZITADEL_DOMAIN=<YOUR_DOMAIN>\nCLIENT_PRIVATE_KEY_FILE_PATH=k.json\n")
    assert folder.load(domain=B, key_file="o.json").domain == B
    assert "placeholder" in folder.refused().summary
    assert "cannot be read" in folder.refused(domain=B).summary


def test_a_key_file_wins_over_an_access_token_and_that_is_reported(folder: Folder) -> None:
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


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "100001", "day", "9" * 5000])
def test_a_clock_difference_is_a_number_of_hours(folder: Folder, text: str) -> None:
    assert "--max-clock-difference" in folder.refused(max_clock_difference=text).summary
    assert folder.load(max_clock_difference="0").max_clock_difference == 0
    assert folder.load(max_clock_difference="720").max_clock_difference == 720
    assert folder.load().max_clock_difference == 24


@pytest.mark.parametrize("text", ["0", "-1", "1000001", "many", "1.5", "٣"])
def test_a_demo_has_a_number_of_members(folder: Folder, text: str) -> None:
    assert "--demo-size" in folder.refused(demo=True, demo_size=text).summary
    assert folder.load(demo=True, demo_size=100_000).demo_size == 100_000


def test_an_organization_is_given_by_id_or_name(folder: Folder) -> None:
    assert folder.load(org="Ölmühle & Söhne").org == "Ölmühle & Söhne"
    assert "--org" in folder.refused(org="<YOUR_ORG>").summary


def test_an_empty_option_is_refused(folder: Folder) -> None:
    assert "--domain is empty" in folder.refused(domain=" ").summary


def test_the_demo_needs_and_uses_nothing_else(folder: Folder) -> None:
    folder.write("ZITADEL_DOMAIN=<YOUR_DOMAIN>\nCLIENT_PRIVATE_KEY_FILE_PATH=k.json\nnonsense: 1\n")
    settings = folder.load({"ZITADEL_DOMAIN": B, "ZITADEL_ORG_ID": "1"}, demo=True, org="2", read_only=True)
    assert (settings.demo, settings.domain, settings.key_file) == (True, None, None)
    assert (settings.org, settings.read_only, settings.warnings) == ("2", True, ())


@pytest.mark.parametrize("option", ["domain", "key_file", "context", "env_file"])
def test_an_option_that_names_a_server_has_no_effect_on_the_demo_with_a_warning(
    folder: Folder, option: str
) -> None:
    (warning,) = folder.load({}, demo=True, **{option: "x"}).warnings
    assert f"--{option.replace('_', '-')} has no effect" in warning


# --- what is about the user ----------------------------------------------------------------------------


def test_read_only_comes_from_everywhere(folder: Folder) -> None:
    assert folder.load({"ZITADEL_READ_ONLY": "yes"}).read_only
    assert folder.load(read_only=True).read_only
    folder.write("ZITADEL_READ_ONLY=true\n")
    assert row(folder.load(), "read_only") == (True, ".env line 1")
    assert not folder.load({"ZITADEL_READ_ONLY": "false"}).read_only
    assert folder.load({"ZITADEL_READ_ONLY": "false"}, read_only=True).read_only
    assert "neither true nor false" in folder.refused({"ZITADEL_READ_ONLY": "perhaps"}).summary


def test_theme_and_colours_are_those_of_the_user_whatever_the_server_is(folder: Folder) -> None:
    folder.write(f"ZITADEL_DOMAIN={B}\nZITADEL_THEME=light\nZITADEL_COLORS=none\n")
    for options in ({"domain": A}, {"demo": True}):
        settings = folder.load(**options)
        assert (settings.theme, settings.colors) == ("light", "none")
    settings = folder.load({"ZITADEL_THEME": "dark", "ZITADEL_COLORS": "TrueColor"}, demo=True)
    assert (settings.theme, settings.colors) == ("dark", "truecolor")
    assert row(settings, "theme") == ("dark", "environment ZITADEL_THEME")


def test_theme_and_colours_are_left_to_app_and_terminal(folder: Folder) -> None:
    assert (folder.load().theme, folder.load().colors) == (None, "auto")


def test_colours_are_one_of_a_few_words(folder: Folder) -> None:
    refused = folder.refused({"ZITADEL_COLORS": "8"}, demo=True)
    assert "ZITADEL_COLORS in the environment cannot be '8'" in refused.summary
    assert refused.hint == "Use auto, none, 16, 256, truecolor."


# --- advice and names ----------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["key_file", "ca_file"])
def test_how_a_relative_path_is_meant_fits_the_place_that_gives_it(folder: Folder, setting: str) -> None:
    name = {"key_file": "CLIENT_PRIVATE_KEY_FILE_PATH", "ca_file": "ZITADEL_CA_FILE"}[setting]
    folder.write(f"{name}=missing\n", "stage/my.env")

    def advice(environ: dict[str, str], **options: object) -> str:
        if setting == "ca_file":
            return folder.refused(environ, **options).hint
        source = folder.load(environ, **options).key_file
        assert source is not None
        with pytest.raises(UsageFailure, match="does not exist") as caught:
            keyfile.read(source)
        return caught.value.hint

    here, there = "starts at the current folder.", "starts at the folder of stage/my.env."
    assert advice({}, **{setting: "missing"}).endswith(here)
    assert advice({name: "missing"}).endswith(here)
    assert advice({}, env_file="stage/my.env").endswith(there)
    assert "relative" not in KeyFileSource(None, "the demo").path_advice


def test_control_characters_are_explained_where_they_come_from(folder: Folder) -> None:
    folder.write('ZITADEL_ORG_ID="a\\tb"\n')
    assert "single quotes" in folder.refused().hint
    assert "quotes" not in folder.refused(org="a\tb").hint


def test_names_in_the_environment_that_resemble_ours_are_pointed_out(folder: Folder) -> None:
    environ = {
        "CLIENT_PRIVATE_KEY_FILE_PTH": "secret",
        "zitadel_domain": "secret",
        "ZITADLE_ORG_ID": "secret",
        "ZITADEL_PAT": "known to the seed",
        "PROJECT_IDS": "anybody's",
        "GCP_PROJECT_ID": "anybody's",
        "ZITADEL_MASTERKEY": "the server's",
        "HOME": "/root",
        "ZITADEL_DOMAIN": A,
    }
    warnings = folder.load(environ).warnings
    assert [warning.split()[0] for warning in warnings] == [
        "CLIENT_PRIVATE_KEY_FILE_PTH",
        "ZITADLE_ORG_ID",
        "zitadel_domain",
    ]
    assert warnings[0].endswith("Did you mean CLIENT_PRIVATE_KEY_FILE_PATH?")
    assert "secret" not in " ".join(warnings)


@pytest.mark.parametrize("option", ["domain", "token_url", "key_file", "org", "ca_file", "env_file"])
@pytest.mark.parametrize("text", ["\ud800", "a\0b", "9" * 4300, "x" * 5000, "~\udcff"])
def test_any_text_in_an_option_is_used_or_refused(folder: Folder, option: str, text: str) -> None:
    options: dict[str, object] = {option: text}
    try:
        folder.load({}, **options)
    except UsageFailure:
        failure = folder.refused({}, **options)
        assert (bool(failure.hint), failure.summary.isprintable()) == (True, True)
    else:
        assert option in ("key_file", "org", "domain")


@pytest.mark.parametrize("option", ["timeout", "demo_size", "max_clock_difference"])
@pytest.mark.parametrize("text", ["9" * 4300, "9" * 5000, "1e400", "-", "0x10", "\ud800", "\0", "-1"])
def test_any_text_for_a_number_is_refused(folder: Folder, option: str, text: str) -> None:
    options: dict[str, object] = {"demo": True, option: text}
    assert folder.refused({}, **options).hint
