"""The bridge: answers reach the one who asked, once, and only while they still matter."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure
from zitadel_tui.settings import Settings
from zitadel_tui.tui.services.network import Network


class Nobody:
    """A client with nothing to close."""

    class transport:
        @staticmethod
        async def close() -> None:
            pass


@asynccontextmanager
async def running() -> AsyncIterator[tuple[Pilot[None], Static, Network]]:
    app = App[None]()
    network = Network(app)
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


async def until(pilot: Pilot[None], fact: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not fact():
            await pilot.pause()


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


async def test_another_session_forgets_what_was_under_way() -> None:
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


async def test_an_answer_that_is_there_but_not_told_yet_gives_way_to_newer_work() -> None:
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


async def test_what_was_read_for_a_session_before_is_not_told() -> None:
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


async def test_a_write_that_crashed_is_not_told_as_unchanged() -> None:
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


async def test_a_write_outlives_whoever_waits_for_it_and_the_session_in_use() -> None:
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
