"""The network thread as the interface uses it: work goes over, answers come back on the interface's loop."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from textual.message_pump import MessagePump

from zitadel_tui.core.runtime import Runtime
from zitadel_tui.failure import Failure

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session

T = TypeVar("T")
Work = Callable[["Session"], Coroutine[Any, Any, T]]
"""What is to be done with a session, on the network thread."""


class Request(Generic[T]):
    """One piece of work under way."""

    def __init__(self, future: "Future[T]") -> None:
        self._future = future

    def cancel(self) -> None:
        """Stop it; nothing is reported any more."""
        self._future.cancel()

    @property
    def done(self) -> bool:
        return self._future.done()


class Network:
    """The thread, the session that new work gets, what is being read for whom, and what is being written.

    ``app`` delivers the reports of writes, which belong to no widget; ``writes_ended`` is called after the
    report of the last of them.
    """

    def __init__(self, app: MessagePump, *, writes_ended: Callable[[], None] = lambda: None) -> None:
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
        make: "Callable[[], Session]",
        *,
        then: "Callable[[Session], None]",
        failed: Callable[[Failure], None],
    ) -> None:
        """Make another session beside the one in use; whoever gets it uses or retires it."""
        future = self.runtime.open(make)

        def report() -> None:
            error = future.exception()
            if error is None:
                then(future.result())
            else:
                failed(_as_failure(error, "Please report it."))

        future.add_done_callback(lambda future: self._app.call_later(report))

    def use(self, session: "Session | None") -> None:
        """Give new work this session. What was being read is forgotten, what is being written ends on the
        session before, which is closed then."""
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

        Only the newest work of a ``group`` of ``node`` reports; the one before is cancelled. ``session`` is
        another one than that in use.
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
                failed(_as_failure(error, "Please report it; what you were about to read was not changed."))

        def finished(future: "Future[T]") -> None:
            if not future.cancelled():
                node.call_later(report)

        future.add_done_callback(finished)
        return request

    def submit_write(
        self, work: Work[T], *, then: Callable[[T], None], failed: Callable[[Failure], None]
    ) -> None:
        """Change something: nothing replaces or cancels it, and it keeps its session until it ends.

        Whoever started it may be gone when it reports.
        """
        if self.session is None:
            failed(Failure("Not signed in; nothing was sent.", "Wait for the sign-in, or connect again."))
            return
        future = self.runtime.submit(self.session, work)
        self._writes.add(future)

        def report() -> None:
            self._writes.discard(future)
            error = future.exception()
            if error is None:
                then(future.result())
            else:
                hint = "Please report it, and refresh: whether it was changed is not known."
                failed(_as_failure(error, hint))
            self._report_end_of_writes()

        def finished(future: "Future[T]") -> None:
            if future.cancelled():
                self._writes.discard(future)
            else:
                self._app.call_later(report)

        future.add_done_callback(finished)

    def _report_end_of_writes(self) -> None:
        if not self._writes:
            self._writes_ended()

    async def write(self, work: Work[T]) -> T:
        """:meth:`submit_write`, to be awaited; raises ``Failure``. Who stops waiting does not stop it."""
        ended: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def then(result: T) -> None:
            if not ended.done():
                ended.set_result(result)

        def failed(failure: Failure) -> None:
            if not ended.done():
                ended.set_exception(failure)

        self.submit_write(work, then=then, failed=failed)
        return await ended


def _as_failure(error: BaseException, hint: str) -> Failure:
    """Any error as a failure that can be shown; of an unexpected one only its type is told."""
    if isinstance(error, Failure):
        return error
    return Failure(f"Something went wrong inside the program ({type(error).__name__}).", hint)
