"""Undoing recorded changes, and never overwriting what somebody changed later."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from tests.core.onboard.running import Assigned, Bench, Users, finished, payroll, users
from tests.demo_clients import IMPATIENT, client_of, id_of, member_roles
from tests.faults.kinds import body
from zitadel_tui import paths
from zitadel_tui.core import changes, history, undo
from zitadel_tui.core.changes import (
    AddGrantRoles,
    AddRoles,
    Applied,
    Change,
    DeactivateUser,
    DeleteUser,
    Guarded,
    HoldsMore,
    ImportUser,
    MakePasskeyLink,
    ReactivateUser,
    RemoveRoles,
    SetRoles,
    Unsettled,
    UserChanged,
)
from zitadel_tui.core.history import Entry, Filter
from zitadel_tui.core.jobs import Result
from zitadel_tui.core.journal import DONE, UNKNOWN, Baseline, Record
from zitadel_tui.core.session import Session
from zitadel_tui.core.undo import Item, Plan
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.model import ACTIVE, INACTIVE, Project
from zitadel_tui.demo.store import Store
from zitadel_tui.failure import Failure, UsageFailure
from zitadel_tui.settings import Settings

VIEWER, MANAGER, CREATOR = "ORG_OWNER_VIEWER", "ORG_USER_MANAGER", "ORG_PROJECT_CREATOR"
ADD = "POST /management/v1/orgs/me/members"


class Recorded(Bench):
    """A demo whose changes are recorded as those of a real server are."""

    def session(self, account: str = "iam-bot", *, org_id: str = "") -> Session:
        client = client_of(self.demo, account, org_id=org_id)
        return Session(Settings(domain=self.demo.origin), client, timing=IMPATIENT)

    @property
    def org(self) -> str:
        return self.demo.store.default_org

    @property
    def ada(self) -> str:
        return id_of(self.demo, "ada.lovelace")

    @property
    def colleague(self) -> str:
        return id_of(self.demo, "onboarding-bot")

    def roles(self, user: str) -> tuple[str, ...]:
        return member_roles(self.demo, user)

    def give(self, user: str, *roles: str) -> None:
        """What a colleague does."""
        if roles:
            self.demo.store.put_member(self.org, user, roles, self.colleague)
        else:
            self.demo.store.remove_member(self.org, user, self.colleague)

    def state(self, user: str, event: str, state: int) -> None:
        """What a colleague does."""
        found = self.demo.store.users.get(user)
        assert found is not None
        self.demo.store.change_user(found, event, self.colleague, state=state)

    async def done(self, change: Change, account: str = "iam-bot", **options: Any) -> Applied:
        return await changes.apply(self.session(account), change, **options)

    @property
    def entries(self) -> list[Entry]:
        """Newest first."""
        return list(history.entries(history.user_journals(), Filter()))

    async def plan(self, *ids: str, account: str = "iam-bot", **options: Any) -> Plan:
        """For these entries, by default the newest."""
        run = options.pop("run", "")
        entries = undo.select_entries(history.user_journals(), ids, last=not (ids or run), run=run)
        return await undo.make_plan(self.session(account), entries, **options)

    async def applied(self, plan: Plan, account: str = "iam-bot", **options: Any) -> list[Result]:
        return [one async for one in undo.apply(self.session(account), plan, **options)]


@pytest.fixture
def shared() -> Recorded:
    return Recorded(paths.state_directory(), lag=(0, 0))


def only(plan: Plan) -> Item:
    (item,) = plan.items
    return item


def failures(results: Sequence[Result]) -> list[Failure]:
    return [one.outcome for one in results if isinstance(one.outcome, Failure)]


# Roles


@pytest.mark.parametrize(
    ("before", "change", "left"),
    [
        ((), lambda user: AddRoles(user, (VIEWER,)), (VIEWER,)),
        ((VIEWER,), lambda user: AddRoles(user, (MANAGER,)), (VIEWER, MANAGER)),
        ((VIEWER, MANAGER), lambda user: RemoveRoles(user, (VIEWER,)), (MANAGER,)),
        ((VIEWER,), lambda user: RemoveRoles(user, (VIEWER,)), ()),
        ((VIEWER, MANAGER), lambda user: SetRoles(user, (VIEWER, MANAGER), (CREATOR,)), (CREATOR,)),
    ],
)
async def test_a_role_change_returns_to_the_list_before(
    shared: Recorded, before: tuple[str, ...], change: Any, left: tuple[str, ...]
) -> None:
    shared.give(shared.ada, *before)
    await shared.done(change(shared.ada))
    plan = await shared.plan()
    item = only(plan)
    assert (item.verdict, set(item.before or ()), set(item.after or ())) == ("undo", set(before), set(left))
    assert shared.roles(shared.ada) == left, "a plan writes nothing"
    assert failures(await shared.applied(plan)) == []
    assert set(shared.roles(shared.ada)) == set(before)
    again = only(await shared.plan(item.entries[0].id))
    assert (again.verdict, again.change) == ("nothing", None)


async def test_undo_is_a_change_in_the_history_and_can_be_undone(shared: Recorded) -> None:
    await shared.done(AddRoles(shared.ada, (VIEWER,), who="Ada"))
    await shared.applied(await shared.plan())
    newest = shared.entries[0]
    assert newest.outcome == DONE
    assert newest.record.run
    assert shared.roles(shared.ada) == ()
    await shared.applied(await shared.plan())
    assert shared.roles(shared.ada) == (VIEWER,)


async def test_project_roles_return_to_the_list_before(shared: Recorded) -> None:
    project = payroll(shared)
    await shared.done(AddGrantRoles(shared.ada, project.project.id, project.roles))
    plan = await shared.plan()
    assert only(plan).verdict == "undo"
    assert failures(await shared.applied(plan)) == []
    found = await changes.grant(shared.session().client, shared.ada, project.project.id)
    assert found is None


async def test_what_a_colleague_changed_later_is_not_overwritten(shared: Recorded) -> None:
    await shared.done(AddRoles(shared.ada, (VIEWER,)))
    shared.give(shared.ada, VIEWER, MANAGER)
    plan = await shared.plan()
    item = only(plan)
    assert item.verdict == "changed"
    assert "changed these roles later" in item.sentence
    assert (item.before, item.after, item.now) == ((), (VIEWER,), (VIEWER, MANAGER))
    assert (plan.to_send, plan.left_out) == ((), 1)
    assert await shared.applied(plan) == []
    assert shared.roles(shared.ada) == (VIEWER, MANAGER)


async def test_overwriting_fails_if_the_roles_changed_again_after_the_plan(shared: Recorded) -> None:
    await shared.done(AddRoles(shared.ada, (VIEWER,)))
    shared.give(shared.ada, VIEWER, MANAGER)
    plan = await shared.plan()
    chosen = plan.with_overwritten(plan.items)
    shared.give(shared.ada, CREATOR)
    assert len(failures(await shared.applied(chosen))) == 1
    assert shared.roles(shared.ada) == (CREATOR,)
    plan = await shared.plan()
    assert failures(await shared.applied(plan.with_overwritten(plan.items))) == []
    assert shared.roles(shared.ada) == ()


async def test_a_role_that_a_colleague_set_again_is_not_undone(shared: Recorded) -> None:
    await shared.done(AddRoles(shared.ada, (VIEWER,)))
    shared.give(shared.ada)
    shared.give(shared.ada, VIEWER)
    item = only(await shared.plan())
    assert item.verdict == "changed"
    assert "set the same roles again" in item.sentence


async def test_a_change_right_before_the_request_is_not_overwritten(shared: Recorded) -> None:
    await shared.done(AddRoles(shared.ada, (VIEWER,)))
    plan = await shared.plan()
    shared.give(shared.ada, VIEWER, CREATOR)
    (failure,) = failures(await shared.applied(plan))
    assert "changed meanwhile" in failure.summary
    assert shared.roles(shared.ada) == (VIEWER, CREATOR)


async def test_several_changes_to_one_membership_are_undone_together(shared: Recorded) -> None:
    shared.give(shared.ada, CREATOR)
    await shared.done(AddRoles(shared.ada, (VIEWER,)))
    await shared.done(RemoveRoles(shared.ada, (CREATOR,)))
    plan = await shared.plan(*(one.id for one in shared.entries))
    item = only(plan)
    assert (item.before, len(item.entries)) == ((CREATOR,), 2)
    assert len(await shared.applied(plan)) == 1
    assert shared.roles(shared.ada) == (CREATOR,)


async def test_a_change_by_somebody_between_the_changes_is_detected(shared: Recorded) -> None:
    await shared.done(AddRoles(shared.ada, (VIEWER,)))
    shared.give(shared.ada, VIEWER, CREATOR)
    await shared.done(AddRoles(shared.ada, (MANAGER,)))
    item = only(await shared.plan(*(one.id for one in shared.entries)))
    assert item.verdict == "changed"
    assert "between" in item.sentence


async def test_own_rights_are_guarded(shared: Recorded) -> None:
    own = id_of(shared.demo, "iam-bot")
    await shared.done(AddRoles(own, (VIEWER,)))
    plan = await shared.plan()
    (failure,) = failures(await shared.applied(plan))
    assert isinstance(failure, Guarded)
    assert shared.roles(own) == (VIEWER,)
    assert failures(await shared.applied(plan, forced=True)) == []


async def test_another_account_may_undo(shared: Recorded) -> None:
    await shared.done(AddRoles(shared.ada, (VIEWER,)))
    plan = await shared.plan(account="onboarding-bot")
    assert failures(await shared.applied(plan, account="onboarding-bot")) == []
    assert shared.roles(shared.ada) == ()


# Records


async def test_an_entry_of_another_server_or_organization_is_refused_with_its_name(shared: Recorded) -> None:
    await shared.done(AddRoles(shared.ada, (VIEWER,)))
    entries = undo.select_entries(history.user_journals(), last=True)
    globex = next(org.id for org in shared.demo.store.orgs.values() if org.name == "Globex")
    with pytest.raises(UsageFailure) as caught:
        await undo.make_plan(shared.session(org_id=globex), entries)
    assert shared.org in caught.value.hint
    another = msgspec.structs.replace(entries[0].record, instance="https://elsewhere.example")
    with pytest.raises(UsageFailure, match="elsewhere"):
        await undo.make_plan(shared.session(), [Entry(another)])


async def test_an_unknown_outcome_is_settled_first(shared: Recorded) -> None:
    shared.demo.faults.add(Fault("withheld"), ADD)
    shared.demo.faults.add(Fault("status", 500), "POST */members/_search", times=0)
    with pytest.raises(Unsettled):
        await shared.done(AddRoles(shared.ada, (VIEWER,)))
    shared.demo.faults.clear()
    assert shared.entries[0].outcome == UNKNOWN
    plan = await shared.plan(shared.entries[0].id)
    assert only(plan).verdict == "undo"
    assert shared.entries[0].outcome == DONE
    assert failures(await shared.applied(plan)) == []
    assert shared.roles(shared.ada) == ()


async def test_an_outcome_that_stays_unknown_is_not_undone(shared: Recorded) -> None:
    identity = await shared.session().identify()
    record = AddRoles(shared.ada, (VIEWER,)).to_record()
    lost = msgspec.structs.replace(
        record,
        entry="lost",
        instance=shared.demo.origin,
        organization=identity.organization,
        account=identity.account,
        baseline=Baseline(sequence=10**9, time="2999-01-01T00:00:00Z"),
    )
    await shared.session().journal.intend(lost)
    assert only(await shared.plan("lost")).verdict in ("unknown", "nothing")


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (Record(kind="of the future", version=9), "not known"),
        (AddRoles("1", (VIEWER,)).to_record(), "before the change is not recorded"),
        (DeleteUser("1", who="Ada").to_record(), "cannot be undone"),
        (MakePasskeyLink("1", who="Ada").to_record(), "cannot be undone"),
    ],
)
async def test_an_item_that_cannot_be_undone_has_a_reason(
    shared: Recorded, record: Record, said: str
) -> None:
    done = msgspec.structs.replace(record, entry="e1", outcome=DONE, user="1")
    plan = await undo.make_plan(shared.session(), [Entry(done)])
    assert only(plan).verdict == "cannot"
    assert said in only(plan).sentence


def test_an_entry_or_run_that_does_not_exist_is_refused() -> None:
    for options in ({"ids": ("abc",)}, {"run": "abc"}, {"last": True}):
        with pytest.raises(UsageFailure) as caught:
            undo.select_entries(history.user_journals(), **options)
        assert caught.value.hint


# Users


async def created(shared: Recorded, name: str, state: int | None = ACTIVE) -> str:
    await shared.done(ImportUser(body(name)))
    user = shared.demo.store.user_named(name)
    assert user is not None
    if state is not None:
        shared.demo.store.users.put(user.id, msgspec.structs.replace(user, state=state))
    return user.id


async def test_a_user_who_was_created_is_deactivated_or_deleted(shared: Recorded) -> None:
    user = await created(shared, "new.one")
    plan = await shared.plan()
    assert isinstance(only(plan).change, DeactivateUser)
    plan = await shared.plan(delete_users=True)
    assert isinstance(only(plan).change, DeleteUser)
    assert failures(await shared.applied(plan)) == []
    assert shared.demo.store.users.get(user) is None
    assert only(await shared.plan(only(plan).entries[0].id)).verdict == "nothing"


async def test_an_initial_user_can_only_be_deleted(shared: Recorded) -> None:
    await created(shared, "new.one", state=None)
    item = only(await shared.plan())
    assert item.verdict == "cannot"
    assert "--delete-users" in item.sentence
    assert any("mail" in sentence for sentence in item.lost)
    assert only(await shared.plan(delete_users=True)).verdict == "undo"


@pytest.mark.parametrize(
    "event",
    [
        "user.human.password.check.succeeded",
        "user.human.profile.changed",
        "user.human.passwordless.token.added",
        "user.human.email.verified",
        "user.human.password.code.added",
        "user.locked",
    ],
)
async def test_a_user_with_later_events_is_not_deactivated_or_deleted(shared: Recorded, event: str) -> None:
    user = await created(shared, "new.one")
    shared.demo.store.push(user, event, user)
    for delete in (False, True):
        item = only(await shared.plan(delete_users=delete))
        assert (item.verdict, item.change) == ("changed", None)
    assert shared.demo.store.users.get(user) is not None


async def test_codes_of_the_server_and_own_changes_do_not_prevent_undoing(shared: Recorded) -> None:
    user = await created(shared, "new.one")
    shared.demo.store.push(user, "user.human.initialization.code.sent", "NOTIFICATION")
    await shared.done(MakePasskeyLink(user))
    await shared.done(DeactivateUser(user))
    creation = shared.entries[-1].id
    assert only(await shared.plan(creation)).verdict == "nothing"
    assert only(await shared.plan(creation, delete_users=True)).verdict == "undo"


async def test_a_deactivation_is_undone_only_while_it_is_the_newest_event(shared: Recorded) -> None:
    await shared.done(DeactivateUser(shared.ada))
    plan = await shared.plan()
    assert isinstance(only(plan).change, ReactivateUser)
    assert failures(await shared.applied(plan)) == []
    user = shared.demo.store.users.get(shared.ada)
    assert user is not None
    assert user.state == ACTIVE
    await shared.done(DeactivateUser(shared.ada))
    shared.state(shared.ada, "user.reactivated", ACTIVE)
    shared.state(shared.ada, "user.deactivated", INACTIVE)
    assert only(await shared.plan()).verdict == "changed"


@pytest.mark.parametrize("delete", [False, True])
async def test_a_user_who_signs_in_between_plan_and_confirmation_is_not_deleted(
    shared: Recorded, delete: bool
) -> None:
    user = await created(shared, "new.one")
    plan = await shared.plan(delete_users=delete)
    shared.demo.store.push(user, "user.human.initialization.code.sent", "NOTIFICATION")
    assert only(await shared.plan(delete_users=delete)).verdict == "undo"
    shared.demo.store.push(user, "user.human.password.check.succeeded", user)
    (failure,) = failures(await shared.applied(plan))
    assert isinstance(failure, UserChanged)
    assert "nothing was written" in failure.summary
    found = shared.demo.store.users.get(user)
    assert found is not None
    assert found.state == ACTIVE


async def test_a_user_who_was_changed_between_plan_and_confirmation_is_not_reactivated(
    shared: Recorded,
) -> None:
    await shared.done(DeactivateUser(shared.ada))
    plan = await shared.plan()
    for event, state in (("user.reactivated", ACTIVE), ("user.deactivated", INACTIVE)):
        shared.state(shared.ada, event, state)
    (failure,) = failures(await shared.applied(plan))
    assert isinstance(failure, UserChanged)


@pytest.mark.parametrize("delete", [False, True])
async def test_a_change_that_another_undo_made_meanwhile_is_not_a_failure(
    shared: Recorded, delete: bool
) -> None:
    run = await run_of(shared, ["new0", "new1"])
    first, second = [await shared.plan(run=run, delete_users=delete) for _ in range(2)]
    assert failures(await shared.applied(first)) == []
    results = await shared.applied(second)
    assert failures(results) == []
    assert not any(isinstance(one.outcome, Applied) and one.outcome.changed for one in results)


async def test_two_concurrent_undos_undo_each_change_once(shared: Recorded) -> None:
    run = await run_of(shared, [f"new{number}" for number in range(8)])
    plans = [await shared.plan(run=run) for _ in range(2)]
    both = await asyncio.gather(*(shared.applied(plan) for plan in plans))
    every = [one for results in both for one in results]
    assert failures(every) == []
    assert sum(one.outcome.changed for one in every if isinstance(one.outcome, Applied)) == len(every) / 2


async def test_codes_of_the_server_between_plan_and_confirmation_do_not_prevent_undoing(
    shared: Recorded,
) -> None:
    user = await created(shared, "new.one")
    plan = await shared.plan()
    shared.demo.store.push(user, "user.human.initialization.code.sent", "NOTIFICATION")
    assert failures(await shared.applied(plan)) == []
    found = shared.demo.store.users.get(user)
    assert found is not None
    assert found.state == INACTIVE


async def test_the_change_of_a_plan_is_restored_from_its_record(shared: Recorded) -> None:
    user = await created(shared, "new.one")
    change = only(await shared.plan()).change
    assert change is not None
    assert changes.from_record(change.to_record()) == change
    assert isinstance(changes.from_record(DeactivateUser(user).to_record()), DeactivateUser)


@pytest.mark.parametrize("delete", [False, True])
async def test_a_creation_and_later_changes_of_the_user_are_undone_as_one(
    shared: Recorded, delete: bool
) -> None:
    user = await created(shared, "new.one")
    await shared.done(DeactivateUser(user))
    every = [entry.id for entry in shared.entries]
    item = only(await shared.plan(*every, delete_users=delete))
    assert item.verdict == ("undo" if delete else "nothing")
    assert len(item.entries) == 2
    await shared.done(ReactivateUser(user))
    plan = await shared.plan(*(entry.id for entry in shared.entries), delete_users=delete)
    assert isinstance(only(plan).change, DeleteUser if delete else DeactivateUser)
    assert failures(await shared.applied(plan)) == []
    found = shared.demo.store.users.get(user)
    assert (found is None) if delete else (found is not None and found.state == INACTIVE)


async def test_several_state_changes_return_to_the_state_before_the_oldest(shared: Recorded) -> None:
    for kind in (DeactivateUser, ReactivateUser, DeactivateUser):
        await shared.done(kind(shared.ada))
    third, second, first = (entry.id for entry in shared.entries)
    assert isinstance(only(await shared.plan(first, second, third)).change, ReactivateUser)
    assert only(await shared.plan(second, third)).verdict == "nothing", "it was inactive before these"
    item = only(await shared.plan(first))
    assert (item.verdict, item.change) == ("changed", None), "it was changed again by ourselves"


async def test_a_state_change_by_somebody_between_the_changes_is_detected(shared: Recorded) -> None:
    await shared.done(DeactivateUser(shared.ada))
    shared.state(shared.ada, "user.reactivated", ACTIVE)
    await shared.done(DeactivateUser(shared.ada))
    assert only(await shared.plan(*(entry.id for entry in shared.entries))).verdict == "changed"


async def test_a_deletion_after_a_creation_leaves_nothing_to_undo(shared: Recorded) -> None:
    user = await created(shared, "new.one")
    await shared.done(DeleteUser(user))
    item = only(await shared.plan(*(entry.id for entry in shared.entries)))
    assert item.verdict == "nothing"
    assert only(await shared.plan(shared.entries[0].id)).verdict == "cannot"


# What others gave a created user


def store_of(shared: Recorded) -> tuple[Store, Project]:
    """The demo's store, and a project of the organization with roles."""
    store = shared.demo.store
    return store, store.projects[payroll(shared).project.id]


def as_member(shared: Recorded, user: str) -> None:
    shared.give(user, VIEWER, CREATOR)


def as_member_of_the_instance(shared: Recorded, user: str) -> None:
    store, _ = store_of(shared)
    store.put_member(store.instance_id, user, ("IAM_OWNER_VIEWER",), shared.colleague)


def as_member_without_a_role(shared: Recorded, user: str) -> None:
    store, _ = store_of(shared)
    store.put_member(store.instance_id, user, (), shared.colleague)


def as_member_of_a_project(shared: Recorded, user: str) -> None:
    store, project = store_of(shared)
    store.put_member(project.id, user, ("PROJECT_OWNER",), shared.colleague)


def by_a_grant(shared: Recorded, user: str) -> None:
    store, project = store_of(shared)
    store.add_grant(shared.org, user, project, tuple(project.roles)[:1], shared.colleague)


def by_a_grant_of_another_organization(shared: Recorded, user: str) -> None:
    store, project = store_of(shared)
    globex = next(org.id for org in store.orgs.values() if org.name == "Globex")
    store.add_grant(globex, user, project, tuple(project.roles)[:1], shared.colleague)


Give = Callable[[Recorded, str], None]
GIVEN: dict[Give, str] = {
    as_member: "ORG_PROJECT_CREATOR, ORG_OWNER_VIEWER in ",
    as_member_of_the_instance: "IAM_OWNER_VIEWER in instance",
    as_member_without_a_role: "no role in instance",
    as_member_of_a_project: "PROJECT_OWNER in project ",
    by_a_grant: " in project ",
    by_a_grant_of_another_organization: " (Globex)",
}


def name_of(give: Give) -> str:
    return give.__name__


@pytest.mark.parametrize("delete", [False, True])
@pytest.mark.parametrize("give", GIVEN, ids=name_of)
async def test_a_user_to_whom_others_gave_roles_is_not_deactivated_or_deleted(
    shared: Recorded, give: Give, delete: bool
) -> None:
    user = await created(shared, "new.one")
    give(shared, user)
    plan = await shared.plan(delete_users=delete)
    item = only(plan)
    assert (item.verdict, item.change, plan.left_out) == ("changed", None, 1)
    assert GIVEN[give] in item.sentence
    assert await shared.applied(plan) == []
    found = shared.demo.store.users.get(user)
    assert found is not None
    assert found.state == ACTIVE


@pytest.mark.parametrize("forced", [False, True])
@pytest.mark.parametrize("delete", [False, True])
@pytest.mark.parametrize("give", GIVEN, ids=name_of)
async def test_roles_that_others_give_between_plan_and_confirmation_are_not_lost(
    shared: Recorded, give: Give, delete: bool, forced: bool
) -> None:
    user = await created(shared, "new.one")
    plan = await shared.plan(delete_users=delete)
    give(shared, user)
    (failure,) = failures(await shared.applied(plan, forced=forced))
    assert isinstance(failure, HoldsMore)
    assert GIVEN[give] in failure.summary
    assert "nothing was written" in failure.summary
    found = shared.demo.store.users.get(user)
    assert found is not None
    assert found.state == ACTIVE


@pytest.mark.parametrize("delete", [False, True])
async def test_roles_of_the_own_record_do_not_prevent_undoing_a_creation(
    shared: Recorded, delete: bool
) -> None:
    user = await created(shared, "new.one")
    creation = shared.entries[0].id
    project = payroll(shared)
    await shared.done(AddRoles(user, (VIEWER, MANAGER)))
    await shared.done(RemoveRoles(user, (MANAGER,)))
    await shared.done(AddGrantRoles(user, project.project.id, project.roles))
    plan = await shared.plan(creation, delete_users=delete)
    assert only(plan).verdict == "undo"
    assert failures(await shared.applied(plan)) == []


async def test_a_role_of_the_own_record_that_others_gave_again_is_theirs(shared: Recorded) -> None:
    user = await created(shared, "new.one")
    creation = shared.entries[0].id
    await shared.done(AddRoles(user, (VIEWER, MANAGER)))
    await shared.done(RemoveRoles(user, (MANAGER,)))
    shared.give(user, VIEWER, MANAGER)
    assert only(await shared.plan(creation, delete_users=True)).verdict == "changed"
    shared.give(user)
    shared.give(user, VIEWER)
    item = only(await shared.plan(creation, delete_users=True))
    assert item.verdict == "changed"
    assert "ORG_OWNER_VIEWER in " in item.sentence


async def test_a_role_that_others_gave_before_an_own_change_stays_theirs(shared: Recorded) -> None:
    user = await created(shared, "new.one")
    creation = shared.entries[0].id
    shared.give(user, CREATOR)
    await shared.done(AddRoles(user, (VIEWER,)))
    item = only(await shared.plan(creation, delete_users=True))
    assert item.verdict == "changed"
    assert "ORG_PROJECT_CREATOR in " in item.sentence
    assert VIEWER not in item.sentence


UNREAD = {"*/memberships/_search": "memberships", "*/users/grants/_search": "project roles"}


@pytest.mark.parametrize("path", UNREAD)
async def test_a_user_whose_roles_may_not_be_read_is_deactivated_but_not_deleted(
    shared: Recorded, path: str
) -> None:
    user = await created(shared, "new.one")
    shared.demo.faults.add(Fault("status", 403), f"POST {path}", times=0)
    item = only(await shared.plan(delete_users=True))
    assert item.verdict == "cannot"
    assert f"may not read the {UNREAD[path]}" in item.sentence
    plan = await shared.plan()
    assert only(plan).verdict == "undo"
    assert f"may not read the {UNREAD[path]}" in only(plan).sentence
    assert failures(await shared.applied(plan)) == []
    found = shared.demo.store.users.get(user)
    assert found is not None
    assert found.state == INACTIVE


async def test_a_user_whose_roles_may_no_longer_be_read_is_not_deleted(shared: Recorded) -> None:
    user = await created(shared, "new.one")
    plan = await shared.plan(delete_users=True)
    shared.demo.faults.add(Fault("status", 403), "POST */memberships/_search", times=0)
    (failure,) = failures(await shared.applied(plan))
    assert "may not read the memberships" in failure.summary
    assert shared.demo.store.users.get(user) is not None


async def test_undoing_a_creation_takes_eight_requests_a_user(shared: Recorded) -> None:
    """State, history, memberships and grants for the plan; the last three again and the deletion."""
    names = [f"new{number}" for number in range(6)]
    for name in names:
        await created(shared, name)
    requests = shared.demo.faults.add(Fault("slow"), "* /management/v1/users/*", times=0)
    plan = await shared.plan(*(entry.id for entry in shared.entries), delete_users=True)
    assert requests.hits == 4 * len(names)
    assert failures(await shared.applied(plan)) == []
    assert requests.hits == 8 * len(names)


# A whole run


async def run_of(shared: Recorded, names: Sequence[str], **how: Any) -> str:
    file: Users = users(names, Assigned((VIEWER,), (payroll(shared),)), **how)
    run = await shared.begin(file)
    results = await finished(run)
    assert {one.state for one in results.values()} == {"done"}
    for name in names:
        user = shared.demo.store.user_named(name)
        assert user is not None
        shared.demo.store.users.put(user.id, msgspec.structs.replace(user, state=ACTIVE))
    return run.files.id


async def test_a_run_is_undone_except_for_users_who_signed_in_or_were_changed(shared: Recorded) -> None:
    names = [f"new{number}" for number in range(12)]
    run = await run_of(shared, names)
    signed_in, promoted = (id_of(shared.demo, name) for name in names[:2])
    shared.demo.store.push(signed_in, "user.human.password.check.succeeded", signed_in)
    shared.give(promoted, VIEWER, MANAGER)
    plan = await shared.plan(run=run, delete_users=True)
    assert len(plan.items) == 36
    kinds = [item.phase for item in plan.to_send]
    assert kinds == sorted(kinds), "grants, then memberships, then users"
    left = {item.user_id for item in plan.items if item.verdict == "changed"}
    assert left == {signed_in, promoted}
    results = await shared.applied(plan)
    assert failures(results) == []
    assert [shared.demo.store.user_named(name) is None for name in names] == [False, False, *[True] * 10]
    assert shared.roles(promoted) == (VIEWER, MANAGER)
    again = await shared.plan(run=run, delete_users=True)
    assert again.to_send == ()


async def test_a_user_of_a_run_to_whom_others_gave_project_roles_is_not_deleted(shared: Recorded) -> None:
    run = await run_of(shared, ["new0", "new1"])
    promoted, other = (id_of(shared.demo, name) for name in ("new0", "new1"))
    as_member_of_a_project(shared, promoted)
    plan = await shared.plan(run=run, delete_users=True)
    assert {item.user_id for item in plan.items if item.verdict == "changed"} == {promoted}
    assert failures(await shared.applied(plan)) == []
    assert shared.demo.store.users.get(promoted) is not None
    assert shared.demo.store.users.get(other) is None


async def test_a_user_whose_role_could_not_be_undone_is_not_deleted(shared: Recorded) -> None:
    run = await run_of(shared, ["new0"])
    user = id_of(shared.demo, "new0")
    plan = await shared.plan(run=run)
    shared.give(user, VIEWER, CREATOR)
    results = await shared.applied(plan)
    assert len(failures(results)) == 2
    found = shared.demo.store.users.get(user)
    assert found is not None
    assert found.state == ACTIVE


async def test_a_run_that_is_still_running_is_not_undone(shared: Recorded) -> None:
    run = await shared.begin(users(["new0"]))
    try:
        with pytest.raises(UsageFailure, match="still running"):
            undo.select_entries(history.user_journals(), run=run.files.id)
    finally:
        await finished(run)
