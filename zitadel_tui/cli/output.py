"""Data on stdout, as a table, JSON or CSV; messages on stderr. All output of commands goes through this
module.

A table is fitted to the terminal. Elsewhere nothing is cut: columns are at most 40 cells wide, and a
longer value only shifts the rest of its own line. JSON escapes everything that is not ASCII. CSV keeps
values as they are, except formulas and, on a terminal, control characters."""

import contextlib
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, Literal, NamedTuple, TextIO, TypeVar

from zitadel_tui.text import cells, cut, filled, padded, shown, shown_lines

T = TypeVar("T")
Form = Literal["table", "json", "csv"]

_GAP = "  "
_NARROWEST = 6  # cells to which a column may be cut
_WIDEST = 40  # cells to which a column is filled where nothing is cut


class Column(NamedTuple, Generic[T]):
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
    """Writes to ``out`` and ``talk``.

    Flushes stdout before anything goes to stderr. When a stream cannot be written, further output to it is
    dropped and :attr:`unwritten` holds the error.
    """

    def __init__(self, form: Form, out: TextIO, talk: TextIO, *, width: int | None = None) -> None:
        """``width`` of the terminal in cells; None asks the terminal, where ``out`` is one."""
        self.form = form
        self.unwritten: OSError | None = None
        """Why not all is on stdout."""
        self._lost_result = False
        self._out = out
        self._talk = talk
        self._has_progress = self._has_header = False
        self._terminal = out.isatty()
        self._width = _terminal_width(out) if width is None else width
        self._styled = False
        self.use_colors("auto")

    def use_colors(self, colors: str) -> None:
        """Set how many colours to use: ``none``, a number, or ``auto`` for what the environment says."""
        wanted = colors != "none" and (colors != "auto" or not os.environ.get("NO_COLOR"))
        self._styled = self._terminal and wanted and os.environ.get("TERM") != "dumb"

    def rows(
        self,
        columns: Sequence[Column[T]],
        rows: Sequence[T],
        data: Callable[[T], object] | None = None,
    ) -> None:
        """Print a list: one JSON array, a CSV with a header, or a table. ``data`` turns a row into plain
        data; wire messages need no ``data``."""
        if self.form == "json":
            self._write((_messages_json(rows) if data is None else _rows_json(map(data, rows))) + "\n")
        elif self.form == "csv":
            self._csv(
                [column.name for column in columns], ([one.value(row) for one in columns] for row in rows)
            )
        else:
            heading, *table = _table(columns, rows, self._width)
            self._write((f"\x1b[1m{heading}\x1b[0m" if self._styled else heading) + "\n")
            self._write("".join(f"{line}\n" for line in table))

    def card(self, pairs: Sequence[tuple[str, str]], data: object) -> None:
        """Print one object: as JSON, or its fields line by line; a repeated name is shown once."""
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
        """Print the result of a write: as sentences, or as fields for ``--json`` and ``--csv``. When
        stdout cannot be written, the sentences go to stderr, with the next step ``if_lost``. ``secrets``
        are lines for stdout only."""
        if self.form == "table":
            for sentence in (*sentences, *secrets):
                self._write(shown(sentence) + "\n")
        else:
            self.card(pairs, data)
        self._make_sure(sentences, if_lost)

    def results(
        self,
        columns: Sequence[Column[T]],
        rows: Sequence[T],
        data: Callable[[T], object],
        sentence: Callable[[T], str],
    ) -> None:
        """Like :meth:`result`, for several writes."""
        sentences = list(map(sentence, rows))
        if self.form == "table":
            for one in sentences:
                self._write(shown(one) + "\n")
        else:
            self.rows(columns, rows, data)
        self._make_sure(sentences)

    def _make_sure(self, sentences: Sequence[str], if_lost: str = "") -> None:
        """Print on stderr what could not be written to stdout."""
        self.flush()
        if self.unwritten is not None:
            self._lost_result = True
            self.say("error", f"The result could not be written to stdout: {_reason(self.unwritten)}.")
            for sentence in sentences:
                self.say("note", sentence)
            if if_lost:
                self.say("hint", if_lost)

    def plain(self, text: str) -> None:
        """Print our own text as it is."""
        self._write(text + "\n")

    def picture(self, lines: Sequence[str]) -> bool:
        """Print block characters, light on dark whatever the terminal's colours are. Returns False, and
        prints nothing, where the terminal is too narrow."""
        if self._width is not None and max(map(cells, lines)) > self._width:
            return False
        for line in lines:
            self._write((f"\x1b[97;40m{line}\x1b[0m" if self._styled else line) + "\n")
        return True

    def announce(self, text: str) -> None:
        """Print lines at once, because a user waits for them."""
        self.plain(shown_lines(text))
        self.flush()

    def say(self, kind: Literal["note", "warning", "error", "hint"], sentence: str) -> None:
        self.aside(f"{kind}: {shown(sentence)}")

    def aside(self, text: str) -> None:
        """Print lines on stderr, with control characters made harmless."""
        self.clear_progress()
        self.flush()
        _print(self._talk, shown_lines(text) + "\n")

    def stream(self, columns: Sequence[Column[T]], row: T, data: Callable[[T], object]) -> None:
        """Print one of many rows at once: an object on a line of its own, or a line of CSV, the first one
        below the header."""
        self.clear_progress()
        if self.form == "json":
            self._write(_json(data(row)) + "\n")
        else:
            header = () if self._has_header else [column.name for column in columns]
            self._has_header = True
            self._csv(header, [[column.value(row) for column in columns]])
        self.flush()

    @property
    def shows_progress(self) -> bool:
        """Whether stderr is a terminal, where a line can be written over."""
        return self._talk.isatty()

    def progress(self, line: str) -> None:
        """Write over the last line of stderr, where that is possible. The next message takes its place."""
        width = _terminal_width(self._talk)
        if width is None:
            return
        self._has_progress = True
        _print(self._talk, f"\r\x1b[K{cut(shown(line), width - 1)}")

    def clear_progress(self) -> None:
        """Remove the line of progress."""
        if self._has_progress:
            self._has_progress = False
            _print(self._talk, "\r\x1b[K")

    def table_lines(self, columns: Sequence[Column[T]], rows: Sequence[T]) -> list[str]:
        """The lines of a table for stderr."""
        return _table(columns, rows, _terminal_width(self._talk))

    def flush(self) -> None:
        self._write("")

    def finish(self) -> bool:
        """Flush at the end and report what could not be written. Returns whether stdout got everything; a
        reader that stops early (``| head``) has got everything it wants."""
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


def _terminal_width(stream: TextIO) -> int | None:
    """The width in cells of the terminal that ``stream`` is; None for something else."""
    if not stream.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns


def _table(columns: Sequence[Column[T]], rows: Sequence[T], width: int | None) -> list[str]:
    """Heading and rows."""
    columns = [column for column in columns if column.title]
    texts = [[column.text(row) for row in rows] for column in columns]
    natural = [max(map(cells, (column.title, *whole))) for column, whole in zip(columns, texts, strict=True)]
    widths = _fitted(columns, natural, width)
    for place, column in enumerate(columns):
        if width is not None and widths[place] < natural[place]:
            texts[place] = [column.within(row, widths[place]) for row in rows]
    lines = [[column.title for column in columns], *zip(*texts, strict=True)]
    return [_line(line, widths) for line in lines]


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(filled(text, width) for text, width in zip(texts, widths, strict=True)).rstrip()


def _print(stream: TextIO, text: str, *, flush: bool = True) -> OSError | None:
    """Write ``text``; return the error where that fails, and drop further output."""
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
    """Column widths that fit into ``total`` cells as far as possible; the widest column shrinks first.
    Without ``total``, the widths to which columns are padded."""
    if total is None:
        return [
            width if column.rigid else min(width, _WIDEST)
            for column, width in zip(columns, natural, strict=True)
        ]
    widths = list(natural)
    over = sum(widths) + len(_GAP) * (len(widths) - 1) - total
    while over > 0:
        given = [place for place, one in enumerate(columns) if not one.rigid and widths[place] > _NARROWEST]
        if not given:
            break
        widths[max(given, key=widths.__getitem__)] -= 1
        over -= 1
    return widths


def _messages_json(messages: Sequence[Any]) -> str:
    from zitadel_tui.zitadel.wire.base import ascii_json

    return ascii_json(messages)


def _rows_json(rows: Iterable[object]) -> str:
    return "[" + ",\n".join(map(_json, rows)) + "]"


def _json(data: object) -> str:
    import json  # as the other late ones: --help has no use for it

    return json.dumps(data, ensure_ascii=True, separators=(",", ":"))
