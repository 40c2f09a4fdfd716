"""Quitting while something is being written: it is asked about, and nothing is cut off."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.tui.app_pages import Page, demo, signed_in, started
from zitadel_tui.core.session import Session
from zitadel_tui.settings import Settings
from zitadel_tui.tui.dialogs.quit import QuitDialog
from zitadel_tui.tui.widgets.filter_bar import FilterBar


@asynccontextmanager
async def writing() -> AsyncIterator[tuple[Page, threading.Event, list[str]]]:
    """The app while a write is held; it ends when the event is set."""
    async with signed_in() as page:
        let, ended = threading.Event(), list[str]()

        async def work(session: Session) -> str:
            await asyncio.to_thread(let.wait)
            return "written"

        page.app.network.submit_write(work, then=ended.append, failed=lambda failure: ended.append("failed"))
        try:
            yield page, let, ended
        finally:
            let.set()


async def quit_asked(page: Page) -> None:
    await page.press("q")
    await page.until(lambda: isinstance(page.app.screen, QuitDialog))
    await page.sees("One change has not ended yet.")


async def test_waiting_quits_when_the_last_write_has_been_told() -> None:
    async with writing() as (page, let, ended):
        await quit_asked(page)
        await page.press("w")
        await page.told("Quits when everything is written.")
        assert not page.app._exit
        let.set()
        await page.until(lambda: page.app._exit)
        assert ended == ["written"]
    assert page.app.return_code == 0


async def test_stopping_quits_at_once() -> None:
    async with writing() as (page, _let, _ended):
        await quit_asked(page)
        await page.press("s")
        await page.until(lambda: page.app._exit)


async def test_the_key_again_stops_and_escape_stays() -> None:
    async with writing() as (page, let, ended):
        await quit_asked(page)
        await page.press("escape")
        await page.until(lambda: not page.app.screen.is_modal)
        let.set()
        await page.until(lambda: ended == ["written"])
        assert not page.app._exit
    async with writing() as (page, let, ended):
        await quit_asked(page)
        await page.press("ctrl+q")
        await page.until(lambda: page.app._exit)


@pytest.mark.parametrize("late", ["history", "projects", "/", "help"])
async def test_what_opens_while_the_app_quits_is_no_crash(late: str) -> None:
    """As by a key in the same burst, or an answer in the same moment."""
    async with started(Settings(demo=True), demo()) as page:
        app = page.app
        app.exit()
        if late == "/":
            app.call_later(app.query_one(FilterBar).edit)
        elif late == "help":
            app.call_later(app.do_help)
        else:
            app.call_later(app.show_view, late)
    assert app.return_code == 0
