"""The base of dialogs in which something is found by typing."""

from typing import Generic, TypeVar

from textual import events

from zitadel_tui.tui.dialogs.base import Dialog
from zitadel_tui.tui.widgets.field import Field
from zitadel_tui.tui.widgets.table import RecordTable

T = TypeVar("T")


class PickDialog(Dialog[T], Generic[T]):
    """A field and a table; the field keeps the focus while keys move the cursor of the table."""

    _field: Field
    _table: RecordTable

    def on_mount(self) -> None:
        self._table.can_focus = False
        self.set_focus(self._field)

    def on_key(self, event: events.Key) -> None:
        moves = {"up": -1, "down": 1}
        if event.key in moves:
            self._table.action_move(moves[event.key])
        elif event.key in ("pageup", "pagedown"):
            self._table.action_page(1 if event.key == "pagedown" else -1)
        else:
            return
        event.stop()

    def do_close(self) -> None:
        self.close(None)
