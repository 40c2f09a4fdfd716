"""Projects, their roles, members, and the organizations they are granted to (contract §4.4)."""

from dataclasses import replace
from typing import Any

from zitadel_tui.demo.api.members import add_member, member_list
from zitadel_tui.demo.endpoints import Answer, Call, changed, created, endpoint, listing, page, read
from zitadel_tui.demo.errors import exists, invalid, not_found, precondition
from zitadel_tui.demo.model import Project, ProjectGrant, ProjectRole
from zitadel_tui.demo.proto import Message, chosen
from zitadel_tui.demo.rules import roles_named
from zitadel_tui.demo.search import text_test

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
    found = [project for project in found if all(_matches(project, q) for q in call.body.get("queries", []))]
    rows = page(call, found)
    return listing(call, len(found), [_shown(project) for project in rows])


@endpoint(f"GET {PROJECTS}/{{id}}", permission="project.read", request="management.v1.GetProjectByIDRequest")
def get_project(call: Call) -> Answer:
    project = call.store.projects.get(call.body["id"])
    if project is None or project.org != call.org or (call.limits and project.id not in call.limits):
        raise not_found("Project not found", "QUERY-fk2fs")
    return {"project": _shown(project)}


def _shown(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "details": read(project.sequence, project.created, project.changed or project.created, project.org),
        "name": project.name,
        "state": "PROJECT_STATE_ACTIVE" if project.active else "PROJECT_STATE_INACTIVE",
        "projectRoleAssertion": project.role_assertion,
        "projectRoleCheck": project.role_check,
    }


def _matches(project: Project, query: Message) -> bool:
    kind, value = chosen(query)
    if kind == "projectResourceOwnerQuery":
        return bool(project.org == value.get("resourceOwner", ""))
    return text_test(value.get("name", ""), value.get("method", 0))(project.name)


@endpoint(f"POST {PROJECTS}", permission="project.create", request="management.v1.AddProjectRequest")
def add_project(call: Call) -> Answer:
    store = call.store
    if any(p.org == call.org and p.name == call.body["name"] for p in store.projects.values()):
        raise exists("Project already exists on organization", "V3-DKcYh")
    body = call.body
    project = store.add_project(
        call.org,
        body["name"],
        call.editor,
        role_assertion=body.get("projectRoleAssertion", False),
        role_check=body.get("projectRoleCheck", False),
    )
    # the first project is a milestone of the instance, whose own event is the last that is written
    sequence = project.sequence if len(store.projects) > 2 else MILESTONE
    return {"id": project.id, "details": created(sequence, project.created, call.org)}


def _project(call: Call) -> Project:
    return _own(call, call.body["projectId"], "PROJECT-Gd9hh")


def _own(call: Call, id: str, missing: str) -> Project:
    """A project of the addressed organization. Raises the refusal with the id `missing`."""
    project = call.store.projects.get(id)
    if project is None or project.org != call.org:
        raise not_found("Errors.Project.NotFound", missing)
    return project


@endpoint(
    f"DELETE {PROJECTS}/{{id}}", permission="project.delete", request="management.v1.RemoveProjectRequest"
)
def remove_project(call: Call) -> Answer:
    """With all grants of it."""
    store, project = call.store, _own(call, call.body["id"], "COMMAND-3M9sd")
    event = store.push(project.id, "project.removed", call.editor)
    for grant in store.written_grants():
        if grant.project == project.id:
            store.remove_grant(grant, "user.grant.cascade.removed", call.editor)
    del store.projects[project.id]
    del store.members[project.id]
    return {"details": changed(event.sequence, event.at, call.org)}


@endpoint(
    f"POST {PROJECTS}/{{id}}/_deactivate",
    permission="project.write",
    request="management.v1.DeactivateProjectRequest",
)
def deactivate_project(call: Call) -> Answer:
    project = _own(call, call.body["id"], "COMMAND-112M9")
    if not project.active:
        raise precondition("Errors.Project.NotActive", "COMMAND-mki55")
    event = call.store.deactivate_project(project, call.editor)
    return {"details": changed(event.sequence, event.at, call.org)}


@endpoint(
    f"POST {PROJECTS}/{{projectId}}/roles",
    permission="project.role.write",
    request="management.v1.AddProjectRoleRequest",
)
def add_project_role(call: Call) -> Answer:
    role = _add_role(call, _project(call), call.body["roleKey"], call.body)
    return {"details": created(role.sequence, role.created, call.org)}


@endpoint(
    f"POST {PROJECTS}/{{projectId}}/roles/_bulk",
    permission="project.role.write",
    request="management.v1.BulkAddProjectRolesRequest",
)
def add_project_roles(call: Call) -> Answer:
    project = _project(call)
    for role in call.body.get("roles", []):
        _add_role(call, project, role["key"], role)
    return {"details": {"resourceOwner": call.org}}


def _add_role(call: Call, project: Project, key: str, given: Message) -> ProjectRole:
    if key in project.roles:
        raise exists("Role already exists", "V3-DKcYh")
    display, group = given.get("displayName", ""), given.get("group", "")
    return call.store.add_project_role(project, key, display, group, call.editor)


@endpoint(
    f"DELETE {PROJECTS}/{{projectId}}/roles/{{roleKey}}",
    permission="project.role.delete",
    request="management.v1.RemoveProjectRoleRequest",
)
def remove_project_role(call: Call) -> Answer:
    """Takes the role out of every grant; the answer has the details of the last event written."""
    store, project, key = call.store, _project(call), call.body["roleKey"]
    if project.roles.pop(key, None) is None:
        raise not_found("Errors.Project.Role.NotExisting", "COMMAND-m9vMf")
    event = store.push(project.id, "project.role.removed", call.editor)
    for granted in project.grants.values():
        if key in granted.roles:
            event = store.push(project.id, "project.grant.cascade.changed", call.editor)
            left = _without(granted.roles, key)
            project.grants[granted.id] = replace(
                granted, roles=left, sequence=event.sequence, changed=event.at
            )
    for grant in store.written_grants():
        if grant.project == project.id and key in grant.roles:
            left = _without(grant.roles, key)
            event = store.change_grant(grant, "user.grant.cascade.changed", call.editor, roles=left)
    return {"details": changed(event.sequence, event.at, call.org)}


def _without(roles: tuple[str, ...], key: str) -> tuple[str, ...]:
    return tuple(role for role in roles if role != key)


@endpoint(
    f"POST {PROJECTS}/{{projectId}}/grants",
    permission="project.grant.write",
    request="management.v1.AddProjectGrantRequest",
)
def grant_project(call: Call) -> Answer:
    store, project, body = call.store, _project(call), call.body
    if project.granted_to(body["grantedOrgId"]):
        raise exists("Errors.Project.Grant.AlreadyExists", "V3-DKcYh")
    roles = tuple(body.get("roleKeys", []))
    if not set(roles) <= set(project.roles) or body["grantedOrgId"] not in store.orgs:
        raise precondition("Errors.Project.Grant.NotFound", "COMMAND-mm9F4")
    grant = store.grant_project(project, body["grantedOrgId"], roles, call.editor)
    return {"grantId": grant.id, "details": created(grant.sequence, grant.created, call.org)}


@endpoint(
    f"POST {PROJECTS}/{{projectId}}/grants/_search",
    permission="project.grant.read",
    request="management.v1.ListProjectGrantsRequest",
)
def list_project_grants(call: Call) -> Answer:
    project = _project(call)
    grants = [_granted(call, project, grant) for grant in project.grants.values()]
    return listing(call, len(grants), page(call, grants))


@endpoint(
    "POST /management/v1/granted_projects/_search",
    permission="project.read",
    request="management.v1.ListGrantedProjectsRequest",
)
def list_granted_projects(call: Call) -> Answer:
    found = [
        _granted(call, project, grant)
        for project in call.store.projects.values()
        if not call.limits and (grant := project.granted_to(call.org))
        if all(_matches(project, query) for query in call.body.get("queries", []))
    ]
    return listing(call, len(found), page(call, found))


def _granted(call: Call, project: Project, grant: ProjectGrant) -> dict[str, Any]:
    orgs = call.store.orgs
    return {
        "grantId": grant.id,
        "grantedOrgId": grant.org,
        "grantedOrgName": orgs[grant.org].name,
        "grantedRoleKeys": list(grant.roles),
        "state": "PROJECT_GRANT_STATE_ACTIVE",
        "projectId": project.id,
        "projectName": project.name,
        "projectOwnerId": project.org,
        "projectOwnerName": orgs[project.org].name,
        "details": read(grant.sequence, grant.created, grant.changed, project.org),
    }


@endpoint(
    f"POST {PROJECTS}/{{projectId}}/roles/_search",
    permission="project.role.read",
    request="management.v1.ListProjectRolesRequest",
)
def list_project_roles(call: Call) -> Answer:
    project = call.store.projects.get(call.body["projectId"])
    keys = project.roles_for(call.org) if project else None
    roles = [project.roles[key] for key in keys] if project and keys else []
    items = [
        {
            "key": role.key,
            "details": read(role.sequence, role.created, role.created, project.org if project else ""),
            "displayName": role.display,
            "group": role.group,
        }
        for role in sorted(roles, key=lambda role: role.key)
        if all(_role_matches(role, query) for query in call.body.get("queries", []))
    ]
    return listing(call, len(items), page(call, items))


def _role_matches(role: ProjectRole, query: Message) -> bool:
    kind, value = chosen(query)
    name, text = ("key", role.key) if kind == "keyQuery" else ("displayName", role.display)
    return text_test(value.get(name, ""), value.get("method", 0))(text)


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
        raise invalid("Project member is invalid", "PROJECT-3m9ds")
    return add_member(call, project.id, project.org, exists("Project member already exists", "PROJECT-PtXi1"))
