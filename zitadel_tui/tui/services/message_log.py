"""The message log: each message is shown for a moment, errors until they are seen; all are in the log."""

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


class Message:
    """``text`` is harmless on a terminal; its lines are sentence, advice, reference."""

    def __init__(self, text: str, severity: Severity, at: datetime) -> None:
        self.text = text
        self.severity = severity
        self.at = at


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
        """Add a message. ``text`` may come from outside but contains no secret. Errors and messages with
        ``keep`` stay until they are seen."""
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
        """Mark all messages as seen, because the log is open."""
        self.unseen.clear()
        self.newest = None
        self.changed.publish(None)

    def wait_for(self, waiting: "Waiting | None") -> None:
        """Show what a request waits for, with the seconds left; None ends it. It is not logged."""
        self._waiting, self._until = waiting, monotonic() + (waiting.seconds_left if waiting else 0.0)
        self._count_down()
        if self._counting is None:
            self._counting = self._app.set_interval(1.0, self._count_down)

    def _count_down(self) -> None:
        waiting, left = self._waiting, self._until - monotonic()
        sentence = waiting._replace(seconds_left=left).sentence.replace("https://", "") if waiting else ""
        if sentence != self.waiting:
            self.waiting = sentence
            self.changed.publish(None)
