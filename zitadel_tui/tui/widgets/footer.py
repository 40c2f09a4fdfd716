"""The last line: at most eight keys that make sense here, as many as fit, help always.

Textual's ``Footer`` was judged (8.2): it cuts what does not fit without regard to importance, and knows no
difference between a list and a field.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from zitadel_tui.actions import Action, shown_key
from zitadel_tui.text import cells
from zitadel_tui.tui.keys import action_owner, in_field, perform, reason_against

if TYPE_CHECKING:
    from zitadel_tui.tui.ports import Shell

MOST = 8
_GAP = 2


def chosen(actions: Sequence[Action], *, typing: bool, width: int) -> list[tuple[Action, str]]:
    """What the footer shows, in the order of declaration, each with the key that works now.

    Left out are keys that would be typed into a field; a key that an earlier action has here already;
    then the least important until the rest fits into ``width`` cells.
    """
    taken: set[str] = set()
    fitting: list[tuple[Action, str]] = []
    for action in actions:
        key = action.key_in_field() if typing else next(iter(action.keys), None)
        if key is None or key in taken:
            continue
        taken.update(action.keys)
        if _importance(action, typing):
            fitting.append((action, key))
    while len(fitting) > MOST or (_width(fitting) > width > 0 and len(fitting) > 1):
        fitting.remove(max(fitting, key=lambda entry: _importance(entry[0], typing)))
    return fitting


def _importance(action: Action, typing: bool) -> int:
    return action.typing if typing else action.footer


def _width(entries: Sequence[tuple[Action, str]]) -> int:
    gaps = _GAP * (len(entries) - 1)
    return sum(cells(shown_key(key)) + 1 + cells(action.label) for action, key in entries) + gaps


class KeyFooter(Widget):
    """The footer of the screen it is on; one that is not possible now is dim (pressing it says why)."""

    DEFAULT_CSS = """
    KeyFooter { height: 1; width: 100%; padding: 0 1; dock: bottom; }
    """

    if TYPE_CHECKING:
        app: Shell

    def on_mount(self) -> None:
        self.watch(self.screen, "focused", self._changed, init=False)

    def _changed(self) -> None:
        self.refresh()

    @property
    def _entries(self) -> list[tuple[Action, str]]:
        actions = action_owner(self.screen).actions_here()
        return chosen(actions, typing=in_field(self.screen), width=self.size.width)

    def on_click(self, event: events.Click) -> None:
        """As the key under the pointer."""
        offset, start = event.get_content_offset(self), 0
        for action, key in self._entries if offset is not None else ():
            width = _width([(action, key)])
            if offset is not None and start <= offset.x < start + width:
                perform(self.app, action_owner(self.screen), action)
                return
            start += width + _GAP

    def render(self) -> RenderResult:
        owner, entries = action_owner(self.screen), self._entries
        parts = [
            Content.styled(f"{shown_key(key)} {action.label}", "dim")
            if reason_against(owner, action)
            else Content.assemble((shown_key(key), "bold $text-accent"), " ", (action.label, "$text-muted"))
            for action, key in entries
        ]
        return Content(" " * _GAP).join(parts)
