"""Lines of text that may be longer than the screen."""

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from zitadel_tui.tui.format.lines import Line
from zitadel_tui.tui.widgets.safe import SafeBlock


class Panel(VerticalScroll, can_focus=True):
    """Scrollable text, rebuilt whenever the width changes."""

    DEFAULT_CSS = """
    Panel {
        padding: 0 1;
        scrollbar-size-vertical: 1;
        background: $background;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "scroll_up", "Scroll up", show=False),
        Binding("j", "scroll_down", "Scroll down", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        self._block = SafeBlock()
        super().__init__(self._block, id=id)
        self._subject = ""
        self._build: Callable[[int], list[Line]] = lambda width: []
        self._built_for = 0

    def show(self, subject: str, build: Callable[[int], list[Line]]) -> None:
        """Show the lines of ``build(width)``; the scroll position stays while the subject is the same."""
        if subject != self._subject:
            self._subject = subject
            self.scroll_home(animate=False)
        self._build = build
        self._rebuild()

    @property
    def plain(self) -> str:
        """What is shown, without its styles."""
        return self._block.plain

    @property
    def _room(self) -> int:
        """The cells of a line, always minus the scrollbar, so that its appearance wraps nothing anew."""
        return self.container_size.width - self.styles.scrollbar_size_vertical - self.styles.padding.width

    def _rebuild(self) -> None:
        self._built_for = self._room
        if self._built_for > 0:
            self._block.update(*self._build(self._built_for))
        else:  # if it also scrolls while it is being displayed, no resize is posted
            self.call_after_refresh(self.on_resize)

    def on_resize(self) -> None:
        if 0 < self._room != self._built_for:
            self._rebuild()
