"""Time and memory of planning a file of users, by rows: in this process against a demo in it (processor
time), and as the whole command against a served demo with as many users.

python -m tests.benchmarks.planning [--rows 10000 100000] [--times 3]
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.served_apart import compile_package, served_demo
from tests.benchmarks.users_file import onboard, peak, write_users
from tests.core.onboard.running import Bench
from zitadel_tui.core.onboard.plan import make_plan
from zitadel_tui.core.onboard.rows import Options
from zitadel_tui.core.onboard.source import open_source


async def measure(rows: int, folder: Path) -> None:
    path = folder / "people.csv"
    write_users(path, rows)
    session = Bench(folder, lag=(0, 0)).session()
    await session.identify()
    before, begun = peak(), time.process_time()
    with open_source(str(path), Options()) as source:
        plan = await make_plan(session, source, Options())
    seconds = time.process_time() - begun
    assert plan.counts["create"] == rows
    print(f"{rows:9,} rows, in process  {seconds:7.2f} s {peak() - before:6} MB more, {peak()} MB in all")


def whole_command(rows: int, times: int) -> None:
    with served_demo(rows) as folder:
        write_users(folder / "people.csv", rows)
        taken = [onboard(folder, "check", "people.csv") for _ in range(times)]
    for one in taken:
        print(
            f"{rows:9,} rows, the command {one.clock:7.2f} s by the clock, {one.processor:.2f} s of the "
            f"processor, {one.memory} MB"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--in-process", action="store_true", help="only that, in this process")
    options = parser.parse_args()
    if options.in_process:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(measure(options.rows[0], Path(folder)))
        return
    compile_package()
    for rows in options.rows:  # each in a process of its own: memory is that of the whole process
        command = [sys.executable, __file__, "--in-process", "--rows", str(rows)]
        subprocess.run(command, check=True)
        whole_command(rows, options.times)


if __name__ == "__main__":
    main()
