"""Settings: options over environment over ``.env`` over defaults, each value with where it came from.

**Address and credential belong together.** A source that names another address than the chosen one is
about another server: nothing of it is used, and that is said; if it holds the only credential, loading is
refused. A credential from a source that names no address is used with the chosen address, and that is
said too.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from zitadel_tui import address
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.sources import Source, Value, from_env_file, from_environment, from_options, path_advice
from zitadel_tui.text import shown

DEFAULT_PROJECT_ID = "zitadel"
DEFAULT_TIMEOUT = 30.0
DEFAULT_CLOCK_DIFFERENCE = 24.0
_LONGEST_TIMEOUT = 3600.0
_LARGEST_CLOCK_DIFFERENCE = 100_000.0
_LARGEST_DEMO = 1_000_000

_T = TypeVar("_T")


@dataclass(frozen=True)
class Setting:
    """One value; origin: ``option --org``, ``environment X``, ``.env line 3``, ``default`` or ``not set``."""

    name: str
    value: object
    origin: str


@dataclass(frozen=True)
class KeyFileSource:
    """Where the key is read from: an absolute path, or standard input when ``path`` is None."""

    path: Path | None
    origin: str

    def __str__(self) -> str:
        return "-" if self.path is None else str(self.path)

    @property
    def path_advice(self) -> str:
        return path_advice(self.origin)

    @property
    def label(self) -> str:
        """How a sentence begins that is about this key."""
        return "The key from standard input" if self.path is None else f"The key file {shown(str(self.path))}"


@dataclass(frozen=True)
class Settings:
    domain: str | None = None
    """Origin ``scheme://host[:port]``, no trailing slash."""
    token_url: str | None = None
    token_url_confirmed: bool = False
    """Given as an option, so it may lie on another server than the domain."""
    project_id: str = DEFAULT_PROJECT_ID
    key_file: KeyFileSource | None = None
    access_token: Secret | None = None
    """A personal access token; None when there is a key file, which wins."""
    org_id: str | None = None
    ca_file: Path | None = None
    insecure: bool = False
    timeout: float = DEFAULT_TIMEOUT
    """Seconds."""
    max_clock_difference: float = DEFAULT_CLOCK_DIFFERENCE
    """Hours up to which the server's time is used to sign in when this machine's clock differs."""
    read_only: bool = False
    demo: bool = False
    demo_size: int | None = None
    warnings: tuple[str, ...] = ()
    rows: tuple[Setting, ...] = ()


def load(options: Mapping[str, object], environ: Mapping[str, str], cwd: Path) -> Settings:
    """Settle every setting; options that are None or False and empty values count as not given.

    The process environment is left alone and the key file unread. With ``demo`` only options are read.
    Raises ``UsageFailure``.
    """
    warnings: list[str] = []
    sources = [from_options(options, cwd)]
    if options.get("demo"):
        for name in sorted(sources[0].values.keys() - {"org"}):
            warnings.append(f"{sources[0].values[name].called} has no effect: --demo brings its own server.")
        org = {name: value for name, value in sources[0].values.items() if name == "org"}
        sources = [Source(org)]
    else:
        sources.append(from_environment(environ, cwd, warnings))
        sources.append(from_env_file(options.get("env_file"), cwd, warnings))
    return _settle(options, _choose(sources, warnings), warnings)


def missing(settings: Settings) -> str | None:
    """What to set before anybody can sign in, in one sentence; None when nothing is missing."""
    has_credential = settings.key_file is not None or settings.access_token is not None
    if settings.demo or (settings.domain and has_credential):
        return None
    if settings.domain:
        return "No key file is set: write CLIENT_PRIVATE_KEY_FILE_PATH into .env here, or give --key-file."
    if has_credential:
        return "No address is set: write ZITADEL_DOMAIN into .env here, or give --domain."
    return (
        "No address and no key file are set: write ZITADEL_DOMAIN and CLIENT_PRIVATE_KEY_FILE_PATH into .env "
        "here, or give --domain and --key-file; --demo needs neither."
    )


def _choose(sources: list[Source], warnings: list[str]) -> dict[str, Value]:
    """The values that are about one server, the first that a source names."""
    addressed = next((source for source in sources if source.domain), Source({}))
    ours = [source for source in sources if source.may_be_about(addressed.domain)]
    chosen: dict[str, Value] = {}
    for source in reversed(ours):
        chosen.update(source.values)
    used = chosen.get("key_file") or chosen.get("access_token")
    for source in sources:
        if source not in ours:
            _set_aside(source, chosen["domain"], addressed.domain, used, warnings)
    if (
        used
        and addressed.domain
        and not any(source.domain and used in source.values.values() for source in ours)
    ):
        warnings.append(
            f"The address comes from {chosen['domain'].origin}, the credential from {used.origin}: "
            "make sure that they belong together."
        )
    return chosen


def _set_aside(
    other: Source, domain: Value, chosen: str | None, used: Value | None, warnings: list[str]
) -> None:
    named = f"{other.values['domain'].origin} names {other.described}"
    if used is None and other.credential is not None:
        raise UsageFailure(
            f"The address {chosen} comes from {domain.origin}, but {named}, "
            f"and the only credential belongs to that ({other.credential.origin}).",
            "If it is meant for both, say so on purpose: give --domain and --key-file together.",
        )
    warnings.append(f"{named}, not {chosen} ({domain.origin}): nothing of that place is used.")


class _Rows:
    """Notes each value and its origin on the way into :class:`Settings`."""

    def __init__(self, given: Mapping[str, Value], options: Mapping[str, object]) -> None:
        self.given = given
        self.options = options
        self.rows: list[Setting] = []

    def read(self, name: str, reader: Callable[[Value], _T], default: _T) -> _T:
        value = self.given.get(name)
        result = default if value is None else reader(value)
        self._note(name, result, None if value is None else value.origin)
        return result

    def option(self, name: str, reader: Callable[[object], _T], default: _T) -> _T:
        """A setting that only an option can give."""
        value = self.options.get(name)
        given = value is not None and value is not False
        result = reader(value) if given else default
        self._note(name, result, f"option --{name.replace('_', '-')}" if given else None)
        return result

    def _note(self, name: str, value: object, origin: str | None) -> None:
        self.rows.append(Setting(name, value, origin or ("not set" if value is None else "default")))


def _settle(options: Mapping[str, object], given: Mapping[str, Value], warnings: list[str]) -> Settings:
    rows = _Rows(given, options)
    domain = rows.read("domain", lambda value: address.origin(value.text, value.called), None)
    token_url = given.get("token_url")
    key_file = rows.read("key_file", _key_file, None)
    access_token = rows.read("access_token", Value.secret, None)
    settled = Settings(
        domain=domain,
        token_url=rows.read("token_url", lambda value: _token_url(value, domain), None),
        token_url_confirmed=token_url is not None and token_url.is_option,
        project_id=rows.read("project_id", Value.identifier, DEFAULT_PROJECT_ID),
        key_file=key_file,
        access_token=None if key_file else access_token,
        org_id=rows.read("org", Value.identifier, None),
        ca_file=rows.read("ca_file", Value.existing_file, None),
        insecure=rows.read("insecure", Value.switch, False),
        timeout=rows.option("timeout", _timeout, DEFAULT_TIMEOUT),
        max_clock_difference=rows.option("max_clock_difference", _clock_difference, DEFAULT_CLOCK_DIFFERENCE),
        read_only=rows.option("read_only", bool, False),
        demo=rows.option("demo", bool, False),
        demo_size=rows.option("demo_size", _demo_size, None),
    )
    warnings.extend(_cautions(settled, given))
    return replace(settled, warnings=tuple(warnings), rows=tuple(rows.rows))


def _cautions(settled: Settings, given: Mapping[str, Value]) -> Iterator[str]:
    if settled.key_file and "access_token" in given:
        yield (
            f"A key file ({settled.key_file.origin}) and an access token ({given['access_token'].origin}) "
            "are set: the key file is used."
        )
    for url in (settled.domain, settled.token_url):
        if url and url.startswith("http:") and not address.is_loopback(url):
            yield f"{url} is not encrypted: anybody on the way can read the access token."
            break
    if settled.insecure:
        yield f"Certificates are not checked ({given['insecure'].origin}): anybody can pose as the server."


def _key_file(value: Value) -> KeyFileSource:
    return KeyFileSource(None if value.text == "-" else value.path(), value.origin)


def _token_url(value: Value, domain: str | None) -> str:
    url = address.endpoint(value.text, value.called)
    host = address.origin_of(url)
    if domain and host != domain and not value.is_option:
        raise UsageFailure(
            f"{value.called} lies on {host}, not on {domain}: what signs you in would be valid there, too.",
            f"Leave it out, or confirm it: --token-url {url}",
        )
    return url


def _timeout(value: object) -> float:
    seconds = _number(value)
    if not 0 < seconds <= _LONGEST_TIMEOUT:
        raise UsageFailure(
            "--timeout is not a number of seconds.", f"Give more than 0 and at most {_LONGEST_TIMEOUT:.0f}."
        )
    return seconds


def _clock_difference(value: object) -> float:
    hours = _number(value)
    if not 0 <= hours <= _LARGEST_CLOCK_DIFFERENCE:
        raise UsageFailure(
            "--max-clock-difference is not a number of hours.",
            f"Give 0 to {_LARGEST_CLOCK_DIFFERENCE:.0f}; the default is {DEFAULT_CLOCK_DIFFERENCE:.0f}.",
        )
    return hours


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return math.nan


def _demo_size(value: object) -> int:
    text = str(value)
    size = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 0 < size <= _LARGEST_DEMO:
        raise UsageFailure("--demo-size is not a number of members.", f"Give 1 to {_LARGEST_DEMO:,}.")
    return size
