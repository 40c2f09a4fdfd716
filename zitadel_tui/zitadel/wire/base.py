"""What all messages share: naming, the details block, list queries, encoding."""

from typing import Annotated, Any, TypeVar

import msgspec

from zitadel_tui.secret import Secret

T = TypeVar("T")

Uint64 = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{0,20}\Z")]
"""Decimal digits, few enough to be a number of 64 bits."""


class Message(msgspec.Struct, rename="camel", frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of all: lowerCamelCase on the wire, defaults left out; no cycles, so nothing for the collector."""


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


class WrittenDetails(Details, frozen=True, kw_only=True):
    """Of the answer to a write. The owning organization is always there: other JSON is not taken for it."""

    resource_owner: str


class Changed(Message, frozen=True):
    """The answer of a write that returns nothing but details."""

    details: WrittenDetails


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    raise NotImplementedError(type(value).__name__)


def _masked(value: Any) -> Any:
    if isinstance(value, Secret):
        return str(value)
    raise NotImplementedError(type(value).__name__)


_encoder = msgspec.json.Encoder(enc_hook=_plain)
_masking_encoder = msgspec.json.Encoder(enc_hook=_masked)


def decode(content: bytes, kind: type[T]) -> T:
    """``content`` as ``kind``. Raises ``ValueError`` with the reason, which quotes no value."""
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
    """msgspec's hook for what it does not know: it adds the path to the error."""
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise TypeError(f"Expected `str`, got `{type(value).__name__}`")


def encode(message: msgspec.Struct) -> bytes:
    """The JSON that goes to the server, secrets included."""
    return _encoder.encode(message)


def encode_masked(message: msgspec.Struct) -> bytes:
    """The same JSON with every secret replaced: for eyes, files and clipboards."""
    return _masking_encoder.encode(message)


def to_data(message: Any) -> Any:
    """Plain dicts and lists under ZITADEL's field names, secrets replaced: what ``--json`` prints."""
    return msgspec.json.decode(_masking_encoder.encode(message))
