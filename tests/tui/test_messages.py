"""What the shell says in passing, and where it says which keys there are."""

import re

import pytest

from tests.tui.app_pages import Page, demo, signed_in, started
from tests.tui.pages import members_read, table, under_cursor
from zitadel_tui import actions
from zitadel_tui.failure import Failure
from zitadel_tui.settings import Settings
from zitadel_tui.tui.dialogs.help import HelpDialog
from zitadel_tui.tui.dialogs.messages import MessagesDialog
from zitadel_tui.tui.features.connect.view import ConnectScreen
from zitadel_tui.tui.widgets.status_line import StatusLine

STATUS = -2
"""The line above the footer."""


def later(page: Page) -> None:
    """As if the time had passed that it takes to read what was just said."""
    page.app.messages._has_been_read()


async def test_what_is_reported_stands_above_the_footer_and_covers_no_row() -> None:
    async with members_read() as page:
        before = page.lines
        page.app.show_message("Sentence one.")
        page.app.show_message("Sentence two.")
        await page.sees("✓ Sentence two.")
        assert page.lines[STATUS].startswith(" ✓ Sentence two.")
        assert page.lines[STATUS].rstrip().endswith("ctrl+l log")
        assert "Sentence one." not in page.text
        assert page.lines[:STATUS] == before[:STATUS]
        assert page.lines[-1] == before[-1]
        later(page)
        await page.until(lambda: page.lines == before)


async def test_an_error_stays_until_the_log_was_opened_whatever_else_is_reported() -> None:
    async with members_read() as page:
        page.app.show_failure(Failure("The server is gone.", "Look after it."))
        await page.sees("✗ The server is gone. Look after it.")
        for number in range(600):
            page.app.show_message(f"Note {number}.")
        await page.sees("✓ Note 599.", "1 more  ctrl+l log")
        later(page)
        await page.until(lambda: page.lines[STATUS].startswith(" ✗ The server is gone."))
        await page.press("ctrl+l")
        await page.sees("Messages", "Note 599.")
        assert "The server is gone." in {message.text.partition("\n")[0] for message in page.app.messages.all}
        await page.press("end")
        await page.sees("✗ The server is gone.", "Look after it.")
        await page.press("escape")
        await page.until(lambda: "The server is gone." not in page.text)


async def test_the_log_opens_over_a_dialog_too() -> None:
    async with members_read() as page:
        await page.press("x")
        await page.sees("Remove ")
        page.app.show_message("Sentence one.")
        await page.press("ctrl+l")
        await page.until(lambda: isinstance(page.app.screen, MessagesDialog))
        await page.sees("Sentence one.")
        await page.press("escape")
        await page.sees("Remove ")


async def test_the_log_is_in_the_palette_tells_when_and_can_be_copied() -> None:
    async with members_read() as page:
        page.app.show_message("First.")
        page.app.show_message("Second.", severity="warning")
        await page.press("ctrl+p", *"messages", "enter")
        await page.until(lambda: isinstance(page.app.screen, MessagesDialog))
        lines = [line for line in page.lines if "First." in line or "Second." in line]
        assert [re.sub(r"\d\d:\d\d:\d\d", "TIME", line).strip(" │").split() for line in lines] == [
            ["TIME", "⚠", "Second."],
            ["TIME", "✓", "First."],
        ]
        await page.press("y")
        await page.told("was sent to the clipboard")
        assert "⚠ Second." in page.app.clipboard


async def test_what_is_reported_while_a_dialog_is_open_stands_inside_it() -> None:
    async with members_read() as page:
        page.app.show_failure(Failure("An error of before."))
        later(page)
        await page.press("c")
        await page.sees("curl -X POST")
        shown = page.app.screen.query_one(StatusLine)
        assert not shown.display, "what was said before is no business of the dialog"
        await page.press("y")
        await page.until(lambda: shown.display)
        await page.sees("✓ The curl command was sent to the clipboard")
        assert "curl -X POST" in page.text


async def test_a_long_message_is_shown_whole_until_it_was_read() -> None:
    async with members_read() as page:
        page.app.show_failure(Failure("A sentence of the server. " * 6, "Some advice for you. " * 2))
        await page.sees("Some advice for you.")
        later(page)
        await page.until(lambda: "Some advice" not in page.text)
        assert page.lines[STATUS].startswith(" ✗ A sentence of the server.")
        assert "…" in page.lines[STATUS]


async def test_a_warning_to_be_kept_stays_as_errors_do() -> None:
    async with members_read() as page:
        page.app.show_message("It was not recorded.", severity="warning", keep=True)
        page.app.show_message("A note.")
        later(page)
        await page.until(lambda: page.lines[STATUS].startswith(" ⚠ It was not recorded."))


@pytest.mark.parametrize("width", [80, 120])
async def test_help_cuts_no_key_and_wraps_beside_the_keys(width: int) -> None:
    async with signed_in(size=(width, 70)) as page:
        await page.press("f1")
        await page.until(lambda: isinstance(page.app.screen, HelpDialog))
        await page.sees("Moving")
        assert "…" not in page.text
        inside = [line.split("│")[-2].strip(" ▁▂▃▄▅▆▇█") for line in page.lines if line.count("│") > 1]
        said = " ".join(inside)
        for action in actions.of("members", "app"):
            if action.keys:
                assert action.help in said, action.id


async def test_a_user_over_the_list_has_a_way_back_in_the_footer() -> None:
    async with members_read() as page:
        assert "esc back" not in page.lines[-1]
        await page.press("enter")
        await page.until(lambda: "esc back" in page.lines[-1])
        assert all(key in page.lines[-1] for key in ("e roles", "x remove", "y copy", "? help"))
        assert "enter show" not in page.lines[-1]
        await page.press("escape")
        await page.until(lambda: "enter show" in page.lines[-1])
        assert page.app.focused is table(page)


async def test_dates_are_whole_beside_a_user() -> None:
    async with members_read(size=(120, 40)) as page:
        await page.press("enter")
        await page.sees("Recent changes")
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
