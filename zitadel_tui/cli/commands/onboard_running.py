"""Follows a run of ``onboard apply`` and ``onboard resume`` until it ends or pauses."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterable, Sequence

from zitadel_tui.cli import prompts
from zitadel_tui.cli.failures import DONE, PARTLY, Declined, report
from zitadel_tui.cli.output import Column
from zitadel_tui.cli.parser import for_same_server
from zitadel_tui.cli.run import Run
from zitadel_tui.core import words
from zitadel_tui.core.onboard import engine, launch
from zitadel_tui.core.onboard.progress import RunProgress
from zitadel_tui.core.onboard.records import Event, PlannedRow, RowResult, State
from zitadel_tui.core.onboard.row_log import RowLog
from zitadel_tui.core.onboard.sheet import COLUMNS, row_data
from zitadel_tui.core.onboard.source import Source
from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure, UsageFailure

STATES: tuple[State, ...] = ("done", "unchanged", "failed", "unknown", "pending", "skipped")
"""The states, in the order of the counts."""

_REDRAWN_EVERY = 0.2  # seconds
_TOLD_EVERY = 30.0  # seconds, where stderr is no terminal
_MOST_SHOWN = 40
_BAR = 20  # cells
_TITLES = {"line": "LINE", "userName": "USER", "state": "STATE", "result": "RESULT"}
_COLUMNS = tuple(
    Column[RowResult](name, value, _TITLES.get(name, ""), rigid=name in ("line", "state"))
    for name, value in COLUMNS
)


def tell_unsent(run: Run, rows: Iterable[PlannedRow]) -> None:
    """With --json and --csv, print the rows that are not sent."""
    if run.output.form != "table":
        for row in rows:
            if not row.steps:
                run.output.stream(_COLUMNS, RowLog().result(row), row_data)


def tell_nothing_to_send(run: Run, rows: Sequence[PlannedRow]) -> int:
    """Say that there is nothing to send. Returns the exit status."""
    tell_unsent(run, rows)
    counts = Counter(RowLog().state(row) for row in rows)
    _say(run, f"Nothing to send: {counted(counts)}.")
    if counts["skipped"]:
        run.output.say("hint", "`onboard check` tells why rows are skipped.")
    return _status(counts)


async def follow(run: Run, session: Session, begun: engine.Run, source: Source) -> int:
    """Follow a run, and continue it after each pause if the user says so. Returns the exit status."""
    screen = _Screen(run)
    while True:
        last = await screen.follow(begun)
        if run.signals.received is not None or last.kind == "ended":
            break
        run.output.say("warning", f"Paused: {last.reason}")
        if not _ask_to_continue(run):
            break
        try:
            begun = await launch.resume(session, begun.files, source)
        except asyncio.CancelledError:  # by a signal
            break
        except Failure as failure:
            report(run.output, failure)
            break
    return screen.tell_end(begun, last, source)


def _ask_to_continue(run: Run) -> bool:
    """Ask whether to continue; without a terminal, or after a signal, the answer is no."""
    try:
        prompts.confirm(run, "The run is paused.", otherwise="")
    except (Declined, UsageFailure, KeyboardInterrupt):
        return False
    return True


class _Screen:
    """The output of a run while it is running."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._wrong: dict[int, RowResult] = {}
        """The rows that failed, or whose outcome is not known."""

    async def follow(self, begun: engine.Run) -> Event:
        """Follow to the end, or until a pause, when what is in flight has ended. Returns the last event."""
        begun.session.on_waiting(self._run.say_waiting)
        drawing = asyncio.create_task(self._show_progress(begun))
        taking = asyncio.create_task(self._take_all(begun))
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:  # by a signal
            begun.stop()
            self._run.output.say(
                "note", "Nothing more is sent; requests in flight finish. Ctrl-C again ends at once."
            )
            return await taking
        finally:
            drawing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await drawing
            self._run.output.clear_progress()

    async def _take_all(self, begun: engine.Run) -> Event:
        last = Event("paused")
        async for item in begun.follow():
            if isinstance(item, RowResult):
                self._take(item)
                continue
            last = item
            if item.kind == "paused" and not item.counts:
                begun.stop()  # what is in flight ends; then the user is asked
            for number in item.rows:  # reopened
                self._wrong.pop(number, None)
        return last

    def _take(self, result: RowResult) -> None:
        if result.state in ("failed", "unknown"):
            self._wrong[result.number] = result
        else:
            self._wrong.pop(result.number, None)
        if self._run.output.form != "table":
            self._run.output.stream(_COLUMNS, result, row_data)

    async def _show_progress(self, begun: engine.Run) -> None:
        output, told_at, waiting = self._run.output, time.monotonic(), ""
        while True:
            progress = begun.progress
            if output.shows_progress and progress.total:
                output.progress(progress_line(progress))
            elif time.monotonic() - told_at >= _TOLD_EVERY:
                told_at = time.monotonic()
                output.aside(progress_line(progress))
            if progress.waiting and not waiting and not output.shows_progress:
                output.say("note", progress.waiting)
            waiting = progress.waiting
            await asyncio.sleep(_REDRAWN_EVERY)

    def tell_end(self, begun: engine.Run, last: Event, source: Source) -> int:
        """Tell how it ended, and what to do next. Returns the exit status."""
        run, files, counts = self._run, begun.files, begun.progress.counts
        wrong = sorted(self._wrong.values(), key=lambda one: one.number)
        if run.output.form == "table" and wrong:
            run.output.rows(_COLUMNS, wrong[:_MOST_SHOWN])
        elif run.output.form != "table":
            for one in files.results() if last.kind != "ended" else ():
                if one.state == "pending" or (one.state == "unknown" and one.number not in self._wrong):
                    run.output.stream(_COLUMNS, one, row_data)
        _say(run, f"Run {files.id}: {counted(counts)}.")
        if run.settings.demo:
            run.output.say("note", "The demo forgets the run when the command ends.")
            return _status(counts)
        if last.kind != "ended":
            file = "" if source.identity.path else " --file FILE"
            go_on = for_same_server(run.options, f"zitadel-tui onboard resume {files.id}{file}")
            run.output.say("hint", f"To resume: {go_on}")
        show = f"zitadel-tui onboard show {files.id}"
        if len(wrong) > _MOST_SHOWN:
            run.output.say("hint", f"All rows that failed: {show} --state failed --state unknown")
        if counts["failed"] or counts["skipped"]:
            run.output.say("hint", f"The rows that were not done, to correct: {show} --failed FILE")
        if files.hand_over.path.exists():
            run.output.say("hint", f"Passwords and links: {show} --hand-over FILE")
        return _status(counts)


def _say(run: Run, sentence: str) -> None:
    """Print on stdout, or on stderr if stdout has data."""
    (run.output.announce if run.output.form == "table" else run.output.aside)(sentence)


def counted(counts: Counter[State]) -> str:
    """Such as ``2 done, 1 failed``."""
    return ", ".join(f"{words.count(counts[state])} {state}" for state in STATES if counts[state])


def _status(counts: Counter[State]) -> int:
    return DONE if not any(counts[state] for state in STATES[2:]) else PARTLY


def progress_line(progress: RunProgress) -> str:
    """A bar, counts, rate and remaining time in one line."""
    total = progress.to_send
    ended = total - progress.left
    filled = round(_BAR * ended / total) if total else _BAR
    parts = [f"[{'#' * filled}{'.' * (_BAR - filled)}] {words.count(ended)} of {words.count(total)}"]
    parts += [
        f"{words.count(progress.counts[state])} {state}" for state in STATES[2:4] if progress.counts[state]
    ]
    if progress.is_silent:
        parts.append(f"no answer for {words.duration(progress.silent)}")
    elif progress.rate:
        parts.append(f"{progress.rate:.{0 if progress.rate >= 10 else 1}f} a second")
        if progress.seconds_left is not None:
            parts.append(f"{words.duration(progress.seconds_left)} left")
    return "  ".join(parts)
