"""What was said: the newest for a moment, errors until they were seen, and what a request waits for."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.app import App

from zitadel_tui.core.waiting import Waiting
from zitadel_tui.tui.services import message_log
from zitadel_tui.tui.services.message_log import MessageLog

SLOW = Waiting(1, "https://acme.example", "no answer yet", 1, 20.0)


class Said:
    """A log whose timers pass when the test says so; ``changes`` counts what it published."""

    def __init__(self, app: App[None], monkeypatch: pytest.MonkeyPatch) -> None:
        self.timers: list[tuple[float, Callable[[], object]]] = []
        self.now, self.changes = 1_000.0, 0
        monkeypatch.setattr(app, "set_timer", self._timer)
        monkeypatch.setattr(app, "set_interval", self._timer)
        monkeypatch.setattr(message_log, "monotonic", lambda: self.now)
        self.log = MessageLog(app)
        self.log.changed.subscribe(app, self._changed, immediate=True)

    def _timer(self, seconds: float, callback: Callable[[], object]) -> Any:
        timer, running = (seconds, callback), self.timers
        running.append(timer)

        class Timer:
            def stop(self) -> None:
                if timer in running:
                    running.remove(timer)

        return Timer()

    def _changed(self, nothing: None) -> None:
        self.changes += 1

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.log.all]

    @property
    def newest(self) -> str:
        return self.log.newest.text if self.log.newest else ""

    @property
    def unseen(self) -> list[str]:
        return [message.text for message in self.log.unseen]


@asynccontextmanager
async def saying(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Said]:
    app = App[None]()
    async with app.run_test():
        with monkeypatch.context() as patch:
            yield Said(app, patch)


async def test_the_newest_is_there_for_as_long_as_it_takes_to_read_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with saying(monkeypatch) as said:
        said.log.add("One.", "information")
        assert (said.newest, said.changes) == ("One.", 1)
        said.log.add("A much longer sentence.", "warning")
        ((seconds, read),) = said.timers  # the one of the message before is stopped
        assert said.newest == "A much longer sentence."
        assert seconds == pytest.approx(6.0 + 23 * 0.04)
        read()
        assert (said.newest, said.texts, said.changes) == ("", ["One.", "A much longer sentence."], 3)


async def test_errors_and_what_is_to_be_kept_stay_until_the_log_was_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with saying(monkeypatch) as said:
        said.log.add("Broken.", "error")
        said.log.add("Kept.", "warning", keep=True)
        said.log.add("Noted.", "warning")
        assert said.unseen == ["Broken.", "Kept."]
        said.log.mark_seen()
        assert (said.unseen, said.newest, said.changes) == ([], "", 4)
        assert said.texts == ["Broken.", "Kept.", "Noted."]


async def test_the_oldest_are_dropped_save_errors_that_were_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    async with saying(monkeypatch) as said:
        said.log.add("Broken.", "error")
        for number in range(500):
            said.log.add(f"Note {number}.", "information")
        assert (len(said.texts), said.texts[:2]) == (500, ["Broken.", "Note 1."])
        said.log.mark_seen()
        said.log.add("One more.", "information")
        assert (len(said.texts), said.texts[0], said.texts[-1]) == (500, "Note 1.", "One more.")


async def test_what_is_waited_for_counts_down_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    async with saying(monkeypatch) as said:
        assert said.log.waiting == ""
        said.log.wait_for(SLOW)
        first = said.log.waiting
        assert "acme.example" in first
        assert "20 s" in first
        assert "https://" not in first
        ((_, count_down),) = said.timers
        said.now += 5.0
        count_down()
        assert "15 s" in said.log.waiting
        assert said.changes == 2
        count_down()
        assert said.changes == 2, "nothing is published where nothing changed"
        said.log.wait_for(None)
        assert (said.log.waiting, said.changes, said.texts) == ("", 3, [])
        said.log.wait_for(SLOW)
        assert len(said.timers) == 1
