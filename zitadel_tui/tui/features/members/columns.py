"""The columns of Members and what stands in them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from zitadel_tui.core import members, words
from zitadel_tui.text import cells, cut, shown
from zitadel_tui.tui.format.person import guest_of
from zitadel_tui.tui.widgets.table import Column, Row
from zitadel_tui.zitadel.wire.members import Member

COLUMNS = (
    Column("name", "NAME", 20, min_width=16, grow=2),
    Column("login", "LOGIN", 18, min_width=8, grow=2),
    Column("email", "EMAIL", 26, priority=1, grow=1, dim=True),
    Column("roles", "ROLES", 29, min_width=29, grow=2),
    Column("since", "SINCE", 10, min_width=10, align="right", dim=True),
)
_SHORTEST_ROLE = 8  # cells; less would tell nothing
CSV_HEADER = ["name", "login", "email", "roles", "kind", "since", "userId", "organizationId"]


def row(member: Member, *, here: str, width_of: Callable[[str], int], now: datetime, state: str = "") -> Row:
    """``here`` is the organization looked at; what must never be cut is fitted to ``width_of`` a column.

    ``state`` says how far a change of the roles is; it stands before them.
    """
    return (
        _named(member, here, width_of("name")),
        members.login(member),
        member.email,
        _with_state(state, member, width_of("roles")),
        words.ago(members.since(member), now),
    )


def _with_state(state: str, member: Member, width: int) -> str:
    if not state:
        return words.roles_cell(member.roles, width)
    room = width - cells(state) - 2
    return f"{state}  {words.roles_cell(member.roles, room)}" if room >= _SHORTEST_ROLE else state


def _named(member: Member, here: str, width: int) -> str:
    """The name, and a word for whoever is not a person of this organization: the name is cut first."""
    kinds = ["service"] if members.kind(member) == "service" else []
    if guest_of(member, here):
        kinds.append("guest")
    words_after = "".join(f" {kind}" for kind in kinds)
    return cut(shown(members.name(member)), width - len(words_after)) + words_after


def csv_rows(rows: Iterable[Member]) -> Iterator[Sequence[str]]:
    """The members in full, for a file."""
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
