"""Page-down in the app's Onboard view while its run goes on, beside the same keys before the run: from the
key to the first bytes that show the next rows, on a real pseudo-terminal of 120×40. The goal is one frame,
16.7 ms.

The demo is a process of its own. Where others use the processors, the time of the app's own work tells more
than the clock.

python -m tests.benchmarks.onboarding_paging [--rows 4000] [--pages 60] [--latency 0 20]
"""

import argparse
import re
import statistics
import sys
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.served_apart import compile_package, served_demo
from tests.benchmarks.users_file import write_users
from tests.tui.driver.terminal_session import Session

SIZE = (120, 40)
FRAME = 16.7  # milliseconds
PAUSE = (
    0.13  # seconds between two keys, so that they meet all phases of what is repainted a few times a second
)
HOME, PAGE_DOWN = b"\x1b[H", b"\x1b[6~"


class Taken(NamedTuple):
    """Milliseconds: by the clock, and of the processors, all threads of the app together."""

    clock: float
    processor: float


def settle(session: Session, seconds: float = 1.0) -> None:
    until = perf_counter() + seconds
    while (left := until - perf_counter()) > 0:
        session.read(left)


def last_shown(session: Session) -> int:
    """The highest number of a user in what was written since the last key."""
    return max(map(int, re.findall(rb"user(\d{6})", session.output)), default=0)


def processor(session: Session) -> float:
    """Milliseconds that the app has run, all threads together."""
    tasks = Path(f"/proc/{session.process.pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6


def pages(session: Session, count: int) -> list[Taken]:
    """Each page-down, from the first rows on."""
    session.send(HOME)
    settle(session)
    times, last = [], SIZE[1]  # what was below may have been repainted before the first rows were shown
    for _ in range(count):
        start, used = perf_counter(), processor(session)
        session.send(PAGE_DOWN)
        while last_shown(session) <= last:
            if not session.read(5):
                raise TimeoutError("no page came")
        times.append(Taken((perf_counter() - start) * 1000, processor(session) - used))
        settle(session, PAUSE)
        last = last_shown(session)
    return times


def told(what: str, times: list[Taken]) -> str:
    parts = []
    for name, values in zip(Taken._fields, zip(*times, strict=True), strict=True):
        slow, within = statistics.quantiles(values, n=20)[-1], sum(one <= FRAME for one in values)
        parts.append(
            f"{name}: median {statistics.median(values):5.1f} ms, 95 % {slow:5.1f} ms, "
            f"{within} of {len(values)} within a frame"
        )
    return f"{what}  {';  '.join(parts)}"


def measure(folder: Path, rows: int, count: int) -> None:
    write_users(folder / "people.csv", rows)
    env = {"XDG_STATE_HOME": str(folder / "state"), "TEXTUAL_ANIMATIONS": "none"}
    with Session(["-m", "zitadel_tui", "--env-file", str(folder / ".env")], size=SIZE, env=env) as session:
        session.wait_for(b"members")
        settle(session)
        session.send(b"5")
        session.wait_for(b"Many users")
        session.send(b"f")
        session.wait_for(b"Checking writes nothing")
        session.send(str(folder / "people.csv").encode() + b"\r")
        session.wait_for(b"create", 60)
        settle(session, 2)
        print(told("no run  ", pages(session, count)), flush=True)
        session.send(b"a")
        session.wait_for(b"Apply this plan?")
        session.send(b"y")
        session.wait_for(b"/s", 30)
        settle(session, 2)
        print(told("in a run", pages(session, count)), flush=True)
        session.send(b"C")
        settle(session, 0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=4_000)
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--latency", type=float, nargs="+", default=[0, 20], help="milliseconds")
    options = parser.parse_args()
    compile_package()
    for latency in options.latency:
        with served_demo(100, latency=latency / 1000) as folder:
            print(f"{latency:.0f} ms latency")
            measure(folder, options.rows, options.pages)


if __name__ == "__main__":
    main()
