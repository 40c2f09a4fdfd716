"""What project roles users are granted (contract §4.4)."""

from collections.abc import Callable
from typing import Any

from zitadel_tui.demo.api.users import USERS
from zitadel_tui.demo.endpoints import Answer, Call, created, endpoint, listing, page, read
from zitadel_tui.demo.errors import exists, precondition
from zitadel_tui.demo.model import Grant
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
    if project is None or project.org != call.org:
        raise precondition("Project Grant not found", "COMMAND-4m9ff")
    wanted = tuple(body.get("roleKeys", []))
    if not set(wanted) <= set(project.roles):
        raise precondition("Errors.Project.Role.NotFound", "COMMAND-mm9F4")
    if any((g.user, g.project) == (body["userId"], project.id) for g in store.grants.values()):
        raise exists("User grant already exists", "V3-DKcYh")
    id = store.ids.next()
    event = store.push(id, "user.grant.added", call.editor)
    store.grants.put(id, Grant(id, call.org, body["userId"], project.id, wanted, event.sequence, event.at))
    return {"userGrantId": id, "details": created(event.sequence, event.at, call.org)}


@endpoint(
    "POST /management/v1/users/grants/_search",
    permission="user.grant.read",
    request="management.v1.ListUserGrantRequest",
)
def list_user_grants(call: Call) -> Answer:
    tests = [_test(query) for query in call.body.get("queries", [])]
    found = [_grant(call, grant) for grant in call.store.grants.values() if grant.org == call.org]
    found = [grant for grant in found if all(test(grant) for test in tests)]
    return listing(call, len(found), found[page(call.body.get("query", {}), len(found))])


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
    if kind == "withGrantedQuery":  # nothing is granted to other organizations
        return lambda grant: True
    name, field = _TEXT[kind]
    matches = text_test(value.get(name, ""), value.get("method", 0))
    if kind == "roleKeyQuery":
        return lambda grant: any(map(matches, grant["roleKeys"]))
    return lambda grant: matches(grant.get(field, ""))


def _grant(call: Call, grant: Grant) -> dict[str, Any]:
    user, org = call.store.users.get(grant.user), call.store.orgs[grant.org]
    shown: dict[str, Any] = {
        "id": grant.id,
        "details": read(grant.sequence, grant.created, grant.created, grant.org),
        "roleKeys": list(grant.roles),
        "state": "USER_GRANT_STATE_ACTIVE",
        "userId": grant.user,
        "orgId": org.id,
        "orgName": org.name,
        "orgDomain": org.domain,
        "projectId": grant.project,
        "projectName": call.store.projects[grant.project].name,
        "grantedOrgId": org.id,
        "grantedOrgName": org.name,
        "grantedOrgDomain": org.domain,
    }
    if user:
        shown |= {"userName": user.user_name, "preferredLoginName": user.user_name}
        shown |= {
            "userType": enum_name("user.v1.Type", user.type),
            "email": user.email,
            "displayName": user.display,
        }
        shown |= {"firstName": user.first, "lastName": user.last}
    return shown
