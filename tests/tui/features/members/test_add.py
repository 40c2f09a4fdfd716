"""Adding a member: found while typing, roles assigned, shown in the list."""

from tests.tui.app_pages import Page, demo
from tests.tui.features.members.editing import assigning, held, row, sign, stored, toggle
from tests.tui.pages import (
    holder_of,
    member_store,
    members_read,
    on_network,
    other_admin_sets,
    table,
)
from zitadel_tui.core import user_lookup
from zitadel_tui.core.session import Session
from zitadel_tui.demo.faults import Fault
from zitadel_tui.tui.dialogs.choose_user import ChooseUser
from zitadel_tui.tui.features.members.edit_roles import EditRoles
from zitadel_tui.zitadel.wire.users import User

FIND = "POST /management/v1/users/_search"
ADD = "POST /management/v1/orgs/me/members"


async def someone(page: Page, *, member: bool = False) -> User:
    """A person of this organization whose name one can type, a member or not."""

    async def find(session: Session) -> list[User]:
        return await user_lookup.find(session.client, "gr")

    roster = member_store(page).roster
    assert roster is not None
    found = await on_network(page, find)
    return next(
        user
        for user in found
        if (roster.get(user.id) is not None) is member and user_lookup.login(user).isascii()
    )


async def found(page: Page, text: str) -> ChooseUser:
    await page.press("a")
    await page.until(lambda: isinstance(page.app.screen, ChooseUser))
    await page.type(text)
    screen = page.app.screen
    assert isinstance(screen, ChooseUser)
    await page.until(lambda: screen._asked == text and not screen._searching)
    return screen


async def test_enter_before_the_answer_takes_the_only_account_that_is_found() -> None:
    async with members_read() as page:
        user = await someone(page)
        await page.press("a")
        await page.until(lambda: isinstance(page.app.screen, ChooseUser))
        await page.press(*user_lookup.login(user), "enter")
        await assigning(page)
        await page.sees(user_lookup.name(user)[:12], "not a member")


async def test_a_user_is_found_made_a_member_and_shown() -> None:
    async with members_read() as page:
        user = await someone(page)
        await found(page, user_lookup.login(user))
        await page.sees(user_lookup.name(user)[:12])
        await page.press("enter")
        await assigning(page)
        await page.sees("now     not a member")
        await toggle(page, "ORG_USER_MANAGER")
        await page.press("ctrl+s")
        await page.until(lambda: not page.app.screen.is_modal)
        await page.told("is now a member with ORG_USER_MANAGER")
        await page.until(lambda: table(page).cursor_id == user.id and not sign(page, user.id))
        await page.until(lambda: getattr(row(page, user.id), "roles", ()) == ("ORG_USER_MANAGER",))
        assert await stored(page, user.id) == ("ORG_USER_MANAGER",)
        roster = member_store(page).roster
        assert roster is not None
        assert f"1 Members {len(roster)}" in page.text


async def test_the_row_of_a_user_new_goes_when_the_server_refuses() -> None:
    server = demo(lag=(0.0, 0.0))
    async with members_read(server) as page:
        user = await someone(page)
        await found(page, user_lookup.login(user))
        await page.press("enter")
        await assigning(page)
        await toggle(page, "ORG_USER_MANAGER")
        with held(page):
            await page.press("ctrl+s")
            await page.press("escape")
            await page.until(lambda: not page.app.screen.is_modal)
            assert sign(page, user.id) == "saving …"
        await page.until(lambda: not sign(page, user.id))
        assert await stored(page, user.id) == ("ORG_USER_MANAGER",)

        other = await someone(page)
        server.faults.add(Fault("status", status=403), ADD, times=0)
        await found(page, user_lookup.login(other))
        await page.press("enter")
        await assigning(page)
        await toggle(page, "ORG_USER_MANAGER")
        await page.press("ctrl+s")
        await page.sees("org.member.write")
        await page.press("escape", "y")
        await page.until(lambda: not page.app.screen.is_modal)
        await page.until(lambda: row(page, other.id) is None)
        assert await stored(page, other.id) is None


async def test_who_is_a_member_already_is_marked_and_choosing_them_edits() -> None:
    async with members_read() as page:
        member = holder_of(page, "ORG_USER_MANAGER", "ORG_OWNER_VIEWER")
        await found(page, member.preferred_login_name)
        await page.sees("ROLES", "ORG_USER_MAN")
        await page.press("enter")
        await assigning(page)
        await page.sees("now     ORG_USER_MANAGER  ORG_OWNER_VIEWER")
        await toggle(page, "ORG_OWNER")
        await page.press("ctrl+s")
        await page.until(lambda: not page.app.screen.is_modal)
        assert await stored(page, member.user_id) == (*member.roles, "ORG_OWNER")


async def test_another_admin_who_added_them_first_loses_nothing() -> None:
    async with members_read() as page:
        user = await someone(page)
        await found(page, user_lookup.login(user))
        await page.press("enter")
        await assigning(page)
        await toggle(page, "ORG_USER_MANAGER")
        await other_admin_sets(page, user.id, "ORG_OWNER_VIEWER")
        await page.press("ctrl+s")
        await page.until(lambda: not page.app.screen.is_modal)
        assert set(await stored(page, user.id) or ()) == {"ORG_OWNER_VIEWER", "ORG_USER_MANAGER"}
        await page.until(lambda: not sign(page, user.id))
        shown = row(page, user.id)
        assert shown is not None
        assert set(shown.roles) == {"ORG_OWNER_VIEWER", "ORG_USER_MANAGER"}


async def test_a_late_answer_is_dropped_and_keys_do_not_wait() -> None:
    server = demo(lag=(0.0, 0.0))
    async with members_read(server) as page:
        user = await someone(page)
        hung = server.faults.add(Fault("hang"), FIND, times=1)
        await page.press("a")
        await page.type("ada")
        await page.until(lambda: hung.hits)
        for _ in range(3):
            await page.press("backspace")
        await page.type(user_lookup.login(user))
        screen = page.app.screen
        assert isinstance(screen, ChooseUser)
        await page.until(lambda: [one.id for one in screen._users] == [user.id])


async def test_nobody_and_failure_are_different_and_say_what_helps() -> None:
    server = demo(lag=(0.0, 0.0))
    async with members_read(server) as page:
        await page.press("a")
        await page.type("nobody is called so")
        await page.sees("No user found.", "exact login name or id")
        await page.press("enter")
        await page.told("No user is found yet.")
        server.faults.add(Fault("status", status=403), FIND, times=0)
        await page.type("x")
        await page.sees("user.read")
        server.faults.clear()
        await page.press("escape")
        await page.until(lambda: not page.app.screen.is_modal)


async def test_enter_before_the_answer_chooses_nobody_among_several() -> None:
    async with members_read() as page:
        await page.press("a")
        await page.until(lambda: isinstance(page.app.screen, ChooseUser))
        screen = page.app.screen
        assert isinstance(screen, ChooseUser)
        await page.press(*"grace", "enter")
        await page.until(lambda: len(screen._users) > 1 and not screen._searching)
        assert page.app.screen is screen
        await page.press("enter")
        await page.until(lambda: isinstance(page.app.screen, EditRoles))
