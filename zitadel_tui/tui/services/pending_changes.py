"""Changes to members on their way: sent, then pending until a read has shown them."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.signal import Signal

from zitadel_tui.core import people
from zitadel_tui.failure import Failure
from zitadel_tui.tui.services.member_store import MemberStore
from zitadel_tui.tui.services.network import Network
from zitadel_tui.zitadel.errors import OutcomeUnknown
from zitadel_tui.zitadel.wire.base import Details
from zitadel_tui.zitadel.wire.members import HUMAN, MACHINE, Member
from zitadel_tui.zitadel.wire.users import User

if TYPE_CHECKING:
    from zitadel_tui.core.changes import Applied, Change
    from zitadel_tui.core.session import Session

SAVING = "saving …"
PENDING = "pending"
UNKNOWN = "unknown · r"
NOT_SEEN = "not seen · r"


class PendingChanges:
    """``signs`` are the words that stand in the rows of those who are concerned, by user id.

    ``changed`` is published when the signs are others; with the user's id ``arrived`` when a newcomer has
    got a row, ``put`` when a row has become what a read showed.
    """

    def __init__(
        self, app: App[Any], network: Network, store: MemberStore, *, report: Callable[[Failure], None]
    ) -> None:
        """``report`` shows what a read after a change could not confirm."""
        self.changed: Signal[None] = Signal(app, "pending changes")
        self.arrived: Signal[str] = Signal(app, "new member listed")
        self.put: Signal[str] = Signal(app, "member listed as read")
        self._app = app
        self._network = network
        self._feed = store
        self._report = report
        self._new: set[str] = set()
        self.signs: dict[str, str] = {}

    def forget(self) -> None:
        """Another session begins."""
        self.signs.clear()
        self._new.clear()

    def refreshed(self) -> None:
        """The members were read again: what was not known is known."""
        for user_id in [one for one, sign in self.signs.items() if sign in (UNKNOWN, NOT_SEEN)]:
            del self.signs[user_id]
        self.changed.publish(None)

    def begun(self, user_id: str, newcomer: Member | None = None) -> None:
        """A change is about to be sent; ``newcomer`` has no row yet, and gets one."""
        self.signs[user_id] = SAVING
        if newcomer is not None:
            self._new.add(user_id)
            self._feed.put(user_id, newcomer, partial(self.arrived.publish, user_id))
        self.changed.publish(None)

    def ended(self, user_id: str, outcome: "Applied | Failure", session: "Session | None") -> None:
        """How a change ended that was sent with ``session``; the row follows as soon as a read shows it.

        When another session is in use by now, the rows are those of another organization.
        """
        if session is not self._network.session:
            return
        newcomer = user_id in self._new
        self._new.discard(user_id)
        if isinstance(outcome, OutcomeUnknown):
            self.signs[user_id] = UNKNOWN
        elif isinstance(outcome, Failure):
            self.signs.pop(user_id, None)
            if newcomer:
                self._put(user_id, None)
            self._look(user_id)
        else:
            self.signs[user_id] = PENDING
            self._await(outcome)
        self.changed.publish(None)

    def _put(self, user_id: str, member: Member | None) -> None:
        self._feed.put(user_id, member, partial(self.put.publish, user_id))

    def _await(self, applied: "Applied") -> None:
        async def wait(session: "Session") -> Member | None:
            from zitadel_tui.core.changes import appears

            return await appears(session, applied)

        self._network.submit(
            self._app,
            wait,
            then=partial(self._seen, applied.user_id),
            failed=partial(self._not_seen, applied.user_id),
            group=f"appears {applied.user_id}",
        )

    def _look(self, user_id: str) -> None:
        """Nothing was written, but the list may be behind: what a colleague did shows at once."""

        async def look(session: "Session") -> Member | None:
            from zitadel_tui.core.changes import membership

            return await membership(session.client, user_id)

        self._network.submit(
            self._app,
            look,
            then=partial(self._put, user_id),
            failed=lambda failure: None,
            group=f"appears {user_id}",
        )

    def _seen(self, user_id: str, member: Member | None) -> None:
        self.signs.pop(user_id, None)
        self._put(user_id, member)
        self.changed.publish(None)

    def _not_seen(self, user_id: str, failure: Failure) -> None:
        self.signs[user_id] = NOT_SEEN
        self._report(failure)
        self.changed.publish(None)

    async def apply(
        self, change: "Change", *, newcomer: Member | None = None, forced: bool = False
    ) -> "Applied":
        """Carry out a change; raises what refused it. The row says how far it is."""
        user_id = change.subject

        async def work(session: "Session") -> "Applied":
            from zitadel_tui.core import changes

            return await changes.apply(session, change, forced=forced)

        session = self._network.session
        self.begun(user_id, newcomer)
        try:
            applied = await self._network.write(work)
        except Failure as failure:
            self.ended(user_id, failure, session)
            raise
        self.ended(user_id, applied, session)
        return applied


def row_of(user: User) -> Member:
    """The row of a user who is about to become a member."""
    profile = user.human.profile if user.human else None
    return Member(
        user_id=user.id,
        details=Details(resource_owner=""),
        preferred_login_name=people.login(user),
        email=people.email(user),
        first_name=profile.first_name if profile else "",
        last_name=profile.last_name if profile else "",
        display_name=people.name(user),
        user_type=HUMAN if user.human else MACHINE,
        user_resource_owner=user.details.resource_owner,
    )
