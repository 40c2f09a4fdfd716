"""New passkey links for the users of a run."""

import asyncio
from pathlib import Path

import pytest

from tests.core.onboard.running import Bench, finished, users
from zitadel_tui.core.jobs import NotSent
from zitadel_tui.core.onboard import links
from zitadel_tui.core.onboard.engine import WrongRun
from zitadel_tui.core.onboard.links import Renewed
from zitadel_tui.core.onboard.run_files import Locked, RunFiles
from zitadel_tui.demo.faults import Fault

LINK = "POST */passwordless/_link"
NAMES = [f"new{number}" for number in range(30)]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def with_lost_links(bench: Bench) -> RunFiles:
    """A run that has ended, and what it had to hand over is gone."""
    run = await bench.begin(users(NAMES, link=True))
    await finished(run)
    run.files.hand_over.path.unlink()
    return RunFiles(run.files.place)


async def test_who_cancels_gets_a_result_for_every_row_and_no_link_that_was_made_is_lost(
    bench: Bench,
) -> None:
    files = await with_lost_links(bench)

    def stop(renewed: Renewed) -> None:
        if not work.cancelling():
            work.cancel()

    work = asyncio.create_task(links.renew(bench.session(), files, on_renewed=stop))
    renewed = await work
    assert [one.row.user_name for one in renewed] == NAMES
    made = {one.row.user_name for one in renewed if one.is_made}
    assert 1 <= len(made) < len(NAMES)
    assert all(isinstance(one.outcome, NotSent) for one in renewed if not one.is_made)
    assert {line.user_name for line in files.hand_over.read().values()} == made
    assert [one.user_name for one in links.wanted(files)] == [one for one in NAMES if one not in made]


async def test_a_refusal_that_concerns_all_is_met_by_few(bench: Bench) -> None:
    files = await with_lost_links(bench)
    refusal = bench.demo.faults.add(Fault(status=403, id="AUTH-x"), LINK, times=0)
    renewed = await links.renew(bench.session(), files)
    assert not any(one.is_made for one in renewed)
    assert refusal.hits < len(NAMES)


async def test_links_are_not_made_while_another_process_works_on_the_file(bench: Bench) -> None:
    files = await with_lost_links(bench)
    other = RunFiles(files.place)
    other.lock(other.header())
    with pytest.raises(Locked):
        await links.renew(bench.session(), files)
    other.close()
    assert all(one.is_made for one in await links.renew(bench.session(), files))


async def test_links_are_made_in_the_organization_of_the_run_only(bench: Bench) -> None:
    files = await with_lost_links(bench)
    with pytest.raises(WrongRun):
        await links.renew(bench.session("globex-bot"), files)
