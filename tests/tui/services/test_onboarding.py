"""A file of users without its view: what is read is closed again, what waits is at hand, and what is damaged
stops nothing else."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.tui.services.running import Services, services
from zitadel_tui.core.onboard.progress import SILENT, RunProgress
from zitadel_tui.core.onboard.records import State
from zitadel_tui.core.onboard.rows import Options
from zitadel_tui.core.onboard.source import Source, open_source
from zitadel_tui.demo.faults import Fault
from zitadel_tui.tui.services import onboarding as module
from zitadel_tui.tui.services.jobs import Jobs
from zitadel_tui.tui.services.onboarding import ListedRun, Onboarding, RunJob

HEADING = "userName,firstName,lastName,email,emailVerified,passkeyLink\n"


@dataclass
class Bench:
    running: Services
    onboarding: Onboarding
    told: list[str] = field(default_factory=list)
    """What the app was told, in order."""

    async def check(self, path: Path) -> None:
        self.onboarding.check(str(path), Options(generate_password=True))
        await self.running.until(lambda: not self.onboarding.doing)

    async def apply(self, path: Path) -> None:
        await self.check(path)
        self.onboarding.start()
        await self.running.until(lambda: self.onboarding.job is None)

    async def runs(self) -> list[ListedRun]:
        found: list[list[ListedRun]] = []
        self.onboarding.list_runs(found.append, demo=True)
        await self.running.until(lambda: found)
        return found[0]

    async def secret_of(self, number: int) -> tuple[str, str]:
        found: list[tuple[str, str]] = []
        assert self.onboarding.entries is not None
        entry = self.onboarding.entries.get(str(number))
        assert entry is not None
        self.onboarding.secret_of(entry, lambda kind, secret: found.append((kind, secret)))
        await self.running.until(lambda: found)
        return found[0]


@asynccontextmanager
async def opened() -> AsyncIterator[Bench]:
    async with services() as running:
        app, told = running.pilot.app, list[str]()
        jobs = Jobs(app, running.network, running.pending, tell=lambda summary, failed: None)
        onboarding = Onboarding(
            app,
            running.network,
            jobs,
            tell=lambda sentence, warns: told.append(sentence),
            read_members=lambda: None,
        )
        yield Bench(running, onboarding, told)
        onboarding.close()


def written(folder: Path, *rows: str) -> Path:
    path = folder / "people.csv"
    path.write_text(HEADING + "".join(f"{row}\n" for row in rows))
    return path


ADA, EVE = "ada.new,Ada,New,ada@new.test,yes,yes", "eve.new,Eve,New,eve@new.test,yes,no"


async def test_a_file_that_cannot_be_planned_is_closed_and_can_be_checked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources: list[Source] = []

    def noted(path: str, options: Options) -> Source:
        sources.append(open_source(path, options))
        return sources[-1]

    monkeypatch.setattr(module, "open_source", noted)
    async with opened() as bench:
        bench.running.demo.faults.add(Fault(status=500, message="down"), "*", times=0)
        path = written(tmp_path, ADA)
        await bench.check(path)
        assert bench.onboarding.failure is not None
        assert bench.onboarding.reason_against_starting == "No file is checked: choose one first."
        [source] = sources
        with pytest.raises(ValueError, match="closed"):
            list(source.rows())
        bench.running.demo.faults.clear()
        await bench.check(path)
        assert bench.onboarding.reason_against_starting is None


async def test_the_link_or_else_the_password_of_a_user_is_at_hand_after_a_run(tmp_path: Path) -> None:
    async with opened() as bench:
        path = written(tmp_path, ADA, EVE, "joe.new,Joe,New,no-address,yes,no")
        await bench.apply(path)
        kind, link = await bench.secret_of(1)
        assert (kind, "://" in link) == ("link", True)
        kind, password = await bench.secret_of(2)
        assert (kind, bool(password), "://" in password) == ("password", True, False)
        assert await bench.secret_of(3) == ("", "")


async def test_without_a_plan_nothing_is_started(tmp_path: Path) -> None:
    async with opened() as bench:
        bench.onboarding.start()
        assert bench.onboarding.job is None
        await bench.apply(written(tmp_path, ADA))
        bench.onboarding.start()
        assert bench.onboarding.job is None


async def test_before_a_run_nothing_waits_for_a_user(tmp_path: Path) -> None:
    async with opened() as bench:
        await bench.check(written(tmp_path, ADA))
        found: list[tuple[str, str]] = []
        assert bench.onboarding.entries is not None
        for entry in bench.onboarding.entries:
            bench.onboarding.secret_of(entry, lambda kind, secret: found.append((kind, secret)))
        assert await bench.runs() == []
        assert found == []


async def test_a_damaged_run_is_left_out_of_the_list(tmp_path: Path) -> None:
    async with opened() as bench:
        await bench.apply(written(tmp_path, ADA))
        await bench.apply(written(tmp_path, EVE))
        newest, oldest = await bench.runs()
        assert newest.files.id > oldest.files.id
        (newest.files.place / "plan.jsonl").write_text("damaged\n")
        assert [one.files.id for one in await bench.runs()] == [oldest.files.id]


async def test_a_run_that_cannot_be_shown_says_why_and_is_not_waited_for(tmp_path: Path) -> None:
    async with opened() as bench:
        await bench.apply(written(tmp_path, ADA))
        [listed] = await bench.runs()
        (listed.files.place / "plan.jsonl").write_text("damaged\n")
        bench.told.clear()
        bench.onboarding.look(listed.files)
        await bench.running.until(lambda: bench.told)
        assert bench.onboarding.doing == ""


async def test_progress_counts_rows_that_ended_and_says_only_of_a_long_silence_that_there_is_one() -> None:
    async with opened() as bench:
        job = RunJob(bench.running.network, lambda at_once: None)
        assert (job.progress.total, job.progress.ended, job.progress.silent) == (0, 0, 0.0)
        counts = Counter[State]({"done": 3, "failed": 1, "pending": 6, "skipped": 2})
        for silent, told in ((SILENT / 2, 0.0), (SILENT, SILENT)):
            job.snapshot = RunProgress(counts, silent=silent)
            assert (job.progress.total, job.progress.ended, job.progress.silent) == (10, 4, told)
