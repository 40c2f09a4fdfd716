"""A row of a file as an entry of the job: which change comes next, and what an outcome means for the row."""

from typing import Protocol

import msgspec

from zitadel_tui.core import journal
from zitadel_tui.core.changes import Applied, Change, Unsettled
from zitadel_tui.core.journal import Record
from zitadel_tui.core.onboard.changes import ImportRow, assigning
from zitadel_tui.core.onboard.records import CREATE, ROLES, Header, PlannedRow
from zitadel_tui.core.onboard.row_log import RowLog
from zitadel_tui.core.onboard.rows import Row
from zitadel_tui.core.onboard.run_files import RunFiles
from zitadel_tui.core.projects import Project, ProjectRoles
from zitadel_tui.failure import Failure
from zitadel_tui.secret import Secret
from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.organizations import PasswordComplexity
from zitadel_tui.zitadel.wire.users import ImportedHuman, ImportHuman

_GONE = (
    "Not assigned: the project or a role that the row names was removed or renamed since the plan was made."
)


class Assignments(Protocol):
    """What a row is to be assigned, by the names of the server."""

    @property
    def roles(self) -> tuple[str, ...]: ...

    @property
    def grants(self) -> tuple[ProjectRoles, ...]: ...


class Directory(Protocol):
    """What is known of the organization."""

    @property
    def password_policy(self) -> PasswordComplexity | None: ...

    def body(self, row: Row) -> ImportHuman:
        """What to send."""
        ...

    def assignments(self, row: Row) -> Assignments: ...


class RunOfRow(Protocol):
    """What a row asks of its run."""

    header: Header
    files: RunFiles

    def pause(self, reason: str = ...) -> None: ...

    def succeeded(self) -> None:
        """A step was done."""
        ...

    def has_failed(self, entry: "RowEntry", step: str, failure: Failure) -> bool:
        """Whether a failure is to be taken as one of the row."""
        ...

    def is_to_be_tried_again(self, entry: "RowEntry", failure: Failure, attempts: int) -> bool:
        """Whether the same step is sent again."""
        ...

    def password_for(self, row: Row) -> Secret:
        """A password for a row: the one that an earlier request of it had, too."""
        ...


class RowEntry:
    """A row as an entry of the job: creating its user, then assigning roles. What fails after creating does
    not keep the rest from being tried."""

    def __init__(
        self, run: RunOfRow, planned: PlannedRow, row: Row, directory: Directory, log: RowLog
    ) -> None:
        assignments = directory.assignments(row)
        self.row = planned.number
        self.planned = planned
        self.unrecorded: list[Record] = []
        """Refusals that were met before anything was recorded."""
        self._run, self._content, self._directory, self._log = run, row, directory, log
        self._roles = assignments.roles
        self._grants = {one.project.id: one for one in assignments.grants}
        self._left = [name for name in planned.steps if not log.step(name).is_done]
        self._user_id = log.user_id or planned.user_id
        self._is_new = False
        self._attempts = 0
        self._change: Change | None = None

    def next(self, outcome: Applied | Failure | None) -> Change | None:
        """The next change; None when the row has ended."""
        if outcome is not None and not self._is_same_again(outcome):
            self._change = None
        if self._change is None:
            self._refuse_what_is_gone()
            self._change = self._made(self._left[0]) if self._left else None
        return self._change if self._left else None

    def _refuse_what_is_gone(self) -> None:
        """Projects and roles may have been deleted or renamed since the plan, before a run went on."""
        while self._left and not self._is_there(self._left[0]):
            change = self._made(self._left[0])
            self.unrecorded.append(_refused(self.row, change, Failure(_GONE)))
            self._left = self._left[1:]

    def _is_there(self, step: str) -> bool:
        return step == CREATE or (
            bool(self._roles) if step == ROLES else step.partition(" ")[2] in self._grants
        )

    def _is_same_again(self, outcome: Applied | Failure) -> bool:
        step = self._left[0]
        if isinstance(outcome, Applied):
            self._run.succeeded()
            self._take(step, outcome)
            return False
        self._attempts += 1
        if isinstance(outcome, Unsettled):
            self._left = []
            return False
        if self._run.is_to_be_tried_again(self, outcome, self._attempts):
            return True
        if not self._run.has_failed(self, step, outcome):
            self._left = []
            return False
        if not self._log.step(step).is_refused:
            assert self._change is not None
            self.unrecorded.append(_refused(self.row, self._change, outcome))
        self._left = [] if step == CREATE else self._left[1:]
        return False

    def _take(self, step: str, applied: Applied) -> None:
        self._left, self._attempts = self._left[1:], 0
        if step != CREATE:
            return
        self._user_id = applied.user_id
        self._is_new = applied.changed and not applied.settled
        answer = applied.answer
        if not isinstance(answer, ImportedHuman):
            return
        owner = answer.details.resource_owner
        if owner and owner != self._run.header.organization:
            misplaced = Failure(
                f"The server created {shown(self.planned.user_name)} in the organization {shown(owner)}; no "
                "roles were assigned.",
                "Check whether a proxy removes the header x-zitadel-orgid.",
            )
            self._run.pause(f"{misplaced.summary} {misplaced.hint}")
            changes = [self._made(name) for name in self._left]
            self.unrecorded += [_refused(self.row, change, misplaced) for change in changes]
            self._left = []

    def _made(self, step: str) -> Change:
        who = self.planned.user_name
        if step == CREATE:
            return self._creating()
        if step == ROLES:
            return assigning(self._user_id, who, self._roles, None, new_user=self._is_new)
        project_id = step.partition(" ")[2]
        grant = self._grants.get(project_id) or ProjectRoles(Project(project_id), ())
        return assigning(self._user_id, who, (), grant, new_user=self._is_new)

    def _creating(self) -> ImportRow:
        body, generated = self._directory.body(self._content), self._content.generate_password
        if generated:
            body = msgspec.structs.replace(body, password=self._run.password_for(self._content))
        return ImportRow(
            body,
            row=self.row,
            hand_over=self._run.files.hand_over,
            generated=generated,
            earlier=tuple(self._log.step(CREATE).intents),
        )


def _refused(row: int, change: Change, failure: Failure) -> Record:
    """A refusal that was met while reading, as one line."""
    reference = failure.reference if isinstance(failure, errors.ZitadelError) else ""
    return msgspec.structs.replace(
        change.to_record(),
        entry=journal.new_entry(),
        row=row,
        outcome=journal.REFUSED,
        sentence=change.without_secrets(failure.summary),
        error=reference or type(failure).__name__,
    )
