"""The members as the app knows them: read in pages, kept fresh, never dropped because of a failure."""

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from textual.app import App
from textual.signal import Signal
from textual.worker import Worker

from zitadel_tui.core import words
from zitadel_tui.core.collection import Arrangement, finish, in_steps
from zitadel_tui.core.search import Query
from zitadel_tui.failure import Failure
from zitadel_tui.tui.driver.workers import start_worker
from zitadel_tui.tui.services.listing import Listing, Task
from zitadel_tui.tui.services.network import Network, Request
from zitadel_tui.zitadel import errors

if TYPE_CHECKING:
    from zitadel_tui.core.members import Difference, Holders, Roster
    from zitadel_tui.core.session import Session
    from zitadel_tui.zitadel.wire.members import Member

CHECK_EVERY: Final = 30.0  # seconds between two checks at the organization's sequence
_NEWS_LASTS = 300.0  # seconds
_MOST_OWN = 1_000  # events between two checks that are examined one by one


class MemberStore:
    """``changed`` is published whenever there is something new to show; ``was_read`` after every complete
    reading, with the time (``monotonic``) up to which it is complete.

    While ``loading``, ``listing`` grows page by page, sorted on the network thread.
    """

    def __init__(self, app: App[Any], network: Network) -> None:
        self.changed: Signal[None] = Signal(app, "members changed")
        self.was_read: Signal[float] = Signal(app, "members were read")
        self._app = app
        self._network = network
        self.listing: Listing[Member] = self._new_listing()
        """The members, as they are wanted."""
        self.administrators: Listing[Member] = self._new_listing()
        """The instance's, who have power here without being members."""
        self._reading = 0  # identifies the reading that arriving pages belong to
        self._studying: Worker[None] | None = None
        self.forget()

    def _new_listing(self) -> "Listing[Member]":
        return Listing(
            "roles",
            run=self._start,
            changed=self._publish,
        )

    def _start(self, task: Task) -> Worker[None]:
        return start_worker(self._app, task, group="default", description="members")

    def start(self) -> None:
        """Check from time to time whether members have changed."""
        self._app.set_interval(CHECK_EVERY, self.check)

    def forget(self) -> None:
        """Forget everything: another session begins."""
        self.loading = False
        self.so_far = 0
        self.roster: Roster | None = None
        """All members as they are known; None until they have been read once. :meth:`put` changes them."""
        self.holders: Holders | None = None
        """Who holds which role; follows the roster."""
        self.failure: Failure | None = None
        """Why the last reading or check came to nothing; None when it went well."""
        self.unchecked: Failure | None = None
        """Why it cannot be noticed when others change members; None when it can."""
        self.administrators_failure: Failure | None = None
        self.listing.clear()
        self.administrators.clear()
        self._request: Request[Any] | None = None
        self._stop_studying()
        self._uncompared: Roster | None = None  # what the running computation compares with
        self._put_while_reading: dict[str, Member | None] = {}
        self._own: set[int] = set()  # sequences of our own writes
        self._true_at = 0.0
        self._news = ""
        self._news_at = 0.0

    @property
    def age(self) -> float | None:
        """Seconds since the list was last known to be current; None when never."""
        return time.monotonic() - self._true_at if self._true_at else None

    @property
    def news(self) -> str:
        """What others changed in the last minutes, as a sentence."""
        return self._news if time.monotonic() - self._news_at < _NEWS_LASTS else ""

    @property
    def reading(self) -> bool:
        return self._request is not None and not self._request.done

    # Reading

    def reload(self) -> None:
        """Read all members; the known ones stay until the new ones are complete."""
        self.loading, self.so_far = self.roster is None, 0
        if self.loading:
            self.failure = None
        self._read(then_administrators=True)
        self._publish()

    def check(self) -> None:
        """Check whether members have changed, and if so read them again. Also retries a read that failed
        because of the connection or the server."""
        if self.reading:
            return
        if self.roster is None:
            if isinstance(self.failure, errors.Unavailable | errors.TimedOut):
                self.reload()
        elif self.unchecked is None:
            self._ask_position()

    def _ask_position(self) -> None:
        begun = time.monotonic()

        async def ask(session: "Session") -> str:
            from zitadel_tui.core import members

            return (await members.read_position(session.client)).sequence

        def told(sequence: str) -> None:
            roster = self.roster
            if roster is None or not self._is_ours(roster.sequence, sequence):
                self._read()
                return
            roster.sequence, self._true_at, self.failure = sequence, begun, None
            self._publish()

        def failed(failure: Failure) -> None:
            if isinstance(failure, errors.NotPermitted | errors.NoMembership):
                self.unchecked = failure
            else:
                self.failure = failure
            self._publish()

        self._request = self._network.submit(self._app, ask, then=told, failed=failed, group="members")

    def _is_ours(self, before: str, after: str) -> bool:
        """Whether no one else wrote between two sequences."""
        if before == after:
            return True
        if not (before.isdecimal() and after.isdecimal()) or int(after) - int(before) > _MOST_OWN:
            return False
        between = range(int(before) + 1, int(after) + 1)
        return bool(between) and self._own.issuperset(between)

    def _read(self, *, then_administrators: bool = False) -> None:
        self._reading += 1
        reading, begun = self._reading, time.monotonic()
        known = self.roster.sequence if self.roster is not None else ""
        by = self.listing.wanted.by
        self._put_while_reading = {}

        async def read(session: "Session") -> "Roster":
            from zitadel_tui.core import members

            roster = await members.read(session.client, on_page=self._on_page(reading, by), known=known)
            finish(roster.sorting(by))
            return roster

        def then(roster: "Roster") -> None:
            self._take(roster, begun)
            if then_administrators:
                self._ask_administrators()

        self._request = self._network.submit(self._app, read, then=then, failed=self._failed, group="members")

    def _on_page(self, reading: int, by: str) -> "Callable[[Roster], None]":
        """Called on the network thread: publish the number read so far, and show the members whenever it
        has doubled, because sorting takes time."""
        shown = 0

        def page(roster: "Roster") -> None:
            nonlocal shown
            part = None
            if self.loading and len(roster) >= 2 * shown:
                shown = len(roster)
                part = roster.arrange(Query(), by=by)
            self._app.call_later(self._page, reading, len(roster), part)

        return page

    def _page(self, reading: int, so_far: int, part: "Arrangement[Member] | None") -> None:
        if reading == self._reading and self.loading:
            self.so_far = so_far
            if part is not None:
                self.listing.show_part(part)
            self._publish()

    def _take(self, roster: "Roster", begun: float) -> None:
        """Show what was read, except members for which a later single read is newer."""
        if self._uncompared is None:
            self._uncompared = self.roster
        self.loading, self.failure, self.roster, self.holders = False, None, roster, None
        self._true_at = begun
        put, self._put_while_reading = self._put_while_reading, {}
        for user_id, member in put.items():
            roster.set(user_id, member)
        self.listing.show(roster)
        self.was_read.publish(begun)
        self._publish()
        self._stop_studying()
        self._studying = self._start(partial(self._study, roster))
        if put:
            self.check()

    async def _study(self, roster: "Roster") -> None:
        """Compute who has which role, and what others have changed since the last computation."""
        from zitadel_tui.core import members

        self.holders = await in_steps(roster.finding_holders())
        if self._uncompared is not None:
            told = _told(await in_steps(members.comparing(self._uncompared, roster)))
            if told:
                self._news = f"Members changed at {datetime.now():%H:%M}: {told}."
                self._news_at = time.monotonic()
        self._uncompared = None
        self._publish()

    def _stop_studying(self) -> None:
        if self._studying is not None:
            self._studying.cancel()
            self._studying = None

    def _failed(self, failure: Failure) -> None:
        self.failure = failure
        if self.loading:
            self.loading = False
            self.listing.clear()
        self._publish()

    # Single members

    def put(self, user_id: str, member: "Member | None") -> None:
        """Set one member as just read; None: no longer a member. No row moves."""
        if self.reading:
            self._put_while_reading[user_id] = member
        self.listing.put(user_id, member)
        if self._uncompared is not None:
            self._uncompared.set(user_id, member)

    def wrote(self, sequences: Iterable[str]) -> None:
        """Note sequences of our own writes: they are no reason to read all members again."""
        self._own.update(int(one) for one in sequences if one.isdecimal())

    # Administrators of the instance

    def _ask_administrators(self) -> None:
        async def ask(session: "Session") -> "Roster":
            from zitadel_tui.core import members

            return members.Roster(await members.instance_administrators(session.client))

        def then(roster: "Roster") -> None:
            self.administrators_failure = None
            self.administrators.show(roster)

        def failed(failure: Failure) -> None:
            self.administrators_failure = failure
            self._publish()

        self._network.submit(self._app, ask, then=then, failed=failed, group="administrators")

    def _publish(self) -> None:
        self.changed.publish(None)


def _told(difference: "Difference") -> str:
    """``1 new, 2 with other roles``; empty when nothing shows."""
    counted = (
        (difference.new, "new"),
        (difference.gone, "gone"),
        (difference.other_roles, "with other roles"),
    )
    return ", ".join(f"{words.count(number)} {what}" for number, what in counted if number)
