"""Changes for several users while they are written: progress, pausing and cancelling, from any view."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.tui.app_pages import Page, demo
from tests.tui.features.members.editing import held, stored, toggle
from tests.tui.features.members.test_edit_roles_of_several import ended, open_several, select
from tests.tui.pages import members_read
from zitadel_tui.tui.dialogs.job_result import JobResultDialog
from zitadel_tui.tui.dialogs.quit import QuitDialog
from zitadel_tui.tui.services import jobs
from zitadel_tui.zitadel.wire.members import Member

HELD, ADDED = "ORG_OWNER_VIEWER", "ORG_SETTINGS_MANAGER"
BOTH = (HELD, ADDED)
COUNT = 7


@asynccontextmanager
async def a_job_that_runs() -> AsyncIterator[tuple[Page, list[Member]]]:
    """Its results are open; its first write is being written until the end of the block, or of `held`."""
    async with members_read(demo(lag=(0.0, 0.0))) as page:
        chosen = await select(page, COUNT, HELD)
        await open_several(page)
        await toggle(page, ADDED)
        yield page, chosen


async def begun(page: Page) -> None:
    await page.press("ctrl+s")
    await page.until(lambda: isinstance(page.app.screen, JobResultDialog))
    await page.sees(f"0 of {COUNT}")


async def changed(page: Page, chosen: list[Member]) -> int:
    """How many have been written."""
    return [await stored(page, one.user_id) for one in chosen].count(BOTH)


async def test_while_a_job_runs_every_view_shows_progress_and_offers_pausing_and_cancelling() -> None:
    async with a_job_that_runs() as (page, _chosen):
        with held(page):
            await begun(page)
            await page.sees("p pause", "C cancel")
            await page.press("escape")
            for key in ("1", "2", "3"):
                await page.press(key)
                await page.sees(f"0 of {COUNT}", "F6 pause" if key == "3" else "p pause", "cancel changes")
                assert len(page.lines) == 24
        await page.told(f"{COUNT} members: {COUNT} done.")
        await page.until(lambda: "pause" not in page.text)


async def test_what_is_paused_ends_what_is_in_flight_and_goes_on_when_it_is_continued(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "_TELL_EVERY", 1_000.0)  # what ends is told without it
    async with a_job_that_runs() as (page, chosen):
        with held(page):
            await begun(page)
            await page.press("p")
            await page.sees("paused, 4 in flight", "p continue")
        await page.sees(f"4 of {COUNT}  paused  4 done")
        assert await changed(page, chosen) == 4
        await page.press("escape", "3", "f6")
        await page.told(f"{COUNT} members: {COUNT} done.")
        assert await changed(page, chosen) == COUNT


async def test_what_is_cancelled_is_not_sent_is_listed_so_and_can_be_tried_again() -> None:
    async with a_job_that_runs() as (page, chosen):
        with held(page):
            await begun(page)
            await page.press("escape")
            await page.until(lambda: not page.app.screen.is_modal)
            await page.press("C")
            await page.sees("cancelling, ")
            await page.press("C")
            await page.told("The changes are being cancelled: requests in flight finish.")
        await page.told(f"{COUNT} members: ", "not sent")
        written = await changed(page, chosen)
        await page.told(f"{COUNT} members: {written} done, {COUNT - written} not sent.")
        assert 0 < written <= 4
        assert not len(page.app.pending) or await changed(page, chosen) == written
        await page.press("t")
        results = await ended(page)
        await page.sees("not sent", "Cancelled before it was sent.")
        assert len(results._job.failed) == COUNT - written
        with held(page):
            await page.press("t")
            await page.sees(f"{written} of {COUNT}")
            assert "cancelling" not in page.text
        await page.sees(f"{COUNT} members: {COUNT} done.")
        assert await changed(page, chosen) == COUNT


async def test_the_end_of_a_job_is_no_message_while_its_results_are_shown() -> None:
    async with a_job_that_runs() as (page, _chosen):
        await page.press("ctrl+s")
        await page.sees(f"{COUNT} members: {COUNT} done.")
        await page.quiet()
        assert page.messages == []


async def test_a_job_is_paused_and_cancelled_where_its_results_are_shown() -> None:
    async with a_job_that_runs() as (page, chosen):
        with held(page):
            await begun(page)
            await page.press("p", "C")
            await page.sees("cancelling, ")
        await ended(page)
        written = await changed(page, chosen)
        await page.sees(f"{COUNT} members: {written} done, {COUNT - written} not sent.")


async def test_without_a_job_there_is_nothing_to_pause() -> None:
    async with members_read() as page:
        await page.press("p")
        await page.told("No changes to several users are being written.")
        page.forget_messages()
        await page.press("f8")
        await page.told("No changes to several users are being written.")


async def test_quitting_names_what_is_left_and_waiting_continues_what_is_paused() -> None:
    async with a_job_that_runs() as (page, chosen):
        with held(page):
            await begun(page)
            await page.press("p", "escape")
            await page.until(lambda: not page.app.screen.is_modal)
            await page.press("q")
            await page.until(lambda: isinstance(page.app.screen, QuitDialog))
            await page.sees(f"{COUNT} changes have not ended yet.")
            await page.press("w")
        await page.until(lambda: page.app._exit)
        store = page.demo.store
        found = [store.members[store.default_org].get(one.user_id) for one in chosen]
        assert {one.roles for one in found if one is not None} == {BOTH}
