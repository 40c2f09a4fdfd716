"""A private, append-only record of every change: intent before the request, result after it.

JSON lines under the state directory, mode 0600. Each line is synced before it counts, so that what was
said survives a power cut; a torn last line is harmless. Never a password, token, hash, code or link.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
import secrets
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from zitadel_tui.failure import Failure
from zitadel_tui.text import shown

FILE_NAME = "journal.jsonl"
VERSION = 1
"""Of the lines that are written; lines without a version are older."""

DONE, UNCHANGED, NOT_SENT, REFUSED, UNKNOWN = "done", "unchanged", "not sent", "refused", "unknown"
"""How a change ended. Outcomes and kinds are data: a line of another version may hold others."""

_RENAMED_KINDS = {
    "take roles": "remove roles",
    "import person": "import user",
    "remove person": "delete user",
}
_NO_DETOURS = os.O_NOFOLLOW | os.O_NONBLOCK  # neither through a link nor into a pipe
_LOCK_PAUSE = 0.01  # seconds between two attempts to get the lock


class JournalFailure(Failure):
    """The record cannot be written, so the change was not sent."""


class Baseline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What tells a change's own event from those that were there before.

    ``sequence`` is an event number of the organization or the user that is older than the change;
    ``time`` is when it was about to be sent, by the server's clock (RFC 3339 UTC).
    """

    sequence: int = 0
    time: str = ""


NO_BASELINE = Baseline()


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A change written down, and one line of the journal; times are RFC 3339 UTC.

    ``entry`` ties a result to its intent. ``account`` is the id of the account that applied the change,
    ``user`` the id of the user it is about, ``name`` what that user is called, ``wanted`` what the change
    needs to be made again, ``run`` the job it belongs to.
    """

    entry: str = ""
    time: str = ""
    version: int = 0
    outcome: str | None = None
    """None is an intent: the change was about to be sent."""
    instance: str = ""
    organization: str = ""
    account: str = ""
    kind: str = ""
    what: str = ""
    user: str = ""
    name: str = ""
    wanted: dict[str, Any] = {}
    baseline: Baseline = NO_BASELINE
    run: str = ""
    before: tuple[str, ...] | None = None
    """Roles before the change; None where they were not read."""
    after: tuple[str, ...] = ()
    settled: bool = False
    error: str = ""


def new_entry() -> str:
    return secrets.token_hex(6)


def current_kind(kind: str) -> str:
    """The name that a kind has today."""
    return _RENAMED_KINDS.get(kind, kind)


class Journal:
    """Appends to one file, from one loop, which is never blocked: a thread writes.

    One sync serves all lines that wait meanwhile. ``directory`` is made, with mode 0700, when first
    needed; another process may hold the file's lock for at most ``lock_seconds``.
    """

    def __init__(self, directory: Path, *, lock_seconds: float = 5.0) -> None:
        self.directory = directory
        self.path = directory / FILE_NAME
        self._lock_seconds = lock_seconds
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writing = False

    async def intend(self, *records: Record) -> None:
        """Record what is about to be sent. Raises ``JournalFailure``."""
        try:
            await self._append(*records)
        except OSError as error:
            raise JournalFailure(
                f"Not sent: the record of changes {shown(str(self.path))} cannot be written "
                f"({error.strerror or type(error).__name__}).",
                "Free or repair the place, or name another with XDG_STATE_HOME.",
            ) from error

    async def conclude(self, record: Record) -> str:
        """Record how it ended; gives a warning where that cannot be written: the change stands."""
        try:
            await self._append(record)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            return f"The result could not be recorded in {shown(str(self.path))}: {reason}."
        return ""

    async def _append(self, *records: Record) -> None:
        """Returns when the lines are synced. Raises ``OSError``: none of them is there."""
        loop = asyncio.get_running_loop()
        synced = loop.create_future()
        self._waiting.append((b"".join(map(_line, records)), synced))
        if not self._writing:
            self._write_waiting(loop)
        await synced

    def _write_waiting(self, loop: asyncio.AbstractEventLoop) -> None:
        batch, self._waiting = self._waiting, []
        self._writing = True
        lines = b"".join(lines for lines, _ in batch)
        writing = loop.run_in_executor(None, _write, self.path, lines, self._lock_seconds)
        writing.add_done_callback(partial(self._written, loop, [synced for _, synced in batch]))

    def _written(
        self,
        loop: asyncio.AbstractEventLoop,
        batch: list[asyncio.Future[None]],
        writing: asyncio.Future[None],
    ) -> None:
        self._writing = False
        error = writing.exception()
        for synced in batch:
            if synced.done():  # nobody waits any more
                continue
            if error is None:
                synced.set_result(None)
            else:
                synced.set_exception(error)
        if self._waiting:
            self._write_waiting(loop)


def _line(record: Record) -> bytes:
    """What came from arguments may hold bytes that are no text: they are written as escapes."""
    stamped = msgspec.structs.replace(record, time=now(), version=VERSION)
    return msgspec.json.encode(_as_text(msgspec.to_builtins(stamped))) + b"\n"


def _as_text(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_as_text(name): _as_text(content) for name, content in value.items()}
    if isinstance(value, list | tuple):
        return [_as_text(content) for content in value]
    return value


def _write(path: Path, lines: bytes, lock_seconds: float) -> None:
    """Append and sync; lines that cannot be written whole are taken back. Raises ``OSError``."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _NO_DETOURS, 0o600)
    try:
        _lock(descriptor, lock_seconds)
        size = _private_size(descriptor)
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            lines = b"\n" + lines  # a torn line stays alone
        try:
            view = memoryview(lines)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
    if not size:
        _sync_directory(path.parent)


def _lock(descriptor: int, seconds: float) -> None:
    """Several processes write one after the other. Raises ``OSError`` at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise OSError(errno.EAGAIN, "another process keeps it locked") from None
        time.sleep(_LOCK_PAUSE)


def _private_size(descriptor: int) -> int:
    """Bytes in the file; what others may read is closed to them. Raises ``OSError`` for what is no file."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    if status.st_mode & 0o077:
        os.fchmod(descriptor, 0o600)
    return status.st_size


def _sync_directory(directory: Path) -> None:
    """So that a file that is new survives a power cut, too."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path) -> Iterator[Record]:
    """The records in order; lines that are not whole are passed over. Nothing where there is no file.

    Lines of other versions are given as far as they are understood, kinds by the name they have today.
    """
    if not path.is_file():
        return
    with open(path, "rb") as file:
        for line in file:
            record = _understood(line)
            if record is not None:
                yield msgspec.structs.replace(record, kind=current_kind(record.kind))


def _understood(line: bytes) -> Record | None:
    """None for what is no record at all."""
    try:
        try:
            record = msgspec.json.decode(line, type=Record)
        except msgspec.ValidationError:
            record = _salvaged(msgspec.json.decode(line))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return record if record.entry and record.time else None


def _salvaged(content: Any) -> Record:
    """What fits, of a line some of whose fields have another type than here."""
    fitting = {}
    for field in msgspec.structs.fields(Record) if isinstance(content, dict) else ():
        if field.name in content:
            with contextlib.suppress(msgspec.ValidationError):
                fitting[field.name] = msgspec.convert(content[field.name], field.type)
    return Record(**fitting)


def now() -> str:
    return timestamp(time.time())


def timestamp(seconds: float) -> str:
    """Seconds since 1970 as RFC 3339 UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
