"""Finding users and service accounts, and reading the details of one."""

import re
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from zitadel_tui.core.concurrency import together
from zitadel_tui.failure import Failure
from zitadel_tui.text import nearest, shown
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.wire import users
from zitadel_tui.zitadel.wire.members import Membership
from zitadel_tui.zitadel.wire.projects import UserGrant
from zitadel_tui.zitadel.wire.users import HistoryEntry, TextQuery, User, UserQuery

if TYPE_CHECKING:
    from zitadel_tui.zitadel.client import Client

T = TypeVar("T")

MOST_FOUND = 200
_HISTORY = 10
_ID = re.compile(r"[0-9]{5,}")
_PHONE = re.compile(r"\+?[0-9\s()./-]{2,}")
_LONGEST_QUERY = 200  # code points (contract §4.2)
_LONGEST_PHONE = 20


def name(user: User) -> str:
    if user.machine is not None:
        return user.machine.name or user.user_name
    profile = user.human.profile if user.human else users.Profile()
    full_name = f"{profile.first_name} {profile.last_name}".strip()
    return profile.display_name or full_name or user.user_name or user.id


def login(user: User) -> str:
    return user.preferred_login_name or user.user_name


def email(user: User) -> str:
    return user.human.email.email if user.human else ""


def kind(user: User) -> str:
    return "service" if user.machine is not None else "human"


def state(user: User) -> str:
    """``active``, ``initial``, ``inactive``, ``locked`` …: the server's name without its prefix."""
    return user.state.removeprefix("USER_STATE_").lower()


class NoSuchUser(Failure):
    """No user matches; ``hint`` suggests the nearest name, if there is one."""


class SeveralUsers(Failure):
    """Several users match, so nothing was done."""

    def __init__(self, text: str, found: Sequence[User]) -> None:
        super().__init__(
            f"{len(found)} users match {shown(text)!r}; nothing was done.", "Give the id of one of them."
        )
        self.users = tuple(found)


async def find(client: "Client", text: str, *, limit: int = MOST_FOUND) -> list[User]:
    """Find users: in this organization by a part of the name, login name, email or phone; on the whole
    instance by the exact id or login name. Sorted by name; at most about ``limit``."""
    text = text.strip()[:_LONGEST_QUERY]
    searches = [_containing(client, text, limit), _by_login_name(client, text)]
    if _ID.fullmatch(text):
        searches.append(_by_ids(client, [text]))
    if _PHONE.fullmatch(text):
        searches.append(_by_phone(client, text, limit))
    found = await _all_found(searches)
    return sorted(found, key=lambda user: (name(user).casefold(), user.id))


async def _all_found(searches: Iterable[Coroutine[Any, Any, list[User]]]) -> list[User]:
    async with together() as reads:
        tasks = [reads.create_task(search) for search in searches]
    return _merged(task.result() for task in tasks)


async def resolve(client: "Client", text: str) -> User:
    """The one user whose id, login name or email ``text`` is. Raises ``NoSuchUser``, ``SeveralUsers``."""
    text = text.strip()
    found = await _exactly(client, text) if 0 < len(text) <= _LONGEST_QUERY else []
    if not found and _ID.fullmatch(text):
        return User(id=text)  # perhaps of another organization, where only the server can look
    if not found:
        raise NoSuchUser(
            f"No user has the id, login name or email {shown(text)!r}.", await _near(client, text)
        )
    by_id = [user for user in found if user.id == text]  # so that an id always names one
    if by_id:
        return by_id[0]
    if len(found) > 1:
        raise SeveralUsers(text, found)
    return found[0]


async def _exactly(client: "Client", text: str) -> list[User]:
    exact = [
        UserQuery(user_name_query=TextQuery(user_name=text, method=users.EQUALS_IGNORE_CASE)),
        UserQuery(login_name_query=TextQuery(login_name=text, method=users.EQUALS_IGNORE_CASE)),
        UserQuery(email_query=TextQuery(email_address=text, method=users.EQUALS_IGNORE_CASE)),
    ]
    searches = [_any_of(client, exact, MOST_FOUND), _by_login_name(client, text)]
    if _ID.fullmatch(text):
        searches.append(_by_ids(client, [text]))
    return await _all_found(searches)


async def _near(client: "Client", text: str) -> str:
    start = text.split("@")[0][:3]
    candidates = await _containing(client, start, MOST_FOUND) if len(start) >= 2 else []
    names = [known for user in candidates for known in (login(user), email(user))]
    found = nearest(text, names)
    return (
        f"Did you mean {shown(found)}?"
        if found
        else "Search with `zitadel-tui users find TEXT`: a part of the name is enough."
    )


async def _containing(client: "Client", text: str, limit: int) -> list[User]:
    method = users.CONTAINS_IGNORE_CASE
    queries = [
        UserQuery(display_name_query=TextQuery(display_name=text, method=method)),
        UserQuery(first_name_query=TextQuery(first_name=text, method=method)),
        UserQuery(last_name_query=TextQuery(last_name=text, method=method)),
        UserQuery(email_query=TextQuery(email_address=text, method=method)),
        UserQuery(user_name_query=TextQuery(user_name=text, method=method)),
        UserQuery(nick_name_query=TextQuery(nick_name=text, method=method)),
        UserQuery(login_name_query=TextQuery(login_name=text, method=method)),
    ]
    return await _any_of(client, queries, limit)


async def _any_of(client: "Client", queries: Iterable[UserQuery], limit: int) -> list[User]:
    any_query = UserQuery(or_query=users.AnyQuery(queries=tuple(queries)))
    page = await client.send(calls.search_users([any_query], limit=limit))
    return list(page.result)


async def _by_ids(client: "Client", ids: Sequence[str]) -> list[User]:
    query = UserQuery(in_user_ids_query=users.IdsQuery(user_ids=tuple(ids)))
    page = await client.send(calls.search_users([query]))
    return list(page.result)


async def _by_login_name(client: "Client", text: str) -> list[User]:
    """Find an exact login name on the instance; empty also when this account may not search there."""
    try:
        return [(await client.send(calls.user_by_login_name(text))).user]
    except (errors.NotFound, errors.NotPermitted, errors.InvalidInput):
        return []


async def _by_phone(client: "Client", text: str, limit: int) -> list[User]:
    """Phones are kept in E.164, so separators are removed; a leading 0 is a national number."""
    number = re.sub(r"[^0-9+]", "", text)
    number = number if number.startswith("+") else number.lstrip("0")
    if not 3 <= len(number) <= _LONGEST_PHONE:
        return []
    found = await client.send(calls.search_phones(number, limit=limit))
    ids = [entry.user_id for entry in found.result]
    return await _by_ids(client, ids) if ids else []


def _merged(groups: Iterable[Iterable[User]]) -> list[User]:
    return list({user.id: user for group in groups for user in group}.values())


@dataclass(frozen=True, slots=True)
class Card:
    """The details of one user; a part that may not be read holds the error instead."""

    user: User | errors.ZitadelError
    memberships: tuple[Membership, ...] | errors.ZitadelError
    history: tuple[HistoryEntry, ...] | errors.ZitadelError
    """Newest first; the latest few."""
    grants: tuple[UserGrant, ...] | errors.ZitadelError = ()
    """Project roles in the addressed organization, by project."""


async def card(client: "Client", user_id: str) -> Card:
    """Read the details of a user, all requests at once; each may be refused separately. Raises connection
    errors."""
    async with together() as reads:
        user_read = reads.create_task(or_refusal(client, calls.user(user_id)))
        memberships_read = reads.create_task(or_refusal(client, calls.user_memberships(user_id)))
        history_read = reads.create_task(or_refusal(client, calls.user_history(user_id, limit=_HISTORY)))
        grants_read = reads.create_task(or_refusal(client, calls.search_user_grants(user_id=user_id)))
    user, memberships, history = user_read.result(), memberships_read.result(), history_read.result()
    grants = grants_read.result()
    return Card(
        user=user if isinstance(user, errors.ZitadelError) else user.user,
        memberships=memberships if isinstance(memberships, errors.ZitadelError) else memberships.result,
        history=history if isinstance(history, errors.ZitadelError) else history.result,
        grants=grants
        if isinstance(grants, errors.ZitadelError)
        else tuple(sorted(grants.result, key=lambda grant: (grant.project_name.casefold(), grant.id))),
    )


async def or_refusal(client: "Client", call: Call[T]) -> T | errors.ZitadelError:
    """Read something about a user. Returns the refusal if this account may not read it, or if it is not
    there."""
    try:
        return await client.send(call)
    except (*errors.NO_ACCESS, errors.NotFound) as error:
        return error
