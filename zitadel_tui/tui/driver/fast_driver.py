"""Textual's Linux and macOS driver with an input thread that waits instead of polling.

The stock thread looks ten times a second whether to end and whether a lone ESC was the Escape key:
Escape takes 105 ms, quitting 280. This one sleeps until a key, the end of the ESC delay, or the end.
"""

import os
from codecs import getincrementaldecoder
from collections.abc import Callable
from selectors import EVENT_READ, SelectSelector
from time import monotonic
from types import CodeType
from typing import Any

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.messages import ExitApp

from zitadel_tui.tui.driver.terminal import TTY, keys_from_tty

_READ_AT_ONCE = 4096


class FastDriver(LinuxDriver):
    """Takes keys from stdin, or from ``/dev/tty`` when stdin is no terminal."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._from_tty = keys_from_tty()
        self._wake: tuple[int, int] | None = None  # a pipe: read end, write end

    def _get_terminal_size(self) -> tuple[int, int]:
        try:
            size = os.get_terminal_size(self.fileno)
        except OSError:
            return super()._get_terminal_size()
        return (size.columns or 80, size.lines or 24)

    def start_application_mode(self) -> None:
        if self._wake is not None:  # continued after a stop that we could not see (SIGSTOP)
            self.stop_application_mode()
            self.close()
        if self._from_tty:
            self.fileno = os.open(TTY, os.O_RDWR | os.O_NOCTTY)
            self.input_tty = True
        self._wake = os.pipe()
        start: Callable[[], None] = super().start_application_mode  # untyped in Textual
        start()

    def disable_input(self) -> None:
        if self._wake is not None:
            os.write(self._wake[1], b"\0")
        super().disable_input()

    def close(self) -> None:
        super().close()
        if self._wake is None:
            return
        opened, self._wake = self._wake, None
        for fd in (*opened, *([self.fileno] if self._from_tty else [])):
            os.close(fd)

    def run_input_thread(self) -> None:
        """Turn what is typed into events until woken, or until the terminal is gone (the app ends)."""
        assert self._wake is not None
        keys, wake = self.fileno, self._wake[0]
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with SelectSelector() as selector:  # the others do not take a terminal on macOS
            selector.register(keys, EVENT_READ)
            selector.register(wake, EVENT_READ)
            while True:
                due = parser._timeout_time  # set while an ESC may be a key or begin a sequence
                wait = None if due is None else max(0.0, due - monotonic())
                ready = {key.fd for key, _ in selector.select(wait)}
                if wake in ready:
                    break
                if keys in ready:
                    data = _read(keys)
                    if not data:
                        self.send_message(ExitApp())
                        break
                    if text := decode(data):  # else half a character; an empty text ends the parser
                        for event in parser.feed(text):
                            self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
        _finish(parser)


def _read(fd: int) -> bytes:
    """What was typed; nothing when the terminal is gone."""
    try:
        return os.read(fd, _READ_AT_ONCE)
    except OSError:
        return b""


def _finish(parser: XTermParser) -> None:
    """Let the parser end; what it held back is dropped."""
    try:
        for _ in parser.feed(""):
            pass
    except (EOFError, ParseError):
        pass


def missing_names() -> frozenset[str]:
    """The names of Textual that this driver is built on and that are no longer there."""
    used: tuple[tuple[type, str, set[str]], ...] = (
        (LinuxDriver, "__init__", {"fileno", "input_tty", "exit_event"}),
        (LinuxDriver, "start_application_mode", {"_get_terminal_size", "_run_input_thread", "fileno"}),
        (LinuxDriver, "_run_input_thread", {"run_input_thread"}),
        (LinuxDriver, "disable_input", {"exit_event", "_key_thread", "join", "fileno"}),
        (LinuxDriver, "stop_application_mode", {"disable_input", "attrs_before", "fileno"}),
        (XTermParser, "tick", {"_timeout_time"}),
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
