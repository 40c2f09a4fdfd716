"""The dialog that shows what taking changes back will do, and what it cannot."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from zitadel_tui.core import words
from zitadel_tui.core.rights import sort_roles
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.base import Dialog
from zitadel_tui.tui.format.lines import ACCENT, BLANK, DIM, STRONG, WARNING, Line, hanging
from zitadel_tui.tui.widgets.safe import SafeBlock

if TYPE_CHECKING:
    from zitadel_tui.core.undo import Item, Plan

_MOST_SHOWN = 60
_BESIDE = 7  # cells: borders, blanks, scrollbar
_LEAST_WIDE = 40  # cells
_SIGNS = {
    "undo": ("↶ ", ACCENT),
    "nothing": ("= ", DIM),
    "changed": ("! ", WARNING),
    "cannot": ("– ", WARNING),
    "unknown": ("? ", WARNING),
}


class UndoDialog(Dialog["Plan"]):
    """Returns the plan to carry out. ``replan`` makes another plan, which deletes users or does not, and
    calls back with it."""

    action_group = "undo"
    title_text = "Undo"
    danger = True
    WIDTH = 96
    DEFAULT_CSS = """
    UndoDialog VerticalScroll { max-height: 60vh; }
    """

    def __init__(self, plan: "Plan", replan: "Callable[[bool, Callable[[Plan], None]], None]") -> None:
        super().__init__()
        self._plan, self._replan = plan, replan
        self._deletes = self._overwrites = False
        self._block = SafeBlock()

    def body(self) -> ComposeResult:
        with VerticalScroll():
            yield self._block

    def on_mount(self) -> None:
        self.set_focus(self.query_one(VerticalScroll))

    def on_resize(self) -> None:
        super().on_resize()
        self._show()

    @property
    def _overwritable(self) -> "list[Item]":
        return [item for item in self._plan.items if item.verdict == "changed" and item.change is not None]

    @property
    def _chosen(self) -> "Plan":
        return self._plan.with_overwritten(self._overwritable) if self._overwrites else self._plan

    def _show(self) -> None:
        width = max(_LEAST_WIDE, min(self.WIDTH, self.app.size.width) - _BESIDE)
        plan = self._chosen
        number = len(plan.to_send)
        lines: list[Line] = [((f"{words.plural(number, 'change')} will be sent.", STRONG),)]
        if plan.left_out:
            lines.append(((f"{words.plural(plan.left_out, 'change')} left as it is.", WARNING),))
        lines.append(BLANK)
        for item in plan.items[:_MOST_SHOWN]:
            sign, style = _SIGNS[item.verdict]
            lines += hanging(sign, item.sentence, width, first_style=style)
            if item.now is not None and item in self._with_states(plan):
                lines += self._states(item, width)
            for sentence in item.lost if item.verdict == "undo" else ():
                lines += hanging("   ", sentence, width, DIM)
        if len(plan.items) > _MOST_SHOWN:
            lines.append(((f"and {words.count(len(plan.items) - _MOST_SHOWN)} more", DIM),))
        self._block.update(*lines)

    def _with_states(self, plan: "Plan") -> "Iterable[Item]":
        overwritten = [item.entries for item in self._overwritable]
        return [item for item in plan.items if item.verdict == "changed" or item.entries in overwritten]

    def _states(self, item: "Item", width: int) -> list[Line]:
        states = (("before", item.before), ("as you left it", item.left), ("now", item.now))
        return [
            line
            for when, roles in states
            for line in hanging(
                f"   {when:15}", " ".join(map(shown, sort_roles(roles or ()))) or "none", width, DIM, DIM
            )
        ]

    def reason_against(self, action_id: str) -> str | None:
        if action_id == "undo.yes" and not self._chosen.to_send:
            return "There is nothing to undo."
        if action_id == "undo.overwrite" and not self._overwritable:
            return "Nobody changed these roles later."
        if action_id == "undo.delete" and not self._plan.has_new_users:
            return "No user was created by this."
        return None

    def do_yes(self) -> None:
        self.close(self._chosen)

    def do_overwrite(self) -> None:
        self._overwrites = not self._overwrites
        self._show()
        self.app.refresh_keys()

    def do_delete(self) -> None:
        self._deletes = not self._deletes
        self._replan(self._deletes, self._planned)

    def _planned(self, plan: "Plan") -> None:
        self._plan = plan
        self._show()
        self.app.refresh_keys()

    def do_close(self) -> None:
        self.close(None)
