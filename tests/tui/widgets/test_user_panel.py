"""The details of a user beside the list or over it: what is known at once, what arrives, what may not be
read."""

from tests.tui.app_pages import demo
from tests.tui.pages import (
    holder_of,
    member_store,
    members_read,
    other_admin_sets,
    person,
    table,
    under_cursor,
)
from zitadel_tui.demo.faults import Fault

ANY_USER = "GET /management/v1/users/*"


async def test_enter_shows_the_user_over_a_narrow_list_and_escape_goes_back() -> None:
    async with members_read() as page:
        await page.press("down")
        line = under_cursor(page)
        await page.press("enter")
        await page.sees("Roles", "user name", "organization", "since")
        assert not under_cursor(page)
        assert person(page).has_focus
        await page.press("escape")
        await page.until(lambda: under_cursor(page))
        assert under_cursor(page) == line
        assert table(page).has_focus


async def test_a_user_longer_than_the_screen_is_scrolled_by_keys() -> None:
    async with members_read(size=(80, 16)) as page:
        await page.press("enter")
        await page.until(lambda: person(page).card)
        await page.until(lambda: person(page).max_scroll_y > 0)
        await page.press("end")
        await page.until(lambda: person(page).scroll_offset.y == person(page).max_scroll_y)
        assert table(page).cursor_row == 0


async def test_on_a_wide_screen_the_user_stands_beside_and_follows_the_cursor() -> None:
    async with members_read(size=(120, 40)) as page:
        await page.press("enter")
        await page.sees("Recent changes")
        assert under_cursor(page)
        assert page.app.focused is table(page)
        first = person(page).member
        await page.press("down")
        await page.until(lambda: person(page).member != first)
        await page.until(lambda: person(page).card)
        shown = person(page).member
        assert shown is not None
        assert shown.user_id == table(page).cursor_id
        await page.sees(shown.user_id)
        await page.press("enter")
        await page.until(lambda: page.app.focused is person(page))
        await page.press("escape")
        assert page.app.focused is table(page)
        assert "Recent changes" in page.text
        await page.press("escape")
        await page.until(lambda: "Recent changes" not in page.text)


async def test_the_user_moves_over_the_list_when_the_screen_becomes_narrow() -> None:
    async with members_read(size=(120, 40)) as page:
        await page.press("enter")
        await page.sees("Recent changes")
        await page.resize(80, 24)
        await page.until(lambda: not under_cursor(page) and "Project roles" in page.text)
        assert page.app.focused is person(page)
        await page.resize(120, 40)
        await page.until(lambda: under_cursor(page) and "Project roles" in page.text)


async def test_an_answer_for_a_user_else_is_dropped() -> None:
    server = demo(lag=(0.0, 0.0))
    async with members_read(server, size=(120, 40)) as page:
        first = table(page).cursor_id
        server.faults.add(Fault("hang"), f"GET /management/v1/users/{first}", times=0)
        await page.press("enter")
        await page.sees("reading …")
        await page.press("down")
        await page.until(lambda: person(page).card)
        second = person(page).member
        assert second is not None
        assert second.user_id != first
        await page.press("up")
        await page.sees("reading …")
        assert person(page).card is None


async def test_what_may_not_be_read_says_so_in_its_place() -> None:
    async with members_read(account="settings-bot", size=(80, 50)) as page:
        await page.press("enter")
        await page.until(lambda: person(page).card)
        await page.sees("Recent changes", "Not permitted to this account.", "user.membership.read")
        await page.sees("everything in this organization")


async def test_a_guest_is_reported_to_be_one_and_whose() -> None:
    async with members_read(size=(80, 40)) as page:
        await page.press("slash")
        await page.type("hank@globex")
        await page.press("enter")
        await page.until(lambda: table(page).row_count == 1)
        assert "guest" in under_cursor(page)
        await page.press("enter")
        await page.until(lambda: person(page).card)
        member = person(page).member
        assert member is not None
        await page.sees("A guest:", f"another one, id {member.user_resource_owner}")


async def test_a_service_account_shows_what_it_is() -> None:
    async with members_read() as page:
        await page.press("slash")
        await page.type("onboarding-bot")
        await page.press("enter", "enter")
        await page.sees("active · service account", "token type")


async def test_an_administrator_of_the_instance_has_power_there() -> None:
    async with members_read(size=(80, 40)) as page:
        await page.press("i", "slash")
        await page.type("root")
        await page.press("enter", "enter")
        await page.until(lambda: person(page).card)
        await page.sees("everything, in every organization", "instance")


async def test_a_user_that_cannot_be_read_fails_alone_and_refresh_helps() -> None:
    server = demo(lag=(0.0, 0.0))
    async with members_read(server) as page:
        server.faults.add(Fault("html", status=200, message="Welcome"), ANY_USER, times=0)
        await page.press("enter")
        await page.sees("Could not read this user", "r tries again")
        server.faults.clear()
        await page.press("r")
        await page.sees("Project roles")


async def test_a_refresh_shows_the_roles_another_admin_gave() -> None:
    async with members_read(size=(120, 40)) as page:
        someone = holder_of(page, "ORG_OWNER_VIEWER")
        table(page).select(someone.user_id)
        await page.press("enter")
        await page.until(lambda: person(page).card)
        await other_admin_sets(page, someone.user_id, "ORG_SETTINGS_MANAGER")
        before = member_store(page).roster
        await page.press("r")
        await page.until(lambda: member_store(page).roster is not before)
        await page.sees("settings, policies, identity")
        assert table(page).cursor_id == someone.user_id


async def test_a_user_who_is_gone_is_not_shown_any_more() -> None:
    async with members_read(size=(120, 40)) as page:
        someone = holder_of(page, "ORG_OWNER_VIEWER")
        table(page).select(someone.user_id)
        await page.press("enter")
        await page.until(lambda: person(page).card)
        await other_admin_sets(page, someone.user_id)
        await page.press("r")
        await page.until(lambda: table(page).cursor_id != someone.user_id)
        shown = person(page).member
        assert shown is not None
        assert shown.user_id == table(page).cursor_id
