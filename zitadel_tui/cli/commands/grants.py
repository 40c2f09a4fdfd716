"""``grants``: the project roles of users, listed and changed."""

import asyncio
from collections.abc import Awaitable, Callable

from zitadel_tui.cli.commands.changes import (
    change_roles,
    named_user,
    print_role_change,
    refuse_read_only,
)
from zitadel_tui.cli.failures import DONE
from zitadel_tui.cli.output import Column
from zitadel_tui.cli.run import Run
from zitadel_tui.core import projects, user_lookup, words
from zitadel_tui.core.changes import (
    AddGrantRoles,
    Applied,
    GrantChange,
    Rehearsal,
    RemoveGrantRoles,
    SetGrant,
    grant,
    remove_grant,
)
from zitadel_tui.core.projects import Project
from zitadel_tui.core.session import Session
from zitadel_tui.zitadel.wire.base import to_data
from zitadel_tui.zitadel.wire.projects import UserGrant
from zitadel_tui.zitadel.wire.users import User

_COLUMNS = (
    Column[UserGrant]("id", lambda grant: grant.id),
    Column[UserGrant]("userId", lambda grant: grant.user_id),
    Column[UserGrant]("displayName", projects.holder_name, "NAME"),
    Column[UserGrant]("preferredLoginName", projects.holder_login, "LOGIN"),
    Column[UserGrant]("projectId", lambda grant: grant.project_id),
    Column[UserGrant]("projectName", lambda grant: grant.project_name, "PROJECT"),
    Column[UserGrant]("roleKeys", lambda grant: " ".join(sorted(grant.role_keys)), "ROLES"),
    Column[UserGrant](
        "state",
        lambda grant: grant.state,
        "STATE",
        display=words.activity,
        rigid=True,
    ),
)


def list_(run: Run) -> int:
    async def ask(session: Session) -> list[UserGrant]:
        user_id = (await named_user(run, session)).id if run.options.user else ""
        project_id = ""
        if run.options.project:
            project_id = projects.resolve(run.options.project, await projects.read(session.client)).id
        return await projects.grants(
            session.client, user_id=user_id, project_id=project_id, role=run.options.role or ""
        )

    found = run.read(ask)
    found.sort(key=lambda one: (projects.holder_name(one).casefold(), one.project_name.casefold(), one.id))
    run.output.rows(_COLUMNS, found, to_data)
    if not found:
        run.output.say("note", "No user has project roles that match.")
    return DONE


def add(run: Run) -> int:
    async def change(user: User, project: Project, named: tuple[str, ...], session: Session) -> GrantChange:
        return AddGrantRoles(user.id, project.id, named, who=user_lookup.login(user), project=project.name)

    return _change(run, change)


def set_(run: Run) -> int:
    async def change(user: User, project: Project, named: tuple[str, ...], session: Session) -> GrantChange:
        seen = await _held(session, user, project)
        return SetGrant(user.id, project.id, seen, named, who=user_lookup.login(user), project=project.name)

    return _change(run, change)


def remove(run: Run) -> int:
    async def change(user: User, project: Project, named: tuple[str, ...], session: Session) -> GrantChange:
        login = user_lookup.login(user)
        if named:
            return RemoveGrantRoles(user.id, project.id, named, who=login, project=project.name)
        seen = await _held(session, user, project)
        return remove_grant(user.id, project.id, login, project.name, seen)

    return _change(run, change, known_only=False)


async def _held(session: Session, user: User, project: Project) -> tuple[str, ...]:
    found = await grant(session.client, user.id, project.id)
    return found.roles if found else ()


def _change(
    run: Run,
    make: Callable[[User, Project, tuple[str, ...], Session], Awaitable[GrantChange]],
    *,
    known_only: bool = True,
) -> int:
    """Apply the change that ``make`` creates for the given user, project and roles. ``known_only``: the
    roles must exist in the project."""
    refuse_read_only(run)

    async def do(session: Session) -> Applied | Rehearsal:
        user, known = await asyncio.gather(named_user(run, session), projects.read(session.client))
        project = projects.resolve(run.options.project, known)
        if not project.is_active:
            run.output.say("warning", f"Project {project.called} is inactive.")
        named = tuple(dict.fromkeys(run.options.roles))
        if known_only:
            named = projects.resolve_roles(named, await projects.roles(session.client, project), project)
        return await change_roles(run, session, await make(user, project, named, session))

    return print_role_change(run, run.write(do), [run.options.project, *run.options.roles])
