"""Roles are written by read, compare, write: whatever a second administrator does meanwhile, nothing is lost
unsaid."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.core.shared_organization import GUEST, SharedOrganization
from tests.demo_clients import apply_guarded, id_of, session_of
from zitadel_tui.core import changes
from zitadel_tui.core.changes import (
    AddRoles,
    Change,
    RemoveRoles,
    RolesChanged,
    SetRoles,
    remove_membership,
)
from zitadel_tui.core.concurrency import Timing
from zitadel_tui.demo.faults import Fault
from zitadel_tui.zitadel import errors

A, B, C, D = "ORG_OWNER_VIEWER", "ORG_USER_MANAGER", "ORG_PROJECT_CREATOR", "ORG_SETTINGS_MANAGER"
GLOBAL = "SELF_MANAGEMENT_GLOBAL"


async def test_what_is_wanted_is_written_in_the_order_that_is_there() -> None:
    place = SharedOrganization(B, A)
    applied = await apply_guarded(place.client, place.set((A, B), A, B, C))
    assert place.roles == applied.after == (B, A, C)
    assert (applied.before, applied.changed, applied.warning) == ((B, A), True, "")
    assert all(role in applied.sentence for role in (A, B, C))


@pytest.mark.parametrize("wanted", [(A, B), (B, A), (A, A, B)])
async def test_what_is_there_already_is_not_written(wanted: tuple[str, ...]) -> None:
    place = SharedOrganization(B, A)
    applied = await apply_guarded(place.client, place.set((C,), *wanted))
    assert (applied.changed, place.roles, "change member" in place.sent) == (False, (B, A), False)


@pytest.mark.parametrize("now", [(A, C), (C,), (A, B, C), ()])
async def test_roles_changed_since_they_were_seen_are_not_overwritten(now: tuple[str, ...]) -> None:
    place = SharedOrganization(A, B)
    place.give(*now)
    with pytest.raises(RolesChanged, match="nothing was written") as caught:
        await apply_guarded(place.client, place.set((A, B), A, D))
    assert (caught.value.seen, caught.value.now, caught.value.wanted) == ((A, B), now, (A, D))
    assert place.roles == now
    assert "change member" not in place.sent


@pytest.mark.parametrize("now", [(A,), (A, B, C)])
async def test_a_membership_that_changed_is_not_removed(now: tuple[str, ...]) -> None:
    place = SharedOrganization(*now)
    with pytest.raises(RolesChanged):
        await apply_guarded(place.client, remove_membership(place.user, GUEST, (A, B)))
    assert place.roles == now


async def test_a_colleague_right_before_the_reading_is_seen() -> None:
    place = SharedOrganization(A, B)
    place.meddle("members", A)
    with pytest.raises(RolesChanged):
        await apply_guarded(place.client, place.set((A, B), A, B, C))
    assert place.roles == (A,)
    place.meddle("members", A, D)
    applied = await apply_guarded(place.client, RemoveRoles(place.user, (A,)))
    assert (place.roles, applied.before) == ((D,), (A, D))


WRITES: dict[str, tuple[Callable[[str], Change], str]] = {
    "set": (lambda user: SetRoles(user, (A, B), (A, C)), "change member"),
    "add": (lambda user: AddRoles(user, (C,)), "change member"),
    "take": (lambda user: RemoveRoles(user, (A,)), "change member"),
    "remove": (lambda user: remove_membership(user, GUEST, (A, B)), "remove member"),
}


@pytest.mark.parametrize("kind", WRITES)
async def test_a_colleague_between_reading_and_writing_is_told(kind: str) -> None:
    make, write = WRITES[kind]
    place = SharedOrganization(A, B)
    place.meddle(write, A, B, D)
    applied = await apply_guarded(place.client, make(place.user))
    assert "Onboarding" in applied.warning
    assert "overwritten" in applied.warning


@pytest.mark.parametrize("kind", WRITES)
async def test_a_colleague_whom_the_list_did_not_show_yet_is_told(kind: str) -> None:
    place = SharedOrganization(A, B)
    place.demo.store.projections.lag = (5.0, 5.0)
    place.give(A, B, D)
    applied = await apply_guarded(place.client, WRITES[kind][0](place.user), timing=Timing(oldest_read=5.0))
    assert "overwritten" in applied.warning


@pytest.mark.parametrize("kind", WRITES)
async def test_who_works_alone_is_not_warned(kind: str) -> None:
    place = SharedOrganization(A, B)
    users = [id_of(place.demo, name) for name in ("viewer-bot", "settings-bot", "nobody-bot")]
    results = await asyncio.gather(
        apply_guarded(place.client, WRITES[kind][0](place.user)),
        *(apply_guarded(place.client, AddRoles(user, (C,))) for user in users),
    )
    assert [applied.warning for applied in results] == [""] * 4


@pytest.mark.parametrize("kind", WRITES)
async def test_a_colleague_with_the_same_account_is_told(kind: str) -> None:
    make, write = WRITES[kind]
    place = SharedOrganization(A, B)
    place.colleague = id_of(place.demo, "iam-bot")
    place.meddle(write, A, B, D)
    applied = await apply_guarded(place.client, make(place.user))
    assert "Another change (Instance automation)" in applied.warning


async def test_what_happened_long_before_or_elsewhere_is_no_warning() -> None:
    place = SharedOrganization(A, B)
    store, other = place.demo.store, id_of(place.demo, "viewer-bot")
    with store.at(store.now() - 60.0):
        store.put_member(place.org, other, (A,), place.colleague)
    applied = await apply_guarded(place.client, place.set((A, B), A, C))
    ada = store.user_named("ada.lovelace")
    assert ada is not None
    with store.at(store.now() - 60.0):
        store.put_member(place.org, ada.id, (A,), place.colleague)
    store.remove_user(ada, place.colleague)
    assert applied.warning == ""
    assert (await apply_guarded(place.client, place.set((A, C), A, D))).warning == ""


async def test_what_cannot_be_looked_up_is_said() -> None:
    place = SharedOrganization(A)
    place.demo.faults.add(Fault(status=403, id="AUTH-5mWD2"), "POST /management/v1/orgs/me/changes/_search")
    applied = await apply_guarded(place.client, place.set((A,), A, B))
    assert (place.roles, applied.changed) == ((A, B), True)
    assert "could not be looked up" in applied.warning


@pytest.mark.parametrize("lag", [0.0, 0.04])
async def test_a_colleague_after_the_writing_stands_and_a_read_says_so(lag: float) -> None:
    place = SharedOrganization(A, lag=(lag, lag))
    applied = await apply_guarded(place.client, AddRoles(place.user, (B,)))
    member = await changes.appears(session_of(place.client), applied)
    assert member is not None
    assert member.roles == (A, B)
    place.demo.store.projections.lag = (0.0, 0.0)
    place.give(D)
    with pytest.raises(errors.Unavailable, match="does not show"):
        await changes.appears(session_of(place.client), applied)


async def test_the_end_of_a_membership_appears_too() -> None:
    place = SharedOrganization(A, lag=(0.04, 0.04))
    applied = await apply_guarded(place.client, RemoveRoles(place.user, (A, B)))
    assert (place.roles, applied.after) == ((), ())
    assert "not a member" in applied.sentence
    assert await changes.appears(session_of(place.client), applied) is None


async def test_only_what_is_there_is_taken() -> None:
    place = SharedOrganization(A, B, A)
    applied = await apply_guarded(place.client, RemoveRoles(place.user, (A, D)))
    assert (place.roles, applied.before) == ((B,), (A, B, A))
    assert not (await apply_guarded(place.client, RemoveRoles(place.user, (A,)))).changed
    place.give()
    assert not (await apply_guarded(place.client, RemoveRoles(place.user, (A,)))).changed


async def test_roles_named_twice_are_given_once() -> None:
    place = SharedOrganization()
    applied = await apply_guarded(place.client, AddRoles(place.user, (A, B, A)))
    assert place.roles == applied.after == (A, B)


@pytest.mark.parametrize("seen", [(), (A,)])
async def test_who_was_removed_meanwhile_is_no_member_again_by_accident(seen: tuple[str, ...]) -> None:
    place = SharedOrganization(A)
    place.give()
    if seen:
        with pytest.raises(RolesChanged):
            await apply_guarded(place.client, place.set(seen, A, B))
        assert place.roles == ()
    else:
        await apply_guarded(place.client, place.set(seen, A, B))
        assert place.roles == (A, B)


async def test_who_is_removed_between_reading_and_writing_is_not_called_done() -> None:
    place = SharedOrganization(A)
    place.meddle("change member")
    with pytest.raises(errors.NotFound):
        await apply_guarded(place.client, place.set((A,), A, B))
    assert place.roles == ()


async def test_a_member_the_list_does_not_show_yet_is_added_to_once_it_does() -> None:
    place = SharedOrganization(lag=(0.04, 0.04))
    place.give(A)
    await apply_guarded(place.client, AddRoles(place.user, (B,)))
    assert place.roles == (A, B)


async def test_a_member_the_list_never_shows_is_said_and_nothing_is_written() -> None:
    place = SharedOrganization(lag=(60.0, 60.0))
    place.give(A)
    with pytest.raises(errors.Unavailable, match="not yet in its list"):
        await apply_guarded(place.client, AddRoles(place.user, (B,)))
    assert place.roles == (A,)


@pytest.mark.parametrize("change", [AddRoles("", (GLOBAL,)), SetRoles("", (A,), (A, GLOBAL))])
async def test_the_role_that_no_member_can_be_given_is_explained(change: Any) -> None:
    place = SharedOrganization(A)
    there = replace(change, user_id=place.user)
    for attempt in (there.check(session_of(place.client)), apply_guarded(place.client, there)):
        with pytest.raises(errors.InvalidInput, match="cannot be combined with other roles") as caught:
            await attempt
        assert caught.value.field == "roles"
    assert place.roles == (A,)


async def test_that_role_alone_is_given_to_who_is_no_member() -> None:
    place = SharedOrganization()
    applied = await apply_guarded(place.client, AddRoles(place.user, (GLOBAL,)))
    assert place.roles == (GLOBAL,)
    assert not (await apply_guarded(place.client, AddRoles(place.user, (GLOBAL,)))).changed
    undo = AddRoles(place.user, (GLOBAL,)).invert(applied)
    assert undo is not None
    await apply_guarded(place.client, undo)
    assert not place.roles


STATES = [(), (A,), (A, B), (B, A, C), (A, A, B)]
MAKERS: list[Callable[[SharedOrganization], Change]] = [
    lambda place: AddRoles(place.user, (A, D), who=GUEST),
    lambda place: RemoveRoles(place.user, (A,), who=GUEST),
    lambda place: RemoveRoles(place.user, (A, B, C), who=GUEST),
    lambda place: place.set(place.roles, D, A),
    lambda place: place.set(place.roles, B, C, D),
    lambda place: remove_membership(place.user, GUEST, place.roles),
]


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("make", MAKERS)
async def test_a_check_writes_nothing_and_foretells_what_applying_does_and_inverting_undoes(
    make: Callable[[SharedOrganization], Change], before: tuple[str, ...]
) -> None:
    place = SharedOrganization(*before)
    change = make(place)
    preview = await change.check(session_of(place.client))
    assert place.roles == before
    assert not {"add member", "change member", "remove member"} & set(place.sent)
    applied = await apply_guarded(place.client, change)
    assert place.roles == applied.after == preview.after
    assert (applied.before if applied.changed else before) == preview.before == before
    undo = change.invert(applied)
    assert (undo is not None) == applied.changed
    if undo is not None:
        await apply_guarded(place.client, undo)
    assert place.roles == before


async def test_two_of_our_own_changes_to_one_person_do_not_undo_one_another() -> None:
    place = SharedOrganization(A, lag=(0, 0))
    both: list[Awaitable[Any]] = [
        apply_guarded(place.client, AddRoles(place.user, (role,))) for role in (B, C, D)
    ]
    await asyncio.gather(*both)
    assert set(place.roles) == {A, B, C, D}
