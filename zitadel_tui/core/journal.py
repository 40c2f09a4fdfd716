"""A private, append-only record of every change: intent before the request, result after it.

JSON lines under the state directory, mode 0600. Each line is synced before it counts, so that records
survive a power failure; a torn last line is harmless. Never a password, token, hash, code or link.
"""

import contextlib
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import msgspec

from zitadel_tui import paths
from zitadel_tui.core.append_file import AppendFile
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


class JournalFailure(Failure):
    """The record cannot be written, so the change was not sent."""


class Baseline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Separates a change's own event from earlier ones.

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
    needs to be made again, ``run`` the job it belongs to, ``row`` the row of the file that job is made of.
    ``context`` is the name of the context that the session was opened with, if any.
    """

    entry: str = ""
    time: str = ""
    version: int = 0
    outcome: str | None = None
    """None is an intent: the change was about to be sent."""
    context: str = ""
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
    row: int = 0
    before: tuple[str, ...] | None = None
    """Roles before the change; None where they were not read."""
    after: tuple[str, ...] = ()
    settled: bool = False
    sentence: str = ""
    """How it ended, with what was warned of."""
    error: str = ""
    sequence: int = 0
    """The number of the event that the server answered with; 0 where it is not known."""


def new_entry() -> str:
    return secrets.token_hex(6)


def current_kind(kind: str) -> str:
    """The current name of a kind."""
    return _RENAMED_KINDS.get(kind, kind)


class ChangeJournal(Protocol):
    """Where changes are recorded: intents before they are sent, results after."""

    path: Path

    async def intend(self, *records: Record) -> None: ...

    async def conclude(self, record: Record) -> str: ...


class Journal:
    """The journal of all changes, in one file of ``directory``."""

    def __init__(self, directory: Path, *, lock_seconds: float = paths.LOCK_SECONDS) -> None:
        self.directory = directory
        self.path = directory / FILE_NAME
        self._file = AppendFile(self.path, lock_seconds=lock_seconds)

    async def intend(self, *records: Record) -> None:
        """Record a change that is about to be sent. Raises ``JournalFailure``."""
        try:
            await self._file.append(b"".join(map(to_line, records)))
        except OSError as error:
            raise cannot_be_recorded(self.path, error) from error

    async def conclude(self, record: Record) -> str:
        """Record the result. Returns a warning if it cannot be written: the change itself was made."""
        try:
            await self._file.append(to_line(record))
        except OSError as error:
            return not_recorded(self.path, error)
        return ""


class MemoryJournal:
    """A journal that ends with this process."""

    path = Path("memory")

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    async def intend(self, *records: Record) -> None:
        self.lines += map(to_line, records)

    async def conclude(self, record: Record) -> str:
        self.lines.append(to_line(record))
        return ""


_in_memory: WeakKeyDictionary[object, MemoryJournal] = WeakKeyDictionary()


def in_memory(server: object) -> MemoryJournal:
    """The journal of all changes to a server inside this process."""
    return _in_memory.setdefault(server, MemoryJournal())


def cannot_be_recorded(path: Path, error: OSError) -> JournalFailure:
    """The failure of a change whose intent cannot be written to ``path``."""
    return JournalFailure(
        f"Not sent: the record of changes {shown(str(path))} cannot be written "
        f"({error.strerror or type(error).__name__}).",
        "Free space or repair the directory, or set another one with XDG_STATE_HOME.",
    )


def not_recorded(path: Path, error: OSError) -> str:
    """The warning that the result of a change could not be written to ``path``."""
    reason = error.strerror or type(error).__name__
    return f"The result could not be recorded in {shown(str(path))}: {reason}."


def to_line(record: Record) -> bytes:
    """Encode a line. Arguments may contain bytes that are not text: these are written as escapes."""
    stamped = msgspec.structs.replace(record, time=now(), version=VERSION)
    try:
        return msgspec.json.encode(stamped) + b"\n"
    except UnicodeEncodeError:
        return msgspec.json.encode(_as_text(msgspec.to_builtins(stamped))) + b"\n"


def _as_text(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_as_text(name): _as_text(content) for name, content in value.items()}
    if isinstance(value, list | tuple):
        return [_as_text(content) for content in value]
    return value


def from_line(line: bytes) -> Record | None:
    """The record in a line, with the current name of its kind; None when it is not a record.

    A line of another version is read as far as possible.
    """
    try:
        try:
            record = msgspec.json.decode(line, type=Record)
        except msgspec.ValidationError:
            record = _salvaged(msgspec.json.decode(line))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not (record.entry and record.time):
        return None
    if record.kind in _RENAMED_KINDS:
        record = msgspec.structs.replace(record, kind=current_kind(record.kind))
    return record


def _salvaged(content: Any) -> Record:
    """The valid fields of a line in which other fields have an unexpected type."""
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
