"""The options of a run, and the rows of its file."""

from dataclasses import dataclass
from typing import Literal

import msgspec

from zitadel_tui.core.rules import Problem
from zitadel_tui.zitadel.wire.users import ImportHuman


class Options(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was asked for besides the file. The header of a run holds it, so that resuming needs none of it
    again. What concerns fields of users fills empty cells only."""

    columns: dict[str, str] = {}
    """Headings of the file, and the field that each means; ``ignore`` leaves a column out."""
    encoding: str = ""
    """As Python calls it; empty: detected (UTF-8, UTF-16 with a byte order mark)."""
    username: str = ""
    """A template for missing user names, such as ``{first}.{last}``; empty: they are required."""
    roles: tuple[str, ...] = ()
    """Administrator roles, as written."""
    grants: tuple[str, ...] = ()
    """Project roles, each ``PROJECT:ROLE[,ROLE]…``."""
    language: str = ""
    passkey_link: bool = False
    generate_password: bool = False
    email_not_verified: bool = False
    phone_verified: bool = False
    no_change_required: bool = False
    use: Literal["", "password", "hash"] = ""
    """Which to send of rows that have both."""
    allow_published_hash: bool = False
    verifiers: tuple[str, ...] = ()
    """Formats of hashes that the server verifies besides bcrypt, by ZITADEL's names."""
    on_conflict: Literal["skip", "roles"] = "skip"
    """Whether users with the user name but another email are to get the roles of their row."""
    forced: bool = False
    """Whether such users may also get roles that grant nearly everything."""
    rate: float = 0.0
    """The most requests a second; 0: not limited."""
    parallel: int = 0
    """The most changes of users at once; 0: adapted to the server."""


@dataclass(frozen=True, slots=True)
class Row:
    """One user of a file.

    ``number`` counts rows from 1, ``line`` is where the row begins. ``grants`` are pairs of a project's
    name or id and role keys, as written. ``digest`` identifies what the row says, its password and hash
    left out. ``problems`` are what is wrong with how the row is written; when one is grave, the rest is as
    far as it could be read. ``is_name_made`` says that the user name comes from ``Options.username``.
    """

    number: int
    line: int
    body: ImportHuman
    roles: tuple[str, ...] = ()
    grants: tuple[tuple[str, tuple[str, ...]], ...] = ()
    generate_password: bool = False
    digest: str = ""
    problems: tuple[Problem, ...] = ()
    is_name_made: bool = False


def name_key(user_name: str) -> str:
    """What the server compares user names by: trimmed and in lower case (``casefold`` would equate ß and
    ss)."""
    return user_name.strip().lower()
