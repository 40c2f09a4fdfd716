"""Questions to the person at the terminal. Where there is none nothing is asked, so nothing ever waits.

They go over the controlling terminal itself: stdin may be a key or a body, stdout and stderr files.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from typing import TextIO

from zitadel_tui.cli.run import Declined, Run
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.text import shown

TERMINAL = "/dev/tty"


def confirm(run: Run, question: str, *, otherwise: str) -> None:
    """Go on only after a yes. Raises ``Declined``; ``UsageFailure`` with the hint ``otherwise`` where there
    is no terminal; ``KeyboardInterrupt``."""
    with _terminal(run) as terminal:
        if terminal is None:
            raise UsageFailure(
                f"{question} That is to be confirmed, but there is no terminal; nothing was sent.", otherwise
            )
        answer = _asked(terminal, f"{question} Do it? [y/N] ")
    if answer.strip().casefold() not in ("y", "yes"):
        raise Declined("Not done, as it was not confirmed.")


def new_password(run: Run) -> Secret:
    """Asked twice, without showing it. Raises ``UsageFailure``, ``KeyboardInterrupt``."""
    with _terminal(run) as terminal:
        if terminal is None:
            raise UsageFailure(
                "There is no terminal to ask for the password on; nothing was sent.",
                "Use --password-file FILE or --generate-password.",
            )
        first, second = (_unseen(terminal, prompt) for prompt in ("Password: ", "Once more: "))
    if first != second:
        raise UsageFailure("The two passwords differ; nothing was sent.", "Run it again.")
    if not first:
        raise UsageFailure("The password is empty; nothing was sent.", "Run it again.")
    return Secret(first)


@contextlib.contextmanager
def _terminal(run: Run) -> Iterator[tuple[TextIO, TextIO] | None]:
    """The terminal, to read and to write. A stdin that is neither a terminal nor taken by something
    else says that nobody is there to be asked."""
    with contextlib.ExitStack() as stack:
        try:
            if not (run.takes_stdin or (sys.stdin is not None and sys.stdin.isatty())):
                raise OSError
            source = stack.enter_context(open(TERMINAL, encoding="utf-8", opener=_opened))
            talk = stack.enter_context(open(TERMINAL, "w", encoding="utf-8", opener=_opened))
        except OSError:
            yield None
            return
        run.output.flush()
        with _interruptible():
            yield source, talk


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOCTTY)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Within asyncio Ctrl-C would wait for the answer; here it ends the question."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _asked(terminal: tuple[TextIO, TextIO], question: str) -> str:
    source, talk = terminal
    talk.write(shown(question))
    talk.flush()
    try:
        return source.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise UsageFailure("What was typed is not UTF-8 text; nothing was sent.") from None


def _unseen(terminal: tuple[TextIO, TextIO], prompt: str) -> str:
    import termios

    source, talk = terminal
    before = termios.tcgetattr(source)
    quiet = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
    try:
        termios.tcsetattr(source, termios.TCSADRAIN, quiet)
        return _asked(terminal, prompt)
    finally:
        termios.tcsetattr(source, termios.TCSADRAIN, before)
        with contextlib.suppress(OSError):
            os.write(talk.fileno(), b"\n")
