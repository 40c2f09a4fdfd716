"""Key files: the seed's form is read, damage by shells is repaired, everything else gets its sentence."""

import base64
import codecs
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st

from tests.zitadel.keys import (
    PKCS1,
    PKCS8,
    as_file,
    check_good,
    check_sentence,
    damaged_pem,
    good_pem,
    parse,
    pem_of,
    refused,
    rsa_key,
)
from zitadel_tui.failure import UsageFailure
from zitadel_tui.zitadel import keyfile


def test_the_seeds_form_is_read() -> None:
    found = parse(as_file())
    check_good(found)
    assert found.expires is None
    assert found.warnings == ()
    assert found.origin == "option --key-file"


def test_the_key_is_not_in_its_repr() -> None:
    content = as_file()
    text = repr(parse(content))
    assert not any(line in text for line in json.loads(content)["key"].splitlines())
    assert str(rsa_key().private_numbers().d) not in text


@pytest.mark.parametrize(
    ("written", "expires"),
    [
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2027-01-01T00:00:00.123456789Z", datetime(2027, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)),
        ("2027-01-01T02:00:00+02:00", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2027-01-01t00:00:00z", datetime(2027, 1, 1, tzinfo=UTC)),
        (None, None),
        ("", None),
    ],
)
def test_the_expiry_is_read(written: str | None, expires: datetime | None) -> None:
    found = parse(as_file(expirationDate=written))
    check_good(found)
    assert found.expires == expires
    assert found.warnings == ()


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose time zone is five hours behind UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "XXX5")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_an_expiry_without_a_zone_is_in_utc() -> None:
    found = parse(as_file(expirationDate="2027-01-01T00:00:00"))
    assert found.expires == datetime(2027, 1, 1, tzinfo=UTC)


def test_an_expired_key_is_refused_with_its_date() -> None:
    failure = refused(as_file(expirationDate="2026-07-01T12:00:00Z"))
    assert "expired on 2026-07-01 12:00 UTC" in failure.summary
    assert "Keys" in failure.hint


def test_a_key_that_ends_soon_is_warned_of() -> None:
    (warning,) = parse(as_file(expirationDate="2026-07-10T00:00:00Z")).warnings
    assert "expires on 2026-07-10" in warning


@pytest.mark.parametrize("written", ["soon", "31.12.2027", 5, ["2027"], "9999-12-31T23:59:59-23:00"])
def test_a_date_that_is_none_is_left_to_the_server(written: object) -> None:
    found = parse(as_file(expirationDate=written))
    assert found.expires is None
    (warning,) = found.warnings
    assert "expirationDate" in warning


# --- repaired silently ---------------------------------------------------------------------------------


def wrapped(data: bytes) -> bytes:
    return base64.encodebytes(data)


REPAIRED: dict[str, Callable[[], bytes]] = {
    "PKCS#8": lambda: as_file(key=pem_of(rsa_key(), PKCS8)),
    "no line break at the end": lambda: as_file(key=good_pem().strip()),
    "literal \\n": lambda: as_file(key=good_pem().replace("\n", "\\n")),
    "literal \\\\n": lambda: as_file(key=good_pem().replace("\n", "\\\\n")),
    "CRLF": lambda: as_file(key=good_pem().replace("\n", "\r\n")),
    "literal \\r\\n": lambda: as_file(key=good_pem().replace("\n", "\\r\\n")),
    "blanks for line breaks": lambda: as_file(key=good_pem().replace("\n", " ")),
    "no line breaks": lambda: as_file(key=good_pem().replace("\n", "")),
    "real line breaks in the JSON": lambda: as_file().replace(b"\\n", b"\n"),
    "certificate before the key": lambda: as_file(
        key=f"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n{good_pem()}"
    ),
    "byte order mark": lambda: codecs.BOM_UTF8 + as_file(),
    "UTF-16 of PowerShell": lambda: as_file().decode().encode("utf-16"),
    "CRLF file": lambda: as_file().replace(b"\n", b"\r\n"),
    "base64": lambda: base64.b64encode(as_file()),
    "base64 with line breaks": lambda: wrapped(as_file()),
    "base64 with CRLF": lambda: wrapped(as_file()).replace(b"\n", b"\r\n"),
    "base64 without padding": lambda: base64.b64encode(as_file()).rstrip(b"="),
    "base64 for URLs": lambda: base64.urlsafe_b64encode(as_file()),
    "base64 in quotes": lambda: b'"' + base64.b64encode(as_file()) + b'"\n',
    "base64 of a file with byte order mark": lambda: base64.b64encode(codecs.BOM_UTF8 + as_file()),
    "blanks around ids": lambda: as_file(keyId=" 257116669862805805\n"),
    "unknown fields": lambda: as_file(appId="1", extra={"deep": [1]}),
}


@pytest.mark.parametrize("damage", REPAIRED)
def test_it_is_repaired_silently(damage: str) -> None:
    found = parse(REPAIRED[damage]())
    check_good(found)
    assert found.warnings == ()


# --- refused -------------------------------------------------------------------------------------------

PUBLIC = serialization.PublicFormat.SubjectPublicKeyInfo


def public_pem() -> str:
    return rsa_key().public_key().public_bytes(serialization.Encoding.PEM, PUBLIC).decode()


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "is empty"),
    "blanks": (lambda: b" \n\t", "is empty"),
    "only a byte order mark": (lambda: codecs.BOM_UTF8, "is empty"),
    "binary": (lambda: b"\x89PNG\r\n\x1a\n\x00\xff", "not a text file"),
    "text with NUL": (lambda: b'{"type":"\x00"}', "not a text file"),
    "huge": (lambda: b"{" + b" " * keyfile.LIMIT, "larger than 64 KiB"),
    "not JSON": (lambda: b"hello: world", "not JSON (line 1, column 1)"),
    "cut off": (lambda: as_file()[:200], "not JSON"),
    "base64 of something else": (lambda: base64.b64encode(b"hello world"), "not JSON"),
    "nested without end": (lambda: b"[" * 60_000, "not JSON"),
    "a number without end": (lambda: b"9" * 60_000 + b".", "not JSON"),
    "a bare PEM": (lambda: good_pem().encode(), "is a bare PEM"),
    "a list": (lambda: b"[1]", "not an object"),
    "a string": (lambda: b'"hello"', "not an object"),
    "another object": (lambda: b'{"apiVersion": "v1"}', "JSON of another kind"),
    "empty object": (lambda: b"{}", "JSON of another kind"),
    "application": (lambda: as_file(type="application", appId="1", clientId="2"), "key of an application"),
    "another type": (lambda: as_file(type="service\x1b[31m" + "x" * 99), "has the type service\ufffd[31mx"),
    "no type": (lambda: as_file(type=...), "has no type"),
    "type no text": (lambda: as_file(type=5), "has no type"),
    "no keyId": (lambda: as_file(keyId=...), "lacks the field keyId"),
    "no key": (lambda: as_file(key=...), "lacks the field key"),
    "no userId": (lambda: as_file(userId=...), "lacks the field userId"),
    "empty userId": (lambda: as_file(userId=""), "lacks the field userId"),
    "null key": (lambda: as_file(key=None), "lacks the field key"),
    "number keyId": (lambda: as_file(keyId=257116669862805805), "field keyId that is not text"),
    "list key": (lambda: as_file(key=[good_pem()]), "field key that is not text"),
    "odd userId": (lambda: as_file(userId="25 71"), "field userId that is not an id"),
    "blank userId": (lambda: as_file(userId="  "), "field userId that is not an id"),
    "placeholder keyId": (lambda: as_file(keyId="<YOUR_KEY_ID>"), "placeholder in the field keyId"),
    "placeholder userId": (lambda: as_file(userId="<YOUR_USER_ID>"), "placeholder in the field userId"),
    "placeholder key": (
        lambda: as_file(key="-----BEGIN RSA PRIVATE KEY-----\n<YOUR_KEY>\n-----END RSA PRIVATE KEY-----\n"),
        "placeholder in the field key.",
    ),
    "no PEM": (lambda: as_file(key="secret"), "has no PEM in the field key"),
    "PEM cut off": (lambda: as_file(key=good_pem()[:900]), "private key that is cut off"),
    "PEM damaged": (lambda: as_file(key=good_pem().replace("M", "N", 3)), "holds a damaged private key"),
    "PEM short": (lambda: as_file(key=good_pem()[:600] + good_pem()[800:]), "holds a damaged private key"),
    "PEM empty": (
        lambda: as_file(key="-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----"),
        "holds a damaged private key",
    ),
    "public key": (lambda: as_file(key=public_pem()), "holds a public key where"),
    "certificate": (
        lambda: as_file(key="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
        "holds a certificate where",
    ),
    "EC": (lambda: as_file(key=pem_of(ec.generate_private_key(ec.SECP256R1()))), "holds an EC key"),
    "EC in PKCS#8": (
        lambda: as_file(key=pem_of(ec.generate_private_key(ec.SECP256R1()), PKCS8)),
        "holds an EC key",
    ),
    "Ed25519": (
        lambda: as_file(key=pem_of(ed25519.Ed25519PrivateKey.generate(), PKCS8)),
        "holds an Ed25519 key",
    ),
    "OpenSSH": (
        lambda: as_file(key=pem_of(rsa_key(), serialization.PrivateFormat.OpenSSH)),
        "holds a key in the form “OPENSSH PRIVATE KEY”",
    ),
    "encrypted PKCS#1": (lambda: as_file(key=pem_of(rsa_key(), PKCS1, b"secret")), "encrypted private key"),
    "encrypted PKCS#8": (lambda: as_file(key=pem_of(rsa_key(), PKCS8, b"secret")), "encrypted private key"),
    "1024 bits": (lambda: as_file(key=pem_of(rsa_key(1024))), "RSA key of 1024 bits"),
}


@pytest.mark.parametrize("problem", REFUSED)
def test_it_is_refused_in_one_sentence(problem: str) -> None:
    build, said = REFUSED[problem]
    failure = refused(build())
    assert failure.summary.startswith("The key from standard input ")
    assert said in failure.summary


@pytest.mark.parametrize("by", [1, 2])
def test_numbers_that_do_not_belong_together_are_refused_when_they_are_checked(by: int) -> None:
    found = parse(as_file(key=damaged_pem(by)))
    with pytest.raises(UsageFailure) as caught:
        found.check()
    check_sentence(caught.value)
    assert caught.value.summary == "The key from standard input holds a damaged private key."


def test_a_good_key_passes_the_check() -> None:
    parse(as_file()).check()


@pytest.mark.parametrize("problem", REFUSED)
def test_no_message_quotes_the_key(problem: str) -> None:
    text = REFUSED[problem][0]().decode("utf-8", "replace")
    failure = refused(REFUSED[problem][0]())
    message = failure.summary + failure.hint
    assert "\x1b" not in message
    assert "secret" not in message
    pieces = {text[start : start + 16] for start in range(len(text) - 16)}
    assert not any(piece in message for piece in pieces if piece.isalnum() and "PRIVATE" not in piece)


# --- where it is read from -----------------------------------------------------------------------------


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELD = JSON | st.sampled_from(["serviceaccount", "application", "<X>", "-----BEGIN RSA PRIVATE KEY-----"])


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_one_sentence(data: bytes) -> None:
    refused(data)


@given(st.dictionaries(st.sampled_from(["type", "keyId", "key", "userId", "expirationDate"]), FIELD))
def test_any_object_is_refused_in_one_sentence(fields: dict[str, object]) -> None:
    refused(json.dumps({"type": "serviceaccount"} | fields).encode())


@given(st.text(alphabet="ABab01+/=\n \\n-", max_size=200))
def test_any_content_of_a_pem_is_refused_in_one_sentence(body: str) -> None:
    refused(as_file(key=f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\n"))
