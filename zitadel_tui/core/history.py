"""The history of changes: reads the journal of all changes and those of onboarding runs, newest first.

Each change is one :class:`Entry`, which joins the intent and its result. Files are read from their end, so
that the newest entries of a long journal are found at once; lines that are torn or not understood are left
out.
"""

import heapq
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import msgspec

from zitadel_tui import paths
from zitadel_tui.core import journal
from zitadel_tui.core.journal import DONE, UNCHANGED, UNKNOWN, MemoryJournal, Record
from zitadel_tui.core.onboard import run_files
from zitadel_tui.core.onboard.records import ONBOARDING, Header
from zitadel_tui.core.onboard.run_files import Damaged, RunFiles
from zitadel_tui.core.search import folded
from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure, UsageFailure
from zitadel_tui.text import shown

NO_RESULT = "no result"
"""The outcome of an entry without a recorded result: the process ended before it, or the change is still
being sent."""
_SHORT = 8  # characters of an id
_SHORT_OF_RUN = 15  # characters: the second in which it began
_BLOCK = 256 * 1024  # bytes that are read at once
_LONGEST_LINE = 4 * 1024 * 1024  # bytes; longer ones are left out
_CLOCK_SET_BACK = timedelta(days=1)  # entries may be out of order by so much


class Journals(NamedTuple):
    """The places where changes are recorded: the journal of all changes, and the directory of runs."""

    journal: Path | MemoryJournal
    runs: Path


def user_journals(directory: Path | None = None) -> Journals:
    """Return the journals in a state directory, by default the user's."""
    directory = directory or paths.state_directory()
    return Journals(directory / journal.FILE_NAME, directory / "runs")


def demo_journals(server: object) -> Journals:
    """Return the journals of the demo, which end with this process."""
    from zitadel_tui.core.onboard import launch

    return Journals(journal.in_memory(server), launch.directory(demo=True))


def session_journals(session: Session) -> Journals:
    """Return the journals in which the changes of a session are recorded."""
    if session.settings.demo:
        return demo_journals(session.local_server)
    return user_journals()


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. ``record`` has the fields of the intent and of the result; its ``time`` is that of the
    intent, ``ended`` that of the newest result, both RFC 3339 UTC; ``ended`` is empty without a result."""

    record: Record
    ended: str = ""
    organization_name: str = ""
    """Known only for the changes of onboarding runs."""

    @property
    def id(self) -> str:
        return self.record.entry

    @property
    def short_id(self) -> str:
        """The beginning of the id, as lists show it. It is normally enough to name the entry."""
        return self.id[: _SHORT_OF_RUN if self.is_run else _SHORT]

    @property
    def is_run(self) -> bool:
        """Whether it is a whole onboarding run."""
        return self.record.kind == ONBOARDING

    @property
    def is_of_run(self) -> bool:
        """Whether it is a change of an onboarding run, which is an entry of its own."""
        return bool(self.record.run and self.record.row) and not self.is_run

    @property
    def outcome(self) -> str:
        """One of those that the journal names, :data:`NO_RESULT`, or that of another version."""
        return self.record.outcome or NO_RESULT

    @property
    def is_open(self) -> bool:
        """Whether it is not known if the change was made."""
        return self.outcome in (UNKNOWN, NO_RESULT) and not self.is_run

    @property
    def who(self) -> str:
        """The user: name, user name or id. Not safe for a terminal."""
        record = self.record
        return record.name or str(record.wanted.get("userName", "")) or record.user

    @property
    def sentence(self) -> str:
        """What was done, or what should have been done and why it was not. Safe for a terminal."""
        record = self.record
        if record.sentence and record.outcome in (DONE, UNCHANGED):
            return shown(record.sentence)
        return shown(" ".join(filter(None, (record.what, record.sentence))) or record.kind)

    @property
    def roles(self) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """Role keys before and after; None if they are not known, or if the change is not about roles."""
        record = self.record
        if record.outcome not in (DONE, UNCHANGED) or record.before is None:
            return None
        return (record.before, record.after) if record.before or record.after else None


class Filter(NamedTuple):
    """Selects entries; an empty field selects all. ``user`` is a part of the id, name, user name or email;
    ``kind`` the beginning of a kind or of one of its words; ``outcomes`` are values of :attr:`Entry.outcome`;
    ``since`` and ``until`` are RFC 3339 UTC; ``run`` is the beginning of the id of a run. With ``rows``, each
    change of an onboarding run is an entry, too."""

    user: str = ""
    kind: str = ""
    outcomes: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    instance: str = ""
    organization: str = ""
    run: str = ""
    rows: bool = True


EVERYTHING = Filter()


def entries(journals: Journals, wanted: Filter = EVERYTHING) -> Iterator[Entry]:
    """Yield the selected entries, newest first, while the files are read. Raises ``Failure`` when a file
    cannot be read."""
    streams = [_join_results(_lines(journals.journal), journal.from_line)]
    if wanted.rows or wanted.run:
        for files in run_files.every(journals.runs):
            if files.id.startswith(wanted.run):
                streams += _streams(files)
    fits = _test(wanted)
    oldest = _day_before(wanted.since)
    newest_first = attrgetter("record.time")
    for entry in heapq.merge(*streams, key=newest_first, reverse=True):
        if oldest and entry.record.time < oldest:
            return
        if fits(entry):
            yield entry


def entry(journals: Journals, entry_id: str) -> Entry:
    """Return the entry with this id, or the only one whose id begins with it. Raises ``UsageFailure``."""
    found: dict[str, Entry] = {}
    if entry_id.isascii() and entry_id.replace("-", "").isalnum():
        needle = entry_id.encode()
        streams = [_join_results(_lines(journals.journal, needle), journal.from_line)]
        for files in run_files.every(journals.runs):
            streams += _streams(files, needle)
        for stream in streams:
            for one in stream:
                if one.id == entry_id:
                    return one
                if one.id.startswith(entry_id):
                    found.setdefault(one.id, one)
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise UsageFailure(
            f"{len(found)} entries begin with {shown(entry_id)!r}.",
            f"Write more of the id: {', '.join(map(shown, list(found)[:5]))}.",
        )
    raise UsageFailure(
        f"There is no entry {shown(entry_id)!r} in the history.",
        "`zitadel-tui history --all` lists the entries.",
    )


# Reading


def _streams(files: RunFiles, needle: bytes = b"") -> list[Iterator[Entry]]:
    """Return the changes of a run, and those of the links that were created after it."""
    try:
        header = files.header()
    except Damaged:
        header = Header()
    return [
        _join_results(_lines(path, needle), _decode_run_line, files.id, header)
        for path in (files.journal.path, files.link_journal.path)
    ]


class _RunLine(msgspec.Struct):
    change: msgspec.Raw = msgspec.Raw(b"")


_run_line = msgspec.json.Decoder(_RunLine)


def _decode_run_line(line: bytes) -> Record | None:
    """Decode the change in a line of the journal of a run."""
    try:
        change = bytes(_run_line.decode(line).change)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return journal.from_line(change) if change else None


def _join_results(
    lines: Iterator[bytes],
    decode: Callable[[bytes], Record | None],
    run: str = "",
    header: Header = Header(),  # noqa: B008 — a constant
) -> Iterator[Entry]:
    """Join intents, which come after their results in ``lines``. The newest result counts, and the newest
    intent: a change may be recorded again before it is sent in another way."""
    results: dict[str, Record] = {}
    told: set[str] = set()
    for line in lines:
        record = decode(line)
        if record is None or record.entry in told:
            continue
        if not record.kind:
            results.setdefault(record.entry, record)
            continue
        told.add(record.entry)
        result = results.pop(record.entry, record if record.outcome else None)
        if run:
            record = _placed(record, run, header)
        ended = "" if result is None else result.time
        whole = record if result is None else _with_result(record, result)
        yield Entry(whole, ended, header.organization_name)


def _placed(record: Record, run: str, header: Header) -> Record:
    """Add instance and organization from the header of the run: the record of a failed read has none."""
    return msgspec.structs.replace(
        record,
        run=record.run or run,
        instance=record.instance or header.instance,
        organization=record.organization or header.organization,
        account=record.account or header.account,
    )


def _with_result(intent: Record, result: Record) -> Record:
    return msgspec.structs.replace(
        intent,
        outcome=result.outcome,
        organization=result.organization or intent.organization,
        user=result.user or intent.user,
        before=intent.before if result.before is None else result.before,
        after=result.after or intent.after,
        settled=result.settled,
        sentence=result.sentence,
        error=result.error,
        sequence=result.sequence,
    )


def _lines(place: Path | MemoryJournal, needle: bytes = b"") -> Iterator[bytes]:
    """Yield the lines that contain ``needle``, the last first. No file stays open between two lines, and
    lines that are appended meanwhile are not read. Raises ``Failure``."""
    if isinstance(place, MemoryJournal):
        yield from (line for line in reversed(place.lines) if needle in line)
        return
    try:
        end, rest = _size(place), b""
        while end > 0:
            start = max(0, end - _BLOCK)
            block = _read(place, start, end - start) + rest
            end = start
            first, *whole = block.split(b"\n") if start else [b"", *block.split(b"\n")]
            rest = first if len(first) < _LONGEST_LINE else b""
            for line in reversed(whole):
                if line and needle in line:
                    yield line
    except FileNotFoundError:
        return
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Failure(
            f"The record of changes {shown(str(place))} cannot be read: {reason}.", "Check its permissions."
        ) from error


def _size(path: Path) -> int:
    """Return the size in bytes; 0 for a file that is not regular, which is never opened."""
    status = path.stat()
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def _read(path: Path, start: int, size: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        return os.pread(descriptor, size, start)
    finally:
        os.close(descriptor)


# Filtering


def _test(wanted: Filter) -> Callable[[Entry], bool]:
    user, kind = folded(wanted.user), folded(wanted.kind)

    def fits(entry: Entry) -> bool:
        record = entry.record
        return (
            (not wanted.until or record.time <= wanted.until)
            and (not wanted.since or record.time >= wanted.since)
            and (not wanted.instance or record.instance == wanted.instance)
            and (not wanted.organization or record.organization == wanted.organization)
            and (not wanted.run or record.run.startswith(wanted.run))
            and (not wanted.outcomes or entry.outcome in wanted.outcomes)
            and (not kind or has_kind(entry, kind))
            and (not user or user in user_text(entry))
        )

    return fits


def has_kind(entry: Entry, start: str) -> bool:
    """Whether the kind, or one of its words, begins with ``start``, which is case-folded."""
    kind = folded(entry.record.kind)
    return kind.startswith(start) or any(word.startswith(start) for word in kind.split())


def user_text(entry: Entry) -> str:
    """The text in which a user is searched: id, name, user name and email, case-folded."""
    record = entry.record
    known = (record.user, record.name, record.wanted.get("userName"), record.wanted.get("email"))
    return folded(" ".join(str(part) for part in known if part))


def _day_before(moment: str) -> str:
    """The time before which no entry can match any more; empty if there is no such time."""
    if not moment:
        return ""
    return journal.timestamp((datetime.fromisoformat(moment) - _CLOCK_SET_BACK).timestamp())


_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str, now: datetime, *, option: str, end: bool = False) -> str:
    """A point in time as RFC 3339 UTC: ``2d``, ``3h``, ``45min`` or ``1w`` before ``now``; a date, which
    means its beginning or, with ``end``, its end; or a date and a time. Those without a zone are in that of
    ``now``. Raises ``UsageFailure``, which names ``option``."""
    word = text.strip().replace(" ", "")
    number = word.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = _UNITS.get(word[len(number) :])
    try:
        if unit and number.isascii() and number.isdigit():
            return journal.timestamp((now - timedelta(**{unit: int(number)})).timestamp())
        parsed = datetime.fromisoformat(text.strip())
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=now.tzinfo)
        if end and len(text.strip()) == len("2026-11-01"):
            parsed += timedelta(days=1, milliseconds=-1)
        return journal.timestamp(parsed.astimezone(UTC).timestamp())
    except (ValueError, OverflowError):
        raise UsageFailure(
            f"{option} {shown(text)!r} is not a time.", "Write 2d, 3h, 2026-11-01 or 2026-11-01T14:30."
        ) from None
