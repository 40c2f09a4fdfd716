"""The footer: at most eight useful keys, as many as fit, always including help.

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
from zitadel_tui.tui.format.lines import ACCENT, DANGER, DIM, STRONG
from zitadel_tui.tui.keys import action_owner, in_field, perform, reason_against

if TYPE_CHECKING:
    from zitadel_tui.tui.ports import Shell

MOST = 8
_GAP = 2


def chosen(actions: Sequence[Action], *, typing: bool, width: int) -> list[tuple[Action, str]]:
    """The actions that the footer shows, in the order of declaration, each with the key that works now.

    Omits keys that a field would take as text, and keys of an earlier action; then the least important
    until all fit into ``width`` cells.
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
    """The footer of its screen; a key that is not possible now is dim (pressing it says why)."""

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
        """Press the key under the pointer."""
        offset, start = event.get_content_offset(self), 0
        for action, key in self._entries if offset is not None else ():
            width = _width([(action, key)])
            if offset is not None and start <= offset.x < start + width:
                perform(self.app, action_owner(self.screen), action)
                return
            start += width + _GAP

    def render(self) -> RenderResult:
        owner, entries = action_owner(self.screen), self._entries
        return Content(" " * _GAP).join(
            self._entry(action, key, possible=not reason_against(owner, action)) for action, key in entries
        )

    def _entry(self, action: Action, key: str, *, possible: bool) -> Content:
        """An entry; in a dialog, actions that remove something have the colour of danger."""
        if not possible:
            return Content.styled(f"{shown_key(key)} {action.label}", DIM)
        is_danger = action.danger and self.screen.is_modal
        key_style, style = (f"{STRONG} {DANGER}",) * 2 if is_danger else (f"{STRONG} {ACCENT}", "")
        return Content.assemble((shown_key(key), key_style), " ", (action.label, style))
