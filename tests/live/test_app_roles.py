"""Roles assigned and removed in the app: the server has what is shown, also after concurrent changes."""

import pytest

from tests.live.apps import find, paste, signed_in
from tests.live.support import MEMBERS, People, Person, Server
from tests.tui.app_pages import Page
from tests.tui.features.members.editing import assigning, toggle
from tests.tui.pages import under_cursor
from zitadel_tui.tui.dialogs.choose_user import ChooseUser
from zitadel_tui.tui.dialogs.confirm import Confirm
from zitadel_tui.tui.dialogs.conflict import ConflictDialog
from zitadel_tui.tui.dialogs.job_result import JobResultDialog
from zitadel_tui.tui.features.members.edit_roles_of_several import EditRolesOfSeveral

VIEWER, MANAGER, SETTINGS = "ORG_OWNER_VIEWER", "ORG_USER_MANAGER", "ORG_SETTINGS_MANAGER"
SMALL = (80, 24)


async def under_cursor_is(page: Page, person: Person) -> None:
    await find(page, person.name)
    await page.until(lambda: page.app.view.copy_text() == (f"the id of Zelda {person.name}", person.id))


async def becomes(page: Page, server: Server, person: Person, *roles: str) -> None:
    await page.until(lambda: sorted(server.roles_of(person.id)) == sorted(roles))


async def back_in_members(page: Page) -> None:
    await page.until(lambda: not page.app.screen.is_modal)


async def question(page: Page, *words: str) -> None:
    await page.until(lambda: isinstance(page.app.screen, Confirm))
    await page.sees(*words)


async def test_a_role_is_added_and_then_removed_after_a_question(server: Server, people: People) -> None:
    person = people.make(VIEWER)
    async with signed_in(server, SMALL) as page:
        await under_cursor_is(page, person)
        await page.press("e")
        await assigning(page)
        await toggle(page, MANAGER)
        await page.sees(f"+ {MANAGER}")
        await page.press("ctrl+s")
        await back_in_members(page)
        await page.told(f"Zelda {person.name}", MANAGER, VIEWER)
        await page.until(lambda: "pending" not in under_cursor(page) and "saving" not in under_cursor(page))
        await becomes(page, server, person, VIEWER, MANAGER)

        await page.press("e")
        await assigning(page)
        await toggle(page, VIEWER)
        await page.press("ctrl+s")
        await question(page, f"Remove {VIEWER} from Zelda {person.name}?")
        await page.press("enter")
        await assigning(page)
        assert sorted(server.roles_of(person.id)) == sorted((VIEWER, MANAGER))
        await page.press("ctrl+s")
        await question(page, VIEWER)
        await page.press("y")
        await back_in_members(page)
        await becomes(page, server, person, MANAGER)
        await page.until(lambda: VIEWER not in under_cursor(page) and MANAGER in under_cursor(page))


@pytest.mark.parametrize("decision", ["with yours", "keep editing", "cancel"])
async def test_what_another_admin_gave_meanwhile_is_not_overwritten(
    decision: str, server: Server, people: People
) -> None:
    person = people.make(VIEWER)
    async with signed_in(server, SMALL) as page:
        await under_cursor_is(page, person)
        await page.press("e")
        await assigning(page)
        await toggle(page, MANAGER, VIEWER)
        server.get(f"PUT {MEMBERS}/{person.id}", {"roles": [VIEWER, SETTINGS]})
        await becomes(page, server, person, VIEWER, SETTINGS)
        await page.press("ctrl+s")
        await question(page, f"Remove {VIEWER}")
        await page.press("y")
        await page.until(lambda: isinstance(page.app.screen, ConflictDialog))
        await page.sees("before", f"+ {SETTINGS}", f"+ {MANAGER}", f"− {VIEWER}")
        assert sorted(server.roles_of(person.id)) == sorted((VIEWER, SETTINGS))
        if decision == "with yours":
            await page.press("m")
            await back_in_members(page)
            await becomes(page, server, person, MANAGER, SETTINGS)
        elif decision == "keep editing":
            await page.press("e")
            await assigning(page)
            await toggle(page, VIEWER)  # stays after all
            await page.press("ctrl+s")
            await back_in_members(page)
            await becomes(page, server, person, VIEWER, MANAGER, SETTINGS)
        else:
            await page.press("escape")
            await back_in_members(page)
            assert sorted(server.roles_of(person.id)) == sorted((VIEWER, SETTINGS))


async def test_a_membership_is_removed_after_naming_user_and_roles(server: Server, people: People) -> None:
    person = people.make(VIEWER, MANAGER)
    async with signed_in(server) as page:
        await under_cursor_is(page, person)
        await page.press("x")
        await question(page, f"Remove Zelda {person.name}", person.name, VIEWER, MANAGER)
        await page.press("enter")
        await back_in_members(page)
        assert server.roles_of(person.id)
        await page.press("x")
        await question(page, f"Remove Zelda {person.name}")
        await page.press("y")
        await page.until(lambda: not server.roles_of(person.id))
        await page.told(f"Zelda {person.name}", "no longer a member")
        await page.until(lambda: page.app.view.copy_text() is None)
    assert server.user(person.id)["userName"] == person.name


async def test_a_user_is_found_while_typing_and_made_a_member(server: Server, people: People) -> None:
    person = people.make()
    async with signed_in(server, SMALL) as page:
        await page.press("a")
        await page.until(lambda: isinstance(page.app.screen, ChooseUser))
        await paste(page, person.name[:-4])
        await page.type(person.name[-4:])
        await page.sees("Zelda ", person.name, "1 user found")
        await page.press("enter")
        await assigning(page)
        await page.sees("not a member")
        await toggle(page, MANAGER)
        await page.press("ctrl+s")
        await back_in_members(page)
        await becomes(page, server, person, MANAGER)
        await page.until(lambda: person.name[-5:] in under_cursor(page) and MANAGER in under_cursor(page))
        await page.press("a")
        await page.until(lambda: isinstance(page.app.screen, ChooseUser))
        await paste(page, person.name)
        await page.sees("1 user found", MANAGER[:10])
        await page.press("escape", "escape")
        await back_in_members(page)


async def test_a_role_is_added_to_all_who_are_selected(server: Server, people: People) -> None:
    family = people.name()

    def relative(first: str) -> Person:
        return people.make(VIEWER, profile={"firstName": first, "lastName": family})

    relatives = [relative(first) for first in ("Anna", "Mary", "Zoe")]
    async with signed_in(server) as page:
        await find(page, family)
        await page.sees("Anna ", "Mary ", "Zoe ")
        await page.press("home", "space", "space", "space")  # each goes on to the next
        await page.sees("3 selected")
        await page.press("e")
        await page.until(lambda: isinstance(page.app.screen, EditRolesOfSeveral) and page.app.screen.offered)
        await toggle(page, MANAGER)
        await page.press("ctrl+s")
        await page.until(lambda: isinstance(page.app.screen, JobResultDialog))
        await page.sees("3 members: 3 done")
        await page.press("escape")
        for one in relatives:
            await becomes(page, server, one, VIEWER, MANAGER)


async def test_read_only_says_so_instead_of_writing(server: Server, people: People) -> None:
    person = people.make(VIEWER)
    async with signed_in(server, read_only=True) as page:
        await under_cursor_is(page, person)
        for key in ("e", "x", "a"):
            page.forget_messages()
            await page.press(key)
            await page.told("--read-only")
            assert not page.app.screen.is_modal
    assert server.roles_of(person.id) == [VIEWER]
