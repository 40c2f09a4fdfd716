"""A click does what stands under it."""

import pytest

from tests.tui.app_pages import Page
from tests.tui.features.import_user import forms
from tests.tui.pages import members_read, members_view, table
from zitadel_tui.tui.dialogs.confirm import Confirm
from zitadel_tui.tui.dialogs.help import HelpDialog
from zitadel_tui.tui.widgets.choice import Check, Choice
from zitadel_tui.tui.widgets.footer import KeyFooter


async def click(page: Page, text: str) -> None:
    """In the middle of ``text``, where it is on the screen."""
    row = next(number for number, line in enumerate(page.lines) if text in line)
    await page.pilot.click(offset=(page.lines[row].index(text) + len(text) // 2, row))
    await page.quiet()


@pytest.mark.parametrize(("text", "value"), [("( ) password", "password"), (") passkey link", "passkey")])
async def test_a_radio_button(text: str, value: str) -> None:
    async with members_read(size=(120, 30)) as page:
        await forms.opened(page)
        await click(page, text)
        chosen = forms.field(page, "sign-in")
        assert isinstance(chosen, Choice)
        assert chosen.value == value


async def test_a_choice_that_shows_one_goes_on_and_back() -> None:
    async with members_read(size=(120, 30)) as page:
        await forms.opened(page)
        gender = forms.field(page, "gender")
        assert isinstance(gender, Choice)
        before = gender.value
        await page.pilot.click(gender, offset=(3, 0))
        await page.quiet()
        assert gender.value != before
        await page.pilot.click(gender, offset=(0, 0))
        await page.quiet()
        assert gender.value == before


async def test_a_check_box() -> None:
    async with members_read(size=(120, 30)) as page:
        await forms.opened(page)
        box = forms.field(page, "email-verified")
        assert isinstance(box, Check)
        before = box.value
        await page.pilot.click(box, offset=(5, 0))
        await page.quiet()
        assert box.value is not before


async def test_a_row_then_what_it_opens() -> None:
    async with members_read() as page:
        await page.pilot.click(table(page), offset=(10, 4))
        assert table(page).cursor_row == 3
        await page.pilot.click(table(page), offset=(10, 4))
        await page.sees("Project roles")


async def test_an_entry_of_the_palette() -> None:
    async with members_read() as page:
        await page.burst("\x10light")
        await click(page, "light or dark")
        await page.until(lambda: not page.app.screen.is_modal)
        assert not page.app.current_theme.dark


async def test_the_answers_of_a_question() -> None:
    async with members_read() as page:
        await page.burst("x")
        assert isinstance(page.app.screen, Confirm)
        await click(page, "? help")
        assert isinstance(page.app.screen, HelpDialog)
        await click(page, "esc close")
        await click(page, "esc Cancel")
        await page.until(lambda: not page.app.screen.is_modal)


async def test_beside_a_key_of_the_footer_nothing_happens() -> None:
    async with members_read() as page:
        await page.pilot.click(page.app.query_one(KeyFooter), offset=(0, 0))
        assert not page.app.screen.is_modal


async def test_the_hint_of_a_filter_is_its_field() -> None:
    async with members_read(size=(120, 30)) as page:
        await click(page, "role:owner")
        await page.press("b", "o", "t")
        assert members_view(page)._filter.text == "bot"
