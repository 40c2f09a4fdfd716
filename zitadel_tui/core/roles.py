"""The administrator roles that an organization offers: listing them, and resolving what a user typed."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from zitadel_tui.core import rights, words
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors

if TYPE_CHECKING:
    from zitadel_tui.zitadel.client import Client

_TYPO = 0.75  # share of equal letters from which one word is another one mistyped
_MOST_SUGGESTED = 4
_PREFIX = re.compile(r"(ORG|IAM|PROJECT_GRANT|PROJECT|SYSTEM)_")
_LEVELS = {
    "organization": "an organization",
    "instance": "the instance",
    "project": "a project",
    "project grant": "a project grant",
    "system": "the system",
}


async def offered(client: "Client") -> list[str]:
    """Role keys that members of the addressed organization may have, most powerful first."""
    return rights.sort_roles((await client.send(calls.member_roles())).result)


async def offered_if_readable(client: "Client") -> list[str] | None:
    """As :func:`offered`; None where this account may not list them."""
    try:
        return await offered(client)
    except errors.NO_ACCESS:
        return None


def resolve(text: str, known: Iterable[str], at: str = "organization") -> str:
    """The role key of the level ``at`` that ``text`` names, ignoring case. Raises ``UsageFailure``, which
    suggests the roles whose names are like it, however much they grant."""
    keys = list(known)
    for key in keys:
        if key.casefold() == text.casefold():
            return key
    level = rights.level(text.upper())
    if level not in (at, "unknown"):
        raise UsageFailure(
            f"{shown(text)} is a role of {_LEVELS[level]}: members of {_LEVELS[at]} cannot have it.",
            _all_of(keys, at),
        )
    raise UsageFailure(
        f"There is no role {shown(text)!r} in this {at}.",
        words.did_you_mean(_like(text, keys)) or _all_of(keys, at),
    )


def _all_of(keys: Iterable[str], at: str) -> str:
    return f"The roles of this {at}: {shown(', '.join(sorted(keys)))}."


def _like(text: str, keys: Iterable[str]) -> list[str]:
    """The role that ``text`` misspells, or else those that contain all of its words."""
    import difflib

    word = _own_part(text)
    likeness = {key: difflib.SequenceMatcher(None, word, _own_part(key)).ratio() for key in keys}
    by_likeness = sorted(likeness, key=lambda key: (-likeness[key], key))
    if by_likeness and likeness[by_likeness[0]] >= _TYPO:
        return by_likeness[:1]
    words = set(word.split("_"))
    return [key for key in by_likeness if words <= set(_own_part(key).split("_"))][:_MOST_SUGGESTED]


def _own_part(role: str) -> str:
    """The key without its level: ``OWNER`` of ``ORG_OWNER``."""
    name = re.sub(r"[^A-Z0-9]+", "_", role.upper()).strip("_")
    return _PREFIX.sub("", name, count=1)
