"""Changes to the project roles of a user (contract §4.4, people-and-projects.md, "Grants").

A user has at most one grant of a project in an organization, and the server replaces its whole list of
roles: each change is read, compare, write. A grant is an aggregate of its own, so the number of its newest
event shows whether someone else wrote in between. An empty list is never sent: it removes the grant."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import msgspec

from zitadel_tui.core.changes.attribution import CLOCK_TOLERANCE, moment, number
from zitadel_tui.core.changes.base import Applied, Change, Preview, Step, command
from zitadel_tui.core.changes.role_lists import (
    RoleListChange,
    Roles,
    RolesChanged,
    conflict,
    difference,
    with_added,
    without,
)
from zitadel_tui.core.concurrency import WrittenGrant
from zitadel_tui.core.journal import Baseline, Record
from zitadel_tui.core.session import Session
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.base import Changed
from zitadel_tui.zitadel.wire.projects import AddedUserGrant, UserGrant

INACTIVE = "The grant is inactive: its roles do not count until it is reactivated in ZITADEL's console."


@dataclass(frozen=True, slots=True)
class GrantPreview(Preview):
    """``grant_id`` is empty where there is no grant."""

    grant_id: str = ""


@dataclass(frozen=True, slots=True)
class GrantStep(Step):
    """The next step after reading. ``grant_id`` is empty when there was no grant."""

    grant_id: str = ""
    is_active: bool = True


async def grant(client: Client, user_id: str, project_id: str) -> UserGrant | None:
    """The user's grant of a project, as the search shows it."""
    page = await client.send(calls.search_user_grants(user_id=user_id, project_id=project_id))
    return page.result[0] if page.result else None


def _roles(found: UserGrant | None) -> Roles:
    return found.roles if found else ()


def _listed(roles: Iterable[str]) -> str:
    return ", ".join(map(shown, sorted(roles)))


@dataclass(frozen=True, slots=True)
class GrantChange(RoleListChange[UserGrant]):
    """The common part of changes to project roles. ``project`` is the name of ``project_id``."""

    project_id: str
    project: str = field(default="", kw_only=True)

    emptied: ClassVar[str] = "That removes the grant."
    nothing: ClassVar[str] = "no roles"
    look_at: ClassVar[str] = "the project roles"

    async def current(self, session: Session) -> UserGrant | None:
        return await grant(session.client, self.user_id, self.project_id)

    def roles_of(self, found: UserGrant | None) -> Roles:
        return _roles(found)

    async def _is_ours(self, session: Session, record: Record, found: UserGrant | None) -> bool | None:
        return _is_ours(record, found, self.result(record.before or ()))

    @property
    def permitted_by(self) -> str:
        return self.project_id

    @property
    def in_project(self) -> str:
        return shown(self.project or self.project_id)

    async def check(self, session: Session) -> Preview:
        found = await self.current(session)
        before = _roles(found)
        return GrantPreview(before, self._result(before), found.id if found else "")

    def requests(self, preview: Preview) -> tuple[Call[Any], ...]:
        assert isinstance(preview, GrantPreview)
        call = self._call(preview.grant_id, preview.before, preview.after)
        return () if call is None else (call,)

    async def guards(
        self, session: Session, *, seen: Preview | None = None, besides: frozenset[str] = frozenset()
    ) -> Roles:
        if self.user_id != (await session.identify()).account:
            return ()
        removed = (seen or await self.check(session)).removed
        return (f"These are your own roles in {self.in_project}: {_listed(removed)}.",) if removed else ()

    async def prepare(self, session: Session) -> Step:
        written = (await session.coordination()).grants.get((self.user_id, self.project_id))
        if written is None:
            return self._step(await self.current(session))

        async def find() -> tuple[UserGrant | None] | None:
            found = await self.current(session)
            return (found,) if _is_newer(found, written) else None

        found = await session.timing.poll(find)
        if found is None:  # someone else has removed it since
            return self._step(await self.current(session))
        return self._step(found[0])

    def _step(self, found: UserGrant | None) -> GrantStep:
        before = _roles(found)
        after = self._result(before)
        baseline = Baseline(sequence=number(found.details.sequence) if found else 0)
        id, is_active = (found.id, found.is_active) if found else ("", True)
        call = self._call(id, before, after)
        return GrantStep(call, before, after, baseline, grant_id=id, is_active=is_active)

    def _call(self, grant_id: str, before: Roles, after: Roles) -> Call[Any] | None:
        """None where there is nothing to do."""
        if frozenset(after) == frozenset(before):
            return None
        if not grant_id:
            return calls.add_user_grant(self.user_id, self.project_id, after)
        if after:
            return calls.change_user_grant(self.user_id, grant_id, after)
        return calls.remove_user_grant(self.user_id, grant_id)

    def has_another_way(self, step: Step, refusal: errors.ZitadelError) -> bool:
        """Whether the refusal means that the grant exists, is gone, or has these roles by now: nothing was
        written."""
        return isinstance(refusal, errors.AlreadyThere) or (
            isinstance(refusal, errors.NotFound) and isinstance(step, GrantStep) and bool(step.grant_id)
        )

    async def prepare_again(self, session: Session, step: Step) -> Step:
        assert isinstance(step, GrantStep)

        async def find() -> tuple[UserGrant | None] | None:
            found = await self.current(session)
            now = (found.id, number(found.details.sequence)) if found else ("", 0)
            return (found,) if now != (step.grant_id, step.baseline.sequence) else None

        found = await session.timing.poll(find)
        if found is None:
            raise errors.Unavailable(
                f"The roles of {self.called} in {self.in_project} were changed just now, but the server's "
                "list does not show it yet; nothing was written.",
                "Try again.",
            )
        return self._step(found[0])

    async def send(self, session: Session, call: Call[Any]) -> Any:
        answer: Changed = await session.client.send(call)
        id = answer.user_grant_id if isinstance(answer, AddedUserGrant) else call.path["grant_id"]
        is_removed = call.body is None
        written = WrittenGrant(id, number(answer.details.sequence), is_removed)
        (await session.coordination()).grants[self.user_id, self.project_id] = written
        return answer

    async def finish(self, session: Session, step: Step, answer: Changed) -> Applied:
        assert isinstance(step, GrantStep)
        warnings = [] if step.is_active or not step.after else [INACTIVE]
        between = number(answer.details.sequence) - step.baseline.sequence - 1
        if step.grant_id and between > 0:
            warnings.insert(
                0,
                "Another change to these project roles was made at the same moment and was overwritten: "
                "check them.",
            )
        return Applied(
            f"{self._new_state(step.after)}.",
            self.user_id,
            before=step.before or (),
            after=step.after,
            answer=answer,
            warning=" ".join(warnings),
        )

    def unchanged(self, step: Step) -> Applied:
        is_inactive = isinstance(step, GrantStep) and not step.is_active and bool(step.after)
        return replace(super(GrantChange, self).unchanged(step), warning=INACTIVE if is_inactive else "")

    def _state(self, roles: Roles) -> str:
        if roles:
            return f"{self.called} has {_listed(roles)} in {self.in_project}"
        return f"{self.called} has no roles in {self.in_project}"

    def _new_state(self, roles: Roles) -> str:
        if roles:
            return f"{self.called} now has {_listed(roles)} in {self.in_project}"
        return f"{self.called} no longer has roles in {self.in_project}"

    def invert(self, applied: Applied) -> Change | None:
        if not applied.changed:
            return None
        return SetGrant(
            self.user_id, self.project_id, applied.after, applied.before, who=self.who, project=self.project
        )

    def _project_data(self) -> dict[str, Any]:
        return {"projectId": self.project_id, "project": self.project}

    @classmethod
    def from_record(cls, record: Record) -> Self:
        wanted = dict(record.wanted)
        id = msgspec.convert(wanted.pop("projectId"), str)
        name = msgspec.convert(wanted.pop("project", ""), str)
        keys = {name: msgspec.convert(value, Roles) for name, value in wanted.items()}
        return cls(record.user, id, project=name, who=record.name, **keys)


def _is_newer(found: UserGrant | None, written: WrittenGrant) -> bool:
    """Whether a read shows the last write of this process, or a later one."""
    if found is None:
        return written.is_removed
    if found.id != written.id:
        return True
    return not written.is_removed and number(found.details.sequence) >= written.sequence


def _is_ours(record: Record, now: UserGrant | None, expected: Roles) -> bool | None:
    """Whether the change of ``record`` led to the current grant, after a lost answer; None when that is
    not known. The one event since the grant was read is ours when it led to what was ``expected``."""
    fits = frozenset(_roles(now)) == frozenset(expected)
    if now is None:
        return True if fits else None
    written, read = number(now.details.sequence), record.baseline
    if written <= read.sequence:
        return False
    if written > read.sequence + 1:
        return None
    since = moment(read.time) - CLOCK_TOLERANCE if read.time else 0.0
    return fits and moment(now.details.change_date) >= since


@dataclass(frozen=True, slots=True)
class AddGrantRoles(GrantChange):
    """Adds roles of a project to a user; it removes nothing.

    ``new_user``: the user was created by this program a moment ago, so there is no grant to read."""

    roles: Roles
    new_user: bool = field(default=False, kw_only=True)

    kind: ClassVar[str] = "add project roles"
    destructive: ClassVar[bool] = False

    async def prepare(self, session: Session) -> Step:
        if self.new_user:
            return self._step(None)
        return await super(AddGrantRoles, self).prepare(session)

    def describe(self) -> str:
        return f"Add {_listed(self.roles)} in {self.in_project} to {self.called}."

    def calls(self) -> tuple[Call[Any], ...]:
        return (calls.add_user_grant(self.user_id, self.project_id, self.roles),)

    def as_command(self) -> str:
        return command("grants", "add", self.user_id, self.project_id, *self.roles)

    def result(self, roles: Roles) -> Roles:
        return with_added(roles, self.roles)

    def no_change(self, roles: Roles) -> str:
        return f"No change: {self.called} already has {_listed(self.roles)} in {self.in_project}."

    def record_data(self) -> dict[str, Any]:
        return {**self._project_data(), "roles": self.roles}


@dataclass(frozen=True, slots=True)
class RemoveGrantRoles(GrantChange):
    """Removes roles of a project and leaves the others; removing the last one removes the grant."""

    roles: Roles

    kind: ClassVar[str] = "remove project roles"

    def describe(self) -> str:
        return f"Remove {_listed(self.roles)} in {self.in_project} from {self.called}."

    def calls(self) -> tuple[Call[Any], ...]:
        """The remaining roles are known only after reading, so the read request is shown."""
        return (calls.search_user_grants(user_id=self.user_id, project_id=self.project_id),)

    def as_command(self) -> str:
        return command("grants", "remove", self.user_id, self.project_id, *self.roles)

    def result(self, roles: Roles) -> Roles:
        return without(roles, self.roles)

    def no_change(self, roles: Roles) -> str:
        if not roles:
            return f"No change: {self.called} has no roles in {self.in_project}."
        return (
            f"No change: {self.called} does not have {_listed(self.roles)} in {self.in_project}, only "
            f"{_listed(roles)}."
        )

    def record_data(self) -> dict[str, Any]:
        return {**self._project_data(), "roles": self.roles}


@dataclass(frozen=True, slots=True)
class SetGrant(GrantChange):
    """Sets the roles to exactly ``wanted`` if they are still as ``seen``; otherwise raises
    ``RolesChanged``."""

    seen: Roles
    wanted: Roles

    kind: ClassVar[str] = "set project roles"

    def describe(self) -> str:
        if not self.wanted:
            return f"Remove {self.called} from project {self.in_project}; they have {_listed(self.seen)}."
        return (
            f"Change the roles of {self.called} in {self.in_project}: {difference(self.seen, self.wanted)}."
        )

    def calls(self) -> tuple[Call[Any], ...]:
        if not self.seen:
            return (calls.add_user_grant(self.user_id, self.project_id, self.wanted),)
        return (calls.search_user_grants(user_id=self.user_id, project_id=self.project_id),)

    def as_command(self) -> str:
        if not self.wanted:
            return command("grants", "remove", self.user_id, self.project_id)
        return command("grants", "set", self.user_id, self.project_id, *self.wanted)

    def result(self, roles: Roles) -> Roles:
        return tuple(dict.fromkeys(self.wanted))

    def no_change(self, roles: Roles) -> str:
        if not roles:
            return f"No change: {self.called} has no roles in {self.in_project}."
        return f"No change: {self.called} already has {_listed(roles)} in {self.in_project} and nothing else."

    def _conflict(self, now: Roles) -> RolesChanged | None:
        who = f"{self.called} in {self.in_project}"
        return conflict(who, self.seen, now, self.wanted, nothing=self.nothing)

    def record_data(self) -> dict[str, Any]:
        return {**self._project_data(), "seen": self.seen, "wanted": self.wanted}


def remove_grant(user_id: str, project_id: str, who: str, project: str, seen: Iterable[str]) -> SetGrant:
    """Remove a grant whose roles are still as ``seen``."""
    return SetGrant(user_id, project_id, tuple(seen), (), who=who, project=project)
