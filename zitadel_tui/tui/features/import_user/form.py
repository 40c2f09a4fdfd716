"""The fields of an import, in the order one thinks: who, how reached, how they sign in, what they may do."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from zitadel_tui.core.person_form import SIGN_INS, PersonForm
from zitadel_tui.core.policies import Policies
from zitadel_tui.core.rules import Problem, proposed_user_name
from zitadel_tui.secret import Secret
from zitadel_tui.text import shown
from zitadel_tui.tui.features.import_user import labels as import_words
from zitadel_tui.tui.features.import_user.field_messages import FieldMessages
from zitadel_tui.tui.features.import_user.fields import FIELDS, MOVES, TEXTS, Text, row, second, tell
from zitadel_tui.tui.format.lines import WARNING, Line
from zitadel_tui.tui.widgets.choice import Check, Choice, FormWidget, Opener
from zitadel_tui.tui.widgets.field import Field
from zitadel_tui.tui.widgets.safe import SafeBlock, SafeLine
from zitadel_tui.tui.widgets.secret_field import SecretField


class ImportForm(VerticalScroll, can_focus=False):
    """Knows the fields and what stands beside them; reads and sends nothing."""

    DEFAULT_CSS = """
    ImportForm {
        padding: 0 1; scrollbar-size-vertical: 1;
        & Horizontal { height: 1; }
        & .-gap { height: 2; padding-top: 1; }
        & .label { width: 13; color: $text-muted; }
        & .second { width: 13; padding-left: 2; color: $text-muted; }
        & .beside { width: 1fr; padding-left: 2; }
        & Check { padding-left: 2; width: 1fr; }
        & #change-required { padding-left: 13; }
        & Field { width: 1fr; }
        & .told { margin-left: 13; display: none; }
        & .told.-said { display: block; }
        & .of-password, & .of-hash { display: none; }
        &.-password .of-password, &.-hash .of-hash { display: block; }
        & #happens { margin-top: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *MOVES,
        Binding("enter", "send", "Send", show=False),
    ]

    class Changed(Message):
        """The field ``name`` has another value."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class Sent(Message):
        """Enter was pressed."""

    class Ready(Message):
        """Its fields are there."""

    class Moved(Message):
        """Another field has the focus."""

    def __init__(self) -> None:
        super().__init__()
        form = PersonForm()
        self._texts = {name: Text(id=name) for name in TEXTS}
        self._email_verified = Check("verified", form.email_verified, id="email-verified")
        self._phone_verified = Check("verified", form.phone_verified, id="phone-verified")
        self._language = Choice(import_words.language_options(()), form.language, id="language")
        self._gender = Choice(import_words.GENDER_OPTIONS, form.gender, id="gender")
        self._sign_in = Choice(import_words.SIGN_IN_OPTIONS, form.sign_in, spread=True, id="sign-in")
        self._password, self._hash = SecretField(id="password"), SecretField(id="hash")
        self._change = Check("must change it at first sign-in", form.change_required, id="change-required")
        self._roles_line = Opener(id="roles")
        self._roles = tuple(form.roles)
        self._proposed = ""
        self._told = FieldMessages(FIELDS)
        self._insists = False
        self._user_name_note = SafeLine(classes="beside")
        self._password_note = SafeLine(classes="beside")
        self._email_note = SafeBlock(classes="told")
        self._one_secret = SafeBlock(classes="told")
        self._happens = SafeBlock(id="happens")
        self._last: Widget = self._texts["first-name"]
        self.is_ready = False
        for field in (*self._texts.values(), self._password, self._hash):
            field.select_on_focus = False

    def compose(self) -> ComposeResult:
        text, below = self._texts, self._told.below
        yield row("First name", text["first-name"], second("Last name", text["last-name"]))
        yield from below("first-name", "last-name")
        yield row("Email", text["email"], self._email_verified)
        yield from (*below("email"), self._email_note)
        yield row("User name", text["user-name"], self._user_name_note)
        yield from below("user-name")
        yield row("Display name", text["display-name"], second("Nick name", text["nick-name"]), gap=True)
        yield from below("display-name", "nick-name")
        yield row("Phone", text["phone"], self._phone_verified)
        yield from below("phone")
        yield row("Language", self._language, second("Gender", self._gender))
        yield from below("language", "gender")
        yield row("Signs in by", self._sign_in, gap=True)
        yield self._one_secret
        yield row("Password", self._password, self._password_note, classes="of-password")
        yield from below("password")
        yield Horizontal(self._change, classes="of-password")
        yield row("Hash", self._hash, classes="of-hash")
        yield from below("hash")
        yield row("Roles", self._roles_line, gap=True)
        yield from (*below("roles"), self._happens)

    def on_mount(self) -> None:
        self.is_ready = True
        self.post_message(self.Ready())

    # What is in it

    def values(self) -> PersonForm:
        text = {name: field.value for name, field in self._texts.items()}
        return PersonForm(
            first_name=text["first-name"],
            last_name=text["last-name"],
            user_name=self._user_name(),
            nick_name=text["nick-name"],
            display_name=text["display-name"],
            email=text["email"],
            email_verified=self._email_verified.value,
            phone=text["phone"],
            phone_verified=self._phone_verified.value,
            language=self._language.value,
            gender=self._gender.value,
            sign_in=next(way for way in SIGN_INS if way == self._sign_in.value),
            password=self._password.secret,
            change_required=self._change.value,
            hashed_password=self._hash.secret,
            roles=self._roles,
        )

    def _user_name(self) -> str:
        """It follows the email until it is edited."""
        typed = self._texts["user-name"].value
        return proposed_user_name(self._texts["email"].value) if typed in ("", self._proposed) else typed

    def when_typed(self, then: Callable[[], None]) -> None:
        """Call ``then`` when every field has taken the keys before this one: each has a queue of its own."""
        waiting: set[Field] = {*self._texts.values(), self._password, self._hash}

        def has_taken(field: Field) -> None:
            waiting.discard(field)
            if not waiting:
                then()

        for field in tuple(waiting):
            field.call_later(has_taken, field)

    def fill(self, form: PersonForm) -> None:
        """Begin anew with what ``form`` keeps for another person; texts and secrets are emptied."""
        self._proposed = ""
        for field in (*self._texts.values(), self._password, self._hash):
            field.value = ""
        self._password.reveal(False)
        self._email_verified.value, self._phone_verified.value = form.email_verified, form.phone_verified
        self._language.value, self._gender.value = form.language, form.gender
        self._sign_in.value, self._change.value = form.sign_in, form.change_required
        self._roles = tuple(form.roles)
        self._told.forget()
        self._insists = False
        self._last = self._texts["first-name"]

    def offer(self, languages: Sequence[str]) -> None:
        self._language.offer(import_words.language_options(languages, self._language.value))

    @property
    def roles(self) -> tuple[str, ...]:
        return self._roles

    @roles.setter
    def roles(self, roles: Sequence[str]) -> None:
        self._roles = tuple(roles)
        self._changed(self._roles_line)

    @property
    def _secret_field(self) -> SecretField:
        return self._hash if self._sign_in.value == "hash" else self._password

    def toggle_secret(self) -> bool:
        """Show or hide password or hash; False where it holds what cannot be shown."""
        field = self._secret_field
        return field.reveal(field.password)

    def put_password(self, password: Secret) -> None:
        """One that was generated: it is shown, for it must be handed over."""
        self._password.value = password.reveal()
        self._password.cursor_position = len(self._password.value)
        self._password.reveal(True)
        self._take_focus(self._password)

    # What is said

    def judge(self, problems: Sequence[Problem]) -> None:
        empty = frozenset(name for name in FIELDS.values() if self._is_empty(name))
        focused = self.screen.focused
        inside = focused.id if focused is not None and focused in self.query("*") else None
        if not self._insists:  # the checklist beside the password says the same
            problems = [problem for problem in problems if problem.field != "password"]
        self._told.show(problems, empty=empty, focused=inside, insist=self._insists)

    def _value(self, name: str) -> object:
        widget = self.query_one(f"#{name}")
        if isinstance(widget, Input):
            return Secret(widget.value)
        return widget.value if isinstance(widget, Choice | Check) else self._roles

    def _is_empty(self, name: str) -> bool:
        widget = self.query_one(f"#{name}")
        return isinstance(widget, Input) and not widget.value

    def insist(self, problems: Sequence[Problem]) -> None:
        """The form was to be sent: say all, and go to the first that is wrong, as the form goes."""
        self._insists = True
        wrong = {FIELDS.get(problem.field, "") for problem in problems if problem.grave}
        first = next((name for name in FIELDS.values() if name in wrong), None)
        if first is not None:
            self._take_focus(self.query_one(f"#{first}"))
        self.judge(problems)

    def refuse(self, path: str, sentence: str, *, here: bool) -> bool:
        """The server refused a field: say so there and, while one is ``here``, go there; False when the
        form has no such field."""
        inside = (name for one, name in FIELDS.items() if one.startswith(f"{path}."))
        name = FIELDS.get(path) or next(inside, None)
        if name is None:
            return False
        self._told.refuse(name, self._value(name), sentence)
        self._last = self.query_one(f"#{name}")
        if here:
            self._take_focus(self._last)
        return True

    def say(self, *, happens: Sequence[Line], user_name: Line, email: Line, roles: str) -> None:
        """The lines that are about more than one field, or come from the server."""
        self._happens.update(*happens)
        self._user_name_note.show(*user_name)
        tell(self._email_note, *email)
        self._roles_line.words = roles

    def check_password(self, policies: Policies | None) -> None:
        """The organization's policy as a list, and why only one secret counts."""
        form, policy = self.values(), policies.password if policies else None
        self._password_note.show(*import_words.policy_note(form.password, policy))
        both = form.sign_in in ("password", "hash") and form.password and form.hashed_password
        tell(self._one_secret, (import_words.ONE_SECRET, WARNING) if both else "")
        for way in ("password", "hash"):
            self.set_class(form.sign_in == way, f"-{way}")
        full_name = f"{form.first_name.strip()} {form.last_name.strip()}".strip()
        self._texts["display-name"].placeholder = shown(full_name)

    # Focus

    def focus_again(self) -> None:
        """Go to the field that had the focus last."""
        self._take_focus(self._last if self._last.display else self._texts["first-name"])

    def _take_focus(self, widget: Widget) -> None:
        self.screen.set_focus(widget)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self._last = event.widget
        self.post_message(self.Moved())

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        if event.widget.id and not self._is_empty(event.widget.id):
            self._told.left(event.widget.id)
        self.post_message(self.Moved())

    # Keys and changes

    def action_send(self) -> None:
        self.post_message(self.Sent())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_send()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input is self._texts["email"]:
            self._propose()
        self._changed(event.input)

    def on_form_widget_changed(self, event: FormWidget.Changed) -> None:
        event.stop()
        self._changed(event.widget)

    def _changed(self, widget: Widget) -> None:
        name = widget.id or ""
        self._told.changed(name, self._value(name))
        self.post_message(self.Changed(name))

    def _propose(self) -> None:
        field, proposed = self._texts["user-name"], self._user_name()
        if proposed != field.value:
            self._proposed = field.value = proposed
            field.cursor_position = len(proposed)
