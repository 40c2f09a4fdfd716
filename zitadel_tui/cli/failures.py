"""How a command fails: the message on stderr and the exit status."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from zitadel_tui.failure import Failure

if TYPE_CHECKING:
    from zitadel_tui.cli.output import Output

DONE = 0
REFUSED = 1
"""By the server, by another administrator's change meanwhile, or by the answer to a question."""
USAGE = 2
UNREACHABLE = 3
"""The server, or signing in there."""
PARTLY = 4
"""Not all is done, or what is done is unknown, or could not be printed."""
INTERNAL = 70

DEBUG = "ZITADEL_TUI_DEBUG"


class Ended(Failure):
    """A failure to which a command adds ``lines`` below the sentence and its own exit status."""

    def __init__(self, summary: str, hint: str = "", *, lines: Sequence[str] = (), status: int) -> None:
        super().__init__(summary, hint)
        self.lines = tuple(lines)
        self.status = status


class Declined(Failure):
    """The user did not answer a question with yes."""


def report(output: "Output", error: Exception) -> None:
    """Print what went wrong and what to do next; a traceback only when asked for."""
    if os.environ.get(DEBUG):
        import traceback

        output.aside("".join(traceback.format_exception(error)))
    if isinstance(error, Declined):
        output.say("note", error.summary)
    elif isinstance(error, Failure):
        _report_failure(output, error)
    else:
        refusal = error.strerror if isinstance(error, OSError) else None
        what = f"The system refused: {refusal}" if refusal else f"Internal error: {type(error).__name__}"
        output.say("error", f"{what}.")
        output.say("hint", f"Set {DEBUG}=1 to see where, and report it.")


def _report_failure(output: "Output", failure: Failure) -> None:
    from zitadel_tui.core.advice import advice, reference

    output.say("error", failure.summary)
    for line in failure.lines if isinstance(failure, Ended) else ():
        output.aside(line)
    if hint := advice(failure):
        output.say("hint", hint)
    if identity := reference(failure):
        output.say("note", f"The server calls it {identity}.")


def exit_status(error: Exception) -> int:
    """The exit status of a command that ends with ``error``."""
    from zitadel_tui.zitadel import errors

    if isinstance(error, Ended):
        return error.status
    if isinstance(error, errors.OutcomeUnknown):
        return PARTLY
    if isinstance(error, errors.Contention | Declined):
        return REFUSED
    if isinstance(error, errors.SignInRefused | errors.Unavailable | errors.TimedOut | errors.NotZitadel):
        return UNREACHABLE
    if isinstance(error, errors.ZitadelError) and not isinstance(error, errors.ReadOnly):
        return REFUSED
    return USAGE if isinstance(error, Failure) else INTERNAL
