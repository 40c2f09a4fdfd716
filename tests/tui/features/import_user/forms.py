"""The import form as tests use it: filled by typing in one go, or at once; what was imported, its results."""

import asyncio
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

import pytest
from textual.widget import Widget
from textual.widgets import Input

from tests.demo_clients import member_roles
from tests.tui.app_pages import Page, demo
from tests.tui.pages import on_network
from zitadel_tui.core import onboarding
from zitadel_tui.core.session import Session
from zitadel_tui.demo.model import User
from zitadel_tui.demo.server import Demo
from zitadel_tui.tui.features.import_user.form import ImportForm
from zitadel_tui.tui.features.import_user.results import ImportResults
from zitadel_tui.tui.features.import_user.view import ImportView
from zitadel_tui.tui.services.imports import Import
from zitadel_tui.tui.widgets.choice import Check, Choice

IMPORT = "POST /management/v1/users/human/_import"
PASSWORD = "Correct-Horse-7"
HASH = "$2a$10$abcdefghijklmnopqrstuu5CRBvmTVNXxkX0jJ7dW8P9DlUEx6yGG"
GRACE = "Grace\tHopper\tgrace@acme.example"
"""What one types from the first field on."""


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
    """The form is opened by its key."""
    await page.press("f4")
    await ready(page)


async def ready(page: Page) -> None:
    """The form is there, with what it asks the server for."""
    await page.until(lambda: view(page).query(ImportForm) and form(page).is_ready)
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
    await page.quiet()


class Held:
    """Work that waits before it begins, by default imports and checks, until it is released."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        *names: str,
        module: ModuleType = onboarding,
    ) -> None:
        self.waiting = self.finished = 0
        self._released = asyncio.Event()
        for name in names or ("onboard", "resume"):
            monkeypatch.setattr(module, name, self._holding(getattr(module, name)))

    def _holding(self, work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def held(*given: Any, **more: Any) -> Any:
            self.waiting += 1
            await self._released.wait()
            result = await work(*given, **more)
            self.finished += 1
            return result

        return held

    async def release(self, page: Page) -> None:
        async def release(session: Session) -> None:
            self._released.set()

        await on_network(page, release)


def newest(page: Page) -> Import:
    """The newest result."""
    return page.app.imports.results[0]


async def ended(page: Page) -> Import:
    """What became of an import is known, its roles are assigned or not, and the user was read."""

    def is_known() -> bool:
        one = page.app.imports.results[0] if page.app.imports.results else None
        return one is not None and one.state == "created" and not one.busy and one.user_read

    await page.until(is_known)
    return newest(page)


async def results(page: Page) -> ImportResults:
    """The list of results, opened by its key."""
    await page.press("ctrl+o")
    await page.until(lambda: isinstance(page.app.screen, ImportResults) and page.app.screen.is_mounted)
    screen = page.app.screen
    assert isinstance(screen, ImportResults)
    return screen


async def imported(page: Page, **values: str | bool) -> Import:
    """A user who was imported, with the list of results on screen."""
    await filled(page, **grace(**values))
    before = len(page.app.imports.results)
    await page.press("ctrl+s")
    await page.until(lambda: len(page.app.imports.results) > before)
    one = await ended(page)
    await results(page)
    return one


async def created(page: Page, user_name: str = "grace") -> User | None:
    """The user as the server has it."""

    async def find(session: Session) -> User | None:
        return page.demo.store.user_named(user_name)

    return await on_network(page, find)


async def found(page: Page, user_name: str = "grace") -> User:
    user = await created(page, user_name)
    assert user is not None
    return user


async def roles_of(page: Page, user_id: str) -> tuple[str, ...]:
    async def find(session: Session) -> tuple[str, ...]:
        return member_roles(page.demo, user_id)

    return await on_network(page, find)


def hits(page: Page) -> int:
    """How many users were made by the imports of a test."""
    return sum(user.email == "grace@acme.example" for user in page.demo.store.users.values())
