"""Terminals that show less: without colours (``NO_COLOR``), or without the signs of Unicode."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from zitadel_tui.tui.themes import contrast

_STANDS_OUT: Final = 3.0
"""Contrast from which a ground is reversed where there are no colours: cursor, badges."""
_RECEDES: Final = 4.0
"""Contrast below which a text is dim: what a dialog covers."""
_ASCII: Final = str.maketrans(
    {
        **dict.fromkeys("╭╮╰╯┌┐└┘├┤┏┓┗┛", "+"),
        "─": "-",
        "━": "=",
        **dict.fromkeys("│┃", "|"),
        **dict.fromkeys("●•✓", "*"),
        **dict.fromkeys("⚠⊘✗", "!"),
        **dict.fromkeys("○·−–", "-"),
        **dict.fromkeys("▁▂▃▄▅▆▇", " "),
        **dict.fromkeys("“”", '"'),
        "▌": ">",
        "◐": "o",
        "…": "~",
        "▲": "^",
        "▼": "v",
        "█": "#",
        "→": ">",
        "▸": "+",
        "▾": "-",
        "‹": "<",
        "›": ">",
        "×": "x",
        "’": "'",
    }
)
"""A sign of one cell each for the signs that this app paints."""


@lru_cache(1024)
def without_colors(style: Style, ground: Color) -> Style:
    """Replace what ``style`` shows by brightness with reverse and dim; ``ground`` is the theme's background.

    What has been here already, and therefore says whether it is reversed and dim, is on a screen below a
    dialog: it becomes dim.
    """
    if style.reverse is not None and style.dim is not None:
        return style.without_color + Style(dim=True)
    text, behind = (style.bgcolor, style.color) if style.reverse else (style.color, style.bgcolor)
    under = ground if behind is None else Color.from_rich_color(behind)
    over = None if text is None else Color.from_rich_color(text)
    stands_out = contrast(under, ground) >= _STANDS_OUT
    recedes = over is not None and contrast(over, under) < _RECEDES
    return style.without_color + Style(reverse=stands_out, dim=bool(style.dim) or recedes)


class WithoutColors(LineFilter):
    """Bold, underline, reverse and dim instead of colours."""

    def __init__(self, ground: Callable[[], Color]) -> None:
        super().__init__()
        self._ground = ground

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        ground = self._ground()
        return [
            Segment(text, None if style is None else without_colors(style, ground), control)
            for text, style, control in segments
        ]


class WithoutUnicode(LineFilter):
    """ASCII instead of the app's Unicode signs; ``?`` for each cell of other text."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment
            if segment.text.isascii()
            else Segment(in_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


def in_ascii(text: str) -> str:
    """``text`` in ASCII, in the same number of cells."""
    told = "".join(
        character if character.isascii() else "?" * cell_len(character)
        for character in text.translate(_ASCII)
    )
    return set_cell_size(told, cell_len(text))
