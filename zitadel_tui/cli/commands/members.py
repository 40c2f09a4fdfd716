"""``members``: who is one, and with which roles."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from zitadel_tui.cli.columns import MEMBERS
from zitadel_tui.cli.commands.changes import (
    RoleChange,
    change_roles,
    named_user,
    print_role_change,
    refuse_read_only,
)
from zitadel_tui.cli.failures import DONE
from zitadel_tui.cli.run import Run
from zitadel_tui.core import members, people, rights, roles, search, words
from zitadel_tui.core.changes import (
    AddRoles,
    Applied,
    Rehearsal,
    RemoveRoles,
    SetRoles,
    membership,
    remove_membership,
)
from zitadel_tui.core.members import Roster
from zitadel_tui.core.role_words import SUMMARIES
from zitadel_tui.core.session import Session
from zitadel_tui.zitadel.wire.base import to_data
from zitadel_tui.zitadel.wire.members import Member
from zitadel_tui.zitadel.wire.users import User

Roles = tuple[str, ...]


def list_(run: Run) -> int:
    async def ask(session: Session) -> Roster:
        return await members.read(session.client)

    roster = run.read(ask)
    wanted = _wanted(run.options.role or (), roster)
    query = search.parse(run.options.filter or "", members.FIELDS)
    found = [member for member in roster.arrange(query, by="roles") if _has(member, wanted)]
    run.output.rows(MEMBERS, found, to_data)
    if not roster.complete:
        run.output.say(
            "warning", f"The server counts {words.plural(roster.total, 'member')} but gave {len(roster)}."
        )
    if not found:
        everyone = words.plural(roster.total, "member")
        run.output.say("note", f"No member matches ({everyone} in total)." if roster.total else "No members.")
    return DONE


def _wanted(given: Sequence[str], roster: Roster) -> frozenset[str]:
    """The roles asked for; no request is spent on a list of all: ZITADEL's own and those in use are known."""
    known = {role for member in roster for role in member.roles}
    known |= {role for role in SUMMARIES if rights.level(role) == "organization"}
    return frozenset(roles.resolve(role, rights.sort_roles(known)) for role in given)


def _has(member: Member, wanted: frozenset[str]) -> bool:
    return not wanted or not wanted.isdisjoint(member.roles)


def add(run: Run) -> int:
    async def change(user: User, named: Roles, session: Session) -> RoleChange:
        return AddRoles(user.id, named, who=people.login(user))

    return _change(run, change)


def set_(run: Run) -> int:
    async def change(user: User, named: Roles, session: Session) -> RoleChange:
        return SetRoles(user.id, await _held(session, user), named, who=people.login(user))

    return _change(run, change)


def remove(run: Run) -> int:
    async def change(user: User, named: Roles, session: Session) -> RoleChange:
        if named:
            return RemoveRoles(user.id, named, who=people.login(user))
        return remove_membership(user.id, people.login(user), await _held(session, user))

    return _change(run, change)


async def _held(session: Session, user: User) -> Roles:
    member = await membership(session.client, user.id)
    return member.roles if member else ()


def _change(run: Run, make: Callable[[User, Roles, Session], Awaitable[RoleChange]]) -> int:
    """Carry out what ``make`` makes of the user and the roles that are named."""
    refuse_read_only(run)

    async def do(session: Session) -> Applied | Rehearsal:
        user, offered = await asyncio.gather(named_user(run, session), roles.offered(session.client))
        named = tuple(dict.fromkeys(roles.resolve(role, offered) for role in run.options.roles))
        return await change_roles(run, session, await make(user, named, session))

    return print_role_change(run, run.write(do), run.options.roles)
