"""The rows of a CSV file as cells with the lines they begin at, and as users."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from zitadel_tui.core.onboard.columns import NAMELESS, Column
from zitadel_tui.core.onboard.drafts import Draft, granted_keys
from zitadel_tui.core.rules import Problem
from zitadel_tui.text import brief
from zitadel_tui.zitadel.wire.users import IdpLink

DELIMITERS = ",;\t"
_LONGEST_ROW = 200  # lines: more are a quote that is not closed
_UNCLOSED = "A quote begins in this row and is not closed as it should be."
_TRUE = frozenset(("true yes y 1 x on ja j wahr oui o vrai sí sì si s verdadero vero").split())  # noqa: SIM905
_FALSE = frozenset(("false no n 0 off - nein falsch non faux falso").split())  # noqa: SIM905
_DECLARED = re.compile(r'"?sep=([^"\s]|\t)"?', re.IGNORECASE)
_SCIENTIFIC = re.compile(r"\+?\d+[.,]?\d*[eE]\+?\d+")
_GENDERS = {
    word: f"GENDER_{gender}"
    for gender, words in {
        "UNSPECIFIED": "unspecified keine",
        "FEMALE": "female f w weiblich femme féminin mujer femenino donna femminile frau",
        "MALE": "male m männlich homme masculin hombre masculino uomo maschile mann",
        "DIVERSE": "diverse d divers diverso other autre otro altro",
    }.items()
    for word in (*words.split(), f"gender_{gender.lower()}")
}


class Cells(NamedTuple):
    """One record. ``line`` is where it begins; ``problem`` says why it has no usable cells."""

    line: int
    cells: list[str]
    problem: str = ""


class _Lines:
    """Lines with a way back to those of the record that is being read."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self.record: list[str] = []
        self.number = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.record) >= _LONGEST_ROW:
            raise csv.Error("too many lines")
        line = self._again.popleft() if self._again else next(self._lines)
        self.record.append(line)
        self.number += 1
        return line

    def begin(self) -> int:
        """Begin a record, and return its line."""
        self.record = []
        return self.number + 1

    def give_up(self) -> None:
        """Go on with the second line of the record."""
        rest = self.record[1:]
        self._again.extendleft(reversed(rest))
        self.number -= len(rest)
        self.record = []


def records(lines: Iterator[str], delimiter: str) -> Iterator[Cells]:
    """The records of a file, empty ones left out. A quote that is not closed spoils the line where it began,
    and no other."""
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        line = source.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            is_long = "field limit" in str(error)
            spoiled = source.record[0] if source.record else ""
            source.give_up()
            reader = csv.reader(source, delimiter=delimiter, strict=True)
            limit = f"A cell has more than {csv.field_size_limit()} characters, or a quote is not closed."
            yield Cells(line, [spoiled], limit if is_long else _UNCLOSED)
            continue
        if any(cell.strip() for cell in cells):
            yield Cells(line, cells)


def delimiter_of(heading: str) -> str:
    """The character that separates the cells of the first line: the one that occurs most outside quotes."""
    bare = re.sub(r'"[^"]*"', "", heading)
    return max(DELIMITERS, key=bare.count)


def declared_delimiter(line: str) -> str:
    """The character of a line ``sep=;``, which some spreadsheets write first; empty for another line."""
    found = _DECLARED.fullmatch(line.rstrip("\r\n"))
    return found[1] if found else ""


def draft_of(record: Cells, columns: Sequence[Column]) -> Draft:
    """What a record says of a user, with what is wrong with its cells."""
    draft = Draft()
    if record.problem:
        draft.problems.append(Problem("", record.problem))
        return draft
    cells = record.cells
    while len(cells) > len(columns) and not cells[-1].strip():
        cells.pop()
    if len(cells) != len(columns):
        sentence = f"The row has {len(cells)} cells, the first line has {len(columns)}."
        draft.problems.append(Problem("", sentence))
        return draft
    for number, (column, cell) in enumerate(zip(columns, cells, strict=True), 1):
        if not column.field or not cell.strip():
            continue
        if column is NAMELESS:
            draft.problems.append(Problem("", f"Cell {number} has a value, but its column has no heading."))
            continue
        if "\0" in cell:
            draft.problems.append(Problem(column.field, "The cell has a NUL character."))
            continue
        _take(draft, column, cell if column.field == "password" else cell.strip())
    return draft


def _take(draft: Draft, column: Column, cell: str) -> None:
    field = column.field
    if field in draft.texts:
        draft.texts[field] = cell
    elif field in draft.choices:
        value = _boolean(cell)
        draft.choices[field] = value
        if value is None:
            draft.problems.append(Problem(field, f"{brief(cell, 40)!r} is neither yes nor no."))
    elif field == "roles":
        draft.roles = _keys(cell)
    elif field == "grants":
        draft.add_grants(cell.split(";"))
    elif field == "idp":
        draft.idps.append(IdpLink(config_id=column.target, external_user_id=cell))
    else:
        draft.grants.append((column.target, granted_keys(column.target, _keys(cell), draft.problems)))
    if field == "gender":
        draft.texts[field] = _GENDERS.get(cell.lower(), "")
        if not draft.texts[field]:
            draft.problems.append(
                Problem("profile.gender", f"{brief(cell, 40)!r} is not female, male or diverse.")
            )
    elif field == "phone" and _SCIENTIFIC.fullmatch(cell):
        sentence = f"{cell!r} is a number as a spreadsheet writes it; format the column as text."
        draft.problems.append(Problem("phone.phone", sentence))


def _keys(cell: str) -> tuple[str, ...]:
    """The role keys of a cell."""
    return tuple(filter(None, re.split(r"[\s,;]+", cell)))


def _boolean(cell: str) -> bool | None:
    word = cell.lower()
    return True if word in _TRUE else False if word in _FALSE else None
