"""Data on stdout, as a table, JSON or CSV; messages on stderr. The door to the terminal for commands.

A table is fitted to the terminal; elsewhere it has the same columns at full width. JSON escapes all that
is not ASCII; CSV keeps values as they are, save what a spreadsheet would run and, on a terminal, what
would control it.
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TextIO, TypeVar

from zitadel_tui.text import cells, cut, padded, shown, shown_lines

T = TypeVar("T")
Form = Literal["table", "json", "csv"]

_GAP = "  "
_NARROWEST = 6  # cells to which a column may be cut


@dataclass(frozen=True)
class Column(Generic[T]):
    """``title`` heads the table, ``name`` (ZITADEL's own) the CSV. A column without title is in the CSV only.

    ``fit`` shortens what the table shows to a width in cells; ``rigid`` columns are never shortened.
    """

    name: str
    value: Callable[[T], str]
    title: str = ""
    display: Callable[[T], str] | None = None
    fit: Callable[[T, int], str] | None = None
    rigid: bool = False

    def text(self, row: T) -> str:
        return shown((self.display or self.value)(row))

    def within(self, row: T, width: int) -> str:
        return self.fit(row, width) if self.fit else cut(self.text(row), width)


class Output:
    """Writes to ``out`` and ``talk``; what is on stdout is flushed before anything goes to stderr.

    A stream that cannot be written stops nothing: what follows goes nowhere. :attr:`unwritten` tells.
    """

    def __init__(self, form: Form, out: TextIO, talk: TextIO, *, width: int | None = None) -> None:
        """``width`` of the terminal in cells; None asks the terminal, where ``out`` is one."""
        self.form = form
        self.unwritten: OSError | None = None
        """Why not all is on stdout."""
        self._lost_result = False
        self._out = out
        self._talk = talk
        self._terminal = out.isatty()
        if width is None and self._terminal:
            import shutil

            width = shutil.get_terminal_size().columns
        self._width = width
        self._styled = self._terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def rows(self, columns: Sequence[Column[T]], rows: Sequence[T], data: Callable[[T], object]) -> None:
        """A list: one JSON array of ``data``, a CSV with a header, or a table."""
        if self.form == "json":
            lines = ",\n".join(_json(data(row)) for row in rows)
            self._write(f"[{lines}]\n")
        elif self.form == "csv":
            self._csv(
                [column.name for column in columns], ([one.value(row) for one in columns] for row in rows)
            )
        else:
            heading, *table = _table(columns, rows, self._width)
            self._write((f"\x1b[1m{heading}\x1b[0m" if self._styled else heading) + "\n")
            self._write("".join(f"{line}\n" for line in table))

    def card(self, pairs: Sequence[tuple[str, str]], data: object) -> None:
        """One thing: a JSON object, or its fields line by line; a name repeated is shown once."""
        if self.form == "json":
            self._write(_json(data) + "\n")
        elif self.form == "csv":
            self._csv(["name", "value"], pairs)
        else:
            margin = max((cells(name) for name, _ in pairs), default=0)
            last = ""
            for name, value in pairs:
                label = padded("" if name == last else name, margin)
                self._write(f"{label}{_GAP}{shown(value)}".rstrip() + "\n")
                last = name

    def result(
        self,
        sentences: Sequence[str],
        pairs: Sequence[tuple[str, str]],
        data: object,
        *,
        secrets: Sequence[str] = (),
        if_lost: str = "",
    ) -> None:
        """What a write did: sentences, where a person reads, else the fields. Where stdout does not take it
        the sentences are said on stderr, with the next step ``if_lost``; ``secrets`` are lines for stdout
        alone."""
        if self.form == "table":
            for sentence in (*sentences, *secrets):
                self._write(shown(sentence) + "\n")
        else:
            self.card(pairs, data)
        self.flush()
        if self.unwritten is not None:
            self._lost_result = True
            self.say("error", f"The result could not be written to stdout: {_reason(self.unwritten)}.")
            for sentence in sentences:
                self.say("note", sentence)
            if if_lost:
                self.say("hint", if_lost)

    def plain(self, text: str) -> None:
        """Text of our own making, as it is."""
        self._write(text + "\n")

    def picture(self, lines: Sequence[str]) -> bool:
        """Block characters, light on dark whatever the terminal's own colours are; False, and nothing, where
        the terminal is too narrow for it."""
        if self._width is not None and max(map(cells, lines)) > self._width:
            return False
        for line in lines:
            self._write((f"\x1b[97;40m{line}\x1b[0m" if self._styled else line) + "\n")
        return True

    def announce(self, text: str) -> None:
        """Lines that somebody waits for: at once."""
        self.plain(shown_lines(text))
        self.flush()

    def say(self, kind: Literal["note", "warning", "error", "hint"], sentence: str) -> None:
        self.aside(f"{kind}: {shown(sentence)}")

    def aside(self, text: str) -> None:
        """Lines on stderr, as they are save what would drive the terminal."""
        self.flush()
        _print(self._talk, shown_lines(text) + "\n")

    def table_lines(self, columns: Sequence[Column[T]], rows: Sequence[T]) -> list[str]:
        """A table for stderr, where there is no data to give."""
        width = None
        if self._talk.isatty():
            import shutil

            width = shutil.get_terminal_size().columns
        return _table(columns, rows, width)

    def flush(self) -> None:
        self._write("")

    def finish(self) -> bool:
        """Whether stdout has all that was to be there, at the end; where it has not, that is said. Whoever
        reads only the beginning of a list (``| head``) misses nothing."""
        self.flush()
        if self.unwritten is None or self._lost_result:
            return not self._lost_result
        if isinstance(self.unwritten, BrokenPipeError):
            return True
        self.say("error", f"The output could not be written to stdout: {_reason(self.unwritten)}.")
        self.say("hint", "The output is incomplete: run the command again.")
        return False

    def _write(self, text: str) -> None:
        """Nothing flushes."""
        error = _print(self._out, text, flush=not text)
        self.unwritten = self.unwritten or error

    def _csv(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        from zitadel_tui.core.export import csv_text

        clean = shown if self._terminal else str
        self._write(csv_text(header, ([clean(value) for value in row] for row in rows)))


def _table(columns: Sequence[Column[T]], rows: Sequence[T], width: int | None) -> list[str]:
    """Heading and rows."""
    columns = [column for column in columns if column.title]
    texts = [[column.text(row) for row in rows] for column in columns]
    natural = [max(map(cells, (column.title, *whole))) for column, whole in zip(columns, texts, strict=True)]
    widths = _fitted(columns, natural, width)
    for place, column in enumerate(columns):
        if widths[place] < natural[place]:
            texts[place] = [column.within(row, widths[place]) for row in rows]
    lines = [[column.title for column in columns], *zip(*texts, strict=True)]
    return [_line(line, widths) for line in lines]


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(padded(text, width) for text, width in zip(texts, widths, strict=True)).rstrip()


def _print(stream: TextIO, text: str, *, flush: bool = True) -> OSError | None:
    """Write ``text``, or give why that cannot be; then whatever is left goes nowhere."""
    try:
        stream.write(text)
        if flush:
            stream.flush()
    except OSError as error:
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
        return error
    return None


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _fitted(columns: Sequence[Column[T]], natural: Sequence[int], total: int | None) -> list[int]:
    """Widths that fit into ``total`` cells, as far as the columns give: the widest gives first."""
    widths = list(natural)
    if total is None:
        return widths
    over = sum(widths) + len(_GAP) * (len(widths) - 1) - total
    while over > 0:
        given = [place for place, one in enumerate(columns) if not one.rigid and widths[place] > _NARROWEST]
        if not given:
            break
        widths[max(given, key=widths.__getitem__)] -= 1
        over -= 1
    return widths


def _json(data: object) -> str:
    import json  # as the other late ones: --help has no use for it

    return json.dumps(data, ensure_ascii=True, separators=(",", ":"))
