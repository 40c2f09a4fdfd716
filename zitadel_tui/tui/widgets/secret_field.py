"""A field for a password or a hash: hidden until asked, kept byte for byte, never copied while hidden."""

from zitadel_tui.secret import Secret
from zitadel_tui.text import shown
from zitadel_tui.tui.widgets.field import Field


class SecretField(Field):
    """``shown`` is in :attr:`password`, as Textual calls it; what would harm a terminal stays hidden."""

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
