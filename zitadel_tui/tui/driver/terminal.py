"""What must be known and set before Textual is imported. Does not import Textual."""

import os
import sys
from collections.abc import Mapping
from types import ModuleType

TTY = "/dev/tty"


def prepare_environment() -> None:
    """Set what Textual reads at its import: environment variables, where existing values stay, and a module.

    ``ESCDELAY``: milliseconds after which a lone ESC byte is the Escape key (Textual's own: 100).
    """
    os.environ.setdefault("ESCDELAY", "25")
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    sys.modules.setdefault("textual.command", _Unused("textual.command"))


class _Unused(ModuleType):
    """Stands for Textual's command palette: the app has its own, and loading that one with its widgets takes
    longer than anything of the app. Each name in it is an empty class."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


_COLORS = {"16": "standard", "256": "256", "truecolor": "truecolor"}


def use_colors(colors: str) -> None:
    """Set the number of ``colors``, ``none``, or ``auto`` (as the terminal says), before Textual is
    imported."""
    if colors == "none":
        os.environ["NO_COLOR"] = "1"
    elif colors in _COLORS:
        os.environ.pop("NO_COLOR", None)
        os.environ["TEXTUAL_COLOR_SYSTEM"] = _COLORS[colors]


def has_unicode(environment: Mapping[str, str]) -> bool:
    """Whether the terminal shows UTF-8, by its locale and ``TERM``; it does where neither says."""
    locale = next(filter(None, map(environment.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    is_utf8 = not locale or "utf8" in locale.lower().replace("-", "")
    return is_utf8 and environment.get("TERM") != "linux"


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
