"""Reads the records in a journal file, as tests look at them."""

from collections.abc import Iterator
from pathlib import Path

from zitadel_tui.core.journal import Record, from_line


def read(path: Path) -> Iterator[Record]:
    """Yield the records in order, without lines that are not records; nothing when there is no file."""
    if path.is_file():
        yield from filter(None, map(from_line, path.read_bytes().split(b"\n")))
