"""What changes to a list of roles have in common: of a membership, or of a grant of a project.

The server replaces a whole list, so each change is read, compare, write: the list is read again right before,
and what it becomes is worked out from what is there then.
"""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, TypeVar

from zitadel_tui.core.changes.attribution import number
from zitadel_tui.core.changes.base import Applied, Preview, Step, UserChange
from zitadel_tui.core.journal import Record
from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.base import Details


class Holder(Protocol):
    """What holds the roles: a membership, or a grant."""

    @property
    def details(self) -> Details: ...


T = TypeVar("T", bound=Holder)

Roles = tuple[str, ...]


class RolesChanged(Failure):
    """The roles were changed meanwhile, so nothing was written: as ``seen``, ``now``, ``wanted``.
    ``nothing`` is the phrase for no roles."""

    def __init__(
        self,
        who: str,
        seen: Iterable[str],
        now: Iterable[str],
        wanted: Iterable[str],
        *,
        nothing: str = "no member",
    ) -> None:
        super().__init__(
            f"The roles of {who} were changed meanwhile; nothing was written.",
            "Look at what they are now, and decide again.",
        )
        self.seen, self.now, self.wanted = tuple(seen), tuple(now), tuple(wanted)
        self.nothing = nothing


def conflict(who: str, seen: Roles, now: Roles, wanted: Roles, *, nothing: str) -> RolesChanged | None:
    """The error when the roles are neither as ``seen`` nor as ``wanted``."""
    if frozenset(now) in (frozenset(seen), frozenset(wanted)):
        return None
    return RolesChanged(who, seen, now, wanted, nothing=nothing)


def difference(seen: Roles, wanted: Roles) -> str:
    """The roles to add with a ``+``, then those to remove with a ``−``; safe for a terminal."""
    preview = Preview(seen, wanted)
    signed = [*(f"+ {role}" for role in preview.added), *(f"− {role}" for role in preview.removed)]
    return shown("  ".join(signed))


def with_added(roles: Roles, added: Iterable[str]) -> Roles:
    """``roles``, then those of ``added`` that are not among them, each once."""
    return (*roles, *(role for role in dict.fromkeys(added) if role not in roles))


def without(roles: Roles, removed: Iterable[str]) -> Roles:
    return tuple(role for role in roles if role not in frozenset(removed))


@dataclass(frozen=True, slots=True)
class RoleListChange(UserChange, Generic[T]):
    """``T`` is what holds the roles: a membership, or a grant."""

    destructive: ClassVar[bool] = True
    emptied: ClassVar[str]
    """What removing the last role means."""
    nothing: ClassVar[str]
    """How it is called where there are no roles."""
    look_at: ClassVar[str]
    """What to look at before a change is undone of which it is not known whose it is."""

    @abstractmethod
    async def current(self, session: Session) -> T | None:
        """What holds the roles now."""

    @abstractmethod
    def roles_of(self, found: T | None) -> Roles: ...

    async def state(self, session: Session) -> tuple[Roles, int]:
        """The roles now, and the number of the event that wrote them; 0 where there are none."""
        found = await self.current(session)
        return self.roles_of(found), number(found.details.sequence) if found else 0

    @abstractmethod
    def result(self, roles: Roles) -> Roles:
        """What ``roles`` become; empty removes what holds them."""

    @abstractmethod
    def no_change(self, roles: Roles) -> str:
        """The sentence that says why nothing changes for a user who has ``roles``."""

    @abstractmethod
    def _state(self, roles: Roles) -> str:
        """That the user has these roles."""

    @abstractmethod
    def _new_state(self, roles: Roles) -> str:
        """That the user has these roles now."""

    @abstractmethod
    async def _is_ours(self, session: Session, record: Record, found: T | None) -> bool | None:
        """Whether the change of ``record`` led to the current state after a lost answer; None when that is
        not known."""

    def _conflict(self, now: Roles) -> RolesChanged | None:
        """The error to raise when ``now`` is not the state that the change was made for."""
        return None

    def _result(self, now: Roles) -> Roles:
        if conflict := self._conflict(now):
            raise conflict
        return self.result(now)

    def forecast(self, preview: Preview) -> str:
        return self.describe() if preview.changes else self.no_change(preview.before)

    def unchanged(self, step: Step) -> Applied:
        sentence = self.no_change(step.after)
        return Applied(sentence, self.user_id, changed=False, before=step.after, after=step.after)

    def _is_done(self, roles: Roles) -> bool:
        """Whether ``roles`` are the result of this change, whatever they were before."""
        return frozenset(self.result(roles)) == frozenset(roles)

    async def settle(self, session: Session, record: Record) -> Applied | None:
        now: Roles = ()

        async def find() -> tuple[T | None] | None:
            nonlocal now
            found = await self.current(session)
            now = self.roles_of(found)
            return (found,) if self._is_done(now) else None

        found = await session.timing.poll(find)
        if found is None:
            if self._conflict(now) is not None:
                raise errors.OutcomeUnknown(
                    f"The answer was lost, and meanwhile the roles changed: {self._state(now)}.",
                    "Look at what they are now, and decide again.",
                )
            return None
        ours = await self._is_ours(session, record, found[0])
        if ours is None:
            raise errors.OutcomeUnknown(
                f"The answer was lost. {self._new_state(now)}, but it is not known whether by this change.",
                f"Check {self.look_at} before you undo it.",
            )
        if not ours:
            sentence = f"The answer was lost. {self._state(now)}, but not by this change."
            return Applied(sentence, self.user_id, changed=False, settled=True, before=now, after=now)
        sentence = f"The answer was lost; the server shows the change: {self._new_state(now)}."
        return Applied(sentence, self.user_id, settled=True, before=record.before or (), after=now)
