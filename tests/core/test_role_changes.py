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
    shared = SharedOrganization(B, A)
    applied = await apply_guarded(shared.client, shared.set((A, B), A, B, C))
    assert shared.roles == applied.after == (B, A, C)
    assert (applied.before, applied.changed, applied.warning) == ((B, A), True, "")
    assert all(role in applied.sentence for role in (A, B, C))


@pytest.mark.parametrize("wanted", [(A, B), (B, A), (A, A, B)])
async def test_what_is_there_already_is_not_written(wanted: tuple[str, ...]) -> None:
    shared = SharedOrganization(B, A)
    applied = await apply_guarded(shared.client, shared.set((C,), *wanted))
    assert (applied.changed, shared.roles, "change member" in shared.sent) == (False, (B, A), False)


@pytest.mark.parametrize("now", [(A, C), (C,), (A, B, C), ()])
async def test_roles_changed_since_they_were_seen_are_not_overwritten(now: tuple[str, ...]) -> None:
    shared = SharedOrganization(A, B)
    shared.give(*now)
    with pytest.raises(RolesChanged, match="nothing was written") as caught:
        await apply_guarded(shared.client, shared.set((A, B), A, D))
    assert (caught.value.seen, caught.value.now, caught.value.wanted) == ((A, B), now, (A, D))
    assert shared.roles == now
    assert "change member" not in shared.sent


@pytest.mark.parametrize("now", [(A,), (A, B, C)])
async def test_a_membership_that_changed_is_not_removed(now: tuple[str, ...]) -> None:
    shared = SharedOrganization(*now)
    with pytest.raises(RolesChanged):
        await apply_guarded(shared.client, remove_membership(shared.user, GUEST, (A, B)))
    assert shared.roles == now


async def test_another_admin_right_before_the_reading_is_seen() -> None:
    shared = SharedOrganization(A, B)
    shared.interfere("members", A)
    with pytest.raises(RolesChanged):
        await apply_guarded(shared.client, shared.set((A, B), A, B, C))
    assert shared.roles == (A,)
    shared.interfere("members", A, D)
    applied = await apply_guarded(shared.client, RemoveRoles(shared.user, (A,)))
    assert (shared.roles, applied.before) == ((D,), (A, D))


WRITES: dict[str, tuple[Callable[[str], Change], str]] = {
    "set": (lambda user: SetRoles(user, (A, B), (A, C)), "change member"),
    "add": (lambda user: AddRoles(user, (C,)), "change member"),
    "take": (lambda user: RemoveRoles(user, (A,)), "change member"),
    "remove": (lambda user: remove_membership(user, GUEST, (A, B)), "remove member"),
}


@pytest.mark.parametrize("kind", WRITES)
async def test_another_admin_between_reading_and_writing_is_reported(kind: str) -> None:
    make, write = WRITES[kind]
    shared = SharedOrganization(A, B)
    shared.interfere(write, A, B, D)
    applied = await apply_guarded(shared.client, make(shared.user))
    assert "Onboarding" in applied.warning
    assert "overwritten" in applied.warning


@pytest.mark.parametrize("kind", WRITES)
async def test_another_admin_whom_the_list_did_not_show_yet_is_reported(kind: str) -> None:
    shared = SharedOrganization(A, B)
    shared.demo.store.projections.lag = (5.0, 5.0)
    shared.give(A, B, D)
    applied = await apply_guarded(shared.client, WRITES[kind][0](shared.user), timing=Timing(oldest_read=5.0))
    assert "overwritten" in applied.warning


@pytest.mark.parametrize("kind", WRITES)
async def test_who_works_alone_is_not_warned(kind: str) -> None:
    shared = SharedOrganization(A, B)
    users = [id_of(shared.demo, name) for name in ("viewer-bot", "settings-bot", "nobody-bot")]
    results = await asyncio.gather(
        apply_guarded(shared.client, WRITES[kind][0](shared.user)),
        *(apply_guarded(shared.client, AddRoles(user, (C,))) for user in users),
    )
    assert [applied.warning for applied in results] == [""] * 4


@pytest.mark.parametrize("kind", WRITES)
async def test_another_admin_with_the_same_account_is_reported(kind: str) -> None:
    make, write = WRITES[kind]
    shared = SharedOrganization(A, B)
    shared.other_admin = id_of(shared.demo, "iam-bot")
    shared.interfere(write, A, B, D)
    applied = await apply_guarded(shared.client, make(shared.user))
    assert "Another change (Instance automation)" in applied.warning


async def test_what_happened_long_before_or_elsewhere_is_no_warning() -> None:
    shared = SharedOrganization(A, B)
    store, other = shared.demo.store, id_of(shared.demo, "viewer-bot")
    with store.at(store.now() - 60.0):
        store.put_member(shared.org, other, (A,), shared.other_admin)
    applied = await apply_guarded(shared.client, shared.set((A, B), A, C))
    ada = store.user_named("ada.lovelace")
    assert ada is not None
    with store.at(store.now() - 60.0):
        store.put_member(shared.org, ada.id, (A,), shared.other_admin)
    store.remove_user(ada, shared.other_admin)
    assert applied.warning == ""
    assert (await apply_guarded(shared.client, shared.set((A, C), A, D))).warning == ""


async def test_what_cannot_be_looked_up_is_reported() -> None:
    shared = SharedOrganization(A)
    shared.demo.faults.add(Fault(status=403, id="AUTH-5mWD2"), "POST /management/v1/orgs/me/changes/_search")
    applied = await apply_guarded(shared.client, shared.set((A,), A, B))
    assert (shared.roles, applied.changed) == ((A, B), True)
    assert "could not be read" in applied.warning


@pytest.mark.parametrize("lag", [0.0, 0.04])
async def test_another_admin_after_the_writing_stands_and_a_read_says_so(lag: float) -> None:
    shared = SharedOrganization(A, lag=(lag, lag))
    applied = await apply_guarded(shared.client, AddRoles(shared.user, (B,)))
    member = await changes.appears(session_of(shared.client), applied)
    assert member is not None
    assert member.roles == (A, B)
    shared.demo.store.projections.lag = (0.0, 0.0)
    shared.give(D)
    with pytest.raises(errors.Unavailable, match="does not show"):
        await changes.appears(session_of(shared.client), applied)


async def test_the_end_of_a_membership_appears_too() -> None:
    shared = SharedOrganization(A, lag=(0.04, 0.04))
    applied = await apply_guarded(shared.client, RemoveRoles(shared.user, (A, B)))
    assert (shared.roles, applied.after) == ((), ())
    assert "no longer a member" in applied.sentence
    assert await changes.appears(session_of(shared.client), applied) is None


async def test_only_existing_roles_are_removed() -> None:
    shared = SharedOrganization(A, B, A)
    applied = await apply_guarded(shared.client, RemoveRoles(shared.user, (A, D)))
    assert (shared.roles, applied.before) == ((B,), (A, B, A))
    assert not (await apply_guarded(shared.client, RemoveRoles(shared.user, (A,)))).changed
    shared.give()
    assert not (await apply_guarded(shared.client, RemoveRoles(shared.user, (A,)))).changed


async def test_roles_named_twice_are_given_once() -> None:
    shared = SharedOrganization()
    applied = await apply_guarded(shared.client, AddRoles(shared.user, (A, B, A)))
    assert shared.roles == applied.after == (A, B)


@pytest.mark.parametrize("seen", [(), (A,)])
async def test_who_was_removed_meanwhile_is_no_member_again_by_accident(seen: tuple[str, ...]) -> None:
    shared = SharedOrganization(A)
    shared.give()
    if seen:
        with pytest.raises(RolesChanged):
            await apply_guarded(shared.client, shared.set(seen, A, B))
        assert shared.roles == ()
    else:
        await apply_guarded(shared.client, shared.set(seen, A, B))
        assert shared.roles == (A, B)


async def test_who_is_removed_between_reading_and_writing_is_not_called_done() -> None:
    shared = SharedOrganization(A)
    shared.interfere("change member")
    with pytest.raises(errors.NotFound):
        await apply_guarded(shared.client, shared.set((A,), A, B))
    assert shared.roles == ()


async def test_a_member_the_list_does_not_show_yet_is_added_to_once_it_does() -> None:
    shared = SharedOrganization(lag=(0.04, 0.04))
    shared.give(A)
    await apply_guarded(shared.client, AddRoles(shared.user, (B,)))
    assert shared.roles == (A, B)


async def test_a_member_the_list_never_shows_is_reported_and_nothing_is_written() -> None:
    shared = SharedOrganization(lag=(60.0, 60.0))
    shared.give(A)
    with pytest.raises(errors.Unavailable, match="does not list them yet"):
        await apply_guarded(shared.client, AddRoles(shared.user, (B,)))
    assert shared.roles == (A,)


@pytest.mark.parametrize("change", [AddRoles("", (GLOBAL,)), SetRoles("", (A,), (A, GLOBAL))])
async def test_the_role_that_no_member_can_be_given_is_explained(change: Any) -> None:
    shared = SharedOrganization(A)
    there = replace(change, user_id=shared.user)
    for attempt in (there.check(session_of(shared.client)), apply_guarded(shared.client, there)):
        with pytest.raises(errors.InvalidInput, match="cannot be combined with other roles") as caught:
            await attempt
        assert caught.value.field == "roles"
    assert shared.roles == (A,)


async def test_that_role_alone_is_given_to_a_user_who_is_not_a_member() -> None:
    shared = SharedOrganization()
    applied = await apply_guarded(shared.client, AddRoles(shared.user, (GLOBAL,)))
    assert shared.roles == (GLOBAL,)
    assert not (await apply_guarded(shared.client, AddRoles(shared.user, (GLOBAL,)))).changed
    undo = AddRoles(shared.user, (GLOBAL,)).invert(applied)
    assert undo is not None
    await apply_guarded(shared.client, undo)
    assert not shared.roles


STATES = [(), (A,), (A, B), (B, A, C), (A, A, B)]
MAKERS: list[Callable[[SharedOrganization], Change]] = [
    lambda shared: AddRoles(shared.user, (A, D), who=GUEST),
    lambda shared: RemoveRoles(shared.user, (A,), who=GUEST),
    lambda shared: RemoveRoles(shared.user, (A, B, C), who=GUEST),
    lambda shared: shared.set(shared.roles, D, A),
    lambda shared: shared.set(shared.roles, B, C, D),
    lambda shared: remove_membership(shared.user, GUEST, shared.roles),
]


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("make", MAKERS)
async def test_a_check_writes_nothing_and_foretells_what_applying_does_and_inverting_undoes(
    make: Callable[[SharedOrganization], Change], before: tuple[str, ...]
) -> None:
    shared = SharedOrganization(*before)
    change = make(shared)
    preview = await change.check(session_of(shared.client))
    assert shared.roles == before
    assert not {"add member", "change member", "remove member"} & set(shared.sent)
    applied = await apply_guarded(shared.client, change)
    assert shared.roles == applied.after == preview.after
    assert (applied.before if applied.changed else before) == preview.before == before
    undo = change.invert(applied)
    assert (undo is not None) == applied.changed
    if undo is not None:
        await apply_guarded(shared.client, undo)
    assert shared.roles == before


async def test_two_of_our_own_changes_to_one_user_do_not_undo_one_another() -> None:
    shared = SharedOrganization(A, lag=(0, 0))
    both: list[Awaitable[Any]] = [
        apply_guarded(shared.client, AddRoles(shared.user, (role,))) for role in (B, C, D)
    ]
    await asyncio.gather(*both)
    assert set(shared.roles) == {A, B, C, D}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (RemoveRoles("1", (A, B), who="Ada"), f"Remove {B}, {A} from Ada."),
        (remove_membership("1", "Ada", (A,)), f"Remove Ada from the members; they have {A}."),
        (SetRoles("1", (A, B), (B, C), who="Ada"), f"Change the roles of Ada: + {C}  − {A}."),
        (SetRoles("1", (), (A,)), f"Change the roles of 1: + {A}."),
    ],
)
def test_a_change_of_roles_says_what_will_be_different(change: Change, said: str) -> None:
    assert change.describe() == said
