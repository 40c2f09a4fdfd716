"""Changes: no role is lost, nothing is sent twice, and a lost answer is settled."""

import asyncio
import shlex
import time

import pytest

from tests.core.shared_organization import GUEST, SharedOrganization
from tests.demo_clients import apply_guarded, client_of, id_of
from zitadel_tui.core.changes import AddRoles, Applied, Change, ImportUser, Unsettled
from zitadel_tui.core.runtime import Interrupted
from zitadel_tui.demo.faults import Fault
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.wire.users import Email, ImportHuman, Profile

ADD, CHANGE, SEARCH = (
    "POST /management/v1/orgs/me/members",
    "PUT /management/v1/orgs/me/members/*",
    "POST /management/v1/orgs/me/members/_search",
)
IMPORT = "POST /management/v1/users/human/_import"
CONTENTION = Fault(
    status=500,
    message='ERROR: duplicate key value violates unique constraint "events2_pkey" (SQLSTATE 23505) ()',
)
GATEWAY = Fault("html", status=504, message="504 Gateway Time-out")


class Organization(SharedOrganization):
    def exists(self, user_name: str) -> bool:
        return self.demo.store.user_named(user_name) is not None

    def add(self, *roles: str) -> AddRoles:
        return AddRoles(self.user, roles, who=GUEST)


async def test_a_user_who_is_not_a_member_becomes_one() -> None:
    shared = Organization()
    applied = await apply_guarded(shared.client, shared.add("ORG_OWNER_VIEWER"))
    assert shared.roles == applied.after == ("ORG_OWNER_VIEWER",)
    assert applied.changed
    assert not applied.settled
    assert GUEST in applied.sentence
    assert "ORG_OWNER_VIEWER" in applied.sentence


async def test_a_member_keeps_what_they_have() -> None:
    shared = Organization(lag=(0.02, 0.04))
    shared.give("ORG_PROJECT_CREATOR", "ORG_OWNER_VIEWER")
    applied = await apply_guarded(shared.client, shared.add("ORG_USER_MANAGER", "ORG_OWNER_VIEWER"))
    assert shared.roles == applied.after == ("ORG_PROJECT_CREATOR", "ORG_OWNER_VIEWER", "ORG_USER_MANAGER")
    assert applied.before == ("ORG_PROJECT_CREATOR", "ORG_OWNER_VIEWER")
    assert all(role in applied.sentence for role in applied.after)


async def test_where_nothing_is_missing_nothing_is_written() -> None:
    shared = Organization()
    shared.give("ORG_OWNER", "ORG_USER_MANAGER")
    rule = shared.demo.faults.add(Fault(status=500), CHANGE, times=0)
    applied = await apply_guarded(shared.client, shared.add("ORG_USER_MANAGER"))
    assert (applied.changed, rule.hits) == (False, 0)
    assert applied.before == applied.after == shared.roles
    assert applied.sentence.startswith("No change: ")
    assert applied.sentence.endswith(" already has ORG_USER_MANAGER.")


@pytest.mark.parametrize("member", [False, True])
async def test_contention_is_tried_again(member: bool) -> None:
    shared = Organization()
    if member:
        shared.give("ORG_OWNER_VIEWER")
    rule = shared.demo.faults.add(CONTENTION, CHANGE if member else ADD, times=2)
    applied = await apply_guarded(shared.client, shared.add("ORG_USER_MANAGER"))
    assert (rule.hits, applied.settled) == (2, False)
    assert "ORG_USER_MANAGER" in shared.roles


async def test_contention_that_does_not_end_is_reported_and_nothing_was_written() -> None:
    shared = Organization()
    rule = shared.demo.faults.add(CONTENTION, ADD, times=0)
    with pytest.raises(errors.Contention) as caught:
        await apply_guarded(shared.client, shared.add("ORG_USER_MANAGER"))
    assert 3 <= rule.hits <= 10
    assert (shared.roles, caught.value.hint) == ((), "Nothing was written; try again.")


async def test_a_conflict_that_comes_again_is_not_met_a_third_time() -> None:
    shared = Organization()
    shared.give("ORG_OWNER_VIEWER")
    rule = shared.demo.faults.add(Fault(status=409, id="ORG-poWwe"), CHANGE, times=0)
    with pytest.raises(errors.AlreadyThere):
        await apply_guarded(shared.client, shared.add("ORG_USER_MANAGER"))
    assert rule.hits == 1


async def test_many_at_once_lose_nothing() -> None:
    shared = Organization(lag=(0.005, 0.01))
    offered = ("ORG_OWNER_VIEWER", "ORG_USER_MANAGER", "ORG_PROJECT_CREATOR")
    users = [id_of(shared.demo, name) for name in ("viewer-bot", "settings-bot", "nobody-bot", GUEST)]
    await asyncio.gather(*(apply_guarded(shared.client, AddRoles(user, offered)) for user in users))
    members = shared.demo.store.members[shared.demo.store.default_org]
    for user in users:
        member = members.get(user)
        assert member is not None
        assert set(offered) <= set(member.roles)


async def test_a_refusal_is_the_servers() -> None:
    shared = Organization()
    with pytest.raises(errors.InvalidInput) as invalid:
        await apply_guarded(shared.client, shared.add("ORG_NONSENSE"))
    assert invalid.value.field == "roles"
    with pytest.raises(errors.NotFound):
        await apply_guarded(shared.client, AddRoles("111111111111111111", ("ORG_OWNER",)))
    viewer = Organization()
    with pytest.raises(errors.NoMembership):
        await apply_guarded(client_of(viewer.demo, "nobody-bot"), viewer.add("ORG_OWNER"))
    assert (shared.roles, viewer.roles) == ((), ())


@pytest.mark.parametrize("lag", [0.0, 0.03])
async def test_a_lost_answer_is_looked_up_it_happened(lag: float) -> None:
    shared = Organization(lag=(lag, lag))
    shared.demo.faults.add(Fault("withheld"), ADD)
    applied = await apply_guarded(shared.client, shared.add("ORG_USER_MANAGER"))
    assert applied.settled
    assert shared.roles == applied.after == ("ORG_USER_MANAGER",)
    assert "The answer was lost" in applied.sentence


async def test_a_lost_answer_of_the_second_write_is_looked_up_too() -> None:
    shared = Organization()
    shared.give("ORG_OWNER_VIEWER")
    shared.demo.faults.add(Fault("withheld"), CHANGE)
    applied = await apply_guarded(shared.client, shared.add("ORG_USER_MANAGER"))
    assert applied.settled
    assert shared.roles == applied.after == ("ORG_OWNER_VIEWER", "ORG_USER_MANAGER")


@pytest.mark.parametrize("member", [False, True])
async def test_a_lost_answer_is_looked_up_it_does_not_show(member: bool) -> None:
    shared = Organization()
    if member:
        shared.give("ORG_OWNER_VIEWER")
    before = shared.roles
    shared.demo.faults.add(GATEWAY, CHANGE if member else ADD)
    with pytest.raises(Unsettled, match="so far the change was not made"):
        await apply_guarded(shared.client, shared.add("ORG_USER_MANAGER"))
    assert shared.roles == before


async def test_an_answer_that_means_nothing_is_looked_up() -> None:
    shared = Organization()
    shared.demo.faults.add(Fault("truncated"), ADD)
    assert (await apply_guarded(shared.client, shared.add("ORG_USER_MANAGER"))).settled


BLIND = (
    Fault(status=500, message="down"),
    Fault(status=403, id="AUTH-5mWD2"),
    Fault(status=404, id="AUTHZ-cdgFk"),
    Fault(status=429, retry_after="3600"),
    Fault(status=401, id="AUTH-7fs1e"),
    Fault("html", status=200, message="Welcome"),
    Fault("truncated"),
)


@pytest.mark.parametrize("fault", BLIND, ids=[f"{fault.kind} {fault.status}" for fault in BLIND])
async def test_where_looking_fails_the_outcome_stays_unknown(fault: Fault) -> None:
    shared = Organization()
    shared.demo.faults.add(Fault("withheld"), ADD)
    shared.demo.faults.add(fault, SEARCH, times=0)
    with pytest.raises(errors.OutcomeUnknown, match="not known"):
        await apply_guarded(shared.client, shared.add("ORG_USER_MANAGER"))


async def test_a_time_limit_inside_the_demo_leaves_a_write_in_doubt_not_unsent() -> None:
    shared = Organization()
    shared.demo.faults.add(Fault("hang"), ADD)
    client = client_of(shared.demo, "iam-bot", timeout=0.2)
    assert (await apply_guarded(client, shared.add("ORG_USER_MANAGER"))).settled


def person(user_name: str = "newcomer", email: str = "new@comer.test") -> ImportUser:
    profile = Profile(first_name="New", last_name="Comer")
    return ImportUser(ImportHuman(user_name=user_name, profile=profile, email=Email(email=email)))


async def test_a_user_is_created() -> None:
    shared = Organization()
    applied = await apply_guarded(shared.client, person())
    assert applied.user_id == id_of(shared.demo, "newcomer")
    assert applied.sentence == f"New Comer was created with id {applied.user_id}."


@pytest.mark.parametrize("name", [GUEST, GUEST.upper()])
async def test_a_name_that_is_taken_is_reported(name: str) -> None:
    with pytest.raises(errors.AlreadyThere, match="is taken on this instance") as caught:
        await apply_guarded(Organization().client, person(name))
    assert caught.value.source.error_id == "V3-DKcYh"


async def test_another_conflict_is_not_called_a_taken_name() -> None:
    shared = Organization()
    shared.demo.faults.add(Fault(status=409, id="COMMAND-Other", message="Something else"), IMPORT)
    with pytest.raises(errors.AlreadyThere, match="Something else"):
        await apply_guarded(shared.client, person())


@pytest.mark.parametrize("off", [-7200, 0, 7200])
@pytest.mark.parametrize("lag", [0.0, 0.03])
async def test_a_lost_import_is_found_to_be_ours_whatever_the_clocks_say(lag: float, off: float) -> None:
    shared = Organization(lag=(lag, lag), clock=lambda: time.time() + off)
    shared.demo.faults.add(Fault("withheld"), IMPORT)
    applied = await apply_guarded(shared.client, person("NewComer"))
    assert applied.settled
    assert applied.user_id == id_of(shared.demo, "newcomer")
    assert "The answer was lost" in applied.sentence


async def test_a_lost_import_that_does_not_show_is_reported() -> None:
    shared = Organization()
    shared.demo.faults.add(GATEWAY, IMPORT)
    with pytest.raises(Unsettled, match="so far the change was not made"):
        await apply_guarded(shared.client, person())
    assert not shared.exists("newcomer")


@pytest.mark.parametrize(
    ("account", "email"),
    [("iam-bot", "other@comer.test"), ("onboarding-bot", "new@comer.test")],
    ids=["another email", "another administrator"],
)
async def test_a_lost_import_is_not_taken_for_another_users(account: str, email: str) -> None:
    shared = Organization()
    shared.demo.store.put_member(
        shared.demo.store.default_org, id_of(shared.demo, "onboarding-bot"), ("ORG_OWNER",), shared.user
    )
    await apply_guarded(client_of(shared.demo, account), person(email=email))
    shared.demo.faults.add(GATEWAY, IMPORT)
    with pytest.raises(errors.AlreadyThere, match="taken"):
        await apply_guarded(shared.client, person())


async def test_a_lost_import_is_not_taken_for_our_own_of_yesterday() -> None:
    now = [time.time() - 86400]
    shared = Organization(clock=lambda: now[0])
    await apply_guarded(shared.client, person())
    now[0] += 86400
    shared.demo.faults.add(GATEWAY, IMPORT)
    with pytest.raises(errors.AlreadyThere, match="taken"):
        await apply_guarded(shared.client, person())


async def test_where_looking_for_a_user_fails_the_outcome_stays_unknown() -> None:
    shared = Organization()
    shared.demo.faults.add(Fault("withheld"), IMPORT)
    shared.demo.faults.add(Fault(status=429, retry_after="3600"), "POST /management/v1/users/*", times=0)
    with pytest.raises(errors.OutcomeUnknown):
        await apply_guarded(shared.client, person())
    assert shared.exists("newcomer")


async def cancelled(shared: Organization, change: Change, request: str) -> BaseException:
    """What a change ends with that is cancelled right before this request of its reaches the server."""
    task = asyncio.create_task(apply_guarded(shared.client, change))
    shared.before_sending(request, task.cancel)
    with pytest.raises((asyncio.CancelledError, Interrupted)) as caught:
        await task
    return caught.value


async def test_cancelling_waits_for_the_write_and_tells_how_it_ended() -> None:
    shared = Organization()
    ended = await cancelled(shared, person(), "import human")
    assert isinstance(ended, Interrupted)
    assert isinstance(ended.outcome, Applied)
    assert ended.outcome.user_id == id_of(shared.demo, "newcomer")


async def test_cancelling_a_write_that_is_refused_tells_the_refusal() -> None:
    shared = Organization()
    ended = await cancelled(shared, shared.add("ORG_NONSENSE"), "add member")
    assert isinstance(ended, Interrupted)
    assert isinstance(ended.error, errors.InvalidInput)


async def test_a_change_says_what_it_is() -> None:
    add = AddRoles("4711", ("ORG_OWNER", "ORG_USER_MANAGER"), who="\x1b[31mEve")
    assert "ORG_OWNER, ORG_USER_MANAGER" in add.describe()
    assert add.describe().isprintable()
    assert shlex.split(add.as_command()) == [
        "zitadel-tui", "members", "add", "4711", "ORG_OWNER", "ORG_USER_MANAGER",
    ]  # fmt: skip
    assert add.calls() == (calls.add_member("4711", add.roles),)
    assert "newcomer" in person().describe()
    assert person().calls() == (calls.import_human(person().body),)
