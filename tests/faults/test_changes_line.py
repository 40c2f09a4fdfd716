"""Changes over a line that breaks, before or after the server got them: what is said is what is so."""

import asyncio

import pytest

from tests.demo_clients import apply_guarded, id_of
from tests.proxy import FaultProxy, Kind
from tests.served import ServedDemo
from zitadel_tui.core import members
from zitadel_tui.core.changes import AddRoles, Applied, Change, ImportUser, Unsettled
from zitadel_tui.secret import Secret
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.auth import PersonalAccessToken
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.http import Transport
from zitadel_tui.zitadel.wire.users import Email, ImportHuman, Profile

ADD, IMPORT = "POST /management/v1/orgs/me/members", "POST /management/v1/users/human/_import"
DONE: tuple[Kind, ...] = ("reset after", "half", "silent after")
NOT_DONE: tuple[Kind, ...] = ("reset before", "silent before")
GUEST = "hank@globex.example"


class Line:
    """A client of the most powerful account, through the proxy; patient, save for what a fault strikes."""

    def __init__(self, served: ServedDemo, proxy: FaultProxy) -> None:
        token = PersonalAccessToken(Secret(served.demo.access_token("iam-bot")))
        self.client = Client(Transport(proxy.origin, timeout=30), token)
        self.proxy = proxy
        self.user = id_of(served.demo, GUEST)
        self.store = served.demo.store

    async def __aenter__(self) -> "Line":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.transport.close()
        self.store.remove_member(self.store.default_org, self.user, self.user)

    async def change(self, change: Change) -> Applied:
        """What becomes of ``change``, whose first write has a second, and all after it time enough."""
        self.client.transport.timeout = 1.0
        task = asyncio.create_task(apply_guarded(self.client, change))
        await asyncio.to_thread(self.proxy.struck.wait, 20)
        self.client.transport.timeout = 30
        return await task

    @property
    def is_member(self) -> bool:
        return self.store.members[self.store.default_org].get(self.user) is not None


def person(name: str) -> ImportUser:
    profile = Profile(first_name="Line", last_name="Breaks")
    return ImportUser(ImportHuman(user_name=name, profile=profile, email=Email(email="l@b.test")))


@pytest.mark.parametrize("kind", DONE)
async def test_roles_that_were_added_are_known_to_be(
    served: ServedDemo, proxy: FaultProxy, kind: Kind
) -> None:
    fault = proxy.fault(kind, ADD)
    async with Line(served, proxy) as line:
        applied = await line.change(AddRoles(line.user, ("ORG_OWNER_VIEWER",)))
        assert (applied.settled, line.is_member, fault.hits) == (True, True, 1)
    assert proxy.seen.count(("POST", "/management/v1/orgs/me/members")) == 1


@pytest.mark.parametrize("kind", NOT_DONE)
async def test_roles_that_were_not_added_are_reported_as_not_visible(
    served: ServedDemo, proxy: FaultProxy, kind: Kind
) -> None:
    fault = proxy.fault(kind, ADD)
    async with Line(served, proxy) as line:
        with pytest.raises(Unsettled, match="so far the change was not made"):
            await line.change(AddRoles(line.user, ("ORG_OWNER_VIEWER",)))
        assert (line.is_member, fault.hits) == (False, 1)


@pytest.mark.parametrize("kind", DONE)
async def test_a_user_that_was_created_is_found(served: ServedDemo, proxy: FaultProxy, kind: Kind) -> None:
    proxy.fault(kind, IMPORT)
    name = f"created {kind}"
    async with Line(served, proxy) as line:
        applied = await line.change(person(name))
    assert applied.settled
    assert applied.user_id == id_of(served.demo, name)
    assert proxy.seen.count(("POST", "/management/v1/users/human/_import")) == 1


@pytest.mark.parametrize("kind", NOT_DONE)
async def test_a_user_that_was_not_created_can_be_sent_again(
    served: ServedDemo, proxy: FaultProxy, kind: Kind
) -> None:
    proxy.fault(kind, IMPORT)
    name = f"not created {kind}"
    async with Line(served, proxy) as line:
        with pytest.raises(Unsettled, match="so far the change was not made"):
            await line.change(person(name))
        assert served.demo.store.user_named(name) is None
        assert not (await apply_guarded(line.client, person(name))).settled
    assert served.demo.store.user_named(name) is not None


@pytest.mark.parametrize("kind", ["reset after", "silent after"])
async def test_a_line_that_stays_broken_leaves_the_outcome_unknown(
    served: ServedDemo, proxy: FaultProxy, kind: Kind
) -> None:
    proxy.fault("reset after", ADD)
    proxy.fault(kind, "POST /management/v1/orgs/me/members/_search", times=100)
    async with Line(served, proxy) as line:
        line.client.transport.timeout = 1.0
        with pytest.raises(errors.OutcomeUnknown, match="not known"):
            await apply_guarded(line.client, AddRoles(line.user, ("ORG_OWNER_VIEWER",)))
        assert line.is_member


@pytest.mark.parametrize("kind", ["reset before", "reset after", "half"])
async def test_a_list_is_read_in_spite_of_a_break(served: ServedDemo, proxy: FaultProxy, kind: Kind) -> None:
    fault = proxy.fault(kind, times=2)
    async with Line(served, proxy) as line:
        roster = await members.read(line.client)
    assert fault.hits == 2
    assert roster.complete


async def test_what_is_held_goes_on(served: ServedDemo, proxy: FaultProxy) -> None:
    proxy.fault("held", "GET /auth/v1/users/me")
    async with Line(served, proxy) as line:
        proxy.go_on()
        assert (await line.client.send(calls.my_user())).user.user_name == "iam-bot"
    assert proxy.struck.is_set()
