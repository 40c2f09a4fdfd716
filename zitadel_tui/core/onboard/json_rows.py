"""The rows of a JSON file: an array, one object a line, or one object, each the body of an import with
``roles``, ``grants`` and ``generatePassword`` beside its fields."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from zitadel_tui.core import importing
from zitadel_tui.core.onboard.drafts import Completion, granted_keys, parsed_grants
from zitadel_tui.core.onboard.rows import Row
from zitadel_tui.core.rules import Problem
from zitadel_tui.failure import UsageFailure
from zitadel_tui.zitadel.wire.users import ImportHuman

LARGEST = 64 * 1024 * 1024
"""Bytes of an array, which is held in memory; JSON lines may be longer."""

_RAW = msgspec.json.Decoder(list[msgspec.Raw])
_ANY = msgspec.json.Decoder()
_LENIENT = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_BLANKS = re.compile(r"[ \t\r\n]*")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_OWN = {"roles": "roles", "grants": "grants", "generatePassword": "generate", "generate_password": "generate"}


class Element(NamedTuple):
    """The JSON of one user, and the line where it begins."""

    line: int
    data: bytes


def elements(data: bytes) -> Iterator[Element]:
    """The elements of an array, or the one object. Raises ``UsageFailure`` for what is no JSON."""
    try:
        texts = _texts_of(data)
    except RecursionError:
        raise UsageFailure("The file is nested too deeply.", "Write an array of objects.") from None
    position, line = 0, 1
    for text in texts:
        found = data.index(text, position)
        line += data.count(b"\n", position, found)
        yield Element(line, text)
        line += text.count(b"\n")
        position = found + len(text)


def _texts_of(data: bytes) -> Iterator[bytes]:
    try:
        if data.lstrip()[:1] == b"[":
            return (bytes(raw).strip() for raw in _RAW.decode(data))
        _ANY.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return iter(_split(data.decode()))
    return iter((data.strip(),))


def _split(text: str) -> list[bytes]:
    """The elements of JSON that has values which cannot be read, such as half a character: so that only the
    rows that have them are wrong. Raises ``UsageFailure`` where an element or the array does not end."""
    texts, position = [], _after_blanks(text, 0)
    is_array = text[position] == "["
    try:
        while True:
            begin = _after_blanks(text, position + is_array)
            _, end = _LENIENT.raw_decode(text, begin)
            texts.append(text[begin:end].encode())
            position = _after_blanks(text, end)
            if not is_array or text[position : position + 1] != ",":
                break
        rest = _after_blanks(text, position + is_array)
        if (is_array and text[position : position + 1] != "]") or rest < len(text):
            raise json.JSONDecodeError("", text, position)
    except json.JSONDecodeError as error:
        raise UsageFailure(
            f"The file is not JSON: line {error.lineno}, column {error.colno}.", "Fix it and run again."
        ) from None
    return texts


def _after_blanks(text: str, position: int) -> int:
    found = _BLANKS.match(text, position)
    return found.end() if found else position


def are_lines(first: str, second: str) -> bool:
    """Whether a file whose first lines with text are these, an object, has one object on each line."""
    try:
        _ANY.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return second.lstrip().startswith("{")
    return True


def lines(data: Iterator[bytes]) -> Iterator[Element]:
    """The elements of JSON lines, empty lines left out."""
    for number, line in enumerate(data, 1):
        if line.strip():
            yield Element(number, line.strip())


def row_of(element: Element, number: int, completion: Completion) -> Row:
    """The row of an element, with what is wrong with it."""
    problems: list[Problem] = []
    content = _content(element.data, problems)
    own = _own_fields(content, problems)
    roles, grants = _texts(own.get("roles"), "roles", problems), _grants(own.get("grants"), problems)
    generate = own.get("generate")
    if generate is not None and not isinstance(generate, bool):
        problems.append(Problem("generatePassword", "generatePassword is neither true nor false."))
        generate = None
    body = ImportHuman()
    if not problems:
        try:
            body = importing.as_body(content, "The row")
        except UsageFailure as failure:
            problems.append(Problem("", f"{failure.summary} {failure.hint}".strip()))
    return completion.of_body(body, roles, grants, generate, problems, number=number, line=element.line)


def _content(data: bytes, problems: list[Problem]) -> dict[str, Any]:
    try:
        content = _ANY.decode(data)
    except msgspec.DecodeError as error:
        problems.append(Problem("", _why(data, error)))
        return {}
    except (UnicodeDecodeError, RecursionError):
        problems.append(Problem("", "Not JSON, or nested too deeply."))
        return {}
    if not isinstance(content, dict):
        problems.append(Problem("", "Not a JSON object."))
        return {}
    return content


def _why(data: bytes, error: msgspec.DecodeError) -> str:
    if _HALF.search(data):
        try:
            _LENIENT.decode(data.decode())
        except (ValueError, RecursionError):
            pass
        else:
            return "A text has half of a surrogate pair, which is no character."
    return f"Not JSON: {error}."


def _own_fields(content: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    own: dict[str, Any] = {}
    for name in list(content):
        if name in _OWN:
            if _OWN[name] in own:
                problems.append(Problem(name, f"{name} is given twice."))
            own[_OWN[name]] = content.pop(name)
    return own


def _texts(value: object, field: str, problems: list[Problem]) -> tuple[str, ...]:
    if value is None:
        return ()
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        problems.append(Problem(field, f"{field} is not a list of texts."))
        return ()
    return tuple(text for text in texts if text.strip())


def _grants(value: object, problems: list[Problem]) -> list[tuple[str, tuple[str, ...]]]:
    """A list of ``PROJECT:ROLE`` texts, one such text, or an object of role lists by project."""
    if isinstance(value, Mapping):
        return [
            (project, granted_keys(project, _texts(keys, "grants", problems), problems))
            for project, keys in value.items()
            if keys is not None
        ]
    texts = _texts(value, "grants", problems)
    return parsed_grants([part for text in texts for part in text.split(";")], problems)
