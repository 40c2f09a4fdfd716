"""A QR code of text, for terminals: two rows of modules in one line of half blocks."""

_QUIET_ZONE = 2  # modules; the standard asks for 4, readers are content with 2
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def lines(text: str) -> list[str]:
    """Lines of equal width, one cell a module; blocks are the light modules, as on a dark terminal.

    At the lowest level of error correction, so that it stays small. Raises ``ValueError`` for what no QR
    code can hold.
    """
    import segno  # few runs draw one

    code = segno.make(text, error="l", micro=False, boost_error=False)
    rows = [[not module for module in row] for row in code.matrix_iter(border=_QUIET_ZONE)]
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))  # as the terminal around it
    return [
        "".join(_HALVES[upper, lower] for upper, lower in zip(above, below, strict=True))
        for above, below in zip(rows[::2], rows[1::2], strict=True)
    ]
