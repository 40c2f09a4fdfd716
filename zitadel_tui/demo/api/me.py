"""The caller: its account, memberships and permissions (contract §1.6)."""

from zitadel_tui.demo.api.members import membership_list, memberships
from zitadel_tui.demo.api.users import user_object
from zitadel_tui.demo.endpoints import AUTHENTICATED, Answer, Call, endpoint, listing
from zitadel_tui.demo.rights import permissions


@endpoint("GET /auth/v1/users/me", permission=AUTHENTICATED)
def get_my_user(call: Call) -> Answer:
    return {"user": user_object(call.caller)}


@endpoint(
    "POST /auth/v1/memberships/me/_search",
    permission=AUTHENTICATED,
    request="auth.v1.ListMyMembershipsRequest",
)
def list_my_memberships(call: Call) -> Answer:
    return membership_list(call, memberships(call.store, call.caller.id))


@endpoint("POST /auth/v1/permissions/zitadel/me/_search", permission=AUTHENTICATED)
def list_my_permissions(call: Call) -> Answer:
    return {"result": permissions(call.store, call.caller.id, call.org)}


@endpoint(
    "POST /auth/v1/global/projectorgs/_search",
    permission=AUTHENTICATED,
    request="auth.v1.ListMyProjectOrgsRequest",
)
def list_my_project_orgs(call: Call) -> Answer:
    """An empty list: it filters by an OIDC client, which service accounts do not have."""
    return listing(call, 0, [])
