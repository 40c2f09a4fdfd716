"""First frame and first rows of the app against a bare Textual app, from the start of the process; `--help`.

The app signs in to the served demo and lists its members over HTTP; the bare app has as many rows at hand.

python tests/benchmarks/startup.py [--times 11] [--members 200]
"""

import argparse
import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.served_apart import served_demo
from tests.tui.driver.terminal_session import Session

BARE = str(Path(__file__).with_name("bare_app.py"))
SIZE = (120, 40)


def ours(folder: Path) -> tuple[float, float, float]:
    """Milliseconds to the first frame, to the first rows, and for quitting."""
    start = perf_counter()
    with Session(["-m", "zitadel_tui", "--env-file", str(folder / ".env")], size=SIZE) as session:
        session.wait_for(b"Members")
        frame = since(start)
        session.wait_for(b"ORG_OWNER")
        rows = since(start)
        quitting = perf_counter()
        session.send(b"q")
        session.wait_for_end()
    return frame, rows, since(quitting)


def bare(rows: int) -> tuple[float, float, float]:
    """The same of the bare app, whose first frame has the rows already."""
    start = perf_counter()
    with Session([BARE, str(rows)], size=SIZE) as session:
        session.wait_for(b"person0@acme")
        frame = since(start)
        quitting = perf_counter()
        session.send(b"\x11")
        session.wait_for_end()
    return frame, frame, since(quitting)


def nothing() -> float:
    start = perf_counter()
    subprocess.run([sys.executable, "-m", "zitadel_tui", "--help"], capture_output=True, check=True)
    return since(start)


def since(start: float) -> float:
    return (perf_counter() - start) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=11)
    parser.add_argument("--members", type=int, default=200)
    options = parser.parse_args()
    taken: list[tuple[float, ...]] = []
    with served_demo(options.members) as folder:
        ours(folder), bare(options.members)
        for _ in range(options.times):
            taken.append((*ours(folder), *bare(options.members), nothing()))
    frame, rows, quitting, bare_frame, bare_rows, bare_quitting, help_text = (
        statistics.median(column) for column in zip(*taken, strict=True)
    )
    print(f"median of {options.times}, {options.members} members, {SIZE[0]}×{SIZE[1]}")
    print("               zitadel-tui   bare app   ours/bare")
    for name, mine, theirs in (
        ("first frame", frame, bare_frame),
        ("first rows", rows, bare_rows),
        ("quitting", quitting, bare_quitting),
    ):
        print(f"{name:<14} {mine:>8.0f} ms {theirs:>7.0f} ms {mine / theirs:>11.2f}")
    print(f"{'--help':<14} {help_text:>8.0f} ms")


if __name__ == "__main__":
    main()
