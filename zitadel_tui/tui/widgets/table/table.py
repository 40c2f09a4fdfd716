"""RecordTable: rows by id, painted line by line through Textual's line API."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final, Protocol

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from zitadel_tui.text import cells as cells_of
from zitadel_tui.tui.format.cells import Tone
from zitadel_tui.tui.widgets.table.columns import GAP, Column, Slot, fit_columns
from zitadel_tui.tui.widgets.table.paint import GUTTER, Row, line

_SELECTED = "●"
_CURSOR = "▌"
_ASCENDING, _DESCENDING = " ▲", " ▼"
_LOUD: Final[tuple[Tone, ...]] = ("warning", "danger")
_CACHED_STRIPS = 512


class Rows(Protocol):
    """The rows of a table, in display order; only called for rows in sight."""

    def __len__(self) -> int: ...

    def id_at(self, row: int) -> str: ...

    def row_of(self, row_id: str) -> int | None:
        """The row of an id; None when it is not shown."""
        ...


class ListedRows:
    """The rows of a list of ids."""

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = ids

    def __len__(self) -> int:
        return len(self._ids)

    def id_at(self, row: int) -> str:
        return self._ids[row]

    def row_of(self, row_id: str) -> int | None:
        try:
            return self._ids.index(row_id)
        except ValueError:
            return None


class RecordTable(ScrollView, can_focus=True, inherit_bindings=False):
    """A table of any number of rows with a cursor, kept by row id; a click moves it, and a second click opens
    the row.

    Rows are fetched one by one when they come into sight; nothing is copied or measured ahead. Selection
    and order belong to the owner: the table shows them, and posts clicks on the gutter and on column
    heads.
    """

    ALLOW_SELECT = False

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "recordtable--header",
        "recordtable--cursor",
        "recordtable--selected",
        "recordtable--dim",
        "recordtable--warning",
        "recordtable--danger",
    }

    DEFAULT_CSS = """
    RecordTable {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        & > .recordtable--header, & > .recordtable--dim { color: $text-muted; }
        & > .recordtable--header { text-style: bold; }
        & > .recordtable--warning { color: $text-warning; }
        & > .recordtable--danger { color: $text-error; }
        & > .recordtable--selected { text-style: bold; }
        & > .recordtable--cursor {
            color: $block-cursor-blurred-foreground;
            background: $block-cursor-blurred-background;
            text-style: $block-cursor-blurred-text-style;
        }
        &:focus > .recordtable--cursor {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
            text-style: $block-cursor-text-style;
        }
        &:nocolor > .recordtable--warning, &:nocolor > .recordtable--danger { text-style: bold; }
        &:ansi > .recordtable--header, &:ansi > .recordtable--dim { text-style: dim; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False),
        Binding("home,g", "first", "First", show=False),
        Binding("end,G", "last", "Last", show=False),
        Binding("enter", "activate", "Open", show=False),
    ]

    class Highlighted(Message):
        """Posted when another row is under the cursor (``None``: no row)."""

        def __init__(self, table: "RecordTable", row_id: str | None) -> None:
            super().__init__()
            self.table = table
            self.row_id = row_id

        @property
        def control(self) -> "RecordTable":
            return self.table

    class Activated(Message):
        """Posted on enter, or a click on the row under the cursor."""

        def __init__(self, table: "RecordTable", row_id: str, *, clicked: bool = False) -> None:
            super().__init__()
            self.table = table
            self.row_id = row_id
            self.clicked = clicked

        @property
        def control(self) -> "RecordTable":
            return self.table

    class GutterClicked(Activated):
        """Posted when the cells before the first column were clicked."""

    class HeadClicked(Message):
        """Posted when the head of a column was clicked."""

        def __init__(self, table: "RecordTable", key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> "RecordTable":
            return self.table

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        styles: Callable[[int], Tone] | None = None,
        one_click: bool = False,
        is_selected: Callable[[str], bool] | None = None,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """``styles`` returns the tone of a row, ``is_selected`` whether an id is selected."""
        super().__init__(name=name, id=id, classes=classes)
        self._columns = tuple(columns)
        self._one_click = one_click
        self._tone: Callable[[int], Tone] = styles or (lambda row: "")
        self._can_select = is_selected is not None
        self._is_selected: Callable[[str], bool] = is_selected or (lambda row_id: False)
        self._rows: Rows = ListedRows(())
        self._cells: Callable[[int], Row] = lambda row: ()
        self._sorted_by: tuple[str, bool] | None = None
        self._cursor = 0
        self._last_id: str | None = None  # survives an empty list, so that the row is found again
        self._chosen_id: str | None = None  # where the user went last, even while not shown
        self._slots: tuple[Slot, ...] = ()
        self._painted_width = 0
        self._strips: LRUCache[tuple[str, bool, bool], Strip] = LRUCache(_CACHED_STRIPS)
        self._looks: dict[tuple[str, ...], Style] = {}
        self.virtual_size = Size(1, 1)

    # What is in the table

    def set_rows(self, rows: Rows | Sequence[str], cells: Callable[[int], Row]) -> None:
        """Show these rows (or ids, in display order); ``cells`` is called for those in sight.

        Cursor and scroll position stay with their ids: the cursor stays on its row while that is shown, else
        on its position, and returns to the row that the user chose as soon as that is shown again.
        ``Highlighted`` is posted only when the cursor's id could not be kept.
        """
        self._cells = cells
        self._strips.clear()
        self._show(rows if not isinstance(rows, Sequence) else ListedRows(rows))

    def rearrange(self, rows: Rows) -> None:
        """Show the same records, filtered or sorted again; painted rows are reused."""
        self._show(rows)

    def repaint(self, row_id: str | None = None) -> None:
        """Repaint one row, or all, whose content has changed."""
        if row_id is None:
            self._strips.clear()
            self.refresh()
            return
        for under_cursor in (False, True):
            for selected in (False, True):
                self._strips.discard((row_id, under_cursor, selected))
        row = self._rows.row_of(row_id)
        line = 0 if row is None else row - self.scroll_offset.y + 1
        if 0 < line < self.size.height:
            self.refresh(Region(0, line, self.size.width, 1))

    def show_order(self, key: str, descending: bool) -> None:
        """Show an arrow in the head of the column by which the rows are sorted."""
        self._sorted_by = key, descending
        self.refresh_line(0)

    @property
    def row_count(self) -> int:
        """How many rows are shown."""
        return len(self._rows)

    @property
    def cursor_row(self) -> int:
        """The cursor's position among the rows shown, from 0."""
        return self._cursor

    @property
    def cursor_id(self) -> str | None:
        """The id of the row under the cursor; None when no row is shown."""
        return self._last_id if self._rows else None

    def width_of(self, key: str) -> int:
        """The current width of a column in cells; 0 while it is omitted."""
        return next((slot.width for slot in self._slots if self._columns[slot.column].key == key), 0)

    def select(self, row_id: str) -> bool:
        """Move the cursor to a row and bring it into sight; False when it is not shown."""
        row = self._rows.row_of(row_id)
        if row is None:
            return False
        self._move_to(row)
        return True

    def need(self, widths: Mapping[str, int]) -> None:
        """Set the widths that columns (by key) need for their content; they share the room accordingly."""
        columns = tuple(
            column._replace(width=max(column.min_width, cells_of(column.label) + 2, widths[column.key]))
            if column.key in widths
            else column
            for column in self._columns
        )
        if columns != self._columns:
            self._columns = columns
            self._painted_width = 0
            self.refresh()

    # Keeping the place

    @property
    def _page(self) -> int:
        return max(1, self.size.height - 1)

    def _anchor(self) -> tuple[str | None, int]:
        """The id to keep at its screen line, and that line: the cursor's, or that of the first row."""
        top = self.scroll_offset.y
        if not self._rows or 0 <= self._cursor - top < self._page:
            return self._last_id, self._cursor - top
        return self._rows.id_at(min(top, len(self._rows) - 1)), 0

    def _show(self, rows: Rows) -> None:
        before, (anchor_id, line) = self.cursor_id, self._anchor()
        self._rows = rows
        if rows:
            kept = self._kept()
            self._cursor = min(self._cursor, len(rows) - 1) if kept is None else kept
            self._last_id = rows.id_at(self._cursor)
            self._chosen_id = self._chosen_id or self._last_id
        else:
            self._cursor = 0
        self.virtual_size = Size(1, len(rows) + 1)
        row = self._cursor if anchor_id in (None, self._last_id) else rows.row_of(str(anchor_id))
        if row is not None:
            self._scroll(row - line)
        if row is None or self.cursor_id != before:
            self._into_sight()
        self.refresh()
        self._tell(before)

    def _kept(self) -> int | None:
        """The row that the user chose, or else the row where the cursor was instead."""
        for row_id in dict.fromkeys((self._chosen_id, self._last_id)):
            if row_id is not None and (row := self._rows.row_of(row_id)) is not None:
                return row
        return None

    def _tell(self, before: str | None) -> None:
        if self.cursor_id != before:
            self.post_message(self.Highlighted(self, self.cursor_id))

    def _scroll(self, top: int) -> None:
        self.scroll_target_y = self.scroll_y = top

    def _into_sight(self) -> None:
        top = self.scroll_offset.y
        if self._cursor < top:
            self._scroll(self._cursor)
        elif self._cursor >= top + self._page:
            self._scroll(self._cursor - self._page + 1)

    def _move_to(self, row: int) -> None:
        """Move the cursor within the rows; repaints two lines unless it scrolls."""
        if not self._rows:
            return
        before, old = self.cursor_id, self._cursor
        self._cursor = max(0, min(row, len(self._rows) - 1))
        self._last_id = self._chosen_id = self._rows.id_at(self._cursor)
        self.refresh_line(old + 1)
        self.refresh_line(self._cursor + 1)
        self._into_sight()
        self._tell(before)

    # Keys and mouse

    def action_move(self, rows: int) -> None:
        self._move_to(self._cursor + rows)

    def action_page(self, pages: int) -> None:
        self._scroll(self.scroll_offset.y + pages * self._page)
        self._move_to(self._cursor + pages * self._page)

    def action_first(self) -> None:
        self._move_to(0)

    def action_last(self) -> None:
        self._move_to(len(self._rows) - 1)

    def action_activate(self) -> None:
        self._activate(clicked=False)

    def _activate(self, *, clicked: bool) -> None:
        if (row_id := self.cursor_id) is not None:
            self._chosen_id = row_id
            self.post_message(self.Activated(self, row_id, clicked=clicked))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if event.y == 0:
            if (key := self._column_at(event.x)) is not None:
                self.post_message(self.HeadClicked(self, key))
            return
        row = self.scroll_offset.y + event.y - 1
        if row >= len(self._rows):
            return
        was_here = row == self._cursor
        self._move_to(row)
        if event.x < GUTTER - 1 and self._can_select:
            self.post_message(self.GutterClicked(self, self._rows.id_at(row)))
        elif was_here or self._one_click:
            self._activate(clicked=True)

    def _column_at(self, x: int) -> str | None:
        left = GUTTER
        for slot in self._slots:
            if left <= x < left + slot.width + GAP:
                return self._columns[slot.column].key
            left += slot.width + GAP
        return None

    # Painting

    def on_resize(self) -> None:
        self._into_sight()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()
        self._looks.clear()

    def render_line(self, y: int) -> Strip:
        if self._painted_width != self.size.width:  # painting comes before the Resize event
            self._painted_width = self.size.width
            # minus the scrollbar, so that columns do not move when it disappears
            room = self.container_size.width - self.styles.scrollbar_size_vertical - GUTTER
            self._slots = fit_columns(self._columns, room)
            self._strips.clear()
        if y == 0:
            return self._header()
        row = self.scroll_offset.y + y - 1
        if row >= len(self._rows):
            return Strip.blank(self.size.width, self.rich_style)
        row_id, under_cursor = self._rows.id_at(row), row == self._cursor
        key = (row_id, under_cursor, self._is_selected(row_id))
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._paint(row, *key[1:])
        return strip

    def _header(self) -> Strip:
        style = self._look("recordtable--header")
        columns = [self._headed(column) for column in self._columns]
        labels = tuple(column.label for column in columns)
        return line(columns, self._slots, " " * GUTTER, labels, style, {}, self.size.width)

    def _headed(self, column: Column) -> Column:
        if self._sorted_by is None or column.key != self._sorted_by[0]:
            return column
        return column._replace(label=column.label + (_DESCENDING if self._sorted_by[1] else _ASCENDING))

    def _paint(self, row: int, under_cursor: bool, selected: bool) -> Strip:
        sign = (_SELECTED if selected else " ") + (_CURSOR if under_cursor else " ") + " "
        tones: dict[str, Style] = {}
        if under_cursor:
            base = self._look("recordtable--cursor")
        else:
            tone = self._tone(row)
            names = [f"recordtable--{tone}"] if tone else []
            if selected:
                names.append("recordtable--selected")
            base = self._look(*names)
            tones = {"dim": self._look("recordtable--dim", *names)}
            if not tone:
                tones |= {one: self._look(f"recordtable--{one}", *names) for one in _LOUD}
        return line(self._columns, self._slots, sign, self._cells(row), base, tones, self.size.width)

    def _look(self, *names: str) -> Style:
        look = self._looks.get(names)
        if look is None:
            look = self.get_component_rich_style(*names) if names else self.rich_style
            self._looks[names] = look
        return look
