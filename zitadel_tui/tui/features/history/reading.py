"""Reads the rows of the History view: entries of the journals, or all changes of one user."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from textual.message_pump import MessagePump

from zitadel_tui.core import history, server_history, user_lookup
from zitadel_tui.core.collection import Collection
from zitadel_tui.core.history import Entry, Filter, Journals
from zitadel_tui.core.server_history import Line, UserHistory
from zitadel_tui.failure import Failure
from zitadel_tui.tui.features.history.records import SCHEMA

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session
    from zitadel_tui.tui.ports import Shell

MOST = 5_000
"""How many entries are listed, the newest first."""
MOST_OF_RUNS = 20_000
"""How many while the changes of onboarding runs are listed, too."""

Task = Callable[[], Coroutine[None, None, None]]


class Reading:
    """The rows that were read last. ``changed`` is called when there are new ones; ``run`` starts a task on
    the interface's loop. Files are read by a thread."""

    def __init__(
        self, app: "Shell", node: MessagePump, *, run: Callable[[Task], object], changed: Callable[[], None]
    ) -> None:
        self._app, self._node, self._run, self._changed = app, node, run, changed
        self.everywhere = False
        """Whether changes to other servers and organizations are listed, too."""
        self.forget()

    def forget(self) -> None:
        """Forget everything: another session begins."""
        self.records: Collection[Line] | None = None
        self.failure: Failure | None = None
        self.is_cut = False
        """Whether there are older entries."""
        self.user: tuple[str, str] | None = None
        """Id and name of the user whose changes are read; None for all entries."""
        self.missing: tuple[str, ...] = ()
        """Sentences about what could not be read."""
        self._read_at = 0.0
        self._with_rows = False
        self._turn = 0

    @property
    def age(self) -> float | None:
        """Seconds since the records were read."""
        return None if self.records is None else time.monotonic() - self._read_at

    @property
    def place(self) -> tuple[str, str]:
        """The address of the server and the id of the organization, as far as they are known."""
        session, account = self._app.session, self._app.account
        origin = session.client.transport.origin if session else self._app.settings.domain or ""
        return origin, account.org_id if account else ""

    @property
    def journals(self) -> Journals:
        session = self._app.session
        return history.session_journals(session) if session is not None else history.user_journals()

    def read(self, *, with_rows: bool | None = None) -> None:
        """Read the rows, or read them again; with ``with_rows`` also the changes of onboarding runs."""
        if with_rows is not None:
            self._with_rows = with_rows
        self._turn += 1
        if self.user is None:
            self._run(partial(self._read_entries, self._turn))
        else:
            self._read_user(self.user[0])

    def want_rows(self, with_rows: bool) -> None:
        """List the changes of onboarding runs, or not; read again if that changes the list."""
        if with_rows != self._with_rows and self.user is None:
            self.read(with_rows=with_rows)

    def open_user(self, user_id: str, name: str) -> None:
        """Read all changes of a user."""
        self.user, self.records, self.failure, self.missing = (user_id, name), None, None, ()
        self.read()
        self._changed()

    def close_user(self) -> None:
        self.user, self.records, self.failure, self.missing = None, None, None, ()
        self.read()
        self._changed()

    async def _read_entries(self, turn: int) -> None:
        journals, with_rows = self.journals, self._with_rows
        origin, organization = ("", "") if self.everywhere else self.place
        wanted = Filter(instance=origin, organization=organization, rows=with_rows)
        most = MOST_OF_RUNS if with_rows else MOST

        def read() -> list[Entry]:
            return list(islice(history.entries(journals, wanted), most + 1))

        try:
            found, failure = await asyncio.to_thread(read), None
        except Failure as refused:
            found, failure = [], refused
        if turn != self._turn:
            return
        self.failure = failure
        if failure is None:
            self._take([Line(entry) for entry in found[:most]], is_cut=len(found) > most)
        self._changed()

    def _read_user(self, user_id: str) -> None:
        journals = self.journals

        async def ask(session: "Session") -> UserHistory:
            user = await user_lookup.resolve(session.client, user_id)
            return await server_history.read(session, journals, user)

        self._app.network.submit(
            self._node, ask, then=self._user_read, failed=self._user_refused, group="history"
        )

    def _user_read(self, found: UserHistory) -> None:
        if self.user is not None:
            self.missing, self.failure = found.missing, None
            self._take(list(found.lines), is_cut=False)
            self._changed()

    def _user_refused(self, failure: Failure) -> None:
        if self.user is not None:
            self.failure = failure
            self._changed()

    def _take(self, lines: list[Line], *, is_cut: bool) -> None:
        self.records, self.is_cut, self._read_at = Collection(SCHEMA), is_cut, time.monotonic()
        self.records.extend(lines)
