"""A private, append-only record of every change: intent before the request, result after it.

JSON lines under the state directory, mode 0600. Each line is synced before it counts, so that what was
said survives a power cut; a torn last line is harmless. Never a password, token, hash, code or link.
"""

import contextlib
import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from zitadel_tui.failure import Failure
from zitadel_tui.text import shown

FILE_NAME = "journal.jsonl"
_NO_DETOURS = os.O_NOFOLLOW | os.O_NONBLOCK  # neither through a link nor into a pipe

Outcome = Literal["done", "unchanged", "not done", "refused", "unknown"]


class JournalFailure(Failure):
    """The record cannot be written, so the change was not sent."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line. ``entry`` ties a result to its intent; times are RFC 3339 UTC."""

    entry: str
    time: str
    outcome: Outcome | None = None
    """None is an intent: the change was about to be sent."""
    instance: str = ""
    organization: str = ""
    kind: str = ""
    what: str = ""
    user: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    settled: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Journal:
    """``directory`` is made, with mode 0700, when first needed; ``instance`` and ``organization`` go into
    each intent."""

    directory: Path
    instance: str = ""
    organization: str = ""

    @property
    def path(self) -> Path:
        return self.directory / FILE_NAME

    def intend(self, *, kind: str, what: str, user: str = "") -> str:
        """Record what is about to be sent; gives the entry's name. Raises ``JournalFailure``."""
        entry = Entry(
            entry=secrets.token_hex(6),
            time=_now(),
            instance=self.instance,
            organization=self.organization,
            kind=kind,
            what=what,
            user=user,
        )
        try:
            self._append(entry)
        except OSError as error:
            raise JournalFailure(
                f"Not sent: the record of changes {shown(str(self.path))} cannot be written "
                f"({error.strerror or type(error).__name__}).",
                "Free or repair the place, or name another with XDG_STATE_HOME.",
            ) from error
        return entry.entry

    def conclude(self, entry: str, outcome: Outcome, **about: Any) -> str:
        """Record how it ended; gives a warning where that cannot be written: the change stands."""
        try:
            self._append(Entry(entry=entry, time=_now(), outcome=outcome, **about))
        except OSError as error:
            return f"The result could not be recorded in {shown(str(self.path))}: {error.strerror}."
        return ""

    def _append(self, entry: Entry) -> None:
        line = msgspec.json.encode(_as_text(entry)) + b"\n"
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _NO_DETOURS, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = _private_size(descriptor)
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                line = b"\n" + line  # a torn line stays alone
            view = memoryview(line)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if not size:
            _sync_directory(self.directory)


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


def _as_text(entry: Entry) -> dict[str, Any]:
    """What came from arguments may hold bytes that are no text: they are written as escapes."""
    data: dict[str, Any] = msgspec.to_builtins(entry)
    return {
        name: value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
        for name, value in data.items()
    }


def read(path: Path) -> Iterator[Entry]:
    """The entries in order; lines that are not whole are passed over. Nothing where there is no file."""
    if not path.is_file():
        return
    with open(path, "rb") as file:
        for line in file:
            with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                yield msgspec.json.decode(line, type=Entry)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
