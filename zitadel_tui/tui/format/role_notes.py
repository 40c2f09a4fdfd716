"""Explains a role in a few lines: what it permits, and what it would add."""

from collections.abc import Iterable, Sequence
from textwrap import wrap

from zitadel_tui.core import rights
from zitadel_tui.core.account import Account
from zitadel_tui.text import shown
from zitadel_tui.tui.format.lines import DIM, STRONG, WARNING, Line, hanging

LABEL = 8
"""Cells of a label below the list of roles, the blank behind it included."""
_LINES = 2


def above(role: str, account: Account | None) -> bool:
    """Whether the role permits more than this account's own roles, as far as known."""
    return account is not None and rights.exceeds(role, account.permissions)


def notes(
    role: str, beside: Sequence[str] | None, *, is_above: bool, offered: bool, width: int
) -> list[Line]:
    """``beside`` are the user's other roles; with None, the notes do not say what the role adds."""
    lines = _warnings(role, is_above=is_above, offered=offered, width=width)
    permitted = rights.permissions(role)
    if permitted is None:
        told = f"{role}: a role specific to this server; what it permits is configured there."
        return [*lines, *hanging("", told, width, WARNING)]
    lines += _listed("permits", permitted, width)
    return lines if beside is None else [*lines, *_adds(role, beside, width)]


def _warnings(role: str, *, is_above: bool, offered: bool, width: int) -> list[Line]:
    told = []
    if is_above:
        told.append(f"{role} permits more than your own roles do here.")
    if not offered:
        told.append("This organization no longer offers it: once removed, it cannot be added again.")
    return [line for sentence in told for line in hanging("", sentence, width, WARNING)]


def _adds(role: str, beside: Sequence[str], width: int) -> list[Line]:
    if not beside:
        return _told("adds", "everything: the user has no other role", width)
    if added := rights.adds(role, beside):
        return _listed("adds", added, width)
    covering = next((other for other in rights.sort_roles(beside) if not rights.adds(role, [other])), None)
    what = f"{covering} does" if covering else "the other roles together do"
    return _told("adds", f"nothing that {what} not already allow", width)


def _told(label: str, text: str, width: int) -> list[Line]:
    return hanging(label.ljust(LABEL), text, width, DIM, STRONG)


def _listed(label: str, permissions: Iterable[str], width: int) -> list[Line]:
    """The permissions in plain words, at most two lines; the Roles view shows all."""
    told = "; ".join(f"{area.title}: {', '.join(area.sentences)}" for area in rights.areas(permissions))
    room = max(20, width - LABEL)
    rows = wrap(shown(told), room, break_on_hyphens=False, max_lines=_LINES, placeholder=" …")
    return [
        ((label.ljust(LABEL) if not place else " " * LABEL, STRONG), (row, DIM))
        for place, row in enumerate(rows)
    ]
