"""What the server keeps. Values are replaced, never changed in place: a search may still show the former one.
Times are seconds since 1970.

People and members are Structs: they are made by the hundred thousand."""

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


@dataclass(frozen=True, slots=True)
class ProjectRole:
    key: str
    display: str
    sequence: int
    created: float


@dataclass(slots=True)
class Project:
    id: str
    org: str
    name: str
    created: float
    roles: dict[str, ProjectRole] = field(default_factory=dict)
    role_assertion: bool = False
    role_check: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    id: str
    org: str
    user: str
    project: str
    roles: tuple[str, ...]
    sequence: int
    created: float


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
