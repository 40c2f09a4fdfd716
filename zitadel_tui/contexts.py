"""Contexts: the servers and organizations an administrator works with, in ``contexts.toml`` of the user's
configuration directory.

::

    current = "staging"

    [contexts.production]
    domain = "https://login.example.com"
    key_file = "~/keys/production.json"
    org = "Acme Corp"
    protection = "protected"
    accent = "red"

A context is used whole: nothing of it is mixed with settings from elsewhere. It holds no secret: the key is
in ``key_file``, a token in the file ``token_file`` or in the environment variable ``token_env`` names.

Its protection belongs to its address and organization, so it holds however these are reached.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from zitadel_tui import address, paths
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import brief, nearest, shown

FILE_NAME = "contexts.toml"
NORMAL, PROTECTED, READ_ONLY = "normal", "protected", "read-only"
PROTECTIONS = (NORMAL, PROTECTED, READ_ONLY)
"""From the weakest to the strictest."""
ACCENTS = ("red", "orange", "yellow", "green", "blue", "purple")
_NAME = re.compile(r"[\w.-]{1,40}")
_LARGEST = 1 << 20  # bytes


class Context(NamedTuple):
    """One context as written; texts are empty where nothing was written."""

    name: str
    domain: str
    key_file: str = ""
    """A path; a relative one starts at the folder of ``contexts.toml``."""
    token_env: str = ""
    """The name of the environment variable that holds an access token."""
    token_file: str = ""
    """The path of a file that holds an access token and nothing else."""
    token_url: str = ""
    project_id: str = ""
    org: str = ""
    """An id, a name or a primary domain."""
    ca_file: str = ""
    protection: str = NORMAL
    accent: str = ""

    @property
    def origin(self) -> str | None:
        """The normalized address; None when it is not one."""
        try:
            return address.origin(self.domain, "domain")
        except UsageFailure:
            return None

    @property
    def credential(self) -> str:
        """Where the credential comes from, as one phrase."""
        if self.key_file:
            return self.key_file
        if self.token_env:
            return f"token in ${self.token_env}"
        return f"token in {self.token_file}" if self.token_file else ""


class Statement(NamedTuple):
    """What a context says about the protection of an address: of one organization, or when ``org`` is empty
    of all."""

    context: str
    org: str
    protection: str


class Protection(NamedTuple):
    """``context`` says so; it is empty for the setting ``--read-only``."""

    level: str = NORMAL
    context: str = ""

    @property
    def is_protected(self) -> bool:
        """Whether removals and runs want a name typed."""
        return self.level == PROTECTED

    @property
    def against_changes(self) -> str:
        """Why nothing can be changed, as a part of a sentence; empty when changes are possible."""
        if self.level != READ_ONLY:
            return ""
        if not self.context:
            return "the setting --read-only is on"
        return f"the context {shown(self.context)} makes this organization read-only"


class Contexts(NamedTuple):
    """What the file holds."""

    path: Path | None = None
    """None when no file was looked for."""
    all: tuple[Context, ...] = ()
    current: str = ""
    """The name of the context that is used where nothing else names a server."""

    def named(self, name: str) -> Context:
        """Raises ``UsageFailure`` when there is none of this name."""
        for context in self.all:
            if context.name == name:
                return context
        names = [context.name for context in self.all]
        if not names:
            raise UsageFailure(
                f"There is no context {shown(name)!r}: none has been added.",
                "`zitadel-tui context add NAME` adds one.",
            )
        near = nearest(name, names)
        raise UsageFailure(
            f"There is no context {shown(name)!r}.",
            f"Did you mean {shown(near)}?" if near else f"Choose from: {', '.join(map(shown, names))}.",
        )

    @property
    def in_use(self) -> Context | None:
        """The current context; None when there is none. Raises ``UsageFailure`` when it does not exist."""
        return self.named(self.current) if self.current else None

    def statements(self, origin: str | None) -> tuple[Statement, ...]:
        """What is said about the server at this address, unless it is nothing."""
        return tuple(
            Statement(context.name, context.org, context.protection)
            for context in self.all
            if origin is not None and context.origin == origin and context.protection != NORMAL
        )


def file() -> Path:
    return paths.configuration_directory() / FILE_NAME


def read(path: Path) -> Contexts:
    """What the file at ``path`` holds; nothing when there is none.

    Raises ``UsageFailure`` for a file that cannot be understood: it may state a protection, so it is never
    passed over.
    """
    try:
        with open(path, "rb") as opened:
            data = opened.read(_LARGEST + 1)
    except FileNotFoundError:
        return Contexts(path)
    except OSError as error:
        raise _unusable(path, f"cannot be read: {error.strerror or type(error).__name__}") from error
    import tomllib  # only those with contexts need it

    if len(data) > _LARGEST:
        raise _unusable(path, "is larger than 1 MB")
    try:
        content = tomllib.loads(data.decode())
    except UnicodeDecodeError:
        raise _unusable(path, "is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise _unusable(path, f"is not valid TOML: {brief(str(error))}") from None
    return _understood(path, content)


def _understood(path: Path, content: Mapping[str, Any]) -> Contexts:
    for name in content.keys() - {"current", "contexts"}:
        raise _unusable(path, f"has the unknown entry {shown(name)!r}")
    tables, current = content.get("contexts", {}), content.get("current", "")
    if not isinstance(tables, dict) or not isinstance(current, str):
        raise _unusable(path, "needs contexts as tables [contexts.NAME] and current as a text")
    contexts = Contexts(
        path, tuple(_context(path, name, table) for name, table in tables.items()), current.strip()
    )
    if contexts.current and all(context.name != contexts.current for context in contexts.all):
        raise UsageFailure(
            f"The current context {shown(contexts.current)!r} does not exist in {shown(str(path))}.",
            "Choose another: zitadel-tui context use NAME.",
        )
    return contexts


def _context(path: Path, name: str, table: Any) -> Context:
    where = f"in [contexts.{shown(name)}] has"
    if not is_name(name):
        raise _unusable(path, f"has a context with the name {shown(name)!r}; use letters, digits and . - _")
    if not isinstance(table, dict):
        raise _unusable(path, f"{where} no table")
    fields = list(Context._fields[1:])
    for key, value in table.items():
        if key not in fields:
            near = nearest(key, fields)
            meant = f"; did you mean {near}?" if near else ""
            raise _unusable(path, f"{where} the unknown entry {shown(key)!r}{meant}")
        if not isinstance(value, str):
            raise _unusable(path, f"{where} a {key} that is not a text in quotes")
    texts: dict[str, str] = {"domain": "", **{key: value.strip() for key, value in table.items()}}
    context = Context(name, **texts)
    for key, value, choices in (
        ("protection", context.protection, PROTECTIONS),
        ("accent", context.accent, ("", *ACCENTS)),
    ):
        if value not in choices:
            raise _unusable(
                path, f"{where} the {key} {shown(value)!r}; use {', '.join(filter(None, choices))}"
            )
    if context.origin is None:
        raise _unusable(path, f"{where} no domain that is an address")
    return context


def _unusable(path: Path, problem: str) -> UsageFailure:
    return UsageFailure(
        f"The file of contexts {shown(str(path))} {problem}.",
        "Correct it. It is not passed over, because it may protect this server.",
    )


def is_name(text: str) -> bool:
    """Whether a context may have this name."""
    return bool(_NAME.fullmatch(text))


def put(path: Path, context: Context, *, use: bool = False) -> None:
    """Write ``context`` to the file, in place of one of its name; comments and order stay.

    Raises ``UsageFailure`` when the file cannot be understood or written.
    """
    document = _document(path)
    tables = document.setdefault("contexts", _new_table(is_super_table=True))
    table = _new_table()
    for field, value in zip(Context._fields[1:], context[1:], strict=True):
        if value and (field, value) != ("protection", NORMAL):
            table[field] = value
    tables[context.name] = table
    if use:
        document["current"] = context.name
    _write(path, document)


def use(path: Path, name: str) -> None:
    """Make ``name`` the current context."""
    document = _document(path)
    document["current"] = name
    _write(path, document)


def remove(path: Path, name: str) -> None:
    """Remove the context; when it was the current one, none is current."""
    document = _document(path)
    del document["contexts"][name]
    if document.get("current") == name:
        del document["current"]
    _write(path, document)


def _new_table(**options: bool) -> Any:
    import tomlkit

    return tomlkit.table(**options)


def _document(path: Path) -> Any:
    import tomlkit

    try:
        return tomlkit.parse(path.read_text("utf-8"))
    except FileNotFoundError:
        return tomlkit.document()


def _write(path: Path, document: Any) -> None:
    import tomlkit

    try:
        paths.replace_private(path, tomlkit.dumps(document).encode())
    except OSError as error:
        raise UsageFailure(
            f"The file of contexts {shown(str(path))} cannot be written: {error.strerror}.",
            "Repair the directory, or set another one with XDG_CONFIG_HOME.",
        ) from error
