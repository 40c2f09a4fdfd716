"""A colleague changed the roles meanwhile: three states side by side, and what to do about it."""

from typing import TYPE_CHECKING, Literal

from textual.app import ComposeResult

from zitadel_tui.core import rights
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.base import Dialog
from zitadel_tui.tui.dialogs.role_selection import OfOne, difference
from zitadel_tui.tui.format.lines import BLANK, DIM, STRONG, Line
from zitadel_tui.tui.widgets.safe import SafeBlock

if TYPE_CHECKING:
    from zitadel_tui.core.changes import RolesChanged

Choice = Literal["merge", "edit"]
_LABEL = 17


class ConflictDialog(Dialog[Choice]):
    """As you saw it, as it is, as you want it; nothing was overwritten, nothing will be unasked."""

    place = "three_states"
    title_text = "Somebody changed these roles meanwhile; nothing was written"

    def __init__(self, who: str, conflict: "RolesChanged") -> None:
        super().__init__()
        self._lines = lines(who, conflict)

    def body(self) -> ComposeResult:
        yield SafeBlock(*self._lines)

    def do_merge(self) -> None:
        self.close("merge")

    def do_edit(self) -> None:
        self.close("edit")

    def do_close(self) -> None:
        self.close(None)


def merged(conflict: "RolesChanged") -> OfOne:
    """What they are now, with the difference that was wanted on top."""
    selection = OfOne(conflict.seen)
    for role in frozenset(conflict.seen) ^ frozenset(conflict.wanted):
        selection.toggle(role)
    selection.rebase(conflict.now)
    return selection


def lines(who: str, conflict: "RolesChanged") -> list[Line]:
    on_top = merged(conflict)
    return [
        ((shown(who), STRONG),),
        BLANK,
        _state("as you saw it", conflict.seen, conflict.seen),
        _state("as it is now", conflict.seen, conflict.now),
        _state("as you want it", conflict.seen, conflict.wanted),
        BLANK,
        _state("now, with yours", on_top.seen, on_top.wanted),
        BLANK,
        (("“with yours” writes the last line. Editing goes on from what is there now.", DIM),),
    ]


def _state(label: str, before: tuple[str, ...], after: tuple[str, ...]) -> Line:
    kept = rights.sort_roles(role for role in before if role in after)
    added = [role for role in after if role not in before]
    taken = [role for role in before if role not in after]
    return difference(label.ljust(_LABEL), kept, added, taken)
