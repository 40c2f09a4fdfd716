"""What would lock people out is not done without being forced; what cannot be judged is not waved through."""

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
    DeleteUser,
    Guarded,
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
    """The user is an owner, and so are those named, nobody else."""

    def __init__(self, *others: str, **knobs: Any) -> None:
        super().__init__(**knobs)
        members = self.demo.store.members[self.org]
        for member in list(members.values()):
            if OWNER in member.roles:
                self.demo.store.remove_member(self.org, member.user, self.colleague)
        for name in others:
            self.demo.store.put_member(self.org, id_of(self.demo, name), (OWNER,), self.colleague)
        self.give(OWNER, OTHER)

    async def done(self, change: Change, *, client: Client | None = None, **options: Any) -> Applied:
        return await apply(session_of(client or self.client), change, **options)

    def state(self, name: str, state: int) -> None:
        user = self.demo.store.user_named(name)
        assert user is not None
        self.demo.store.users.put(user.id, msgspec.structs.replace(user, state=state))


TAKING: dict[str, Callable[[SharedOrganization], Change]] = {
    "take": lambda place: RemoveRoles(place.user, (OWNER,), who=GUEST),
    "set": lambda place: SetRoles(place.user, (OWNER, OTHER), (OTHER,), who=GUEST),
    "remove": lambda place: remove_membership(place.user, GUEST, (OWNER, OTHER)),
}


@pytest.mark.parametrize("kind", TAKING)
async def test_the_last_owner_stays_unless_forced(kind: str) -> None:
    place = Owners()
    with pytest.raises(Guarded, match="is the last ORG_OWNER") as caught:
        await place.done(TAKING[kind](place))
    assert len(caught.value.reasons) == 1
    assert GUEST in caught.value.reasons[0]
    assert place.roles == (OWNER, OTHER)
    assert not {"change member", "remove member"} & set(place.sent)
    await place.done(TAKING[kind](place), forced=True)
    assert OWNER not in place.roles


@pytest.mark.parametrize("kind", TAKING)
async def test_one_owner_of_two_may_go(kind: str) -> None:
    place = Owners("viewer-bot")
    await place.done(TAKING[kind](place))
    assert OWNER not in place.roles


@pytest.mark.parametrize(
    "change",
    [
        RemoveRoles("", (OTHER,)),
        AddRoles("", ("ORG_PROJECT_CREATOR",)),
        SetRoles("", (OWNER, OTHER), (OWNER,)),
    ],
)
async def test_what_leaves_the_last_owner_their_role_is_not_guarded(change: Any) -> None:
    place = Owners()
    await place.done(replace(change, user_id=place.user))
    assert OWNER in place.roles


@pytest.mark.parametrize("state", [INACTIVE, LOCKED, INITIAL])
async def test_an_owner_who_cannot_sign_in_is_none(state: int) -> None:
    place = Owners("ada.lovelace")
    place.state("ada.lovelace", state)
    with pytest.raises(Guarded, match="last ORG_OWNER who can sign in"):
        await place.done(TAKING["take"](place))
    place.state("ada.lovelace", ACTIVE)
    await place.done(TAKING["take"](place))
    assert place.roles == (OTHER,)


async def test_an_owner_of_another_organization_counts() -> None:
    place = Owners("globex-bot")
    await place.done(TAKING["take"](place))
    assert place.roles == (OTHER,)


async def test_an_owner_who_is_only_left_in_a_list_that_lags_does_not_count() -> None:
    place = Owners("viewer-bot")
    place.demo.store.projections.lag = (0.03, 0.04)
    place.demo.store.remove_member(place.org, id_of(place.demo, "viewer-bot"), place.colleague)
    with pytest.raises(Guarded, match="last"):
        await place.done(TAKING["take"](place))
    assert place.roles == (OWNER, OTHER)


@pytest.mark.parametrize("fault", [Fault(status=403, id="AUTH-5mWD2"), Fault(status=404, id="AUTHZ-cdgFk")])
@pytest.mark.parametrize("path", [MEMBERS, "POST /management/v1/users/_search"])
async def test_owners_that_may_not_be_read_are_a_reason(fault: Fault, path: str) -> None:
    place = Owners("viewer-bot")
    place.demo.faults.add(fault, path, times=0, after=1 if path == MEMBERS else 0)
    with pytest.raises(Guarded, match="may not be read"):
        await place.done(TAKING["take"](place))
    assert place.roles == (OWNER, OTHER)


async def test_a_line_that_breaks_while_owners_are_read_stops_the_change() -> None:
    place = Owners("viewer-bot")
    place.client.transport.timeout = 0.5
    place.demo.faults.add(Fault(status=503), MEMBERS, times=0, after=1)
    with pytest.raises(errors.Unavailable):
        await place.done(TAKING["take"](place))
    assert place.roles == (OWNER, OTHER)


async def test_ones_own_rights_stay_unless_forced() -> None:
    place = Owners("viewer-bot")
    own = client_of(place.demo, "onboarding-bot")
    place.user = place.colleague
    place.give(OWNER, OTHER)
    with pytest.raises(Guarded, match=f"These are your own rights: {OTHER}"):
        await place.done(RemoveRoles(place.user, (OTHER,)), client=own)
    assert place.roles == (OWNER, OTHER)
    await place.done(AddRoles(place.user, ("ORG_PROJECT_CREATOR",)), client=own)
    assert not (await place.done(RemoveRoles(place.user, ("ORG_SETTINGS_MANAGER",)), client=own)).changed
    await place.done(RemoveRoles(place.user, (OTHER,)), client=own, forced=True)
    assert place.roles == (OWNER, "ORG_PROJECT_CREATOR")


async def test_both_reasons_are_given() -> None:
    place = Owners()
    place.give()
    place.user = place.colleague
    place.give(OWNER)
    with pytest.raises(Guarded) as caught:
        await place.done(remove_membership(place.user, "Onboarding", (OWNER,)), client=client_of(place.demo))
    assert len(caught.value.reasons) == 2
    assert all(reason in caught.value.summary for reason in caught.value.reasons)


async def test_deleting_the_last_owner_or_oneself_is_guarded() -> None:
    place = Owners()
    place.give()
    ada = id_of(place.demo, "ada.lovelace")
    place.demo.store.put_member(place.org, ada, (OWNER,), place.colleague)
    with pytest.raises(Guarded, match="last ORG_OWNER"):
        await place.done(DeleteUser(ada, who="Ada"))
    assert place.demo.store.users.get(ada) is not None
    manager = id_of(place.demo, "user-manager-bot")
    place.demo.store.put_member(place.org, manager, (OTHER,), place.colleague)
    own = client_of(place.demo, "user-manager-bot")
    with pytest.raises(Guarded, match="signed in"):
        await place.done(DeleteUser(manager), client=own)
    place.give(OWNER)
    await place.done(DeleteUser(ada))
    assert place.demo.store.users.get(ada) is None


async def test_who_sees_no_member_list_may_still_delete_who_owns_nothing() -> None:
    place = Owners()
    annie, manager = (id_of(place.demo, name) for name in ("annie.lovelace", "user-manager-bot"))
    place.demo.store.put_member(place.org, manager, (OTHER,), place.colleague)
    await place.done(DeleteUser(annie), client=client_of(place.demo, "user-manager-bot"))
    assert place.demo.store.users.get(annie) is None


async def test_a_person_who_owns_another_organization_only_is_not_the_last_here() -> None:
    place = Owners()
    ada = id_of(place.demo, "ada.lovelace")
    globex = next(id for id in place.demo.store.orgs if id != place.org)
    place.demo.store.put_member(globex, ada, (OWNER,), place.colleague)
    await place.done(DeleteUser(ada))
    assert place.demo.store.users.get(ada) is None


async def test_read_only_comes_before_everything() -> None:
    place = Owners()
    place.client.transport.read_only = True
    with pytest.raises(errors.ReadOnly):
        await place.done(TAKING["take"](place), forced=True)
    assert place.sent == []
