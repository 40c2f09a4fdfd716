"""Plans that are saved, and what has changed since."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from zitadel_tui.core.onboard.records import Header, PlannedRow
from zitadel_tui.core.onboard.run_files import new_file, read_header, read_rows, write_plan
from zitadel_tui.failure import UsageFailure

CHANGED = "Changed since the plan was saved: it was to be {}."


class SavedPlan(NamedTuple):
    """A plan that was saved, which a later one is held to."""

    header: Header
    rows: list[PlannedRow]

    def check(self, now: Header) -> None:
        """Raises ``UsageFailure`` when it is of another file, server, organization or of other options, or
        is not complete."""
        before = self.header
        for what, then, today in (
            ("another file, or the file was changed", before.file.digest, now.file.digest),
            ("another server", before.instance, now.instance),
            ("another organization", before.organization, now.organization),
            ("other options", before.options, now.options),
        ):
            if then != today:
                raise UsageFailure(
                    f"The plan was saved for {what}.", "Check the file again, and save another plan."
                )
        if len(self.rows) != now.file.rows:
            raise UsageFailure(
                "The saved plan is not complete.", "Check the file again, and save another plan."
            )

    def held(self, now: PlannedRow) -> PlannedRow:
        """``now`` with only what was promised: a row whose verdict is another one is not sent, except for a
        user who exists by now. The user name may belong to somebody else, with the same verdict."""
        before = self.rows[now.number - 1]
        same = (now.verdict, now.digest, now.user_id) == (before.verdict, before.digest, before.user_id)
        if same or (before.verdict, now.verdict) == ("create", "exists"):
            return now
        verdict = "conflict" if now.steps or now.verdict == "exists" else now.verdict
        reason = CHANGED.format(before.verdict)
        return msgspec.structs.replace(now, verdict=verdict, problems=(*now.problems, reason), steps=())


def save(header: Header, rows: Iterable[PlannedRow], path: Path) -> None:
    """Write a new file, mode 0600. Raises ``UsageFailure``."""
    with new_file(path) as file:
        write_plan(file, header, rows)


def load(path: Path) -> SavedPlan:
    """Read a saved plan. Raises ``Damaged``."""
    return SavedPlan(read_header(path), list(read_rows(path)))
