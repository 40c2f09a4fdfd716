"""A change that is cancelled before its request sends nothing; one that is being sent ends first."""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError

import pytest

from tests.core.shared_organization import GUEST, SharedOrganization
from tests.demo_clients import session_of
from tests.journal_lines import read
from zitadel_tui.core.changes import (
    AddRoles,
    Change,
    MakePasskeyLink,
    RemoveRoles,
    SetRoles,
    apply,
    remove_membership,
)
from zitadel_tui.core.journal import Record
from zitadel_tui.core.runtime import Interrupted, Runtime
from zitadel_tui.demo.faults import Fault
from zitadel_tui.settings import Settings

A, B = "ORG_OWNER_VIEWER", "ORG_USER_MANAGER"
WRITES = {"add member", "change member", "remove member", "passkey link"}
CONTENTION = Fault(
    status=500,
    message='ERROR: duplicate key value violates unique constraint "events2_pkey" (SQLSTATE 23505) ()',
)


class Recorded(SharedOrganization):
    """Its session records what it changes."""

    def __init__(self, *roles: str) -> None:
        super().__init__(*roles)
        self.session = session_of(self.client, Settings())

    @property
    def records(self) -> list[Record]:
        assert self.session.journal is not None
        return list(read(self.session.journal.path))

    async def cancelled_at(self, request: str, change: Change) -> BaseException:
        """What ``change`` ends with that is cancelled right before a request of that name is sent."""
        task = asyncio.create_task(apply(self.session, change, forced=True))
        self.before_sending(request, task.cancel)
        with pytest.raises((asyncio.CancelledError, Interrupted)) as caught:
            await task
        return caught.value

    @property
    def wrote(self) -> list[str]:
        return [name for name in self.sent if name in WRITES]


READS: dict[str, tuple[Callable[[str], Change], str]] = {
    "who is signed in": (lambda user: AddRoles(user, (B,)), "my user"),
    "what happened last": (lambda user: AddRoles(user, (B,)), "changes of the organization"),
    "roles, to set them": (lambda user: SetRoles(user, (A,), (B,)), "members"),
    "roles, to remove one": (lambda user: RemoveRoles(user, (A,)), "members"),
    "roles, to remove all": (lambda user: remove_membership(user, GUEST, (A,)), "members"),
    "the user's history": (MakePasskeyLink, "changes of a user"),
}


@pytest.mark.parametrize("kind", READS)
async def test_cancelled_while_it_reads_it_sends_and_records_nothing(kind: str) -> None:
    make, request = READS[kind]
    shared = Recorded(A)
    ended = await shared.cancelled_at(request, make(shared.user))
    assert isinstance(ended, asyncio.CancelledError)
    assert (shared.wrote, shared.records, shared.roles) == ([], [], (A,))


async def test_cancelled_while_it_looks_for_other_owners_it_sends_nothing() -> None:
    shared = Recorded("ORG_OWNER")
    task = asyncio.create_task(apply(shared.session, RemoveRoles(shared.user, ("ORG_OWNER",))))
    shared.before_sending("members", task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (shared.wrote, shared.roles) == ([], ("ORG_OWNER",))


async def test_cancelled_while_its_intent_is_being_written_it_is_recorded_as_not_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared, writing, go_on, sync = Recorded(), threading.Event(), threading.Event(), os.fsync

    def held(descriptor: int) -> None:
        writing.set()
        go_on.wait(20)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", held)
    task = asyncio.create_task(apply(shared.session, AddRoles(shared.user, (A,))))
    await asyncio.to_thread(writing.wait, 20)
    task.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [record.outcome for record in shared.records] == [None, "not sent"]
    assert len({record.entry for record in shared.records}) == 1
    assert (shared.wrote, shared.roles) == ([], ())


async def test_cancelled_after_a_refusal_it_is_not_sent_another_way() -> None:
    shared = Recorded(A)
    ended = await shared.cancelled_at("members", AddRoles(shared.user, (B,)))
    assert isinstance(ended, asyncio.CancelledError)
    assert (shared.wrote, shared.roles) == (["add member"], (A,))
    assert [record.outcome for record in shared.records] == [None, "refused"]


async def test_cancelled_after_contention_it_is_not_sent_again() -> None:
    shared = Recorded()
    shared.demo.faults.add(CONTENTION, "POST /management/v1/orgs/me/members", times=0)
    ended = await shared.cancelled_at("add member", AddRoles(shared.user, (A,)))
    assert isinstance(ended, Interrupted)
    assert (shared.wrote, shared.roles) == (["add member"], ())
    assert [record.outcome for record in shared.records] == [None, "refused"]


async def test_cancelled_while_it_is_sent_it_ends_and_is_recorded() -> None:
    shared = Recorded(A)
    ended = await shared.cancelled_at("change member", SetRoles(shared.user, (A,), (B,)))
    assert isinstance(ended, Interrupted)
    assert (shared.wrote, shared.roles) == (["change member"], (B,))
    assert [record.outcome for record in shared.records] == [None, "done"]


async def test_cancelled_while_it_is_settled_the_look_goes_on() -> None:
    shared = Recorded(A)
    shared.demo.faults.add(Fault("withheld"), "PUT /management/v1/orgs/me/members/*")
    task = asyncio.create_task(apply(shared.session, SetRoles(shared.user, (A,), (B,))))
    shared.before_sending("change member", lambda: shared.before_sending("members", task.cancel))
    with pytest.raises(Interrupted):
        await task
    assert [record.outcome for record in shared.records] == [None, "done"]
    assert shared.records[-1].settled


async def test_leaving_the_app_ends_a_change_that_still_reads() -> None:
    shared = Recorded(A)
    runtime, reading = Runtime(), asyncio.Event()
    loop = asyncio.get_running_loop()
    runtime.start()
    session = await asyncio.wrap_future(runtime.open(lambda: shared.session))
    shared.demo.faults.add(Fault("slow", seconds=60), "POST */members/_search")
    shared.before_sending("members", lambda: loop.call_soon_threadsafe(reading.set))
    change = RemoveRoles(shared.user, (A,))
    running = runtime.submit(session, lambda session: apply(session, change, forced=True))
    await reading.wait()
    await asyncio.to_thread(runtime.stop, wait=20)
    with pytest.raises(CancelledError):
        running.result(0)
    assert (shared.wrote, shared.roles) == ([], (A,))
