"""What the journal of a run says of one row."""

import pytest

from zitadel_tui.core import journal
from zitadel_tui.core.changes import AddRoles, ImportUser
from zitadel_tui.core.journal import Record
from zitadel_tui.core.onboard.records import CREATE, ROLES, PlannedRow, State
from zitadel_tui.core.onboard.row_log import RowLog

ROW = PlannedRow(1, 2, "digest", "create", user_name="ada", steps=(CREATE, ROLES))


def log_of(create: str, roles: str | None = None) -> RowLog:
    """The log of a row whose steps had these outcomes; an empty one: only the intent."""
    log = RowLog()
    for entry, kind, outcome in (("c", ImportUser.kind, create), ("r", AddRoles.kind, roles)):
        if outcome is not None:
            log.add(Record(entry=entry, kind=kind, row=1))
        if outcome:
            log.add(Record(entry=entry, outcome=outcome, user="7"))
    return log


@pytest.mark.parametrize(
    ("create", "user_id"),
    [(journal.DONE, "7"), (journal.UNCHANGED, "7"), (journal.REFUSED, ""), (journal.UNKNOWN, ""), ("", "")],
)
def test_the_user_is_known_when_it_was_created_or_was_there_already(create: str, user_id: str) -> None:
    assert log_of(create).user_id == user_id


@pytest.mark.parametrize(
    ("create", "roles", "state"),
    [
        (journal.DONE, journal.DONE, "done"),
        (journal.UNCHANGED, journal.DONE, "done"),
        (journal.DONE, journal.UNCHANGED, "done"),
        (journal.UNCHANGED, journal.UNCHANGED, "unchanged"),
        (journal.DONE, journal.REFUSED, "failed"),
        (journal.REFUSED, None, "failed"),
        (journal.DONE, None, "pending"),
        (journal.DONE, "", "unknown"),
        (journal.UNKNOWN, None, "unknown"),
    ],
)
def test_the_state_of_a_row_follows_from_its_steps(create: str, roles: str | None, state: State) -> None:
    assert log_of(create, roles).state(ROW) == state


def test_a_row_that_is_opened_again_forgets_what_was_refused_and_nothing_else() -> None:
    log = log_of(journal.DONE, journal.REFUSED)
    log.reopen()
    assert (log.user_id, log.state(ROW)) == ("7", "pending")
