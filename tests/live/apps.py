"""The app on the server that the suite runs against."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.events import Paste

from tests.live.support import Server
from tests.tui.app_pages import Page
from zitadel_tui import settings
from zitadel_tui.tui.app import ZitadelApp

WIDE = (140, 40)


@asynccontextmanager
async def started(server: Server, size: tuple[int, int] = WIDE, **options: object) -> AsyncIterator[Page]:
    given: dict[str, Any] = {"env_file": str(server.env_file), **options}
    app = ZitadelApp(settings.load(given, {}, Path.cwd()))
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        yield Page(app, pilot)


@asynccontextmanager
async def signed_in(server: Server, size: tuple[int, int] = WIDE, **options: object) -> AsyncIterator[Page]:
    """With the members on screen, and the account known."""
    async with started(server, size, **options) as page:
        await page.until(lambda: page.app.view.count and page.app.account)
        yield page


async def paste(page: Page, text: str) -> None:
    """Into the field one is in, as the terminal does."""
    assert page.app.focused is not None
    page.app.focused.post_message(Paste(text))
    await page.quiet()


async def find(page: Page, text: str) -> None:
    """The members in whom ``text`` occurs, the cursor on the first."""
    await page.press("slash")
    await paste(page, text)
    await page.press("enter")
