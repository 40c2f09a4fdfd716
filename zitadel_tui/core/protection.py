"""The protection of the server and organization in use: read-only, protected, or none.

A rule applies to an address and an organization, however these are reached. If several rules apply, the
strictest counts. A rule also applies if its organization may be the one in use: because that cannot be read,
or because the same text chose the organization in use.
"""

from typing import TYPE_CHECKING

from zitadel_tui.contexts import Protection, ProtectionRule
from zitadel_tui.core import organizations
from zitadel_tui.settings import Settings, protection
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls
from zitadel_tui.zitadel.wire.organizations import Organization

if TYPE_CHECKING:
    from zitadel_tui.zitadel.client import Client


async def of_organization(settings: Settings, client: "Client", org_id: str) -> Protection:
    """Return the protection of the organization with this id, which ``client`` addresses. Raises errors of
    the tree."""
    if settings.read_only or all(_is_settled(one) for one in settings.protection_rules):
        organization: Organization | None = Organization(org_id)
    else:
        organization = await organization_in_use(client)

    chosen_by = (settings.org or "").casefold()

    def applies(rule: ProtectionRule) -> bool:
        stated = rule.org.casefold()
        if stated in ("", org_id, chosen_by) or organization is None:
            return True
        return stated in (organization.name.casefold(), organization.primary_domain.casefold())

    return protection(settings, applies)


async def organization_in_use(client: "Client") -> Organization | None:
    """Read the organization in use; None if the account may not read it."""
    found = await client.send_if_allowed(calls.my_organization())
    return found.org if found else None


def _is_settled(rule: ProtectionRule) -> bool:
    """Whether the id of the organization in use is enough to tell if it applies."""
    return not rule.org or organizations.is_id(rule.org)


async def name_to_type(client: "Client", org_id: str) -> str:
    """Return the text that confirms a change to a protected organization: its name, or its id if the name
    cannot be read or typed."""
    organization = await organization_in_use(client)
    name = "" if organization is None else organization.name.strip()
    return name if name and name == shown(name) else org_id
