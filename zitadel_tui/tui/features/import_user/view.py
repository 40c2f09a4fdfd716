"""Import: somebody is brought on board; what was typed stays until the server has taken it."""

import asyncio
from typing import TYPE_CHECKING, Any

from textual.timer import Timer

from zitadel_tui import actions
from zitadel_tui.core import person_form, rules
from zitadel_tui.core.advice import advice, reference
from zitadel_tui.core.person_form import PersonForm
from zitadel_tui.core.policies import Policies
from zitadel_tui.core.rules import Problem
from zitadel_tui.failure import Failure
from zitadel_tui.tui.feature import View
from zitadel_tui.tui.features.import_user import labels as import_words
from zitadel_tui.tui.features.import_user.form import ImportForm
from zitadel_tui.tui.features.import_user.submission import ImportSubmission, Sending
from zitadel_tui.tui.format.lines import DANGER, DIM, STRONG, WARNING, Line
from zitadel_tui.tui.keys import perform
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.calls import Call

if TYPE_CHECKING:
    from zitadel_tui.core.availability import Availability
    from zitadel_tui.core.changes import Applied
    from zitadel_tui.core.session import Session

_PAUSE = 0.3  # seconds without a key before it is looked up who has a user name or an email
_ROLES = "org.member.write"


class ImportView(View):
    """The form, what it will come to, and what became of it."""

    DEFAULT_CSS = """
    ImportView ImportForm { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._form: ImportForm | None = None
        self._policies: Policies | None = None
        self._availability: Availability | None = None
        self._pause: Timer | None = None
        self._errand = ImportSubmission(
            self, ended=self._imported, refused=self._refused, not_there=self._can_be_sent_again
        )
        self._failure: Failure | None = None
        self._arrivals: list[tuple[Sending, Applied]] = []

    # The form is made when the session has been opened, or before when it is asked for: the app starts
    # without it

    def _make(self) -> None:
        if self._form is None:
            self._form = ImportForm()
            self.mount(self._form)

    def on_import_form_ready(self, event: ImportForm.Ready) -> None:
        event.stop()
        if self.is_current:
            self.shown_again()

    def shown_again(self) -> None:
        self._make()
        if self._form is None or not self._form.is_ready:
            return
        if not self.screen.is_modal:
            self._form.focus_again()
        self._show()
        if self._policies is None:
            self.reload()
        self._receive()

    def opened(self) -> None:
        """What was typed is kept: it may have been another server that was meant."""
        self._policies = self._availability = self._failure = None
        self._make()
        if self.is_current:
            self.reload()

    def account_changed(self) -> None:
        self._show()

    def reload(self) -> None:
        """Ask for the password policy and the languages, and who resembles the person."""

        async def ask(session: "Session") -> Policies:
            from zitadel_tui.core import policies

            read, _ = await asyncio.gather(
                policies.read(session.client), asyncio.to_thread(rules.phone, "+41")
            )  # the rules for phones take a moment to load
            return read

        if self.app.session is not None:
            self.app.network.submit(self, ask, then=self._policies_read, failed=_ignore, group="policies")
            self._look_around()

    def _policies_read(self, read: Policies) -> None:
        self._policies = read
        if self._form is not None:
            self._form.offer(read.languages)
        self._show()

    # While it is filled in

    def on_import_form_changed(self, event: ImportForm.Changed) -> None:
        event.stop()
        self._failure = None
        if event.name in ("user-name", "email"):
            self._availability = None
            if self._pause is not None:
                self._pause.stop()
            self._pause = self.set_timer(_PAUSE, self._look_around)
        self._show()

    def on_import_form_moved(self, event: ImportForm.Moved) -> None:
        event.stop()
        self._show()

    def on_import_form_sent(self, event: ImportForm.Sent) -> None:
        event.stop()
        self._perform("import.send")

    def _look_around(self) -> None:
        """Who has this user name, or this email; an answer for what is no longer there is dropped."""
        if self._form is None or self.app.session is None:
            return
        form = self._form.values()
        user_name, email = form.user_name.strip(), form.email.strip()
        if not user_name and not email:
            return

        async def ask(session: "Session") -> "Availability":
            from zitadel_tui.core.availability import check_availability

            return await check_availability(session.client, user_name=user_name, email=email)

        def told(found: "Availability") -> None:
            now = form if self._form is None else self._form.values()
            if (now.user_name.strip(), now.email.strip()) == (user_name, email):
                self._availability = found
                self._show()

        self.app.network.submit(self, ask, then=told, failed=_ignore, group="availability")

    def _problems(self, form: PersonForm) -> list[Problem]:
        found = person_form.validate(form, self._policies or Policies())
        reason = self._no_roles() if form.roles else ""
        return [*found, Problem("roles", reason)] if reason else found

    def _show(self) -> None:
        """Bring what stands beside and below the fields to what is typed and known now."""
        if self._form is None or not self._form.is_ready:
            return
        form = self._form.values()
        self._form.check_password(self._policies)
        self._form.judge(self._problems(form))
        availability = self._availability
        self._form.say(
            happens=self._happens(form),
            user_name=import_words.user_name_note(availability) if availability and form.user_name else ("",),
            email=import_words.email_note(availability),
            roles=import_words.roles_note(form.roles, self._no_roles()),
        )
        self.app.refresh_keys()

    def _happens(self, form: PersonForm) -> list[Line]:
        errand = self._errand
        if errand.sending is not None:
            return [((f"Sending {errand.sending.called} …", STRONG),)]
        if errand.unknown is not None and errand.looking:
            return [((f"Looking for {errand.unknown.called} …", STRONG),)]
        if errand.unknown is not None:
            return import_words.unknown(errand.unknown.called, self._failure)
        if self._failure is not None:
            said = (self._failure.summary, advice(self._failure), reference(self._failure))
            styles = (DANGER, "", DIM)
            return [((text, style),) for text, style in zip(said, styles, strict=True) if text]
        reason = self.app.reason_against("import.send")
        refused: list[Line] = [((reason, WARNING),)] if reason else []
        return refused + import_words.preview(form, self._form.content_size.width if self._form else 0)

    def _no_roles(self) -> str:
        """Why this account cannot give roles; empty when it can."""
        account = self.app.account
        return "" if account is None or account.may(_ROLES) else import_words.no_roles(_ROLES)

    # Sending

    def do_send(self) -> None:
        """As soon as the fields have taken what was typed before: our keys overtake those."""
        if self._form is not None:
            self._form.when_typed(self._send)

    def _send(self) -> None:
        if self._form is None or self._errand.reason_against_sending():
            return
        form = self._form.values()
        body = person_form.body(form)
        found = self._problems(form)
        if any(problem.grave for problem in found):
            self._form.insist(found)
            return
        self._failure = None
        self._errand.send(form, body)
        self._show()

    def _refused(self, sending: Sending, failure: Failure) -> None:
        """Nothing typed is lost; the cursor goes where it was refused."""
        self._failure = failure
        if self._form is not None and self._errand.unknown is None:
            path = "userName" if isinstance(failure, errors.AlreadyThere) else ""
            path = failure.field if isinstance(failure, errors.InvalidInput) else path
            if self._form.refuse(path, failure.summary, here=self._is_looked_at):
                self._failure = None
        if not self._is_looked_at:
            self.app.show_failure(failure)
        self._show()

    @property
    def _is_looked_at(self) -> bool:
        return self.is_current

    def _imported(self, sending: Sending, applied: "Applied") -> None:
        self._failure = self._availability = None
        self._arrivals.append((sending, applied))
        if self._form is not None:
            self._form.fill(sending.form.kept_for_another)
        if not self._is_looked_at:
            self.app.show_message(f"{applied.sentence} 3 shows more.")
        self._show()
        self._receive()

    def _receive(self) -> None:
        """Show who arrived, one after the other, while this view is looked at."""
        if not self._arrivals or not self._is_looked_at:
            return
        from zitadel_tui.tui.features.import_user.result import ImportResult

        sending, applied = self._arrivals.pop(0)

        def closed(another: bool | None) -> None:
            self.shown_again()

        self.app.push_screen(ImportResult(sending.form, sending.body, applied), closed)

    def do_look(self) -> None:
        self._errand.look()
        self._show()

    def _can_be_sent_again(self, sending: Sending) -> None:
        """A look has told that it has not happened."""
        self._failure = None
        self.app.show_message(f"{sending.called} is not there: it has not happened. Send it again.")
        self._show()

    # Other keys

    def do_generate(self) -> None:
        if self._form is not None:
            self._form.put_password(rules.generated_password((self._policies or Policies()).password))

    def do_show(self) -> None:
        if self._form is not None and not self._form.toggle_secret():
            self.app.show_message("It holds characters that cannot be shown.", severity="warning")

    def do_roles(self) -> None:
        from zitadel_tui.tui.features.import_user.choose_roles import ChooseRoles

        form = self._form
        if form is None:
            return

        def chosen(roles: list[str] | None) -> None:
            if roles is not None:
                form.roles = tuple(roles)

        values = form.values()
        who = f"{values.first_name} {values.last_name}".strip()
        self.app.push_screen(ChooseRoles(form.roles, (), who), chosen)

    def on_opener_opened(self) -> None:
        self._perform("import.roles")

    def _perform(self, action_id: str) -> None:
        perform(self.app, self.app, actions.by_id(action_id))

    def do_edit(self) -> None:
        if self._form is not None:
            self._form.focus_again()

    def request(self) -> Call[Any] | None:
        return calls.import_human(person_form.body(self._form.values())) if self._form else None

    def reason_against(self, action_id: str) -> str | None:
        if action_id == "import.send":
            return self._errand.reason_against_sending() or (
                "Not signed in yet." if self.app.session is None else None
            )
        if action_id == "import.look" and self._errand.unknown is None:
            return "What became of it is known."
        if action_id == "import.look" and self._errand.looking:
            return "It is being looked at."
        if action_id == "import.roles" and (reason := self._no_roles()):
            return reason
        way = self._form.values().sign_in if self._form else "mail"
        if action_id == "import.generate" and way != "password":
            return "First choose that the person signs in by password."
        if action_id == "import.show" and way not in ("password", "hash"):
            return "There is no password or hash to show."
        return None


def _ignore(failure: Failure) -> None:
    """Hints that could not be read are not missed: the server decides."""
