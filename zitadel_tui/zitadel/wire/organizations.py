"""Organizations, the instance, policies and languages (contract §1.6, §4.5)."""

from zitadel_tui.zitadel.wire.base import Details, ListDetails, ListQuery, Message, Uint64

EQUALS_IGNORE_CASE = "TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE"
INACTIVE = frozenset({"ORG_STATE_INACTIVE", "ORGANIZATION_STATE_INACTIVE"})


class Organization(Message, frozen=True):
    """``details.sequence`` moves with every write to a member: a cheap way to detect changes."""

    id: str
    details: Details = Details()
    state: str = ""
    name: str = ""
    primary_domain: str = ""


class OrganizationAnswer(Message, frozen=True):
    org: Organization


class NameQuery(Message, frozen=True):
    name: str
    method: str


class DomainQuery(Message, frozen=True):
    domain: str
    method: str


class IdQuery(Message, frozen=True):
    id: str


class OrganizationQuery(Message, frozen=True):
    """Exactly one of them is set."""

    name_query: NameQuery | None = None
    domain_query: DomainQuery | None = None
    id_query: IdQuery | None = None


class SearchOrganizations(Message, frozen=True):
    query: ListQuery = ListQuery()
    sorting_column: str = ""
    queries: tuple[OrganizationQuery, ...] = ()


class OrganizationsPage(Message, frozen=True):
    """Filtered by ``org.read`` after paging: a page may hold fewer than it was asked for, or none, while
    ``details.total_result`` counts what is hidden, too (contract §5.4)."""

    details: ListDetails = ListDetails()
    result: tuple[Organization, ...] = ()


class Instance(Message, frozen=True):
    global_org_id: str = ""
    iam_project_id: str = ""
    default_org_id: str = ""


class PasswordComplexity(Message, frozen=True):
    """``minLength`` counts bytes and is a string on the wire; a rule that is off is absent."""

    min_length: Uint64 = ""
    has_lowercase: bool = False
    has_uppercase: bool = False
    has_number: bool = False
    has_symbol: bool = False

    @property
    def length(self) -> int:
        return int(self.min_length or 0)


class PasswordComplexityAnswer(Message, frozen=True):
    policy: PasswordComplexity


class DomainPolicy(Message, frozen=True):
    """``user_login_must_be_domain``: login names are user names with the organization's domain added, and
    user names are unique in the organization instead of in the instance (contract §3.1, §4.2).
    ``is_default``: the organization has none of its own."""

    user_login_must_be_domain: bool = False
    is_default: bool = False


class DomainPolicyAnswer(Message, frozen=True):
    policy: DomainPolicy


class Languages(Message, frozen=True):
    languages: tuple[str, ...] = ()
