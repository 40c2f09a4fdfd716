"""Head lines and footer: what gives way when the terminal is narrow, and what never does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zitadel_tui import actions
from zitadel_tui.actions import ACTIONS, shown_key
from zitadel_tui.text import cells
from zitadel_tui.tui.widgets.footer import MOST, chosen
from zitadel_tui.tui.widgets.header import fitted

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
