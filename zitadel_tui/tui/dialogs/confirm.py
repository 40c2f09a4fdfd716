"""Questions before something is taken away: their default is the harmless answer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from zitadel_tui.text import cut, shown
from zitadel_tui.tui.dialogs.base import Dialog, ask_when_free
from zitadel_tui.tui.format.lines import BLANK, WARNING, Line
from zitadel_tui.tui.ports import Shell
from zitadel_tui.tui.widgets.field import Field
from zitadel_tui.tui.widgets.safe import SafeBlock

if TYPE_CHECKING:
    from zitadel_tui.core.account import Account
    from zitadel_tui.core.changes import Applied, Change
    from zitadel_tui.zitadel.wire.members import Member

_LONGEST_NAME = 40  # cells


def named(name: str) -> str:
    """A name as it stands in a question."""
    return cut(shown(name), _LONGEST_NAME)


class Confirm(Dialog[bool]):
    """Names what it is about; only ``y`` is a yes."""

    place = "confirm"
    DEFAULT_CSS = """
    Confirm VerticalScroll { max-height: 14; }
    """

    def __init__(self, question: str, lines: Sequence[Line]) -> None:
        super().__init__()
        self.title_text = question
        self._lines = lines

    def body(self) -> ComposeResult:
        with VerticalScroll():
            yield SafeBlock(*self._lines)

    def on_mount(self) -> None:
        self.set_focus(self.query_one(VerticalScroll))

    def do_yes(self) -> None:
        self.close(True)

    def do_no(self) -> None:
        self.close(False)


class TypedName(Dialog[bool]):
    """For what is hard to undo: a name, or an id where the name cannot be typed, confirms it."""

    place = "typed"
    title_text = "This is hard to undo"
    DEFAULT_CSS = """
    TypedName Field { margin-top: 1; }
    """

    def __init__(self, reasons: Sequence[str], account: "Account | None", user_id: str) -> None:
        """``user_id`` is asked for where neither name nor id of the organization is known."""
        super().__init__()
        name, org_id = (account.organization_name, account.org_id) if account else ("", "")
        self._what, self._expected = to_type(name, org_id, user_id)
        told: list[Line] = [((reason, WARNING),) for reason in reasons]
        request: Line = (f"To do it anyway, type {self._what}: ", (self._expected, "bold"))
        self._lines = [*told, BLANK, request]
        self._field = Field(placeholder=self._what)
        self._state = SafeBlock()

    def body(self) -> ComposeResult:
        yield SafeBlock(*self._lines)
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
            self._state.update(((f"That is not {self._what}. Nothing was done.", WARNING),))

    def do_close(self) -> None:
        self.close(False)


def to_type(name: str, org_id: str, user_id: str) -> tuple[str, str]:
    """What has to be typed, in words, and the text, which is never empty: a name that could not be read,
    or cannot be typed, gives way to an id."""
    if name.strip() and name == shown(name):
        return "the name of the organization", name.strip()
    if org_id:
        return "the id of the organization", org_id
    return "the id of the user", user_id


async def apply_guarded(
    app: Shell, change: "Change", *, newcomer: "Member | None" = None, over: Dialog[Any] | None = None
) -> "Applied | None":
    """``app.pending.apply``; what is hard to undo asks for a name to be typed, in front of ``over``.

    None when that was not given: nothing was written.
    """
    from zitadel_tui.core.changes import Guarded

    try:
        applied = await app.pending.apply(change, newcomer=newcomer)
    except Guarded as guarded:
        dialog = TypedName(guarded.reasons, app.account, change.subject)
        if not await ask_when_free(app, dialog, over=over):
            return None
        applied = await app.pending.apply(change, newcomer=newcomer, forced=True)
    app.show_message(applied.sentence)
    if applied.warning:
        app.show_message(applied.warning, severity="warning", keep=True)
    return applied
