"""The signs and colours of powerful roles and states of users, the same everywhere."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from zitadel_tui.core import rights, words
from zitadel_tui.text import shown
from zitadel_tui.tui.format.cells import Cell, Tone
from zitadel_tui.tui.format.lines import DANGER, DIM, WARNING, Part

_STATES: Final = {
    "active": ("●", ""),
    "initial": ("◐", WARNING),
    "inactive": ("○", WARNING),
    "locked": ("⊘", WARNING),
    "deleted": ("✗", DANGER),
}


def state_part(word: str, *, after: str = "") -> Part:
    """``● active``, from the word for a state; ``after`` it in the same style."""
    sign, style = _STATES.get(word, ("?", WARNING))
    return (f"{sign} {word}{after}", style or DIM)


@lru_cache(maxsize=256)
def role_tone(role: str) -> Tone:
    """The tone of a role: a warning for one that grants nearly everything."""
    return "warning" if rights.is_powerful(role) else ""


def role_style(role: str) -> str:
    """As :func:`role_tone`, for a line of parts."""
    return WARNING if role_tone(role) else ""


def role_parts(roles: Iterable[str]) -> list[Part]:
    """Roles beside one another, most powerful first, each as it looks everywhere."""
    parts: list[Part] = []
    for role in rights.sort_roles(roles):
        parts += ["  ", (role, role_style(role))] if parts else [(role, role_style(role))]
    return parts


def roles_cell(roles: Iterable[str], width: int) -> Cell:
    """As :func:`words.roles_cell`, powerful roles in their tone, how many more there are dim."""
    roles = tuple(roles)
    rest = words.roles_cell(roles, width)
    parts: list[tuple[str, Tone]] = []
    for role in rights.sort_roles(roles):
        name = shown(role)
        if rest.startswith(name):
            parts.append((name, role_tone(role)))
            rest = rest[len(name) :]
        elif not parts:
            cut_name, plus, more = rest.rpartition(" +")
            parts.append((cut_name or more, role_tone(role)))
            rest = f"{plus}{more}" if cut_name else ""
        if rest.startswith(" ") and not rest.startswith(" +"):
            parts.append((" ", ""))
            rest = rest[1:]
        else:
            break
    return (*parts, (rest, "dim")) if rest else tuple(parts)
