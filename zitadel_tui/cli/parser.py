"""The tree of commands, and the options that all of them share."""

import argparse
from collections.abc import Iterable, Iterator, Sequence

from zitadel_tui import __version__
from zitadel_tui.cli import subcommands
from zitadel_tui.cli.arguments import GLOBAL_OPTIONS, PROGRAM, Group, Parser, refuse
from zitadel_tui.text import quoted

SHELLS = ("bash", "zsh", "fish")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Raises ``UsageFailure``; ``SystemExit`` after ``--help`` and ``--version``."""
    options = argparse.Namespace()
    _, unknown = build().parse_known_args(list(arguments), options)
    if unknown:
        refuse(unknown[0], options.parser)
    if options.command is None and options.parser.prog != PROGRAM:
        options.parser.error(f"`{options.parser.prog}` needs a command")
    return options


def build() -> Parser:
    """``options.command`` is ``noun.verb``, None for the app; ``options.parser`` is the one that matched."""
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
    top.leaf("token", "token", "print the access token", "export ZITADEL_PAT=$({} token)")
    top.leaf("whoami", "whoami", "show who is signed in and what the account may do here", "{} whoami")
    subcommands.members(top)
    subcommands.roles(top)
    subcommands.users(top)
    subcommands.demo(top)
    top.leaf("settings", "settings", "show every setting, its value and where it comes from", "{} settings")
    top.leaf("keys", "keys", "list the keys of the app", "{} keys")
    completion = top.leaf(
        "completion", "completion", "print a completion script", 'eval "$({} completion bash)"', "SHELL"
    )
    completion.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))
    return root


def commands() -> list[str]:
    """The words of every command: ``members list``."""
    leaves = [parser for parser in build().tree() if parser.get_default("command")]
    return [parser.prog.removeprefix(f"{PROGRAM} ") for parser in leaves]


_GLOBAL: tuple[tuple[str, str | None, str], ...] = (
    ("--env-file", "FILE", "settings, instead of .env here"),
    ("--domain", "ADDRESS", "of the ZITADEL: host or URL"),
    ("--token-url", "URL", "of the token endpoint; may lie on another host"),
    ("--key-file", "FILE", "key of a service account; - reads it from stdin"),
    ("--org", "ID", "the organization to act in, instead of the account's own"),
    ("--ca-file", "FILE", "certificates to trust besides the system's"),
    ("--insecure", None, "do not check certificates"),
    ("--timeout", "SECONDS", "for each request, its retries included"),
    ("--max-clock-difference", "HOURS", "up to which the server's time is used to sign in; default 24"),
    ("--read-only", None, "send nothing that changes anything"),
    ("--demo", None, "an embedded ZITADEL instead of a server"),
    ("--demo-size", "N", "its number of members"),
    ("--json", None, "print JSON, under ZITADEL's own names"),
    ("--csv", None, "print CSV"),
)
_GLOBAL_NAMES = frozenset(name[2:].replace("-", "_") for name, *_ in _GLOBAL)


def _global_options() -> Parser:
    """For every parser of the tree: what is not given leaves no trace, so the last one given wins."""
    parser = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    group = parser.add_argument_group(GLOBAL_OPTIONS)
    subcommands.options(group, _GLOBAL)
    group.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    return parser


_NOT_REPEATED = frozenset({"json", "csv", "read_only", "dry_run"})


def repeated(options: argparse.Namespace, *arguments: str) -> str:
    """The command that was given, to be pasted into a shell and really carried out: with its options, save
    those of the output and those that prevent writing, and ``arguments`` in the place of its own."""
    noun_and_verb = options.parser.prog.split()[1:]
    local = (action for action in options.parser._actions if action.dest not in _GLOBAL_NAMES)
    return _command(options, [*noun_and_verb, *_given(options, local), *arguments])


def for_same_server(options: argparse.Namespace, command: str) -> str:
    """``command``, one of ours, for the server and organization of this run."""
    return f"{_command(options, [])} {command.removeprefix(PROGRAM).strip()}"


def _command(options: argparse.Namespace, words: Sequence[str]) -> str:
    """The global options come first, where no ``--`` can make arguments of them."""
    shared = (action for action in options.parser._actions if action.dest in _GLOBAL_NAMES)
    return " ".join(map(quoted, [PROGRAM, *_given(options, shared), *words]))


def _given(options: argparse.Namespace, actions: Iterable[argparse.Action]) -> Iterator[str]:
    """The options as they were given."""
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
