"""After a lost answer a change claims what it did itself, and nothing else; undoing it harms nobody."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from tests.core.shared_organization import GUEST, SharedOrganization
from tests.demo_clients import apply_guarded, client_of, id_of, session_of
from zitadel_tui.core.changes import (
    AddRoles,
    Change,
    DeleteUser,
    ImportUser,
    RemoveRoles,
    SetRoles,
    Unsettled,
    apply,
    remove_membership,
    settle,
)
from zitadel_tui.core.journal import read
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.tables import History
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.users import Email, ImportHuman, Profile

A, B, C = "ORG_OWNER_VIEWER", "ORG_USER_MANAGER", "ORG_PROJECT_CREATOR"
ADD, CHANGE, REMOVE = (
    "POST /management/v1/orgs/me/members",
    "PUT /management/v1/orgs/me/members/*",
    "DELETE /management/v1/orgs/me/members/*",
)
LOST = Fault("withheld")
NOT_ARRIVED = Fault("html", status=504, message="504 Gateway Time-out")
HISTORY = "POST /management/v1/orgs/me/changes/_search"


async def test_roles_that_were_there_before_are_not_claimed() -> None:
    place = SharedOrganization(A)
    place.demo.faults.add(LOST, ADD)  # the server answers 409, and that is lost
    change = AddRoles(place.user, (A,), who=GUEST)
    applied = await apply_guarded(place.client, change)
    assert (applied.changed, applied.settled, applied.before, applied.after) == (False, True, (A,), (A,))
    assert "not by this change" in applied.sentence
    assert change.invert(applied) is None


async def test_roles_that_our_own_account_gave_long_before_are_not_claimed() -> None:
    place = SharedOrganization()
    place.colleague = id_of(place.demo, "iam-bot")
    place.give(A)
    place.demo.faults.add(LOST, ADD)
    assert not (await apply_guarded(place.client, AddRoles(place.user, (A,)))).changed


async def test_roles_that_another_account_gave_at_that_moment_are_not_claimed() -> None:
    place = SharedOrganization()
    place.demo.faults.add(NOT_ARRIVED, ADD)
    place.meddle("add member", A)
    assert not (await apply_guarded(place.client, AddRoles(place.user, (A,)))).changed


async def test_an_event_of_another_change_of_this_process_is_not_claimed() -> None:
    place = SharedOrganization()
    place.demo.faults.add(NOT_ARRIVED, ADD)
    session = session_of(place.client)

    async def other() -> None:
        coordination = await session.coordination()
        coordination.written.add(len(place.demo.store.history(place.org)))

    place.colleague = id_of(place.demo, "iam-bot")
    place.meddle("add member", A)
    change = AddRoles(place.user, (A,))
    step = await change.prepare(session)
    assert step.call is not None
    with pytest.raises(errors.OutcomeUnknown):
        await change.send(session, step.call)
    await other()
    record = replaced_record(change, place, sequence=step.baseline.sequence)
    applied = await change.settle(session, record)
    assert applied is not None
    assert not applied.changed


def replaced_record(change: Change, place: SharedOrganization, *, sequence: int) -> Any:
    record = change.to_record()
    baseline = msgspec.structs.replace(record.baseline, sequence=sequence)
    return msgspec.structs.replace(record, account=id_of(place.demo, "iam-bot"), baseline=baseline)


KINDS: dict[str, tuple[Callable[[str], Change], str, str, tuple[str, ...]]] = {
    "set": (lambda user: SetRoles(user, (A,), (B,)), CHANGE, "change member", (B,)),
    "add to": (lambda user: AddRoles(user, (B,)), CHANGE, "change member", (A, B)),
    "remove": (lambda user: remove_membership(user, GUEST, (A,)), REMOVE, "remove member", ()),
    "remove the last": (lambda user: RemoveRoles(user, (A,)), REMOVE, "remove member", ()),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_a_colleague_did_instead_is_not_claimed(kind: str) -> None:
    make, path, request, wanted = KINDS[kind]
    place = SharedOrganization(A)
    place.demo.faults.add(NOT_ARRIVED, path)
    place.meddle(request, *wanted)
    change = make(place.user)
    applied = await apply_guarded(place.client, change)
    assert (applied.changed, applied.after) == (False, wanted)
    assert change.invert(applied) is None


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_before_is_known_after_a_lost_answer_and_comes_back(kind: str) -> None:
    make, path, _, wanted = KINDS[kind]
    place = SharedOrganization(A)
    place.demo.faults.add(LOST, path)
    change = make(place.user)
    applied = await apply_guarded(place.client, change)
    assert (applied.settled, applied.before, applied.after, place.roles) == (True, (A,), wanted, wanted)
    undo = change.invert(applied)
    assert undo is not None
    await apply_guarded(place.client, undo)
    assert place.roles == (A,)


@pytest.mark.parametrize("kind", KINDS)
async def test_where_the_history_may_not_be_read_nothing_is_claimed(kind: str) -> None:
    make, path, request, _ = KINDS[kind]
    place = SharedOrganization(A)
    place.demo.faults.add(LOST, path)
    place.before_sending(
        request,
        lambda: place.demo.faults.add(Fault(status=403, id="AUTH-5mWD2"), HISTORY, times=0),
    )
    with pytest.raises(Unsettled, match="cannot be told") as caught:
        await apply_guarded(place.client, make(place.user))
    assert not caught.value.checked


async def test_a_removal_that_a_colleague_did_first_is_not_ours_although_the_server_says_200() -> None:
    place = SharedOrganization(A)
    place.meddle("remove member")
    session = session_of(place.client)
    change = remove_membership(place.user, GUEST, (A,))
    applied = await apply(session, change)
    assert (applied.changed, applied.settled, place.roles) == (False, False, ())
    assert change.invert(applied) is None
    assert not (await session.coordination()).written


async def test_an_overlap_that_the_history_does_not_show_is_said_to_be_unknown() -> None:
    place = SharedOrganization(A)
    histories = place.demo.store.histories
    place.before_sending("changes of the organization", lambda: histories.update({place.org: History()}))
    applied = await apply_guarded(place.client, SetRoles(place.user, (A,), (B,)))
    assert applied.changed
    assert "Not known" in applied.warning


def user_import(user_name: str = "newcomer") -> ImportUser:
    profile = Profile(first_name="New", last_name="Comer")
    return ImportUser(ImportHuman(user_name=user_name, profile=profile, email=Email(email="new@comer.test")))


async def test_a_user_whom_a_colleague_created_is_not_ours_although_we_changed_them_last() -> None:
    place = SharedOrganization()
    place.demo.faults.add(NOT_ARRIVED, "POST */_import")
    store, iam = place.demo.store, id_of(place.demo, "iam-bot")
    store.put_member(place.org, place.colleague, ("ORG_OWNER",), iam)

    async def created() -> None:
        await apply_guarded(client_of(place.demo, "onboarding-bot"), user_import())
        user = store.user_named("newcomer")
        assert user is not None
        store.change_user(user, "user.human.profile.changed", iam)

    session = session_of(place.client)
    change = user_import()
    step = await change.prepare(session)
    assert step.call is not None
    with pytest.raises(errors.OutcomeUnknown):
        await change.send(session, step.call)
    await created()
    record = replaced_record(change, place, sequence=0)
    baseline = msgspec.structs.replace(record.baseline, time="2020-01-01T00:00:00Z")
    with pytest.raises(errors.AlreadyThere):
        await change.settle(session, msgspec.structs.replace(record, baseline=baseline))


async def test_a_user_whom_a_colleague_deleted_is_not_our_deletion() -> None:
    place = SharedOrganization()
    user = (await apply_guarded(place.client, user_import())).user_id
    place.demo.faults.add(NOT_ARRIVED, "DELETE /management/v1/users/*")

    def deleted() -> None:
        found = place.demo.store.users.get(user)
        assert found is not None
        place.demo.store.remove_user(found, place.colleague)

    place.before_sending("remove user", deleted)
    applied = await apply_guarded(place.client, DeleteUser(user, who="New"))
    assert (applied.changed, applied.settled) == (False, True)
    assert "not by this change" in applied.sentence


async def test_a_later_look_finds_it_compares_with_the_recorded_account_and_is_recorded() -> None:
    place = SharedOrganization()
    session = session_of(place.client, Settings())
    place.demo.faults.add(LOST, "POST */_import")
    blind = place.demo.faults.add(Fault(status=500), "POST /management/v1/users/_search", times=0)
    with pytest.raises(Unsettled) as caught:
        await apply(session, user_import())
    assert blind.hits
    place.demo.faults.clear()
    place.demo.store.put_member(place.org, place.colleague, ("ORG_OWNER",), place.user)
    other = session_of(client_of(place.demo, "onboarding-bot"), Settings())  # another account looks later
    applied = await settle(other, caught.value.record)
    assert (applied.settled, applied.user_id) == (True, id_of(place.demo, "newcomer"))
    assert session.journal is not None
    records = list(read(session.journal.path))
    assert [record.outcome for record in records] == [None, "unknown", "done"]
    assert len({record.entry for record in records}) == 1
    foreign = msgspec.structs.replace(caught.value.record, account=place.colleague)
    with pytest.raises(errors.AlreadyThere):
        await settle(other, foreign)


async def test_a_later_look_that_finds_nothing_stays_unknown_and_says_what_to_do() -> None:
    place = SharedOrganization()
    place.demo.faults.add(NOT_ARRIVED, ADD)
    change = AddRoles(place.user, (A,))
    with pytest.raises(Unsettled) as first:
        await apply_guarded(place.client, change)
    assert first.value.checked
    assert "retry" in first.value.hint
    with pytest.raises(Unsettled) as second:
        await settle(session_of(place.client), first.value.record)
    assert second.value.checked


async def test_whatever_the_clocks_say_the_settled_event_is_ours() -> None:
    for off in (-7200, 7200):
        place = SharedOrganization(clock=lambda off=off: time.time() + off)
        place.demo.faults.add(LOST, ADD)
        applied = await apply_guarded(place.client, AddRoles(place.user, (A,)))
        assert (applied.changed, applied.settled) == (True, True)
        undo = AddRoles(place.user, (A,)).invert(applied)
        assert undo is not None
        await apply_guarded(place.client, replace(undo) if isinstance(undo, SetRoles) else undo)
        assert place.roles == ()


async def test_a_record_from_before_the_roles_were_read_claims_an_addition_only() -> None:
    """The first request of a change that adds roles knows of none; the second one, to a member, was ours."""
    place = SharedOrganization(A)
    session = session_of(place.client, Settings())
    await apply(session, AddRoles(place.user, (B,)))
    assert session.journal is not None
    first, *_ = read(session.journal.path)
    assert first.before is None
    later = session_of(place.client, Settings())  # of another process, which knows of no writes
    later.server = object()
    with pytest.raises(Unsettled, match="cannot be told") as caught:
        await settle(later, first)
    assert not caught.value.checked


async def test_a_membership_that_is_older_than_the_change_is_not_ours_whatever_may_be_read() -> None:
    place = SharedOrganization(A)
    place.demo.faults.add(LOST, ADD)
    place.before_sending(
        "add member", lambda: place.demo.faults.add(Fault(status=403, id="AUTH-5mWD2"), HISTORY, times=0)
    )
    applied = await apply_guarded(place.client, AddRoles(place.user, (A,)))
    assert (applied.changed, applied.settled) == (False, True)


async def test_one_event_is_claimed_by_one_change() -> None:
    place = SharedOrganization(A)
    session = session_of(place.client)
    other = id_of(place.demo, "ada.lovelace")
    place.demo.store.put_member(place.org, other, (A,), place.colleague)
    baseline = len(place.demo.store.history(place.org))
    place.demo.faults.add(LOST, REMOVE)
    first = await apply(session, remove_membership(place.user, GUEST, (A,)))
    assert (first.changed, first.settled) == (True, True)
    place.demo.store.remove_member(place.org, other, place.colleague)
    change = remove_membership(other, "Ada", (A,))
    applied = await change.settle(session, replaced_record(change, place, sequence=baseline))
    assert applied is not None
    assert not applied.changed


async def test_an_event_from_right_before_the_change_is_not_claimed() -> None:
    place = SharedOrganization(A)
    other, iam = id_of(place.demo, "ada.lovelace"), id_of(place.demo, "iam-bot")
    place.demo.store.put_member(place.org, other, (A,), place.colleague)
    place.demo.store.remove_member(place.org, other, iam)  # by our account, elsewhere
    baseline = len(place.demo.store.history(place.org))
    place.give()  # the colleague removes the member
    change = remove_membership(place.user, GUEST, (A,))
    applied = await change.settle(session_of(place.client), replaced_record(change, place, sequence=baseline))
    assert applied is not None
    assert not applied.changed
