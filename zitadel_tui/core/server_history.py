"""The server's own history of a user (contract §4.2) beside the entries of this program: each change once.

The history of a user has no role changes. That of the organization has them, but says only who made them, not
whose roles were changed; so only events of recorded changes are taken from there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from zitadel_tui.core import history
from zitadel_tui.core.changes import ImportUser, RoleChange
from zitadel_tui.core.changes.attribution import CLOCK_TOLERANCE, moment, number
from zitadel_tui.core.changes.base import Change
from zitadel_tui.core.changes.records import UnusableRecord, from_record
from zitadel_tui.core.concurrency import together
from zitadel_tui.core.history import EVERYTHING, Entry, Filter, Journals
from zitadel_tui.core.journal import DONE
from zitadel_tui.core.search import folded
from zitadel_tui.core.session import Session
from zitadel_tui.core.user_details import happened
from zitadel_tui.core.user_lookup import or_refusal
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.wire.users import History, HistoryEntry, User

MOST_EVENTS = 1000
"""How many events of a history are read; older ones are not shown."""
_LONGEST = 120.0  # seconds from the intent to the event of a change whose result is not known
_AT_ONCE = 0.5  # seconds between the events of one request

Origin = Literal["here", "server", "both"]


@dataclass(frozen=True, slots=True)
class Line:
    """One change of a user: an entry of this program, events of the server (oldest first), or both."""

    entry: Entry | None = None
    events: tuple[HistoryEntry, ...] = ()

    @property
    def origin(self) -> Origin:
        return "server" if self.entry is None else "both" if self.events else "here"

    @property
    def time(self) -> str:
        """RFC 3339 UTC: by the server's clock where it has events."""
        if self.events:
            return self.events[-1].change_date
        return "" if self.entry is None else self.entry.record.time

    @property
    def said(self) -> str:
        """What happened, in the words of the server; empty without events. Not safe for a terminal."""
        return ", ".join(dict.fromkeys(map(happened, self.events)))

    @property
    def editor(self) -> str:
        """Who made the change: a login name, a name or an id. Not safe for a terminal."""
        if not self.events:
            return "" if self.entry is None else self.entry.record.account
        event = self.events[-1]
        return event.editor_preferred_login_name or event.editor_display_name or event.editor_id


@dataclass(frozen=True, slots=True)
class UserHistory:
    """All changes of a user, newest first; ``missing`` are sentences about what could not be read, or is left
    out."""

    lines: tuple[Line, ...]
    missing: tuple[str, ...] = ()


async def read(session: Session, journals: Journals, user: User, wanted: Filter = EVERYTHING) -> UserHistory:
    """Read the history of a user of this instance: the entries of all organizations, and the events of the
    server. Of ``wanted`` only the times are used. Raises connection errors, and ``Failure`` for an unreadable
    file."""
    identity = await session.identify()
    own = [
        entry
        for entry in history.entries(
            journals, Filter(since=wanted.since, until=wanted.until, instance=session.client.transport.origin)
        )
        if _is_of(entry, user)
    ]
    in_organization = any(_is_membership(entry, identity.organization) for entry in own)
    async with together() as reads:
        of_user = reads.create_task(_events(session, calls.user_history(user.id, limit=MOST_EVENTS)))
        of_organization = None
        if in_organization:
            of_organization = reads.create_task(
                _events(session, calls.organization_history(limit=MOST_EVENTS))
            )
    missing = []
    events = of_user.result()
    if isinstance(events, errors.ZitadelError):
        missing.append(f"The server's history of this user could not be read: {events.summary}")
        events = ()
    elif len(events) == MOST_EVENTS:
        missing.append(f"The server's history is longer; its newest {MOST_EVENTS:,} events are shown.")
    members = of_organization.result() if of_organization is not None else ()
    if isinstance(members, errors.ZitadelError):
        missing.append(f"The history of the organization could not be read: {members.summary}")
        members = ()
    lines = merged(own, events, members, organization=identity.organization)
    return UserHistory(tuple(line for line in lines if _is_within(line, wanted)), tuple(missing))


async def _events(session: Session, call: Call[History]) -> Sequence[HistoryEntry] | errors.ZitadelError:
    answer = await or_refusal(session.client, call)
    return answer if isinstance(answer, errors.ZitadelError) else answer.result


def _is_of(entry: Entry, user: User) -> bool:
    """Whether an entry is about this user; if it has no user id, compare the user name."""
    record = entry.record
    if record.user:
        return record.user == user.id
    name = record.wanted.get("userName")
    return bool(user.user_name) and isinstance(name, str) and folded(name) == folded(user.user_name)


def _is_within(line: Line, wanted: Filter) -> bool:
    return not (
        (wanted.since and seconds(line.time) < seconds(wanted.since))
        or (wanted.until and seconds(line.time) > seconds(wanted.until))
    )


def seconds(time: str) -> float:
    """Seconds since 1970 of a time with any fraction; 0 for what is not a time."""
    try:
        return moment(time)
    except errors.NotZitadel:
        return 0.0


def merged(
    own: Iterable[Entry],
    events: Sequence[HistoryEntry],
    members: Sequence[HistoryEntry] = (),
    *,
    organization: str,
) -> list[Line]:
    """Merge entries and events into one line for each change, newest first. ``events`` are those of the user,
    ``members`` those of ``organization``, of which only the ones that belong to an entry are used."""
    left = {number(event.sequence): event for event in events}
    left_of_members = {number(event.sequence): event for event in members}
    lines = []
    for entry in sorted(own, key=lambda one: one.record.time):
        change = _change(entry)
        if isinstance(change, RoleChange):
            here = _is_membership(entry, organization)
            found = _found(entry, change, left_of_members) if here else []
            source = left_of_members
        else:
            found, source = _found(entry, change, left) if change is not None else [], left
        taken = tuple(source.pop(one) for one in found)
        lines.append(Line(entry, taken))
    lines += [Line(events=(event,)) for event in left.values()]
    return sorted(lines, key=lambda line: seconds(line.time), reverse=True)


def _change(entry: Entry) -> Change | None:
    try:
        return from_record(entry.record)
    except UnusableRecord:
        return None


def _is_membership(entry: Entry, organization: str) -> bool:
    """Whether it is a change of administrator roles in this organization, whose history may have its
    event."""
    return isinstance(_change(entry), RoleChange) and entry.record.organization == organization


def _found(entry: Entry, change: Change, left: dict[int, HistoryEntry]) -> list[int]:
    """Find the sequences of the events of a change, oldest first."""
    record = entry.record
    if record.outcome != DONE and not entry.is_open:
        return []
    if isinstance(change, ImportUser):
        return _of_import(entry, left)
    ends = _ends(entry, change)
    if not ends:
        return []
    if record.sequence:
        event = left.get(record.sequence)
        return [record.sequence] if event and event.event_type.key.endswith(ends) else []
    fitting = (
        sequence
        for sequence, event in sorted(left.items())
        if event.event_type.key.endswith(ends) and sequence > record.baseline.sequence
    )
    return [sequence for sequence in fitting if _fits(entry, left[sequence])][:1]


def _of_import(entry: Entry, left: dict[int, HistoryEntry]) -> list[int]:
    """Creating a user writes several events at once; the number of the last one is in the answer."""
    first = min(left, default=0)
    if not first or not left[first].event_type.key.endswith("human.added") or not _fits(entry, left[first]):
        return []
    editor, until = left[first].editor_id, seconds(left[first].change_date) + _AT_ONCE
    last = entry.record.sequence
    return [
        one
        for one, event in sorted(left.items())
        if event.editor_id == editor and (one <= last if last else seconds(event.change_date) <= until)
    ]


def _ends(entry: Entry, change: Change) -> tuple[str, ...]:
    """The suffixes of the keys of its events."""
    if not isinstance(change, RoleChange):
        event = getattr(change, "event", "")
        return (event,) if event else ()
    roles = entry.roles
    if roles is None:
        ends: tuple[str, ...] = ("added", "changed", "removed")
    else:
        ends = ("removed",) if not roles[1] else ("changed",) if roles[0] else ("added",)
    return tuple(f"{change.scope.event}.{end}" for end in ends)


def _fits(entry: Entry, event: HistoryEntry) -> bool:
    """Whether the account of the entry wrote the event while the change was being sent. The baseline has the
    server's time; the result comes as much later as it does by the clock of this machine."""
    record = entry.record
    if event.editor_id != record.account:
        return False
    begun = seconds(record.baseline.time or record.time)
    took = seconds(entry.ended) - seconds(record.time) if entry.ended else _LONGEST
    if record.settled or entry.is_open:
        took = max(took, _LONGEST)
    return begun - CLOCK_TOLERANCE <= seconds(event.change_date) <= begun + took + CLOCK_TOLERANCE
