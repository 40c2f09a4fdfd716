"""The app's network thread: work is handed in, cancelled, replaced and ended; a write is never cut off."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from typing import Any

import pytest

from tests.demo_clients import client_of
from zitadel_tui.core.runtime import Interrupted, Runtime, shielded
from zitadel_tui.core.session import Session
from zitadel_tui.demo.server import Demo
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel import calls, errors

WAIT = 20


def session_of(account: str) -> Callable[[], Session]:
    demo = Demo(size=1)
    return lambda: Session(Settings(demo=True), client_of(demo, account))


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    runtime = Runtime()
    runtime.start()
    yield runtime
    runtime.stop(wait=WAIT)


async def who(session: Session) -> str:
    return (await session.client.send(calls.my_user())).user.user_name


class Held:
    """Work that has begun and goes on when it is let."""

    def __init__(self) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()
        self.let: Callable[[], object] = lambda: None
        self.how = ""

    async def __call__(self, session: Session) -> str:
        gate = asyncio.Event()
        loop = asyncio.get_running_loop()
        self.let = lambda: loop.call_soon_threadsafe(gate.set)
        self.begun.set()
        try:
            await gate.wait()
            self.how = "done"
        except asyncio.CancelledError:
            self.how = "cancelled"
            raise
        finally:
            self.ended.set()
        return self.how

    async def as_a_write(self, session: Session) -> str:
        return await shielded(self(session))


def test_work_runs_on_a_thread_of_its_own(runtime: Runtime) -> None:
    session = runtime.open(session_of("onboarding-bot")).result(WAIT)

    async def where(session: Session) -> int:
        return threading.get_ident()

    assert runtime.submit(session, who).result(WAIT) == "onboarding-bot"
    assert session.instance
    assert runtime.submit(session, where).result(WAIT) != threading.get_ident()


def test_a_failure_is_the_futures(runtime: Runtime) -> None:
    session = runtime.open(session_of("nobody-bot")).result(WAIT)
    with pytest.raises(errors.NoMembership):
        runtime.submit(session, lambda session: session.client.send(calls.search_members())).result(WAIT)


def test_a_session_that_cannot_be_opened_leaves_the_one_before(runtime: Runtime) -> None:
    session = runtime.open(session_of("onboarding-bot")).result(WAIT)

    def broken() -> Session:
        raise errors.Unavailable("The CA file cannot be used.")

    with pytest.raises(errors.Unavailable):
        runtime.open(broken).result(WAIT)
    assert runtime.submit(session, who).result(WAIT) == "onboarding-bot"


def test_two_sessions_are_open_side_by_side_until_one_is_retired(runtime: Runtime) -> None:
    first = runtime.open(session_of("onboarding-bot")).result(WAIT)
    second = runtime.open(session_of("viewer-bot")).result(WAIT)
    assert runtime.submit(first, who).result(WAIT) == "onboarding-bot"
    runtime.retire(first).result(WAIT)
    assert runtime.submit(second, who).result(WAIT) == "viewer-bot"
    with pytest.raises(errors.Unavailable, match="closed"):
        runtime.submit(first, who).result(WAIT)


def test_work_keeps_its_session_until_it_ends(runtime: Runtime) -> None:
    session = runtime.open(session_of("onboarding-bot")).result(WAIT)
    held = Held()

    async def late(session: Session) -> str:
        await held(session)
        return await who(session)

    future = runtime.submit(session, late)
    runtime.retire(session).result(WAIT)  # also when it has been submitted a moment ago
    assert held.begun.wait(WAIT)
    held.let()
    assert future.result(WAIT) == "onboarding-bot"
    with pytest.raises(errors.Unavailable, match="closed"):
        runtime.submit(session, who).result(WAIT)


def test_a_write_whose_caller_is_gone_keeps_its_session(runtime: Runtime) -> None:
    session = runtime.open(session_of("onboarding-bot")).result(WAIT)
    held, finished, seen = Held(), threading.Event(), list[str]()

    async def late(session: Session) -> None:
        await held(session)
        seen.append(await who(session))
        finished.set()

    future = runtime.submit(session, lambda session: shielded(late(session)))
    assert held.begun.wait(WAIT)
    future.cancel()
    runtime.retire(session).result(WAIT)
    held.let()
    assert finished.wait(WAIT)
    assert seen == ["onboarding-bot"]


def test_cancelling_a_future_cancels_its_read(runtime: Runtime) -> None:
    session = runtime.open(session_of("onboarding-bot")).result(WAIT)
    held = Held()
    future = runtime.submit(session, held)
    assert held.begun.wait(WAIT)
    assert future.cancel()
    assert held.ended.wait(WAIT)
    assert held.how == "cancelled"
    assert runtime.submit(session, who).result(WAIT) == "onboarding-bot"


def test_cancelling_a_future_lets_its_write_end(runtime: Runtime, capfd: pytest.CaptureFixture[str]) -> None:
    session = runtime.open(session_of("onboarding-bot")).result(WAIT)
    held = Held()
    future = runtime.submit(session, held.as_a_write)
    assert held.begun.wait(WAIT)
    future.cancel()
    with pytest.raises(CancelledError):
        future.result(WAIT)
    runtime.submit(session, who).result(WAIT)
    assert held.how == ""
    held.let()
    assert held.ended.wait(WAIT)
    assert held.how == "done"
    runtime.stop(wait=WAIT)
    assert capfd.readouterr().err == ""


def test_how_a_write_ended_whose_caller_has_gone_is_no_defect_and_all_else_is_logged(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    for error in (Interrupted("written"), ZeroDivisionError()):
        runtime._loop.call_exception_handler({"message": "never retrieved", "exception": error})
    assert len(caplog.records) == 1
    assert "ZeroDivisionError" in caplog.text


def test_stopping_cancels_reads_and_ends_the_thread() -> None:
    runtime = Runtime()
    runtime.start()
    session = runtime.open(session_of("onboarding-bot")).result(WAIT)
    held = Held()
    future = runtime.submit(session, held)
    assert held.begun.wait(WAIT)
    runtime.stop(wait=WAIT)
    assert held.how == "cancelled"
    assert future.cancelled()
    assert not [thread for thread in threading.enumerate() if thread.name == "network"]


def test_stopping_lets_a_write_end() -> None:
    runtime = Runtime()
    runtime.start()
    session = runtime.open(session_of("onboarding-bot")).result(WAIT)
    held, read = Held(), Held()
    future: Future[Any] = runtime.submit(session, held.as_a_write)
    runtime.submit(session, read)
    assert held.begun.wait(WAIT)
    assert read.begun.wait(WAIT)
    stopping = threading.Thread(target=runtime.stop, kwargs={"wait": WAIT})
    stopping.start()
    assert read.ended.wait(WAIT)
    held.let()
    stopping.join(WAIT)
    assert held.how == "done"
    error = None if future.cancelled() else future.exception(WAIT)
    assert error is None or (isinstance(error, Interrupted) and error.outcome == "done")


def test_stopping_does_not_wait_for_ever_for_a_write() -> None:
    runtime = Runtime()
    runtime.start()
    session = runtime.open(session_of("onboarding-bot")).result(WAIT)
    held = Held()
    runtime.submit(session, held.as_a_write)
    assert held.begun.wait(WAIT)
    runtime.stop(wait=0.1)
    assert held.ended.wait(WAIT)
    assert held.how == "cancelled"


def test_stopping_twice_is_no_trouble(runtime: Runtime) -> None:
    session = runtime.open(session_of("onboarding-bot")).result(WAIT)
    held = Held()
    runtime.submit(session, held.as_a_write)
    assert held.begun.wait(WAIT)
    stopping = threading.Thread(target=runtime.stop, kwargs={"wait": WAIT})
    stopping.start()
    runtime.stop(wait=0.0)  # while it ends
    held.let()
    stopping.join(WAIT)
    assert held.how == "done"
    runtime.stop(wait=WAIT)


def test_stopping_before_the_start_changes_nothing() -> None:
    runtime = Runtime()
    runtime.stop()
    runtime.start()
    session = runtime.open(session_of("onboarding-bot")).result(WAIT)
    assert runtime.submit(session, who).result(WAIT) == "onboarding-bot"
    runtime.stop(wait=WAIT)


async def test_a_shielded_write_gives_its_result_or_its_error() -> None:
    async def fine() -> int:
        return 4711

    async def broken() -> int:
        raise errors.AlreadyThere("taken")

    assert await shielded(fine()) == 4711
    with pytest.raises(errors.AlreadyThere):
        await shielded(broken())


async def test_a_shielded_write_that_ends_with_the_program_has_no_outcome() -> None:
    class Ends(BaseException):
        pass

    begun, go_on = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        begun.set()
        await go_on.wait()
        raise Ends

    task = asyncio.create_task(shielded(write()))
    await begun.wait()
    task.cancel()
    go_on.set()
    await asyncio.wait([task])
    assert task.cancelled()


def test_what_is_submitted_after_the_end_is_cancelled() -> None:
    """A view may appear while the program ends."""
    runtime = Runtime()
    runtime.start()
    session = runtime.open(session_of("onboarding-bot")).result(WAIT)
    runtime.stop(wait=WAIT)
    assert runtime.submit(session, who).cancelled()


def test_what_is_submitted_while_it_stops_is_cancelled_not_lost() -> None:
    """Between the last work and the end of the loop nothing could begin it: it would never be awaited."""
    runtime = Runtime()
    runtime.start()
    session = runtime.open(session_of("onboarding-bot")).result(WAIT)
    begun, let = threading.Event(), threading.Event()

    async def holds_up_the_thread(session: Session) -> None:
        begun.set()
        let.wait(WAIT)

    runtime.submit(session, holds_up_the_thread)
    assert begun.wait(WAIT)
    runtime.stop(wait=0.0)
    called: list[int] = []
    runtime.call_soon(lambda: called.append(threading.get_ident()))
    assert runtime.submit(session, who).cancelled()
    assert runtime.open(session_of("onboarding-bot")).cancelled()
    assert runtime.retire(session).cancelled()
    assert called == [threading.get_ident()]
    let.set()
    runtime.stop(wait=WAIT)
