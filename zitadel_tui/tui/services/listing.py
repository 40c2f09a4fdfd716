"""What a view lists: records filtered and sorted as it wants them, and those that are selected."""

import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from zitadel_tui.core.records import STEP, Arrangement, Change, Records, Steps, in_steps
from zitadel_tui.core.search import Query

T = TypeVar("T")

_AT_ONCE = 0.004  # seconds, a quarter of a frame: with some thousands of records nothing is put off
_CHEAPER_BY = 16  # times: to see whether a row is selected is cheaper than to find a row


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be seen, and in which order."""

    query: Query = field(default_factory=Query)
    by: str = ""
    descending: bool = False


Task = Callable[[], Coroutine[None, None, None]]


class Running(Protocol):
    def cancel(self) -> object: ...


class Listing(Generic[T]):
    """Belongs to the interface's loop and holds it up for no longer than a fraction of a frame: what takes
    longer is done in steps, and the newest wish wins. Until then the rows before stay.

    ``run`` starts a task on that loop; ``changed`` is called whenever there is something new to show.
    """

    def __init__(self, by: str, *, run: Callable[[Task], Running], changed: Callable[[], None]) -> None:
        self.wanted = Wanted(by=by)
        self._run = run
        self._changed = changed
        self._under_way: Running | None = None
        self.clear()

    def clear(self) -> None:
        """Forget all records and what is selected; what is wanted stays."""
        self._stop()
        self.rows: Arrangement[T] | None = None
        self._records: Records[T] | None = None
        self._part: Arrangement[T] | None = None  # of records that still grow, elsewhere
        self._asked: deque[Callable[[], Steps[set[str]]]] = deque()  # selections to be made
        self.selected: set[str] = set()
        """Ids, also of records that are not shown; to be read only."""
        self._selected_shown = 0

    @property
    def settling(self) -> bool:
        """Whether ``rows`` and ``selected`` are about to become what is wanted."""
        return self._under_way is not None

    @property
    def hidden(self) -> int:
        """How many of those selected are not shown."""
        return len(self.selected) - self._selected_shown

    # What is to be seen

    def want(self, **changes: Any) -> None:
        """Change parts of :class:`Wanted`."""
        self.wanted = replace(self.wanted, **changes)
        self._arrange()

    def show(self, records: Records[T]) -> None:
        """List these from now on; those selected stay selected, as far as they are among them."""
        self._records, self._part = records, None
        self._arrange()

    def show_part(self, part: Arrangement[T]) -> None:
        """List what has been read so far, in the order wanted; its records still grow elsewhere."""
        self._part = part
        self._arrange()

    def put(self, record_id: str, record: T | None) -> None:
        """One record as it is now; None when it is gone. No row moves."""
        if self._records is None:
            return
        if self.rows is not None and self.rows.records is not self._records:
            self._follow(_put(self.rows.records, record_id, record))
            _put(self._records, record_id, record)
        else:
            self._follow(_put(self._records, record_id, record))
        if record is None and record_id in self.selected:
            self.selected.discard(record_id)
        self._changed()

    def _follow(self, change: Change[T] | None) -> None:
        if change is None or self.rows is None:
            return
        came = self.rows.follow(change)
        if change.id in self.selected:
            self._selected_shown += came

    def _is_shown(self, record_id: str) -> bool:
        return self.rows is not None and self.rows.row_of(record_id) is not None

    # Selecting

    def chosen(self) -> list[T]:
        """The records that are selected, in the order of the rows; those that are not shown come last."""
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
        """Select one, or no longer."""
        shown = self._is_shown(record_id)
        self._selected_shown += -shown if record_id in self.selected else shown
        self.selected ^= {record_id}
        self._changed()

    def select_none(self) -> None:
        self._asked.clear()
        self.selected, self._selected_shown = set(), 0
        self._changed()

    def select_shown(self) -> None:
        """All that are shown, besides those that are selected already."""
        self._ask(lambda: self._making_selection(lambda selected, ids: selected.update(ids)))

    def invert(self) -> None:
        """Of those that are shown the others; what is not shown stays selected."""
        self._ask(
            lambda: self._making_selection(lambda selected, ids: selected.symmetric_difference_update(ids))
        )

    def select_range(self, first_id: str, last_id: str) -> None:
        """All from one row to another, both included, besides those that are selected already."""
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
            selected = yield from self._asked[0]()
            self._asked.popleft()
            self._selected_shown = yield from self._counting(self.rows, selected)
            self.selected = selected

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

    def _dropping_gone(self, records: Records[T]) -> Steps[None]:
        for place, record_id in enumerate(list(self.selected)):
            if records.get(record_id) is None:
                self.selected.discard(record_id)
            if place % STEP == STEP - 1:
                yield

    def _counting(self, rows: Arrangement[T] | None, selected: set[str]) -> Steps[int]:
        """How many of ``selected`` are among ``rows``."""
        if rows is None or not selected:
            return 0
        shown = 0
        if len(selected) * _CHEAPER_BY < len(rows):
            for place, record_id in enumerate(list(selected)):
                shown += rows.row_of(record_id) is not None
                if place % STEP == STEP - 1:
                    yield
            return shown
        for start in range(0, len(rows), STEP):
            shown += sum(map(selected.__contains__, rows.ids_between(start, start + STEP)))
            yield
        return shown

    def _start(self, steps: Steps[None]) -> None:
        """At once as far as that is quick; instead of what was under way."""
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


def _put(records: Records[T], record_id: str, record: T | None) -> Change[T] | None:
    return records.remove(record_id) if record is None else records.put(record)
