"""The import form as tests use it: filled by keys, or at once; what stands in it, and who was created."""

from typing import Any

from textual.widget import Widget
from textual.widgets import Input

from tests.tui.app_pages import Page, demo
from tests.tui.pages import on_network
from zitadel_tui.core.session import Session
from zitadel_tui.demo.model import User
from zitadel_tui.demo.server import Demo
from zitadel_tui.tui.features.import_user.form import ImportForm
from zitadel_tui.tui.features.import_user.result import ImportResult
from zitadel_tui.tui.features.import_user.view import ImportView
from zitadel_tui.tui.widgets.choice import Check, Choice

IMPORT = "POST /management/v1/users/human/_import"
PASSWORD = "Correct-Horse-7"
HASH = "$2a$10$abcdefghijklmnopqrstuu5CRBvmTVNXxkX0jJ7dW8P9DlUEx6yGG"


def server(**knobs: Any) -> Demo:
    """A demo whose reads do not lag."""
    return demo(lag=(0.0, 0.0), **knobs)


def view(page: Page) -> ImportView:
    found = page.app.views["import"]
    assert isinstance(found, ImportView)
    return found


def form(page: Page) -> ImportForm:
    return view(page).query_one(ImportForm)


def field(page: Page, name: str) -> Widget:
    return form(page).query_one(f"#{name}")


def value(page: Page, name: str) -> str:
    found = field(page, name)
    assert isinstance(found, Input | Choice)
    return found.value


async def opened(page: Page) -> None:
    """The form is there, with what it asks the server for."""
    await page.press("f4")
    await page.until(lambda: view(page).query(ImportForm) and form(page).is_mounted)
    await page.until(lambda: view(page)._policies is not None)
    await page.until(lambda: page.app.focused is not None)


def put(page: Page, **values: str | bool) -> None:
    """Fill fields at once; ``_`` in a name stands for ``-``."""
    for name, text in values.items():
        found = field(page, name.replace("_", "-"))
        assert isinstance(found, Input | Choice | Check)
        if found.value != text:
            found.value = text
            if not isinstance(found, Input):
                found.post_message(found.Changed(found))


def grace(**more: str | bool) -> dict[str, Any]:
    """Enough for an import."""
    return {"first_name": "Grace", "last_name": "Hopper", "email": "grace@acme.example", **more}


async def filled(page: Page, **values: str | bool) -> None:
    await opened(page)
    put(page, **values)
    await page.pilot.pause()


def imported(page: Page) -> ImportResult:
    screen = page.app.screen
    assert isinstance(screen, ImportResult)
    return screen


async def arrived(page: Page) -> None:
    """What became of an import is on the screen."""
    await page.until(lambda: isinstance(page.app.screen, ImportResult) and page.app.screen.is_mounted)
    await page.until(lambda: imported(page)._read and not imported(page)._busy)


async def created(page: Page, user_name: str = "grace") -> User | None:
    """The person as the server has it."""

    async def find(session: Session) -> User | None:
        return page.demo.store.user_named(user_name)

    return await on_network(page, find)


async def found(page: Page, user_name: str = "grace") -> User:
    user = await created(page, user_name)
    assert user is not None
    return user


async def roles_of(page: Page, user_id: str) -> tuple[str, ...]:
    async def find(session: Session) -> tuple[str, ...]:
        store = page.demo.store
        member = store.members[store.default_org].get(user_id)
        return tuple(member.roles) if member else ()

    return await on_network(page, find)


def hits(page: Page) -> int:
    """How many people were made by the imports of a test."""
    return sum(user.email == "grace@acme.example" for user in page.demo.store.users.values())
