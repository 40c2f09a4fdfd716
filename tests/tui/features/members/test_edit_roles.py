"""Editing the roles of one member: what is chosen is what is written, and what the app says is so."""

import pytest

from tests.tui.app_pages import demo, signed_in
from tests.tui.features.members.editing import (
    BOTH,
    held,
    open_roles,
    order,
    roles_opened,
    sign,
    stored,
    toggle,
)
from tests.tui.pages import (
    control_characters,
    holder_of,
    member_store,
    members_read,
    person,
    table,
    under_cursor,
)
from zitadel_tui.core import members
from zitadel_tui.tui.dialogs.base import TextDialog
from zitadel_tui.tui.dialogs.confirm import Confirm, TypedName
from zitadel_tui.tui.features.members.edit_roles import EditRoles


async def test_a_role_is_given_and_the_row_follows_without_moving() -> None:
    async with roles_opened() as (page, member, _):
        await toggle(page, "ORG_OWNER")
        await page.sees("+ ORG_OWNER", "[x]  ORG_OWNER ")
        before = order(page)
        await page.press("ctrl+s")
        await page.until(lambda: not page.app.screen.is_modal)
        await page.told("now has ORG_OWNER, ORG_USER_MANAGER, ORG_OWNER_VIEWER")
        await page.until(lambda: not sign(page, member.user_id))
        await page.until(lambda: " ORG_OWNER " in under_cursor(page))
        assert order(page) == before
        assert table(page).cursor_id == member.user_id
        assert await stored(page, member.user_id) == (*member.roles, "ORG_OWNER")


async def test_the_row_is_pending_until_a_read_shows_it() -> None:
    server = demo(lag=(3.0, 3.0))
    async with roles_opened(server) as (page, member, _):
        await toggle(page, "ORG_SETTINGS_MANAGER")
        await page.press("ctrl+s")
        await page.until(lambda: "pending" in under_cursor(page))
        await page.until(lambda: not sign(page, member.user_id))
        await page.until(lambda: " +2" in under_cursor(page) or "ORG_SETTINGS_M" in under_cursor(page))


async def test_removing_a_role_names_it_and_the_default_is_no() -> None:
    async with roles_opened() as (page, member, _):
        await toggle(page, "ORG_USER_MANAGER")
        for key in ("enter", "escape", "n"):
            await page.press("ctrl+s")
            await page.until(lambda: isinstance(page.app.screen, Confirm))
            assert f"Remove ORG_USER_MANAGER from {members.name(member)[:6]}" in page.text
            await page.press(key)
            await page.until(lambda: isinstance(page.app.screen, EditRoles))
        assert await stored(page, member.user_id) == member.roles
        await page.press("ctrl+s")
        await page.until(lambda: isinstance(page.app.screen, Confirm))
        await page.press("y")
        await page.until(lambda: not page.app.screen.is_modal)
        await page.until(lambda: not sign(page, member.user_id))
        assert await stored(page, member.user_id) == ("ORG_OWNER_VIEWER",)
        assert "ORG_USER_MANAGER" not in under_cursor(page)


async def test_the_own_rights_need_the_name_of_the_organization() -> None:
    async with members_read() as page:
        assert page.app.account is not None
        own = page.app.account.user.id
        await open_roles(page, own)
        await toggle(page, "ORG_OWNER", "ORG_OWNER_VIEWER")
        await page.press("ctrl+s")
        await page.until(lambda: isinstance(page.app.screen, Confirm))
        await page.press("y")
        await page.until(lambda: isinstance(page.app.screen, TypedName))
        assert "your own rights" in page.text
        await page.type("Globex")
        await page.press("enter")
        await page.sees("That is not the name of the organization")
        await page.press("escape")
        await page.until(lambda: isinstance(page.app.screen, EditRoles))
        await page.sees("Nothing was written.")
        assert await stored(page, own) == ("ORG_OWNER",)
        await page.press("ctrl+s", "y")
        await page.until(lambda: isinstance(page.app.screen, TypedName))
        await page.type("Acme Corp")
        await page.press("enter")
        await page.until(lambda: not page.app.screen.is_modal)
        assert await stored(page, own) == ("ORG_OWNER_VIEWER",)


async def test_leaving_while_it_is_written_does_not_stop_it() -> None:
    server = demo(lag=(0.0, 0.0))
    async with roles_opened(server) as (page, member, _):
        await toggle(page, "ORG_SETTINGS_MANAGER")
        with held(page):
            await page.press("ctrl+s")
            await page.sees("Saving")
            await page.press("ctrl+s")
            await page.told("The change is being written. Wait for the answer.")
            await page.press("escape")
            await page.until(lambda: not page.app.screen.is_modal)
            await page.until(lambda: "saving" in under_cursor(page))
            await page.press("2")
        await page.told("ORG_SETTINGS_MANAGER", "now")
        assert "ORG_SETTINGS_MANAGER" in (await stored(page, member.user_id) or ())


async def test_quitting_waits_for_a_write() -> None:
    server = demo(lag=(0.0, 0.0))
    async with roles_opened(server) as (page, member, _):
        await toggle(page, "ORG_SETTINGS_MANAGER")
        with held(page):
            await page.press("ctrl+s")
            await page.sees("Saving")
            await page.press("ctrl+q")
            await page.sees("One change has not ended yet.")
            await page.press("w")
            await page.told("Quits when everything is written.")
            assert page.app.is_running
            assert not page.app._exit
        await page.until(lambda: page.app._exit)
    store = server.store
    found = store.members[store.default_org].get(member.user_id)
    assert found is not None
    assert "ORG_SETTINGS_MANAGER" in found.roles


async def test_escape_asks_only_when_something_would_be_lost() -> None:
    async with roles_opened() as (page, member, _):
        await page.press("escape")
        await page.until(lambda: not page.app.screen.is_modal)
        await open_roles(page, member.user_id)
        await toggle(page, "ORG_OWNER")
        await page.press("escape")
        await page.sees("Leave without saving?", "+ ORG_OWNER")
        await page.press("escape")
        await page.until(lambda: isinstance(page.app.screen, EditRoles))
        await page.press("escape")
        await page.sees("Leave without saving?")
        await page.press("y")
        await page.until(lambda: not page.app.screen.is_modal)
        assert await stored(page, member.user_id) == member.roles


async def test_the_change_is_shown_as_curl_and_command_before_it_is_made() -> None:
    async with roles_opened() as (page, member, _):
        await page.press("c")
        await page.told("Nothing has changed yet")
        await toggle(page, "ORG_SETTINGS_MANAGER")
        await page.press("c")
        await page.until(lambda: isinstance(page.app.screen, TextDialog))
        assert "curl -X PUT" in page.text
        assert f"zitadel-tui members set {member.user_id} " in page.text.replace("\n ", " ")
        await page.press("escape", "ctrl+s")
        await page.until(lambda: not page.app.screen.is_modal)


async def test_a_role_is_explained_on_the_spot() -> None:
    async with roles_opened() as (page, _, screen):
        await toggle(page, "ORG_OWNER")
        for _ in range(screen.roles.index("ORG_SETTINGS_MANAGER")):
            await page.press("down")
        await page.sees("nothing that ORG_OWNER does not already allow")
        await page.press("home", "space")
        for _ in range(screen.roles.index("ORG_SETTINGS_MANAGER")):
            await page.press("down")
        await page.sees("adds", "change the organization")
        await page.press("home", "down")
        await page.sees("ORG_ADMIN_IMPERSONATOR !", "permits more than your own roles")


async def test_the_user_beside_the_list_is_read_again_after_a_change() -> None:
    async with members_read(size=(140, 40)) as page:
        member = holder_of(page, *BOTH)
        assert table(page).select(member.user_id)
        await page.press("enter")
        await page.until(lambda: person(page).card is not None)
        before = person(page).card
        await open_roles(page, member.user_id)
        await toggle(page, "ORG_SETTINGS_MANAGER")
        await page.press("ctrl+s")
        await page.until(lambda: person(page).card is not before)
        await page.until(lambda: "ORG_SETTINGS_MANAGER" in person(page).plain)


@pytest.mark.parametrize("key", ["e", "a", "x"])
async def test_an_account_that_may_not_write_learns_why(key: str) -> None:
    async with signed_in(read_only=True) as page:
        await page.until(lambda: member_store(page).roster is not None)
        await page.press(key)
        await page.told("--read-only")
        assert not page.app.screen.is_modal
    async with signed_in(account="viewer-bot") as page:
        await page.until(lambda: member_store(page).roster is not None)
        await page.press(key)
        await page.told("org.member.", "which these roles include: ", "ORG_OWNER")
        assert not page.app.screen.is_modal


async def test_the_instances_administrators_are_not_changed_here() -> None:
    async with members_read() as page:
        await page.press("i")
        for key in ("e", "x", "space", "a"):
            await page.press(key)
            await page.told("administrators cannot be changed here")
            page.forget_messages()
        assert not member_store(page).listing.selected


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (140, 45)])
async def test_no_name_is_more_than_text_and_the_difference_is_always_in_sight(size: tuple[int, int]) -> None:
    async with members_read(size=size) as page:
        roster = member_store(page).roster
        assert roster is not None
        hostile = [one for one in roster if one.preferred_login_name.startswith("hostile")]
        assert len(hostile) > 8
        for member in hostile[::4] if size == (80, 24) else hostile[:1]:
            await open_roles(page, member.user_id)
            await toggle(page, "ORG_SETTINGS_MANAGER")
            assert not control_characters(page)
            bottom = max(place for place, line in enumerate(page.lines) if "╰" in line)
            assert "ORG_SETTINGS_MANAGER" in "".join(page.lines[bottom - 4 : bottom])
            assert "ctrl+s save" in page.lines[bottom - 1]
            await page.press("escape")
            assert not control_characters(page)
            await page.press("y")
            await page.until(lambda: not page.app.screen.is_modal)
            await page.press("x")
            await page.until(lambda: isinstance(page.app.screen, Confirm))
            assert not control_characters(page)
            await page.press("escape")
