"""Applying a plan: each row once, whatever happens to the answers, with its result."""

import errno
import os
import stat
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests.core.onboard.running import ROLE, Assigned, Bench, FixedLimits, events, finished, payroll, users
from zitadel_tui.core.onboard.records import Event, RowResult
from zitadel_tui.core.onboard.run_files import Locked, RunFiles
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.faults import Kind as FaultKind
from zitadel_tui.zitadel.wire.users import Profile

IMPORT, MEMBER = "POST */_import", "POST /management/v1/orgs/me/members"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, lag=(0, 0))


async def test_users_are_created_and_get_their_roles(bench: Bench) -> None:
    file = users([f"new{number}" for number in range(30)], Assigned((ROLE,), (payroll(bench),)))
    run = await bench.begin(file)
    results = await finished(run)
    assert {result.state for result in results.values()} == {"done"}
    assert all(result.created and result.roles == (ROLE,) for result in results.values())
    assert all(bench.roles_of(name) == (ROLE,) for name in results)
    [granted] = {result.grants for result in results.values()}
    project = payroll(bench)
    assert granted == (f"{project.project.name}:{','.join(project.roles)}",)
    granted_to = {id for ids in bench.demo.store.granted if project.project.id in ids for id in ids}
    assert granted_to >= {result.user_id for result in results.values()}
    assert run.files.is_ended
    assert list(RunFiles(run.files.place).results()) == sorted(results.values(), key=lambda one: one.number)


async def test_a_second_run_of_the_file_sends_nothing(bench: Bench) -> None:
    file = users(["one", "two"], Assigned((ROLE,), (payroll(bench),)))
    await finished(await bench.begin(file))
    before = events(bench)
    results = await finished(await bench.begin(file))
    assert events(bench) == before
    assert [result.state for result in results.values()] == ["unchanged"] * 2
    assert not any(result.created for result in results.values())


@pytest.mark.parametrize("fault", ["withheld", "html", "truncated"])
async def test_lost_answers_are_looked_up_and_nobody_is_created_twice(bench: Bench, fault: FaultKind) -> None:
    bench.demo.faults.add(Fault(fault, status=504), IMPORT, times=2, after=1)
    bench.demo.faults.add(Fault(fault, status=504), MEMBER, times=2, after=1)
    results = await finished(await bench.begin(users(["one", "two", "three", "four"], Assigned((ROLE,)))))
    assert [result.state for result in results.values()] == ["done"] * 4
    assert all(bench.roles_of(name) == (ROLE,) for name in results)


async def test_a_storm_of_429_and_503_ends_with_every_row_done(bench: Bench) -> None:
    bench.demo.faults.add(Fault(status=429, retry_after="0"), IMPORT, times=6)
    bench.demo.faults.add(Fault(status=503), MEMBER, times=3)
    results = await finished(await bench.begin(users(["one", "two", "three"], Assigned((ROLE,)))))
    assert [result.state for result in results.values()] == ["done"] * 3


async def test_a_row_that_is_refused_stops_no_other_and_gets_no_roles(bench: Bench) -> None:
    file = users(["one", "bad", "two"], Assigned((ROLE,)))
    bad = file.content[1].body
    file.content[1] = replace(file.content[1], body=msgspec.structs.replace(bad, profile=Profile()))
    results = await finished(await bench.begin(file))
    assert {name: result.state for name, result in results.items()} == {
        "one": "done",
        "bad": "failed",
        "two": "done",
    }
    assert "firstName" in results["bad"].sentences[0]
    assert bench.demo.store.user_named("bad") is None


async def test_roles_that_fail_leave_the_user_and_are_healed_by_running_again(bench: Bench) -> None:
    file = users(["one"], Assigned((ROLE,), (payroll(bench),)))
    bench.demo.faults.add(Fault(status=400, id="ORG-x", message="No"), MEMBER)
    [result] = (await finished(await bench.begin(file))).values()
    assert (result.state, result.created, result.roles) == ("failed", True, ())
    assert result.grants
    assert "ORG-x" in result.reference
    [again] = (await finished(await bench.begin(file))).values()
    assert (again.state, again.created) == ("done", False)
    assert bench.roles_of("one") == (ROLE,)


async def test_an_account_that_may_not_pauses_the_run_and_the_rows_stay_pending(bench: Bench) -> None:
    run = await bench.begin(users(["one", "two", "three"]))
    bench.demo.faults.add(Fault(status=403, id="AUTH-x"), IMPORT, times=0)
    reasons = []
    async for item in run.follow():
        if isinstance(item, Event) and item.kind == "paused":
            reasons.append(item.reason)
            run.stop()
    assert "may not" in reasons[0]
    assert run.progress.counts["pending"] == 3
    bench.demo.faults.clear()
    results = await finished(await bench.resume(run, users(["one", "two", "three"])))
    assert [result.state for result in results.values()] == ["done"] * 3


async def test_a_pause_is_ended_by_going_on(bench: Bench) -> None:
    run = await bench.begin(users(["one", "two"]))
    bench.demo.faults.add(Fault(status=403, id="AUTH-x"), IMPORT)
    kinds = []
    async for item in run.follow():
        if isinstance(item, Event):
            kinds.append(item.kind)
            if item.kind == "paused":
                run.go_on()
    assert kinds[0] == "begun"
    assert kinds[-1] == "ended"
    assert run.progress.counts["done"] == 2


async def test_rows_that_fail_alike_pause_the_run_and_are_tried_again(bench: Bench) -> None:
    names = [f"new{number:02}" for number in range(30)]
    run = await bench.begin(users(names))
    bench.demo.faults.add(Fault(status=400, id="COMMAND-x", message="No"), IMPORT, times=20)
    paused, states = 0, {}
    async for item in run.follow():
        if isinstance(item, RowResult):
            states[item.user_name] = item.state
        elif item.kind == "paused":
            paused += 1
            run.go_on()
    assert paused == 1
    assert set(states) == set(names)
    assert set(states.values()) == {"done"}
    assert all(bench.demo.store.user_named(name) for name in names)


async def test_rows_that_fail_for_different_reasons_do_not_pause_the_run(bench: Bench) -> None:
    run = await bench.begin(users([f"new{number:02}" for number in range(30)]))
    for id in ("COMMAND-x", "COMMAND-y"):
        bench.demo.faults.add(Fault(status=400, id=id, message="No"), IMPORT, times=15)
    results = await finished(run)
    assert len(results) == 30
    assert {result.state for result in results.values()} == {"failed"}


async def test_without_any_answer_for_long_the_run_pauses(bench: Bench) -> None:
    run = await bench.begin(users(["one"]), limits=FixedLimits(outage=301.0))
    bench.demo.faults.add(Fault(status=503), IMPORT, times=0)
    bench.demo.faults.add(Fault(status=429), IMPORT, times=0)
    results = await finished(run)
    assert results.get("one") is None or results["one"].state == "unknown"


async def test_a_server_that_asks_to_wait_for_hours_pauses_the_run(bench: Bench) -> None:
    limits = FixedLimits()
    limits.held_seconds = 7200.0
    run = await bench.begin(users(["one"]), limits=limits)
    bench.demo.faults.add(Fault(status=429, retry_after="7200"), IMPORT)
    reasons = []
    async for item in run.follow():
        if isinstance(item, Event) and item.kind == "paused" and not item.counts:
            reasons.append(item.reason)
            run.stop()
    assert "asks to wait for 2 h" in reasons[0]
    assert run.progress.counts["pending"] == 1


async def test_stopping_lets_what_is_in_flight_end_and_the_rest_is_pending(bench: Bench) -> None:
    bench.demo.knobs.latency = 0.01
    names = [f"new{number:02}" for number in range(40)]
    run = await bench.begin(users(names, Assigned((ROLE,))))
    done = []
    async for item in run.follow():
        if isinstance(item, RowResult):
            done.append(item)
            run.stop()
    pending = run.progress.counts["pending"]
    assert pending
    assert pending + len(done) == 40
    again = await bench.resume(run, users(names, Assigned((ROLE,))))
    results = await finished(again)
    assert len(results) == pending
    assert all(bench.roles_of(name) == (ROLE,) for name in names)
    assert again.files.is_ended


async def test_generated_passwords_and_links_are_kept_in_the_hand_over_file_alone(bench: Bench) -> None:
    run = await bench.begin(users(["one"], generate=True))
    [with_password] = (await finished(run)).values()
    links = await bench.begin(users(["two"], link=True))
    [with_link] = (await finished(links)).values()
    assert (with_password.waits, with_link.waits) == ("password", "link")
    assert with_link.until > "20"
    password = run.files.hand_over.read()[1].password
    link = links.files.hand_over.read()[1].link
    assert len(password) > 10
    assert link.startswith("https://")
    for files, secret in ((run.files, password), (links.files, link)):
        for path in files.place.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            if path != files.hand_over.path:
                assert secret.encode() not in path.read_bytes()
    assert stat.S_IMODE(run.files.place.stat().st_mode) == 0o700


async def test_a_file_that_was_changed_pauses_the_run(bench: Bench) -> None:
    file = users(["one", "two", "three"])
    planned = file.planned()
    file.content[1] = users(["other"]).content[0]
    run = await bench.begin(file, rows=planned)
    results = await finished(run)
    assert "two" not in results
    assert "other" not in results
    assert run.progress.counts["pending"] >= 1
    assert "changed since" in run.progress.reason


async def test_two_runs_of_a_file_at_a_time_are_refused(bench: Bench) -> None:
    run = await bench.begin(users(["one"]))
    with pytest.raises(Locked):
        await bench.begin(users(["one"]))
    assert len(list(bench.root.iterdir())) == 2  # the run, and the locks
    await finished(run)
    await finished(await bench.begin(users(["one"])))


async def test_a_user_name_of_another_organization_is_a_conflict(bench: Bench) -> None:
    results = await finished(await bench.begin(users(["hank@globex.example", "one"], Assigned((ROLE,)))))
    taken = results["hank@globex.example"]
    assert (taken.state, taken.user_id) == ("failed", "")
    assert "another" in taken.sentences[0]
    assert results["one"].state == "done"


async def test_on_a_full_disk_nothing_more_is_sent_and_what_was_sent_is_recorded(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"new{number:02}" for number in range(30)]
    run = await bench.begin(users(names))
    reserve, write = run.files.place / "reserve", os.write

    def full(descriptor: int, data: bytes) -> int:
        if reserve.stat().st_size or len(data) > 100_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data)

    reasons: list[str] = []
    async for item in run.follow():
        if isinstance(item, RowResult) and not reasons:
            monkeypatch.setattr(os, "write", full)
        elif isinstance(item, Event) and item.kind == "paused":
            reasons.append(item.reason)
            run.stop()
    monkeypatch.setattr(os, "write", write)
    assert "cannot be written (No space left on device)" in reasons[0]
    created = {name for name in names if bench.demo.store.user_named(name)}
    recorded = {result.user_name for result in RunFiles(run.files.place).results() if result.created}
    assert recorded == created
    assert 0 < len(created) < 30
    results = await finished(await bench.resume(run, users(names)))
    assert {result.state for result in results.values()} == {"done"}
    assert len(results) == 30 - len(created)
