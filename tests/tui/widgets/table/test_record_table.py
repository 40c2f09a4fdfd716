"""RecordTable as a user meets it: keys, mouse, its place kept, hostile text, narrow screens."""

import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown
from textual.pilot import Pilot

from tests.examples import examples
from zitadel_tui.tui.widgets.table import Column, RecordTable, Row, Tone

pytestmark = pytest.mark.usefixtures("every_frame_is_painted")

COLUMNS = (
    Column("name", "NAME", 20, min_width=8, grow=1),
    Column("login", "LOGIN", 16, priority=2, dim=True),
    Column("since", "SINCE", 8, priority=1, align="right"),
)
HOSTILE = (
    "[/foo]",
    "[/",
    "User [/] x",
    "[red]e[/red]",
    "[@click=app.quit]x[/]",
    "[link=http://x]y",
    '["a", 1]',
    "x\\",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b[2J\x9b31m",
    "a\nb\tc\x00",
    "\u202egnp.exe",
    "日本語の名前",
    "e\u0301\u0301\u0301",
    "👩\u200d👩\u200d👧 ❤\ufe0f",
    "\u05d3\u05d5\u05d3",
    "x" * 500,
)


def row(index: int) -> Row:
    return (f"Person {index}", f"p{index}@acme", str(index))


def ids(numbers: Sequence[int]) -> list[str]:
    return [f"id{number}" for number in numbers]


class TableApp(App[None]):
    def __init__(self, count: int = 100, tone: Tone = "") -> None:
        super().__init__()
        self.events: list[str] = []
        self.selected: set[str] = set()
        self.table = RecordTable(
            COLUMNS, styles=lambda index: tone, is_selected=lambda row_id: row_id in self.selected
        )
        self.count = count

    def show(self, numbers: Sequence[int]) -> None:
        """The rows of these numbers, filtered or sorted."""
        self.table.set_rows(ids(numbers), lambda index: row(numbers[index]))

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.set_rows(ids(range(self.count)), row)

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        self.events.append(f"at {event.row_id}")

    def on_record_table_activated(self, event: RecordTable.Activated) -> None:
        self.events.append(f"open {event.row_id}")

    def on_record_table_gutter_clicked(self, event: RecordTable.GutterClicked) -> None:
        self.events.append(f"gutter {event.row_id}")

    def on_record_table_head_clicked(self, event: RecordTable.HeadClicked) -> None:
        self.events.append(f"head {event.key}")


def lines(app: App[None]) -> list[str]:
    return [strip.text for strip in app.screen._compositor.render_strips()]


async def seen(app: TableApp, pilot: Pilot[None]) -> list[str]:
    """What happened since the last look."""
    await pilot.pause()
    happened, app.events = app.events, []
    return happened


async def test_keys_move_the_cursor_and_enter_opens() -> None:
    app = TableApp()
    async with app.run_test(size=(60, 11)) as pilot:
        table = app.table
        assert await seen(app, pilot) == ["at id0"]
        await pilot.press("down", "j", "j", "up", "k")
        assert (table.cursor_row, table.cursor_id) == (1, "id1")
        await pilot.press("pagedown", "ctrl+f")
        assert (table.cursor_row, table.scroll_offset.y) == (21, 20)  # the line on the screen is kept
        await pilot.press("pageup", "ctrl+b")
        assert (table.cursor_row, table.scroll_offset.y) == (1, 0)
        await pilot.press("G")
        assert (table.cursor_row, table.scroll_offset.y) == (99, 90)
        await pilot.press("pagedown", "j")
        assert table.cursor_row == 99
        await pilot.press("g", "end", "home")
        assert (table.cursor_row, table.scroll_offset.y) == (0, 0)
        app.events.clear()
        await pilot.press("j", "enter")
        assert await seen(app, pilot) == ["at id1", "open id1"]


async def test_what_is_painted() -> None:
    app = TableApp(3)
    async with app.run_test(size=(60, 6)) as pilot:
        await pilot.press("j")
        app.selected.add("id1")
        app.table.refresh()
        await pilot.pause()
        assert [line.rstrip() for line in lines(app)] == [
            "   NAME                          LOGIN                SINCE",
            "   Person 0                      p0@acme                  0",
            "●▌ Person 1                      p1@acme                  1",
            "   Person 2                      p2@acme                  2",
            "",
            "",
        ]


async def test_new_rows_keep_cursor_line_by_id_and_say_nothing() -> None:
    app = TableApp()
    async with app.run_test(size=(60, 11)) as pilot:
        table = app.table
        table.select("id50")
        await pilot.pause()
        line = table.cursor_row - table.scroll_offset.y
        app.events.clear()
        table.set_rows(ids([*range(200, 230), *range(100)]), row)
        assert (table.cursor_id, table.cursor_row) == ("id50", 80)
        assert table.cursor_row - table.scroll_offset.y == line
        assert await seen(app, pilot) == []
        table.set_rows(ids(range(50)), row)
        assert table.cursor_id == "id49"
        assert await seen(app, pilot) == ["at id49"]


async def test_rows_that_were_scrolled_to_stay_in_sight_when_data_arrives() -> None:
    app = TableApp()
    async with app.run_test(size=(60, 11)) as pilot:
        table = app.table
        table.scroll_to(y=40, animate=False)
        await pilot.pause()
        table.set_rows(ids([*range(200, 205), *range(100)]), row)
        assert (table.cursor_id, table.scroll_offset.y) == ("id0", 45)
        await pilot.press("j")
        assert (table.cursor_id, table.scroll_offset.y) == ("id1", 6)


async def test_filtering_and_sorting_keep_the_id_else_the_position() -> None:
    app = TableApp()
    async with app.run_test(size=(60, 11)) as pilot:
        table = app.table
        table.select("id30")
        app.events.clear()
        app.show(range(99, -1, -1))
        assert (table.cursor_id, table.cursor_row) == ("id30", 69)
        app.show([10, 20, 30])
        assert (table.cursor_id, table.cursor_row, table.row_count) == ("id30", 2, 3)
        app.show([])
        assert (table.cursor_id, table.cursor_row, table.row_count) == (None, 0, 0)
        app.show(range(100))
        assert table.cursor_id == "id30"
        assert await seen(app, pilot) == ["at id30", "at None", "at id30"]
        app.show([1, 2])
        assert (table.cursor_id, table.select("id30"), table.select("id1")) == ("id2", False, True)


async def test_the_cursor_returns_to_where_the_user_went_once_a_filter_shows_it_again() -> None:
    app = TableApp()
    async with app.run_test() as pilot:
        table = app.table
        await pilot.press("down", "down")
        app.show([70, 80])
        assert table.cursor_id == "id80"
        app.show(range(60, 100))
        assert table.cursor_id == "id80"
        app.show(range(100))
        await pilot.pause()
        assert table.cursor_id == "id2"
        assert any("Person 2 " in line for line in lines(app))
        app.show([70, 80])
        await pilot.press("enter")
        app.show(range(100))
        assert table.cursor_id == "id80"


async def test_no_rows_no_harm() -> None:
    app = TableApp(0)
    async with app.run_test(size=(60, 6)) as pilot:
        await pilot.press("j", "G", "pagedown", "enter")
        assert await seen(app, pilot) == []
        assert (app.table.cursor_id, app.table.row_count) == (None, 0)
        assert [line.strip() for line in lines(app)][1:] == [""] * 5


async def test_click_selects_a_second_opens_and_the_wheel_scrolls() -> None:
    app = TableApp()
    async with app.run_test(size=(60, 11)) as pilot:
        await seen(app, pilot)
        await pilot.click(RecordTable, offset=(5, 4))
        assert await seen(app, pilot) == ["at id3"]
        await pilot.click(RecordTable, offset=(5, 4))
        assert await seen(app, pilot) == ["open id3"]
        await pilot.click(RecordTable, offset=(1, 5))
        assert await seen(app, pilot) == ["at id4", "gutter id4"]
        app.table.post_message(MouseScrollDown(None, 5, 4, 0, 1, 0, False, False, False, 5, 4))
        await pilot.pause()
        assert app.table.scroll_offset.y > 0
        assert app.table.cursor_id == "id4"


async def test_a_head_that_is_clicked_tells_its_column_and_an_arrow_shows_the_order() -> None:
    app = TableApp(3)
    async with app.run_test(size=(60, 6)) as pilot:
        await seen(app, pilot)
        head = lines(app)[0]
        for label, key in (("NAME", "name"), ("LOGIN", "login"), ("SINCE", "since")):
            await pilot.click(RecordTable, offset=(head.index(label) + 1, 0))
            assert await seen(app, pilot) == [f"head {key}"]
        await pilot.click(RecordTable, offset=(1, 0))
        assert await seen(app, pilot) == []
        for descending, arrow in ((False, "▲"), (True, "▼")):
            app.table.show_order("login", descending)
            await pilot.pause()
            assert f"LOGIN {arrow}" in lines(app)[0]


async def test_a_click_is_meant_for_the_row_that_is_under_it_also_when_scrolled() -> None:
    app = TableApp()
    async with app.run_test(size=(60, 11)) as pilot:
        await pilot.press("G")
        await seen(app, pilot)
        for y in (1, 5, 10):
            under = lines(app)[y].split()[1] if "▌" not in lines(app)[y] else "99"
            await pilot.click(RecordTable, offset=(20, y))
            assert (await seen(app, pilot))[0] in (f"at id{under}", f"open id{under}")


async def test_a_row_that_is_repainted_shows_what_it_says_now() -> None:
    app = TableApp(0)
    names = ["old", "other"]
    async with app.run_test(size=(60, 6)) as pilot:
        app.table.set_rows(["a", "b"], lambda index: (names[index], "", ""))
        await pilot.pause()
        names[:] = ["new", "changed"]
        app.table.repaint("a")
        await pilot.pause()
        assert [line.split()[-1] for line in lines(app)[1:3]] == ["new", "other"]
        app.table.repaint()
        await pilot.pause()
        assert [line.split()[-1] for line in lines(app)[1:3]] == ["new", "changed"]


async def test_narrow_screens_lose_columns_by_priority_and_get_them_back() -> None:
    app = TableApp(3)
    async with app.run_test(size=(60, 6)) as pilot:
        for width, labels in ((48, ["NAME", "LOGIN"]), (30, ["NAME"]), (9, ["NAME"]), (1, []), (60, None)):
            await pilot.resize_terminal(width, 6)
            await pilot.pause()
            assert lines(app)[0].split() == (["NAME", "LOGIN", "SINCE"] if labels is None else labels)


async def test_columns_stay_where_they_are_when_a_filter_takes_the_scrollbar_away() -> None:
    app = TableApp()
    async with app.run_test(size=(60, 11)) as pilot:
        await pilot.pause()
        header = lines(app)[0]
        app.show([1, 2])
        await pilot.pause()
        assert not app.table.show_vertical_scrollbar
        assert lines(app)[0].rstrip() == header.rstrip()


async def test_cells_can_be_made_for_the_width_they_get() -> None:
    app = TableApp(0)
    async with app.run_test(size=(40, 4)) as pilot:
        app.table.set_rows(["a"], lambda index: ("=" * app.table.width_of("name"), "", ""))
        await pilot.pause()
        assert lines(app)[1].rstrip() == " ▌ " + "=" * 36
        assert (app.table.width_of("since"), app.table.width_of("login")) == (0, 0)


async def test_only_rows_in_sight_are_asked_for_and_only_once() -> None:
    asked: list[int] = []

    def cells(index: int) -> Row:
        asked.append(index)
        return row(index)

    app = TableApp(0)
    async with app.run_test(size=(60, 11)) as pilot:
        app.table.set_rows(ids(range(20_000)), cells)
        await pilot.pause()
        await pilot.press("j", "j")
        assert set(asked) == set(range(10))
        assert len(asked) <= 2 * 10 + 4  # all once more when the scrollbar appeared; two for each move


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light"])
async def test_hostile_rows_are_painted_as_text_in_every_theme(theme: str) -> None:
    app = TableApp(0, tone="danger")
    async with app.run_test(size=(50, len(HOSTILE) + 1)) as pilot:
        app.theme = theme
        app.table.set_rows(list(HOSTILE), lambda index: (HOSTILE[index],) * 3)
        await pilot.pause()
        painted = lines(app)
        assert painted[1].startswith(" ▌ [/foo] ")
        assert painted[5].startswith("   [@click=app.quit]x[/]"[:20])
        for y in range(len(HOSTILE) + 1):
            strip = app.table.render_line(y)
            assert strip.cell_length == app.table.size.width
            assert not any(unicodedata.category(character) == "Cc" for character in strip.text)
            assert all(not style.meta and not style.link for _, style, _ in strip if style)


async def test_any_text_leaves_every_line_at_the_width_of_the_table() -> None:
    app = TableApp(0)
    async with app.run_test(size=(60, 6)):

        @settings(max_examples=examples(60))
        @given(st.tuples(st.text(), st.text(), st.text()))
        def holds(cells: Row) -> None:
            app.table.set_rows(["a", "b"], lambda index: cells)
            for y in range(4):
                assert app.table.render_line(y).cell_length == app.table.size.width

        holds()


async def test_a_million_rows_are_reached_by_one_key() -> None:
    app = TableApp(0)
    async with app.run_test(size=(60, 6)) as pilot:
        app.table.set_rows(ids(range(1_000_000)), row)
        await pilot.pause()
        await pilot.press("G")
        assert app.table.cursor_id == "id999999"
        assert "▌ Person 999999" in lines(app)[5]
