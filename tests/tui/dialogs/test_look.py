"""How a dialog looks: over what it covers, with an edge, its question in the edge, the verb first."""

import pytest

from tests.tui.app_pages import Page
from tests.tui.pages import members_read, rows, table
from zitadel_tui.core import members
from zitadel_tui.text import cells
from zitadel_tui.tui.dialogs.confirm import Confirm


def edges(page: Page) -> list[str]:
    return [line for line in page.lines if "╭─" in line or "╰─" in line]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_question_shows_what_it_covers_and_is_as_wide_as_it_needs(size: tuple[int, int]) -> None:
    async with members_read(size=size) as page:
        before = rows(page)
        await page.press("x")
        await page.sees("╭─ Remove ", "y Remove  esc Cancel")
        top, bottom = edges(page)
        width = cells(bottom.strip()[bottom.strip().index("╰") : bottom.strip().rindex("╯") + 1])
        assert 60 <= width <= 76
        assert "from Acme Corp? ─" in top
        assert page.lines[5].rstrip(" ▁▂▃▄▅▆▇█") == before[1], "the list is still on screen"
        assert page.lines[0].startswith(" Acme Corp")


async def test_what_is_dangerous_has_the_colour_of_errors_and_a_word_for_it() -> None:
    async with members_read() as page:
        await page.press("x")
        await page.until(lambda: isinstance(page.app.screen, Confirm))
        frame = page.app.screen.query_one("#frame")
        assert frame.styles.border_top[1].hex.lower() == page.app.theme_variables["text-error"].lower()


async def test_a_question_that_is_longer_than_its_edge_stands_above_the_text() -> None:
    async with members_read() as page:
        question = f"Remove {'a very long name ' * 5}from Acme Corp?"
        page.app.push_screen(Confirm(question, [("What it is about.",)], verb="Remove"))
        await page.sees("Remove a very long name", "from Acme Corp?", "What it is about.")
        assert "Remove" not in edges(page)[0]


async def test_two_logins_that_differ_at_the_end_only_stay_apart() -> None:
    async with members_read() as page:
        roster = page.app.members.roster
        assert roster is not None
        similar = [one for one in roster if members.login(one).startswith("jean.vaughan")]
        assert len(similar) > 1
        for columns, lines, key in ((80, 24, "home"), (120, 40, "enter")):
            await page.resize(columns, lines)
            await page.press(key)
            seen = set()
            for one in similar:
                assert table(page).select(one.user_id)
                await page.quiet()
                line = next(line for line in page.lines if "▌" in line)
                seen.add(line[3 : 3 + 45])
            assert len(seen) == len(similar)


async def test_while_a_field_has_the_keys_the_line_of_views_shows_those_that_work() -> None:
    async with members_read() as page:
        assert "1 Members" in page.lines[1]
        await page.press("slash")
        await page.sees("1 F2 Members", "2 F3 Roles", "3 F4 Import")
        await page.press("f3")
        await page.sees("2 Roles", "HOLDERS")
        await page.press("f2")
        await page.sees("1 Members", "LOGIN")
        assert "F2" not in page.lines[1]


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
async def test_where_no_action_matches_the_palette_says_so_and_keeps_its_keys(size: tuple[int, int]) -> None:
    async with members_read(size=size) as page:
        await page.press("ctrl+p")
        await page.sees("ACTION", "esc close")
        await page.type("zzz")
        await page.sees("No action matches.", "esc close")
