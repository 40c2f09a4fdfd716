"""Themes: legible, chosen once and kept; terminals without colours or Unicode."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from tests.tui.app_pages import Page, signed_in
from tests.tui.pages import members_read
from zitadel_tui.tui import themes
from zitadel_tui.tui.driver.plain_terminal import in_ascii, without_colors
from zitadel_tui.tui.driver.terminal import has_unicode
from zitadel_tui.tui.format.progress import Progress, line

TEXTS = ("text", "dim", "accent", "warning", "error", "success")


@pytest.mark.parametrize("name", themes.PALETTES)
def test_every_text_is_legible_on_the_grounds_it_stands_on(name: str) -> None:
    palette, least = themes.PALETTES[name], 6.8 if "contrast" in name else 4.5
    for ground in (palette.background, palette.panel):
        for text in TEXTS:
            assert themes.contrast(Color.parse(getattr(palette, text)), Color.parse(ground)) >= least, text
    assert themes.contrast(Color.parse(palette.border), Color.parse(palette.background)) >= 3


def test_a_pipe_in_place_of_the_chosen_theme_is_not_waited_for() -> None:
    themes._file().parent.mkdir(parents=True)
    os.mkfifo(themes._file())
    assert themes.initial() == themes.default()


def test_there_are_more_than_two_themes_and_they_go_around() -> None:
    name, seen = themes.DEFAULT, []
    for _ in themes.PALETTES:
        seen.append(name := themes.following(name))
    assert sorted(seen) == sorted(themes.PALETTES)
    assert "high-contrast" in seen


async def choose_next(page: Page) -> str:
    await page.press("ctrl+p")
    await page.type("theme")
    await page.press("enter")
    await page.told("Theme: ")
    return page.app.theme


async def test_the_theme_that_was_chosen_stays_and_a_setting_wins() -> None:
    async with members_read() as page:
        before = page.app.theme
        chosen = await choose_next(page)
        assert chosen == themes.following(before)
    async with members_read() as page:
        assert page.app.theme == chosen
    assert themes.initial("high-contrast") == "high-contrast"
    assert themes.initial("no such theme") == chosen


async def test_without_colours_a_dialog_has_an_edge_and_the_cursor_is_reversed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with members_read() as page:
        styles = [segment.style for strip in painted(page) for segment in strip if segment.style]
        assert all(style.color is None and style.bgcolor is None for style in styles)
        cursor = next(strip for strip in painted(page) if "▌" in strip.text)
        assert all(segment.style and segment.style.reverse for segment in cursor if segment.text.strip())
        await page.press("x")
        await page.sees("╭─ Remove ", "╰──", "y Remove  esc Cancel")
        covered = [segment for segment in painted(page)[0] if "Acme Corp" in segment.text]
        assert covered
        assert all(segment.style and segment.style.dim for segment in covered)
        asked = [segment for strip in painted(page) for segment in strip if "it only loses" in segment.text]
        assert [segment.style.dim for segment in asked if segment.style] == [False]


def painted(page: Page) -> list[Strip]:
    return page.app.screen._compositor.render_strips()


@pytest.mark.parametrize(
    ("environment", "shows"),
    [
        ({}, True),
        ({"LANG": "en_US.UTF-8"}, True),
        ({"LANG": "C.utf8", "TERM": "xterm"}, True),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, False),
        ({"LANG": "de_CH.ISO-8859-1"}, False),
        ({"LANG": "en_US.UTF-8", "TERM": "linux"}, False),
    ],
)
def test_whether_a_terminal_has_unicode(environment: dict[str, str], shows: bool) -> None:
    assert has_unicode(environment) is shows


async def test_without_unicode_everything_on_screen_is_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    async with signed_in() as page:
        await page.sees("> ", "rights here too")
        await page.press("space", "x")
        await page.sees("+- Remove ", "|", "> ", "*")
        assert page.text.isascii()


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30))
def test_ascii_takes_the_cells_that_the_text_took(text: str) -> None:
    told = in_ascii(text)
    assert told.isascii()
    assert len(told) == cell_len(text)


def test_without_unicode_a_bar_still_shows_how_far_it_is() -> None:
    bar = Progress(total=4, ended=2, counts={}, in_flight=0, rate=None, paused=False, cancelled=False)
    told = in_ascii("".join(part if isinstance(part, str) else part[0] for part in line(bar, 40)))
    assert told.startswith("==========----------  2 of 4")


def test_what_stands_out_by_its_ground_is_reversed_and_what_recedes_is_dim() -> None:
    ground = Color.parse("#121212")
    assert without_colors(Style.parse("bold #121212 on #5fafff"), ground) == Style(
        bold=True, reverse=True, dim=False
    )
    assert without_colors(Style.parse("#626262 on #121212"), ground).dim
    assert not without_colors(Style.parse("#dadada on #303030"), ground).reverse
