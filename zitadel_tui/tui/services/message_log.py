"""What the app has said: each message for a moment, errors until they were seen, all of it in the log."""

from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from textual.app import App
from textual.signal import Signal

from zitadel_tui.text import shown_lines

if TYPE_CHECKING:
    from textual.timer import Timer

    from zitadel_tui.core.waiting import Waiting

Severity: TypeAlias = Literal["information", "warning", "error"]

_MOST = 500
_SECONDS = {"information": 4.0, "warning": 6.0, "error": 8.0}
_SECONDS_A_LETTER = 0.04


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """``text`` is harmless on a terminal; its lines are sentence, advice, reference."""

    text: str
    severity: Severity
    at: datetime


class MessageLog:
    """``changed`` is published on the interface's loop."""

    def __init__(self, app: App[Any]) -> None:
        self.changed: Signal[None] = Signal(app, "messages")
        self.all: list[Message] = []
        """Oldest first. Errors that were not seen are never dropped."""
        self.newest: Message | None = None
        """The one that has just been said, for as long as it takes to read it."""
        self.unseen: list[Message] = []
        """Errors, oldest first, until :meth:`mark_seen`."""
        self.waiting = ""
        """What a request waits for, as a sentence; empty when all are answered."""
        self._app = app
        self._timer: Timer | None = None
        self._waiting: Waiting | None = None
        self._until = 0.0
        self._counting: Timer | None = None

    def add(self, text: str, severity: Severity, *, keep: bool = False) -> None:
        """Say ``text``, which may come from outside but holds no secret. Errors stay until they were seen,
        and so does what is to be kept."""
        message = Message(shown_lines(text), severity, datetime.now())
        self.all.append(message)
        if keep or severity == "error":
            self.unseen.append(message)
        self._drop_oldest()
        self.newest = message
        if self._timer is not None:
            self._timer.stop()
        seconds = _SECONDS[severity] + _SECONDS_A_LETTER * len(message.text)
        self._timer = self._app.set_timer(seconds, self._has_been_read)
        self.changed.publish(None)

    def _drop_oldest(self) -> None:
        if len(self.all) > _MOST:
            oldest = next((message for message in self.all if message not in self.unseen), None)
            if oldest is not None:
                self.all.remove(oldest)

    def _has_been_read(self) -> None:
        self.newest = None
        self.changed.publish(None)

    def mark_seen(self) -> None:
        """The log is being read: nothing has to stay on screen any more."""
        self.unseen.clear()
        self.newest = None
        self.changed.publish(None)

    def wait_for(self, waiting: "Waiting | None") -> None:
        """Say what a request waits for, and every second how long still; None ends it. It is not logged."""
        self._waiting, self._until = waiting, monotonic() + (waiting.seconds_left if waiting else 0.0)
        self._count_down()
        if self._counting is None:
            self._counting = self._app.set_interval(1.0, self._count_down)

    def _count_down(self) -> None:
        waiting, left = self._waiting, self._until - monotonic()
        sentence = replace(waiting, seconds_left=left).sentence.replace("https://", "") if waiting else ""
        if sentence != self.waiting:
            self.waiting = sentence
            self.changed.publish(None)
