"""Records by id, searched and sorted for a list of any length. One change costs the same however many there
are; what takes time in proportion to them is done in steps, between which others have their turn.

A step is a turn of a generator: :func:`finish` runs all, :func:`in_steps` lets the loop run in between.
"""

import asyncio
import time
from bisect import bisect_left, insort
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from zitadel_tui.core.search import Query

T = TypeVar("T")
R = TypeVar("R")

STEP: Final = 1_024
"""Records of one step: some milliseconds where each is worked on in Python."""
_STEPS_SORTED = 4  # at once: sorting is quicker than what it sorts by
_SECONDS = 0.004  # before others have their turn: a quarter of a frame

Key = tuple[Any, ...]
Steps = Generator[None, None, R]


@dataclass(frozen=True, slots=True)
class Schema(Generic[T]):
    """What a list knows of its records."""

    id_of: Callable[[T], str]
    text_of: Callable[[T], str]
    """Folded; every word of a query must occur in it."""
    sort_keys: Mapping[str, Callable[[T], Key]]
    """By column."""
    test: Callable[[Query], Callable[[T], bool] | None]
    """Whether a record fits what the query asks of single fields; None when it asks nothing."""


class Entry(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """One version of a record, and the text that is searched. Like records it holds no cycles, and so
    nothing for the collector, which would stop everything to look at 100,000 of them."""

    record: T
    text: str


Item = tuple[Any, ...]
"""An entry in a sorted list: the parts of its key, its id, itself. Ids differ: entries are not compared."""


class Change(NamedTuple, Generic[T]):
    """What became of one record: None before it was there, and after it has gone."""

    id: str
    before: Entry[T] | None
    after: Entry[T] | None


def finish(steps: Steps[R]) -> R:
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            result: R = stop.value
            return result


async def in_steps(steps: Steps[R], *, seconds: float = _SECONDS) -> R:
    """As :func:`finish`; every ``seconds`` the loop has its turn. Cancelling ends the steps."""
    try:
        while True:
            turn_ends = time.perf_counter() + seconds
            next(steps)
            while time.perf_counter() < turn_ends:
                next(steps)
            await asyncio.sleep(0)
    except StopIteration as stop:
        result: R = stop.value
        return result
    finally:
        steps.close()


class Records(Generic[T]):
    """Belongs to one thread at a time."""

    def __init__(self, schema: Schema[T]) -> None:
        self.schema = schema
        self._entries: dict[str, Entry[T]] = {}
        self._sorted: dict[str, list[Item]] = {}
        self._logs: list[list[Change[T]]] = []  # of what is being sorted or filtered in steps

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[T]:
        return (entry.record for entry in self._entries.values())

    def entries(self) -> list[Entry[T]]:
        """As they are now: a list of one's own."""
        return list(self._entries.values())

    def get(self, record_id: str) -> T | None:
        entry = self._entries.get(record_id)
        return None if entry is None else entry.record

    # Changing

    def extend(self, records: Iterable[T]) -> None:
        """Add many, or replace those that are here already; what was sorted is sorted anew when asked for."""
        self._sorted.clear()
        for record in records:
            self._entries[self.schema.id_of(record)] = Entry(record, self.schema.text_of(record))

    def put(self, record: T) -> Change[T]:
        """Add one, or replace it."""
        return self._change(self.schema.id_of(record), Entry(record, self.schema.text_of(record)))

    def remove(self, record_id: str) -> Change[T] | None:
        """None when it is not here."""
        return self._change(record_id, None) if record_id in self._entries else None

    def _change(self, record_id: str, after: Entry[T] | None) -> Change[T]:
        change = Change(record_id, self._entries.get(record_id), after)
        if after is None:
            del self._entries[record_id]
        else:
            self._entries[record_id] = after
        for column, items in self._sorted.items():
            replace_item(items, change, self.schema.sort_keys[column])
        for log in self._logs:
            log.append(change)
        self.changed(change)
        return change

    def changed(self, change: Change[T]) -> None:
        """For subclasses that keep more than records."""

    @contextmanager
    def noting_changes(self) -> Iterator[list[Change[T]]]:
        """What changes while something takes its steps."""
        log: list[Change[T]] = []
        self._logs.append(log)
        try:
            yield log
        finally:
            self._logs[:] = [one for one in self._logs if one is not log]

    # Searching and sorting

    def sorting(self, by: str) -> Steps[list[Item]]:
        """All, in ascending order of a column; the list is kept and follows every change."""
        kept = self._sorted.get(by)
        if kept is not None:
            return kept
        key = self.schema.sort_keys[by]
        with self.noting_changes() as log:
            items = yield from _sorting(list(self._entries.items()), key)
            for change in log:
                replace_item(items, change, key)
        self._sorted[by] = items
        return items

    def arranging(self, query: Query, *, by: str, descending: bool = False) -> "Steps[Arrangement[T]]":
        """The records that match, in order; what changes meanwhile is in it."""
        items = yield from self.sorting(by)
        with self.noting_changes() as log:
            found = yield from _filtering(items[:], query, self.schema.test(query))
            arrangement = Arrangement(self, query, by, descending, found)
            for change in log:
                arrangement.follow(change)
        return arrangement

    def arrange(self, query: Query, *, by: str, descending: bool = False) -> "Arrangement[T]":
        """:meth:`arranging` to its end: with 100,000 records some tenths of a second."""
        return finish(self.arranging(query, by=by, descending=descending))


class Arrangement(Generic[T]):
    """Rows to show, in display order. A record that is replaced stays where it is, one that is removed
    leaves, one that is new goes where it belongs, if it matches."""

    def __init__(
        self, records: Records[T], query: Query, by: str, descending: bool, items: list[Item]
    ) -> None:
        self.records = records
        self.query = query
        self.by = by
        self.descending = descending
        self._items = items
        self._key = records.schema.sort_keys[by]
        self._keys_kept: dict[str, Key] = {}  # of those whose key has changed since they were sorted

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        items = reversed(self._items) if self.descending else self._items
        return (item[-1].record for item in items)

    def _at(self, row: int) -> Item:
        return self._items[-1 - row if self.descending else row]

    def __getitem__(self, row: int) -> T:
        record: T = self._at(row)[-1].record
        return record

    def id_at(self, row: int) -> str:
        record_id: str = self._at(row)[-2]
        return record_id

    @property
    def ids(self) -> list[str]:
        """Of all, in display order: with 100,000 some milliseconds."""
        return self.ids_between(0, len(self._items))

    def ids_between(self, start: int, stop: int) -> list[str]:
        """Of the rows from ``start`` on, before ``stop``."""
        if not self.descending:
            return list(map(_id_of, self._items[start:stop]))
        end = len(self._items)
        return list(map(_id_of, reversed(self._items[max(0, end - stop) : end - start])))

    def row_of(self, record_id: str) -> int | None:
        """Where it is shown; None when it is not."""
        place = self._place(record_id, self.records.get(record_id))
        return None if place is None else (len(self._items) - 1 - place if self.descending else place)

    def _place(self, record_id: str, record: T | None) -> int | None:
        key = self._keys_kept.get(record_id)
        if key is None:
            if record is None:
                return None
            key = self._key(record)
        place = bisect_left(self._items, (*key, record_id))
        found = place < len(self._items) and self._items[place][-2] == record_id
        return place if found else None

    def reversed(self) -> "Arrangement[T]":
        """The same rows in the opposite order."""
        other = Arrangement(self.records, self.query, self.by, not self.descending, self._items[:])
        other._keys_kept = dict(self._keys_kept)
        return other

    def filtering(self, query: Query) -> "Steps[Arrangement[T]]":
        """Those of these rows that match ``query``, in their order."""
        found = yield from _filtering(self._items[:], query, self.records.schema.test(query))
        return Arrangement(self.records, query, self.by, self.descending, found)

    def follow(self, change: Change[T]) -> int:
        """Take in what has become of a record of :attr:`records`; by how many rows they are more now."""
        record_id, before, after = change
        place = self._place(record_id, before.record if before else None)
        if place is None:
            if after is None or not _matches(after, self.query, self.records.schema.test(self.query)):
                return 0
            insort(self._items, (*self._key(after.record), record_id, after))
            return 1
        if after is None:
            del self._items[place]
            self._keys_kept.pop(record_id, None)
            return -1
        key = self._items[place][:-2]
        self._items[place] = (*key, record_id, after)
        self._keys_kept[record_id] = key
        return 0


_id_of = itemgetter(-2)


def replace_item(items: list[Item], change: Change[T], key: Callable[[T], Key]) -> None:
    """Follow a change in a list sorted by ``key``."""
    if change.before is not None:
        del items[bisect_left(items, (*key(change.before.record), change.id))]
    if change.after is not None:
        insort(items, (*key(change.after.record), change.id, change.after))


def _sorting(entries: list[tuple[str, Entry[T]]], key: Callable[[T], Key]) -> Steps[list[Item]]:
    """In pieces, which are then merged: one sort of all would let nothing else run."""
    pieces: list[list[Item]] = [[]]
    for start in range(0, len(entries), STEP):
        part = entries[start : start + STEP]
        pieces[-1] += [(*key(entry.record), one, entry) for one, entry in part]
        if len(pieces[-1]) >= _STEPS_SORTED * STEP:
            pieces[-1].sort()
            pieces.append([])
        yield
    pieces[-1].sort()
    if len(pieces) == 1:
        return pieces[0]
    items: list[Item] = []
    merged = merge(*pieces)
    while part_merged := list(islice(merged, STEP)):
        items += part_merged
        yield
    return items


def _filtering(items: list[Item], query: Query, test: Callable[[T], bool] | None) -> Steps[list[Item]]:
    if not query:
        return items
    found: list[Item] = []
    for start in range(0, len(items), STEP):
        part = items[start : start + STEP]
        for word in query.words:
            part = [item for item in part if word in item[-1].text]
        found += part if test is None else [item for item in part if test(item[-1].record)]
        yield
    return found


def _matches(entry: Entry[T], query: Query, test: Callable[[T], bool] | None) -> bool:
    return all(word in entry.text for word in query.words) and (test is None or test(entry.record))
