"""Run the command line: from arguments to an exit status. Failures of commands become messages here."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from zitadel_tui.cli import parser
from zitadel_tui.cli.failures import DONE, PARTLY, exit_status, report
from zitadel_tui.cli.output import Output
from zitadel_tui.cli.run import Parts, Run
from zitadel_tui.cli.signals import Signals
from zitadel_tui.failure import UsageFailure
from zitadel_tui.signals import SIGNALLED

if TYPE_CHECKING:
    from zitadel_tui.settings import Settings

_COMMANDS = {
    "token": "account:token",
    "whoami": "account:whoami",
    "logout": "account:logout",
    "members.list": "member_list:list_",
    "members.add": "members:add",
    "members.set": "members:set_",
    "members.remove": "members:remove",
    "instance.members.list": "member_list:list_of_instance",
    "roles.list": "roles:list_",
    "roles.show": "roles:show",
    "projects.list": "projects:list_",
    "projects.roles": "projects:roles",
    "grants.list": "grants:list_",
    "grants.add": "grants:add",
    "grants.set": "grants:set_",
    "grants.remove": "grants:remove",
    "users.find": "users:find",
    "users.show": "show_user:show",
    "users.import": "import_user:import_",
    "users.link": "users:link",
    "users.resend": "users:resend",
    "users.deactivate": "user_states:deactivate",
    "users.reactivate": "user_states:reactivate",
    "users.delete": "user_states:delete",
    "undo": "undo:undo",
    "onboard.template": "onboard:template",
    "onboard.check": "onboard:check",
    "onboard.apply": "onboard:apply",
    "onboard.resume": "onboard_runs:resume",
    "onboard.runs": "onboard_runs:runs",
    "onboard.show": "onboard_runs:show",
    "onboard.links": "onboard_runs:links",
    "onboard.forget": "onboard_runs:forget",
    "history": "history:show",
    "organizations.list": "organizations:list_",
    "context.list": "contexts:list_",
    "context.add": "contexts:add",
    "context.use": "contexts:use",
    "context.show": "contexts:show",
    "context.remove": "contexts:remove",
    "demo.serve": "offline:serve_demo",
    "doctor": "doctor:doctor",
    "settings": "offline:show_settings",
    "keys": "offline:list_keys",
    "completion": "offline:print_completion",
    "help": "offline:show_help",
}
"""Module and function under ``commands``, imported when called."""


def main(arguments: Sequence[str], parts: Parts) -> int:
    """Run one command, or the app, and return the exit status. Never raises."""
    output = Output("table", sys.stdout, sys.stderr)
    with Signals() as signals:
        try:
            status = _run(arguments, output, signals, parts)
        except SystemExit as ended:  # argparse, after --help and --version
            status = ended.code if isinstance(ended.code, int) else DONE
        except KeyboardInterrupt:
            status = _interrupted(output, signals)
        except Exception as error:
            if signals.received is not None:
                output.say("note", f"Interrupted ({signals.received.name}). The result of what had begun:")
            report(output, error)
            status = exit_status(error)
        if not output.finish() and status < SIGNALLED:
            status = PARTLY
        return status if signals.received is None else SIGNALLED + signals.received


def _interrupted(output: Output, signals: Signals) -> int:
    number = signals.received or signal.SIGINT
    by = "" if number == signal.SIGINT else f" by {number.name}"
    output.say("error", f"Interrupted{by}{'; nothing was changed' if signals.writes else ''}.")
    return SIGNALLED + number


def _run(arguments: Sequence[str], output: Output, signals: Signals, parts: Parts) -> int:
    options = parser.parse(arguments)
    given = vars(options)
    if given.get("json") and given.get("csv"):
        raise UsageFailure("--json and --csv cannot be combined.", "Leave one out.")
    output.form = "json" if given.get("json") else "csv" if given.get("csv") else "table"
    run = Run(options, output, signals, parts, lambda: _settings(options))
    if options.command is None:
        return _open_app(run)
    signals.install()
    module, _, name = _COMMANDS[options.command].partition(":")
    command: Callable[[Run], int] = getattr(import_module(f"zitadel_tui.cli.commands.{module}"), name)
    return command(run)


def _settings(options: argparse.Namespace) -> "Settings":
    from pathlib import Path

    from zitadel_tui.settings import load

    return load(vars(options), os.environ, Path.cwd())


def _open_app(run: Run) -> int:
    """Open the app, which handles signals itself."""
    reason = run.parts.app_unusable()
    if reason is not None:
        raise UsageFailure(reason, "Commands need no terminal: zitadel-tui members list, zitadel-tui --help.")
    settings = run.load_settings()  # the app itself shows its warnings
    from zitadel_tui.core.credentials import piped_key

    return run.parts.open_app(settings, lambda: run.parts.demo(settings.demo_size), piped_key(settings))
