"""A role explained on the spot, in few lines: what it permits, what it would add."""

from collections.abc import Iterable, Sequence
from textwrap import wrap

from zitadel_tui.core import rights
from zitadel_tui.core.account import Account
from zitadel_tui.text import cut, shown
from zitadel_tui.tui.lines import DIM, STRONG, WARNING, Line

_LABEL = 9
_LINES = 2


def above(role: str, account: Account | None) -> bool:
    """Whether the role permits more than one may oneself, as far as that is known."""
    return account is not None and rights.exceeds(role, account.permissions)


def notes(
    role: str, beside: Sequence[str] | None, *, is_above: bool, offered: bool, width: int
) -> list[Line]:
    """``beside`` are the roles that are had beside this one; None does not say what it adds."""
    permitted = rights.permissions(role)
    lines: list[Line] = []
    if permitted is None:
        lines.append(
            ((f"{shown(role)}: a role of this server's own; what it permits is set up there.", WARNING),)
        )
    else:
        lines += _listed("permits", permitted, width)
        if beside is not None:
            lines += _adds(role, beside, width)
    if is_above:
        lines.append(
            ((f"{shown(role)} is above your own rights: it permits what you may not do here.", WARNING),)
        )
    if not offered:
        lines.append(
            (("This organization does not offer it any more: taken away, it cannot be given back.", WARNING),)
        )
    return lines


def _adds(role: str, beside: Sequence[str], width: int) -> list[Line]:
    added = rights.adds(role, beside)
    if added:
        return (
            _listed("adds", added, width) if beside else [_line("adds", "all of it: there is no other role")]
        )
    covering = next((other for other in rights.sort_roles(beside) if not rights.adds(role, [other])), None)
    who = f"that {covering}" if covering else "that the other roles together"
    verb = "does" if covering else "do"
    return [_line("adds", f"nothing {who} {verb} not already allow")]


def _line(label: str, text: str) -> Line:
    return ((label.ljust(_LABEL), STRONG), (shown(text), DIM))


def _listed(label: str, permissions: Iterable[str], width: int) -> list[Line]:
    """In plain words, at most two lines: the view of roles shows all of it."""
    told = "; ".join(f"{area.title}: {', '.join(area.sentences)}" for area in rights.areas(permissions))
    room = max(20, width - _LABEL)
    rows = wrap(shown(told), room, break_on_hyphens=False)
    if len(rows) > _LINES:
        rows = [*rows[: _LINES - 1], cut(rows[_LINES - 1], room - 2) + " …"]
    return [
        ((label.ljust(_LABEL) if not place else " " * _LABEL, STRONG), (row, DIM))
        for place, row in enumerate(rows)
    ]
