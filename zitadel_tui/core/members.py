"""The members of an organization: read completely, filtered, sorted."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from typing import TYPE_CHECKING, Literal, get_args

from zitadel_tui.core import rights
from zitadel_tui.core.search import Query, folded
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.wire.members import MACHINE, Member

if TYPE_CHECKING:
    from zitadel_tui.zitadel.client import Client

FIRST_PAGE = 1_000
PAGE = 5_000
LAG = 1.0  # seconds
MOST_MOVES = 3
_PIECE = 4_096

Column = Literal["roles", "name", "login", "kind", "since"]
COLUMNS: tuple[Column, ...] = get_args(Column)


def name(member: Member) -> str:
    full_name = f"{member.first_name} {member.last_name}".strip()
    return member.display_name or full_name or member.preferred_login_name or member.user_id


def login(member: Member) -> str:
    return member.preferred_login_name or member.email


def kind(member: Member) -> str:
    return _kind(member.user_type)


def _kind(user_type: str) -> str:
    return "service" if user_type == MACHINE else "human"


def since(member: Member) -> str:
    """When the membership was made, RFC 3339."""
    return member.details.creation_date


def _haystack(member: Member) -> str:
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


class Roster:
    """Members as they were read; it only ever grows by :meth:`add` while being read, and may be sorted on
    another thread meanwhile.

    ``total`` is the server's count. ``complete`` says that all of one state of the list are here;
    ``changed_while_reading`` that the list kept changing, so that it may be several states mixed.
    ``sequence`` is the organization's event number from before the list was asked for (empty where it cannot
    be read): the list shows at least what led to it.
    """

    def __init__(self) -> None:
        self.members: list[Member] = []
        self.total = 0
        self.complete = False
        self.changed_while_reading = False
        self.sequence = ""
        self.read_at = time.time()
        self._positions: dict[str, int] = {}
        self._haystacks: list[str] = []
        self._version = 0
        self._orders: dict[Column, tuple[int, list[int]]] = {}

    def __len__(self) -> int:
        return len(self.members)

    def as_of(self, sequence: str) -> "Roster":
        """Itself: it has been read to the end, and stands for the organization's ``sequence``."""
        self.sequence, self.read_at = sequence, time.time()
        self.complete = len(self) == self.total and not self.changed_while_reading
        return self

    def add(self, page: Sequence[Member]) -> None:
        """Take in a page; a member that is here already is replaced (pages may overlap)."""
        for member in page:
            position = self._positions.get(member.user_id)
            if position is None:
                self._haystacks.append(_haystack(member))
                self._positions[member.user_id] = len(self.members)
                self.members.append(member)
            else:
                self.members[position] = member
                self._haystacks[position] = _haystack(member)
        self._version += 1

    def replaced(self, user_id: str, member: Member | None) -> "Roster":
        """A copy in which ``user_id`` is ``member``: where it was, else at the end; None leaves it out."""
        copy = Roster()
        copy.sequence, copy.changed_while_reading = self.sequence, self.changed_while_reading
        copy.members, copy._haystacks = list(self.members), list(self._haystacks)
        copy._positions, copy._version = dict(self._positions), self._version
        copy.total, copy.complete, copy.read_at = self.total, self.complete, self.read_at
        if member is not None:
            copy.add([member])
        elif (gone := copy._positions.pop(user_id, None)) is not None:
            del copy.members[gone], copy._haystacks[gone]
            copy._positions = {one.user_id: place for place, one in enumerate(copy.members)}
            copy._version += 1
        copy.total += len(copy) - len(self)
        return copy

    def get(self, user_id: str) -> Member | None:
        position = self._positions.get(user_id)
        return None if position is None else self.members[position]

    def order(self, query: Query, *, by: Column = "roles", descending: bool = False) -> list[int]:
        """Positions in ``members`` that match, sorted; the sorting is kept for the next time.

        A first sorting of 100,000 members takes some 100 ms: not for the interface's loop.
        """
        order = self._sorted(by)
        for word in query.words:
            haystacks = self._haystacks
            order = [position for position in order if word in haystacks[position]]
        if query.roles or query.kinds:
            members = self.members
            fits = _Fits(query)
            order = [at for at in order if fits[members[at].roles, members[at].user_type]]
        return order[::-1] if descending else list(order)

    def _sorted(self, by: Column) -> list[int]:
        version, order = self._orders.get(by, (-1, []))
        if version != self._version:
            version, key = self._version, _SORT_KEYS[by]  # before the members: a page may come meanwhile
            keys = [key(member) for member in self.members]
            order = _in_order(keys)
            self._orders[by] = version, order
        return order

    def holders(self, role: str) -> list[Member]:
        return [member for member in self.members if role in member.roles]


def _in_order(keys: Sequence[tuple[object, ...]]) -> list[int]:
    """The positions of ``keys``, sorted. In pieces: one sort of all would let no other thread run meanwhile,
    and the interface's is one of them."""
    pieces = (range(start, min(start + _PIECE, len(keys))) for start in range(0, len(keys), _PIECE))
    return list(merge(*(sorted(piece, key=keys.__getitem__) for piece in pieces), key=keys.__getitem__))


class _Fits(dict[tuple[tuple[str, ...], str], bool]):
    """Whether roles and type fit ``role:`` and ``kind:``; there are many members, but few lists of roles."""

    def __init__(self, query: Query) -> None:
        super().__init__()
        self._query = query

    def __missing__(self, key: tuple[tuple[str, ...], str]) -> bool:
        roles, user_type = [role.lower() for role in key[0]], key[1]
        fits = all(_names(part, roles) for part in self._query.roles) and all(
            _kind(user_type).startswith(part) for part in self._query.kinds
        )
        self[key] = fits
        return fits


def _names(part: str, roles: Sequence[str]) -> bool:
    """A whole role key means that role: its holders are not those of ``ORG_OWNER_VIEWER`` too."""
    if rights.permissions(part.upper()) is not None:
        return part in roles
    return any(part in role for role in roles)


def _by_roles(member: Member) -> tuple[object, ...]:
    ranks = sorted(map(rights.rank, member.roles))
    return (not ranks, ranks[0] if ranks else (), -len(ranks), folded(name(member)), member.user_id)


_SORT_KEYS: dict[Column, Callable[[Member], tuple[object, ...]]] = {
    "roles": _by_roles,
    "name": lambda member: (folded(name(member)), member.user_id),
    "login": lambda member: (folded(login(member)), member.user_id),
    "kind": lambda member: (kind(member), folded(name(member)), member.user_id),
    "since": lambda member: (since(member), member.user_id),
}


@dataclass(frozen=True, slots=True)
class Position:
    """An organization's newest event: its number moves with every write to a member (contract §1.6).

    ``changed_at`` is when it was written, in seconds since 1970 by this machine's clock; None when unknown.
    """

    sequence: str
    changed_at: float | None = None

    def settled_at(self, now: float) -> float:
        """From when on a list shows what the event changed: memberships lag behind it (contract §8.1)."""
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
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.time,
) -> Roster:
    """Every member, each once, however many (contract §3.4).

    Without ``on_page`` all are asked for in one answer, which is one state of the list. ``on_page`` sees the
    growing roster: a first page of 1,000 and then large ones, as a page costs what counting costs. Several
    pages are one state only if the organization's position is the same before and after, and their counts
    add up; else all are asked for in one answer, a second after the move. After three moves the roster is
    not called complete. One page that holds all is asked for again when it came within a second of a
    move. Where the position cannot be read, several pages are followed by one answer with all.
    """
    if on_page is None:
        return await _in_one_answer(client)
    before, started, moves = await _position(client), clock(), 0
    settled_at = before.settled_at(started) if before and before.changed_at is not None else started
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


async def _position(client: "Client") -> Position | None:
    try:
        return await read_position(client)
    except errors.ZitadelError:
        return None


async def _in_one_answer(client: "Client") -> Roster:
    answer = await client.send(calls.search_members())
    roster = Roster()
    roster.add(answer.result)
    roster.total = max(answer.details.total, len(roster))
    return roster.as_of("")


async def _in_pages(client: "Client", on_page: Callable[[Roster], None]) -> tuple[Roster, bool, bool]:
    """The members, whether one page held all of them, and whether the pages add up.

    The order is not promised, so pages are merged by user id.
    """
    roster = Roster()
    offset, limit = 0, FIRST_PAGE
    while True:
        page = await client.send(calls.search_members(offset=offset, limit=limit))
        roster.add(page.result)
        roster.total = max(page.details.total, len(roster))
        first, offset = offset == 0, offset + limit
        if len(page.result) < limit or offset >= page.details.total:
            adds_up = len(roster) == page.details.total
            return roster.as_of(""), first and adds_up, adds_up
        on_page(roster)
        limit = PAGE


async def instance_administrators(client: "Client") -> tuple[Member, ...]:
    """Members of the instance: they have power in every organization without being its members."""
    page = await client.send(calls.search_instance_members())
    return page.result
