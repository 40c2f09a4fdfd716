"""From arguments to an exit status; the one place where commands' failures become sentences."""

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from zitadel_tui.cli import parser
from zitadel_tui.cli.output import Form, Output
from zitadel_tui.cli.report import report
from zitadel_tui.cli.report import status as exit_status
from zitadel_tui.cli.run import DONE, INTERRUPTED, Parts, Run
from zitadel_tui.failure import UsageFailure

if TYPE_CHECKING:
    from zitadel_tui.settings import Settings

_COMMANDS = {
    "token": "account:token",
    "whoami": "account:whoami",
    "members.list": "members:list_",
    "members.add": "members:add",
    "members.set": "members:set_",
    "members.remove": "members:remove",
    "roles.list": "roles:list_",
    "roles.show": "roles:show",
    "users.find": "users:find",
    "users.import": "imports:import_",
    "users.link": "users:link",
    "users.resend": "users:resend",
    "demo.serve": "demo:serve",
    "settings": "settings:show",
    "keys": "keys:list_",
    "completion": "completion:script",
}
"""Module and function under ``commands``, imported when called."""


def main(arguments: Sequence[str], parts: Parts) -> int:
    """Run one command, or the app; the exit status. Never raises."""
    output = Output("table", sys.stdout, sys.stderr)
    with _terminated_like_interrupted():
        try:
            status = _run(arguments, output, parts)
            output.flush()
        except SystemExit as ended:  # argparse, after --help and --version
            output.flush()
            status = ended.code if isinstance(ended.code, int) else DONE
        except KeyboardInterrupt:
            output.say("error", "Interrupted.")
            status = INTERRUPTED
        except Exception as error:
            report(output, error)
            status = exit_status(error)
    return status


def _run(arguments: Sequence[str], output: Output, parts: Parts) -> int:
    options = parser.parse(arguments)
    given = vars(options)
    if given.get("json") and given.get("csv"):
        raise UsageFailure("--json and --csv cannot both be had.", "Leave one out.")
    form: Form = "json" if given.get("json") else "csv" if given.get("csv") else "table"
    run = Run(options, Output(form, sys.stdout, sys.stderr), parts, lambda: _settings(options))
    if options.command is None:
        return _open_app(run)
    module, _, name = _COMMANDS[options.command].partition(":")
    command: Callable[[Run], int] = getattr(import_module(f"zitadel_tui.cli.commands.{module}"), name)
    return command(run)


def _settings(options: argparse.Namespace) -> "Settings":
    from pathlib import Path

    from zitadel_tui.settings import load

    return load(vars(options), os.environ, Path.cwd())


def _open_app(run: Run) -> int:
    reason = run.parts.app_unusable()
    if reason is not None:
        raise UsageFailure(reason, "Commands need no terminal: zitadel-tui members list, zitadel-tui --help.")
    settings = run.load_settings()  # the app itself shows its warnings
    from zitadel_tui.core.credentials import piped_key

    return run.parts.open_app(settings, lambda: run.parts.demo(settings.demo_size), piped_key(settings))


@contextlib.contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM does what Ctrl-C does at that moment."""

    def interrupt(number: int, frame: object) -> None:
        handler = signal.getsignal(signal.SIGINT)
        if callable(handler):
            handler(signal.SIGINT, None)

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
