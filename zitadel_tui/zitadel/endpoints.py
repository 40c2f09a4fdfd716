"""Every endpoint the tool calls, one row each (contract §1, §3, §4). What is not here cannot be sent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``permission`` is what the server asks for; empty where any valid token, or none, will do.

    ``resource`` names what the writes of one kind compete for on the server; empty for reads.
    """

    name: str
    method: str
    path: str
    writes: bool = False
    permission: str = ""
    resource: str = ""

    @property
    def repeatable(self) -> bool:
        """Whether a request whose answer was lost may simply be sent again."""
        return not self.writes


_MANAGEMENT = "/management/v1"

PEOPLE, MEMBERSHIPS = "people", "memberships"
"""Resources: each user is an aggregate of its own, all members of an organization share one."""

DISCOVERY = Endpoint("discovery", "GET", "/.well-known/openid-configuration")
TOKEN = Endpoint("token", "POST", "/oauth/v2/token")

MY_USER = Endpoint("my user", "GET", "/auth/v1/users/me")
MY_PERMISSIONS = Endpoint("my permissions", "POST", "/auth/v1/permissions/zitadel/me/_search")
MY_MEMBERSHIPS = Endpoint("my memberships", "POST", "/auth/v1/memberships/me/_search")
MY_ORGANIZATION = Endpoint("organization", "GET", f"{_MANAGEMENT}/orgs/me", permission="org.read")
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
    resource=PEOPLE,
)
REMOVE_USER = Endpoint(
    "remove user",
    "DELETE",
    f"{_MANAGEMENT}/users/{{user_id}}",
    writes=True,
    permission="user.delete",
    resource=PEOPLE,
)
PASSKEY_LINK = Endpoint(
    "passkey link",
    "POST",
    f"{_MANAGEMENT}/users/{{user_id}}/passwordless/_link",
    writes=True,
    permission="user.credential.write",
    resource=PEOPLE,
)
RESEND_INITIALIZATION = Endpoint(
    "resend initialization mail",
    "POST",
    f"{_MANAGEMENT}/users/{{user_id}}/_resend_initialization",
    writes=True,
    permission="user.write",
    resource=PEOPLE,
)

PASSWORD_COMPLEXITY = Endpoint(
    "password complexity", "GET", f"{_MANAGEMENT}/policies/password/complexity", permission="policy.read"
)
OWN_PASSWORD_COMPLEXITY = Endpoint(
    "password complexity, own", "GET", "/auth/v1/policies/passwords/complexity"
)
LANGUAGES = Endpoint("languages", "GET", f"{_MANAGEMENT}/languages")

TABLE: dict[str, Endpoint] = {row.name: row for row in list(globals().values()) if isinstance(row, Endpoint)}
