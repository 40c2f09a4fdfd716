"""The event store and its projections, which show writes a little later (contract §8.1)."""

import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar
from zlib import crc32

from zitadel_tui.demo.model import Event

V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)


class Projections:
    """Applies writes to what searches show, in order, each after a lag of seconds drawn from `lag`."""

    def __init__(self, lag: tuple[float, float], rng: random.Random) -> None:
        self.lag = lag
        self._rng = rng
        self._pending: deque[tuple[float, Callable[[], None]]] = deque()

    def later(self, apply: Callable[[], None]) -> None:
        if self.lag[1] <= 0 and not self._pending:
            apply()
            return
        self._pending.append((time.monotonic() + self._rng.uniform(*self.lag), apply))

    def catch_up(self) -> None:
        """Applies what is due."""
        now = time.monotonic()
        while self._pending and self._pending[0][0] <= now:
            self._pending.popleft()[1]()


class Base(Protocol[V_co]):
    """Entries that are not stored but computed when asked for."""

    @property
    def ids(self) -> Sequence[str]: ...

    def get(self, id: str) -> V_co | None: ...


class Table(Generic[V]):
    """Entries by id: `get` answers with what is written, the other readers with what searches show."""

    def __init__(self, projections: Projections, *, shuffled: bool = False) -> None:
        self._projections = projections
        self._base: Base[V] | None = None
        self._shuffled = shuffled
        self._written: dict[str, V | None] = {}
        self._shown: dict[str, V | None] = {}
        self._order: list[str] | None = None

    def lay_under(self, base: Base[V]) -> None:
        """Adds computed entries to the stored ones."""
        self._base = base
        self._order = None

    def get(self, id: str) -> V | None:
        if id in self._written:
            return self._written[id]
        return self._base.get(id) if self._base else None

    def put(self, id: str, value: V | None) -> None:
        """Writes; None removes."""
        self._written[id] = value
        self._projections.later(lambda: self._show(id, value))

    def _show(self, id: str, value: V | None) -> None:
        was = self.shown(id)
        self._shown[id] = value
        if (was is None) != (value is None):
            self._order = None

    def shown(self, id: str) -> V | None:
        if id in self._shown:
            return self._shown[id]
        return self._base.get(id) if self._base else None

    def ids(self) -> list[str]:
        """Ids of what searches show. The order is not promised: shuffled, but the same every time."""
        self._projections.catch_up()
        if self._order is None:
            own = [id for id, value in self._shown.items() if value is not None]
            own.sort(key=(lambda id: str(crc32(id.encode()))) if self._shuffled else (lambda id: id))
            based = self._base.ids if self._base else ()
            self._order = own + [id for id in based if id not in self._shown]
        return self._order

    def values(self) -> Iterator[V]:
        for id in self.ids():
            value = self.shown(id)
            if value is not None:
                yield value


class History:
    """The events of one aggregate, oldest first. The `before` first ones are computed by `old(sequence)`,
    or omitted."""

    def __init__(self, before: int = 0, old: Callable[[int], Event] | None = None) -> None:
        self._before = before
        self._old = old
        self._skipped = 0
        self._events: list[Event] = []

    def __len__(self) -> int:
        return self._before + self._skipped + len(self._events)

    def append(self, event: Event) -> None:
        self._events.append(event)

    def skip(self, count: int) -> None:
        """Skips a number of events, which stay unknown."""
        self._skipped += count

    def last(self) -> Event | None:
        if self._events:
            return self._events[-1]
        return self._old(self._before) if self._old and self._before else None

    def newest_first(self) -> Iterator[Event]:
        yield from reversed(self._events)
        if self._old:
            for sequence in range(self._before, 0, -1):
                yield self._old(sequence)

    def oldest_first(self) -> Iterator[Event]:
        if self._old:
            for sequence in range(1, self._before + 1):
                yield self._old(sequence)
        yield from self._events
