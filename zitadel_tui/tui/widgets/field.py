"""A field to type into: one line without a frame, quiet over SSH, harmless whatever is pasted."""

from textual.widgets import Input

from zitadel_tui.text import shown


class Field(Input):
    """Textual's, which would paint pasted control characters, and blinks: a repaint twice a second."""

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(shown(value), placeholder=placeholder, id=id, compact=True)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        return shown(value)
