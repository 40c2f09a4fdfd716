"""Members of an organization or of the instance, and their roles (contract §3.2–3.4, §4.1)."""

from zitadel_tui.zitadel.wire.base import Details, ListDetails, ListQuery, Message

HUMAN = "TYPE_HUMAN"
MACHINE = "TYPE_MACHINE"


class Member(Message, frozen=True):
    """One membership. ``roles`` keep the stored order; names and email are empty for service accounts."""

    user_id: str
    details: Details = Details()
    roles: tuple[str, ...] = ()
    preferred_login_name: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    display_name: str = ""
    avatar_url: str = ""
    user_type: str = ""
    user_resource_owner: str = ""


class UserIdQuery(Message, frozen=True):
    user_id: str


class MemberQuery(Message, frozen=True):
    """One filter; the server ANDs several."""

    user_id_query: UserIdQuery | None = None


class SearchMembers(Message, frozen=True):
    query: ListQuery = ListQuery()
    queries: tuple[MemberQuery, ...] = ()


class MembersPage(Message, frozen=True):
    details: ListDetails = ListDetails()
    result: tuple[Member, ...] = ()


class RoleKeys(Message, frozen=True):
    result: tuple[str, ...] = ()


class AddMember(Message, frozen=True):
    user_id: str
    roles: tuple[str, ...]


class ChangeMember(Message, frozen=True):
    roles: tuple[str, ...]


class Membership(Message, frozen=True):
    """One of a user's memberships: exactly one of the four levels is set."""

    user_id: str = ""
    details: Details = Details()
    roles: tuple[str, ...] = ()
    display_name: str = ""
    iam: bool = False
    org_id: str = ""
    project_id: str = ""
    project_grant_id: str = ""


class SearchMemberships(Message, frozen=True):
    query: ListQuery = ListQuery()


class MembershipsPage(Message, frozen=True):
    details: ListDetails = ListDetails()
    result: tuple[Membership, ...] = ()


class PermissionsAnswer(Message, frozen=True):
    result: tuple[str, ...] = ()
