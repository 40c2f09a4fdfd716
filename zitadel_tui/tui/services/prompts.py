"""Opens dialogs: at once for a key; later, when nothing is in the way, if they appear by themselves."""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from textual.app import App
from textual.screen import Screen
from textual.timer import Timer

T = TypeVar("T")
_LOOK_EVERY = 0.1  # seconds, while a dialog waits


class _Waiting(NamedTuple):
    screen: Screen[Any]
    over: Screen[Any] | None
    answer: "asyncio.Future[Any]"


class Prompts:
    """``is_typing`` says whether what is typed next may still be meant for a field."""

    def __init__(self, app: App[Any], *, is_typing: Callable[[], bool]) -> None:
        self._app = app
        self._is_typing = is_typing
        self._queue: list[_Waiting] = []
        self._timer: Timer | None = None

    def ask(self, screen: Screen[T]) -> "asyncio.Future[T | None]":
        """Show the dialog at once, so that it gets the next key; its answer can be awaited."""
        answer: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        self._show(_Waiting(screen, None, answer))
        return answer

    def ask_when_free(
        self, screen: Screen[T], *, over: Screen[Any] | None = None
    ) -> "asyncio.Future[T | None]":
        """Show the dialog once no other dialog is open and nothing is being typed, so that it does not get
        keys meant for others. ``over`` is the dialog that it belongs to; None: the main screen."""
        answer: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(screen, over, answer))
        self._look()
        if self._queue and self._timer is None:
            self._timer = self._app.set_interval(_LOOK_EVERY, self._look)
        return answer

    @property
    def waiting(self) -> tuple[Screen[Any], ...]:
        """The waiting dialogs, in order."""
        return tuple(one.screen for one in self._queue)

    def _look(self) -> None:
        for one in self._queue if not self._is_typing() else ():
            if self._app.screen is self._below(one):
                self._queue.remove(one)
                self._show(one)
                break
        if not self._queue and self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _below(self, one: _Waiting) -> Screen[Any]:
        stack = self._app.screen_stack
        return one.over if one.over is not None and one.over in stack else stack[0]

    def _show(self, one: _Waiting) -> None:
        def answered(result: Any) -> None:
            if not one.answer.done():
                one.answer.set_result(result)

        self._app.push_screen(one.screen, answered)
