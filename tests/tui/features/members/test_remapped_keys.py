"""The app with keys of the user's own."""

from typing import Any

from tests.tui.app_pages import Account, Page, demo
from tests.tui.pages import holder_of, member_store, members_shown, table
from zitadel_tui.keymap import remapped
from zitadel_tui.settings import Settings
from zitadel_tui.tui.app import ZitadelApp
from zitadel_tui.tui.dialogs.help import HelpDialog
from zitadel_tui.tui.features.members.edit_roles import EditRoles

WANTED: dict[str, Any] = {
    "members.roles": ["f10"],
    "members.select": [","],
    "assign.close": ["'", "ctrl+x"],
    "members.sort": ["q"],
}


async def test_own_keys_work_in_views_and_dialogs_and_the_old_ones_do_not() -> None:
    server = demo(lag=(0.0, 0.0))
    local = Account(server, "onboarding-bot")
    app = ZitadelApp(Settings(demo=True), local=lambda: local, keymap=remapped(WANTED))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        page = Page(app, pilot, server)
        await page.told("members.sort: q is the key of app.quit in the same place")
        await members_shown(page)
        member = holder_of(page, "ORG_USER_MANAGER")
        assert table(page).select(member.user_id)
        await page.sees("F10 roles")
        await page.press("e")
        assert not page.app.screen.is_modal
        await page.press("comma")
        await page.until(lambda: member_store(page).listing.selected == {member.user_id})
        await page.press("f10")
        await page.until(lambda: isinstance(page.app.screen, EditRoles))
        await page.press("escape")
        assert isinstance(page.app.screen, EditRoles)
        await page.press("apostrophe")
        await page.until(lambda: not page.app.screen.is_modal)
        await page.press("?")
        await page.until(lambda: isinstance(page.app.screen, HelpDialog))
        await page.sees("F10")
