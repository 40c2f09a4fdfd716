"""Our table against Textual's, on a real pseudo-terminal of 140×40: first paint, page-down, memory; medians
of several runs, in turn.

python tests/benchmarks/paging.py [--data-rows 10000] [--pages 40] [--times 3]
"""

import argparse
import re
import statistics
import sys
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.tui.driver.terminal_session import Session

APP = str(Path(__file__).with_name("table_app.py"))
QUIET = 0.03  # seconds without output that end a frame


class Figures(NamedTuple):
    first_paint: float
    free: float
    page: float
    slowest_page: float
    memory: float


def frame(session: Session, keys: bytes) -> float:
    """Milliseconds from the key to the last byte of what it changed on the screen."""
    start = last = perf_counter()
    session.send(keys)
    while session.read(QUIET if session.output else 5):
        last = perf_counter()
    return (last - start) * 1000


def resident(session: Session) -> float:
    """Resident memory in MB."""
    status = Path(f"/proc/{session.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


def until(session: Session, keys: bytes, text: bytes) -> float:
    start = perf_counter()
    session.send(keys)
    session.wait_for(text, 300)
    return (perf_counter() - start) * 1000


def measure(kind: str, rows: int, pages: int) -> Figures:
    with Session([APP, kind, str(rows)], size=(140, 40), env={"TEXTUAL_ANIMATIONS": "none"}) as session:
        session.wait_for(b"ready", 60)
        before = resident(session)
        first = until(session, b"f", b"Person 0 ")
        free = first + until(session, b"e", b"echo")
        times = [frame(session, b"\x1b[6~") for _ in range(min(pages, rows // 40))]
        memory = resident(session) - before
        session.send(b"\x11")
        session.wait_for_end()
    return Figures(first, free, statistics.median(times), max(times), memory)


def median_of(runs: list[Figures]) -> Figures:
    return Figures(*(statistics.median(column) for column in zip(*runs, strict=True)))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data-rows", type=int, default=10_000, help="how far Textual's own is measured")
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    print("rows       table        first paint  loop free   page-down (slowest)   +memory   page-down, ratio")
    for rows in (1_000, 10_000, 100_000, 1_000_000):
        ours_runs, stock_runs = [], []
        for _ in range(options.times):
            ours_runs.append(measure("record", rows, options.pages))
            if rows <= options.data_rows:
                stock_runs.append(measure("data", rows, options.pages))
        ours = median_of(ours_runs)
        show(rows, "RecordTable", ours, "")
        if stock_runs:
            stock = median_of(stock_runs)
            show(rows, "DataTable", stock, f"{stock.page / ours.page:.1f}x ours")


def show(rows: int, name: str, figures: Figures, ratio: str) -> None:
    print(
        f"{rows:>9,}  {name:<11} {figures.first_paint:>9.1f} ms {figures.free:>7.0f} ms "
        f"{figures.page:>9.1f} ms ({figures.slowest_page:.0f}) {figures.memory:>10.1f} MB   {ratio}",
        flush=True,
    )


if __name__ == "__main__":
    main()
