"""What a user holds: memberships at all levels and project roles, which end with the account.

They are aggregates of their own, so the history of the user does not show them (people-and-projects.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from zitadel_tui.core import rights
from zitadel_tui.core.changes.attribution import number
from zitadel_tui.core.changes.base import Change
from zitadel_tui.core.changes.grants import GrantChange
from zitadel_tui.core.changes.memberships import RoleChange
from zitadel_tui.core.changes.scopes import ORGANIZATION
from zitadel_tui.core.concurrency import together
from zitadel_tui.core.user_details import level, where
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.members import Membership
from zitadel_tui.zitadel.wire.projects import UserGrant

Place = tuple[str, ...]
"""Where roles are held: a level and ids, such as ``("organization", "1")``; values can be compared."""
Expected = tuple[tuple[Place, tuple[str, ...]], ...]
"""Role keys by place."""


@dataclass(frozen=True, slots=True)
class Holding:
    """The roles of a user in one place; ``where`` names it and is safe for a terminal. ``sequence`` is the
    number of the newest event of the membership or grant, within its aggregate."""

    place: Place
    roles: tuple[str, ...]
    where: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """``unread`` names what this account may not read: ``memberships``, ``project roles``."""

    held: tuple[Holding, ...]
    unread: tuple[str, ...] = ()

    @property
    def unread_sentence(self) -> str:
        """Empty when everything was read."""
        if not self.unread:
            return ""
        return f"This account may not read the {' and the '.join(self.unread)} of the user."


async def read(client: Client, user_id: str) -> Holdings:
    """Read what a user holds, as far as this account may see, with two requests at once: memberships of the
    instance and of the addressed organization with its projects; grants in this organization, and those of
    its projects in others. The searches may lag behind writes. Raises connection errors."""
    async with together() as reads:
        of_levels = reads.create_task(client.send_if_allowed(calls.user_memberships(user_id)))
        of_projects = reads.create_task(
            client.send_if_allowed(calls.search_user_grants(user_id=user_id, with_granted=True))
        )
    memberships, grants = of_levels.result(), of_projects.result()
    held = [_of_membership(one) for one in memberships.result] if memberships is not None else []
    held += [_of_grant(one) for one in grants.result] if grants is not None else []
    answers = {"memberships": memberships, "project roles": grants}
    return Holdings(tuple(held), tuple(name for name, answer in answers.items() if answer is None))


def _of_membership(found: Membership) -> Holding:
    at = level(found)
    id = found.org_id or found.project_id or found.project_grant_id
    return Holding((at, id) if id else (at,), found.roles, where(found), number(found.details.sequence))


def _of_grant(found: UserGrant) -> Holding:
    name = f"project {shown(found.project_name or found.project_id)}"
    if found.granted_org_id and found.granted_org_id != found.org_id:  # not that of the user
        name += f" ({shown(found.org_name or found.org_id)})"
    place = ("user grant", found.org_id, found.project_id)
    return Holding(place, found.roles, name, number(found.details.sequence))


def place_of(change: Change, organization: str) -> Place | None:
    """Return where a change made in ``organization`` assigns roles; None if it does not."""
    if isinstance(change, GrantChange):
        return ("user grant", organization, change.project_id)
    if isinstance(change, RoleChange) and change.scope == ORGANIZATION:
        return ("organization", organization)
    return None


def beyond(held: Iterable[Holding], expected: Expected) -> tuple[str, ...]:
    """Describe what is held beyond the expected roles, such as ``ORG_OWNER in Acme Corp``; a membership or
    grant without roles counts, too. Safe for a terminal."""
    known = dict(expected)
    told = []
    for one in held:
        roles = [role for role in one.roles if role not in known.get(one.place, ())]
        if roles:
            told.append(f"{', '.join(map(shown, rights.sort_roles(roles)))} in {one.where}")
        elif one.place not in known:
            told.append(f"no role in {one.where}")
    return tuple(told)
