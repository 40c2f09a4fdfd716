"""A change rehearsed: what it would do, the requests it would send, and nothing written."""

import dataclasses
import shlex

import pytest

from tests.demo_clients import client_of, id_of
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

MANAGER, VIEWER = "ORG_USER_MANAGER", "ORG_OWNER_VIEWER"


@pytest.fixture
def demo() -> Demo:
    demo = Demo(lag=(0, 0))
    demo.store.put_member(demo.store.default_org, id_of(demo, "nobody-bot"), (MANAGER, VIEWER), "x")
    return demo


def roles_of(demo: Demo, user: str) -> tuple[str, ...]:
    member = demo.store.members[demo.store.default_org].get(user)
    return member.roles if member else ()


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
    before = roles_of(demo, user)
    (curl,) = (await rehearse(session_of(demo), change)).curls
    words = shlex.split(curl.replace("\\\n", ""))
    assert words[2] == method
    assert (words[-1] if body else None) == body
    assert roles_of(demo, user) == before


@pytest.mark.parametrize("change", [AddRoles, RemoveRoles])
async def test_where_nothing_would_change_there_is_no_request(
    demo: Demo, change: type[AddRoles] | type[RemoveRoles]
) -> None:
    role = MANAGER if change is AddRoles else "ORG_OWNER"
    rehearsal = await rehearse(session_of(demo), change(id_of(demo, "nobody-bot"), (role,)))
    assert rehearsal.curls == ()
    assert rehearsal.preview.before == rehearsal.preview.after == (MANAGER, VIEWER)


async def test_the_permission_that_is_missing_is_told_before_the_guards(demo: Demo) -> None:
    own = id_of(demo, "viewer-bot")
    for change, permission in (
        (RemoveRoles(own, (VIEWER,)), "org.member.delete"),
        (AddRoles(own, (MANAGER,)), "org.member.write"),
        (MakePasskeyLink(own), "user.credential.write"),
    ):
        with pytest.raises(errors.NotPermitted) as caught:
            await rehearse(session_of(demo, "viewer-bot"), change)
        assert caught.value.permission == permission


async def test_what_force_overrides_is_told_all_the_same(demo: Demo) -> None:
    session, own = session_of(demo, "onboarding-bot"), id_of(demo, "onboarding-bot")
    change: Change = RemoveRoles(own, ("ORG_OWNER",))
    with pytest.raises(Guarded) as caught:
        await rehearse(session, change)
    rehearsal = await rehearse(session, change, forced=True)
    assert rehearsal.overridden == caught.value.reasons != ()
    assert (await rehearse(session, AddRoles(own, (MANAGER,)), forced=True)).overridden == ()


async def test_roles_that_are_others_than_seen_are_told(demo: Demo) -> None:
    with pytest.raises(RolesChanged):
        await rehearse(session_of(demo), SetRoles(id_of(demo, "nobody-bot"), (MANAGER,), ()))
