"""First frame and first rows of the app against the first frame of a bare Textual app, from the start of the
process; `--help`.

Both frames are empty tables. The rows are the app's alone: it signs in to the served demo and lists its
members over HTTP.

The app signs in ahead, in a second process, only while a processor is idle; with --ahead always.

python tests/benchmarks/startup.py [--times 11] [--members 200] [--ahead]
"""

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.served_apart import compile_package, served_demo
from tests.tui.driver.terminal_session import Session

BARE = str(Path(__file__).with_name("bare_app.py"))
SIZE = (120, 40)
PROGRAM = ("-m", "zitadel_tui")
PROGRAM_AHEAD = """
import gc
gc.disable()  # as the program does for its imports
from zitadel_tui.core import ahead
ahead._processor_is_idle = lambda: True
from zitadel_tui.__main__ import end
end()
"""


class Moment(NamedTuple):
    """Milliseconds since the start: by the clock, and of the processors, all threads together and the process
    that signs in ahead, as soon as it has ended."""

    clock: float
    processor: float


class Run(NamedTuple):
    frame: Moment
    rows: Moment
    quitting: float


def reached(session: Session, start: float) -> Moment:
    return Moment(since(start), processor(session))


def processor(session: Session) -> float:
    process = Path(f"/proc/{session.process.pid}")
    threads = sum(int((task / "schedstat").read_text().split()[0]) for task in (process / "task").iterdir())
    of_others = map(int, (process / "stat").read_text().rpartition(")")[2].split()[13:15])
    return threads / 1e6 + sum(of_others) * 1000 / os.sysconf("SC_CLK_TCK")


def ours(folder: Path, program: Sequence[str] = PROGRAM) -> Run:
    start = perf_counter()
    with Session([*program, "--env-file", str(folder / ".env")], size=SIZE) as session:
        session.wait_for(b"Members")
        frame = reached(session, start)
        session.wait_for(b"ORG_OWNER")
        rows = reached(session, start)
        return Run(frame, rows, quit_after(session, b"q"))


def bare() -> Run:
    start = perf_counter()
    with Session([BARE, "0"], size=SIZE) as session:
        session.wait_for(b"LOGIN")
        frame = reached(session, start)
        return Run(frame, frame, quit_after(session, b"\x11"))


def quit_after(session: Session, key: bytes) -> float:
    start = perf_counter()
    session.send(key)
    session.wait_for_end()
    return since(start)


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
    parser.add_argument("--ahead", action="store_true")
    options = parser.parse_args()
    program = ("-c", PROGRAM_AHEAD) if options.ahead else PROGRAM
    compile_package()
    pairs: list[tuple[Run, Run]] = []
    helps: list[float] = []
    with served_demo(options.members) as folder:
        ours(folder, program), bare()
        for _ in range(options.times):
            pairs.append((ours(folder, program), bare()))
            helps.append(nothing())
    print(f"median of {options.times}, {options.members} members, {SIZE[0]}×{SIZE[1]}")
    print("                           zitadel-tui   bare app   ours/bare")
    show("first frame", [(mine.frame.clock, its.frame.clock) for mine, its in pairs])
    show("… of the processors", [(mine.frame.processor, its.frame.processor) for mine, its in pairs])
    show("rows, against its frame", [(mine.rows.clock, its.frame.clock) for mine, its in pairs])
    show("… of the processors", [(mine.rows.processor, its.frame.processor) for mine, its in pairs])
    show("quitting", [(mine.quitting, its.quitting) for mine, its in pairs])
    print(f"{'--help':<26} {statistics.median(helps):>8.0f} ms")


def show(name: str, pairs: list[tuple[float, float]]) -> None:
    mine, its = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"{name:<26} {mine:>8.0f} ms {its:>7.0f} ms {ratio:>11.2f}")


if __name__ == "__main__":
    main()
