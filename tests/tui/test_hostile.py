"""Whatever a server or a file says, the shell shows it as text."""

import unicodedata

import pytest
from textual.events import Paste
from textual.widgets import Input

from tests import hostile
from tests.tui.app_pages import Page, demo, signed_in, started
from zitadel_tui.failure import Failure
from zitadel_tui.settings import Settings
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.base import TextDialog
from zitadel_tui.tui.features.connect.view import ConnectScreen
from zitadel_tui.tui.widgets.header import ViewLabel

_FORBIDDEN = ("Cc", "Cs", "Cn", "Co")
_BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def harmless(page: Page) -> None:
    for line in page.lines:
        bad = [c for c in line if unicodedata.category(c) in _FORBIDDEN or c in _BIDI]
        assert not bad, (line, bad)


async def test_names_in_the_head_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    async with signed_in(size=(120, 30)) as page:
        monkeypatch.setattr(page.app, "refresh_lines", lambda: None)
        for text in hostile.ALL:
            page.app.header_line.say((text, text, text), ("DEMO",))
            page.app.view_line.say([ViewLabel("members", "1", "Members")], "members", text)
            await page.quiet()
            harmless(page)
            assert "DEMO" in page.lines[0]
            if 0 < len(shown(text)) < 20 and shown(text).isascii():
                assert page.lines[0].startswith(" " + shown(text))


async def test_what_is_reported_in_passing() -> None:
    async with signed_in(size=(120, 40)) as page:
        for start in range(0, len(hostile.ALL), 6):
            for text in hostile.ALL[start : start + 6]:
                page.app.show_message(text or "nothing", severity="warning")
            await page.quiet()
            harmless(page)
            page.forget_messages()
        page.app.show_message("the end")
        await page.sees("the end")


async def test_dialogs() -> None:
    async with signed_in(size=(100, 30)) as page:
        everything = "\n".join(hostile.ALL)
        for text in (*hostile.MARKUP[:6], hostile.CONTROLS[0], everything):
            await page.app.push_screen(TextDialog(text, text, called=text, explanation=text[:20]))
            await page.quiet()
            harmless(page)
            await page.press("escape")
        assert not page.app.screen.is_modal


async def test_reasons_and_fields_of_connect() -> None:
    async with started(Settings(), demo()) as page:
        await page.until(lambda: isinstance(page.app.screen, ConnectScreen))
        screen = page.app.screen
        assert isinstance(screen, ConnectScreen)
        for text in hostile.ALL:
            screen.refused(Failure(shown(text), shown(text)))
            await page.quiet()
            harmless(page)


async def test_a_field_shows_what_was_pasted_without_obeying_it() -> None:
    async with started(Settings(), demo()) as page:
        await page.until(lambda: isinstance(page.app.screen, ConnectScreen))
        field = page.app.screen.query_one("#address", Input)
        for text in (text for text in hostile.ALL if shown(text).strip()):
            field.value = ""
            page.app.post_message(Paste(text))
            await page.until(lambda: field.value)
            await page.quiet()
            harmless(page)
