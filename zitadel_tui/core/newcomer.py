"""Somebody who is about to come on board, or just did: who resembles them, and where they arrived."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zitadel_tui.core.changes.base import look
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.wire import users
from zitadel_tui.zitadel.wire.users import TextQuery, User, UserQuery

if TYPE_CHECKING:
    from zitadel_tui.zitadel.client import Client

_LONGEST_QUERY = 200  # code points (contract §4.2)
_MOST = 5  # resembling people that are named
_MAY_NOT = (errors.NotPermitted, errors.NoMembership, errors.InvalidInput)


@dataclass(frozen=True, slots=True)
class Namesakes:
    """Who has the user name (ignoring case), who the email; None where that may not be looked up."""

    by_user_name: User | None = None
    by_email: tuple[User, ...] | None = ()
    looked: bool = True
    """False when the user name could not be looked for."""


async def namesakes(client: "Client", *, user_name: str, email: str) -> Namesakes:
    """What can be seen from here: user names of other organizations only where they are login names.

    Raises what concerns the connection.
    """
    here, elsewhere, same_email = await asyncio.gather(
        _searched(client, _named(user_name)) if user_name else _nobody(),
        _by_login_name(client, user_name) if user_name else _nobody(),
        _searched(client, _mailed(email)) if email else _nobody(),
    )
    taken = [
        user
        for user in (*(here or ()), *elsewhere)
        if user.user_name.casefold() == user_name.strip().casefold()
    ]
    return Namesakes(taken[0] if taken else None, same_email, looked=here is not None)


def _named(user_name: str) -> UserQuery:
    text = user_name.strip()[:_LONGEST_QUERY]
    return UserQuery(user_name_query=TextQuery(user_name=text, method=users.EQUALS_IGNORE_CASE))


def _mailed(email: str) -> UserQuery:
    text = email.strip()[:_LONGEST_QUERY]
    return UserQuery(email_query=TextQuery(email_address=text, method=users.EQUALS_IGNORE_CASE))


async def _nobody() -> tuple[User, ...]:
    return ()


async def _searched(client: "Client", query: UserQuery) -> tuple[User, ...] | None:
    try:
        return (await client.send(calls.search_users([query], limit=_MOST))).result
    except _MAY_NOT:
        return None


async def _by_login_name(client: "Client", text: str) -> tuple[User, ...]:
    try:
        return ((await client.send(calls.user_by_login_name(text.strip()[:_LONGEST_QUERY]))).user,)
    except (errors.NotFound, *_MAY_NOT):
        return ()


async def arrived(client: "Client", user_id: str) -> User | None:
    """The user as a read shows them, waited for as long as reads lag behind writes; None when they may not
    be read or do not show. Raises what concerns the connection."""

    async def find() -> User | None:
        try:
            return (await client.send(calls.user(user_id))).user
        except errors.NotFound:
            return None

    try:
        return await look(find)
    except _MAY_NOT:
        return None
