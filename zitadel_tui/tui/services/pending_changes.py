"""Pending changes to members: sent, and not yet shown by a read."""

import time
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.signal import Signal

from zitadel_tui.failure import Failure
from zitadel_tui.tui.services.member_store import MemberStore
from zitadel_tui.tui.services.network import Network
from zitadel_tui.zitadel.errors import OutcomeUnknown

if TYPE_CHECKING:
    from zitadel_tui.core.changes import Applied, Change
    from zitadel_tui.core.session import Session
    from zitadel_tui.zitadel.wire.members import Member
    from zitadel_tui.zitadel.wire.users import User


class State(Enum):
    SAVING = "saving …"
    """Sent, or about to be; no answer yet."""
    PENDING = "pending"
    """Applied; no read has shown it yet."""
    UNKNOWN = "unknown"
    """The answer was lost, and the outcome is unknown."""
    NOT_SEEN = "not seen"
    """Applied, but reads did not show it in time."""

    @property
    def needs_reading(self) -> bool:
        """Whether only reading the members again can show the result."""
        return self in (State.UNKNOWN, State.NOT_SEEN)


class _Pending:
    def __init__(self, state: State, *, is_new: bool) -> None:
        self.state = state
        self.is_new = is_new
        """Whether it has a row only because of this change."""
        self.ended_at = 0.0


class PendingChanges:
    """Publishes user ids: ``changed`` when a state has changed, ``arrived`` when a new member has got a
    row, ``put`` when a row has become what a read showed, ``granted`` when a change of project roles,
    which no row shows, has ended."""

    def __init__(
        self, app: App[Any], network: Network, store: MemberStore, *, report: Callable[[Failure], None]
    ) -> None:
        """``report`` shows what a read after a change could not confirm."""
        self.changed: Signal[str] = Signal(app, "pending changes")
        self.arrived: Signal[str] = Signal(app, "new member listed")
        self.put: Signal[str] = Signal(app, "member listed as read")
        self.granted: Signal[str] = Signal(app, "project roles written")
        self._app = app
        self._network = network
        self._store = store
        self._report = report
        self._pending: dict[str, _Pending] = {}

    def start(self) -> None:
        self._store.was_read.subscribe(self._app, self._members_read)

    def forget(self) -> None:
        """Another session begins; what is still being written ends unheard here."""
        self._pending.clear()

    def __len__(self) -> int:
        return len(self._pending)

    def state(self, user_id: str) -> State | None:
        """None when nothing is pending for this user."""
        pending = self._pending.get(user_id)
        return None if pending is None else pending.state

    def _members_read(self, begun: float) -> None:
        """Called when all members were read, starting at ``begun``: unknown outcomes are now known."""
        known = [
            user_id
            for user_id, pending in self._pending.items()
            if pending.state.needs_reading and pending.ended_at < begun
        ]
        for user_id in known:
            del self._pending[user_id]
            self.changed.publish(user_id)

    def begun(self, user_id: str, new_member: "Member | None" = None) -> None:
        """Note that a change is about to be sent; ``new_member`` has no row yet, and gets one."""
        self._pending[user_id] = _Pending(State.SAVING, is_new=new_member is not None)
        if new_member is not None:
            self._store.put(user_id, new_member)
            self.arrived.publish(user_id)
        self.changed.publish(user_id)

    def ended(self, user_id: str, outcome: "Applied | Failure", session: "Session | None") -> None:
        """Note how a change sent with ``session`` ended; the row follows once a read shows it.

        Ignored when another session is in use by now, because the rows belong to another organization.
        """
        from zitadel_tui.core.jobs import NotSent

        pending = self._pending.get(user_id)
        if pending is None or session is not self._network.session:
            return
        pending.ended_at = time.monotonic()
        if isinstance(outcome, OutcomeUnknown):
            pending.state = State.UNKNOWN
        elif isinstance(outcome, Failure):
            del self._pending[user_id]
            if pending.is_new:
                self._store.put(user_id, None)
            if not isinstance(outcome, NotSent):
                self._look(user_id)
        else:
            pending.state = State.PENDING
            self._await(outcome)
        self.changed.publish(user_id)

    def _put(self, user_id: str, member: "Member | None") -> None:
        self._store.put(user_id, member)
        self.put.publish(user_id)

    def _await(self, applied: "Applied") -> None:
        async def wait(session: "Session") -> "Member | None":
            from zitadel_tui.core.changes import appears

            return await appears(session, applied)

        def seen(member: "Member | None") -> None:
            from zitadel_tui.zitadel.wire.base import Changed

            if isinstance(applied.answer, Changed):
                self._store.wrote([applied.answer.details.sequence])
            self._pending.pop(applied.user_id, None)
            self._put(applied.user_id, member)

        self._network.submit(
            self._app,
            wait,
            then=seen,
            failed=partial(self._not_seen, applied.user_id),
            group=f"appears {applied.user_id}",
        )

    def _not_seen(self, user_id: str, failure: Failure) -> None:
        if (pending := self._pending.get(user_id)) is not None:
            pending.state = State.NOT_SEEN
        self._report(failure)
        self.changed.publish(user_id)

    def _look(self, user_id: str) -> None:
        """Read the member: nothing was written, but the list may be out of date."""

        async def look(session: "Session") -> "Member | None":
            from zitadel_tui.core.changes import membership

            return await membership(session.client, user_id)

        self._network.submit(
            self._app,
            look,
            then=partial(self._put, user_id),
            failed=lambda failure: None,
            group=f"appears {user_id}",
        )

    async def apply(
        self, change: "Change", *, new_member: "Member | None" = None, forced: bool = False
    ) -> "Applied":
        """Apply a change; raises its refusal. The member's row shows the progress."""
        user_id = change.subject
        in_list = change.resource == "memberships"

        async def work(session: "Session") -> "Applied":
            from zitadel_tui.core import changes

            return await changes.apply(session, change, forced=forced)

        session = self._network.session
        if in_list:
            self.begun(user_id, new_member)
        try:
            applied = await self._network.write(work)
        except Failure as failure:
            if in_list:
                self.ended(user_id, failure, session)
            raise
        finally:
            if not in_list:
                self.granted.publish(user_id)
        if in_list:
            self.ended(user_id, applied, session)
        return applied


def row_of(user: "User") -> "Member":
    """The row of a user who is about to become a member."""
    from zitadel_tui.core import user_lookup
    from zitadel_tui.zitadel.wire.base import Details
    from zitadel_tui.zitadel.wire.members import HUMAN, MACHINE, Member

    profile = user.human.profile if user.human else None
    return Member(
        user_id=user.id,
        details=Details(resource_owner=""),
        preferred_login_name=user_lookup.login(user),
        email=user_lookup.email(user),
        first_name=profile.first_name if profile else "",
        last_name=profile.last_name if profile else "",
        display_name=user_lookup.name(user),
        user_type=HUMAN if user.human else MACHINE,
        user_resource_owner=user.details.resource_owner,
    )
