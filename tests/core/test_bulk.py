"""The same for several users: each has a result, few go at once, together they do no harm."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from tests.core.shared_organization import SharedOrganization
from tests.demo_clients import session_of
from zitadel_tui.core.changes import AddRoles, Applied, Change, Guarded, RemoveRoles, apply_all
from zitadel_tui.core.changes.bulk import AT_ONCE, Result
from zitadel_tui.core.runtime import Interrupted
from zitadel_tui.demo.faults import Fault
from zitadel_tui.failure import Failure
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client

OWNER, ROLE = "ORG_OWNER", "ORG_USER_MANAGER"


class Many(SharedOrganization):
    """So many people of the demo, and a client that counts the writes in flight."""

    def __init__(self, count: int, *, roles: tuple[str, ...] = (), **knobs: Any) -> None:
        super().__init__(**knobs)
        users = self.demo.store.users.values()
        self.people = [user.id for user in users if user.org == self.org and user.type == 1][:count]
        self.session = session_of(Counting(self.client))
        for user in self.people if roles else ():
            self.demo.store.put_member(self.org, user, roles, self.colleague)

    @property
    def counting(self) -> "Counting":
        assert isinstance(self.session.client, Counting)
        return self.session.client

    def of(self, user: str) -> tuple[str, ...]:
        member = self.demo.store.members[self.org].get(user)
        return member.roles if member else ()

    async def all(self, changes: list[Change], **options: Any) -> dict[str, Applied | Failure]:
        results = [result async for result in apply_all(self.session, changes, **options)]
        assert len(results) == len(changes)
        return {result.change.subject: result.outcome for result in results}


class Counting(Client):
    def __init__(self, client: Client) -> None:
        super().__init__(client.transport, client.tokens)
        self.writing = self.most = self.writes = 0
        self.begun = asyncio.Event()

    async def send(self, call: Call[Any]) -> Any:
        if not call.endpoint.writes:
            return await super().send(call)
        self.writing += 1
        self.writes += 1
        self.most = max(self.most, self.writing)
        self.begun.set()
        try:
            return await super().send(call)
        finally:
            self.writing -= 1


async def test_each_has_a_result_and_few_go_at_once() -> None:
    place = Many(20)
    place.demo.knobs.latency = 0.005
    outcomes = await place.all([AddRoles(user, (ROLE,)) for user in place.people])
    assert set(outcomes) == set(place.people)
    assert all(isinstance(outcome, Applied) and outcome.changed for outcome in outcomes.values())
    assert all(place.of(user) == (ROLE,) for user in place.people)
    assert place.counting.most == AT_ONCE


async def test_one_that_fails_stops_no_other() -> None:
    place = Many(6)
    nobody = "111111111111111111"
    outcomes = await place.all(
        [AddRoles(user, (ROLE,)) for user in [*place.people[:3], nobody, *place.people[3:]]]
    )
    assert isinstance(outcomes.pop(nobody), errors.NotFound)
    assert all(isinstance(outcome, Applied) for outcome in outcomes.values())


async def test_a_lost_answer_among_many_is_settled() -> None:
    place = Many(6)
    place.demo.faults.add(Fault("withheld"), "POST /management/v1/orgs/me/members", times=2, after=1)
    outcomes = await place.all([AddRoles(user, (ROLE,)) for user in place.people])
    assert (
        sorted(isinstance(one, Applied) and one.settled for one in outcomes.values())
        == [False] * 4 + [True] * 2
    )
    assert all(place.of(user) == (ROLE,) for user in place.people)
    assert place.counting.writes == 6


@pytest.mark.parametrize("owners", [2, 3])
async def test_together_they_do_not_take_the_last_owner(owners: int) -> None:
    place = Many(owners, roles=(OWNER, ROLE))
    outcomes = await place.all([RemoveRoles(user, (OWNER,)) for user in place.people])
    assert all(isinstance(outcome, Guarded) for outcome in outcomes.values())
    assert all(place.of(user) == (OWNER, ROLE) for user in place.people)
    outcomes = await place.all([RemoveRoles(user, (OWNER,)) for user in place.people[1:]])
    assert all(isinstance(outcome, Applied) for outcome in outcomes.values())
    assert OWNER in place.of(place.people[0])
    outcomes = await place.all([RemoveRoles(user, (OWNER,)) for user in place.people], forced=True)
    assert place.of(place.people[0]) == (ROLE,)


async def test_two_changes_to_one_person_follow_one_another() -> None:
    place = Many(1, roles=("ORG_PROJECT_CREATOR",))
    (user,) = place.people
    results = apply_all(place.session, [AddRoles(user, (ROLE,)), AddRoles(user, (OWNER,))])
    assert all(isinstance(result.outcome, Applied) for result in [result async for result in results])
    assert set(place.of(user)) == {"ORG_PROJECT_CREATOR", ROLE, OWNER}


async def test_closing_starts_nothing_more_and_waits_for_what_is_in_flight() -> None:
    place = Many(20)
    place.demo.knobs.latency = 0.02
    async with aclosing(
        apply_all(place.session, [AddRoles(user, (ROLE,)) for user in place.people])
    ) as results:
        first = await anext(results)
    assert isinstance(first.outcome, Applied)
    assert place.counting.writing == 0
    done = sum(bool(place.of(user)) for user in place.people)
    assert done == place.counting.writes < 2 * AT_ONCE + 1


async def test_who_is_cancelled_is_told_what_was_in_flight() -> None:
    place = Many(20)
    place.demo.knobs.latency = 0.05
    given: list[Result] = []

    async def work() -> None:
        async for result in apply_all(place.session, [AddRoles(user, (ROLE,)) for user in place.people]):
            given.append(result)

    task = asyncio.create_task(work())
    await place.counting.begun.wait()
    task.cancel()
    with pytest.raises(Interrupted) as caught:
        await task
    ended = caught.value.outcome
    assert isinstance(ended, tuple)
    told = {result.change.subject for result in [*given, *ended]}
    assert told == {user for user in place.people if place.of(user)}
    assert 0 < len(told) == place.counting.writes <= AT_ONCE


async def test_nothing_to_do_is_done() -> None:
    assert await Many(0).all([]) == {}
