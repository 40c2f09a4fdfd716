"""Escape, quitting and idle wake-ups with Textual's driver and ours.

python tests/benchmarks/keys.py [--times 15]
"""

import argparse
import re
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, perf_counter
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.tui.driver.terminal_session import Session

APP = str(Path(__file__).parents[1] / "tui" / "driver" / "driver_app.py")
IDLE = 2.0  # seconds


class Figures(NamedTuple):
    escape: float
    quitting: float
    wake_ups: float


def milliseconds(action: Callable[[], object]) -> float:
    start = perf_counter()
    action()
    return (perf_counter() - start) * 1000


def press(session: Session, keys: bytes, shown: bytes) -> None:
    session.send(keys)
    session.wait_for(shown)


def wake_ups(session: Session) -> float:
    """How often per second the process woke, all its threads, while nothing was typed."""
    before = switches(session)
    until = monotonic() + IDLE
    while (left := until - monotonic()) > 0:
        session.read(left)
    return (switches(session) - before) / IDLE


def switches(session: Session) -> int:
    return sum(
        int(number)
        for task in Path(f"/proc/{session.process.pid}/task").iterdir()
        for number in re.findall(r"ctxt_switches:\s+(\d+)", (task / "status").read_text())
    )


def end(session: Session) -> None:
    session.send(b"\x11")
    session.wait_for_end()


def measure(driver: str, times: int) -> Figures:
    escapes, ends = [], []
    for _ in range(max(1, times // 3)):
        with Session([APP, driver]) as session:
            session.wait_for(b"ready")
            for _ in range(4):
                press(session, b"x", b"key <x>")
                escapes.append(milliseconds(lambda: press(session, b"\x1b", b"key <escape>")))
            ends.append(milliseconds(lambda: end(session)))
    with Session([APP, driver]) as session:
        session.wait_for(b"ready")
        wake_ups(session)  # until the start is over
        idle = wake_ups(session)
    return Figures(statistics.median(escapes), statistics.median(ends), idle)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=15)
    options = parser.parse_args()
    stock, fast = measure("stock", options.times), measure("fast", options.times)
    print("                       Textual's    ours    ratio")
    for name, theirs, ours, unit in zip(
        ("Escape", "quitting", "idle wake-ups"), stock, fast, ("ms", "ms", "/s"), strict=True
    ):
        ratio = f"{theirs / ours:6.1f}" if ours else "     -"
        print(f"{name:<20} {theirs:>8.1f} {unit} {ours:>6.1f} {unit} {ratio}")


if __name__ == "__main__":
    main()
