"""A table that paints only the rows in sight, whatever their number."""

from zitadel_tui.tui.table.columns import Column
from zitadel_tui.tui.table.table import RecordTable, Row, Tone

__all__ = ["Column", "RecordTable", "Row", "Tone"]
