"""The members of an organization: read completely, filtered, sorted."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from zitadel_tui.core import rights
from zitadel_tui.core.collection import (
    STEP,
    Collection,
    Key,
    Schema,
    Steps,
    Update,
    follow_sorted,
)
from zitadel_tui.core.search import Query, folded
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.wire.members import MACHINE, Member, Sharing

if TYPE_CHECKING:
    from zitadel_tui.zitadel.client import Client

FIRST_PAGE = 1_000
PAGE = 5_000
LAG = 1.0  # seconds
MOST_MOVES = 3

FIELDS = ("role", "kind")
"""What a filter can ask for by name."""


def name(member: Member) -> str:
    if member.display_name:
        return member.display_name
    full_name = f"{member.first_name} {member.last_name}".strip()
    return full_name or member.preferred_login_name or member.user_id


def login(member: Member) -> str:
    return member.preferred_login_name or member.email


def kind(member: Member) -> str:
    return kind_of(member.user_type)


def kind_of(user_type: str) -> str:
    """``service`` or ``human``."""
    return "service" if user_type == MACHINE else "human"


def since(member: Member) -> str:
    """When the membership was created, RFC 3339."""
    return member.details.creation_date


def _searched_text(member: Member) -> str:
    columns = (
        name(member),
        member.preferred_login_name,
        member.email,
        " ".join(member.roles),
        kind(member),
        since(member)[:10],
        member.user_id,
    )
    return folded("\n".join(columns))


class _Fits(dict[tuple[tuple[str, ...], str], bool]):
    """Whether roles and type fit ``role:`` and ``kind:``; there are many members, but few lists of roles."""

    def __init__(self, query: Query) -> None:
        super().__init__()
        self._roles = [(part, rights.named(part)) for part in query.asked("role")]
        self._kinds = query.asked("kind")

    def __missing__(self, key: tuple[tuple[str, ...], str]) -> bool:
        roles, user_type = key
        fits = all(_fits_role(part, exactly, roles) for part, exactly in self._roles) and all(
            kind_of(user_type).startswith(part) for part in self._kinds
        )
        self[key] = fits
        return fits


def _fits_role(part: str, exactly: frozenset[str], roles: Sequence[str]) -> bool:
    """Whether roles fit a word. The exact name of a role means that role: ``owner`` does not match
    ``ORG_OWNER_VIEWER``."""
    if exactly:
        return not exactly.isdisjoint(roles)
    return any(part in role.lower() for role in roles)


def _test(query: Query) -> Callable[[Member], bool] | None:
    fits = _Fits(query)
    return (lambda member: fits[member.roles, member.user_type]) if query.fields else None


def _by_roles(member: Member) -> Key:
    """Sort key: the most powerful role, then the number of roles; no roles come last."""
    return *_ranks(member.roles), folded(name(member))


@lru_cache(maxsize=10_000)
def _ranks(roles: tuple[str, ...]) -> Key:
    """Cached: there are many members, but few distinct lists of roles."""
    ranks = sorted(map(rights.rank, roles))
    return not ranks, ranks[0] if ranks else (), -len(ranks)


def _by_name(member: Member) -> Key:
    return (folded(name(member)),)


_SORT_KEYS: dict[str, Callable[[Member], Key]] = {
    "roles": _by_roles,
    "name": _by_name,
    "login": lambda member: (folded(login(member)),),
    "email": lambda member: (folded(member.email),),
    "kind": lambda member: (kind(member), folded(name(member))),
    "since": lambda member: (since(member),),
}

COLUMNS = tuple(_SORT_KEYS)
"""What can be sorted by."""
SCHEMA: Schema[Member] = Schema(attrgetter("user_id"), _searched_text, _SORT_KEYS, _test)


class Roster(Collection[Member]):
    """The members of an organization as they were read.

    ``total`` is the server's count. ``complete``: the roster is one consistent state of the list.
    ``changed_while_reading``: the list kept changing, so several states may be mixed. ``sequence`` is the
    organization's event number from before the list was asked for (empty where it cannot be read): the
    list includes at least the changes up to it.
    """

    def __init__(self, members: Iterable[Member] = ()) -> None:
        super().__init__(SCHEMA)
        self.extend(members)
        self.total = len(self)
        self.complete = False
        self.changed_while_reading = False
        self.sequence = ""
        self.read_at = time.time()
        self._holders: Holders | None = None

    def as_of(self, sequence: str) -> "Roster":
        """Mark the roster as read completely, at the organization's ``sequence``, and return it."""
        self.sequence, self.read_at = sequence, time.time()
        self.complete = len(self) == self.total and not self.changed_while_reading
        return self

    def updated(self, update: Update[Member]) -> None:
        self.total += (update.after is not None) - (update.before is not None)
        if self._holders is not None:
            self._holders.follow(update)

    def holders(self, role: str) -> list[Member]:
        return [member for member in self if role in member.roles]

    def finding_holders(self) -> "Steps[Holders]":
        """Compute who has each role; the result is kept and follows every change."""
        if self._holders is None:
            members = yield from self.sorting("name")
            with self.noting_updates() as updates:
                holders = Holders()
                for start in range(0, len(members), STEP):
                    holders.extend(members[start : start + STEP])
                    yield
                for update in updates:
                    holders.follow(update)
            self._holders = holders
        return self._holders


class Holders:
    """The members with each role, sorted by name."""

    def __init__(self) -> None:
        self._by_role: dict[str, list[Member]] = {}

    def extend(self, members: Iterable[Member]) -> None:
        """Add members that follow the existing ones in order of name."""
        for member in members:
            for role in dict.fromkeys(member.roles):
                self._by_role.setdefault(role, []).append(member)

    @property
    def roles(self) -> frozenset[str]:
        """The roles that at least one member has."""
        return frozenset(self._by_role)

    def number(self, role: str) -> int:
        return len(self._by_role.get(role, ()))

    def first(self, role: str, number: int) -> list[Member]:
        return self._by_role.get(role, [])[:number]

    def follow(self, update: Update[Member]) -> None:
        """Follow the change of one member."""
        before, after, by_name = update.before, update.after, SCHEMA.order("name")
        for role in dict.fromkeys(before.roles if before else ()):
            follow_sorted(self._by_role[role], update._replace(after=None), by_name)
            if not self._by_role[role]:
                del self._by_role[role]
        for role in dict.fromkeys(after.roles if after else ()):
            follow_sorted(self._by_role.setdefault(role, []), update._replace(before=None), by_name)


class Difference(NamedTuple):
    """What others changed between two reads, as counts."""

    new: int = 0
    gone: int = 0
    other_roles: int = 0


def comparing(before: Roster, after: Roster) -> Steps[Difference]:
    """Compare two rosters stepwise. Changes made to both meanwhile are no difference."""
    new = gone = other_roles = 0
    for place, user_id in enumerate(after.ids):
        member, was = after.get(user_id), before.get(user_id)
        if member is not None and was is None:
            new += 1
        elif member is not None and was is not None and was.roles != member.roles:
            other_roles += sorted(was.roles) != sorted(member.roles)
        if place % STEP == STEP - 1:
            yield
    for place, user_id in enumerate(before.ids):
        gone += before.get(user_id) is not None and after.get(user_id) is None
        if place % STEP == STEP - 1:
            yield
    return Difference(new, gone, other_roles)


class Position(NamedTuple):
    """An organization's newest event: its number moves with every write to a member (contract §1.6).

    ``changed_at`` is when it was written, in seconds since 1970 by this machine's clock; None when unknown.
    """

    sequence: str
    changed_at: float | None = None

    def settled_at(self, now: float) -> float:
        """The time from which a list shows the event's change: memberships lag behind it (contract §8.1)."""
        return LAG + (now if self.changed_at is None else min(now, self.changed_at))


async def read_position(client: "Client") -> Position:
    answer = await client.send(calls.my_organization())
    details = answer.org.details
    try:
        changed_at = datetime.fromisoformat(details.change_date).timestamp()
    except (ValueError, OverflowError):
        return Position(details.sequence)
    return Position(details.sequence, changed_at - (client.transport.clock_difference or 0.0))


async def read(
    client: "Client",
    *,
    on_page: Callable[[Roster], None] | None = None,
    known: str = "",
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.time,
) -> Roster:
    """Read every member once (contract §3.4).

    Without ``on_page`` all are asked for in one answer, which is one state of the list. ``on_page`` sees the
    growing roster: a first page of 1,000 and then large ones, as a page costs what counting costs. Several
    pages are one state only if the organization's position is the same before and after, and their counts
    add up; else all are asked for in one answer, a second after the move. After three moves the roster is
    not called complete. One page that holds all is asked for again when it came within a second of a
    move: of the last event, or, where that has no date, since the sequence was ``known``. Where the
    position cannot be read, several pages are followed by one answer with all.
    """
    if on_page is None:
        return await _in_one_answer(client, kept=False)
    before, moves = await _position(client), 0
    started = clock() - client.transport.age_at_hand
    moved = before is not None and (before.changed_at is not None or known not in ("", before.sequence))
    settled_at = before.settled_at(started) if before and moved else started
    roster, one_answer, adds_up = await _in_pages(client, on_page)
    while before is not None:
        settled = started >= settled_at
        if moves or not one_answer:
            now = await _position(client)
            if now is None:
                break
            if now.sequence != before.sequence:
                moves += 1
                roster.changed_while_reading = moves == MOST_MOVES
                settled_at = now.settled_at(clock())
            if roster.changed_while_reading or (settled and adds_up and now.sequence == before.sequence):
                return roster.as_of(before.sequence)
            before = now
        elif settled:
            return roster.as_of(before.sequence)
        on_page(roster)
        await pause(max(0.0, settled_at - clock()))
        started = max(clock(), settled_at)
        roster, one_answer, adds_up = await _in_one_answer(client), True, True
    return roster if one_answer else await _in_one_answer(client)


async def ask_first(client: "Client") -> None:
    """Ask what :func:`read` asks first, for a session that goes on with the answers."""
    await _position(client)
    await client.send(calls.search_members(limit=FIRST_PAGE))


async def _position(client: "Client") -> Position | None:
    try:
        return await read_position(client)
    except errors.ZitadelError:
        return None


async def _in_one_answer(client: "Client", *, kept: bool = True) -> Roster:
    """Read all members in one answer. ``kept``: the result is kept for long, so memory matters."""
    answer = await client.send(calls.search_members())
    if kept:
        Sharing().share(answer.result)
    roster = Roster(answer.result)
    roster.total = max(answer.details.total, len(roster))
    return roster.as_of("")


async def _in_pages(client: "Client", on_page: Callable[[Roster], None]) -> tuple[Roster, bool, bool]:
    """The members, whether one page held all of them, and whether the pages add up.

    The order is not promised, so pages are merged by user id.
    """
    roster, sharing = Roster(), Sharing()
    offset, limit = 0, FIRST_PAGE
    while True:
        page = await client.send(calls.search_members(offset=offset, limit=limit))
        sharing.share(page.result)
        roster.extend(page.result)
        roster.total = max(page.details.total, len(roster))
        first, offset = offset == 0, offset + limit
        if len(page.result) < limit or offset >= page.details.total:
            adds_up = len(roster) == page.details.total
            return roster.as_of(""), first and adds_up, adds_up
        on_page(roster)
        limit = PAGE


async def instance_administrators(client: "Client") -> tuple[Member, ...]:
    """Read the members of the instance: they have rights in every organization without being its members."""
    page = await client.send(calls.search_instance_members())
    return page.result
