"""Resident memory of the app once all members are listed, by how many they are.

python tests/benchmarks/memory.py [--members 1000 100000] [--settles 25]
"""

import argparse
import re
import sys
from pathlib import Path
from time import monotonic

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.served_apart import compile_package, served_demo
from tests.tui.driver.terminal_session import Session

SIZE = (120, 40)


def resident(session: Session) -> tuple[int, int]:
    """Resident memory in MB: now, and at its highest."""
    status = Path(f"/proc/{session.process.pid}/status").read_text()
    now, highest = (re.search(rf"{name}:\s+(\d+)", status) for name in ("VmRSS", "VmHWM"))
    assert now is not None
    assert highest is not None
    return int(now[1]) // 1024, int(highest[1]) // 1024


def measure(folder: Path, members: int, settles: float) -> tuple[int, int]:
    with Session(["-m", "zitadel_tui", "--env-file", str(folder / ".env")], size=SIZE) as session:
        session.wait_for(f"{members:,} members".encode(), 300)
        until = monotonic() + settles
        while (left := until - monotonic()) > 0:
            session.read(left)
        memory = resident(session)
        session.send(b"q")
        session.wait_for_end()
    return memory


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--members", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--settles", type=float, default=25.0, help="seconds for reading the rest")
    options = parser.parse_args()
    compile_package()
    print("  members   resident   highest")
    for members in options.members:
        with served_demo(members) as folder:
            now, highest = measure(folder, members, options.settles)
        print(f"{members:>9,} {now:>7} MB {highest:>6} MB", flush=True)


if __name__ == "__main__":
    main()
