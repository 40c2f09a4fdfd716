"""How a failure is told, and the exit status it ends with."""

import os

from zitadel_tui.cli.output import Output
from zitadel_tui.cli.run import INTERRUPTED, PARTLY, REFUSED, UNREACHABLE, USAGE, Declined, Ended, Stopped
from zitadel_tui.failure import Failure

DEBUG = "ZITADEL_TUI_DEBUG"


def report(output: Output, error: Exception) -> None:
    """What went wrong and what to do next, on stderr; never a traceback unless asked for."""
    if os.environ.get(DEBUG):
        import traceback

        output.aside("".join(traceback.format_exception(error)))
    if isinstance(error, Stopped):
        output.say("note", "Interrupted; this is how it ended:")
        if error.error is not None:
            report(output, error.error)
        return
    if not isinstance(error, Failure):
        if isinstance(error, OSError) and error.strerror:
            output.say("error", f"The system refused: {error.strerror}.")
        else:
            output.say("error", f"This should not have happened: {type(error).__name__}.")
        output.say("hint", f"{DEBUG}=1 shows where.")
        return
    if isinstance(error, Declined):
        output.say("note", error.summary)
        return
    from zitadel_tui.core.advice import advice, reference

    output.say("error", error.summary)
    for line in error.lines if isinstance(error, Ended) else ():
        output.aside(line)
    if hint := advice(error):
        output.say("hint", hint)
    if identity := reference(error):
        output.say("note", f"The server calls it {identity}.")


def status(error: Exception) -> int:
    """The exit status that ``error`` ends a command with."""
    from zitadel_tui.zitadel import errors

    if isinstance(error, Ended):
        return error.status
    if isinstance(error, Declined):
        return REFUSED

    if isinstance(error, Stopped):
        return INTERRUPTED
    if isinstance(error, errors.Contention):
        return REFUSED
    if isinstance(error, errors.OutcomeUnknown):
        return PARTLY
    if isinstance(error, errors.SignInRefused | errors.Unavailable | errors.TimedOut | errors.NotZitadel):
        return UNREACHABLE
    if isinstance(error, errors.ZitadelError) and not isinstance(error, errors.ReadOnly):
        return REFUSED
    return USAGE if isinstance(error, Failure) else REFUSED
