"""How many changes a second the journal carries, by how many are under way at once.

    python -m tests.benchmarks.recording [DIRECTORY]

``one by one`` is what a journal without groups reaches: two syncs for each change, one after the other.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from zitadel_tui.core.journal import DONE, Journal, Record, new_entry

CHANGES = 400


async def change(journal: Journal) -> None:
    entry = new_entry()
    await journal.intend(Record(entry=entry, kind="add roles", what="Add ORG_OWNER to what Ada may do."))
    await journal.conclude(Record(entry=entry, outcome=DONE))


async def rate(directory: Path, at_once: int) -> float:
    journal, gate = Journal(directory / str(at_once)), asyncio.Semaphore(at_once)

    async def one() -> None:
        async with gate:
            await change(journal)

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(CHANGES)))
    return CHANGES / (time.perf_counter() - begun)


def main() -> None:
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as directory:
        for at_once in (1, 4, 8, 16, 64):
            name = "one by one" if at_once == 1 else f"{at_once} at once"
            print(f"{name:12} {asyncio.run(rate(Path(directory), at_once)):6.0f} changes/s")


if __name__ == "__main__":
    main()
