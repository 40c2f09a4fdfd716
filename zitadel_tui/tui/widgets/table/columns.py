"""Fits columns into a width."""

from collections.abc import Sequence
from typing import NamedTuple

from zitadel_tui.tui.format.cells import Align

GAP = 2
"""Blank cells between two columns."""


class Column(NamedTuple):
    """A column; widths in terminal cells. ``width`` is the need until the content was measured.

    ``priority``: when the table is too narrow, columns leave by ascending priority (0 never leaves), the
    others shrink towards ``min_width``. ``grow``: share of what is left over. ``middle``: cut long text in
    its middle. ``expendable``: it leaves where the others cannot shrink enough.
    """

    key: str
    label: str
    width: int
    min_width: int = 4
    priority: int = 0
    grow: int = 0
    align: Align = "left"
    dim: bool = False
    middle: bool = False
    expendable: bool = False


class Slot(NamedTuple):
    """A column that is painted: its place among all columns, and its width in cells."""

    column: int
    width: int


def fit_columns(columns: Sequence[Column], width: int) -> tuple[Slot, ...]:
    """The columns painted in ``width`` cells, gaps included; together never wider than that."""
    kept = list(range(len(columns)))
    while _total([columns[index].width for index in kept]) > width:
        leaving = [index for index in kept if columns[index].priority]
        if not leaving:
            break
        kept.remove(min(leaving, key=lambda index: (columns[index].priority, -index)))
    while _total([columns[index].min_width for index in kept]) > width:
        expendable = [index for index in kept if columns[index].expendable]
        if not expendable:
            break
        kept.remove(expendable[-1])
    widths = [columns[index].width for index in kept]
    spare = width - _total(widths)
    if spare > 0:
        _share(widths, spare, [columns[index].grow for index in kept])
    elif spare < 0:
        slack = [max(0, columns[index].width - columns[index].min_width) for index in kept]
        _share(widths, max(spare, -sum(slack)), slack)
    return _clamped(kept, widths, width)


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * max(0, len(widths) - 1)


def _share(widths: list[int], amount: int, weights: Sequence[int]) -> None:
    """Add ``amount`` (may be negative) to ``widths`` in proportion to ``weights``."""
    whole = sum(weights)
    if not whole:
        return
    given = seen = 0
    for place, weight in enumerate(weights):
        seen += weight
        until_here = int(amount * seen / whole)
        widths[place] += until_here - given
        given = until_here


def _clamped(kept: Sequence[int], widths: Sequence[int], width: int) -> tuple[Slot, ...]:
    slots = []
    left = width
    for index, wanted in zip(kept, widths, strict=True):
        if left <= 0:
            break
        slots.append(Slot(index, min(wanted, left)))
        left -= wanted + GAP
    return tuple(slots)
