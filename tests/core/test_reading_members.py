"""A list of members that is called complete is one state of the list, whatever changes while it is read."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.canned import Canned, ReceivedRequest, Reply
from zitadel_tui.core import members
from zitadel_tui.core.members import Roster
from zitadel_tui.zitadel.http import Transport

Roles = dict[str, str]
"""Who is a member, with which role."""

A_REQUEST = 0.05  # seconds
REFUSED = Reply({"code": 7, "message": "No matching permissions found (AUTH-AWfge)"}, status=403)


@dataclass
class Organization:
    """Its members change right before the requests that ``script`` names by their number (from 0).

    The list shows a change ``lag`` seconds after the sequence does; ``shuffled`` gives it another order each
    time. Time passes by requests and pauses only.
    """

    roles: Roles
    script: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    lag: float = 0.0
    readable: bool = True
    dated: bool = True
    shuffled: bool = False
    now: float = 1_000_000.0

    def __post_init__(self) -> None:
        self.states: list[tuple[float, Roles]] = [(self.now - 60, self.roles)]
        self.server = Canned(self.answer)

    def change(self, user_id: str, role: str) -> None:
        """Without a role the membership ends."""
        roles = {**self.states[-1][1], user_id: role}
        self.states.append((self.now, {one: held for one, held in roles.items() if held}))

    def answer(self, asked: ReceivedRequest) -> Reply:
        for user_id, role in self.script.get(len(self.server.asked) - 1, ()):
            self.change(user_id, role)
        self.now += A_REQUEST
        if asked.path.endswith("/orgs/me"):
            return self._position() if self.readable else REFUSED
        return self._page(asked.json.get("query", {}))

    def _position(self) -> Reply:
        details = {"sequence": str(len(self.states) - 1)}
        if self.dated:
            details["changeDate"] = datetime.fromtimestamp(self.states[-1][0], UTC).isoformat()
        return Reply({"org": {"id": "1", "details": details}})

    def _page(self, query: dict[str, Any]) -> Reply:
        shown = [roles for at, roles in self.states if at <= self.now - self.lag][-1]
        offset, limit = int(query.get("offset", "0")), query.get("limit", 0)
        order = (
            random.Random(len(self.asked)).sample(sorted(shown), len(shown))
            if self.shuffled
            else sorted(shown)
        )
        rows = order[offset : offset + limit if limit else None]
        details = {"totalResult": str(len(shown))} if rows else {}
        return Reply({"details": details, "result": [{"userId": one, "roles": [shown[one]]} for one in rows]})

    async def read(
        self, on_page: Callable[[Roster], None] = lambda roster: None, *, known: str = ""
    ) -> Roster:
        """As the app does."""
        return await members.read(
            self.server.client(), on_page=on_page, known=known, pause=self._pause, clock=lambda: self.now
        )

    async def _pause(self, seconds: float) -> None:
        self.now += seconds

    @property
    def asked(self) -> list[str]:
        return ["position" if asked.path.endswith("/orgs/me") else "list" for asked in self.server.asked]


def roles_of(roster: Roster) -> Roles:
    return {member.user_id: member.roles[0] for member in roster}


@contextmanager
def small_pages() -> Iterator[None]:
    with patch.multiple(members, FIRST_PAGE=3, PAGE=4):
        yield


def many(number: int) -> Roles:
    return {f"{one:02}": "VIEWER" for one in range(number)}


CHANGES = st.lists(
    st.tuples(st.sampled_from([f"{one:02}" for one in range(14)]), st.sampled_from(["", "VIEWER", "OWNER"])),
    max_size=3,
)


@given(
    size=st.integers(0, 12),
    script=st.dictionaries(st.integers(0, 12), CHANGES, max_size=6),
    lag=st.sampled_from([0.0, 0.04, 0.3]),
    readable=st.booleans(),
    dated=st.booleans(),
    shuffled=st.booleans(),
)
async def test_a_complete_list_is_one_state_and_as_new_as_its_sequence(
    size: int,
    script: dict[int, list[tuple[str, str]]],
    lag: float,
    readable: bool,
    dated: bool,
    shuffled: bool,
) -> None:
    organization = Organization(many(size), script, lag, readable, dated, shuffled)
    with small_pages():
        roster = await organization.read()
    assert roster.complete or roster.changed_while_reading
    if roster.complete:
        states = [roles for _, roles in organization.states]
        assert roles_of(roster) in (states[int(roster.sequence) :] if readable and dated else states)
    assert len(organization.asked) <= 16


async def test_a_removal_and_an_addition_between_two_pages_hide_nobody() -> None:
    """The number stays the same, so that counting tells nothing."""
    organization = Organization(many(6), {2: [("00", ""), ("99", "VIEWER")]})
    with small_pages():
        roster = await organization.read()
    assert roles_of(roster) == organization.states[-1][1]
    assert (roster.complete, roster.total, roster.sequence) == (True, 6, "2")


async def test_one_answer_with_all_needs_no_check() -> None:
    organization = Organization(many(3))
    with small_pages():
        roster = await organization.read()
    assert roster.complete
    assert organization.asked == ["position", "list"]


async def test_pages_that_fit_together_are_checked_once() -> None:
    organization = Organization(many(9))
    with small_pages():
        roster = await organization.read()
    assert (roster.complete, roster.sequence) == (True, "0")
    assert organization.asked == ["position", "list", "list", "list", "position"]


async def test_a_list_that_is_read_within_a_second_of_a_move_is_read_once_more() -> None:
    organization = Organization(many(2), {0: [("99", "OWNER")]}, lag=0.3)
    roster = await organization.read()
    assert roles_of(roster) == organization.states[-1][1]
    assert organization.asked == ["position", "list", "list"]


@pytest.mark.parametrize(("known", "is_read_again"), [("", False), ("0", True), ("1", False)])
async def test_a_move_without_a_date_is_told_by_the_sequence_that_was_known(
    known: str, is_read_again: bool
) -> None:
    organization = Organization(many(2), lag=0.3, dated=False)
    organization.change("99", "OWNER")
    roster = await organization.read(known=known)
    assert organization.asked == ["position", "list", *["list"] * is_read_again]
    assert len(roster) == 2 + is_read_again


async def test_after_a_move_the_list_is_given_a_second_to_follow() -> None:
    organization = Organization(many(6), {2: [("99", "OWNER")]}, lag=0.9, dated=False)
    with small_pages():
        roster = await organization.read()
    assert roles_of(roster) == organization.states[-1][1]
    assert (roster.complete, roster.sequence) == (True, "1")


async def test_what_was_read_is_shown_before_it_is_read_once_more() -> None:
    shown: list[int] = []
    organization = Organization(many(6), {2: [("99", "OWNER")]}, lag=0.9, dated=False)
    with small_pages():
        await organization.read(lambda roster: shown.append(len(roster)))
    assert shown == [3, 6]


async def test_a_list_that_moves_three_times_is_not_called_complete() -> None:
    organization = Organization(many(6), {number: [("99", f"R{number}")] for number in range(20)})
    with small_pages():
        roster = await organization.read()
    assert roster.changed_while_reading
    assert not roster.complete
    assert organization.asked.count("position") == 4
    assert int(roster.sequence) < len(organization.states) - 1, "a check would find nothing to read again"


async def test_where_the_position_cannot_be_read_several_pages_are_read_in_one_answer() -> None:
    organization = Organization(many(6), {2: [("00", ""), ("99", "VIEWER")]}, readable=False)
    with small_pages():
        roster = await organization.read()
    assert roles_of(roster) == organization.states[-1][1]
    assert (roster.complete, roster.sequence) == (True, "")


class ReadableOnce(Organization):
    """Its position may be read once."""

    def _position(self) -> Reply:
        self.readable = False
        return super()._position()


async def test_where_the_position_cannot_be_read_again_several_pages_are_read_in_one_answer() -> None:
    organization = ReadableOnce(many(6), {2: [("00", ""), ("99", "VIEWER")]})
    with small_pages():
        roster = await organization.read()
    assert roles_of(roster) == organization.states[-1][1]
    assert (roster.complete, roster.sequence) == (True, "")
    assert organization.asked == ["position", "list", "list", "position", "list"]


@pytest.mark.parametrize("readable", [True, False], ids=["in pages", "in one answer"])
async def test_what_many_members_have_is_held_once_however_they_are_read(readable: bool) -> None:
    organization = Organization(dict.fromkeys(many(6), "VIEWER"), readable=readable)
    with small_pages():
        roster = await organization.read()
    assert len({id(member.roles) for member in roster}) == 1


async def test_what_is_asked_ahead_is_what_a_reading_asks_first() -> None:
    ahead, reading = Organization(many(6)), Organization(many(6))
    await members.ask_first(ahead.server.client())
    await reading.read()
    sent = [(asked.path, asked.content) for asked in ahead.server.asked]
    assert sent == [(asked.path, asked.content) for asked in reading.server.asked][:2]


async def test_who_does_not_watch_gets_all_in_one_answer() -> None:
    organization = Organization(many(6))
    with small_pages():
        roster = await members.read(organization.server.client())
    assert (len(roster), roster.complete) == (6, True)
    assert organization.asked == ["list"]


@pytest.mark.parametrize("change_date", ["", "yesterday", "9999-99-99T00:00:00Z"])
async def test_a_position_without_a_usable_date_is_one_anyway(change_date: str) -> None:
    details = {"sequence": "7", "changeDate": change_date}
    server = Canned(lambda asked: Reply({"org": {"id": "1", "details": details}}))
    assert await members.read_position(server.client()) == members.Position("7")


async def test_a_page_of_another_process_is_as_old_as_when_it_asked() -> None:
    """A change right before that may not be in it yet."""
    asked = []
    for age in (0.0, 0.9):
        acme = Organization({"1": "ORG_OWNER"})
        acme.change("2", "ORG_OWNER")
        acme.now += members.LAG + 0.5
        with patch.object(Transport, "age_at_hand", age):
            await acme.read()
        asked.append(acme.asked)
    assert asked == [["position", "list"], ["position", "list", "list"]]
