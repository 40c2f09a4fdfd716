"""The bridge between the interface and the network thread: work goes over, answers come back."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from textual.message_pump import MessagePump

from zitadel_tui.failure import Failure

if TYPE_CHECKING:
    from zitadel_tui.core.runtime import Runtime
    from zitadel_tui.core.session import Session
    from zitadel_tui.tui.app import ZitadelApp

T = TypeVar("T")


class Work(Generic[T]):
    """One piece of work under way."""

    def __init__(self, runtime: "Runtime", future: "Future[T]") -> None:
        self.runtime = runtime
        self._future = future

    def cancel(self) -> None:
        """Stop it; nothing is reported any more."""
        self._future.cancel()

    @property
    def done(self) -> bool:
        return self._future.done()


_newest: "WeakKeyDictionary[MessagePump, dict[str, Work[Any]]]" = WeakKeyDictionary()


def submit(
    node: MessagePump,
    runtime: "Runtime",
    work: "Callable[[Session], Coroutine[Any, Any, T]]",
    *,
    then: Callable[[T], None],
    failed: Callable[[Failure], None],
    group: str = "",
) -> Work[T]:
    """Run ``work`` on the network thread; ``then`` or ``failed`` is called on the interface's loop.

    Only the newest work of a ``group`` of ``node`` reports, and only while ``node`` is there; the one
    before is cancelled, so give a write a group of its own.
    """
    try:
        future = runtime.submit(work)
    except RuntimeError:
        future = Future()
        future.set_exception(Failure("Not signed in.", "Wait for the sign-in, or connect again."))
    return follow(node, runtime, future, then=then, failed=failed, group=group)


def follow(
    node: MessagePump,
    runtime: "Runtime",
    future: "Future[T]",
    *,
    then: Callable[[T], None],
    failed: Callable[[Failure], None],
    group: str = "",
) -> Work[T]:
    """As :func:`submit`, for what runs already."""
    works = _newest.setdefault(node, {})
    if (before := works.get(group)) is not None:
        before.cancel()
    work = works[group] = Work(runtime, future)

    def report() -> None:
        if works.get(group) is not work:
            return
        del works[group]
        error = future.exception()
        if error is None:
            then(future.result())
        else:
            failed(as_failure(error))

    def finished(future: "Future[T]") -> None:
        if not future.cancelled():
            node.call_later(report)

    future.add_done_callback(finished)
    return work


_writing: "WeakKeyDictionary[MessagePump, set[Future[Any]]]" = WeakKeyDictionary()


def submit_write(
    app: "ZitadelApp",
    work: "Callable[[Session], Coroutine[Any, Any, T]]",
    *,
    then: Callable[[T], None],
    failed: Callable[[Failure], None],
) -> None:
    """As :func:`submit`, for what changes something: it belongs to the app, and nothing replaces or
    cancels it. Whoever started it may be gone when it reports."""
    try:
        future = app.runtime.submit(work)
    except RuntimeError:
        failed(Failure("Not signed in; nothing was sent.", "Wait for the sign-in, or connect again."))
        return
    running = _writing.setdefault(app, set())
    running.add(future)

    def report() -> None:
        running.discard(future)
        error = future.exception()
        if error is None:
            then(future.result())
        else:
            failed(_as_failed_write(error))
        app.write_ended()

    def finished(future: "Future[T]") -> None:
        if future.cancelled():
            running.discard(future)
        else:
            app.call_later(report)

    future.add_done_callback(finished)


async def write(app: "ZitadelApp", work: "Callable[[Session], Coroutine[Any, Any, T]]") -> T:
    """:func:`submit_write`, to be awaited; raises ``Failure``. Who stops waiting does not stop the write."""
    ended: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def then(result: T) -> None:
        if not ended.done():
            ended.set_result(result)

    def failed(failure: Failure) -> None:
        if not ended.done():
            ended.set_exception(failure)

    submit_write(app, work, then=then, failed=failed)
    return await ended


def writing(app: "ZitadelApp") -> int:
    """How many writes are under way."""
    return len(_writing.get(app, ()))


def drop_all(runtime: "Runtime") -> None:
    """Cancel whatever runs and forget whatever is about to report: another session begins."""
    for works in _newest.values():
        for group in [group for group, work in works.items() if work.runtime is runtime]:
            works.pop(group).cancel()


def as_failure(error: BaseException) -> Failure:
    """Any error as a failure that can be shown; of an unexpected one only its type is told."""
    if isinstance(error, Failure):
        return error
    return _own_fault(error, "Please report it; what you were about to read was not changed.")


def _as_failed_write(error: BaseException) -> Failure:
    if isinstance(error, Failure):
        return error
    return _own_fault(error, "Please report it, and refresh: whether it was changed is not known.")


def _own_fault(error: BaseException, hint: str) -> Failure:
    return Failure(f"Something went wrong inside the program ({type(error).__name__}).", hint)
