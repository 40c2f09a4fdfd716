"""Members as they are to be seen, arranged on the network thread where that takes long."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from zitadel_tui.core import members, words
from zitadel_tui.core.members import Column, Roster
from zitadel_tui.core.search import Query
from zitadel_tui.zitadel.wire.members import Member

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user wants to see, and in which order."""

    query: Query = field(default_factory=Query)
    by: Column = "roles"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class OrderedMembers:
    """Members, their ids in the order of the roster, and the positions to show."""

    roster: Roster
    ids: Sequence[str]
    order: Sequence[int]

    def again(self, wanted: Wanted) -> "OrderedMembers":
        """The same members; not while their roster is still growing on the other thread."""
        order = self.roster.order(wanted.query, by=wanted.by, descending=wanted.descending)
        return replace(self, order=order)


def replaced(before: OrderedMembers, user_id: str, member: Member | None, wanted: Wanted) -> OrderedMembers:
    """With one member as a read has just shown it, and nothing moved; a new one goes where it belongs."""
    roster = before.roster.replaced(user_id, member)
    at = next((place for place, one in enumerate(before.ids) if one == user_id), None)
    if at is None:
        return _arranged(roster, wanted)
    roster.order(wanted.query, by=wanted.by)  # sorted here, for the next filter
    if member is not None:
        return replace(before, roster=roster, ids=list(before.ids))  # another list: rows are other ones
    ids = [one for one in before.ids if one != user_id]
    return OrderedMembers(roster, ids, [place - (place > at) for place in before.order if place != at])


def _arranged(roster: Roster, wanted: Wanted) -> OrderedMembers:
    return OrderedMembers(roster, [member.user_id for member in roster.members], ()).again(wanted)


async def read(
    session: "Session",
    wanted: Callable[[], Wanted],
    on_page: Callable[[int, OrderedMembers | None], None] | None = None,
) -> OrderedMembers:
    """All members; ``on_page`` is called on this thread with how many there are so far.

    It gets them arranged too whenever they have doubled: sorting holds up the interface.
    """
    shown = 0

    def page(roster: Roster) -> None:
        nonlocal shown
        if on_page is None:
            return
        worth_it = len(roster) >= 2 * shown
        shown = len(roster) if worth_it else shown
        on_page(len(roster), _arranged(roster, wanted()) if worth_it else None)

    roster = await members.read(session.client, on_page=page)
    return _arranged(roster, wanted())


async def read_administrators(session: "Session", wanted: Callable[[], Wanted]) -> OrderedMembers:
    """The instance's members, as a roster of their own."""
    roster = Roster()
    roster.add(await members.instance_administrators(session.client))
    roster.total, roster.complete = len(roster), True
    return _arranged(roster, wanted())


async def read_if_changed(
    session: "Session", known: str, wanted: Callable[[], Wanted]
) -> OrderedMembers | None:
    """None while the organization's sequence is still ``known``; else all members, read again."""
    position = await members.read_position(session.client)
    return None if position.sequence == known else await read(session, wanted)


def difference(before: Roster | None, after: Roster) -> str:
    """What a colleague did, counted: ``1 new, 2 with other roles``; empty when nothing that shows."""
    if before is None:
        return ""
    new = other = 0
    for member in after.members:
        was = before.get(member.user_id)
        if was is None:
            new += 1
        elif was.roles != member.roles:
            other += sorted(was.roles) != sorted(member.roles)
    gone = sum(after.get(member.user_id) is None for member in before.members)
    told = ((new, "new"), (gone, "gone"), (other, "with other roles"))
    return ", ".join(f"{words.count(number)} {what}" for number, what in told if number)
