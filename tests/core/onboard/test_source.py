"""Opening a file of users, its encoding, and copies of chosen rows."""

import codecs
import csv
import errno
import io
import os
import stat
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.onboard.reading import SEED, rows_of, source_of
from zitadel_tui.core.onboard import json_rows
from zitadel_tui.core.onboard.rows import Options, Row
from zitadel_tui.core.onboard.source import NotUtf8, open_source, template
from zitadel_tui.failure import UsageFailure


@pytest.mark.parametrize(
    ("heading", "options", "sentence"),
    [
        ("userName,email,Dept", {}, "unknown heading: 'Dept'"),
        ("userName,email,emial2", {}, "unknown heading: 'emial2'"),
        ("Dept,userName,email,Room", {}, "2 columns have unknown headings: 'Dept', 'Room'"),
        ("userName,Vornamen,Dept", {}, "'Vornamen' (firstName?), 'Dept'"),
        ("ada,ada@x.test", {}, "No heading in the first line means a field of a user: ada"),
        ("idp:1,userName,IDP:1", {}, "Two columns mean idp"),
        ("userName,email,E-Mail", {}, "Two columns mean email"),
        ("userName,email,email", {}, "Two columns mean email"),
        ("grant:A,userName,grant:A", {}, "Two columns mean grant"),
        ("userName,email", {"columns": {"Dept": "ignore"}}, "has no column Dept"),
        ("userName,Dept", {"columns": {"Dept": "nonsense"}}, "'nonsense' is not a field"),
        ("a,b", {"columns": {"a": "ignore", "b": "ignore"}}, "No column of the file is a field"),
        ("userName,email", {"username": "{nobody}"}, "unknown placeholder"),
        ("userName,email", {"username": "same"}, "no placeholder"),
        ("userName,email", {"username": "{first"}, "unknown placeholder"),
        ("userName,email", {"grants": ("Payroll",)}, "does not name project roles"),
        ("userName,email", {"encoding": "klingon"}, "'klingon' is not an encoding"),
        ("userName,email", {"encoding": "rot13"}, "'rot13' is not an encoding"),
        ("userName,email", {"encoding": "a\0b"}, "is not an encoding"),
        ("userName,email", {"encoding": "utf-16"}, "is not written in utf-16"),
        ("userName,\\ud800", {"encoding": "unicode-escape"}, "is not written in unicode-escape"),
        ("\n\n", {}, "is empty"),
    ],
)
def test_a_file_or_an_option_that_is_wrong_is_refused_as_a_whole(
    tmp_path: Path, heading: str, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(UsageFailure) as refused:
        source_of(tmp_path, f"{heading}\n", **options)
    assert sentence in refused.value.summary
    assert refused.value.hint


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_is_read_in_each_encoding(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding.endswith(("le", "be")) else ""
    [row] = rows_of(tmp_path, f"{mark}userName,email,Vorname\nada,a@x.test,Jürg 李\n".encode(encoding))
    assert row.body.profile.first_name == "Jürg 李"


def test_another_encoding_is_asked_for_with_words_that_show_it(tmp_path: Path) -> None:
    content = "userName,email,Vorname\nada,a@x.test,Jürg\nbob,b@x.test,Gérard\n".encode("cp1252")
    with pytest.raises(NotUtf8) as refused:
        source_of(tmp_path, content)
    assert refused.value.samples == ("Jürg", "Gérard")
    ada, bob = rows_of(tmp_path, content, encoding="cp1252")
    assert (ada.body.profile.first_name, bob.body.profile.first_name) == ("Jürg", "Gérard")


def test_only_names_are_shown_when_the_encoding_is_asked_for(tmp_path: Path) -> None:
    text = "Straße,userName,email,password,Nachname\nx,ada,a@x.test,Pässwörter,{}\n"
    for name, samples in (("Müller", ("Müller",)), ("King", ())):
        with pytest.raises(NotUtf8) as refused:
            source_of(tmp_path, text.format(name).encode("cp1252"))
        assert refused.value.samples == samples
        assert "Pässwörter" not in refused.value.summary
        assert "--encoding cp1252" in refused.value.hint


@pytest.mark.parametrize(
    ("content", "sentence", "hint"),
    [
        (b"PK\x03\x04" + bytes(range(256)), "is a workbook or an archive", "CSV in UTF-8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is a workbook", "CSV in UTF-8"),
        ("userName".encode("utf-16-le"), "UTF-16 without a byte order mark", "--encoding utf-16-le"),
        ("userName".encode("utf-16-be"), "UTF-16 without a byte order mark", "--encoding utf-16-be"),
        (b"\xff\xfe\x00\xd8a\x00", "begins as UTF-16 and is damaged", "UTF-8"),
        (b"userName,email\na,\x81\n", "neither UTF-8 nor UTF-16", "--encoding cp1252"),
    ],
)
def test_a_file_that_is_not_text_is_refused(tmp_path: Path, content: bytes, sentence: str, hint: str) -> None:
    with pytest.raises(UsageFailure) as refused:
        source_of(tmp_path, content)
    assert sentence in refused.value.summary
    assert hint in refused.value.hint


@pytest.mark.parametrize("content", ["userName,email\n", "userName,email\n\n,,\n", "[]", " [ ] "])
def test_a_file_without_rows_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(UsageFailure, match="has no users"):
        rows_of(tmp_path, content)


def test_a_line_that_does_not_end_is_refused_before_it_is_read_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_rows, "LARGEST", 3_000_000)
    with pytest.raises(UsageFailure, match="has a line longer than"):
        source_of(tmp_path, "[" + " " * 4_200_000 + "]")


def test_a_byte_order_mark_agrees_with_the_encoding_that_is_named(tmp_path: Path) -> None:
    for content in ("userName\nada\n", '[{"userName": "ada"}]', '{"userName": "ada"}\n'):
        for encoding, codec in (("UTF-8", "utf-8-sig"), ("utf-16-le", "utf-16"), ("utf_16", "utf-16")):
            [row] = rows_of(tmp_path, content.encode(codec), encoding=encoding)
            assert (row.body.user_name, row.problems) == ("ada", ())


def test_standard_input_is_copied_to_a_file_without_a_name(tmp_path: Path) -> None:
    content = b"userName,email\nada,a@x.test\n"
    with open_source("-", Options(), stdin=io.BytesIO(content)) as source:
        descriptor = source._file.fileno()
        status = os.fstat(descriptor)
        assert (status.st_nlink, stat.S_IMODE(status.st_mode) & 0o077) == (0, 0)
        assert [len(list(source.rows())) for _ in range(2)] == [1, 1]
        assert (source.identity.path, source.identity.rows, source.identity.size) == ("", 1, len(content))


def test_what_was_opened_is_read_even_when_another_file_takes_its_place(tmp_path: Path) -> None:
    with source_of(tmp_path, "userName,email\nada,a@x.test\n") as source:
        before = [row.body.user_name for row in source.rows()]
        (tmp_path / "other").write_text("userName,email\nevil,a@x.test\n")
        (tmp_path / "other").replace(tmp_path / "people")
        assert [row.body.user_name for row in source.rows()] == before


@pytest.mark.parametrize("path", ["missing", ".", "\udc80", chr(0xD800), "a\0b"])
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path, path: str) -> None:
    with pytest.raises(UsageFailure, match="cannot be read"):
        open_source(str(tmp_path / path), Options())


def test_a_pipe_is_copied_and_can_be_read_again(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("userName\nada\n",))
    writer.start()
    with open_source(str(pipe), Options()) as source:
        writer.join()
        assert [[row.body.user_name for row in source.rows()] for _ in range(2)] == [["ada"], ["ada"]]


def test_standard_input_that_cannot_be_copied_is_refused_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(UsageFailure, match="No space left on device"):
        open_source("-", Options(), stdin=io.BytesIO(b"userName\nada\n"))


def test_the_digest_of_a_row_is_of_all_but_the_secrets(tmp_path: Path) -> None:
    def digest(line: str, **options: Any) -> str:
        heading = "userName,email,firstName,password,roles"
        return rows_of(tmp_path, f"{heading}\n{line}\n", **options)[0].digest

    one = digest("ada,a@x.test,Ada,Secr3t-Pass!,ORG_OWNER")
    assert one == digest("ada,a@x.test,Ada,Other-Pass-1,ORG_OWNER")
    others = [
        digest("ada,b@x.test,Ada,Secr3t-Pass!,ORG_OWNER"),
        digest("ada,a@x.test,Ada,Secr3t-Pass!,"),
        digest("ada,a@x.test,Ada,,ORG_OWNER"),
        digest("ada,a@x.test,Ada,,ORG_OWNER", passkey_link=True),
        digest("ada,a@x.test,Ada,,ORG_OWNER", generate_password=True),
    ]
    assert len({one, *others}) == 6


def test_the_template_is_a_file_that_can_be_read(tmp_path: Path) -> None:
    [row] = rows_of(tmp_path, template())
    assert (row.body.user_name, row.problems) == ("ada", ())


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12)
"""Python's writer leaves a lone carriage return unquoted."""


@given(
    people=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=5),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_a_spreadsheet_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    people: list[tuple[str, str, str]],
    delimiter: str,
    encoding: str,
    end: str,
    quoting: Any,
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(["Login", "Vorname", "Nachname"])
    writer.writerows([("x" + first, middle, last) for first, middle, last in people])
    folder = tmp_path_factory.mktemp("csv")
    with source_of(folder, out.getvalue().encode(encoding)) as source:
        rows = list(source.rows())
        assert [said(row) for row in rows] == [
            (("x" + first).strip(), middle.strip(), last.strip()) for first, middle, last in people
        ]
        copy = io.BytesIO()
        source.extract(range(1, len(rows) + 1), copy)
    assert [row.digest for row in rows_of(folder, copy.getvalue())] == [row.digest for row in rows]


def said(row: Row) -> tuple[str, str, str]:
    return row.body.user_name, row.body.profile.first_name, row.body.profile.last_name


def test_chosen_rows_are_written_as_they_were(tmp_path: Path) -> None:
    text = 'sep=;\r\nLogin;Vorname\r\nada;"A\r\nda"\r\n\r\nbob;Bob;\r\ncarol;"un"closed\r\ndave;Däve\r\n'
    with source_of(tmp_path, text.encode("utf-16")) as source:
        copy = io.BytesIO()
        source.extract({1, 3}, copy)
    assert (
        copy.getvalue().decode("utf-16")
        == 'sep=;\r\nLogin;Vorname\r\nada;"A\r\nda"\r\n\r\ncarol;"un"closed\r\n'
    )
    big = codecs.BOM_UTF16_BE + text.encode("utf-16-be")
    with source_of(tmp_path, big) as source:
        copy = io.BytesIO()
        source.extract({1, 2, 3, 4}, copy)
    assert copy.getvalue() == big
    lines = b'{"userName": "a"}\n{"userName": "b", "x": 1}\n'
    for content, expected in (
        (lines, b'{"userName": "b", "x": 1}\n'),
        (SEED, b"[\n" + SEED.strip() + b"\n]\n"),
    ):
        with source_of(tmp_path, content) as source:
            copy = io.BytesIO()
            source.extract({2} if content is lines else {1}, copy)
        assert copy.getvalue() == expected


@given(
    content=st.one_of(
        st.binary(max_size=60),
        st.text(max_size=40).map(lambda text: f"login,email\n{text}".encode("utf-8", "replace")),
    )
)
def test_any_bytes_end_in_rows_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    try:
        rows: Sequence[Row] = rows_of(tmp_path_factory.mktemp("any"), content)
    except UsageFailure:
        return
    assert all(isinstance(row, Row) for row in rows)
