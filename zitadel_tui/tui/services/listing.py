"""The rows of a view: records, filtered and sorted, and the selection."""

import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from zitadel_tui.core.collection import STEP, Arrangement, Collection, Steps, Update, in_steps
from zitadel_tui.core.search import Query

T = TypeVar("T")

_AT_ONCE = 0.004  # seconds, a quarter of a frame: with some thousands of records nothing is put off
_CHEAPER_BY = 16  # factor: checking whether a row is selected is cheaper than finding a row


class Wanted(NamedTuple):
    """The wanted filter and order."""

    query: Query = Query()
    by: str = ""
    descending: bool = False


Task = Callable[[], Coroutine[None, None, None]]


class Running(Protocol):
    def cancel(self) -> object: ...


class Listing(Generic[T]):
    """Belongs to the interface's loop and blocks it for no longer than a fraction of a frame. What takes
    longer is done in steps, and the newest request wins; until then the previous rows stay.

    ``run`` starts a task on that loop; ``changed`` is called whenever there is something new to show.
    """

    def __init__(self, by: str, *, run: Callable[[Task], Running], changed: Callable[[], None]) -> None:
        self.wanted = Wanted(by=by)
        self._run = run
        self._changed = changed
        self._under_way: Running | None = None
        self.clear()

    def clear(self) -> None:
        """Forget all records and the selection; filter and order stay."""
        self._stop()
        self.rows: Arrangement[T] | None = None
        self._records: Collection[T] | None = None
        self._part: Arrangement[T] | None = None  # of records that are still being read elsewhere
        self._asked: deque[Callable[[], Steps[set[str]]]] = deque()  # selections to be made
        self.selected: set[str] = set()
        """Ids, also of records that are not shown; to be read only."""
        self._selected_shown = 0

    @property
    def settling(self) -> bool:
        """Whether ``rows`` and ``selected`` are still being updated."""
        return self._under_way is not None

    @property
    def hidden(self) -> int:
        """How many selected records are not shown."""
        return len(self.selected) - self._selected_shown

    # What is to be seen

    def want(self, **changes: Any) -> None:
        """Change parts of :class:`Wanted`."""
        self.wanted = self.wanted._replace(**changes)
        self._arrange()

    def sort_by(self, by: str, *, descending: bool = False) -> None:
        """Sort by a column, at first ``descending`` or not; the same column again reverses the order."""
        again = by == self.wanted.by
        self.want(by=by, descending=not self.wanted.descending if again else descending)

    def column_after(self, columns: Sequence[str]) -> str:
        """The column after the one sorted by, in a circle."""
        return columns[(columns.index(self.wanted.by) + 1) % len(columns)]

    def show(self, records: Collection[T]) -> None:
        """List these records; the selection stays, without records that are gone."""
        self._records, self._part = records, None
        self._arrange()

    def show_part(self, part: Arrangement[T]) -> None:
        """List what has been read so far, in the wanted order."""
        self._part = part
        self._arrange()

    def put(self, record_id: str, record: T | None) -> None:
        """Set the new state of one record; None when it is gone. No row moves."""
        if self._records is None:
            return
        if self.rows is not None and self.rows.records is not self._records:
            self._follow(self.rows.records.set(record_id, record))
            self._records.set(record_id, record)
        else:
            self._follow(self._records.set(record_id, record))
        if record is None and record_id in self.selected:
            self.selected.discard(record_id)
        self._changed()

    def follow(self, updates: Iterable[Update[T]]) -> None:
        """Show what was changed in the records themselves; none of them is gone. No row moves."""
        if self.rows is not None and self.rows.records is self._records:
            for update in updates:
                self._follow(update)
        self._changed()

    def _follow(self, update: Update[T] | None) -> None:
        if update is None or self.rows is None:
            return
        came = self.rows.follow(update)
        if update.id in self.selected:
            self._selected_shown += came

    def _is_shown(self, record_id: str) -> bool:
        return self.rows is not None and self.rows.row_of(record_id) is not None

    # Selecting

    def chosen(self) -> list[T]:
        """The selected records in the order of the rows; hidden ones come last."""
        rows = self.rows
        if rows is None:
            return []
        key, shown = rows.records.schema.id_of, []
        if len(self.selected) * _CHEAPER_BY < len(rows):
            found = [(row, one) for one in self.selected if (row := rows.row_of(one)) is not None]
            shown = [rows[row] for row, _ in sorted(found)]
        else:
            shown = [record for record in rows if key(record) in self.selected]
        hidden = self.selected.difference(map(key, shown))
        return shown + [record for one in sorted(hidden) if (record := rows.records.get(one)) is not None]

    def toggle(self, record_id: str) -> None:
        """Select or deselect one record."""
        shown = self._is_shown(record_id)
        self._selected_shown += -shown if record_id in self.selected else shown
        self.selected ^= {record_id}
        self._changed()

    def select_none(self) -> None:
        self._asked.clear()
        self.selected, self._selected_shown = set(), 0
        self._changed()

    def select_shown(self) -> None:
        """Add all records shown to the selection."""
        self._ask(lambda: self._making_selection(lambda selected, ids: selected.update(ids)))

    def invert(self) -> None:
        """Invert the selection among the records shown; hidden ones stay selected."""
        self._ask(
            lambda: self._making_selection(lambda selected, ids: selected.symmetric_difference_update(ids))
        )

    def select_range(self, first_id: str, last_id: str) -> None:
        """Add the rows from one to another, both included, to the selection."""
        self._ask(
            lambda: self._making_selection(
                lambda selected, ids: selected.update(ids), between=(first_id, last_id)
            )
        )

    def _ask(self, selection: Callable[[], Steps[set[str]]]) -> None:
        self._asked.append(selection)
        if not self.settling:
            self._start(self._selecting_asked())

    # In steps

    def _making_selection(
        self,
        take: Callable[[set[str], Iterable[str]], None],
        between: tuple[str, str] | None = None,
    ) -> Steps[set[str]]:
        selected, rows = set(self.selected), self.rows
        if rows is None:
            return selected
        first, stop = 0, len(rows)
        if between is not None:
            ends = [row for row in map(rows.row_of, between) if row is not None]
            first, stop = (min(ends), max(ends) + 1) if ends else (0, 0)
        for start in range(first, stop, STEP):
            take(selected, rows.ids_between(start, min(start + STEP, stop)))
            yield
        return selected

    def _selecting_asked(self) -> Steps[None]:
        while self._asked:
            asked = self._asked[0]
            selected = yield from asked()
            shown = yield from self._counting(self.rows, selected)
            if self._asked and self._asked[0] is asked:  # not cleared meanwhile
                self._asked.popleft()
                self.selected, self._selected_shown = selected, shown

    def _arrange(self) -> None:
        if self._records is not None or self._part is not None:
            self._start(self._arranging())

    def _arranging(self) -> Steps[None]:
        wanted, records, part = self.wanted, self._records, self._part
        if part is not None:
            if part.descending != (wanted.descending and part.by == wanted.by):
                part = part.reversed()
            rows = yield from part.filtering(wanted.query)
        elif records is not None:
            rows = yield from records.arranging(wanted.query, by=wanted.by, descending=wanted.descending)
            if self.rows is not None and self.rows.records is not records:
                yield from self._dropping_gone(records)
        else:
            return
        shown = yield from self._counting(rows, self.selected)
        self.rows, self._selected_shown = rows, shown
        yield from self._selecting_asked()

    def _dropping_gone(self, records: Collection[T]) -> Steps[None]:
        selected = list(self.selected)
        for start in range(0, len(selected), STEP):
            part = selected[start : start + STEP]
            self.selected.difference_update(one for one in part if records.get(one) is None)
            yield

    def _counting(self, rows: Arrangement[T] | None, selected: set[str]) -> Steps[int]:
        """How many of ``selected`` are among ``rows``."""
        if rows is None:
            return 0
        shown = 0
        if len(selected) * _CHEAPER_BY < len(rows):
            ids = list(selected)
            for start in range(0, len(ids), STEP):
                shown += sum(rows.row_of(one) is not None for one in ids[start : start + STEP])
                yield
            return shown
        for start in range(0, len(rows), STEP):
            shown += sum(map(selected.__contains__, rows.ids_between(start, start + STEP)))
            yield
        return shown

    def _start(self, steps: Steps[None]) -> None:
        """Start steps, replacing running ones; do them at once as far as that is quick."""
        self._stop()
        ends = time.perf_counter() + _AT_ONCE
        try:
            while time.perf_counter() < ends:
                next(steps)
        except StopIteration:
            self._changed()
            return
        self._under_way = self._run(partial(self._finish, steps))

    async def _finish(self, steps: Steps[None]) -> None:
        await in_steps(steps)
        self._under_way = None
        self._changed()

    def _stop(self) -> None:
        if self._under_way is not None:
            self._under_way.cancel()
            self._under_way = None
