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
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

from zitadel_tui import address, paths
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import brief, nearest, shown

FILE_NAME = "contexts.toml"
NORMAL, PROTECTED, READ_ONLY = "normal", "protected", "read-only"
PROTECTIONS = (NORMAL, PROTECTED, READ_ONLY)
"""From the weakest to the strictest."""
NAMES = "letters, digits and . - _, beginning with a letter or digit"
"""The characters of a name, for messages."""
ACCENTS = ("red", "orange", "yellow", "green", "blue", "purple")
_NAME = re.compile(r"\w[\w.-]{0,39}")  # never ".env", which is shown where that file is used
_LARGEST = 1 << 20  # bytes


class Context(NamedTuple):
    """One context as written in the file; a field that is not written is empty."""

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
        """The source of the credential, as a phrase."""
        if self.key_file:
            return self.key_file
        if self.token_env:
            return f"token in ${self.token_env}"
        return f"token in {self.token_file}" if self.token_file else ""


class ProtectionRule(NamedTuple):
    """The protection that a context sets for an address: for one organization, or if ``org`` is empty, for
    all."""

    context: str
    org: str
    protection: str


class Protection(NamedTuple):
    """``context`` says so; it is empty for the setting ``--read-only``."""

    level: str = NORMAL
    context: str = ""

    @property
    def is_protected(self) -> bool:
        """Whether removals and runs need the name of the organization."""
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
    """The content of the file."""

    path: Path | None = None
    """None if no file was read."""
    all: tuple[Context, ...] = ()
    current: str = ""
    """The name of the context that is used if nothing else names a server."""

    def get(self, name: str) -> Context | None:
        """The context of this name; None when there is none."""
        return next((context for context in self.all if context.name == name), None)

    def named(self, name: str) -> Context:
        """Raises ``UsageFailure`` when there is none of this name."""
        context = self.get(name)
        if context is not None:
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
        if not self.current:
            return None
        context = self.get(self.current)
        if context is None:
            raise UsageFailure(
                f"The current context {brief(self.current)!r} does not exist in {shown(str(self.path))}.",
                "Choose another: zitadel-tui context use NAME.",
            )
        return context

    def protection_rules(self, origin: str | None) -> tuple[ProtectionRule, ...]:
        """What is said about the server at this address, unless it is nothing; with or without TLS it is the
        same server."""
        if origin is None:
            return ()
        server = address.server_of(origin)
        return tuple(
            ProtectionRule(context.name, context.org, context.protection)
            for context in self.all
            if context.protection != NORMAL and address.server_of(context.origin or "") == server
        )


def file() -> Path:
    return paths.configuration_directory() / FILE_NAME


def read(path: Path) -> Contexts:
    """Read the file at ``path``; without a file there are no contexts. The current context need not exist.
    Raises ``UsageFailure`` for a file that cannot be understood: it may set a protection, so it is never
    ignored."""
    return _parse(path, _read_text(path))


def _read_text(path: Path) -> str:
    """The text of the file; empty when there is none. Raises ``UsageFailure``."""
    try:
        with paths.open_regular(path) as opened:
            data = opened.read(_LARGEST + 1)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise _unusable(path, f"cannot be read: {error.strerror or type(error).__name__}") from error
    if len(data) > _LARGEST:
        raise _unusable(path, "is larger than 1 MB")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _unusable(path, "is not UTF-8 text") from None


def _parse(path: Path, text: str) -> Contexts:
    """Parse ``text``. Raises ``UsageFailure``."""
    if not text:
        return Contexts(path)
    import tomllib  # only those with contexts need it

    try:
        content = tomllib.loads(text)
    except RecursionError:
        raise _unusable(path, "is not valid TOML: it is nested too deeply") from None
    except ValueError as error:  # not only syntax errors: numbers without end, invalid dates
        raise _unusable(path, f"is not valid TOML: {brief(str(error))}") from None
    return _contexts_from(path, content)


def _contexts_from(path: Path, content: Mapping[str, Any]) -> Contexts:
    for name in content.keys() - {"current", "contexts"}:
        raise _unusable(path, f"has the unknown entry {brief(name)!r}")
    tables, current = content.get("contexts", {}), content.get("current", "")
    if not isinstance(tables, dict) or not isinstance(current, str):
        raise _unusable(path, "needs contexts as tables [contexts.NAME] and current as a text")
    return Contexts(
        path, tuple(_context(path, name, table) for name, table in tables.items()), current.strip()
    )


def _context(path: Path, name: str, table: Any) -> Context:
    if not is_name(name):
        raise _unusable(path, f"has a context with the name {brief(name)!r}; use {NAMES}")
    where = f"in [contexts.{shown(name)}] has"
    if not isinstance(table, dict):
        raise _unusable(path, f"{where} no table")
    fields = list(Context._fields[1:])
    for key, value in table.items():
        if key not in fields:
            near = nearest(key, fields)
            meant = f"; did you mean {near}?" if near else ""
            raise _unusable(path, f"{where} the unknown entry {brief(key)!r}{meant}")
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
                path, f"{where} the {key} {brief(value)!r}; use {', '.join(filter(None, choices))}"
            )
    if context.origin is None:
        raise _unusable(path, f"{where} no domain that is an address")
    return context


def _unusable(path: Path, problem: str) -> UsageFailure:
    return UsageFailure(
        f"The file of contexts {shown(str(path))} {problem}.",
        "Correct it. It is not ignored, because it may protect this server.",
    )


def is_name(text: str) -> bool:
    """Whether a context may have this name."""
    return bool(_NAME.fullmatch(text))


def put(path: Path, context: Context, *, before: Context | None = None, use: bool = False) -> None:
    """Add ``context`` to the file, or write it in place of ``before``, which has its name.

    Raises ``UsageFailure`` when the file cannot be understood or written, or holds something else under that
    name by now.
    """

    def edit(found: Contexts) -> Contexts:
        _check_unchanged(found, context.name, before)
        if before is None:
            every = (*found.all, context)
        else:
            every = tuple(context if one.name == context.name else one for one in found.all)
        return found._replace(all=every, current=context.name if use else found.current)

    _change(path, edit)


def use(path: Path, name: str) -> None:
    """Make ``name`` the current context. Raises ``UsageFailure``."""
    _change(path, lambda found: found._replace(current=found.named(name).name))


def remove(path: Path, context: Context) -> None:
    """Remove the context; when it was the current one, none is current. Raises ``UsageFailure``, also when
    the file holds something else under its name by now."""

    def edit(found: Contexts) -> Contexts:
        _check_unchanged(found, context.name, context)
        every = tuple(one for one in found.all if one.name != context.name)
        return found._replace(all=every, current="" if found.current == context.name else found.current)

    _change(path, edit)


def _check_unchanged(found: Contexts, name: str, before: Context | None) -> None:
    """Raise ``UsageFailure`` unless the context is still ``before``, which was confirmed: another process may
    have made its protection stricter."""
    if found.get(name) != before:
        raise UsageFailure(
            f"Another process changed the context {shown(name)} at the same moment; nothing was written.",
            f"`zitadel-tui context show {name}` shows it now.",
        )


def _change(path: Path, edit: Callable[[Contexts], Contexts]) -> None:
    """Read, ``edit`` and write the file while no other process does. Raises ``UsageFailure``."""
    try:
        with paths.locked(path.resolve().parent):
            text = _read_text(path)
            before = _parse(path, text)
            after = edit(before)
            paths.replace_private(path, _edited(path, text, before, after).encode())
    except OSError as error:
        raise UsageFailure(
            f"The file of contexts {shown(str(path))} cannot be written: {error.strerror}.",
            "Repair the directory, or set another one with XDG_CONFIG_HOME.",
        ) from error


def _edited(path: Path, text: str, before: Contexts, after: Contexts) -> str:
    """``text`` with the contexts of ``after``. Comments and order stay where contexts are written as tables;
    where they are dotted keys or inline tables, the file is written anew and keeps the comments at its
    beginning. Raises ``UsageFailure`` rather than return what would be read as something else."""
    with suppress(Exception):  # what tomlkit raises for a form that it cannot extend depends on the form
        edited = _edited_in_place(text, before, after)
        if _parse(path, edited) == after:
            return edited
    anew = _render(text, after)
    if _parse(path, anew) != after:
        raise _unusable(path, "cannot be changed")
    return anew


def _edited_in_place(text: str, before: Contexts, after: Contexts) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    if after.current:
        document["current"] = after.current
    else:
        document.pop("current", None)
    tables = document.setdefault("contexts", tomlkit.table(is_super_table=True))
    for name in {one.name for one in before.all} - {one.name for one in after.all}:
        del tables[name]
    for context in after.all:
        if context not in before.all:
            tables[context.name] = _table(context)
    return tomlkit.dumps(document)


def _render(text: str, after: Contexts) -> str:
    import tomlkit

    lines = takewhile(lambda line: line.lstrip().startswith("#"), text.split("\n"))
    document = tomlkit.document()
    if after.current:
        document["current"] = after.current
    tables = tomlkit.table(is_super_table=True)
    for context in after.all:
        tables[context.name] = _table(context)
    document["contexts"] = tables
    return "".join(f"{line}\n" for line in lines) + tomlkit.dumps(document)


def _table(context: Context) -> Any:
    import tomlkit

    table = tomlkit.table()
    for field, value in zip(Context._fields[1:], context[1:], strict=True):
        if value and (field, value) != ("protection", NORMAL):
            table[field] = value
    return table
