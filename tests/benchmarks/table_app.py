"""An app with one table, for paging.py. Arguments: record or data, how many rows.

``f`` puts the table on the screen, ``e`` answers with ``echo``.
"""

import sys
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import DataTable, Static

from zitadel_tui.tui.driver.fast_driver import driver_class
from zitadel_tui.tui.widgets.table import Column, RecordTable

LABELS = ("NAME", "LOGIN", "ROLES", "KIND", "SINCE", "ID")
ROWS = [
    (f"Person {n}", f"person{n}@acme.example", "ORG_OWNER +2", "human", "2026-03-01", str(10**17 + n))
    for n in range(int(sys.argv[2]))
]
IDS = [row[-1] for row in ROWS]


class TableApp(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f", "fill", "Fill"), Binding("e", "echo", "Echo")]

    def __init__(self) -> None:
        super().__init__(driver_class=driver_class())
        self.line = Static("ready")

    def compose(self) -> ComposeResult:
        yield self.line

    async def action_fill(self) -> None:
        table = record_table() if sys.argv[1] == "record" else data_table()
        await self.mount(table)
        table.focus()

    def action_echo(self) -> None:
        self.line.update("echo")


def record_table() -> Widget:
    table = RecordTable([Column(label, label, 20, grow=1) for label in LABELS])
    table.set_rows(IDS, ROWS.__getitem__)
    return table


def data_table() -> Widget:
    table: DataTable[str] = DataTable(cursor_type="row")
    table.add_columns(*LABELS)
    for row, key in zip(ROWS, IDS, strict=True):
        table.add_row(*row, key=key)
    return table


if __name__ == "__main__":
    TableApp().run()
