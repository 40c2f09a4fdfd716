"""Lines of styled parts, the form of all text before it becomes a widget."""

from collections.abc import Callable, Iterable, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any, TypeAlias

from zitadel_tui.core import rights, words
from zitadel_tui.core.advice import advice, reference
from zitadel_tui.failure import Failure
from zitadel_tui.text import cells, shown
from zitadel_tui.tui.format.cells import fit_cell
from zitadel_tui.zitadel import errors

if TYPE_CHECKING:
    from zitadel_tui.core.collection import Arrangement

Part: TypeAlias = str | tuple[str, str]
"""A text from anywhere, or a text and its style (ours: ``"bold"``, ``"$text-muted"``)."""
Line: TypeAlias = tuple[Part, ...]

BLANK: Line = ("",)
DIM = "$text-muted"
STRONG = "bold"
ACCENT = "$text-accent"
WARNING = "$text-warning"
DANGER = "$text-error"
_INDENT = "  "
_PAIR_FROM = 66  # cells from which two fields stand side by side
_LABEL = 14


def heading(text: str) -> Line:
    return ((text, STRONG),)


def split(left: Part, right: Part, width: int) -> Line:
    """``left`` and, at the right end of ``width`` cells, ``right``; ``left`` is cut first."""
    text, style = left if isinstance(left, tuple) else (left, "")
    end = shown(right[0] if isinstance(right, tuple) else right)
    return ((fit_cell(text, max(1, width - cells(end) - 2)), style), "  ", right)


def fields(pairs: Iterable[tuple[str, Part]], width: int) -> list[Line]:
    """Labels and values, without empty ones; two side by side when ``width`` allows."""
    told = [(label, value) for label, value in pairs if _text(value)]
    if width < _PAIR_FROM:
        return [_field(label, value) for label, value in told]
    half = width // 2
    room = half - _LABEL - 2
    lines: list[Line] = []
    waiting: tuple[str, Part] | None = None
    for label, value in told:
        if cells(shown(_text(value))) > room:
            lines += [_field(*waiting)] if waiting else []
            lines.append(_field(label, value))
            waiting = None
        elif waiting is None:
            waiting = (label, value)
        else:
            lines.append((*_field(*waiting, room), "  ", *_field(label, value)))
            waiting = None
    return lines + ([_field(*waiting)] if waiting else [])


def _text(value: Part) -> str:
    return value[0] if isinstance(value, tuple) else value


def _field(label: str, value: Part, width: int = 0) -> Line:
    text = fit_cell(_text(value), width) if width else _text(value)
    return ((label.ljust(_LABEL), DIM), (text, value[1] if isinstance(value, tuple) else ""))


def hanging(first: str, text: str, width: int, style: str = "", first_style: str = "") -> list[Line]:
    """``text`` after ``first``, wrapped at words with a hanging indent."""
    indent = cells(shown(first))
    rows = wrap(shown(text), max(10, width - indent), break_on_hyphens=False) or [""]
    return [
        ((first if place == 0 else " " * indent, first_style), (row, style)) for place, row in enumerate(rows)
    ]


def flow(parts: Line, width: int, indent: int) -> list[Line]:
    """``parts`` in as many lines as they need, broken only between two of them; lines after the first begin
    with ``indent`` blanks."""
    lines: list[list[Part]] = [[]]
    used = 0
    for part in parts:
        text, style = part if isinstance(part, tuple) else (part, "")
        text = shown(text)
        if used > indent and used + cells(text) > width:
            lines.append([" " * indent])
            used, text = indent, text.lstrip()
        lines[-1].append((text, style))
        used += cells(text)
    return [tuple(line) for line in lines]


def columns(texts: Sequence[tuple[str, int, str]], last: Part = "") -> Line:
    """Parts (text, cells, style) with two blanks between them, then ``last``, uncut."""
    parts: list[Part] = []
    for text, width, style in texts:
        parts += [(fit_cell(text, width), style), "  "]
    return (_INDENT, *parts, last)


def refusal(failure: Failure, width: int) -> list[Line]:
    """The message for a part that could not be read, and the permission it needs."""
    refused = isinstance(failure, errors.NotPermitted)
    told = "Not permitted to this account." if refused else failure.summary
    lines = hanging(_INDENT, told, width, WARNING)
    return lines + (hanging(_INDENT, hint, width, DIM) if (hint := advice(failure)) else [])


def went_wrong(failure: Failure) -> list[Line]:
    """The message in a dialog, which stays open: what went wrong and what to do."""
    hint = advice(failure)
    return [((failure.summary, DANGER),), *([((hint, DIM),)] if hint else [])]


def key_line(key: str, does: str) -> Line:
    """A key and what it does."""
    return ((key, f"{STRONG} {ACCENT}"), f" {does}")


def failed(failure: Failure, what: str, *, key: str = "r") -> list[Line]:
    """The message for a view that could not be read; refused and failed look different; ``key`` tries
    again."""
    refused = isinstance(failure, errors.NotPermitted | errors.NoMembership | errors.SignInRefused)
    word, style = (f"Not permitted to {what}", WARNING) if refused else (f"Could not {what}", DANGER)
    lines: list[Line] = [((word, f"{STRONG} {style}"),), (failure.summary,)]
    if hint := advice(failure):
        lines.append((hint,))
    if quoted := reference(failure):
        lines.append(((quoted, DIM),))
    return [*lines, BLANK, key_line(key, "tries again")]


def not_refreshed(failure: Failure, *, key: str) -> Line:
    """The line below rows that could not be read again; ``key`` tries it."""
    return ((f"Not refreshed, {key} tries again: ", DANGER), failure.summary)


def no_match(what: str, filtered_by: str, *, key: str) -> list[Line]:
    """The message instead of rows when none passes the filter; ``what`` is the noun for one."""
    told = f"No {what} matches “{filtered_by.strip()}”."
    return [((told, STRONG),), BLANK, key_line(key, "clears the filter")]


def how_many(rows: "Arrangement[Any]", all_rows: str, total: int) -> Line:
    """The number of rows and their order; ``all_rows`` says it where there is no filter: ``12 members``."""
    told = f"{words.count(len(rows))} shown of {words.count(total)}" if rows.query else all_rows
    return ((f"{told} · by {rows.by} {'▼' if rows.descending else '▲'}", DIM),)


def roles_told(
    roles: Iterable[str], width: int, indent: str = "  ", *, style: Callable[[str], str]
) -> list[Line]:
    """Each role with what it permits, most powerful first; on two lines when one is too narrow."""
    names = rights.sort_roles(roles)
    longest = max((cells(shown(name)) for name in names), default=0)
    lines: list[Line] = []
    for name in names:
        told = rights.summary(name)
        if len(indent) + longest + 2 + len(told) <= width:
            lines.append((indent, (fit_cell(name, longest), style(name)), "  ", (told, DIM)))
        else:
            lines += [(indent, (name, style(name))), *hanging(f"{indent}  ", told, width, DIM)]
    return lines


def how_old(age: float, *, refreshed: bool) -> str:
    """The age in words. ``age`` is in seconds; ``refreshed``: the last refresh succeeded."""
    passed = int(age) // 10 * 10
    old = "just read" if passed == 0 else f"{passed} s old" if passed < 60 else f"{passed // 60} min old"
    return old if refreshed else f"{old}, not refreshed"
