"""What all messages share: naming, the details block, list queries, encoding."""

import codecs
import json
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import msgspec

from zitadel_tui.secret import Secret

T = TypeVar("T")

Uint64 = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{0,20}\Z")]
"""Decimal digits, few enough to be a number of 64 bits."""


class Message(msgspec.Struct, rename="camel", frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of all messages: lowerCamelCase on the wire, defaults omitted; without cycles, so not garbage
    collected."""


class Details(Message, frozen=True):
    """The object's last event (``sequence``), times in RFC 3339 UTC, and owning organization."""

    sequence: Uint64 = ""
    creation_date: str = ""
    change_date: str = ""
    resource_owner: str = ""


class ListDetails(Message, frozen=True):
    """``totalResult`` counts the whole filter; absent means 0, or an offset past the end."""

    total_result: Uint64 = ""
    view_timestamp: str = ""

    @property
    def total(self) -> int:
        return int(self.total_result or 0)


class ListQuery(Message, frozen=True):
    offset: Uint64 = ""
    limit: int = 0
    asc: bool = False


class Search(Message, frozen=True):
    """A search for everything."""

    query: ListQuery = ListQuery()


class WrittenDetails(Details, frozen=True, kw_only=True):
    """The details in the answer to a write. The owning organization is required, so that other JSON is
    rejected."""

    resource_owner: str


class Changed(Message, frozen=True):
    """The answer of a write that returns nothing but details."""

    details: WrittenDetails


def plain(value: Any) -> Any:
    """msgspec's hook to send secrets as they are."""
    if isinstance(value, Secret):
        return value.reveal()
    raise NotImplementedError(type(value).__name__)


def _masked(value: Any) -> Any:
    if isinstance(value, Secret):
        return str(value)
    raise NotImplementedError(type(value).__name__)


_encoder = msgspec.json.Encoder(enc_hook=plain)
_masking_encoder = msgspec.json.Encoder(enc_hook=_masked)


def decode(content: bytes, kind: type[T]) -> T:
    """Decode ``content`` as ``kind``. Raises ``ValueError`` with the reason, which contains no values."""
    try:
        return msgspec.json.decode(content, type=kind, dec_hook=as_secret)
    except msgspec.ValidationError as error:
        reason = str(error)
    except (msgspec.DecodeError, UnicodeDecodeError):
        reason = "it is a web page" if b"<html" in content[:500].lower() else "it is not whole JSON"
    except RecursionError:
        reason = "it is nested too deeply"
    raise ValueError(reason)


def as_secret(kind: type, value: object) -> object:
    """msgspec's hook for unknown types; msgspec adds the path to the error."""
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise TypeError(f"Expected `str`, got `{type(value).__name__}`")


def encode(message: msgspec.Struct) -> bytes:
    """The JSON to send, including secrets."""
    return _encoder.encode(message)


def encode_masked(message: msgspec.Struct) -> bytes:
    """The same JSON with every secret replaced, for display, files and the clipboard."""
    return _masking_encoder.encode(message)


def ascii_json(messages: Sequence[msgspec.Struct]) -> str:
    """A JSON array in ASCII, a message on each line, under ZITADEL's field names, secrets replaced: what
    ``--json`` prints."""
    lines = map(_ascii, _masking_encoder.encode_lines(messages).splitlines())
    return "[" + ",\n".join(lines) + "]"


def _ascii(line: bytes) -> str:
    return line.decode("ascii") if line.isascii() else line.decode().encode("ascii", _ESCAPED).decode("ascii")


def _escape(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


_ESCAPED = "escaped as in JSON"
codecs.register_error(_ESCAPED, _escape)


def to_data(message: Any) -> Any:
    """Plain dicts and lists under ZITADEL's field names, secrets replaced."""
    return msgspec.json.decode(_masking_encoder.encode(message))
