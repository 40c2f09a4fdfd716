"""Caches access tokens between commands, so that most need not sign in.

One file for each key and server in the user's cache directory, mode 0600. A file that others could have read
or written, or that is damaged, is not used, with a warning. Nothing is cached for personal access tokens,
piped keys, ``--insecure`` or the demo.
"""

import contextlib
import os
import re
import stat
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import msgspec

from zitadel_tui import paths
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.settings import Settings
from zitadel_tui.text import shown
from zitadel_tui.zitadel import keyfile
from zitadel_tui.zitadel.tokens import StoredToken, TokenKey

_LARGEST = 64 * 1024  # bytes
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]")
_FILE_NAME = re.compile(r"\.?\w{0,40}-\w{0,40}-[0-9a-f]{8}\.json(\.\d+)?", re.ASCII)
"""Of a file of the cache, and of one that was never finished."""


class _CachedToken(msgspec.Struct, rename="camel"):
    """The content of a file; times are seconds since 1970 by this machine's clock."""

    origin: str
    account: str
    key_id: str
    scopes: str
    token: str
    obtained: float
    expires: float

    def is_for(self, key: TokenKey) -> bool:
        return (self.origin, self.account, self.key_id, self.scopes) == key


class TokenCache:
    """``warn`` is called with a sentence about a file that is not used."""

    def __init__(self, directory: Path, warn: Callable[[str], None]) -> None:
        self.directory = directory
        self._warn = warn

    def load(self, key: TokenKey) -> StoredToken | None:
        path = self._path(key)
        kept = self._read(path)
        if kept is None:
            return None
        if not kept.is_for(key):
            self._refuse(path, "belongs to another sign-in")
            return None
        return StoredToken(Secret(kept.token), kept.obtained, kept.expires)

    def save(self, key: TokenKey, token: StoredToken) -> None:
        path = self._path(key)
        kept = _CachedToken(*key, token.token.reveal(), token.obtained, token.expires)
        try:
            paths.make_private_directory(self.directory)
            if self._is_private(self.directory):
                paths.replace_private(path, msgspec.json.encode(kept))
        except OSError as error:
            self._warn(f"The access token could not be cached in {shown(str(path))}: {error.strerror}.")

    def forget(self, key: TokenKey) -> None:
        self._remove([self._path(key)])

    def forget_all(self, origin: str = "", account: str = "") -> int:
        """Delete the tokens for this server and account, or without them all; return how many."""
        found = [path for path in self._files() if not origin or self._is_about(path, origin, account)]
        return self._remove(found)

    def _is_about(self, path: Path, origin: str, account: str) -> bool:
        kept = self._read(path)
        return kept is not None and kept.origin == origin and account in ("", kept.account)

    def _files(self) -> list[Path]:
        """The files of the cache, by their names: others in its directory are not touched."""
        try:
            names = os.listdir(self.directory)
        except OSError:
            return []
        return [self.directory / name for name in names if _FILE_NAME.fullmatch(name)]

    def _path(self, key: TokenKey) -> Path:
        """Return the path for a key. A checksum distinguishes sign-ins whose names look alike."""
        whole = crc32("\0".join(key).encode("utf-8", "surrogatepass"))
        ids = "-".join(_NOT_IN_NAMES.sub("_", one)[:40] for one in (key.account, key.key_id))
        return self.directory / f"{ids}-{whole:08x}.json"

    def _read(self, path: Path) -> _CachedToken | None:
        """Return None if there is no file, or one that cannot be used."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError:
            self._refuse(path, "cannot be read as a file")
            return None
        with open(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
                self._refuse(path, "belongs to another user, or others may read it")
                return None
            if not self._is_private(self.directory):
                return None
            data = file.read(_LARGEST)
        try:
            return msgspec.json.decode(data, type=_CachedToken)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._refuse(path, "is damaged")
            return None

    def _is_private(self, directory: Path) -> bool:
        found = os.lstat(directory)
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022:
            return True
        self._refuse(directory, "belongs to another user, or others may write there")
        return False

    def _refuse(self, path: Path, why: str) -> None:
        self._warn(f"The cached access token is not used: {shown(str(path))} {why}. Delete it.")

    def _remove(self, files: Iterable[Path]) -> int:
        """Delete files of the directory, which is never looked for behind a link; returns how many."""
        try:
            directory = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return 0
        except OSError as error:
            link = "it is a link" if self.directory.is_symlink() else error.strerror
            self._warn(f"Nothing in {shown(str(self.directory))} was deleted: {link}. Delete it.")
            return 0
        try:
            if os.fstat(directory).st_uid != os.geteuid():
                self._warn(
                    f"Nothing in {shown(str(self.directory))} was deleted: it belongs to another user."
                )
                return 0
            return sum([self._unlink(path, directory) for path in files])
        finally:
            os.close(directory)

    def _unlink(self, path: Path, directory: int) -> bool:
        try:
            os.unlink(path.name, dir_fd=directory)
        except FileNotFoundError:
            return False
        except OSError as error:
            self._warn(f"The access token in {shown(str(path))} could not be deleted: {error.strerror}.")
            return False
        return True


def directory() -> Path:
    return paths.cache_directory() / "tokens"


def is_enabled_for(settings: Settings) -> bool:
    """Whether tokens of this sign-in are cached."""
    source = settings.key_file
    is_file = source is not None and source.path is not None
    return is_file and not (settings.insecure or settings.no_cache or settings.demo)


def forget(settings: Settings | None, warn: Callable[[str], None]) -> int:
    """Delete the tokens of this sign-in, or without settings all; return how many. If the key file does not
    name the account, delete those of all accounts at the address."""
    cache = TokenCache(directory(), warn)
    if settings is None:
        return cache.forget_all()
    source, account = settings.key_file, ""
    if source is not None and source.path is not None:
        with contextlib.suppress(UsageFailure):  # the file may be gone
            account = keyfile.identity(keyfile.read(source), source, now=_EVER).user_id
    return cache.forget_all(settings.domain or "", account)


_EVER = datetime.min.replace(tzinfo=UTC)
"""The time to read a key file at, so that an expired key still names its account."""
