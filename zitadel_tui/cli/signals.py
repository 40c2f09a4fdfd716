"""Signals that end a command: INT (Ctrl-C), TERM, HUP and QUIT.

The first one ends reading at once. A write in flight is finished, recorded and reported first. The exit
status is 128 + the signal's number. A second Ctrl-C ends the process without waiting for anything. A signal
that was ignored when the process began (``nohup``, the background of a script) stays ignored.
"""

import contextlib
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from zitadel_tui.signals import SIGNALLED, ending, waking

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

T = TypeVar("T")

_STDERR = 2


class Signals:
    """The handlers are installed with :meth:`install`, on the main thread, and removed at the end of the
    ``with`` block."""

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        """The first one."""
        self.writes = False
        """Whether what runs, or has run, may write."""
        self._before: dict[int, Any] = {}
        self._cancel: Callable[[], object] | None = None
        self._restore: Callable[[], object] | None = None
        self._noted_only = False

    def install(self) -> None:
        for number in ending():
            try:
                self._before[number] = signal.signal(number, self._receive)
            except ValueError:  # not the main thread
                return

    def __enter__(self) -> "Signals":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self.received is not None:
            if number == signal.SIGINT:
                self._end_now(number)
            return
        self.received = signal.Signals(number)
        if self._cancel is not None:
            self._cancel()
        elif not self._noted_only:
            raise KeyboardInterrupt

    def _end_now(self, number: int) -> None:
        """Write directly to the file descriptor: the streams may be in the middle of a write."""
        unknown = " A change may have been made: check before you repeat it." if self.writes else ""
        with contextlib.suppress(Exception):
            if self._restore is not None:
                self._restore()
            os.write(_STDERR, f"error: Ended at once.{unknown}\n".encode())
        os._exit(SIGNALLED + number)

    def run(self, work: Coroutine[Any, Any, T], *, writes: bool = False) -> T:
        """Run ``work`` on its own loop and return its result; a signal cancels it. Once work that ``writes``
        has ended, a signal is only noted, so that the whole result is reported.

        Raises ``KeyboardInterrupt`` when ``work`` was cancelled.
        """
        import asyncio  # costs more than everything else that --help needs

        self.writes = writes
        loop = asyncio.new_event_loop()
        task = loop.create_task(work)
        self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
        try:
            with waking(loop):
                return loop.run_until_complete(task)
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
        except KeyboardInterrupt:
            if task.done() and not task.cancelled():
                task.exception()  # the same error: retrieved
            raise
        finally:
            self._noted_only = writes
            self._cancel = None
            _close(loop, wait=self.received is None)

    @contextlib.contextmanager
    def raised(self, restore: Callable[[], object] | None = None) -> Iterator[None]:
        """While the loop's thread itself waits for an answer on the terminal, a signal raises
        ``KeyboardInterrupt`` there. ``restore`` resets the terminal before the process ends at once."""
        before = self._cancel, self._restore
        self._cancel, self._restore = None, restore or self._restore
        try:
            yield
        finally:
            self._cancel, self._restore = before


def _close(loop: "AbstractEventLoop", *, wait: bool) -> None:
    """Cancel the remaining tasks. Without ``wait``, threads are left running: one may hang in a name
    lookup."""
    import asyncio

    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    if wait:
        loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
