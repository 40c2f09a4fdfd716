"""Applies a plan: every row exactly once, however often it is interrupted.

The rows are entries of a :class:`~zitadel_tui.core.jobs.Job`. What was sent and how it ended is in the
journal of the run before anybody hears of it, so that another process can go on.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import msgspec

from zitadel_tui.core import journal, rules, words
from zitadel_tui.core.changes import Unsettled, settle
from zitadel_tui.core.changes.base import Resource
from zitadel_tui.core.concurrency import Timing
from zitadel_tui.core.jobs import Job, Pace
from zitadel_tui.core.journal import JournalFailure, Record
from zitadel_tui.core.onboard.failures import MOST_EQUAL, EqualFailures, concerns_all
from zitadel_tui.core.onboard.progress import LONGEST_OUTAGE, RunProgress
from zitadel_tui.core.onboard.records import (
    CREATE,
    ONBOARDING,
    Event,
    HandedOver,
    HandOverLine,
    Header,
    PlannedRow,
    RowResult,
    State,
)
from zitadel_tui.core.onboard.row_entry import Directory, RowEntry
from zitadel_tui.core.onboard.row_log import RowLog
from zitadel_tui.core.onboard.rows import Row
from zitadel_tui.core.onboard.run_files import RunFiles
from zitadel_tui.core.runtime import Interrupted
from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure, UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.endpoints import Endpoint
from zitadel_tui.zitadel.traffic import Attempt

WORKERS = 50
"""Rows that are begun and not ended: so many created users wait for their roles at most."""
_MOST_ATTEMPTS = 20  # of a step that an answering server does not take
_SETTLED_AT_ONCE = 8
_MOST_LOOKS = 3  # at a row whose answers are lost, before it is left unknown
_ONE_LOOK = Timing(pauses=(0.0, 0.1))
"""When a run goes on: what is not there yet is sent again, and the server tells whether it came after all."""
_YIELD_EVERY = 50  # rows that are skipped before the loop has its turn

_AGAIN = (errors.Unavailable, errors.RateLimited, errors.TimedOut)
_UNFINISHED: frozenset[State] = frozenset({"pending", "unknown"})


class File(Protocol):
    """The file that is applied, read as often as needed."""

    def rows(self) -> Iterator[Row]: ...


class Limits(Protocol):
    """The one limiter of all workers: of changes, and of requests."""

    def slot(self, resource: Resource) -> AbstractAsyncContextManager[None]: ...

    async def admit(self, endpoint: Endpoint) -> None: ...

    def ended(self, attempt: Attempt) -> None: ...

    def outage_seconds(self) -> float: ...

    @property
    def held_seconds(self) -> float: ...


class Run:
    """One run of a file. It belongs to one loop and to one process at a time.

    Make it with :func:`begin` or :func:`resume`, then follow it.
    """

    def __init__(
        self,
        session: Session,
        header: Header,
        rows: Sequence[PlannedRow],
        file: File,
        directory: Directory,
        files: RunFiles,
        limiter: Limits,
    ) -> None:
        self.header, self.files = header, files
        self.session = session.beside(limiter=limiter, journal=files.journal)
        files.journal.on_recorded, files.hand_over.on_kept = self._recorded, self._kept
        self._outer, self._limiter = session, limiter
        self._rows, self._file, self._directory = rows, file, directory
        self._logs: dict[int, RowLog] = {}
        self._states: dict[int, State] = {}
        self._counts: Counter[State] = Counter()
        self._passwords: dict[int, Secret] = {}
        self._handed_over: dict[int, tuple[HandedOver, str]] = {}
        self._pace = Pace()
        self._items: asyncio.Queue[RowResult | Event | None] = asyncio.Queue()
        self._notes: set[asyncio.Task[str]] = set()
        self._job: Job | None = None
        self._going = asyncio.Event()
        self._going.set()
        self._reason = ""
        self._stopped = False
        self._streak = EqualFailures()
        self._todo: set[int] = set()
        self._looks: Counter[int] = Counter()

    @property
    def id(self) -> str:
        return self.files.id

    @property
    def progress(self) -> RunProgress:
        return RunProgress(
            counts=Counter(self._counts),
            rate=self._pace.rate(time.monotonic()),
            under_way=self._job.progress.under_way if self._job else 0,
            paused=not self._going.is_set(),
            reason=self._reason,
            stopped=self._stopped,
            silent=self._limiter.outage_seconds(),
        )

    # What the user, or the run itself, wants

    def pause(self, reason: str = "Paused.") -> None:
        """Start nothing more; what is in flight ends."""
        if self._stopped or not self._going.is_set():
            return
        self._reason = reason
        self._going.clear()
        if self._job is not None:
            self._job.pause()
        self._tell(Event("paused", reason=reason))

    def go_on(self) -> None:
        """Continue after a pause."""
        if self._going.is_set():
            return
        self._reason, self._streak = "", EqualFailures()
        self._going.set()
        self._pace.start()
        if self._job is not None:
            self._job.resume()
        self._tell(Event("resumed", account=self.header.account))

    def stop(self) -> None:
        """Start nothing more, let what is in flight end, and end; the run can be resumed later."""
        self._stopped = True
        self._going.set()
        if self._job is not None:
            self._job.cancel()

    # Running

    async def follow(self) -> AsyncGenerator[RowResult | Event, None]:
        """Carry out the run and yield results of rows as they end, and events. Call it once only.

        A row may have more than one result: failures of the whole run are taken back. Closing the iterator
        stops the run and waits for what is in flight; when the caller is cancelled,
        ``Interrupted.outcome`` are the items not yielded yet.
        """
        work = asyncio.create_task(self._carry_out())
        work.add_done_callback(lambda _: self._items.put_nowait(None))
        try:
            while (item := await self._items.get()) is not None:
                yield item
            work.result()
        except asyncio.CancelledError:
            raise Interrupted(await self._ended_early(work)) from None
        finally:
            await self._ended_early(work)

    async def _ended_early(self, work: "asyncio.Task[None]") -> tuple[RowResult | Event, ...]:
        if not work.done():
            self.stop()
        await asyncio.gather(work, return_exceptions=True)
        left = [self._items.get_nowait() for _ in range(self._items.qsize())]
        return tuple(item for item in left if item is not None)

    async def _carry_out(self) -> None:
        try:
            await self._set_up()
            while True:
                await self._settle_unknown()
                if self._stopped or not self._todo:
                    break
                await self._pass()
            await self._conclude()
        finally:
            await asyncio.gather(*self._notes, return_exceptions=True)
            await self.session.close()
            self.files.close()

    async def _set_up(self) -> None:
        """Learn what previous processes did, and what is to be done."""
        logs, ended = await asyncio.to_thread(lambda: self.files.logs(self._rows))
        kept = await asyncio.to_thread(self.files.hand_over.read)
        nothing = RowLog()
        for number, row in enumerate(self._rows, 1):
            state = ended.get(row.number) or logs.get(row.number, nothing).state(row)
            self._set_state(row.number, state)
            if state in _UNFINISHED:
                self._todo.add(row.number)
                if row.number in logs:
                    self._logs[row.number] = logs[row.number]
                line = kept.get(row.number)
                if line is not None and line.password:
                    self._passwords[row.number] = Secret(line.password)
                if line is not None:
                    self._kept(line)
            if not number % _YIELD_EVERY:
                await asyncio.sleep(0)
        identity = await self.session.identify()
        self._tell(Event("resumed" if self.files.last_event() else "begun", account=identity.account))

    def _set_state(self, number: int, state: State) -> None:
        before = self._states.get(number)
        if before is not None:
            self._counts[before] -= 1
        self._states[number] = state
        self._counts[state] += 1

    async def _settle_unknown(self) -> None:
        """Look at what is not known: of earlier processes, or of this one."""
        unknown = [(number, one) for number, log in self._logs.items() for one in log.unknown]
        slots = asyncio.Semaphore(_SETTLED_AT_ONCE)

        async def look(number: int, intent: Record) -> None:
            async with slots:
                if not self._stopped:
                    await self._look(number, intent)

        await asyncio.gather(*(look(number, intent) for number, intent in unknown))

    async def _look(self, number: int, intent: Record) -> None:
        """A change that does not show may be sent again: the server refuses a user name that is taken, and a
        membership or grant that is there."""
        self._looks[number] += 1
        try:
            await settle(self.session.with_timing(_ONE_LOOK), intent)
        except errors.AlreadyThere:  # by somebody else: sending tells what that means for the row
            self._reopen([number])
        except Failure as failure:
            may_send = isinstance(failure, Unsettled) and failure.checked
            if may_send and self._looks[number] <= _MOST_LOOKS:
                self._todo.add(number)
            else:
                self._todo.discard(number)
            return
        if self._logs[number].state(self._planned(number)) in _UNFINISHED:
            self._todo.add(number)
        else:
            self._todo.discard(number)
            self._report(number)

    def _planned(self, number: int) -> PlannedRow:
        row = self._rows[number - 1]
        assert row.number == number
        return row

    async def _pass(self) -> None:
        """Send the rows that are to be sent."""
        todo, self._todo = self._todo, set()
        self._job = Job(
            self.session,
            self._entries(todo),
            limiter=self._limiter,
            run=self.id,
            total=len(todo),
            workers=WORKERS,
        )
        if not self._going.is_set():
            self._job.pause()
        if self._stopped:
            self._job.cancel()
        self._pace.start()
        async for result in self._job.results():
            assert isinstance(result.entry, RowEntry)
            await self._entry_ended(result.entry)

    async def _entries(self, todo: set[int]) -> AsyncIterator[RowEntry]:
        """The rows of the file again, which must say what they said when they were planned."""
        left = len(todo)
        rows = self._file.rows()
        for count, planned in enumerate(self._rows, 1):
            if not left:
                return
            row = next(rows, None)
            if row is None or row.digest != planned.digest:
                self.pause("The file was changed since it was planned. Check it again and start another run.")
                self.stop()
                return
            if planned.number in todo:
                left -= 1
                yield self._entry(planned, row)
            elif not count % _YIELD_EVERY:
                await asyncio.sleep(0)

    def _entry(self, planned: PlannedRow, row: Row) -> RowEntry:
        log = self._logs.setdefault(planned.number, RowLog())
        return RowEntry(self, planned, row, self._directory, log)

    async def _entry_ended(self, entry: RowEntry) -> None:
        for record in entry.unrecorded:
            await self.files.journal.conclude(record)
        if self._logs[entry.row].state(entry.planned) == "pending":
            return
        self._pace.ended(time.monotonic())
        self._report(entry.row)

    def _report(self, number: int) -> None:
        """Tell the result of a row, which is recorded by now."""
        log, planned = self._logs[number], self._planned(number)
        kept, until = self._handed_over.get(number, ("", ""))
        result = log.result(planned, kept, until)
        self._set_state(number, result.state)
        if result.state in ("done", "unchanged"):
            del self._logs[number]
            self._passwords.pop(number, None)
            self._handed_over.pop(number, None)
        self._items.put_nowait(result)

    async def _conclude(self) -> None:
        """Record how the run stands, and tell it."""
        await asyncio.gather(*self._notes)
        counts = {state: number for state, number in self._counts.items() if number}
        is_ended = not any(self._counts[state] for state in _UNFINISHED)
        event = Event("ended") if is_ended else Event("paused", reason=self._reason or "Stopped.")
        event = msgspec.structs.replace(event, counts=counts)
        await self.files.journal.note(event)
        if is_ended:
            await self._outer.journal.conclude(Record(entry=self.id, outcome=journal.DONE, run=self.id))
        self._items.put_nowait(event)

    # What entries tell

    def _recorded(self, record: Record) -> None:
        """A change of a row is in the journal."""
        if record.row:
            self._logs.setdefault(record.row, RowLog()).add(record)

    def _tell(self, event: Event) -> None:
        self._items.put_nowait(event)
        note = asyncio.create_task(self.files.journal.note(event))
        self._notes.add(note)
        note.add_done_callback(self._notes.discard)

    def _reopen(self, numbers: list[int]) -> None:
        """Take failures back that do not speak about their rows."""
        for number in numbers:
            if number in self._logs:
                self._logs[number].reopen()
            self._set_state(number, "pending")
        self._tell(Event("reopened", rows=tuple(numbers)))

    def succeeded(self) -> None:
        """A step was done."""
        self._streak.end()

    def has_failed(self, entry: RowEntry, step: str, failure: Failure) -> bool:
        """Whether a failure is to be taken as one of the row; after too many alike the run pauses."""
        reference = failure.source.error_id if isinstance(failure, errors.ZitadelError) else ""
        key = (step == CREATE, type(failure), reference)
        rows = self._streak.add(entry.row, key)
        if not rows:
            return True
        self.pause(f"{MOST_EQUAL} rows in a row failed alike. {failure.summary}")
        self._todo.update(rows)
        self._reopen(rows)
        return False

    def is_to_be_tried_again(self, entry: RowEntry, failure: Failure, attempts: int) -> bool:
        """Whether the same step is sent again, after a pause of the run where that is needed."""
        if concerns_all(failure):
            self.pause(f"{failure.summary} {failure.hint}".strip())
            self._reopen([entry.row])
            return True
        if not isinstance(failure, _AGAIN):
            return False
        outage, held = self._limiter.outage_seconds(), self._limiter.held_seconds
        if held >= LONGEST_OUTAGE:
            self.pause(f"The server asks to wait for {words.duration(held)}. {failure.summary}")
            return True
        if outage >= LONGEST_OUTAGE:
            self.pause(f"No answer for {round(outage / 60)} minutes. {failure.summary}")
            return True
        return outage > 0 or isinstance(failure, errors.RateLimited) or attempts < _MOST_ATTEMPTS

    def password_for(self, row: Row) -> Secret:
        """A password for a row: the one that an earlier request of it had, too."""
        if row.number not in self._passwords:
            self._passwords[row.number] = rules.generated_password(self._directory.password_policy)
        return self._passwords[row.number]

    def _kept(self, line: HandOverLine) -> None:
        """The hand-over file holds something for a user."""
        self._handed_over[line.row] = (line.holds, line.until)


async def begin(
    session: Session,
    header: Header,
    rows: Sequence[PlannedRow],
    file: File,
    directory: Directory,
    limiter: Limits,
    *,
    root: Path,
) -> Run:
    """A new run of a plan, in a new directory of ``root``. Raises ``Locked`` and ``JournalFailure``."""
    await session.coordination()
    files = await asyncio.to_thread(lambda: RunFiles.create(root, header, rows))
    try:
        await session.journal.intend(_whole(files.id, header, rows, session))
    except JournalFailure:
        files.forget()
        raise
    return Run(session, header, rows, file, directory, files, limiter)


async def resume(session: Session, files: RunFiles, file: File, directory: Directory, limiter: Limits) -> Run:
    """Go on with a run that has not ended, maybe of another process and with another account. Raises
    ``Locked``, ``Damaged``, ``JournalFailure``, and ``WrongRun`` for another organization."""
    header = await asyncio.to_thread(files.header)
    check_place(header, session.client.transport.origin, (await session.identify()).organization)
    await session.coordination()
    files.lock(header)
    try:
        await asyncio.to_thread(files.fill_reserve)
        rows = await asyncio.to_thread(lambda: list(files.rows()))
    except OSError as error:
        files.close()
        raise journal.cannot_be_recorded(files.place, error) from error
    except Failure:
        files.close()
        raise
    return Run(session, header, rows, file, directory, files, limiter)


class WrongRun(UsageFailure):
    """The run is for another server or organization."""


def check_place(header: Header, origin: str, organization: str) -> None:
    """Raises ``WrongRun`` when a run is not for this server and organization."""
    if (origin, organization) != (header.instance, header.organization):
        raise WrongRun(
            f"This run is for organization {shown(header.organization)} at {shown(header.instance)}.",
            "Sign in there, and choose the organization with --org.",
        )


def _whole(run: str, header: Header, rows: Sequence[PlannedRow], session: Session) -> Record:
    """The run as one line of the journal of all changes."""
    number = sum(bool(row.steps) for row in rows)
    name = Path(header.file.path).name or "standard input"
    return Record(
        entry=run,
        kind=ONBOARDING,
        what=f"Onboard {words.plural(number, 'user')} from {shown(name)}.",
        context=session.context,
        instance=header.instance,
        organization=header.organization,
        account=header.account,
        run=run,
    )
