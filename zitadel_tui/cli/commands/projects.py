"""``projects``: list projects and their roles."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from zitadel_tui.cli.failures import DONE
from zitadel_tui.cli.output import Column
from zitadel_tui.cli.run import Run
from zitadel_tui.core import projects, words
from zitadel_tui.core.projects import Project
from zitadel_tui.core.session import Session
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.base import to_data
from zitadel_tui.zitadel.wire.projects import ProjectRole

_PROJECTS = (
    Column[Project]("id", lambda project: project.id, "ID", rigid=True),
    Column[Project]("name", lambda project: project.name, "NAME"),
    Column[Project]("state", words.activity, "STATE", rigid=True),
    Column[Project]("grantedBy", lambda project: project.owner, "GRANTED BY"),
)


def list_(run: Run) -> int:
    async def ask(session: Session) -> list[Project]:
        return await projects.read(session.client)

    found = run.read(ask)
    run.output.rows(_PROJECTS, found, _project_data)
    if not found:
        run.output.say("note", "This organization has no projects, and none are granted to it.")
    return DONE


def _project_data(project: Project) -> object:
    granted = {} if project.granted_roles is None else {"grantedRoleKeys": list(project.granted_roles)}
    data = {
        "id": project.id,
        "name": project.name,
        "state": words.activity(project),
        "projectRoleCheck": project.checks_roles,
    }
    return {**data, "grantedBy": project.owner, **granted}


@dataclass(frozen=True, slots=True)
class _Role:
    role: ProjectRole
    holders: int | None
    """None where the grants may not be read."""

    @property
    def counted(self) -> str:
        return "" if self.holders is None else str(self.holders)


_ROLES = (
    Column[_Role]("key", lambda row: row.role.key, "ROLE"),
    Column[_Role]("displayName", lambda row: row.role.display_name, "NAME"),
    Column[_Role]("group", lambda row: row.role.group, "GROUP"),
    Column[_Role]("holders", lambda row: row.counted, "HOLDERS", rigid=True),
)


def roles(run: Run) -> int:
    async def ask(session: Session) -> tuple[Project, list[_Role]]:
        project = projects.resolve(run.options.project, await projects.read(session.client))
        offered, holders = await asyncio.gather(
            projects.roles(session.client, project), _holders(session, project)
        )
        return project, [_Role(role, holders[role.key] if holders is not None else None) for role in offered]

    project, found = run.read(ask)
    run.output.rows(_ROLES, found, _role_data)
    if not found:
        run.output.say("note", f"Project {project.called} has no roles.")
    if not project.is_active:
        run.output.say("warning", f"Project {project.called} is inactive.")
    return DONE


async def _holders(session: Session, project: Project) -> Counter[str] | None:
    """How many users of this organization have each role."""
    try:
        grants = await projects.grants(session.client, project_id=project.id)
    except errors.NotPermitted:
        return None
    return Counter(key for grant in grants for key in grant.roles)


def _role_data(row: _Role) -> object:
    data = to_data(row.role)
    return data if row.holders is None else {**data, "holders": row.holders}
