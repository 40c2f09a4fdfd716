"""The dialog for roles that another administrator changed meanwhile: the three states, and what to do."""

from typing import TYPE_CHECKING, Literal

from textual.app import ComposeResult

from zitadel_tui.core import rights
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.base import Dialog
from zitadel_tui.tui.dialogs.role_selection import OfOne, difference
from zitadel_tui.tui.format.lines import BLANK, DIM, STRONG, Line, flow
from zitadel_tui.tui.widgets.safe import SafeBlock

if TYPE_CHECKING:
    from zitadel_tui.core.changes import RolesChanged

Choice = Literal["merge", "edit"]
_LABEL = 9
_AROUND = 4  # cells beside a line: borders and blanks


class ConflictDialog(Dialog[Choice]):
    """Shows the roles before, now and as wanted, and both changes merged. Nothing is written without an
    answer."""

    action_group = "conflict"
    title_text = "The roles changed meanwhile. Nothing was written."

    def __init__(self, who: str, conflict: "RolesChanged") -> None:
        super().__init__()
        self._who, self._conflict = who, conflict
        self._block = SafeBlock()

    def body(self) -> ComposeResult:
        yield self._block

    def on_resize(self) -> None:
        width = min(self.width, self.app.size.width) - _AROUND
        self._block.update(
            *(one for line in lines(self._who, self._conflict) for one in flow(line, width, _LABEL))
        )

    def do_merge(self) -> None:
        self.close("merge")

    def do_edit(self) -> None:
        self.close("edit")

    def do_close(self) -> None:
        self.close(None)


def merged(conflict: "RolesChanged") -> OfOne:
    """The current roles with the wanted difference applied."""
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
        *states(conflict),
        BLANK,
        _state("merged", on_top.seen, on_top.wanted),
        BLANK,
        (("“merge” writes the last line; “keep editing” starts from the roles on the server.", DIM),),
    ]


def states(conflict: "RolesChanged") -> list[Line]:
    """The three states below one another; differences from the first have a sign."""
    return [
        _state("before", conflict.seen, conflict.seen),
        _state("now", conflict.seen, conflict.now),
        _state("yours", conflict.seen, conflict.wanted),
    ]


def _state(label: str, before: tuple[str, ...], after: tuple[str, ...]) -> Line:
    kept = rights.sort_roles(role for role in before if role in after)
    added = [role for role in after if role not in before]
    removed = [role for role in before if role not in after]
    return difference(label.ljust(_LABEL), kept, added, removed)
