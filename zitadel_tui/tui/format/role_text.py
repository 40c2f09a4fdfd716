"""Roles as lines of text: what a role permits and who has it, and a comparison of two."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from zitadel_tui.core import members, rights, words
from zitadel_tui.core.members import Holders
from zitadel_tui.text import shown
from zitadel_tui.tui.format.cells import fit_cell
from zitadel_tui.tui.format.lines import BLANK, DIM, STRONG, WARNING, Line, columns, hanging, heading, split
from zitadel_tui.tui.format.meanings import role_style
from zitadel_tui.zitadel.wire.members import Member

_NAMED = 5
_SIDE_BY_SIDE_FROM = 90  # cells in which three lists of permissions are not cut
_NOT_OURS = "This tool knows ZITADEL's own roles only: what this one permits is set up on the server."


class Held(NamedTuple):
    """The number of users with a role, and the first few names."""

    number: int
    first: Sequence[Member]


def held(role: str, holders: Holders) -> Held:
    return Held(holders.number(role), holders.first(role, _NAMED))


def role_lines(role: str, holders: Held | None, width: int) -> list[Line]:
    """``holders`` None: the members are not known, or not yet."""
    permissions = rights.permissions(role)
    told = "custom role" if permissions is None else words.plural(len(permissions), "permission")
    lines = [
        split((role, f"{STRONG} {role_style(role)}".rstrip()), (told, DIM), width),
        (rights.summary(role),),
    ]
    lines += [BLANK, heading("Held by"), *_holders(holders)]
    if permissions is None:
        return [*lines, BLANK, ((_NOT_OURS, WARNING),)]
    lines += [BLANK, heading("Permits")]
    for area in rights.areas(permissions):
        lines.append(("  ", (area.title, STRONG)))
        for sentence in area.sentences:
            lines += hanging("    ", sentence, width)
        lines += hanging("    ", " ".join(area.permissions), width, DIM)
    return lines


def _holders(holders: Held | None) -> list[Line]:
    if holders is None:
        return [("  ", ("not known: the members could not be read", DIM))]
    if not holders.number:
        return [("  ", ("no one", DIM))]
    lines: list[Line] = [
        columns([(members.name(member), 24, "")], (members.login(member), DIM)) for member in holders.first
    ]
    more = holders.number - len(holders.first)
    if more > 0:
        lines.append(("  ", (f"and {words.count(more)} more", DIM)))
    return lines


def comparison_lines(first: str, second: str, width: int) -> list[Line]:
    """What only ``first`` permits, both, and only ``second``; side by side when there is room."""
    compared = rights.compare(first, second)
    parts = [
        (f"only {first}", compared.only_first),
        ("both", compared.both),
        (f"only {second}", compared.only_second),
    ]
    lines: list[Line] = [((shown(first), STRONG), " compared with ", (shown(second), STRONG)), BLANK]
    unknown = [role for role in (first, second) if rights.permissions(role) is None]
    if unknown:
        return [*lines, *(((f"{role}: {_NOT_OURS}", WARNING),) for role in unknown)]
    if width < _SIDE_BY_SIDE_FROM:
        return lines + _stacked(parts, width)
    third = (width - 4) // 3
    head = [fit_cell(f"{title} ({len(keys)})", third) for title, keys in parts]
    lines.append(tuple((f"{cell}  ", STRONG) for cell in head))
    for row in zip_longest(*(keys or ("nothing",) for _, keys in parts), fillvalue=""):
        lines.append(tuple(f"{fit_cell(cell, third)}  " for cell in row))
    return lines


def _stacked(parts: Sequence[tuple[str, tuple[str, ...]]], width: int) -> list[Line]:
    """Plain words under each heading: a list of keys would be taller than any screen."""
    lines: list[Line] = []
    for title, keys in parts:
        lines.append(((f"{title} ({len(keys)})", STRONG),))
        for area in rights.areas(keys):
            lines += hanging(f"  {area.title.ljust(14)}", "; ".join(area.sentences), width)
        lines += [] if keys else [("  ", ("nothing", DIM))]
        lines.append(BLANK)
    return lines
