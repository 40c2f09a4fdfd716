"""``members add``, ``set`` and ``remove``."""

import asyncio
from collections.abc import Awaitable, Callable

from zitadel_tui.cli.commands.changes import (
    change_roles,
    named_user,
    print_role_change,
    refuse_read_only,
)
from zitadel_tui.cli.commands.several import change_several
from zitadel_tui.cli.run import Run
from zitadel_tui.core import roles, user_lookup
from zitadel_tui.core.changes import (
    AddRoles,
    Applied,
    Rehearsal,
    RemoveRoles,
    RoleChange,
    SetRoles,
    membership,
    remove_membership,
)
from zitadel_tui.core.session import Session
from zitadel_tui.zitadel.wire.users import User

Roles = tuple[str, ...]


def add(run: Run) -> int:
    async def change(user: User, named: Roles, session: Session) -> RoleChange:
        return AddRoles(user.id, named, who=user_lookup.login(user))

    return _change(run, change)


def set_(run: Run) -> int:
    async def change(user: User, named: Roles, session: Session) -> RoleChange:
        return SetRoles(user.id, await _held(session, user), named, who=user_lookup.login(user))

    return _change(run, change)


def remove(run: Run) -> int:
    async def change(user: User, named: Roles, session: Session) -> RoleChange:
        if named:
            return RemoveRoles(user.id, named, who=user_lookup.login(user))
        return remove_membership(user.id, user_lookup.login(user), await _held(session, user))

    return _change(run, change)


async def _held(session: Session, user: User) -> Roles:
    member = await membership(session.client, user.id)
    return member.roles if member else ()


def _change(run: Run, make: Callable[[User, Roles, Session], Awaitable[RoleChange]]) -> int:
    """Apply the change that ``make`` creates for the given user and roles."""
    refuse_read_only(run)
    if run.options.users:
        return change_several(run, make)

    async def do(session: Session) -> Applied | Rehearsal:
        user, offered = await asyncio.gather(named_user(run, session), roles.offered(session.client))
        named = tuple(dict.fromkeys(roles.resolve(role, offered) for role in run.options.roles))
        return await change_roles(run, session, await make(user, named, session))

    return print_role_change(run, run.write(do), run.options.roles)
