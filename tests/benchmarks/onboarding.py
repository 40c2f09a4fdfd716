"""Rows a second of an onboarding run against the served demo, beside a bare httpx client with as many
requests at once, and beside a loop of curl.

Each row is one import; with --role also a membership. The demo is a process of its own, and answers after a
latency.

    python -m tests.benchmarks.onboarding [--rows 400] [--times 3] [--role] [--latency 0 20 100]
"""

import argparse
import asyncio
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import httpx

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.served_apart import served_demo
from tests.core.onboard.running import ROLE, Assigned, users
from zitadel_tui import settings
from zitadel_tui.core.onboard import engine
from zitadel_tui.core.onboard.limiter import RunLimiter
from zitadel_tui.core.onboard.records import FileIdentity, Header, RowResult
from zitadel_tui.core.session import Session, open_session

IMPORT, MEMBERS = "/management/v1/users/human/_import", "/management/v1/orgs/me/members"
AT_ONCE, MEMBERS_AT_ONCE = 8, 4
CURLS = 40
_names = itertools.count(1)


class Rate(NamedTuple):
    rows: float
    """A second."""
    processor: float
    """Milliseconds of this process a row."""


def fresh_names(count: int) -> list[str]:
    return [f"user{next(_names)}" for _ in range(count)]


def body(name: str) -> dict[str, object]:
    return {
        "userName": name,
        "profile": {"firstName": name.title(), "lastName": "Tester"},
        "email": {"email": f"{name}@new.test", "isEmailVerified": True},
    }


async def run_of_ours(session: Session, count: int, role: bool) -> Rate:
    file = users(fresh_names(count), Assigned((ROLE,)) if role else Assigned())
    identity = await session.identify()
    header = Header(
        instance=session.client.transport.origin,
        organization=identity.organization,
        account=identity.account,
        file=FileIdentity(digest=str(time.time()), rows=count),
    )
    with tempfile.TemporaryDirectory() as root:
        limiter = RunLimiter(origin=session.client.transport.origin)
        run = await engine.begin(session, header, file.planned(), file, file, limiter, root=Path(root))
        begun, processor = time.perf_counter(), time.process_time()
        done = [item async for item in run.follow() if isinstance(item, RowResult) and item.state == "done"]
        took, used = time.perf_counter() - begun, time.process_time() - processor
    assert len(done) == count
    return Rate(count / took, used / count * 1000)


async def bare(session: Session, count: int, role: bool, at_once: int) -> Rate:
    """The same requests without anything else: no records, no checks. The libraries are as in a process that
    has nothing of ours, which hides from them what is not installed."""
    sys.modules.pop("sniffio", None)
    token = (await session.access_token()).reveal()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    imports, members = asyncio.Semaphore(at_once), asyncio.Semaphore(MEMBERS_AT_ONCE)
    async with httpx.AsyncClient(
        base_url=session.client.transport.origin,
        headers=headers,
        timeout=60,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=100),
    ) as client:

        async def one(name: str) -> None:
            async with imports:
                answer = await client.post(IMPORT, content=json.dumps(body(name)))
                answer.raise_for_status()
            if role:
                async with members:
                    wanted = {"userId": answer.json()["userId"], "roles": [ROLE]}
                    (await client.post(MEMBERS, content=json.dumps(wanted))).raise_for_status()

        begun, processor = time.perf_counter(), time.process_time()
        await asyncio.gather(*map(one, fresh_names(count)))
        return Rate(count / (time.perf_counter() - begun), (time.process_time() - processor) / count * 1000)


async def curl_loop(session: Session, role: bool) -> Rate:
    token = (await session.access_token()).reveal()
    origin = session.client.transport.origin

    def curl(path: str, content: dict[str, object]) -> dict[str, object]:
        command = ["curl", "-sf", origin + path, "-H", f"Authorization: Bearer {token}"]
        command += ["-H", "Content-Type: application/json", "-d", json.dumps(content)]
        answer: dict[str, object] = json.loads(
            subprocess.run(command, capture_output=True, check=True).stdout
        )
        return answer

    begun = time.perf_counter()
    for name in fresh_names(CURLS):
        created = curl(IMPORT, body(name))
        if role:
            curl(MEMBERS, {"userId": created["userId"], "roles": [ROLE]})
    return Rate(CURLS / (time.perf_counter() - begun), 0.0)


def measured(folder: Path, work: Callable[[Session], Awaitable[Rate]]) -> Rate:
    loaded = settings.load({"env_file": str(folder / ".env")}, {}, folder)

    async def use() -> Rate:
        session = open_session(loaded)
        try:
            return await work(session)
        finally:
            await session.close()

    return asyncio.run(use())


def median(rates: list[Rate]) -> Rate:
    return Rate(*(statistics.median(values) for values in zip(*rates, strict=True)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--role", action="store_true")
    parser.add_argument("--latency", type=float, nargs="+", default=[0, 20, 100], help="milliseconds")
    options = parser.parse_args()
    print(f"{options.rows} rows, median of {options.times}{', each with a role' if options.role else ''}")
    print("                          rows/s   processor a row   ours/this")
    for latency in options.latency:
        with served_demo(20, latency=latency / 1000) as folder:
            ways: dict[str, Callable[[Session], Awaitable[Rate]]] = {
                "the run": lambda session: run_of_ours(session, options.rows, options.role),
                f"httpx, {AT_ONCE} at once": lambda session: bare(
                    session, options.rows, options.role, AT_ONCE
                ),
                "curl, one by one": lambda session: curl_loop(session, options.role),
            }
            rates: dict[str, list[Rate]] = {name: [] for name in ways}
            for _ in range(options.times):
                for name, way in ways.items():
                    rates[name].append(measured(folder, way))
        ours = median(rates["the run"])
        for name in ways:
            rate = median(rates[name])
            print(
                f"{latency:4.0f} ms  {name:18}{rate.rows:7.0f}   {rate.processor:12.2f} ms"
                f"   {ours.rows / rate.rows:9.2f}"
            )


if __name__ == "__main__":
    main()
