"""What the shell says in passing, and where it says which keys there are."""

import re

import pytest

from tests.tui.app_pages import demo, signed_in, started
from tests.tui.pages import members_read, table, under_cursor
from zitadel_tui import actions
from zitadel_tui.settings import Settings
from zitadel_tui.tui.dialogs.help import HelpDialog
from zitadel_tui.tui.features.connect.view import ConnectScreen


async def test_no_more_than_two_sentences_cover_the_rows() -> None:
    async with signed_in() as page:
        for number in range(5):
            page.app.show_message(f"Sentence {number}.")
        await page.until(lambda: page.toasts == ["Sentence 3.", "Sentence 4."])
        await page.sees("Sentence 3.", "Sentence 4.")
        assert "Sentence 2." not in page.text


@pytest.mark.parametrize("width", [80, 120])
async def test_help_cuts_no_key_and_wraps_beside_the_keys(width: int) -> None:
    async with signed_in(size=(width, 70)) as page:
        await page.press("f1")
        await page.until(lambda: isinstance(page.app.screen, HelpDialog))
        await page.sees("Moving")
        assert "…" not in page.text
        column = next(line for line in page.lines if " Up." in line).index("Up.")
        said = " ".join(line[column:].strip() for line in page.lines)
        for action in actions.of("members", "app"):
            if action.keys:
                assert action.help in said, action.id


async def test_a_person_over_the_list_has_a_way_back_in_the_footer() -> None:
    async with members_read() as page:
        assert "esc back" not in page.lines[-1]
        await page.press("enter")
        await page.until(lambda: "esc back" in page.lines[-1])
        assert all(key in page.lines[-1] for key in ("e roles", "x remove", "y copy", "? help"))
        assert "enter person" not in page.lines[-1]
        await page.press("escape")
        await page.until(lambda: "enter person" in page.lines[-1])
        assert page.app.focused is table(page)


async def test_dates_are_whole_beside_a_person() -> None:
    async with members_read(size=(120, 40)) as page:
        await page.press("enter")
        await page.sees("POWER")
        assert re.search(r" \d{4}-\d\d-\d\d", under_cursor(page)[:74]), under_cursor(page)


async def test_roles_say_how_old_they_are() -> None:
    async with members_read() as page:
        await page.press("2")
        await page.until(lambda: "just read" in page.lines[1])


async def test_nobody_has_failed_who_has_not_begun() -> None:
    async with started(Settings(), demo()) as page:
        await page.until(lambda: isinstance(page.app.screen, ConnectScreen))
        await page.sees("Not set up yet")
        assert "Cannot sign in" not in page.text
