"""Projects of an organization, their roles, and who is granted them (contract §4.4, people-and-projects.md).

``Grant`` is ZITADEL's word for the roles of one project that one user has in one organization.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zitadel_tui.core import members, words
from zitadel_tui.core.collection import Schema
from zitadel_tui.core.concurrency import together
from zitadel_tui.core.search import Query, folded
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls
from zitadel_tui.zitadel.wire.members import Member
from zitadel_tui.zitadel.wire.projects import PROJECT_INACTIVE, ProjectRole, UserGrant

if TYPE_CHECKING:
    from zitadel_tui.zitadel.client import Client

_TYPO = 0.75  # share of equal letters from which one word is another one mistyped
_MOST_SUGGESTED = 4


@dataclass(frozen=True, slots=True)
class Project:
    """A project whose roles users of this organization can have."""

    id: str
    name: str = ""
    is_active: bool = True
    owner: str = ""
    """The name, or else the id, of the organization that granted it to this one; empty for its own."""
    granted_roles: tuple[str, ...] | None = None
    """Which roles were granted to this organization; None for a project of its own: all."""
    checks_roles: bool = False
    """Whether only users with a role in it can sign in to its applications (``projectRoleCheck``)."""

    @property
    def called(self) -> str:
        return shown(self.name or self.id)


@dataclass(frozen=True, slots=True)
class ProjectRoles:
    """Roles of one project, by key."""

    project: Project
    roles: tuple[str, ...]


async def choose(client: "Client", wanted: Sequence[str]) -> tuple[ProjectRoles, ...]:
    """The project roles that ``wanted`` names, each in the form of :func:`parse_grant`. The roles of a
    project named twice are joined. Raises ``UsageFailure`` for unknown names."""
    parsed = [parse_grant(text) for text in wanted]
    if not parsed:
        return ()
    known = await read(client)
    named: dict[str, tuple[Project, list[str]]] = {}
    for text, keys in parsed:
        project = resolve(text, known)
        named.setdefault(project.id, (project, []))[1].extend(keys)
    async with together() as reads:
        tasks = {id: reads.create_task(roles(client, project)) for id, (project, _) in named.items()}
    return tuple(
        ProjectRoles(project, resolve_roles(keys, tasks[id].result(), project))
        for id, (project, keys) in named.items()
    )


async def read(client: "Client") -> list[Project]:
    """Read the projects of the addressed organization, then those granted to it; each sorted by name."""
    async with together() as reads:
        owned = reads.create_task(client.send(calls.search_projects()))
        granted = reads.create_task(client.send(calls.search_granted_projects()))
    own = [
        Project(
            one.id,
            one.name,
            is_active=one.state != PROJECT_INACTIVE,
            checks_roles=one.project_role_check,
        )
        for one in owned.result().result
    ]
    others = [
        Project(
            one.project_id,
            one.project_name,
            is_active=not one.state.endswith("_INACTIVE"),
            owner=one.project_owner_name or one.project_owner_id,
            granted_roles=one.granted_role_keys,
        )
        for one in granted.result().result
    ]
    return sorted(own, key=_by_name) + sorted(others, key=_by_name)


def _by_name(project: Project) -> tuple[str, str]:
    return project.name.casefold(), project.id


async def roles(client: "Client", project: Project) -> list[ProjectRole]:
    """The roles that users of this organization can have in ``project``, by key.

    Of a project that another organization granted only keys may be known: its own list need not be
    readable from here.
    """
    found = (await client.send(calls.search_project_roles(project.id))).result
    if project.granted_roles is None:
        return sorted(found, key=lambda role: role.key)
    by_key = {role.key: role for role in found}
    return [by_key.get(key) or ProjectRole(key=key) for key in sorted(set(project.granted_roles))]


async def grants(
    client: "Client", *, user_id: str = "", project_id: str = "", role: str = ""
) -> list[UserGrant]:
    """Grants in the addressed organization: all, or those of a user, a project, with exactly this role."""
    search = calls.search_user_grants(user_id=user_id, project_id=project_id, role_key=role)
    return list((await client.send(search)).result)


def holder_login(grant: UserGrant) -> str:
    return grant.preferred_login_name or grant.user_name


def holder_name(grant: UserGrant) -> str:
    """The user's name; for a service account the login name, because grants contain no other."""
    full_name = f"{grant.first_name} {grant.last_name}".strip()
    return grant.display_name or full_name or holder_login(grant) or grant.user_id


def resolve(text: str, known: Sequence[Project]) -> Project:
    """The project whose id or name ``text`` is; a name is compared without case. Raises ``UsageFailure``,
    which lists the projects of one name, or suggests those whose names are like it."""
    text = text.strip()
    for project in known:
        if project.id == text:
            return project
    named = [project for project in known if project.name.casefold() == text.casefold()]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(f"{shown(one.id)}{f' (of {shown(one.owner)})' if one.owner else ''}" for one in named)
        raise UsageFailure(
            f"{len(named)} projects are called {shown(text)!r}: {ids}.", "Give the id of one of them."
        )
    raise UsageFailure(
        f"There is no project {shown(text)!r} in this organization, nor one granted to it.",
        _suggestion(text, [one.name for one in known]) or "See its projects: zitadel-tui projects list.",
    )


def resolve_roles(wanted: Iterable[str], offered: Iterable[ProjectRole], project: Project) -> tuple[str, ...]:
    """The role keys that ``wanted`` names, each once. Keys of projects are compared with case, as the
    server does; another case is suggested. Raises ``UsageFailure``."""
    keys = [role.key for role in offered]
    for role in wanted:
        if role not in keys:
            every = f"Its roles: {shown(', '.join(keys))}." if keys else "It has no roles."
            raise UsageFailure(
                f"Project {project.called} has no role {shown(role)!r}.", _suggestion(role, keys) or every
            )
    return tuple(dict.fromkeys(wanted))


def _suggestion(text: str, names: Sequence[str]) -> str:
    import difflib

    plain = {name: name.casefold() for name in names}
    likeness = {
        name: difflib.SequenceMatcher(None, text.casefold(), other).ratio() for name, other in plain.items()
    }
    near = [name for name in sorted(names, key=lambda one: -likeness[one]) if likeness[name] >= _TYPO]
    near = near or [name for name in names if text.casefold() in plain[name]]
    return words.did_you_mean(dict.fromkeys(near[:_MOST_SUGGESTED]))


def parse_grant(text: str) -> tuple[str, tuple[str, ...]]:
    """``PROJECT:ROLE[,ROLE]…`` as project and role keys.

    For a name that contains ``:``, ``;`` or ``,``, use the project's id. Raises ``UsageFailure``.
    """
    project, colon, keys = text.partition(":")
    wanted = tuple(filter(None, (key.strip() for key in keys.split(","))))
    if not (colon and project.strip() and wanted):
        raise UsageFailure(
            f"{shown(text)!r} does not name project roles.",
            "Write PROJECT:ROLE, or PROJECT:ROLE,ROLE; for a project whose name has : or , use its id.",
        )
    return project.strip(), wanted


def _project_text(project: Project) -> str:
    return folded("\n".join((project.name, project.id, project.owner, words.activity(project))))


PROJECT_SCHEMA: Schema[Project] = Schema(
    lambda project: project.id,
    _project_text,
    {
        "name": lambda project: (bool(project.owner), folded(project.name)),
        "state": lambda project: (project.is_active, folded(project.name)),
        "owner": lambda project: (folded(project.owner), folded(project.name)),
    },
    lambda query: None,
)
"""For lists of projects; by name the organization's own come first."""

GRANT_FIELDS = ("role", "kind", "state")
"""Before a colon in a filter: of one role to the letter or by a part of it, ``human`` or ``service``,
``active`` or ``inactive``."""


def _grant_text(grant: UserGrant) -> str:
    columns = (holder_name(grant), holder_login(grant), grant.email, " ".join(grant.role_keys), grant.user_id)
    return folded("\n".join(columns))


def grant_schema(role_keys: Iterable[str]) -> Schema[UserGrant]:
    """For a list of the users of one project. ``role:viewer`` means that role where ``role_keys`` has it,
    else every role with the word in it."""
    known = {folded(key) for key in role_keys}

    def test(query: Query) -> Callable[[UserGrant], bool] | None:
        wanted, kinds, states = (query.asked(field) for field in GRANT_FIELDS)

        def fits(grant: UserGrant) -> bool:
            keys = [folded(key) for key in grant.role_keys]
            kind = members.kind_of(grant.user_type)
            state = words.activity(grant)
            return (
                all(word in keys if word in known else any(word in key for key in keys) for word in wanted)
                and all(kind.startswith(word) for word in kinds)
                and all(state.startswith(word) for word in states)
            )

        return fits if query.fields else None

    keys = {
        "name": lambda grant: (folded(holder_name(grant)),),
        "login": lambda grant: (folded(holder_login(grant)),),
        "roles": lambda grant: (not grant.role_keys, sorted(grant.role_keys), folded(holder_name(grant))),
        "since": lambda grant: (grant.details.creation_date,),
    }
    return Schema(lambda grant: grant.id, _grant_text, keys, test)


def member_of(grant: UserGrant) -> Member:
    """The user of a grant as a member without roles, for lists of members."""
    return Member(
        user_id=grant.user_id,
        preferred_login_name=holder_login(grant),
        email=grant.email,
        first_name=grant.first_name,
        last_name=grant.last_name,
        display_name=holder_name(grant),
        user_type=grant.user_type,
        user_resource_owner=grant.granted_org_id,
    )
