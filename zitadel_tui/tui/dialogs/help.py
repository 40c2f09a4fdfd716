"""The keys that work here, from the declared actions."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding

from zitadel_tui.actions import PLACES, Action, shown_key
from zitadel_tui.text import cells, padded
from zitadel_tui.tui.dialogs.base import Dialog
from zitadel_tui.tui.format.lines import BLANK, DIM, Line, hanging, heading
from zitadel_tui.tui.keys import HELP, ActionOwner, reason_against
from zitadel_tui.tui.widgets.panel import Panel
from zitadel_tui.tui.widgets.safe import block
from zitadel_tui.tui.widgets.table import RecordTable

_UNWRAPPED = 10_000  # cells


@dataclass(frozen=True, slots=True)
class _Entry:
    keys: str
    help: str
    reason: str = ""
    """Why it is not possible now."""

    def lines(self, width: int, room: int) -> list[Line]:
        """The keys in ``room`` cells, each followed by its help with a hanging indent."""
        first = padded(self.keys, room)
        told = hanging(first, self.help, width, first_style="$text-accent")
        return told + (hanging(" " * room, self.reason, width, DIM) if self.reason else [])


def sections(owner: ActionOwner) -> dict[str, list[_Entry]]:
    """The actions with keys, by place and in the order of declaration; keys for moving come last."""
    found: dict[str, list[_Entry]] = {}
    for action in owner.actions_here():
        if action.keys:
            reason = reason_against(owner, action) or ""
            entry = _Entry(_keys(action.keys), action.help, reason)
            found.setdefault(PLACES[action.where], []).append(entry)
    bindings = [binding for binding in RecordTable.BINDINGS if isinstance(binding, Binding)]
    found["Moving"] = [_Entry(_keys(one.key.split(",")), f"{one.description}.") for one in bindings]
    return found


def _keys(keys: Sequence[str]) -> str:
    return " ".join(map(shown_key, keys))


class HelpDialog(Dialog[None]):
    """Scrolls with the arrow keys; closes with escape."""

    title_text = "Keys"
    WIDTH = 92
    DEFAULT_CSS = """
    HelpDialog > #frame { height: 90%; }
    HelpDialog.-narrow > #frame { height: 100%; }
    HelpDialog Panel { height: 1fr; max-height: 100%; padding: 0; }
    """

    def __init__(self, owner: ActionOwner) -> None:
        super().__init__()
        self._sections = sections(owner)

    def actions_here(self) -> tuple[Action, ...]:
        return tuple(action for action in super().actions_here() if action.id != HELP)

    def lines(self, width: int) -> list[Line]:
        room = 2 + max(cells(entry.keys) for entries in self._sections.values() for entry in entries)
        told: list[Line] = []
        for place, entries in self._sections.items():
            told += [BLANK, heading(place), *(line for entry in entries for line in entry.lines(width, room))]
        return told[1:]

    def body(self) -> ComposeResult:
        yield Panel()

    def on_mount(self) -> None:
        panel = self.query_one(Panel)
        panel.show("keys", self.lines)
        self.set_focus(panel)

    async def do_copy(self) -> None:
        await self.app.copy("the list of keys", block(self.lines(_UNWRAPPED)).plain)
