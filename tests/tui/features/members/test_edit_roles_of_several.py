"""Several members at once: a result for each, and what failed tried again."""

import dataclasses
from typing import Any

import pytest

from tests.tui.app_pages import Page, demo
from tests.tui.features.members.editing import REMOVE, held, open_roles, row, sign, stored, toggle
from tests.tui.pages import holder_of, member_store, members_read, other_admin_sets, table, under_cursor
from zitadel_tui.core import members
from zitadel_tui.core.changes import Applied, Change, applying
from zitadel_tui.core.session import Session
from zitadel_tui.demo.faults import Fault
from zitadel_tui.tui.dialogs.confirm import Confirm, TypedName
from zitadel_tui.tui.dialogs.job_result import JobResultDialog
from zitadel_tui.tui.features.members.edit_roles_of_several import EditRolesOfSeveral
from zitadel_tui.tui.widgets.table import RecordTable
from zitadel_tui.zitadel.wire.members import Member


async def select(page: Page, number: int, *roles: str) -> list[Member]:
    """Select so many members that have exactly these roles."""
    roster = member_store(page).roster
    assert roster is not None
    chosen = [member for member in roster if member.roles == roles][:number]
    assert len(chosen) == number
    for member in chosen:
        assert table(page).select(member.user_id)
        await page.press("space")
    await page.sees(f"{number} selected · e roles · x remove")
    return chosen


async def open_several(page: Page) -> None:
    await page.press("e")
    await page.until(lambda: isinstance(page.app.screen, EditRolesOfSeveral) and page.app.screen.offered)


async def ended(page: Page) -> JobResultDialog:
    await page.until(
        lambda: isinstance(page.app.screen, JobResultDialog) and not page.app.screen._job.running
    )
    screen = page.app.screen
    assert isinstance(screen, JobResultDialog)
    return screen


async def test_a_role_is_added_to_all_selected_and_each_has_a_result() -> None:
    async with members_read() as page:
        chosen = await select(page, 4, "ORG_USER_MANAGER")
        await open_several(page)
        await toggle(page, "ORG_SETTINGS_MANAGER")
        await page.sees("+ ORG_SETTINGS_MANAGER", "4 members selected")
        await page.press("ctrl+s")
        await ended(page)
        await page.sees("4 members: 4 done.")
        await page.press("y")
        await page.told("The list of results was sent")
        assert len(page.app.clipboard.splitlines()) == 4
        await page.press("escape")
        await page.until(lambda: not any(sign(page, one.user_id) for one in chosen))
        for member in chosen:
            assert await stored(page, member.user_id) == ("ORG_USER_MANAGER", "ORG_SETTINGS_MANAGER")
            shown = row(page, member.user_id)
            assert shown is not None
            assert "ORG_SETTINGS_MANAGER" in shown.roles
        assert not member_store(page).listing.selected


async def test_removing_from_all_asks_and_names_users_left_without_a_role() -> None:
    async with members_read() as page:
        chosen = await select(page, 2, "ORG_USER_MANAGER")
        await open_several(page)
        await toggle(page, "ORG_USER_MANAGER")
        await page.sees("− ORG_USER_MANAGER", "2 no longer members")
        await page.press("ctrl+s")
        await page.sees("Remove ORG_USER_MANAGER from 2 members?", members.name(chosen[0])[:8])
        await page.press("enter")
        await page.until(lambda: isinstance(page.app.screen, EditRolesOfSeveral))
        assert await stored(page, chosen[0].user_id) == ("ORG_USER_MANAGER",)
        await page.press("ctrl+s", "y")
        await ended(page)
        await page.press("escape")
        await page.until(lambda: all(row(page, one.user_id) is None for one in chosen))
        assert [await stored(page, one.user_id) for one in chosen] == [None, None]


async def test_what_failed_is_reported_and_tried_again_with_another_admin_in_between() -> None:
    server = demo(lag=(0.0, 0.0))
    async with members_read(server) as page:
        chosen = await select(page, 3, "ORG_USER_MANAGER")
        await open_several(page)
        await toggle(page, "ORG_SETTINGS_MANAGER")
        await other_admin_sets(page, chosen[0].user_id, "ORG_USER_MANAGER", "ORG_OWNER_VIEWER")
        server.faults.add(
            Fault("status", status=403), f"PUT /management/v1/orgs/me/members/{chosen[1].user_id}"
        )
        await page.press("ctrl+s")
        results = await ended(page)
        assert results.query_one(RecordTable).select(chosen[0].user_id)
        await page.sees("3 members: 1 done, 2 not done.", "changed meanwhile")
        assert await stored(page, chosen[0].user_id) == ("ORG_USER_MANAGER", "ORG_OWNER_VIEWER")
        await page.press("t")
        await page.sees("3 members: 3 done.")
        assert set(await stored(page, chosen[0].user_id) or ()) == {
            *("ORG_USER_MANAGER", "ORG_OWNER_VIEWER", "ORG_SETTINGS_MANAGER")
        }
        assert "ORG_SETTINGS_MANAGER" in (await stored(page, chosen[1].user_id) or ())
        await page.press("t")
        await page.told("Nothing failed.")


async def test_what_failed_is_not_sent_again_in_another_session() -> None:
    server = demo(lag=(0.0, 0.0))
    async with members_read(server) as page:
        chosen = await select(page, 2, "ORG_USER_MANAGER")
        await open_several(page)
        await toggle(page, "ORG_SETTINGS_MANAGER")
        server.faults.add(Fault("status", status=403), "PUT /management/v1/orgs/me/members/*", times=2)
        await page.press("ctrl+s")
        await ended(page)
        await page.sees("2 members: 2 not done.")
        before = page.app.session
        page.app.connection.open(page.app.settings)
        await page.until(lambda: page.app.session not in (None, before))
        await page.press("t")
        await page.told("These changes belong to another session.")
        assert [await stored(page, member.user_id) for member in chosen] == [("ORG_USER_MANAGER",)] * 2


async def test_the_last_owners_together_need_the_name_of_the_organization() -> None:
    async with members_read() as page:
        roster = member_store(page).roster
        assert roster is not None
        owners = roster.holders("ORG_OWNER")
        for member in owners:
            assert table(page).select(member.user_id)
            await page.press("space")
        await page.press("x")
        await page.sees(f"Remove {len(owners)} members from Acme Corp?", "ORG_OWNER")
        await page.press("y")
        await ended(page)
        await page.sees(f"{len(owners)} members: {len(owners)} not done.", "last ORG_OWNER")
        await page.press("t")
        await page.until(lambda: isinstance(page.app.screen, TypedName))
        await page.press("escape")
        await ended(page)
        assert all([await stored(page, one.user_id) for one in owners])


async def test_leaving_the_results_does_not_stop_the_writing_and_its_end_is_reported() -> None:
    server = demo(lag=(0.0, 0.0))
    async with members_read(server) as page:
        chosen = await select(page, 5, "ORG_USER_MANAGER")
        await open_several(page)
        await toggle(page, "ORG_SETTINGS_MANAGER")
        with held(page):
            await page.press("ctrl+s")
            await page.until(lambda: isinstance(page.app.screen, JobResultDialog))
            await page.sees("0 of 5")
            await page.press("t")
            await page.told("Changes are still being written.")
            await page.press("escape")
            await page.until(lambda: not page.app.screen.is_modal)
        await page.told("5 members: 5 done.")
        for member in chosen:
            assert "ORG_SETTINGS_MANAGER" in (await stored(page, member.user_id) or ())


async def test_a_membership_ends_after_naming_user_and_roles() -> None:
    async with members_read() as page:
        member = holder_of(page, "ORG_USER_MANAGER")
        assert table(page).select(member.user_id)
        await page.press("x")
        await page.until(lambda: isinstance(page.app.screen, Confirm))
        assert "Remove" in page.text
        assert "ORG_USER_MANAGER" in page.text
        await page.press("enter")
        await page.until(lambda: not page.app.screen.is_modal)
        assert await stored(page, member.user_id) == member.roles
        await page.press("x", "y")
        await page.told("is no longer a member")
        await page.until(lambda: row(page, member.user_id) is None)
        assert await stored(page, member.user_id) is None


async def test_removing_a_user_whom_another_admin_changed_asks_again() -> None:
    async with members_read() as page:
        member = holder_of(page, "ORG_USER_MANAGER")
        assert table(page).select(member.user_id)
        await other_admin_sets(page, member.user_id, "ORG_USER_MANAGER", "ORG_OWNER_VIEWER")
        await page.press("x", "y")
        await page.sees("changed meanwhile. Remove anyway?")
        now, wanted = (next(line for line in page.lines if label in line) for label in ("now ", "yours "))
        assert "ORG_USER_MANAGER  + ORG_OWNER_VIEWER" in now
        assert "− ORG_USER_MANAGER" in wanted
        await page.press("n")
        await page.until(lambda: not page.app.screen.is_modal)
        await page.until(lambda: "+1" in under_cursor(page) or "ORG_OWNER_V" in under_cursor(page))
        assert await stored(page, member.user_id) == ("ORG_USER_MANAGER", "ORG_OWNER_VIEWER")
        await page.press("x", "y")
        await page.told("is no longer a member")
        assert await stored(page, member.user_id) is None


async def test_a_removal_that_is_refused_leaves_the_row() -> None:
    server = demo(lag=(0.0, 0.0))
    async with members_read(server) as page:
        member = holder_of(page, "ORG_USER_MANAGER")
        assert table(page).select(member.user_id)
        server.faults.add(Fault("status", status=403), REMOVE)
        await page.press("x", "y")
        await page.told("org.member.delete")
        await page.until(lambda: not sign(page, member.user_id))
        assert table(page).cursor_id == member.user_id
        assert await stored(page, member.user_id) == member.roles


async def test_a_selection_outlives_a_filter_and_is_counted() -> None:
    async with members_read() as page:
        await select(page, 2, "ORG_USER_MANAGER")
        await page.press("slash")
        await page.type("role:org_owner_viewer")
        await page.press("escape")
        await page.sees("2 selected, 2 of them not shown")
        await page.press("escape")
        await page.sees("2 selected · e roles")
        await page.press("escape")
        await page.until(lambda: "marked" not in page.text)


WARNING = "Another change was made at the same moment. It was overwritten: check it."


async def test_a_change_that_was_overwritten_is_reported_in_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    async def with_a_warning(session: Session, change: Change, **how: Any) -> Applied:
        return dataclasses.replace(await applying.apply(session, change, **how), warning=WARNING)

    monkeypatch.setattr("zitadel_tui.core.jobs.apply", with_a_warning)
    async with members_read() as page:
        await select(page, 2, "ORG_USER_MANAGER")
        await open_several(page)
        await toggle(page, "ORG_SETTINGS_MANAGER")
        await page.press("ctrl+s")
        results = await ended(page)
        await page.sees("2 members: 2 done.", "overwritten: check it.")
        assert results._tone(0) == "warning"
        await page.press("y")
        await page.told("The list of results was sent")
        assert page.app.clipboard.count(WARNING) == 2


async def test_results_can_be_shown_again_until_they_are_dismissed() -> None:
    async with members_read() as page:
        await page.press("t")
        await page.told("There are no results of a change to several members.")
        await select(page, 2, "ORG_USER_MANAGER")
        await open_several(page)
        await toggle(page, "ORG_SETTINGS_MANAGER")
        await page.press("ctrl+s")
        await ended(page)
        await page.press("escape")
        await page.until(lambda: not page.app.screen.is_modal)
        await page.press("t")
        await page.sees("2 members: 2 done.")
        await page.press("d")
        await page.until(lambda: not page.app.screen.is_modal)
        assert page.app.jobs.kept == []


NOT_RECORDED = "The result could not be recorded: No space left on device."


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """How a change ended cannot be written down."""

    async def unrecorded(session: Session, change: Change, **how: Any) -> Applied:
        return dataclasses.replace(await applying.apply(session, change, **how), warning=NOT_RECORDED)

    for name in ("zitadel_tui.core.changes.apply", "zitadel_tui.core.jobs.apply"):
        monkeypatch.setattr(name, unrecorded)


@pytest.mark.usefixtures("full_disk")
async def test_what_could_not_be_recorded_is_reported_of_one_and_stays_until_it_was_seen() -> None:
    async with members_read() as page:
        member, other = (holder_of(page, "ORG_USER_MANAGER", place=place) for place in range(2))
        await open_roles(page, member.user_id)
        await toggle(page, "ORG_SETTINGS_MANAGER")
        await page.press("ctrl+s")
        await page.told(NOT_RECORDED)
        await page.until(lambda: not page.app.screen.is_modal)
        assert [message.text for message in page.app.messages.unseen] == [NOT_RECORDED]
        assert table(page).select(other.user_id)
        await page.press("x", "y")
        await page.told("is no longer a member")
        await page.until(lambda: len(page.app.messages.unseen) == 2)


@pytest.mark.usefixtures("full_disk")
async def test_what_could_not_be_recorded_is_reported_of_each_among_several() -> None:
    async with members_read() as page:
        await select(page, 2, "ORG_USER_MANAGER")
        await page.press("x", "y")
        results = await ended(page)
        await page.sees("2 members: 2 done.", NOT_RECORDED)
        assert [results._tone(place) for place in range(2)] == ["warning", "warning"]


async def test_the_sign_of_a_warning_is_not_cut_off_with_a_long_role() -> None:
    async with members_read(size=(60, 16)) as page:
        await select(page, 2, "ORG_OWNER")
        await open_several(page)
        await page.press("slash")
        await page.type("self_management")
        await page.until(lambda: any("SELF_MANAGEMENT" in line and "… !" in line for line in page.lines))
