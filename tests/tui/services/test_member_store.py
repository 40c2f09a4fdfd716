"""What the app knows of the members: late, failed and overtaken readings, and whose events are no news."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from textual.app import App

from zitadel_tui.core.members import Roster
from zitadel_tui.failure import Failure
from zitadel_tui.tui.services.member_store import MemberStore
from zitadel_tui.tui.services.network import Network
from zitadel_tui.tui.services.pending_changes import PendingChanges, State
from zitadel_tui.zitadel.errors import NotPermitted, OutcomeUnknown, Unavailable
from zitadel_tui.zitadel.wire.members import Member


@dataclass
class Asked:
    """A request that is answered by the test."""

    group: str
    then: Callable[[Any], None]
    failed: Callable[[Failure], None]
    done: bool = False

    def answer(self, value: object) -> None:
        self.done = True
        self.then(value)

    def fail(self, failure: Failure) -> None:
        self.done = True
        self.failed(failure)

    def cancel(self) -> None:
        self.done = True


class ScriptedNetwork:
    session = None

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    def submit(self, node: object, work: object, *, then: Any, failed: Any, group: str = "") -> Asked:
        self.asked.append(Asked(group, then, failed))
        return self.asked[-1]

    @property
    def members(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.group == "members"]


@asynccontextmanager
async def store_of(*user_ids: str, sequence: str = "7") -> AsyncIterator[tuple[MemberStore, ScriptedNetwork]]:
    """A store whose first reading has given these members."""
    app: App[None] = App()
    async with app.run_test():
        network = ScriptedNetwork()
        store = MemberStore(app, cast("Network", network))
        store.reload()
        network.members[-1].answer(roster_of(*user_ids, sequence=sequence))
        yield store, network


def roster_of(*user_ids: str, sequence: str) -> Roster:
    return Roster(Member(user_id=one, roles=("ORG_OWNER",)) for one in user_ids).as_of(sequence)


def ids(store: MemberStore) -> set[str]:
    assert store.roster is not None
    return {member.user_id for member in store.roster}


def failed(store: MemberStore) -> bool:
    return store.failure is not None


async def test_what_was_put_while_an_older_list_was_read_stands_and_is_checked() -> None:
    async with store_of("1", "2") as (store, network):
        store.reload()
        reading = network.members[-1]
        store.put("2", None)
        store.put("3", Member(user_id="3"))
        reading.answer(roster_of("1", "2", sequence="7"))
        assert ids(store) == {"1", "3"}
        assert network.members[-1] is not reading, "the list is older than what was put"


async def test_our_own_events_are_no_reason_to_read_again_but_those_of_others_are() -> None:
    async with store_of("1") as (store, network):
        store.wrote(["8", "9"])
        store.check()
        network.members[-1].answer("9")
        assert (len(network.members), store.roster and store.roster.sequence) == (2, "9")
        store.wrote(["11"])
        store.check()
        network.members[-1].answer("11")
        assert len(network.members) == 4
        network.members[-1].answer(roster_of("1", "2", sequence="11"))
        assert ids(store) == {"1", "2"}


async def test_a_check_that_failed_is_shown_and_does_not_end_the_checking() -> None:
    async with store_of("1") as (store, network):
        store.check()
        network.members[-1].fail(Unavailable("Nothing listens."))
        assert failed(store)
        assert ids(store) == {"1"}
        store.check()
        network.members[-1].answer("7")
        assert (failed(store), len(network.members)) == (False, 3)


async def test_where_the_sequence_may_not_be_read_it_is_asked_for_once_and_said() -> None:
    async with store_of("1", sequence="") as (store, network):
        store.check()
        network.members[-1].fail(NotPermitted("No.", permission="org.read"))
        assert (store.unchecked is not None, store.failure) == (True, None)
        store.check()
        assert len(network.members) == 2


async def test_a_first_reading_is_tried_again_when_the_line_failed_and_not_when_it_was_refused() -> None:
    app: App[None] = App()
    async with app.run_test():
        network = ScriptedNetwork()
        store = MemberStore(app, cast("Network", network))
        store.reload()
        network.members[-1].fail(Unavailable("Nothing listens."))
        store.check()
        assert (store.loading, len(network.members)) == (True, 2)
        network.members[-1].fail(NotPermitted("No.", permission="org.member.read"))
        store.check()
        assert (store.loading, len(network.members)) == (False, 2)


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
