"""The texts of the History view: rows, details of a change, and messages instead of rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from zitadel_tui.core import history_words, words
from zitadel_tui.core.history import NO_RESULT, Entry
from zitadel_tui.core.journal import DONE, NOT_SENT, REFUSED, UNCHANGED, UNKNOWN
from zitadel_tui.core.server_history import Line as Change
from zitadel_tui.core.user_details import happened
from zitadel_tui.tui.features.history.records import outcome
from zitadel_tui.tui.format.lines import (
    BLANK,
    DANGER,
    DIM,
    STRONG,
    WARNING,
    Line,
    hanging,
    heading,
    key_line,
    no_match,
    split,
)
from zitadel_tui.tui.widgets.table import Column, Row, Tone
from zitadel_tui.zitadel.wire.users import HistoryEntry

COLUMNS = (
    Column("time", "WHEN", 10, min_width=10, dim=True),
    Column("outcome", "OUTCOME", 11, min_width=11),
    Column("user", "USER", 16, min_width=10, priority=1, grow=1, middle=True),
    Column("what", "WHAT", 30, min_width=16, grow=4),
)
USER_COLUMNS = (
    Column("time", "WHEN", 10, min_width=10, dim=True),
    Column("origin", "ORIGIN", 6, min_width=6),
    Column("outcome", "OUTCOME", 11, min_width=11, priority=1),
    Column("by", "BY", 14, min_width=10, priority=2, grow=1, middle=True),
    Column("what", "WHAT", 30, min_width=16, grow=4),
)
_SIGNS = {
    DONE: "✓",
    UNCHANGED: "=",
    REFUSED: "✗",
    NOT_SENT: "-",
    UNKNOWN: "?",
    NO_RESULT: "?",
    history_words.NOT_ENDED: "…",
}
_TONES: dict[str, Tone] = {
    REFUSED: "danger",
    UNKNOWN: "warning",
    NO_RESULT: "warning",
    UNCHANGED: "dim",
    NOT_SENT: "dim",
}
_LABEL = 14  # cells before a value


def row(change: Change, *, now: datetime, place: tuple[str, str]) -> Row:
    """The cells of a change of this program; ``place`` is the current server and organization."""
    entry = change.entry
    assert entry is not None
    what = f"{_elsewhere(entry, place)}{entry.sentence}"
    return words.ago(change.time, now), _outcome(change), entry.who, what


def _elsewhere(entry: Entry, place: tuple[str, str]) -> str:
    """The server or organization of a change, unless it is the current one."""
    record, (instance, organization) = entry.record, place
    if record.instance != instance:
        return f"{record.instance.removeprefix('https://')}: " if record.instance else ""
    if organization and record.organization != organization:
        return f"{entry.organization_name or record.organization}: "
    return ""


def user_row(change: Change, *, now: datetime) -> Row:
    """The cells of a change of one user."""
    said = change.said if change.entry is None else change.entry.sentence
    return words.ago(change.time, now), change.origin, _outcome(change), change.editor, said


def _outcome(change: Change) -> tuple[tuple[str, Tone], ...] | str:
    if change.entry is None:
        return ""
    told = outcome(change)
    return ((f"{_SIGNS.get(told, ' ')} {told}", _TONES.get(told, "")),)


def tone(change: Change) -> Tone:
    """Highlight changes whose outcome is not known."""
    return "warning" if change.entry is not None and change.entry.is_open else ""


def details(change: Change, width: int, *, key: Callable[[str], str]) -> list[Line]:
    """A change in full; ``key`` gives the key of an action."""
    lines = [] if change.entry is None else _entry(change.entry, width, key)
    if change.events:
        lines += [BLANK] if lines else []
        lines.append(heading("On the server"))
        for event in change.events:
            lines += _event(event, width)
    return lines


def _entry(entry: Entry, width: int, key: Callable[[str], str]) -> list[Line]:
    told = history_words.outcome(entry)
    style = {"danger": DANGER, "warning": WARNING}.get(_TONES.get(told, ""), DIM)
    title = split((entry.who or entry.record.kind, STRONG), (f"{_SIGNS.get(told, ' ')} {told}", style), width)
    lines: list[Line] = [title, BLANK]
    if unknown := history_words.unknown(entry):
        lines += hanging("", unknown, width, WARNING)
        if entry.is_run:
            lines.append(key_line(key("history.rows"), "shows its rows"))
        else:
            lines.append(key_line(key("history.check"), "checks it now"))
            lines.append(key_line(key("history.server"), "compares it with the server"))
        lines.append(BLANK)
    return [*lines, *_facts(history_words.facts(entry), width)]


def _event(event: HistoryEntry, width: int) -> list[Line]:
    by = event.editor_display_name or event.editor_preferred_login_name or event.editor_id
    facts = [
        ("time", history_words.to_second(event.change_date)),
        ("event", happened(event)),
        ("by", f"{by} ({event.editor_id})" if event.editor_id else by),
        ("number", event.sequence),
    ]
    return _facts(facts, width)


def _facts(facts: Iterable[tuple[str, str]], width: int) -> list[Line]:
    """Labels and values, without empty ones."""
    return [
        line
        for label, value in facts
        if value
        for line in hanging(label.ljust(_LABEL), value, width, first_style=DIM)
    ]


def nothing(*, filtered_by: str, everywhere: bool, user: str, back: str, all_key: str) -> list[Line]:
    """What to say when no change is listed."""
    if filtered_by:
        return no_match("change", filtered_by, key=back)
    if user:
        return [((f"No change to {user} is recorded.", STRONG),), BLANK, key_line(back, "shows all changes")]
    lines: list[Line] = [(("No change was made with this program yet.", STRONG),)]
    if not everywhere:
        lines = [(("No change was made here with this program yet.", STRONG),)]
        lines += [BLANK, key_line(all_key, "shows those to other servers and organizations")]
    return lines


CSV = history_words.COLUMNS
USER_CSV = ("time", "origin", "entry", "outcome", "by", "what", "serverEvent")


def csv_rows(changes: Iterable[Change]) -> Iterator[Sequence[str]]:
    for change in changes:
        if change.entry is not None:
            yield history_words.cells(change.entry)


def user_csv_rows(changes: Iterable[Change]) -> Iterator[Sequence[str]]:
    for change in changes:
        entry = change.entry
        told = ("", "") if entry is None else (entry.id, history_words.outcome(entry))
        what = change.said if entry is None else entry.sentence
        yield [change.time, change.origin, *told, change.editor, what, change.said]
