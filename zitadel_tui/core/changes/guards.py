"""What is hard to take back, and by whom: looked up before something is taken away."""

import asyncio

from zitadel_tui.core.members import read
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire import users
from zitadel_tui.zitadel.wire.members import Member

OWNER = "ORG_OWNER"

LAG = 0.1  # seconds until the member list shows what was written before: 7 to 43 ms (measured.md)
_CANNOT_SIGN_IN = frozenset({"USER_STATE_INACTIVE", "USER_STATE_LOCKED", "USER_STATE_INITIAL"})


async def is_own_account(client: Client, user_id: str) -> bool:
    return (await client.send(calls.my_user())).user.id == user_id


async def last_owner(client: Client, user_id: str, who: str, *, besides: frozenset[str]) -> str:
    """A reason when nobody but ``user_id`` and ``besides`` is left as an ``ORG_OWNER`` who can sign in.

    An owner who is inactive, locked or initial could undo nothing and does not count; one of another
    organization counts, because the state cannot be seen from here. What may not be read is a reason, too.
    """
    await asyncio.sleep(LAG)
    try:
        owners = (await read(client)).holders(OWNER)
        others = [member for member in owners if member.user_id not in besides | {user_id}]
        if await _somebody_can_sign_in(client, others):
            return ""
    except (errors.NotPermitted, errors.NoMembership):
        return f"Whether others than {shown(who)} are {OWNER} may not be read by this account."
    return f"{shown(who)} is the last {OWNER} who can sign in: nobody in the organization could undo this."


async def _somebody_can_sign_in(client: Client, owners: list[Member]) -> bool:
    if not owners:
        return False
    query = users.UserQuery(in_user_ids_query=users.IdsQuery(user_ids=tuple(m.user_id for m in owners)))
    found = (await client.send(calls.search_users([query]))).result
    states = {user.id: user.state for user in found}
    return any(states.get(member.user_id, "") not in _CANNOT_SIGN_IN for member in owners)
