"""The key file of a service account (contract §1.1): reading and parsing it, with one sentence for each
problem.

Messages contain only names of fields, dates and kinds of key, never content.
"""

import base64
import binascii
import json
import os
import re
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from zitadel_tui.failure import UsageFailure
from zitadel_tui.settings import KeyFileSource
from zitadel_tui.text import cut, shown
from zitadel_tui.zitadel.pem import NEW_KEY, check_numbers, rsa_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

LIMIT = 64 * 1024
"""Bytes; a real one has about 2 KiB."""

_SOON = timedelta(days=14)
_TEXT_FIELDS = ("keyId", "key", "userId")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+=*")
_PLACEHOLDER = re.compile(r"<[^<>]*>")


class KeyIdentity(NamedTuple):
    """What a key file says without its key."""

    key_id: str
    user_id: str
    expires: datetime | None
    warnings: tuple[str, ...]


class KeyFile(NamedTuple):
    """A key that can sign assertions: ``key_id`` is the ``kid``, ``user_id`` both ``iss`` and ``sub``."""

    key_id: str
    user_id: str
    private_key: "RSAPrivateKey"
    expires: datetime | None
    """Aware; None in files made before v2.48."""
    warnings: tuple[str, ...]
    origin: str
    """Of the setting that names it."""
    label: str
    """The subject of sentences about this key."""

    def check(self) -> None:
        """Check the numbers of the key, which takes some 40 ms: call it once the server has rejected a
        signature.

        Raises ``UsageFailure`` when they are damaged.
        """
        check_numbers(self.private_key, self.label)


def standard_input() -> bytes:
    """Read standard input, at most one byte over the limit. Raises ``UsageFailure`` when it is a terminal."""
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageFailure("No key is piped in.", "Pipe it: … | zitadel-tui --key-file -")
    return sys.stdin.buffer.read(LIMIT + 1)


def read(source: KeyFileSource, stdin: Callable[[], bytes] = standard_input) -> bytes:
    """Read the file, at most one byte over the limit. Standard input can be read once only.

    Raises ``UsageFailure`` when there is nothing to read.
    """
    if source.path is None:
        data = stdin()
        if not data.strip():
            raise UsageFailure(
                f"{source.label} is empty.",
                "Check the command before the pipe; a piped key can be read only once.",
            )
        return data
    try:
        with open(source.path, "rb") as file:
            return file.read(LIMIT + 1)
    except OSError as error:
        summary, hint = _unreadable(source, error)
    raise UsageFailure(summary, hint)


def identity(data: bytes, source: KeyFileSource, *, now: datetime) -> KeyIdentity:
    """As :func:`parse`, without the key, which takes longest. Raises ``UsageFailure``."""
    _, found = _content(data, source, now)
    return found


def parse(data: bytes, source: KeyFileSource, *, now: datetime) -> KeyFile:
    """Parse the content of ``source``; ``now`` is timezone-aware. Warns when others can read the file.

    Repairs what shells and pipes do to it: base64 around the whole file, literal ``\\n`` in the PEM, byte
    order marks. Raises ``UsageFailure``; :meth:`KeyFile.check` finds out more.
    """
    content, found = _content(data, source, now)
    return KeyFile(
        key_id=found.key_id,
        user_id=found.user_id,
        private_key=rsa_key(str(content["key"]), source.label),
        expires=found.expires,
        warnings=found.warnings,
        origin=source.origin,
        label=source.label,
    )


def _content(data: bytes, source: KeyFileSource, now: datetime) -> tuple[dict[str, object], KeyIdentity]:
    origin = source.label
    content = _object(_json_text(data, origin), origin)
    _check_type(content, origin)
    _check_fields(content, origin)
    expires, warnings = _expiry(content.get("expirationDate"), origin, now)
    key_id, user_id = (str(content[name]).strip() for name in ("keyId", "userId"))
    return content, KeyIdentity(key_id, user_id, expires, (*warnings, *_exposed(source)))


def _unreadable(source: KeyFileSource, error: OSError) -> tuple[str, str]:
    place = f"{source.label} ({source.origin})"
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"{place} does not exist.", f"Check the path. {source.path_advice}".rstrip()
    if isinstance(error, IsADirectoryError):
        return f"{place} is a directory.", "Name the JSON file in it."
    if isinstance(error, PermissionError):
        return (
            f"{place} cannot be read: permission denied.",
            "Run as the user it belongs to, or ask its owner.",
        )
    return f"{place} cannot be read: {error.strerror}.", "Check the path."


def _exposed(source: KeyFileSource) -> tuple[str, ...]:
    if source.path is None or os.name != "posix":
        return ()
    try:
        found = os.stat(source.path)
    except OSError:
        return ()
    mode = stat.S_IMODE(found.st_mode)
    if not stat.S_ISREG(found.st_mode) or not mode & 0o044:
        return ()
    return (f"{source.label} can be read by others (mode {mode:04o}): chmod 600 it.",)


def _json_text(data: bytes, origin: str) -> str:
    if len(data) > LIMIT:
        raise UsageFailure(
            f"{origin} is larger than {LIMIT // 1024} KiB.", "A key file has about 2 KiB. Check the path."
        )
    text = _text(data)
    if text is None:
        raise UsageFailure(f"{origin} is not a text file.", f"A key file is JSON. {NEW_KEY}")
    if not text:
        raise UsageFailure(f"{origin} is empty.", f"Was its download cut off? {NEW_KEY}")
    return _unwrapped(text)


def _text(data: bytes) -> str | None:
    """The decoded text, stripped; PowerShell's ``>`` writes UTF-16. None when it is not text."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text.strip()


def _unwrapped(text: str) -> str:
    """``text`` decoded from base64 when it is that; otherwise ``text`` itself."""
    packed = "".join(text.strip("\"'").split())
    if not _BASE64.fullmatch(packed):
        return text
    packed = packed.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        inner = _text(base64.b64decode(packed + "=" * (-len(packed) % 4)))
    except binascii.Error:
        return text
    return inner if inner and inner.startswith("{") else text


def _object(text: str, origin: str) -> dict[str, object]:
    if text.startswith("-----BEGIN"):
        raise UsageFailure(
            f"{origin} is a bare PEM, without the ids that belong to it.",
            f"Use the whole JSON file. {NEW_KEY}",
        )
    problem = "is not JSON"
    try:
        content = json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        problem = f"is not JSON (line {error.lineno}, column {error.colno})"
    except (ValueError, RecursionError):
        pass
    else:
        if isinstance(content, dict):
            return content
        problem = "is JSON, but not an object"
    raise UsageFailure(f"{origin} {problem}.", f"A key file of ZITADEL is a JSON object. {NEW_KEY}")


def _check_type(content: dict[str, object], origin: str) -> None:
    kind = content.get("type")
    if kind == "serviceaccount":
        return
    if kind == "application":
        raise UsageFailure(
            f"{origin} is the key of an application; it cannot sign in to the API.",
            f"Use the key of a service account. {NEW_KEY}",
        )
    if kind is None and not content.keys() & set(_TEXT_FIELDS):
        problem = "is JSON of another kind, not a key file of ZITADEL"
    elif isinstance(kind, str) and kind:
        problem = f"has the type {cut(shown(kind), 24)}, not serviceaccount"
    else:
        problem = "has no type"
    raise UsageFailure(f"{origin} {problem}.", f"“type” must be “serviceaccount”. {NEW_KEY}")


def _check_fields(content: dict[str, object], origin: str) -> None:
    for name in _TEXT_FIELDS:
        value = content.get(name)
        if value is None or value == "":
            raise UsageFailure(f"{origin} lacks the field {name}.", f"The file is not complete. {NEW_KEY}")
        if not isinstance(value, str):
            raise UsageFailure(f"{origin} has a field {name} that is not text.", NEW_KEY)
        if _PLACEHOLDER.search(value):
            raise UsageFailure(
                f"{origin} still has a placeholder in the field {name}.", f"The file is an example. {NEW_KEY}"
            )
        if name != "key" and not re.fullmatch(r"[!-~]+", value.strip()):
            raise UsageFailure(f"{origin} has a field {name} that is not an id.", NEW_KEY)


def _expiry(value: object, origin: str, now: datetime) -> tuple[datetime | None, tuple[str, ...]]:
    if value is None or value == "":
        return None, ()
    expires = _moment(value)
    if expires is None:
        return None, (f"{origin} has an expirationDate that is not a date; it is ignored.",)
    if expires <= now:
        raise UsageFailure(
            f"{origin} expired on {expires:%Y-%m-%d %H:%M} UTC.", f"It cannot be renewed. {NEW_KEY}"
        )
    if expires - now < _SOON:
        return expires, (f"{origin} expires on {expires:%Y-%m-%d %H:%M} UTC.",)
    return expires, ()


def _moment(value: object) -> datetime | None:
    """RFC 3339, in UTC; a time without zone is UTC."""
    try:
        moment = datetime.fromisoformat(str(value).strip().upper())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
