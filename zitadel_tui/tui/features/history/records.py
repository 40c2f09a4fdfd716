"""Filters and sorts the rows of the History view."""

from collections.abc import Callable
from datetime import datetime

from zitadel_tui.core import history, history_words
from zitadel_tui.core.collection import Schema
from zitadel_tui.core.journal import UNKNOWN
from zitadel_tui.core.search import Query, folded
from zitadel_tui.core.server_history import Line, seconds
from zitadel_tui.failure import UsageFailure

FIELDS = ("kind", "outcome", "user", "since", "run")
"""The fields that a filter may name before a colon."""
COLUMNS = ("time", "user", "outcome")
"""The columns by which the list can be sorted."""


def id_of(line: Line) -> str:
    if line.entry is not None:
        return line.entry.id
    return f"event {line.events[0].sequence}"


def outcome(line: Line) -> str:
    """``done``, ``not sent`` …; ``server`` where only the server recorded the change."""
    return "server" if line.entry is None else history_words.outcome(line.entry)


def _text(line: Line) -> str:
    parts = [line.said, line.editor, outcome(line)]
    if line.entry is not None:
        record = line.entry.record
        parts += [history.user_text(line.entry), record.what, record.sentence, record.kind, record.error]
        parts += [record.entry, record.context, record.instance, record.run, line.entry.organization_name]
        parts += [record.organization]
    return folded("\n".join(parts))


def _test(query: Query) -> Callable[[Line], bool] | None:
    kinds, outcomes, users = query.asked("kind"), query.asked("outcome"), query.asked("user")
    runs, since = query.asked("run"), _since(query.asked("since"))

    def fits(line: Line) -> bool:
        entry = line.entry
        if since and seconds(line.time) < since:
            return False
        if not all(_has_outcome(line, word) for word in outcomes):
            return False
        if entry is None:
            return not (kinds or users or runs)
        return (
            all(history.has_kind(entry, word) for word in kinds)
            and all(word in history.user_text(entry) for word in users)
            and all(entry.record.run.startswith(word) for word in runs)
        )

    return fits if query.fields else None


def _has_outcome(line: Line, word: str) -> bool:
    """Whether the outcome matches; ``unknown`` also matches changes without a result."""
    if line.entry is not None and line.entry.is_open and UNKNOWN.startswith(word):
        return True
    return folded(outcome(line)).replace(" ", "-").startswith(word)


def _since(words: tuple[str, ...]) -> float:
    """The latest of the times that can be parsed, in seconds; 0 if there is none."""
    now, found = datetime.now().astimezone(), [0.0]
    for word in words:
        try:
            found.append(seconds(history.moment(word, now, option="since")))
        except UsageFailure:
            continue
    return max(found)


def _user(line: Line) -> str:
    return folded(line.editor if line.entry is None else line.entry.who)


SCHEMA: Schema[Line] = Schema(
    id_of,
    _text,
    {
        "time": lambda line: (seconds(line.time),),
        "user": lambda line: (_user(line), seconds(line.time)),
        "outcome": lambda line: (outcome(line), seconds(line.time)),
    },
    _test,
)
