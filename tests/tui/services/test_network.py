"""The bridge: answers reach the one who asked, once, and only while they still matter."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from tests.tui.services.running import until
from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure
from zitadel_tui.settings import Settings
from zitadel_tui.tui.services.network import Network


class Nobody:
    """A client with nothing to close."""

    class transport:
        read_only = ""

        @staticmethod
        async def close() -> None:
            pass


@asynccontextmanager
async def running(**options: Any) -> AsyncIterator[tuple[Pilot[None], Static, Network]]:
    app = App[None]()
    network = Network(app, **options)
    network.runtime.start()
    try:
        async with app.run_test() as pilot:
            node = Static()
            await app.mount(node)
            network.use(await opened(network))
            yield pilot, node, network
    finally:
        network.runtime.stop()


async def opened(network: Network) -> Session:
    return await asyncio.wrap_future(network.runtime.open(lambda: Session(Settings(), cast(Any, Nobody()))))


def never(failure: Failure) -> None:
    raise AssertionError(failure)


async def test_an_answer_comes_back_on_the_loop_of_the_interface() -> None:
    async with running() as (pilot, node, network):
        here, seen = asyncio.get_running_loop(), list[object]()

        async def work(session: Session) -> object:
            return asyncio.get_running_loop()

        def then(there: object) -> None:
            seen.extend([there is not here, asyncio.get_running_loop() is here])

        network.submit(node, work, then=then, failed=never)
        await until(pilot, lambda: seen)
        assert seen == [True, True]


async def test_only_the_newest_of_a_group_reports_and_the_one_before_is_cancelled() -> None:
    async with running() as (pilot, node, network):
        seen: list[str] = []
        cancelled: list[bool] = []

        async def slow(session: Session) -> str:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(True)
                raise
            return "slow"

        async def quick(session: Session) -> str:
            return "quick"

        started = network.submit(node, slow, then=seen.append, failed=never, group="a")
        network.submit(node, quick, then=seen.append, failed=never, group="b")
        await until(pilot, lambda: seen == ["quick"])
        assert not started.done
        network.submit(node, quick, then=seen.append, failed=never, group="a")
        await until(pilot, lambda: seen == ["quick", "quick"] and cancelled)
        assert started.done


async def test_an_answer_for_a_widget_that_is_gone_is_dropped() -> None:
    async with running() as (pilot, node, network):
        seen: list[str] = []
        release = asyncio.Event()
        loops: list[asyncio.AbstractEventLoop] = []

        async def work(session: Session) -> str:
            loops.append(asyncio.get_running_loop())
            await release.wait()
            return "late"

        handle = network.submit(node, work, then=seen.append, failed=never)
        await until(pilot, lambda: loops)
        await node.remove()
        loops[0].call_soon_threadsafe(release.set)
        await until(pilot, lambda: handle.done)
        await pilot.pause()
        assert seen == []


async def test_another_session_drops_the_requests_of_the_previous_one() -> None:
    async with running() as (pilot, node, network):

        async def work(session: Session) -> str:
            await asyncio.Event().wait()
            return ""

        handle = network.submit(node, work, then=never_text, failed=never)
        network.use(await opened(network))
        await until(pilot, lambda: handle.done)
        await pilot.pause()


def never_text(text: str) -> None:
    raise AssertionError(text)


async def test_failures_come_as_they_are_and_bugs_without_their_contents() -> None:
    async with running() as (pilot, node, network):
        failures: list[Failure] = []

        async def refused(session: Session) -> str:
            raise Failure("No.", "Ask.")

        async def broken(session: Session) -> str:
            raise ValueError("hunter2")

        for work in (refused, broken):
            network.submit(node, work, then=never_text, failed=failures.append, group=work.__name__)
        await until(pilot, lambda: len(failures) == 2)
        summaries = sorted(failure.summary for failure in failures)
        assert summaries[0] == "No."
        assert "ValueError" in summaries[1]
        assert "hunter2" not in f"{failures}{[failure.hint for failure in failures]}{summaries}"


async def test_without_a_session_it_says_so() -> None:
    app = App[None]()
    network = Network(app)
    network.runtime.start()
    try:
        async with app.run_test() as pilot:
            failures: list[Failure] = []

            async def work(session: Session) -> str:
                return ""

            network.submit(app, work, then=never_text, failed=failures.append)
            await until(pilot, lambda: failures)
            assert failures[0].summary == "Not signed in."
    finally:
        network.runtime.stop()


async def test_an_answer_not_delivered_yet_is_replaced_by_newer_work() -> None:
    async with running() as (pilot, node, network):
        seen: list[str] = []

        async def first(session: Session) -> str:
            return "first"

        async def second(session: Session) -> str:
            return "second"

        late = network.submit(node, first, then=seen.append, failed=never, group="a")
        late._future.result(20)  # its report waits for this loop
        network.submit(node, second, then=seen.append, failed=never, group="a")
        await until(pilot, lambda: seen)
        await pilot.pause()
        assert seen == ["second"]


async def test_an_answer_for_a_previous_session_is_not_delivered() -> None:
    async with running() as (pilot, node, network):
        seen: list[str] = []

        async def work(session: Session) -> str:
            return "of before"

        other = await opened(network)
        late = network.submit(node, work, then=seen.append, failed=never)
        late._future.result(20)
        network.use(other)
        await pilot.pause()
        await pilot.pause()
        assert seen == []


async def test_a_write_that_crashed_is_not_reported_as_unchanged() -> None:
    async with running() as (pilot, _node, network):
        failures: list[Failure] = []

        async def crash(session: Session) -> str:
            raise ValueError("hunter2")

        network.submit_write(crash, then=never_text, failed=failures.append)
        assert network.writing == 1
        await until(pilot, lambda: failures)
        assert "whether it was changed is not known" in failures[0].hint
        assert "not changed" not in failures[0].hint
        assert "hunter2" not in f"{failures[0]} {failures[0].hint}"
        assert network.writing == 0


async def test_the_end_of_writes_is_reported_once_after_the_report_of_the_last() -> None:
    told: list[str] = []
    async with running(writes_ended=lambda: told.append("ended")) as (pilot, _node, network):
        first_may_end = threading.Event()

        async def first(session: Session) -> str:
            await asyncio.to_thread(first_may_end.wait)
            return "first"

        async def second(session: Session) -> str:
            return "second"

        for work in (first, second):
            network.submit_write(work, then=told.append, failed=never)
        await until(pilot, lambda: told)
        first_may_end.set()
        await until(pilot, lambda: "ended" in told)
        assert told == ["second", "first", "ended"]


async def test_a_write_outlives_a_reader_who_waits_for_it_and_the_session_in_use() -> None:
    async with running() as (pilot, _node, network):
        begun, let = threading.Event(), threading.Event()
        ended: list[bool] = []

        async def work(session: Session) -> str:
            begun.set()
            await asyncio.to_thread(let.wait)
            ended.append(True)
            return "written"

        waiting = asyncio.ensure_future(network.write(work))
        await until(pilot, begun.is_set)
        network.use(await opened(network))
        waiting.cancel()
        assert network.writing == 1
        let.set()
        await until(pilot, lambda: not network.writing)
        assert ended == [True]


async def test_a_session_is_closed_when_another_one_is_used_and_not_when_it_is_used_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed: list[Session] = []

    async def close(session: Session) -> None:
        closed.append(session)

    monkeypatch.setattr(Session, "close", close)
    async with running() as (pilot, _node, network):
        first, second = network.session, await opened(network)
        assert first is not None
        network.use(first)
        network.use(second)
        await until(pilot, lambda: closed)
        network.use(second)
        await network.write(_nothing)
        assert closed == [first]


async def test_what_a_write_tells_comes_before_its_end_however_quick_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running() as (pilot, node, network):
        told: list[str] = []
        submit = network.runtime.submit

        def ended_at_once(session: Session, work: Any) -> Any:
            future = submit(session, work)
            future.result(20)
            return future

        async def work(session: Session) -> None:
            node.app.call_later(told.append, "result")

        monkeypatch.setattr(network.runtime, "submit", ended_at_once)
        network.submit_write(work, then=lambda nothing: told.append("end"), failed=never)
        await until(pilot, lambda: "end" in told and "result" in told)
        assert told == ["result", "end"]


async def _nothing(session: Session) -> None:
    pass
