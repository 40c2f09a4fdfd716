"""``completion``: a script for the shell, made from the parser."""

import argparse
from collections.abc import Iterator

from zitadel_tui.cli import parser
from zitadel_tui.cli.run import DONE, Run


def script(run: Run) -> int:
    import shtab

    tree = parser.build()
    for action in _actions(tree):
        if action.metavar in ("FILE", "DIR"):
            kind = shtab.FILE if action.metavar == "FILE" else shtab.DIRECTORY
            setattr(action, "complete", kind)  # noqa: B010 - shtab's own hook, unknown to argparse's types
    run.output.plain(shtab.complete(tree, run.options.shell))
    return DONE


def _actions(tree: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in tree._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _actions(inner)
