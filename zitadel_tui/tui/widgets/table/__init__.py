"""A table that paints only the rows in sight, whatever their number."""

from zitadel_tui.tui.widgets.table.columns import Column
from zitadel_tui.tui.widgets.table.paint import Row
from zitadel_tui.tui.widgets.table.table import RecordTable, Tone

__all__ = ["Column", "RecordTable", "Row", "Tone"]
