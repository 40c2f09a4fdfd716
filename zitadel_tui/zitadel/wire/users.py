"""Users: reading, finding, importing, and their histories (contract §3.1, §4.2)."""

from zitadel_tui.secret import Secret
from zitadel_tui.zitadel.wire.base import Details, ListDetails, ListQuery, Message, Uint64, WrittenDetails

CONTAINS = "TEXT_QUERY_METHOD_CONTAINS"
CONTAINS_IGNORE_CASE = "TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE"
EQUALS_IGNORE_CASE = "TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE"
USER_INACTIVE, USER_LOCKED, USER_INITIAL = "USER_STATE_INACTIVE", "USER_STATE_LOCKED", "USER_STATE_INITIAL"


class Profile(Message, frozen=True):
    first_name: str = ""
    last_name: str = ""
    nick_name: str = ""
    display_name: str = ""
    preferred_language: str = ""
    gender: str = ""


class Email(Message, frozen=True):
    email: str = ""
    is_email_verified: bool = False


class Phone(Message, frozen=True):
    phone: str = ""
    is_phone_verified: bool = False


class Human(Message, frozen=True):
    profile: Profile = Profile()
    email: Email = Email()
    phone: Phone = Phone()
    password_changed: str = ""


class Machine(Message, frozen=True):
    name: str = ""
    description: str = ""
    has_secret: bool = False
    access_token_type: str = ""


class User(Message, frozen=True):
    """A human user or a service account: exactly one of ``human`` and ``machine`` is set."""

    id: str
    details: Details = Details()
    state: str = ""
    user_name: str = ""
    login_names: tuple[str, ...] = ()
    preferred_login_name: str = ""
    human: Human | None = None
    machine: Machine | None = None


class UserAnswer(Message, frozen=True):
    user: User


class TextQuery(Message, frozen=True):
    """The value of any text query; exactly one of the names is set."""

    user_name: str = ""
    display_name: str = ""
    first_name: str = ""
    last_name: str = ""
    nick_name: str = ""
    email_address: str = ""
    login_name: str = ""
    method: str = ""


class IdsQuery(Message, frozen=True):
    user_ids: tuple[str, ...]


class UserQuery(Message, frozen=True):
    """One filter of ``users/_search``: exactly one field is set (contract §4.2)."""

    user_name_query: TextQuery | None = None
    display_name_query: TextQuery | None = None
    first_name_query: TextQuery | None = None
    last_name_query: TextQuery | None = None
    nick_name_query: TextQuery | None = None
    email_query: TextQuery | None = None
    login_name_query: TextQuery | None = None
    in_user_ids_query: IdsQuery | None = None
    or_query: "AnyQuery | None" = None


class AnyQuery(Message, frozen=True):
    queries: tuple[UserQuery, ...]


class SearchUsers(Message, frozen=True):
    query: ListQuery = ListQuery()
    sorting_column: str = ""
    queries: tuple[UserQuery, ...] = ()


class UsersPage(Message, frozen=True):
    details: ListDetails = ListDetails()
    result: tuple[User, ...] = ()


class PhoneQuery(Message, frozen=True):
    number: str
    method: str = ""


class UserQueryV2(Message, frozen=True):
    phone_query: PhoneQuery | None = None


class SearchUsersV2(Message, frozen=True):
    """``users/_search`` of v1 cannot search phones; v2 can (contract §5.4)."""

    query: ListQuery = ListQuery()
    queries: tuple[UserQueryV2, ...] = ()


class UserIdV2(Message, frozen=True):
    user_id: str


class UserIdsPage(Message, frozen=True):
    """Only the ids of v2's users: the users are read in v1's form."""

    result: tuple[UserIdV2, ...] = ()


class EventType(Message, frozen=True):
    key: str = ""
    localized_message: str = ""


class HistoryEntry(Message, frozen=True):
    change_date: str = ""
    event_type: EventType = EventType()
    sequence: Uint64 = ""
    editor_id: str = ""
    editor_display_name: str = ""
    editor_preferred_login_name: str = ""
    resource_owner_id: str = ""


class HistoryQuery(Message, frozen=True):
    sequence: Uint64 = ""
    limit: int = 0
    asc: bool = False


class SearchHistory(Message, frozen=True):
    query: HistoryQuery = HistoryQuery()


class History(Message, frozen=True):
    result: tuple[HistoryEntry, ...] = ()


class HashedPassword(Message, frozen=True):
    value: Secret | None = None


class IdpLink(Message, frozen=True):
    config_id: str = ""
    external_user_id: str = ""
    display_name: str = ""


class ImportHuman(Message, frozen=True):
    """The body of ``users/human/_import``, (contract §3.1)."""

    user_name: str = ""
    profile: Profile = Profile()
    email: Email = Email()
    phone: Phone | None = None
    password: Secret | None = None
    hashed_password: HashedPassword | None = None
    password_change_required: bool = False
    request_passwordless_registration: bool = False
    idps: tuple[IdpLink, ...] = ()


class PasswordlessRegistration(Message, frozen=True):
    """``link`` lets its bearer register a passkey; ``lifetime`` is a duration such as ``3600s``."""

    link: Secret | None = None
    lifetime: str = ""
    expiration: str = ""


class ImportedHuman(Message, frozen=True):
    user_id: str
    details: WrittenDetails
    passwordless_registration: PasswordlessRegistration | None = None


class PasskeyLink(Message, frozen=True):
    """As :class:`PasswordlessRegistration`; ``expiration`` is a duration such as ``3600s``."""

    details: WrittenDetails
    link: Secret
    expiration: str = ""


class Credential(Message, frozen=True):
    """A key or an access token of a service account; ``expiration_date`` is RFC 3339."""

    id: str
    details: Details = Details()
    expiration_date: str = ""


class Credentials(Message, frozen=True):
    details: ListDetails = ListDetails()
    result: tuple[Credential, ...] = ()
