"""The caller: who am I, where, with which rights (contract §1.6)."""

from zitadel_tui.demo.api.users_read import membership_list, user_object
from zitadel_tui.demo.endpoints import AUTHENTICATED, Answer, Call, endpoint, listing
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
    """Membership by membership, without repetition; those of a project end in `:<projectId>`."""
    found: dict[str, None] = {}
    for aggregate, member in relevant(store, user, org):
        suffix = f":{aggregate}" if aggregate in store.projects else ""
        for role in member.roles:
            found.update(dict.fromkeys(permission + suffix for permission in roles().get(role, [])))
    return list(found)


@endpoint("GET /auth/v1/users/me", permission=AUTHENTICATED)
def get_my_user(call: Call) -> Answer:
    return {"user": user_object(call.caller)}


@endpoint(
    "POST /auth/v1/memberships/me/_search",
    permission=AUTHENTICATED,
    request="auth.v1.ListMyMembershipsRequest",
)
def list_my_memberships(call: Call) -> Answer:
    return membership_list(call, call.caller.id)


@endpoint("POST /auth/v1/permissions/zitadel/me/_search", permission=AUTHENTICATED)
def list_my_permissions(call: Call) -> Answer:
    return {"result": permissions(call.store, call.caller.id, call.org)}


@endpoint(
    "POST /auth/v1/global/projectorgs/_search",
    permission=AUTHENTICATED,
    request="auth.v1.ListMyProjectOrgsRequest",
)
def list_my_project_orgs(call: Call) -> Answer:
    """Nothing, for it filters by an OIDC client that service accounts do not have."""
    return listing(call, 0, [])
