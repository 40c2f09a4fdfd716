"""Where settings come from: options, environment, ``.env``, a context. One source belongs to one server."""

import os
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from zitadel_tui import address, envfile, paths
from zitadel_tui.contexts import Context
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.text import brief, shown

ENVIRONMENT_NAMES = {
    "domain": "ZITADEL_DOMAIN",
    "token_url": "ZITADEL_TOKEN_URL",
    "project_id": "PROJECT_ID",
    "key_file": "CLIENT_PRIVATE_KEY_FILE_PATH",
    "access_token": "ZITADEL_ACCESS_TOKEN",
    "org": "ZITADEL_ORG_ID",
    "ca_file": "ZITADEL_CA_FILE",
    "insecure": "ZITADEL_INSECURE",
    "read_only": "ZITADEL_READ_ONLY",
    "theme": "ZITADEL_THEME",
    "colors": "ZITADEL_COLORS",
}
OPTIONS = ("domain", "token_url", "key_file", "org", "ca_file", "insecure", "read_only")
OF_THE_USER = ("theme", "colors")
"""Settings about the user, not about a server."""
OF_ANY_SERVER = (*OF_THE_USER, "read_only")
"""Settings that apply whatever server is chosen. ``read_only`` is for safety: it is never dropped."""
_ALONE = ("org",)
"""Settings that apply to whatever server is chosen when they are given beside no server."""
_EXPLICIT = ("token_url", "ca_file", "insecure")
"""The same, given as options: the user says them of this very command."""
OPTIONS_UNIT = "options"
ENVIRONMENT_UNIT = "environment and .env"
_OURS_ALONE = ("ZITADEL_", "CLIENT_")  # PROJECT_ID is also used by other programs
_LONGEST_TOKEN = 1 << 16  # bytes
_SWITCH = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


class Value(NamedTuple):
    """One value as written; the methods read it, or raise ``UsageFailure`` naming its place."""

    text: str
    origin: str
    called: str
    """The subject of sentences about it."""
    folder: Path
    """What a relative path is relative to."""

    @property
    def is_option(self) -> bool:
        return self.origin.startswith("option ")

    def path(self) -> Path:
        return self.folder / os.path.expanduser(self.text)

    def existing_file(self) -> Path:
        path = self.path()
        if not os.path.isfile(path):
            what = "is a directory" if os.path.isdir(path) else "does not exist"
            hint = f"Name a file in PEM format. {path_advice(self.origin)}".rstrip()
            raise UsageFailure(f"{self.called}: {brief(str(path))} {what}.", hint)
        return path

    def identifier(self) -> str:
        """An id as ZITADEL makes them: it goes into headers and scopes, so ASCII without blanks."""
        if "<" in self.text:
            raise UsageFailure(
                f"{self.called} is still a placeholder.", "Write the id there, or leave it out."
            )
        if not _is_token(self.text):
            raise UsageFailure(f"{self.called} is not an id.", "An id has only letters, digits and signs.")
        return self.text

    def name(self) -> str:
        """An id, or the name of something on the server."""
        if "<" in self.text:
            raise UsageFailure(
                f"{self.called} is still a placeholder.", "Write the id or name there, or leave it out."
            )
        return self.text

    def one_of(self, words: Collection[str]) -> str:
        if self.text.lower() not in words:
            raise UsageFailure(f"{self.called} cannot be {shown(self.text)!r}.", f"Use {', '.join(words)}.")
        return self.text.lower()

    def secret(self) -> Secret:
        if not _is_token(self.text) or "<" in self.text:
            raise UsageFailure(
                f"{self.called} is not an access token.", "Paste the token alone: no blanks, no “Bearer”."
            )
        return Secret(self.text)

    def switch(self) -> bool:
        if self.text.lower() not in _SWITCH:
            raise UsageFailure(f"{self.called} is neither true nor false.", "Write true or false.")
        return _SWITCH[self.text.lower()]


def path_advice(origin: str) -> str:
    """How a relative path from this origin is resolved; empty for an origin without paths."""
    if origin.startswith(("option ", "environment ")):
        return "A relative path starts at the current folder."
    file, line, _ = origin.rpartition(" line ")
    return f"A relative path starts at the folder of {file}." if line else ""


class Source:
    """The values that one place gives, by their key in ``ENVIRONMENT_NAMES``.

    ``unit`` names what its address, credential, token URL and CA file belong to: they are used together, and
    with none of another unit. Environment and ``.env`` are one: ``beside`` are the other sources of the unit.
    """

    def __init__(self, values: Mapping[str, Value], unit: str = "", beside: Iterable["Source"] = ()) -> None:
        self.values = values
        self.unit = unit
        self.beside = tuple(beside)

    @cached_property
    def domain(self) -> str | None:
        """The origin of the server that this source names; None when it names none."""
        given = self.values.get("domain")
        return address.origin(given.text, given.called) if given else None

    @property
    def described(self) -> str:
        """``domain``, or a phrase when the value is not an address."""
        try:
            return str(self.domain)
        except UsageFailure:
            return "an address that cannot be read"

    def without_server(self) -> "Source":
        """What it says of any server and of the user; nothing of a server when its unit names one."""
        names = any(source.names_a_server for source in self._of_the_unit)
        kept = OF_ANY_SERVER if names else (*OF_ANY_SERVER, *_ALONE)
        return Source({name: self.values[name] for name in kept if name in self.values}, self.unit)

    @property
    def names_a_server(self) -> bool:
        return "domain" in self.values or self.credential is not None

    @property
    def _of_the_unit(self) -> tuple["Source", ...]:
        return (self, *self.beside)

    def for_server(self, addressed: "Source") -> Mapping[str, Value]:
        """The values that may be used with the server that ``addressed`` names."""
        if "domain" in self.values:
            return self.values if self.described == addressed.described else {}
        if self.unit == addressed.unit:
            return self.values
        named = [source for source in self._of_the_unit if source.names_a_server]
        is_elsewhere = all(source.described != addressed.described for source in named)
        fitting: tuple[str, ...] = () if named and is_elsewhere else _ALONE
        if self.unit == OPTIONS_UNIT:
            fitting = (*_ALONE, *_EXPLICIT)
        return {name: self.values[name] for name in fitting if name in self.values}

    @property
    def credential(self) -> Value | None:
        return self.values.get("key_file") or self.values.get("access_token")


def from_options(options: Mapping[str, object], cwd: Path) -> Source:
    def values() -> Iterator[tuple[str, Value]]:
        for name in OPTIONS:
            given = options.get(name)
            if given is None or given is False:
                continue
            flag = "--" + name.replace("_", "-")
            text = str(given).strip()
            if not text:
                raise UsageFailure(f"{flag} is empty.", "Give a value, or leave the option out.")
            yield name, _checked(Value(text, f"option {flag}", flag, cwd))

    return Source(dict(values()), OPTIONS_UNIT)


def from_environment(
    environ: Mapping[str, str],
    cwd: Path,
    warnings: list[str],
    keys: Collection[str] = ENVIRONMENT_NAMES.keys(),
) -> Source:
    """Empty variables count as not set; names that resemble ours are warned of. Only ``keys`` are read."""
    names = [name for name in ENVIRONMENT_NAMES.values() if name.startswith(_OURS_ALONE)]
    for name in sorted(environ):
        if near := envfile.resembled(name, names):
            warnings.append(f"{shown(name)} in the environment is not read. Did you mean {near}?")
    return Source(
        {
            key: _checked(Value(text, f"environment {name}", f"{name} in the environment", cwd))
            for key, name in ENVIRONMENT_NAMES.items()
            if key in keys and (text := environ.get(name, "").strip())
        },
        ENVIRONMENT_UNIT,
    )


def from_env_file(
    given: object, cwd: Path, warnings: list[str], keys: Collection[str] = ENVIRONMENT_NAMES.keys()
) -> Source:
    """What ``--env-file`` names, else ``.env`` in ``cwd``; only ``keys`` are read.

    The named file must be readable; a default ``.env`` that is not readable (such as a folder of that
    name) only causes a warning.
    """
    if given is None:
        path, label = cwd / ".env", ".env"
        if not os.path.lexists(path):
            return Source({}, ENVIRONMENT_UNIT)
        if path.exists() and not path.is_file() and not path.is_dir():  # reading a pipe would wait
            warnings.append(".env is not a file: it is not read.")
            return Source({}, ENVIRONMENT_UNIT)
    else:
        path = _checked(Value(str(given), "option --env-file", "--env-file", cwd)).path()
        label = shown(str(given))
    try:
        file = envfile.read(path, label, ENVIRONMENT_NAMES.values())
    except UsageFailure as failure:
        if given is not None:
            raise
        warnings.append(failure.summary)
        return Source({}, ENVIRONMENT_UNIT)
    warnings.extend(file.warnings)
    return Source(dict(_entries(file, path.parent, label, keys)), ENVIRONMENT_UNIT)


def joined(*sources: Source) -> list[Source]:
    """The sources as one unit: what stands beside an address in any of them belongs to that address."""
    return [
        Source(source.values, source.unit, (other for other in sources if other is not source))
        for source in sources
    ]


def from_context(context: Context, path: Path) -> Source:
    """What ``context`` of the file at ``path`` says, without its token."""
    origin = f"context {context.name}"
    texts = {
        "domain": context.domain,
        "key_file": context.key_file,
        "token_url": context.token_url,
        "project_id": context.project_id,
        "org": context.org,
        "ca_file": context.ca_file,
    }
    values = {
        name: _checked(Value(text, origin, f"{name} of the context {context.name}", path.parent))
        for name, text in texts.items()
        if text
    }
    return Source(values, origin)


def token_of_context(context: Context, path: Path, environ: Mapping[str, str]) -> Value:
    """The access token of ``context``, from the variable or file that it names. Raises ``UsageFailure`` when
    it is not there."""
    called = f"The access token of the context {context.name}"
    if context.token_env:
        text = environ.get(context.token_env, "").strip()
        if not text:
            raise UsageFailure(
                f"{called} is missing: ${shown(context.token_env)} is not set.",
                f"Set it, for example: export {shown(context.token_env)}=…",
            )
        return _checked(Value(text, f"context {context.name}", called, path.parent))
    file = path.parent / os.path.expanduser(context.token_file)
    try:
        with paths.open_regular(file) as opened:
            text = opened.read(_LONGEST_TOKEN).decode("ascii").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise UsageFailure(
            f"{called} cannot be read from {brief(str(file))}: {reason}.",
            "Correct token_file, or write the token into that file, alone.",
        ) from None
    return _checked(Value(text, f"context {context.name}", called, path.parent))


def _entries(
    file: envfile.EnvFile, folder: Path, label: str, keys: Collection[str]
) -> Iterator[tuple[str, Value]]:
    for key in keys:
        name = ENVIRONMENT_NAMES[key]
        entry = file.entries.get(name)
        if entry is not None and entry.value:
            origin = f"{label} line {entry.line}"
            yield key, _checked(Value(entry.value, origin, f"{name} ({origin})", folder))


def _checked(value: Value) -> Value:
    """No setting has control characters; in a .env they come from ``"C:\\temp"``, where ``\\t`` is a tab."""
    if any(unicodedata.category(character) == "Cc" for character in value.text):
        in_file = " line " in value.origin
        raise UsageFailure(
            f"{value.called} contains a control character.",
            "In double quotes \\t and \\n are tab and line break: use single quotes, or / in paths."
            if in_file
            else "Remove it.",
        )
    return value


def _is_token(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text
