"""Many changes: each has a result, only a few run at once, and they can be paused and cancelled."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from tests.core.shared_organization import SharedOrganization
from tests.demo_clients import client_of, id_of, member_roles, session_of
from tests.journal_lines import read
from zitadel_tui.core.changes import AddRoles, Applied, Change, Guarded, ImportUser, RemoveRoles
from zitadel_tui.core.jobs import GATES, Gates, Job, Pace, Progress, Result
from zitadel_tui.core.runtime import Interrupted, Runtime
from zitadel_tui.core.session import Session
from zitadel_tui.demo.faults import Fault
from zitadel_tui.failure import Failure
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.users import Email, ImportHuman, Profile

OWNER, ROLE = "ORG_OWNER", "ORG_USER_MANAGER"


class Many(SharedOrganization):
    """A number of users of the demo, and a client that counts the writes in flight."""

    def __init__(self, count: int, *, roles: tuple[str, ...] = (), **knobs: Any) -> None:
        super().__init__(**knobs)
        users = self.demo.store.users.values()
        self.people = [user.id for user in users if user.org == self.org and user.type == 1][:count]
        self.session = session_of(Counting(self.client))
        for user in self.people if roles else ():
            self.demo.store.put_member(self.org, user, roles, self.other_admin)

    @property
    def counting(self) -> "Counting":
        assert isinstance(self.session.client, Counting)
        return self.session.client

    def of(self, user: str) -> tuple[str, ...]:
        return member_roles(self.demo, user)

    async def all(self, changes: list[Change], **options: Any) -> dict[str, Applied | Failure]:
        results = [result async for result in Job(self.session, changes, **options).results()]
        assert len(results) == len(changes)
        return {result.change.subject: result.outcome for result in results}


class Counting(Client):
    def __init__(self, client: Client) -> None:
        super().__init__(client.transport, client.tokens)
        self.writing = self.most = self.writes = 0
        self.begun = asyncio.Event()
        self.act: dict[str, Callable[[], None]] = {}
        self.most_of: dict[str, int] = {}
        self._writing_of: Counter[str] = Counter()

    async def send(self, call: Call[Any]) -> Any:
        name = call.endpoint.name
        if act := self.act.pop(name, None):
            act()
        if not call.endpoint.writes:
            return await super().send(call)
        self._writing_of[name] += 1
        self.most_of[name] = max(self.most_of.get(name, 0), self._writing_of[name])
        self.writing += 1
        self.writes += 1
        self.most = max(self.most, self.writing)
        self.begun.set()
        try:
            return await super().send(call)
        finally:
            self.writing -= 1
            self._writing_of[name] -= 1


def body(user_name: str) -> ImportHuman:
    profile = Profile(first_name="New", last_name="User")
    return ImportHuman(user_name=user_name, profile=profile, email=Email(email="new@user.test"))


async def test_each_has_a_result_and_few_go_at_once() -> None:
    shared = Many(20)
    shared.demo.knobs.latency = 0.005
    outcomes = await shared.all([AddRoles(user, (ROLE,)) for user in shared.people])
    assert set(outcomes) == set(shared.people)
    assert all(isinstance(outcome, Applied) and outcome.changed for outcome in outcomes.values())
    assert all(shared.of(user) == (ROLE,) for user in shared.people)
    assert shared.counting.most == GATES["memberships"]


async def test_one_that_fails_stops_no_other() -> None:
    shared = Many(6)
    nobody = "111111111111111111"
    outcomes = await shared.all(
        [AddRoles(user, (ROLE,)) for user in [*shared.people[:3], nobody, *shared.people[3:]]]
    )
    assert isinstance(outcomes.pop(nobody), errors.NotFound)
    assert all(isinstance(outcome, Applied) for outcome in outcomes.values())


async def test_a_lost_answer_among_many_is_settled() -> None:
    shared = Many(6)
    shared.demo.faults.add(Fault("withheld"), "POST /management/v1/orgs/me/members", times=2, after=1)
    outcomes = await shared.all([AddRoles(user, (ROLE,)) for user in shared.people])
    assert (
        sorted(isinstance(one, Applied) and one.settled for one in outcomes.values())
        == [False] * 4 + [True] * 2
    )
    assert all(shared.of(user) == (ROLE,) for user in shared.people)
    assert shared.counting.writes == 6


@pytest.mark.parametrize("owners", [2, 3])
async def test_together_they_do_not_take_the_last_owner(owners: int) -> None:
    shared = Many(owners, roles=(OWNER, ROLE))
    outcomes = await shared.all([RemoveRoles(user, (OWNER,)) for user in shared.people])
    assert all(isinstance(outcome, Guarded) for outcome in outcomes.values())
    assert all(shared.of(user) == (OWNER, ROLE) for user in shared.people)
    outcomes = await shared.all([RemoveRoles(user, (OWNER,)) for user in shared.people[1:]])
    assert all(isinstance(outcome, Applied) for outcome in outcomes.values())
    assert OWNER in shared.of(shared.people[0])
    outcomes = await shared.all([RemoveRoles(user, (OWNER,)) for user in shared.people], forced=True)
    assert shared.of(shared.people[0]) == (ROLE,)


async def test_two_changes_to_one_user_follow_one_another() -> None:
    shared = Many(1, roles=("ORG_PROJECT_CREATOR",))
    (user,) = shared.people
    results = Job(shared.session, [AddRoles(user, (ROLE,)), AddRoles(user, (OWNER,))]).results()
    assert all(isinstance(result.outcome, Applied) for result in [result async for result in results])
    assert set(shared.of(user)) == {"ORG_PROJECT_CREATOR", ROLE, OWNER}


async def test_closing_starts_nothing_more_and_waits_for_what_is_in_flight() -> None:
    shared = Many(20)
    shared.demo.knobs.latency = 0.02
    async with aclosing(
        Job(shared.session, [AddRoles(user, (ROLE,)) for user in shared.people]).results()
    ) as results:
        first = await anext(results)
    assert isinstance(first.outcome, Applied)
    assert shared.counting.writing == 0
    done = sum(bool(shared.of(user)) for user in shared.people)
    assert done == shared.counting.writes < 2 * GATES["memberships"] + 1


async def test_who_is_cancelled_is_reported_what_was_in_flight() -> None:
    shared = Many(20)
    shared.demo.knobs.latency = 0.05
    given: list[Result] = []

    async def work() -> None:
        async for result in Job(
            shared.session, [AddRoles(user, (ROLE,)) for user in shared.people]
        ).results():
            given.append(result)

    task = asyncio.create_task(work())
    await shared.counting.begun.wait()
    task.cancel()
    with pytest.raises(Interrupted) as caught:
        await task
    ended = caught.value.outcome
    assert isinstance(ended, tuple)
    told = {result.change.subject for result in [*given, *ended]}
    assert told == {user for user in shared.people if shared.of(user)}
    assert 0 < len(told) == shared.counting.writes <= GATES["memberships"]


async def test_nothing_to_do_is_done() -> None:
    assert await Many(0).all([]) == {}


async def collected(job: Job) -> list[Result]:
    return [result async for result in job.results()]


async def test_a_paused_job_begins_nothing_and_resumes() -> None:
    shared = Many(12)
    job = Job(shared.session, [AddRoles(user, (ROLE,)) for user in shared.people])
    results = job.results()
    await anext(results)
    job.pause()
    while job.progress.under_way:
        await asyncio.sleep(0)
    ended = job.progress.ended
    for _ in range(500):
        await asyncio.sleep(0)
    assert shared.counting.writes == ended < 12
    assert job.progress == Progress(total=12, ended=ended, changed=ended, paused=True)
    job.resume()
    rest = [result async for result in results]
    assert len(rest) == 11
    assert job.progress == Progress(total=12, ended=12, changed=12)


async def test_progress_counts_what_changed_and_what_failed() -> None:
    shared = Many(4)
    first, second, *others = shared.people
    await shared.all([AddRoles(first, (ROLE,))])
    job = Job(shared.session, [AddRoles(user, (ROLE,)) for user in [first, second, "111111111111111111"]])
    assert job.progress == Progress(total=3)
    await collected(job)
    assert job.progress == Progress(total=3, ended=3, changed=1, failed=1)
    assert all(shared.of(user) == () for user in others)


async def test_a_cancelled_job_sends_nothing_that_still_reads() -> None:
    shared = Many(8, roles=("ORG_PROJECT_CREATOR",))
    job = Job(shared.session, [RemoveRoles(user, ("ORG_PROJECT_CREATOR",)) for user in shared.people])
    shared.counting.act["members"] = job.cancel
    assert await collected(job) == []
    assert shared.counting.writes == 0
    assert all(shared.of(user) for user in shared.people)
    assert (job.progress.cancelled, job.progress.ended, job.progress.under_way) == (True, 0, 0)


async def test_what_is_being_sent_when_a_job_is_cancelled_has_its_result() -> None:
    shared = Many(8)
    job = Job(shared.session, [AddRoles(user, (ROLE,)) for user in shared.people])
    shared.counting.act["add member"] = job.cancel
    results = await collected(job)
    assert {result.change.subject for result in results} == {
        user for user in shared.people if shared.of(user)
    }
    assert 1 <= len(results) == shared.counting.writes <= GATES["memberships"]


async def test_a_defect_met_by_a_cancelled_job_is_no_result() -> None:
    shared = Many(1)
    job = Job(shared.session, [AddRoles(user, (ROLE,)) for user in shared.people])

    def break_down() -> None:
        job.cancel()
        raise ZeroDivisionError

    shared.counting.act["add member"] = break_down
    with pytest.raises(Interrupted) as caught:
        await collected(job)
    assert isinstance(caught.value.error, ZeroDivisionError)


async def test_a_paused_job_that_is_cancelled_ends() -> None:
    shared = Many(8)
    job = Job(shared.session, [AddRoles(user, (ROLE,)) for user in shared.people])

    def stop() -> None:
        job.pause()
        job.cancel()

    shared.counting.act["add member"] = stop
    results = await asyncio.wait_for(collected(job), 20)
    assert 1 <= len(results) == shared.counting.writes <= GATES["memberships"]


def test_the_pace_is_that_of_what_ended_last() -> None:
    pace = Pace()
    pace.ended(0.0)
    assert pace.rate(10.0) is None
    for shared in range(1, 401):
        pace.ended(shared / 10)
    assert pace.rate(40.0) == pytest.approx(10.0)
    assert pace.rate(60.0) == pytest.approx(199 / 39.9)
    pace.start()
    pace.ended(100.0)
    pace.ended(100.1)
    assert pace.rate(100.1) is None
    assert pace.rate(101.0) == pytest.approx(1.0)


async def test_users_and_memberships_have_gates_of_their_own() -> None:
    shared = Many(20)
    shared.demo.knobs.latency = 0.01
    adding = [AddRoles(user, (ROLE,)) for user in shared.people]
    importing = [ImportUser(body(f"import {number}")) for number in range(20)]
    both: list[Change] = [change for pair in zip(adding, importing, strict=True) for change in pair]
    await collected(Job(shared.session, both, limiter=Gates(users=3, memberships=1)))
    assert shared.counting.most_of == {"add member": 1, "import human": 3}
    assert all(shared.of(user) == (ROLE,) for user in shared.people)


class ImportAndAssign:
    """An entry that imports a user, tries that again once, and then assigns a role."""

    row = 7

    def __init__(self, name: str) -> None:
        self.name = name
        self.outcomes: list[Applied | Failure | None] = []

    def next(self, outcome: Applied | Failure | None) -> Change | None:
        self.outcomes.append(outcome)
        match self.outcomes:
            case [None] | [None, Failure()]:
                return ImportUser(body(self.name)) if self.name else None
            case [*_, Applied() as imported] if not imported.after:
                return AddRoles(imported.user_id, (ROLE,))
        return None


async def test_an_entry_may_be_several_changes_one_after_the_other() -> None:
    shared = Many(0)
    shared.demo.faults.add(Fault(status=400), "POST */_import", after=1)
    entries = [ImportAndAssign(name) for name in ("one", "two", "ada.lovelace", "")]
    job = Job(shared.session, iter(entries), total=4)
    results = {result.entry: result for result in await collected(job)}
    failed = results.pop(entries[2])
    assert isinstance(failed.outcome, errors.AlreadyThere)
    assert len(entries[2].outcomes) == 3
    assert entries[3] not in results
    for entry, done in results.items():
        assert isinstance(entry, ImportAndAssign)
        assert isinstance(done.change, AddRoles)
        assert isinstance(done.outcome, Applied)
        assert done.outcome.after == (ROLE,)
        assert shared.of(id_of(shared.demo, entry.name)) == (ROLE,)
    assert sum(isinstance(outcome, errors.InvalidInput) for one in entries for outcome in one.outcomes) == 1
    assert job.progress == Progress(total=4, ended=4, changed=2, failed=1)


async def test_an_entry_of_a_cancelled_job_ends_with_the_change_that_was_being_sent() -> None:
    shared = Many(0)
    entry = ImportAndAssign("one")
    job = Job(shared.session, iter([entry]), total=1)
    shared.counting.act["import human"] = job.cancel
    (result,) = await collected(job)
    assert isinstance(result.change, ImportUser)
    assert isinstance(result.outcome, Applied)
    assert shared.of(id_of(shared.demo, "one")) == ()
    assert job.progress == Progress(total=1, ended=1, changed=1, cancelled=True)


async def test_no_more_entries_are_begun_than_there_are_workers() -> None:
    shared = Many(12)
    shared.demo.knobs.latency = 0.005
    begun: list[str] = []

    def entries() -> Iterator[Change]:
        for user in shared.people:
            begun.append(user)
            yield AddRoles(user, (ROLE,))

    job = Job(shared.session, entries(), total=12, workers=2)
    async for _ in job.results():
        assert len(begun) <= job.progress.ended + 2
    assert len(begun) == 12
    assert shared.counting.most == 2


async def test_a_job_keeps_its_session_although_another_is_opened() -> None:
    shared, loop = Many(6), asyncio.get_running_loop()
    runtime, begun, go_on = Runtime(), asyncio.Event(), asyncio.Event()
    runtime.start()
    session = await asyncio.wrap_future(runtime.open(lambda: session_of(client_of(shared.demo, "iam-bot"))))

    async def work(session: Session) -> list[Result]:
        results = Job(session, [AddRoles(user, (ROLE,)) for user in shared.people]).results()
        first = await anext(results)
        loop.call_soon_threadsafe(begun.set)
        while not go_on.is_set():
            await asyncio.sleep(0)
        return [first, *[result async for result in results]]

    running = runtime.submit(session, work)
    await begun.wait()
    runtime.retire(session)
    go_on.set()
    outcomes = [result.outcome for result in await asyncio.wrap_future(running)]
    assert [isinstance(outcome, Applied) for outcome in outcomes] == [True] * 6
    await asyncio.to_thread(runtime.stop, wait=20)


async def test_the_record_names_the_job() -> None:
    shared = Many(2)
    session = session_of(shared.session.client, Settings())
    await collected(Job(session, [AddRoles(user, (ROLE,)) for user in shared.people], run="r-1"))
    assert session.journal is not None
    assert [record.run for record in read(session.journal.path) if record.outcome is None] == ["r-1"] * 2
