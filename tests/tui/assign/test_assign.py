"""Editing the roles of one member: what is chosen is what is written, and what the app says is so."""

from tests.tui.assign.editing import open_roles, sign, stored, toggle
from tests.tui.views.pages import feed, holder_of, members_read, table, under_cursor


async def test_a_role_is_given_and_the_row_follows_without_moving() -> None:
    async with members_read() as page:
        member = holder_of(page, "ORG_USER_MANAGER", "ORG_OWNER_VIEWER")
        await open_roles(page, member.user_id)
        await toggle(page, "ORG_OWNER")
        await page.sees("+ ORG_OWNER")
        before = list(feed(page).members.order)
        await page.press("ctrl+s")
        await page.until(lambda: not page.app.screen.is_modal)
        await page.told("has ORG_OWNER, ORG_USER_MANAGER, ORG_OWNER_VIEWER now")
        await page.until(lambda: not sign(page, member.user_id))
        await page.until(lambda: " ORG_OWNER " in under_cursor(page))
        assert feed(page).members.order == before
        assert table(page).cursor_id == member.user_id
        assert set(await stored(page, member.user_id)) == {*member.roles, "ORG_OWNER"}
