"""Projects, their roles and members, and what people are granted of them (contract §4.4)."""

from typing import Any

from zitadel_tui.demo.api.members import add_member, member_list
from zitadel_tui.demo.api.users_read import USERS
from zitadel_tui.demo.endpoints import Answer, Call, created, endpoint, listing, page, read
from zitadel_tui.demo.errors import exists, invalid, not_found, precondition
from zitadel_tui.demo.model import Grant, Project, ProjectRole
from zitadel_tui.demo.proto import enum_name
from zitadel_tui.demo.rules import roles_named
from zitadel_tui.demo.tables import History, Table

PROJECTS = "/management/v1/projects"
MILESTONE = 3  # the third of an instance, after its making and the first sign-in


@endpoint(f"POST {PROJECTS}/members/roles/_search", permission="project.member.read")
def list_project_member_roles(call: Call) -> Answer:
    found = [role for role in roles_named("PROJECT_") if not role.startswith("PROJECT_GRANT_")]
    if call.org == call.store.default_org:
        found = [role for role in found if role.endswith("_GLOBAL")]
    return {"result": found}


@endpoint(f"POST {PROJECTS}/grants/members/roles/_search", permission="project.grant.member.read")
def list_project_grant_member_roles(call: Call) -> Answer:
    return listing(call, len(roles_named("PROJECT_GRANT_")), roles_named("PROJECT_GRANT_"))


@endpoint(f"POST {PROJECTS}/_search", permission="project.read", request="management.v1.ListProjectsRequest")
def list_projects(call: Call) -> Answer:
    found = [project for project in call.store.projects.values() if project.org == call.org]
    found = [project for project in found if not call.limits or project.id in call.limits]
    items = [
        {
            "id": project.id,
            "details": read(1, project.created, project.created, project.org),
            "name": project.name,
            "state": "PROJECT_STATE_ACTIVE",
        }
        for project in found[page(call.body.get("query", {}), len(found))]
    ]
    return listing(call, len(found), items)


@endpoint(f"POST {PROJECTS}", permission="project.create", request="management.v1.AddProjectRequest")
def add_project(call: Call) -> Answer:
    store = call.store
    if any(p.org == call.org and p.name == call.body["name"] for p in store.projects.values()):
        raise exists("Project already exists on organization", "V3-DKcYh")
    project = Project(store.ids.next(), call.org, call.body["name"], store.now())
    store.projects[project.id] = project
    store.histories[project.id] = History()
    store.members[project.id] = Table(store.projections)
    event = store.push(project.id, "project.added", call.editor)
    # the first project is a milestone of the instance, whose own event is the last that is written
    sequence = event.sequence if len(store.projects) > 2 else MILESTONE
    return {"id": project.id, "details": created(sequence, event.at, call.org)}


def _project(call: Call) -> Project:
    project = call.store.projects.get(call.body["projectId"])
    if project is None or project.org != call.org:
        raise not_found("Errors.Project.NotFound", "PROJECT-Gd9hh")
    return project


@endpoint(
    f"POST {PROJECTS}/{{projectId}}/roles",
    permission="project.role.write",
    request="management.v1.AddProjectRoleRequest",
)
def add_project_role(call: Call) -> Answer:
    project, key = _project(call), call.body["roleKey"]
    if key in project.roles:
        raise exists("Project role already exists", "V3-DKcYh")
    event = call.store.push(project.id, "project.role.added", call.editor)
    project.roles[key] = ProjectRole(key, call.body.get("displayName", ""), event.sequence, event.at)
    return {"details": created(event.sequence, event.at, call.org)}


@endpoint(
    f"POST {PROJECTS}/{{projectId}}/roles/_search",
    permission="project.role.read",
    request="management.v1.ListProjectRolesRequest",
)
def list_project_roles(call: Call) -> Answer:
    project = _project(call)
    items = [
        {
            "key": role.key,
            "details": read(role.sequence, role.created, role.created, project.org),
            "displayName": role.display,
        }
        for role in sorted(project.roles.values(), key=lambda role: role.key)
    ]
    return listing(call, len(items), items)


@endpoint(
    f"POST {PROJECTS}/{{projectId}}/members/_search",
    permission="project.member.read",
    request="management.v1.ListProjectMembersRequest",
)
def list_project_members(call: Call) -> Answer:
    project = _project(call)
    return member_list(call, project.id, owner=project.org)


@endpoint(
    f"POST {PROJECTS}/{{projectId}}/members",
    permission="project.member.write",
    request="management.v1.AddProjectMemberRequest",
)
def add_project_member(call: Call) -> Answer:
    project = _project(call)
    wanted = call.body.get("roles", [])
    if not wanted or not set(wanted) <= set(roles_named("PROJECT_")):
        raise invalid("Errors.Project.Member.Invalid", "PROJECT-m9fG8")
    return add_member(call, project.id, project.org, "Errors.Project.Member.AlreadyExists", "PROJECT")


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
        raise precondition("Errors.Project.NotFound", "COMMAND-4m9ff")
    wanted = tuple(body.get("roleKeys", []))
    if not set(wanted) <= set(project.roles):
        raise precondition("Errors.Project.Role.NotFound", "COMMAND-mm9F4")
    if any((g.user, g.project) == (body["userId"], project.id) for g in store.grants.values()):
        raise exists("User grant already exists", "V3-DKcYh")
    grant = Grant(store.ids.next(), call.org, body["userId"], project.id, wanted, store.now())
    store.grants.put(grant.id, grant)
    return {"userGrantId": grant.id, "details": created(1, grant.created, call.org)}


@endpoint(
    "POST /management/v1/users/grants/_search",
    permission="user.grant.read",
    request="management.v1.ListUserGrantRequest",
)
def list_user_grants(call: Call) -> Answer:
    found = [grant for grant in call.store.grants.values() if grant.org == call.org]
    for query in call.body.get("queries", []):
        if "userIdQuery" in query:
            found = [grant for grant in found if grant.user == query["userIdQuery"].get("userId")]
        if "projectIdQuery" in query:
            found = [grant for grant in found if grant.project == query["projectIdQuery"].get("projectId")]
    items = [_grant(call, grant) for grant in found[page(call.body.get("query", {}), len(found))]]
    return listing(call, len(found), items)


def _grant(call: Call, grant: Grant) -> dict[str, Any]:
    user, org = call.store.users.get(grant.user), call.store.orgs[grant.org]
    shown: dict[str, Any] = {
        "id": grant.id,
        "details": read(1, grant.created, grant.created, grant.org),
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
