"""Deactivating, reactivating and deleting users (contract §4.3, people-and-projects.md).

The server lets an account do each of these to itself, and refuses all its calls from then on. So none of
these changes is ever sent for the account that is signed in, whatever is forced.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import msgspec

from zitadel_tui.core.changes import guards, holdings
from zitadel_tui.core.changes.attribution import is_code, number
from zitadel_tui.core.changes.base import Applied, Change, Preview, Step, command
from zitadel_tui.core.changes.existing_user import ExistingUserChange
from zitadel_tui.core.changes.holdings import Expected
from zitadel_tui.core.changes.scopes import ORGANIZATION
from zitadel_tui.core.concurrency import together
from zitadel_tui.core.journal import Baseline, Record
from zitadel_tui.core.session import Session
from zitadel_tui.core.user_details import happened
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.wire.users import USER_INACTIVE, USER_INITIAL, USER_LOCKED, HistoryEntry, User


class OwnAccount(Failure):
    """The change would lock out the account that is signed in, so it is never sent."""

    def __init__(self, verb: str) -> None:
        super().__init__(
            f"An account cannot {verb} itself: nobody could use it afterwards.",
            "Use another account.",
        )


class UserChanged(Failure):
    """Something happened to the user meanwhile, so nothing was written."""

    def __init__(self, who: str, events: Iterable[HistoryEntry]) -> None:
        what = ", ".join(dict.fromkeys(shown(happened(event)) for event in events))
        super().__init__(
            f"{who} was changed meanwhile ({what}); nothing was written.",
            "Check the user's history, and decide again.",
        )


class HoldsMore(Failure):
    """The user holds roles that the decision did not consider, so nothing was written; ``more`` as of
    :func:`~zitadel_tui.core.changes.holdings.beyond`."""

    def __init__(self, who: str, more: Iterable[str]) -> None:
        super().__init__(
            f"{who} has roles that others assigned meanwhile ({', '.join(more)}); nothing was written.",
            "Check the user's roles, and decide again.",
        )


@dataclass(frozen=True, slots=True)
class UserStateChange(ExistingUserChange):
    """What these changes have in common: they read the user's state first. ``verb`` is the command.

    With ``seen``, the number of the newest event of the user that the decision was made for, they raise
    ``UserChanged`` when something but the server's codes happened since; 0 compares nothing. With
    ``expected``, the roles that the user may hold, they raise ``HoldsMore`` when there are others, whatever
    is forced; None compares nothing.
    """

    verb: ClassVar[str]
    loses_roles: ClassVar[bool] = False
    """Whether roles end with it. Then they must all be readable to be compared with ``expected``."""
    seen: int = field(default=0, kw_only=True)
    expected: Expected | None = field(default=None, kw_only=True)

    def calls(self) -> tuple[Call[Any], ...]:
        return (self._call(),)

    def _call(self) -> Call[Any]:
        raise NotImplementedError

    def as_command(self) -> str:
        return command("users", self.verb, self.user_id)

    def needless(self, user: User) -> str:
        """Return the sentence for a user who needs no change, or an empty one. Raises ``InvalidInput`` for a
        state that the server refuses."""
        return ""

    async def check(self, session: Session) -> Preview:
        """Check that the change is possible. Raises ``NotFound`` for a user who is not in this organization,
        ``OwnAccount``, ``InvalidInput``."""
        await self._refuse_own(session)
        self.needless((await session.client.send(calls.user(self.user_id))).user)
        return Preview()

    async def guards(
        self, session: Session, *, seen: Preview | None = None, besides: frozenset[str] = frozenset()
    ) -> tuple[str, ...]:
        await self._refuse_own(session)
        if not self._may_own or not await self._owns(session):
            return ()
        reason = await guards.last_owner(session, ORGANIZATION, self, besides=besides)
        return (reason,) if reason else ()

    async def prepare(self, session: Session) -> Step:
        await self._refuse_own(session)
        async with together() as reads:
            reading = reads.create_task(session.client.send(calls.user(self.user_id)))
            events = reads.create_task(self._events(session))
        needless = self.needless(reading.result().user)
        if not needless:
            self._refuse_changed(events.result())
            await self._refuse_holding_more(session)
        call = None if needless else self._call()
        return StateStep(call, baseline=self._baseline(events.result()), sentence=needless)

    async def _events(self, session: Session) -> tuple[HistoryEntry, ...]:
        """Read the events of the user since ``seen``, newest first; without it, only the newest."""
        found = calls.user_history(self.user_id, limit=0 if self.seen else 1, after=self.seen)
        return (await session.client.send(found)).result

    def _refuse_changed(self, events: Iterable[HistoryEntry]) -> None:
        """Raise ``UserChanged`` if something happened to the user since ``seen``."""
        changes = [event for event in events if not is_code(event)] if self.seen else []
        if changes:
            raise UserChanged(self.called, reversed(changes))

    async def _refuse_holding_more(self, session: Session) -> None:
        """Raise ``HoldsMore`` if the user holds more than ``expected``; ``NotPermitted`` if that may not be
        read and roles would be lost."""
        if self.expected is None:
            return
        found = await holdings.read(session.client, self.user_id)
        more = holdings.beyond(found.held, self.expected)
        if more:
            raise HoldsMore(self.called, more)
        if found.unread and self.loses_roles:
            raise errors.NotPermitted(f"{found.unread_sentence} Nothing was written.")

    @property
    def _may_own(self) -> bool:
        """Whether the user may be an owner of the organization. If that is not expected, :meth:`prepare`
        refuses an owner, which saves the requests of the guard."""
        return self.expected is None or any(ORGANIZATION.owner_role in roles for _, roles in self.expected)

    def _baseline(self, events: Sequence[HistoryEntry]) -> Baseline:
        return Baseline(sequence=number(events[0].sequence) if events else self.seen)

    def record_data(self) -> dict[str, Any]:
        seen = {"seen": self.seen} if self.seen else {}
        return seen if self.expected is None else {**seen, "expected": self.expected}

    @classmethod
    def from_record(cls, record: Record) -> Self:
        seen = msgspec.convert(record.wanted.get("seen", 0), int)
        expected = msgspec.convert(record.wanted.get("expected"), Expected | None)
        return cls(record.user, who=record.name, seen=seen, expected=expected)

    def unchanged(self, step: Step) -> Applied:
        assert isinstance(step, StateStep)
        return Applied(step.sentence, self.user_id, changed=False)

    async def _refuse_own(self, session: Session) -> None:
        if self.user_id == (await session.identify()).account:
            raise OwnAccount(self.verb)

    async def _owns(self, session: Session) -> bool:
        """Whether the user is an owner of the organization, by the user's memberships: an account that may
        delete users need not be able to list members."""
        organization = (await session.client.send(calls.user(self.user_id))).user.details.resource_owner
        memberships = (await session.client.send(calls.user_memberships(self.user_id))).result
        return any(one.org_id == organization and ORGANIZATION.owner_role in one.roles for one in memberships)

    async def finish(self, session: Session, step: Step, answer: Any) -> Applied:
        return Applied(f"{self.called} was {self.verb}d.", self.user_id, answer=answer)

    async def _settle_undone(self, session: Session, editors: list[str]) -> Applied | None:
        if not editors:
            return None
        sentence = f"The answer was lost. {self.called} was {self.verb}d, but not by this change."
        return Applied(sentence, self.user_id, changed=False, settled=True)

    def _settled_sentence(self) -> str:
        return f"The answer was lost, but {self.called} was {self.verb}d."


@dataclass(frozen=True, slots=True)
class StateStep(Step):
    """A step of these changes; ``sentence`` says why nothing is sent."""

    sentence: str = field(default="")


@dataclass(frozen=True, slots=True)
class DeactivateUser(UserStateChange):
    """Deactivates a user, who can no longer sign in; everything else stays. Undoing it also removes a
    lock."""

    kind: ClassVar[str] = "deactivate user"
    verb: ClassVar[str] = "deactivate"
    destructive: ClassVar[bool] = True
    event: ClassVar[str] = "user.deactivated"

    def describe(self) -> str:
        return f"Deactivate {self.called}: they cannot sign in until they are reactivated."

    def _call(self) -> Call[Any]:
        return calls.deactivate_user(self.user_id)

    def needless(self, user: User) -> str:
        if user.state == USER_INITIAL:
            raise errors.InvalidInput(
                f"{self.called} has not finished the registration, so the account can only be deleted.",
                f"Delete it: zitadel-tui users delete {self.user_id}",
            )
        return f"No change: {self.called} is already inactive." if user.state == USER_INACTIVE else ""

    def invert(self, applied: Applied) -> Change | None:
        return ReactivateUser(self.user_id, who=self.who) if applied.changed else None


@dataclass(frozen=True, slots=True)
class ReactivateUser(UserStateChange):
    """Makes an inactive user active."""

    kind: ClassVar[str] = "reactivate user"
    verb: ClassVar[str] = "reactivate"
    event: ClassVar[str] = "user.reactivated"

    def describe(self) -> str:
        return f"Reactivate {self.called}: they can sign in again."

    def _call(self) -> Call[Any]:
        return calls.reactivate_user(self.user_id)

    def needless(self, user: User) -> str:
        if user.state == USER_LOCKED:
            raise errors.InvalidInput(
                f"{self.called} is locked, not inactive; nothing was sent.", "Unlock the user instead."
            )
        return "" if user.state == USER_INACTIVE else f"No change: {self.called} is not inactive."

    def invert(self, applied: Applied) -> Change | None:
        return DeactivateUser(self.user_id, who=self.who) if applied.changed else None


@dataclass(frozen=True, slots=True)
class DeletionPreview(Preview):
    """``lost`` says what the user holds, or that it may not be read; empty when nothing is lost."""

    lost: str = ""


@dataclass(frozen=True, slots=True)
class DeleteUser(UserStateChange):
    """Deletes a user with all memberships, grants and sessions; nothing undoes it."""

    kind: ClassVar[str] = "delete user"
    verb: ClassVar[str] = "delete"
    destructive: ClassVar[bool] = True
    event: ClassVar[str] = "user.removed"
    loses_roles: ClassVar[bool] = True

    def describe(self) -> str:
        return f"Delete {self.called} with all memberships, grants and sessions."

    async def check(self, session: Session) -> Preview:
        """Also read what the user holds, unless it is compared with ``expected`` later."""
        preview = await super(DeleteUser, self).check(session)
        if self.expected is not None:
            return preview
        found = await holdings.read(session.client, self.user_id)
        held = holdings.beyond(found.held, ())
        told = f"{self.called} has {', '.join(held)}." if held else ""
        return DeletionPreview(lost=" ".join(filter(None, (told, found.unread_sentence))))

    def forecast(self, preview: Preview) -> str:
        lost = preview.lost if isinstance(preview, DeletionPreview) else ""
        return " ".join(filter(None, (self.describe(), lost)))

    def _call(self) -> Call[Any]:
        return calls.remove_user(self.user_id)

    async def guards(
        self, session: Session, *, seen: Preview | None = None, besides: frozenset[str] = frozenset()
    ) -> tuple[str, ...]:
        try:
            return await super(DeleteUser, self).guards(session, seen=seen, besides=besides)
        except errors.NotFound:
            if not self.seen:
                raise
            return ()  # somebody else deleted the user meanwhile

    async def prepare(self, session: Session) -> Step:
        """Prepare without reading the state, because any is allowed. Somebody else may have deleted the user
        since ``seen``."""
        await self._refuse_own(session)
        try:
            events = await self._events(session)
            is_gone = any(event.event_type.key.endswith(self.event) for event in events)
        except errors.NotFound:
            if not self.seen:
                raise
            events, is_gone = (), True
        if is_gone and self.seen:
            return StateStep(None, sentence=f"No change: {self.called} is already deleted.")
        self._refuse_changed(events)
        await self._refuse_holding_more(session)
        return Step(self._call(), baseline=self._baseline(events))
