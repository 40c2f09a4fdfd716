"""Questions before something is removed or lost; the default answer changes nothing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from zitadel_tui.actions import Action
from zitadel_tui.text import cells, cut, shown
from zitadel_tui.tui.dialogs.base import Dialog, ask_when_free
from zitadel_tui.tui.format.lines import BLANK, WARNING, Line
from zitadel_tui.tui.ports import Shell
from zitadel_tui.tui.widgets.field import Field
from zitadel_tui.tui.widgets.safe import SafeBlock, content

if TYPE_CHECKING:
    from zitadel_tui.core.account import Account
    from zitadel_tui.core.changes import Applied, Change
    from zitadel_tui.zitadel.wire.members import Member

_LONGEST_NAME = 40  # cells
_LEAST_WIDE, _MOST_WIDE = 60, 76  # cells of a question, borders included
_AROUND = 5  # cells beside a line of it: borders, blanks, scrollbar


def named(name: str) -> str:
    """A name for use in a question."""
    return cut(shown(name), _LONGEST_NAME)


class Confirm(Dialog[bool]):
    """A question that only ``y`` confirms. ``verb`` is the action: ``Remove``."""

    action_group = "confirm"
    danger = True
    DEFAULT_CSS = """
    Confirm VerticalScroll { max-height: 14; }
    """

    def __init__(self, question: str, lines: Sequence[Line], *, verb: str) -> None:
        super().__init__()
        self.title_text = question
        self._lines = lines
        self._verb = verb

    @property
    def width(self) -> int:
        """The width that the longest line needs, within limits."""
        lengths = (content(*line).cell_length for line in self._lines)
        needed = max((cells(shown(self.title_text)) + 2, *lengths))
        return min(_MOST_WIDE, max(_LEAST_WIDE, needed + _AROUND))

    def body(self) -> ComposeResult:
        with VerticalScroll():
            yield SafeBlock(*self._lines)

    def on_mount(self) -> None:
        self.set_focus(self.query_one(VerticalScroll))

    def actions_here(self) -> tuple[Action, ...]:
        """The dialog's actions; the key that confirms has the verb as its label."""
        return tuple(
            action._replace(label=self._verb) if action.name == "yes" else action
            for action in super().actions_here()
        )

    def do_yes(self) -> None:
        self.close(True)

    def do_no(self) -> None:
        self.close(False)


class Typed(Dialog[bool]):
    """A question that only typing the ``expected`` text confirms; subclasses show the question."""

    action_group = "typed"
    danger = True
    DEFAULT_CSS = """
    Typed Field { margin-top: 1; }
    """

    def __init__(self, expected: str, *, placeholder: str, otherwise: str) -> None:
        """``otherwise`` is said when another text was typed."""
        super().__init__()
        self._expected, self._otherwise = expected, otherwise
        self._field = Field(placeholder=placeholder)
        self._state = SafeBlock()

    def question(self) -> ComposeResult:
        """The widgets above the field."""
        yield from ()

    def body(self) -> ComposeResult:
        yield from self.question()
        yield self._field
        yield self._state

    def on_mount(self) -> None:
        self.set_focus(self._field)

    def on_input_submitted(self) -> None:
        self.perform("force")

    def do_force(self) -> None:
        typed = self._field.value.strip()
        if typed and typed == self._expected:
            self.close(True)
        else:
            self._state.update(((self._otherwise, WARNING),))

    def do_close(self) -> None:
        self.close(False)


class TypedName(Typed):
    """Confirms what is hard to undo by typing a name, or an id when the name cannot be typed."""

    title_text = "This is hard to undo"

    def __init__(self, reasons: Sequence[str], account: "Account | None", user_id: str) -> None:
        """``user_id`` is to be typed when neither name nor id of the organization is known."""
        name, org_id = (account.organization_name, account.org_id) if account else ("", "")
        what, expected = to_type(name, org_id, user_id)
        super().__init__(expected, placeholder=what, otherwise=f"That is not {what}. Nothing was done.")
        told: list[Line] = [((reason, WARNING),) for reason in reasons]
        self._lines = [*told, BLANK, (f"To do it anyway, type {what}: ", (expected, "bold"))]

    def question(self) -> ComposeResult:
        yield SafeBlock(*self._lines)


def to_type(name: str, org_id: str, user_id: str) -> tuple[str, str]:
    """What to type: its description, and the text, which is never empty. An id replaces a name that is
    unknown or cannot be typed."""
    if name.strip() and name == shown(name):
        return "the name of the organization", name.strip()
    if org_id:
        return "the id of the organization", org_id
    return "the id of the user", user_id


async def confirmed_where_protected(app: Shell, *, over: Dialog[Any] | None = None) -> bool:
    """Where a context protects the organization, have its name typed, in front of ``over``."""
    if not app.protection.is_protected:
        return True
    reason = f"The context {shown(app.protection.context)} is protected."
    dialog = TypedName((reason,), app.account, "")
    dialog.title_text = "This organization is protected"
    answer = await ask_when_free(app, dialog, over=over)
    return answer is True


async def apply_guarded(
    app: Shell, change: "Change", *, new_member: "Member | None" = None, over: Dialog[Any] | None = None
) -> "Applied | None":
    """Call ``app.pending.apply``; for what is hard to undo, ask for a name to be typed, in front of ``over``.

    Returns None when it was not confirmed: nothing was written.
    """
    from zitadel_tui.core.changes import Guarded

    try:
        applied = await app.pending.apply(change, new_member=new_member)
    except Guarded as guarded:
        dialog = TypedName(guarded.reasons, app.account, change.subject)
        if not await ask_when_free(app, dialog, over=over):
            return None
        applied = await app.pending.apply(change, new_member=new_member, forced=True)
    app.show_message(applied.sentence)
    if applied.warning:
        app.show_message(applied.warning, severity="warning", keep=True)
    return applied
