"""Import, then assign: what is known before, and that nothing after the import hides the user it created."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.demo_clients import apply_guarded, client_of, id_of, member_roles
from zitadel_tui.core import projects
from zitadel_tui.core.changes import AddGrantRoles, ImportUser, apply
from zitadel_tui.core.onboarding import Onboarded, Plan, assign, onboard, prepare, role_names
from zitadel_tui.core.runtime import Interrupted
from zitadel_tui.core.session import Session
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.server import Demo
from zitadel_tui.failure import UsageFailure
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.http import Transport
from zitadel_tui.zitadel.wire.users import Email, ImportHuman, Profile

VIEWER = "ORG_OWNER_VIEWER"
IMPORT, ADD = "POST /management/v1/users/human/_import", "POST /management/v1/orgs/me/members"
REFUSED = Fault("status", 403, "No matching permissions found (AUTH-5mWD2)", id="AUTH-5mWD2")


@pytest.fixture
def demo() -> Demo:
    return Demo(lag=(0, 0))


def body(user_name: str, email: str = "twin@acme.example", **more: Any) -> ImportHuman:
    profile = Profile(first_name="Twin", last_name="One")
    return ImportHuman(user_name=user_name, profile=profile, email=Email(email=email), **more)


def session_of(demo: Demo, account: str = "onboarding-bot", **more: Any) -> Session:
    return Session(Settings(demo=True), client_of(demo, account, **more))


async def planned(session: Session, user_name: str, *roles: str, **more: Any) -> Plan:
    return await prepare(session, body(user_name, **more), role_names=roles)


# Before anything is sent


async def test_an_email_in_use_is_a_note_that_names_who_has_it(demo: Demo) -> None:
    session = session_of(demo)
    assert (await planned(session, "one")).notes == ()
    await apply_guarded(session.client, ImportUser(body("one")))
    assert (await planned(session, "two")).notes == (
        "Another user has this email (allowed): Twin One (one).",
    )
    await apply_guarded(session.client, ImportUser(body("two")))
    (note,) = (await planned(session, "three")).notes
    assert note.endswith(" and 1 more.")


async def test_roles_are_named_as_the_server_does_and_each_once(demo: Demo) -> None:
    plan = await planned(session_of(demo), "ada", "org_owner_viewer", VIEWER)
    assert (plan.roles, plan.organization) == ((VIEWER,), demo.store.default_org)


async def test_roles_that_cannot_be_assigned_refuse_the_whole_before(demo: Demo) -> None:
    rule = demo.faults.add(Fault("status", 500), IMPORT, times=0)
    with pytest.raises(UsageFailure):
        await planned(session_of(demo), "ada", "ORG_NONE")
    with pytest.raises(errors.NotPermitted) as caught:
        await planned(session_of(demo, "user-manager-bot"), "ada", VIEWER)
    assert caught.value.permission == "org.member.write"
    assert (await planned(session_of(demo, "user-manager-bot"), "ada")).roles == ()
    assert rule.hits == 0


async def test_roles_that_may_not_be_listed_are_taken_as_given_and_that_is_noted(demo: Demo) -> None:
    session = session_of(demo)
    demo.faults.add(REFUSED, "POST /management/v1/orgs/members/roles/_search", times=0)
    plan = await planned(session, "ada", VIEWER)
    assert plan.roles == (VIEWER,)
    assert "not checked" in plan.notes[0]
    with pytest.raises(UsageFailure, match="a role of the instance"):
        await planned(session, "ada", "IAM_OWNER")


async def test_a_password_is_generated_by_the_policy(demo: Demo) -> None:
    session = session_of(demo)
    for change in (True, False):
        plan = await prepare(session, body("ada"), generate_password=True, change_required=change)
        assert plan.generated is not None
        assert plan.body.password == plan.generated
        assert plan.body.password_change_required is change
        assert plan.problems == ()
    assert (await prepare(session, body("ada"))).generated is None


async def test_problems_of_the_body_are_those_the_server_would_refuse(demo: Demo) -> None:
    plan = await planned(session_of(demo), "", email="nowhere")
    assert {problem.field for problem in plan.problems} == {"userName", "email.email"}


# Import, then assign


async def test_a_user_is_created_and_then_gets_the_roles(demo: Demo) -> None:
    session = session_of(demo)
    seen: list[Onboarded] = []
    plan = await planned(session, "ada", VIEWER)
    onboarded = await onboard(session, plan, on_imported=seen.append)
    assert member_roles(demo, onboarded.user_id) == (VIEWER,)
    assert onboarded.user_id == id_of(demo, "ada")
    assert (onboarded.left, onboarded.failure, onboarded.interrupted) == ((), None, False)
    assert (onboarded.is_misplaced, onboarded.organization) == (False, plan.organization)
    (between,) = seen
    assert between.user_id == onboarded.user_id
    assert between.left


async def test_without_roles_nothing_is_assigned(demo: Demo) -> None:
    session = session_of(demo)
    rule = demo.faults.add(Fault("status", 500), ADD, times=0)
    onboarded = await onboard(session, await planned(session, "ada"))
    assert (onboarded.left, onboarded.assigned, rule.hits) == ((), (), 0)


async def test_a_refused_import_is_raised_and_assigns_nothing(demo: Demo) -> None:
    session = session_of(demo)
    plan = await planned(session, "Settings-Bot", VIEWER)
    with pytest.raises(errors.AlreadyThere):
        await onboard(session, plan)
    assert member_roles(demo, id_of(demo, "settings-bot")) == ("ORG_SETTINGS_MANAGER",)


async def test_a_failed_assignment_keeps_the_user_and_can_be_tried_again(demo: Demo) -> None:
    session = session_of(demo)
    plan = await planned(session, "ada", VIEWER)
    demo.faults.add(REFUSED, ADD)
    onboarded = await onboard(session, plan)
    assert isinstance(onboarded.failure, errors.NotPermitted)
    assert onboarded.left
    again = await assign(session, onboarded)
    assert (again.failure, again.left, again.user_id) == (None, (), onboarded.user_id)
    assert member_roles(demo, again.user_id) == (VIEWER,)
    assert await assign(session, again) is again


async def test_even_a_fault_of_ours_while_assigning_does_not_hide_the_user(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of(demo)
    plan = await planned(session, "ada", VIEWER)

    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    def break_it(_: Onboarded) -> None:
        monkeypatch.setattr("zitadel_tui.core.onboarding.apply", broken)

    onboarded = await onboard(session, plan, on_imported=break_it)
    assert isinstance(onboarded.failure, RuntimeError)
    assert onboarded.user_id == id_of(demo, "ada")


async def cancelled_at(demo: Demo, request: str, plan: Plan) -> Onboarded:
    """Press Ctrl-C while that request is in flight; it is answered anyway."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if f"{scope['method']} {scope['path']}" == request:
            task.cancel()
        await demo.app(scope, receive, send)

    transport = Transport(demo.origin, timeout=10, app=app)
    client = Client(transport, session_of(demo).client.tokens)
    task = asyncio.create_task(onboard(Session(Settings(demo=True), client), plan))
    return await task


async def test_cancelled_during_the_import_assigns_nothing_and_names_the_user(demo: Demo) -> None:
    session = session_of(demo)
    onboarded = await cancelled_at(demo, IMPORT, await planned(session, "ada", VIEWER))
    assert onboarded.interrupted
    assert onboarded.left
    assert member_roles(demo, id_of(demo, "ada")) == ()


async def test_cancelled_during_the_assignment_tells_how_it_ended(demo: Demo) -> None:
    session = session_of(demo)
    onboarded = await cancelled_at(demo, ADD, await planned(session, "ada", VIEWER))
    assert (onboarded.interrupted, onboarded.left) == (True, ())
    assert member_roles(demo, onboarded.user_id) == (VIEWER,)
    demo.faults.add(REFUSED, ADD)
    refused = await cancelled_at(demo, ADD, await planned(session, "eve", VIEWER))
    assert refused.interrupted
    assert isinstance(refused.failure, errors.NotPermitted)


async def test_cancelled_before_the_assignment_is_sent_leaves_it_to_be_done(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of(demo)
    plan = await planned(session, "ada", VIEWER)

    async def cancelled(*_: Any, **__: Any) -> None:
        raise asyncio.CancelledError

    def cancel(_: Onboarded) -> None:
        monkeypatch.setattr("zitadel_tui.core.onboarding.apply", cancelled)

    onboarded = await onboard(session, plan, on_imported=cancel)
    assert (onboarded.interrupted, onboarded.failure) == (True, None)
    assert onboarded.left


async def test_cancelled_between_two_assignments_tells_the_first(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of(demo)
    plan = await prepare(session, body("ada"), role_names=[VIEWER], project_roles=["Billing:viewer"])

    async def cancelled_at_the_second(session: Session, change: Any) -> Any:
        if isinstance(change, AddGrantRoles):
            raise asyncio.CancelledError
        return await apply(session, change)

    monkeypatch.setattr("zitadel_tui.core.onboarding.apply", cancelled_at_the_second)
    onboarded = await onboard(session, plan)
    assert onboarded.interrupted
    assert [applied.after for applied in onboarded.assigned] == [(VIEWER,)]
    assert role_names(onboarded.left) == "viewer in Billing"


async def test_a_refused_import_that_was_cancelled_raises_how_it_ended(demo: Demo) -> None:
    session = session_of(demo)
    plan = await planned(session, "settings-bot", VIEWER)
    with pytest.raises(Interrupted) as caught:
        await cancelled_at(demo, IMPORT, plan)
    assert isinstance(caught.value.error, errors.AlreadyThere)


async def test_who_went_to_another_organization_gets_no_roles(demo: Demo) -> None:
    """As when a proxy drops the header that names the organization: the roles would be given there, too."""
    own = demo.store.default_org
    other = next(org for org in demo.store.orgs if org != own)
    session = session_of(demo, "iam-bot", org_id=other)
    plan = await planned(session, "ada", VIEWER)
    session.client.org_id = ""
    onboarded = await onboard(session, plan)
    assert (onboarded.is_misplaced, onboarded.organization) == (True, own)
    assert onboarded.failure is not None
    assert own in str(onboarded.failure)
    assert onboarded.left
    assert member_roles(demo, onboarded.user_id) == ()


async def test_where_no_organization_was_intended_roles_are_assigned_wherever_the_user_is(demo: Demo) -> None:
    plan = replace(await planned(session_of(demo), "ada", VIEWER), organization="")
    onboarded = await onboard(session_of(demo), plan)
    assert (onboarded.is_misplaced, onboarded.left) == (False, ())
    assert member_roles(demo, onboarded.user_id) == (VIEWER,)


async def test_a_link_is_in_the_answer_alone(demo: Demo, impatient: None) -> None:
    session = session_of(demo)
    link = body("ada", request_passwordless_registration=True)
    onboarded = await onboard(session, await prepare(session, link))
    assert onboarded.passkey is not None
    assert onboarded.passkey.link
    assert not onboarded.lost_link
    demo.faults.add(Fault("withheld"), IMPORT)
    lost = await onboard(session, await prepare(session, body("eve", request_passwordless_registration=True)))
    assert (lost.passkey, lost.lost_link, lost.is_misplaced) == (None, True, False)
    demo.faults.add(Fault("withheld"), IMPORT)
    assert not (await onboard(session, await planned(session, "bob"))).lost_link


# Project roles


async def test_project_roles_are_assigned_after_the_administrator_roles(demo: Demo) -> None:
    session = session_of(demo)
    plan = await prepare(
        session, body("ada"), role_names=[VIEWER], project_roles=["billing:viewer,clerk", "CRM:leads.read"]
    )
    assert [one.project.name for one in plan.grants] == ["Billing", "CRM"]
    onboarded = await onboard(session, plan)
    assert (onboarded.left, onboarded.failure, len(onboarded.assigned)) == ((), None, 3)
    assert member_roles(demo, onboarded.user_id) == (VIEWER,)
    grants = await projects.grants(session.client, user_id=onboarded.user_id)
    assert sorted((one.project_name, one.role_keys) for one in grants) == [
        ("Billing", ("viewer", "clerk")),
        ("CRM", ("leads.read",)),
    ]


async def test_what_fails_does_not_hold_up_the_next_and_is_tried_again_alone(demo: Demo) -> None:
    session = session_of(demo)
    plan = await prepare(
        session, body("ada"), role_names=[VIEWER], project_roles=["Billing:viewer", "CRM:leads.read"]
    )
    demo.faults.add(REFUSED, ADD)
    demo.faults.add(REFUSED, "POST /management/v1/users/*/grants")
    onboarded = await onboard(session, plan)
    assert role_names(onboarded.left) == f"{VIEWER}; viewer in Billing"
    assert [applied.after for applied in onboarded.assigned] == [("leads.read",)]
    again = await assign(session, onboarded)
    assert (again.left, len(again.assigned)) == ((), 3)
    assert again.assignments[2] is onboarded.assignments[2], "what is done is not sent again"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("Billing", "does not name project roles"),
        ("Biling:viewer", "no project 'Biling'"),
        ("Billing:vewer", "no role 'vewer'"),
    ],
)
async def test_project_roles_that_do_not_exist_are_reported_before_anything_is_sent(
    demo: Demo, wanted: str, said: str
) -> None:
    session = session_of(demo)
    with pytest.raises(UsageFailure, match=said):
        await prepare(session, body("ada"), project_roles=[wanted])
    assert demo.store.user_named("ada") is None


@pytest.mark.parametrize("account", ["settings-bot", "viewer-bot"])
async def test_an_account_that_may_not_grant_learns_it_before_anything_is_sent(
    demo: Demo, account: str
) -> None:
    """One may not read projects either, the other may read everything."""
    session = session_of(demo, account)
    with pytest.raises(errors.NotPermitted):
        await prepare(session, body("ada"), project_roles=["Billing:viewer"])
