"""The dialog that shows what undoing a change does, and what it cannot undo."""

from asyncio import to_thread
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from zitadel_tui.core import words
from zitadel_tui.core.rights import sort_roles
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.base import Dialog
from zitadel_tui.tui.format.lines import ACCENT, BLANK, DIM, STRONG, WARNING, Line, hanging
from zitadel_tui.tui.widgets.safe import SafeBlock

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session
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
    """Checks what undoing an entry of the history does, and returns the plan that was confirmed."""

    action_group = "undo"
    title_text = "Undo"
    danger = True
    WIDTH = 96
    DEFAULT_CSS = """
    UndoDialog VerticalScroll { max-height: 60vh; }
    """

    def __init__(self, entry_id: str) -> None:
        super().__init__()
        self._entry_id = entry_id
        self._checked: Plan | None = None
        """None while the check is running."""
        self._deletes = self._overwrites = False
        self._block = SafeBlock()

    def body(self) -> ComposeResult:
        with VerticalScroll():
            yield self._block

    def on_mount(self) -> None:
        self.set_focus(self.query_one(VerticalScroll))
        self._check()

    def _check(self) -> None:
        entry_id, deletes = self._entry_id, self._deletes

        async def make_plan(session: "Session") -> "Plan":
            from zitadel_tui.core import history, undo

            entries = await to_thread(undo.select_entries, history.session_journals(session), (entry_id,))
            return await undo.make_plan(session, entries, delete_users=deletes)

        self._show_plan(None)
        self.app.network.submit(self, make_plan, then=self._show_plan, failed=self._fail)

    def _show_plan(self, plan: "Plan | None") -> None:
        self._checked = plan
        self._show()
        self.app.refresh_keys()

    def _fail(self, failure: Failure) -> None:
        self.close(None)
        self.app.show_failure(failure)

    def on_resize(self) -> None:
        self._show()

    @property
    def _overwritable(self) -> "list[Item]":
        items = self._checked.items if self._checked is not None else ()
        return [item for item in items if item.verdict == "changed" and item.change is not None]

    @property
    def _plan(self) -> "Plan | None":
        """The plan with the choices made here."""
        if self._checked is None or not self._overwrites:
            return self._checked
        return self._checked.with_overwritten(self._overwritable)

    def _show(self) -> None:
        plan = self._plan
        if plan is None:
            self._block.update((("Checking what can be undone …", DIM),))
            return
        width = max(_LEAST_WIDE, min(self.WIDTH, self.app.size.width) - _BESIDE)
        number = len(plan.to_send)
        sent = words.plural(number, "change") if number else "No change"
        lines: list[Line] = [((f"{sent} will be sent.", STRONG),)]
        if plan.left_out:
            lines.append(((plan.left_out_sentence, WARNING),))
        lines.append(BLANK)
        overwritten = [item.entries for item in self._overwritable]
        for item in plan.items[:_MOST_SHOWN]:
            sign, style = _SIGNS[item.verdict]
            lines += hanging(sign, item.sentence, width, first_style=style)
            if item.now is not None and (item.verdict == "changed" or item.entries in overwritten):
                lines += self._states(item, width)
            for sentence in item.lost if item.verdict == "undo" else ():
                lines += hanging("   ", sentence, width, DIM)
        if len(plan.items) > _MOST_SHOWN:
            lines.append(((f"and {words.count(len(plan.items) - _MOST_SHOWN)} more", DIM),))
        self._block.update(*lines)

    def _states(self, item: "Item", width: int) -> list[Line]:
        states = (("before", item.before), ("as you left it", item.after), ("now", item.now))
        return [
            line
            for when, roles in states
            for line in hanging(
                f"   {when:15}", " ".join(map(shown, sort_roles(roles or ()))) or "none", width, DIM, DIM
            )
        ]

    def reason_against(self, action_id: str) -> str | None:
        if not action_id.startswith("undo.") or action_id == "undo.close":
            return None
        plan = self._plan
        if plan is None:
            return "The check is still running."
        if action_id == "undo.yes" and not plan.to_send:
            return "There is nothing to undo."
        if action_id == "undo.overwrite" and not self._overwritable:
            return "Nobody changed these roles later."
        if action_id == "undo.delete" and not plan.has_new_users:
            return "This created no user."
        return None

    def do_yes(self) -> None:
        self.close(self._plan)

    def do_overwrite(self) -> None:
        self._overwrites = not self._overwrites
        self._show()
        self.app.refresh_keys()

    def do_delete(self) -> None:
        self._deletes = not self._deletes
        self._check()

    def do_close(self) -> None:
        self.close(None)
