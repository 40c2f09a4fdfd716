"""Signals that end the program: INT (Ctrl-C), TERM, HUP and QUIT; its exit status is 128 + their number.

One that was ignored when the process began (``nohup``, the background of a script) stays ignored.
"""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

SIGNALLED = 128
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")


def ending() -> list[signal.Signals]:
    """The signals that end this process, on this system."""
    known = [signal.Signals[name] for name in _NAMES if hasattr(signal, name)]
    return [number for number in known if signal.getsignal(number) not in (signal.SIG_IGN, None)]


@contextmanager
def handled(handler: Callable[[signal.Signals], None]) -> Iterator[None]:
    """On the main thread: call ``handler`` there instead of ending, for as long as the block runs."""
    before = {
        number: signal.signal(number, lambda number, frame: handler(signal.Signals(number)))
        for number in ending()
    }
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


@contextmanager
def waking(loop: "AbstractEventLoop") -> Iterator[None]:
    """Let every signal wake ``loop``, which the main thread runs, so that handlers are called at once.

    A signal that arrives right before the loop begins to wait interrupts nothing: Python would call its
    handler only when something else wakes the loop.
    """
    reading, writing = os.pipe()
    before = None
    try:
        for descriptor in (reading, writing):
            os.set_blocking(descriptor, False)
        loop.add_reader(reading, _drain, reading)
        with contextlib.suppress(ValueError):  # not the main thread: it gets no signals
            before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        yield
    finally:
        if before is not None:
            signal.set_wakeup_fd(before)
        if not loop.is_closed():
            loop.remove_reader(reading)
        os.close(reading)
        os.close(writing)


def _drain(descriptor: int) -> None:
    with contextlib.suppress(BlockingIOError):
        os.read(descriptor, 4096)
