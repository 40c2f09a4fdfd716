"""What the app knows of the members: late, failed and overtaken readings, and whose events are no news."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import cast

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from tests.tui.services.scripted import ScriptedNetwork
from zitadel_tui.core import members
from zitadel_tui.core.changes import Applied
from zitadel_tui.core.jobs import NotSent
from zitadel_tui.core.members import Roster
from zitadel_tui.failure import Failure
from zitadel_tui.tui.services import member_store as module
from zitadel_tui.tui.services.member_store import MemberStore
from zitadel_tui.tui.services.network import Network
from zitadel_tui.tui.services.pending_changes import PendingChanges, State
from zitadel_tui.zitadel.errors import NotPermitted, OutcomeUnknown, Unavailable
from zitadel_tui.zitadel.wire.base import Changed, WrittenDetails
from zitadel_tui.zitadel.wire.members import Member


@asynccontextmanager
async def store_of(*user_ids: str, sequence: str = "7") -> AsyncIterator[tuple[MemberStore, ScriptedNetwork]]:
    """A store whose first reading has given these members."""
    app: App[None] = App()
    async with app.run_test():
        network = ScriptedNetwork()
        store = MemberStore(app, cast("Network", network))
        store.reload()
        network.of("members")[-1].answer(roster_of(*user_ids, sequence=sequence))
        yield store, network


def roster_of(*user_ids: str, sequence: str) -> Roster:
    return Roster(Member(user_id=one, roles=("ORG_OWNER",)) for one in user_ids).as_of(sequence)


def ids(store: MemberStore) -> set[str]:
    assert store.roster is not None
    return {member.user_id for member in store.roster}


def failed(store: MemberStore) -> bool:
    return store.failure is not None


async def studied(store: MemberStore) -> None:
    """What the last reading has changed is worked out."""
    assert store._studying is not None
    await store._studying.wait()


async def test_what_was_put_while_an_older_list_was_read_stands_and_is_checked() -> None:
    async with store_of("1", "2") as (store, network):
        store.reload()
        reading = network.of("members")[-1]
        store.put("2", None)
        store.put("3", Member(user_id="3"))
        reading.answer(roster_of("1", "2", sequence="7"))
        assert ids(store) == {"1", "3"}
        assert network.of("members")[-1] is not reading, "the list is older than what was put"


async def test_a_reading_is_announced_when_it_begins() -> None:
    app: App[None] = App()
    async with app.run_test():
        network, loading = ScriptedNetwork(), list[bool]()
        store = MemberStore(app, cast("Network", network))
        store.changed.subscribe(app, lambda _: loading.append(store.loading), immediate=True)
        store.reload()
        assert loading == [True]


async def test_our_own_events_are_no_reason_to_read_again_but_those_of_others_are() -> None:
    async with store_of("1") as (store, network):
        store.wrote(["8", "9"])
        store.check()
        network.of("members")[-1].answer("9")
        assert (len(network.of("members")), store.roster and store.roster.sequence) == (2, "9")
        store.wrote(["11"])
        store.check()
        network.of("members")[-1].answer("11")
        assert len(network.of("members")) == 4
        network.of("members")[-1].answer(roster_of("1", "2", sequence="11"))
        assert ids(store) == {"1", "2"}


async def test_after_more_events_of_ours_than_are_worth_looking_at_all_is_read_again() -> None:
    async with store_of("1", sequence="0") as (store, network):
        store.wrote(map(str, range(1, 2_002)))
        store.check()
        network.of("members")[-1].answer("1000")
        assert len(network.of("members")) == 2
        store.check()
        network.of("members")[-1].answer("2001")
        assert len(network.of("members")) == 4


async def test_a_check_that_failed_is_shown_and_does_not_end_the_checking() -> None:
    async with store_of("1") as (store, network):
        store.check()
        network.of("members")[-1].fail(Unavailable("Nothing listens."))
        assert failed(store)
        assert ids(store) == {"1"}
        store.check()
        network.of("members")[-1].answer("7")
        assert (failed(store), len(network.of("members"))) == (False, 3)


async def test_members_are_checked_from_time_to_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHECK_EVERY", 0.01)
    async with store_of("1") as (store, network):
        store.start()
        async with asyncio.timeout(20):
            while len(network.of("members")) < 2:
                await asyncio.sleep(0)
        assert not store.loading, "a check, and no reading"


async def test_where_the_sequence_may_not_be_read_it_is_asked_for_once_and_reported() -> None:
    async with store_of("1", sequence="") as (store, network):
        store.check()
        network.of("members")[-1].fail(NotPermitted("No.", permission="org.read"))
        assert (store.unchecked is not None, store.failure) == (True, None)
        store.check()
        assert len(network.of("members")) == 2


async def test_a_first_reading_is_tried_again_when_the_line_failed_and_not_when_it_was_refused() -> None:
    app: App[None] = App()
    async with app.run_test():
        network = ScriptedNetwork()
        store = MemberStore(app, cast("Network", network))
        store.reload()
        network.of("members")[-1].fail(Unavailable("Nothing listens."))
        store.check()
        assert (store.loading, store.failure, len(network.of("members"))) == (True, None, 2)
        network.of("members")[-1].fail(NotPermitted("No.", permission="org.member.read"))
        store.check()
        assert (store.loading, len(network.of("members"))) == (False, 2)


async def test_an_unknown_outcome_is_known_only_by_a_reading_that_began_after_it() -> None:
    async with store_of("1") as (store, network):
        pending = PendingChanges(store._app, cast("Network", network), store, report=lambda failure: None)
        pending.begun("1")
        pending.ended("1", OutcomeUnknown("The line broke."), None)
        pending._members_read(0.0)
        assert pending.state("1") is State.UNKNOWN
        pending._members_read(float("inf"))
        assert pending.state("1") is None
        pending.begun("1")
        pending._members_read(float("inf"))
        assert pending.state("1") is State.SAVING


async def test_what_others_changed_is_reported_although_the_next_reading_came_before_it_was_worked_out() -> (
    None
):
    async with store_of("1", "2") as (store, network):
        await studied(store)
        for _ in range(3):
            store.reload()
            network.of("members")[-1].answer(roster_of("1", "3", "4", sequence="9"))
        await studied(store)
        assert "2 new, 1 gone" in store.news


async def test_who_holds_which_role_is_shown_as_soon_as_it_is_known() -> None:
    async with store_of("1") as (store, _network):
        told: list[bool] = []
        store.changed.subscribe(
            store._app, lambda nothing: told.append(store.holders is not None), immediate=True
        )
        await studied(store)
        assert told == [True]


async def test_what_we_changed_ourselves_is_no_news_whenever_it_comes() -> None:
    async with store_of("1", "2", "3") as (store, network):
        await studied(store)
        store.reload()
        network.of("members")[-1].answer(roster_of("1", "2", "3", sequence="9"))
        store.put("2", None)
        store.put("4", Member(user_id="4", roles=("ORG_OWNER",)))
        store.reload()
        network.of("members")[-1].answer(roster_of("1", "3", "4", sequence="9"))
        store.put("3", None)
        await studied(store)
        assert store.news == ""


async def test_what_was_found_out_about_members_of_the_session_before_is_dropped() -> None:
    async with store_of("1", "2") as (store, network):
        await studied(store)
        store.reload()
        network.of("members")[-1].answer(roster_of("1", sequence="9"))
        before = store._studying
        store.forget()
        assert before is not None
        with pytest.raises(WorkerCancelled):
            await before.wait()
        assert (store.news, store.holders) == ("", None)


@asynccontextmanager
async def readings(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[MemberStore, ScriptedNetwork, Pilot[None], list[Callable[[Roster], None]]]]:
    """A store that began to read so many times, and what each reading calls with its pages."""
    app: App[None] = App()
    on_pages: list[Callable[[Roster], None]] = []

    async def read(client: object, *, on_page: Callable[[Roster], None], known: str) -> Roster:
        on_pages.append(on_page)
        return Roster()

    monkeypatch.setattr(members, "read", read)
    async with app.run_test() as pilot:
        network = ScriptedNetwork()
        store = MemberStore(app, cast("Network", network))
        for _ in range(number):
            store.reload()
            await network.of("members")[-1].work(SimpleNamespace(client=None))
        yield store, network, pilot, on_pages


async def test_pages_of_a_reading_that_was_replaced_are_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with readings(2, monkeypatch) as (store, _network, pilot, (late, newest)):
        late(roster_of("1", sequence="7"))
        await pilot.pause()
        assert (store.so_far, store.listing.rows) == (0, None)
        newest(roster_of("2", "3", sequence="7"))
        late(roster_of("1", sequence="7"))
        await pilot.pause()
        assert store.listing.rows is not None
        assert (store.so_far, store.listing.rows.ids) == (2, ["2", "3"])


async def test_pages_are_sorted_and_listed_only_when_they_have_doubled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with readings(1, monkeypatch) as (store, network, pilot, (on_page,)):
        listed = []
        for number in (2, 3, 4, 7, 9):
            on_page(roster_of(*map(str, range(number)), sequence="7"))
            await pilot.pause()
            assert store.so_far == number
            listed.append(len(store.listing.rows or ()))
        assert listed == [2, 2, 4, 4, 9]
        network.of("members")[-1].fail(Unavailable("The line broke."))
        assert (store.loading, store.listing.rows) == (False, None), "a part is not taken for the whole"


async def test_another_session_begins_with_nothing() -> None:
    app: App[None] = App()
    async with app.run_test():
        network = ScriptedNetwork()
        store = MemberStore(app, cast("Network", network))
        assert not store.loading
        store.reload()
        store._page(store._reading, 3, None)
        assert (store.loading, store.so_far) == (True, 3)
        store.forget()
        assert (store.loading, store.so_far, store.reading) == (False, 0, False)
        store.reload()
        network.of("members")[-1].answer(roster_of("1", sequence="7"))
        store.check()
        network.of("members")[-1].fail(Unavailable("Nothing listens."))
        network.of("administrators")[-1].fail(Unavailable("Nothing listens."))
        store.forget()
        assert (store.roster, store.listing.rows, store.age) == (None, None, None)
        assert (store.failure, store.administrators_failure) == (None, None)


async def test_what_was_not_sent_is_not_looked_up_and_what_was_refused_is() -> None:
    async with store_of("1", "2") as (store, network):
        pending = PendingChanges(store._app, cast("Network", network), store, report=lambda failure: None)
        for user_id, failure in (("1", NotSent()), ("2", NotPermitted("No.", permission="org.member.write"))):
            pending.begun(user_id)
            pending.ended(user_id, failure, None)
            assert pending.state(user_id) is None
        assert [asked.group for asked in network.asked if asked.group.startswith("appears")] == ["appears 2"]


async def test_what_we_changed_is_no_reason_to_read_all_members_again() -> None:
    async with store_of("1", sequence="7") as (store, network):
        pending = PendingChanges(store._app, cast("Network", network), store, report=lambda failure: None)
        pending.begun("1")
        answer = Changed(details=WrittenDetails(sequence="8", resource_owner="1"))
        pending.ended("1", Applied("Done.", "1", answer=answer), None)
        network.asked[-1].answer(Member(user_id="1"))
        assert pending.state("1") is None
        store.check()
        network.of("members")[-1].answer("8")
        assert len(network.of("members")) == 2, "the first reading, and the check"


async def test_administrators_that_may_not_be_read_are_reported_as_that() -> None:
    async with store_of("1") as (store, network):
        told: list[Failure | None] = []
        store.changed.subscribe(
            store._app, lambda nothing: told.append(store.administrators_failure), immediate=True
        )
        asked = next(one for one in network.asked if one.group == "administrators")
        refused = NotPermitted("No.", permission="iam.member.read")
        asked.fail(refused)
        assert told == [refused]
        assert failed(store) is False


async def test_an_answer_without_a_sequence_makes_no_event_our_own() -> None:
    async with store_of("1", sequence="7") as (store, network):
        store.wrote(["", "8"])
        store.check()
        network.of("members")[-1].answer("8")
        assert len(network.of("members")) == 2
