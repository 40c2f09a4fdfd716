"""After a lost answer a change claims what it did itself, and nothing else; undoing it harms nobody."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from tests.core.shared_organization import GUEST, SharedOrganization
from tests.demo_clients import apply_guarded, client_of, id_of, session_of
from tests.journal_lines import read
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
    shared = SharedOrganization(A)
    shared.demo.faults.add(LOST, ADD)  # the server answers 409, and that is lost
    change = AddRoles(shared.user, (A,), who=GUEST)
    applied = await apply_guarded(shared.client, change)
    assert (applied.changed, applied.settled, applied.before, applied.after) == (False, True, (A,), (A,))
    assert "not by this change" in applied.sentence
    assert change.invert(applied) is None


async def test_roles_that_our_own_account_gave_long_before_are_not_claimed() -> None:
    shared = SharedOrganization()
    shared.other_admin = id_of(shared.demo, "iam-bot")
    shared.give(A)
    shared.demo.faults.add(LOST, ADD)
    assert not (await apply_guarded(shared.client, AddRoles(shared.user, (A,)))).changed


async def test_roles_that_another_account_gave_at_that_moment_are_not_claimed() -> None:
    shared = SharedOrganization()
    shared.demo.faults.add(NOT_ARRIVED, ADD)
    shared.interfere("add member", A)
    assert not (await apply_guarded(shared.client, AddRoles(shared.user, (A,)))).changed


async def test_an_event_of_another_change_of_this_process_is_not_claimed() -> None:
    shared = SharedOrganization()
    shared.demo.faults.add(NOT_ARRIVED, ADD)
    session = session_of(shared.client)

    async def other() -> None:
        coordination = await session.coordination()
        coordination.written.add(len(shared.demo.store.history(shared.org)))

    shared.other_admin = id_of(shared.demo, "iam-bot")
    shared.interfere("add member", A)
    change = AddRoles(shared.user, (A,))
    step = await change.prepare(session)
    assert step.call is not None
    with pytest.raises(errors.OutcomeUnknown):
        await change.send(session, step.call)
    await other()
    record = replaced_record(change, shared, sequence=step.baseline.sequence)
    applied = await change.settle(session, record)
    assert applied is not None
    assert not applied.changed


async def test_writes_of_this_process_without_an_answer_yet_are_waited_for_and_not_claimed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared = SharedOrganization()
    session = session_of(shared.client)
    coordination = await session.coordination()
    baseline = len(shared.demo.store.history(shared.org))
    shared.other_admin = id_of(shared.demo, "iam-bot")
    shared.give(A)  # by another change of this process
    answered, others_ended = asyncio.Event(), coordination.others_ended

    async def other() -> None:
        async with coordination.writing():
            await answered.wait()
            coordination.written.add(len(shared.demo.store.history(shared.org)))

    async def waiting() -> None:
        answered.set()
        await others_ended()

    monkeypatch.setattr(coordination, "others_ended", waiting)
    writing = asyncio.create_task(other())
    change = AddRoles(shared.user, (A,))
    applied = await change.settle(session, replaced_record(change, shared, sequence=baseline))
    assert applied is not None
    assert not applied.changed
    await writing


def replaced_record(change: Change, shared: SharedOrganization, *, sequence: int) -> Any:
    record = change.to_record()
    baseline = msgspec.structs.replace(record.baseline, sequence=sequence)
    return msgspec.structs.replace(record, account=id_of(shared.demo, "iam-bot"), baseline=baseline)


KINDS: dict[str, tuple[Callable[[str], Change], str, str, tuple[str, ...]]] = {
    "set": (lambda user: SetRoles(user, (A,), (B,)), CHANGE, "change member", (B,)),
    "add to": (lambda user: AddRoles(user, (B,)), CHANGE, "change member", (A, B)),
    "remove": (lambda user: remove_membership(user, GUEST, (A,)), REMOVE, "remove member", ()),
    "remove the last": (lambda user: RemoveRoles(user, (A,)), REMOVE, "remove member", ()),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_another_admin_did_instead_is_not_claimed(kind: str) -> None:
    make, path, request, wanted = KINDS[kind]
    shared = SharedOrganization(A)
    shared.demo.faults.add(NOT_ARRIVED, path)
    shared.interfere(request, *wanted)
    change = make(shared.user)
    applied = await apply_guarded(shared.client, change)
    assert (applied.changed, applied.after) == (False, wanted)
    assert change.invert(applied) is None


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_before_is_known_after_a_lost_answer_and_comes_back(kind: str) -> None:
    make, path, _, wanted = KINDS[kind]
    shared = SharedOrganization(A)
    shared.demo.faults.add(LOST, path)
    change = make(shared.user)
    applied = await apply_guarded(shared.client, change)
    assert (applied.settled, applied.before, applied.after, shared.roles) == (True, (A,), wanted, wanted)
    undo = change.invert(applied)
    assert undo is not None
    await apply_guarded(shared.client, undo)
    assert shared.roles == (A,)


@pytest.mark.parametrize("kind", KINDS)
async def test_where_the_history_may_not_be_read_nothing_is_claimed(kind: str) -> None:
    make, path, request, _ = KINDS[kind]
    shared = SharedOrganization(A)
    shared.demo.faults.add(LOST, path)
    shared.before_sending(
        request,
        lambda: shared.demo.faults.add(Fault(status=403, id="AUTH-5mWD2"), HISTORY, times=0),
    )
    with pytest.raises(Unsettled, match="not known whether by this change") as caught:
        await apply_guarded(shared.client, make(shared.user))
    assert not caught.value.checked


async def test_a_removal_that_another_admin_did_first_is_not_ours_although_the_server_says_200() -> None:
    shared = SharedOrganization(A)
    shared.interfere("remove member")
    session = session_of(shared.client)
    change = remove_membership(shared.user, GUEST, (A,))
    applied = await apply(session, change)
    assert (applied.changed, applied.settled, shared.roles) == (False, False, ())
    assert change.invert(applied) is None
    assert not (await session.coordination()).written


async def test_an_overlap_that_the_history_does_not_show_is_reported_to_be_unknown() -> None:
    shared = SharedOrganization(A)
    histories = shared.demo.store.histories
    shared.before_sending("changes of the organization", lambda: histories.update({shared.org: History()}))
    applied = await apply_guarded(shared.client, SetRoles(shared.user, (A,), (B,)))
    assert applied.changed
    assert "Not known" in applied.warning


async def test_roles_that_changed_after_a_lost_answer_are_reported_and_nothing_is_claimed() -> None:
    shared = SharedOrganization(A)
    shared.demo.faults.add(NOT_ARRIVED, CHANGE)
    shared.interfere("change member", C)
    with pytest.raises(Unsettled, match=f"the roles changed: {GUEST} has {C}") as caught:
        await apply_guarded(shared.client, shared.set((A,), B))
    assert not caught.value.checked
    assert shared.roles == (C,)


async def test_roles_that_are_as_they_were_after_a_lost_answer_show_that_it_has_not_happened() -> None:
    shared = SharedOrganization(A)
    shared.demo.faults.add(NOT_ARRIVED, CHANGE)
    with pytest.raises(Unsettled, match="so far the change was not made") as caught:
        await apply_guarded(shared.client, shared.set((A,), B))
    assert caught.value.checked


def user_import(user_name: str = "newcomer") -> ImportUser:
    profile = Profile(first_name="New", last_name="Comer")
    return ImportUser(ImportHuman(user_name=user_name, profile=profile, email=Email(email="new@comer.test")))


async def test_a_user_whom_another_admin_created_is_not_ours_although_we_changed_them_last() -> None:
    shared = SharedOrganization()
    shared.demo.faults.add(NOT_ARRIVED, "POST */_import")
    store, iam = shared.demo.store, id_of(shared.demo, "iam-bot")
    store.put_member(shared.org, shared.other_admin, ("ORG_OWNER",), iam)

    async def created() -> None:
        await apply_guarded(client_of(shared.demo, "onboarding-bot"), user_import())
        user = store.user_named("newcomer")
        assert user is not None
        store.change_user(user, "user.human.profile.changed", iam)

    session = session_of(shared.client)
    change = user_import()
    step = await change.prepare(session)
    assert step.call is not None
    with pytest.raises(errors.OutcomeUnknown):
        await change.send(session, step.call)
    await created()
    record = replaced_record(change, shared, sequence=0)
    baseline = msgspec.structs.replace(record.baseline, time="2020-01-01T00:00:00Z")
    with pytest.raises(errors.AlreadyThere):
        await change.settle(session, msgspec.structs.replace(record, baseline=baseline))


async def test_a_user_whom_another_admin_deleted_is_not_our_deletion() -> None:
    shared = SharedOrganization()
    user = (await apply_guarded(shared.client, user_import())).user_id
    shared.demo.faults.add(NOT_ARRIVED, "DELETE /management/v1/users/*")

    def deleted() -> None:
        found = shared.demo.store.users.get(user)
        assert found is not None
        shared.demo.store.remove_user(found, shared.other_admin)

    shared.before_sending("remove user", deleted)
    applied = await apply_guarded(shared.client, DeleteUser(user, who="New"))
    assert (applied.changed, applied.settled) == (False, True)
    assert "not by this change" in applied.sentence


async def test_a_later_look_finds_it_compares_with_the_recorded_account_and_is_recorded() -> None:
    shared = SharedOrganization()
    session = session_of(shared.client, Settings())
    shared.demo.faults.add(LOST, "POST */_import")
    blind = shared.demo.faults.add(Fault(status=500), "POST /management/v1/users/_search", times=0)
    with pytest.raises(Unsettled) as caught:
        await apply(session, user_import())
    assert blind.hits
    shared.demo.faults.clear()
    shared.demo.store.put_member(shared.org, shared.other_admin, ("ORG_OWNER",), shared.user)
    other = session_of(client_of(shared.demo, "onboarding-bot"), Settings())  # another account looks later
    applied = await settle(other, caught.value.record)
    assert (applied.settled, applied.user_id) == (True, id_of(shared.demo, "newcomer"))
    assert session.journal is not None
    records = list(read(session.journal.path))
    assert [record.outcome for record in records] == [None, "unknown", "done"]
    assert len({record.entry for record in records}) == 1
    foreign = msgspec.structs.replace(caught.value.record, account=shared.other_admin)
    with pytest.raises(errors.AlreadyThere):
        await settle(other, foreign)
    *_, last = read(session.journal.path)
    assert (last.outcome, last.error) == ("refused", "AlreadyThere")


async def test_a_later_look_that_finds_nothing_stays_unknown_and_says_what_to_do() -> None:
    shared = SharedOrganization()
    shared.demo.faults.add(NOT_ARRIVED, ADD)
    change = AddRoles(shared.user, (A,))
    with pytest.raises(Unsettled) as first:
        await apply_guarded(shared.client, change)
    assert first.value.checked
    assert "retry" in first.value.hint
    with pytest.raises(Unsettled) as second:
        await settle(session_of(shared.client), first.value.record)
    assert second.value.checked


async def test_whatever_the_clocks_say_the_settled_event_is_ours() -> None:
    for off in (-7200, 7200):
        shared = SharedOrganization(clock=lambda off=off: time.time() + off)
        shared.demo.faults.add(LOST, ADD)
        applied = await apply_guarded(shared.client, AddRoles(shared.user, (A,)))
        assert (applied.changed, applied.settled) == (True, True)
        undo = AddRoles(shared.user, (A,)).invert(applied)
        assert undo is not None
        await apply_guarded(shared.client, replace(undo) if isinstance(undo, SetRoles) else undo)
        assert shared.roles == ()


async def test_a_record_from_before_the_roles_were_read_claims_an_addition_only() -> None:
    """The first request of a change that adds roles knows of none; the second one, to a member, was ours."""
    shared = SharedOrganization(A)
    session = session_of(shared.client, Settings())
    await apply(session, AddRoles(shared.user, (B,)))
    assert session.journal is not None
    first, *_ = read(session.journal.path)
    assert first.before is None
    later = session_of(shared.client, Settings())  # of another process, which knows of no writes
    later.server = object()
    with pytest.raises(Unsettled, match="not known whether by this change") as caught:
        await settle(later, first)
    assert not caught.value.checked


async def test_a_membership_that_is_older_than_the_change_is_not_ours_whatever_may_be_read() -> None:
    shared = SharedOrganization(A)
    shared.demo.faults.add(LOST, ADD)
    shared.before_sending(
        "add member", lambda: shared.demo.faults.add(Fault(status=403, id="AUTH-5mWD2"), HISTORY, times=0)
    )
    applied = await apply_guarded(shared.client, AddRoles(shared.user, (A,)))
    assert (applied.changed, applied.settled) == (False, True)


async def test_one_event_is_claimed_by_one_change() -> None:
    shared = SharedOrganization(A)
    session = session_of(shared.client)
    other = id_of(shared.demo, "ada.lovelace")
    shared.demo.store.put_member(shared.org, other, (A,), shared.other_admin)
    baseline = len(shared.demo.store.history(shared.org))
    shared.demo.faults.add(LOST, REMOVE)
    first = await apply(session, remove_membership(shared.user, GUEST, (A,)))
    assert (first.changed, first.settled) == (True, True)
    shared.demo.store.remove_member(shared.org, other, shared.other_admin)
    change = remove_membership(other, "Ada", (A,))
    applied = await change.settle(session, replaced_record(change, shared, sequence=baseline))
    assert applied is not None
    assert not applied.changed


async def test_an_event_from_right_before_the_change_is_not_claimed() -> None:
    shared = SharedOrganization(A)
    other, iam = id_of(shared.demo, "ada.lovelace"), id_of(shared.demo, "iam-bot")
    shared.demo.store.put_member(shared.org, other, (A,), shared.other_admin)
    shared.demo.store.remove_member(shared.org, other, iam)  # by our account, elsewhere
    baseline = len(shared.demo.store.history(shared.org))
    shared.give()  # the other administrator removes the member
    change = remove_membership(shared.user, GUEST, (A,))
    applied = await change.settle(
        session_of(shared.client), replaced_record(change, shared, sequence=baseline)
    )
    assert applied is not None
    assert not applied.changed


@pytest.mark.parametrize("newer", [999, 1000])
async def test_a_history_that_does_not_reach_back_to_the_change_tells_nothing(newer: int) -> None:
    """1,000 events are looked through; whether one of ours came before them is not known."""
    shared = SharedOrganization()
    store, other = shared.demo.store, id_of(shared.demo, "ada.lovelace")
    baseline = len(store.history(shared.org))
    shared.give(A)  # the other administrator does what our change was to do
    for number in range(newer - 1):
        store.put_member(shared.org, other, (A, B)[number % 2 :], shared.other_admin)
    change = AddRoles(shared.user, (A,))
    record = replaced_record(change, shared, sequence=baseline)
    if newer < 1000:
        applied = await change.settle(session_of(shared.client), record)
        assert applied is not None
        assert not applied.changed
    else:
        with pytest.raises(errors.OutcomeUnknown, match="not known whether by this change"):
            await change.settle(session_of(shared.client), record)
