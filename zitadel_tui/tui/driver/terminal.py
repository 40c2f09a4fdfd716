"""What has to be known and set before Textual is imported. Imports nothing of it."""

import os
import sys

TTY = "/dev/tty"


def prepare_environment() -> None:
    """Set what Textual reads from the environment once, at its import; what is set already stays.

    ``ESCDELAY``: milliseconds after which a lone ESC byte is the Escape key (Textual's own: 100).
    """
    os.environ.setdefault("ESCDELAY", "25")
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")


def keys_from_tty() -> bool:
    """Whether keys come from ``/dev/tty``, because stdin is a pipe or a file."""
    return not _is_terminal(sys.__stdin__)


def unusable() -> str | None:
    """Why the app cannot run here, as one sentence; None when it can."""
    term = os.environ.get("TERM", "")
    if not _is_terminal(sys.__stderr__):
        return "The app draws on the terminal through stderr, and stderr is not a terminal."
    if sys.__stdin__ is None:
        return "The app needs stdin, and stdin is closed."
    if keys_from_tty() and not _opens(TTY):
        return f"The app takes its keys from a terminal: stdin is none, and {TTY} cannot be opened."
    if term in ("", "dumb") and sys.platform != "win32":
        return f"The app needs a terminal that can place text, and TERM is {term or 'empty'}."
    return None


def _is_terminal(stream: object) -> bool:
    isatty = getattr(stream, "isatty", None)
    try:
        return bool(isatty and isatty())
    except ValueError:  # closed
        return False


def _opens(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDWR))
    except OSError:
        return False
    return True
