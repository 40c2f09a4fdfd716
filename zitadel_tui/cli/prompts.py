"""Questions on the terminal.

Without a terminal nothing is asked, so no command ever hangs. Questions use the controlling terminal
itself, because stdin may be a key or a body, and stdout and stderr files.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TextIO

from zitadel_tui.cli.failures import Declined
from zitadel_tui.cli.run import Run
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.text import shown

TERMINAL = "/dev/tty"


def confirm(run: Run, question: str, *, otherwise: str) -> None:
    """Ask for confirmation and return only after a yes. Raises ``Declined``; ``UsageFailure`` with the
    hint ``otherwise`` where there is no terminal; ``KeyboardInterrupt``."""
    with _terminal(run) as terminal:
        if terminal is None:
            raise UsageFailure(
                f"{question} This needs confirmation and there is no terminal; nothing was sent.", otherwise
            )
        answer = _ask(terminal, f"{question} Continue? [y/N] ")
    if answer.strip().casefold() not in ("y", "yes"):
        raise Declined("Not confirmed; nothing was sent.")


def type_name(run: Run, question: str, name: str, *, otherwise: str) -> None:
    """Ask for ``name`` to be typed and return only after that. Raises as :func:`confirm`."""
    with _terminal(run) as terminal:
        if terminal is None:
            raise UsageFailure(
                f"{question} This needs the name of the organization, and there is no terminal; "
                "nothing was sent.",
                otherwise,
            )
        answer = _ask(terminal, f"{question} To continue, type the name of the organization, {name}: ")
    if answer.strip() != name:
        raise Declined("Not confirmed; nothing was sent.")


def new_password(run: Run) -> Secret:
    """Ask twice for a password, without showing it. Raises ``UsageFailure``, ``KeyboardInterrupt``."""
    with _terminal(run) as terminal:
        if terminal is None:
            raise UsageFailure(
                "There is no terminal to ask for the password on; nothing was sent.",
                "Use --password-file FILE or --generate-password.",
            )
        first, second = (_ask_unseen(run, terminal, prompt) for prompt in ("Password: ", "Repeat it: "))
    if first != second:
        raise UsageFailure("The two passwords differ; nothing was sent.", "Run it again.")
    if not first:
        raise UsageFailure("The password is empty; nothing was sent.", "Run it again.")
    return Secret(first)


@contextlib.contextmanager
def _terminal(run: Run) -> Iterator[tuple[TextIO, TextIO] | None]:
    """Open the terminal for reading and writing. When stdin is neither a terminal nor the key, no one is
    there to answer, and None is returned."""
    with contextlib.ExitStack() as stack:
        try:
            if not (run.key_is_piped or (sys.stdin is not None and sys.stdin.isatty())):
                raise OSError
            source = stack.enter_context(open(TERMINAL, encoding="utf-8", opener=_open))
            prompt = stack.enter_context(open(TERMINAL, "w", encoding="utf-8", opener=_open))
        except OSError:
            yield None
            return
        run.output.flush()
        with run.signals.raised():
            yield source, prompt


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOCTTY)


def _ask(terminal: tuple[TextIO, TextIO], question: str) -> str:
    source, prompt = terminal
    prompt.write(shown(question))
    prompt.flush()
    try:
        return source.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise UsageFailure("What was typed is not UTF-8 text; nothing was sent.", "Run it again.") from None


def _ask_unseen(run: Run, terminal: tuple[TextIO, TextIO], question: str) -> str:
    import termios

    source, prompt = terminal
    before = termios.tcgetattr(source)
    quiet = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
    with run.signals.raised(lambda: termios.tcsetattr(source, termios.TCSANOW, before)):
        try:
            termios.tcsetattr(source, termios.TCSADRAIN, quiet)
            return _ask(terminal, question)
        finally:
            termios.tcsetattr(source, termios.TCSADRAIN, before)
            with contextlib.suppress(OSError):
                os.write(prompt.fileno(), b"\n")
