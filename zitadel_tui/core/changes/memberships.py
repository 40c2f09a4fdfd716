"""Changes to what somebody may do in an organization (contract §3.3, §4.1).

The server replaces the whole list of roles, so each change is read, compare, write: the list is read
again right before, and what it becomes is worked out from what is there then.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from zitadel_tui.core import rights
from zitadel_tui.core.changes import guards
from zitadel_tui.core.changes.base import Applied, Change, Preview, UserChange, command, look
from zitadel_tui.core.changes.concurrency import overlooked, sent
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.base import Changed
from zitadel_tui.zitadel.wire.members import Member

_SELF_MANAGEMENT = "SELF_MANAGEMENT_GLOBAL"


class RolesChanged(Failure):
    """Somebody changed the roles meanwhile, so nothing was written: as ``seen``, ``now``, ``wanted``."""

    def __init__(self, who: str, seen: Iterable[str], now: Iterable[str], wanted: Iterable[str]) -> None:
        super().__init__(
            f"The roles of {who} were changed meanwhile; nothing was written.",
            "Look at what they are now, and decide again.",
        )
        self.seen, self.now, self.wanted = tuple(seen), tuple(now), tuple(wanted)


async def membership(client: Client, user_id: str) -> Member | None:
    """The user's membership in the addressed organization, as the member list shows it."""
    page = await client.send(calls.search_members(user_id=user_id))
    return page.result[0] if page.result else None


async def appears(client: Client, applied: Applied) -> Member | None:
    """The membership once a read shows what ``applied`` wrote (None: gone, as it should be).

    Raises ``Unavailable`` when it does not show within a few seconds.
    """

    async def find() -> tuple[Member | None] | None:
        found = await membership(client, applied.user_id)
        return (found,) if _set(found) == frozenset(applied.after) else None

    shown_at_last = await look(find)
    if shown_at_last is None:
        raise errors.Unavailable("The member list does not show the change yet.", "Refresh in a while.")
    return shown_at_last[0]


def _set(member: Member | None) -> frozenset[str]:
    return frozenset(member.roles) if member else frozenset()


def _check_self_management(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Raises ``InvalidInput`` where the server refuses the role (contract §3.3, §4.1)."""
    if before or frozenset(after) != {_SELF_MANAGEMENT}:
        raise errors.InvalidInput(
            f"{_SELF_MANAGEMENT} cannot stand beside other roles, and only somebody who is no member yet "
            "can be given it; nothing was written.",
            "Leave that role out, or remove the membership first.",
            field="roles",
        )


def _said(roles: Iterable[str]) -> str:
    return ", ".join(map(shown, rights.sort_roles(roles)))


@dataclass(frozen=True, slots=True)
class _RoleChange(UserChange, ABC):
    destructive: ClassVar[bool] = True

    @abstractmethod
    def result(self, roles: tuple[str, ...]) -> tuple[str, ...]:
        """What ``roles`` become; empty ends the membership."""

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

    async def check(self, client: Client) -> Preview:
        current = await membership(client, self.user_id)
        before = current.roles if current else ()
        return Preview(before, self._result(before))

    async def guards(self, client: Client, *, besides: frozenset[str] = frozenset()) -> tuple[str, ...]:
        removed = (await self.check(client)).removed
        reasons = []
        if guards.OWNER in removed:
            reasons.append(await guards.last_owner(client, self.user_id, self.called, besides=besides))
        if removed and await guards.is_own_account(client, self.user_id):
            reasons.append(f"These are your own rights: {_said(removed)}.")
        return tuple(filter(None, reasons))

    async def baseline(self, client: Client) -> float:
        return 0.0  # what somebody's roles are tells enough

    async def carry_out(self, client: Client) -> Applied:
        begun = time.monotonic()
        current = await membership(client, self.user_id)
        if current is None:  # or became a member just now
            await asyncio.sleep(guards.LAG)
            current = await membership(client, self.user_id)
        return await self._write(client, current, begun)

    async def _write(self, client: Client, current: Member | None, begun: float) -> Applied:
        """``current`` was read at ``begun`` (monotonic) or later."""
        before = current.roles if current else ()
        after = self._result(before)
        if frozenset(after) == frozenset(before):
            sentence = f"{self._state(before)} already."
            return Applied(sentence, self.user_id, changed=False, before=before, after=before)
        answer = await self._send(client, before, after)
        warning = ""
        if current is not None:
            took, seen = time.monotonic() - begun, current.details.sequence
            warning = await overlooked(client, answer.details, seen=seen, took=took)
        sentence = f"{self._state(after)} now."
        return Applied(sentence, self.user_id, before=before, after=after, answer=answer, warning=warning)

    async def _send(self, client: Client, before: tuple[str, ...], after: tuple[str, ...]) -> Changed:
        if not after:
            return await sent(client, calls.remove_member(self.user_id))
        if not before:
            return await sent(client, calls.add_member(self.user_id, after))
        return await sent(client, calls.change_member(self.user_id, after))

    def _state(self, roles: tuple[str, ...]) -> str:
        return f"{self.called} has {_said(roles)}" if roles else f"{self.called} is no member"

    def _is_done(self, roles: frozenset[str]) -> bool:
        """Whether ``roles`` are what this change leads to, whatever they were before."""
        return frozenset(self.result(tuple(roles))) == roles

    async def settle(self, client: Client, *, since: float) -> Applied | None:
        async def find() -> tuple[str, ...] | None:
            found = await membership(client, self.user_id)
            roles = found.roles if found else ()
            return roles if self._is_done(frozenset(roles)) else None

        after = await look(find)
        if after is None:
            return None
        sentence = f"The answer was lost, but it happened: {self._state(after)} now."
        return Applied(sentence, self.user_id, settled=True, after=after)

    def invert(self, applied: Applied) -> Change | None:
        if not applied.changed or applied.settled:
            return None
        return SetRoles(self.user_id, applied.after, applied.before, who=self.who)


@dataclass(frozen=True, slots=True)
class AddRoles(_RoleChange):
    """Makes a user a member, or adds to the roles they have; takes nothing away."""

    roles: tuple[str, ...]

    kind: ClassVar[str] = "add roles"
    destructive: ClassVar[bool] = False

    def describe(self) -> str:
        return f"Add {_said(self.roles)} to what {self.called} may do."

    def calls(self) -> tuple[Call[Any], ...]:
        return (calls.add_member(self.user_id, self.result(())),)

    def as_command(self) -> str:
        return command("members", "add", self.user_id, *self.roles)

    def result(self, roles: tuple[str, ...]) -> tuple[str, ...]:
        return (*roles, *(role for role in dict.fromkeys(self.roles) if role not in roles))

    async def carry_out(self, client: Client) -> Applied:
        """Straight; who is a member already is read and added to."""
        roles = self._result(())
        try:
            answer = await sent(client, calls.add_member(self.user_id, roles))
        except errors.AlreadyThere:
            begun = time.monotonic()
            current = await look(lambda: membership(client, self.user_id))
            if current is None:
                raise errors.Unavailable(
                    f"{self.called} is a member, says the server, but not yet in its list.", "Try again."
                ) from None
            return await self._write(client, current, begun)
        sentence = f"{self.called} is now a member with {_said(roles)}."
        return Applied(sentence, self.user_id, after=roles, answer=answer)


@dataclass(frozen=True, slots=True)
class RemoveRoles(_RoleChange):
    """Removes roles and leaves the others; removing the last one removes the membership."""

    roles: tuple[str, ...]

    kind: ClassVar[str] = "remove roles"

    def describe(self) -> str:
        return f"Remove {_said(self.roles)} from {self.called}."

    def calls(self) -> tuple[Call[Any], ...]:
        """The list that is left is known only when it is read; shown is the reading."""
        return (calls.search_members(user_id=self.user_id),)

    def as_command(self) -> str:
        return command("members", "remove", self.user_id, *self.roles)

    def result(self, roles: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(role for role in roles if role not in self.roles)


@dataclass(frozen=True, slots=True)
class SetRoles(_RoleChange):
    """Makes the roles exactly ``wanted``, if they still are as ``seen``: else raises ``RolesChanged``."""

    seen: tuple[str, ...]
    wanted: tuple[str, ...]

    kind: ClassVar[str] = "set roles"

    def describe(self) -> str:
        if not self.wanted:
            return f"Remove {self.called} from the members; they have {_said(self.seen)}."
        preview = Preview(self.seen, self.wanted)
        signed = [*(f"+ {role}" for role in preview.added), *(f"− {role}" for role in preview.removed)]
        return f"Change the roles of {self.called}: {shown('  '.join(signed))}."

    def calls(self) -> tuple[Call[Any], ...]:
        if not self.wanted:
            return (calls.remove_member(self.user_id),)
        if not self.seen:
            return (calls.add_member(self.user_id, self.wanted),)
        return (calls.change_member(self.user_id, self.result(self.seen)),)

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

    def _conflict(self, now: tuple[str, ...]) -> RolesChanged | None:
        if frozenset(now) in (frozenset(self.seen), frozenset(self.wanted)):
            return None
        return RolesChanged(self.called, self.seen, now, self.wanted)

    async def settle(self, client: Client, *, since: float) -> Applied | None:
        applied = await _RoleChange.settle(self, client, since=since)
        if applied is not None:
            return replace(applied, before=self.seen)
        current = await membership(client, self.user_id)
        now = current.roles if current else ()
        if frozenset(now) == frozenset(self.seen):
            return None
        raise errors.OutcomeUnknown(
            f"The answer was lost, and meanwhile somebody else changed the roles: {self._state(now)}.",
            "Look at what they are now, and decide again.",
        )

    def invert(self, applied: Applied) -> Change | None:
        if not applied.changed:
            return None
        return SetRoles(self.user_id, applied.after, applied.before, who=self.who)


def remove_membership(user_id: str, who: str, seen: Iterable[str]) -> SetRoles:
    """Ends a membership that still is as ``seen``."""
    return SetRoles(user_id, tuple(seen), (), who=who)
