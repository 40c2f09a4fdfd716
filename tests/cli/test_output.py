"""What is printed fits the terminal and cannot drive it, whatever the server says."""

import csv
import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import hostile
from tests.cli.conftest import Cli, Stream
from zitadel_tui.cli.output import Column, Output
from zitadel_tui.text import cells, shown
from zitadel_tui.zitadel.wire.base import to_data
from zitadel_tui.zitadel.wire.members import Member

LISTS = (
    ("members", "list"),
    ("users", "find", "example"),
    ("roles", "show", "ORG_USER_MANAGER"),
    ("whoami",),
)
EVERY_NAME = (*hostile.MARKUP, *hostile.CONTROLS, *hostile.INVISIBLE, *hostile.NAMES)


def drives_terminal(text: str) -> list[str]:
    """Characters that are not for a terminal; line ends of rows are."""
    return [
        character
        for character in text.replace("\r\n", "\n")
        if character != "\n"
        and (unicodedata.category(character) in ("Cc", "Cs") or character in "\u202a\u202b\u202d\u202e\u2066")
    ]


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
@pytest.mark.parametrize("form", [(), ("--json",), ("--csv",)], ids=["table", "json", "csv"])
def test_hostile_names_of_the_demo_cannot_drive_a_terminal(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], form: tuple[str, ...]
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    result = cli(*command, *form, width=100)
    assert result.status == 0
    assert drives_terminal(result.out + result.err) == []


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("command", [("members", "list"), ("users", "find", "example"), ("roles", "list")])
def test_tables_fit_the_terminal(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], width: int
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    lines = cli(*command, width=width).lines
    assert len(lines) > 10
    assert max(map(cells, lines)) <= width


def test_off_a_terminal_nothing_is_cut(cli: Cli) -> None:
    logins = [member["preferredLoginName"] for member in cli("members", "list", "--json").data]
    out = cli("members", "list").out
    assert max(map(len, logins)) > 200
    assert all(shown(login) in out for login in logins)


def test_off_a_terminal_a_long_value_moves_only_its_own_line(cli: Cli) -> None:
    heading, *lines = cli("members", "list").lines
    kind, width = heading.index("KIND"), cells(heading) + len("2026-11")
    assert kind <= 3 * (40 + 2)
    aligned = [line for line in lines if cells(line) <= width]
    assert len(aligned) > 40
    assert all(text_at(line, kind).startswith(("human", "service")) for line in aligned)


def text_at(line: str, cell: int) -> str:
    """What stands there and after it; wide characters take two cells."""
    return next(line[grace:] for grace in range(len(line)) if cells(line[:grace]) == cell)


def test_json_is_ascii_and_faithful(cli: Cli) -> None:
    out = cli("members", "list", "--json").out
    assert out.isascii()
    names = {member.get("displayName", "") for member in json.loads(out)}
    assert any("\x1b" in name for name in names)
    assert any("日本" in name for name in names)


def test_csv_off_a_terminal_is_faithful_save_formulas(cli: Cli) -> None:
    members = {member["userId"]: member for member in cli("members", "list", "--json").data}
    rows = list(csv.DictReader(io.StringIO(cli("members", "list", "--csv").out, newline="")))
    assert len(rows) == len(members)
    for row in rows:
        name = members[row["userId"]]["displayName"]
        assert row["displayName"] == (f"'{name}" if name[0] in "=+-@\t\r" else name)
    assert any(row["displayName"].startswith("'=cmd") for row in rows)


def test_the_heading_is_bold_on_a_terminal_only_without_no_color(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b[1m" in cli("roles", "list", width=80).out
    assert "\x1b" not in cli("roles", "list").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in cli("roles", "list", width=80).out


def test_the_setting_decides_about_colours_before_no_color(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZITADEL_COLORS", "none")
    assert "\x1b" not in cli("roles", "list", width=80).out
    monkeypatch.setenv("ZITADEL_COLORS", "256")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1m" in cli("roles", "list", width=80).out


COLUMNS = (
    Column[str]("fixed", lambda row: "12345", "FIXED", rigid=True),
    Column[str]("name", str, "NAME"),
    Column[str]("again", str, "AGAIN"),
)


def table(rows: list[str], width: int | None) -> list[str]:
    stream = Stream()
    Output("table", stream, Stream(), width=width).rows(COLUMNS, rows, str)
    return stream.text.split("\n")[:-1]


@pytest.mark.parametrize("name", EVERY_NAME, ids=ascii)
def test_one_row_is_one_line_that_fits(name: str) -> None:
    lines = table([name], 40)
    assert len(lines) == 2
    assert max(map(cells, lines)) <= 40
    assert drives_terminal("".join(lines)) == []


@given(st.lists(st.text()), st.integers(22, 120))
def test_any_rows_fit(rows: list[str], width: int) -> None:
    lines = table(rows, width)
    assert len(lines) == len(rows) + 1
    assert max(map(cells, lines)) <= width
    assert drives_terminal("".join(lines)) == []


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_csv_gives_back_what_came_save_formulas(rows: list[str]) -> None:
    stream = Stream()
    Output("csv", stream, Stream()).rows(COLUMNS, rows, str)
    read = list(csv.reader(io.StringIO(stream.text, newline="")))
    defused = [f"'{row}" if row[:1] in tuple("=+-@\t\r") else row for row in rows]
    assert read == [["fixed", "name", "again"], *(["12345", row, row] for row in defused)]


@given(st.lists(st.text()))
def test_json_gives_back_what_came(rows: list[str]) -> None:
    stream = Stream()
    Output("json", stream, Stream()).rows(COLUMNS, rows, str)
    assert json.loads(stream.text) == rows
    assert stream.text.isascii()


@given(st.lists(st.text()))
def test_json_of_messages_gives_back_what_came(names: list[str]) -> None:
    stream, members = Stream(), [Member(user_id="1", roles=("A",), display_name=name) for name in names]
    Output("json", stream, Stream()).rows((), members)
    assert json.loads(stream.text) == [to_data(member) for member in members]
    assert stream.text.isascii()
