"""The Import view: a form for one user. Input stays until the server has accepted it, results until
dismissed."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.timer import Timer

from zitadel_tui import actions
from zitadel_tui.core import rights, rules, user_form
from zitadel_tui.core.advice import advice, reference
from zitadel_tui.core.policies import Policies
from zitadel_tui.core.rules import Problem
from zitadel_tui.core.user_form import UserForm
from zitadel_tui.failure import Failure
from zitadel_tui.secret import Secret
from zitadel_tui.tui.dialogs.base import ask
from zitadel_tui.tui.dialogs.confirm import Confirm, named
from zitadel_tui.tui.feature import View
from zitadel_tui.tui.features.import_user import labels
from zitadel_tui.tui.features.import_user.form import ImportForm
from zitadel_tui.tui.format.lines import WARNING, Line
from zitadel_tui.tui.keys import perform
from zitadel_tui.tui.services.imports import Import, ImportService
from zitadel_tui.tui.widgets.safe import SafeLine
from zitadel_tui.zitadel import errors

if TYPE_CHECKING:
    from zitadel_tui.core.availability import Availability
    from zitadel_tui.core.changes import Applied
    from zitadel_tui.core.session import Session

_PAUSE = 0.3  # seconds without a key before user name and email are looked up


class ImportView(View):
    """The form, a preview of the import, and a line about previous imports."""

    DEFAULT_CSS = """
    ImportView ImportForm { height: 1fr; }
    ImportView #status { dock: bottom; padding: 0 1; display: none; }
    ImportView #status.-visible { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._form = ImportForm()
        self._status = SafeLine(id="status")
        self._policies: Policies | None = None
        self._availability: Availability | None = None
        self._timer: Timer | None = None
        self._failure: Failure | None = None
        self._generated: Secret | None = None

    @property
    def _imports(self) -> ImportService:
        return self.app.imports

    def compose(self) -> ComposeResult:
        yield self._form
        yield self._status

    def on_mount(self) -> None:
        self._imports.changed.subscribe(self, lambda _: self._update())
        self._imports.ended.subscribe(self, self._ended)
        self._imports.wrote.subscribe(self, lambda written: self._wrote(*written))

    def on_import_form_ready(self, event: ImportForm.Ready) -> None:
        event.stop()
        if self.is_current:
            self.shown_again()

    def shown_again(self) -> None:
        if not self._form.is_ready:
            return
        if not self._is_covered:
            self._form.focus_again()
        self._update()
        if self._policies is None:
            self.reload()

    def on_hide(self) -> None:
        """Drop choices kept for another user when the view is left."""
        if self._form.is_ready and self._form.values().is_blank:
            self._form.reset()

    def opened(self) -> None:
        """Keep what was typed: it may be meant for the new server."""
        self._policies = self._availability = self._failure = None
        if self.is_current:
            self.reload()

    def account_changed(self) -> None:
        self._update()

    @property
    def _is_covered(self) -> bool:
        return self.app.screen is not self.screen

    @property
    def _is_in_sight(self) -> bool:
        return self.is_current and not self._is_covered

    def reload(self) -> None:
        """Read the password policy and the languages, and who has the same user name or email."""

        async def read(session: "Session") -> Policies:
            from zitadel_tui.core import policies

            found, _ = await asyncio.gather(
                policies.read(session.client), asyncio.to_thread(rules.phone, "+41")
            )  # the rules for phones take a moment to load
            return found

        if self.app.session is not None:
            self.app.network.submit(
                self, read, then=self._policies_read, failed=lambda failure: None, group="policies"
            )
            self._check_availability()

    def _policies_read(self, policies: Policies) -> None:
        self._policies = policies
        self._form.offer(policies.languages)
        self._update()

    # While it is filled in

    def on_import_form_changed(self, event: ImportForm.Changed) -> None:
        event.stop()
        self._failure = None
        if event.name in ("user-name", "email"):
            self._availability = None
            if self._timer is not None:
                self._timer.stop()
            self._timer = self.set_timer(_PAUSE, self._check_availability)
        self._update()

    def on_import_form_focus_moved(self, event: ImportForm.FocusMoved) -> None:
        event.stop()
        self._update()

    def on_import_form_submitted(self, event: ImportForm.Submitted) -> None:
        event.stop()
        self._perform("import.send")

    def _check_availability(self) -> None:
        """Look up who has this user name or email; an answer for an old value is dropped."""
        form = self._form.values()
        user_name, email = form.user_name.strip(), form.email.strip()
        if self.app.session is None or not (user_name or email):
            return

        async def check(session: "Session") -> "Availability":
            from zitadel_tui.core.availability import check_availability

            return await check_availability(session.client, user_name=user_name, email=email)

        def then(found: "Availability") -> None:
            now = self._form.values()
            if (now.user_name.strip(), now.email.strip()) == (user_name, email):
                self._availability = found
                self._update()

        self.app.network.submit(
            self, check, then=then, failed=lambda failure: None, group="availability"
        )  # a hint that could not be read is not needed: the server decides

    def _problems(self, form: UserForm) -> list[Problem]:
        found = user_form.validate(form, self._policies or Policies())
        reason = self._no_roles() if form.roles else ""
        return [*found, Problem("roles", reason)] if reason else found

    def _update(self) -> None:
        """Update the notes beside and below the fields."""
        if not self._form.is_ready:
            return
        form, availability = self._form.values(), self._availability
        self._form.show_password_policy(self._policies)
        self._form.show_problems(self._problems(form))
        self._form.show_notes(
            preview=self._preview(form),
            user_name=labels.user_name_note(availability) if availability and form.user_name else ("",),
            email=labels.email_note(availability),
            roles=labels.roles_note(form, "" if self._may_grant() else self._no_roles()),
        )
        imports = self._imports
        status = labels.status_line(imports.sending, imports.results, self.hint("import.results"))
        self._status.show(*status)
        self._status.set_class(status != ("",), "-visible")
        self.count = str(len(imports.results)) if imports.results else None
        self.app.refresh_keys()

    def _preview(self, form: UserForm) -> list[Line]:
        if self._failure is not None:
            return labels.failure_lines(self._failure)
        reason = None if form.is_blank else self.app.reason_against("import.send")
        refused: list[Line] = [((reason, WARNING),)] if reason else []
        return refused + labels.preview(form, self._form.content_size.width)

    def _no_roles(self) -> str:
        """Why this account cannot assign roles; empty when it can."""
        account = self.app.account
        return "" if account is None or account.may(rights.ASSIGNING) else labels.no_roles(rights.ASSIGNING)

    def _may_grant(self) -> bool:
        """Whether this account can assign roles of some project at least."""
        return self.app.account is not None and self.app.account.may_somewhere(rights.GRANTING)

    # Sending

    def do_send(self) -> None:
        form = self._form.values()
        found = self._problems(form)
        if any(problem.grave for problem in found):
            self._form.reject(found)
            return
        self._failure = None
        self._imports.send(form, generated=form.password == self._generated)

    def _ended(self, one: Import) -> None:
        """Called when an import has ended, or its outcome is unknown."""
        if one.state == "created":
            self._created(one)
        elif one.state == "not created":
            self.app.show_message(f"{one.name} was not created. You can import the user again.")
        elif one.failure is not None:
            self._failed(one, one.failure)
        self._update()

    def _created(self, one: Import) -> None:
        assert one.onboarded is not None
        imported = one.onboarded.imported
        if self._form.values() == one.form:
            self._form.reset()
            self._failure = self._availability = self._generated = None
            if self._is_in_sight:
                self._form.focus_again()
        if not self._is_in_sight:
            self.app.show_message(imported.sentence)
        if imported.warning:
            self.app.show_message(imported.warning, severity="warning", keep=True)

    def _failed(self, one: Import, failure: Failure) -> None:
        """Show why an import failed. Nothing typed is lost; the message stays at the rejected value as
        long as that stays."""
        untouched = self._form.values() == one.form
        path = "userName" if isinstance(failure, errors.AlreadyThere) else ""
        path = failure.field if isinstance(failure, errors.InvalidInput) else path
        where = "no field"
        if one.state == "refused":
            where = self._form.refuse(path, failure.summary, one.form, focus=untouched and self._is_in_sight)
        if where == "changed":
            failure = _about(one, failure, "The field has changed since, so the message is shown here.")
        elif where == "no field" and not untouched:
            failure = _about(one, failure)
        if where != "shown":
            self._failure = failure
        if where == "changed" or not untouched or not self._is_in_sight:
            self.app.show_failure(failure)

    def _wrote(self, one: Import, outcome: "Applied | Failure") -> None:
        """Report a later write: roles, another link or another mail. The line of results shows assigned
        roles."""
        if isinstance(outcome, Failure):
            self.app.show_failure(_about(one, outcome))
            return
        if not (outcome.after and self.is_current):
            self.app.show_message(outcome.sentence)
        if outcome.warning:
            self.app.show_message(outcome.warning, severity="warning", keep=True)

    # Other keys

    def do_results(self) -> None:
        from zitadel_tui.tui.features.import_user.results import ImportResults

        def closed(kept: UserForm | None) -> None:
            if kept is not None and self._form.values().is_blank:
                self._form.reset(kept)
            self.shown_again()

        in_use = not self._form.values().is_blank
        self.app.push_screen(ImportResults(self._imports, form_in_use=in_use), closed)

    def do_check(self) -> None:
        for one in self._imports.results:
            if one.state == "unknown" and self._imports.reason_against(one) is None:
                self._imports.check(one)
                return

    async def do_clear(self) -> None:
        """Clear the form, after asking if something was typed."""
        form = self._form.values()
        if not form.is_blank:
            who = f"{form.first_name} {form.last_name}".strip() or form.email or form.user_name
            question = f"Clear the form{f' of {named(who)}' if who else ''}?"
            if not await ask(self.app, Confirm(question, [("What you typed will be lost.",)], verb="Clear")):
                return
        self._form.reset()
        self._failure = self._availability = self._generated = None
        self._form.focus_again()
        self._update()

    def do_generate(self) -> None:
        self._generated = rules.generated_password((self._policies or Policies()).password)
        self._form.put_password(self._generated)

    def do_show(self) -> None:
        if not self._form.toggle_secret():
            self.app.show_message("It contains characters that cannot be displayed.", severity="warning")

    def do_roles(self) -> None:
        from zitadel_tui.tui.features.import_user.choose_roles import ChooseRoles

        def chosen(roles: list[str] | None) -> None:
            if roles is not None:
                self._form.choose(roles, dialog.chosen_in_projects)

        form = self._form.values()
        who = f"{form.first_name} {form.last_name}".strip()
        dialog = ChooseRoles(form.roles, form.grants, (), who)
        self.app.push_screen(dialog, chosen)

    def on_opener_opened(self) -> None:
        self._perform("import.roles")

    def _perform(self, action_id: str) -> None:
        perform(self.app, self.app, actions.by_id(action_id))

    def do_edit(self) -> None:
        self._form.focus_again()

    def request(self) -> Any:
        from zitadel_tui.core import requests

        return requests.user_import(user_form.body(self._form.values()))

    def unsaved(self) -> str | None:
        lost = self._imports.unsaved()
        if self._form.is_ready and not self._form.values().is_blank:
            lost.insert(0, "The import form is filled in but not sent.")
        return " ".join(lost) or None

    @property
    def ranks(self) -> Mapping[str, int]:
        """Raise the key to the results, and the key that checks unknown outcomes."""
        results = self._imports.results
        unknown = any(one.onboarded is None for one in results)
        return {**({"import.results": 3} if results else {}), **({"import.check": 2} if unknown else {})}

    def reason_against(self, action_id: str) -> str | None:
        imports = self._imports
        if action_id == "import.send":
            signed_out = "Not signed in yet." if self.app.session is None else None
            empty = "The form is empty." if self._form.values().is_blank else None
            return imports.reason_against_sending() or signed_out or empty
        if action_id == "import.results" and not imports.results:
            return "There are no results: no user was imported yet."
        if action_id == "import.check":
            unknown = [one for one in imports.results if one.state in ("unknown", "checking")]
            return imports.reason_against(unknown[0]) if unknown else "No outcome is unknown."
        if action_id == "import.roles" and (reason := self._no_roles()) and not self._may_grant():
            return reason
        way = self._form.values().sign_in
        if action_id == "import.generate" and way != "password":
            return "First choose password as the sign-in."
        if action_id == "import.show" and way not in ("password", "hash"):
            return "There is no password or hash to show."
        return None


def _about(one: Import, failure: Failure, more: str = "") -> Failure:
    """A failure with the name of its import, to show elsewhere."""
    hint = " ".join(part for part in (advice(failure), reference(failure)) if part)
    return Failure(f"{one.name}: {failure.summary} {more}".rstrip(), hint)
