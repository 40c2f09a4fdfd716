"""What all messages share: naming, the details block, list queries, encoding."""

from typing import Annotated, Any

import msgspec

from zitadel_tui.secret import Secret

Uint64 = Annotated[str, msgspec.Meta(pattern="^[0-9]*$")]


class Message(msgspec.Struct, rename="camel", frozen=True, kw_only=True, omit_defaults=True):
    """Base of all: lowerCamelCase on the wire, defaults left out."""


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


class Changed(Message, frozen=True):
    """The answer of a write that returns nothing but details."""

    details: Details = Details()


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


def encode(message: msgspec.Struct) -> bytes:
    """The JSON that goes to the server, secrets included."""
    return _encoder.encode(message)


def encode_masked(message: msgspec.Struct) -> bytes:
    """The same JSON with every secret replaced: for eyes, files and clipboards."""
    return _masking_encoder.encode(message)


def to_data(message: Any) -> Any:
    """Plain dicts and lists under ZITADEL's field names, secrets replaced: what ``--json`` prints."""
    return msgspec.to_builtins(message, enc_hook=_masked)
