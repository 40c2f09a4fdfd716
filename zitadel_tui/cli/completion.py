"""Completion scripts: commands, options, and the arguments of which all values are known.

The scripts send no requests, so they complete only ZITADEL's own roles. Runs and contexts are those that
are there when they are completed."""

import shlex
from collections.abc import Iterable

import shtab

from zitadel_tui import contexts
from zitadel_tui.cli import parser
from zitadel_tui.cli.arguments import PROGRAM
from zitadel_tui.core import rights
from zitadel_tui.core.onboard import run_files
from zitadel_tui.core.role_words import SUMMARIES


def script(shell: str) -> str:
    """The completion script for one of ``parser.SHELLS``."""
    tree = parser.build()
    kinds = {
        "FILE": shtab.FILE,
        "DIR": shtab.DIRECTORY,
        "PLAN": shtab.FILE,
        "RUN": _runs(),
        "CONTEXT": _contexts(),
        "COMMAND": _one_of("commands", {word for command in parser.commands() for word in command.split()}),
    }
    roles = _roles_of("organization")
    others = {
        "roles.show": _one_of("every_role", SUMMARIES),
        "instance.members.list": _roles_of("instance"),
    }
    for inner in tree.tree():
        for action in inner._actions:
            kind = kinds.get(str(action.metavar))
            if action.metavar == "ROLE":
                kind = others.get(inner.get_default("command"), roles)
            if kind is not None and action.choices is None:
                setattr(action, "complete", kind)  # noqa: B010 - shtab's own hook, unknown to argparse's types
    return shtab.complete(tree, shell)


def _runs() -> dict[str, object]:
    directory = shlex.quote(str(run_files.directory()))
    command = f"command ls {directory} 2>/dev/null | command grep -x '[0-9]*-[0-9]*-.*'"
    return {**_printed_by("runs", command), "zsh": f"_path_files -/ -W {directory} -g '[0-9]*-[0-9]*-*(/)'"}


def _contexts() -> dict[str, object]:
    file = shlex.quote(str(contexts.file()))
    pattern = r"s/^[[:space:]]*\[contexts\.\([^]]*\)\].*/\1/p"
    return _printed_by("contexts", f"command sed -n '{pattern}' {file} 2>/dev/null")


def _printed_by(name: str, command: str) -> dict[str, object]:
    """A choice of the words that ``command`` prints when it is completed."""
    return _choice(name, f"$({command})", f"({command})")


def _roles_of(level: str) -> dict[str, object]:
    return _one_of(f"roles_of_{level}", (role for role in SUMMARIES if rights.level(role) == level))


def _one_of(name: str, words: Iterable[str]) -> dict[str, object]:
    line = " ".join(sorted(words))
    return _choice(name, line, line)


def _choice(name: str, words: str, words_in_fish: str) -> dict[str, object]:
    """A choice in the form of shtab: what each shell does for it; ``name`` is that of a function in bash."""
    function = f"_{PROGRAM.replace('-', '_')}_{name}"
    return {
        "bash": function,
        "zsh": f"({words})",
        "fish": words_in_fish,
        "preamble": {"bash": f'{function}() {{\n  compgen -W "{words}" -- "$1"\n}}'},
    }
