"""Roles as an administrator meets them: what each permits, who holds it, two compared."""

import pytest

from tests.tui.app_pages import Page, demo, signed_in
from tests.tui.pages import control_characters, member_store, members_read, roles_view, table, under_cursor
from zitadel_tui.core import rights
from zitadel_tui.demo.faults import Fault
from zitadel_tui.tui.widgets.panel import Panel

ROLES = "POST /management/v1/orgs/members/roles/_search"


async def open_roles(page: Page) -> None:
    await page.press("2")
    await page.until(lambda: page.app.view is roles_view(page) and table(page).row_count)
    await page.until(lambda: roles_view(page)._holders is not None)


def detail(page: Page) -> str:
    return roles_view(page).query_one("#detail", Panel).plain


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_roles_say_what_they_permit_and_how_many_hold_them(size: tuple[int, int]) -> None:
    async with members_read(size=size) as page:
        await open_roles(page)
        roster = member_store(page).roster
        assert roster is not None
        offered = rights.sort_roles(roles_view(page)._keys)
        await page.sees(f"2 Roles {len(offered)}", "ROLE", "HOLDERS", "ORG_OWNER_VIEWER", "Held by")
        for role in offered:
            held = str(len(roster.holders(role)))
            assert any(line[2:].split()[:2] == [role, held] for line in page.lines[2:-2])
        assert "everything in this organization" in detail(page)
        assert "list, add, change and remove members and roles" in detail(page)
        await page.press("down", "down")
        await page.until(lambda: detail(page).startswith("ORG_USER_MANAGER"))
        assert "everything in this organization" not in detail(page)


async def test_enter_jumps_to_exactly_the_holders_of_a_role() -> None:
    async with members_read() as page:
        await open_roles(page)
        roster = member_store(page).roster
        assert roster is not None
        await page.press("enter")
        await page.sees("/ role:ORG_OWNER ")
        holders = {member.user_id for member in roster.holders("ORG_OWNER")}
        assert table(page).row_count == len(holders)
        assert table(page).cursor_id in holders


async def test_two_roles_are_compared_while_the_cursor_chooses_the_second() -> None:
    async with members_read() as page:
        await open_roles(page)
        await page.press("m")
        await page.sees("Comparing with ORG_OWNER")
        await page.press("down", "down")
        await page.until(lambda: "ORG_OWNER compared with ORG_USER_MANAGER" in detail(page))
        compared = rights.compare("ORG_OWNER", "ORG_USER_MANAGER")
        assert f"only ORG_OWNER ({len(compared.only_first)})" in detail(page)
        assert f"both ({len(compared.both)})" in detail(page)
        assert f"only ORG_USER_MANAGER ({len(compared.only_second)})" in detail(page)
        await page.press("escape")
        await page.until(lambda: detail(page).startswith("ORG_USER_MANAGER"))
        assert "Comparing" not in page.text


async def test_three_lists_stand_side_by_side_where_there_is_room() -> None:
    async with members_read(size=(160, 40)) as page:
        await open_roles(page)
        await page.press("m", "down", "down")
        await page.sees("only ORG_OWNER (", "both (", "only ORG_USER_MANAGER (")
        heads = [line for line in page.lines if "only ORG_OWNER (" in line]
        assert all("both (" in line for line in heads)


async def test_the_details_can_be_read_on_at_80_by_24() -> None:
    async with members_read() as page:
        await open_roles(page)
        await page.press("tab")
        await page.until(lambda: page.app.focused is roles_view(page).query_one("#detail"))
        await page.until(lambda: sum("ORG_" in line for line in page.lines) < 5)
        assert under_cursor(page)
        await page.press("escape")
        await page.until(lambda: page.app.focused is table(page))
        await page.until(lambda: "ORG_OWNER_VIEWER" in page.text)


@pytest.mark.parametrize("account", ["user-manager-bot", "nobody-bot"])
async def test_not_permitted_says_what_is_missing(account: str) -> None:
    async with signed_in(account=account) as page:
        await page.press("2")
        await page.sees("Not permitted to list roles", "r tries again")
        assert "compares two" not in page.text
        await page.press("enter", "m", "y")
        await page.told("No role is under the cursor.")


async def test_a_failure_says_so_and_another_try_helps() -> None:
    server = demo(lag=(0.0, 0.0))
    server.faults.add(Fault("html", status=200, message="Welcome"), ROLES, times=0)
    async with members_read(server) as page:
        await page.press("2")
        await page.sees("Could not list roles", "r tries again")
        server.faults.clear()
        await page.press("r")
        await page.sees("ORG_OWNER", "Held by")
        server.faults.add(Fault("html", status=200, message="Welcome"), ROLES, times=0)
        await page.press("r")
        await page.sees("Not refreshed, r tries again:", "ORG_OWNER")


async def test_a_role_that_is_held_but_not_offered_is_listed_too() -> None:
    server = demo(lag=(0.0, 0.0))
    org, hostile = server.store.default_org, "[@click=app.quit]\x1b]52;c;eA==\x07ROLE"
    holder = next(iter(server.store.members[org].values()))
    server.store.put_member(org, holder.user, (*holder.roles, hostile), holder.user)
    async with members_read(server) as page:
        await open_roles(page)
        await page.press("end")
        await page.sees("[@click=app.quit]")
        await page.until(lambda: "custom role" in detail(page))
        assert "This tool knows ZITADEL's own roles only" in detail(page)
        assert "held, but no longer offered here" in page.text
        await page.press("m", "up")
        await page.until(lambda: "compared with" in detail(page))
        assert not control_characters(page)


async def test_what_is_copied_and_written() -> None:
    async with members_read() as page:
        await open_roles(page)
        view = roles_view(page)
        assert view.copy_text() == ("the role ORG_OWNER", "ORG_OWNER")
        call = view.request()
        assert call is not None
        assert call.target == "/management/v1/orgs/members/roles/_search"
        written = view.table_rows()
        assert written is not None
        header, lines, stem = written
        assert (header[0], stem) == ("role", "roles")
        assert "org.member.write" in next(iter(lines))[3]
