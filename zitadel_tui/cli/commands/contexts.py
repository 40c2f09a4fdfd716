"""``context``: lists, adds, uses, shows and removes contexts. It sends no request."""

from pathlib import Path
from typing import NamedTuple

from zitadel_tui import address, contexts
from zitadel_tui.cli import prompts
from zitadel_tui.cli.failures import DONE
from zitadel_tui.cli.output import Column
from zitadel_tui.cli.run import Run
from zitadel_tui.contexts import NORMAL, READ_ONLY, Context, Contexts
from zitadel_tui.failure import UsageFailure
from zitadel_tui.settings import Settings
from zitadel_tui.text import shown

_PIPED_KEY = ("The key is read from stdin, and a context holds no key.", "Give --key-file FILE.")


class _Row(NamedTuple):
    """A context, or the settings that are used instead of one."""

    context: Context
    in_use: bool
    is_current: bool

    @property
    def use(self) -> str:
        return ", ".join(word for word, so in (("here", self.in_use), ("current", self.is_current)) if so)


_CONTEXTS = (
    Column[_Row]("name", lambda row: row.context.name, "NAME"),
    Column[_Row]("inUse", lambda row: _yes(row.in_use), "USE", lambda row: row.use, rigid=True),
    Column[_Row]("current", lambda row: _yes(row.is_current)),
    Column[_Row]("domain", lambda row: row.context.domain, "ADDRESS"),
    Column[_Row]("org", lambda row: row.context.org, "ORGANIZATION"),
    Column[_Row]("protection", lambda row: row.context.protection, "PROTECTION", rigid=True),
    Column[_Row](
        "keyFile", lambda row: row.context.key_file, "CREDENTIAL", lambda row: row.context.credential
    ),
    Column[_Row]("tokenEnv", lambda row: row.context.token_env),
    Column[_Row]("tokenFile", lambda row: row.context.token_file),
    Column[_Row]("tokenUrl", lambda row: row.context.token_url),
    Column[_Row]("projectId", lambda row: row.context.project_id),
    Column[_Row]("caFile", lambda row: row.context.ca_file),
    Column[_Row]("accent", lambda row: row.context.accent),
)


def list_(run: Run) -> int:
    known = _read_contexts()
    here = _settings_here(run)
    used = here.context if here else ""
    rows = [
        _Row(context, in_use=context.name == used, is_current=context.name == known.current)
        for context in known.all
    ]
    if here is not None and here.domain and all(not row.in_use for row in rows):
        rows.insert(0, _Row(_as_context(here), in_use=True, is_current=False))
    run.output.rows(_CONTEXTS, rows, _row_data)
    if not known.all:
        run.output.say("note", "There are no contexts yet. `zitadel-tui context add NAME` adds one.")
    elif not used and not known.current:
        run.output.say(
            "note", "No context is the current one. `zitadel-tui context use NAME` makes one current."
        )
    return DONE


def show(run: Run) -> int:
    known = _read_contexts()
    name = run.options.name or run.settings.context
    if name and known.get(name) is None and name == run.settings.context:
        context, current = _as_context(run.settings), False
    elif name:
        context, current = known.named(name), name == known.current
    else:
        raise UsageFailure(
            "No context is in use.", "Name one, or make one current: zitadel-tui context use NAME."
        )
    fields = context._asdict()
    pairs = [(label, fields[field]) for field, label in _LABELS.items() if fields[field]]
    run.output.card([*pairs, ("current", _yes(current))], {**_data(context), "current": current})
    return DONE


_LABELS = {
    "name": "name",
    "domain": "address",
    "org": "organization",
    "key_file": "key file",
    "token_env": "token variable",
    "token_file": "token file",
    "token_url": "token endpoint",
    "project_id": "project id",
    "ca_file": "CA file",
    "protection": "protection",
    "accent": "accent",
}


def add(run: Run) -> int:
    options, path = run.options, contexts.file()
    if not contexts.is_name(options.name):
        raise UsageFailure(
            f"{shown(options.name)!r} cannot be the name of a context.", f"Use {contexts.NAMES}."
        )
    known = _read_contexts()
    before = known.get(options.name)
    if before is not None and not options.replace:
        raise UsageFailure(
            f"A context named {shown(options.name)} already exists.",
            "Choose another name, or add --replace: what is not given stays as it is.",
        )
    given = vars(options)
    if before is not None and not given.get("domain") and not given.get("context"):
        made = before._replace(**_server_options(run))
    else:
        made = _to_context(options.name, run.settings, has_token=bool(_token_options(run)))
        if before is not None:
            made = made._replace(protection=before.protection, accent=before.accent)
    made = made._replace(**_token_options(run))
    if options.protection:
        made = made._replace(protection=options.protection)
    if options.accent:
        made = made._replace(accent=options.accent)
    if before is not None and not _keeps_protection(made, before):
        _confirm(run, f"Change context {shown(made.name)} from {_stated(before)} to {_stated(made)}.")
    if given.get("read_only") and made.protection != READ_ONLY:
        run.output.say("warning", "--read-only is not kept in a context: use --protection read-only.")
    contexts.put(path, made, before=before, use=options.use)
    what = "Replaced" if before else "Added"
    how = "It is the current one." if options.use else f"Use it with --context {shown(made.name)}."
    run.output.result(
        [f"{what} context {shown(made.name)}: {shown(made.domain)}, {made.protection}. {how}"],
        [("name", made.name), ("domain", made.domain)],
        _data(made),
    )
    return DONE


def use(run: Run) -> int:
    context = _read_contexts().named(run.options.name)
    contexts.use(contexts.file(), context.name)
    run.output.result(
        [f"The current context is now {shown(context.name)}: {shown(context.domain)}."],
        [("name", context.name)],
        {"name": context.name},
    )
    here = _settings_here(run)
    if here is not None and here.context != context.name and here.domain:
        called = shown(here.context or "an option")
        run.output.say(
            "note", f"It is not used in this folder: {called} names the server {shown(here.domain)}."
        )
    return DONE


def remove(run: Run) -> int:
    context = _read_contexts().named(run.options.name)
    if context.protection != NORMAL:
        _confirm(run, f"Remove context {shown(context.name)}: {_stated(context)}.")
    contexts.remove(contexts.file(), context)
    run.output.result(
        [f"Removed context {shown(context.name)}. Its key file and tokens were not deleted."],
        [("name", context.name)],
        {"name": context.name},
    )
    return DONE


def _confirm(run: Run, what: str) -> None:
    if not run.options.yes:
        prompts.confirm(run, f"{what} The protection ends.", otherwise="Add --yes to confirm it.")


def _keeps_protection(made: Context, before: Context) -> bool:
    """Whether ``made`` states at least what ``before`` does, of the same server and organization."""
    levels = [contexts.PROTECTIONS.index(one.protection) for one in (made, before)]
    is_there = address.server_of(made.origin or "") == address.server_of(before.origin or "")
    return before.protection == NORMAL or (
        levels[0] >= levels[1] and is_there and made.org in ("", before.org)
    )


def _stated(context: Context) -> str:
    """What its protection says, of which server and organization."""
    of = f", organization {shown(context.org)}" if context.org else ""
    return f"{context.protection} ({shown(context.domain)}{of})"


def _server_options(run: Run) -> dict[str, str]:
    """The fields that options give without an address. Raises ``UsageFailure``."""
    given, fields = vars(run.options), dict[str, str]()
    if given.get("org"):
        fields["org"] = str(given["org"]).strip()
    if given.get("token_url"):
        fields["token_url"] = address.endpoint(str(given["token_url"]), "--token-url")
    for name in ("key_file", "ca_file"):
        if given.get(name) == "-":
            raise UsageFailure(*_PIPED_KEY)
        if given.get(name):
            fields[name] = str(Path(given[name]).expanduser().absolute())
    if "key_file" in fields:
        fields.update(token_env="", token_file="")
    return fields


def _read_contexts() -> Contexts:
    return contexts.read(contexts.file())


def _settings_here(run: Run) -> Settings | None:
    """Load the settings of this folder; None, with a warning, if they cannot be used."""
    try:
        return run.load_settings()
    except UsageFailure as failure:
        run.output.say("warning", failure.summary)
        return None


def _as_context(settings: Settings) -> Context:
    """The settings that are used instead of a context, in the form of one."""
    token = f"token of {settings.context}" if settings.access_token is not None else ""
    name = settings.context or "options"
    return _to_context(name, settings, has_token=True)._replace(token_file=token)


def _to_context(name: str, settings: Settings, *, has_token: bool) -> Context:
    """Turn ``settings`` into a context with absolute paths. Raises ``UsageFailure`` if something is
    missing, or if the file would contain a secret."""
    if settings.demo or not settings.domain:
        raise UsageFailure(
            "No address is set, so there is nothing to add."
            if not settings.demo
            else "The demo needs no context.",
            "Give --domain and --key-file, or run the command where a .env names them.",
        )
    key_file = token_env = ""
    if settings.key_file is not None:
        if settings.key_file.path is None:
            raise UsageFailure(
                "The key is read from stdin, and a context cannot contain a key.", "Give --key-file FILE."
            )
        key_file = str(Path(settings.key_file.path).absolute())
    elif settings.access_token is not None and not has_token:
        token_env = _variable_of(settings)
    ca_file = "" if settings.ca_file is None else str(settings.ca_file.absolute())
    project = "" if settings.project_id == Settings().project_id else settings.project_id
    token_url = settings.token_url or ""
    return Context(
        name,
        settings.domain,
        key_file,
        token_env,
        "",
        token_url,
        project,
        settings.org or "",
        ca_file,
    )


def _variable_of(settings: Settings) -> str:
    """The environment variable that the access token was read from."""
    origin = next(row.origin for row in settings.rows if row.name == "access_token")
    kind, _, variable = origin.partition(" ")
    if kind == "environment":
        return variable
    raise UsageFailure(
        f"The access token is in {origin}, and a context cannot contain a token.",
        "Give --token-file FILE or --token-env VARIABLE, or use a key file.",
    )


def _token_options(run: Run) -> dict[str, str]:
    options = run.options
    if options.token_env and options.token_file:
        raise UsageFailure("--token-env and --token-file cannot be combined.", "Leave one out.")
    if options.token_env:
        return {"token_env": options.token_env, "token_file": "", "key_file": ""}
    if options.token_file:
        path = str(Path(options.token_file).expanduser().absolute())
        return {"token_file": path, "token_env": "", "key_file": ""}
    return {}


def _row_data(row: _Row) -> dict[str, object]:
    return {**_data(row.context), "current": row.is_current, "inUse": row.in_use}


def _data(context: Context) -> dict[str, str]:
    """The fields of a context by the names of ``--json``: ``keyFile``."""
    return {_camel_case(name): value for name, value in context._asdict().items()}


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def _yes(value: bool) -> str:
    return "yes" if value else "no"
