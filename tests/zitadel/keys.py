"""Key files for tests, and what is expected of what is made of them."""

import base64
import functools
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from zitadel_tui.failure import UsageFailure
from zitadel_tui.settings import KeyFileSource
from zitadel_tui.zitadel import keyfile

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
PIPED = KeyFileSource(None, "option --key-file")
PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL
PKCS8 = serialization.PrivateFormat.PKCS8


@functools.cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def pem_of(
    key: PrivateKeyTypes, form: serialization.PrivateFormat = PKCS1, passphrase: bytes | None = None
) -> str:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase)
    return key.private_bytes(serialization.Encoding.PEM, form, encryption).decode()


@functools.cache
def good_pem() -> str:
    return pem_of(rsa_key())


@functools.cache
def damaged_pem(by: int) -> str:
    """A key that can be read, though its modulus is off ``by`` so much."""
    modulus = rsa_key().public_key().public_numbers().n
    der = rsa_key().private_bytes(serialization.Encoding.DER, PKCS1, serialization.NoEncryption())
    der = der.replace(modulus.to_bytes(256), (modulus + by).to_bytes(256))
    body = base64.b64encode(der).decode()
    return f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\n"


def content(**changes: object) -> dict[str, object]:
    """The seed's form; a change to ``...`` takes the field away."""
    fields: dict[str, object] = {
        "type": "serviceaccount",
        "keyId": "257116669862805805",
        "key": good_pem(),
        "userId": "257116669862740269",
    }
    return {name: value for name, value in (fields | changes).items() if value is not ...}


def as_file(**changes: object) -> bytes:
    return json.dumps(content(**changes), indent=4).encode()


def parse(data: bytes) -> keyfile.KeyFile:
    return keyfile.parse(data, PIPED, now=NOW)


def refused(data: bytes) -> UsageFailure:
    with pytest.raises(UsageFailure) as caught:
        parse(data)
    check_sentence(caught.value)
    return caught.value


def check_sentence(failure: UsageFailure) -> None:
    """One line that says what, one that says what to do; and nothing that could carry the key along."""
    assert failure.summary.endswith(".")
    assert failure.hint
    assert "\n" not in failure.summary + failure.hint
    assert failure.__context__ is None
    assert failure.__cause__ is None


def check_good(found: keyfile.KeyFile) -> None:
    assert found.key_id == "257116669862805805"
    assert found.user_id == "257116669862740269"
    assert found.private_key.private_numbers() == rsa_key().private_numbers()
