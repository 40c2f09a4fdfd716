"""The line above a list: the filter, and how many rows are shown."""

from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message

from zitadel_tui.text import cells
from zitadel_tui.tui.format.lines import Line
from zitadel_tui.tui.widgets.safe import SafeLine

if TYPE_CHECKING:
    from textual.widgets import Input

    from zitadel_tui.tui.widgets.filter_input import FilterInput

_AROUND = 6  # cells of a bar in addition to its hint and the text at the right end


class FilterBar(Horizontal):
    """A filter that applies while typing; leaving the field keeps it.

    The field is made when it is first used: until then a line shows its hint, and the first frame of the app
    needs no field.
    """

    DEFAULT_CSS = """
    FilterBar {
        height: 1;
        & > SafeLine { width: auto; padding: 0 1; }
        & > FilterInput {
            width: 1fr; height: 1; border: none; padding: 0; background: transparent;
            &:nocolor { text-style: none; }
            &:focus { border: none; background-tint: transparent; }
        }
        & > #sign, & > #hint { color: $text-muted; }
        & > #hint { width: 1fr; padding: 0; }
        & > #hint:nocolor { text-style: dim; }
        &:focus-within > #sign, &.-filtered > #sign { color: $text-accent; text-style: bold; }
    }
    """

    class Changed(Message):
        """Posted when the text has changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """Posted when the field was left; the list should take the focus."""

    def __init__(self, hint: str) -> None:
        super().__init__()
        self._hint = hint
        self._hint_line = SafeLine(hint, id="hint")
        self._field: FilterInput | None = None
        self._right = SafeLine()

    def compose(self) -> ComposeResult:
        yield SafeLine("/", id="sign")
        yield self._hint_line if self._field is None else self._field
        yield self._right

    def _made_field(self) -> "FilterInput":
        """The field, in the place of the line with its hint."""
        if self._field is None:
            from zitadel_tui.tui.widgets.filter_input import FilterInput

            self._field = FilterInput(placeholder=self._fitting_hint())
            self._field.select_on_focus = False
            if self._hint_line.is_attached:
                self.mount(self._field, before=self._hint_line)
                self._hint_line.display = False  # not also in the next frame
                self._hint_line.remove()
        return self._field

    @property
    def text(self) -> str:
        return self._field.value if self._field is not None else ""

    @text.setter
    def text(self, text: str) -> None:
        if text != self.text:
            field = self._made_field()
            field.value = text
            field.cursor_position = len(text)

    @property
    def hint(self) -> str:
        """The placeholder of the field."""
        return self._hint

    @hint.setter
    def hint(self, hint: str) -> None:
        self._hint = hint
        self._fit_hint()

    def edit(self) -> None:
        """Focus the field at once, because the next key is already text; the cursor goes to the end."""
        field = self._made_field()
        field.cursor_position = len(field.value)
        self.screen.set_focus(field)

    def say(self, line: Line) -> None:
        """Set the text at the right end: the number of rows and the order."""
        self._right.show(*line)
        self._fit_hint()

    def on_resize(self) -> None:
        self._fit_hint()

    def _fit_hint(self) -> None:
        hint = self._fitting_hint()
        if self._field is None:
            self._hint_line.show(hint)
        else:
            self._field.placeholder = hint

    def _fitting_hint(self) -> str:
        """The first examples of the hint, as many as there is room for."""
        room = self.size.width - _AROUND - cells(self._right.plain)
        examples = self._hint.split(", ")
        while len(examples) > 1 and cells(", ".join(examples)) > room > 0:
            examples.pop()
        return ", ".join(examples)

    def on_click(self, event: events.Click) -> None:
        if self._hint_line.region.contains_point(event.screen_offset):
            self.edit()

    def on_input_changed(self, event: "Input.Changed") -> None:
        event.stop()
        self.set_class(bool(event.value), "-filtered")
        self.post_message(self.Changed(event.value))

    def on_filter_input_left(self, event: "FilterInput.Left") -> None:
        event.stop()
        self.post_message(self.Left())
