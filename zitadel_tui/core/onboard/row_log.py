"""What the journal of a run says of one row, and the result that follows from it."""

from dataclasses import dataclass, field

import msgspec

from zitadel_tui.core import journal
from zitadel_tui.core.changes import AddGrantRoles, AddRoles, ImportUser
from zitadel_tui.core.journal import Record
from zitadel_tui.core.onboard.records import (
    CREATE,
    ROLES,
    HandedOver,
    PlannedRow,
    RowResult,
    State,
    Waits,
    grant_step,
)
from zitadel_tui.text import shown


def step_of(record: Record) -> str:
    """The step that a recorded change belongs to; empty for another kind of change."""
    if record.kind == ImportUser.kind:
        return CREATE
    if record.kind == AddRoles.kind:
        return ROLES
    return grant_step(str(record.wanted.get("projectId", ""))) if record.kind == AddGrantRoles.kind else ""


@dataclass(slots=True)
class StepLog:
    """One step. ``intent`` is the newest one; ``ended`` how it ended, None while that is not known."""

    intents: list[Record] = field(default_factory=list)
    ended: Record | None = None

    @property
    def is_done(self) -> bool:
        return self.ended is not None and self.ended.outcome in (journal.DONE, journal.UNCHANGED)

    @property
    def is_changed(self) -> bool:
        return self.ended is not None and self.ended.outcome == journal.DONE

    @property
    def is_refused(self) -> bool:
        return self.ended is not None and self.ended.outcome == journal.REFUSED

    @property
    def unknown(self) -> Record | None:
        """The intent whose outcome is not known."""
        is_open = self.ended is None or self.ended.outcome == journal.UNKNOWN
        return self.intents[-1] if self.intents and is_open else None


@dataclass(slots=True)
class RowLog:
    """The changes of one row, in the order in which they were recorded."""

    steps: dict[str, StepLog] = field(default_factory=dict)
    _step_of_entry: dict[str, str] = field(default_factory=dict)

    def step(self, name: str) -> StepLog:
        return self.steps.setdefault(name, StepLog())

    def add(self, record: Record) -> None:
        """Take a line of the journal. A change that met its refusal before it was recorded is one line."""
        if record.kind:
            name = self._step_of_entry[record.entry] = step_of(record)
            step = self.step(name)
            step.intents.append(record)
            step.ended = record if record.outcome else None
            return
        name = self._step_of_entry.get(record.entry, "")
        if name and self.steps[name].intents[-1].entry == record.entry:
            self.steps[name].ended = record

    def reopen(self) -> None:
        """Forget refusals: they do not speak about the row."""
        for step in self.steps.values():
            if step.is_refused:
                step.intents, step.ended = [], None

    @property
    def user_id(self) -> str:
        """The user who was created or found by creating; empty when there is none yet."""
        create = self.steps.get(CREATE)
        return create.ended.user if create and create.ended and create.is_done else ""

    @property
    def unknown(self) -> list[Record]:
        """The intents whose outcome is not known."""
        return [intent for step in self.steps.values() if (intent := step.unknown) is not None]

    def state(self, planned: PlannedRow) -> State:
        """The state of the row, as far as recorded."""
        if not planned.steps:
            return "unchanged" if planned.verdict == "exists" else "skipped"
        logs = [self.steps.get(name) or StepLog() for name in planned.steps]
        if any(log.unknown for log in logs):
            return "unknown"
        create = self.steps.get(CREATE)
        if CREATE in planned.steps and create is not None and create.is_refused:
            return "failed"
        if not all(log.is_done or log.is_refused for log in logs):
            return "pending"
        if any(log.is_refused for log in logs):
            return "failed"
        return "done" if any(log.is_changed for log in logs) else "unchanged"

    def result(self, planned: PlannedRow, handed_over: HandedOver = "", until: str = "") -> RowResult:
        """What has become of the row. ``handed_over`` is what the hand-over file holds for it."""
        done = {name: log for name, log in self.steps.items() if log.is_done}
        state = self.state(planned)
        create, roles = done.get(CREATE), done.get(ROLES)
        created = create is not None and create.is_changed
        ended = [log.ended for log in self.steps.values() if log.ended is not None]
        asked = any(intent.wanted.get("passkeyLink") for intent in (create.intents if create else ()))
        waits: Waits = handed_over if created else ""
        if created and asked and waits != "link":
            waits = "link lost"
        return RowResult(
            planned.number,
            planned.line,
            planned.user_name,
            planned.verdict,
            state,
            user_id=self.user_id or planned.user_id,
            created=created,
            roles=_gained(roles),
            grants=tuple(_granted(log) for name, log in done.items() if name not in (CREATE, ROLES)),
            sentences=tuple(one.sentence for one in ended if one.sentence) or planned.problems,
            reference=next((one.error for one in reversed(ended) if one.error), ""),
            waits=waits,
            until=until if waits == "link" else "",
        )


def _gained(log: StepLog | None) -> tuple[str, ...]:
    if log is None or log.ended is None:
        return ()
    return tuple(msgspec.convert(log.intents[-1].wanted.get("roles", ()), tuple[str, ...]))


def _granted(log: StepLog) -> str:
    wanted = log.intents[-1].wanted
    return f"{wanted.get('project') or wanted.get('projectId', '')}:{','.join(_gained(log))}"


def summary(result: RowResult) -> str:
    """What happened to the row, in one line that is safe for a terminal."""
    return shown(" ".join(result.sentences))
