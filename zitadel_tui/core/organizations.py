"""Lists the organizations that the account may act in, and finds one by text (contract §1.6, §1.7, §5.4)."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zitadel_tui.core import rights
from zitadel_tui.core.concurrency import together
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls
from zitadel_tui.zitadel.wire.members import Membership
from zitadel_tui.zitadel.wire.organizations import (
    EQUALS_IGNORE_CASE,
    INACTIVE,
    DomainQuery,
    IdQuery,
    NameQuery,
    Organization,
    OrganizationQuery,
)

if TYPE_CHECKING:
    from zitadel_tui.zitadel.client import Client

_PAGE = 500
_SHORTEST_ID = 15
"""Digits: ZITADEL's ids are the time since 2014 in 10 ms, times 2 to the 24 (Sonyflake): 17 and more."""
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class OrganizationAccess:
    """An organization that the account may act in, with its roles there."""

    id: str
    name: str = ""
    primary_domain: str = ""
    is_active: bool = True
    roles: tuple[str, ...] = ()
    """Administrator roles of the account in this organization, most powerful first."""
    instance_roles: tuple[str, ...] = ()
    """Its roles in every organization, through the instance."""
    is_own: bool = False
    """Whether the account belongs to it."""

    @property
    def called(self) -> str:
        return shown(self.name or self.id)


def is_id(text: str) -> bool:
    """Whether a text is an id as ZITADEL makes them, so that nothing has to be searched. A shorter number may
    as well be a name."""
    return text.isascii() and text.isdigit() and len(text) >= _SHORTEST_ID


async def list_accessible(client: "Client") -> list[OrganizationAccess]:
    """List every organization that the account may act in, by name: those it may read, and those it is a
    member of. Raises errors of the tree."""
    async with together() as reads:
        me = reads.create_task(client.send(calls.my_user()))
        mine = reads.create_task(client.send(calls.my_memberships()))
        readable = reads.create_task(_all(client))
    memberships = mine.result().result
    own = me.result().user.details.resource_owner
    everywhere = _roles(entry for entry in memberships if entry.iam)
    found = {org.id: org for org in readable.result()}
    for entry in memberships:
        if entry.org_id and entry.org_id not in found:
            found[entry.org_id] = Organization(entry.org_id, name=entry.display_name)
    every = [
        OrganizationAccess(
            org.id,
            org.name,
            org.primary_domain,
            org.state not in INACTIVE,
            _roles(entry for entry in memberships if entry.org_id == org.id),
            everywhere,
            org.id == own,
        )
        for org in found.values()
    ]
    in_projects = _has_projects(memberships)
    acting = [place for place in every if place.roles or place.instance_roles or in_projects]
    return sorted(acting, key=lambda place: (place.name.casefold(), place.id))


def _has_projects(memberships: tuple[Membership, ...]) -> bool:
    """Whether the account has a membership in a project. ZITADEL does not say in which organization, so any
    that can be read may be the one."""
    return any(entry.project_id or entry.project_grant_id for entry in memberships)


def _roles(entries: Iterable[Membership]) -> tuple[str, ...]:
    return tuple(rights.sort_roles({role for entry in entries for role in entry.roles}))


async def _all(client: "Client") -> list[Organization]:
    return [org async for org in _pages(client)]


async def _pages(client: "Client", *queries: OrganizationQuery) -> AsyncIterator[Organization]:
    """Search all pages. The server filters after paging, so any page may be short or empty; the offset moves
    by the limit up to the total."""
    offset, total = 0, 1
    while offset < total:
        page = await client.send(calls.search_organizations(queries, offset=offset, limit=_PAGE))
        for org in page.result:
            yield org
        offset, total = offset + _PAGE, page.details.total


async def find(client: "Client", text: str) -> str:
    """Return the id of the organization that ``text`` names: an id, else a name or a primary domain, ignoring
    case; empty for the account's own. If the id of one is the name of another, a note says so. ``client``
    addresses the account's own organization.

    Raises ``UsageFailure`` when there is none or several of that name.
    """
    async with together() as reads:
        me = reads.create_task(client.send(calls.my_user()))
        by_id = reads.create_task(_found(client, OrganizationQuery(id_query=IdQuery(text))))
        by_name = reads.create_task(
            _found(client, OrganizationQuery(name_query=NameQuery(text, EQUALS_IGNORE_CASE)))
        )
        by_domain = reads.create_task(
            _found(client, OrganizationQuery(domain_query=DomainQuery(text, EQUALS_IGNORE_CASE)))
        )
        mine = reads.create_task(client.send(calls.my_memberships()))
    found = {org.id: org for task in (by_id, by_name, by_domain) for org in task.result()}
    for entry in mine.result().result:
        if entry.org_id and text.casefold() in (entry.org_id, entry.display_name.casefold()):
            found.setdefault(entry.org_id, Organization(entry.org_id, name=entry.display_name))
    if text in found and len(found) > 1:
        client.tokens.notes.append(
            f"{shown(text)} is the id of the organization in use, and the name of another one."
        )
    chosen = text if text in found else _chosen(text, list(found.values()))
    return "" if chosen == me.result().user.details.resource_owner else chosen


async def of_domain(client: "Client", domain: str) -> Organization | None:
    """Return the organization with exactly this primary domain, if the account may read it."""
    found = await _found(client, OrganizationQuery(domain_query=DomainQuery(domain, EQUALS_IGNORE_CASE)))
    return next((org for org in found if org.primary_domain == domain), None)


def _chosen(text: str, found: list[Organization]) -> str:
    exact = [org for org in found if text in (org.name, org.primary_domain)]
    fitting = exact if len(exact) == 1 else found
    if not fitting:
        raise UsageFailure(
            f"There is no organization {shown(text)!r}, or this account may not act in it.",
            "`zitadel-tui organizations list` lists those it may act in.",
        )
    if len(fitting) > 1:
        named = ", ".join(f"{shown(org.name)} ({shown(org.id)})" for org in fitting[:_MOST_NAMED])
        raise UsageFailure(
            f"{len(fitting)} organizations are called {shown(text)!r}: {named}.", "Give the id with --org."
        )
    return fitting[0].id


async def _found(client: "Client", query: OrganizationQuery) -> list[Organization]:
    return [org async for org in _pages(client, query)]
