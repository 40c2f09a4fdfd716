"""Find out who wrote to a membership: this change, another one of this process, or another request.

The server checks no version and the last write wins (contract §8.3), but its history is immediate and names
the editor of every event (§8.1, §4.2).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from zitadel_tui.core.changes.scopes import Scope
from zitadel_tui.core.journal import Record
from zitadel_tui.core.session import Session
from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.base import Details
from zitadel_tui.zitadel.wire.members import Member
from zitadel_tui.zitadel.wire.users import HistoryEntry

CLOCK_TOLERANCE = 2.0
"""Seconds: the server's time is known from ``Date`` headers, which have whole seconds."""

_WINDOW = 200  # events of an organization between reading and writing; more do not occur in a moment
_LONGEST_SEARCH = 1000  # events of an organization since a write whose answer was lost
_CODES = (".code.added", ".code.sent", ".code.requested")
_PASSWORD_CODE = "password.code"
_NOT_KNOWN = "Not known: whether these roles were also changed by others at the same moment; {}."


@dataclass(frozen=True, slots=True)
class Overlap:
    """``ours`` is False when another account wrote the event of the answer; ``warning`` says what another
    administrator did between our read and our write, or that this is not known."""

    warning: str = ""
    ours: bool = True


async def newest_event(session: Session, scope: Scope) -> int:
    """The number of the newest event; 0 where the history may not be read."""
    try:
        newest = (await session.client.send(scope.history(limit=1))).result
    except errors.NO_ACCESS:
        return 0
    return number(newest[0].sequence) if newest else 0


async def overlap(session: Session, scope: Scope, written: Details, *, seen: int, took: float) -> Overlap:
    """What happened to members between our read and our write.

    ``written`` are the details of our write, ``seen`` is the event number of the membership as it was
    read, ``took`` the seconds from reading to the answer. The history says who made a change, not to whose
    roles."""
    ours = number(written.sequence)
    after = max(seen, ours - _WINDOW - 1)
    try:
        found = scope.history(limit=_WINDOW + 1, after=after, ascending=True)
        history = (await session.client.send(found)).result
        by_number = {number(entry.sequence): entry for entry in history}
        if ours not in by_number:
            return Overlap(_NOT_KNOWN.format("the history does not show this change"))
        event = by_number[ours]
        if event.editor_id != (await session.identify()).account:
            return Overlap(ours=False)
        begun = moment(event.change_date) - took - session.timing.oldest_read
        others = [
            entry
            for sequence, entry in by_number.items()
            if sequence < ours and _is_write(entry, scope) and moment(entry.change_date) >= begun
        ]
        if after > seen and history and moment(history[0].change_date) >= begun:
            return Overlap(_NOT_KNOWN.format("there were too many events at that time"))
        foreign = await _foreign(session, others)
    except errors.ZitadelError:
        return Overlap(_NOT_KNOWN.format("the history could not be read"))
    if not foreign:
        return Overlap()
    names = ", ".join(dict.fromkeys(shown(editor(entry)) for entry in foreign))
    return Overlap(
        f"Another change ({names}) to members of this organization was made at the same moment. "
        "If it was to these roles, it was overwritten: check them."
    )


async def _foreign(session: Session, entries: list[HistoryEntry]) -> list[HistoryEntry]:
    """The events that this process has not written."""
    coordination = await session.coordination()
    if any(number(entry.sequence) not in coordination.written for entry in entries):
        await coordination.others_ended()
    return [entry for entry in entries if number(entry.sequence) not in coordination.written]


async def is_ours(session: Session, scope: Scope, record: Record, member: Member | None) -> bool | None:
    """Whether the current state of a membership, after a lost answer, was written by the change of
    ``record``; None when that is not known. An event counts once."""
    baseline, written = record.baseline, number(member.details.sequence) if member else None
    if written is not None and baseline.sequence and written <= baseline.sequence:
        return False  # its last event is older than the change
    if not record.account:
        return None
    try:
        history = (await session.client.send(scope.history(limit=_LONGEST_SEARCH))).result
    except errors.NO_ACCESS:
        return None
    coordination = await session.coordination()
    await coordination.others_ended()
    since = moment(baseline.time) - CLOCK_TOLERANCE if baseline.time else 0.0
    newer = [
        entry
        for entry in history
        if number(entry.sequence) > baseline.sequence and moment(entry.change_date) >= since
    ]
    own = {
        number(entry.sequence): entry
        for entry in newer
        if entry.editor_id == record.account and _is_write(entry, scope)
    }
    for other in coordination.written:
        own.pop(other, None)
    end = "removed" if member is None else "changed" if record.before else "added"
    fitting = {sequence for sequence, entry in own.items() if _is_write(entry, scope, (end,))}
    ours = max(fitting, default=0) if written is None else written
    if ours in fitting:
        coordination.written.add(ours)
        return True
    is_whole = len(history) < _LONGEST_SEARCH or len(newer) < len(history)
    return False if is_whole and not own else None


def _is_write(
    entry: HistoryEntry, scope: Scope, ends: Iterable[str] = ("added", "changed", "removed")
) -> bool:
    return entry.event_type.key.endswith(tuple(f"{scope.event}.{end}" for end in ends))


def number(sequence: str) -> int:
    """An event number of the wire; absent is 0."""
    return int(sequence or 0)


def moment(stamp: str) -> float:
    """Seconds since 1970 of an RFC 3339 time with any fraction (contract §3.0). Raises ``NotZitadel``."""
    try:
        return datetime.fromisoformat(stamp).timestamp()
    except (ValueError, OverflowError):
        raise errors.NotZitadel(f"{shown(stamp)[:40]!r} is not a time.") from None


def editor(entry: HistoryEntry) -> str:
    return entry.editor_display_name or entry.editor_preferred_login_name or entry.editor_id


def is_code(event: HistoryEntry) -> bool:
    """Whether an event of a user is about a code of the server, which nobody used. A code for a new password
    is none of these: somebody who wanted to sign in asked for it."""
    key = event.event_type.key
    return key.endswith(_CODES) and _PASSWORD_CODE not in key
