"""How far a run is, for the front ends to show."""

from collections import Counter
from dataclasses import dataclass

from zitadel_tui.core import words
from zitadel_tui.core.onboard.records import State

LONGEST_OUTAGE = 300.0
"""Seconds without any answer after which a run pauses."""
SILENT = 2.0
"""Seconds without any answer that are worth a word."""


@dataclass(frozen=True, slots=True)
class RunProgress:
    """``counts`` are numbers of rows by state, ``rate`` rows that ended in a second; ``reason`` says why the
    run is paused, ``silent`` for how many seconds no request was answered."""

    counts: Counter[State]
    rate: float | None = None
    under_way: int = 0
    paused: bool = False
    reason: str = ""
    stopped: bool = False
    silent: float = 0.0

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def is_silent(self) -> bool:
        """Whether the server does not answer, and the run waits for it."""
        return self.silent >= SILENT

    @property
    def waiting(self) -> str:
        """What the run waits for, in a sentence; empty when it waits for nothing."""
        if not self.is_silent or self.paused or self.stopped:
            return ""
        return f"The server does not answer; the run waits for up to {words.duration(LONGEST_OUTAGE)}."

    @property
    def to_send(self) -> int:
        """Rows whose verdict is one that is sent."""
        return self.total - self.counts["skipped"]

    @property
    def left(self) -> int:
        return self.counts["pending"]

    @property
    def seconds_left(self) -> float | None:
        return self.left / self.rate if self.rate else None
