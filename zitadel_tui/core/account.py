"""The account that is signed in, its organization, and what it may do."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zitadel_tui.core import rights
from zitadel_tui.core.concurrency import together
from zitadel_tui.zitadel import calls
from zitadel_tui.zitadel.wire.members import Membership
from zitadel_tui.zitadel.wire.organizations import Organization
from zitadel_tui.zitadel.wire.users import User

if TYPE_CHECKING:
    from zitadel_tui.zitadel.client import Client


@dataclass(frozen=True, slots=True)
class Account:
    """``organization`` is the addressed one; None when this account may not read it."""

    user: User
    organization: Organization | None
    memberships: tuple[Membership, ...]
    permissions: tuple[str, ...]
    org_id: str
    """The organization addressed, read or not."""

    @property
    def name(self) -> str:
        return self.user.preferred_login_name or self.user.user_name or self.user.id

    @property
    def organization_name(self) -> str:
        """The organization's name: from the organization, from a membership, or else its id."""
        if self.organization is not None:
            return self.organization.name
        named = (entry.display_name for entry in self.memberships if entry.org_id == self.org_id)
        return next(named, "") or self.org_id

    @property
    def roles_here(self) -> tuple[str, ...]:
        """Administrator roles that apply in this organization: its own and the instance's."""
        here = [entry for entry in self.memberships if entry.iam or entry.org_id == self.org_id]
        return tuple(rights.sort_roles(role for entry in here for role in entry.roles))

    def may(self, permission: str, *, project_id: str = "") -> bool:
        """In the whole organization, or in that project."""
        return permission in rights.within(self.permissions, project_id)

    def may_somewhere(self, permission: str) -> bool:
        """Whether the account has the permission in the whole organization or in at least one of its
        projects."""
        return any(held.partition(":")[0] == permission for held in self.permissions)


async def identify(client: "Client") -> Account:
    """Read the account, its organization and its permissions, all at once. Raises what signing in raises."""
    async with together() as reads:
        me = reads.create_task(client.send(calls.my_user()))
        organization = reads.create_task(client.send_if_allowed(calls.my_organization()))
        memberships = reads.create_task(client.send_if_allowed(calls.my_memberships()))
        permissions = reads.create_task(client.send_if_allowed(calls.my_permissions()))
    user, here, mine, may = (
        me.result().user,
        organization.result(),
        memberships.result(),
        permissions.result(),
    )
    return Account(
        user=user,
        organization=here.org if here else None,
        memberships=mine.result if mine else (),
        permissions=may.result if may else (),
        org_id=client.org_id or user.details.resource_owner,
    )


async def own_permissions(client: "Client", *, project_id: str = "") -> frozenset[str]:
    """The permissions of this account in the whole addressed organization, and in that project."""
    return rights.within((await client.send(calls.my_permissions())).result, project_id)
