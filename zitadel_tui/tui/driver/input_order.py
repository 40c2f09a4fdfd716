"""Makes keys, clicks and pasted text take effect in the order in which they came, however fast.

In Textual they can overtake each other: a field handles a letter directly, but an editing key passes
through the widgets to the app first; and a key that opens a dialog is followed by the next one before the
dialog is there.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from textual import events
from textual.app import App

from zitadel_tui.tui.driver import textual_compat

_CALM = 3  # turns of the loop without a message, after which a key has no further effects
_TURN = 0.005  # seconds; during a longer turn of the loop, what makes it longer held it up
_PATIENCE = 1.0  # seconds after which a key is let through although a handler is still at work


class InputOrder:
    """Holds an input event back until everything that the previous one caused has been handled.

    That is: no widget has a message waiting, opened screens are mounted, closed ones gone, pending frames
    are painted, and rows are filtered and sorted. Requests to the server are not waited for.
    """

    def __init__(
        self,
        app: App[Any],
        *,
        is_text: Callable[[events.Event], bool],
        is_settling: Callable[[], bool] = lambda: False,
    ) -> None:
        """``is_text`` says whether an event would be typed into a field, which has no need of a layout, nor
        of the rows that ``is_settling`` says are about to change; that must come to an end."""
        self._app = app
        self._is_text = is_text
        self._is_settling = is_settling
        self._waiting: deque[events.Event] = deque()
        self._admitted: events.Event | None = None
        self._task: asyncio.Task[None] | None = None
        self._was_text = False

    @property
    def is_typing(self) -> bool:
        """Whether a key is waiting or being handled, or the last one was typed into a field."""
        if self.is_holding or self._admitted is not None or self._was_text:
            return True
        return textual_compat.is_busy(self._app)

    @property
    def is_holding(self) -> bool:
        """Whether an event is waiting."""
        return self._task is not None

    def admits(self, event: events.Event) -> bool:
        """Whether ``event`` may be handled now; if not, it is posted to the app again later."""
        if event is self._admitted:
            self._admitted = None
            self._was_text = self._is_text(event)
            return True
        self._waiting.append(event)
        if self._task is None:
            self._task = asyncio.create_task(self._admit_in_order(), name="input order")
        return False

    def stop(self) -> None:
        """Drop waiting events, because the app ends."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()

    async def _admit_in_order(self) -> None:
        try:
            while self._waiting:
                await self._settled(self._waiting[0])
                if not self._waiting or not self._app.is_running:
                    return
                self._admitted = self._waiting.popleft()
                self._app.post_message(self._admitted)
        finally:
            self._task = None

    async def _settled(self, following: events.Event) -> None:
        """Wait until the events admitted so far have no further effects."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _PATIENCE
        calm = 0
        while calm < _CALM and (now := loop.time()) < end:
            await asyncio.sleep(0)
            end += max(0.0, loop.time() - now - _TURN)  # the loop was held up: nothing could be handled
            if textual_compat.is_busy(self._app):
                calm = 0
            elif self._is_settling() and not self._is_text(following):
                calm, end = 0, loop.time() + _PATIENCE
            elif textual_compat.is_frame_due(self._app.screen) and not self._is_text(following):
                textual_compat.paint_frame(self._app.screen)
                calm = 0
            else:
                calm += 1
