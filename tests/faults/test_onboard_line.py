"""Runs of a file over a line and against a server that fail in every way: each user once, with all roles, and
what is told of each is so."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.core.onboard.running import Assigned, Bench, Users, finished, payroll, users
from tests.demo_clients import IMPATIENT, id_of
from tests.proxy import FaultProxy, Kind
from tests.served import ServedDemo
from zitadel_tui.core.onboard.engine import Run
from zitadel_tui.core.onboard.limiter import RunLimiter
from zitadel_tui.core.onboard.records import RowResult
from zitadel_tui.core.onboard.run_files import RunFiles
from zitadel_tui.core.session import Session
from zitadel_tui.demo.faults import Fault
from zitadel_tui.secret import Secret
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel.auth import PersonalAccessToken
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.http import Transport

ROLE = "ORG_USER_MANAGER"
IMPORT, MEMBER = "POST /management/v1/users/human/_import", "POST /management/v1/orgs/me/members"
GRANT = "POST /management/v1/users/*/grants"
CONTENTION = Fault(
    "status", 500, 'ERROR: duplicate key value violates unique constraint "events2_pkey" (SQLSTATE 23505) ()'
)


class Line(Bench):
    """Runs against a served demo, through the proxy."""

    account = "iam-bot"

    def __init__(self, served: ServedDemo, proxy: FaultProxy, root: Path) -> None:
        self.demo, self.proxy, self.root = served.demo, proxy, root
        self.timeout = 5.0
        self._sessions: list[Session] = []

    def session(self, account: str = "") -> Session:
        token = PersonalAccessToken(Secret(self.demo.access_token(account or self.account)))
        client = Client(Transport(self.proxy.origin, timeout=self.timeout), token)
        session = Session(Settings(demo=True), client, timing=IMPATIENT, server=self.demo)
        self._sessions.append(session)
        return session

    async def close(self) -> None:
        for session in self._sessions:
            await session.close()

    def limits(self) -> RunLimiter:
        return RunLimiter()

    async def through(self, file: Users, run: Run | None = None) -> dict[str, RowResult]:
        """The results when the run has been resumed until it ends."""
        run = run or await self.begin(file)
        await finished(run)
        return await self.to_the_end(run.files, file)

    async def to_the_end(self, files: RunFiles, file: Users) -> dict[str, RowResult]:
        for _ in range(4):
            files = RunFiles(files.place)
            if files.is_ended:
                break
            await finished(await self.resume(files, file))
        return {one.user_name: one for one in RunFiles(files.place).results()}

    def whole(self, results: dict[str, RowResult], file: Users) -> None:
        """Every user is there once, with all roles, and that is told."""
        names = [row.body.user_name for row in file.content]
        there = Counter(user.user_name for user in self.demo.store.users.values() if user.user_name in names)
        assert there == dict.fromkeys(names, 1)
        for name in names:
            user, told = self.demo.store.user_named(name), results[name]
            assert user is not None
            assert (told.state, told.user_id, told.created) == ("done", user.id, True)
            assert self.roles_of(name) == (ROLE,)
            assert any(key[0] == user.id for key in self.demo.store.granted)


@pytest.fixture
async def line(served: ServedDemo, proxy: FaultProxy, tmp_path: Path) -> AsyncIterator[Line]:
    line = Line(served, proxy, tmp_path / "runs")
    try:
        yield line
    finally:
        served.demo.faults.clear()
        await line.close()


_numbers = iter(range(1_000_000))


def people(line: Line, number: int = 4) -> Users:
    """New users, each with a role here and one in a project."""
    names = [f"line{next(_numbers)}" for _ in range(number)]
    return users(names, Assigned((ROLE,), (payroll(line),)))


@pytest.mark.parametrize("kind", ["reset before", "reset after", "half"])
@pytest.mark.parametrize("step", [IMPORT, MEMBER, GRANT])
async def test_an_answer_that_is_lost_at_any_step_is_settled(line: Line, step: str, kind: Kind) -> None:
    file = people(line)
    fault = line.proxy.fault(kind, step, times=2)
    line.whole(await line.through(file), file)
    assert fault.hits == 2


async def test_a_server_that_goes_silent_is_settled(line: Line) -> None:
    file = people(line)
    line.timeout = 0.8
    fault = line.proxy.fault("silent after", IMPORT)
    line.whole(await line.through(file), file)
    assert fault.hits == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", 429),
        Fault("status", 429, retry_after="0"),
        Fault("status", 503),
        Fault("html", 503, "upstream"),
        CONTENTION,
    ],
    ids=["429", "429 with Retry-After", "503", "503 of a proxy", "events2_pkey"],
)
async def test_a_storm_passes(line: Line, fault: Fault) -> None:
    file = people(line, 6)
    for step in (IMPORT, MEMBER, GRANT):
        line.demo.faults.add(fault, step, times=3)
    line.whole(await line.through(file), file)


async def test_a_server_that_restarts_is_waited_for(line: Line) -> None:
    """It resets what was under way, and every connection for a while."""
    file = people(line, 6)
    line.proxy.fault("reset after", IMPORT)
    run = await line.begin(file)
    down = line.proxy.fault("reset before", times=5)
    line.whole(await line.through(file, run), file)
    assert down.hits == 5


async def test_a_key_that_is_revoked_pauses_the_run_and_another_account_goes_on(line: Line) -> None:
    file = people(line, 6)
    line.proxy.fault("held", IMPORT)
    run = await line.begin(file)
    following = asyncio.create_task(finished(run))
    await asyncio.to_thread(line.proxy.struck.wait, 20)
    kept = dict(line.demo.store.tokens)
    line.demo.store.tokens.clear()
    line.proxy.go_on()
    results = await following
    line.demo.store.tokens.update(kept)
    assert not run.files.is_ended
    told = {one.user_name: one for one in RunFiles(run.files.place).results()}
    assert "failed" not in {one.state for one in told.values()}
    assert any(one.state == "pending" for one in told.values()), results
    line.account = "onboarding-bot"
    other, store = id_of(line.demo, line.account), line.demo.store
    store.put_member(store.default_org, other, ("ORG_OWNER",), other)
    line.whole(await line.to_the_end(run.files, file), file)


@asynccontextmanager
async def clock_moved(monkeypatch: pytest.MonkeyPatch, seconds: float) -> AsyncIterator[None]:
    now = time.time
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now() + seconds)
        yield


@pytest.mark.parametrize("seconds", [-7200.0, 7200.0])
async def test_a_clock_that_is_set_in_mid_run_makes_nobody_twice(
    line: Line, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    file = people(line, 6)
    line.proxy.fault("held", IMPORT)
    line.proxy.fault("reset after", IMPORT, times=2)
    run = await line.begin(file)
    following = asyncio.create_task(finished(run))
    await asyncio.to_thread(line.proxy.struck.wait, 20)
    async with clock_moved(monkeypatch, seconds):
        line.proxy.go_on()
        await following
        line.whole(await line.to_the_end(run.files, file), file)
