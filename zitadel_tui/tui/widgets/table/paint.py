"""One row of a table as a strip."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from zitadel_tui.tui.format.cells import fit_cell
from zitadel_tui.tui.widgets.table.columns import GAP, Column, Slot

GUTTER = 3
"""Cells before the first column: sign of a selected row, cursor, blank."""

Row = tuple[str, ...]
"""One cell per column; outside text as it came, the table makes it harmless."""


def line(
    columns: Sequence[Column],
    slots: Sequence[Slot],
    gutter: str,
    cells: Row,
    base: Style,
    dim: Style,
    width: int,
) -> Strip:
    """A strip of exactly ``width`` cells; neighbours of one style are one segment."""
    parts = [(gutter, base)]
    for place, slot in enumerate(slots):
        column = columns[slot.column]
        text = fit_cell(cells[slot.column], slot.width, column.align)
        parts.append((" " * GAP + text if place else text, dim if column.dim else base))
    segments = [
        Segment("".join(text for text, _ in group), style)
        for style, group in groupby(parts, key=itemgetter(1))
    ]
    return Strip(segments).adjust_cell_length(width, base)
