"""A QR code of text, for terminals: two rows of modules in one line of half blocks."""

import re
from typing import Any

_QUIET_ZONE = 2  # modules; the standard asks for 4, readers are content with 2
_DIGITS = re.compile(r"([0-9]{8,})")
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def lines(text: str, *, quiet: int = _QUIET_ZONE) -> list[str]:
    """Lines of equal width, one cell a module; blocks are the light modules, as on a dark terminal.

    As small as possible, so that a passkey link fits on 24 lines: the lowest level of error correction,
    ids as numbers. ``quiet`` is the light edge in modules. Raises ``ValueError`` for what no QR code can
    hold.
    """
    import segno  # few runs draw one

    parts: Any = [part for part in _DIGITS.split(text) if part]  # segno's types leave lists out
    code = segno.make(parts, error="l", micro=False, boost_error=False)
    rows = [[not module for module in row] for row in code.matrix_iter(border=quiet)]
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))  # as the terminal around it
    return [
        "".join(_HALVES[upper, lower] for upper, lower in zip(above, below, strict=True))
        for above, below in zip(rows[::2], rows[1::2], strict=True)
    ]
