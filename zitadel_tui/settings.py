"""Settings: options over environment over ``.env`` over defaults, each value with its origin.

**Address, credential, token URL and CA file come from one source:** options, else the context that
``--context`` names, else environment and ``.env``, else the current context. A source that is about another
server is ignored, with a warning; if it holds the only credential, loading is refused. Environment and
``.env`` complete each other, with a warning where one has the address and the other the credential; an
organization that stands beside an address in one of them belongs to that address. Read-only always holds.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from zitadel_tui import address, contexts
from zitadel_tui.contexts import Contexts, Protection, ProtectionRule
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.sources import (
    ENVIRONMENT_UNIT,
    OF_ANY_SERVER,
    OF_THE_USER,
    Source,
    Value,
    from_context,
    from_env_file,
    from_environment,
    from_options,
    joined,
    path_advice,
    token_of_context,
)
from zitadel_tui.text import shown

DEFAULT_PROJECT_ID = "zitadel"
DEFAULT_TIMEOUT = 30.0
DEFAULT_CLOCK_DIFFERENCE = 24.0
COLORS = ("auto", "none", "16", "256", "truecolor")
"""The values of the number of colours; ``auto`` asks the terminal."""
_LONGEST_TIMEOUT = 3600.0
_LARGEST_CLOCK_DIFFERENCE = 100_000.0
_LARGEST_DEMO = 1_000_000
_OF_THE_DEMO = frozenset({"org", "read_only"})
_NAMING_A_SERVER = (("context", "--context"), ("env_file", "--env-file"))
_OF_THE_RUN = frozenset(
    {"read_only", "timeout", "max_clock_difference", "theme", "colors", "trace", "no_cache"}
)
"""Options that stay when another context is used."""

_T = TypeVar("_T")


class Setting(NamedTuple):
    """One value; origin: ``option --org``, ``environment X``, ``.env line 3``, ``default`` or ``not set``."""

    name: str
    value: object
    origin: str


class KeyFileSource(NamedTuple):
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
        """The key file as the subject of a sentence."""
        return "The key from standard input" if self.path is None else f"The key file {shown(str(self.path))}"


class Settings(NamedTuple):
    domain: str | None = None
    """Origin ``scheme://host[:port]``, no trailing slash."""
    token_url: str | None = None
    token_url_confirmed: bool = False
    """Given as an option, so it may lie on another server than the domain."""
    project_id: str = DEFAULT_PROJECT_ID
    key_file: KeyFileSource | None = None
    access_token: Secret | None = None
    """A personal access token; None when there is a key file, which wins."""
    org: str | None = None
    """The organization to act in: its id, name or primary domain; None is the account's own."""
    context: str = ""
    """The name of the context in use, or of the file or environment that is used instead; empty for
    options."""
    accent: str = ""
    """The colour of the context, one of ``contexts.ACCENTS``."""
    contexts: Contexts = Contexts()
    lacking: UsageFailure | None = None
    """Why the token of the context cannot be used."""
    ca_file: Path | None = None
    insecure: bool = False
    timeout: float = DEFAULT_TIMEOUT
    """Seconds."""
    max_clock_difference: float = DEFAULT_CLOCK_DIFFERENCE
    """Hours up to which the server's time is used to sign in when this machine's clock differs."""
    read_only: bool = False
    no_cache: bool = False
    """Neither read nor write the cache of access tokens."""
    trace: Path | None = None
    """The path of the new file for the trace."""
    trace_bodies: bool = False
    theme: str | None = None
    """The name of one of the app's themes, unchecked; None leaves it to the app."""
    colors: str = COLORS[0]
    demo: bool = False
    demo_size: int | None = None
    warnings: tuple[str, ...] = ()
    rows: tuple[Setting, ...] = ()

    @property
    def protection_rules(self) -> tuple[ProtectionRule, ...]:
        """The protection rules of all contexts for this server, however it was reached."""
        return () if self.demo else self.contexts.protection_rules(self.domain)


def load(options: Mapping[str, object], environ: Mapping[str, str], cwd: Path) -> Settings:
    """Settle every setting; options that are None or False and empty values count as not given.

    Does not change the process environment or read the key file. With ``demo``, only options and settings
    about the user are read. Raises ``UsageFailure``.
    """
    warnings: list[str] = []
    sources = [from_options(options, cwd)]
    if options.get("demo"):
        given = sources[0].values
        useless = [given[name].called for name in sorted(given.keys() - _OF_THE_DEMO)]
        useless += [option for name, option in _NAMING_A_SERVER if options.get(name) is not None]
        warnings += [f"{option} has no effect: --demo brings its own server." for option in useless]
        sources = [
            Source({name: value for name, value in given.items() if name in _OF_THE_DEMO}),
            from_environment(environ, cwd, [], OF_THE_USER),
            from_env_file(None, cwd, [], OF_THE_USER),
        ]
        return _settle(options, _choose(sources, warnings), warnings)
    known = contexts.read(contexts.file())
    of_the_environment = joined(
        from_environment(environ, cwd, warnings),
        from_env_file(options.get("env_file"), cwd, warnings),
    )
    wanted = options.get("context")
    named = None if wanted is None else known.named(str(wanted).strip())
    if named is not None:
        if options.get("env_file") is not None:
            raise UsageFailure("--context and --env-file cannot be combined.", "Leave one out.")
        of_the_environment = [source.without_server() for source in of_the_environment]
    sources += of_the_environment
    current = known.in_use if named is None else None
    if current is not None and not any(source.names_a_server for source in sources):
        named = current
    if named is not None:
        sources.append(from_context(named, _path_of(known)))
    chosen = _choose(sources, warnings)
    settled = _settle(options, chosen, warnings)._replace(contexts=known)
    if named is not None and chosen["domain"].origin == f"context {named.name}":
        origin = "option --context" if wanted is not None else "the current context"
        settled = _with_token(settled, named, _path_of(known), environ)
        return _in_context(settled, named.name, named.accent, origin)
    called = _instead_of_a_context(chosen)
    if known.get(called) is not None:
        called = f"./{called}"  # a file of --env-file in this folder; no context has such a name
    is_wanted = options.get("env_file") is not None
    if current is not None and called and not (is_wanted or _is_about(current, settled)):
        hidden = f"{called} names the server, so the current context {current.name} is not used."
        settled = settled._replace(warnings=(*settled.warnings, hidden))
    return _in_context(settled, called, "", chosen["domain"].origin if called else "not set")


def _with_token(
    settled: Settings, context: contexts.Context, path: Path, environ: Mapping[str, str]
) -> Settings:
    """Add the token of the context to ``settled``, or the reason why it cannot be used."""
    if context.key_file or not (context.token_env or context.token_file):
        return settled
    try:
        token = token_of_context(context, path, environ)
        row = Setting("access_token", token.secret(), token.origin)
    except UsageFailure as failure:
        return settled._replace(lacking=failure)
    rows = tuple(row if one.name == row.name else one for one in settled.rows)
    return settled._replace(access_token=token.secret(), rows=rows)


def _in_context(settled: Settings, name: str, accent: str, origin: str) -> Settings:
    settled = settled._replace(context=name, accent=accent)
    here = protection(settled)
    by = f"context {here.context}" if here.context else "default"
    if settled.read_only:
        by = next(row.origin for row in settled.rows if row.name == "read_only")
    rows = (Setting("context", name or None, origin), *settled.rows, Setting("protection", here.level, by))
    return settled._replace(rows=rows)


def protection(
    settings: Settings, applies: Callable[[ProtectionRule], bool] = lambda rule: True
) -> Protection:
    """The strictest protection that ``--read-only`` and contexts state; without ``applies``, as if every
    rule about the server applied to the organization in use."""
    if settings.read_only:
        return Protection(contexts.READ_ONLY)
    said = [Protection(one.protection, one.context) for one in settings.protection_rules if applies(one)]
    return max(said, key=lambda one: contexts.PROTECTIONS.index(one.level), default=Protection())


def switched(before: Settings, name: str, environ: Mapping[str, str], cwd: Path) -> Settings:
    """Load the settings of the context ``name``, and keep those of ``before`` that are about this run of the
    program. Raises ``UsageFailure``."""
    options: dict[str, object] = {
        row.name: row.value for row in before.rows if row.name in _OF_THE_RUN and _is_option(row)
    }
    return load({**options, "context": name}, environ, cwd)


def _is_option(row: Setting) -> bool:
    return row.origin.startswith("option ")


def _path_of(known: Contexts) -> Path:
    assert known.path is not None
    return known.path


def _instead_of_a_context(chosen: Mapping[str, Value]) -> str:
    """The source that names the server instead of a context: ``.env``, ``the environment``; empty for
    options."""
    domain = chosen.get("domain")
    if domain is None or domain.is_option:
        return ""
    file, line, _ = domain.origin.rpartition(" line ")
    return file if line else "the environment"


def _is_about(context: contexts.Context, settled: Settings) -> bool:
    return context.origin == settled.domain and context.org in ("", settled.org)


def missing(settings: Settings) -> str | None:
    """Return a sentence about the settings that are missing for signing in; None if there are none."""
    if settings.lacking is not None:
        return f"{settings.lacking.summary} {settings.lacking.hint}"
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
    """Choose the values for one server, the first that a source names, and those about the user."""
    addressed = next((source for source in sources if source.domain), None) or next(
        (source for source in sources if source.credential), None
    )
    chosen: dict[str, Value] = {}
    if addressed is None:
        for source in reversed(sources):
            chosen.update(source.values)
        return chosen
    for source in reversed(sources):
        always = {name: value for name, value in source.values.items() if name in OF_ANY_SERVER}
        chosen.update({**always, **source.for_server(addressed)})
    used = chosen.get("key_file") or chosen.get("access_token")
    if addressed.domain is None:
        return chosen
    for source in sources:
        _check(source, addressed, chosen["domain"], used, warnings)
    if used and not any(source.domain and used in source.values.values() for source in sources):
        warnings.append(
            f"The address comes from {chosen['domain'].origin}, the credential from {used.origin}: "
            "make sure that they belong together."
        )
    return chosen


def _check(other: Source, addressed: Source, domain: Value, used: Value | None, warnings: list[str]) -> None:
    """Warn about settings of ``other`` that are ignored because they belong to another server. Raises
    ``UsageFailure`` if these have the only credential, or a credential without an address that was given with
    an option."""
    fitting = other.for_server(addressed)
    quiet = (*fitting, *OF_ANY_SERVER, "project_id")  # which other programs use, too
    aside = [value for name, value in other.values.items() if name not in quiet]
    if not aside:
        return
    here, credential = addressed.domain, other.credential
    if "domain" in other.values:
        named = f"{other.values['domain'].origin} names {other.described}"
        if used is None and credential is not None:
            raise UsageFailure(
                f"The address {here} comes from {domain.origin}, but {named}, "
                f"and the only credential belongs to that ({credential.origin}).",
                "If it is meant for both, give --domain and --key-file together.",
            )
        warnings.append(f"{named}, not {here} ({domain.origin}): its settings for that server are ignored.")
        return
    if credential is not None and (used is None or credential.is_option):
        raise UsageFailure(
            f"The address {here} comes from {domain.origin}, the credential from {credential.origin}: "
            "these are not used together.",
            f"If they belong together, give both in one place: --domain {here} with --key-file, or both in "
            f"{ENVIRONMENT_UNIT}.",
        )
    names = ", ".join(value.called for value in aside)
    warnings.append(f"{names}: not used, because the address comes from {domain.origin}.")


class _Rows:
    """Collects each value and its origin for :class:`Settings`."""

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
        """Settle a setting that only an option can give."""
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
        org=rows.read("org", Value.name, None),
        ca_file=rows.read("ca_file", Value.existing_file, None),
        insecure=rows.read("insecure", Value.switch, False),
        timeout=rows.option("timeout", _timeout, DEFAULT_TIMEOUT),
        max_clock_difference=rows.option("max_clock_difference", _clock_difference, DEFAULT_CLOCK_DIFFERENCE),
        read_only=rows.read("read_only", Value.switch, False),
        theme=rows.read("theme", lambda value: value.text, None),
        colors=rows.read("colors", lambda value: value.one_of(COLORS), COLORS[0]),
        no_cache=rows.option("no_cache", bool, False),
        trace=rows.option("trace", lambda value: Path(str(value)).absolute(), None),
        trace_bodies=rows.option("trace_bodies", bool, False),
        demo=rows.option("demo", bool, False),
        demo_size=rows.option("demo_size", _demo_size, None),
    )
    warnings.extend(_cautions(settled, given))
    return settled._replace(warnings=tuple(warnings), rows=tuple(rows.rows))


def _cautions(settled: Settings, given: Mapping[str, Value]) -> Iterator[str]:
    if settled.key_file and "access_token" in given:
        yield (
            f"A key file ({settled.key_file.origin}) and an access token ({given['access_token'].origin}) "
            "are set: the key file is used."
        )
    for url in (settled.domain, settled.token_url):
        if url and url.startswith("http:") and not address.is_loopback(url):
            yield f"{url} is not encrypted: anyone on the network can read the access token."
            break
    if settled.insecure:
        yield f"Certificates are not checked ({given['insecure'].origin}): anyone can pose as the server."


def _key_file(value: Value) -> KeyFileSource:
    return KeyFileSource(None if value.text == "-" else value.path(), value.origin)


def _token_url(value: Value, domain: str | None) -> str:
    url = address.endpoint(value.text, value.called)
    host = address.origin_of(url)
    if domain and host != domain and not value.is_option:
        raise UsageFailure(
            f"{value.called} is on {host}, not on {domain}: what signs you in would be valid there, too.",
            f"Leave it out, or confirm it with --token-url {url}",
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
