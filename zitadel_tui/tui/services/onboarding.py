"""The file of users, its plan and its run. It outlives the view: a run continues whatever is shown, and keeps
its session."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from textual.app import App
from textual.signal import Signal

from zitadel_tui.core import words
from zitadel_tui.core.collection import Collection, Schema, Update
from zitadel_tui.core.onboard import launch, run_files
from zitadel_tui.core.onboard.plan import Plan, make_plan
from zitadel_tui.core.onboard.records import Event, Header, PlannedRow, RowResult, State
from zitadel_tui.core.onboard.rows import Options
from zitadel_tui.core.onboard.run_files import RunFiles
from zitadel_tui.core.onboard.source import Source, open_source
from zitadel_tui.core.search import Query, folded
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui.driver.workers import start_worker
from zitadel_tui.tui.format.progress import Progress
from zitadel_tui.tui.services.jobs import Jobs, RunningJob
from zitadel_tui.tui.services.network import Network

if TYPE_CHECKING:
    from zitadel_tui.core.onboard.engine import Run
    from zitadel_tui.core.onboard.progress import RunProgress
    from zitadel_tui.core.session import Session

FIELDS = ("verdict", "state")
"""The fields that a filter may name before a colon."""
_STATES: tuple[State, ...] = ("done", "unchanged", "failed", "unknown")
_HANDED_OVER_EVERY = 0.2  # seconds between two updates of rows
_MEMBERS_EVERY = 10.0  # seconds between two readings of the members during a run
_WATCHED_EVERY = 1.0  # seconds between two looks whether the server answers


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A row of the file: its plan, and its result in the run."""

    planned: PlannedRow
    result: RowResult | None = None

    @property
    def key(self) -> str:
        return str(self.planned.number)

    @property
    def state(self) -> str:
        """The state in the run; before it the verdict."""
        return self.result.state if self.result is not None else self.planned.verdict

    @property
    def sentences(self) -> tuple[str, ...]:
        """What happened, or else why the row is not sent, and its notes."""
        said = self.result.sentences if self.result is not None else ()
        return said or (*self.planned.problems, *self.planned.notes)

    @property
    def user_id(self) -> str:
        return (self.result.user_id if self.result else "") or self.planned.user_id


def _text(entry: Entry) -> str:
    return folded("\n".join((entry.planned.user_name, entry.state, *entry.sentences, entry.user_id)))


def _test(query: Query) -> Callable[[Entry], bool] | None:
    verdicts, states = query.asked("verdict"), query.asked("state")

    def fits(entry: Entry) -> bool:
        return all(entry.planned.verdict.startswith(word) for word in verdicts) and all(
            entry.state.startswith(word) for word in states
        )

    return fits if query.fields else None


SCHEMA: Schema[Entry] = Schema(
    lambda entry: entry.key,
    _text,
    {
        "line": lambda entry: (entry.planned.line,),
        "user": lambda entry: (folded(entry.planned.user_name), entry.planned.line),
        "state": lambda entry: (entry.state, entry.planned.line),
    },
    _test,
)


class ListedRun(NamedTuple):
    """A run on this machine."""

    files: RunFiles
    header: Header
    is_ended: bool
    counts: dict[str, int]

    @property
    def name(self) -> str:
        return Path(self.header.file.path).name or "standard input"


class RunJob(RunningJob):
    """A run of a file, as the other jobs: its progress, pause, continue and cancel."""

    def __init__(self, network: Network, changed: Callable[[bool], None]) -> None:
        super().__init__(network, changed)
        self.run: Run | None = None
        self.snapshot: RunProgress | None = None
        self.is_running = True

    @property
    def running(self) -> bool:
        return self.is_running

    @property
    def parts(self) -> int:
        return int(self.is_running)

    @property
    def total(self) -> int:
        return self.snapshot.to_send if self.snapshot else 0

    @property
    def counts(self) -> Mapping[str, int]:
        found: Counter[State] = self.snapshot.counts if self.snapshot else Counter()
        return {state: found[state] for state in _STATES if found[state]}

    @property
    def summary(self) -> str:
        told = ", ".join(f"{words.count(number)} {how}" for how, number in self.counts.items())
        return f"{words.plural(self.total, 'row')}: {told or 'nothing sent'}."

    @property
    def has_failures(self) -> bool:
        return bool(self.snapshot and (self.snapshot.counts["failed"] or self.snapshot.counts["unknown"]))

    @property
    def progress(self) -> Progress:
        seen = self.snapshot
        return Progress(
            total=self.total,
            ended=self.total - seen.left if seen else 0,
            counts=self.counts,
            in_flight=seen.under_way if seen else 0,
            rate=seen.rate if seen else None,
            paused=self.paused,
            cancelled=self.cancelled,
            silent=seen.silent if seen and seen.is_silent else 0.0,
            resumable=True,
        )

    def pause(self) -> None:
        self.paused = True
        self._have_run(lambda run: run.pause())

    def resume(self) -> None:
        self.paused = False
        self._have_run(lambda run: run.go_on())

    def cancel(self) -> None:
        self.cancelled = True
        self._have_run(lambda run: run.stop())

    def _have_run(self, do: "Callable[[Run], None]") -> None:
        run = self.run
        if run is not None:
            self._network.runtime.call_soon(lambda: do(run))
        self._changed(True)


class Onboarding:
    """``plan`` and ``entries`` are those of the file that was checked last, or of a run that is looked at.

    ``changed`` is published when anything but single rows has changed, ``rows_changed`` with the updates of
    rows, a few times a second.
    """

    def __init__(
        self,
        app: App[Any],
        network: Network,
        jobs: Jobs,
        *,
        tell: Callable[[str, bool], None],
        read_members: Callable[[], None],
    ) -> None:
        """``tell`` is called with a sentence, and whether it is a warning; ``read_members`` during and after
        a run."""
        self.changed: Signal[None] = Signal(app, "onboarding changed")
        self.rows_changed: Signal[list[Update[Entry]]] = Signal(app, "rows of a file changed")
        self._app, self._network, self._jobs = app, network, jobs
        self._tell, self._read_members = tell, read_members
        self.path = ""
        self.options = Options()
        self.doing = ""
        """The name of what is being read; empty otherwise."""
        self.failure: Failure | None = None
        self.plan: Plan | None = None
        self.header: Header | None = None
        self.files: RunFiles | None = None
        """The files of the run that is shown."""
        self.entries: Collection[Entry] | None = None
        self.job: RunJob | None = None
        """The run that is running."""
        self._source: Source | None = None
        self._members_read_at = 0.0

    # Planning

    def check(self, path: str, options: Options) -> None:
        """Read a file and plan it, instead of the previous one."""
        self._forget()
        self.path, self.options, self.doing = path, options, "Reading the file"

        async def work(session: "Session") -> tuple[Source, Plan]:
            source = await asyncio.to_thread(partial(open_source, path, options))
            try:
                plan = await make_plan(session, source, options, on_progress=self._progress)
            except BaseException:
                source.close()
                raise
            return source, plan

        self._network.submit(self._app, work, then=self._planned, failed=self._failed, group="onboarding")
        self.changed.publish(None)

    def _progress(self, doing: str) -> None:
        """Called on the network thread."""

        def say() -> None:
            if self.doing:
                self.doing = doing
                self.changed.publish(None)

        self._app.call_later(say)

    def _planned(self, made: tuple[Source, Plan]) -> None:
        self._source, self.plan = made
        self.header, self.doing = self.plan.header, ""
        self._list(Entry(row) for row in self.plan.rows)

    def _failed(self, failure: Failure) -> None:
        self.failure, self.doing = failure, ""
        self.changed.publish(None)

    def _list(self, entries: "Any") -> None:
        records = Collection(SCHEMA)
        records.extend(entries)
        self.entries = records
        self.changed.publish(None)

    def close(self) -> None:
        """Close the file; a running run closes its own."""
        if self._source is not None and self.job is None:
            self._source.close()
        self._source = None

    def _forget(self) -> None:
        self.close()
        self.plan = self.header = self.files = self.entries = self.failure = None
        self.doing = ""

    # Running

    @property
    def reason_against_starting(self) -> str | None:
        """Why the plan cannot be applied now."""
        if self.job is not None:
            return "A run is still going on."
        if self.plan is None or self._source is None:
            return "No file is checked: choose one first."
        if self.files is not None:
            return "This plan was applied: check the file again."
        if self.plan.lacking:
            return self.plan.lacking
        return None if self.plan.to_send else "There is no row to send."

    def start(self) -> None:
        """Apply the plan."""
        plan, source = self.plan, self._source
        if plan is not None and source is not None:
            self._run(lambda session: launch.begin(session, plan, source), source)

    def resume(self, listed: ListedRun, path: str = "") -> None:
        """Resume a run, and show it."""
        self._forget()
        self.doing = "Reading the file of the run"
        self.changed.publish(None)
        holder: list[Source] = []

        async def begin(session: "Session") -> "Run":
            source = await asyncio.to_thread(partial(launch.open_again, listed.header, path))
            holder.append(source)
            return await launch.resume(session, listed.files, source, on_progress=self._progress)

        self._run(begin, holder)

    def _run(self, begin: "Callable[[Session], Any]", source: "Source | list[Source]") -> None:
        job = self.job = RunJob(self._network, self._jobs.has_news)
        self._jobs.add(job)

        async def work(session: "Session") -> None:
            try:
                run: Run = await begin(session)
                self._app.call_later(self._begun, job, run)
                await self._follow(job, run)
            finally:  # also when the app has ended by then
                for one in source if isinstance(source, list) else [source]:
                    one.close()

        def ended(failure: Failure | None = None) -> None:
            self._ended(job, failure)

        self._network.submit_write(work, then=lambda nothing: ended(), failed=ended)
        self.changed.publish(None)

    async def _follow(self, job: RunJob, run: "Run") -> None:
        """Hand results to the app a few times a second: each time it is woken, its thread and this one wait
        for each other."""
        waiting: list[RowResult | Event] = []

        def hand_over() -> None:
            if waiting:
                self._app.call_later(self._take, job, waiting.copy(), run.progress)
                waiting.clear()

        loop = asyncio.get_running_loop()
        watching = asyncio.create_task(self._watch(job, run))
        try:
            async for item in run.follow():
                waiting.append(item)
                if isinstance(item, Event):
                    hand_over()
                elif len(waiting) == 1:
                    loop.call_later(_HANDED_OVER_EVERY, hand_over)
        finally:
            hand_over()
            watching.cancel()

    async def _watch(self, job: RunJob, run: "Run") -> None:
        """Show that the server does not answer, while no row ends."""
        was_silent = False
        while True:
            await asyncio.sleep(_WATCHED_EVERY)
            seen = run.progress
            if seen.is_silent or was_silent:
                self._app.call_later(self._see, job, seen)
            was_silent = seen.is_silent

    def _see(self, job: RunJob, snapshot: "RunProgress") -> None:
        job.snapshot = snapshot
        self._jobs.has_news(False)

    def _begun(self, job: RunJob, run: "Run") -> None:
        job.run, job.snapshot = run, run.progress
        if job.cancelled:
            job.cancel()
        self.files, self.header = run.files, run.header
        if self.entries is None:
            self.look(run.files)
        self.doing = ""
        self.changed.publish(None)

    def _take(self, job: RunJob, items: "Sequence[RowResult | Event]", snapshot: "RunProgress") -> None:
        job.snapshot = snapshot
        self._jobs.has_news(False)
        updates: list[Entry] = []
        for item in items:
            updates += self._taken(job, item)
        self._publish_rows(updates)

    def _taken(self, job: RunJob, item: "RowResult | Event") -> list[Entry]:
        """Return the rows that an item of a run changes."""
        if isinstance(item, RowResult):
            return self._with_result(item)
        if item.kind == "paused" and not item.counts:
            if not job.paused:  # the run itself has paused
                job.paused = True
                self._tell(f"The run is paused: {item.reason}", True)
                self._jobs.has_news(True)
        elif item.kind == "resumed":
            job.paused = False
        elif item.kind == "reopened" and self.entries is not None:
            found = (self.entries.get(str(number)) for number in item.rows)
            return [Entry(entry.planned) for entry in found if entry is not None]
        return []

    def _with_result(self, result: RowResult) -> list[Entry]:
        if result.roles and time.monotonic() - self._members_read_at >= _MEMBERS_EVERY:
            self._members_read_at = time.monotonic()
            self._read_members()
        entry = self.entries.get(str(result.number)) if self.entries is not None else None
        return [Entry(entry.planned, result)] if entry is not None else []

    def _publish_rows(self, updates: list[Entry]) -> None:
        if self.entries is not None and updates:
            self.rows_changed.publish([self.entries.put(entry) for entry in updates])

    def _ended(self, job: RunJob, failure: Failure | None) -> None:
        job.is_running = False
        self._jobs.remove(job)
        self.job, self._source, self.doing = None, None, ""
        if failure is not None:
            self.failure = failure
            self._tell(f"{failure.summary} {failure.hint}".strip(), True)
        else:
            left = job.snapshot.left if job.snapshot else 0
            more = f" {words.count(left)} left: resume the run from the list of runs." if left else ""
            self._tell(f"{job.summary}{more}", job.has_failures or bool(left))
        self._read_members()
        self.changed.publish(None)

    # Runs of before

    def list_runs(self, then: Callable[[list[ListedRun]], None], *, demo: bool) -> None:
        """Read the runs on this machine, the newest first, in a thread; ``then`` is called with them."""

        def read() -> list[ListedRun]:
            runs = []
            for files in reversed(run_files.every(launch.directory(demo=demo))):
                try:
                    runs.append(ListedRun(files, files.header(), files.is_ended, files.counts()))
                except Failure:
                    continue  # of another version, or damaged: the command says so
            return runs

        self._in_thread(read, then)

    def look(self, files: RunFiles) -> None:
        """Show a run with the results so far."""
        if self.files is not files:
            self._forget()
        self.files, self.doing = files, "Reading the run"

        def read() -> tuple[Header, list[Entry]]:
            rows = {row.number: row for row in files.rows()}
            return files.header(), [Entry(rows[one.number], _known(one)) for one in files.results()]

        def then(found: tuple[Header, list[Entry]]) -> None:
            if self.files is files:
                self.doing, self.header = "", found[0]
                self._list(found[1])

        self._in_thread(read, then)
        self.changed.publish(None)

    def secret_of(self, entry: Entry, then: Callable[[str, str], None]) -> None:
        """Read what waits for a user: ``then`` is called with ``link`` or ``password`` and the secret; with
        nothing when there is none."""
        files = self.files
        if files is None:
            return

        def read() -> tuple[str, str]:
            line = files.hand_over.read().get(entry.planned.number)
            if line is None:
                return "", ""
            return ("link", line.link) if line.link else ("password", line.password)

        self._in_thread(read, lambda found: then(*found))

    def write(self, do: Callable[[], str], then: Callable[[str], None]) -> None:
        """Write a file in a thread; ``then`` is called with what to say."""
        self._in_thread(do, then)

    def _in_thread(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        async def read() -> None:
            try:
                found = await asyncio.to_thread(work)
            except Failure as failure:
                self.doing = ""
                self._tell(f"{failure.summary} {failure.hint}".strip(), True)
            else:
                then(found)

        start_worker(self._app, read, group="onboarding files")


def _known(result: RowResult) -> RowResult | None:
    """None for a row that was not sent yet, or is not to be: its plan says more."""
    return None if result.state in ("pending", "skipped") else result


def called(path: str) -> str:
    """The name of a file, safe for a terminal."""
    return shown(Path(path).name or "standard input")
