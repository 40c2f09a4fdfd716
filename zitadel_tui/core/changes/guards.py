"""Guards against changes that are hard to undo, checked before something is removed."""

import asyncio
from collections.abc import Iterable
from typing import Protocol

from zitadel_tui.core.changes.scopes import Scope
from zitadel_tui.core.session import Session
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.wire import users
from zitadel_tui.zitadel.wire.members import Member

_CANNOT_SIGN_IN = frozenset({users.USER_INACTIVE, users.USER_LOCKED, users.USER_INITIAL})


class _Named(Protocol):
    @property
    def subject(self) -> str: ...

    @property
    def called(self) -> str: ...


async def last_owner(session: Session, scope: Scope, user: _Named, *, besides: frozenset[str]) -> str:
    """Return a reason when no owner who can sign in is left but ``user`` and ``besides``.

    An owner who is inactive, locked or initial could undo nothing and does not count. One of another
    organization counts, because the state cannot be read from here. It is also a reason when the owners
    may not be read.
    """
    await asyncio.sleep(session.timing.lag)
    owner = scope.owner_role
    try:
        members = (await session.client.send(scope.list_all())).result
        leaving = besides | {user.subject}
        others = [one for one in members if owner in one.roles and one.user_id not in leaving]
        if await _any_can_sign_in(session, others):
            return ""
    except errors.NO_ACCESS:
        return f"This account may not read whether anyone but {user.called} is {owner}."
    return f"{user.called} is the last {owner} who can sign in: no one in the organization could undo this."


async def _any_can_sign_in(session: Session, owners: Iterable[Member]) -> bool:
    ids = tuple(owner.user_id for owner in owners)
    if not ids:
        return False
    query = users.UserQuery(in_user_ids_query=users.IdsQuery(user_ids=ids))
    found = (await session.client.send(calls.search_users([query]))).result
    states = {user.id: user.state for user in found}
    return any(states.get(one, "") not in _CANNOT_SIGN_IN for one in ids)
