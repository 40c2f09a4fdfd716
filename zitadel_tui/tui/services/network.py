"""Runs work on the network thread and delivers answers on the interface's loop."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from textual.app import App
from textual.message_pump import MessagePump
from textual.signal import Signal

from zitadel_tui.core.runtime import Runtime
from zitadel_tui.failure import Failure

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session

T = TypeVar("T")
Work = Callable[["Session"], Coroutine[Any, Any, T]]
"""What is to be done with a session, on the network thread."""


class Request(Generic[T]):
    """Work that is running."""

    def __init__(self, future: "Future[T]") -> None:
        self._future = future

    def cancel(self) -> None:
        """Cancel the work; nothing is reported."""
        self._future.cancel()

    @property
    def done(self) -> bool:
        return self._future.done()


class Network:
    """The network thread, the session for new work, and the running reads and writes.

    ``app`` delivers the reports of writes, which belong to no widget; ``writes_ended`` is called after the
    report of the last of them.
    """

    def __init__(self, app: App[Any], *, writes_ended: Callable[[], None] = lambda: None) -> None:
        self.write_ended: Signal[None] = Signal(app, "write ended")
        """Published after the report of each write."""
        self.runtime = Runtime()
        self.session: Session | None = None
        self._app = app
        self._writes_ended = writes_ended
        self._newest: WeakKeyDictionary[MessagePump, dict[str, Request[Any]]] = WeakKeyDictionary()
        self._writes: set[Future[Any]] = set()

    @property
    def writing(self) -> int:
        """How many writes are under way."""
        return len(self._writes)

    def open(
        self,
        make: "Callable[[], Session | Awaitable[Session]]",
        *,
        then: "Callable[[Session], None]",
        failed: Callable[[Failure], None],
    ) -> None:
        """Open another session in addition to the current one; the caller uses or retires it."""
        future = self.runtime.open(make)

        def report() -> None:
            error = future.exception()
            if error is None:
                then(future.result())
            else:
                failed(as_failure(error, "Please report it."))

        def finished(future: "Future[Session]") -> None:
            if not future.cancelled():  # it is when the app ends
                self._app.call_later(report)

        future.add_done_callback(finished)

    def use(self, session: "Session | None") -> None:
        """Use this session for new work. Reads are dropped; writes end on the previous session, which is
        then closed."""
        for requests in self._newest.values():
            while requests:
                requests.popitem()[1].cancel()
        if self.session is not None and self.session is not session:
            self.runtime.retire(self.session)
        self.session = session

    def submit(
        self,
        node: MessagePump,
        work: Work[T],
        *,
        then: Callable[[T], None],
        failed: Callable[[Failure], None],
        group: str = "",
        session: "Session | None" = None,
    ) -> Request[T]:
        """Read something: ``then`` or ``failed`` is called while ``node`` is there.

        Only the newest work of a ``group`` of ``node`` reports; the previous one is cancelled. ``session``
        is used instead of the current one.
        """
        session = session or self.session
        if session is None:
            future: Future[T] = Future()
            future.set_exception(Failure("Not signed in.", "Wait for the sign-in, or connect again."))
        else:
            future = self.runtime.submit(session, work)
        requests = self._newest.setdefault(node, {})
        if (before := requests.get(group)) is not None:
            before.cancel()
        request = requests[group] = Request(future)

        def report() -> None:
            if requests.get(group) is not request:
                return
            del requests[group]
            error = future.exception()
            if error is None:
                then(future.result())
            else:
                failed(as_failure(error, "Please report it. Nothing was changed on the server."))

        def finished(future: "Future[T]") -> None:
            if not future.cancelled():
                node.call_later(report)

        future.add_done_callback(finished)
        return request

    def session_to_write(self) -> "Session":
        """The current session; raises ``Failure`` when there is none."""
        if self.session is None:
            raise Failure("Not signed in; nothing was sent.", "Wait for the sign-in, or connect again.")
        return self.session

    def submit_write(
        self, work: Work[T], *, then: Callable[[T], None], failed: Callable[[Failure], None]
    ) -> None:
        """Change something: nothing replaces or cancels it, and it keeps its session until it ends.

        The caller may be gone when it reports.
        """
        try:
            session = self.session_to_write()
        except Failure as failure:
            failed(failure)
            return
        future = self.runtime.submit(session, work)
        self._writes.add(future)

        def report() -> None:
            self._writes.discard(future)
            error = future.exception()
            if error is None:
                then(future.result())
            else:
                hint = "Please report it, and refresh: whether it was changed is not known."
                failed(as_failure(error, hint))
            self.write_ended.publish(None)
            self._report_end_of_writes()

        def finished(future: "Future[T]") -> None:
            if future.cancelled():
                self._writes.discard(future)
            else:
                self._app.call_later(report)

        # on the network thread, so that reports of the work arrive before its end
        self.runtime.call_soon(lambda: future.add_done_callback(finished))

    def _report_end_of_writes(self) -> None:
        if not self._writes:
            self._writes_ended()

    async def write(self, work: Work[T]) -> T:
        """:meth:`submit_write`, to be awaited; raises ``Failure``. Cancelling the wait does not cancel the
        write."""
        ended: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def then(result: T) -> None:
            if not ended.done():
                ended.set_result(result)

        def failed(failure: Failure) -> None:
            if not ended.done():
                ended.set_exception(failure)

        self.submit_write(work, then=then, failed=failed)
        return await ended


def as_failure(error: BaseException, hint: str) -> Failure:
    """Convert any error to a failure; for an unexpected one it only names the type."""
    if isinstance(error, Failure):
        return error
    return Failure(f"Something went wrong inside the program ({type(error).__name__}).", hint)
