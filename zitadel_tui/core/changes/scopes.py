"""The levels at which users are members. Each has its own calls; the changes are the same."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from zitadel_tui.zitadel import calls
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.wire.base import Changed
from zitadel_tui.zitadel.wire.members import MembersPage
from zitadel_tui.zitadel.wire.users import History


class Scope(Protocol):
    """One organization, the instance, one project or one project grant; a value.

    Has its calls for memberships, the events that these cause, and the role that may do everything there."""

    owner_role: str
    event: str
    """How the keys of its events go on after ``EventTypes.``; then come ``.added``, ``.changed`` …"""

    def list_all(self) -> Call[MembersPage]: ...

    def find(self, user_id: str) -> Call[MembersPage]: ...

    def add(self, user_id: str, roles: Iterable[str]) -> Call[Changed]: ...

    def change(self, user_id: str, roles: Iterable[str]) -> Call[Changed]: ...

    def remove(self, user_id: str) -> Call[Changed]: ...

    def history(self, *, limit: int, after: int = 0, ascending: bool = False) -> Call[History]: ...

    def to_data(self) -> dict[str, str]:
        """The data for records: ``level`` and ids."""
        ...


@dataclass(frozen=True, slots=True)
class Organization:
    """The organization that the session addresses."""

    owner_role = "ORG_OWNER"
    event = "org.member"

    def list_all(self) -> Call[MembersPage]:
        return calls.search_members()

    def find(self, user_id: str) -> Call[MembersPage]:
        return calls.search_members(user_id=user_id)

    def add(self, user_id: str, roles: Iterable[str]) -> Call[Changed]:
        return calls.add_member(user_id, roles)

    def change(self, user_id: str, roles: Iterable[str]) -> Call[Changed]:
        return calls.change_member(user_id, roles)

    def remove(self, user_id: str) -> Call[Changed]:
        return calls.remove_member(user_id)

    def history(self, *, limit: int, after: int = 0, ascending: bool = False) -> Call[History]:
        return calls.organization_history(limit=limit, after=after, ascending=ascending)

    def to_data(self) -> dict[str, str]:
        return {"level": "organization"}


ORGANIZATION = Organization()
_LEVELS: dict[str, Callable[[Mapping[str, Any]], Scope]] = {"organization": lambda data: ORGANIZATION}


def from_data(data: Mapping[str, Any]) -> Scope:
    """Raises ``LookupError`` for a level that is not known here."""
    return _LEVELS[data.get("level", "organization")](data)
