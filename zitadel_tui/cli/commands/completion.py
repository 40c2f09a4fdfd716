"""``completion``: a script for the shell, made from the parser."""

from zitadel_tui.cli import parser
from zitadel_tui.cli.run import DONE, Run


def script(run: Run) -> int:
    import shtab

    tree = parser.build()
    for action in (action for inner in tree.tree() for action in inner._actions):
        if action.metavar in ("FILE", "DIR"):
            kind = shtab.FILE if action.metavar == "FILE" else shtab.DIRECTORY
            setattr(action, "complete", kind)  # noqa: B010 - shtab's own hook, unknown to argparse's types
    run.output.plain(shtab.complete(tree, run.options.shell))
    return DONE
