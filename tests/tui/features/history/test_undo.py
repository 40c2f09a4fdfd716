"""Undoing a change in the app: check, question, result; a colleague's later change is kept by default."""

import msgspec

from tests.demo_clients import id_of, member_roles
from tests.faults.kinds import body
from tests.held import held
from tests.tui.app_pages import Page, demo, signed_in
from tests.tui.pages import on_network
from zitadel_tui.core import changes
from zitadel_tui.core.changes import AddRoles, Change, ImportUser
from zitadel_tui.demo.model import ACTIVE
from zitadel_tui.tui.dialogs.job_result import JobResultDialog
from zitadel_tui.tui.features.history.undo_dialog import UndoDialog

ROLE = "ORG_SETTINGS_MANAGER"
GUEST = "mindy@globex.example"


async def made(page: Page, change: Change) -> None:
    """A change of an earlier moment."""
    await on_network(page, lambda session: changes.apply(session, change))


async def opened(page: Page) -> None:
    await page.press("6")
    await page.sees("Mindy")


async def asked(page: Page) -> None:
    """The question for the newest change of the history."""
    await page.press("u")
    await page.until(lambda: isinstance(page.app.screen, UndoDialog))


async def test_a_role_change_is_undone_from_the_history() -> None:
    async with signed_in(demo(lag=(0.0, 0.0))) as page:
        user = id_of(page.demo, GUEST)
        before = member_roles(page.demo, user)
        await made(page, AddRoles(user, (ROLE,), who="Mindy"))
        await opened(page)
        await asked(page)
        await page.sees("1 change will be sent.")
        await page.press("escape")
        assert ROLE in member_roles(page.demo, user)
        await page.press("u")
        await page.sees("1 change will be sent.")
        await page.press("y")
        await page.until(lambda: isinstance(page.app.screen, JobResultDialog))
        await page.sees("1 done")
        assert member_roles(page.demo, user) == before


async def test_what_a_colleague_changed_is_overwritten_only_when_that_is_chosen() -> None:
    async with signed_in(demo(lag=(0.0, 0.0))) as page:
        user, store = id_of(page.demo, GUEST), page.demo.store
        before = member_roles(page.demo, user)
        await made(page, AddRoles(user, (ROLE,), who="Mindy"))
        colleague = id_of(page.demo, "iam-bot")

        async def meanwhile(session: object) -> None:
            store.put_member(store.default_org, user, (ROLE, "ORG_USER_MANAGER"), colleague)

        await on_network(page, meanwhile)
        await opened(page)
        await asked(page)
        await page.sees("No change will be sent.")
        assert "1 change is left as it is." in page.text
        for state in ("before", "as you left it", "now"):
            assert state in page.text
        await page.press("y")
        assert isinstance(page.app.screen, UndoDialog)
        await page.press("o")
        await page.sees("1 change will be sent.")
        await page.press("y")
        await page.sees("1 done")
        assert member_roles(page.demo, user) == before


async def test_a_new_user_whom_a_colleague_made_a_member_is_left_as_it_is() -> None:
    async with signed_in(demo(lag=(0.0, 0.0))) as page:
        store = page.demo.store
        await made(page, ImportUser(body("mindy.new")))
        user = id_of(page.demo, "mindy.new")
        colleague = id_of(page.demo, "iam-bot")

        async def meanwhile(session: object) -> None:
            found = store.users.get(user)
            assert found is not None
            store.users.put(user, msgspec.structs.replace(found, state=ACTIVE))
            store.put_member(store.default_org, user, (ROLE,), colleague)

        await on_network(page, meanwhile)
        await page.press("6")
        await page.sees("Faulty Line")
        await page.press("u")
        await page.sees("No change will be sent.")
        await page.sees(f"{ROLE} in Acme")
        assert "1 change is left as it is." in page.text


async def test_the_dialog_says_that_it_checks_only_until_the_check_has_ended() -> None:
    async with signed_in(demo(lag=(0.0, 0.0))) as page:
        user = id_of(page.demo, GUEST)
        await made(page, AddRoles(user, (ROLE,), who="Mindy"))
        await opened(page)
        with held(page.demo.faults, "next"):
            await asked(page)
            assert "Checking what can be undone …" in page.text
            await page.press("y")
            await page.told("still running")
        await page.sees("1 change will be sent.")
        assert "Checking" not in page.text
        assert ROLE in member_roles(page.demo, user)


async def test_nothing_is_undone_where_the_session_is_read_only() -> None:
    async with signed_in(read_only=True) as page:
        await page.press("6")
        await page.press("u")
        await page.told("--read-only")
