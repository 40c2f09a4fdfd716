"""The fields of an import: name, contact, sign-in, roles."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from zitadel_tui.core.policies import Policies
from zitadel_tui.core.rules import Problem, proposed_user_name
from zitadel_tui.core.user_form import SIGN_INS, UserForm
from zitadel_tui.secret import Secret
from zitadel_tui.text import shown
from zitadel_tui.tui.features.import_user import labels
from zitadel_tui.tui.format.lines import DANGER, DIM, WARNING, Line, Part
from zitadel_tui.tui.widgets.choice import Check, Choice, FormWidget, Opener
from zitadel_tui.tui.widgets.field import Field, SecretField
from zitadel_tui.tui.widgets.safe import SafeBlock, SafeLine

if TYPE_CHECKING:
    from zitadel_tui.core.projects import ProjectRoles

FIELDS = {
    "profile.firstName": "first-name",
    "profile.lastName": "last-name",
    "email.email": "email",
    "userName": "user-name",
    "profile.displayName": "display-name",
    "profile.nickName": "nick-name",
    "phone.phone": "phone",
    "profile.preferredLanguage": "language",
    "profile.gender": "gender",
    "password": "password",
    "hashedPassword.value": "hash",
    "roles": "roles",
}
"""From the JSON path of a field, as refusals name it, to its widget, in the order of the form."""
_TEXTS = tuple(FIELDS.values())[:7]
_MOVES: list[BindingType] = [
    Binding("down", "app.focus_next", "Next field", show=False),
    Binding("up", "app.focus_previous", "Field before", show=False),
]


class _Text(Field):
    """A field that up and down leave."""

    BINDINGS: ClassVar[list[BindingType]] = _MOVES


class FieldMessages:
    """A line below each field: a problem found here, or a value that the server rejected.

    While a field is filled in for the first time, what is wrong so far is dim; that it is empty is said only
    when the form was to be sent. A refusal stands where the refused value stands.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        """``fields`` maps the JSON path of a field to its name."""
        self._names = fields
        self._blocks = {name: SafeBlock(classes="message") for name in fields.values()}
        self._refused: dict[str, tuple[str, object]] = {}
        self._visited: set[str] = set()

    def below(self, *names: str) -> Iterable[SafeBlock]:
        return [self._blocks[name] for name in names]

    def reset(self) -> None:
        self._refused.clear()
        self._visited.clear()

    def visited(self, name: str) -> None:
        """The focus has left this field."""
        self._visited.add(name)

    def refuse(self, name: str, value: object, sentence: str) -> None:
        """Note that the server rejected this value of a field."""
        self._refused[name] = (sentence, value)

    def show(
        self,
        problems: Sequence[Problem],
        values: Mapping[str, object],
        *,
        focused: str | None,
        everything: bool,
    ) -> None:
        """Show the messages for ``values``, those of all fields; ``everything`` after trying to send the
        form."""
        by_name: dict[str, Problem] = {}
        for problem in problems:
            by_name.setdefault(self._names.get(problem.field, ""), problem)
        for name, block in self._blocks.items():
            part = self._refusal(name, values[name])
            if part is None and (everything or values[name]):
                dim = name == focused and not everything and name not in self._visited
                part = _message(by_name.get(name), dim=dim)
            _show(block, *([part] if part else []))

    def _refusal(self, name: str, value: object) -> Part | None:
        sentence, refused = self._refused.get(name, ("", None))
        return (sentence, DANGER) if sentence and value == refused else None


def _message(problem: Problem | None, *, dim: bool) -> Part | None:
    if problem is None:
        return None
    return (problem.sentence, DIM if dim else DANGER if problem.grave else WARNING)


def _show(block: SafeBlock, *parts: Part) -> None:
    """Set a line, which is hidden while it is empty."""
    block.set_class(any(part if isinstance(part, str) else part[0] for part in parts), "-visible")
    block.update(parts)


class ImportForm(VerticalScroll, can_focus=False):
    """The fields with their notes; does not send requests."""

    DEFAULT_CSS = """
    ImportForm {
        padding: 0 1; scrollbar-size-vertical: 1;
        & Horizontal { height: 1; max-width: 110; }
        & .heading { color: $text-muted; text-style: bold; }
        & .label { width: 13; padding-right: 1; text-align: right; color: $text-muted; }
        & .second { width: 13; padding-right: 1; text-align: right; color: $text-muted; }
        & .beside { width: 1fr; padding-left: 2; }
        & Check { padding-left: 2; width: 1fr; }
        & #change-required { padding-left: 13; }
        & Field { width: 1fr; max-width: 40; }
        & .message { margin-left: 13; display: none; }
        & .message.-visible { display: block; }
        & .of-password, & .of-hash { display: none; }
        &.-password .of-password, &.-hash .of-hash { display: block; }
        & #preview { margin-top: 1; padding-left: 1; max-width: 110; border-left: heavy $border; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *_MOVES,
        Binding("enter", "submit", "Import", show=False),
    ]

    class Changed(Message):
        """Posted when the field ``name`` has changed."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class Submitted(Message):
        """Enter was pressed."""

    class Ready(Message):
        """Posted when the fields are mounted."""

    class FocusMoved(Message):
        """Posted when another field has the focus."""

    def __init__(self) -> None:
        super().__init__()
        form = UserForm()
        self._texts = {name: _Text(id=name) for name in _TEXTS}
        self._email_verified = Check("verified", form.email_verified, id="email-verified")
        self._phone_verified = Check("verified", form.phone_verified, id="phone-verified")
        self._language = Choice(labels.language_options(()), form.language, id="language")
        self._gender = Choice(labels.GENDER_OPTIONS, form.gender, id="gender")
        self._sign_in = Choice(labels.SIGN_IN_OPTIONS, form.sign_in, spread=True, id="sign-in")
        self._password, self._hash = SecretField(id="password"), SecretField(id="hash")
        self._change = Check("must change it at first sign-in", form.change_required, id="change-required")
        self._roles_line = Opener(id="roles")
        self._roles, self._grants = tuple(form.roles), form.grants
        self._proposed = ""
        self._messages = FieldMessages(FIELDS)
        self._was_submitted = False
        self._user_name_note = SafeLine(classes="beside")
        self._password_note = SafeLine(classes="beside")
        self._email_note = SafeBlock(classes="message")
        self._one_secret = SafeBlock(classes="message")
        self._preview = SafeBlock(id="preview")
        self._last: Widget = self._texts["first-name"]
        self.is_ready = False
        for field in (*self._texts.values(), self._password, self._hash):
            field.select_on_focus = False

    def compose(self) -> ComposeResult:
        text, below = self._texts, self._messages.below
        yield _heading("Required")
        yield _row("First name", text["first-name"], _second("Last name", text["last-name"]))
        yield from below("first-name", "last-name")
        yield _row("Email", text["email"], self._email_verified)
        yield from (*below("email"), self._email_note)
        yield _row("User name", text["user-name"], self._user_name_note)
        yield from below("user-name")
        yield _heading("Optional")
        yield _row("Display name", text["display-name"], _second("Nick name", text["nick-name"]))
        yield from below("display-name", "nick-name")
        yield _row("Phone", text["phone"], self._phone_verified)
        yield from below("phone")
        yield _row("Language", self._language, _second("Gender", self._gender))
        yield from below("language", "gender")
        yield _heading("Sign-in and roles")
        yield _row("Sign-in", self._sign_in)
        yield self._one_secret
        yield _row("Password", self._password, self._password_note, classes="of-password")
        yield from below("password")
        yield Horizontal(self._change, classes="of-password")
        yield _row("Hash", self._hash, classes="of-hash")
        yield from below("hash")
        yield _row("Roles", self._roles_line)
        yield from (*below("roles"), self._preview)

    def on_mount(self) -> None:
        self.is_ready = True
        self.post_message(self.Ready())

    # Values

    def values(self) -> UserForm:
        text = {name: field.value for name, field in self._texts.items()}
        return UserForm(
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
            grants=self._grants,
        )

    def _user_name(self) -> str:
        """The user name, which follows the email until it is edited."""
        typed = self._texts["user-name"].value
        return proposed_user_name(self._texts["email"].value) if typed in ("", self._proposed) else typed

    def reset(self, form: UserForm | None = None) -> None:
        """Empty the fields; set the choices to those of ``form``, by default those of a new form."""
        form = form or UserForm()
        self._proposed = ""
        for field in (*self._texts.values(), self._password, self._hash):
            field.value = ""
        self._password.reveal(False)
        self._hash.reveal(False)
        self._email_verified.value, self._phone_verified.value = form.email_verified, form.phone_verified
        self._language.value, self._gender.value = form.language, form.gender
        self._sign_in.value, self._change.value = form.sign_in, form.change_required
        self._roles, self._grants = tuple(form.roles), form.grants
        self._messages.reset()
        self._was_submitted = False
        self._last = self._texts["first-name"]

    def offer(self, languages: Sequence[str]) -> None:
        """Set the languages to choose from."""
        self._language.offer(labels.language_options(languages, self._language.value))

    @property
    def roles(self) -> tuple[str, ...]:
        return self._roles

    @roles.setter
    def roles(self, roles: Sequence[str]) -> None:
        self.choose(roles, self._grants)

    def choose(self, roles: Sequence[str], grants: "tuple[ProjectRoles, ...]") -> None:
        """Set the roles to assign after the import, here and in projects."""
        self._roles, self._grants = tuple(roles), grants
        self._changed(self._roles_line)

    @property
    def _secret_field(self) -> SecretField:
        return self._hash if self._sign_in.value == "hash" else self._password

    def toggle_secret(self) -> bool:
        """Show or hide password or hash; returns False when it cannot be displayed."""
        field = self._secret_field
        return field.reveal(field.password)

    def put_password(self, password: Secret) -> None:
        """Set a generated password and show it, because it must be handed over."""
        self._password.value = password.reveal()
        self._password.cursor_position = len(self._password.value)
        self._password.reveal(True)
        self._take_focus(self._password)

    # Problems and notes

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show the problems below the fields."""
        focused = self.screen.focused
        inside = focused.id if focused is not None and focused in self.query("*") else None
        if not self._was_submitted:  # the checklist beside the password says the same
            problems = [problem for problem in problems if problem.field != "password"]
        values = _by_name(self.values())
        self._messages.show(problems, values, focused=inside, everything=self._was_submitted)

    def reject(self, problems: Sequence[Problem]) -> None:
        """After trying to send the form: show all problems, and focus the first invalid field."""
        self._was_submitted = True
        wrong = {FIELDS.get(problem.field, "") for problem in problems if problem.grave}
        first = next((name for name in FIELDS.values() if name in wrong), None)
        if first is not None:
            self._take_focus(self.query_one(f"#{first}"))
        self.show_problems(problems)

    def refuse(
        self, path: str, sentence: str, sent: UserForm, *, focus: bool
    ) -> Literal["shown", "changed", "no field"]:
        """Show at a field that the server rejected its value in ``sent``. Returns ``changed`` when the
        field has another value by now, which is not marked. ``focus`` moves the focus to the field."""
        inside = (name for one, name in FIELDS.items() if one.startswith(f"{path}."))
        name = FIELDS.get(path) or next(inside, None)
        if name is None:
            return "no field"
        refused = _by_name(sent)[name]
        if _by_name(self.values())[name] != refused:
            return "changed"
        self._messages.refuse(name, refused, sentence)
        if focus:
            self._last = self.query_one(f"#{name}")
            self._take_focus(self._last)
        return "shown"

    def show_notes(self, *, preview: Sequence[Line], user_name: Line, email: Line, roles: str) -> None:
        """Show the notes about more than one field, or from the server."""
        self._preview.update(*preview)
        self._user_name_note.show(*user_name)
        _show(self._email_note, *email)
        self._roles_line.words = roles

    def show_password_policy(self, policies: Policies | None) -> None:
        """Show the organization's password policy as a checklist, and why only one secret counts."""
        form, policy = self.values(), policies.password if policies else None
        self._password_note.show(*labels.policy_note(form.password, policy))
        both = form.sign_in in ("password", "hash") and form.password and form.hashed_password
        _show(self._one_secret, (labels.ONE_SECRET, WARNING) if both else "")
        for way in ("password", "hash"):
            self.set_class(form.sign_in == way, f"-{way}")
        full_name = f"{form.first_name.strip()} {form.last_name.strip()}".strip()
        self._texts["display-name"].placeholder = shown(full_name)

    # Focus

    def focus_again(self) -> None:
        """Return the focus to the field that had it last."""
        self._take_focus(self._last if self._last.display else self._texts["first-name"])

    def _take_focus(self, widget: Widget) -> None:
        self.screen.set_focus(widget)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self._last = event.widget
        self.post_message(self.FocusMoved())

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        widget = event.widget
        if widget.id and not (isinstance(widget, Input) and not widget.value):
            self._messages.visited(widget.id)
        self.post_message(self.FocusMoved())

    # Keys and changes

    def action_submit(self) -> None:
        self.post_message(self.Submitted())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_submit()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input is self._texts["email"]:
            self._propose()
        self._changed(event.input)

    def on_form_widget_changed(self, event: FormWidget.Changed) -> None:
        event.stop()
        self._changed(event.widget)

    def _changed(self, widget: Widget) -> None:
        self.post_message(self.Changed(widget.id or ""))

    def _propose(self) -> None:
        field, proposed = self._texts["user-name"], self._user_name()
        if proposed != field.value:
            self._proposed = field.value = proposed
            field.cursor_position = len(proposed)


def _by_name(form: UserForm) -> dict[str, object]:
    """The values of a form by the names of their widgets; secrets stay what they are."""
    return {
        name: form.hashed_password if name == "hash" else getattr(form, name.replace("-", "_"))
        for name in FIELDS.values()
    }


def _heading(label: str) -> SafeLine:
    """Between two groups of fields, instead of an empty line."""
    return SafeLine(label, classes="heading")


def _row(label: str, cell: Widget, beside: Widget | None = None, *, classes: str | None = None) -> Horizontal:
    """A label with its widgets in the left half, others in the right half."""
    left = [SafeLine(label, classes="label"), cell]
    if beside is None:
        return Horizontal(*left, classes=classes)
    return Horizontal(Horizontal(*left), beside, classes=classes)


def _second(label: str, cell: Widget) -> Horizontal:
    return Horizontal(SafeLine(label, classes="second"), cell)
