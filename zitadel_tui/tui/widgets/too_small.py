"""The message on a screen that is too small."""

from typing import Final

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

COLUMNS: Final = 60
ROWS: Final = 16


class TooSmall(Widget):
    """Covers everything below 60×16; what it covers keeps its state and focus."""

    DEFAULT_CSS = """
    TooSmall { display: none; layer: over; dock: top; width: 100%; height: 100%; background: $background; }
    Screen { layers: default over; }
    """

    def on_mount(self) -> None:
        self.judge(self.app.size)

    def judge(self, size: Size) -> None:
        """Show or hide for this size of the terminal."""
        self.display = size.width < COLUMNS or size.height < ROWS
        self.refresh()

    def render(self) -> Content:
        width, height = self.app.size
        return Content(f"{width}×{height} is too small: make it {COLUMNS}×{ROWS}, or press ctrl+q to quit.")
