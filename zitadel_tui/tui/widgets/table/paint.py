"""One row of a table as a strip."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from zitadel_tui.text import cells as cells_of
from zitadel_tui.text import cut, shown
from zitadel_tui.tui.format.cells import Cell, Tone, fit_cell
from zitadel_tui.tui.widgets.table.columns import GAP, Column, Slot

GUTTER = 3
"""Cells before the first column: sign of a selected row, cursor, blank."""

Row = tuple[Cell, ...]
"""One cell per column; outside text as it came, the table makes it harmless."""


def line(
    columns: Sequence[Column],
    slots: Sequence[Slot],
    gutter: str,
    cells: Row,
    base: Style,
    tones: Mapping[str, Style],
    width: int,
) -> Strip:
    """A strip of exactly ``width`` cells; neighbours of one style are one segment. Parts with a tone that
    is not in ``tones`` look like the row, in ``base``."""
    parts = [(gutter, base)]
    for place, slot in enumerate(slots):
        column, cell = columns[slot.column], cells[slot.column]
        if place:
            parts.append((" " * GAP, base))
        if isinstance(cell, str):
            text = fit_cell(cell, slot.width, column.align, middle=column.middle)
            parts.append((text, tones.get("dim", base) if column.dim else base))
        else:
            parts += _in_parts(cell, slot.width, base, tones)
    segments = [
        Segment("".join(text for text, _ in group), style)
        for style, group in groupby(parts, key=itemgetter(1))
    ]
    return Strip(segments).adjust_cell_length(width, base)


def _in_parts(
    cell: Sequence[tuple[str, Tone]], width: int, base: Style, tones: Mapping[str, Style]
) -> list[tuple[str, Style]]:
    parts = []
    for text, tone in cell:
        fitted = cut(shown(text), width)
        parts.append((fitted, tones.get(tone, base)))
        width -= cells_of(fitted)
    return [*parts, (" " * max(0, width), base)]
