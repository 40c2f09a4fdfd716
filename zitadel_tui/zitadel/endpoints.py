"""Every endpoint the tool calls, one row each (contract §1, §3, §4). Only these can be called."""

from typing import NamedTuple


class Endpoint(NamedTuple):
    """``permission`` is what the server asks for; empty when any valid token, or none, is enough.

    ``resource`` names what writes contend for on the server; empty for reads.
    """

    name: str
    method: str
    path: str
    writes: bool = False
    permission: str = ""
    resource: str = ""

    @property
    def repeatable(self) -> bool:
        """Whether the request may be sent again when its answer was lost."""
        return not self.writes


_MANAGEMENT = "/management/v1"

USER_AGGREGATES, MEMBERSHIPS = "users", "memberships"
"""Resources: each user is an aggregate of its own, all members of an organization share one."""

DISCOVERY = Endpoint("discovery", "GET", "/.well-known/openid-configuration")
TOKEN = Endpoint("token", "POST", "/oauth/v2/token")

MY_USER = Endpoint("my user", "GET", "/auth/v1/users/me")
MY_PERMISSIONS = Endpoint("my permissions", "POST", "/auth/v1/permissions/zitadel/me/_search")
MY_MEMBERSHIPS = Endpoint("my memberships", "POST", "/auth/v1/memberships/me/_search")
MY_ORGANIZATION = Endpoint("organization", "GET", f"{_MANAGEMENT}/orgs/me", permission="org.read")
ORGANIZATIONS = Endpoint("organizations", "POST", "/v2/organizations/_search")
ORGANIZATION_CHANGES = Endpoint(
    "changes of the organization", "POST", f"{_MANAGEMENT}/orgs/me/changes/_search", permission="org.read"
)
INSTANCE = Endpoint("instance", "GET", f"{_MANAGEMENT}/iam")

MEMBER_ROLES = Endpoint(
    "member roles", "POST", f"{_MANAGEMENT}/orgs/members/roles/_search", permission="org.member.read"
)
MEMBERS = Endpoint("members", "POST", f"{_MANAGEMENT}/orgs/me/members/_search", permission="org.member.read")
ADD_MEMBER = Endpoint(
    "add member",
    "POST",
    f"{_MANAGEMENT}/orgs/me/members",
    writes=True,
    permission="org.member.write",
    resource=MEMBERSHIPS,
)
CHANGE_MEMBER = Endpoint(
    "change member",
    "PUT",
    f"{_MANAGEMENT}/orgs/me/members/{{user_id}}",
    writes=True,
    permission="org.member.write",
    resource=MEMBERSHIPS,
)
REMOVE_MEMBER = Endpoint(
    "remove member",
    "DELETE",
    f"{_MANAGEMENT}/orgs/me/members/{{user_id}}",
    writes=True,
    permission="org.member.delete",
    resource=MEMBERSHIPS,
)
INSTANCE_MEMBERS = Endpoint(
    "instance members", "POST", "/admin/v1/members/_search", permission="iam.member.read"
)

USERS = Endpoint("users", "POST", f"{_MANAGEMENT}/users/_search", permission="user.read")
USER = Endpoint("user", "GET", f"{_MANAGEMENT}/users/{{user_id}}", permission="user.read")
USER_BY_LOGIN_NAME = Endpoint(
    "user by login name",
    "GET",
    f"{_MANAGEMENT}/global/users/_by_login_name",
    permission="user.global.read",
)
USER_MEMBERSHIPS = Endpoint(
    "memberships of a user",
    "POST",
    f"{_MANAGEMENT}/users/{{user_id}}/memberships/_search",
    permission="user.membership.read",
)
USER_CHANGES = Endpoint(
    "changes of a user",
    "POST",
    f"{_MANAGEMENT}/users/{{user_id}}/changes/_search",
    permission="user.read",
)
USERS_V2 = Endpoint("users, v2", "POST", "/v2/users", permission="user.read")
IMPORT_HUMAN = Endpoint(
    "import human",
    "POST",
    f"{_MANAGEMENT}/users/human/_import",
    writes=True,
    permission="user.write",
    resource=USER_AGGREGATES,
)
DEACTIVATE_USER = Endpoint(
    "deactivate user",
    "POST",
    f"{_MANAGEMENT}/users/{{user_id}}/_deactivate",
    writes=True,
    permission="user.write",
    resource=USER_AGGREGATES,
)
REACTIVATE_USER = Endpoint(
    "reactivate user",
    "POST",
    f"{_MANAGEMENT}/users/{{user_id}}/_reactivate",
    writes=True,
    permission="user.write",
    resource=USER_AGGREGATES,
)
REMOVE_USER = Endpoint(
    "remove user",
    "DELETE",
    f"{_MANAGEMENT}/users/{{user_id}}",
    writes=True,
    permission="user.delete",
    resource=USER_AGGREGATES,
)
USER_KEYS = Endpoint(
    "keys of a service account",
    "POST",
    f"{_MANAGEMENT}/users/{{user_id}}/keys/_search",
    permission="user.read",
)
USER_TOKENS = Endpoint(
    "access tokens of a service account",
    "POST",
    f"{_MANAGEMENT}/users/{{user_id}}/pats/_search",
    permission="user.read",
)
PASSKEY_LINK = Endpoint(
    "passkey link",
    "POST",
    f"{_MANAGEMENT}/users/{{user_id}}/passwordless/_link",
    writes=True,
    permission="user.credential.write",
    resource=USER_AGGREGATES,
)
RESEND_INITIALIZATION = Endpoint(
    "resend initialization mail",
    "POST",
    f"{_MANAGEMENT}/users/{{user_id}}/_resend_initialization",
    writes=True,
    permission="user.write",
    resource=USER_AGGREGATES,
)

PROJECTS = Endpoint("projects", "POST", f"{_MANAGEMENT}/projects/_search", permission="project.read")
GRANTED_PROJECTS = Endpoint(
    "granted projects", "POST", f"{_MANAGEMENT}/granted_projects/_search", permission="project.read"
)
PROJECT_ROLES = Endpoint(
    "project roles",
    "POST",
    f"{_MANAGEMENT}/projects/{{project_id}}/roles/_search",
    permission="project.role.read",
)
USER_GRANTS = Endpoint(
    "project roles of users", "POST", f"{_MANAGEMENT}/users/grants/_search", permission="user.grant.read"
)
ADD_USER_GRANT = Endpoint(
    "add project roles",
    "POST",
    f"{_MANAGEMENT}/users/{{user_id}}/grants",
    writes=True,
    permission="user.grant.write",
    resource=USER_AGGREGATES,
)
CHANGE_USER_GRANT = Endpoint(
    "change project roles",
    "PUT",
    f"{_MANAGEMENT}/users/{{user_id}}/grants/{{grant_id}}",
    writes=True,
    permission="user.grant.write",
    resource=USER_AGGREGATES,
)
REMOVE_USER_GRANT = Endpoint(
    "remove project roles",
    "DELETE",
    f"{_MANAGEMENT}/users/{{user_id}}/grants/{{grant_id}}",
    writes=True,
    permission="user.grant.delete",
    resource=USER_AGGREGATES,
)

PASSWORD_COMPLEXITY = Endpoint(
    "password complexity", "GET", f"{_MANAGEMENT}/policies/password/complexity", permission="policy.read"
)
OWN_PASSWORD_COMPLEXITY = Endpoint(
    "password complexity, own", "GET", "/auth/v1/policies/passwords/complexity"
)
DOMAIN_POLICY = Endpoint("domain policy", "GET", f"{_MANAGEMENT}/policies/domain")
LANGUAGES = Endpoint("languages", "GET", f"{_MANAGEMENT}/languages")

TABLE: dict[str, Endpoint] = {row.name: row for row in list(globals().values()) if isinstance(row, Endpoint)}
