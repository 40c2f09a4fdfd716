"""Dialogs that appear by themselves wait until nothing is in their way, and no longer than that."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.app import App
from textual.screen import ModalScreen

from tests.tui.services.running import until
from zitadel_tui.tui.services.prompts import Prompts


class Question(ModalScreen[str]):
    pass


class Clock:
    """Intervals of an app that pass when the test says so."""

    def __init__(self) -> None:
        self.running: list[Callable[[], object]] = []

    def set_interval(self, seconds: float, callback: Callable[[], object], **_: Any) -> Any:
        self.running.append(callback)
        clock = self

        class Timer:
            def stop(self) -> None:
                clock.running.remove(callback)

        return Timer()

    def tick(self) -> None:
        for callback in list(self.running):
            callback()


async def test_a_prompt_waits_for_typing_to_end_and_then_nothing_looks_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app, clock, typing, first, second = App[None](), Clock(), [True], Question(), Question()
    async with app.run_test() as pilot:
        monkeypatch.setattr(app, "set_interval", clock.set_interval)
        prompts = Prompts(app, is_typing=lambda: typing[0])
        answers = [prompts.ask_when_free(first), prompts.ask_when_free(second)]
        clock.tick()
        assert (app.screen.is_modal, prompts.waiting, len(clock.running)) == (False, (first, second), 1)
        typing[0] = False
        clock.tick()
        assert (app.screen, prompts.waiting) == (first, (second,))
        clock.tick()
        assert app.screen is first, "a dialog is in the way"
        first.dismiss("one")
        await until(pilot, answers[0].done)
        clock.tick()
        assert (app.screen, prompts.waiting, clock.running) == (second, (), [])
        second.dismiss("two")
        await until(pilot, answers[1].done)
        assert [answer.result() for answer in answers] == ["one", "two"]


async def test_a_prompt_appears_at_once_where_nothing_is_in_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    app, clock, dialog, its_own = App[None](), Clock(), Question(), Question()
    async with app.run_test() as pilot:
        monkeypatch.setattr(app, "set_interval", clock.set_interval)
        prompts = Prompts(app, is_typing=lambda: False)
        prompts.ask(dialog)
        await pilot.pause()
        prompts.ask_when_free(its_own, over=dialog)
        assert (app.screen, prompts.waiting, clock.running) == (its_own, (), [])


async def test_what_belongs_to_a_dialog_that_is_gone_is_asked_over_the_main_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app, clock, gone, late = App[None](), Clock(), Question(), Question()
    async with app.run_test():
        monkeypatch.setattr(app, "set_interval", clock.set_interval)
        Prompts(app, is_typing=lambda: False).ask_when_free(late, over=gone)
        assert app.screen is late
