"""Imports: what became of each, in which order they are kept, and what can be done with one afterwards."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.demo_clients import id_of
from tests.tui.services.running import Services, opened, services
from zitadel_tui.core.changes import Applied
from zitadel_tui.core.projects import Project, ProjectRoles
from zitadel_tui.core.user_form import UserForm
from zitadel_tui.demo.faults import Fault
from zitadel_tui.secret import Secret
from zitadel_tui.tui.services.imports import Import, Target
from zitadel_tui.tui.services.pending_changes import State
from zitadel_tui.zitadel import calls, errors

VIEWER = "ORG_OWNER_VIEWER"
IMPORT, ADD = "POST /management/v1/users/human/_import", "POST /management/v1/orgs/me/members"
SEARCH = "POST /management/v1/users/_search"
REFUSED = Fault(status=403, id="AUTH-5mWD2")
LOST, DOWN = Fault("withheld"), Fault(status=500, message="down")
WAIT = "Wait for the answer to the previous change."


def form(user_name: str = "ada", **more: Any) -> UserForm:
    email = f"{user_name}@acme.test"
    return UserForm(first_name=user_name.title(), last_name="L", user_name=user_name, email=email, **more)


async def sent(running: Services, one: UserForm, *, generated: bool = False) -> Import:
    """What became of it, its later reads and writes included."""
    before = len(running.ended)
    running.imports.send(one, generated=generated)
    await running.until(lambda: len(running.ended) > before)
    ended = running.ended[-1]
    await running.until(lambda: not ended.busy and (ended.user_read or ended.state != "created"))
    return ended


async def unknown(running: Services, one: UserForm) -> Import:
    running.demo.faults.add(LOST, IMPORT)
    running.demo.faults.add(DOWN, SEARCH, times=0)
    ended = await sent(running, one)
    running.demo.faults.clear()
    return ended


async def test_a_user_is_created_and_read_and_gets_the_roles() -> None:
    async with services() as running:
        with running.assigning_is_held():
            running.imports.send(form(roles=(VIEWER,)))
            assert running.imports.sending is not None
            assert len(running.shown) == 1
            assert running.imports.reason_against_sending() == "Ada L is being imported; wait for the answer."
            await running.until(lambda: running.ended)
            (one,) = running.imports.results
            user = id_of(running.demo, "ada")
            assert (one.state, one.busy) == ("created", True)
            assert running.imports.reason_against_sending() is None
            assert running.imports.reason_against(one) == WAIT
            assert running.pending.state(user) is State.SAVING
        await running.until(lambda: running.wrote and one.user_read)
        assert running.stored(user) == (VIEWER,)
        assert (one.busy, one.user and one.user.id, running.ended) == (False, user, [one])
        assert running.imports.reason_against(one) is None
        ((written, outcome),) = running.wrote
        assert written is one
        assert isinstance(outcome, Applied)
        await running.until(lambda: running.pending.state(user) is None)


async def test_only_a_user_who_gets_administrator_roles_here_gets_a_row() -> None:
    async with services() as running:
        one = await sent(running, form())
        assert one.onboarded is not None
        assert (running.arrived, running.row(one.onboarded.user_id)) == ([], None)


async def test_a_user_who_gets_project_roles_only_gets_no_row() -> None:
    async with services() as running:
        billing = next(one for one in running.demo.store.projects.values() if one.name == "Billing")
        granted = ProjectRoles(Project(billing.id, billing.name), ("viewer",))
        one = await sent(running, form(grants=(granted,)))
        assert one.onboarded is not None
        assert [done.after for done in one.onboarded.assigned] == [("viewer",)]
        assert (running.arrived, running.row(one.onboarded.user_id)) == ([], None)


async def test_a_user_in_another_organization_than_intended_gets_neither_row_nor_roles() -> None:
    async with services() as running:
        assert running.account is not None
        running.account = replace(running.account, org_id="4711")
        one = await sent(running, form(roles=(VIEWER,)))
        await running.until(lambda: running.wrote)
        assert one.onboarded is not None
        assert one.onboarded.is_misplaced
        assert (running.arrived, running.stored(one.onboarded.user_id)) == ([], ())


async def test_results_are_listed_newest_first_whatever_became_of_them() -> None:
    async with services() as running:
        first = await sent(running, form("ada"))
        second = await sent(running, form("eve"))
        third = await unknown(running, form("joe"))
        assert running.imports.results == [third, second, first]
        assert third.state == "unknown"
        assert len({one.key for one in running.imports.results}) == 3


async def test_a_refused_import_is_reported_and_leaves_no_result() -> None:
    async with services() as running:
        one = await sent(running, form("settings-bot"))
        assert (one.state, running.imports.results, running.imports.sending) == ("refused", [], None)
        assert isinstance(one.failure, errors.AlreadyThere)
        assert running.imports.reason_against_sending() is None


async def test_an_unknown_import_holds_up_the_next_until_it_is_checked_and_goes_on_with_the_roles() -> None:
    async with services() as running:
        one = await unknown(running, form(roles=(VIEWER,)))
        assert running.imports.reason_against_sending() == "First check whether Ada L was created."
        assert running.imports.loss(one) == "It is not known yet whether Ada L was created."
        running.imports.check(one)
        assert (one.state, running.imports.reason_against(one)) == ("checking", WAIT)
        assert running.imports.reason_against_sending() == "First check whether Ada L was created."
        await running.until(lambda: running.wrote)
        assert (one.state, one.failure, running.imports.results) == ("created", None, [one])
        assert running.stored(id_of(running.demo, "ada")) == (VIEWER,)
        assert running.imports.reason_against_sending() is None


async def test_an_unknown_import_that_did_not_happen_is_no_result_any_more() -> None:
    async with services() as running:
        running.demo.faults.add(Fault("html", status=504), IMPORT)
        running.demo.faults.add(DOWN, SEARCH, times=0)
        one = await sent(running, form())
        running.demo.faults.clear()
        running.imports.check(one)
        await running.until(lambda: one.state != "checking")
        assert (one.state, running.imports.results, running.ended) == ("not created", [], [one, one])


async def test_an_unknown_import_that_cannot_be_looked_up_stays_unknown() -> None:
    async with services() as running:
        one = await unknown(running, form())
        running.demo.faults.add(DOWN, SEARCH, times=0)
        running.imports.check(one)
        await running.until(lambda: one.state != "checking")
        assert (one.state, running.imports.results) == ("unknown", [one])


async def test_roles_that_were_refused_can_be_assigned_again() -> None:
    async with services() as running:
        running.demo.faults.add(REFUSED, ADD)
        one = await sent(running, form(roles=(VIEWER,)))
        user = id_of(running.demo, "ada")
        await running.until(lambda: running.wrote)
        assert isinstance(running.wrote[0][1], errors.NotPermitted)
        assert (running.pending.state(user), running.row(user)) == (None, None)
        with running.assigning_is_held():
            running.imports.assign(one)
            assert (one.busy, running.imports.reason_against(one)) == (True, WAIT)
            assert running.pending.state(user) is State.SAVING
        await running.until(lambda: len(running.wrote) == 2)
        assert (one.busy, running.stored(user)) == (False, (VIEWER,))


async def test_another_link_takes_the_place_of_the_first_and_has_not_been_seen() -> None:
    async with services() as running:
        one = await sent(running, form(sign_in="passkey"))
        first = one.secret
        assert first
        assert one.link_until is not None
        assert one.link_until > one.sent_at
        assert running.imports.unsaved() == ["The passkey link of Ada L has not been shown yet."]
        running.imports.seen(one)
        assert running.imports.unsaved() == []
        running.imports.make_link(one)
        assert (one.busy, running.imports.reason_against(one)) == (True, WAIT)
        await running.until(lambda: running.wrote)
        assert one.secret
        assert (one.secret != first, one.secret_seen, one.busy) == (True, False, False)
        assert running.imports.unsaved() == ["The passkey link of Ada L has not been shown yet."]


async def test_a_write_that_is_refused_is_reported_and_another_one_may_follow() -> None:
    async with services() as running:
        one = await sent(running, form())
        running.demo.faults.add(REFUSED, "POST /management/v1/users/*")
        before = len(running.shown)
        running.imports.resend(one)
        assert (one.busy, len(running.shown)) == (True, before + 1)
        await running.until(lambda: running.wrote)
        ((_, outcome),) = running.wrote
        assert isinstance(outcome, errors.NotPermitted)
        await running.until(lambda: len(running.shown) == before + 2)
        assert (one.busy, running.imports.reason_against(one)) == (False, None)
        running.imports.resend(one)
        await running.until(lambda: len(running.wrote) == 2)
        assert isinstance(running.wrote[1][1], Applied)


@pytest.mark.parametrize("generated", [True, False])
async def test_only_a_password_that_nobody_knows_is_lost_with_its_result(generated: bool) -> None:
    async with services() as running:
        typed = form(sign_in="password", password=Secret("Correct-Horse-7"))
        one = await sent(running, typed, generated=generated)
        assert one.secret == Secret("Correct-Horse-7")
        assert running.imports.loss(one) == (
            "The password of Ada L has not been shown yet." if generated else ""
        )
        running.imports.dismiss(one)
        assert (running.imports.results, running.imports.unsaved()) == ([], [])


async def test_a_user_that_was_read_is_not_read_again() -> None:
    async with services() as running:
        one = await sent(running, form())
        assert one.onboarded is not None
        asked = running.demo.faults.add(Fault("slow", seconds=0), "GET /management/v1/users/*", times=0)
        running.imports.read_user(one)
        user = calls.user(one.onboarded.user_id)
        runtime, session = running.network.runtime, running.network.session_to_write()
        await asyncio.wrap_future(runtime.submit(session, lambda session: session.client.send(user)))
        assert asked.hits == 1, "the one right above"


async def test_a_user_of_another_server_is_not_touched_from_here() -> None:
    async with services() as running, services() as elsewhere:
        one = await sent(running, form())
        elsewhere.demo.origin = "https://other.example"
        running.network.use(await opened(running.network, elsewhere.demo, "iam-bot"))
        reason = running.imports.reason_against(one)
        assert reason is not None
        assert reason.startswith("Ada L was imported to ")
        assert running.imports.reason_against_sending() is None


def test_where_a_user_was_imported_to_is_called_by_its_name_or_else_its_id() -> None:
    for name, called in (("Acme", "Acme"), ("", "4711")):
        assert str(Target("zitadel.example", "4711", name, "ada")) == f"{called} on zitadel.example"
