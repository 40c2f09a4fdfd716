"""Requests as the server reads them: protojson decoding, then the field rules (contract §2.4, §3.0).

Driven by `data/messages.json`, an excerpt of the compiled descriptors."""

import json
import re
from base64 import b64decode
from datetime import datetime
from functools import cache
from typing import Any

from zitadel_tui.demo import data
from zitadel_tui.demo.errors import Refusal

Message = dict[str, Any]
_EMPTY: Message = {"fields": []}
_SURROGATE = re.compile("[\ud800-\udfff]")
_RANGES = {
    "uint64": range(1 << 64),
    "uint32": range(1 << 32),
    "int64": range(-(1 << 63), 1 << 63),
    "int32": range(-(1 << 31), 1 << 31),
}


def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = data.load("messages.json")
    return schema


def _message(name: str) -> Message:
    message: Message = _schema()["messages"].get(name, _EMPTY)
    return message


class _Object(dict[str, Any]):
    """A JSON object that keeps its names, including repeated ones."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.names = [name for name, _ in pairs]


@cache
def _fields(message: str) -> dict[str, Message]:
    """The fields of a message by both of their names."""
    fields = _message(message)["fields"]
    return {name: field for field in fields for name in (field["name"], field.get("proto", field["name"]))}


class _Reader:
    """Decodes one body; knows its text, so that an error can name the place."""

    def __init__(self, text: str) -> None:
        self.text = text

    def message(self, name: str, value: Any, path: list[str]) -> Message:
        if not isinstance(value, _Object):
            raise self.unexpected(value, path)
        out: Message = {}
        oneofs: set[str] = set()
        for key in value.names:
            field = _fields(name).get(key)
            if field is None or value[key] is None:
                continue
            if field["name"] in out:
                raise self.refused(f"duplicate field {json.dumps(key)}", path, key)
            oneof = "" if field.get("optional") else field.get("oneof", "")
            if oneof and oneof in oneofs:
                taken = f"oneof zitadel.{name}.{oneof} is already set"
                raise self.refused(f"error parsing {json.dumps(key)}, {taken}", path, key)
            oneofs.add(oneof)
            out[field["name"]] = self.field(field, value[key], [*path, key])
        return out

    def field(self, field: Message, value: Any, path: list[str]) -> Any:
        if not field.get("repeated"):
            return self.scalar(field, value, path)
        if not isinstance(value, list):
            raise self.unexpected(value, path)
        return [self.scalar(field, item, path) for item in value]

    def scalar(self, field: Message, value: Any, path: list[str]) -> Any:
        kind: str = field["type"]
        if kind.startswith("enum "):
            return self.enum(kind[5:], value, field, path)
        if kind == "string" and isinstance(value, str) and not _SURROGATE.search(value):
            return value
        if kind == "bool" and isinstance(value, bool):
            return value
        if kind in _RANGES:
            return self.integer(field, value, path)
        if kind == "bytes" and isinstance(value, str) and _is_base64(value):
            return value
        if kind == "google.protobuf.Timestamp":
            return self.timestamp(field, value, path)
        if kind in ("string", "bool", "bytes"):
            raise self.wrong(field, value, path)
        return self.message(kind, value, path)

    def enum(self, name: str, value: Any, field: Message, path: list[str]) -> int:
        if isinstance(value, str):
            known: int = _schema()["enums"][name].get(value, 0)
            return known
        if isinstance(value, int) and not isinstance(value, bool) and value in _RANGES["int32"]:
            return value
        raise self.wrong(field, value, path)

    def integer(self, field: Message, value: Any, path: list[str]) -> int:
        number = value
        if isinstance(value, str) and re.fullmatch(r"-?\d{1,20}", value):
            number = int(value)
        if isinstance(number, float) and number.is_integer():
            number = int(number)
        if not isinstance(number, int) or isinstance(number, bool) or number not in _RANGES[field["type"]]:
            raise self.wrong(field, value, path)
        return number

    def timestamp(self, field: Message, value: Any, path: list[str]) -> float:
        try:
            return datetime.fromisoformat(value).timestamp()
        except (TypeError, ValueError, OverflowError):
            raise self.wrong(field, value, path) from None

    def position(self, path: list[str], key: str = "") -> str:
        """The position of the value at `path`, or of the last `key` in it."""
        at = 0
        for name in path:
            found = re.compile(re.escape(json.dumps(name)) + r"\s*:\s*").search(self.text, at)
            at = found.end() if found else at
        if key:
            at = max(at, self.text.rfind(json.dumps(key)))
        line = self.text.count("\n", 0, at) + 1
        return f"(line {line}:{at - self.text.rfind(chr(10), 0, at)})"

    def refused(self, why: str, path: list[str], key: str) -> Refusal:
        return Refusal(3, f"proto:\xa0{self.position(path, key)}: {why}", kind="gateway")

    def wrong(self, field: Message, value: Any, path: list[str]) -> Refusal:
        kind = field["type"].partition(" ")[0]
        shown = _shown(value)
        text = f"proto:\xa0{self.position(path)}: invalid value for {kind} field {field['name']}: {shown}"
        return Refusal(3, text, kind="gateway")

    def unexpected(self, value: Any, path: list[str]) -> Refusal:
        shown = _shown(value)[:40]
        text = f"proto:\xa0syntax error {self.position(path)}: unexpected token {shown}"
        return Refusal(3, text, kind="gateway")


def _number(digits: str) -> float:
    """An integer; one with more digits than any field can hold comes out as infinite."""
    return int(digits) if len(digits) < 400 else float(digits)


def _no_constant(name: str) -> float:
    raise Refusal(3, f"proto:\xa0syntax error (line 1:1): invalid value {name}", kind="gateway")


def _is_base64(text: str) -> bool:
    try:
        b64decode(text, validate=True)
    except ValueError:
        return False
    return True


def _shown(value: Any) -> str:
    """A value as JSON; half a surrogate pair is replaced, as nothing can send it."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()


def decode(name: str, body: bytes) -> Message:
    """The body as the message `name`, fields by JSON name, enums as numbers, timestamps as epoch seconds.
    Raises Refusal (code 3, of the gateway) for what is not JSON or of a wrong JSON type."""
    if not body.strip():
        return {}
    text = body.decode("utf-8", "replace")
    try:
        value = json.loads(text, object_pairs_hook=_Object, parse_int=_number, parse_constant=_no_constant)
    except RecursionError:
        raise Refusal(3, "proto:\xa0exceeded max recursion depth", kind="gateway") from None
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or "Unterminated" in error.msg:
            raise Refusal(3, "unexpected EOF", kind="gateway") from None
        token = text[error.pos : error.pos + 10]
        where = f"(line {error.lineno}:{error.colno})"
        raise Refusal(
            3, f"proto:\xa0syntax error {where}: unexpected token {token}", kind="gateway"
        ) from None
    return _Reader(text).message(name, value, [])


def check(name: str, value: Message) -> None:
    """Raises Refusal (code 3, native) for the first violated field rule: plain fields first, then oneofs."""
    reason = _violation(name, value)
    if reason:
        raise Refusal(3, reason, kind="native")


def _violation(name: str, value: Message) -> str | None:
    message = _message(name)
    shown = name.rsplit(".v1.", 1)[-1].rsplit(".v2.", 1)[-1].replace(".", "_")
    for field in sorted(message["fields"], key=lambda f: "oneof" in f):
        reason = _field_violation(field, value.get(field["name"]))
        if reason:
            return f"invalid {shown}.{_camel(field)}{reason}"
    for oneof in message.get("required_oneofs", []):
        if not any(f.get("oneof") == oneof and f["name"] in value for f in message["fields"]):
            return f"invalid {shown}.{_go(oneof)}: value is required"
    return None


def _go(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _camel(field: Message) -> str:
    return _go(str(field.get("proto", field["name"])))


def _field_violation(field: Message, value: Any) -> str | None:
    """The text after the field's name, from `[0]` or `: ` on; None when the field is valid."""
    kind, rules = field["type"], field.get("rules", {})
    if rules.get("message", {}).get("required") and value is None:
        return ": value is required"
    if value is None and (field.get("optional") or field.get("oneof")):
        return None
    if field.get("repeated"):
        return _repeated_violation(field, value or [])
    if "string" in rules:
        return _string_violation(rules["string"], value or "")
    if "enum" in rules:
        return _enum_violation(kind[5:], rules["enum"], value or 0)
    if isinstance(value, dict):
        return _embedded(kind, value)
    return None


def _embedded(kind: str, value: Message) -> str | None:
    cause = _violation(kind, value)
    return f": embedded message failed validation | caused by: {cause}" if cause else None


def _repeated_violation(field: Message, values: list[Any]) -> str | None:
    rules = field.get("rules", {}).get("repeated", {})
    if "max_items" in rules and len(values) > rules["max_items"]:
        return f": value must contain no more than {rules['max_items']} item(s)"
    if rules.get("unique") and len(set(values)) < len(values):
        return ": repeated value must contain unique items"
    for index, value in enumerate(values):
        reason = None
        if isinstance(value, dict):
            reason = _embedded(field["type"], value)
        elif "string" in rules.get("items", {}):
            reason = _string_violation(rules["items"]["string"], value)
        if reason:
            return f"[{index}]{reason}"
    return None


def _string_violation(rules: Message, value: str) -> str | None:
    if not value and rules.get("ignore_empty"):
        return None
    low, high = rules.get("min_len", 0), rules.get("max_len")
    if high is not None and low and not low <= len(value) <= high:
        return f": value length must be between {low} and {high} runes, inclusive"
    if high is not None and len(value) > high:
        return f": value length must be at most {high} runes"
    if len(value) < low:
        return f": value length must be at least {low} runes"
    if not value.startswith(rules.get("prefix", "")):
        return f": value does not have prefix {json.dumps(rules['prefix'])}"
    return None


def _enum_violation(name: str, rules: Message, value: int) -> str | None:
    if value in rules.get("not_in", []):
        return f": value must not be in list {rules['not_in']}"
    if rules.get("defined_only") and value not in _schema()["enums"][name].values():
        return ": value must be one of the defined enum values"
    return None


def chosen(message: Message) -> tuple[str, Message]:
    """The one field that is set of a message with a single oneof: (name, value)."""
    return next(iter(message.items()), ("", {}))


def enum_name(enum: str, number: int) -> str:
    """The name of an enum's number; empty for 0, which the wire leaves out."""
    if not number:
        return ""
    names: dict[str, int] = _schema()["enums"][enum]
    return next(name for name, value in names.items() if value == number)


def pruned(value: Any) -> Any:
    """Without default values, as the marshaller writes (contract §3.0); empty messages stay."""
    if isinstance(value, dict):
        kept = ((key, pruned(item)) for key, item in value.items())
        return {key: item for key, item in kept if item not in (None, "", 0, [])}
    if isinstance(value, list):
        return [pruned(item) for item in value]
    return value
