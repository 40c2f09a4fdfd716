"""Who else wrote at the same moment (contract §8.3: no version is checked, the last write wins)."""

from datetime import datetime

from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.base import Details
from zitadel_tui.zitadel.wire.users import HistoryEntry

_RECENT = 100  # entries of the organization's history: more than a moment brings
_LAG = 1.0  # seconds that a read may have been behind; 43 ms at most were measured


def moment(stamp: str) -> float:
    """Seconds since 1970 of an RFC 3339 time with any fraction (contract §3.0). Raises ``NotZitadel``."""
    try:
        return datetime.fromisoformat(stamp).timestamp()
    except ValueError:
        raise errors.NotZitadel(f"{shown(stamp)[:40]!r} is no time.") from None


async def overlooked(client: Client, written: Details, *, seen: str, took: float) -> str:
    """A warning when somebody else changed members between our reading and our writing; else empty.

    ``written`` are the details of our write, ``seen`` is the sequence of the membership as it was read,
    ``took`` the seconds from reading to the answer. The history tells who, not whose roles.
    """
    try:
        history = (await client.send(calls.organization_history(limit=_RECENT))).result
        others = _others(history, written, seen=int(seen or 0), took=took)
    except errors.ZitadelError:
        return "Whether somebody else changed these roles at the same moment could not be looked up."
    if not others:
        return ""
    names = ", ".join(dict.fromkeys(shown(_name(entry)) for entry in others))
    return (
        f"{names} changed members of this organization at the same moment; "
        "if it was these roles, that was overwritten: look once more."
    )


def _others(
    history: tuple[HistoryEntry, ...], written: Details, *, seen: int, took: float
) -> list[HistoryEntry]:
    ours = next((entry for entry in history if entry.sequence == written.sequence), None)
    if ours is None:
        return []
    begun = moment(ours.change_date) - took - _LAG
    return [
        entry
        for entry in history
        if seen < int(entry.sequence or 0) < int(ours.sequence or 0)
        and entry.editor_id != ours.editor_id
        and ".member." in entry.event_type.key
        and moment(entry.change_date) >= begun
    ]


def _name(entry: HistoryEntry) -> str:
    return entry.editor_display_name or entry.editor_preferred_login_name or entry.editor_id
