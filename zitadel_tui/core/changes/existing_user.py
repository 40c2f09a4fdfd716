"""What changes to one user who exists have in common."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from zitadel_tui.core.changes.attribution import number
from zitadel_tui.core.changes.base import Applied, Preview, Step, UserChange
from zitadel_tui.core.journal import Baseline, Record
from zitadel_tui.core.session import Session
from zitadel_tui.zitadel import calls


@dataclass(frozen=True, slots=True)
class ExistingUserChange(UserChange):
    """A change to a user of this organization. The user's history, which is immediate, shows it (contract
    §8.1)."""

    event: ClassVar[str]
    """How the key of its event ends."""

    async def check(self, session: Session) -> Preview:
        """Raises ``NotFound`` for a user who is not in this organization."""
        await session.client.send(calls.user(self.user_id))
        return Preview()

    async def prepare(self, session: Session) -> Step:
        newest = (await session.client.send(calls.user_history(self.user_id, limit=1))).result
        baseline = Baseline(sequence=number(newest[0].sequence) if newest else 0)
        return Step(self.calls()[0], baseline=baseline)

    async def settle(self, session: Session, record: Record) -> Applied | None:
        newer = calls.user_history(self.user_id, limit=0, after=record.baseline.sequence)
        history = (await session.client.send(newer)).result
        editors = [entry.editor_id for entry in history if entry.event_type.key.endswith(self.event)]
        if record.account not in editors:
            return await self._settle_undone(session, editors)
        return Applied(self._settled_sentence(), self.user_id, settled=True)

    async def _settle_undone(self, session: Session, editors: list[str]) -> Applied | None:
        """``editors`` are others who made the same change meanwhile."""
        return None

    @abstractmethod
    def _settled_sentence(self) -> str: ...
