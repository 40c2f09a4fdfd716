"""Reads a ``.env`` with python-dotenv's grammar: values only, without expansion, without changing the
environment."""

import io
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown

if TYPE_CHECKING:
    from dotenv.parser import Binding

_LIMIT = 1 << 20
_LIKENESS = 0.85  # share of equal characters from which a name counts as mistyped
_PARTS = ("ZIT", "CLIENT", "PRIVATE", "PROJECT")  # one of them is in any name that resembles ours
_CHECK = "Check --env-file, or leave it out to use the .env of this folder."
_TYPOGRAPHIC_QUOTES = {"“": "”", "„": "“", "‘": "’", "‚": "‘", "«": "»", "”": "”", "’": "’"}


class Entry(NamedTuple):
    """One value and the line, counted from 1, that it stands on."""

    value: str
    line: int


class EnvFile(NamedTuple):
    entries: dict[str, Entry]
    warnings: tuple[str, ...] = ()


def read(path: Path, label: str, names: Collection[str]) -> EnvFile:
    """Read the entries whose names are in ``names``; warnings name lines, never their content.

    ``label`` is how messages call the file. Raises ``UsageFailure`` when it cannot be read as text.
    """
    from dotenv.parser import parse_stream

    entries: dict[str, Entry] = {}
    warnings: list[str] = []
    for binding in parse_stream(io.StringIO(_text(path, label), newline="")):
        first, last = _lines(binding)
        if binding.error:
            lines = f"line {first}" if first == last else f"lines {first}–{last}"
            warnings.append(f'{label} {lines} is not valid and is ignored: write NAME="value".')
        elif binding.key is None:
            continue
        elif binding.value is None:
            if _starts_with_any(binding.key, names):
                warnings.append(f"{label} line {first} has no = and is ignored.")
        elif binding.key not in names:
            if near := resembled(binding.key, names):
                warnings.append(
                    f"{label} line {first}: {shown(binding.key)} is not read. Did you mean {near}?"
                )
        else:
            warnings.extend(_repeated(entries, binding.key, label, first))
            value, quoted = _without_typographic_quotes(binding.value)
            if quoted:
                warnings.append(f'{label} line {first} has typographic quotes; read as plain ones (").')
            entries[binding.key] = Entry(value.strip(), first)
    return EnvFile(entries, tuple(warnings))


def resembled(name: str, known: Collection[str]) -> str | None:
    """The known name that ``name`` probably stands for: mistyped, in another case, or with ``ZITADEL_``
    before it. None for a known one."""
    upper = name.upper()
    if name in known or not any(part in upper for part in _PARTS):
        return None
    import difflib

    if upper.removeprefix("ZITADEL_") in known:
        return upper.removeprefix("ZITADEL_")
    found = difflib.get_close_matches(upper, known, n=1, cutoff=_LIKENESS)
    return found[0] if found else None


def _text(path: Path, label: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LIMIT + 1)
    except OSError as error:
        raise UsageFailure(*_unreadable(path, label, error)) from None
    except ValueError:  # a name that no file can have
        raise UsageFailure(f"{label} does not exist.", _CHECK) from None
    if len(data) > _LIMIT:
        raise UsageFailure(f"{label} is larger than 1 MiB.", "Is it the right file? A .env has a few lines.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise UsageFailure(f"{label} is not a text file.", "Save it as UTF-8 text with lines NAME=value.")
    return text


def _unreadable(path: Path, label: str, error: OSError) -> tuple[str, str]:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"{label} does not exist.", _CHECK
    if isinstance(error, IsADirectoryError):
        return f"{label} is a directory.", "Name the file in it."
    if isinstance(error, PermissionError):
        return f"{label} cannot be read: permission denied.", f"Its mode is {_mode(path)}; ask its owner."
    return f"{label} cannot be read: {error.strerror}.", "Check the path."


def _mode(path: Path) -> str:
    try:
        return f"{stat.S_IMODE(path.stat().st_mode):04o}"
    except OSError:
        return "hidden from you"


def _lines(binding: "Binding") -> tuple[int, int]:
    """First and last line of the assignment itself; the parser counts blank lines before it as part of it."""
    text = binding.original.string
    first = binding.original.line + _breaks(text[: len(text) - len(text.lstrip())])
    return first, first + _breaks(text.strip())


def _breaks(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _starts_with_any(key: str, names: Collection[str]) -> bool:
    return any(key.startswith(name) for name in names)


def _repeated(entries: dict[str, Entry], key: str, label: str, line: int) -> Iterator[str]:
    if key in entries:
        yield f"{label} gives {key} twice, on line {entries[key].line} and {line}: the last one is used."


def _without_typographic_quotes(value: str) -> tuple[str, bool]:
    if len(value) > 1 and _TYPOGRAPHIC_QUOTES.get(value[0]) == value[-1]:
        return value[1:-1], True
    return value, False
