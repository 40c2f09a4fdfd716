"""Whether a user name and an email are still available, and whether a new user can be read yet."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zitadel_tui.core import user_lookup
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.wire import users
from zitadel_tui.zitadel.wire.users import TextQuery, User, UserQuery

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session
    from zitadel_tui.zitadel.client import Client

_LONGEST_QUERY = 200  # code points (contract §4.2)
_MOST = 5  # users with the same email that are named
_MAY_NOT = (*errors.NO_ACCESS, errors.InvalidInput)


@dataclass(frozen=True, slots=True)
class Availability:
    """Who has the user name (ignoring case) and who has the email; None where the account may not read it."""

    by_user_name: User | None = None
    by_email: tuple[User, ...] | None = ()
    checked: bool = True
    """False when the user name could not be checked."""

    @property
    def email_note(self) -> str:
        """A note that the email is in use, which is allowed; empty when it is not in use."""
        if not self.by_email:
            return ""
        first, more = self.by_email[0], len(self.by_email) - 1
        name, login = user_lookup.name(first), user_lookup.login(first)
        called = name if login in ("", name) else f"{name} ({login})"
        others = f" and {more} more" if more else ""
        return f"Another user has this email (allowed): {shown(called)}{others}."


async def check_availability(client: "Client", *, user_name: str, email: str) -> Availability:
    """Look up who has the user name and the email already.

    User names of other organizations are found only where they are login names. Raises connection errors.
    """
    here, elsewhere, same_email = await asyncio.gather(
        _searched(client, _named(user_name)) if user_name else _no_one(),
        _by_login_name(client, user_name) if user_name else _no_one(),
        _searched(client, _mailed(email)) if email else _no_one(),
    )
    taken = [
        user
        for user in (*(here or ()), *elsewhere)
        if user.user_name.casefold() == user_name.strip().casefold()
    ]
    return Availability(taken[0] if taken else None, same_email, checked=here is not None)


def _named(user_name: str) -> UserQuery:
    text = user_name.strip()[:_LONGEST_QUERY]
    return UserQuery(user_name_query=TextQuery(user_name=text, method=users.EQUALS_IGNORE_CASE))


def _mailed(email: str) -> UserQuery:
    text = email.strip()[:_LONGEST_QUERY]
    return UserQuery(email_query=TextQuery(email_address=text, method=users.EQUALS_IGNORE_CASE))


async def _no_one() -> tuple[User, ...]:
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


async def wait_for_user(session: "Session", user_id: str) -> User | None:
    """Wait for the new user, as long as reads lag behind writes. Returns None when the user may not be
    read or does not appear. Raises connection errors."""

    async def find() -> User | None:
        try:
            return (await session.client.send(calls.user(user_id))).user
        except errors.NotFound:
            return None

    try:
        return await session.timing.poll(find)
    except _MAY_NOT:
        return None
