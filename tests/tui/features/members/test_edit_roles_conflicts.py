"""Another administrator, or a bad connection, during an edit: the app says what the server has."""

from dataclasses import replace
from typing import Any

import pytest

from tests.tui.app_pages import demo
from tests.tui.features.members.editing import (
    BOTH,
    CHANGE,
    SEARCH,
    open_roles,
    roles_opened,
    row,
    sign,
    stored,
    toggle,
)
from tests.tui.pages import (
    holder_of,
    members_read,
    other_admin_sets,
    table,
    under_cursor,
)
from zitadel_tui.core.changes import Applied, Change, applying
from zitadel_tui.core.session import Session
from zitadel_tui.demo.faults import Fault
from zitadel_tui.tui.dialogs.confirm import TypedName
from zitadel_tui.tui.dialogs.conflict import ConflictDialog
from zitadel_tui.tui.features.members.edit_roles import EditRoles


async def test_a_write_that_never_shows_is_reported_until_one_reads_again() -> None:
    server = demo(lag=(0.0, 0.0))
    async with roles_opened(server) as (page, member, _):
        await toggle(page, "ORG_SETTINGS_MANAGER")
        server.faults.add(Fault("status", status=403), SEARCH, times=0, after=2)
        await page.press("ctrl+s")
        await page.until(lambda: "not seen · r" in under_cursor(page))
        assert "ORG_SETTINGS_MANAGER" in (await stored(page, member.user_id) or ())
        server.faults.clear()
        await page.press("r")
        await page.until(lambda: not sign(page, member.user_id))


async def test_what_another_admin_did_before_the_dialog_opened_is_shown_in_it() -> None:
    async with members_read() as page:
        member = holder_of(page, *BOTH)
        await other_admin_sets(page, member.user_id, "ORG_OWNER_VIEWER", "ORG_OWNER")
        await open_roles(page, member.user_id)
        await page.sees("Changed since the list was read:", "+ ORG_OWNER", "− ORG_USER_MANAGER")
        await page.sees("now     ORG_OWNER  ORG_OWNER_VIEWER")


@pytest.mark.parametrize("decision", ["m", "e", "escape"])
async def test_another_admin_who_was_faster_is_never_overwritten(decision: str) -> None:
    async with roles_opened() as (page, member, _):
        await toggle(page, "ORG_SETTINGS_MANAGER", "ORG_OWNER_VIEWER")
        await other_admin_sets(page, member.user_id, *BOTH, "ORG_OWNER")
        await page.press("ctrl+s", "y")
        await page.until(lambda: isinstance(page.app.screen, ConflictDialog))
        await page.sees("before ", "now ", "yours ")
        lines = {line[4:12].strip(): line[12:] for line in page.lines}
        assert "+ ORG_OWNER" in lines["now"]
        assert "+ ORG_SETTINGS_MANAGER  − ORG_OWNER_VIEWER" in lines["yours"]
        assert await stored(page, member.user_id) == (*BOTH, "ORG_OWNER")
        await page.press(decision)
        if decision == "m":
            await page.until(lambda: not page.app.screen.is_modal)
            expected = {"ORG_OWNER", "ORG_USER_MANAGER", "ORG_SETTINGS_MANAGER"}
        else:
            expected = {*BOTH, "ORG_OWNER"}
        if decision == "e":
            await page.until(lambda: isinstance(page.app.screen, EditRoles))
            await page.sees("now     ORG_OWNER  ORG_USER_MANAGER  ORG_OWNER_VIEWER", "+ ORG_SETTINGS_MANAGER")
        else:
            await page.until(lambda: not page.app.screen.is_modal)
            await page.until(lambda: " ORG_OWNER " in under_cursor(page))
        assert set(await stored(page, member.user_id) or ()) == expected


async def test_a_refusal_stands_beside_what_was_chosen_and_can_be_tried_again() -> None:
    server = demo(lag=(0.0, 0.0))
    async with roles_opened(server) as (page, member, _):
        await toggle(page, "ORG_SETTINGS_MANAGER")
        server.faults.add(Fault("status", status=503, message="down"), CHANGE, times=0)
        await page.press("ctrl+s")
        screen = page.app.screen
        assert isinstance(screen, EditRoles)
        await page.until(lambda: not screen.saving and "+ ORG_SETTINGS_MANAGER" in page.text)
        assert await stored(page, member.user_id) == member.roles
        server.faults.clear()
        await page.press("ctrl+s")
        await page.until(lambda: not page.app.screen.is_modal)
        assert "ORG_SETTINGS_MANAGER" in (await stored(page, member.user_id) or ())


async def test_a_lost_answer_is_settled() -> None:
    server = demo(lag=(0.0, 0.0))
    async with roles_opened(server) as (page, member, _):
        await toggle(page, "ORG_SETTINGS_MANAGER")
        server.faults.add(Fault("withheld"), CHANGE)
        await page.press("ctrl+s")
        await page.told("The answer was lost; the server shows the change")
        await page.until(lambda: not page.app.screen.is_modal)
        assert "ORG_SETTINGS_MANAGER" in (await stored(page, member.user_id) or ())


async def test_an_unknown_outcome_is_reported_in_the_row_until_one_looks() -> None:
    server = demo(lag=(0.0, 0.0))
    async with roles_opened(server) as (page, member, _):
        await toggle(page, "ORG_SETTINGS_MANAGER")
        server.faults.add(Fault("withheld"), CHANGE)
        server.faults.add(Fault("status", status=403), SEARCH, times=0, after=2)
        await page.press("ctrl+s")
        await page.until(lambda: sign(page, member.user_id) == "unknown")
        server.faults.clear()
        await page.press("r")
        await page.sees("Changed since the list was read:", "+ ORG_SETTINGS_MANAGER")
        await page.press("escape")
        await page.until(lambda: not page.app.screen.is_modal)
        assert "unknown · r" in under_cursor(page)
        await page.press("r")
        await page.until(lambda: "unknown" not in page.text)
        await page.until(lambda: " +2" in under_cursor(page) or "ORG_SETTINGS_M" in under_cursor(page))


async def test_a_reading_that_began_before_a_write_does_not_bring_back_what_was() -> None:
    server = demo(lag=(0.0, 0.0))
    async with roles_opened(server) as (page, member, _):
        await toggle(page, "ORG_SETTINGS_MANAGER")
        slow = server.faults.add(Fault("hang"), SEARCH)
        page.app.view.reload()
        await page.until(lambda: slow.hits)
        await page.press("ctrl+s")
        await page.until(lambda: not page.app.screen.is_modal and not sign(page, member.user_id))
        await page.until(lambda: "ORG_SETTINGS_MANAGER" in getattr(row(page, member.user_id), "roles", ()))


async def test_another_admin_may_be_faster_even_while_the_name_is_typed() -> None:
    async with members_read() as page:
        assert page.app.account is not None
        own = page.app.account.user.id
        await open_roles(page, own)
        await toggle(page, "ORG_OWNER", "ORG_OWNER_VIEWER")
        await page.press("ctrl+s", "y")
        await page.until(lambda: isinstance(page.app.screen, TypedName))
        await other_admin_sets(page, own, "ORG_OWNER", "ORG_USER_MANAGER")
        await page.type("Acme Corp")
        await page.press("enter")
        await page.until(lambda: isinstance(page.app.screen, ConflictDialog))
        assert await stored(page, own) == ("ORG_OWNER", "ORG_USER_MANAGER")


async def test_roles_that_cannot_be_read_are_reported_and_asked_for_again() -> None:
    server = demo(lag=(0.0, 0.0))
    async with members_read(server) as page:
        member = holder_of(page, *BOTH)
        server.faults.add(Fault("status", status=403), "POST /management/v1/orgs/members/roles/_search")
        assert table(page).select(member.user_id)
        await page.press("e")
        await page.sees("Roles of", "org.member.read", "[x]  ORG_USER_MANAGER")
        await page.press("r")
        await page.sees("[ ]  ORG_SETTINGS_MANAGER ")
        await page.press("home")  # the cursor stayed on its role
        await page.sees("[ ]  ORG_OWNER ")


WARNING = "Another change was made at the same moment. It was overwritten: check it."


async def test_a_change_that_was_overwritten_is_reported_and_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zitadel_tui.core.changes.apply", with_a_warning)
    async with roles_opened() as (page, _, _):
        await toggle(page, "ORG_SETTINGS_MANAGER")
        await page.press("ctrl+s")
        await page.told(WARNING)


async def with_a_warning(session: Session, change: Change, **how: Any) -> Applied:
    return replace(await applying.apply(session, change, **how), warning=WARNING)


async def test_what_is_read_while_it_is_being_written_does_not_change_what_was_chosen() -> None:
    async with roles_opened() as (page, member, _):
        await toggle(page, "ORG_SETTINGS_MANAGER")
        screen = page.app.screen
        assert isinstance(screen, EditRoles)
        screen.saving = True
        screen._read(None)
        assert screen.choice.seen == member.roles
        screen.saving = False
        screen._read(None)
        assert screen.choice.seen == ()
