"""The texts of the Projects view: rows, the roles of a project, and the lines around them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from zitadel_tui.core import projects, words
from zitadel_tui.core.projects import Project
from zitadel_tui.failure import Failure
from zitadel_tui.text import cut, shown
from zitadel_tui.tui.format.lines import BLANK, DIM, STRONG, WARNING, Line, columns, hanging, refusal
from zitadel_tui.tui.widgets.table import Column, Row
from zitadel_tui.zitadel.wire.members import MACHINE
from zitadel_tui.zitadel.wire.projects import ProjectRole, UserGrant

PROJECT_COLUMNS = (
    Column("name", "PROJECT", 30, min_width=20, grow=2),
    Column("state", "STATE", 8, min_width=8),
    Column("owner", "GRANTED BY", 18, min_width=10, priority=1, grow=1, dim=True),
)
HOLDER_COLUMNS = (
    Column("name", "NAME", 20, min_width=16, grow=2),
    Column("login", "LOGIN", 18, min_width=8, grow=2),
    Column("roles", "PROJECT ROLES", 30, min_width=20, grow=2),
    Column("since", "SINCE", 10, min_width=10, priority=1, align="right", dim=True),
)
PROJECT_CSV = ["project", "state", "grantedBy", "projectId"]
HOLDER_CSV = ["name", "login", "email", "roles", "state", "since", "userId", "grantId"]


def project_row(project: Project) -> Row:
    return project.name or project.id, words.activity(project), project.owner


def project_csv(rows: Iterable[Project]) -> Iterator[Sequence[str]]:
    for project in rows:
        yield project.name, words.activity(project), project.owner, project.id


def holder_row(grant: UserGrant, *, width_of_name: int, width_of_roles: int, now: datetime) -> Row:
    """The row of a user; the words for inactive grants and service accounts are never cut."""
    kind = " service" if grant.user_type == MACHINE else ""
    name = cut(shown(projects.holder_name(grant)), width_of_name - len(kind)) + kind
    keys = " ".join(map(shown, sorted(grant.roles))) or "no roles"
    roles = keys if grant.is_active else f"inactive: {cut(keys, max(1, width_of_roles - 10))}"
    return name, projects.holder_login(grant), roles, words.ago(grant.details.creation_date, now)


def holder_csv(rows: Iterable[UserGrant]) -> Iterator[Sequence[str]]:
    for grant in rows:
        yield (
            projects.holder_name(grant),
            projects.holder_login(grant),
            grant.email,
            " ".join(sorted(grant.roles)),
            words.activity(grant),
            grant.details.creation_date,
            grant.user_id,
            grant.id,
        )


def project_lines(project: Project, roles: "list[ProjectRole] | Failure | None", width: int) -> list[Line]:
    """A project with its roles; None: still being read."""
    lines: list[Line] = [((project.name or project.id, STRONG),)]
    if not project.is_active:
        lines += hanging("", "Inactive: its roles do not count until it is reactivated.", width, WARNING)
    if project.owner:
        lines += hanging("", f"Granted by {project.owner}, with the roles below.", width, DIM)
    if project.checks_roles:
        lines += hanging("", "Only users with a role can sign in to its applications.", width, DIM)
    return [*lines, *_role_lines(roles, width), BLANK, (("id ", DIM), project.id)]


def _role_lines(roles: "list[ProjectRole] | Failure | None", width: int) -> list[Line]:
    if roles is None:
        return [(("Reading roles …", DIM),)]
    if isinstance(roles, Failure):
        return refusal(roles, width)
    if not roles:
        return [(("It has no roles.", DIM),)]
    lines: list[Line] = []
    longest = min(max(len(shown(role.key)) for role in roles), max(12, width // 2))
    for group in dict.fromkeys(role.group for role in roles):
        if group:
            lines.append(((group, DIM),))
        lines += [
            columns([(role.key, longest, "")], (role.display_name, DIM))
            for role in roles
            if role.group == group
        ]
    return lines
