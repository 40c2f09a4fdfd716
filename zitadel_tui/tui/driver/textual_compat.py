"""Every private name of Textual that the app uses, for the version that pyproject.toml names.

Each function here has a test in ``tests/tui/driver/test_textual_compat.py``, which fails when a newer
Textual has changed what is behind it.
"""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import CodeType
from typing import Any

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.binding import BindingsMap, BindingType
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.filter import LineFilter, Monochrome
from textual.screen import Screen
from textual.widget import MountError

_ESCAPE = "\x1b"
_INTRODUCERS = "[O"  # what follows an ESC byte in the sequence of a single key


def is_frame_due(screen: Screen[Any]) -> bool:
    """Whether something waits for the next frame: a layout, or what was to be called after a refresh."""
    return screen._layout_required or screen._scroll_required or bool(screen._callbacks)


def paint_frame(screen: Screen[Any]) -> None:
    """Lay out and paint now what would be painted with the next frame."""
    screen._on_timer_update()


def is_busy(app: App[Any]) -> bool:
    """Whether the app or a widget on any of its screens has a message to handle or is being mounted."""
    return bool(app.message_queue_size) or any(
        widget.message_queue_size or not widget._is_mounted
        for screen in reversed(app.screen_stack)
        for widget in screen.walk_children(with_self=True)
    )


def add_bindings(node: DOMNode, bindings: Sequence[BindingType]) -> None:
    """Bind keys for this node alone; what its class binds stays."""
    for key, found in BindingsMap(bindings).key_to_bindings.items():
        node._bindings.key_to_bindings.setdefault(key, found)


def use_filters(app: App[Any], filters: Sequence[LineFilter], *, instead_of_colors: bool) -> None:
    """Have what is painted pass these; ``instead_of_colors``: Textual's greys give way to them."""
    kept = [one for one in app._filters if not (instead_of_colors and isinstance(one, Monochrome))]
    app._filters = [*kept, *filters]


class BaseApp(App[None]):
    """Its crash report shows no local variables, and with them no secrets."""

    def _handle_exception(self, error: Exception) -> None:
        """After ``exit`` nothing is mounted any more: a view or dialog that comes so late is no crash."""
        if self._exit and isinstance(error, (MountError, NoMatches)):
            self._close_messages_no_wait()  # as a crash does, so that it ends whoever failed
        else:
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        from rich.segment import Segments
        from rich.traceback import Traceback

        self.bell()
        report = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(report, self.console.options)))
        self._close_messages_no_wait()


class KeyParser(XTermParser):
    """Takes ESC and a character that came together for these two keys, as if they had been typed slowly.

    Without ``escape_first`` they are one key with Alt, as in Textual; terminals send both alike.
    """

    def __init__(self, debug: bool = False, *, escape_first: bool = True) -> None:
        self._escape_first = escape_first
        super().__init__(debug)

    @property
    def due(self) -> float | None:
        """When an ESC byte that was read is the Escape key (``monotonic``); None while there is none."""
        return self._timeout_time

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[Key]:
        if self._escape_first:
            if len(sequence) == 2 and sequence[0] == _ESCAPE and sequence[1] not in _INTRODUCERS:
                sequence, alt = sequence[1], True
            if alt:
                yield Key("escape", _ESCAPE)
            alt = False
        yield from super()._sequence_to_key_events(sequence, alt)

    def finish(self) -> None:
        """End it; what it held back is dropped."""
        with suppress(EOFError, ParseError):
            for _ in self.feed(""):
                pass


class TerminalDriver(LinuxDriver):
    """Asks the terminal that it reads from for its size, not stdin."""

    def _get_terminal_size(self) -> tuple[int, int]:
        try:
            size = os.get_terminal_size(self.fileno)
        except OSError:
            return super()._get_terminal_size()
        return (size.columns or 80, size.lines or 24)


def missing_names() -> frozenset[str]:
    """The names of Textual that the fast driver is built on and that are no longer there."""
    used: tuple[tuple[type, str, set[str]], ...] = (
        (LinuxDriver, "__init__", {"fileno", "input_tty", "exit_event"}),
        (LinuxDriver, "start_application_mode", {"_get_terminal_size", "_run_input_thread", "fileno"}),
        (LinuxDriver, "_run_input_thread", {"run_input_thread"}),
        (LinuxDriver, "disable_input", {"exit_event", "_key_thread", "join", "fileno"}),
        (LinuxDriver, "stop_application_mode", {"disable_input", "attrs_before", "fileno"}),
        (XTermParser, "tick", {"_timeout_time"}),
        (XTermParser, "parse", {"_sequence_to_key_events"}),
        (XTermParser, "feed", set()),
    )
    missing = set()
    for owner, name, names in used:
        code = getattr(getattr(owner, name, None), "__code__", None)
        if code is None:
            missing.add(f"{owner.__name__}.{name}")
        else:
            missing |= {f"{owner.__name__}.{name}: {lost}" for lost in names - _named_in(code)}
    return frozenset(missing)


def _named_in(code: CodeType) -> set[str]:
    """All names a function uses, also in the functions inside it."""
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names).union(*map(_named_in, inner))
