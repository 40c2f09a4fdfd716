"""What a failure of one row says of the others."""

from zitadel_tui.core.journal import JournalFailure
from zitadel_tui.failure import Failure
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.refusal import UNKNOWN_ORGANIZATION

MOST_EQUAL = 20
"""Rows in a row that fail alike after which a run pauses."""
CONCERNS_ALL = (
    errors.SignInRefused,
    errors.NotPermitted,
    errors.NoMembership,
    errors.ReadOnly,
    errors.NotZitadel,
    JournalFailure,
)
"""Failures that every other row would meet, too."""


def concerns_all(failure: Failure) -> bool:
    """Whether every other row would meet it, too: also when the organization does not exist."""
    is_gone = isinstance(failure, errors.ZitadelError) and failure.source.error_id == UNKNOWN_ORGANIZATION
    return is_gone or isinstance(failure, CONCERNS_ALL)


class EqualFailures:
    """Rows in a row that failed alike; after :data:`MOST_EQUAL` of them, one more such failure is enough."""

    def __init__(self) -> None:
        self._key: object = None
        self._rows: list[int] = []
        self._met: object = None
        """What so many rows met."""

    def add(self, row: int, key: object) -> list[int]:
        """Take a failure, of which ``key`` says which it is. Returns the rows that failed alike once they are
        too many, and begins anew; until then none."""
        if key != self._key:
            self.end()
            self._key = key
        self._rows.append(row)
        if len(self._rows) < MOST_EQUAL and key != self._met:
            return []
        rows, self._met = self._rows, key
        self.end()
        return rows

    def end(self) -> None:
        """Begin anew: a step was done."""
        self._key, self._rows = None, []
