"""Paths of the user's files, and creating files that only their owner may read."""

import errno
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path
from typing import BinaryIO

LOCK_SECONDS = 5.0
"""How long another process may hold the lock of a file or directory."""

_APPLICATION = "zitadel-tui"
_LOCK_PAUSE = 0.01  # seconds between two attempts to get the lock


def state_directory() -> Path:
    """The directory for records; it may not exist."""
    import platformdirs

    return platformdirs.user_state_path(_APPLICATION, appauthor=False)


def configuration_directory() -> Path:
    """The directory for the user's configuration; it may not exist."""
    import platformdirs

    return platformdirs.user_config_path(_APPLICATION, appauthor=False)


def cache_directory() -> Path:
    """The directory for what can be made again; it may not exist."""
    import platformdirs

    return platformdirs.user_cache_path(_APPLICATION, appauthor=False)


def make_private_directory(path: Path) -> None:
    """Make a directory with mode 0700, and those above it. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)


def create_private(path: Path, data: bytes) -> None:
    """Write a new file with mode 0600; it never replaces one that is there.

    Raises ``FileExistsError`` when something of that name exists, else the ``OSError`` of the system.
    """
    with new_private(path) as file:
        file.write(data)


@contextmanager
def new_private(path: Path) -> Iterator[BufferedWriter]:
    """As :func:`create_private`, for content that is written bit by bit. A file that is not finished is
    removed."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def replace_private(path: Path, data: bytes) -> None:
    """Write a file with mode 0600 in place of what is there, all at once; folders are made. A link is
    followed, so that the file it points to is replaced. Raises ``OSError``."""
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f".{target.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    create_private(new, data)
    try:
        new.replace(target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def open_regular(path: Path) -> BinaryIO:
    """Open a file to read it. Raises ``OSError``, also for what is not a regular file: reading a pipe or a
    device would wait for whoever writes to it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a file")
    return open(descriptor, "rb")


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Keep other processes that use this from the files of a directory, which is made. Goes on without a lock
    where the file system has none. Raises ``OSError``, also when another process keeps it locked."""
    directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            lock(descriptor, LOCK_SECONDS)
        except OSError as error:
            if error.errno == errno.EAGAIN:
                raise
        yield
    finally:
        os.close(descriptor)


def lock(descriptor: int, seconds: float) -> None:
    """Lock a file against other processes. Raises ``OSError``, with ``EAGAIN`` when another process still has
    the lock after ``seconds``."""
    import fcntl

    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise OSError(errno.EAGAIN, "another process keeps it locked") from None
        time.sleep(_LOCK_PAUSE)
