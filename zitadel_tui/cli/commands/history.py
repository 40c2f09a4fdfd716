"""``history``: lists the changes made with this program, and those of a user that the server recorded."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from zitadel_tui.cli.commands.changes import named_user
from zitadel_tui.cli.failures import DONE
from zitadel_tui.cli.output import Column
from zitadel_tui.cli.run import Run
from zitadel_tui.core import history, history_words, organizations, words
from zitadel_tui.core.history import Entry, Filter, Journals
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown

if TYPE_CHECKING:
    from zitadel_tui.core.server_history import Line, UserHistory
    from zitadel_tui.core.session import Session

_LIMIT = 100
_HIGHEST_LIMIT = 10_000_000
_SEARCHING_ROWS = ("user", "kind", "outcome", "run")
_NOT_WITH_SERVER = ("kind", "outcome", "run", "all", "rows", "entry")


def show(run: Run) -> int:
    options = run.options
    if options.server:
        return _show_with_server(run)
    if options.entry is not None:
        return _print_entry(run, history.entry(_journals(run), options.entry))
    wanted, limit = _filter(run), _limit(run)
    found = list(islice(history.entries(_journals(run), wanted), limit + 1 if limit else None))
    more = bool(limit) and len(found) > limit
    entries = found[:limit] if more else found
    run.output.rows(_columns(everywhere=not wanted.instance), entries, history_words.data)
    if more:
        run.output.say("note", f"The newest {words.count(limit)} are shown; --limit 0 shows all.")
    elif not entries and run.output.form == "table":
        run.output.say("note", _empty_note(wanted, run))
    _warn_unknown(run, entries)
    return DONE


def _journals(run: Run) -> Journals:
    return history.demo_journals(run.local()) if run.settings.demo else history.user_journals()


def _filter(run: Run) -> Filter:
    options = run.options
    now = datetime.now(UTC)
    is_here = not options.all and not run.settings.demo
    return Filter(
        user=options.user or "",
        kind=options.kind or "",
        outcomes=tuple(one.replace("-", " ") for one in options.outcome or ()),
        since=history.moment(options.since, now, option="--since") if options.since else "",
        until=history.moment(options.until, now, option="--until", end=True) if options.until else "",
        instance=(run.settings.domain or "") if is_here else "",
        organization=_organization(run) if is_here else "",
        run=options.run or "",
        rows=options.rows or any(getattr(options, name) for name in _SEARCHING_ROWS),
    )


def _organization(run: Run) -> str:
    """The organization of the settings, if it is an id: looking up a name would need a request."""
    org = run.settings.org or ""
    return org if organizations.is_id(org) else ""


def _limit(run: Run) -> int:
    """Return the limit; 0 means all. Raises ``UsageFailure``."""
    text = run.options.limit
    if text is None:
        return _LIMIT
    limit = int(text) if text.isascii() and text.isdigit() and len(text) <= 8 else -1
    if not 0 <= limit <= _HIGHEST_LIMIT:
        raise UsageFailure("--limit is not a number of changes.", f"Default: {_LIMIT}; 0 shows all.")
    return limit


def _empty_note(wanted: Filter, run: Run) -> str:
    is_filtered = wanted._replace(instance="", organization="", rows=True) != Filter()
    said = "No recorded change matches." if is_filtered else "No change is recorded."
    if not wanted.instance:
        return said
    return f"{said} Only changes to {shown(wanted.instance)} are listed; --all lists all."


def _warn_unknown(run: Run, entries: list[Entry]) -> None:
    """Warn about changes whose outcome is not known, and say what to do."""
    unknown = [entry for entry in entries if entry.is_open]
    if unknown and run.output.form == "table":
        is_are = "is" if len(unknown) == 1 else "are"
        outcomes = words.plural(len(unknown), "change")
        run.output.say("warning", f"The outcome of {outcomes} {is_are} not known.")
        run.output.say("hint", f"See what to do: zitadel-tui history {unknown[0].short_id}")


def _print_entry(run: Run, entry: Entry) -> int:
    pairs = [(name, value) for name, value in history_words.facts(entry) if value]
    run.output.card(pairs, {**history_words.data(entry), "command": history_words.command(entry)})
    if advice := history_words.advice(entry):
        run.output.say("hint", advice)
    return DONE


# Of the server


def _show_with_server(run: Run) -> int:
    from zitadel_tui.core import server_history

    options = run.options
    for name in _NOT_WITH_SERVER:
        if getattr(options, name):
            called = "ENTRY" if name == "entry" else f"--{name}"
            raise UsageFailure(f"--server cannot be combined with {called}.", "Leave one out.")
    if not options.user:
        raise UsageFailure("--server needs a user.", "Add --user USER: an id, a login name or an email.")
    wanted, limit = _filter(run), _limit(run)

    async def ask(session: "Session") -> "UserHistory":
        user = await named_user(run, session)
        return await server_history.read(session, history.session_journals(session), user, wanted)

    found = run.read(ask)
    lines = found.lines[:limit] if limit else found.lines
    run.output.rows(_line_columns(), lines, _line_data)
    for sentence in found.missing:
        run.output.say("warning", sentence)
    if len(lines) < len(found.lines):
        run.output.say("note", f"The newest {words.count(limit)} are shown; --limit 0 shows all.")
    _warn_unknown(run, [line.entry for line in lines if line.entry is not None])
    return DONE


def _line_data(line: "Line") -> dict[str, object]:
    from zitadel_tui.zitadel.wire.base import to_data

    return {
        "time": line.time,
        "origin": line.origin,
        "entry": None if line.entry is None else history_words.data(line.entry),
        "events": [to_data(event) for event in line.events],
    }


def _minute(time: str) -> str:
    """``2026-03-01 12:34``, of RFC 3339 UTC."""
    return f"{time[:10]} {time[11:16]}" if time[10:11] == "T" and time.endswith("Z") else time


def _of_entry(value: Callable[[Entry], str]) -> "Callable[[Line], str]":
    return lambda line: "" if line.entry is None else value(line.entry)


def _sentence(line: "Line") -> str:
    """The sentence of the entry, or else the words of the server."""
    return line.said if line.entry is None else line.entry.sentence


def _line_columns() -> "list[Column[Line]]":
    return [
        Column("time", lambda line: line.time, "WHEN (UTC)", lambda line: _minute(line.time), rigid=True),
        Column("origin", lambda line: line.origin, "ORIGIN", rigid=True),
        Column(
            "entry",
            _of_entry(lambda entry: entry.id),
            "ENTRY",
            _of_entry(lambda entry: entry.short_id),
            rigid=True,
        ),
        Column("outcome", _of_entry(history_words.outcome), "OUTCOME"),
        Column("editor", lambda line: line.editor, "BY"),
        Column("what", _sentence, "WHAT"),
        Column("serverEvent", lambda line: line.said),
        Column("eventKeys", lambda line: " ".join(event.event_type.key for event in line.events)),
        Column("sequences", lambda line: " ".join(event.sequence for event in line.events)),
    ]


# Of this program


def _columns(*, everywhere: bool) -> list[Column[Entry]]:
    """With ``everywhere``, the table has a column for the server and organization."""
    titles = {
        "time": "WHEN (UTC)",
        "entry": "ENTRY",
        "outcome": "OUTCOME",
        "name": "USER",
        "sentence": "WHAT",
        "organization": "PLACE" if everywhere else "",
    }
    return [
        Column(
            name,
            partial(_cell, place),
            titles.get(name, ""),
            _DISPLAY.get(name),
            rigid=name in ("time", "entry"),
        )
        for place, name in enumerate(history_words.COLUMNS)
    ]


def _cell(place: int, entry: Entry) -> str:
    return history_words.cells(entry)[place]


def _place(entry: Entry) -> str:
    host = entry.record.instance.removeprefix("https://")
    return f"{host} {entry.organization_name or entry.record.organization}".strip()


_DISPLAY: dict[str, Callable[[Entry], str]] = {
    "time": lambda entry: _minute(entry.record.time),
    "entry": lambda entry: entry.short_id,
    "outcome": history_words.outcome,
    "sentence": lambda entry: entry.sentence,
    "organization": _place,
}
