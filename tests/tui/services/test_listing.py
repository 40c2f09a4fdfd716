"""What is listed: the newest wish wins, the loop is not held up, and only what was chosen is selected."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zitadel_tui.core import collection
from zitadel_tui.core.members import FIELDS, Roster
from zitadel_tui.core.search import Query, parse
from zitadel_tui.tui.services import listing as module
from zitadel_tui.tui.services.listing import Listing, Task
from zitadel_tui.zitadel.wire.members import Member

MANY = 9_000


class Lists(Listing[Member]):
    """``puts_off`` whatever can be put off; counts how often something new was to be shown."""

    def __init__(self) -> None:
        self.told = 0
        self.tasks: list[asyncio.Task[None]] = []
        super().__init__("name", run=self._begin, changed=self._count)

    def _begin(self, task: Task) -> asyncio.Task[None]:
        self.tasks.append(asyncio.create_task(task()))
        return self.tasks[-1]

    def _count(self) -> None:
        self.told += 1

    @property
    def ids(self) -> list[str]:
        return [] if self.rows is None else self.rows.ids

    async def settled(self) -> None:
        async with asyncio.timeout(20):
            while self.settling:
                await asyncio.sleep(0)


@pytest.fixture
def put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is done at once, and as little as possible between two turns of the loop."""
    monkeypatch.setattr(module, "_AT_ONCE", -1.0)
    monkeypatch.setattr(module, "in_steps", partial(collection.in_steps, seconds=0.0))


def people(number: int) -> list[Member]:
    roles = ("ORG_OWNER", "ORG_OWNER_VIEWER")
    return [
        Member(user_id=f"{one:05}", display_name=f"Person {one:05}", roles=(roles[one % 2],))
        for one in range(number)
    ]


def wanted(text: str) -> Query:
    return parse(text, FIELDS)


def test_what_is_quick_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 60.0)
    lists = Lists()
    lists.show(Roster(people(3)))
    assert (lists.ids, lists.settling) == (["00000", "00001", "00002"], False)
    lists.want(query=wanted("role:ORG_OWNER"), descending=True)
    assert lists.ids == ["00002", "00000"]


def test_a_record_that_is_not_shown_is_selected_as_a_hidden_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 60.0)
    lists = Lists()
    lists.show(Roster(people(3)))
    lists.want(query=wanted("role:ORG_OWNER"))
    lists.toggle("00001")
    assert (lists.selected, lists.hidden) == ({"00001"}, 1)
    lists.toggle("00001")
    assert (lists.selected, lists.hidden) == (set(), 0)


@pytest.mark.usefixtures("put_off")
async def test_the_newest_wish_wins_and_the_rows_before_stay_until_then() -> None:
    lists = Lists()
    lists.show(Roster(people(MANY)))
    await lists.settled()
    before, told = lists.rows, lists.told
    for text in ("0", "00", "00000"):
        lists.want(query=wanted(text))
        await asyncio.sleep(0)
        assert (lists.rows, lists.settling) == (before, True)
    await lists.settled()
    assert (lists.ids, lists.told) == (["00000"], told + 1)
    assert [task.cancelled() for task in lists.tasks] == [False, True, True, False]


@pytest.mark.usefixtures("put_off")
async def test_the_loop_has_many_turns_whatever_is_done_with_many_records() -> None:
    lists = Lists()
    acts: list[Callable[[], None]] = [
        lambda: lists.show(Roster(people(MANY))),
        lambda: lists.want(query=wanted("person")),
        lambda: lists.want(by="roles"),
        lists.select_shown,
        lists.invert,
        lists.select_shown,
        lambda: lists.want(query=wanted("role:ORG_OWNER")),
        lambda: lists.show(Roster(people(MANY))),
    ]
    for act in acts:
        turns = 0
        act()
        while lists.settling:
            turns += 1
            await asyncio.sleep(0)
        assert MANY / collection.STEP / 2 <= turns < MANY / 100, "a turn is worth its while"
    assert len(lists.selected) == MANY
    assert lists.hidden == MANY / 2


@pytest.mark.usefixtures("put_off")
async def test_what_changes_while_rows_are_arranged_is_in_both_the_old_and_the_new() -> None:
    lists = Lists()
    lists.show(Roster(people(MANY)))
    await lists.settled()
    lists.want(query=wanted("role:ORG_OWNER"))
    await asyncio.sleep(0)
    lists.put("00001", Member(user_id="00001", display_name="Person 00001", roles=("ORG_OWNER",)))
    lists.put("00002", None)
    assert "00002" not in lists.ids
    await lists.settled()
    assert lists.ids[:3] == ["00000", "00001", "00004"]


@pytest.mark.usefixtures("put_off")
async def test_what_changes_while_others_are_taken_in_is_in_them_too() -> None:
    lists = Lists()
    lists.show(Roster(people(3)))
    await lists.settled()
    lists.show(Roster(people(4)))
    lists.put("00001", Member(user_id="00001", display_name="Abe"))
    assert (lists.ids, lists.rows and lists.rows[1].display_name) == (["00000", "00001", "00002"], "Abe")
    await lists.settled()
    assert lists.ids == ["00001", "00000", "00002", "00003"]


@pytest.mark.usefixtures("put_off")
async def test_selected_members_that_a_new_reading_does_not_contain_are_deselected() -> None:
    lists = Lists()
    lists.show(Roster(people(3)))
    await lists.settled()
    lists.select_shown()
    await lists.settled()
    lists.show(Roster(people(2)))
    await lists.settled()
    assert (lists.selected, lists.hidden) == ({"00000", "00001"}, 0)


@pytest.mark.usefixtures("put_off")
async def test_what_changes_before_there_are_rows_is_in_them() -> None:
    lists = Lists()
    lists.show(Roster(people(3)))
    lists.put("00001", None)
    await lists.settled()
    assert lists.ids == ["00000", "00002"]


@pytest.mark.usefixtures("put_off")
async def test_one_that_is_added_while_others_are_taken_in_can_be_selected_at_once() -> None:
    lists = Lists()
    lists.show(Roster(people(3)))
    await lists.settled()
    lists.show(Roster(people(3)))
    lists.put("9", Member(user_id="9", display_name="Person 9"))
    lists.toggle("9")
    assert (lists.hidden, [one.user_id for one in lists.chosen()]) == (0, ["9"])


@pytest.mark.usefixtures("put_off")
async def test_what_is_being_arranged_when_records_are_forgotten_is_never_shown() -> None:
    lists = Lists()
    lists.show(Roster(people(3)))
    lists.clear()
    assert not lists.settling
    await asyncio.gather(*lists.tasks, return_exceptions=True)
    assert lists.rows is None


async def test_what_has_been_read_so_far_can_be_filtered_and_turned_around() -> None:
    lists, roster = Lists(), Roster(people(4))
    lists.show_part(roster.arrange(Query(), by="name"))
    lists.want(query=wanted("role:ORG_OWNER"), descending=True)
    await lists.settled()
    assert lists.ids == ["00002", "00000"]
    roster.extend([Member(user_id="9", display_name="Person 9", roles=("ORG_OWNER",))])
    lists.show_part(roster.arrange(Query(), by="name"))
    await lists.settled()
    assert lists.ids == ["9", "00002", "00000"]
    lists.show(roster)
    await lists.settled()
    assert lists.ids == ["9", "00002", "00000"]


IDS = st.sampled_from([f"{one:05}" for one in range(6)])
ACTS = st.one_of(
    st.tuples(st.just("toggle"), IDS),
    st.tuples(st.just("select_range"), IDS, IDS),
    st.tuples(st.sampled_from(["select_shown", "invert", "select_none"])),
    st.tuples(st.just("filter"), st.sampled_from(["", "role:ORG_OWNER", "0000", "3", "nobody"])),
    st.tuples(st.just("turn around")),
    st.tuples(st.just("remove"), IDS),
    st.tuples(st.just("add"), IDS),
    st.tuples(st.just("read again"), st.integers(0, 6)),
)


@given(st.lists(ACTS, max_size=15), st.booleans())
async def test_what_is_selected_is_what_was_chosen(acts: list[tuple[Any, ...]], slowly: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "STEP", 1)
        if slowly:
            patch.setattr(module, "_AT_ONCE", -1.0)
        await _compare_with_the_plain_way(acts)


async def _compare_with_the_plain_way(acts: list[tuple[Any, ...]]) -> None:
    lists, known = Lists(), {one.user_id: one for one in people(6)}
    lists.show(Roster(known.values()))
    await lists.settled()
    selected: set[str] = set()
    for name, *arguments in acts:
        shown = lists.ids
        match name:
            case "toggle" if arguments[0] in shown:
                lists.toggle(arguments[0])
                selected ^= {arguments[0]}
            case "select_range" if shown and set(arguments) <= set(shown):
                lists.select_range(*arguments)
                first, last = sorted(map(shown.index, arguments))
                selected |= set(shown[first : last + 1])
            case "select_shown":
                lists.select_shown()
                selected |= set(shown)
            case "invert":
                lists.invert()
                selected ^= set(shown)
            case "select_none":
                lists.select_none()
                selected = set()
            case "filter":
                lists.want(query=wanted(arguments[0]))
            case "turn around":
                lists.want(descending=not lists.wanted.descending)
            case "remove":
                lists.put(arguments[0], None)
                known.pop(arguments[0], None)
                selected.discard(arguments[0])
            case "add":
                known[arguments[0]] = Member(user_id=arguments[0], display_name="New")
                lists.put(arguments[0], known[arguments[0]])
            case "read again":
                known = {one.user_id: one for one in people(arguments[0])}
                lists.show(Roster(known.values()))
                selected &= set(known)
        await lists.settled()
        assert lists.selected == selected
        assert lists.hidden == len(selected - set(lists.ids))
    by_row = [one for one in lists.ids if one in selected]
    assert [one.user_id for one in lists.chosen()] == by_row + sorted(selected - set(lists.ids))


async def test_ranges_and_selections_asked_for_in_one_go_follow_one_another() -> None:
    lists = Lists()
    lists.show(Roster(people(MANY)))
    await lists.settled()
    lists.want(query=wanted("role:ORG_OWNER"))
    lists.select_shown()
    lists.invert()
    lists.select_range("00000", "00004")
    await lists.settled()
    assert lists.selected == {"00000", "00002", "00004"}


@pytest.mark.usefixtures("put_off")
async def test_clearing_the_selection_also_drops_what_is_still_being_selected() -> None:
    lists = Lists()
    lists.show(Roster(people(MANY)))
    await lists.settled()
    lists.select_shown()
    await asyncio.sleep(0)
    lists.select_none()
    lists.select_range("00000", "00001")
    await lists.settled()
    assert (lists.selected, lists.hidden) == ({"00000", "00001"}, 0)


async def test_a_range_whose_ends_are_not_shown_any_more_selects_nothing() -> None:
    lists = Lists()
    lists.show(Roster(people(MANY)))
    lists.want(query=wanted("role:ORG_OWNER"))
    lists.select_range("00001", "00003")  # holders of another role
    await lists.settled()
    assert lists.selected == set()


def test_what_is_selected_is_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 60.0)
    lists = Lists()
    lists.show(Roster(people(3)))
    acts = (partial(lists.toggle, "00001"), lists.select_none, lists.select_shown, lists.invert)
    for act in acts:
        told = lists.told
        act()
        assert (lists.told, lists.hidden) == (told + 1, 0)


def test_forgotten_records_are_not_shown_when_one_types() -> None:
    lists = Lists()
    lists.show(Roster(people(3)))
    lists.toggle("00001")
    lists.clear()
    lists.want(query=wanted("0"))
    lists.put("00001", None)
    lists.select_shown()
    assert (lists.rows, lists.selected, lists.chosen(), lists.hidden) == (None, set(), [], 0)
