"""The cells of Members, on the screen and in a file."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from zitadel_tui.core import members, rights, words
from zitadel_tui.core.collection import Arrangement
from zitadel_tui.text import cells, shown
from zitadel_tui.tui.format.cells import Cell, fit_cell
from zitadel_tui.tui.format.meanings import roles_cell
from zitadel_tui.tui.format.user import guest_of
from zitadel_tui.tui.widgets.table import Row
from zitadel_tui.zitadel.wire.members import Member

_SHORTEST_ROLE = 8  # cells; less would be unreadable
_MOST_NEEDED = {"name": 20, "login": 26, "email": 26, "roles": 30}
"""Cells; one that needs more is cut as long as others need the room."""
_MEASURED = 500  # members
CSV_HEADER = ["name", "login", "email", "roles", "kind", "since", "userId", "organizationId"]


def row(member: Member, *, here: str, width_of: Callable[[str], int], now: datetime, state: str = "") -> Row:
    """The cells of a row.

    ``here`` is the current organization; text that must not be cut is fitted to ``width_of`` a column.
    ``state`` is the state of a pending change; it precedes the roles.
    """
    return (
        _named(member, here, width_of("name")),
        members.login(member),
        member.email,
        _with_state(state, member, width_of("roles")),
        words.ago(members.since(member), now),
    )


def needed(rows: Arrangement[Member]) -> dict[str, int]:
    """The cells that the columns need, from a sample of all rows, so that scrolling and filtering move no
    column."""
    sample = [rows[index] for index in range(0, len(rows), max(1, len(rows) // _MEASURED))]
    texts: dict[str, Callable[[Member], str]] = {
        "name": lambda member: members.name(member) + _kinds(member, member.user_resource_owner),
        "login": members.login,
        "email": lambda member: member.email,
        "roles": _shortest,
    }
    return {
        key: min(_MOST_NEEDED[key], max((cells(shown(text(member))) for member in sample), default=0))
        for key, text in texts.items()
    }


def _shortest(member: Member) -> str:
    """The shortest form of the roles that cuts none."""
    first, *others = rights.sort_roles(member.roles) or [""]
    return f"{first} +{len(others)}" if others else first


def _with_state(state: str, member: Member, width: int) -> Cell:
    if not state:
        return roles_cell(member.roles, width)
    room = width - cells(state) - 2
    return f"{state}  {words.roles_cell(member.roles, room)}" if room >= _SHORTEST_ROLE else state


def _named(member: Member, here: str, width: int) -> str:
    """The name, and a word for guests and service accounts; the name is cut first."""
    kinds = _kinds(member, here)
    name = shown(members.name(member))
    room = width - len(kinds)
    return (name if cells(name) <= room else fit_cell(name, room, middle=True)) + kinds


def _kinds(member: Member, here: str) -> str:
    service = " service" if members.kind(member) == "service" else ""
    return f"{service} guest" if guest_of(member, here) else service


def csv_rows(rows: Iterable[Member]) -> Iterator[Sequence[str]]:
    """The members with all values, for a file."""
    for member in rows:
        yield (
            members.name(member),
            members.login(member),
            member.email,
            " ".join(member.roles),
            members.kind(member),
            members.since(member),
            member.user_id,
            member.user_resource_owner,
        )
