"""Where settings come from: options, environment, ``.env``. One source is about one server."""

import os
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from zitadel_tui import address, envfile
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
}
OPTIONS = ("domain", "token_url", "key_file", "org", "ca_file", "insecure")
_OURS_ALONE = ("ZITADEL_", "CLIENT_")  # PROJECT_ID is anybody's name in an environment
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


@dataclass(frozen=True)
class Value:
    """One given value as it was written; the methods read it, or raise ``UsageFailure`` naming its place."""

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
    """How a relative path is understood, by the place that gives it; empty for a place that gives none."""
    if origin.startswith(("option ", "environment ")):
        return "A relative path starts at the current folder."
    file, line, _ = origin.rpartition(" line ")
    return f"A relative path starts at the folder of {file}." if line else ""


@dataclass(frozen=True)
class Source:
    """The values that one place gives, by their key in ``ENVIRONMENT_NAMES``."""

    values: Mapping[str, Value]

    @cached_property
    def domain(self) -> str | None:
        """The server that this place is about, as an origin; None when it names none."""
        given = self.values.get("domain")
        return address.origin(given.text, given.called) if given else None

    @property
    def described(self) -> str:
        """``domain``, or words where what is written is not an address."""
        try:
            return str(self.domain)
        except UsageFailure:
            return "an address that cannot be read"

    def may_be_about(self, domain: str | None) -> bool:
        return "domain" not in self.values or self.described == domain

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

    return Source(dict(values()))


def from_environment(environ: Mapping[str, str], cwd: Path, warnings: list[str]) -> Source:
    """Empty variables count as not set; names that resemble ours are warned of."""
    names = [name for name in ENVIRONMENT_NAMES.values() if name.startswith(_OURS_ALONE)]
    for name in sorted(environ):
        if near := envfile.resembled(name, names):
            warnings.append(f"{shown(name)} in the environment is not read. Did you mean {near}?")
    return Source(
        {
            key: _checked(Value(text, f"environment {name}", f"{name} in the environment", cwd))
            for key, name in ENVIRONMENT_NAMES.items()
            if (text := environ.get(name, "").strip())
        }
    )


def from_env_file(given: object, cwd: Path, warnings: list[str]) -> Source:
    """What ``--env-file`` names, else ``.env`` in ``cwd``.

    The named file must be readable; a ``.env`` nobody asked for that is not (a folder of that name, say)
    is only warned of.
    """
    if given is None:
        path, label = cwd / ".env", ".env"
        if not os.path.lexists(path):
            return Source({})
        if path.exists() and not path.is_file() and not path.is_dir():  # reading a pipe would wait
            warnings.append(".env is not a file: it is not read.")
            return Source({})
    else:
        path = _checked(Value(str(given), "option --env-file", "--env-file", cwd)).path()
        label = shown(str(given))
    try:
        file = envfile.read(path, label, ENVIRONMENT_NAMES.values())
    except UsageFailure as failure:
        if given is not None:
            raise
        warnings.append(failure.summary)
        return Source({})
    warnings.extend(file.warnings)
    return Source(dict(_entries(file, path.parent, label)))


def _entries(file: envfile.EnvFile, folder: Path, label: str) -> Iterator[tuple[str, Value]]:
    for key, name in ENVIRONMENT_NAMES.items():
        entry = file.entries.get(name)
        if entry is not None and entry.value:
            origin = f"{label} line {entry.line}"
            yield key, _checked(Value(entry.value, origin, f"{name} ({origin})", folder))


def _checked(value: Value) -> Value:
    """No setting has control characters; in a .env they come from ``"C:\\temp"``, where ``\\t`` is a tab."""
    if any(unicodedata.category(character) == "Cc" for character in value.text):
        in_file = " line " in value.origin
        raise UsageFailure(
            f"{value.called} holds a control character.",
            "In double quotes \\t and \\n are tab and line break: use single quotes, or / in paths."
            if in_file
            else "Give it again without.",
        )
    return value


def _is_token(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text
