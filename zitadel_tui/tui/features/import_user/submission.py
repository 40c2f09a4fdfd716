"""An import on its way: sent once, and looked at before anything else may be sent."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zitadel_tui.core.person_form import PersonForm
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.zitadel.errors import AlreadyThere
from zitadel_tui.zitadel.wire.users import ImportHuman

if TYPE_CHECKING:
    from zitadel_tui.core.changes import Applied
    from zitadel_tui.core.journal import Record
    from zitadel_tui.core.session import Session
    from zitadel_tui.tui.feature import View


@dataclass(frozen=True, slots=True)
class Sending:
    """One import that was sent, by what form; ``record`` lets it be looked up when its answer was lost."""

    form: PersonForm
    body: ImportHuman
    record: "Record | None" = None

    @property
    def called(self) -> str:
        profile = self.body.profile
        return shown(f"{profile.first_name} {profile.last_name}".strip())


class ImportSubmission:
    """``ended`` and ``refused`` are called on the interface's loop; after ``OutcomeUnknown`` the import is
    :attr:`unknown`, and stays so until a look has told."""

    def __init__(
        self,
        view: "View",
        *,
        ended: "Callable[[Sending, Applied], None]",
        refused: Callable[[Sending, Failure], None],
        not_there: Callable[[Sending], None],
    ) -> None:
        self._view = view
        self._ended, self._refused, self._not_there = ended, refused, not_there
        self.sending: Sending | None = None
        self.unknown: Sending | None = None
        self.looking = False

    def reason_against_sending(self) -> str | None:
        if self.sending is not None:
            return "One is being sent; wait for its answer."
        if self.unknown is not None:
            return "First look whether the one before was created: ctrl+l."
        return None

    def send(self, form: PersonForm, body: ImportHuman) -> None:
        """Belongs to the app: leaving the view does not stop it."""
        sending = self.sending = Sending(form, body)

        async def work(session: "Session") -> "Applied":
            from zitadel_tui.core.changes import ImportUser, apply

            return await apply(session, ImportUser(body))

        def ended(applied: "Applied") -> None:
            self.sending = None
            self._ended(sending, applied)

        def refused(failure: Failure) -> None:
            self.sending = None
            from zitadel_tui.core.changes import Unsettled

            if isinstance(failure, Unsettled):
                self.unknown = replace(sending, record=failure.record)
            self._refused(sending, failure)

        self._view.app.network.submit_write(work, then=ended, failed=refused)

    def look(self) -> None:
        """Whether the unknown one was created after all."""
        unknown = self.unknown
        if unknown is None or unknown.record is None:
            return
        self.looking, record = True, unknown.record

        async def look(session: "Session") -> "Applied":
            from zitadel_tui.core.changes import settle

            return await settle(session, record)

        def told(applied: "Applied") -> None:
            self.looking, self.unknown = False, None
            self._ended(unknown, applied)

        def failed(failure: Failure) -> None:
            from zitadel_tui.core.changes import Unsettled

            self.looking = False
            if isinstance(failure, Unsettled) and failure.checked:
                self.unknown = None
                self._not_there(unknown)
                return
            if isinstance(failure, AlreadyThere):
                self.unknown = None
            self._refused(unknown, failure)

        self._view.app.network.submit(self._view, look, then=told, failed=failed, group="look")
