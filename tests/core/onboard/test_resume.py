"""A process is killed at any moment and another one resumes: every row once, with its true result."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.core.onboard.running import ROLE, Assigned, Bench, FixedLimits, Users, finished, payroll, users
from zitadel_tui.core.append_file import AppendFile
from zitadel_tui.core.onboard.engine import Run, WrongRun
from zitadel_tui.core.onboard.records import RowResult
from zitadel_tui.core.onboard.run_files import RunFiles
from zitadel_tui.demo.faults import Fault
from zitadel_tui.zitadel import calls
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.users import ImportHuman

_ABANDONED: list[object] = []
"""Loops and tasks of killed processes: nothing of them may run on, not even when they are collected."""


class Killed:
    """Runs a coroutine until it is killed at the ``at``-th moment that is reported, or to its end."""

    def __init__(self, at: int) -> None:
        self.left = at
        self.killed = False

    async def moment(self) -> None:
        """Something that a kill may come right after."""
        self.left -= 1
        if self.left == 0:
            self.killed = True
            asyncio.get_running_loop().stop()
            await asyncio.Event().wait()

    def run(self, work: Coroutine[Any, Any, object]) -> None:
        loop, threads = asyncio.new_event_loop(), ThreadPoolExecutor(4)
        loop.set_default_executor(threads)
        loop.set_exception_handler(lambda loop, context: None)
        task = loop.create_task(work)
        task.add_done_callback(lambda _: loop.stop())
        loop.run_forever()
        threads.shutdown(cancel_futures=True)  # what a thread writes at that moment is written before it ends
        if self.killed:
            _ABANDONED.extend((loop, task))
        else:
            task.result()
            loop.close()


def watched(killed: Killed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moments are: before and after each line of the journal, and before and after each write."""
    append, send = AppendFile.append, Client.send

    async def appended(self: AppendFile, lines: bytes, *, from_reserve: bool = False) -> None:
        await killed.moment()
        await append(self, lines, from_reserve=from_reserve)
        await killed.moment()

    async def sent(self: Client, call: Call[Any]) -> Any:
        if not call.endpoint.writes:
            return await send(self, call)
        await killed.moment()
        answer = await send(self, call)
        await killed.moment()
        return answer

    monkeypatch.setattr(AppendFile, "append", appended)
    monkeypatch.setattr(Client, "send", sent)


def kill(at: int, monkeypatch: pytest.MonkeyPatch, begin: Callable[[], Any]) -> tuple[Run, bool]:
    """The run that ``begin`` makes, killed at a moment, and whether it was, or had ended before."""
    killed, runs = Killed(at), []

    async def work() -> None:
        run = await begin()
        runs.append(run)
        await finished(run)

    with monkeypatch.context() as patched:
        watched(killed, patched)
        killed.run(work())
    runs[0].files.close()  # as the system does
    return runs[0], killed.killed


def resumed(bench: Bench, run: Run, file: Users, account: str = "onboarding-bot") -> dict[str, RowResult]:
    async def work() -> dict[str, RowResult]:
        return await finished(await bench.resume(run, file, account))

    asyncio.run(work())
    return {result.user_name: result for result in RunFiles(run.files.place).results()}


NAMES = ("one",)


def whole(bench: Bench) -> Users:
    return users(NAMES, Assigned((ROLE,), (payroll(bench),)), generate=True)


def check(bench: Bench, results: dict[str, RowResult]) -> None:
    assert set(results) == set(NAMES)
    for name, result in results.items():
        user = bench.demo.store.user_named(name)
        assert user is not None
        assert (result.user_id, result.state, result.created) == (user.id, "done", True)
        assert bench.roles_of(name) == (ROLE,)
        assert (user.id, payroll(bench).project.id) in {key[:2] for key in bench.demo.store.granted}
        assert result.waits == "password"


def test_a_run_killed_at_any_moment_is_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at, was_killed = 0, True
    while was_killed:
        at += 1
        bench = Bench(tmp_path / str(at), lag=(0, 0))
        file = whole(bench)
        run, was_killed = kill(at, monkeypatch, partial(bench.begin, file))
        check(bench, resumed(bench, run, file))
    assert at > 20


@pytest.mark.parametrize("at", range(1, 24, 2))
def test_a_run_killed_again_while_it_is_resumed_is_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    bench = Bench(tmp_path, lag=(0, 0))
    file = whole(bench)
    run, _ = kill(16, monkeypatch, lambda: bench.begin(file))
    kill(at, monkeypatch, lambda: bench.resume(run, file))
    check(bench, resumed(bench, run, file))


def test_a_request_that_arrives_after_the_look_is_taken_for_the_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer says that the name is taken: the history tells by whom, and since when."""
    bench = Bench(tmp_path, lag=(0, 0))
    file = users(["one"], Assigned((ROLE,)))
    run, _ = kill(5, monkeypatch, lambda: bench.begin(file))  # before the request
    assert bench.demo.store.user_named("one") is None
    send = Client.send

    async def sent(self: Client, call: Call[Any]) -> Any:
        if call.endpoint.writes:
            monkeypatch.setattr(Client, "send", send)
            await send(self, call)  # the late one
        return await send(self, call)

    monkeypatch.setattr(Client, "send", sent)
    [result] = resumed(bench, run, file).values()
    assert (result.state, result.created) == ("done", True)
    assert "earlier request" in result.sentences[0]


def test_a_user_whom_somebody_else_created_meanwhile_is_not_the_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path, lag=(0, 0))
    file = users(["one"], Assigned((ROLE,)))
    run, _ = kill(5, monkeypatch, lambda: bench.begin(file))
    asyncio.run(colleague(bench, file))
    [result] = resumed(bench, run, file).values()
    assert (result.state, result.created) == ("done", False)
    assert bench.roles_of("one") == (ROLE,)


async def colleague(bench: Bench, file: Users) -> None:
    """Another account creates the user."""
    await bench.session("iam-bot").client.send(calls.import_human(file.content[0].body))


def test_another_account_resumes_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path, lag=(0, 0))
    file = whole(bench)
    run, _ = kill(14, monkeypatch, lambda: bench.begin(file))
    check(bench, resumed(bench, run, file, "iam-bot"))


async def test_a_run_is_not_resumed_on_another_server(tmp_path: Path) -> None:
    bench, other = Bench(tmp_path, lag=(0, 0)), Bench(tmp_path, lag=(0, 0))
    run = await bench.begin(users(["one"]))
    run.stop()
    await finished(run)
    other.demo.origin = "https://other.example"
    with pytest.raises(WrongRun):
        await other.resume(run, users(["one"]))


async def test_a_run_without_connection_keeps_what_is_unknown_and_says_so(tmp_path: Path) -> None:
    bench = Bench(tmp_path, lag=(0, 0))
    bench.demo.faults.add(Fault("withheld", status=504), "POST */_import")
    bench.demo.faults.add(Fault(status=403, id="AUTH-x"), "POST */users/_search", times=0)
    run = await bench.begin(users(["one", "two"]), limits=FixedLimits())
    results = await finished(run)
    assert sorted(result.state for result in results.values()) == ["done", "unknown"]
    assert not run.files.is_ended
    bench.demo.faults.clear()
    results = await finished(await bench.resume(run, users(["one", "two"])))
    assert [(result.state, result.created) for result in results.values()] == [("done", True)]
    assert run.files.is_ended


@pytest.mark.parametrize("at", [4, 5, 7, 8, 9, 10, 11])
def test_a_generated_password_is_used_again_and_an_import_that_was_answered_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Moments 1 and 2 are the beginning, 3 and 4 the hand-over file, 5 and 6 the intent, then the request."""
    bench = Bench(tmp_path, lag=(0, 0))
    file = users(["one"], Assigned((ROLE,)), generate=True)
    sent: list[str] = []
    send = Client.send

    async def noted(self: Client, call: Call[Any]) -> Any:
        if isinstance(call.body, ImportHuman) and call.body.password:
            sent.append(call.body.password.reveal())
        return await send(self, call)

    monkeypatch.setattr(Client, "send", noted)
    run, _ = kill(at, monkeypatch, lambda: bench.begin(file))
    kept = run.files.hand_over.read()[1].password
    [result] = resumed(bench, run, file).values()
    assert sent == [kept]
    assert run.files.hand_over.read()[1].password == kept
    assert (result.state, result.waits) == ("done", "password")
