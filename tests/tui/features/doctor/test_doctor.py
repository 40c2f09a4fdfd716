"""The doctor in the app: from the palette while signed in, and where signing in failed."""

from pathlib import Path

from tests.sockets import closed_origin
from tests.tui.app_pages import demo, signed_in, started
from zitadel_tui.settings import KeyFileSource, Settings
from zitadel_tui.tui.features.doctor.screen import DoctorScreen


async def test_without_problems_the_doctor_says_so_and_the_session_stays() -> None:
    async with signed_in(size=(120, 40)) as page:
        session = page.app.session
        await page.press("ctrl+p")
        await page.type("doctor")
        await page.press("enter")
        await page.sees("No problems found.")
        assert "✓ ok   token" in page.text
        await page.press("r")
        await page.sees("No problems found.")
        await page.press("escape")
        assert not page.app.screen.is_modal
        assert page.app.session is session


async def test_it_is_offered_where_signing_in_failed() -> None:
    settings = Settings(
        domain=closed_origin(), timeout=0.3, key_file=KeyFileSource(Path("gone.json").absolute(), "the test")
    )
    async with started(settings, demo()) as page:
        await page.sees("F9 checks step by step what is wrong.")
        await page.press("f9")
        await page.until(lambda: isinstance(page.app.screen, DoctorScreen))
        await page.sees("✗ fail key file")
        await page.sees("First: ")
        await page.press("escape")
        await page.sees("Cannot sign in")
