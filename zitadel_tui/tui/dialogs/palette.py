"""The command palette: finds the actions available here by typing; an impossible one says why."""

from textual.app import ComposeResult
from textual.widgets import Input

from zitadel_tui.actions import Action, shown_key
from zitadel_tui.tui.dialogs.pick import PickDialog
from zitadel_tui.tui.keys import ActionOwner
from zitadel_tui.tui.widgets.field import Field
from zitadel_tui.tui.widgets.safe import SafeBlock
from zitadel_tui.tui.widgets.table import Column, RecordTable, Row, Tone

_COLUMNS = (
    Column("label", "ACTION", 16, min_width=8),
    Column("help", "DOES", 30, min_width=10, grow=1),
    Column("key", "KEY", 8, priority=1, dim=True),
)


class Palette(PickDialog[Action | None]):
    """Returns the chosen action, or None."""

    action_group = "palette"
    title_text = "Actions"
    DEFAULT_CSS = """
    Palette Field { width: 100%; margin-bottom: 1; }
    Palette RecordTable, Palette #none { height: 12; max-height: 50vh; }
    Palette #none { display: none; padding: 0 3; color: $text-muted; }
    Palette.-none RecordTable { display: none; }
    Palette.-none #none { display: block; }
    """

    def __init__(self, owner: ActionOwner) -> None:
        super().__init__()
        self._actions = [action for action in owner.actions_here() if action.name not in ("palette", "back")]
        self._found = self._actions
        self._reasons = {action.id: owner.reason_against(action.id) for action in self._actions}
        self._table = RecordTable(_COLUMNS, styles=self._tone, one_click=True)
        self._field = Field(placeholder="type to find an action")

    def body(self) -> ComposeResult:
        yield self._field
        yield self._table
        yield SafeBlock(("No action matches.",), id="none")

    def on_mount(self) -> None:
        self._show(self._actions)

    def _show(self, found: list[Action]) -> None:
        self._found = found
        self.set_class(not found, "-none")
        self._table.set_rows([action.id for action in found], self._row)

    def _row(self, index: int) -> Row:
        action = self._found[index]
        key = shown_key(next(iter(action.keys), ""))
        return (action.label, self._reasons[action.id] or action.help, key)

    def _tone(self, index: int) -> Tone:
        return "dim" if self._reasons[self._found[index].id] else ""

    def on_input_changed(self, event: Input.Changed) -> None:
        typed = event.value.casefold().split()
        found = [
            (_distance(action, typed), index)
            for index, action in enumerate(self._actions)
            if all(word in f"{action.label} {action.help} {action.id}".casefold() for word in typed)
        ]
        self._show([self._actions[index] for _, index in sorted(found)])
        self._table.action_first()

    def on_input_submitted(self) -> None:
        self.perform("run")

    def on_record_table_activated(self) -> None:
        self.perform("run")

    def do_run(self) -> None:
        chosen = self._table.cursor_id
        if chosen is not None:
            self.close(next(action for action in self._actions if action.id == chosen))


def _distance(action: Action, typed: list[str]) -> int:
    """Sort key: labels that begin with the text come first, then labels that contain it, then helps that
    do."""
    label, text = action.label.casefold(), " ".join(typed)
    if label.startswith(text):
        return 0
    return 1 if all(word in label for word in typed) else 2
