"""A change rehearsed: what it would do, the requests it would send, and nothing written."""

import dataclasses
import shlex
from typing import Any

import pytest

from tests.demo_clients import client_of, id_of, member_roles
from zitadel_tui.core.changes import (
    AddRoles,
    Change,
    Guarded,
    MakePasskeyLink,
    RemoveRoles,
    RolesChanged,
    SetRoles,
    rehearse,
)
from zitadel_tui.core.session import Session
from zitadel_tui.demo.server import Demo
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client

MANAGER, VIEWER = "ORG_USER_MANAGER", "ORG_OWNER_VIEWER"


@pytest.fixture
def demo() -> Demo:
    demo = Demo(lag=(0, 0))
    demo.store.put_member(demo.store.default_org, id_of(demo, "nobody-bot"), (MANAGER, VIEWER), "x")
    return demo


def session_of(demo: Demo, account: str = "iam-bot") -> Session:
    return Session(Settings(demo=True), client_of(demo, account))


@pytest.mark.parametrize(
    ("change", "method", "body"),
    [
        (AddRoles("", ("ORG_OWNER", VIEWER)), "PUT", f'{{"roles":["{MANAGER}","{VIEWER}","ORG_OWNER"]}}'),
        (RemoveRoles("", (VIEWER,)), "PUT", f'{{"roles":["{MANAGER}"]}}'),
        (RemoveRoles("", (VIEWER, MANAGER)), "DELETE", None),
        (SetRoles("", (MANAGER, VIEWER), ("ORG_OWNER",)), "PUT", '{"roles":["ORG_OWNER"]}'),
    ],
)
async def test_the_request_is_the_whole_list_that_would_be_written(
    demo: Demo, change: AddRoles | RemoveRoles | SetRoles, method: str, body: str | None
) -> None:
    user = id_of(demo, "nobody-bot")
    change = dataclasses.replace(change, user_id=user)
    before = member_roles(demo, user)
    rehearsal = await rehearse(session_of(demo), change)
    (curl,) = rehearsal.curls
    assert rehearsal.sentence == change.describe()
    words = shlex.split(curl.replace("\\\n", ""))
    assert words[2] == method
    assert (words[-1] if body else None) == body
    assert member_roles(demo, user) == before


@pytest.mark.parametrize("change", [AddRoles, RemoveRoles])
async def test_where_nothing_would_change_there_is_no_request(
    demo: Demo, change: type[AddRoles] | type[RemoveRoles]
) -> None:
    role = MANAGER if change is AddRoles else "ORG_OWNER"
    same = change(id_of(demo, "nobody-bot"), (role,))
    rehearsal = await rehearse(session_of(demo), same)
    assert rehearsal.curls == ()
    assert rehearsal.sentence == same.no_change((MANAGER, VIEWER))
    assert rehearsal.preview.before == rehearsal.preview.after == (MANAGER, VIEWER)


async def test_the_permission_that_is_missing_is_reported_before_the_guards(demo: Demo) -> None:
    own = id_of(demo, "viewer-bot")
    for change, permission in (
        (RemoveRoles(own, (VIEWER,)), "org.member.delete"),
        (AddRoles(own, (MANAGER,)), "org.member.write"),
        (MakePasskeyLink(own), "user.credential.write"),
    ):
        with pytest.raises(errors.NotPermitted) as caught:
            await rehearse(session_of(demo, "viewer-bot"), change)
        assert caught.value.permission == permission


async def test_what_force_overrides_is_reported_anyway(demo: Demo) -> None:
    session, own = session_of(demo, "onboarding-bot"), id_of(demo, "onboarding-bot")
    change: Change = RemoveRoles(own, ("ORG_OWNER",))
    with pytest.raises(Guarded) as caught:
        await rehearse(session, change)
    rehearsal = await rehearse(session, change, forced=True)
    assert rehearsal.overridden == caught.value.reasons != ()
    assert (await rehearse(session, AddRoles(own, (MANAGER,)), forced=True)).overridden == ()


async def test_roles_that_are_others_than_seen_are_reported(demo: Demo) -> None:
    with pytest.raises(RolesChanged):
        await rehearse(session_of(demo), SetRoles(id_of(demo, "nobody-bot"), (MANAGER,), ()))


class Recorded(Client):
    """Which endpoints were asked."""

    def __init__(self, client: Client) -> None:
        super().__init__(client.transport, client.tokens)
        self.asked: list[str] = []

    async def send(self, call: Call[Any]) -> Any:
        self.asked.append(call.endpoint.name)
        return await super().send(call)


async def test_the_membership_is_read_once(demo: Demo) -> None:
    client = Recorded(client_of(demo, "iam-bot"))
    session = Session(Settings(demo=True), client)
    await session.identify()
    client.asked.clear()
    await rehearse(session, RemoveRoles(id_of(demo, "nobody-bot"), (VIEWER,)))
    assert client.asked.count("members") == 1
    assert len(client.asked) == 2, "and what this account may do"


async def test_owners_who_are_changed_along_do_not_count_as_those_who_stay(demo: Demo) -> None:
    owners = [user.id for user in demo.store.users.values() if "ORG_OWNER" in member_roles(demo, user.id)]
    assert len(owners) > 1
    session, change = session_of(demo), RemoveRoles(owners[0], ("ORG_OWNER",))
    assert (await rehearse(session, change)).overridden == ()
    with pytest.raises(Guarded):
        await rehearse(session, change, besides=frozenset(owners))
    assert "ORG_OWNER" in member_roles(demo, owners[0])


@pytest.mark.parametrize(
    ("change", "roles", "said"),
    [
        (AddRoles("1", ("A",), who="Ada"), ("A", "B"), "Ada already has A."),
        (RemoveRoles("1", ("A",), who="Ada"), ("B",), "Ada does not have A, only B."),
        (RemoveRoles("1", ("A",), who="Ada"), (), "Ada is not a member."),
        (SetRoles("1", (), ("A",), who="Ada"), ("A",), "Ada already has A and nothing else."),
        (SetRoles("1", ("A",), (), who="Ada"), (), "Ada is not a member."),
    ],
)
def test_a_rehearsal_without_changes_gives_the_reason_and_the_current_roles(
    change: AddRoles | RemoveRoles | SetRoles, roles: tuple[str, ...], said: str
) -> None:
    assert change.no_change(roles) == f"No change: {said}"
