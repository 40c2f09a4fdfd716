"""The changes of a row: importing its user, who may exist by now, and assigning roles."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from zitadel_tui.core import journal, words
from zitadel_tui.core.changes import (
    AddGrantRoles,
    AddRoles,
    Applied,
    Change,
    ImportUser,
    MakePasskeyLink,
)
from zitadel_tui.core.changes.base import Step
from zitadel_tui.core.journal import JournalFailure, Record
from zitadel_tui.core.onboard.existing import has_email
from zitadel_tui.core.onboard.records import HandOverLine
from zitadel_tui.core.onboard.run_files import HandOver
from zitadel_tui.core.projects import ProjectRoles
from zitadel_tui.core.session import Session
from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.refusal import UNIQUE_VIOLATED
from zitadel_tui.zitadel.wire.users import ImportedHuman, PasskeyLink

_NOT_KEPT = "The passkey link could not be stored; create another one."


class NameTaken(errors.AlreadyThere):
    """The user name belongs to a user that the row does not mean."""


@dataclass(frozen=True, slots=True)
class FoundStep(Step):
    """Nothing is to be sent: the user exists. ``ours``: an earlier request of this row created it."""

    user_id: str = ""
    ours: bool = False


@dataclass(frozen=True, slots=True)
class ImportRow(ImportUser):
    """Imports the user of a row.

    A generated password is in the hand-over file before its request leaves, a link before its result is
    recorded. A user with this name who is there by then is taken for the row's when the email is the same,
    and for created by the run when one of the ``earlier`` intents created it: a request that was lost may
    arrive late.
    """

    row: int = field(kw_only=True)
    hand_over: HandOver = field(kw_only=True)
    generated: bool = field(default=False, kw_only=True)
    earlier: Sequence[Record] = field(default=(), kw_only=True)

    async def prepare(self, session: Session) -> Step:
        step = await super(ImportRow, self).prepare(session)
        if self.generated and self.body.password is not None:
            try:
                await self.hand_over.keep(self._line(password=self.body.password.reveal()))
            except OSError as error:
                raise JournalFailure(
                    f"Not sent: the generated password cannot be saved in {shown(str(self.hand_over.path))}.",
                    "Free space or repair the directory, then continue.",
                ) from error
        return step

    def has_another_way(self, step: Step, refusal: errors.ZitadelError) -> bool:
        return isinstance(refusal, errors.AlreadyThere) and refusal.source.error_id == UNIQUE_VIOLATED

    async def prepare_again(self, session: Session, step: Step) -> Step:
        found = await session.timing.poll(lambda: self._named(session))
        if found is None:
            raise NameTaken(
                f"The user name {shown(self.body.user_name)!r} belongs to a user of another organization.",
                "Choose another user name in the file.",
            )
        for intent in self.earlier:
            if await self._is_ours(session, found, intent):
                return FoundStep(None, user_id=found.id, ours=True)
        if found.human is None or not has_email(found, self.body):
            kind = "a service account" if found.human is None else "a user with another email"
            raise NameTaken(
                f"The user name {shown(self.body.user_name)!r} belongs to {kind}.",
                "Choose another user name in the file.",
            )
        return FoundStep(None, user_id=found.id)

    def unchanged(self, step: Step) -> Applied:
        assert isinstance(step, FoundStep)
        if step.ours:
            sentence = f"{self.called} was created by an earlier request of this run."
            return Applied(sentence, step.user_id, settled=True)
        sentence = f"No change: {self.called} exists already."
        return Applied(sentence, step.user_id, changed=False)

    async def finish(self, session: Session, step: Step, answer: ImportedHuman) -> Applied:
        applied = await super(ImportRow, self).finish(session, step, answer)
        registration = answer.passwordless_registration
        if registration is None or registration.link is None:
            return applied
        line = self._line(link=registration.link.reveal(), until=expiry(registration.lifetime))
        try:
            await self.hand_over.keep(line, is_result=True)
        except OSError:
            return replace(applied, warning=_NOT_KEPT)
        return applied

    def _line(self, *, password: str = "", link: str = "", until: str = "") -> HandOverLine:
        return HandOverLine(self.row, self.body.user_name, password, link, until)


@dataclass(frozen=True, slots=True)
class RenewLink(MakePasskeyLink):
    """Makes a new link for the user of a row, which is in the hand-over file before its result is
    recorded."""

    row: int = field(kw_only=True)
    hand_over: HandOver = field(kw_only=True)

    async def finish(self, session: Session, step: Step, answer: PasskeyLink) -> Applied:
        applied = await super(RenewLink, self).finish(session, step, answer)
        line = HandOverLine(self.row, self.who, link=answer.link.reveal(), until=expiry(answer.expiration))
        try:
            await self.hand_over.keep(line, is_result=True)
        except OSError:
            return replace(applied, answer=None, warning=_NOT_KEPT)
        return applied


def expiry(lifetime: str) -> str:
    """When a link ends that was made now and works for a duration such as ``3600s``; empty if unknown."""
    ended = words.end_of(lifetime, datetime.now(UTC))
    return journal.timestamp(ended.timestamp()) if ended else ""


def assigning(
    user_id: str, who: str, roles: Sequence[str], grant: ProjectRoles | None, *, new_user: bool
) -> Change:
    """The change that assigns administrator roles, or with ``grant`` those of a project."""
    if grant is None:
        return AddRoles(user_id, tuple(roles), who=who, new_user=new_user)
    return AddGrantRoles(
        user_id, grant.project.id, grant.roles, who=who, project=grant.project.name, new_user=new_user
    )
