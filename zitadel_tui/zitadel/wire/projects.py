"""Projects, their roles, and the grants of users (contract §4.4, people-and-projects.md)."""

from zitadel_tui.zitadel.wire.base import Changed, Details, ListDetails, ListQuery, Message

PROJECT_INACTIVE = "PROJECT_STATE_INACTIVE"
GRANT_INACTIVE = "USER_GRANT_STATE_INACTIVE"
EQUALS = "TEXT_QUERY_METHOD_EQUALS"


class Project(Message, frozen=True):
    """A project that the organization owns."""

    id: str
    details: Details = Details()
    name: str = ""
    state: str = ""
    project_role_assertion: bool = False
    project_role_check: bool = False
    has_project_check: bool = False


class ProjectsPage(Message, frozen=True):
    details: ListDetails = ListDetails()
    result: tuple[Project, ...] = ()


class GrantedProject(Message, frozen=True):
    """A project of another organization, and the roles of it that are granted to this one."""

    project_id: str
    grant_id: str = ""
    project_name: str = ""
    project_owner_id: str = ""
    project_owner_name: str = ""
    granted_org_id: str = ""
    granted_org_name: str = ""
    granted_role_keys: tuple[str, ...] = ()
    state: str = ""
    details: Details = Details()


class GrantedProjectsPage(Message, frozen=True):
    details: ListDetails = ListDetails()
    result: tuple[GrantedProject, ...] = ()


class ProjectRole(Message, frozen=True):
    key: str
    details: Details = Details()
    display_name: str = ""
    group: str = ""


class ProjectRolesPage(Message, frozen=True):
    details: ListDetails = ListDetails()
    result: tuple[ProjectRole, ...] = ()


class UserGrant(Message, frozen=True):
    """The roles of one project that a user has in one organization (``org_id``).

    ``granted_org_id`` is the organization that the user belongs to.
    """

    id: str
    details: Details = Details()
    role_keys: tuple[str, ...] = ()
    state: str = ""
    user_id: str = ""
    user_name: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    display_name: str = ""
    preferred_login_name: str = ""
    user_type: str = ""
    avatar_url: str = ""
    org_id: str = ""
    org_name: str = ""
    org_domain: str = ""
    project_id: str = ""
    project_name: str = ""
    project_grant_id: str = ""
    granted_org_id: str = ""
    granted_org_name: str = ""
    granted_org_domain: str = ""

    @property
    def is_active(self) -> bool:
        return self.state != GRANT_INACTIVE

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles without repetition: the server stores a role twice when it is sent twice."""
        return tuple(dict.fromkeys(self.role_keys))


class GrantUserQuery(Message, frozen=True):
    user_id: str


class GrantProjectQuery(Message, frozen=True):
    project_id: str


class GrantRoleQuery(Message, frozen=True):
    role_key: str
    method: str = EQUALS


class WithGrantedQuery(Message, frozen=True):
    """Adds the grants that other organizations made of own projects."""

    with_granted: bool


class UserGrantQuery(Message, frozen=True):
    """One filter; the server ANDs several."""

    user_id_query: GrantUserQuery | None = None
    project_id_query: GrantProjectQuery | None = None
    role_key_query: GrantRoleQuery | None = None
    with_granted_query: WithGrantedQuery | None = None


class SearchUserGrants(Message, frozen=True):
    query: ListQuery = ListQuery()
    queries: tuple[UserGrantQuery, ...] = ()


class UserGrantsPage(Message, frozen=True):
    details: ListDetails = ListDetails()
    result: tuple[UserGrant, ...] = ()


class AddUserGrant(Message, frozen=True):
    """The server finds the project grant itself when the project belongs to another organization."""

    project_id: str
    role_keys: tuple[str, ...]


class AddedUserGrant(Changed, frozen=True):
    user_grant_id: str


class ChangeUserGrant(Message, frozen=True):
    role_keys: tuple[str, ...]
