"""A change to a member on its way: guarded, and shown in its row as far as it is known."""

import asyncio
import time

import pytest

from tests.demo_clients import id_of
from tests.tui.services.running import Services, opened, services
from zitadel_tui.core.changes import (
    AddGrantRoles,
    AddRoles,
    Guarded,
    RemoveRoles,
    RolesChanged,
    SetRoles,
    Unsettled,
)
from zitadel_tui.demo.faults import Fault
from zitadel_tui.tui.services.pending_changes import State, row_of
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.members import HUMAN, MACHINE, Member
from zitadel_tui.zitadel.wire.users import Human, Machine, Profile, User

OWNER, VIEWER, MANAGER = "ORG_OWNER", "ORG_OWNER_VIEWER", "ORG_USER_MANAGER"
ADD = "POST /management/v1/orgs/me/members"


def guest(running: Services) -> str:
    return id_of(running.demo, "hank@globex.example")


def newcomer(user_id: str) -> Member:
    return Member(user_id=user_id, first_name="Hank")


async def test_the_last_owner_stays_unless_forced() -> None:
    async with services() as running:
        store = running.demo.store
        members, user = store.members[store.default_org], guest(running)
        for member in [one for one in members.values() if OWNER in one.roles]:
            store.remove_member(store.default_org, member.user, user)
        store.put_member(store.default_org, user, (OWNER,), user)
        change = RemoveRoles(user, (OWNER,))
        with pytest.raises(Guarded):
            await running.pending.apply(change)
        assert running.stored(user) == (OWNER,)
        await running.pending.apply(change, forced=True)
        assert running.stored(user) == ()


async def test_a_new_member_has_a_row_at_once_and_the_one_that_was_read_after_it() -> None:
    async with services() as running:
        user = guest(running)
        with running.assigning_is_held():
            applying = asyncio.ensure_future(
                running.pending.apply(AddRoles(user, (VIEWER,)), new_member=newcomer(user))
            )
            await running.until(lambda: running.network.writing)
            assert (running.arrived, running.row(user)) == ([user], newcomer(user))
            assert (running.pending.state(user), len(running.pending)) == (State.SAVING, 1)
        assert (await applying).changed
        await running.until(lambda: running.pending.state(user) is None)
        row = running.row(user)
        assert row is not None
        assert (row.roles, running.put, len(running.pending)) == ((VIEWER,), [user], 0)


async def test_who_was_not_added_has_no_row_any_more() -> None:
    async with services() as running:
        user = guest(running)
        with pytest.raises(errors.InvalidInput):
            await running.pending.apply(AddRoles(user, ("ORG_NONSENSE",)), new_member=newcomer(user))
        assert running.row(user) is None
        assert (running.arrived, running.pending.state(user), len(running.pending)) == ([user], None, 0)


async def test_after_a_refusal_the_row_is_read_again() -> None:
    """What another administrator did meanwhile shows."""
    async with services() as running:
        user, store = guest(running), running.demo.store
        store.put_member(store.default_org, user, (VIEWER,), user)
        await running.read_members()
        store.put_member(store.default_org, user, (MANAGER,), user)
        with pytest.raises(RolesChanged):
            await running.pending.apply(SetRoles(user, (VIEWER,), (OWNER,)))
        await running.until(lambda: running.put == [user])
        row = running.row(user)
        assert row is not None
        assert (row.roles, running.pending.state(user)) == ((MANAGER,), None)


async def test_a_lost_answer_leaves_the_row_unknown() -> None:
    async with services() as running:
        user = guest(running)
        running.demo.faults.add(Fault("html", status=504), ADD)
        with pytest.raises(Unsettled):
            await running.pending.apply(AddRoles(user, (VIEWER,)), new_member=newcomer(user))
        state = running.pending.state(user)
        assert state is State.UNKNOWN
        assert state.needs_reading
        assert running.row(user) == newcomer(user)


async def test_an_unknown_outcome_is_known_after_a_reading_that_began_later() -> None:
    async with services() as running:
        user, before = guest(running), time.monotonic()
        running.demo.faults.add(Fault("html", status=504), ADD)
        with pytest.raises(Unsettled):
            await running.pending.apply(AddRoles(user, (VIEWER,)), new_member=newcomer(user))
        running.store.was_read.publish(before)
        await running.pilot.pause()
        assert running.pending.state(user) is State.UNKNOWN
        await running.read_members()
        await running.until(lambda: running.pending.state(user) is None)
        assert running.row(user) is None


async def test_a_change_that_does_not_show_in_time_is_reported() -> None:
    async with services() as running:
        user, store = guest(running), running.demo.store
        store.projections.lag = (60.0, 60.0)
        await running.pending.apply(AddRoles(user, (VIEWER,)), new_member=newcomer(user))
        assert running.pending.state(user) is State.PENDING
        changed: list[str] = []
        running.pending.changed.subscribe(running.pilot.app, changed.append)
        await running.until(lambda: running.reported)
        assert "does not show" in running.reported[0].summary
        assert (running.pending.state(user), changed) == (State.NOT_SEEN, [user])


async def test_of_project_roles_the_end_is_reported_and_no_row_is_pending() -> None:
    async with services() as running:
        user, granted = id_of(running.demo, "nobody-bot"), list[str]()
        running.pending.granted.subscribe(running.pilot.app, granted.append, immediate=True)
        await running.pending.apply(AddRoles(user, (VIEWER,)))
        assert granted == []
        await running.until(lambda: not len(running.pending))
        billing = next(one.id for one in running.demo.store.projects.values() if one.name == "Billing")
        assert (await running.pending.apply(AddGrantRoles(user, billing, ("viewer",)))).changed
        assert (running.pending.state(user), granted) == (None, [user])
        with pytest.raises(errors.InvalidInput):
            await running.pending.apply(AddGrantRoles(user, billing, ("king",)))
        assert granted == [user, user]


async def test_what_ends_on_a_session_before_is_no_news_of_the_rows_here() -> None:
    async with services() as running:
        user, other = guest(running), await opened(running.network, running.demo, "onboarding-bot")
        with running.assigning_is_held():
            applying = asyncio.ensure_future(running.pending.apply(AddRoles(user, (VIEWER,))))
            await running.until(lambda: running.network.writing)
            running.network.use(other)
            running.pending.forget()
            running.pending.begun(user)
        assert (await applying).changed
        assert running.pending.state(user) is State.SAVING


def test_the_row_of_a_new_member_says_what_is_known_of_the_user() -> None:
    profile = Profile(first_name="Ada", last_name="Lovelace", display_name="Countess")
    person = row_of(User(id="1", preferred_login_name="ada", human=Human(profile=profile)))
    assert (person.first_name, person.last_name, person.display_name) == ("Ada", "Lovelace", "Countess")
    assert (person.user_id, person.preferred_login_name, person.user_type) == ("1", "ada", HUMAN)
    robot = row_of(User(id="2", machine=Machine(name="Robot")))
    assert (robot.first_name, robot.display_name, robot.user_type) == ("", "Robot", MACHINE)
