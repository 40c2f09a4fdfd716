"""Form widgets other than text fields: a choice, a check, and a line that opens a dialog.

Textual's own were judged (8.2): all use enter and up/down, which here send the form and move in it;
``Checkbox`` and ``RadioButton`` show on and off by colour alone; ``RadioSet`` takes a line for each
choice, ``Select`` covers the form to show one.
"""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from zitadel_tui.text import cells, shown
from zitadel_tui.tui.keys import AcceptsTyping

_GAP = 2  # cells between buttons
Option = tuple[str, str]
"""A value and the words for it."""


class FormWidget(Widget, AcceptsTyping, can_focus=True):
    """The base of form widgets: one line that gets letters while it has the focus."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    FormWidget { height: 1; width: 1fr; }
    """

    class Changed(Message):
        """Posted when a key or a click has changed the value."""

        def __init__(self, widget: "FormWidget") -> None:
            super().__init__()
            self.widget = widget

        @property
        def control(self) -> "FormWidget":
            return self.widget

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return character is not None and character.isprintable()

    def on_key(self, event: events.Key) -> None:
        if event.is_printable and event.character is not None:
            event.stop()
            event.prevent_default()
            self.typed(event.character)

    def on_click(self, event: events.Click) -> None:
        if (offset := event.get_content_offset(self)) is not None:
            self.clicked(offset.x)

    def clicked(self, x: int) -> None:
        """Handle a click at a distance in cells from the left."""
        self.typed(" ")

    def typed(self, character: str) -> None:
        """Handle a printable key."""

    def marked(self, text: str, *, on: bool = True) -> Content:
        """``text``, in the style of the cursor while this has the focus."""
        if self.has_focus and on:
            style = "$block-cursor-foreground on $block-cursor-background"
            return Content.styled(text, style)
        return Content(text)

    def watch_has_focus(self, focused: bool) -> None:
        super().watch_has_focus(focused)
        self.refresh()


class Choice(FormWidget):
    """A choice of one: left, right and space move, a letter goes to the next that begins with it.

    ``spread`` shows all side by side if there is room.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Before", show=False),
        Binding("right", "move(1)", "Next", show=False),
    ]

    value: reactive[str] = reactive("")

    def __init__(self, options: Sequence[Option], value: str, *, spread: bool = False, id: str) -> None:
        super().__init__(id=id)
        self._options = list(options)
        self._spread = spread
        self.set_reactive(Choice.value, value)

    def offer(self, options: Sequence[Option]) -> None:
        """Set the options; a value that is not among them stays."""
        self._options = list(options)
        self.refresh()

    @property
    def _place(self) -> int:
        values = [value for value, _ in self._options]
        return values.index(self.value) if self.value in values else -1

    def action_move(self, step: int) -> None:
        self._take((self._place + step) % len(self._options))

    def typed(self, character: str) -> None:
        if character == " ":
            self.action_move(1)
            return
        start = self._place + 1
        for place in [*range(start, len(self._options)), *range(start)]:
            if self._options[place][1].casefold().startswith(character.casefold()):
                self._take(place)
                return

    def clicked(self, x: int) -> None:
        """Choose the clicked option; if not side by side, the next one, or the previous one at the left
        end."""
        if not self._fits:
            self.action_move(-1 if x == 0 else 1)
            return
        start = 0
        for place, text in enumerate(self._buttons):
            if start <= x < start + cells(text):
                self._take(place)
                return
            start += cells(text) + _GAP

    def _take(self, place: int) -> None:
        value = self._options[place][0]
        if value != self.value:
            self.value = value
            self.post_message(self.Changed(self))

    @property
    def _buttons(self) -> list[str]:
        return [f"({'•' if value == self.value else ' '}) {shown(words)}" for value, words in self._options]

    @property
    def _fits(self) -> bool:
        """Whether all stand side by side."""
        buttons = self._buttons
        width = sum(map(cells, buttons)) + _GAP * (len(buttons) - 1)
        return self._spread and width <= self.size.width

    def render(self) -> Content:
        if self._fits:
            return Content(" " * _GAP).join(
                self.marked(text, on=value == self.value)
                for (value, _), text in zip(self._options, self._buttons, strict=True)
            )
        words = next((words for value, words in self._options if value == self.value), self.value)
        return self.marked(f"‹ {shown(words)} ›")


class Check(FormWidget):
    """A yes or no, which space toggles."""

    DEFAULT_CSS = """
    Check { width: auto; }
    """
    value: reactive[bool] = reactive(False)

    def __init__(self, words: str, value: bool, *, id: str) -> None:
        super().__init__(id=id)
        self._words = words
        self.set_reactive(Check.value, value)

    def typed(self, character: str) -> None:
        if character in " xX":
            self.value = not self.value
            self.post_message(self.Changed(self))

    def get_content_width(self, container: object, viewport: object) -> int:
        return len(self._words) + 4

    def render(self) -> Content:
        return self.marked(f"[{'x' if self.value else ' '}] {self._words}")


class Opener(FormWidget):
    """A line that posts :class:`Opened` on enter or space."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", "Open", show=False)]

    class Opened(Message):
        """Posted when it should open its dialog."""

    words: reactive[str] = reactive("")

    def typed(self, character: str) -> None:
        if character == " ":
            self.action_open()

    def action_open(self) -> None:
        self.post_message(self.Opened())

    def render(self) -> Content:
        return self.marked(shown(self.words))
