"""The files of a run: its plan, its journal, and what is to be handed over to the users.

Each run has a directory of its own, mode 0700, all files 0600. The journal holds no secrets; passwords and
links are in the hand-over file alone.
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from zitadel_tui import paths
from zitadel_tui.core import journal
from zitadel_tui.core.append_file import AppendFile, Reserve, sync_directory
from zitadel_tui.core.journal import Record
from zitadel_tui.core.onboard.records import (
    VERSION,
    Event,
    HandOverLine,
    Header,
    Line,
    PlannedRow,
    RowResult,
    State,
)
from zitadel_tui.core.onboard.row_log import RowLog
from zitadel_tui.failure import Failure, UsageFailure
from zitadel_tui.text import shown

_PLAN, _JOURNAL, _HAND_OVER, _RESERVE = "plan.jsonl", "journal.jsonl", "handover.jsonl", "reserve"
_LINKS = "links.jsonl"
_LOCKS = "locks"
_RESERVED = 256 * 1024
"""Bytes: the results of all changes in flight fit several times."""
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""How decoding a line fails."""
_LOCK_ATTEMPTS, _LOCK_PAUSE = 5, 0.01  # another process may look for a moment whether a run is going on

T = TypeVar("T")


class Damaged(Failure):
    """A file of a run cannot be read."""


class Locked(UsageFailure):
    """Another process works on the same file for the same organization."""


def directory() -> Path:
    """The directory of all runs; it may not exist."""
    return paths.state_directory() / "runs"


class RunJournal:
    """The journal of one run, in place of the journal of all changes: intents may fail on a full disk,
    results of what was sent use the room that is kept for them."""

    def __init__(self, path: Path, reserve: Reserve) -> None:
        self.path = path
        self.on_recorded: Callable[[Record], None] = _nothing
        """Called with each record that is in the file, or could not be written to it."""
        self._file = AppendFile(path, reserve=reserve, exclusive=True)

    async def intend(self, *records: Record) -> None:
        """Record changes that are about to be sent. Raises ``JournalFailure``."""
        try:
            await self._file.append(b"".join(map(_change_line, records)))
        except OSError as error:
            raise journal.cannot_be_recorded(self.path, error) from error
        for record in records:
            self.on_recorded(record)

    async def conclude(self, record: Record) -> str:
        """Record a result. Returns a warning if it cannot be written: the change itself was made."""
        warning = await self._append_result(_change_line(record))
        self.on_recorded(record)
        return warning

    async def note(self, event: Event) -> str:
        """Record an event; as :meth:`conclude`."""
        stamped = msgspec.structs.replace(event, time=journal.now())
        return await self._append_result(_encoded(Line(event=stamped)))

    def close(self) -> None:
        self._file.close()

    async def _append_result(self, line: bytes) -> str:
        try:
            await self._file.append(line, from_reserve=True)
        except OSError as error:
            return journal.not_recorded(self.path, error)
        return ""


def _nothing(line: object) -> None:
    """Nobody listens."""


def _encoded(line: msgspec.Struct) -> bytes:
    return msgspec.json.encode(line) + b"\n"


def _change_line(record: Record) -> bytes:
    return b'{"change":' + journal.to_line(record).rstrip() + b"}\n"


class HandOver:
    """Passwords that this program generated, and passkey links: the last of each row counts."""

    def __init__(self, path: Path, reserve: Reserve) -> None:
        self.path = path
        self.on_kept: Callable[[HandOverLine], None] = _nothing
        """Called with each line that is in the file."""
        self._file = AppendFile(path, reserve=reserve, exclusive=True)

    async def keep(self, line: HandOverLine, *, is_result: bool = False) -> None:
        """Return once the line is synced. Raises ``OSError``. ``is_result``: it comes from an answer, so the
        room that is kept for results may be used."""
        await self._file.append(_encoded(line), from_reserve=is_result)
        self.on_kept(line)

    def close(self) -> None:
        self._file.close()

    def read(self) -> dict[int, HandOverLine]:
        """By row. Lines that are torn are skipped."""
        lines: dict[int, HandOverLine] = {}
        for line in _lines(self.path, HandOverLine):
            before = lines.get(line.row)
            if before is not None and not line.password:
                line = msgspec.structs.replace(line, password=before.password)
            lines[line.row] = line
        return lines


class RunFiles:
    """The files of one run. A run that is applied holds the lock of its file and organization."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._reserve = Reserve(place / _RESERVE, _RESERVED)
        self.journal = RunJournal(place / _JOURNAL, self._reserve)
        self.hand_over = HandOver(place / _HAND_OVER, self._reserve)
        self.link_journal = RunJournal(place / _LINKS, self._reserve)
        """Of links that were made after the run."""
        self._lock: int | None = None

    @property
    def id(self) -> str:
        return self.place.name

    @classmethod
    def create(cls, root: Path, header: Header, rows: Iterable[PlannedRow]) -> "RunFiles":
        """Write the plan of a new run and lock it. Raises ``Locked`` and ``JournalFailure``."""
        files = cls(root / new_id())
        try:
            files.place.mkdir(mode=0o700, parents=True)
            files.lock(header)
            files.fill_reserve()
            with paths.new_private(files.place / _PLAN) as plan:
                write_plan(plan, msgspec.structs.replace(header, run=files.id), rows)
            sync_directory(root)
        except OSError as error:
            files.close()
            shutil.rmtree(files.place, ignore_errors=True)
            raise journal.cannot_be_recorded(files.place, error) from error
        except Failure:
            shutil.rmtree(files.place, ignore_errors=True)
            raise
        return files

    def fill_reserve(self) -> None:
        """Take the room for results in flight. Raises ``OSError``."""
        self._reserve.fill()

    def lock(self, header: Header) -> None:
        """Lock the file of this run for its organization. Raises ``Locked``."""
        path = self._lock_path(header)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        for attempt in range(_LOCK_ATTEMPTS):
            if attempt:
                time.sleep(_LOCK_PAUSE)
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, self.id.encode(), 0)
                self._lock = descriptor
                return
        holder = shown(os.pread(descriptor, 64, 0).decode("ascii", "replace"))
        os.close(descriptor)
        raise Locked(
            f"Another process is applying this file to this organization, as run {holder}.",
            "Wait until it ends, or stop it with Ctrl-C.",
        )

    def is_locked(self, header: Header) -> bool:
        """Whether a process works on this run."""
        try:
            descriptor = os.open(self._lock_path(header), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return os.pread(descriptor, 64, 0) == self.id.encode()
        finally:
            os.close(descriptor)
        return False

    def _lock_path(self, header: Header) -> Path:
        key = "\n".join((header.file.digest, header.instance, header.organization))
        return self.place.parent / _LOCKS / hashlib.sha256(key.encode()).hexdigest()[:32]

    def close(self) -> None:
        """Close what is open, and release the lock."""
        self.journal.close()
        self.hand_over.close()
        self.link_journal.close()
        if self._lock is not None:
            self._reserve.release()
            os.close(self._lock)
            self._lock = None

    def header(self) -> Header:
        """Raises ``Damaged``."""
        return read_header(self.place / _PLAN)

    def rows(self) -> Iterator[PlannedRow]:
        """Raises ``Damaged``."""
        return read_rows(self.place / _PLAN)

    def lines(self) -> Iterator[Line]:
        """The journal in order, torn lines skipped."""
        return _lines(self.place / _JOURNAL, Line)

    def logs(self, rows: Iterable[PlannedRow] = ()) -> tuple[dict[int, RowLog], dict[int, State]]:
        """What the journal says of rows, by row, and how those of ``rows`` ended that need no further look:
        the first does not have these."""
        planned = {row.number: row for row in rows}
        logs: dict[int, RowLog] = {}
        ended: dict[int, State] = {}
        for line in self.lines():
            if line.change is not None and line.change.row:
                log = logs.setdefault(line.change.row, RowLog())
                log.add(line.change)
                if line.change.outcome and (row := planned.get(line.change.row)) is not None:
                    state = log.state(row)
                    if state in ("done", "unchanged"):
                        ended[row.number] = state
                        del logs[row.number]
            elif line.event is not None and line.event.kind == "reopened":
                for number in line.event.rows:
                    if number in logs:
                        logs[number].reopen()
        return logs, ended

    def results(self) -> Iterator[RowResult]:
        """The result of every row so far, in the order of the file. Raises ``Damaged``."""
        logs, _ = self.logs()
        handed_over = self.hand_over.read()
        nothing = RowLog()
        for row in self.rows():
            line = handed_over.get(row.number)
            log = logs.pop(row.number, nothing)
            yield log.result(row, line.holds, line.until) if line else log.result(row)

    def counts(self) -> dict[str, int]:
        """Numbers of rows by state: of the newest event, or else counted in the journal."""
        last = self.last_event()
        if last is not None and last.counts:
            return last.counts
        return dict(Counter(one.state for one in self.results()))

    def last_event(self) -> Event | None:
        """The newest event, read from the end of the journal."""
        for line in reversed(_last_lines(self.place / _JOURNAL)):
            with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
                decoded = msgspec.json.decode(line, type=Line)
                if decoded.event is not None:
                    return decoded.event
        return None

    @property
    def is_ended(self) -> bool:
        """Whether the last that happened to the run was its end."""
        last = self.last_event()
        return last is not None and last.kind == "ended"

    def forget(self) -> None:
        """Delete the run's files. Raises ``Locked`` while a process works on its file, and ``Failure`` when
        they cannot be deleted."""
        with contextlib.suppress(Damaged):
            self.lock(self.header())
        try:
            shutil.rmtree(self.place)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Failure(
                f"{shown(str(self.place))} cannot be deleted: {reason}.", "Delete this directory yourself."
            ) from error
        finally:
            self.close()


def new_id() -> str:
    """Such as ``20261126-160501-3fa9``: runs sort by their beginning."""
    stamp = journal.now()[:19].translate(str.maketrans("T", "-", "-:"))
    return f"{stamp}-{secrets.token_hex(2)}"


def every(root: Path) -> list[RunFiles]:
    """All runs, the newest last."""
    try:
        names = sorted(entry.name for entry in os.scandir(root) if (Path(entry.path) / _PLAN).is_file())
    except OSError:
        return []
    return [RunFiles(root / name) for name in names]


def find(root: Path, run: str = "") -> RunFiles:
    """The run of that id, or of the only id that begins so; without one the newest that has not ended. Raises
    ``UsageFailure``."""
    runs = every(root)
    if run:
        found = [one for one in runs if one.id == run] or [one for one in runs if one.id.startswith(run)]
        if len(found) == 1:
            return found[0]
        many = (
            f"{len(found)} runs begin with {shown(run)!r}." if found else f"There is no run {shown(run)!r}."
        )
        raise UsageFailure(many, "See all runs: zitadel-tui onboard runs.")
    newest = next((one for one in reversed(runs) if not one.is_ended), None)
    if newest is None:
        raise UsageFailure("No run is unfinished.", "See all runs: zitadel-tui onboard runs.")
    return newest


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A new file for the user, mode 0600, which is removed when it is not finished. Raises
    ``UsageFailure``, also for an ``OSError`` of the block."""
    try:
        with paths.new_private(path) as file:
            yield file
    except FileExistsError:
        raise UsageFailure(
            f"{shown(str(path))} exists already.", "Name another file, or remove it first."
        ) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageFailure(f"{shown(str(path))} cannot be written: {reason}.", "Name another file.") from None


def write_plan(file: BinaryIO, header: Header, rows: Iterable[PlannedRow]) -> None:
    """Write a plan and sync it. Raises ``OSError``."""
    encoder = msgspec.json.Encoder()
    file.write(encoder.encode(header) + b"\n")
    for row in rows:
        file.write(encoder.encode(row) + b"\n")
    file.flush()
    os.fsync(file.fileno())


def read_header(path: Path) -> Header:
    """The header of a plan. Raises ``Damaged``."""
    try:
        with open(path, "rb") as file:
            header = msgspec.json.decode(file.readline(), type=Header)
    except (OSError, *_UNREADABLE):
        raise _damaged(path) from None
    if header.version != VERSION:
        raise Damaged(
            f"{shown(str(path))} was written by another version of zitadel-tui.", "Use that version."
        )
    return header


def read_rows(path: Path) -> Iterator[PlannedRow]:
    """The rows of a plan. Raises ``Damaged``."""
    try:
        with open(path, "rb") as file:
            next(file, None)  # the header
            yield from map(msgspec.json.Decoder(PlannedRow).decode, file)
    except (OSError, *_UNREADABLE):
        raise _damaged(path) from None


def _damaged(path: Path) -> Damaged:
    return Damaged(
        f"{shown(str(path))} is not a plan, or it is damaged.", "Check the file again to make one."
    )


def _lines(path: Path, kind: type[T]) -> Iterator[T]:
    """The lines of a file that need not exist, torn ones skipped."""
    decoder = msgspec.json.Decoder(kind)
    try:
        file = open(path, "rb")  # noqa: SIM115 — closed by the block below
    except FileNotFoundError:
        return
    with file:
        for line in file:
            try:
                decoded = decoder.decode(line)
            except _UNREADABLE:
                continue
            yield decoded


def _last_lines(path: Path, size: int = 65536) -> list[bytes]:
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - size))
            return file.read().splitlines()
    except OSError:
        return []
