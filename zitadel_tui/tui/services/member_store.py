"""What the app knows of the members: read in pages, kept fresh, never thrown away for a failure."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.signal import Signal

from zitadel_tui.core.members import Roster
from zitadel_tui.failure import Failure
from zitadel_tui.tui.services import member_order
from zitadel_tui.tui.services.member_order import OrderedMembers, Wanted
from zitadel_tui.tui.services.network import Network, Request
from zitadel_tui.zitadel.wire.members import Member

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session

_NEWS_LASTS = 300.0  # seconds


class MemberStore:
    """``changed`` is published whenever there is something new to show.

    While ``loading``, ``members`` grows page by page on the network thread and is arranged there.
    """

    def __init__(self, app: App[Any], network: Network) -> None:
        self.changed: Signal[None] = Signal(app, "members changed")
        self.wanted = Wanted()
        """What is to be seen, and in which order."""
        self._app = app
        self._network = network
        self._reading = 0  # which reading the pages that arrive belong to
        self.forget()

    def forget(self) -> None:
        """Another session begins."""
        self.loading = False
        self.so_far = 0
        self.members: OrderedMembers | None = None
        self.failure: Failure | None = None
        self.administrators: OrderedMembers | None = None
        self.administrators_failure: Failure | None = None
        self._work: Request[Any] | None = None
        self._overtaken = False  # what is being read may be older than what was put
        self._sequence = ""
        self._true_at = 0.0
        self._news = ""
        self._news_at = 0.0

    @property
    def roster(self) -> Roster | None:
        """All members; None while they are not (all) known."""
        return self.members.roster if self.members and not self.loading else None

    @property
    def age(self) -> float | None:
        """Seconds since the members were last known to be as they are shown; None when never."""
        return time.monotonic() - self._true_at if self._true_at else None

    @property
    def news(self) -> str:
        """What others changed in the last minutes, as a sentence."""
        return self._news if time.monotonic() - self._news_at < _NEWS_LASTS else ""

    @property
    def _is_reading(self) -> bool:
        return self._work is not None and not self._work.done

    # Asking

    def reload(self) -> None:
        """Read all members; those known stay until the new ones are all here."""
        self._reading += 1
        reading = self._reading
        self.loading, self.so_far = self.members is None or self.loading, 0
        on_page: Callable[[int, OrderedMembers | None], None] | None = None
        if self.loading:
            self.failure = None

            def on_page(so_far: int, part: OrderedMembers | None) -> None:
                self._app.call_later(self._page, reading, so_far, part)

        before = self.roster

        async def read(session: "Session") -> tuple[OrderedMembers, str]:
            found = await member_order.read(session, lambda: self.wanted, on_page)
            return found, member_order.difference(before, found.roster)

        self._work = self._network.submit(
            self._app, read, then=self._read, failed=self._failed, group="members"
        )
        self._publish()

    def check(self) -> None:
        """Look whether members changed since; when they did, or the last reading failed, read them again."""
        if self.roster is None or self._is_reading:
            return
        if self.failure is not None:
            self.reload()
        if not self._sequence:
            return
        known, before = self._sequence, self.roster

        async def look(session: "Session") -> tuple[OrderedMembers, str] | None:
            found = await member_order.read_if_changed(session, known, lambda: self.wanted)
            return None if found is None else (found, member_order.difference(before, found.roster))

        self._work = self._network.submit(
            self._app, look, then=self._looked, failed=self._failed, group="members"
        )

    def put(self, user_id: str, member: Member | None, then: Callable[[], object] = lambda: None) -> None:
        """One member as a read has just shown it; None is no member any more. Nothing moves."""
        before = self.members
        if before is None or self.loading:
            return
        self._overtaken = self._overtaken or self._is_reading

        async def replace(session: "Session") -> OrderedMembers:
            return member_order.replaced(before, user_id, member, self.wanted)

        def replaced(after: OrderedMembers) -> None:
            if self.members is None or self.members.roster is not before.roster:
                self.put(user_id, member, then)  # others were faster: onto theirs
                return
            self.members = after if self.members is before else after.again(self.wanted)
            self._publish()
            then()

        self._network.submit(
            self._app,
            replace,
            then=replaced,
            failed=lambda failure: None,
            group=f"put {user_id}",
        )

    def sort(self, wanted: Wanted, done: Callable[[], None]) -> None:
        """Prepare an order: the first sorting of many takes longer than a frame."""

        async def sort(session: "Session") -> None:
            for known in (self.members, self.administrators):
                if known is not None:
                    known.again(wanted)

        self._network.submit(
            self._app,
            sort,
            then=lambda nothing: done(),
            failed=lambda failure: done(),
            group="sort",
        )

    def arrange(self, wanted: Wanted) -> None:
        """Filter and order what is known; what is still growing is arranged with its next page."""
        self.wanted = wanted
        if self.members is not None and not self.loading:
            self.members = self.members.again(wanted)
        if self.administrators is not None:
            self.administrators = self.administrators.again(wanted)
        self._publish()

    def _publish(self) -> None:
        self.changed.publish(None)

    def _ask_administrators(self) -> None:
        async def ask(session: "Session") -> OrderedMembers:
            return await member_order.read_administrators(session, lambda: self.wanted)

        self._network.submit(
            self._app,
            ask,
            then=self._administrators_read,
            failed=self._administrators_failed,
            group="administrators",
        )

    # Answers

    def _page(self, reading: int, so_far: int, part: OrderedMembers | None) -> None:
        if reading == self._reading and self.loading:
            self.so_far = so_far
            self.members = part or self.members
            self._publish()

    def _read(self, read: tuple[OrderedMembers, str]) -> None:
        self._take(*read)
        self._ask_administrators()

    def _looked(self, read: tuple[OrderedMembers, str] | None) -> None:
        if read is None:
            self._true_at, self.failure = time.monotonic(), None
            self._publish()
        else:
            self._take(*read)

    def _take(self, read: OrderedMembers, changes: str) -> None:
        self.loading, self._sequence = False, read.roster.sequence
        self.members, self.failure = read.again(self.wanted), None
        self._true_at = time.monotonic()
        if changes:
            self._news = f"Members changed at {datetime.now():%H:%M}: {changes}."
            self._news_at = time.monotonic()
        self._publish()
        if self._overtaken:
            self._overtaken = False
            self.reload()

    def _failed(self, failure: Failure) -> None:
        self.failure = failure
        if self.loading:
            self.loading, self.members = False, None
        self._publish()

    def _administrators_read(self, read: OrderedMembers) -> None:
        self.administrators, self.administrators_failure = read.again(self.wanted), None
        self._publish()

    def _administrators_failed(self, failure: Failure) -> None:
        self.administrators_failure = failure
        self._publish()
