"""Formats running jobs: a bar, numbers, and the actions that pause and cancel them."""

from collections.abc import Mapping
from math import ceil
from typing import NamedTuple

from zitadel_tui.actions import Action
from zitadel_tui.core import words
from zitadel_tui.text import cells
from zitadel_tui.tui.format.lines import DIM, WARNING, Line, Part

_SHORTEST, _LONGEST = 8, 20  # cells of the bar
_RANKS = {"pause": 2, "cancel": 3}
"""Importance in the footer while something runs."""


class Progress(NamedTuple):
    """The progress of one job or several together."""

    total: int
    ended: int
    counts: Mapping[str, int]
    """Counts by outcome, in display order."""
    in_flight: int
    rate: float | None
    """Entries a second; None while unknown."""
    paused: bool
    cancelled: bool
    silent: float = 0.0
    """Seconds for which the server has not answered; 0 where it does."""
    resumable: bool = False
    """Whether what is left when it is stopped can be sent later."""

    @property
    def seconds_left(self) -> float | None:
        return (self.total - self.ended) / self.rate if self.rate and not self.paused else None


def line(progress: Progress, width: int) -> Line:
    """``━━━━━━━──────  412 of 1,000  138/s  4 s left  400 done, 12 not done`` in ``width`` cells: what does
    not fit is left out, the counts first."""
    told = [(f"{words.count(progress.ended)} of {words.count(progress.total)}", ""), *_state(progress)]
    if progress.counts:
        told.append(
            (", ".join(f"{words.count(number)} {how}" for how, number in progress.counts.items()), "")
        )
    while (bar := width - sum(cells(text) + 2 for text, _ in told)) < _SHORTEST and len(told) > 1:
        told.pop()
    bar = max(_SHORTEST, min(bar, _LONGEST))
    filled = bar * progress.ended // max(1, progress.total)
    parts: list[Part] = [("━" * filled, "$text-accent"), ("─" * (bar - filled), DIM)]
    for text, style in told:
        parts += ["  ", (text, style)]
    return tuple(parts)


def _state(progress: Progress) -> list[tuple[str, str]]:
    in_flight = f"{words.count(progress.in_flight)} in flight"
    if progress.cancelled:
        return [(f"{'stopping' if progress.resumable else 'cancelling'}, {in_flight}", WARNING)]
    if progress.paused:
        return [(f"paused, {in_flight}" if progress.in_flight else "paused", WARNING)]
    if progress.silent:
        return [(f"no answer for {words.duration(progress.silent)}", WARNING)]
    rate, left = progress.rate, progress.seconds_left
    if rate is None or left is None:
        return []
    return [
        (f"{rate:,.0f}/s" if rate >= 1 else f"{rate * 60:,.0f}/min", DIM),
        (f"{_duration(left)} left", DIM),
    ]


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{ceil(seconds)} s" if minutes < 2 else f"{words.count(minutes)} min"


def as_it_is(action: Action, progress: Progress | None) -> Action:
    """A declared action in its current form: those about jobs are in the footer while one runs, and pause
    becomes continue while paused. What can be resumed is stopped, not cancelled."""
    if progress is None or action.name not in _RANKS:
        return action
    rank = _RANKS[action.name]
    label = "continue" if action.name == "pause" and progress.paused else action.label
    label = "stop" if action.name == "cancel" and progress.resumable else label
    return action._replace(footer=rank, typing=rank, label=label)


def reason_against(progress: Progress | None) -> str | None:
    """Why a job cannot be paused, continued or cancelled now."""
    if progress is None:
        return "No changes to several users are being written."
    if not progress.cancelled:
        return None
    what = "The run is being stopped" if progress.resumable else "The changes are being cancelled"
    return f"{what}: requests in flight finish."
