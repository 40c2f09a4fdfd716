"""Which users of a file exist in the organization."""

import asyncio
import math
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from zitadel_tui.core.concurrency import together
from zitadel_tui.core.onboard.rows import name_key
from zitadel_tui.core.rules import LONGEST_NAME
from zitadel_tui.core.user_lookup import email
from zitadel_tui.zitadel import calls
from zitadel_tui.zitadel.wire import users
from zitadel_tui.zitadel.wire.users import ImportHuman, User

if TYPE_CHECKING:
    from zitadel_tui.zitadel.client import Client

PAGE = 5000
"""Users a page: a page costs what counting costs, whatever its size (measured.md)."""
NAMES = 20
"""User names a query; more cost much more than their share (measured.md)."""

_PAGE_SECONDS, _USER_SECONDS = 0.3, 50e-6  # of a page, and for each user of the organization
_QUERY_SECONDS = 0.2
_AT_ONCE = 2  # queries: the server searches the whole table for each


async def find(client: "Client", keys: Collection[str]) -> dict[str, User]:
    """The users of the addressed organization whose :func:`name_key` is among ``keys``, by that. Reads all
    users in large pages or asks for names, whichever is cheaper."""
    asked = [key for key in keys if 0 < len(key) <= LONGEST_NAME]
    if not asked:
        return {}
    total = (await client.send(calls.search_users((), limit=1))).details.total
    pages = math.ceil(total / PAGE)
    reading = pages * (_PAGE_SECONDS + _USER_SECONDS * total)
    asking = math.ceil(len(asked) / NAMES) * _QUERY_SECONDS
    if asking < reading:
        return await _asked_for(client, asked)
    return await _read(client, frozenset(asked))


async def inactive_grants(client: "Client", project_ids: Iterable[str]) -> frozenset[tuple[str, str]]:
    """The ids of users and projects of all inactive grants of these projects. Raises ``NotPermitted``."""
    found: set[tuple[str, str]] = set()
    for project_id in project_ids:
        offset, total = 0, 1
        while offset < total:
            call = calls.search_user_grants(project_id=project_id, offset=offset, limit=PAGE)
            page = await client.send(call)
            found.update((grant.user_id, project_id) for grant in page.result if not grant.is_active)
            offset, total = offset + PAGE, page.details.total
    return frozenset(found)


def has_email(user: User, body: ImportHuman) -> bool:
    """Whether a user with the user name of ``body`` is the one that it means: with the same email."""
    return email(user).strip().lower() == body.email.email.strip().lower()


async def _read(client: "Client", keys: Collection[str]) -> dict[str, User]:
    """A user who moves from page to page meanwhile may be missed: importing tells that then."""
    found: dict[str, User] = {}
    offset = 0
    while True:
        call = calls.search_users((), limit=PAGE, offset=offset, sorted_by="USER_FIELD_NAME_USER_NAME")
        answer = await client.send(call)
        page = answer.result
        offset += len(page)
        for user in page:
            key = name_key(user.user_name)
            if key in keys:
                found[key] = user
        if len(page) < PAGE or offset >= answer.details.total:
            return found


async def _asked_for(client: "Client", keys: Sequence[str]) -> dict[str, User]:
    found: dict[str, User] = {}
    slots = asyncio.Semaphore(_AT_ONCE)

    async def ask(names: Sequence[str]) -> None:
        queries = tuple(
            users.UserQuery(user_name_query=users.TextQuery(user_name=name, method=users.EQUALS_IGNORE_CASE))
            for name in names
        )
        async with slots:
            any_of = users.UserQuery(or_query=users.AnyQuery(queries=queries))
            answer = await client.send(calls.search_users([any_of]))
        found.update((name_key(user.user_name), user) for user in answer.result)

    async with together() as asking:
        for start in range(0, len(keys), NAMES):
            asking.create_task(ask(keys[start : start + NAMES]))
    return found
