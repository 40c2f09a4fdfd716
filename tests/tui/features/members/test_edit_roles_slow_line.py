"""Over a slow line, by keys alone, with another administrator in between and answers lost."""

from tests.tui.app_pages import Page, demo
from tests.tui.features.members.editing import CHANGE, assigning, row, sign, stored, toggle
from tests.tui.pages import member_store, members_read, other_admin_sets, table
from zitadel_tui.demo.faults import Fault
from zitadel_tui.tui.dialogs.choose_user import ChooseUser
from zitadel_tui.tui.dialogs.conflict import ConflictDialog


async def seen(page: Page, user_id: str) -> None:
    await page.until(lambda: not page.app.screen.is_modal and not sign(page, user_id))


async def test_assign_correct_and_remove_over_200_ms() -> None:
    server = demo(latency=0.2)
    async with members_read(server) as page:
        roster = member_store(page).roster
        assert roster is not None
        await page.press("a")
        await page.type("grace.")
        screen = page.app.screen
        assert isinstance(screen, ChooseUser)
        await page.until(lambda: screen._users)
        newcomer = next(user for user in screen._users if roster.get(user.id) is None)
        for _ in range(screen._users.index(newcomer)):
            await page.press("down")
        await page.press("enter")
        await assigning(page)
        await toggle(page, "ORG_USER_MANAGER")
        server.faults.add(Fault("withheld"), "POST /management/v1/orgs/me/members")
        await page.press("ctrl+s")
        await page.sees("Saving")
        await seen(page, newcomer.id)
        assert table(page).cursor_id == newcomer.id
        assert await stored(page, newcomer.id) == ("ORG_USER_MANAGER",)

        await page.press("e")
        await assigning(page)
        await toggle(page, "ORG_OWNER_VIEWER")
        await other_admin_sets(page, newcomer.id, "ORG_USER_MANAGER", "ORG_SETTINGS_MANAGER")
        await page.press("ctrl+s")
        await page.until(lambda: isinstance(page.app.screen, ConflictDialog))
        server.faults.add(Fault("withheld"), CHANGE)
        await page.press("m")
        await seen(page, newcomer.id)
        roles = {"ORG_USER_MANAGER", "ORG_SETTINGS_MANAGER", "ORG_OWNER_VIEWER"}
        assert set(await stored(page, newcomer.id) or ()) == roles
        await page.until(lambda: set(getattr(row(page, newcomer.id), "roles", ())) == roles)

        await page.press("x", "y")
        await page.told("is no longer a member")
        await seen(page, newcomer.id)
        assert await stored(page, newcomer.id) is None
        await page.until(lambda: table(page).cursor_id != newcomer.id)
