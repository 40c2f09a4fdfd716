"""The private RSA key in a key file: repairs what shells broke, and rejects other keys."""

import re
from typing import TYPE_CHECKING

from zitadel_tui.failure import UsageFailure

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

NEW_KEY = "In ZITADEL, open the service account, then Keys, New, JSON, and save that file."

_LEAST_BITS = 2048
"""RFC 7518 §3.3, for RS256."""

_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----(.*?)-----END \1-----", re.DOTALL)
_BLANKS = re.compile(r"\\+[rn]|\s")
_READABLE = ("RSA PRIVATE KEY", "PRIVATE KEY")


def rsa_key(text: str, origin: str) -> "RSAPrivateKey":
    """Load the key in ``text``; ``origin`` is the subject of messages.

    Line breaks may be literal ``\\n``, blanks, or missing. Does not check the numbers, which takes some 40
    ms: see :func:`check_numbers`. Raises ``UsageFailure``, which never contains the key.
    """
    label, body = _block(text, origin)
    if label == "ENCRYPTED PRIVATE KEY" or "Proc-Type" in body:
        raise UsageFailure(
            f"{origin} holds an encrypted private key.",
            "ZITADEL's keys have no passphrase; decrypt it with openssl rsa, or create a new one.",
        )
    if label == "EC PRIVATE KEY":
        raise _not_rsa(origin, "an EC key")
    if "PRIVATE KEY" not in label:
        raise UsageFailure(
            f"{origin} holds a {label.lower()} where the private key should be.",
            f"Only the private key can sign in. {NEW_KEY}",
        )
    if label not in _READABLE:
        raise _not_rsa(origin, f"a key in the form “{label}”")
    return _as_rsa(_loaded(label, _BLANKS.sub("", body)), origin)


def check_numbers(key: "RSAPrivateKey", origin: str) -> None:
    """Raises ``UsageFailure`` when the numbers of the key do not belong together (some 40 ms)."""
    try:
        key.private_numbers().private_key()
    except ValueError:
        pass
    else:
        return
    raise _damaged(origin)


def _block(text: str, origin: str) -> tuple[str, str]:
    """Label and content of the first private key, or else of the first block."""
    blocks: list[tuple[str, str]] = _PEM.findall(text)
    if not blocks:
        what = "a private key that is cut off" if "-----BEGIN" in text else "no PEM"
        raise UsageFailure(f"{origin} has {what} in the field key.", f"The field is not complete. {NEW_KEY}")
    return next((block for block in blocks if "PRIVATE KEY" in block[0]), blocks[0])


def _loaded(label: str, body: str) -> object:
    """The key of any kind; None when it cannot be read."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    try:
        return load_pem_private_key(
            f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n".encode(),
            None,
            unsafe_skip_rsa_key_validation=True,
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def _as_rsa(key: object, origin: str) -> "RSAPrivateKey":
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    if key is None:
        raise _damaged(origin)
    if not isinstance(key, RSAPrivateKey):
        kind = type(key).__name__.removesuffix("PrivateKey")
        raise _not_rsa(origin, f"an {kind} key" if kind.startswith(("E", "X", "A")) else f"a {kind} key")
    if key.key_size < _LEAST_BITS:
        raise UsageFailure(
            f"{origin} holds an RSA key of {key.key_size} bits.",
            f"RS256 needs at least {_LEAST_BITS}. {NEW_KEY}",
        )
    return key


def _damaged(origin: str) -> UsageFailure:
    return UsageFailure(f"{origin} holds a damaged private key.", f"Was it copied whole? {NEW_KEY}")


def _not_rsa(origin: str, what: str) -> UsageFailure:
    return UsageFailure(
        f"{origin} holds {what}, not an RSA private key.", f"ZITADEL makes RSA keys. {NEW_KEY}"
    )
