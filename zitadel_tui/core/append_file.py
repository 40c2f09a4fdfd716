"""Files that lines are appended to and synced before they count: private, locked against other processes,
written by a thread."""

import asyncio
import contextlib
import errno
import os
import stat
import threading
from functools import partial
from pathlib import Path

from zitadel_tui import paths

_NO_DETOURS = os.O_NOFOLLOW | os.O_NONBLOCK  # follow no link, write to no pipe


class Reserve:
    """A file whose blocks are given back when the file system is full, so that results of what was sent can
    still be written."""

    def __init__(self, path: Path, size: int) -> None:
        """``size`` is in bytes."""
        self.path = path
        self._size = size
        self._held = False
        self._lock = threading.Lock()

    def fill(self) -> None:
        """Take the room, where it is not held already. Raises ``OSError`` when there is none."""
        with self._lock:
            if not self._held:
                self._fill()

    def _fill(self) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | _NO_DETOURS, 0o600)
        try:
            os.ftruncate(descriptor, 0)
            _write_all(descriptor, os.urandom(self._size))  # no file system stores it in less
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, 0)
            raise
        finally:
            os.close(descriptor)
        self._held = True

    def release(self) -> None:
        """Give the room back."""
        with self._lock, contextlib.suppress(OSError):
            self._held = False
            os.truncate(self.path, 0)


class AppendFile:
    """Appends to one file.

    A thread writes, so that the event loop is never blocked; one sync serves all lines waiting. The directory
    is made, with mode 0700, when first needed. With ``exclusive`` no other process writes to the file: it
    stays open, and each system call that is saved is one less wait for the interpreter's lock.
    """

    def __init__(
        self,
        path: Path,
        *,
        lock_seconds: float = paths.LOCK_SECONDS,
        reserve: Reserve | None = None,
        exclusive: bool = False,
    ) -> None:
        self.path = path
        self._lock_seconds, self._reserve = lock_seconds, reserve
        self._exclusive = exclusive
        self._open: _OpenFile | None = None
        self._waiting: list[tuple[bytes, bool, asyncio.Future[None]]] = []
        self._writing = False

    async def append(self, lines: bytes, *, from_reserve: bool = False) -> None:
        """Return once the lines are synced. With ``from_reserve`` they may use the room of the reserve.
        Raises ``OSError``, and then none of them was written."""
        loop = asyncio.get_running_loop()
        synced = loop.create_future()
        self._waiting.append((lines, from_reserve, synced))
        if not self._writing:
            self._write_waiting(loop)
        await synced

    def _write_waiting(self, loop: asyncio.AbstractEventLoop) -> None:
        batch, self._waiting = self._waiting, []
        self._writing = True
        lines = [(lines, from_reserve) for lines, from_reserve, _ in batch]
        writing = loop.run_in_executor(None, self._write, lines)
        writing.add_done_callback(partial(self._written, loop, [synced for _, _, synced in batch]))

    def _write(self, batch: list[tuple[bytes, bool]]) -> list[OSError | None]:
        """How each ended. On a full file system only those are written that may use the reserve, and the
        others not before there is room for it again."""
        try:
            if self._reserve is not None and not all(from_reserve for _, from_reserve in batch):
                self._reserve.fill()
            self._append(b"".join(lines for lines, _ in batch))
        except OSError as error:
            return [
                self._write_from_reserve(lines, error) if from_reserve else error
                for lines, from_reserve in batch
            ]
        return [None] * len(batch)

    def _write_from_reserve(self, lines: bytes, full: OSError) -> OSError | None:
        if self._reserve is None or full.errno not in (errno.ENOSPC, errno.EDQUOT):
            return full
        self._reserve.release()
        try:
            self._append(lines)
        except OSError as error:
            return error
        return None

    def _append(self, lines: bytes) -> None:
        if not self._exclusive:
            _write(self.path, lines, self._lock_seconds)
            return
        if self._open is None:
            self._open = _OpenFile(self.path)
        self._open.write(lines)

    def close(self) -> None:
        """Close an exclusive file; nothing may be waiting."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _written(
        self,
        loop: asyncio.AbstractEventLoop,
        batch: list[asyncio.Future[None]],
        writing: asyncio.Future[list[OSError | None]],
    ) -> None:
        self._writing = False
        failed = writing.exception()
        outcomes = writing.result() if failed is None else [failed] * len(batch)
        for synced, error in zip(batch, outcomes, strict=True):
            if synced.done():  # the waiter has gone
                continue
            if error is None:
                synced.set_result(None)
            else:
                synced.set_exception(error)
        if self._waiting:
            self._write_waiting(loop)


class _OpenFile:
    """A private file that each write is synced to. Raises ``OSError``."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_DSYNC | os.O_CLOEXEC | _NO_DETOURS
        self._descriptor = os.open(path, flags, 0o600)
        try:
            self._size = _private_size(self._descriptor)
            if _ends_torn(self._descriptor, self._size):
                self.write(b"\n")
            if not self._size:
                sync_directory(path.parent)
        except OSError:
            self.close()
            raise

    def write(self, lines: bytes) -> None:
        """Append and sync; removes lines again that could not be written whole."""
        try:
            _write_all(self._descriptor, lines)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(lines)

    def close(self) -> None:
        os.close(self._descriptor)


def _write(path: Path, lines: bytes, lock_seconds: float) -> None:
    """Append and sync; removes lines again that could not be written whole. Raises ``OSError``."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _NO_DETOURS, 0o600)
    try:
        paths.lock(descriptor, lock_seconds)
        size = _private_size(descriptor)
        if _ends_torn(descriptor, size):
            lines = b"\n" + lines
        try:
            _write_all(descriptor, lines)
            os.fsync(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
    if not size:
        sync_directory(path.parent)


def _write_all(descriptor: int, data: bytes) -> None:
    """Write all of ``data``, in several parts if need be. Raises ``OSError``."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _ends_torn(descriptor: int, size: int) -> bool:
    """Whether the last line has no end, so that the next one has to be kept separate."""
    return bool(size) and os.pread(descriptor, 1, size - 1) != b"\n"


def _private_size(descriptor: int) -> int:
    """Return the size in bytes, and remove permissions of others. Raises ``OSError`` if it is not a
    regular file."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    if status.st_mode & 0o077:
        os.fchmod(descriptor, 0o600)
    return status.st_size


def sync_directory(directory: Path) -> None:
    """Sync the directory, so that a new file survives a power failure, too."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
