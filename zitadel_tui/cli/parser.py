"""The tree of commands, and the options that all of them share."""

import argparse
from collections.abc import Iterable, Sequence

from zitadel_tui import __version__
from zitadel_tui.cli import nouns
from zitadel_tui.cli.arguments import GLOBAL_OPTIONS, PROGRAM, Group, Parser, refuse

SHELLS = ("bash", "zsh", "fish")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Raises ``UsageFailure``; ``SystemExit`` after ``--help`` and ``--version``."""
    options = argparse.Namespace()
    _, unknown = build().parse_known_args(list(arguments), options)
    if unknown:
        refuse(unknown[0], options.parser)
    if options.command is None and options.parser.prog != PROGRAM:
        options.parser.error(f"after {options.parser.prog} a command is missing")
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
    top.leaf("token", "token", "print the access token and nothing else", "export ZITADEL_PAT=$({} token)")
    top.leaf("whoami", "whoami", "who is signed in, and what that allows here", "{} whoami")
    nouns.members(top)
    nouns.roles(top)
    nouns.users(top)
    nouns.demo(top)
    top.leaf("settings", "settings", "every setting, its value, and where it comes from", "{} settings")
    top.leaf("keys", "keys", "what every key of the app does", "{} keys")
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


def _global_options() -> Parser:
    """For every parser of the tree: what is not given leaves no trace, so the last one given wins."""
    parser = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    group = parser.add_argument_group(GLOBAL_OPTIONS)
    nouns.options(group, _GLOBAL)
    group.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    return parser


def given_globals(options: argparse.Namespace, *, without: Iterable[str] = ()) -> list[str]:
    """The global options as they were given, to be repeated in a command that is shown."""
    words: list[str] = []
    for name, metavar, _ in _GLOBAL:
        value = getattr(options, name[2:].replace("-", "_"), None)
        if value is not None and name not in without:
            words += [name] if metavar is None else [name, str(value)]
    return words
