"""The file of a run: opened once, read as often as needed, row by row."""

import codecs
import contextlib
import hashlib
import io
import os
import re
import stat
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

import msgspec

from zitadel_tui.core.onboard import columns, csv_rows, json_rows
from zitadel_tui.core.onboard.drafts import Completion
from zitadel_tui.core.onboard.records import FileIdentity
from zitadel_tui.core.onboard.rows import Options, Row
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown

_CHUNK = 1024 * 1024
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How files of spreadsheet programs begin: .xlsx and .ods, which are ZIP archives, and .xls."""

_WORD = re.compile(r"[\w.'-]+")
_MOST_SAMPLES = 3


class Form(NamedTuple):
    """How a file is written. ``delimiter`` is for CSV; ``skipped`` are lines before its headings."""

    format: Literal["csv", "json", "jsonl"]
    encoding: str = "utf-8"
    delimiter: str = ""
    skipped: int = 0


class NotUtf8(UsageFailure):
    """The file is in another encoding, maybe cp1252; ``samples`` are words of its names as cp1252 reads
    them: of other columns, such as passwords, nothing is shown."""

    def __init__(self, name: str, samples: tuple[str, ...] = ()) -> None:
        summary = f"{name} is neither UTF-8 nor UTF-16 with a byte order mark."
        hint = "Save the file as UTF-8, or name its encoding, such as --encoding cp1252."
        if samples:
            summary += f" As cp1252 it has the words {', '.join(samples)}."
            hint = "If these words are right, add --encoding cp1252; else save the file as UTF-8."
        super().__init__(summary, hint)
        self.samples = samples


class Source:
    """An opened file of users. Close it when the run has ended."""

    def __init__(self, file: BinaryIO, name: str, path: str, options: Options) -> None:
        """Raises ``UsageFailure`` for a file that cannot be read as a whole: encoding, headings, empty."""
        self.name = name
        """Safe for a terminal."""
        self._file, self._path, self._options = file, path, options
        self._completion = Completion(options)
        self._digest, self._size, encoding = _read_through(file, name, options.encoding)
        self._rows = 0
        self.form, self._columns = self._examine(encoding)

    def __enter__(self) -> "Source":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    @property
    def identity(self) -> FileIdentity:
        """``rows`` is 0 until all were read once."""
        return FileIdentity(path=self._path, digest=self._digest, size=self._size, rows=self._rows)

    def rows(self) -> Iterator[Row]:
        """All rows, from the first. One reading at a time. Raises ``UsageFailure`` for JSON that is none, and
        when there is no row."""
        count = 0
        for row in self._each():
            count += 1
            yield row
        if not count:
            raise UsageFailure(f"{self.name} has no users.", "Add a row for each.")
        self._rows = count

    def _each(self) -> Iterator[Row]:
        if self.form.format == "csv":
            for number, record in enumerate(self._records(), 1):
                draft = csv_rows.draft_of(record, self._columns)
                yield self._completion.of_cells(draft, number, record.line)
        else:
            for number, element in enumerate(self._elements(), 1):
                yield json_rows.row_of(element, number, self._completion)

    def extract(self, numbers: Collection[int], out: BinaryIO) -> None:
        """Write just these rows as they are in the file, with its headings and in its encoding."""
        numbers = frozenset(numbers)
        if self.form.format == "csv":
            self._extract_lines(numbers, out)
            return
        kept = [one.data for number, one in enumerate(self._elements(), 1) if number in numbers]
        separator = b",\n" if self.form.format == "json" else b"\n"
        text = separator.join(kept)
        text = b"[\n" + text + b"\n]\n" if self.form.format == "json" else text + b"\n"
        out.write(self._encoder(out).encode(text.decode()))

    def _extract_lines(self, numbers: Collection[int], out: BinaryIO) -> None:
        """The lines of the headings, and of these records."""
        begins = {record.line: number for number, record in enumerate(self._records(), 1)}
        encoder = self._encoder(out)
        is_wanted = True  # the headings
        for number, line in enumerate(self._text(skip=False), 1):
            if number in begins:
                is_wanted = begins[number] in numbers
            if is_wanted:
                out.write(encoder.encode(line))

    def _encoder(self, out: BinaryIO) -> codecs.IncrementalEncoder:
        """Of the file's encoding. UTF-16 keeps its byte order, whose mark is written at once."""
        encoding = self.form.encoding
        if encoding == "utf-16":
            self._file.seek(0)
            mark = self._file.read(len(codecs.BOM_UTF16))
            out.write(mark)
            encoding = "utf-16-be" if mark == codecs.BOM_UTF16_BE else "utf-16-le"
        return codecs.getincrementalencoder(encoding)()

    def _examine(self, encoding: str) -> tuple[Form, list[columns.Column]]:
        self.form = Form("csv", encoding)
        filled = (line for line in self._text(skip=False) if line.strip())
        first, second = next(filled, ""), next(filled, "")
        if first.lstrip()[:1] == "[":
            return Form("json", encoding), []
        if first.lstrip()[:1] == "{":
            return Form("jsonl" if json_rows.are_lines(first, second) else "json", encoding), []
        return self._examine_csv(encoding)

    def _examine_csv(self, encoding: str) -> tuple[Form, list[columns.Column]]:
        skipped, delimiter, heading = 0, "", ""
        for heading in self._text(skip=False):
            declared = csv_rows.declared_delimiter(heading)
            if heading.strip() and not declared:
                break
            delimiter = delimiter or declared
            skipped += 1
        delimiter = delimiter or csv_rows.delimiter_of(heading)
        self.form = Form("csv", encoding, delimiter, skipped)
        record = next(csv_rows.records(self._text(), delimiter), None)
        if record is None or record.problem:
            raise UsageFailure(
                f"The first line of {self.name} has no headings.",
                "`zitadel-tui onboard template` writes a file with all of them.",
            )
        return self.form, columns.of(record.cells, self._options.columns)

    def _records(self) -> Iterator[csv_rows.Cells]:
        records = csv_rows.records(self._text(), self.form.delimiter)
        next(records, None)  # the headings
        for record in records:
            yield record._replace(line=record.line + self.form.skipped)

    def _elements(self) -> Iterator[json_rows.Element]:
        if self.form.format == "jsonl":
            return json_rows.lines(line.encode() for line in self._text())
        if self._size > json_rows.LARGEST:
            raise UsageFailure(
                f"{self.name} is larger than 64 MiB, too large for one JSON array.",
                "Write one JSON object a line instead.",
            )
        return json_rows.elements(self._whole())

    def _whole(self) -> bytes:
        """All of the file, in UTF-8."""
        if self.form.encoding not in ("utf-8", "utf-8-sig"):
            return "".join(self._text()).encode()
        self._file.seek(0)
        return self._file.read().removeprefix(codecs.BOM_UTF8)

    def _text(self, *, skip: bool = True) -> Iterator[str]:
        """Decoded lines with their ends, from the descriptor that was opened first."""
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, self.form.encoding, newline="")
        try:
            for number, line in enumerate(text):
                if not skip or number >= self.form.skipped:
                    yield line
        finally:
            with contextlib.suppress(ValueError):  # closed meanwhile
                text.detach()


def open_source(path: str, options: Options, *, stdin: BinaryIO | None = None) -> Source:
    """Open a file; ``-`` is standard input, which is copied to a private file without a name. Raises
    ``UsageFailure``."""
    if path == "-":
        if stdin is None:
            raise UsageFailure("There is no standard input.", "Name a file.")
        return _made(_spooled(stdin, "standard input"), "standard input", "", options)
    name = shown(path)
    try:
        is_path = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        is_path = False
    if not is_path:
        raise _unreadable(name, "no file can have this name")
    try:
        file = open(path, "rb")  # noqa: SIM115 — closed with the source
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return _made(file, name, str(Path(path).absolute()), options)
        with file:
            return _made(_spooled(file, name), name, "", options)
    except OSError as error:
        raise _unreadable(name, error.strerror or type(error).__name__) from None


def _unreadable(name: str, reason: str) -> UsageFailure:
    return UsageFailure(f"{name} cannot be read: {reason}.", "Check the path.")


def _made(file: BinaryIO, name: str, path: str, options: Options) -> Source:
    try:
        try:
            return Source(file, name, path, options)
        except NotUtf8:
            raise NotUtf8(name, _names_as_cp1252(file, options)) from None
    except BaseException:
        file.close()
        raise


def _names_as_cp1252(file: BinaryIO, options: Options) -> tuple[str, ...]:
    """A few words of the names of users that are not ASCII; none when the file cannot be cp1252."""
    words: dict[str, None] = {}
    options = msgspec.structs.replace(options, encoding="cp1252")
    try:
        for row in _lenient(file, options).rows():
            profile = row.body.profile
            names = f"{profile.first_name} {profile.last_name} {profile.display_name}"
            if not row.problems and not names.isascii():
                words.update({shown(word): None for word in _WORD.findall(names) if not word.isascii()})
            if len(words) >= _MOST_SAMPLES:
                break
    except UsageFailure:
        return ()
    return tuple(words)[:_MOST_SAMPLES]


def _lenient(file: BinaryIO, options: Options) -> Source:
    """A source that leaves unknown columns out."""
    try:
        return Source(file, "", "", options)
    except columns.UnknownColumns as failure:
        ignored = dict.fromkeys(failure.headings, columns.IGNORED)
        return Source(file, "", "", msgspec.structs.replace(options, columns=options.columns | ignored))


def _spooled(file: BinaryIO, name: str) -> BinaryIO:
    try:
        spool = tempfile.TemporaryFile()  # noqa: SIM115 — closed with the source
    except OSError as error:
        raise _not_copied(name, error) from None
    try:
        while chunk := file.read(_CHUNK):
            spool.write(chunk)
        spool.flush()
    except OSError as error:
        with contextlib.suppress(OSError):
            spool.close()
        raise _not_copied(name, error) from None
    return spool


def _not_copied(name: str, error: OSError) -> UsageFailure:
    return UsageFailure(
        f"{name} cannot be copied to a temporary file: {error.strerror or type(error).__name__}.",
        "Name a file, or make room for temporary files.",
    )


def _read_through(file: BinaryIO, name: str, encoding: str) -> tuple[str, int, str]:
    """The digest, the size and the encoding of the whole file. Raises ``UsageFailure``."""
    file.seek(0)
    found = _encoding(file.read(4), name, encoding)
    digest, size, unbroken, is_empty = hashlib.sha256(), 0, 0, True
    decoder = codecs.getincrementaldecoder(found)()
    file.seek(0)
    try:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            text = decoder.decode(chunk)
            text.encode()  # some encodings can express lone surrogates
            is_empty = is_empty and not text.strip("\ufeff \r\n\t")
            end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            unbroken = len(chunk) - end - 1 if end >= 0 else unbroken + len(chunk)
            if unbroken > json_rows.LARGEST:
                raise UsageFailure(
                    f"{name} has a line longer than 64 MiB.", "Write one user a line: as CSV, or JSON lines."
                )
        decoder.decode(b"", final=True)
    except UnicodeError:
        raise _undecodable(name, found, encoding) from None
    if is_empty:
        raise UsageFailure(f"{name} is empty.", "`zitadel-tui onboard template` writes a file to begin with.")
    return digest.hexdigest(), size, found


def _encoding(begin: bytes, name: str, wanted: str) -> str:
    """The encoding of a file that begins so. Raises ``UsageFailure``."""
    marked = next((encoding for mark, encoding in _BOMS if begin.startswith(mark)), "")
    if wanted:
        _check_encoding(wanted)
        is_unicode = codecs.lookup(wanted).name.startswith(("utf-8", "utf-16"))
        return marked if marked and is_unicode else wanted
    if begin in _WORKBOOKS:
        raise UsageFailure(f"{name} is a workbook or an archive, not a text.", "Save it as CSV in UTF-8.")
    if not marked and b"\0" in begin[:2]:
        order = "utf-16-be" if begin.startswith(b"\0") else "utf-16-le"
        raise UsageFailure(
            f"{name} seems to be UTF-16 without a byte order mark.",
            f"Add --encoding {order}, or save the file as UTF-8.",
        )
    return marked or "utf-8"


def _check_encoding(name: str) -> None:
    try:
        b"a".decode(name)
    except UnicodeDecodeError:
        return  # one byte is no character there
    except (LookupError, ValueError):  # unknown, not of texts, or no name at all
        raise UsageFailure(
            f"{shown(name)!r} is not an encoding.", "Such as --encoding cp1252, or utf-8."
        ) from None


def _undecodable(name: str, found: str, wanted: str) -> UsageFailure:
    if wanted:
        return UsageFailure(
            f"{name} is not written in {shown(wanted)}.", "Name another encoding, or leave it out."
        )
    if found == "utf-16":
        return UsageFailure(f"{name} begins as UTF-16 and is damaged.", "Save it again, as UTF-8.")
    return NotUtf8(name)


def template() -> bytes:
    """A CSV file with all columns and one user as an example."""
    example = {
        "userName": "ada",
        "firstName": "Ada",
        "lastName": "Lovelace",
        "displayName": "Ada Lovelace",
        "preferredLanguage": "en",
        "email": "ada@acme.example",
        "emailVerified": "yes",
        "passkeyLink": "yes",
    }
    headings = list(columns.FIELDS)
    return "".join(
        ",".join(line) + "\r\n" for line in (headings, [example.get(name, "") for name in headings])
    ).encode("utf-8-sig")
