"""Every change, with faults of what stands in front of the server, before it got the write and after: what is
said is what is so, and nothing is sent twice."""

import pytest

from tests.demo_clients import apply_guarded, client_of
from tests.faults.kinds import KINDS, ClientWithHook, Kind
from zitadel_tui.core.changes import Unsettled
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.server import Demo
from zitadel_tui.zitadel import errors

CONTENTION = Fault(
    status=500,
    message='ERROR: duplicate key value violates unique constraint "events2_pkey" (SQLSTATE 23505) ()',
)
AFTER = {"withheld": Fault("withheld"), "truncated": Fault("truncated"), "hang": Fault("hang")}
BEFORE = {
    "504": Fault("html", status=504, message="504 Gateway Time-out"),
    "503": Fault(status=503),
    "500": Fault(status=500),
}
EACH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@pytest.fixture(scope="module")
def shared() -> Demo:
    return Demo(size=0, lag=(0, 0))


@pytest.fixture
def demo(shared: Demo) -> Demo:
    shared.faults.clear()
    return shared


@EACH
async def test_without_a_fault_it_happens_once(demo: Demo, kind: Kind) -> None:
    shared = await kind.prepared(demo, f"{kind.name} plain")
    writes = demo.faults.add(Fault("slow"), kind.write, times=0)
    applied = await apply_guarded(client_of(demo, "iam-bot"), shared.change)
    assert (applied.changed, applied.settled, shared.happened, writes.hits) == (True, False, True, 1)


@EACH
@pytest.mark.parametrize(
    ("fault", "lag"), [("withheld", 0.0), ("withheld", 0.03), ("truncated", 0.0), ("hang", 0.0)]
)
async def test_an_answer_that_was_lost_is_known_to_mean_done(
    demo: Demo, kind: Kind, fault: str, lag: float
) -> None:
    shared = await kind.prepared(demo, f"{kind.name} {fault} {lag}")
    demo.store.projections.lag = (lag, lag)
    demo.faults.add(AFTER[fault], kind.write)
    writes = demo.faults.add(Fault("slow"), kind.write, times=0)
    client = client_of(demo, "iam-bot", timeout=0.25 if fault == "hang" else 10.0)
    applied = await apply_guarded(client, shared.change)
    demo.store.projections.lag = (0.0, 0.0)
    assert (applied.changed, applied.settled, shared.happened, writes.hits) == (True, True, True, 0)


@EACH
@pytest.mark.parametrize("fault", BEFORE)
async def test_a_write_that_never_arrived_is_reported_as_not_visible(
    demo: Demo, kind: Kind, fault: str
) -> None:
    shared = await kind.prepared(demo, f"{kind.name} {fault}")
    demo.faults.add(BEFORE[fault], kind.write)
    client = client_of(demo, "iam-bot")
    with pytest.raises(Unsettled, match="so far the change was not made"):
        await apply_guarded(client, shared.change)
    assert not shared.happened
    assert (await apply_guarded(client, shared.change)).changed
    assert shared.happened


@EACH
@pytest.mark.parametrize("fault", ["withheld", "truncated", "504"])
async def test_where_nothing_can_be_looked_up_the_outcome_is_unknown(
    demo: Demo, kind: Kind, fault: str
) -> None:
    shared = await kind.prepared(demo, f"{kind.name} {fault} blind")
    strike = demo.faults.add({**AFTER, **BEFORE}[fault], kind.write)
    change = shared.change

    def blind() -> None:
        for read in ("GET *", "POST */_search") if strike.hits else ():
            demo.faults.add(Fault(status=403, id="AUTH-5mWD2"), read, times=0)

    client = ClientWithHook(client_of(demo, "iam-bot", timeout=5.0), blind)
    with pytest.raises(errors.OutcomeUnknown, match="not known"):
        await apply_guarded(client, change)
    demo.faults.clear()
    assert shared.happened == (fault in AFTER)


@EACH
async def test_contention_wrote_nothing_and_is_tried_again(demo: Demo, kind: Kind) -> None:
    shared = await kind.prepared(demo, f"{kind.name} contention")
    rule = demo.faults.add(CONTENTION, kind.write, times=2)
    applied = await apply_guarded(client_of(demo, "iam-bot"), shared.change)
    assert (rule.hits, applied.settled, shared.happened) == (2, False, True)


@EACH
async def test_a_permission_that_is_missing_is_reported_and_nothing_happens(demo: Demo, kind: Kind) -> None:
    shared = await kind.prepared(demo, f"{kind.name} forbidden")
    demo.faults.add(Fault(status=403, id="AUTH-5mWD2"), kind.write)
    with pytest.raises(errors.NotPermitted) as caught:
        await apply_guarded(client_of(demo, "iam-bot"), shared.change)
    assert caught.value.permission
    assert not shared.happened


@pytest.mark.parametrize("arrived", [True, False])
async def test_another_admin_after_a_lost_answer_is_not_called_not_done(demo: Demo, arrived: bool) -> None:
    kind = next(kind for kind in KINDS if kind.name == "set")
    shared = await kind.prepared(demo, f"colleague {arrived}")
    strike = demo.faults.add(AFTER["withheld"] if arrived else BEFORE["504"], kind.write)

    def other_admin() -> None:
        if strike.hits:
            demo.store.put_member(demo.store.default_org, shared.user, ("ORG_SETTINGS_MANAGER",), shared.user)

    with pytest.raises(errors.OutcomeUnknown, match="has ORG_SETTINGS_MANAGER"):
        await apply_guarded(ClientWithHook(client_of(demo, "iam-bot"), other_admin), shared.change)
