"""Who wrote to memberships at the same moment as we did, read from the history of the organization."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.canned import Canned, Reply
from tests.core.shared_organization import SharedOrganization
from tests.demo_clients import session_of
from zitadel_tui.core.changes import attribution
from zitadel_tui.core.changes.scopes import ORGANIZATION
from zitadel_tui.core.concurrency import Timing
from zitadel_tui.core.journal import Baseline, Record
from zitadel_tui.core.session import Session
from zitadel_tui.demo.faults import Fault
from zitadel_tui.zitadel.wire.base import Details
from zitadel_tui.zitadel.wire.members import Member
from zitadel_tui.zitadel.wire.users import EventType, HistoryEntry

HISTORY = "POST /management/v1/orgs/me/changes/_search"


def entry(
    sequence: int, time: str, *, editor: str = "other", key: str = "org.member.changed"
) -> HistoryEntry:
    return HistoryEntry(
        change_date=f"2026-02-03T{time}Z",
        event_type=EventType(key=f"EventTypes.{key}"),
        sequence=str(sequence),
        editor_id=editor,
    )


class Told:
    """A session to an organization with this history; its account is ``me``."""

    timing = Timing(oldest_read=1.0)

    def __init__(self, *history: HistoryEntry) -> None:
        self._history = history
        self.client = self
        self.written: set[int] = set()

    async def send(self, call: object) -> Any:
        return SimpleNamespace(result=self._history)

    async def identify(self) -> Any:
        return SimpleNamespace(account="me")

    async def coordination(self) -> Any:
        return self

    async def others_ended(self) -> None:
        pass


async def warning(*history: HistoryEntry, seen: int) -> str:
    """After our write at 12:00:10, two seconds after we had read; its event is the last."""
    written = Details(sequence=history[-1].sequence)
    session = cast("Session", Told(*history))
    overlap = await attribution.overlap(session, ORGANIZATION, written, seen=seen, took=2.0)
    assert overlap.ours
    return overlap.warning


@pytest.mark.parametrize(("time", "is_told"), [("12:00:06", False), ("12:00:07", True), ("12:00:09", True)])
async def test_others_count_from_the_oldest_state_that_may_have_been_read(time: str, is_told: bool) -> None:
    told = await warning(entry(18, time), entry(19, "12:00:10", editor="me"), seen=17)
    assert ("overwritten" in told) is is_told


@pytest.mark.parametrize(("oldest", "is_told"), [("11:00:00", False), ("12:00:08", True)])
async def test_more_events_than_are_looked_at_are_reported_only_if_all_are_of_that_moment(
    oldest: str, is_told: bool
) -> None:
    told = await warning(
        entry(800, oldest, key="org.changed"),
        entry(801, "12:00:09", key="org.changed"),
        entry(1000, "12:00:10", editor="me"),
        seen=17,
    )
    assert ("too many events" in told) is is_told


@pytest.mark.parametrize(("time", "is_ours"), [("12:00:07", False), ("12:00:08", True), ("12:00:30", True)])
async def test_after_a_lost_answer_ours_is_not_older_than_the_change_by_more_than_clocks_differ(
    time: str, is_ours: bool
) -> None:
    session = cast("Session", Told(entry(18, time, editor="me")))
    record = Record(account="me", before=("A",), baseline=Baseline(sequence=17, time="2026-02-03T12:00:10Z"))
    member = Member(user_id="1", details=Details(sequence="18"))
    assert await attribution.is_ours(session, ORGANIZATION, record, member) is is_ours


async def test_the_newest_event_is_0_where_there_is_none_or_it_may_not_be_read() -> None:
    empty = Canned(lambda asked: Reply({"result": []})).client()
    assert await attribution.newest_event(session_of(empty), ORGANIZATION) == 0
    shared = SharedOrganization()
    session = session_of(shared.client)
    assert await attribution.newest_event(session, ORGANIZATION) > 0
    shared.demo.faults.add(Fault("status", 403, id="AUTH-5mWD2"), HISTORY)
    assert await attribution.newest_event(session, ORGANIZATION) == 0
