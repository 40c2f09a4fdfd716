"""Formats entries of the history, for both front ends."""

from zitadel_tui.core.changes.records import UnusableRecord, from_record
from zitadel_tui.core.history import NO_RESULT, Entry
from zitadel_tui.core.journal import UNKNOWN
from zitadel_tui.core.rights import sort_roles
from zitadel_tui.text import quoted, shown
from zitadel_tui.zitadel.calls import Call

NONE = "none"
"""Shown when there are no roles."""
NOT_ENDED = "not ended"
"""The outcome of a run that is still running, or was interrupted."""


def to_second(time: str) -> str:
    """``2026-03-01 12:34:56 UTC``, of RFC 3339 UTC; what is not such a time is returned as it is."""
    return f"{time[:10]} {time[11:19]} UTC" if time[10:11] == "T" and time.endswith("Z") else time


def outcome(entry: Entry) -> str:
    """How it ended, in one or two words."""
    return NOT_ENDED if entry.is_run and entry.outcome == NO_RESULT else shown(entry.outcome)


def facts(entry: Entry) -> list[tuple[str, str]]:
    """All fields of an entry, with their labels; values may be empty, and are not safe for a terminal."""
    record, roles = entry.record, entry.roles
    before, after = roles or (record.before, None)
    user = f"{entry.who} ({record.user})" if record.user and entry.who != record.user else entry.who
    return [
        ("change", record.kind),
        ("what", record.what),
        ("outcome", f"{outcome(entry)}{', found by a later read' if record.settled else ''}"),
        ("result", record.sentence),
        ("error", record.error),
        ("roles before", _roles(before)),
        ("roles after", _roles(after)),
        ("user", user),
        ("begun", to_second(record.time)),
        ("ended", to_second(entry.ended)),
        ("account", record.account),
        ("organization", f"{entry.organization_name} {record.organization}".strip()),
        ("instance", record.instance),
        ("context", record.context),
        ("event", str(record.sequence or "")),
        ("run", record.run),
        ("row", str(record.row or "")),
        ("entry", entry.id),
        ("command", command(entry)),
    ]


def _roles(keys: tuple[str, ...] | None) -> str:
    return "" if keys is None else " ".join(sort_roles(keys)) or NONE


def unknown(entry: Entry) -> str:
    """What is not known about an entry, in a sentence; empty if its outcome is known."""
    if entry.is_run and entry.outcome == NO_RESULT:
        return "The run has not ended."
    if not entry.is_open:
        return ""
    if entry.outcome == UNKNOWN:
        return "It is not known whether this change was made."
    return "No result is recorded: zitadel-tui ended before it, or the change is still being sent."


def advice(entry: Entry) -> str:
    """Like :func:`unknown`, with the command that helps."""
    said, record = unknown(entry), entry.record
    if not said:
        return ""
    if entry.is_run:
        return f"{said} To resume it: zitadel-tui onboard resume {quoted(record.run)}"
    if not record.user:
        return f"{said} Check whether the user exists before you retry."
    return f"{said} Compare it with the server: zitadel-tui history --server --user {quoted(record.user)}"


def command(entry: Entry) -> str:
    """The zitadel-tui command that does the same; empty when there is none."""
    try:
        return from_record(entry.record).as_command()
    except UnusableRecord:
        return ""


def request(entry: Entry) -> "Call[object] | None":
    """The request of the change; None when it cannot be made again from the record."""
    try:
        calls = from_record(entry.record).calls()
    except UnusableRecord:
        return None
    return calls[0] if calls else None


def data(entry: Entry) -> dict[str, object]:
    """An entry as plain data, for ``--json``."""
    record, roles = entry.record, entry.roles
    return {
        "entry": entry.id,
        "time": record.time,
        "ended": entry.ended or None,
        "outcome": record.outcome,
        "kind": record.kind,
        "userId": record.user,
        "name": entry.who,
        "what": record.what,
        "before": None if roles is None else list(roles[0]),
        "after": None if roles is None else list(roles[1]),
        "settled": record.settled,
        "sentence": record.sentence,
        "errorId": record.error,
        "sequence": str(record.sequence) if record.sequence else None,
        "context": record.context,
        "instance": record.instance,
        "organization": record.organization,
        "organizationName": entry.organization_name,
        "account": record.account,
        "run": record.run,
        "row": record.row or None,
    }


COLUMNS = ("time", "entry", "outcome", "name", "sentence", "organization", "ended", "kind", "userId", "what",
           "before", "after", "settled", "errorId", "sequence", "context", "instance", "organizationName",
           "account", "run", "row")  # fmt: skip
"""The names of :func:`data` in the order of a CSV."""


def cells(entry: Entry) -> list[str]:
    """The row of an entry in a CSV, in the order of :data:`COLUMNS`."""
    known = data(entry)
    return [_cell(known[name]) for name in COLUMNS]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "" if value is None else str(value)
