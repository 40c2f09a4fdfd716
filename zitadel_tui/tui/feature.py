"""The interface between the app and a view: what the app knows before loading it, and the methods it
calls."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from textual.containers import Container
from textual.reactive import reactive

if TYPE_CHECKING:
    from zitadel_tui.core.requests import Request
    from zitadel_tui.tui.ports import Shell


class Feature(NamedTuple):
    """A view as the app offers it before loading.

    Each package of ``features`` with a view has one as ``FEATURE``. Its actions are those declared for the
    place ``id``; the action ``app.ID`` switches to it.
    """

    id: str
    number: str
    """Before the label in the line of views: the key that switches to it."""
    label: str
    make: "Callable[[], View]"
    """Imports what the view needs and makes it, when it is first wanted."""


class View(Container):
    """Its id is that of its feature, its actions are those of that place, implemented by ``do_NAME``.

    The app calls :meth:`reason_against` before an action, so that ``do_NAME`` may assume it is possible.
    Call ``self.app.refresh_keys()`` when a reason has changed.
    """

    count: reactive[str | None] = reactive(None)
    """Behind the label in the line of views: ``1,204``."""
    note: reactive[str] = reactive("")
    """At the right end of the line of views: ``12 s old``, ``loading, 2,000 so far``."""

    if TYPE_CHECKING:
        app: Shell

    @property
    def is_current(self) -> bool:
        """Whether this is the current view, perhaps covered by a dialog."""
        return self.app.current_id == self.id

    def hint(self, action_id: str) -> str:
        """The key of an action as it is shown in a text."""
        return self.app.keymap.hint(action_id)

    @property
    def settling(self) -> bool:
        """Whether the rows are still being updated; keys that are not text wait for it."""
        return False

    def opened(self) -> None:
        """Called when a session has been opened: forget everything and read again."""

    def account_changed(self) -> None:
        """Called when ``app.account`` has become known or unknown."""

    def shown_again(self) -> None:
        """Called when the view has become current; take the focus."""

    def jump(self, **to: str) -> None:
        """Called for ``ShowView``: show this, such as ``query="role:ORG_OWNER"`` or ``user_id=…``."""

    def reload(self) -> None:
        """Refresh, keeping cursor and scroll position."""

    def leave_field(self) -> None:
        """Handle escape while a field has the focus: return the focus to the list."""
        self.screen.set_focus(None)

    def step_back(self) -> None:
        """Handle escape outside a field: close what is open, or clear the filter."""

    def request(self) -> "Request | None":
        """The request behind what is shown."""
        return None

    def copy_text(self) -> tuple[str, str] | None:
        """What ``y`` copies: its description (``the id of Ada Lovelace``) and the text; never a secret."""
        return None

    def table_rows(self) -> tuple[list[str], Iterable[Sequence[str]], str] | None:
        """What ``w`` writes: header, filtered rows, and the beginning of the file name."""
        return None

    def unsaved(self) -> str | None:
        """A sentence about what quitting would lose; None when nothing."""
        return None

    @property
    def ranks(self) -> Mapping[str, int]:
        """The importance in the footer, by id, of actions for which it currently differs from the declared
        one."""
        return {}

    def reason_against(self, action_id: str) -> str | None:
        """Why an action is not possible here now, in one sentence; None when it is."""
        return None

    def watch_count(self) -> None:
        self.app.refresh_lines()

    def watch_note(self) -> None:
        self.app.refresh_lines()
