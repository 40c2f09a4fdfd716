"""An ``argparse`` parser that raises failures and suggests the nearest word for a mistyped one.

It imports nothing but argparse, so that ``--help`` and completion are fast.
"""

import argparse
import itertools
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from zitadel_tui import __version__
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import nearest, shown

vars(argparse)["_"] = lambda text: text  # looking for translations takes a third of making the parsers

PROGRAM = "zitadel-tui"
GLOBAL_OPTIONS = "global options"


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
        self._instead: dict[str, argparse.Action] = {}

    def add_option_instead(self, option: str, positional: argparse.Action, **how: Any) -> None:
        """An option that is given instead of ``positional``."""
        self.add_argument(option, **how)
        self._instead[option] = positional

    def error(self, message: str) -> NoReturn:
        sentence = shown(message[:1].upper() + message[1:])
        hint = f"For example: {self.example}" if self.example else f"`{self.prog} --help` lists the options."
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
        """Report a mistyped option before the arguments that are missing because of it."""
        words = list(itertools.takewhile("--".__ne__, args or ()))
        names = [word.partition("=")[0] for word in words]
        for option in self._instead.keys() & names:
            self._actions.remove(self._instead[option])
        if self.get_default("command"):
            for word, name in zip(words, names, strict=True):
                if _is_option(word) and name not in self._option_string_actions:
                    refuse(word, self)
        return super().parse_known_args(args, namespace)

    def format_help(self) -> str:
        """List the command's own options before the global ones."""
        self._action_groups.sort(key=lambda group: group.title == GLOBAL_OPTIONS)
        return super().format_help()

    def tree(self) -> Iterator["Parser"]:
        """This parser and all below it, each once, aliases left out."""
        yield self
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                for inner in dict.fromkeys(action.choices.values()):
                    yield from inner.tree()

    def options(self) -> list[str]:
        """Every long option it knows."""
        return [name for name in self._option_string_actions if name.startswith("--")]


class Version(argparse._VersionAction):
    """Print the versions that a bug report needs."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from importlib.metadata import version

        python = ".".join(map(str, sys.version_info[:3]))
        print(f"{PROGRAM} {__version__} (Python {python}, Textual {version('textual')})")
        parser.exit()


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-"


def _suggestion(word: str, known: Sequence[str]) -> str:
    near = nearest(word, list(known))
    return f"Did you mean {near}?" if near else f"Choose from: {', '.join(known)}."


def refuse(word: str, parser: Parser) -> NoReturn:
    """Raise ``UsageFailure`` for a ``word`` that ``parser`` does not know."""
    name = word.partition("=")[0]
    if not _is_option(word):
        parser.error(f"Unexpected argument: {shown(word)!r}")
    near = nearest(name, parser.options())
    hint = f"Did you mean {near}?" if near else f"`{parser.prog} --help` shows the options."
    raise UsageFailure(f"There is no option {shown(name)} here.", hint)


class Group:
    """Adds commands below one parser; each takes the global options, too."""

    def __init__(self, parser: Parser, shared: Parser) -> None:
        self._shared = shared
        self._commands = parser.add_subparsers(
            title="commands", metavar="COMMAND", parser_class=Parser, prog=parser.prog
        )

    def leaf(
        self,
        name: str,
        summary: str,
        example: str,
        words: str = "",
        *,
        also: Sequence[str] = (),
    ) -> Parser:
        """``words`` are the arguments as usage shows them; ``also`` are other names of the command."""
        usage = " ".join(filter(None, ("%(prog)s", words, "[options]")))
        parser = self._add(name, summary, usage, example=example.format(PROGRAM), also=also)
        parser.set_defaults(command=".".join(parser.prog.split()[1:]))
        return parser

    def group(self, name: str, summary: str) -> "Group":
        return Group(self._add(name, summary, "%(prog)s COMMAND ..."), self._shared)

    def _add(
        self, name: str, summary: str, usage: str, *, example: str = "", also: Sequence[str] = ()
    ) -> Parser:
        parser: Parser = self._commands.add_parser(
            name,
            aliases=also,
            help=summary,
            usage=usage,
            description=f"{summary[0].upper()}{summary[1:]}.",
            parents=[self._shared],
            example=example,
        )
        parser.set_defaults(parser=parser)
        return parser
