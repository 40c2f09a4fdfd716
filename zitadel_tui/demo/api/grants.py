"""Project roles of users (contract §4.4)."""

from collections.abc import Callable
from typing import Any

from zitadel_tui.demo.api.users import USERS
from zitadel_tui.demo.endpoints import Answer, Call, changed, created, endpoint, listing, page, read
from zitadel_tui.demo.errors import exists, not_found, precondition
from zitadel_tui.demo.model import Grant, Project
from zitadel_tui.demo.proto import Message, chosen, enum_name
from zitadel_tui.demo.search import text_test

# query kind -> (field of the query, field of the shown grant)
_EXACT = {
    "projectIdQuery": ("projectId", "projectId"),
    "userIdQuery": ("userId", "userId"),
    "projectGrantIdQuery": ("projectGrantId", "projectGrantId"),
}
_TEXT = {
    "roleKeyQuery": ("roleKey", "roleKeys"),
    "userNameQuery": ("userName", "userName"),
    "firstNameQuery": ("firstName", "firstName"),
    "lastNameQuery": ("lastName", "lastName"),
    "emailQuery": ("email", "email"),
    "orgNameQuery": ("orgName", "orgName"),
    "orgDomainQuery": ("orgDomain", "orgDomain"),
    "projectNameQuery": ("projectName", "projectName"),
    "displayNameQuery": ("displayName", "displayName"),
}


@endpoint(
    f"POST {USERS}/{{userId}}/grants",
    permission="user.grant.write",
    request="management.v1.AddUserGrantRequest",
)
def add_user_grant(call: Call) -> Answer:
    store, body = call.store, call.body
    if store.users.get(body["userId"]) is None:
        raise precondition("User could not be found", "COMMAND-4f8sg")
    project = store.projects.get(body["projectId"])
    if project is None or project.roles_for(call.org) is None:
        raise precondition("Project Grant not found", "COMMAND-4m9ff")
    wanted = tuple(body.get("roleKeys", []))
    _check_roles(project, call.org, wanted)
    if (body["userId"], project.id, call.org) in store.granted:
        raise exists("User grant already exists", "V3-DKcYh")
    grant = store.add_grant(call.org, body["userId"], project, wanted, call.editor)
    return {"userGrantId": grant.id, "details": created(grant.sequence, grant.created, call.org)}


@endpoint(
    f"PUT {USERS}/{{userId}}/grants/{{grantId}}",
    permission="user.grant.write",
    request="management.v1.UpdateUserGrantRequest",
)
def change_user_grant(call: Call) -> Answer:
    grant = _found(call, "COMMAND-3M9sd")
    wanted = tuple(call.body.get("roleKeys", []))
    if wanted == grant.roles:
        raise precondition("User grant has not been changed", "COMMAND-Rs8fy")
    _check_roles(call.store.projects[grant.project], grant.org, wanted)
    return {"details": _change(call, grant, "user.grant.changed", roles=wanted)}


@endpoint(
    f"POST {USERS}/{{userId}}/grants/{{grantId}}/_deactivate",
    permission="user.grant.write",
    request="management.v1.DeactivateUserGrantRequest",
)
def deactivate_user_grant(call: Call) -> Answer:
    return _set_active(call, False, "user.grant.deactivated")


@endpoint(
    f"POST {USERS}/{{userId}}/grants/{{grantId}}/_reactivate",
    permission="user.grant.write",
    request="management.v1.ReactivateUserGrantRequest",
)
def reactivate_user_grant(call: Call) -> Answer:
    return _set_active(call, True, "user.grant.reactivated")


@endpoint(
    f"DELETE {USERS}/{{userId}}/grants/{{grantId}}",
    permission="user.grant.delete",
    request="management.v1.RemoveUserGrantRequest",
)
def remove_user_grant(call: Call) -> Answer:
    grant = _found(call, "COMMAND-1My0t")
    event = call.store.remove_grant(grant, "user.grant.removed", call.editor)
    return {"details": changed(event.sequence, event.at, grant.org)}


@endpoint(
    f"GET {USERS}/{{userId}}/grants/{{grantId}}",
    permission="user.grant.read",
    request="management.v1.GetUserGrantByIDRequest",
)
def get_user_grant(call: Call) -> Answer:
    found = [grant for grant in call.store.grants.values() if grant.id == call.body["grantId"]]
    if not found or found[0].user != call.body["userId"]:
        raise not_found("User grant not found", "QUERY-wIPkA")
    return {"userGrant": _grant(call, found[0])}


@endpoint(
    "POST /management/v1/users/grants/_search",
    permission="user.grant.read",
    request="management.v1.ListUserGrantRequest",
)
def list_user_grants(call: Call) -> Answer:
    queries = call.body.get("queries", [])
    tests = [_test(query) for query in queries]
    granted = any(chosen(query)[1].get("withGranted") for query in queries)
    found = [
        _grant(call, grant)
        for grant in call.store.grants.values()
        if grant.org == call.org or (granted and call.store.projects[grant.project].org == call.org)
    ]
    found = [grant for grant in found if all(test(grant) for test in tests)]
    return listing(call, len(found), page(call, found))


def _check_roles(project: Project, org: str, wanted: tuple[str, ...]) -> None:
    if not set(wanted) <= set(project.roles_for(org) or ()):
        raise precondition("Errors.Project.Role.NotFound", "COMMAND-mm9F4")


def _found(call: Call, missing: str) -> Grant:
    grant = call.store.grants.get(call.body["grantId"])
    if grant is None or grant.org != call.org or grant.user != call.body["userId"]:
        raise not_found("User grant not found", missing)
    return grant


def _set_active(call: Call, active: bool, event: str) -> Answer:
    grant = _found(call, "COMMAND-3M9sd")
    if grant.active is active:
        return {"details": changed(grant.sequence, grant.changed, grant.org)}
    return {"details": _change(call, grant, event, active=active)}


def _change(call: Call, grant: Grant, event: str, **fields: Any) -> dict[str, Any]:
    written = call.store.change_grant(grant, event, call.editor, **fields)
    return changed(written.sequence, written.at, grant.org)


def _test(query: Message) -> Callable[[dict[str, Any]], bool]:
    """A `zitadel.user.v1.UserGrantQuery` as a test of the shown grant."""
    kind, value = chosen(query)
    if kind in _EXACT:
        name, field = _EXACT[kind]
        return lambda grant: grant.get(field, "") == value.get(name, "")
    if kind == "userTypeQuery":
        type = enum_name("user.v1.Type", value.get("type", 0))
        return lambda grant: grant.get("userType", "") == type
    if kind == "inUserIdsQuery":
        return lambda grant: grant["userId"] in value.get("inUserIds", [])
    if kind == "withGrantedQuery":  # widens the list, see list_user_grants
        return lambda grant: True
    name, field = _TEXT[kind]
    matches = text_test(value.get(name, ""), value.get("method", 0))
    if kind == "roleKeyQuery":
        return lambda grant: any(map(matches, grant["roleKeys"]))
    return lambda grant: matches(grant.get(field, ""))


def _grant(call: Call, grant: Grant) -> dict[str, Any]:
    store = call.store
    user, org = store.users.get(grant.user), store.orgs[grant.org]
    home = store.orgs[user.org] if user else org
    shown: dict[str, Any] = {
        "id": grant.id,
        "details": read(grant.sequence, grant.created, grant.changed, grant.org),
        "roleKeys": list(grant.roles),
        "state": "USER_GRANT_STATE_ACTIVE" if grant.active else "USER_GRANT_STATE_INACTIVE",
        "userId": grant.user,
        "orgId": org.id,
        "orgName": org.name,
        "orgDomain": org.domain,
        "projectId": grant.project,
        "projectName": store.projects[grant.project].name,
        "projectGrantId": grant.project_grant,
        "grantedOrgId": home.id,
        "grantedOrgName": home.name,
        "grantedOrgDomain": home.domain,
    }
    if user:
        shown |= {"userName": user.user_name, "preferredLoginName": user.login_name}
        shown |= {
            "userType": enum_name("user.v1.Type", user.type),
            "email": user.email,
            "displayName": user.display,
        }
        shown |= {"firstName": user.first, "lastName": user.last}
    return shown
