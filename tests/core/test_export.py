"""CSV that comes back as it was, and that no spreadsheet runs."""

import csv
import io
import os
import stat
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import hostile
from zitadel_tui.core.export import csv_text, defused, write_csv

TODAY = date(2026, 11, 24)
CELL = st.text(st.characters(exclude_categories=["Cs"]))


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@given(st.lists(st.lists(CELL, min_size=2, max_size=2)))
def test_what_is_written_is_read_back(rows: list[list[str]]) -> None:
    expected = [["A", "B"], *([defused(cell) for cell in row] for row in rows)]
    assert read(csv_text(["A", "B"], rows)) == expected


@pytest.mark.parametrize("cell", ["=1+1", "+41 71", "-rf", "@SUM(A1)", "\t=1", "\r=1"])
def test_nothing_is_a_formula(cell: str) -> None:
    assert read(csv_text(["A"], [[cell]]))[1] == ["'" + cell]


def test_nothing_else_is_changed() -> None:
    harmless = [text for text in hostile.ALL if text == defused(text)]
    assert len(harmless) > 60
    assert [row[0] for row in read(csv_text(["A"], [[text, ""] for text in harmless]))[1:]] == harmless


def test_rows_without_a_header_continue_those_before() -> None:
    assert csv_text(["A"], [["1"]]) + csv_text([], [["2"]]) == csv_text(["A"], [["1"], ["2"]])


def test_a_file_is_new_each_time_and_private(tmp_path: Path) -> None:
    first = write_csv(["A"], [["1"]], stem="members", folder=tmp_path, today=TODAY)
    second = write_csv(["A"], [["2"]], stem="members", folder=tmp_path, today=TODAY)
    assert [first.name, second.name] == ["members-2026-11-24.csv", "members-2026-11-24-2.csv"]
    assert first.read_bytes() == b"A\r\n1\r\n"
    assert stat.S_IMODE(os.stat(first).st_mode) == 0o600


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write_csv(["A"], [], stem="members", folder=tmp_path / "gone", today=TODAY)


def test_half_a_character_does_not_stop_the_file(tmp_path: Path) -> None:
    path = write_csv(["A"], [["lone\ud800"]], stem="x", folder=tmp_path, today=TODAY)
    assert path.read_bytes() == b"A\r\nlone?\r\n"
