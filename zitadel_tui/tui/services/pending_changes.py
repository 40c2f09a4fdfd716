"""Changes to members on their way: sent, then pending until a read has shown them."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from zitadel_tui.failure import Failure
from zitadel_tui.tui.services import network
from zitadel_tui.tui.services.member_store import MemberStore
from zitadel_tui.zitadel.errors import OutcomeUnknown
from zitadel_tui.zitadel.wire.members import Member

if TYPE_CHECKING:
    from zitadel_tui.core.changes import Applied, Change
    from zitadel_tui.core.session import Session
    from zitadel_tui.tui.app import ZitadelApp
    from zitadel_tui.tui.widgets.view import View

SAVING = "saving …"
PENDING = "pending"
UNKNOWN = "unknown · r"
NOT_SEEN = "not seen · r"


class PendingChanges:
    """``signs`` are the words that stand in the rows of those who are concerned, by user id.

    ``changed`` is called when the signs are others, ``arrived`` when a newcomer has got a row, ``put``
    when a row has become what a read showed.
    """

    def __init__(
        self,
        view: "View",
        feed: MemberStore,
        *,
        changed: Callable[[], None],
        arrived: Callable[[str], object],
        put: Callable[[str], object],
    ) -> None:
        self._view = view
        self._feed = feed
        self._changed = changed
        self._arrived = arrived
        self._was_put = put
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
        self._changed()

    def begun(self, user_id: str, newcomer: Member | None = None) -> None:
        """A change is about to be sent; ``newcomer`` has no row yet, and gets one."""
        self.signs[user_id] = SAVING
        if newcomer is not None:
            self._new.add(user_id)
            self._feed.put(user_id, newcomer, partial(self._arrived, user_id))
        self._changed()

    def ended(self, user_id: str, outcome: "Applied | Failure") -> None:
        """How it ended; the row follows as soon as a read shows it."""
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
        self._changed()

    def _put(self, user_id: str, member: Member | None) -> None:
        self._feed.put(user_id, member, partial(self._was_put, user_id))

    def _await(self, applied: "Applied") -> None:
        async def wait(session: "Session") -> Member | None:
            from zitadel_tui.core.changes import appears

            return await appears(session.client, applied)

        network.submit(
            self._view,
            self._view.app.runtime,
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

        network.submit(
            self._view,
            self._view.app.runtime,
            look,
            then=partial(self._put, user_id),
            failed=lambda failure: None,
            group=f"appears {user_id}",
        )

    def _seen(self, user_id: str, member: Member | None) -> None:
        self.signs.pop(user_id, None)
        self._put(user_id, member)
        self._changed()

    def _not_seen(self, user_id: str, failure: Failure) -> None:
        self.signs[user_id] = NOT_SEEN
        self._view.app.tell_failure(failure)
        self._changed()

    async def apply(
        self, change: "Change", *, newcomer: Member | None = None, forced: bool = False
    ) -> "Applied":
        """Carry out a change; raises what refused it. The row says how far it is."""
        user_id = change.subject

        async def work(session: "Session") -> "Applied":
            from zitadel_tui.core import changes

            return await changes.apply(session, change, forced=forced)

        self.begun(user_id, newcomer)
        try:
            applied = await network.write(self._view.app, work)
        except Failure as failure:
            self.ended(user_id, failure)
            raise
        self.ended(user_id, applied)
        return applied


async def applied_by(
    app: "ZitadelApp", changing: PendingChanges, change: "Change", *, newcomer: Member | None = None
) -> "Applied | None":
    """:meth:`PendingChanges.apply`; what does harm that is hard to take back asks for the name of the
    organization. None when that was not given: nothing was written."""
    from zitadel_tui.core.changes import Guarded
    from zitadel_tui.tui.dialogs.base import ask
    from zitadel_tui.tui.dialogs.confirm import TypedName

    try:
        applied = await changing.apply(change, newcomer=newcomer)
    except Guarded as guarded:
        name = app.account.organization_name if app.account else ""
        if not await ask(app, TypedName(guarded.reasons, name)):
            return None
        applied = await changing.apply(change, newcomer=newcomer, forced=True)
    app.tell(applied.sentence)
    if applied.warning:
        app.tell(applied.warning, severity="warning")
    return applied
