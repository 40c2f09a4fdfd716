"""One function per endpoint: typed in, a :class:`Call` out.

A call is a value: :class:`~zitadel_tui.zitadel.client.Client` sends it, :func:`curl` shows it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from zitadel_tui.text import quoted
from zitadel_tui.zitadel import endpoints
from zitadel_tui.zitadel.endpoints import Endpoint
from zitadel_tui.zitadel.wire import members, organizations, policies, users
from zitadel_tui.zitadel.wire.base import Changed, ListQuery, encode_masked

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Call(Generic[T_co]):
    """A request and the type of its answer; ``path`` fills the endpoint's ``{names}``."""

    endpoint: Endpoint
    answer: type[T_co]
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: msgspec.Struct | None = None

    @property
    def target(self) -> str:
        """Path and query, escaped: no value, not even ``..``, leads to another path."""
        path = self.endpoint.path.format_map(
            {name: quote(value, safe="").replace(".", "%2E") for name, value in self.path.items()}
        )
        return f"{path}?{urlencode(self.query)}" if self.query else path


def curl(call: Call[Any], *, origin: str, org_id: str = "", flags: Iterable[str] = ()) -> str:
    """The call as a curl command: the token is ``$ZITADEL_PAT``, every other secret is replaced."""
    lines = [" ".join(["curl", *flags, "-X", call.endpoint.method, quoted(origin + call.target)])]
    lines.append('-H "Authorization: Bearer $ZITADEL_PAT"')
    if org_id:
        lines.append(f"-H {quoted(f'x-zitadel-orgid: {org_id}')}")
    if call.body is not None:
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"--data-raw {quoted(_printable(encode_masked(call.body).decode()))}")
    return " \\\n  ".join(lines)


def _printable(body: str) -> str:
    """The same JSON without characters that a terminal would act on, or not show as they are."""
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in body)


def _page(offset: int, limit: int) -> ListQuery:
    return ListQuery(offset=str(offset) if offset else "", limit=limit, asc=True)


def my_user() -> Call[users.UserAnswer]:
    return Call(endpoints.MY_USER, users.UserAnswer)


def my_permissions() -> Call[members.PermissionsAnswer]:
    return Call(endpoints.MY_PERMISSIONS, members.PermissionsAnswer)


def my_memberships() -> Call[members.MembershipsPage]:
    return Call(endpoints.MY_MEMBERSHIPS, members.MembershipsPage, body=members.SearchMemberships())


def my_organization() -> Call[organizations.OrganizationAnswer]:
    return Call(endpoints.MY_ORGANIZATION, organizations.OrganizationAnswer)


def _history(limit: int, after: int, ascending: bool) -> users.SearchHistory:
    """Newest first, or oldest first; ``after`` is an event number, ``limit`` 0 is all (contract §4.2)."""
    sequence = str(after) if after else ""
    return users.SearchHistory(query=users.HistoryQuery(sequence=sequence, limit=limit, asc=ascending))


def organization_history(*, limit: int, after: int = 0, ascending: bool = False) -> Call[users.History]:
    """What was done to members too, though not to which."""
    return Call(endpoints.ORGANIZATION_CHANGES, users.History, body=_history(limit, after, ascending))


def instance() -> Call[organizations.Instance]:
    return Call(endpoints.INSTANCE, organizations.Instance)


def member_roles() -> Call[members.RoleKeys]:
    return Call(endpoints.MEMBER_ROLES, members.RoleKeys)


def search_members(*, offset: int = 0, limit: int = 0, user_id: str = "") -> Call[members.MembersPage]:
    """Members of the addressed organization; ``limit`` 0 is all of them, the order is not promised."""
    queries = (members.MemberQuery(user_id_query=members.UserIdQuery(user_id=user_id)),) if user_id else ()
    body = members.SearchMembers(query=_page(offset, limit), queries=queries)
    return Call(endpoints.MEMBERS, members.MembersPage, body=body)


def search_instance_members() -> Call[members.MembersPage]:
    return Call(endpoints.INSTANCE_MEMBERS, members.MembersPage, body=members.SearchMembers())


def add_member(user_id: str, roles: Iterable[str]) -> Call[Changed]:
    body = members.AddMember(user_id=user_id, roles=tuple(roles))
    return Call(endpoints.ADD_MEMBER, Changed, body=body)


def change_member(user_id: str, roles: Iterable[str]) -> Call[Changed]:
    """Replaces the whole list of roles."""
    body = members.ChangeMember(roles=tuple(roles))
    return Call(endpoints.CHANGE_MEMBER, Changed, path={"user_id": user_id}, body=body)


def remove_member(user_id: str) -> Call[Changed]:
    """Done as well when there is no such member."""
    return Call(endpoints.REMOVE_MEMBER, Changed, path={"user_id": user_id})


def search_users(
    queries: Iterable[users.UserQuery], *, limit: int = 0, offset: int = 0
) -> Call[users.UsersPage]:
    """Users of the addressed organization; several queries are ANDed."""
    body = users.SearchUsers(query=_page(offset, limit), queries=tuple(queries))
    return Call(endpoints.USERS, users.UsersPage, body=body)


def search_phones(number: str, *, limit: int) -> Call[users.UserIdsPage]:
    """Ids of users, of any organization this account may read, whose phone contains ``number`` (E.164)."""
    query = users.UserQueryV2(phone_query=users.PhoneQuery(number=number, method=users.CONTAINS))
    body = users.SearchUsersV2(query=_page(0, limit), queries=(query,))
    return Call(endpoints.USERS_V2, users.UserIdsPage, body=body)


def user(user_id: str) -> Call[users.UserAnswer]:
    return Call(endpoints.USER, users.UserAnswer, path={"user_id": user_id})


def user_by_login_name(login_name: str) -> Call[users.UserAnswer]:
    """Looks in every organization of the instance; the name is compared exactly."""
    return Call(endpoints.USER_BY_LOGIN_NAME, users.UserAnswer, query={"loginName": login_name})


def user_memberships(user_id: str) -> Call[members.MembershipsPage]:
    return Call(
        endpoints.USER_MEMBERSHIPS,
        members.MembershipsPage,
        path={"user_id": user_id},
        body=members.SearchMemberships(),
    )


def user_history(user_id: str, *, limit: int, after: int = 0, ascending: bool = False) -> Call[users.History]:
    body = _history(limit, after, ascending)
    return Call(endpoints.USER_CHANGES, users.History, path={"user_id": user_id}, body=body)


def import_human(body: users.ImportHuman) -> Call[users.ImportedHuman]:
    return Call(endpoints.IMPORT_HUMAN, users.ImportedHuman, body=body)


def remove_user(user_id: str) -> Call[Changed]:
    return Call(endpoints.REMOVE_USER, Changed, path={"user_id": user_id})


def passkey_link(user_id: str) -> Call[users.PasskeyLink]:
    """A new link with which this user signs up for a passkey."""
    return Call(endpoints.PASSKEY_LINK, users.PasskeyLink, path={"user_id": user_id})


def resend_initialization(user_id: str) -> Call[Changed]:
    """The mail that an initial user finishes the registration with, once more."""
    return Call(endpoints.RESEND_INITIALIZATION, Changed, path={"user_id": user_id})


def password_complexity() -> Call[policies.PasswordComplexityAnswer]:
    return Call(endpoints.PASSWORD_COMPLEXITY, policies.PasswordComplexityAnswer)


def own_password_complexity() -> Call[policies.PasswordComplexityAnswer]:
    """Of the account's own organization, whatever its roles."""
    return Call(endpoints.OWN_PASSWORD_COMPLEXITY, policies.PasswordComplexityAnswer)


def languages() -> Call[policies.Languages]:
    """All that the server speaks."""
    return Call(endpoints.LANGUAGES, policies.Languages)
