"""What a password hash is, whether a ZITADEL can verify it, and how it must be written (contract §7).

A default server verifies bcrypt only; which other verifiers it was given cannot be asked. Where an export
wraps the same hash in another way, it is written anew as ZITADEL reads it.
"""

import base64
import binascii
import re
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import msgspec

from zitadel_tui.core.rules import BCRYPT, BCRYPT_COSTS, Problem
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.text import nearest, shown

VERIFIERS = ("argon2", "scrypt", "pbkdf2", "md5", "md5plain", "md5salted", "sha2", "phpass", "drupal7")
"""ZITADEL's names of what may be verified besides bcrypt."""
SETTING = "SystemDefaults.PasswordHasher.Verifiers"

_FIELD = "hashedPassword.value"
_ITOA64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BOUNDS = {
    "argon2": {"t": (1, 10), "m": (8192, 524288), "p": (1, 16)},
    "scrypt": {"ln": (14, 20), "r": (8, 32), "p": (1, 16)},
    "pbkdf2": {"rounds": (1000, 10_000_000)},
    "sha2": {"rounds": (1000, 999_999_999)},
    "phpass": {"rounds": (7, 31)},
    "drupal7": {"rounds": (1000, 500_000)},
    "bcrypt": {"cost": (BCRYPT_COSTS[0], BCRYPT_COSTS[-1])},
}
_B64 = r"[A-Za-z0-9+/]+={0,2}"
_ADAPTED = r"[A-Za-z0-9+/.]+={0,2}"
_COUNT = r"(\d{1,10})"
_CUT_OFF = "it is cut off or mistyped"


class Diagnosis(NamedTuple):
    """``scheme`` is its usual name; ``verifier`` ZITADEL's, empty for bcrypt and for what nothing verifies.
    ``problem`` is grave where the hash must not be sent; ``rewritten`` is what to send instead."""

    scheme: str
    verifier: str = ""
    problem: Problem | None = None
    rewritten: Secret | None = None


class _Hash(NamedTuple):
    """A hash that ZITADEL can read, and its parameters."""

    scheme: str
    verifier: str
    text: str
    parameters: dict[str, int] = {}  # noqa: RUF012 — nobody changes it


class _Hopeless(NamedTuple):
    """A hash that no verifier of ZITADEL reads."""

    scheme: str
    reason: str = "no verifier of ZITADEL reads it"


_Found = _Hash | _Hopeless | None


def check_verifiers(names: Collection[str]) -> tuple[str, ...]:
    """The names in lower case. Raises ``UsageFailure`` for one that is none of ZITADEL's."""
    known = ("bcrypt", *VERIFIERS)
    lowered = tuple(dict.fromkeys(name.strip().lower() for name in names))
    for name in lowered:
        if name not in known:
            near = nearest(name, list(known))
            raise UsageFailure(
                f"ZITADEL has no verifier {shown(name)!r}.",
                f"Did you mean {near}?" if near else f"Verifiers: {', '.join(known)}.",
            )
    return lowered


def diagnose(text: Secret, verifiers: Collection[str] = ()) -> Diagnosis:
    """What ``text`` is. ``verifiers`` are those that the server was given besides bcrypt; with ``bcrypt``
    among them its usual bounds are only noted."""
    plain = text.reveal().strip()
    found = _recognized(plain)
    if found is None:
        return Diagnosis("unknown", problem=_problem("The hash has no known form."))
    if isinstance(found, _Hopeless):
        return Diagnosis(
            found.scheme,
            problem=_problem(f"The hash is {found.scheme}: {found.reason}. Nobody could sign in."),
        )
    rewritten = Secret(found.text) if found.text != text.reveal() else None
    verifier = "" if found.verifier == "bcrypt" else found.verifier
    if verifier and verifier not in verifiers:
        problem = _problem(
            f"The hash is {found.scheme}, and a server verifies only bcrypt by default. If {verifier} is "
            f"among its {SETTING}, add --verifiers {verifier}."
        )
        return Diagnosis(found.scheme, verifier, problem, rewritten)
    outside = _outside(found)
    problem_ = _problem(outside, grave=found.verifier not in verifiers) if outside else None
    return Diagnosis(found.scheme, verifier, problem_, rewritten)


def _problem(sentence: str, *, grave: bool = True) -> Problem:
    return Problem(_FIELD, sentence, grave)


def _outside(found: _Hash) -> str:
    for name, (least, most) in _BOUNDS.get(found.verifier, {}).items():
        value = found.parameters.get(name)
        if value is not None and not least <= value <= most:
            bounds = f"servers accept {least} to {most} by default"
            return f"The hash is {found.scheme} with {name} {value}; {bounds}."
    return ""


def _recognized(text: str) -> _Found:
    if text.startswith("{") and text.endswith("}"):
        return _json(text)
    if text.startswith("{"):
        return _ldap(text)
    for form in (_crypt, _django, _hexadecimal):
        found = form(text)
        if found is not None:
            return found
    return None


def _crypt(text: str) -> _Found:
    """``$name$…``, as passwap, crypt(3) and PHC write it."""
    name = text.split("$")[1] if text.startswith("$") and text.count("$") > 1 else ""
    forms: dict[str, Callable[[str], _Found]] = {
        **dict.fromkeys(("2a", "2b", "2y"), _bcrypt),
        **dict.fromkeys(("argon2i", "argon2id"), _argon2),
        **dict.fromkeys(("scrypt", "7"), _scrypt),
        **dict.fromkeys(("5", "6"), _sha_crypt),
        **dict.fromkeys(("P", "H"), _phpass),
        **dict.fromkeys(("md5salted-suffix", "md5salted-prefix"), _salted_md5),
        "1": _md5_crypt,
        "S": _drupal,
    }
    if name.startswith("pbkdf2"):
        return _pbkdf2(text)
    if name in forms:
        return forms[name](text)
    hopeless = {"2": "bcrypt without a version", "2x": "bcrypt 2x", "argon2d": "argon2d", "y": "yescrypt",
                "gy": "gost-yescrypt", "sha1": "sha1-crypt", "3": "NT hash"}  # fmt: skip
    return _Hopeless(hopeless[name]) if name in hopeless else None


def _bcrypt(text: str) -> _Found:
    form = BCRYPT.fullmatch(text)
    if form is None:
        return _Hopeless("bcrypt", "it is cut off or mistyped: it needs 60 characters")
    return _Hash("bcrypt", "bcrypt", text, {"cost": int(form[1])})


def _argon2(text: str) -> _Found:
    form = re.fullmatch(rf"\$(argon2id?)\$v=19\$m={_COUNT},t={_COUNT},p={_COUNT}\$({_B64})\$({_B64})", text)
    if form is None:
        return _Hopeless("argon2", "it is cut off, mistyped or not of version 19")
    return _argon2_hash(form[1], int(form[2]), int(form[3]), int(form[4]), form[5], form[6])


def _argon2_hash(kind: str, memory: int, time: int, threads: int, salt: str, digest: str) -> _Hash:
    text = f"${kind}$v=19$m={memory},t={time},p={threads}${_standard(salt)}${_standard(digest)}"
    return _Hash(kind, "argon2", text, {"m": memory, "t": time, "p": threads})


def _scrypt(text: str) -> _Found:
    """ZITADEL reads parameters by name behind ``$7$``, too, unlike crypt(3), which packs them."""
    form = re.fullmatch(rf"\$(scrypt|7)\$ln={_COUNT},r={_COUNT},p={_COUNT}\$({_B64})\$({_B64})", text)
    if form is None:
        return _Hopeless("scrypt", f"{_CUT_OFF}, or of the form of crypt(3), which ZITADEL does not read")
    name, ln, r, p, salt, digest = form.groups()
    again = f"${name}$ln={ln},r={r},p={p}${_standard(salt)}${_standard(digest)}"
    return _Hash("scrypt", "scrypt", again, {"ln": int(ln), "r": int(r), "p": int(p)})


def _pbkdf2(text: str) -> _Found:
    """passlib's and passwap's form, and that of PHC with ``i=`` and ``l=``."""
    form = re.fullmatch(rf"\$pbkdf2(-sha\d+)?\$(?:i=)?{_COUNT}(?:,l=\d+)?\$({_ADAPTED})\$({_ADAPTED})", text)
    if form is None:
        return _Hopeless("PBKDF2", _CUT_OFF)
    return _pbkdf2_hash((form[1] or "")[1:], int(form[2]), form[3], form[4])


def _pbkdf2_hash(digest: str, rounds: int, salt: str, hashed: str) -> _Found:
    if digest not in ("", "sha1", "sha224", "sha256", "sha384", "sha512"):
        return _Hopeless(f"PBKDF2 with {shown(digest)}")
    name = "" if digest in ("", "sha1") else f"-{digest}"
    text = f"$pbkdf2{name}${rounds}${_adapted(salt)}${_adapted(hashed)}"
    return _Hash(f"PBKDF2{name}", "pbkdf2", text, {"rounds": rounds})


def _sha_crypt(text: str) -> _Found:
    """ZITADEL compares the whole text with one that names the rounds, also the 5000 that are the default."""
    form = re.fullmatch(rf"\$([56])\$(?:rounds={_COUNT}\$)?([^$]{{0,16}})\$([./A-Za-z0-9]+)", text)
    if form is None or len(form[4]) != {"5": 43, "6": 86}[form[1]]:
        return _Hopeless("sha-crypt", _CUT_OFF)
    rounds = int(form[2] or 5000)
    return _Hash("sha-crypt", "sha2", f"${form[1]}$rounds={rounds}${form[3]}${form[4]}", {"rounds": rounds})


def _md5_crypt(text: str) -> _Found:
    if not re.fullmatch(r"\$1\$[^$\s]{1,8}\$[./A-Za-z0-9]{22}", text):
        return _Hopeless("md5-crypt", _CUT_OFF)
    return _Hash("md5-crypt", "md5", text)


def _phpass(text: str) -> _Found:
    if not re.fullmatch(r"\$[PH]\$[./A-Za-z0-9]{31}", text):
        return _Hopeless("phpass", _CUT_OFF)
    return _Hash("phpass", "phpass", text, {"rounds": _ITOA64.index(text[3])})


def _salted_md5(text: str) -> _Found:
    if not re.fullmatch(r"\$md5salted-(?:prefix|suffix)\$[^$\s]+\$[A-Za-z0-9+/]{22}==", text):
        return _Hopeless("salted MD5", f"{_CUT_OFF}, or its salt is none that can be written")
    return _Hash("salted MD5", "md5salted", text)


def _md5(digest: bytes, salt: str = "", position: str = "prefix") -> _Found:
    """Of the password alone, or of the salt before or behind it."""
    if len(digest) != 16:
        return _Hopeless("MD5", _CUT_OFF)
    if not salt:
        return _Hash("plain MD5", "md5plain", digest.hex())
    return _salted_md5(f"$md5salted-{position}${salt}${base64.b64encode(digest).decode()}")


def _drupal(text: str) -> _Found:
    if not re.fullmatch(r"\$S\$[./A-Za-z0-9]{52}", text):
        return _Hopeless("Drupal 7", _CUT_OFF)
    return _Hash("Drupal 7", "drupal7", text, {"rounds": 2 ** _ITOA64.index(text[3])})


def _django(text: str) -> _Found:
    name, mark, rest = text.partition("$")
    if not mark:
        return None
    if name in ("pbkdf2_sha256", "pbkdf2_sha1"):
        form = re.fullmatch(rf"{_COUNT}\$([^$]+)\$({_B64})", rest)
        if form is None:
            return _Hopeless("Django's PBKDF2", _CUT_OFF)
        salt = base64.b64encode(form[2].encode()).decode()
        return _pbkdf2_hash(name.rpartition("_")[2], int(form[1]), salt, form[3])
    if name == "bcrypt":
        return _crypt(rest)
    if name == "argon2":
        return _crypt(f"${rest}")
    if name == "md5":
        salt, _, digest = rest.rpartition("$")
        return _md5(_hex_or_base64(digest), salt)
    if name in ("bcrypt_sha256", "scrypt", "sha1", "unsalted_sha1", "crypt"):
        return _Hopeless(f"Django's {name}")
    return None


def _hexadecimal(text: str) -> _Found:
    if not re.fullmatch(r"[0-9a-fA-F]+", text):
        return None
    if len(text) == 32:
        return _md5(bytes.fromhex(text))
    names = {40: "plain SHA-1", 64: "plain SHA-256", 128: "plain SHA-512"}
    return _Hopeless(names[len(text)]) if len(text) in names else None


def _ldap(text: str) -> _Found:
    name, _, rest = text[1:].partition("}")
    name = name.upper()
    if name in ("CRYPT", "BCRYPT", "ARGON2"):
        return _crypt(rest)
    if name == "MD5":
        return _md5(_decoded(rest))
    if name.startswith("PBKDF2"):
        form = re.fullmatch(rf"{_COUNT}\$({_ADAPTED})\$({_ADAPTED})", rest)
        if form is not None:
            return _pbkdf2_hash(name.partition("-")[2].lower() or "sha1", int(form[1]), form[2], form[3])
    if re.fullmatch(r"[A-Z0-9-]+", name):
        return _Hopeless(f"LDAP's {{{name}}}")
    return None


def _json(text: str) -> _Found:
    try:
        content = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    if "secretData" in content and "credentialData" in content:
        return _keycloak(content)
    if isinstance(content.get("hash"), dict) and "algorithm" in content:
        return _auth0(content) or _Hopeless(f"Auth0's {shown(str(content['algorithm']))[:20]}")
    if "passwordHash" in content and "salt" in content:
        return _Hopeless("Firebase's scrypt")
    return None


def _auth0(content: dict[str, Any]) -> _Found:
    """``custom_password_hash``: what a hash without a prefix is, only its algorithm and salt tell."""
    algorithm, value = content["algorithm"], content["hash"].get("value")
    if not isinstance(value, str):
        return None
    if algorithm in ("bcrypt", "argon2", "pbkdf2"):
        return _crypt(value)
    if algorithm == "ldap" and value.startswith("{"):
        return _ldap(value)
    if algorithm != "md5":
        return None
    if "salt" not in content:
        return _md5(_hex_or_base64(value))
    about = content["salt"]
    salt = about.get("value") if isinstance(about, dict) and about.get("encoding", "utf8") == "utf8" else None
    return _md5(_hex_or_base64(value), salt, about.get("position", "prefix")) if salt else None


def _keycloak(content: dict[str, Any]) -> _Found:
    """A credential of a realm's export: two texts that are JSON, or the objects themselves."""
    try:
        about, secret = (_object(content[name]) for name in ("credentialData", "secretData"))
        algorithm, rounds = str(about["algorithm"]), int(about["hashIterations"])
        salt, value = str(secret["salt"]), str(secret["value"])
        if algorithm.startswith("pbkdf2"):
            return _pbkdf2_hash(algorithm.partition("-")[2] or "sha1", rounds, salt, value)
        if algorithm == "argon2":
            more = {name: values[0] for name, values in about["additionalParameters"].items()}
            if more.get("version", "1.3") != "1.3" or more["type"] not in ("i", "id"):
                return _Hopeless("Keycloak's argon2", "it is not of version 1.3, type i or id")
            memory, threads = int(more["memory"]), int(more["parallelism"])
            return _argon2_hash(f"argon2{more['type']}", memory, rounds, threads, salt, value)
    except (msgspec.DecodeError, RecursionError, LookupError, TypeError, ValueError, AttributeError):
        return _Hopeless("a credential of Keycloak", _CUT_OFF)
    return _Hopeless(f"Keycloak's {shown(algorithm)[:20]}")


def _object(value: Any) -> dict[str, Any]:
    content = msgspec.json.decode(value) if isinstance(value, str) else value
    if not isinstance(content, dict):
        raise TypeError
    return content


def _decoded(text: str) -> bytes:
    plain = text.replace(".", "+").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return b""


def _hex_or_base64(text: str) -> bytes:
    return bytes.fromhex(text) if re.fullmatch(r"[0-9a-fA-F]{32}", text) else _decoded(text)


def _standard(text: str) -> str:
    """Standard base64 without padding."""
    return text.rstrip("=")


def _adapted(text: str) -> str:
    """passlib's base64: a dot for the plus, without padding."""
    return text.rstrip("=").replace("+", ".")
