"""Text cut or padded to an exact number of terminal cells."""

from typing import Literal

from rich.cells import cell_len, set_cell_size

from zitadel_tui.text import shown

Align = Literal["left", "right"]

# Terminals disagree with each other and with Rich about the width of what these two join or widen;
# without them every character has one width everywhere, and columns stay where they are.
_WIDTH_CHANGERS = {ord("\u200d"): None, ord("\ufe0f"): None}


def fit_cell(text: str, width: int, align: Align = "left") -> str:
    """``text`` from outside as one harmless cell of exactly ``width`` cells, ``…`` where it was cut."""
    text = shown(text)
    if text.isascii():
        if len(text) > width:
            return text[: width - 1] + "…" if width > 0 else ""
        return text.rjust(width) if align == "right" else text.ljust(width)
    text = text.translate(_WIDTH_CHANGERS)
    missing = width - cell_len(text)
    if missing < 0:
        return set_cell_size(text, width - 1) + "…" if width > 0 else ""
    return " " * missing + text if align == "right" else text + " " * missing
