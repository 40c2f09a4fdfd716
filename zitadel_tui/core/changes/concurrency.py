"""Who else wrote at the same moment (contract §8.3: no version is checked, the last write wins)."""

import asyncio
from datetime import datetime
from weakref import WeakKeyDictionary

from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.base import Changed, Details
from zitadel_tui.zitadel.wire.users import HistoryEntry

_RECENT = 100  # entries of the organization's history: more than a moment brings
_LAG = 0.2  # seconds that a read may have been behind; 43 ms at most were measured
_MEMBER_WRITES = ("org.member.added", "org.member.changed", "org.member.removed")


class _Writes:
    """What this process writes to memberships: sequences of what was answered, and what is in flight."""

    def __init__(self) -> None:
        self.answered: set[str] = set()
        self.in_flight: set[asyncio.Event] = set()


_writes: WeakKeyDictionary[Client, _Writes] = WeakKeyDictionary()


async def sent(client: Client, call: Call[Changed]) -> Changed:
    """Send a write to a membership, and remember that it was ours: several people may share an account."""
    writes, ended = _writes.setdefault(client, _Writes()), asyncio.Event()
    writes.in_flight.add(ended)
    try:
        answer = await client.send(call)
        writes.answered.add(answer.details.sequence)
        return answer
    finally:
        writes.in_flight.discard(ended)
        ended.set()


def moment(stamp: str) -> float:
    """Seconds since 1970 of an RFC 3339 time with any fraction (contract §3.0). Raises ``NotZitadel``."""
    try:
        return datetime.fromisoformat(stamp).timestamp()
    except (ValueError, OverflowError):
        raise errors.NotZitadel(f"{shown(stamp)[:40]!r} is not a time.") from None


async def overlooked(client: Client, written: Details, *, seen: str, took: float) -> str:
    """A warning when somebody else changed members between our reading and our writing; else empty.

    ``written`` are the details of our write, ``seen`` is the sequence of the membership as it was read,
    ``took`` the seconds from reading to the answer. The history tells who, not whose roles.
    """
    try:
        history = (await client.send(calls.organization_history(limit=_RECENT))).result
        others = await _foreign(client, _before(history, written, seen=int(seen or 0), took=took))
    except errors.ZitadelError:
        return "Whether somebody else changed these roles at the same moment could not be looked up."
    if not others:
        return ""
    names = ", ".join(dict.fromkeys(shown(_name(entry)) for entry in others))
    return (
        f"Somebody else ({names}) changed members of this organization at the same moment; "
        "if it was these roles, that was overwritten: look once more."
    )


async def _foreign(client: Client, entries: list[HistoryEntry]) -> list[HistoryEntry]:
    """Those that this process has not written."""
    writes = _writes.setdefault(client, _Writes())
    if any(entry.sequence not in writes.answered for entry in entries):
        for ended in list(writes.in_flight):
            await ended.wait()
    return [entry for entry in entries if entry.sequence not in writes.answered]


def _before(
    history: tuple[HistoryEntry, ...], written: Details, *, seen: int, took: float
) -> list[HistoryEntry]:
    """Changes of members that our reading may not have shown, up to our write."""
    ours = next((entry for entry in history if entry.sequence == written.sequence), None)
    if ours is None:
        return []
    begun = moment(ours.change_date) - took - _LAG
    return [
        entry
        for entry in history
        if seen < int(entry.sequence or 0) < int(ours.sequence or 0)
        and entry.event_type.key.endswith(_MEMBER_WRITES)
        and moment(entry.change_date) >= begun
    ]


def _name(entry: HistoryEntry) -> str:
    return entry.editor_display_name or entry.editor_preferred_login_name or entry.editor_id
