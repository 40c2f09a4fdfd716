"""Rows as CSV, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import count
from pathlib import Path

from zitadel_tui.paths import create_private

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def defused(cell: str) -> str:
    """``cell``, with a ``'`` in front if a spreadsheet would read it as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """CSV (RFC 4180) with a header row, unless it is empty; formulas are defused, all else is unchanged."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    if header:
        writer.writerow(header)
    writer.writerows([defused(cell) for cell in row] for row in rows)
    return text.getvalue()


def write_csv(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, stem: str, folder: Path, today: date
) -> Path:
    """Write a new file ``STEM-2026-11-24.csv``, ``…-2.csv`` and so on, readable by its owner only.

    Never replaces a file. Raises ``OSError``.
    """
    data = csv_text(header, rows).encode(errors="replace")
    for number in count(1):
        path = folder / f"{stem}-{today.isoformat()}{f'-{number}' if number > 1 else ''}.csv"
        try:
            create_private(path, data)
        except FileExistsError:
            continue
        return path
    raise AssertionError("unreachable")
