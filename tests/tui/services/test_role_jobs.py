"""Roles of several users: how each ended, what is told when nobody watches, and what is tried again."""

import time
from collections.abc import Iterable

from tests.demo_clients import id_of
from tests.tui.services.running import Services, opened, services
from zitadel_tui.core.changes import SetRoles, remove_membership
from zitadel_tui.demo.faults import Fault
from zitadel_tui.tui.services.jobs import Jobs, RoleJob
from zitadel_tui.tui.services.pending_changes import State

OWNER, VIEWER, MANAGER = "ORG_OWNER", "ORG_OWNER_VIEWER", "ORG_USER_MANAGER"
ADD = "POST /management/v1/orgs/me/members"
REFUSED = Fault(status=403, id="AUTH-5mWD2")
NAMES = ("viewer-bot", "settings-bot", "nobody-bot")


class Started:
    """Jobs that give each of three service accounts a role; what is told is noted."""

    def __init__(self, running: Services) -> None:
        self.running = running
        self.told: list[tuple[str, bool]] = []
        self.jobs = Jobs(
            running.pilot.app,
            running.network,
            running.pending,
            tell=lambda summary, failed: self.told.append((summary, failed)),
        )
        self.users = [id_of(running.demo, name) for name in NAMES]
        self.published = 0
        self.jobs.changed.subscribe(running.pilot.app, self._changed, immediate=True)

    def _changed(self, nothing: None) -> None:
        self.published += 1

    def give(self, *users: str, seen: tuple[str, ...] = ()) -> RoleJob:
        return self.jobs.start([SetRoles(user, seen, (MANAGER,)) for user in users], _with_manager)

    async def ended(self, job: RoleJob) -> RoleJob:
        await self.running.until(lambda: not job.running)
        return job


def _with_manager(now: Iterable[str]) -> tuple[str, ...]:
    return (*now, MANAGER)


async def without_members(running: Services) -> Started:
    started = Started(running)
    store = running.demo.store
    for user in started.users:
        if running.stored(user):
            store.remove_member(store.default_org, user, user)
    return started


async def test_each_has_a_result_and_the_summary_is_reported_once_when_nobody_watches() -> None:
    async with services() as running:
        started = await without_members(running)
        job = started.give(*started.users)
        assert (job.running, started.jobs.kept, started.jobs.running) == (True, [job], [job])
        assert started.published == 1
        assert started.jobs.unfinished == 3
        assert running.pending.state(started.users[0]) is State.SAVING
        assert started.jobs._timer is not None, "looks at how far it is"
        await started.ended(job)
        assert started.jobs._timer is None
        assert job._pace.rate(time.monotonic() + 60) is not None
        assert started.told == [("3 members: 3 done.", False)]
        assert all(running.stored(user) == (MANAGER,) for user in started.users)
        assert (started.jobs.progress, started.jobs.unfinished, job.has_failures) == (None, 0, False)
        assert started.published >= 2
        started.jobs.dismiss(job)
        assert started.jobs.kept == []


async def test_a_watched_job_ends_without_a_message() -> None:
    async with services() as running:
        started = await without_members(running)
        job = started.give(started.users[0])
        job.watched = True
        await started.ended(job)
        assert started.told == []


async def test_what_failed_is_tried_again_and_what_was_done_is_not() -> None:
    async with services() as running:
        started = await without_members(running)
        running.demo.faults.add(REFUSED, ADD)
        job = await started.ended(started.give(*started.users))
        assert started.told == [("3 members: 2 done, 1 not done.", True)]
        (failed,) = job.failed
        assert running.stored(failed.subject) == ()
        job.again(forced=False)
        assert job.summary == "3 members: 2 done, 1 still being written."
        await started.ended(job)
        assert (job.summary, job.failed) == ("3 members: 3 done.", [])
        assert running.stored(failed.subject) == (MANAGER,)


async def test_the_summary_counts_what_is_not_known() -> None:
    async with services() as running:
        started = await without_members(running)
        running.demo.faults.add(Fault("html", status=504), ADD)
        job = await started.ended(started.give(started.users[0]))
        assert (job.summary, job.counts) == ("1 member: 1 unknown.", {"unknown": 1})


async def test_a_job_that_was_cancelled_is_not_cancelled_any_more_when_it_is_tried_again() -> None:
    async with services() as running:
        started = await without_members(running)
        job = started.give(*started.users)
        job.pause()
        job.cancel()
        await started.ended(job)
        assert (job.progress.paused, job.progress.cancelled) == (True, True)
        job.again(forced=False)
        assert (job.progress.paused, job.progress.cancelled) == (False, False)
        await started.ended(job)
        assert job.summary == "3 members: 3 done."


async def test_what_another_admin_changed_is_tried_again_on_top_of_that() -> None:
    async with services() as running:
        started = await without_members(running)
        user, store = started.users[0], running.demo.store
        store.put_member(store.default_org, user, (VIEWER,), user)
        job = await started.ended(started.give(user))
        assert job.summary == "1 member: 1 not done."
        job.again(forced=False)
        await started.ended(job)
        assert (job.summary, running.stored(user)) == ("1 member: 1 done.", (VIEWER, MANAGER))


async def test_what_is_guarded_is_tried_again_only_when_it_is_forced() -> None:
    async with services() as running:
        started = await without_members(running)
        store, owners = running.demo.store, started.users[:2]
        for user in owners:
            store.put_member(store.default_org, user, (OWNER,), user)
        changes = [remove_membership(user, "", (OWNER,)) for user in owners]
        job = await started.ended(started.jobs.start(changes, tuple))
        assert len(job.guarded()) == 2
        job.again(forced=False)
        assert not job.running
        assert [running.stored(user) for user in owners] == [(OWNER,), (OWNER,)]
        job.again(forced=True)
        await started.ended(job)
        assert (job.guarded(), job.failed) == ((), [])
        assert [running.stored(user) for user in owners] == [(), ()]


async def test_a_job_is_of_the_session_that_it_began_with() -> None:
    async with services() as running:
        started = await without_members(running)
        job = await started.ended(started.give(started.users[0]))
        assert job.is_of_this_session
        running.network.use(await opened(running.network, running.demo, "onboarding-bot"))
        assert not job.is_of_this_session


async def test_without_a_session_nothing_is_sent_and_each_has_that_result() -> None:
    async with services() as running:
        started = await without_members(running)
        running.network.use(None)
        job = started.give(*started.users[:2])
        assert (job.running, job.summary) == (False, "2 members: 2 not done.")
        assert all("Not signed in" in str(outcome) for outcome in job.outcomes.values())
