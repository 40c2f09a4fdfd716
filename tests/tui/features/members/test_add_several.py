"""Several users found, selected and made members at once."""

from functools import partial

from tests.tui.app_pages import Page, demo
from tests.tui.features.members.editing import order, row, sign, stored, toggle
from tests.tui.features.members.test_add import ADD
from tests.tui.features.members.test_edit_roles_of_several import ended
from tests.tui.pages import member_store, members_read, on_network, table
from zitadel_tui.core import user_lookup
from zitadel_tui.core.session import Session
from zitadel_tui.demo.faults import Fault
from zitadel_tui.tui.dialogs.choose_user import ChooseUser
from zitadel_tui.tui.features.members.edit_roles import EditRoles
from zitadel_tui.tui.features.members.edit_roles_of_several import EditRolesOfSeveral
from zitadel_tui.zitadel.wire.users import User


async def outsiders(page: Page, number: int) -> list[User]:
    """Who is not a member here, with a login name that can be typed."""

    async def find(session: Session) -> list[User]:
        return await user_lookup.find(session.client, "acme.example")

    roster = member_store(page).roster
    assert roster is not None
    users = [user for user in await on_network(page, find) if roster.get(user.id) is None]
    return [user for user in users if user_lookup.login(user).isascii()][:number]


async def choose(page: Page, *users: User) -> ChooseUser:
    """Each is found by the login name and selected."""
    await page.press("a")
    await page.until(lambda: isinstance(page.app.screen, ChooseUser))
    screen = page.app.screen
    assert isinstance(screen, ChooseUser)
    for user in users:
        screen._field.value = ""
        await page.type(user_lookup.login(user))
        await page.until(partial(_has_found, screen, user))
        assert screen._table.select(user.id)
        await page.press("ctrl+t")
    return screen


def _has_found(screen: ChooseUser, user: User) -> bool:
    return screen._asked == user_lookup.login(user) and not screen._searching and user in screen._users


async def editing(page: Page) -> None:
    await page.until(lambda: isinstance(page.app.screen, EditRolesOfSeveral) and page.app.screen.offered)


async def test_several_are_selected_under_different_names_and_made_members_at_once() -> None:
    async with members_read() as page:
        users = await outsiders(page, 3)
        await choose(page, *users)
        await page.sees("3 selected:", user_lookup.name(users[0])[:10])
        await page.press("enter")
        await editing(page)
        await page.sees("Roles of 3 users in", "3 users selected")
        await toggle(page, "ORG_OWNER_VIEWER")
        await page.press("ctrl+s")
        await ended(page)
        await page.sees("3 members: 3 done.")
        await page.press("escape")
        await page.until(lambda: not any(sign(page, user.id) for user in users))
        for user in users:
            assert await stored(page, user.id) == ("ORG_OWNER_VIEWER",)
            assert getattr(row(page, user.id), "roles", ()) == ("ORG_OWNER_VIEWER",)


async def test_a_member_among_them_keeps_what_they_have() -> None:
    async with members_read() as page:
        member = next(
            one for one in (row(page, user_id) for user_id in order(page)) if one and len(one.roles) == 1
        )
        [user] = await outsiders(page, 1)
        screen = await choose(page, user)
        screen._field.value = ""
        await page.type(member.user_id)
        await page.until(lambda: [one.id for one in screen._users] == [member.user_id])
        await page.press("ctrl+t", "enter")
        await editing(page)
        await toggle(
            page, next(role for role in ("ORG_PROJECT_CREATOR", "ORG_OWNER") if role not in member.roles)
        )
        await page.press("ctrl+s")
        await ended(page)
        await page.sees("2 members: 2 done.")
        assert set(await stored(page, member.user_id) or ()) > set(member.roles)


async def test_who_is_refused_has_no_row_and_the_others_are_members() -> None:
    server = demo(lag=(0.0, 0.0))
    async with members_read(server) as page:
        users = await outsiders(page, 2)
        before = len(order(page))
        await choose(page, *users)
        await page.press("enter")
        await editing(page)
        await toggle(page, "ORG_OWNER_VIEWER")
        server.faults.add(Fault("status", 403, "No matching permissions found"), ADD)
        await page.press("ctrl+s")
        await ended(page)
        await page.sees("2 members: 1 done, 1 not done.")
        await page.until(lambda: len(order(page)) == before + 1)
        await page.press("t")
        await page.sees("2 members: 2 done.")
        await page.until(lambda: len(order(page)) == before + 2)


async def test_one_selected_has_the_dialog_of_one() -> None:
    async with members_read() as page:
        [user] = await outsiders(page, 1)
        await choose(page, user)
        await page.press("enter")
        await page.until(lambda: isinstance(page.app.screen, EditRoles))


async def test_selecting_again_takes_it_back_and_needs_a_user_to_be_found() -> None:
    async with members_read() as page:
        [user] = await outsiders(page, 1)
        screen = await choose(page, user)
        assert screen._table.select(user.id)
        await page.press("ctrl+t")
        await page.until(lambda: "selected:" not in page.text)
        screen._field.value = ""
        await page.until(lambda: not screen._users)
        await page.press("ctrl+t")
        await page.told("No user is found yet.")


async def test_what_is_selected_in_the_list_stays_selected() -> None:
    async with members_read() as page:
        [first, *_] = order(page)
        assert table(page).select(first)
        await page.press("space")
        await choose(page, *await outsiders(page, 2))
        await page.press("enter")
        await editing(page)
        await toggle(page, "ORG_OWNER_VIEWER")
        await page.press("ctrl+s")
        await ended(page)
        assert member_store(page).listing.selected == {first}
