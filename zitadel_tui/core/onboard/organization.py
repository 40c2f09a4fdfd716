"""What is known of an organization, and what that means for a row."""

from collections import Counter
from collections.abc import Collection, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from zitadel_tui.core import organizations, policies, projects, rights, roles, rules
from zitadel_tui.core.account import Account, identify
from zitadel_tui.core.concurrency import together
from zitadel_tui.core.onboard import hashes
from zitadel_tui.core.onboard.rows import Options, Row
from zitadel_tui.core.policies import Policies
from zitadel_tui.core.projects import Project, ProjectRoles
from zitadel_tui.core.rules import Problem
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.organizations import DomainPolicy, PasswordComplexity
from zitadel_tui.zitadel.wire.projects import ProjectRole
from zitadel_tui.zitadel.wire.users import HashedPassword, ImportHuman

if TYPE_CHECKING:
    from zitadel_tui.zitadel.client import Client

_IMPORTING, _LISTING_USERS = "user.write", "user.read"
_LISTING_PROJECTS, _LISTING_PROJECT_ROLES = "project.read", "project.role.read"
_MOST_DOMAINS = 20  # of user names that are looked up, a request each
_MOST_NAMED = 3  # projects in a sentence

T = TypeVar("T")


@dataclass(slots=True)
class Named:
    """What the rows of a file name: projects, whether administrator roles, and the domains in which user
    names end, with their numbers."""

    projects: set[str] = field(default_factory=set)
    roles: bool = False
    domains: Counter[str] = field(default_factory=Counter)

    def add(self, row: Row) -> None:
        self.roles = self.roles or bool(row.roles)
        self.projects.update(project for project, _ in row.grants)
        if domain := _domain(row.body.user_name):
            self.domains[domain] += 1


def _domain(user_name: str) -> str:
    """What follows the last ``@`` that is not the first character: the server's idea of a domain in a user
    name."""
    name, at, domain = user_name.strip().rpartition("@")
    return domain if name and at else ""


@dataclass(frozen=True, slots=True)
class Assignments:
    """Administrator roles by key, and project roles by id and key."""

    roles: tuple[str, ...] = ()
    grants: tuple[ProjectRoles, ...] = ()


@dataclass(slots=True)
class Organization:
    """Make it with :func:`read`. ``offered`` are the administrator roles, empty where no row names any.
    ``reserved`` are domains of other organizations, with the names of these. What this account may not list
    or read is None."""

    account: Account
    policies: Policies
    options: Options
    offered: list[str] | None
    projects: list[Project] | None = field(default_factory=list)
    project_roles: dict[str, list[ProjectRole] | None] = field(default_factory=dict)
    domain_policy: DomainPolicy | None = None
    reserved: dict[str, str] = field(default_factory=dict)
    _roles: dict[tuple[str, ...], tuple[str, ...] | Problem] = field(default_factory=dict)
    _grants: dict[tuple[str, tuple[str, ...]], ProjectRoles | Problem | None] = field(default_factory=dict)
    _assigned: dict[tuple[object, object], Assignments] = field(default_factory=dict)

    @property
    def password_policy(self) -> PasswordComplexity | None:
        return self.policies.password

    @property
    def added_domain(self) -> str:
        """What the server adds to user names to make login names (contract §4.2), such as ``@acme.example``;
        ``@…`` where it does so and the domain is not known, empty where it does not."""
        if self.domain_policy is None or not self.domain_policy.user_login_must_be_domain:
            return ""
        here = self.account.organization
        return f"@{here.primary_domain if here and here.primary_domain else '…'}"

    def problems(self, row: Row) -> list[Problem]:
        """What the server, or its settings, would reject of a row, and what is unusual."""
        body = row.body
        found = [
            one
            for one in rules.problems(body, policy=self.policies.password, languages=self.policies.languages)
            if one.field != "hashedPassword.value"
        ]
        if owner := self.reserved.get(_domain(body.user_name)):
            sentence = (
                f"The server reserves user names that end in @{shown(_domain(body.user_name))} for "
                f"organization {owner}."
            )
            found.insert(0, Problem("userName", sentence))
        hashed = body.hashed_password.value if body.hashed_password else None
        if hashed:
            diagnosis = hashes.diagnose(hashed, self.options.verifiers)
            found += [diagnosis.problem] if diagnosis.problem else []
        resolved = self._resolved_roles(row.roles)
        found += [resolved] if isinstance(resolved, Problem) else []
        for grant in row.grants:
            granted = self._resolved_grant(*grant)
            found += [granted] if isinstance(granted, Problem) else []
        return found

    def body(self, row: Row) -> ImportHuman:
        """What to send: a hash is written as ZITADEL reads it."""
        hashed = row.body.hashed_password.value if row.body.hashed_password else None
        rewritten = hashes.diagnose(hashed, self.options.verifiers).rewritten if hashed else None
        if rewritten is None:
            return row.body
        return msgspec.structs.replace(row.body, hashed_password=HashedPassword(value=rewritten))

    def assignments(self, row: Row) -> Assignments:
        """What a row without grave problems is to be assigned; the roles of a project named twice are
        joined."""
        wanted = row.roles, row.grants
        if wanted not in self._assigned:
            self._assigned[wanted] = self._assignments(row)
        return self._assigned[wanted]

    def _assignments(self, row: Row) -> Assignments:
        resolved = self._resolved_roles(row.roles)
        joined: dict[str, ProjectRoles] = {}
        for grant in row.grants:
            one = self._resolved_grant(*grant)
            if isinstance(one, ProjectRoles):
                before = joined[one.project.id].roles if one.project.id in joined else ()
                keys = tuple(dict.fromkeys((*before, *one.roles)))
                joined[one.project.id] = ProjectRoles(one.project, keys)
        return Assignments(() if isinstance(resolved, Problem) else resolved, tuple(joined.values()))

    def _resolved_roles(self, wanted: tuple[str, ...]) -> tuple[str, ...] | Problem:
        if wanted not in self._roles:
            self._roles[wanted] = self._resolve_roles(wanted)
        return self._roles[wanted]

    def _resolve_roles(self, wanted: tuple[str, ...]) -> tuple[str, ...] | Problem:
        offered = self.offered
        if offered is None:
            offered = [role for role in wanted if rights.level(role) == "organization"]
        try:
            keys = tuple(dict.fromkeys(roles.resolve(name, offered) for name in wanted))
        except UsageFailure as failure:
            return Problem("roles", f"{failure.summary} {failure.hint}")
        if len(keys) > 1 and rights.SELF_MANAGEMENT in keys:
            return Problem("roles", f"{rights.SELF_MANAGEMENT} cannot be combined with other roles.")
        return keys

    def _resolved_grant(self, project: str, keys: tuple[str, ...]) -> ProjectRoles | Problem | None:
        if (project, keys) not in self._grants:
            self._grants[project, keys] = self._resolve_grant(project, keys)
        return self._grants[project, keys]

    def _resolve_grant(self, text: str, keys: tuple[str, ...]) -> ProjectRoles | Problem | None:
        """None where projects may not be listed."""
        if self.projects is None:
            return None
        try:
            project = projects.resolve(text, self.projects)
            offered = self.project_roles.get(project.id)
            if offered is None:
                return ProjectRoles(project, keys)
            return ProjectRoles(project, projects.resolve_roles(keys, offered, project))
        except UsageFailure as failure:
            return Problem("grants", f"{failure.summary} {failure.hint}")

    def lacking(
        self,
        *,
        creates: bool = False,
        assigns: bool = False,
        granted: Sequence[Project] = (),
        finds: bool = True,
    ) -> str:
        """What this account may not do of what is needed, in one sentence with the permissions and a role
        that has them all; empty where nothing is lacking. ``finds``: whether it could list the users."""
        may = self.account.may
        needed = []
        if not finds:
            needed.append(("list users", _LISTING_USERS))
        if creates and not may(_IMPORTING):
            needed.append(("import users", _IMPORTING))
        if assigns and not may(rights.ASSIGNING):
            needed.append(("assign administrator roles", rights.ASSIGNING))
        if self.projects is None:
            needed.append(("list projects", _LISTING_PROJECTS))
        unread = [one for one in self.projects or () if self.project_roles.get(one.id, []) is None]
        if unread:
            needed.append((f"list the roles of {_called(unread)}", _LISTING_PROJECT_ROLES))
        closed = [one for one in granted if not may(rights.GRANTING, project_id=one.id)]
        if closed or (self.projects is None and not may(rights.GRANTING)):
            which = _called(closed) if closed else "projects"
            needed.append((f"assign roles of {which}", rights.GRANTING))
        if not needed:
            return ""
        *others, last = (f"{words} ({permission})" for words, permission in needed)
        told = f"{', '.join(others)} or {last}" if others else last
        return f"This account may not {told}.{_carried([key for _, key in needed], self.offered)}"


def _called(some: Sequence[Project]) -> str:
    if len(some) > _MOST_NAMED:
        return f"{len(some)} projects"
    return f"project{'s' if len(some) > 1 else ''} {', '.join(one.called for one in some)}"


def _carried(permissions: Sequence[str], offered: Collection[str] | None) -> str:
    """A role that has them all, in a sentence; empty when there is none."""
    these = "this permission" if len(permissions) == 1 else "these permissions"
    for among in (offered, None):
        carriers = [rights.roles_with(permission, among) for permission in permissions]
        common = [role for role in carriers[0] if all(role in others for others in carriers)]
        if common:
            return f" {shown(common[0])} has {these}."
    return ""


async def read(client: "Client", options: Options, named: Named) -> Organization:
    """Read what rows are checked against: the account and its rights, policies, the administrator roles when
    any are named, the projects that are named with their roles, and which of the domains in user names belong
    to other organizations. Raises connection errors."""
    async with together() as reads:
        account = reads.create_task(identify(client))
        policy = reads.create_task(policies.read(client))
        domain_policy = reads.create_task(policies.domain(client))
        offered = reads.create_task(roles.offered_if_readable(client)) if named.roles else None
        known = reads.create_task(_unless_refused(projects.read(client))) if named.projects else None
    organization = Organization(
        account.result(),
        policy.result(),
        options,
        offered.result() if offered else [],
        known.result() if known else [],
        domain_policy=domain_policy.result(),
    )
    wanted: dict[str, Project] = {}
    for text in sorted(named.projects) if organization.projects else ():
        try:
            project = projects.resolve(text, organization.projects or ())
        except UsageFailure:
            continue  # told at each row that names it
        wanted[project.id] = project
    domains = _foreign(organization, named.domains)
    async with together() as reads:
        lists = {
            id: reads.create_task(_unless_refused(projects.roles(client, one))) for id, one in wanted.items()
        }
        owners = {one: reads.create_task(organizations.of_domain(client, one)) for one in domains}
    organization.project_roles = {id: task.result() for id, task in lists.items()}
    for domain, owner in owners.items():
        found = owner.result()
        if found is not None and found.id != organization.account.org_id:
            organization.reserved[domain] = shown(found.name or found.id)
    return organization


def _foreign(organization: Organization, domains: Counter[str]) -> list[str]:
    """The domains that may be those of another organization, which the server reserves for it (contract
    §3.1): the most frequent ones, where this account can see other organizations."""
    account, policy = organization.account, organization.domain_policy
    if policy is None or policy.user_login_must_be_domain:
        return []
    if all(one.org_id == account.org_id and not one.iam for one in account.memberships):
        return []
    own = account.organization.primary_domain if account.organization else ""
    return [domain for domain, _ in domains.most_common(_MOST_DOMAINS) if domain != own]


async def _unless_refused(reading: Coroutine[Any, Any, T]) -> T | None:
    """None where the account lacks the permission."""
    try:
        return await reading
    except errors.NotPermitted:
        return None
