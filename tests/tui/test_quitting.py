"""Quitting while something is being written: it is asked about, and nothing is cut off."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.tui.app_pages import Page, signed_in
from zitadel_tui.core.session import Session
from zitadel_tui.tui.dialogs.quit import QuitDialog


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
