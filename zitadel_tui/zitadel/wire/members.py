"""Members of an organization or of the instance, and their roles (contract §3.2–3.4, §4.1)."""

from collections.abc import Iterable

from msgspec.structs import force_setattr

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


class Sharing:
    """Lets members share equal strings, which saves a third of the memory."""

    def __init__(self) -> None:
        self._strings: dict[str, str] = {}
        self._roles: dict[tuple[str, ...], tuple[str, ...]] = {}

    def share(self, members: Iterable[Member]) -> None:
        """Return the member with shared strings; it stays equal."""
        string, roles = self._strings.setdefault, self._roles.setdefault
        for member in members:
            details = member.details
            if details.change_date == details.creation_date:
                force_setattr(details, "change_date", details.creation_date)
            if member.email == member.preferred_login_name:
                force_setattr(member, "email", member.preferred_login_name)
            force_setattr(details, "resource_owner", string(details.resource_owner, details.resource_owner))
            force_setattr(member, "roles", roles(member.roles, member.roles))
            for name in ("user_type", "user_resource_owner", "first_name", "last_name"):
                value = getattr(member, name)
                force_setattr(member, name, string(value, value))


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


class MembershipsPage(Message, frozen=True):
    details: ListDetails = ListDetails()
    result: tuple[Membership, ...] = ()


class PermissionsAnswer(Message, frozen=True):
    result: tuple[str, ...] = ()
