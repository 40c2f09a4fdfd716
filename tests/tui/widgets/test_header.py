"""Head lines and footer: what gives way when the terminal is narrow, and what never does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.pages import members_read
from zitadel_tui import actions
from zitadel_tui.actions import ACTIONS, shown_key
from zitadel_tui.text import cells
from zitadel_tui.tui.widgets.footer import MOST, chosen
from zitadel_tui.tui.widgets.header import ViewLabel, arranged, fitted

PLACES = [("members", "app"), ("roles", "app"), ("dialog",), ("connect",), ("palette",)]


@pytest.mark.parametrize("places", PLACES)
@pytest.mark.parametrize("typing", [False, True])
@pytest.mark.parametrize("width", [40, 60, 78, 118, 300])
def test_the_footer_fits_and_nothing_in_it_is_cut(places: tuple[str, ...], typing: bool, width: int) -> None:
    shown = chosen(actions.of(*places), typing=typing, width=width)
    line = "  ".join(f"{shown_key(key)} {action.label}" for action, key in shown)
    assert cells(line) <= width
    assert len(shown) <= MOST
    if "app" in places:
        assert [key for action, key in shown if action.id == "app.help"] == ["f1" if typing else "?"]


def test_at_80_columns_the_footer_of_members_has_what_one_needs_there() -> None:
    shown = [action.id for action, _ in chosen(actions.of("members", "app"), typing=False, width=78)]
    assert set(shown) == {
        *("members.person", "members.roles", "members.add", "members.select", "members.remove"),
        *("members.filter", "app.help", "app.quit"),
    }


def test_while_typing_no_key_is_offered_that_would_be_typed() -> None:
    for place in PLACES:
        for _, key in chosen(actions.of(*place), typing=True, width=200):
            assert len(key) > 1


def test_a_key_taken_by_the_view_is_not_offered_twice() -> None:
    keys = [key for _, key in chosen(ACTIONS, typing=False, width=10_000)]
    assert len(keys) == len(set(keys))


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=3), st.integers(1, 120))
def test_names_in_the_header_fit_and_the_first_stays(names: list[str], room: int) -> None:
    shown = fitted(names, room)
    assert sum(map(cells, shown)) + 2 * (len(shown) - 1) <= room
    assert shown
    assert names[0].startswith(shown[0].rstrip("…"))


def test_names_that_fit_are_not_touched() -> None:
    assert fitted(["Acme", "id.acme.example", "bot"], 40) == ["Acme", "id.acme.example", "bot"]


def test_the_longest_name_is_cut_first() -> None:
    shown = fitted(["Acme Corp", "x" * 100, "onboarding-bot"], 50)
    assert shown[0] == "Acme Corp"
    assert shown[2] == "onboarding-bot"
    assert shown[1].endswith("…")


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        (100, "1 Members 1,204   2 Roles 11   3 Import"),
        (38, "1 Members 1,204  2 Roles 11  3 Import"),
        (35, "1 Members  2 Roles 11  3 Import"),
        (30, "1 Members 2 Roles 11 3 Import"),
        (28, "1 Members 2 Roles 3 Import"),
        (25, "1 Member 2 Roles 3 Import"),
        (19, "1 Mem 2 Roles 3 Imp"),
        (18, "1 2 Roles 3"),
        (3, "1 2 Roles 3"),
    ],
)
def test_in_the_line_of_views_gaps_and_counts_give_way_before_a_label(room: int, expected: str) -> None:
    labels = [
        ViewLabel("members", "1", "Members", "1,204"),
        ViewLabel("roles", "2", "Roles", "11"),
        ViewLabel("import", "3", "Import"),
    ]
    shown, gap = arranged(labels, "roles", room)
    assert (" " * gap).join(label.text for label in shown) == expected


async def test_a_note_beside_the_views_is_whole_or_not_there() -> None:
    async with members_read(size=(78, 16)) as page:
        assert page.lines[1].rstrip().endswith("just read")
        await page.press("slash")
        await page.sees("4 F5 Projects")
        assert "jus" not in page.lines[1]
