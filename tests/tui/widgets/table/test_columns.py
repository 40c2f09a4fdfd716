"""Widths: which columns stay, and that no text can shift one."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from zitadel_tui.tui.format.cells import fit_cell
from zitadel_tui.tui.widgets.table.columns import GAP, Column, fit_columns

MEMBERS = (
    Column("name", "NAME", 23, min_width=10, grow=1),
    Column("login", "LOGIN", 23, priority=2),
    Column("roles", "ROLES", 20, min_width=12, grow=1),
    Column("since", "SINCE", 10, priority=1, align="right"),
)


def widths(width: int) -> dict[str, int]:
    return {MEMBERS[slot.column].key: slot.width for slot in fit_columns(MEMBERS, width)}


def test_spare_width_goes_to_those_that_grow() -> None:
    assert widths(82) == {"name": 23, "login": 23, "roles": 20, "since": 10}
    assert widths(93) == {"name": 28, "login": 23, "roles": 26, "since": 10}


def test_columns_leave_by_priority_then_the_rest_shrinks_and_never_leaves() -> None:
    assert list(widths(81)) == ["name", "login", "roles"]
    assert list(widths(69)) == ["name", "roles"]
    assert widths(34) == {"name": 17, "roles": 15}
    assert widths(24) == {"name": 10, "roles": 12}
    assert widths(15) == {"name": 10, "roles": 3}
    assert widths(0) == {}


columns = st.builds(
    Column,
    key=st.just("k"),
    label=st.just("L"),
    width=st.integers(1, 40),
    min_width=st.integers(1, 12),
    priority=st.integers(0, 3),
    grow=st.integers(0, 3),
)


@given(st.lists(columns, max_size=8), st.integers(0, 200))
def test_columns_never_need_more_than_there_is(shape: list[Column], width: int) -> None:
    slots = fit_columns(shape, width)
    assert sum(slot.width for slot in slots) + GAP * max(0, len(slots) - 1) <= width
    assert all(slot.width > 0 for slot in slots)
    if width and all(column.priority == 0 for column in shape[:1]):
        assert bool(slots) == bool(shape)


@given(st.text(max_size=40), st.integers(0, 40), st.sampled_from(["left", "right"]))
def test_a_cell_has_its_width_whatever_the_text(text: str, width: int, align: str) -> None:
    cell = fit_cell(text, width, "right" if align == "right" else "left")
    assert cell_len(cell) == width
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in cell)


@given(
    st.lists(st.text(st.sampled_from("a日é\u0301👩\u200d💻❤\ufe0f\u200cक्ष\u05d0"), max_size=12), max_size=5)
)
def test_neighbours_do_not_change_each_other(texts: list[str]) -> None:
    assert cell_len("".join(fit_cell(text, 7) for text in texts)) == 7 * len(texts)


def test_what_was_cut_says_so_and_short_text_is_padded() -> None:
    assert fit_cell("Ada Lovelace", 5) == "Ada …"
    assert fit_cell("日本語", 4) == "日 …"
    assert fit_cell("日本", 6, "right") == "  日本"
    assert fit_cell("7", 3, "right") == "  7"
