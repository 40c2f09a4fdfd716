"""Signals that end the program: INT (Ctrl-C), TERM, HUP and QUIT; its exit status is 128 + their number.

One that was ignored when the process began (``nohup``, the background of a script) stays ignored.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALLED = 128
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")


def ending() -> list[signal.Signals]:
    """Those that end this process now, on this system."""
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
