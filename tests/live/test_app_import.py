"""Importing users in the app, by keys: the server has what the app says."""

from tests.live.apps import paste, signed_in
from tests.live.support import People, Server, eventually
from tests.tui.app_pages import Page
from tests.tui.features.import_user.forms import ended, newest, opened, results, value
from tests.tui.features.members.editing import toggle
from zitadel_tui.tui.dialogs.qr import QrScreen
from zitadel_tui.tui.features.import_user.choose_roles import ChooseRoles

SMALL = (80, 24)
SECONDS = 40.0
"""A real server takes a second and more for a password."""


async def typed(page: Page, name: str) -> None:
    """Names and email, from the first field on; the user name is proposed."""
    await opened(page)
    await page.type("Zelda")
    await page.press("tab")
    await paste(page, name)
    await page.press("tab")
    await paste(page, f"{name}@live.example.test")
    await page.until(lambda: value(page, "user-name") == name)


async def focused(page: Page, name: str) -> None:
    await page.until(lambda: page.app.focused is not None and page.app.focused.id == name)


async def choose_sign_in(page: Page, way: str, *keys: str) -> None:
    """From the email on."""
    for _ in range(20):
        if page.app.focused is not None and page.app.focused.id == "sign-in":
            break
        await page.press("down")
    await page.press(*keys)
    await page.until(lambda: value(page, "sign-in") == way)


async def sent(page: Page) -> None:
    """Imported, and the list of results opened."""
    await page.press("ctrl+s")
    await page.until(lambda: page.app.imports.results, seconds=SECONDS)
    await ended(page)
    await results(page)


def imported_id(page: Page) -> str:
    onboarded = newest(page).onboarded
    assert onboarded is not None
    return onboarded.user_id


async def test_name_and_email_and_a_role_are_enough(server: Server, people: People) -> None:
    name = people.name()
    async with signed_in(server, SMALL) as page:
        await typed(page, name)
        await page.sees("Initial: a mail with a code goes to", "available")
        await page.press("ctrl+r")
        await page.until(lambda: isinstance(page.app.screen, ChooseRoles) and page.app.screen.offered)
        await toggle(page, "ORG_USER_MANAGER")
        await page.press("ctrl+s")
        await page.sees("assigned right after: ORG_USER_MANAGER")
        assert not server.users_named(name)
        await sent(page)
        (user,) = eventually(lambda: server.users_named(name))
        await page.sees(f"Zelda {name} was created", user["id"], "initial", "ORG_USER_MANAGER assigned")
        assert user["state"] == "USER_STATE_INITIAL"
        assert server.roles_of(user["id"]) == ["ORG_USER_MANAGER"]
        await page.press("m")
        await page.told("was sent")
        await page.press("enter")
        await page.until(lambda: not page.app.screen.is_modal)
        assert value(page, "email") == ""


async def test_a_password_is_made_hidden_and_accepted_by_the_server(server: Server, people: People) -> None:
    name = people.name()
    async with signed_in(server, SMALL) as page:
        await typed(page, name)
        await choose_sign_in(page, "password", "right")
        await page.press("ctrl+g")
        password = value(page, "password")
        assert len(password) >= 12
        await page.sees("Active at once, no mail", "about a second")
        await sent(page)
        user = server.user(imported_id(page))
        assert (user["userName"], user["state"]) == (name, "USER_STATE_ACTIVE")
        assert user["human"]["passwordChanged"]
        await page.sees("active", "hidden")
        assert password not in page.text
        await page.press("s")
        await page.sees(password)


async def test_a_passkey_link_is_hidden_shown_drawn_and_made_anew(server: Server, people: People) -> None:
    name = people.name()
    async with signed_in(server) as page:
        await typed(page, name)
        await choose_sign_in(page, "passkey", "right", "right", "right")
        await page.sees("Active at once, no mail", "passkey link")
        await sent(page)
        user_id = imported_id(page)
        assert server.user(user_id)["state"] == "USER_STATE_ACTIVE"
        await page.sees("hidden", "valid until")
        assert "passwordless/init" not in page.text
        await page.press("s")
        await page.sees(server.origin, user_id)
        first = newest(page).link
        await page.press("d")
        await page.until(lambda: isinstance(page.app.screen, QrScreen))
        await page.sees("▄")
        await page.press("escape")
        await page.press("n")
        await page.told("passkey link", "was created")
        second = newest(page).link
        assert first is not None
        assert second is not None
        assert first.reveal() != second.reveal()


async def test_what_was_typed_stays_and_the_cursor_is_where_it_was_refused(
    server: Server, people: People
) -> None:
    """Refused by what is known here, or by the server: to who types, it is the same."""
    taken, name = people.make(), people.name()
    async with signed_in(server, SMALL) as page:
        await typed(page, name)
        await page.press("tab", "tab", "ctrl+u")
        await paste(page, taken.name.upper())
        await page.sees("taken")
        await page.press("ctrl+s")
        await page.sees("is taken")
        await focused(page, "user-name")
        await page.sees("Zelda", f"{name}@live")
        assert [one["id"] for one in server.users_named(taken.name)] == [taken.id]
        await page.press("ctrl+u")
        await paste(page, name)
        await page.sees("available")
        await page.press("down", "down", "down")
        await focused(page, "phone")
        await page.type("+abc")
        await page.press("ctrl+s")
        await page.sees("hone")
        await focused(page, "phone")
        assert not server.users_named(name)
        await page.press("ctrl+u")
        await paste(page, "+41 71 000 00 00")
        await sent(page)
        user = server.user(imported_id(page))
        assert (user["userName"], user["human"]["phone"]["phone"]) == (name, "+41710000000")


async def test_read_only_imports_no_user(server: Server, people: People) -> None:
    name = people.name()
    async with signed_in(server, SMALL, read_only=True) as page:
        await typed(page, name)
        await page.sees("--read-only")
        await page.press("ctrl+s")
        await page.told("--read-only")
        assert not page.app.screen.is_modal
    assert not server.users_named(name)
