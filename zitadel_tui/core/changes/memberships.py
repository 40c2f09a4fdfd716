"""Changes to the roles of a member (contract §3.3, §4.1).

The server replaces the whole list of roles, so each change is read, compare, write: the list is read
again right before, and what it becomes is worked out from what is there then.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import msgspec

from zitadel_tui.core import rights
from zitadel_tui.core.changes import attribution, guards
from zitadel_tui.core.changes.base import Applied, Change, Preview, Resource, Step, UserChange, command
from zitadel_tui.core.changes.scopes import ORGANIZATION, Scope, from_data
from zitadel_tui.core.journal import Baseline, Record
from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.base import Changed
from zitadel_tui.zitadel.wire.members import Member

_SELF_MANAGEMENT = "SELF_MANAGEMENT_GLOBAL"


class RolesChanged(Failure):
    """The roles were changed meanwhile, so nothing was written: as ``seen``, ``now``, ``wanted``."""

    def __init__(self, who: str, seen: Iterable[str], now: Iterable[str], wanted: Iterable[str]) -> None:
        super().__init__(
            f"The roles of {who} were changed meanwhile; nothing was written.",
            "Look at what they are now, and decide again.",
        )
        self.seen, self.now, self.wanted = tuple(seen), tuple(now), tuple(wanted)


async def membership(client: Client, user_id: str, scope: Scope = ORGANIZATION) -> Member | None:
    """The user's membership, as the member list shows it."""
    page = await client.send(scope.find(user_id))
    return page.result[0] if page.result else None


async def appears(session: Session, applied: Applied, scope: Scope = ORGANIZATION) -> Member | None:
    """The membership once a read shows what ``applied`` wrote (None: gone, as it should be).

    Raises ``Unavailable`` when it does not show within a few seconds.
    """

    async def find() -> tuple[Member | None] | None:
        found = await membership(session.client, applied.user_id, scope)
        return (found,) if frozenset(_roles(found)) == frozenset(applied.after) else None

    shown_at_last = await session.timing.poll(find)
    if shown_at_last is None:
        raise errors.Unavailable("The member list does not show the change yet.", "Refresh in a while.")
    return shown_at_last[0]


def _roles(member: Member | None) -> tuple[str, ...]:
    return member.roles if member else ()


def _check_self_management(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Raises ``InvalidInput`` where the server refuses the role (contract §3.3, §4.1)."""
    if before or frozenset(after) != {_SELF_MANAGEMENT}:
        raise errors.InvalidInput(
            f"{_SELF_MANAGEMENT} cannot be combined with other roles, and only who is not a member yet "
            "can get it; nothing was written.",
            "Leave that role out, or remove the membership first.",
            field="roles",
        )


def _listed(roles: Iterable[str]) -> str:
    return ", ".join(map(shown, rights.sort_roles(roles)))


@dataclass(frozen=True, slots=True)
class RoleChange(UserChange):
    """What changes of roles have in common; they work on any level that ``scope`` describes."""

    scope: Scope = field(default=ORGANIZATION, kw_only=True)

    destructive: ClassVar[bool] = True
    resource: ClassVar[Resource] = "memberships"

    @abstractmethod
    def result(self, roles: tuple[str, ...]) -> tuple[str, ...]:
        """What ``roles`` become; empty removes the membership."""

    def _conflict(self, now: tuple[str, ...]) -> RolesChanged | None:
        """What to raise when ``now`` is not what the change was made for."""
        return None

    def _result(self, now: tuple[str, ...]) -> tuple[str, ...]:
        if conflict := self._conflict(now):
            raise conflict
        after = self.result(now)
        if _SELF_MANAGEMENT in after and frozenset(after) != frozenset(now):
            _check_self_management(now, after)
        return after

    async def check(self, session: Session) -> Preview:
        before = _roles(await membership(session.client, self.user_id, self.scope))
        return Preview(before, self._result(before))

    async def guards(self, session: Session, *, besides: frozenset[str] = frozenset()) -> tuple[str, ...]:
        removed = (await self.check(session)).removed
        reasons = []
        if self.scope.owner_role in removed:
            reasons.append(await guards.last_owner(session, self.scope, self, besides=besides))
        if removed and self.user_id == (await session.identify()).account:
            reasons.append(f"These are your own rights: {_listed(removed)}.")
        return tuple(filter(None, reasons))

    async def prepare(self, session: Session) -> Step:
        begun = asyncio.get_running_loop().time()
        current = await membership(session.client, self.user_id, self.scope)
        if current is None:  # or became a member just now
            await asyncio.sleep(session.timing.lag)
            current = await membership(session.client, self.user_id, self.scope)
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

    def _call(self, before: tuple[str, ...], after: tuple[str, ...]) -> Call[Changed]:
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
        sentence = f"{self._state(step.after)} now."
        if not before:
            sentence = f"{self.called} is now a member with {_listed(step.after)}."
        applied = Applied(sentence, self.user_id, before=before, after=step.after, answer=answer)
        if not before:  # the server adds only who is not a member: nothing was overwritten
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

    def unchanged(self, step: Step) -> Applied:
        sentence = self.no_change(step.after)
        return Applied(sentence, self.user_id, changed=False, before=step.after, after=step.after)

    @abstractmethod
    def no_change(self, roles: tuple[str, ...]) -> str:
        """Why there is nothing to do for a user who has ``roles``: what of this change is so already."""

    def _state(self, roles: tuple[str, ...]) -> str:
        return f"{self.called} has {_listed(roles)}" if roles else f"{self.called} is not a member"

    def _is_done(self, roles: tuple[str, ...]) -> bool:
        """Whether ``roles`` are what this change leads to, whatever they were before."""
        return frozenset(self.result(roles)) == frozenset(roles)

    async def settle(self, session: Session, record: Record) -> Applied | None:
        async def find() -> tuple[Member | None] | None:
            found = await membership(session.client, self.user_id, self.scope)
            return (found,) if self._is_done(_roles(found)) else None

        found = await session.timing.poll(find)
        if found is None:
            await self._settle_undone(session)
            return None
        member, after = found[0], _roles(found[0])
        ours = await attribution.is_ours(session, self.scope, record, member)
        if ours is None:
            raise errors.OutcomeUnknown(
                f"The answer was lost. {self._state(after)} now, but whether this change did it cannot be "
                "told.",
                "Check the history of the organization before you undo it.",
            )
        if not ours:
            return Applied(
                f"The answer was lost. {self._state(after)}, but not by this change.",
                self.user_id,
                changed=False,
                settled=True,
                before=after,
                after=after,
            )
        sentence = f"The answer was lost, but it happened: {self._state(after)} now."
        before = record.before or ()
        return Applied(sentence, self.user_id, settled=True, before=before, after=after)

    async def _settle_undone(self, session: Session) -> None:
        """Nothing shows so far. Raises ``OutcomeUnknown`` where something else shows."""

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
        keys = {name: msgspec.convert(value, tuple[str, ...]) for name, value in roles.items()}
        return cls(record.user, who=record.name, scope=scope, **keys)


@dataclass(frozen=True, slots=True)
class AddRoles(RoleChange):
    """Makes a user a member, or adds to the roles of a member; it removes nothing."""

    roles: tuple[str, ...]

    kind: ClassVar[str] = "add roles"
    destructive: ClassVar[bool] = False

    def describe(self) -> str:
        return f"Add {_listed(self.roles)} to what {self.called} may do."

    def calls(self) -> tuple[Call[Any], ...]:
        return (self.scope.add(self.user_id, self.result(())),)

    def as_command(self) -> str:
        return command("members", "add", self.user_id, *self.roles)

    def result(self, roles: tuple[str, ...]) -> tuple[str, ...]:
        return (*roles, *(role for role in dict.fromkeys(self.roles) if role not in roles))

    async def prepare(self, session: Session) -> Step:
        """The user is taken for new, which saves reading the membership: the server refuses to add a
        member a second time."""
        roles = self._result(())
        baseline = Baseline(sequence=await attribution.newest_event(session, self.scope))
        return Step(self.scope.add(self.user_id, roles), None, roles, baseline)

    def has_another_way(self, step: Step) -> bool:
        return step.before is None

    async def prepare_again(self, session: Session) -> Step:
        begun = asyncio.get_running_loop().time()
        current = await session.timing.poll(lambda: membership(session.client, self.user_id, self.scope))
        if current is None:
            raise errors.Unavailable(
                f"{self.called} is a member, says the server, but not yet in its list.", "Try again."
            )
        return await self._step(session, current, begun)

    def no_change(self, roles: tuple[str, ...]) -> str:
        return f"No change: {self.called} already has {_listed(self.roles)}."

    def record_data(self) -> dict[str, Any]:
        return {**self._scope_data(), "roles": self.roles}


@dataclass(frozen=True, slots=True)
class RemoveRoles(RoleChange):
    """Removes roles and leaves the others; removing the last one removes the membership."""

    roles: tuple[str, ...]

    kind: ClassVar[str] = "remove roles"

    def describe(self) -> str:
        return f"Remove {_listed(self.roles)} from {self.called}."

    def calls(self) -> tuple[Call[Any], ...]:
        """The list that is left is known only when it is read; shown is the reading."""
        return (self.scope.find(self.user_id),)

    def as_command(self) -> str:
        return command("members", "remove", self.user_id, *self.roles)

    def result(self, roles: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(role for role in roles if role not in self.roles)

    def no_change(self, roles: tuple[str, ...]) -> str:
        if not roles:
            return f"No change: {self.called} is not a member."
        return f"No change: {self.called} does not have {_listed(self.roles)}, only {_listed(roles)}."

    def record_data(self) -> dict[str, Any]:
        return {**self._scope_data(), "roles": self.roles}


@dataclass(frozen=True, slots=True)
class SetRoles(RoleChange):
    """Makes the roles exactly ``wanted``, if they still are as ``seen``: else raises ``RolesChanged``."""

    seen: tuple[str, ...]
    wanted: tuple[str, ...]

    kind: ClassVar[str] = "set roles"

    def describe(self) -> str:
        if not self.wanted:
            return f"Remove {self.called} from the members; they have {_listed(self.seen)}."
        preview = Preview(self.seen, self.wanted)
        signed = [*(f"+ {role}" for role in preview.added), *(f"− {role}" for role in preview.removed)]
        return f"Change the roles of {self.called}: {shown('  '.join(signed))}."

    def calls(self) -> tuple[Call[Any], ...]:
        return (self._call(self.seen, self.result(self.seen) if self.wanted else ()),)

    def as_command(self) -> str:
        if not self.wanted:
            return command("members", "remove", self.user_id)
        return command("members", "set", self.user_id, *self.wanted)

    def result(self, roles: tuple[str, ...]) -> tuple[str, ...]:
        """Who has roles keeps their order; where ``wanted`` does so too it is taken as it is."""
        kept = tuple(role for role in roles if role in self.wanted)
        if kept == tuple(role for role in self.wanted if role in roles):
            return self.wanted
        return (*kept, *(role for role in dict.fromkeys(self.wanted) if role not in roles))

    def no_change(self, roles: tuple[str, ...]) -> str:
        if not roles:
            return f"No change: {self.called} is not a member."
        return f"No change: {self.called} already has {_listed(roles)} and nothing else."

    def _conflict(self, now: tuple[str, ...]) -> RolesChanged | None:
        if frozenset(now) in (frozenset(self.seen), frozenset(self.wanted)):
            return None
        return RolesChanged(self.called, self.seen, now, self.wanted)

    async def _settle_undone(self, session: Session) -> None:
        now = _roles(await membership(session.client, self.user_id, self.scope))
        if frozenset(now) != frozenset(self.seen):
            raise errors.OutcomeUnknown(
                f"The answer was lost, and meanwhile the roles became others: {self._state(now)}.",
                "Look at what they are now, and decide again.",
            )

    def record_data(self) -> dict[str, Any]:
        return {**self._scope_data(), "seen": self.seen, "wanted": self.wanted}


def remove_membership(user_id: str, who: str, seen: Iterable[str]) -> SetRoles:
    """Removes a membership that still is as ``seen``."""
    return SetRoles(user_id, tuple(seen), (), who=who)
