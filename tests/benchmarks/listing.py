"""Listing 100,000 members: how long, in how many pages, how much memory, and what the interface feels of it:
while they are read, while one filters, sorts and selects, and when single ones change.

While the network thread reads, a ticker of 16 ms (a frame) runs on the loop that is the interface's; how late
it comes is what a key would wait. The last row reads on that very loop, as an app without a thread would.

python tests/benchmarks/listing.py [--members 100000] [--times 3]
"""

import argparse
import asyncio
import gc
import random
import re
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, thread_time
from typing import Any, NamedTuple

from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parents[2]))


from tests.benchmarks.served_apart import served_demo
from zitadel_tui import settings
from zitadel_tui.core import members
from zitadel_tui.core.collection import finish
from zitadel_tui.core.members import FIELDS, Roster
from zitadel_tui.core.runtime import Runtime
from zitadel_tui.core.search import Query, parse
from zitadel_tui.core.session import Session, open_session
from zitadel_tui.tui.services.listing import Listing
from zitadel_tui.zitadel import calls
from zitadel_tui.zitadel.wire.members import Member

FRAME = 0.016


class Figures(NamedTuple):
    first_rows: float
    all_rows: float
    worst_lag: float
    late_frames: float
    memory: float


class Ticker:
    """Comes every frame; ``late`` are the milliseconds by which it did not."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self._ending = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Ticker":
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """The frame that is waiting counts, too."""
        assert self._task is not None
        self._ending = True
        await self._task

    async def _run(self) -> None:
        while not self._ending:
            due = perf_counter() + FRAME
            done = asyncio.Event()
            asyncio.get_running_loop().call_later(FRAME, done.set)
            await done.wait()
            self.late.append((perf_counter() - due) * 1000)


def resident() -> float:
    """Resident memory in MB."""
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


async def beside(make: Callable[[], Session], count: int) -> Figures:
    """On the network thread, arranged for the table, as the app does it."""
    runtime = Runtime()
    runtime.start()
    try:
        session = await asyncio.wrap_future(runtime.open(make))
        await asyncio.wrap_future(runtime.submit(session, _sign_in))
        first: list[float] = []
        before, start = resident(), perf_counter()
        async with Ticker() as ticker:
            roster = await asyncio.wrap_future(runtime.submit(session, lambda session: read(session, first)))
        first = [(at - start) * 1000 for at in first]
        return _figures(len(roster), count, first, before, start, ticker)
    finally:
        runtime.stop()


async def on_the_same_loop(make: Callable[[], Session], count: int) -> Figures:
    session = make()
    await _sign_in(session)
    first: list[float] = []
    before, start = resident(), perf_counter()

    async with Ticker() as ticker:
        roster = await read(session, first)
    await session.close()
    first = [(at - start) * 1000 for at in first]
    return _figures(len(roster), count, first, before, start, ticker)


async def read(session: Session, pages: list[float]) -> Roster:
    """As the app's store does it; ``pages`` is when rows could be shown."""
    shown = 0

    def page(roster: Roster) -> None:
        nonlocal shown
        if len(roster) >= 2 * shown:
            shown = len(roster)
            roster.arrange(Query(), by="roles")
        pages.append(perf_counter())

    roster = await members.read(session.client, on_page=page)
    finish(roster.sorting("roles"))
    return roster


async def _sign_in(session: Session) -> None:
    await session.client.send(calls.search_members(limit=1))


def _figures(
    got: int, count: int, first: list[float], before: float, start: float, ticker: Ticker
) -> Figures:
    """While the members are still held."""
    taken, memory = (perf_counter() - start) * 1000, resident() - before
    if got != count:
        raise RuntimeError(f"{got} members instead of {count}")
    late = sum(lag > FRAME * 1000 for lag in ticker.late)
    return Figures(first[0] if first else taken, taken, max(ticker.late), late, memory)


class Use(NamedTuple):
    """Milliseconds until it is done, the worst lag of the interface meanwhile, and the processor's time that
    the longest step took: what the lag is where nothing else runs."""

    what: str
    taken: float
    worst_lag: float
    longest_step: float


async def use(make: Callable[[], Session]) -> list[Use]:
    """What keys cost in the list that the server gives."""
    session = make()
    roster = await read(session, [])
    await session.close()
    listing: Listing[Any] = Listing(
        "roles", run=lambda task: asyncio.create_task(task()), changed=lambda: None
    )
    listing.show(roster)
    changed = random.Random(1).sample(list(roster), 40)
    steps: list[tuple[str, Callable[[], None]]] = [
        ("the list itself", lambda: None),
        ("a filter of one word", lambda: listing.want(query=parse("ann", FIELDS))),
        ("a filter by role", lambda: listing.want(query=parse("role:owner", FIELDS))),
        ("no filter", lambda: listing.want(query=Query())),
        ("a first sort by name", lambda: listing.want(by="name")),
        ("the other way around", lambda: listing.want(descending=True)),
        ("select all", listing.select_shown),
        ("invert", listing.invert),
        ("40 changes", lambda: changes(listing, changed)),
    ]
    found = []
    for what, act in steps:
        async with Ticker() as ticker:
            await asyncio.sleep(0)  # it has begun
            start, used = perf_counter(), thread_time()
            act()
            longest = thread_time() - used
            while listing.settling:
                used = thread_time()
                await asyncio.sleep(0)
                longest = max(longest, thread_time() - used)
            taken = (perf_counter() - start) * 1000
        found.append(Use(what, taken, max(ticker.late), longest * 1000))
    return found


def changes(listing: Listing[Any], changed: list[Member]) -> None:
    for member in changed:
        listing.put(member.user_id, replace(member, roles=("ORG_OWNER",)))


async def server_alone(make: Callable[[], Session], count: int) -> tuple[float, int]:
    """Milliseconds and pages when nothing is done with the answers: what the client adds is the rest."""
    session = make()
    await _sign_in(session)
    token = (await session.client.tokens.token()).reveal()
    import httpx

    start, offset, limit, pages = perf_counter(), 0, members.FIRST_PAGE, 0
    async with httpx.AsyncClient(base_url=session.settings.domain or "", timeout=60) as client:
        while offset < count:
            answer = await client.post(
                "/management/v1/orgs/me/members/_search",
                json={"query": {"offset": str(offset), "limit": limit}},
                headers={"Authorization": f"Bearer {token}"},
            )
            answer.raise_for_status()
            offset, limit, pages = offset + limit, members.PAGE, pages + 1
    await session.close()
    return (perf_counter() - start) * 1000, pages


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    gc.freeze()  # as the app does
    with served_demo(options.members) as folder:
        loaded = settings.load({"env_file": str(folder / ".env")}, {}, folder)

        def make() -> Session:
            return open_session(loaded)

        asyncio.run(server_alone(make, options.members))  # the demo makes them when asked for
        threaded, same, alone, uses = [], [], [], []
        for _ in range(options.times):
            threaded.append(asyncio.run(beside(make, options.members)))
            same.append(asyncio.run(on_the_same_loop(make, options.members)))
            alone.append(asyncio.run(server_alone(make, options.members)))
            uses.append(asyncio.run(use(make)))
    print(f"median of {options.times}, {options.members:,} members in {alone[0][1]} pages")
    print("                        first rows    all    worst lag   frames late")
    for name, runs in (("on the network thread", threaded), ("on the interface's loop", same)):
        show(name, runs)
    print(f"{'answers not looked at':<24} {'':>8}  {statistics.median(one[0] for one in alone):>6.0f} ms")
    memory = threaded[0].memory  # later runs find room that was used before
    print(f"resident memory: {memory:+.0f} MB, {memory * 1024 / options.members:.1f} KB a member")
    with served_demo(60) as folder:
        few_settings = settings.load({"env_file": str(folder / ".env")}, {}, folder)
        few = asyncio.run(use(lambda: open_session(few_settings)))
    print("                        until done   worst lag   longest step   with 60")
    for place, one in enumerate(few):
        taken = statistics.median(run[place].taken for run in uses)
        lag = statistics.median(run[place].worst_lag for run in uses)
        step = statistics.median(run[place].longest_step for run in uses)
        print(f"{one.what:<24} {taken:>7.1f} ms {lag:>8.1f} ms {step:>11.1f} ms {one.taken:>6.1f} ms")


def show(name: str, runs: list[Figures]) -> None:
    first, everything, lag, late, _ = (statistics.median(column) for column in zip(*runs, strict=True))
    print(f"{name:<24} {first:>6.0f} ms  {everything:>6.0f} ms {lag:>7.0f} ms {late:>8.0f}", flush=True)


if __name__ == "__main__":
    main()
