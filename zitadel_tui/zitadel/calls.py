"""One function for each endpoint, which returns a typed :class:`Call`.

A call is a value: :class:`~zitadel_tui.zitadel.client.Client` sends it, :func:`curl` shows it.
"""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from zitadel_tui.text import quoted
from zitadel_tui.zitadel import endpoints
from zitadel_tui.zitadel.endpoints import Endpoint
from zitadel_tui.zitadel.wire import members, organizations, projects, users
from zitadel_tui.zitadel.wire.base import Changed, ListQuery, Search, encode_masked

T_co = TypeVar("T_co", covariant=True)

_NONE: Mapping[str, str] = MappingProxyType({})


class Call(NamedTuple, Generic[T_co]):
    """A request and the type of its answer; ``path`` fills the endpoint's ``{names}``."""

    endpoint: Endpoint
    answer: type[T_co]
    path: Mapping[str, str] = _NONE
    query: Mapping[str, str] = _NONE
    body: msgspec.Struct | None = None

    @property
    def target(self) -> str:
        """Path and query, escaped, so that no value, not even ``..``, changes the path."""
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
    """The same JSON, without characters that a terminal would interpret or not display."""
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in body)


def _page(offset: int, limit: int) -> ListQuery:
    return ListQuery(offset=str(offset) if offset else "", limit=limit, asc=True)


def _everything() -> Search:
    """The whole list, in ascending order."""
    return Search(query=_page(0, 0))


def my_user() -> Call[users.UserAnswer]:
    return Call(endpoints.MY_USER, users.UserAnswer)


def my_permissions() -> Call[members.PermissionsAnswer]:
    return Call(endpoints.MY_PERMISSIONS, members.PermissionsAnswer)


def my_memberships() -> Call[members.MembershipsPage]:
    return Call(endpoints.MY_MEMBERSHIPS, members.MembershipsPage, body=Search())


def my_organization() -> Call[organizations.OrganizationAnswer]:
    return Call(endpoints.MY_ORGANIZATION, organizations.OrganizationAnswer)


def search_organizations(
    queries: Iterable[organizations.OrganizationQuery] = (), *, offset: int = 0, limit: int = 0
) -> Call[organizations.OrganizationsPage]:
    """Organizations of the instance that the account may read, by name; the page counts those it may not
    read, too. ``limit`` 0 is all of them."""
    body = organizations.SearchOrganizations(
        query=_page(offset, limit),
        sorting_column="ORGANIZATION_FIELD_NAME_NAME",
        queries=tuple(queries),
    )
    return Call(endpoints.ORGANIZATIONS, organizations.OrganizationsPage, body=body)


def _history(limit: int, after: int, ascending: bool) -> users.SearchHistory:
    """A request for a history, newest or oldest first; ``after`` is an event number, ``limit`` 0 is all
    (contract §4.2)."""
    sequence = str(after) if after else ""
    return users.SearchHistory(query=users.HistoryQuery(sequence=sequence, limit=limit, asc=ascending))


def organization_history(*, limit: int, after: int = 0, ascending: bool = False) -> Call[users.History]:
    """Also contains changes to members, but not which member."""
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
    """Succeeds also when there is no such member."""
    return Call(endpoints.REMOVE_MEMBER, Changed, path={"user_id": user_id})


def search_users(
    queries: Iterable[users.UserQuery], *, limit: int = 0, offset: int = 0, sorted_by: str = ""
) -> Call[users.UsersPage]:
    """Users of the addressed organization; several queries are ANDed. ``sorted_by`` is a column such as
    ``USER_FIELD_NAME_USER_NAME``."""
    body = users.SearchUsers(query=_page(offset, limit), sorting_column=sorted_by, queries=tuple(queries))
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
        body=Search(),
    )


def user_history(user_id: str, *, limit: int, after: int = 0, ascending: bool = False) -> Call[users.History]:
    body = _history(limit, after, ascending)
    return Call(endpoints.USER_CHANGES, users.History, path={"user_id": user_id}, body=body)


def import_human(body: users.ImportHuman) -> Call[users.ImportedHuman]:
    return Call(endpoints.IMPORT_HUMAN, users.ImportedHuman, body=body)


def deactivate_user(user_id: str) -> Call[Changed]:
    """Refused for an initial user, and for one who is inactive (contract §4.3)."""
    return Call(endpoints.DEACTIVATE_USER, Changed, path={"user_id": user_id})


def reactivate_user(user_id: str) -> Call[Changed]:
    """Refused for a user who is not inactive; one who was locked before is active then."""
    return Call(endpoints.REACTIVATE_USER, Changed, path={"user_id": user_id})


def remove_user(user_id: str) -> Call[Changed]:
    return Call(endpoints.REMOVE_USER, Changed, path={"user_id": user_id})


def user_keys(user_id: str) -> Call[users.Credentials]:
    return Call(endpoints.USER_KEYS, users.Credentials, path={"user_id": user_id}, body=Search())


def user_tokens(user_id: str) -> Call[users.Credentials]:
    """Personal access tokens, without the tokens themselves."""
    return Call(endpoints.USER_TOKENS, users.Credentials, path={"user_id": user_id}, body=Search())


def passkey_link(user_id: str) -> Call[users.PasskeyLink]:
    """Create a new link with which this user registers a passkey."""
    return Call(endpoints.PASSKEY_LINK, users.PasskeyLink, path={"user_id": user_id})


def resend_initialization(user_id: str) -> Call[Changed]:
    """Send the mail again with which an initial user completes the registration."""
    return Call(endpoints.RESEND_INITIALIZATION, Changed, path={"user_id": user_id})


def search_projects() -> Call[projects.ProjectsPage]:
    """Projects that the addressed organization owns."""
    return Call(endpoints.PROJECTS, projects.ProjectsPage, body=_everything())


def search_granted_projects() -> Call[projects.GrantedProjectsPage]:
    """Projects of others that are granted to the addressed organization."""
    return Call(endpoints.GRANTED_PROJECTS, projects.GrantedProjectsPage, body=_everything())


def search_project_roles(project_id: str) -> Call[projects.ProjectRolesPage]:
    """Roles of a project, sorted by key; empty also when there is no such project."""
    path = {"project_id": project_id}
    return Call(endpoints.PROJECT_ROLES, projects.ProjectRolesPage, path=path, body=_everything())


def search_user_grants(
    *,
    user_id: str = "",
    project_id: str = "",
    role_key: str = "",
    with_granted: bool = False,
    offset: int = 0,
    limit: int = 0,
) -> Call[projects.UserGrantsPage]:
    """Grants in the addressed organization: of a user, of a project, with exactly this role; with
    ``with_granted`` also those that other organizations made of its projects."""
    queries = (
        projects.UserGrantQuery(user_id_query=projects.GrantUserQuery(user_id=user_id)) if user_id else None,
        projects.UserGrantQuery(project_id_query=projects.GrantProjectQuery(project_id=project_id))
        if project_id
        else None,
        projects.UserGrantQuery(role_key_query=projects.GrantRoleQuery(role_key=role_key))
        if role_key
        else None,
        projects.UserGrantQuery(with_granted_query=projects.WithGrantedQuery(with_granted=True))
        if with_granted
        else None,
    )
    body = projects.SearchUserGrants(query=_page(offset, limit), queries=tuple(filter(None, queries)))
    return Call(endpoints.USER_GRANTS, projects.UserGrantsPage, body=body)


def add_user_grant(user_id: str, project_id: str, roles: Iterable[str]) -> Call[projects.AddedUserGrant]:
    """Rejected when the user already has a grant of this project in the addressed organization."""
    body = projects.AddUserGrant(project_id=project_id, role_keys=tuple(roles))
    return Call(endpoints.ADD_USER_GRANT, projects.AddedUserGrant, path={"user_id": user_id}, body=body)


def change_user_grant(user_id: str, grant_id: str, roles: Iterable[str]) -> Call[Changed]:
    """Replaces the whole list; rejected when it is the same."""
    path = {"user_id": user_id, "grant_id": grant_id}
    body = projects.ChangeUserGrant(role_keys=tuple(roles))
    return Call(endpoints.CHANGE_USER_GRANT, Changed, path=path, body=body)


def remove_user_grant(user_id: str, grant_id: str) -> Call[Changed]:
    """Rejected when there is none."""
    path = {"user_id": user_id, "grant_id": grant_id}
    return Call(endpoints.REMOVE_USER_GRANT, Changed, path=path)


def password_complexity() -> Call[organizations.PasswordComplexityAnswer]:
    return Call(endpoints.PASSWORD_COMPLEXITY, organizations.PasswordComplexityAnswer)


def own_password_complexity() -> Call[organizations.PasswordComplexityAnswer]:
    """The policy of the account's own organization, readable with any role."""
    return Call(endpoints.OWN_PASSWORD_COMPLEXITY, organizations.PasswordComplexityAnswer)


def domain_policy() -> Call[organizations.DomainPolicyAnswer]:
    return Call(endpoints.DOMAIN_POLICY, organizations.DomainPolicyAnswer)


def languages() -> Call[organizations.Languages]:
    """All languages of the server."""
    return Call(endpoints.LANGUAGES, organizations.Languages)
