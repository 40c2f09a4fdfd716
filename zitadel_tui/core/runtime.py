"""The network thread of the app, with its own event loop.

It owns the sessions, so that the interface never waits for an import, a certificate store or an answer,
and a write outlives the view that started it.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session

T = TypeVar("T")

_WRITE = "write in flight"


class _Opened:
    """A session that is not closed yet, and how much work uses it."""

    def __init__(self, session: "Session") -> None:
        self.session = session
        self.uses = 0
        self.retired = False


class Runtime:
    """Started once; several sessions may be open at a time.

    A session that is retired is closed as soon as nothing uses it: work that has started on it ends on it,
    even when the app connects elsewhere.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=self._run, name="network", daemon=True)
        self._opened: dict[int, _Opened] = {}  # by the id of the session; on the network thread only
        self._stopping = False
        self._submitting = threading.Lock()
        self._patience = 0.0

    def start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(_unretrieved)
        self._loop.run_forever()
        self._loop.run_until_complete(self._end())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    async def _end(self) -> None:
        """Cancel reads; writes in flight may finish, as long as :meth:`stop` waits."""
        pending = asyncio.all_tasks() - {asyncio.current_task()}
        writes = {task for task in pending if task.get_name() == _WRITE}
        for task in pending - writes:
            task.cancel()
        if writes:
            await asyncio.wait(writes, timeout=self._patience)
        for task in writes:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        for opened in list(self._opened.values()):
            await opened.session.close()

    def open(self, make: "Callable[[], Session | Awaitable[Session]]") -> "Future[Session]":
        """Run ``make`` on the network thread; its session stays open until it is retired."""

        async def begin() -> "Session":
            made = make()
            session = await made if isinstance(made, Awaitable) else made
            self._opened[id(session)] = _Opened(session)
            return session

        return self._begin(begin())

    def run(self, work: "Callable[[], Coroutine[Any, Any, T]]") -> "Future[T]":
        """Run ``work``, which needs no session of ours, on the network thread; as :meth:`submit`."""
        return self._begin(work())

    def submit(self, session: "Session", work: "Callable[[Session], Coroutine[Any, Any, T]]") -> "Future[T]":
        """Run ``work(session)`` on the network thread; cancelling the future cancels the work. When the
        runtime is stopping the future is cancelled already."""

        async def run() -> T:
            async with self._using(session):
                return await work(session)

        return self._begin(run())

    def _begin(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        with self._submitting:  # what is submitted before the stop is found, and cancelled, by `_end`
            if not self._stopping:
                return asyncio.run_coroutine_threadsafe(work, self._loop)
        work.close()
        ended: Future[T] = Future()
        ended.cancel()
        return ended

    def call_soon(self, do: Callable[[], None]) -> None:
        """Call ``do`` on the network thread; at once when the runtime is stopping."""
        with self._submitting:
            if not self._stopping:
                self._loop.call_soon_threadsafe(do)
                return
        do()

    def retire(self, session: "Session") -> "Future[None]":
        """Close ``session`` as soon as the work submitted for it has ended."""

        async def retire() -> None:
            opened = self._opened.get(id(session))
            if opened is not None:
                opened.retired = True
                await self._close_unused(opened)

        return self._begin(retire())

    @asynccontextmanager
    async def _using(self, session: "Session") -> AsyncIterator[None]:
        opened = self._opened.get(id(session))
        if opened is None:  # closed: its transport says so
            yield
            return
        opened.uses += 1
        try:
            yield
        finally:
            opened.uses -= 1
            await self._close_unused(opened)

    async def _close_unused(self, opened: _Opened) -> None:
        if opened.retired and not opened.uses and self._opened.pop(id(opened.session), None) is not None:
            await opened.session.close()

    def stop(self, *, wait: float = 1.0) -> None:
        """Cancel the remaining work, close the connections and end the thread. A write in flight has
        ``wait`` seconds to finish."""
        if not self._thread.is_alive():
            return
        with self._submitting:
            if not self._stopping:
                self._stopping, self._patience = True, wait * 0.8
                self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(wait)


def _unretrieved(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Ignore the outcome of a write whose caller has gone; report everything else, which is a bug."""
    if not isinstance(context.get("exception"), Interrupted):
        loop.default_exception_handler(context)


class Interrupted(Exception):
    """Work was cancelled while a write was in flight; ``outcome`` or ``error`` is how the write ended."""

    def __init__(self, outcome: object = None, error: Exception | None = None) -> None:
        super().__init__("interrupted")
        self.outcome = outcome
        self.error = error


async def shielded(write: Coroutine[Any, Any, T]) -> T:
    """Await a write that is never cancelled half-way.

    When the caller is cancelled meanwhile, the write still finishes (its time limit applies), and
    ``Interrupted`` holds the outcome.
    """
    task = asyncio.create_task(write, name=_WRITE)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if task.cancelled():
            raise
        error = task.exception()
        if error is not None and not isinstance(error, Exception):
            raise
        raise Interrupted(None if error else task.result(), error) from None
