"""Imports of users: each is sent once, and its result is kept until it is dismissed.

A result holds what is shown only once (a passkey link, a password), or an outcome that is not known yet.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from textual.app import App
from textual.signal import Signal

from zitadel_tui.failure import Failure
from zitadel_tui.secret import Secret
from zitadel_tui.text import shown
from zitadel_tui.tui.services.network import Network, as_failure
from zitadel_tui.tui.services.pending_changes import PendingChanges, row_of

if TYPE_CHECKING:
    from zitadel_tui.core.account import Account
    from zitadel_tui.core.changes import Applied, Change
    from zitadel_tui.core.journal import Record
    from zitadel_tui.core.onboarding import Onboarded, Plan
    from zitadel_tui.core.session import Session
    from zitadel_tui.core.user_form import UserForm
    from zitadel_tui.zitadel.wire.users import User

State: TypeAlias = Literal["sending", "created", "refused", "unknown", "checking", "not created"]
_OnImported: TypeAlias = "Callable[[Onboarded], None]"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a user is imported to, and by which account; names are unescaped."""

    instance: str
    organization: str
    """Its id; empty while it is not known."""
    organization_name: str
    account: str

    def is_same(self, other: "Target") -> bool:
        """Whether another session can continue it; the account may differ."""
        return (self.instance, self.organization) == (other.instance, other.organization)

    def __str__(self) -> str:
        return f"{shown(self.organization_name or self.organization)} on {shown(self.instance)}"


@dataclass(eq=False, slots=True)
class Import:
    """The state of one import. Only :class:`ImportService` changes it."""

    key: str
    """Unlike that of every other import."""
    form: "UserForm"
    """As it was sent."""
    generated: bool
    """Its password was generated: only users who have seen it know it."""
    target: Target
    sent_at: datetime
    state: State = "sending"
    failure: Failure | None = None
    """What refused it, or left it unknown."""
    record: "Record | None" = None
    """By which an unknown outcome is settled."""
    onboarded: "Onboarded | None" = None
    user: "User | None" = None
    user_read: bool = False
    """With :attr:`user` None: the user may not be read, or does not show."""
    link: Secret | None = None
    link_until: datetime | None = None
    secret_seen: bool = False
    """Whether its link or password was shown or copied."""
    busy: bool = False
    """Something more is being written for this user."""

    @property
    def name(self) -> str:
        """The name as typed, safe for a terminal."""
        return shown(f"{self.form.first_name} {self.form.last_name}".strip())

    @property
    def secret(self) -> Secret | None:
        """The secret to hand over to the user: the password or the passkey link."""
        return self.form.password if self.form.sign_in == "password" else self.link


class ImportService:
    """``results`` are the users that were created and the imports whose outcome is unknown, newest first.

    ``changed`` is published when the state of an import changes; ``ended`` when an import is no longer
    ``sending`` or ``checking``; ``wrote`` when a later write for its user has ended: roles, another link,
    another mail.
    """

    def __init__(
        self,
        app: App[Any],
        network: Network,
        pending: PendingChanges,
        *,
        account: "Callable[[], Account | None]",
    ) -> None:
        self.changed: Signal[None] = Signal(app, "imports changed")
        self.ended: Signal[Import] = Signal(app, "import ended")
        self.wrote: Signal[tuple[Import, Applied | Failure]] = Signal(app, "write for an import ended")
        self.results: list[Import] = []
        self.sending: Import | None = None
        self._number = 0
        self._app = app
        self._network = network
        self._pending = pending
        self._account = account

    def reason_against_sending(self) -> str | None:
        """Why no import can be sent now. An unknown outcome blocks imports to the same target."""
        if self.sending is not None:
            return f"{self.sending.name} is being imported; wait for the answer."
        for one in self.results:
            if one.state in ("unknown", "checking") and self._is_here(one):
                return f"First check whether {one.name} was created."
        return None

    def reason_against(self, one: Import) -> str | None:
        """Why nothing can be written or checked for this import now."""
        if one.busy or one.state == "checking":
            return "Wait for the answer to the previous change."
        if not self._is_here(one):
            return f"{one.name} was imported to {one.target}: connect there first."
        return None

    def _target(self) -> Target:
        session, account = self._network.session, self._account()
        return Target(
            instance=session.instance if session else "",
            organization=account.org_id if account else session.client.org_id if session else "",
            organization_name=account.organization_name if account else "",
            account=account.name if account else "",
        )

    def _is_here(self, one: Import) -> bool:
        return self._network.session is not None and one.target.is_same(self._target())

    # Sending

    def send(self, form: "UserForm", *, generated: bool = False) -> None:
        """Import the user and assign the roles; leaving the view does not stop it. ``generated``: the
        password was made here, and only users who have seen it know it."""
        from zitadel_tui.core.onboarding import onboard

        self._number += 1
        sent_at = datetime.now().astimezone()
        one = self.sending = Import(str(self._number), form, generated, self._target(), sent_at)
        plan = _plan(one)

        async def work(session: "Session", on_imported: _OnImported) -> "Onboarded":
            return await onboard(session, plan, on_imported=on_imported)

        self._run(one, work)

    def check(self, one: Import) -> None:
        """Check whether an unknown import was made after all; if so, assign its roles."""
        from zitadel_tui.core.onboarding import resume

        record = one.record
        assert record is not None
        one.state = "checking"
        plan = _plan(one)

        async def work(session: "Session", on_imported: _OnImported) -> "Onboarded | None":
            return await resume(session, plan, record, on_imported=on_imported)

        self._run(one, work)

    def _run(
        self, one: Import, work: "Callable[[Session, _OnImported], Coroutine[Any, Any, Onboarded | None]]"
    ) -> None:
        def on_imported(onboarded: "Onboarded") -> None:
            """On the network thread."""
            self._app.call_later(self._created, one, onboarded)

        def then(onboarded: "Onboarded | None") -> None:
            if onboarded is None:
                self._end(one, "not created")
                return
            self._created(one, onboarded)
            self._assigned(one, onboarded)

        self._network.submit_write(
            lambda session: work(session, on_imported), then=then, failed=partial(self._failed, one)
        )
        self.changed.publish(None)

    def _created(self, one: Import, onboarded: "Onboarded") -> None:
        """Called while the roles are being assigned, or right after, because reports may arrive in any
        order."""
        if one.onboarded is not None:
            return
        one.state, one.failure = "created", None
        one.onboarded = onboarded
        if one not in self.results:
            self.results.insert(0, one)
        if self.sending is one:
            self.sending = None
        if (passkey := onboarded.passkey) is not None:
            self._take_link(one, passkey.link, passkey.lifetime)
        one.busy = bool(onboarded.plan.assignments(onboarded.user_id)) and not onboarded.is_misplaced
        if one.busy and onboarded.plan.roles and self._is_here(one):
            self._pending.begun(onboarded.user_id, row_of(self._as_user(one)))
        self.read_user(one)
        self.ended.publish(one)
        self.changed.publish(None)

    def _assigned(self, one: Import, onboarded: "Onboarded") -> None:
        """Note how assigning the roles ended."""
        from zitadel_tui.core.changes import Applied

        one.onboarded, one.busy = onboarded, False
        for assignment in onboarded.assignments:
            outcome = assignment.outcome
            ended = outcome if isinstance(outcome, Applied) else _why_not_assigned(outcome)
            if assignment is onboarded.membership and self._is_here(one):
                self._pending.ended(onboarded.user_id, ended, self._network.session)
            self.wrote.publish((one, ended))
        self.changed.publish(None)

    def _failed(self, one: Import, failure: Failure) -> None:
        from zitadel_tui.core.changes import Unsettled
        from zitadel_tui.zitadel.errors import AlreadyThere

        one.failure = failure
        if isinstance(failure, Unsettled):
            one.record = failure.record
            one.target = replace(one.target, organization=failure.record.organization)
        unknown = one.record is not None and not isinstance(failure, AlreadyThere)
        self._end(one, "unknown" if unknown else "refused")

    def _end(self, one: Import, state: State) -> None:
        """End an import without a user: only an unknown one stays among the results."""
        one.state = state
        if self.sending is one:
            self.sending = None
        if state == "unknown" and one not in self.results:
            self.results.insert(0, one)
        elif state != "unknown" and one in self.results:
            self.results.remove(one)
        self.ended.publish(one)
        self.changed.publish(None)

    # Afterwards

    def read_user(self, one: Import) -> None:
        """Read the user from the server, waiting while reads lag."""
        assert one.onboarded is not None
        user_id = one.onboarded.user_id
        if one.user_read or not self._is_here(one):
            return

        async def ask(session: "Session") -> "User | None":
            from zitadel_tui.core.availability import wait_for_user

            return await wait_for_user(session, user_id)

        def then(user: "User | None") -> None:
            one.user, one.user_read = user, True
            self.changed.publish(None)

        self._network.submit(
            self._app, ask, then=then, failed=lambda failure: then(None), group=f"imported {user_id}"
        )

    def assign(self, one: Import) -> None:
        """Assign the roles that are not assigned yet."""
        from zitadel_tui.core.onboarding import assign

        onboarded = one.onboarded
        assert onboarded is not None
        one.busy = True
        self._pending.begun(onboarded.user_id, row_of(self._as_user(one)))

        async def work(session: "Session") -> "Onboarded":
            return await assign(session, onboarded)

        self._network.submit_write(
            work, then=partial(self._assigned, one), failed=partial(self._write_failed, one)
        )
        self.changed.publish(None)

    def make_link(self, one: Import) -> None:
        """Make another passkey link; the previous one stops working."""
        from zitadel_tui.core.changes import MakePasskeyLink

        self._write(one, MakePasskeyLink(self._user_id(one), who=one.name))

    def resend(self, one: Import) -> None:
        """Send the mail with the code again."""
        from zitadel_tui.core.changes import ResendInitialization

        self._write(one, ResendInitialization(self._user_id(one), who=one.name))

    def _user_id(self, one: Import) -> str:
        assert one.onboarded is not None
        return one.onboarded.user_id

    def _write(self, one: Import, change: "Change") -> None:
        one.busy = True

        async def work(session: "Session") -> "Applied":
            from zitadel_tui.core.changes import apply

            return await apply(session, change)

        def then(applied: "Applied") -> None:
            from zitadel_tui.zitadel.wire.users import PasskeyLink

            one.busy = False
            if isinstance(applied.answer, PasskeyLink):
                self._take_link(one, applied.answer.link, applied.answer.expiration)
            self.wrote.publish((one, applied))
            self.changed.publish(None)

        self._network.submit_write(work, then=then, failed=partial(self._write_failed, one))
        self.changed.publish(None)

    def _write_failed(self, one: Import, failure: Failure) -> None:
        one.busy = False
        self.wrote.publish((one, failure))
        self.changed.publish(None)

    def _take_link(self, one: Import, link: Secret | None, lifetime: str) -> None:
        from zitadel_tui.core import words

        one.link, one.secret_seen = link, False
        one.link_until = words.end_of(lifetime, datetime.now().astimezone())

    def seen(self, one: Import) -> None:
        """Note that its link or password was shown or copied."""
        one.secret_seen = True

    def dismiss(self, one: Import) -> None:
        """Forget a result, on purpose."""
        self.results.remove(one)
        self.changed.publish(None)

    def unsaved(self) -> list[str]:
        """What quitting would lose, one sentence each."""
        return [lost for one in self.results if (lost := self.loss(one))]

    def loss(self, one: Import) -> str:
        """What dismissing a result would lose, as a sentence; empty when nothing."""
        if one.state != "created":
            return f"It is not known yet whether {one.name} was created."
        if one.secret_seen or not one.secret or not (one.link or one.generated):
            return ""
        what = "passkey link" if one.link else "password"
        return f"The {what} of {one.name} has not been shown yet."

    def _as_user(self, one: Import) -> "User":
        """The user as far as known before a read shows it."""
        from zitadel_tui.core import user_form
        from zitadel_tui.zitadel.wire.base import Details
        from zitadel_tui.zitadel.wire.users import Human, User

        body = user_form.body(one.form)
        return one.user or User(
            id=self._user_id(one),
            details=Details(resource_owner=one.target.organization),
            user_name=body.user_name,
            human=Human(profile=body.profile, email=body.email),
        )


def _plan(one: Import) -> "Plan":
    from zitadel_tui.core import user_form
    from zitadel_tui.core.onboarding import Plan

    form, organization = one.form, one.target.organization
    return Plan(user_form.body(form), tuple(form.roles), form.grants, organization)


def _why_not_assigned(error: Exception | None) -> Failure:
    if error is None:
        return Failure("The roles were not assigned: it was interrupted.", "Assign them again.")
    return as_failure(error, "Please report it.")
