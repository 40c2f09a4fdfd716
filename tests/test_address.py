"""Addresses as people write them, brought into one form or refused."""

from pathlib import Path

import pytest

from tests.settings_folder import A, B, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


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
