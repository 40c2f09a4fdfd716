"""What a session is waiting for, for either front end to show."""

from collections.abc import Callable

from zitadel_tui.zitadel.traffic import Attempt, Event, Waiting

__all__ = ["Waiting", "WaitingRequests"]


class WaitingRequests:
    """An observer of the transport: passes on what the oldest request that has no answer waits for, and
    None when all are answered."""

    def __init__(self, changed: Callable[[Waiting | None], None]) -> None:
        self._changed = changed
        self._waiting: dict[int, Waiting] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, Attempt):
            return
        before = self.oldest
        if isinstance(event, Waiting):
            self._waiting[event.number] = event
        else:
            self._waiting.pop(event.number, None)
        if self.oldest != before:
            self._changed(self.oldest)

    @property
    def oldest(self) -> Waiting | None:
        return self._waiting[min(self._waiting)] if self._waiting else None
