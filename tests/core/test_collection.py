"""Records searched and sorted in steps: right whatever changes meanwhile, and cheap to change one by one."""

import asyncio
import gc
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zitadel_tui.core import collection
from zitadel_tui.core.collection import Arrangement, Collection, Schema, Steps, finish, in_steps
from zitadel_tui.core.search import Query, folded, parse


@dataclass(frozen=True)
class Animal:
    id: str
    name: str
    legs: int = 4


def legs_asked(query: Query) -> Callable[[Animal], bool] | None:
    asked = query.asked("legs")
    return (lambda animal: all(str(animal.legs) == one for one in asked)) if asked else None


SCHEMA: Schema[Animal] = Schema(
    lambda animal: animal.id,
    lambda animal: folded(animal.name),
    {"name": lambda animal: (folded(animal.name),), "legs": lambda animal: (animal.legs,)},
    legs_asked,
)

ANIMALS = st.builds(
    Animal, st.sampled_from("abcdef"), st.sampled_from(["Ox", "ox", "Ant", "Ape", "Bee"]), st.integers(2, 6)
)
CHANGES = st.lists(st.one_of(ANIMALS, st.sampled_from("abcdef")), max_size=12)
FILTERS = st.sampled_from(["", "o", "a", "legs:4", "e legs:6", "nothing"])
SORTED_BY = st.sampled_from(["name", "legs"])


def query(text: str) -> Query:
    return parse(text, ("legs",))


def put(of: Collection[Animal], change: Animal | str) -> collection.Update[Animal] | None:
    """Put the animal, or remove the id."""
    return of.remove(change) if isinstance(change, str) else of.put(change)


def expected(of: Collection[Animal], text: str, by: str, descending: bool) -> list[Animal]:
    """The slow way."""
    wanted = query(text)
    test = SCHEMA.test(wanted)
    fitting = [
        one
        for one in of
        if all(word in folded(one.name) for word in wanted.words) and (test is None or test(one))
    ]
    key = SCHEMA.sort_keys[by]
    return sorted(fitting, key=lambda one: (key(one), one.id), reverse=descending)


def consistent(arrangement: Arrangement[Animal]) -> bool:
    """Every way to ask for rows tells the same."""
    rows = list(arrangement)
    return (
        len(arrangement) == len(rows)
        and arrangement.ids == [one.id for one in rows]
        and all(arrangement[row] == one for row, one in enumerate(rows))
        and all(arrangement.id_at(row) == one.id for row, one in enumerate(rows))
        and all(arrangement.row_of(one.id) == row for row, one in enumerate(rows))
    )


@given(st.lists(ANIMALS, max_size=12), CHANGES, FILTERS, SORTED_BY, st.booleans())
def test_what_is_kept_sorted_follows_every_change(
    first: list[Animal], changes: list[Animal | str], text: str, by: str, descending: bool
) -> None:
    animals = Collection(SCHEMA)
    animals.extend(first)
    for sorted_before in SCHEMA.sort_keys:
        animals.arrange(query("a"), by=sorted_before)
    for change in changes:
        put(animals, change)
    found = animals.arrange(query(text), by=by, descending=descending)
    assert list(found) == expected(animals, text, by, descending)
    assert consistent(found)


@given(
    st.lists(ANIMALS, max_size=12),
    st.lists(st.one_of(ANIMALS, st.sampled_from("abcdef"), st.none()), max_size=20),
    FILTERS,
    SORTED_BY,
    st.booleans(),
)
def test_what_changes_while_steps_are_taken_is_in_the_end_where_it_should_be(
    first: list[Animal], script: list[Animal | str | None], text: str, by: str, descending: bool
) -> None:
    """``None`` is a step; with one record a step there are many."""
    animals = Collection(SCHEMA)
    animals.extend(first)
    found = _with_interruptions(animals.arranging(query(text), by=by, descending=descending), animals, script)
    assert found.descending is descending
    assert consistent(found)
    shown = {one.id: one for one in found}
    for one in expected(animals, text, by, False):
        assert shown.pop(one.id) == one
    assert all(animals.get(record_id) == one for record_id, one in shown.items()), "an old version is shown"
    assert list(animals.arrange(query(text), by=by)) == expected(animals, text, by, False)


def _with_interruptions(
    steps: Steps[Arrangement[Animal]], animals: Collection[Animal], script: list[Animal | str | None]
) -> Arrangement[Animal]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(collection, "STEP", 1)
        try:
            for change in script:
                if change is None:
                    next(steps)
                else:
                    put(animals, change)
        except StopIteration as stop:
            found: Arrangement[Animal] = stop.value
            return found
        return finish(steps)


@given(st.lists(ANIMALS, min_size=1, max_size=12), CHANGES, SORTED_BY, st.booleans())
def test_rows_in_sight_stay_where_they_are(
    first: list[Animal], changes: list[Animal | str], by: str, descending: bool
) -> None:
    animals = Collection(SCHEMA)
    animals.extend(first)
    shown = animals.arrange(query(""), by=by, descending=descending)
    rows = [one.id for one in shown]
    new: set[str] = set()
    for change in changes:
        happened = put(animals, change)
        if happened is not None:
            shown.follow(happened)
            if happened.before is None:
                new.add(happened.id)
            if happened.after is None:
                rows = [one for one in rows if one != happened.id]
                new.discard(happened.id)
    assert consistent(shown)
    assert [one.id for one in shown if one.id not in new] == [one for one in rows if one not in new]
    assert {one.id: one for one in shown} == {one.id: one for one in animals}
    assert shown.reversed().ids == shown.ids[::-1]
    assert consistent(shown.reversed())


def test_rows_shown_can_be_filtered_further() -> None:
    animals = Collection(SCHEMA)
    animals.extend([Animal("1", "Ox"), Animal("2", "Ant", 6), Animal("3", "Ape")])
    shown = animals.arrange(query(""), by="name", descending=True)
    animals.extend([Animal("4", "Aphid", 6)])  # the next page
    assert finish(shown.filtering(query("legs:4"))).ids == ["1", "3"]
    assert finish(shown.filtering(query("ap"))).ids == ["3"]


def many(number: int) -> Collection[Animal]:
    animals = Collection(SCHEMA)
    animals.extend(Animal(f"{one:06}", f"animal {one % 97}", one % 7) for one in range(number))
    for by in SCHEMA.sort_keys:
        animals.arrange(query(""), by=by)
    return animals


def calls_of(work: Callable[[], object]) -> int:
    """How many Python functions are called."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


def most_memory_of(work: Callable[[], object]) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("change", [Animal("000005", "Zebra"), Animal("new", "Newt"), "000007"])
def test_a_change_costs_little_more_however_many_there_are(change: Animal | str) -> None:
    def work(animals: Collection[Animal], shown: Arrangement[Animal]) -> Callable[[], None]:
        def follow() -> None:
            happened = put(animals, change)
            assert happened is not None
            shown.follow(happened)
            shown.row_of("000001")

        return follow

    few, lots = many(60), many(30_000)
    shown_of_few, shown_of_lots = (of.arrange(query("animal"), by="name") for of in (few, lots))
    by_halving = 3  # the steps to a place among so many, against those among the few
    assert calls_of(work(lots, shown_of_lots)) <= by_halving * calls_of(work(few, shown_of_few))
    change = Animal("other", "Otter") if isinstance(change, Animal) else "000009"
    assert most_memory_of(work(lots, shown_of_lots)) < 30_000, "a list of that length is 240,000 bytes"


def test_to_begin_sorting_makes_nothing_for_each_record() -> None:
    animals = Collection(SCHEMA)
    animals.extend(Animal(f"{one:06}", f"animal {one}") for one in range(30_000))
    steps = animals.sorting("name")
    assert most_memory_of(lambda: next(steps)) < 600_000, "a list of that length is 240,000 bytes"


class Unmoved(list[Animal]):
    """In which nothing is moved."""

    def __delitem__(self, shared: object) -> None:
        raise AssertionError("deleted")


def test_what_keeps_its_key_is_replaced_where_it_stands() -> None:
    ant, ox, better = Animal("0", "Ant"), Animal("1", "Ox"), Animal("1", "Ox", 6)
    animals = Unmoved([ant, ox])
    collection.follow_sorted(animals, collection.Update("1", ox, better), SCHEMA.order("name"))
    assert animals == [ant, better]


async def test_the_loop_has_its_turn_while_many_are_sorted_and_filtered() -> None:
    animals = Collection(SCHEMA)
    animals.extend(Animal(str(one), f"animal {one}") for one in range(20_000))
    arranging = asyncio.create_task(
        in_steps(animals.arranging(query("animal 7"), by="name", descending=False), seconds=0.0)
    )
    turns = 0
    while not arranging.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 3 * 20_000 / collection.STEP, "read, merged, and filtered"
    assert len(arranging.result()) == len(expected(animals, "animal 7", "name", False))


async def test_what_is_cancelled_leaves_nothing_behind() -> None:
    animals = Collection(SCHEMA)
    animals.extend(Animal(str(one), f"animal {one}") for one in range(5_000))
    arranging = asyncio.create_task(
        in_steps(animals.arranging(query("7"), by="name", descending=False), seconds=0.0)
    )
    await asyncio.sleep(0)
    arranging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await arranging
    animals.put(Animal("new", "animal 7"))
    assert animals._logs == []
    assert len(animals.arrange(query("new"), by="name")) == 0
    assert "new" in animals.arrange(query("7"), by="name").ids
