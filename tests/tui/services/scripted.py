"""A network whose requests are answered by the test."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from zitadel_tui.failure import Failure


@dataclass
class ScriptedRequest:
    """A request that is answered by the test."""

    group: str
    work: Callable[[Any], Coroutine[Any, Any, Any]]
    then: Callable[[Any], None]
    failed: Callable[[Failure], None]
    done: bool = False

    def answer(self, value: object) -> None:
        self.done = True
        self.then(value)

    def fail(self, failure: Failure) -> None:
        self.done = True
        self.failed(failure)

    def cancel(self) -> None:
        self.done = True


class ScriptedNetwork:
    session = None

    def __init__(self) -> None:
        self.asked: list[ScriptedRequest] = []

    def submit(self, node: object, work: Any, *, then: Any, failed: Any, group: str = "") -> ScriptedRequest:
        self.asked.append(ScriptedRequest(group, work, then, failed))
        return self.asked[-1]

    def of(self, group: str) -> list[ScriptedRequest]:
        return [asked for asked in self.asked if asked.group == group]
