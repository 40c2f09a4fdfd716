"""The data of the server. Values are replaced, never changed in place: a search may still show the old one.
Times are seconds since 1970.

Users and members are Structs, because there are hundreds of thousands.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

_ID_EPOCH = 1_556_668_800  # ids count units of 10 ms from here, as the real ones do
ACTIVE, INACTIVE, LOCKED, INITIAL = 1, 2, 4, 6  # zitadel.user.v1.UserState
HUMAN, MACHINE = 1, 2  # zitadel.user.v1.Type


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an aggregate's history; `read` ones move the sequence that reading it shows."""

    sequence: int
    type: str
    at: float
    editor: str
    read: bool = True


class User(msgspec.Struct, frozen=True, gc=False):
    id: str
    org: str
    user_name: str
    type: int
    state: int
    created: float
    changed: float
    sequence: int = 1
    first: str = ""
    last: str = ""
    nick: str = ""
    display: str = ""
    language: str = ""
    gender: int = 0
    email: str = ""
    email_verified: bool = False
    phone: str = ""
    phone_verified: bool = False
    password_changed: float = 0.0
    password_change_required: bool = False
    avatar: str = ""
    name: str = ""
    description: str = ""
    token_type: int = 0
    login_suffix: str = ""
    """What the organization adds to the user name (domain policy), with the ``@``."""

    @property
    def login_name(self) -> str:
        return self.user_name + self.login_suffix

    @property
    def shown_name(self) -> str:
        return self.display if self.type == HUMAN else self.name


class Member(msgspec.Struct, frozen=True, gc=False):
    user: str
    roles: tuple[str, ...]
    sequence: int
    created: float
    changed: float


@dataclass(frozen=True, slots=True)
class Org:
    id: str
    name: str
    domain: str
    created: float
    changed: float
    sequence: int = 4
    active: bool = True
    login_must_be_domain: bool = False
    """The domain policy ``userLoginMustBeDomain``: login names end in the domain, and user names are unique
    in the organization instead of in the instance."""


@dataclass(frozen=True, slots=True)
class ProjectRole:
    key: str
    display: str
    sequence: int
    created: float
    group: str = ""


@dataclass(frozen=True, slots=True)
class ProjectGrant:
    """A project with some of its roles, granted to another organization."""

    id: str
    org: str
    roles: tuple[str, ...]
    sequence: int
    created: float
    changed: float


@dataclass(slots=True)
class Project:
    id: str
    org: str
    name: str
    created: float
    roles: dict[str, ProjectRole] = field(default_factory=dict)
    role_assertion: bool = False
    role_check: bool = False
    active: bool = True
    sequence: int = 1
    changed: float = 0.0
    grants: dict[str, ProjectGrant] = field(default_factory=dict)
    """By id: to which organizations it is granted."""

    def granted_to(self, org: str) -> ProjectGrant | None:
        return next((grant for grant in self.grants.values() if grant.org == org), None)

    def roles_for(self, org: str) -> tuple[str, ...] | None:
        """The roles that users can have of it in ``org``; None where it is neither its own nor granted."""
        if org == self.org:
            return tuple(self.roles)
        grant = self.granted_to(org)
        return grant.roles if grant else None


@dataclass(frozen=True, slots=True)
class Grant:
    """The roles of a project that a user has in an organization."""

    id: str
    org: str
    user: str
    project: str
    roles: tuple[str, ...]
    sequence: int
    created: float
    changed: float
    project_grant: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class MachineKey:
    id: str
    user: str
    public_pem: bytes
    expires: float
    created: float
    sequence: int


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token. A personal access token (`pat` = its id) needs no audience."""

    user: str
    expires: float
    api: bool
    scopes: tuple[str, ...] = ()
    pat: str = ""
    created: float = 0.0
    sequence: int = 0


class Ids:
    """Ascending decimal ids of 18 digits, made from the time like the server's."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = 0

    @staticmethod
    def at(time: float) -> int:
        return (int((time - _ID_EPOCH) * 100) << 24) | 0x1A26

    def next(self) -> str:
        self._last = max(self._last + 65536, self.at(self._clock()))
        return str(self._last)


def stamp(time: float) -> str:
    """RFC 3339 in UTC with microseconds."""
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="microseconds")[:26] + "Z"
