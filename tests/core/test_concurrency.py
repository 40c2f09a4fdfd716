"""Changes at the same moment: of one process they wait for one another and know their own writes."""

import asyncio
from typing import Any

import msgspec
import pytest

from tests.core.shared_organization import SharedOrganization
from tests.demo_clients import client_of, id_of, session_of
from zitadel_tui.core.changes import AddRoles, DeleteUser, SetRoles, apply
from zitadel_tui.core.concurrency import Timing, coordination, together
from zitadel_tui.core.session import Session
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.server import Demo
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.base import Details
from zitadel_tui.zitadel.wire.members import Membership, MembershipsPage

A, B, C = "ORG_OWNER_VIEWER", "ORG_USER_MANAGER", "ORG_PROJECT_CREATOR"
PUT = "PUT /management/v1/orgs/me/members/*"


def other_member(shared: SharedOrganization) -> int:
    """Another user becomes a member by the account of the client: the number of that event."""
    other, iam = id_of(shared.demo, "ada.lovelace"), id_of(shared.demo, "iam-bot")
    return shared.demo.store.put_member(shared.org, other, (A,), iam).sequence


async def test_sessions_to_one_organization_share_turns_and_writes_others_do_not() -> None:
    demo, server = Demo(size=0), object()
    globex = next(id for id in demo.store.orgs if id != demo.store.default_org)

    def session(account: str, org_id: str = "", *, at: object = server) -> Session:
        return Session(Settings(demo=True), client_of(demo, account, org_id=org_id), server=at)

    own, named, other = session("iam-bot"), session("iam-bot", demo.store.default_org), session("viewer-bot")
    shared = await own.coordination()
    assert await named.coordination() is shared  # its own organization, given by name
    assert await other.coordination() is shared
    assert await session("iam-bot", globex).coordination() is not shared
    assert await session("iam-bot", at=object()).coordination() is not shared
    assert shared.turn("1") is (await other.coordination()).turn("1")


def test_a_server_is_identified_by_its_origin_and_forgotten_with_its_last_session() -> None:
    first = coordination("https://one.example", "1")
    first.written.add(4711)
    assert coordination("https://one.example", "1") is first
    assert coordination("https://two.example", "1") is not first
    del first
    assert not coordination("https://one.example", "1").written


async def test_changes_of_two_sessions_to_one_user_follow_one_another() -> None:
    shared = SharedOrganization(A)
    sessions = [session_of(client_of(shared.demo, "iam-bot")) for _ in range(3)]
    for session in sessions:
        session.server = shared.demo
    changes = [AddRoles(shared.user, (role,)) for role in (B, C, "ORG_SETTINGS_MANAGER")]
    await asyncio.gather(*(apply(*pair) for pair in zip(sessions, changes, strict=True)))
    assert set(shared.roles) == {A, B, C, "ORG_SETTINGS_MANAGER"}


@pytest.mark.parametrize("known", [True, False])
async def test_a_write_of_this_process_at_the_same_moment_is_known_as_ours(known: bool) -> None:
    shared = SharedOrganization(A)
    session = session_of(shared.client)
    coordination = await session.coordination()

    def act() -> None:
        number = other_member(shared)
        if known:
            coordination.written.add(number)

    shared.before_sending("change member", act)
    applied = await apply(session, SetRoles(shared.user, (A,), (B,)))
    assert bool(applied.warning) != known


async def test_a_write_of_this_process_that_is_still_in_flight_is_waited_for() -> None:
    shared = SharedOrganization(A)
    session = session_of(shared.client)
    coordination = await session.coordination()
    sent, answered = asyncio.Event(), asyncio.Event()

    async def another_change() -> None:
        async with coordination.writing():
            number = other_member(shared)
            sent.set()
            await answered.wait()
            coordination.written.add(number)

    others: list[asyncio.Task[None]] = []
    shared.before_sending("change member", lambda: others.append(asyncio.create_task(another_change())))
    shared.demo.faults.add(Fault("slow"), PUT)  # it is handled a turn of the loop later, after the other's
    changing = asyncio.create_task(apply(session, SetRoles(shared.user, (A,), (B,))))
    await sent.wait()
    while shared.sent[-1] != "changes of the organization":
        await asyncio.sleep(0)
    for _ in range(200):
        await asyncio.sleep(0)
    assert not changing.done()
    answered.set()
    assert (await changing).warning == ""
    await asyncio.gather(*others)


def test_reads_are_given_the_lag_that_was_measured() -> None:
    slowest = 0.043  # seconds (measured.md)
    timing = Timing()
    assert timing.lag > slowest
    assert timing.oldest_read > slowest
    assert sum(timing.pauses) > 1.0


class OwnerElsewhere(Client):
    """Reports for every user that they own another organization."""

    async def send(self, call: Call[Any]) -> Any:
        answer = await super().send(call)
        if isinstance(answer, MembershipsPage):
            owner = Membership(org_id="4711", roles=("ORG_OWNER",), details=Details(resource_owner="4711"))
            return msgspec.structs.replace(answer, result=(owner,))
        return answer


async def test_who_owns_another_organization_only_may_be_deleted_by_who_sees_no_members() -> None:
    shared = SharedOrganization()
    plain = client_of(shared.demo, "user-manager-bot")
    shared.demo.store.put_member(shared.org, id_of(shared.demo, "user-manager-bot"), (B,), shared.other_admin)
    client = OwnerElsewhere(plain.transport, plain.tokens)
    annie = id_of(shared.demo, "annie.lovelace")
    assert await DeleteUser(annie).guards(session_of(client)) == ()


async def test_when_one_of_several_reads_fails_the_others_have_ended() -> None:
    ended: list[str] = []

    async def hanging() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("hanging")

    async def refused() -> None:
        await asyncio.sleep(0)
        raise errors.NotFound("No such user.")

    async def both() -> None:
        async with together() as reads:
            reads.create_task(hanging())
            reads.create_task(refused())

    with pytest.raises(errors.NotFound):
        await both()
    assert ended == ["hanging"]
