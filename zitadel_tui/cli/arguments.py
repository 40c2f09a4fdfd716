"""argparse as the commands use it: failures are raised, and a mistyped word is answered with the nearest one.

Loads nothing but argparse: ``--help`` and completion depend on it.
"""

import argparse
import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import nearest, shown

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
                    refuse(word, self)
        return super().parse_known_args(args, namespace)

    def format_help(self) -> str:
        """What the command itself takes comes before what all of them take."""
        self._action_groups.sort(key=lambda group: group.title == GLOBAL_OPTIONS)
        return super().format_help()

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


def refuse(word: str, parser: Parser) -> NoReturn:
    """``word`` has no meaning for ``parser``."""
    name = word.partition("=")[0]
    if not word.startswith("-") or word == "-":
        parser.error(f"{shown(word)!r} is one word too many")
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

    def leaf(self, name: str, command: str, summary: str, example: str, words: str = "") -> Parser:
        """``words`` are the arguments as usage shows them."""
        usage = " ".join(filter(None, ("%(prog)s", words, "[options]")))
        parser = self._add(name, summary, usage, example=example.format(PROGRAM))
        parser.set_defaults(command=command)
        return parser

    def group(self, name: str, summary: str) -> "Group":
        return Group(self._add(name, summary, "%(prog)s COMMAND ..."), self._shared)

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
