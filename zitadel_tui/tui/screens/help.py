"""The keys of where one is, from the declarations."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll

from zitadel_tui.actions import PLACES, shown_key
from zitadel_tui.text import padded
from zitadel_tui.tui.keys import Keyed
from zitadel_tui.tui.screens.dialog import Dialog
from zitadel_tui.tui.table import RecordTable
from zitadel_tui.tui.widgets.safe import Part, SafeBlock

_KEYS = 14


def lines(keyed: Keyed) -> list[tuple[Part, ...]]:
    """A heading for each place, a line for each action; what is not possible now is followed by why."""
    result: list[tuple[Part, ...]] = []
    place = ""
    for action in keyed.actions_here():
        if not action.keys:
            continue
        if action.where != place:
            place = action.where
            result += [("",), ((PLACES[place], "bold"),)]
        reason = keyed.reason_against(action.id)
        help_line: tuple[Part, ...] = _line(action.keys, action.help)
        result.append((*help_line, (f"  {reason}", "$text-warning")) if reason else help_line)
    return [*result[1:], ("",), (("Moving", "bold"),), *_moving()]


def _line(keys: Sequence[str], words: str) -> tuple[Part, ...]:
    return ((padded(" ".join(map(shown_key, keys)), _KEYS), "$text-accent"), words)


def _moving() -> list[tuple[Part, ...]]:
    bindings = [binding for binding in RecordTable.BINDINGS if isinstance(binding, Binding)]
    return [_line(binding.key.split(","), binding.description + ".") for binding in bindings]


class HelpDialog(Dialog[None]):
    """Scrolls by the arrow keys; closes by escape."""

    title_text = "Keys"

    def __init__(self, keyed: Keyed) -> None:
        super().__init__()
        self._lines = lines(keyed)

    def body(self) -> ComposeResult:
        with VerticalScroll():
            yield SafeBlock(*self._lines)

    def on_mount(self) -> None:
        self.set_focus(self.query_one(VerticalScroll))

    async def do_copy(self) -> None:
        await self.app.copy("the list of keys", self.query_one(SafeBlock).plain)
