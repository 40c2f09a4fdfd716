"""Somebody was imported: who they are now, what is still to be done, and the passkey link."""

from collections.abc import Callable
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from zitadel_tui import actions
from zitadel_tui.actions import Action
from zitadel_tui.core import importing, people, words
from zitadel_tui.core.advice import advice
from zitadel_tui.core.person_form import PersonForm
from zitadel_tui.failure import Failure
from zitadel_tui.secret import Secret
from zitadel_tui.text import cells, shown
from zitadel_tui.tui.dialogs.base import Dialog
from zitadel_tui.tui.format.lines import BLANK, DANGER, DIM, STRONG, WARNING, Line, Part, hanging
from zitadel_tui.tui.keys import perform
from zitadel_tui.tui.services.pending_changes import row_of
from zitadel_tui.tui.widgets.safe import SafeBlock
from zitadel_tui.zitadel.wire.base import Details
from zitadel_tui.zitadel.wire.users import Human, ImportedHuman, ImportHuman, PasskeyLink, User

if TYPE_CHECKING:
    from zitadel_tui.core.changes import Applied, Change
    from zitadel_tui.core.session import Session

_LABEL = 14
_TELL_EVERY = 5.0  # seconds


class ImportResult(Dialog[bool | None]):
    """Gives True when another one is to be imported. Roles are given while it is there."""

    place = "imported"
    DEFAULT_CSS = """
    ImportResult VerticalScroll { margin-top: 1; }
    """

    def __init__(self, form: PersonForm, body: ImportHuman, applied: "Applied") -> None:
        super().__init__()
        self._form, self._body, self._applied = form, body, applied
        self._block = SafeBlock()
        self._user: User | None = None
        self._read = False
        self._roles: Part = ""
        self._roles_given = not form.roles
        self._shows_secret = False
        self._busy = False
        self._link: Secret | None = None
        self._until: datetime | None = None
        answer = applied.answer
        if isinstance(answer, ImportedHuman) and answer.passwordless_registration is not None:
            registration = answer.passwordless_registration
            self._take_link(registration.link, registration.expiration or registration.lifetime)

    @property
    def _called(self) -> str:
        return people.name(self._user) if self._user else self._typed_name

    @property
    def _typed_name(self) -> str:
        profile = self._body.profile
        return f"{profile.first_name} {profile.last_name}".strip()

    def body(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield self._block

    def on_mount(self) -> None:
        user_id = self._applied.user_id

        async def ask(session: "Session") -> User | None:
            from zitadel_tui.core.availability import wait_for_user

            return await wait_for_user(session, user_id)

        self.app.network.submit(self, ask, then=self._arrived, failed=lambda failure: self._arrived(None))
        self.set_interval(_TELL_EVERY, self._show)
        if not self._roles_given:
            reason = self.reason_against("imported.assign")
            if reason is None:
                perform(self.app, self, actions.by_id("imported.assign"))
            else:
                self._roles = (f"not given: {reason}", WARNING)
        self._show()

    def _arrived(self, user: User | None) -> None:
        self._user, self._read = user, True
        self._show()

    # What is seen

    def _show(self) -> None:
        if not self.is_attached:
            return
        user = self._user
        pairs: list[tuple[str, Part]] = [
            ("login name", people.login(user) if user else ("not to be seen" if self._read else "…")),
            ("id", self._applied.user_id),
            ("organization", self._organization()),
            ("state", self._state()),
            ("roles", self._roles or "none"),
        ]
        lines: list[Line] = [((self._applied.sentence, STRONG),), BLANK]
        if self._applied.warning:
            lines.append(((self._applied.warning, WARNING),))
        for label, value in pairs:
            lines += self._pair(label, value)
        if self._form.sign_in == "password":
            lines += self._secret("password", self._form.password)
        if self._form.sign_in == "passkey":
            lines += self._secret("passkey link", self._link)
            lines += self._pair("valid until", self._validity())
        self._block.update(*lines)
        self.app.refresh_keys()

    def _pair(self, label: str, value: Part) -> list[Line]:
        text, style = value if isinstance(value, tuple) else (value, "")
        return hanging(label.ljust(_LABEL), text, self._block.size.width, style, DIM) if text else []

    def _secret(self, label: str, secret: Secret | None) -> list[Line]:
        """Shown to the blank, and where it is long on lines of its own, to be selected."""
        if secret is None:
            return self._pair(label, ("lost with the answer; n makes a new one", WARNING))
        if not self._shows_secret:
            return self._pair(label, ("hidden; s shows it", DIM))
        text = secret.reveal()
        if _LABEL + cells(text) > self._block.size.width:
            return [((label, DIM),), (text,)]
        return [((label.ljust(_LABEL), DIM), text)]

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def _organization(self) -> Part:
        """Where the person really is; loud when that is not where they were meant to be."""
        answer, account = self._applied.answer, self.app.account
        owner = answer.details.resource_owner if isinstance(answer, ImportedHuman) else ""
        owner = owner or (self._user.details.resource_owner if self._user else "")
        if account is None or not owner:
            return owner or "…"
        if owner == account.org_id:
            return account.organization_name
        return (f"{owner}: NOT {account.organization_name}, which was meant!", f"{STRONG} {DANGER}")

    def _state(self) -> Part:
        said = importing.what_happens(self._body)
        state = people.state(self._user) if self._user else ""
        initial = importing.is_initial(self._body)
        expected = "initial" if initial else "active"
        if state and state != expected:
            return (f"{state}, although {expected} was expected", WARNING)
        if initial:
            return f"initial: a mail with a code went to {self._body.email.email}"
        return " ".join(["active", *said[1:]])

    def _validity(self) -> Part:
        if self._until is None:
            return ""
        left = (self._until - datetime.now().astimezone()).total_seconds()
        if left <= 0:
            return ("no longer valid; n makes a new one", WARNING)
        return f"{self._until:%H:%M}, {ceil(left / 60)} min from now"

    def _take_link(self, link: Secret | None, lifetime: str) -> None:
        self._link = link
        self._until = words.end_of(lifetime, datetime.now().astimezone())

    # Keys

    def actions_here(self) -> tuple[Action, ...]:
        """Only what this person gives cause for."""
        way = self._form.sign_in
        causes = {
            "imported.show": way in ("password", "passkey"),
            "imported.draw": way == "passkey",
            "imported.renew": way == "passkey",
            "imported.assign": bool(self._form.roles) and not self._roles_given,
            "imported.resend": importing.is_initial(self._body),
        }
        return tuple(action for action in super().actions_here() if causes.get(action.id, True))

    def reason_against(self, action_id: str) -> str | None:
        if action_id == "imported.draw" and self._link is None:
            return "The link was lost with the answer; n makes a new one."
        writes = ("imported.assign", "imported.renew", "imported.resend")
        if action_id in writes and self._busy:
            return "Wait for the answer to the one before."
        return self.app.reason_against(action_id)

    def do_another(self) -> None:
        self.dismiss(True)

    def do_close(self) -> None:
        self.dismiss(None)

    def do_show(self) -> None:
        self._shows_secret = not self._shows_secret
        self._show()

    async def do_copy(self) -> None:
        if self._link is not None:
            await self.app.copy(f"the passkey link for {shown(self._called)}", self._link.reveal())
        else:
            await self.app.copy(f"the id of {shown(self._called)}", self._applied.user_id)

    def do_draw(self) -> None:
        from zitadel_tui.tui.dialogs.qr import QrScreen

        if self._link is not None:
            self.app.push_screen(QrScreen(self._link))

    async def do_assign(self) -> None:
        """The row among the members shows how far it is; that outlives this dialog."""
        from zitadel_tui.core.changes import AddRoles

        roles = ", ".join(map(shown, self._form.roles))
        self._busy, self._roles = True, f"{roles}: being given …"
        self._show()
        change = AddRoles(self._applied.user_id, tuple(self._form.roles), who=self._called)
        try:
            applied = await self.app.pending.apply(change, newcomer=row_of(self._as_user()))
        except Failure as failure:
            self._roles = (f"{roles}: not given, a tries again. {failure.summary} {advice(failure)}", DANGER)
            if not self.is_attached:
                self.app.show_failure(failure)
        else:
            self._roles_given = True
            self._roles = f"{', '.join(map(shown, applied.after))}: given. {applied.warning}".rstrip()
        self._busy = False
        self._show()

    def _as_user(self) -> User:
        """As far as it is known before a read shows them."""
        body, account = self._body, self.app.account
        return self._user or User(
            id=self._applied.user_id,
            details=Details(resource_owner=account.org_id if account else ""),
            user_name=body.user_name,
            human=Human(profile=body.profile, email=body.email),
        )

    def do_renew(self) -> None:
        from zitadel_tui.core.changes import MakePasskeyLink

        def made(applied: "Applied") -> None:
            answer = applied.answer
            link = answer if isinstance(answer, PasskeyLink) else PasskeyLink()
            self._take_link(link.link, link.expiration)
            self.app.show_message(applied.sentence)

        self._write(MakePasskeyLink(self._applied.user_id, who=self._called), made, self.app.show_failure)

    def do_resend(self) -> None:
        from zitadel_tui.core.changes import ResendInitialization

        self._write(
            ResendInitialization(self._applied.user_id, who=self._called),
            lambda applied: self.app.show_message(applied.sentence),
            self.app.show_failure,
        )

    def _write(
        self, change: "Change", then: "Callable[[Applied], None]", failed: Callable[[Failure], None]
    ) -> None:
        """Carry it out, one at a time; told also when this has been closed meanwhile."""
        self._busy = True

        async def work(session: "Session") -> "Applied":
            from zitadel_tui.core.changes import apply

            return await apply(session, change)

        def ended(applied: "Applied") -> None:
            self._busy = False
            then(applied)
            self._show()

        def refused(failure: Failure) -> None:
            self._busy = False
            failed(failure)
            if not self.is_attached:
                self.app.show_failure(failure)
            self._show()

        self.app.network.submit_write(work, then=ended, failed=refused)
        self._show()
