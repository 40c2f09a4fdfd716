"""Text cut or padded to an exact number of terminal cells."""

from typing import Literal

from rich.cells import cell_len, set_cell_size

from zitadel_tui.text import shown

Align = Literal["left", "right"]

Tone = Literal["", "dim", "warning", "danger"]
"""How a row or a part of a cell looks. A word or sign must say the same."""

Cell = str | tuple[tuple[str, Tone], ...]
"""What stands in a column; in parts where they look different."""

# Terminals disagree with each other and with Rich about the width of what these two join or widen;
# without them every character has one width everywhere, and columns stay where they are.
_WIDTH_CHANGERS = {ord("\u200d"): None, ord("\ufe0f"): None}


def fit_cell(text: str, width: int, align: Align = "left", *, middle: bool = False) -> str:
    """``text`` from outside as one harmless cell of exactly ``width`` cells, ``…`` where it was cut: at its
    end, or in the ``middle``, so that names which differ at the end only stay apart."""
    text = shown(text)
    if text.isascii():
        if len(text) > width:
            if width <= 0:
                return ""
            tail = (width - 1) // 2 if middle else 0
            return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"
        return text.rjust(width) if align == "right" else text.ljust(width)
    text = text.translate(_WIDTH_CHANGERS)
    missing = width - cell_len(text)
    if missing < 0:
        return _cut(text, width, (width - 1) // 2 if middle else 0)
    return " " * missing + text if align == "right" else text + " " * missing


def _cut(text: str, width: int, tail: int) -> str:
    """The beginning of ``text``, ``…``, and ``tail`` cells of its end: ``width`` cells altogether."""
    if width <= 0:
        return ""
    start = len(text)
    while start and cell_len(text[start - 1 :]) <= tail:
        start -= 1
    end = text[start:]
    return set_cell_size(text, width - 1 - cell_len(end)) + "…" + end
