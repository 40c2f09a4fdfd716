"""The instance in memory: organizations, users, memberships, projects, histories."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import msgspec

from zitadel_tui.demo.model import (
    INACTIVE,
    LOCKED,
    Event,
    Grant,
    Ids,
    MachineKey,
    Member,
    Org,
    Project,
    ProjectGrant,
    ProjectRole,
    Token,
    User,
)
from zitadel_tui.demo.tables import History, Projections, Table


class Store:
    """All state. `push` writes an event, the tables hold what follows from it. Not for several threads at
    once. The instance exists since `age` seconds ago."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        lag: tuple[float, float],
        seed: int,
        shuffled: bool,
        age: float = 0.0,
    ) -> None:
        self._clock = clock
        self._past: float | None = clock() - age
        self.rng = random.Random(seed)
        self.ids = Ids(self.now)
        self.projections = Projections((0.0, 0.0), random.Random(seed + 1))
        self._lag = lag
        self._shuffled = shuffled
        self.instance_id = self.ids.next()
        self.instance_name = "demo"
        self.default_org = ""
        self.project_id = ""
        made = self.ids.at(self.now())
        self.signing_keys = (str(made + 1), str(made + 2))
        self.view_time = self.now()
        self.orgs: dict[str, Org] = {}
        self.users: Table[User] = Table(self.projections)
        self.members: dict[str, Table[Member]] = {self.instance_id: Table(self.projections)}
        self.former: dict[tuple[str, str], Event] = {}
        self.histories: dict[str, History] = {self.instance_id: History(before=26)}
        self.names: dict[str, str] = {}
        """Ids of users by login name in lower case."""
        self.projects: dict[str, Project] = {}
        self.grants: Table[Grant] = Table(self.projections)
        self.granted: dict[tuple[str, str, str], str] = {}
        """The id of the one grant of a user, a project and an organization."""
        self.keys: dict[str, MachineKey] = {}
        self.tokens: dict[str, Token] = {}
        self.pats: dict[str, Token] = {}
        self.user_by_old_name: Callable[[str], str | None] = lambda _: None
        self.user_history: Callable[[str], History] = lambda _: History()

    def now(self) -> float:
        return self._past if self._past is not None else self._clock()

    @contextmanager
    def at(self, time: float) -> Iterator[None]:
        """Writes in the block happen at `time`, so that the data has a history."""
        before, self._past = self._past, time
        try:
            yield
        finally:
            self._past = before

    def open(self) -> None:
        """From here on time runs, and reads lag behind writes."""
        self._past = None
        self.projections.lag = self._lag

    def history(self, aggregate: str) -> History:
        """The history of an organization, a user, a project or the instance."""
        if aggregate not in self.histories:
            self.histories[aggregate] = self.user_history(aggregate)
        return self.histories[aggregate]

    def push(self, aggregate: str, type: str, editor: str, *, read: bool = True) -> Event:
        history = self.history(aggregate)
        event = Event(len(history) + 1, type, self.now(), editor, read)
        history.append(event)
        return event

    def add_org(self, name: str, editor: str, domain: str) -> Org:
        id = self.ids.next()
        self.histories[id] = History()
        for type in ("org.added", "org.domain.added", "org.domain.verified", "org.domain.primary.set"):
            self.push(id, type, editor)
        org = Org(id, name, domain, self.now(), self.now())
        self.orgs[id] = org
        self.members[id] = Table(self.projections, shuffled=self._shuffled)
        self.view_time = self.now()
        return org

    def set_domain_policy(self, org_id: str, *, login_must_be_domain: bool) -> None:
        """Gives an organization a domain policy of its own, and its users their login names."""
        org = self.orgs[org_id]
        self.orgs[org_id] = replace(org, login_must_be_domain=login_must_be_domain)
        for user in [user for user in self.users.values() if user.org == org_id]:
            self.add_user(msgspec.structs.replace(user, login_suffix=self.login_suffix(org_id)))

    def login_suffix(self, org_id: str) -> str:
        """What the organization adds to user names."""
        org = self.orgs[org_id]
        return f"@{org.domain}" if org.login_must_be_domain else ""

    def reserves(self, user_name: str, org_id: str) -> bool:
        """Whether a user name of this organization ends in the domain of another one."""
        if self.orgs[org_id].login_must_be_domain:
            return False
        domain = user_name.rpartition("@")[2] if "@" in user_name[1:] else ""
        return any(org.domain == domain for org in self.orgs.values() if org.id != org_id)

    def user_named(self, login_name: str) -> User | None:
        """The user with that login name, ignoring case: the user name, where no domain policy adds to it."""
        key = login_name.lower()
        id = self.names.get(key) or self.user_by_old_name(key)
        user = self.users.get(id) if id else None
        return user if user and user.login_name.lower() == key else None

    def add_user(self, user: User) -> None:
        self.names[user.login_name.lower()] = user.id
        self.users.put(user.id, user)

    def change_user(self, user: User, type: str, editor: str, **fields: Any) -> Event:
        """Writes an event that changes the user, and the changes."""
        event = self.push(user.id, type, editor)
        changed = msgspec.structs.replace(user, sequence=event.sequence, changed=event.at, **fields)
        self.users.put(user.id, changed)
        if changed.state in (INACTIVE, LOCKED):
            self._end_tokens(user.id)
        return event

    def _end_tokens(self, user: str) -> None:
        """None of the user's tokens is accepted again, also when the user is active later (contract §1.8)."""
        self.tokens = {text: token for text, token in self.tokens.items() if token.user != user}

    def remove_user(self, user: User, editor: str) -> Event:
        """Removes a user with all grants, memberships, keys and tokens; the user name is free at once.
        Returns the last event that is written."""
        event = self.push(user.id, "user.removed", editor)
        self.users.put(user.id, None)
        for grant in self.written_grants():
            if grant.user == user.id:
                event = self.remove_grant(grant, "user.grant.cascade.removed", editor)
        for aggregate, table in self.members.items():
            if table.get(user.id):
                event = self.push(aggregate, self.member_type(aggregate, "cascade.removed"), editor)
                table.put(user.id, None)
        self.keys = {id: key for id, key in self.keys.items() if key.user != user.id}
        self.pats = {id: token for id, token in self.pats.items() if token.user != user.id}
        self._end_tokens(user.id)
        return event

    def add_project(self, org: str, name: str, editor: str, **fields: Any) -> Project:
        project = Project(self.ids.next(), org, name, self.now(), **fields)
        self.projects[project.id] = project
        self.histories[project.id] = History()
        self.members[project.id] = Table(self.projections)
        self.push(project.id, "project.added", editor)
        return project

    def deactivate_project(self, project: Project, editor: str) -> Event:
        event = self.push(project.id, "project.deactivated", editor)
        project.active, project.sequence, project.changed = False, event.sequence, event.at
        return event

    def add_project_role(
        self, project: Project, key: str, display: str, group: str, editor: str
    ) -> ProjectRole:
        event = self.push(project.id, "project.role.added", editor)
        role = project.roles[key] = ProjectRole(key, display, event.sequence, event.at, group)
        return role

    def grant_project(self, project: Project, org: str, roles: tuple[str, ...], editor: str) -> ProjectGrant:
        event = self.push(project.id, "project.grant.added", editor)
        grant = ProjectGrant(self.ids.next(), org, roles, event.sequence, event.at, event.at)
        project.grants[grant.id] = grant
        return grant

    def written_grants(self) -> list[Grant]:
        """All grants, including those that searches do not show yet."""
        return [grant for id in self.granted.values() if (grant := self.grants.get(id))]

    def add_grant(self, org: str, user: str, project: Project, roles: tuple[str, ...], editor: str) -> Grant:
        id = self.ids.next()
        event = self.push(id, "user.grant.added", editor)
        through = project.granted_to(org)
        grant = Grant(
            id,
            org,
            user,
            project.id,
            roles,
            event.sequence,
            event.at,
            event.at,
            project_grant=through.id if through else "",
        )
        self.granted[user, project.id, org] = id
        self.grants.put(id, grant)
        return grant

    def change_grant(self, grant: Grant, type: str, editor: str, **fields: Any) -> Event:
        event = self.push(grant.id, type, editor)
        self.grants.put(grant.id, replace(grant, sequence=event.sequence, changed=event.at, **fields))
        return event

    def remove_grant(self, grant: Grant, type: str, editor: str) -> Event:
        event = self.push(grant.id, type, editor)
        self.granted.pop((grant.user, grant.project, grant.org), None)
        self.grants.put(grant.id, None)
        return event

    def member_type(self, aggregate: str, what: str) -> str:
        """The event type of a membership write in an organization, the instance or a project."""
        kind = "org" if aggregate in self.orgs else "project" if aggregate in self.projects else "instance"
        return f"{kind}.member.{what}"

    def put_member(self, aggregate: str, user: str, roles: tuple[str, ...], editor: str) -> Member:
        """Adds a member or replaces the roles."""
        was = self.members[aggregate].get(user)
        event = self.push(aggregate, self.member_type(aggregate, "changed" if was else "added"), editor)
        member = Member(user, roles, event.sequence, was.created if was else event.at, event.at)
        self.members[aggregate].put(user, member)
        return member

    def remove_member(self, aggregate: str, user: str, editor: str) -> Event | None:
        """Removes a member and returns the event; for a former member the old event, None for one who
        never was a member."""
        if self.members[aggregate].get(user):
            event = self.push(aggregate, self.member_type(aggregate, "removed"), editor)
            self.members[aggregate].put(user, None)
            self.former[aggregate, user] = event
        return self.former.get((aggregate, user))

    def memberships(self, user: str, *, shown: bool = False) -> list[tuple[str, Member]]:
        """(aggregate, membership) of a user: organizations, instance, projects; `shown`: as in searches."""
        self.projections.catch_up()
        levels = sorted(self.members, key=lambda id: (id not in self.orgs, id != self.instance_id))
        tables = [(id, self.members[id]) for id in levels]
        found = [(id, table.shown(user) if shown else table.get(user)) for id, table in tables]
        return [(id, member) for id, member in found if member]
