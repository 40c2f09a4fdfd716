"""Undoes recorded changes: first a plan, which says what will be undone and what cannot be, then a run.

Nothing that somebody changed later is overwritten: roles are set back only from the state that the change
left, and a user that was created is deactivated or deleted only while its history holds nothing but the
creation, our own changes and the server's codes, and while it has no roles but those that we assigned. A plan
writes nothing on the server.
"""

import asyncio
import secrets
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import msgspec

from zitadel_tui.core import history, words
from zitadel_tui.core.changes import (
    Applied,
    Change,
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
    Unsettled,
    UnusableRecord,
    UserStateChange,
    from_record,
    holdings,
    inverse,
    settle,
)
from zitadel_tui.core.changes.attribution import is_code, moment, number
from zitadel_tui.core.changes.holdings import Expected, Holdings, Place
from zitadel_tui.core.concurrency import together
from zitadel_tui.core.history import Entry, Filter, Journals
from zitadel_tui.core.jobs import Job, Result
from zitadel_tui.core.journal import DONE, REFUSED, UNCHANGED, Record
from zitadel_tui.core.onboard import run_files
from zitadel_tui.core.session import Session
from zitadel_tui.core.user_details import happened
from zitadel_tui.failure import Failure, UsageFailure
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.wire.users import USER_INACTIVE, USER_INITIAL, HistoryEntry, User

Verdict = Literal["undo", "nothing", "changed", "cannot", "unknown"]
"""``undo``: it will be sent; ``nothing``: there is nothing to undo; ``changed``: somebody changed it
later; ``cannot``: nothing can undo it; ``unknown``: it is not known whether the change was made."""

Roles = tuple[str, ...]
_AT_ONCE = 2.0  # seconds within which all events of a creation are written
_OF_CREATION = ("user.human.added", ".email.verified", ".phone.verified")
_OF_USERS = frozenset(
    kind.kind for kind in (ImportUser, DeactivateUser, ReactivateUser, MakePasskeyLink, ResendInitialization)
)
_STATES = frozenset(kind.kind for kind in (DeactivateUser, ReactivateUser))
_RECENT = 5.0  # seconds
_READS = 8  # items that are read at the same time


@dataclass(frozen=True, slots=True)
class Item:
    """What will be done with one user's membership, grant or account. ``entries`` are the changes to undo,
    newest first."""

    entries: tuple[Entry, ...]
    who: str
    """Safe for a terminal."""
    verdict: Verdict
    sentence: str
    """What will be done, or why nothing is."""
    change: Change | None = None
    """The change to send; for ``changed`` roles, the change that would overwrite them."""
    before: Roles | None = None
    after: Roles | None = None
    now: Roles | None = None
    """Role keys before the changes, after them, and now; None if the item is not about roles, or if they were
    not read."""
    lost: tuple[str, ...] = ()
    """What cannot be undone, such as a mail or a password: a sentence for each."""

    @property
    def user_id(self) -> str:
        return self.entries[0].record.user


@dataclass(frozen=True, slots=True)
class Plan:
    items: tuple[Item, ...]

    @property
    def to_send(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.verdict == "undo")

    @property
    def left_out(self) -> int:
        """How many items have something to undo, but will not be undone."""
        return sum(item.verdict in ("changed", "cannot", "unknown") for item in self.items)

    @property
    def left_out_sentence(self) -> str:
        if self.left_out == 1:
            return "1 change is left as it is."
        return f"{words.count(self.left_out)} changes are left as they are."

    @property
    def has_new_users(self) -> bool:
        """Whether the changes to undo created users."""
        return any(entry.record.kind == ImportUser.kind for item in self.items for entry in item.entries)

    def with_overwritten(self, items: Iterable[Item]) -> "Plan":
        """Return a plan that also overwrites these items, which somebody changed."""
        chosen = set(map(id, items))
        return Plan(
            tuple(replace(item, verdict="undo") if id(item) in chosen else item for item in self.items)
        )


def select_entries(
    journals: Journals,
    ids: Sequence[str] = (),
    *,
    run: str = "",
    last: bool = False,
    place: Filter = Filter(),  # noqa: B008
) -> list[Entry]:
    """Select entries, newest first: by id, all of a run, or the newest that changed something at ``place``. A
    run is replaced by its changes. Raises ``UsageFailure`` when there is none."""
    if run:
        _refuse_running(journals, run)
        found = [one for one in history.entries(journals, Filter(run=run)) if not one.is_run]
        runs = {one.record.run for one in found}
        if not found:
            raise UsageFailure(
                f"The history has no changes of a run {shown(run)!r}.",
                "`zitadel-tui onboard runs` and `zitadel-tui history` list the runs.",
            )
        if len(runs) > 1:
            raise UsageFailure(
                f"{len(runs)} runs begin with {shown(run)!r}.",
                f"Write more of it: {', '.join(sorted(runs)[:5])}.",
            )
        return found
    if last:
        done = (one for one in history.entries(journals, place._replace(rows=False)) if one.outcome == DONE)
        newest = next(done, None)
        if newest is None:
            raise UsageFailure(
                "There is no change to this organization that can be undone.",
                "`zitadel-tui history --all` lists all changes.",
            )
        return select_entries(journals, run=newest.record.run or newest.id) if newest.is_run else [newest]
    entries: dict[str, Entry] = {}
    for one in ids:
        entry = history.entry(journals, one)
        for selected in select_entries(journals, run=entry.id) if entry.is_run else [entry]:
            entries[selected.id] = selected
    return sorted(entries.values(), key=lambda one: one.record.time, reverse=True)


def _refuse_running(journals: Journals, run: str) -> None:
    for files in run_files.every(journals.runs):
        if files.id.startswith(run) and files.is_locked(files.header()):
            raise UsageFailure(
                f"Run {shown(files.id)} is still running.", "Wait until it ends, or stop it; then undo it."
            )


async def make_plan(session: Session, entries: Sequence[Entry], *, delete_users: bool = False) -> Plan:
    """Return what undoing these entries would do now. Unknown outcomes are settled first.

    Raises ``UsageFailure`` when an entry is about another server or organization; errors of the tree.
    """
    await _refuse_elsewhere(session, entries)
    known = [await _settle_entry(session, entry) for entry in entries]
    by_target: dict[tuple[str, ...], list[_SettledEntry]] = defaultdict(list)
    for one in known:
        by_target[one.target].append(one)
    planner, gate = _Planner(session, known, delete_users), asyncio.Semaphore(_READS)

    async def item(group: list[_SettledEntry]) -> Item:
        async with gate:
            return await planner.item(group)

    async with together() as reads:
        reading = [reads.create_task(item(group)) for group in by_target.values()]
    items = [one.result() for one in reading]
    changed = {item.user_id for item in items if item.verdict == "changed" and item.user_id}
    return Plan(tuple(sorted((_keep_account(item, changed) for item in items), key=_phase)))


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


def _phase(item: Item) -> int:
    """Grants, then memberships, then users."""
    if isinstance(item.change, GrantChange):
        return 0
    return 1 if isinstance(item.change, RoleChange) else 2


async def apply(
    session: Session, plan: Plan, *, forced: bool = False, begun: Callable[[Job], None] = lambda job: None
) -> AsyncGenerator[Result, None]:
    """Undo what the plan says, as a run that is recorded like any other: grants, then memberships, then
    users. A user is left as it is when one of its roles could not be undone. ``begun`` is called with the
    job of each phase, which may be paused and cancelled; the phases after a cancelled one are not sent.

    Closing the iterator cancels what was not sent yet.
    """
    run = secrets.token_hex(6)
    left_alone: set[str] = set()
    for phase in range(3):
        items = [item for item in plan.to_send if _phase(item) == phase]
        changes = [item.change for item in items if item.change is not None]
        for change in [one for one in changes if phase == 2 and one.subject in left_alone]:
            changes.remove(change)
            yield Result(change, NotUndone(change.called), change)
        job = Job(session, changes, forced=forced, run=run)
        begun(job)
        async for result in job.results():
            if not isinstance(result.outcome, Applied):
                left_alone.add(result.change.subject)
            yield result
        if job.progress.cancelled:
            return


class NotUndone(Failure):
    """The result of a user that is neither deactivated nor deleted, because a role could not be undone."""

    def __init__(self, who: str) -> None:
        super().__init__(f"{who} was left as it is: a role could not be undone.", "Undo it again.")


# One entry


@dataclass(frozen=True, slots=True)
class _SettledEntry:
    """An entry, settled if that was possible, and the change that its record describes."""

    entry: Entry
    change: Change | None
    problem: str = ""
    """Why the record cannot be used."""

    @property
    def record(self) -> Record:
        return self.entry.record

    @property
    def target(self) -> tuple[str, ...]:
        """What it changed; changes with the same target are undone together."""
        change = self.change
        if isinstance(change, GrantChange):
            return ("grant", change.user_id, change.project_id)
        if isinstance(change, RoleChange):
            return ("membership", change.user_id, str(change.scope))
        if isinstance(change, ImportUser | UserStateChange) and self.record.user:
            return ("user", self.record.user)
        return ("entry", self.entry.id)


async def _refuse_elsewhere(session: Session, entries: Sequence[Entry]) -> None:
    identity, here = await session.identify(), session.client.transport.origin
    for entry in entries:
        record = entry.record
        if record.instance and record.instance != here:
            raise UsageFailure(
                f"Entry {shown(entry.short_id)} is about {shown(record.instance)}, not {shown(here)}.",
                "Sign in there to undo it: with its context, or --domain and --key-file.",
            )
        if record.organization and record.organization != identity.organization:
            raise UsageFailure(
                f"Entry {shown(entry.short_id)} is about another organization, "
                f"{shown(entry.organization_name or record.organization)}.",
                f"Add --org {shown(record.organization)}.",
            )


async def _settle_entry(session: Session, entry: Entry) -> _SettledEntry:
    try:
        change = from_record(entry.record)
    except UnusableRecord as failure:
        return _SettledEntry(entry, None, f"{failure.summary} {failure.hint}")
    if not entry.is_open or not entry.record.account:
        return _SettledEntry(entry, change)
    try:
        if entry.is_of_run:  # its own journal says so when the run goes on
            applied = await change.settle(session, entry.record)
        else:
            applied = await settle(session, entry.record)
    except errors.AlreadyThere:  # somebody else did it
        return _SettledEntry(
            replace(entry, record=msgspec.structs.replace(entry.record, outcome=REFUSED)), change
        )
    except (Unsettled, errors.OutcomeUnknown):
        return _SettledEntry(entry, change)
    if applied is None:
        return _SettledEntry(entry, change)
    record = msgspec.structs.replace(
        entry.record,
        outcome=DONE if applied.changed else UNCHANGED,
        user=applied.user_id or entry.record.user,
        before=applied.before,
        after=applied.after,
        settled=True,
    )
    return _SettledEntry(replace(entry, record=record), change)


class _Planner:
    """Reads the current state and plans each item; with ``delete``, created users are deleted, not
    deactivated."""

    def __init__(self, session: Session, known: Iterable[_SettledEntry], delete: bool) -> None:
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

    async def item(self, group: list[_SettledEntry]) -> Item:
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

    async def _of_kind(self, entries: tuple[Entry, ...], made: list[_SettledEntry], who: str) -> Item:
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

    async def _of_roles(self, entries: tuple[Entry, ...], made: list[_SettledEntry], who: str) -> Item:
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

    async def _of_new_user(self, entries: tuple[Entry, ...], made: _SettledEntry, who: str) -> Item:
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

    async def _of_state(self, entries: tuple[Entry, ...], made: list[_SettledEntry], who: str) -> Item:
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


def _are_consecutive(made: list[_SettledEntry]) -> bool:
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


def _not_undoable(made: _SettledEntry, user: User) -> Roles:
    """What cannot be undone of creating a user, as sentences."""
    told = []
    if user.state == USER_INITIAL:
        told.append("The mail with the initialization code was sent.")
    if made.record.wanted.get("passkeyLink"):
        told.append("The passkey link was created; it becomes invalid with the account.")
    return tuple(told)
