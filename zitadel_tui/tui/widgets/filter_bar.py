"""The line above a list: what it is filtered by, and how much of it is shown."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from zitadel_tui.tui.format.lines import Line
from zitadel_tui.tui.widgets.field import Field
from zitadel_tui.tui.widgets.safe import SafeLine


class FilterInput(Field, inherit_bindings=True):
    """What moves in a list leaves the field for it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,tab,pagedown", "leave", "To the list", show=False),
    ]

    class Left(Message):
        """The field was left for the list."""

    def action_leave(self) -> None:
        self.post_message(self.Left())

    async def action_submit(self) -> None:
        self.action_leave()


class FilterBar(Horizontal):
    """The text applies as it is typed; leaving the field keeps it."""

    DEFAULT_CSS = """
    FilterBar {
        height: 1;
        & > SafeLine { width: auto; padding: 0 1; }
        & > FilterInput {
            width: 1fr; height: 1; border: none; padding: 0; background: transparent;
            &:focus { border: none; background-tint: transparent; }
        }
        & > #sign { color: $text-muted; }
        &:focus-within > #sign, &.-filtered > #sign { color: $text-accent; text-style: bold; }
    }
    """

    class Changed(Message):
        """The text is another one now."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The field was left; the list should take the focus."""

    def __init__(self, hint: str) -> None:
        super().__init__()
        self._input = FilterInput(placeholder=hint)
        self._input.select_on_focus = False
        self._right = SafeLine()

    def compose(self) -> ComposeResult:
        yield SafeLine("/", id="sign")
        yield self._input
        yield self._right

    @property
    def text(self) -> str:
        return self._input.value

    @text.setter
    def text(self, text: str) -> None:
        self._input.value = text
        self._input.cursor_position = len(text)

    def edit(self) -> None:
        """Put the cursor into the field, behind its text; at once, for the next key is text already."""
        self._input.cursor_position = len(self._input.value)
        self.screen.set_focus(self._input)

    def say(self, line: Line) -> None:
        """What stands at the right end: how many of how many, in which order."""
        self._right.show(*line)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.set_class(bool(event.value), "-filtered")
        self.post_message(self.Changed(event.value))

    def on_filter_input_left(self, event: FilterInput.Left) -> None:
        event.stop()
        self.post_message(self.Left())
