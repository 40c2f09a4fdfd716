"""Records by id, searched and sorted, for lists of any length. The cost of one update hardly depends on the
length. What takes time in proportion to the length is done in steps, so that the event loop can run in
between.

A step is a turn of a generator: :func:`finish` runs all, :func:`in_steps` lets the loop run in between.
"""

import asyncio
import time
from bisect import bisect_left, insort
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from heapq import merge
from itertools import islice
from typing import Any, Final, Generic, NamedTuple, TypeVar

from zitadel_tui.core.search import Query

T = TypeVar("T")
R = TypeVar("R")

STEP: Final = 1_024
"""Records of one step: some milliseconds where each is worked on in Python."""
_STEPS_SORTED = 4  # at once: sorting is quicker than what it sorts by
_SECONDS = 0.004  # before the event loop runs again: a quarter of a frame

Key = tuple[Any, ...]
Steps = Generator[None, None, R]


class Schema(NamedTuple, Generic[T]):
    """How a list reads its records."""

    id_of: Callable[[T], str]
    text_of: Callable[[T], str]
    """Folded; every word of a query must occur in it. Created at the first search: for 100,000 records it
    takes some 20 MB."""
    sort_keys: Mapping[str, Callable[[T], Key]]
    """By column."""
    test: Callable[[Query], Callable[[T], bool] | None]
    """Whether a record fits what the query asks of single fields; None when it asks nothing."""

    def order(self, by: str) -> Callable[[T], Key]:
        """A unique sort key of a record, for a column."""
        key, id_of = self.sort_keys[by], self.id_of
        return lambda record: (*key(record), id_of(record))


class Update(NamedTuple, Generic[T]):
    """A change of one record: ``before`` is None for a new record, ``after`` for a removed one."""

    id: str
    before: T | None
    after: T | None


def finish(steps: Steps[R]) -> R:
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            result: R = stop.value
            return result


async def in_steps(steps: Steps[R], *, seconds: float = _SECONDS) -> R:
    """Like :func:`finish`, but lets the event loop run every ``seconds``. Cancelling ends the steps."""
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


class Collection(Generic[T]):
    """Records by id. Used by one thread at a time."""

    def __init__(self, schema: Schema[T]) -> None:
        self.schema = schema
        self._records: dict[str, T] = {}
        self._texts: dict[str, str] = {}  # of records that a query has examined
        self._sorted: dict[str, list[T]] = {}
        self._logs: list[list[Update[T]]] = []  # of what is being sorted or filtered in steps

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[T]:
        return iter(self._records.values())

    @property
    def ids(self) -> list[str]:
        """As they are now."""
        return list(self._records)

    def get(self, record_id: str) -> T | None:
        return self._records.get(record_id)

    # Changing

    def extend(self, records: Iterable[T]) -> None:
        """Add or replace many records; they are sorted again when needed."""
        self._sorted.clear()
        self._texts = {}
        id_of = self.schema.id_of
        self._records.update((id_of(record), record) for record in records)

    def put(self, record: T) -> Update[T]:
        """Add or replace a record."""
        return self._update(self.schema.id_of(record), record)

    def remove(self, record_id: str) -> Update[T] | None:
        """Remove a record and return it; None when it does not exist."""
        return self._update(record_id, None) if record_id in self._records else None

    def set(self, record_id: str, record: T | None) -> Update[T] | None:
        """:meth:`put` the new state of a record, or :meth:`remove` it."""
        return self.remove(record_id) if record is None else self.put(record)

    def _update(self, record_id: str, after: T | None) -> Update[T]:
        update = Update(record_id, self._records.get(record_id), after)
        if after is None:
            del self._records[record_id]
            self._texts.pop(record_id, None)
        else:
            self._records[record_id] = after
            self._texts[record_id] = self.schema.text_of(after)
        for by, records in self._sorted.items():
            follow_sorted(records, update, self.schema.order(by))
        for log in self._logs:
            log.append(update)
        self.updated(update)
        return update

    def updated(self, update: Update[T]) -> None:
        """Hook for subclasses that keep more than records."""

    @contextmanager
    def noting_updates(self) -> Iterator[list[Update[T]]]:
        """Collect the updates that happen during a stepwise operation."""
        log: list[Update[T]] = []
        self._logs.append(log)
        try:
            yield log
        finally:
            self._logs[:] = [one for one in self._logs if one is not log]

    # Searching and sorting

    def sorting(self, by: str) -> Steps[list[T]]:
        """Sort all records by a column, ascending; the list is kept and follows every update."""
        kept = self._sorted.get(by)
        if kept is not None:
            return kept
        order = self.schema.order(by)
        with self.noting_updates() as log:
            records = yield from _sorting(list(self._records.values()), order)
            for update in log:
                follow_sorted(records, update, order)
        self._sorted[by] = records
        return records

    def arranging(self, query: Query, *, by: str, descending: bool) -> "Steps[Arrangement[T]]":
        """Arrange the matching records in order; includes changes that happen meanwhile."""
        records = yield from self.sorting(by)
        with self.noting_updates() as log:
            found = yield from self.filtering(records[:], query)
            arrangement = Arrangement(self, query, by, descending, found)
            for update in log:
                arrangement.follow(update)
        return arrangement

    def filtering(self, records: list[T], query: Query) -> Steps[list[T]]:
        """Filter ``records``, keeping their order."""
        if not query:
            return records
        test, texts, id_of = self.schema.test(query), self._texts, self.schema.id_of
        found: list[T] = []
        for start in range(0, len(records), STEP):
            part = records[start : start + STEP]
            if query.words:
                known = map(texts.get, map(id_of, part))
                searched = zip(part, known, strict=True)
                part = [
                    record
                    for record, text in searched
                    if _has_all(text or self._text(record, texts), query.words)
                ]
            found += part if test is None else filter(test, part)
            yield
        return found

    def _text(self, record: T, texts: dict[str, str]) -> str:
        text = texts[self.schema.id_of(record)] = self.schema.text_of(record)
        return text

    def matches(self, record: T, query: Query) -> bool:
        test = self.schema.test(query)
        return _has_all(self.schema.text_of(record), query.words) and (test is None or test(record))

    def arrange(self, query: Query, *, by: str, descending: bool = False) -> "Arrangement[T]":
        """Run :meth:`arranging` to its end: with 100,000 records some tenths of a second."""
        return finish(self.arranging(query, by=by, descending=descending))


class Arrangement(Generic[T]):
    """Rows to show, in display order. A replaced record stays where it is, a removed one leaves, and a new
    one that matches is inserted in order."""

    def __init__(
        self, records: Collection[T], query: Query, by: str, descending: bool, rows: list[T]
    ) -> None:
        self.records = records
        self.query = query
        self.by = by
        self.descending = descending
        self._rows = rows  # ascending
        self._id_of = records.schema.id_of
        self._order = records.schema.order(by)
        self._keys_kept: dict[str, Key] = {}  # of those whose key has changed since they were sorted

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[T]:
        return reversed(self._rows) if self.descending else iter(self._rows)

    def __getitem__(self, row: int) -> T:
        return self._rows[-1 - row if self.descending else row]

    def id_at(self, row: int) -> str:
        return self._id_of(self[row])

    @property
    def ids(self) -> list[str]:
        """All ids, in display order: with 100,000 some milliseconds."""
        return self.ids_between(0, len(self._rows))

    def ids_between(self, start: int, stop: int) -> list[str]:
        """The ids of the rows from ``start`` up to, not including, ``stop``."""
        if not self.descending:
            return list(map(self._id_of, self._rows[start:stop]))
        end = len(self._rows)
        return list(map(self._id_of, reversed(self._rows[max(0, end - stop) : end - start])))

    def row_of(self, record_id: str) -> int | None:
        """The row of a record; None when it is not shown."""
        place = self._place(record_id, self.records.get(record_id))
        return None if place is None else (len(self._rows) - 1 - place if self.descending else place)

    def _key(self, record: T) -> Key:
        """The sort key of a record."""
        if self._keys_kept and (kept := self._keys_kept.get(self._id_of(record))) is not None:
            return kept
        return self._order(record)

    def _place(self, record_id: str, record: T | None) -> int | None:
        key = self._keys_kept.get(record_id)
        if key is None:
            if record is None:
                return None
            key = self._order(record)
        place = bisect_left(self._rows, key, key=self._key)
        found = place < len(self._rows) and self._id_of(self._rows[place]) == record_id
        return place if found else None

    def reversed(self) -> "Arrangement[T]":
        """The same rows in the opposite order."""
        other = Arrangement(self.records, self.query, self.by, not self.descending, self._rows[:])
        other._keys_kept = dict(self._keys_kept)
        return other

    def filtering(self, query: Query) -> "Steps[Arrangement[T]]":
        """The rows that match ``query``, in their order."""
        found = yield from self.records.filtering(self._rows[:], query)
        return Arrangement(self.records, query, self.by, self.descending, found)

    def follow(self, update: Update[T]) -> int:
        """Follow an update of a record; returns by how many the rows have grown."""
        record_id, before, after = update
        place = self._place(record_id, before)
        if place is None:
            if after is None or not self.records.matches(after, self.query):
                return 0
            insort(self._rows, after, key=self._key)
            return 1
        key = self._key(self._rows[place])
        if after is None:
            del self._rows[place]
            self._keys_kept.pop(record_id, None)
            return -1
        self._rows[place] = after
        self._keys_kept[record_id] = key
        return 0


def follow_sorted(records: list[T], update: Update[T], order: Callable[[T], Key]) -> None:
    """Follow an update in a list sorted by ``order``."""
    before = None if update.before is None else order(update.before)
    after = None if update.after is None else order(update.after)
    place = None if before is None else bisect_left(records, before, key=order)
    if place is not None and update.after is not None and before == after:
        records[place] = update.after
        return
    if place is not None:
        del records[place]
    if update.after is not None:
        insort(records, update.after, key=order)


def _sorting(records: list[T], order: Callable[[T], Key]) -> Steps[list[T]]:
    """Sort in pieces, then merge them: one sort of everything would block the event loop."""
    pieces: list[list[tuple[Any, ...]]] = [[]]  # keys that differ, each with its record at the end
    for start in range(0, len(records), STEP):
        pieces[-1] += [(*order(record), record) for record in records[start : start + STEP]]
        if len(pieces[-1]) >= _STEPS_SORTED * STEP:
            pieces[-1].sort()
            pieces.append([])
        yield
    pieces[-1].sort()
    if len(pieces) == 1:
        return [item[-1] for item in pieces[0]]
    found: list[T] = []
    merged = merge(*pieces)
    while part := [item[-1] for item in islice(merged, STEP)]:
        found += part
        yield
    return found


def _has_all(text: str, words: Iterable[str]) -> bool:
    return all(word in text for word in words)
