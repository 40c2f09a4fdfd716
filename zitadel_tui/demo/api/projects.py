"""Projects, their roles and members (contract §4.4)."""

from zitadel_tui.demo.api.members import add_member, member_list
from zitadel_tui.demo.endpoints import Answer, Call, created, endpoint, listing, page, read
from zitadel_tui.demo.errors import exists, invalid, not_found
from zitadel_tui.demo.model import Project, ProjectRole
from zitadel_tui.demo.proto import Message, chosen
from zitadel_tui.demo.rules import roles_named
from zitadel_tui.demo.search import text_test
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
    found = [project for project in found if all(_matches(project, q) for q in call.body.get("queries", []))]
    items = [
        {
            "id": project.id,
            "details": read(1, project.created, project.created, project.org),
            "name": project.name,
            "state": "PROJECT_STATE_ACTIVE",
            "projectRoleAssertion": project.role_assertion,
            "projectRoleCheck": project.role_check,
        }
        for project in found[page(call.body.get("query", {}), len(found))]
    ]
    return listing(call, len(found), items)


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
    project = Project(
        store.ids.next(),
        call.org,
        body["name"],
        store.now(),
        role_assertion=body.get("projectRoleAssertion", False),
        role_check=body.get("projectRoleCheck", False),
    )
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
        raise exists("Role already exists", "V3-DKcYh")
    event = call.store.push(project.id, "project.role.added", call.editor)
    project.roles[key] = ProjectRole(key, call.body.get("displayName", ""), event.sequence, event.at)
    return {"details": created(event.sequence, event.at, call.org)}


@endpoint(
    f"POST {PROJECTS}/{{projectId}}/roles/_search",
    permission="project.role.read",
    request="management.v1.ListProjectRolesRequest",
)
def list_project_roles(call: Call) -> Answer:
    project = call.store.projects.get(call.body["projectId"])
    roles = project.roles.values() if project and project.org == call.org else ()
    items = [
        {
            "key": role.key,
            "details": read(role.sequence, role.created, role.created, call.org),
            "displayName": role.display,
        }
        for role in sorted(roles, key=lambda role: role.key)
        if all(_role_matches(role, query) for query in call.body.get("queries", []))
    ]
    return listing(call, len(items), items[page(call.body.get("query", {}), len(items))])


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
