"""Questions before something is taken away: their default is the harmless answer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from zitadel_tui.text import cut, shown
from zitadel_tui.tui.dialogs.base import Dialog, ask
from zitadel_tui.tui.format.lines import BLANK, WARNING, Line
from zitadel_tui.tui.ports import Shell
from zitadel_tui.tui.widgets.field import Field
from zitadel_tui.tui.widgets.safe import SafeBlock

if TYPE_CHECKING:
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
        self.dismiss(True)

    def do_no(self) -> None:
        self.dismiss(False)


class TypedName(Dialog[bool]):
    """For what is hard to take back: the name of the organization has to be typed."""

    place = "typed"
    title_text = "This is hard to take back"
    DEFAULT_CSS = """
    TypedName Field { margin-top: 1; }
    """

    def __init__(self, reasons: Sequence[str], name: str) -> None:
        super().__init__()
        self._name = shown(name).strip()
        told: list[Line] = [((reason, WARNING),) for reason in reasons]
        request: Line = ("To do it all the same, type the name of the organization: ", (self._name, "bold"))
        self._lines = [*told, BLANK, request]
        self._field = Field(placeholder="its name, or esc to leave everything as it is")
        self._state = SafeBlock()

    def body(self) -> ComposeResult:
        yield SafeBlock(*self._lines)
        yield self._field
        yield self._state

    def on_mount(self) -> None:
        self.set_focus(self._field)

    def on_input_submitted(self) -> None:
        self.do_force()

    def do_force(self) -> None:
        if self._field.value.strip() == self._name:
            self.dismiss(True)
        else:
            self._state.update((("That is not its name; nothing was done.", WARNING),))

    def do_close(self) -> None:
        self.dismiss(False)


async def apply_guarded(
    app: Shell, change: "Change", *, newcomer: "Member | None" = None
) -> "Applied | None":
    """``app.pending.apply``; what does harm that is hard to take back asks for the name of the
    organization. None when that was not given: nothing was written."""
    from zitadel_tui.core.changes import Guarded

    try:
        applied = await app.pending.apply(change, newcomer=newcomer)
    except Guarded as guarded:
        name = app.account.organization_name if app.account else ""
        if not await ask(app, TypedName(guarded.reasons, name)):
            return None
        applied = await app.pending.apply(change, newcomer=newcomer, forced=True)
    app.show_message(applied.sentence)
    if applied.warning:
        app.show_message(applied.warning, severity="warning")
    return applied
