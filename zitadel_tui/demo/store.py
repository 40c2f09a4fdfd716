"""The instance in memory: organizations, people, memberships, projects, histories."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
        self.projects: dict[str, Project] = {}
        self.grants: Table[Grant] = Table(self.projections)
        self.keys: dict[str, MachineKey] = {}
        self.tokens: dict[str, Token] = {}
        self.pats: dict[str, Token] = {}
        self.user_by_old_name: Callable[[str], str | None] = lambda _: None
        self.user_history: Callable[[str], History] = lambda _: History()

    def now(self) -> float:
        return self._past if self._past is not None else self._clock()

    @contextmanager
    def at(self, time: float) -> Iterator[None]:
        """Writes inside happen at `time`, so that the data has a past."""
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
        """The history of an organization, a person, a project or the instance."""
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

    def user_named(self, name: str) -> User | None:
        """The person of that user name, whatever its case."""
        id = self.names.get(name.lower()) or self.user_by_old_name(name.lower())
        return self.users.get(id) if id else None

    def add_user(self, user: User) -> None:
        self.names[user.user_name.lower()] = user.id
        self.users.put(user.id, user)

    def change_user(self, user: User, type: str, editor: str, **fields: Any) -> Event:
        """Writes an event that changes the person, and what it changes."""
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
        for grant in list(self.grants.values()):
            if grant.user == user.id:
                event = self.push(grant.id, "user.grant.cascade.removed", editor)
                self.grants.put(grant.id, None)
        for aggregate, table in self.members.items():
            if table.get(user.id):
                event = self.push(aggregate, self.member_type(aggregate, "cascade.removed"), editor)
                table.put(user.id, None)
        self.keys = {id: key for id, key in self.keys.items() if key.user != user.id}
        self.pats = {id: token for id, token in self.pats.items() if token.user != user.id}
        self._end_tokens(user.id)
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
        """The removal; the same again for a former member, None for who never was one."""
        if self.members[aggregate].get(user):
            event = self.push(aggregate, self.member_type(aggregate, "removed"), editor)
            self.members[aggregate].put(user, None)
            self.former[aggregate, user] = event
        return self.former.get((aggregate, user))

    def memberships(self, user: str, *, shown: bool = False) -> list[tuple[str, Member]]:
        """(aggregate, membership) of a person: organizations, instance, projects; `shown`: as in searches."""
        self.projections.catch_up()
        levels = sorted(self.members, key=lambda id: (id not in self.orgs, id != self.instance_id))
        tables = [(id, self.members[id]) for id in levels]
        found = [(id, table.shown(user) if shown else table.get(user)) for id, table in tables]
        return [(id, member) for id, member in found if member]
