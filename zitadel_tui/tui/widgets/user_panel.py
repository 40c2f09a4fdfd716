"""The details of a user, beside or over the list: follows the cursor, reads what the list does not have."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.timer import Timer

from zitadel_tui.failure import Failure
from zitadel_tui.tui.format.lines import BLANK, Line, failed
from zitadel_tui.tui.services.network import Network, Request
from zitadel_tui.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session
    from zitadel_tui.core.user_lookup import Card
    from zitadel_tui.tui.format.user import UserContext
    from zitadel_tui.zitadel.wire.members import Member

_PAUSE = 0.12  # seconds that the cursor rests on a row before its user is read


class UserPanel(Panel):
    """Shows at once what the list has, and the other details when they are read. Answers for other users
    are dropped."""

    def __init__(
        self,
        network: Network,
        place: "Callable[[Member, int], UserContext]",
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._network = network
        self._place = place
        self.member: Member | None = None
        self.card: Card | None = None
        self._failure: Failure | None = None
        self._pause: Timer | None = None
        self._work: Request[Card] | None = None

    def follow(self, member: "Member | None") -> None:
        """Show this user; the same user is read again when the row has changed."""
        if member is None or self.member is None or member.user_id != self.member.user_id:
            self.member, self.card, self._failure = member, None, None
            self._stop()
            if member is not None:
                self._pause = self.set_timer(_PAUSE, self.read)
        changed = self.card is not None and member is not None and member != self.member
        self.member = member
        self.redraw()
        if changed:
            self.read()

    def read(self) -> None:
        """Read the user that is shown (again)."""
        self._stop()
        if self.member is None:
            return
        user_id = self.member.user_id

        async def ask(session: "Session") -> "Card":
            from zitadel_tui.core import user_lookup

            return await user_lookup.card(session.client, user_id)

        self._work = self._network.submit(self, ask, then=self._arrived, failed=self._failed, group="card")

    def reread(self, user_id: str) -> None:
        """Read this user again, if it is the one shown."""
        if self.member is not None and self.member.user_id == user_id:
            self.read()

    def _stop(self) -> None:
        if self._pause is not None:
            self._pause.stop()
            self._pause = None
        if self._work is not None:
            self._work.cancel()
            self._work = None

    def close(self) -> None:
        """Forget the user, and cancel reads."""
        self._stop()
        self.member = self.card = self._failure = None

    def _arrived(self, card: "Card") -> None:
        self.card, self._failure = card, None
        self.redraw()

    def _failed(self, failure: Failure) -> None:
        self._failure = failure
        self.redraw()

    def redraw(self) -> None:
        """Redraw, because relative times or data have changed."""
        self.show(self.member.user_id if self.member else "", self._lines)

    def _lines(self, width: int) -> list[Line]:
        if self.member is None:
            return []
        from zitadel_tui.tui.format.user import user_lines

        lines = user_lines(self.member, self.card, self._place(self.member, width))
        if self._failure is None:
            return lines
        return [lines[0], BLANK, *failed(self._failure, "read this user")]
