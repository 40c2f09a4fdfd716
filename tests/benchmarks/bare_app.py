"""The least a Textual app with a table can be, for startup.py: stock widgets, rows at hand or none.

Argument: how many rows.
"""

import sys

from textual.app import App, ComposeResult
from textual.widgets import DataTable


class BareApp(App[None]):
    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns("NAME", "LOGIN", "ROLES", "KIND", "SINCE")
        for n in range(int(sys.argv[1])):
            table.add_row(f"Person {n}", f"person{n}@acme.example", "ORG_OWNER +2", "human", "2026-03-01")


if __name__ == "__main__":
    BareApp().run()
