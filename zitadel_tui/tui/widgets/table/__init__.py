"""A table of any number of rows that paints only those in sight."""

from zitadel_tui.tui.format.cells import Tone
from zitadel_tui.tui.widgets.table.columns import Column
from zitadel_tui.tui.widgets.table.paint import Row
from zitadel_tui.tui.widgets.table.table import RecordTable

__all__ = ["Column", "RecordTable", "Row", "Tone"]
