"""What would lock users out is not done without force, nor what cannot be checked."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from tests.core.shared_organization import GUEST, SharedOrganization
from tests.demo_clients import client_of, id_of, session_of
from zitadel_tui.core.changes import (
    AddRoles,
    Applied,
    Change,
    DeactivateUser,
    DeleteUser,
    Guarded,
    OwnAccount,
    RemoveRoles,
    SetRoles,
    apply,
    remove_membership,
)
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.model import ACTIVE, INACTIVE, INITIAL, LOCKED
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.client import Client

OWNER, OTHER = "ORG_OWNER", "ORG_USER_MANAGER"
MEMBERS = "POST /management/v1/orgs/me/members/_search"


class Owners(SharedOrganization):
    """The user and those named are owners, no one else."""

    def __init__(self, *others: str, **knobs: Any) -> None:
        super().__init__(**knobs)
        members = self.demo.store.members[self.org]
        for member in list(members.values()):
            if OWNER in member.roles:
                self.demo.store.remove_member(self.org, member.user, self.other_admin)
        for name in others:
            self.demo.store.put_member(self.org, id_of(self.demo, name), (OWNER,), self.other_admin)
        self.give(OWNER, OTHER)

    async def done(self, change: Change, *, client: Client | None = None, **options: Any) -> Applied:
        return await apply(session_of(client or self.client), change, **options)

    def state(self, name: str, state: int) -> None:
        user = self.demo.store.user_named(name)
        assert user is not None
        self.demo.store.users.put(user.id, msgspec.structs.replace(user, state=state))


TAKING: dict[str, Callable[[SharedOrganization], Change]] = {
    "take": lambda shared: RemoveRoles(shared.user, (OWNER,), who=GUEST),
    "set": lambda shared: SetRoles(shared.user, (OWNER, OTHER), (OTHER,), who=GUEST),
    "remove": lambda shared: remove_membership(shared.user, GUEST, (OWNER, OTHER)),
}


@pytest.mark.parametrize("kind", TAKING)
async def test_the_last_owner_stays_unless_forced(kind: str) -> None:
    shared = Owners()
    with pytest.raises(Guarded, match="is the last ORG_OWNER") as caught:
        await shared.done(TAKING[kind](shared))
    assert len(caught.value.reasons) == 1
    assert GUEST in caught.value.reasons[0]
    assert shared.roles == (OWNER, OTHER)
    assert not {"change member", "remove member"} & set(shared.sent)
    await shared.done(TAKING[kind](shared), forced=True)
    assert OWNER not in shared.roles


@pytest.mark.parametrize("kind", TAKING)
async def test_one_owner_of_two_may_go(kind: str) -> None:
    shared = Owners("viewer-bot")
    await shared.done(TAKING[kind](shared))
    assert OWNER not in shared.roles


@pytest.mark.parametrize(
    "change",
    [
        RemoveRoles("", (OTHER,)),
        AddRoles("", ("ORG_PROJECT_CREATOR",)),
        SetRoles("", (OWNER, OTHER), (OWNER,)),
    ],
)
async def test_what_leaves_the_last_owner_their_role_is_not_guarded(change: Any) -> None:
    shared = Owners()
    await shared.done(replace(change, user_id=shared.user))
    assert OWNER in shared.roles


@pytest.mark.parametrize("state", [INACTIVE, LOCKED, INITIAL])
async def test_an_owner_who_cannot_sign_in_is_none(state: int) -> None:
    shared = Owners("ada.lovelace")
    shared.state("ada.lovelace", state)
    with pytest.raises(Guarded, match="last ORG_OWNER who can sign in"):
        await shared.done(TAKING["take"](shared))
    shared.state("ada.lovelace", ACTIVE)
    await shared.done(TAKING["take"](shared))
    assert shared.roles == (OTHER,)


async def test_an_owner_of_another_organization_counts() -> None:
    shared = Owners("globex-bot")
    await shared.done(TAKING["take"](shared))
    assert shared.roles == (OTHER,)


async def test_an_owner_who_is_only_left_in_a_list_that_lags_does_not_count() -> None:
    shared = Owners("viewer-bot")
    shared.demo.store.projections.lag = (0.03, 0.04)
    shared.demo.store.remove_member(shared.org, id_of(shared.demo, "viewer-bot"), shared.other_admin)
    with pytest.raises(Guarded, match="last"):
        await shared.done(TAKING["take"](shared))
    assert shared.roles == (OWNER, OTHER)


@pytest.mark.parametrize("fault", [Fault(status=403, id="AUTH-5mWD2"), Fault(status=404, id="AUTHZ-cdgFk")])
@pytest.mark.parametrize("path", [MEMBERS, "POST /management/v1/users/_search"])
async def test_owners_that_may_not_be_read_are_a_reason(fault: Fault, path: str) -> None:
    shared = Owners("viewer-bot")
    shared.demo.faults.add(fault, path, times=0, after=1 if path == MEMBERS else 0)
    with pytest.raises(Guarded, match="may not read whether"):
        await shared.done(TAKING["take"](shared))
    assert shared.roles == (OWNER, OTHER)


async def test_a_line_that_breaks_while_owners_are_read_stops_the_change() -> None:
    shared = Owners("viewer-bot")
    shared.client.transport.timeout = 0.5
    shared.demo.faults.add(Fault(status=503), MEMBERS, times=0, after=1)
    with pytest.raises(errors.Unavailable):
        await shared.done(TAKING["take"](shared))
    assert shared.roles == (OWNER, OTHER)


async def test_ones_own_rights_stay_unless_forced() -> None:
    shared = Owners("viewer-bot")
    own = client_of(shared.demo, "onboarding-bot")
    shared.user = shared.other_admin
    shared.give(OWNER, OTHER)
    with pytest.raises(Guarded, match=f"These are your own rights: {OTHER}"):
        await shared.done(RemoveRoles(shared.user, (OTHER,)), client=own)
    assert shared.roles == (OWNER, OTHER)
    await shared.done(AddRoles(shared.user, ("ORG_PROJECT_CREATOR",)), client=own)
    assert not (await shared.done(RemoveRoles(shared.user, ("ORG_SETTINGS_MANAGER",)), client=own)).changed
    await shared.done(RemoveRoles(shared.user, (OTHER,)), client=own, forced=True)
    assert shared.roles == (OWNER, "ORG_PROJECT_CREATOR")


async def test_both_reasons_are_given() -> None:
    shared = Owners()
    shared.give()
    shared.user = shared.other_admin
    shared.give(OWNER)
    with pytest.raises(Guarded) as caught:
        await shared.done(
            remove_membership(shared.user, "Onboarding", (OWNER,)), client=client_of(shared.demo)
        )
    assert len(caught.value.reasons) == 2
    assert all(reason in caught.value.summary for reason in caught.value.reasons)


async def test_deleting_the_last_owner_is_guarded_and_oneself_never_done() -> None:
    shared = Owners()
    shared.give()
    ada = id_of(shared.demo, "ada.lovelace")
    shared.demo.store.put_member(shared.org, ada, (OWNER,), shared.other_admin)
    with pytest.raises(Guarded, match="last ORG_OWNER"):
        await shared.done(DeleteUser(ada, who="Ada"))
    assert shared.demo.store.users.get(ada) is not None
    manager = id_of(shared.demo, "user-manager-bot")
    shared.demo.store.put_member(shared.org, manager, (OTHER,), shared.other_admin)
    own = client_of(shared.demo, "user-manager-bot")
    for change in (DeleteUser(manager), DeactivateUser(manager)):
        with pytest.raises(OwnAccount):
            await shared.done(change, client=own, forced=True)
    assert shared.demo.store.users.get(manager) is not None
    shared.give(OWNER)
    await shared.done(DeleteUser(ada))
    assert shared.demo.store.users.get(ada) is None


async def test_who_sees_no_member_list_may_still_delete_who_owns_nothing() -> None:
    shared = Owners()
    annie, manager = (id_of(shared.demo, name) for name in ("annie.lovelace", "user-manager-bot"))
    shared.demo.store.put_member(shared.org, manager, (OTHER,), shared.other_admin)
    await shared.done(DeleteUser(annie), client=client_of(shared.demo, "user-manager-bot"))
    assert shared.demo.store.users.get(annie) is None


async def test_a_user_who_owns_another_organization_only_is_not_the_last_here() -> None:
    shared = Owners()
    shared.give()  # no one owns this one
    ada = id_of(shared.demo, "ada.lovelace")
    globex = next(id for id in shared.demo.store.orgs if id != shared.org)
    shared.demo.store.put_member(globex, ada, (OWNER,), shared.other_admin)
    await shared.done(DeleteUser(ada))
    assert shared.demo.store.users.get(ada) is None


async def test_read_only_comes_before_everything() -> None:
    shared = Owners()
    shared.client.transport.read_only = "it is tested"
    with pytest.raises(errors.ReadOnly):
        await shared.done(TAKING["take"](shared), forced=True)
    assert shared.sent == []
