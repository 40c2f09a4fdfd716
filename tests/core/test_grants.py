"""Project roles are written by read, compare, write: whatever a second administrator does meanwhile, nothing
is lost unsaid, nothing is claimed that is not ours, and an empty grant is never sent."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.core.shared_organization import GUEST, InterferingClient
from tests.demo_clients import apply_guarded, client_of, id_of, session_of
from tests.journal_lines import read
from zitadel_tui.core.changes import (
    AddGrantRoles,
    Change,
    GrantChange,
    Guarded,
    RemoveGrantRoles,
    RolesChanged,
    SetGrant,
    Unsettled,
    apply,
    from_record,
    inverse,
    rehearse,
    remove_grant,
    settle,
)
from zitadel_tui.core.concurrency import Timing
from zitadel_tui.core.journal import Record
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.model import Grant
from zitadel_tui.demo.server import Demo
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel import errors

A, B, C, D = "viewer", "clerk", "approver", "admin"
ADD, CHANGE, REMOVE = (
    "POST /management/v1/users/*/grants",
    "PUT /management/v1/users/*/grants/*",
    "DELETE /management/v1/users/*/grants/*",
)
LOST = Fault("withheld")
NOT_ARRIVED = Fault("html", status=504, message="504 Gateway Time-out")


class SharedProject:
    """A demo: ``user`` has ``roles`` in the project Billing; another administrator edits the same grant."""

    def __init__(self, *roles: str, **knobs: Any) -> None:
        self.demo = Demo(size=0, **{"lag": (0, 0), **knobs})
        self.store = self.demo.store
        self.user, self.org = id_of(self.demo, GUEST), self.store.default_org
        self.other_admin = id_of(self.demo, "onboarding-bot")
        self.project = next(one for one in self.store.projects.values() if one.name == "Billing")
        self.client = InterferingClient(client_of(self.demo, "iam-bot"))
        if roles:
            self.give(*roles)

    @property
    def grant(self) -> Grant | None:
        id = self.store.granted.get((self.user, self.project.id, self.org))
        return self.store.grants.get(id) if id else None

    @property
    def roles(self) -> tuple[str, ...]:
        return self.grant.roles if self.grant else ()

    def give(self, *roles: str) -> None:
        """What the other administrator does; without roles the grant is removed."""
        if self.grant is None:
            self.store.add_grant(self.org, self.user, self.project, roles, self.other_admin)
        elif roles:
            self.store.change_grant(self.grant, "user.grant.changed", self.other_admin, roles=roles)
        else:
            self.store.remove_grant(self.grant, "user.grant.removed", self.other_admin)

    def interfere(self, before: str, *roles: str) -> None:
        """The other administrator acts right before the request of that endpoint reaches the server."""
        self.client.interfere[before] = lambda: self.give(*roles)

    def add(self, *roles: str) -> AddGrantRoles:
        return AddGrantRoles(self.user, self.project.id, roles, who=GUEST, project="Billing")

    def remove(self, *roles: str) -> RemoveGrantRoles:
        return RemoveGrantRoles(self.user, self.project.id, roles, who=GUEST, project="Billing")

    def set(self, seen: tuple[str, ...], *wanted: str) -> SetGrant:
        return SetGrant(self.user, self.project.id, seen, wanted, who=GUEST, project="Billing")


async def test_adding_grants_the_project_or_adds_to_the_grant() -> None:
    shared = SharedProject()
    applied = await apply_guarded(shared.client, shared.add(A, A))
    assert (shared.roles, applied.before, applied.after, applied.changed) == ((A,), (), (A,), True)
    applied = await apply_guarded(shared.client, shared.add(B, A))
    assert (shared.roles, applied.before, applied.after) == ((A, B), (A,), (A, B))
    assert (applied.sentence, applied.warning) == (f"{GUEST} now has clerk, viewer in Billing.", "")


async def test_removing_leaves_the_others_and_the_last_one_removes_the_grant() -> None:
    shared = SharedProject(A, B)
    assert (await apply_guarded(shared.client, shared.remove(B))).after == (A,)
    applied = await apply_guarded(shared.client, shared.remove(A, C))
    assert (shared.grant, applied.after) == (None, ())
    assert applied.sentence == f"{GUEST} no longer has roles in Billing."
    assert shared.client.sent.count("remove project roles") == 1


@pytest.mark.parametrize(
    ("roles", "make"),
    [
        ((A, B), lambda shared: shared.add(B)),
        ((A, B), lambda shared: shared.remove(C)),
        ((), lambda shared: shared.remove(C)),
        ((A, B), lambda shared: shared.set((A, B), B, A)),
        ((A, B), lambda shared: shared.set((C,), A, B)),
        ((), lambda shared: shared.set((A,))),
    ],
)
async def test_what_is_so_already_is_not_sent(
    roles: tuple[str, ...], make: Callable[[SharedProject], Change]
) -> None:
    shared = SharedProject(*roles)
    change = make(shared)
    forecast = change.forecast(await change.check(session_of(shared.client)))
    applied = await apply_guarded(shared.client, change)
    assert (applied.changed, shared.roles) == (False, roles)
    assert applied.sentence.startswith("No change: ")
    assert (applied.sentence, applied.warning) == (forecast, "")
    assert set(shared.client.sent) <= {"project roles of users", "my user", "organization"}


async def test_a_grant_without_roles_is_changed_and_not_granted_again() -> None:
    shared = SharedProject(A)
    assert shared.grant
    shared.store.change_grant(shared.grant, "user.grant.changed", shared.other_admin, roles=())
    id = shared.grant.id
    await apply_guarded(shared.client, shared.add(B))
    assert (shared.grant.id, shared.roles) == (id, (B,))


@pytest.mark.parametrize("now", [(A, C), (C,), (A, B, C), ()])
async def test_roles_changed_since_they_were_seen_are_not_overwritten(now: tuple[str, ...]) -> None:
    shared = SharedProject(A, B)
    shared.give(*now)
    with pytest.raises(RolesChanged, match=f"roles of {GUEST} in Billing.*nothing was written") as caught:
        await apply_guarded(shared.client, shared.set((A, B), A, D))
    assert (caught.value.seen, caught.value.now, caught.value.wanted) == ((A, B), now, (A, D))
    assert shared.roles == now


async def test_another_admin_between_reading_and_writing_is_reported_to_be_overwritten() -> None:
    shared = SharedProject(A)
    shared.interfere("change project roles", A, C)
    applied = await apply_guarded(shared.client, shared.set((A,), A, B))
    assert shared.roles == (A, B)
    assert "overwritten" in applied.warning
    shared.interfere("remove project roles", A, C)
    assert "overwritten" in (await apply_guarded(shared.client, remove_of(shared, A, B))).warning


def remove_of(shared: SharedProject, *seen: str) -> SetGrant:
    return remove_grant(shared.user, shared.project.id, GUEST, "Billing", seen)


async def test_another_admin_who_grants_first_is_met_with_another_reading() -> None:
    shared = SharedProject()
    shared.interfere("add project roles", C)
    applied = await apply_guarded(shared.client, shared.add(A))
    assert (shared.roles, applied.before) == ((C, A), (C,))
    shared = SharedProject()
    shared.interfere("add project roles", C)
    with pytest.raises(RolesChanged):
        await apply_guarded(shared.client, shared.set((), A))
    assert shared.roles == (C,)


async def test_another_admin_who_removes_the_grant_first_is_met_with_another_reading() -> None:
    shared = SharedProject(A)
    shared.interfere("change project roles")
    applied = await apply_guarded(shared.client, shared.add(B))
    assert (shared.roles, applied.before) == ((B,), ())
    shared = SharedProject(A, B)
    shared.interfere("remove project roles")
    applied = await apply_guarded(shared.client, shared.remove(A, B))
    assert (applied.changed, shared.roles) == (False, ())
    shared = SharedProject(A)
    shared.interfere("change project roles")
    with pytest.raises(RolesChanged):
        await apply_guarded(shared.client, shared.set((A,), A, B))
    assert shared.roles == ()


async def test_another_admin_who_makes_the_same_change_leaves_nothing_to_do() -> None:
    shared = SharedProject(A)
    shared.interfere("change project roles", A, B)
    applied = await apply_guarded(shared.client, shared.add(B))
    assert (applied.changed, applied.after, shared.roles) == (False, (A, B), (A, B))


async def test_what_was_written_before_is_not_lost_while_searches_lag_behind() -> None:
    shared = SharedProject(A, lag=(0.05, 0.05))
    shared.demo.store.open()
    session = session_of(shared.client, timing=Timing())
    for change in (shared.add(B), shared.add(C), shared.remove(A), shared.remove(B, C), shared.add(D)):
        await apply(session, change)
    assert shared.roles == (D,)


async def test_what_was_written_before_is_not_waited_for_where_searches_show_it() -> None:
    shared = SharedProject()
    session = session_of(shared.client)
    for change in (shared.add(A), shared.add(B), shared.remove(A, B), shared.add(C)):
        shared.client.sent.clear()
        await apply(session, change)
        assert shared.client.sent.count("project roles of users") == 1
    assert shared.roles == (C,)


async def test_an_inactive_grant_is_reported_and_stays_inactive() -> None:
    shared = SharedProject(A)
    assert shared.grant
    shared.store.change_grant(shared.grant, "user.grant.deactivated", shared.other_admin, active=False)
    assert "inactive" in (await apply_guarded(shared.client, shared.add(B))).warning
    assert "inactive" in (await apply_guarded(shared.client, shared.add(B))).warning
    assert not shared.grant.active
    assert (await apply_guarded(shared.client, shared.remove(A, B))).warning == ""


async def test_ones_own_project_roles_are_removed_by_force_only() -> None:
    shared = SharedProject()
    shared.user = id_of(shared.demo, "iam-bot")
    shared.give(A, B)
    with pytest.raises(Guarded, match="your own roles in Billing: clerk"):
        await apply_guarded(shared.client, shared.remove(B))
    assert shared.roles == (A, B)
    await apply_guarded(shared.client, shared.add(C))
    await apply(session_of(shared.client), shared.remove(B), forced=True)
    assert shared.roles == (A, C)


async def test_an_unknown_role_user_or_project_is_refused_and_reported() -> None:
    shared = SharedProject(A)
    with pytest.raises(errors.InvalidInput) as caught:
        await apply_guarded(shared.client, shared.add("king"))
    assert caught.value.field == "roleKeys"
    with pytest.raises(errors.NotFound, match="no such project"):
        await apply_guarded(shared.client, AddGrantRoles(shared.user, "111111111111111111", (A,)))
    with pytest.raises(errors.NotFound, match="no user"):
        await apply_guarded(shared.client, AddGrantRoles("111111111111111111", shared.project.id, (A,)))


KINDS: dict[
    str, tuple[Callable[[SharedProject], GrantChange], str, str, tuple[str, ...], tuple[str, ...]]
] = {
    "grant": (lambda shared: shared.add(A), ADD, "add project roles", (), (A,)),
    "set": (lambda shared: shared.set((A,), B), CHANGE, "change project roles", (A,), (B,)),
    "add to": (lambda shared: shared.add(B), CHANGE, "change project roles", (A,), (A, B)),
    "remove": (lambda shared: remove_of(shared, A), REMOVE, "remove project roles", (A,), ()),
    "remove the last": (lambda shared: shared.remove(A), REMOVE, "remove project roles", (A,), ()),
}
"""A change, its request, the roles before and after."""


@pytest.mark.parametrize("kind", KINDS)
async def test_a_lost_answer_is_looked_up_and_what_was_before_comes_back(kind: str) -> None:
    make, path, _, before, after = KINDS[kind]
    shared = SharedProject(*before)
    shared.demo.faults.add(LOST, path)
    change = make(shared)
    applied = await apply_guarded(shared.client, change)
    assert (applied.settled, applied.changed, applied.before, applied.after) == (True, True, before, after)
    undo = change.invert(applied)
    assert undo is not None
    await apply_guarded(shared.client, undo)
    assert shared.roles == before


@pytest.mark.parametrize("kind", KINDS)
async def test_what_did_not_arrive_is_unknown_and_settled_later(kind: str) -> None:
    make, path, _, before, after = KINDS[kind]
    shared = SharedProject(*before)
    shared.demo.faults.add(NOT_ARRIVED, path)
    session = session_of(shared.client)
    with pytest.raises(Unsettled, match="so far the change was not made") as caught:
        await apply(session, make(shared))
    assert shared.roles == before
    shared.give(*after)  # it arrives late
    assert (await settle(session, caught.value.record)).after == after


async def test_two_writes_after_a_lost_answer_cannot_be_distinguished() -> None:
    shared = SharedProject(A)
    shared.demo.faults.add(NOT_ARRIVED, CHANGE)

    def twice() -> None:
        shared.give(A, B, C)
        shared.give(A, B)

    shared.client.interfere["change project roles"] = twice
    with pytest.raises(Unsettled, match="not known whether by this change"):
        await apply_guarded(shared.client, shared.add(B))


async def test_another_admins_write_that_leads_elsewhere_is_not_claimed() -> None:
    shared = SharedProject(A)
    shared.demo.faults.add(NOT_ARRIVED, CHANGE)
    shared.interfere("change project roles", A, B, C)
    applied = await apply_guarded(shared.client, shared.add(B))
    assert (applied.changed, applied.settled, applied.after) == (False, True, (A, B, C))
    shared = SharedProject(A, B)
    shared.demo.faults.add(NOT_ARRIVED, CHANGE)
    shared.interfere("change project roles")
    with pytest.raises(Unsettled, match="not known whether by this change"):
        await apply_guarded(shared.client, shared.remove(B))


async def test_what_another_admin_wrote_before_the_grant_was_read_is_not_claimed() -> None:
    shared = SharedProject(A)
    shared.demo.faults.add(NOT_ARRIVED, CHANGE)
    session = session_of(shared.client)
    with pytest.raises(Unsettled) as caught:
        await apply(session, shared.add(B))
    shared.give(A, B)
    baseline = msgspec.structs.replace(caught.value.record.baseline, time="2100-01-01T00:00:00Z")
    record = msgspec.structs.replace(caught.value.record, baseline=baseline)
    assert not (await settle(session, record)).changed


async def test_roles_that_changed_after_a_lost_answer_are_reported() -> None:
    shared = SharedProject(A)
    shared.demo.faults.add(NOT_ARRIVED, CHANGE)
    shared.interfere("change project roles", C)
    with pytest.raises(Unsettled, match=r"roles changed: .* has approver in Billing"):
        await apply_guarded(shared.client, shared.set((A,), B))


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_recorded_and_made_again_and_undone_from_its_record(
    kind: str,
) -> None:
    make, _, _, before, _ = KINDS[kind]
    shared = SharedProject(*before)
    session = session_of(shared.client, Settings())
    assert session.journal
    change = make(shared)
    await apply(session, change)
    intent, result = read(session.journal.path)
    again = from_record(msgspec.json.decode(msgspec.json.encode(intent), type=Record))
    assert again == change
    undo = inverse(intent, result)
    assert undo is not None
    await apply(session, undo)
    assert shared.roles == before


@pytest.mark.parametrize("again", [True, False])
async def test_what_another_admin_did_after_our_write_is_where_the_next_change_begins(again: bool) -> None:
    """They removed the project roles, and granted others."""
    shared = SharedProject(A)
    session = session_of(shared.client, timing=Timing(pauses=(0.0, 0.0)))
    await apply(session, shared.add(B))
    shared.give()
    if again:
        shared.give(D)
    shared.client.sent.clear()
    applied = await apply(session, shared.add(C))
    assert applied.before == ((D,) if again else ())
    assert shared.roles == ((D, C) if again else (C,))
    assert shared.client.sent.count("project roles of users") == (1 if again else 3)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_rehearsed_is_the_request_that_would_be_sent(kind: str) -> None:
    make, path, _, before, after = KINDS[kind]
    shared = SharedProject(*before)
    rehearsal = await rehearse(session_of(shared.client), make(shared))
    (curl,) = rehearsal.curls
    assert path.split()[0] in curl
    assert all(role in curl for role in after)
    assert shared.roles == before
    shared.give(*after)
    unchanged = await make(shared).check(session_of(shared.client)) if kind != "set" else None
    assert unchanged is None or make(shared).requests(unchanged) == ()


@pytest.mark.parametrize("kind", KINDS)
async def test_it_says_what_it_does_its_requests_and_its_command(kind: str) -> None:
    make, _, _, before, after = KINDS[kind]
    shared = SharedProject(*before)
    change = make(shared)
    assert "Billing" in change.describe()
    assert GUEST in change.describe()
    assert change.as_command().startswith(f"zitadel-tui grants {'set' if kind == 'set' else ''}")
    assert shared.project.id in change.as_command()
    assert change.calls()
    preview = await change.check(session_of(shared.client))
    assert (preview.before, preview.after) == (before, after)
    assert change.forecast(preview) == change.describe()
    assert change.resource == "users"
