"""Several jobs at once are told, paused and cancelled together."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest
from textual.app import App

from zitadel_tui.core.jobs import Job, NotSent, Pace
from zitadel_tui.core.undo import Plan
from zitadel_tui.tui.services import jobs as module
from zitadel_tui.tui.services.jobs import Jobs, RoleJob, RunningJob
from zitadel_tui.tui.services.network import Network
from zitadel_tui.tui.services.pending_changes import PendingChanges
from zitadel_tui.tui.services.undoing import UndoJob


class Part:
    """Of a job, with so many changes in flight."""

    def __init__(self, under_way: int) -> None:
        self.progress = self
        self.under_way = under_way
        self.told: list[str] = []

    def pause(self) -> None:
        self.told.append("pause")

    def resume(self) -> None:
        self.told.append("resume")

    def cancel(self) -> None:
        self.told.append("cancel")


class Ten(RunningJob):
    """Ten entries."""

    total = 10
    summary = "Ten."
    has_failures = False
    counts: Mapping[str, int] = {}

    def __init__(self, network: Network, **counts: int) -> None:
        super().__init__(network, lambda at_once: None)
        self.counts = counts
        self.part = Part(under_way=2)
        self._parts.append(cast("Job", self.part))


@asynccontextmanager
async def jobs_of(*counts: dict[str, int]) -> AsyncIterator[tuple[Jobs, list[Ten]]]:
    app: App[None] = App()
    async with app.run_test() as pilot:
        network = Network(app)
        network.runtime.start()
        jobs = Jobs(app, network, cast("PendingChanges", None), tell=lambda summary, failed: None)
        ten = [Ten(network, **each) for each in counts]
        jobs.kept += cast("list[RoleJob]", ten)
        yield jobs, ten
        network.runtime.stop(wait=20)
        await pilot.pause()


def progress(jobs: Jobs) -> Any:
    assert jobs.progress is not None
    return jobs.progress


async def test_an_undo_that_is_sent_twice_at_once_knows_both_jobs() -> None:
    """As when it is tried again, and some of its changes need force."""
    async with jobs_of() as (jobs, _):
        undo = jobs.start([], tuple, make=partial(UndoJob, plan=Plan(())))
        assert isinstance(undo, UndoJob)
        undo._undoing = 2
        for under_way in (1, 2):
            undo._follow(cast("Job", Part(under_way)))
        assert undo.progress.in_flight == 3
        undo._undone([], NotSent())
        assert (undo.running, undo.progress.in_flight) == (True, 3)
        undo._undone([], NotSent())
        assert (undo.running, undo.progress.in_flight) == (False, 0)


async def test_their_numbers_are_added() -> None:
    async with jobs_of({"done": 3, "not done": 1}, {"done": 4}) as (jobs, _):
        together = progress(jobs)
        assert (together.total, together.ended, together.in_flight) == (20, 8, 4)
        assert together.counts == {"done": 7, "not done": 1}
        assert jobs.unfinished == 12


async def test_their_rate_is_that_of_those_that_are_not_paused() -> None:
    async with jobs_of({}, {}, {}) as (jobs, [first, second, untold]):
        assert progress(jobs).rate is None
        for job, rate in ((first, 3.0), (second, 4.0)):
            job._pace = cast("Pace", SimpleNamespace(rate=lambda now, rate=rate: rate))
        assert progress(jobs).rate == 7.0
        second.paused = True
        assert progress(jobs).rate == 3.0
        assert untold.progress.rate is None


async def test_a_pause_does_not_count_as_slowness() -> None:
    async with jobs_of({}) as (_, [job]):
        now = time.monotonic()
        for seconds in (20, 10):
            job._pace.ended(now - seconds)
        job.pause()
        assert job.progress.rate is not None
        job.resume()
        assert job.progress.rate is None


async def test_what_has_got_on_is_reported_a_few_times_a_second_and_what_stands_still_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with jobs_of({}) as (jobs, _):
        told: list[None] = []
        monkeypatch.setattr(module, "_TELL_EVERY", 1_000.0)
        jobs.changed.subscribe(jobs._app, told.append, immediate=True)
        jobs.has_news(True)
        assert len(told) == 1
        jobs._look()
        jobs.has_news(False)
        assert len(told) == 1, "nothing is new, or it is not time yet"
        jobs._look()
        jobs._look()
        assert len(told) == 2
        monkeypatch.setattr(module, "_TELL_EVERY", 0.0)
        jobs._look()
        assert len(told) == 3


async def test_they_are_paused_only_when_all_are() -> None:
    async with jobs_of({}, {}) as (jobs, [first, second]):
        first.pause()
        assert not progress(jobs).paused
        jobs.pause()
        assert (progress(jobs).paused, second.paused) == (True, True)
        jobs.resume()
        assert (progress(jobs).paused, first.paused, second.paused) == (False, False, False)
        first.cancel()
        assert not progress(jobs).cancelled
        jobs.cancel()
        assert progress(jobs).cancelled


async def test_what_has_ended_is_not_among_them() -> None:
    async with jobs_of({"done": 10}, {"done": 2}) as (jobs, [first, second]):
        first._parts.clear()
        assert progress(jobs).total == 10
        second._parts.clear()
        assert (jobs.progress, jobs.running, jobs.unfinished) == (None, [], 0)


async def test_the_network_thread_is_reported_in_order() -> None:
    async with jobs_of({}) as (jobs, [job]):
        jobs.pause()
        jobs.resume()
        jobs.cancel()
    assert job.part.told == ["pause", "resume", "cancel"]
