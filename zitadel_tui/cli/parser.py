"""The tree of commands, on argparse; a mistyped word is answered with the nearest one.

Loads nothing but argparse: ``--help`` and completion depend on it.
"""

import argparse
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn

from zitadel_tui import __version__
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import nearest, shown

PROGRAM = "zitadel-tui"
SHELLS = ("bash", "zsh", "fish")


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` that raises ``UsageFailure`` instead of ending the process."""

    def __init__(self, *, example: str = "", **options: Any) -> None:
        super().__init__(
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            epilog=f"example:\n  {example}" if example else None,
            **options,
        )
        self.example = example

    def error(self, message: str) -> NoReturn:
        sentence = shown(message[:1].upper() + message[1:])
        hint = (
            f"For example: {self.example}" if self.example else f"`{self.prog} --help` shows what there is."
        )
        raise UsageFailure(f"{sentence}.", hint)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        choices = [str(choice) for choice in action.choices]
        if isinstance(action, argparse._SubParsersAction):
            sentence = f"There is no command {shown(str(value))!r}."
        else:
            sentence = f"{'/'.join(action.option_strings) or action.metavar} cannot be {shown(str(value))!r}."
        raise UsageFailure(sentence, _suggestion(str(value), choices))

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """A mistyped option is told before what it leaves missing."""
        if self.get_default("command"):
            for word in itertools.takewhile("--".__ne__, args or ()):
                if (
                    word[:1] == "-"
                    and word != "-"
                    and word.partition("=")[0] not in self._option_string_actions
                ):
                    _refuse(word, self)
        return super().parse_known_args(args, namespace)

    def tree(self) -> Iterator["Parser"]:
        """It and all below it."""
        yield self
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                for inner in action.choices.values():
                    yield from inner.tree()

    def options(self) -> list[str]:
        """Every long option it knows."""
        return [name for name in self._option_string_actions if name.startswith("--")]


def _suggestion(word: str, known: Sequence[str]) -> str:
    near = nearest(word, list(known))
    return f"Did you mean {near}?" if near else f"There are: {', '.join(known)}."


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Raises ``UsageFailure``; ``SystemExit`` after ``--help`` and ``--version``."""
    options = argparse.Namespace()
    _, unknown = build().parse_known_args(list(arguments), options)
    if unknown:
        _refuse(unknown[0], options.parser)
    if options.command is None and options.parser.prog != PROGRAM:
        options.parser.error(f"after {options.parser.prog} a command is missing")
    return options


def _refuse(word: str, parser: Parser) -> NoReturn:
    name = word.partition("=")[0]
    if not word.startswith("-") or word == "-":
        parser.error(f"{shown(word)!r} is one word too many")
    near = nearest(name, parser.options())
    hint = f"Did you mean {near}?" if near else f"`{parser.prog} --help` shows the options."
    raise UsageFailure(f"There is no option {shown(name)} here.", hint)


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
    nouns = _Group(root, shared)
    nouns.leaf("token", "token", "print the access token and nothing else", "export ZITADEL_PAT=$({} token)")
    nouns.leaf("whoami", "whoami", "who is signed in, and what that allows here", "{} whoami")
    _members(nouns)
    _roles(nouns)
    _users(nouns)
    _demo(nouns)
    nouns.leaf("settings", "settings", "every setting, its value, and where it comes from", "{} settings")
    completion = nouns.leaf(
        "completion", "completion", "print a completion script", 'eval "$({} completion bash)"', "SHELL"
    )
    completion.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))
    return root


def commands() -> list[str]:
    """The words of every command: ``members list``."""
    leaves = [parser for parser in build().tree() if parser.get_default("command")]
    return [parser.prog.removeprefix(f"{PROGRAM} ") for parser in leaves]


def _members(nouns: "_Group") -> None:
    group = nouns.group("members", "who is a member of the organization, with which roles")
    list_ = group.leaf("list", "members.list", "all members, each once", "{} members list --role ORG_OWNER")
    list_.add_argument(
        "--filter", metavar="TEXT", help="only those in whom every word occurs; role:WORD and kind:WORD too"
    )
    list_.add_argument(
        "--role", metavar="ROLE", action="append", help="only those with this role; several: any of them"
    )
    add = group.leaf(
        "add",
        "members.add",
        "make a member, or add to the roles of one; takes nothing away",
        "{} members add ada@example.com ORG_USER_MANAGER",
        "USER ROLE...",
    )
    add.add_argument("user", metavar="USER", help="an id, a login name or an email")
    add.add_argument("roles", metavar="ROLE", nargs="+", help="as `roles list` shows them")


def _roles(nouns: "_Group") -> None:
    group = nouns.group("roles", "the administrator roles, and what they permit")
    group.leaf("list", "roles.list", "the roles that this organization offers", "{} roles list")
    show = group.leaf(
        "show",
        "roles.show",
        "what a role permits, and who holds it",
        "{} roles show ORG_USER_MANAGER",
        "ROLE",
    )
    show.add_argument("role", metavar="ROLE")


def _users(nouns: "_Group") -> None:
    group = nouns.group("users", "people and service accounts")
    find = group.leaf(
        "find", "users.find", "by name, login name, email, phone or id", "{} users find ada", "TEXT"
    )
    find.add_argument("text", metavar="TEXT", nargs="+", help="part of it is enough; an id must be whole")
    import_ = group.leaf(
        "import",
        "users.import",
        "create one human from the JSON body of ZITADEL's import call",
        "{} users import --from ada.json --role ORG_USER_MANAGER",
        "--from FILE",
    )
    import_.add_argument(
        "--from", dest="source", metavar="FILE", required=True, help="the body; - reads it from stdin"
    )
    import_.add_argument("--role", metavar="ROLE", action="append", help="assigned in the same run")
    import_.add_argument(
        "--use", choices=("password", "hash"), help="which to send of a body that gives both"
    )
    import_.add_argument(
        "--allow-published-hash", action="store_true", help="even the hash of ZITADEL's documentation"
    )


def _demo(nouns: "_Group") -> None:
    group = nouns.group("demo", "a small ZITADEL on this machine, to try things with")
    serve = group.leaf("serve", "demo.serve", "run it on 127.0.0.1", "{} demo serve --port 8080 demo", "DIR")
    serve.add_argument("--port", metavar="N", default="0", help="default: a free one")
    serve.add_argument("directory", metavar="DIR", help="gets a key file and a .env")


class _Group:
    """Adds commands below one parser; each takes the global options, too."""

    def __init__(self, parser: Parser, shared: Parser) -> None:
        self._shared = shared
        self._commands = parser.add_subparsers(
            title="commands", metavar="COMMAND", parser_class=Parser, prog=parser.prog
        )

    def leaf(self, name: str, command: str, summary: str, example: str, words: str = "") -> Parser:
        """``words`` are the arguments as usage shows them."""
        usage = " ".join(filter(None, ("%(prog)s", words, "[options]")))
        parser = self._add(name, summary, usage, example=example.format(PROGRAM))
        parser.set_defaults(command=command)
        return parser

    def group(self, name: str, summary: str) -> "_Group":
        return _Group(self._add(name, summary, "%(prog)s COMMAND ..."), self._shared)

    def _add(self, name: str, summary: str, usage: str, *, example: str = "") -> Parser:
        parser: Parser = self._commands.add_parser(
            name,
            help=summary,
            usage=usage,
            description=f"{summary[0].upper()}{summary[1:]}.",
            parents=[self._shared],
            example=example,
        )
        parser.set_defaults(parser=parser)
        return parser


_GLOBAL: tuple[tuple[str, str | None, str], ...] = (
    ("--env-file", "FILE", "settings, instead of .env here"),
    ("--domain", "ADDRESS", "of the ZITADEL: host or URL"),
    ("--token-url", "URL", "of the token endpoint; may lie on another host"),
    ("--key-file", "FILE", "key of a service account; - reads it from stdin"),
    ("--org", "ID", "the organization to act in, instead of the account's own"),
    ("--ca-file", "FILE", "certificates to trust besides the system's"),
    ("--insecure", None, "do not check certificates"),
    ("--timeout", "SECONDS", "for each request, its retries included"),
    ("--read-only", None, "send nothing that changes anything"),
    ("--demo", None, "an embedded ZITADEL instead of a server"),
    ("--demo-size", "N", "its number of members"),
    ("--json", None, "print JSON, under ZITADEL's own names"),
    ("--csv", None, "print CSV"),
)


def _global_options() -> Parser:
    """For every parser of the tree: what is not given leaves no trace, so the last one given wins."""
    parser = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    group = parser.add_argument_group("global options")
    for name, metavar, summary in _GLOBAL:
        if metavar is None:
            group.add_argument(name, action="store_true", help=summary)
        else:
            group.add_argument(name, metavar=metavar, help=summary)
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
