"""Text fields of one line, also for secrets."""

from textual.widgets import Input

from zitadel_tui.secret import Secret
from zitadel_tui.text import shown
from zitadel_tui.tui.keys import AcceptsTyping


class Field(Input, AcceptsTyping):
    """A text field without frame and blinking, safe with pasted control characters.

    Textual's ``Input`` paints control characters, and blinking repaints twice a second. Without colours, an
    underline shows the width.
    """

    DEFAULT_CSS = """
    Field {
        & > .input--placeholder { color: $text-muted; }
        &:nocolor { text-style: underline; }
        &:nocolor > .input--placeholder { text-style: dim; }
    }
    """

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(shown(value), placeholder=placeholder, id=id, compact=True)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        return shown(value)


class SecretField(Field):
    """A field for a password or a hash: hidden until asked, kept byte for byte, never copied while hidden.

    Whether it is hidden is in :attr:`password`, as Textual calls it. Text that would harm a
    terminal stays hidden.
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.password = True

    def validate_value(self, value: str) -> str:
        if shown(value) != value:
            self.password = True
        return value

    @property
    def secret(self) -> Secret:
        return Secret(self.value)

    def reveal(self, on: bool) -> bool:
        """Show it, or hide it; False where it cannot be shown."""
        if on and shown(self.value) != self.value:
            return False
        self.password = not on
        return True

    def action_copy(self) -> None:
        if not self.password:
            super().action_copy()

    def action_cut(self) -> None:
        if not self.password:
            super().action_cut()
