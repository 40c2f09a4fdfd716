"""The tree of commands, and the options that all of them share."""

import argparse
from collections.abc import Iterable, Iterator, Sequence

from zitadel_tui.cli import subcommands
from zitadel_tui.cli.arguments import GLOBAL_OPTIONS, PROGRAM, Group, Parser, Version, refuse
from zitadel_tui.text import quoted

SHELLS = ("bash", "zsh", "fish")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Raises ``UsageFailure``; ``SystemExit`` after ``--help`` and ``--version``."""
    options = argparse.Namespace()
    _, unknown = build(arguments).parse_known_args(list(arguments), options)
    if unknown:
        refuse(unknown[0], options.parser)
    if options.command is None and options.parser.prog != PROGRAM:
        options.parser.error(f"`{options.parser.prog}` needs a command")
    return options


def build(words: Sequence[str] | None = None) -> Parser:
    """``options.command`` is ``noun.verb``, None for the app; ``options.parser`` is the one that matched.

    With ``words`` only the groups among them get their commands, which saves half the time.
    """
    shared = _global_options()
    root = Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [COMMAND ...] [options]",
        parents=[shared],
        description="ZITADEL administration in the terminal. Without a command the app opens.",
        example=f"{PROGRAM} --demo members list",
    )
    root.set_defaults(command=None, parser=root)
    top = Group(root, shared)
    top.leaf("token", "print the access token", "export ZITADEL_PAT=$({} token)")
    top.leaf("whoami", "show who is signed in and what the account may do here", "{} whoami")
    subcommands.logout(top)
    for name, summary, add_commands in subcommands.GROUPS:
        group = top.group(name, summary)
        if words is None or name in words:
            add_commands(group)
    subcommands.history(top)
    subcommands.undo(top)
    subcommands.doctor(top)
    top.leaf("settings", "show every setting, its value and where it comes from", "{} settings")
    top.leaf("keys", "list the keys of the app", "{} keys")
    completion = top.leaf(
        "completion",
        "print a completion script for a shell",
        'eval "$({} completion bash)"',
        "SHELL",
    )
    completion.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))
    help_ = top.leaf("help", "show the help of a command", "{} help members add", "[COMMAND...]")
    help_.add_argument("words", metavar="COMMAND", nargs="*", help="default: the whole program")
    return root


def commands() -> list[str]:
    """The words of every command: ``members list``."""
    leaves = [parser for parser in build().tree() if parser.get_default("command")]
    return [parser.prog.removeprefix(f"{PROGRAM} ") for parser in leaves]


_GLOBAL: tuple[tuple[str, str | None, str], ...] = (
    ("--context", "CONTEXT", "use this context; `context list` shows them"),
    ("--env-file", "FILE", "read settings from FILE instead of ./.env"),
    ("--domain", "ADDRESS", "address of the ZITADEL server: host or URL"),
    ("--token-url", "URL", "address of the token endpoint; may be on another host"),
    ("--key-file", "FILE", "key of a service account; - reads it from stdin"),
    ("--org", "ORG", "organization to act in: id, name or primary domain; default: the account's own"),
    ("--ca-file", "FILE", "certificates to trust besides the system's"),
    ("--insecure", None, "do not check certificates"),
    ("--timeout", "SECONDS", "limit for each request, including its retries"),
    (
        "--max-clock-difference",
        "HOURS",
        "sign in with the server's time if the clocks differ by at most this; default: 24",
    ),
    ("--read-only", None, "refuse every change"),
    ("--no-cache", None, "do not read or write the cache of access tokens"),
    ("--trace", "FILE", "write every request to a new FILE, without secrets"),
    ("--trace-bodies", None, "also write the bodies to the trace, with secrets replaced"),
    ("--demo", None, "use an embedded ZITADEL instead of a server"),
    ("--demo-size", "N", "number of members in the demo"),
    ("--json", None, "print JSON, with ZITADEL's own field names"),
    ("--csv", None, "print CSV"),
)
_GLOBAL_NAMES = frozenset(name[2:].replace("-", "_") for name, *_ in _GLOBAL)


def _global_options() -> Parser:
    """Add the global options to a parser. Options that are not given set nothing, so that the last one
    given wins."""
    parser = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    group = parser.add_argument_group(GLOBAL_OPTIONS)
    subcommands.options(group, _GLOBAL)
    group.add_argument(
        "--version", action=Version, help="show the versions of this program, Python and Textual"
    )
    return parser


_NOT_REPEATED = frozenset({"json", "csv", "read_only", "dry_run", "trace", "trace_bodies"})


def repeated(options: argparse.Namespace, *arguments: str) -> str:
    """The given command, to paste into a shell and run for real: with its options except those for output
    and those that prevent writing, and with ``arguments`` instead of its own."""
    noun_and_verb = options.parser.prog.split()[1:]
    local = (action for action in options.parser._actions if action.dest not in _GLOBAL_NAMES)
    return _command(options, [*noun_and_verb, *_given(options, local), *arguments])


def for_same_server(options: argparse.Namespace, command: str) -> str:
    """``command`` with the options for the server and organization of this run."""
    return f"{_command(options, [])} {command.removeprefix(PROGRAM).strip()}"


def _command(options: argparse.Namespace, words: Sequence[str]) -> str:
    """The global options come first, where no ``--`` can make arguments of them."""
    shared = (action for action in options.parser._actions if action.dest in _GLOBAL_NAMES)
    return " ".join(map(quoted, [PROGRAM, *_given(options, shared), *words]))


def _given(options: argparse.Namespace, actions: Iterable[argparse.Action]) -> Iterator[str]:
    """The options as given on the command line."""
    for action in actions:
        value = getattr(options, action.dest, None)
        if not action.option_strings or action.dest in _NOT_REPEATED or value in (None, False):
            continue
        option = action.option_strings[-1]
        for one in value if isinstance(value, list) else [value]:
            if one is True:
                yield option
            elif str(one).startswith("-") and one != "-":
                yield f"{option}={one}"
            else:
                yield from (option, str(one))
