"""The permissions of accounts (contract §1.6, §1.7, §6)."""

from zitadel_tui.demo.errors import Refusal
from zitadel_tui.demo.model import Member
from zitadel_tui.demo.rules import roles
from zitadel_tui.demo.store import Store


def relevant(store: Store, user: str, org: str) -> list[tuple[str, Member]]:
    """Memberships that count in an organization: its own, the instance's, and those of its projects."""
    return [
        (aggregate, member)
        for aggregate, member in store.memberships(user)
        if aggregate in (org, store.instance_id)
        or (aggregate in store.projects and store.projects[aggregate].org == org)
    ]


def permissions(store: Store, user: str, org: str) -> list[str]:
    """Membership by membership, without repetition; those of a project end in `:<projectId>`, those for what
    an account made itself in `:self`."""
    found: dict[str, None] = {}
    for aggregate, member in relevant(store, user, org):
        suffix = f":{aggregate}" if aggregate in store.projects else ""
        for role in member.roles:
            found.update(dict.fromkeys(permission + suffix for permission in roles().get(role, [])))
    return list(found)


def check_permission(
    store: Store, user: str, org: str, permission: str, *, id: str = "AUTH-5mWD2"
) -> set[str]:
    """Where the permission holds: ids of projects or `self`, or an empty set for everywhere.

    Raises Refusal for an account that has no membership in the organization, or (with `id`) not this
    permission."""
    if not relevant(store, user, org):
        raise Refusal(5, "membership not found", "AUTHZ-cdgFk")
    held = permissions(store, user, org)
    limits = {limit for name, _, limit in (one.partition(":") for one in held) if name == permission}
    if not limits:
        raise Refusal(7, "No matching permissions found", id)
    return set() if "" in limits else limits
