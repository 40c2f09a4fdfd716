"""Plans what undoing changes will do. It reads the current state, and writes nothing on the server."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from zitadel_tui.core import history
from zitadel_tui.core.changes import (
    Applied,
    DeactivateUser,
    DeleteUser,
    GrantChange,
    ImportUser,
    MakePasskeyLink,
    ReactivateUser,
    ResendInitialization,
    RoleChange,
    SetGrant,
    SetRoles,
    UnusableRecord,
    UserStateChange,
    from_record,
    holdings,
    inverse,
)
from zitadel_tui.core.changes.attribution import is_code, moment, number
from zitadel_tui.core.changes.holdings import Expected, Holdings, Place
from zitadel_tui.core.concurrency import together
from zitadel_tui.core.history import Entry
from zitadel_tui.core.journal import DONE, Record
from zitadel_tui.core.session import Session
from zitadel_tui.core.undo.entries import SettledEntry, refuse_elsewhere, settle_entry
from zitadel_tui.core.undo.plan import Item, Plan, Roles
from zitadel_tui.core.user_details import happened
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.wire.users import USER_INACTIVE, USER_INITIAL, HistoryEntry, User

_AT_ONCE = 2.0  # seconds within which all events of a creation are written
_OF_CREATION = ("user.human.added", ".email.verified", ".phone.verified")
_OF_USERS = frozenset(
    kind.kind for kind in (ImportUser, DeactivateUser, ReactivateUser, MakePasskeyLink, ResendInitialization)
)
_STATES = frozenset(kind.kind for kind in (DeactivateUser, ReactivateUser))
_RECENT = 5.0  # seconds
_READS = 8  # items that are read at the same time


async def make_plan(session: Session, entries: Sequence[Entry], *, delete_users: bool = False) -> Plan:
    """Return what undoing these entries would do now. Unknown outcomes are settled first.

    Raises ``UsageFailure`` when an entry is about another server or organization; errors of the tree.
    """
    await refuse_elsewhere(session, entries)
    known = [await settle_entry(session, entry) for entry in entries]
    by_target: dict[tuple[str, ...], list[SettledEntry]] = defaultdict(list)
    for one in known:
        by_target[one.target].append(one)
    planner, gate = _Planner(session, known, delete_users), asyncio.Semaphore(_READS)

    async def item(group: list[SettledEntry]) -> Item:
        async with gate:
            return await planner.item(group)

    async with together() as reads:
        reading = [reads.create_task(item(group)) for group in by_target.values()]
    items = [one.result() for one in reading]
    changed = {item.user_id for item in items if item.verdict == "changed" and item.user_id}
    return Plan(tuple(sorted((_keep_account(item, changed) for item in items), key=lambda item: item.phase)))


def _keep_account(item: Item, changed: set[str]) -> Item:
    """Leave the account as it is if somebody changed the roles of the user."""
    if item.verdict == "undo" and isinstance(item.change, UserStateChange) and item.user_id in changed:
        return replace(
            item,
            verdict="changed",
            change=None,
            sentence=f"{item.who}: somebody changed their roles later, so the account is left as it is.",
        )
    return item


class _Planner:
    """Reads the current state and plans each item; with ``delete``, created users are deleted, not
    deactivated."""

    def __init__(self, session: Session, known: Iterable[SettledEntry], delete: bool) -> None:
        self._session, self._delete = session, delete
        settled = {one.entry.id: one.entry for one in known}
        created = {one.record.user for one in known if isinstance(one.change, ImportUser)}
        self._own: dict[str, dict[int, str]] = defaultdict(dict)
        """The sequences of the events that this program caused, with their kinds of change, by user."""
        self._done: dict[str, list[Entry]] = defaultdict(list)
        """The changes that this program made to the created users, newest first, by user."""
        for one in history.entries(history.session_journals(session)):
            entry = settled.get(one.id, one)
            record = entry.record
            here = record.instance in ("", session.client.transport.origin)
            if here and record.user in created and record.outcome == DONE:
                self._done[record.user].append(entry)
            if record.kind in _OF_USERS and record.sequence and record.outcome == DONE:
                self._own[record.user][record.sequence] = record.kind

    async def item(self, group: list[SettledEntry]) -> Item:
        newest = group[0]
        entries = tuple(one.entry for one in group)
        who = shown(newest.entry.who or newest.record.user)
        if newest.change is None:
            return Item(entries, who, "cannot", f"{who}: {newest.problem}")
        if any(one.entry.is_open for one in group):
            told = "it is not known whether this change was made, so it is left as it is."
            return Item(entries, who, "unknown", f"{who}: {told}")
        made = [one for one in group if one.entry.outcome == DONE]
        if not made:
            return Item(entries, who, "nothing", f"{who}: nothing was changed.")
        try:
            return await self._of_kind(entries, made, who)
        except UnusableRecord as failure:
            return Item(entries, who, "cannot", f"{who}: {failure.summary}")
        except errors.NotFound:
            return Item(entries, who, "nothing", f"{who} no longer exists.")
        except errors.NotPermitted as failure:
            return Item(entries, who, "cannot", f"{who}: {failure.summary}")

    async def _of_kind(self, entries: tuple[Entry, ...], made: list[SettledEntry], who: str) -> Item:
        change = made[0].change
        if isinstance(change, RoleChange | GrantChange):
            return await self._of_roles(entries, made, who)
        creation = next((one for one in made if isinstance(one.change, ImportUser)), None)
        if creation is not None:  # what followed ends with the account
            return await self._of_new_user(entries, creation, who)
        if isinstance(change, UserStateChange):
            return await self._of_state(entries, made, who)
        sent = "a link that was created" if isinstance(change, MakePasskeyLink) else "a mail that was sent"
        return Item(entries, who, "cannot", f"{who}: {sent} cannot be undone.")

    # Roles

    async def _of_roles(self, entries: tuple[Entry, ...], made: list[SettledEntry], who: str) -> Item:
        """Plan to go from the state after the newest change back to the state before the oldest."""
        back, oldest = (inverse(one.record, one.record) for one in (made[0], made[-1]))
        if not isinstance(back, SetRoles | SetGrant) or not isinstance(oldest, SetRoles | SetGrant):
            return Item(entries, who, "nothing", f"{who}: nothing was changed.")
        back = replace(back, wanted=oldest.wanted)
        item = Item(entries, who, "changed", "", before=back.wanted, after=back.seen)
        now, sequence = await back.state(self._session)
        if frozenset(now) != frozenset(back.seen) and _is_recent(made[0].entry):
            await asyncio.sleep(self._session.timing.lag)  # what was read may be older than the change
            now, sequence = await back.state(self._session)
        item = replace(item, now=now)
        if frozenset(now) == frozenset(back.wanted):
            return replace(item, verdict="nothing", sentence=f"{who}: the roles are as they were before.")
        overwriting = replace(back, seen=now)
        if not _are_consecutive(made):
            told = f"{who}: somebody changed these roles between the changes."
            return replace(item, sentence=told, change=overwriting)
        if frozenset(now) != frozenset(back.seen):
            told = f"{who}: somebody changed these roles later."
            return replace(item, sentence=told, change=overwriting)
        written = made[0].record.sequence
        if written and now and sequence != written:
            told = f"{who}: somebody set the same roles again later."
            return replace(item, sentence=told, change=overwriting)
        return replace(item, verdict="undo", sentence=back.describe(), change=back)

    # Users

    async def _of_new_user(self, entries: tuple[Entry, ...], made: SettledEntry, who: str) -> Item:
        """Plan to deactivate or delete a created user, unless something else has happened to it."""
        user_id = made.record.user
        user = (await self._session.client.send(calls.user(user_id))).user
        item = Item(entries, who, "undo", "", lost=_not_undoable(made, user))
        others, newest = await self._later_events(user_id, own=self._own[user_id])
        if others:
            told = f"{who}: since it was created: {', '.join(others)}. The account is left as it is."
            return replace(item, verdict="changed", sentence=told)
        if not self._delete and user.state == USER_INITIAL:
            told = f"{who} has not finished the registration, so the account can only be deleted."
            return replace(item, verdict="cannot", sentence=f"{told} Add --delete-users.")
        if not self._delete and user.state == USER_INACTIVE:
            return replace(item, verdict="nothing", sentence=f"{who} is already inactive.")
        found, expected, more = await self._beyond_own(user_id)
        if more:
            told = f"{who}: since it was created, others changed its roles: {', '.join(more)}."
            return replace(item, verdict="changed", sentence=f"{told} The account is left as it is.")
        if self._delete and found.unread:
            told = "It is not deleted, because roles of others would be lost."
            return replace(item, verdict="cannot", sentence=f"{who}: {found.unread_sentence} {told}")
        kind = DeleteUser if self._delete else DeactivateUser
        change = kind(user_id, who=made.entry.who, seen=newest, expected=expected)
        sentence = " ".join(filter(None, (change.describe(), found.unread_sentence)))
        return replace(item, sentence=sentence, change=change)

    async def _beyond_own(self, user_id: str) -> tuple[Holdings, Expected, tuple[str, ...]]:
        """Read what a user holds. Also return the roles that this program assigned, and descriptions of
        those that others did."""
        identity = await self._session.identify()
        own = _assigned([entry.record for entry in self._done[user_id]], identity.organization)
        found = await holdings.read(self._session.client, user_id)
        more = _beyond(found, own)
        if more and any(map(_is_recent, self._done[user_id])):
            await asyncio.sleep(self._session.timing.lag)  # what was read may be older than our change
            found = await holdings.read(self._session.client, user_id)
            more = _beyond(found, own)
        return found, tuple((place, one.roles) for place, one in own.items()), more

    async def _of_state(self, entries: tuple[Entry, ...], made: list[SettledEntry], who: str) -> Item:
        """Plan to go back to the state before the oldest deactivation or reactivation, unless something else
        happened to the user since then."""
        user_id, oldest = made[0].record.user, made[-1]
        if any(isinstance(one.change, DeleteUser) for one in made):
            return Item(entries, who, "cannot", f"{who}: a deletion cannot be undone.")
        back = oldest.change.invert(Applied("", user_id)) if oldest.change is not None else None
        assert isinstance(back, UserStateChange)
        user = (await self._session.client.send(calls.user(user_id))).user
        if (user.state == USER_INACTIVE) == isinstance(back, DeactivateUser):
            return Item(entries, who, "nothing", f"{who}: the account is as it was before.")
        taken_back = {one.record.sequence for one in made}
        own = [
            sequence
            for sequence, kind in self._own[user_id].items()
            if sequence in taken_back or kind not in _STATES
        ]
        others, newest = await self._later_events(user_id, after=oldest.record.sequence, own=own)
        if others:
            told = f"{who}: since then: {', '.join(others)}. The account is left as it is."
            return Item(entries, who, "changed", told)
        back = replace(back, seen=newest)
        lost = (
            ("If the account was locked before, the lock is not restored.",)
            if isinstance(back, ReactivateUser)
            else ()
        )
        return Item(entries, who, "undo", back.describe(), back, lost=lost)

    async def _later_events(
        self, user_id: str, *, after: int = 0, own: Container[int]
    ) -> tuple[list[str], int]:
        """Describe what happened to a user after the event ``after``, in the server's words, each once:
        without its creation, this program's ``own`` events and the server's codes. Also return the sequence
        of its newest event."""
        found = calls.user_history(user_id, limit=0, after=after, ascending=True)
        events = (await self._session.client.send(found)).result

        def is_expected(event: HistoryEntry) -> bool:
            if number(event.sequence) in own or is_code(event):
                return True
            key = event.event_type.key
            soon = moment(event.change_date) - moment(events[0].change_date) <= _AT_ONCE
            return (
                not after and soon and key.endswith(_OF_CREATION) and event.editor_id == events[0].editor_id
            )

        others = [event for event in events if not is_expected(event)]
        newest = number(events[-1].sequence) if events else after
        return list(dict.fromkeys(shown(happened(event)) for event in others)), newest


def _are_consecutive(made: list[SettledEntry]) -> bool:
    return all(
        newer.record.before is not None and frozenset(newer.record.before) == frozenset(older.record.after)
        for newer, older in pairwise(made)
    )


@dataclass(frozen=True, slots=True)
class _Assigned:
    """The roles that this program assigned in one place, and the number of its newest event there; 0 if that
    is not known."""

    roles: Roles
    sequence: int


def _assigned(records: Sequence[Record], organization: str) -> dict[Place, _Assigned]:
    """Return the roles that these changes, newest first, assigned and did not remove again, by place. A role
    that the user had before belongs to others. ``organization`` is that of records without one."""
    found: dict[Place, _Assigned] = {}
    for record in reversed(records):
        try:
            place = holdings.place_of(from_record(record), record.organization or organization)
        except UnusableRecord:
            continue
        if place is None:
            continue
        before = record.after if record.before is None else record.before
        own = found[place].roles if place in found else ()
        roles = tuple(role for role in record.after if role in own or role not in before)
        found[place] = _Assigned(roles, record.sequence)
    return found


def _beyond(found: Holdings, own: dict[Place, _Assigned]) -> tuple[str, ...]:
    """Describe what others assigned. All roles of a place are theirs if they wrote the newest event there."""
    expected = []
    for one in found.held:
        assigned = own.get(one.place)
        if assigned and not (assigned.sequence and one.sequence > assigned.sequence):
            expected.append((one.place, assigned.roles))
    return holdings.beyond(found.held, tuple(expected))


def _is_recent(entry: Entry) -> bool:
    return time.time() - moment(entry.ended or entry.record.time) < _RECENT


def _not_undoable(made: SettledEntry, user: User) -> Roles:
    """What cannot be undone of creating a user, as sentences."""
    told = []
    if user.state == USER_INITIAL:
        told.append("The mail with the initialization code was sent.")
    if made.record.wanted.get("passkeyLink"):
        told.append("The passkey link was created; it becomes invalid with the account.")
    return tuple(told)
