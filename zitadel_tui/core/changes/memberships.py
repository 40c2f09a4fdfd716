"""Changes to the roles of a member (contract §3.3, §4.1).

The server replaces the whole list of roles, so each change is read, compare, write: the list is read right
before, and the new list is computed from that."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import msgspec

from zitadel_tui.core import rights
from zitadel_tui.core.changes import attribution, guards
from zitadel_tui.core.changes.base import Applied, Change, Preview, Resource, Step, command
from zitadel_tui.core.changes.role_lists import (
    RoleListChange,
    Roles,
    RolesChanged,
    conflict,
    difference,
    with_added,
    without,
)
from zitadel_tui.core.changes.scopes import ORGANIZATION, Scope, from_data
from zitadel_tui.core.journal import Baseline, Record
from zitadel_tui.core.session import Session
from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.base import Changed
from zitadel_tui.zitadel.wire.members import Member


async def membership(client: Client, user_id: str, scope: Scope = ORGANIZATION) -> Member | None:
    """The user's membership, as the member list shows it."""
    page = await client.send(scope.find(user_id))
    return page.result[0] if page.result else None


async def appears(session: Session, applied: Applied, scope: Scope = ORGANIZATION) -> Member | None:
    """Wait until a read shows what ``applied`` wrote, and return the membership (None: it is removed, as
    intended).

    Raises ``Unavailable`` when it does not appear within a few seconds."""

    async def find() -> tuple[Member | None] | None:
        found = await membership(session.client, applied.user_id, scope)
        return (found,) if frozenset(_roles(found)) == frozenset(applied.after) else None

    shown_at_last = await session.timing.poll(find)
    if shown_at_last is None:
        raise errors.Unavailable("The member list does not show the change yet.", "Refresh in a while.")
    return shown_at_last[0]


def _roles(member: Member | None) -> Roles:
    return member.roles if member else ()


def _check_self_management(before: Roles, after: Roles) -> None:
    """Raises ``InvalidInput`` where the server refuses the role (contract §3.3, §4.1)."""
    if before or frozenset(after) != {rights.SELF_MANAGEMENT}:
        raise errors.InvalidInput(
            f"{rights.SELF_MANAGEMENT} cannot be combined with other roles, and only a user who is not a "
            "member yet can get it; nothing was written.",
            "Leave that role out, or remove the membership first.",
            field="roles",
        )


def _listed(roles: Iterable[str]) -> str:
    return ", ".join(map(shown, rights.sort_roles(roles)))


@dataclass(frozen=True, slots=True)
class RoleChange(RoleListChange[Member]):
    """What changes of a membership have in common; they work on any level that ``scope`` describes."""

    scope: Scope = field(default=ORGANIZATION, kw_only=True)

    resource: ClassVar[Resource] = "memberships"
    emptied: ClassVar[str] = "Without a role, the user is no longer a member."
    nothing: ClassVar[str] = "no member"
    look_at: ClassVar[str] = "the history of the organization"

    async def current(self, session: Session) -> Member | None:
        return await membership(session.client, self.user_id, self.scope)

    def roles_of(self, found: Member | None) -> Roles:
        return _roles(found)

    def _result(self, now: Roles) -> Roles:
        after = super(RoleChange, self)._result(now)
        if rights.SELF_MANAGEMENT in after and frozenset(after) != frozenset(now):
            _check_self_management(now, after)
        return after

    async def check(self, session: Session) -> Preview:
        before = _roles(await self.current(session))
        return Preview(before, self._result(before))

    def requests(self, preview: Preview) -> tuple[Call[Any], ...]:
        """The server replaces the whole list of roles."""
        return (self._call(preview.before, preview.after),) if preview.changes else ()

    async def guards(
        self, session: Session, *, seen: Preview | None = None, besides: frozenset[str] = frozenset()
    ) -> Roles:
        removed = (seen or await self.check(session)).removed
        reasons = []
        if self.scope.owner_role in removed:
            reasons.append(await guards.last_owner(session, self.scope, self, besides=besides))
        if removed and self.user_id == (await session.identify()).account:
            reasons.append(f"These are your own rights: {_listed(removed)}.")
        return tuple(filter(None, reasons))

    async def prepare(self, session: Session) -> Step:
        begun = asyncio.get_running_loop().time()
        current = await self.current(session)
        if current is None:  # or has just become a member
            await asyncio.sleep(session.timing.lag)
            current = await self.current(session)
        return await self._step(session, current, begun)

    async def _step(self, session: Session, current: Member | None, begun: float) -> Step:
        """``current`` was read at ``begun`` or later."""
        before = _roles(current)
        after = self._result(before)
        if frozenset(after) == frozenset(before):
            return Step(None, before, before)
        if current is None:
            sequence = await attribution.newest_event(session, self.scope)
        else:
            sequence = attribution.number(current.details.sequence)
        return Step(self._call(before, after), before, after, Baseline(sequence=sequence), begun)

    def _call(self, before: Roles, after: Roles) -> Call[Changed]:
        if not after:
            return self.scope.remove(self.user_id)
        if not before:
            return self.scope.add(self.user_id, after)
        return self.scope.change(self.user_id, after)

    async def send(self, session: Session, call: Call[Any]) -> Any:
        coordination = await session.coordination()
        async with coordination.writing():
            answer: Changed = await session.client.send(call)
            coordination.written.add(attribution.number(answer.details.sequence))
            return answer

    async def finish(self, session: Session, step: Step, answer: Changed) -> Applied:
        before = step.before or ()
        sentence = f"{self._new_state(step.after)}."
        if not before:
            sentence = f"{self.called} is now a member with {_listed(step.after)}."
        applied = Applied(sentence, self.user_id, before=before, after=step.after, answer=answer)
        if not before:  # the server only adds users who are not members: nothing was overwritten
            return applied
        took = asyncio.get_running_loop().time() - step.read_at
        found = await attribution.overlap(
            session, self.scope, answer.details, seen=step.baseline.sequence, took=took
        )
        if not found.ours:
            coordination = await session.coordination()
            coordination.written.discard(attribution.number(answer.details.sequence))
            sentence = f"No change: {self._state(step.after)}, by another request at the same moment."
            return replace(applied, sentence=sentence, changed=False, before=step.after)
        return replace(applied, warning=found.warning)

    def _state(self, roles: Roles) -> str:
        return f"{self.called} has {_listed(roles)}" if roles else f"{self.called} is not a member"

    def _new_state(self, roles: Roles) -> str:
        return f"{self.called} now has {_listed(roles)}" if roles else f"{self.called} is no longer a member"

    async def _is_ours(self, session: Session, record: Record, found: Member | None) -> bool | None:
        return await attribution.is_ours(session, self.scope, record, found)

    def invert(self, applied: Applied) -> Change | None:
        if not applied.changed:
            return None
        return SetRoles(self.user_id, applied.after, applied.before, who=self.who, scope=self.scope)

    def _scope_data(self) -> dict[str, Any]:
        return {"scope": self.scope.to_data()}

    @classmethod
    def from_record(cls, record: Record) -> Self:
        roles = dict(record.wanted)
        scope = from_data(msgspec.convert(roles.pop("scope", {}), dict[str, str]))
        keys = {name: msgspec.convert(value, Roles) for name, value in roles.items()}
        return cls(record.user, who=record.name, scope=scope, **keys)


@dataclass(frozen=True, slots=True)
class AddRoles(RoleChange):
    """Makes a user a member, or adds to the roles of a member; it removes nothing.

    ``new_user``: the user was created by this program a moment ago, so no event before it is asked for."""

    roles: Roles
    new_user: bool = field(default=False, kw_only=True)

    kind: ClassVar[str] = "add roles"
    destructive: ClassVar[bool] = False

    def describe(self) -> str:
        return f"Add {_listed(self.roles)} to {self.called}."

    def calls(self) -> tuple[Call[Any], ...]:
        return (self.scope.add(self.user_id, self.result(())),)

    def as_command(self) -> str:
        return command("members", "add", self.user_id, *self.roles)

    def result(self, roles: Roles) -> Roles:
        return with_added(roles, self.roles)

    async def prepare(self, session: Session) -> Step:
        """Assume that the user is not a member, which saves reading the membership: the server rejects
        adding a member twice."""
        roles = self._result(())
        newest = 0 if self.new_user else await attribution.newest_event(session, self.scope)
        return Step(self.scope.add(self.user_id, roles), None, roles, Baseline(sequence=newest))

    def has_another_way(self, step: Step, refusal: errors.ZitadelError) -> bool:
        return step.before is None and isinstance(refusal, errors.AlreadyThere)

    async def prepare_again(self, session: Session, step: Step) -> Step:
        begun = asyncio.get_running_loop().time()
        current = await session.timing.poll(lambda: self.current(session))
        if current is None:
            raise errors.Unavailable(
                f"The server says that {self.called} is a member, but does not list them yet.", "Try again."
            )
        return await self._step(session, current, begun)

    def no_change(self, roles: Roles) -> str:
        return f"No change: {self.called} already has {_listed(self.roles)}."

    def record_data(self) -> dict[str, Any]:
        return {**self._scope_data(), "roles": self.roles}


@dataclass(frozen=True, slots=True)
class RemoveRoles(RoleChange):
    """Removes roles and leaves the others; removing the last one removes the membership."""

    roles: Roles

    kind: ClassVar[str] = "remove roles"

    def describe(self) -> str:
        return f"Remove {_listed(self.roles)} from {self.called}."

    def calls(self) -> tuple[Call[Any], ...]:
        """The remaining roles are known only after reading, so the read request is shown."""
        return (self.scope.find(self.user_id),)

    def as_command(self) -> str:
        return command("members", "remove", self.user_id, *self.roles)

    def result(self, roles: Roles) -> Roles:
        return without(roles, self.roles)

    def no_change(self, roles: Roles) -> str:
        if not roles:
            return f"No change: {self.called} is not a member."
        return f"No change: {self.called} does not have {_listed(self.roles)}, only {_listed(roles)}."

    def record_data(self) -> dict[str, Any]:
        return {**self._scope_data(), "roles": self.roles}


@dataclass(frozen=True, slots=True)
class SetRoles(RoleChange):
    """Sets the roles to exactly ``wanted`` if they are still as ``seen``; otherwise raises
    ``RolesChanged``."""

    seen: Roles
    wanted: Roles

    kind: ClassVar[str] = "set roles"

    def describe(self) -> str:
        if not self.wanted:
            return f"Remove {self.called} from the members; they have {_listed(self.seen)}."
        return f"Change the roles of {self.called}: {difference(self.seen, self.wanted)}."

    def calls(self) -> tuple[Call[Any], ...]:
        return (self._call(self.seen, self.result(self.seen) if self.wanted else ()),)

    def as_command(self) -> str:
        if not self.wanted:
            return command("members", "remove", self.user_id)
        return command("members", "set", self.user_id, *self.wanted)

    def result(self, roles: Roles) -> Roles:
        """Existing roles keep their order; ``wanted`` is used as it is when it keeps that order."""
        kept = tuple(role for role in roles if role in self.wanted)
        if kept == tuple(role for role in self.wanted if role in roles):
            return self.wanted
        return with_added(kept, self.wanted)

    def no_change(self, roles: Roles) -> str:
        if not roles:
            return f"No change: {self.called} is not a member."
        return f"No change: {self.called} already has {_listed(roles)} and nothing else."

    def _conflict(self, now: Roles) -> RolesChanged | None:
        return conflict(self.called, self.seen, now, self.wanted, nothing=self.nothing)

    def record_data(self) -> dict[str, Any]:
        return {**self._scope_data(), "seen": self.seen, "wanted": self.wanted}


def remove_membership(user_id: str, who: str, seen: Iterable[str]) -> SetRoles:
    """Remove a membership whose roles are still as ``seen``."""
    return SetRoles(user_id, tuple(seen), (), who=who)
