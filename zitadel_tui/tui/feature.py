"""A feature of the app: one view, as the shell offers it before it is loaded, and what it asks of it then."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Container
from textual.reactive import reactive

from zitadel_tui.core.requests import Request

if TYPE_CHECKING:
    from zitadel_tui.tui.ports import Shell


@dataclass(frozen=True, slots=True)
class Feature:
    """Each package of ``features`` that has a view offers one of these as ``FEATURE``.

    Its actions are those declared for the place ``id``; ``app.ID`` among the actions switches to it.
    """

    id: str
    number: str
    """Before the label in the line of views: the key that switches to it."""
    label: str
    make: "Callable[[], View]"
    """Imports what the view needs and makes it, when it is first wanted."""


class View(Container):
    """Its id is that of its feature, its actions are those of that place, done by ``do_NAME``.

    The shell asks :meth:`reason_against` before an action is done, so ``do_NAME`` may rely on it. Call
    ``self.app.refresh_keys()`` when a reason has changed.
    """

    count: reactive[str | None] = reactive(None)
    """Behind the label in the line of views: ``1,204``."""
    note: reactive[str] = reactive("")
    """At the right end of the line of views: ``12 s old``, ``loading, 2,000 so far``."""

    if TYPE_CHECKING:
        app: Shell

    @property
    def view_id(self) -> str:
        return self.id or ""

    @property
    def is_current(self) -> bool:
        """Whether it is the view in sight, perhaps below a dialog."""
        return self.app.current_id == self.id

    @property
    def settling(self) -> bool:
        """Whether what is shown is about to become what was asked for: keys that are no text wait for it."""
        return False

    def opened(self) -> None:
        """A session has been opened: forget everything, read from scratch."""

    def account_changed(self) -> None:
        """``app.account`` is known now, or no longer."""

    def shown_again(self) -> None:
        """The view has become the visible one; take the focus."""

    def jump(self, **to: str) -> None:
        """Asked for by ``ShowView``: show this, such as ``query="role:ORG_OWNER"`` or ``user_id=…``."""

    def reload(self) -> None:
        """Read again, moving nothing."""

    def leave_field(self) -> None:
        """Escape while a field has the focus: give it back to what is being looked at."""
        self.screen.set_focus(None)

    def step_back(self) -> None:
        """Escape outside of a field: close what is open, else clear the filter."""

    def request(self) -> Request | None:
        """The request behind what is seen."""
        return None

    def copy_text(self) -> tuple[str, str] | None:
        """What ``y`` copies: what it is (``the id of Ada Lovelace``), and the text; never a secret."""
        return None

    def table_rows(self) -> tuple[list[str], Iterable[Sequence[str]], str] | None:
        """What ``w`` writes: header, rows as filtered, beginning of the file name."""
        return None

    def unsaved(self) -> str | None:
        """What would be lost by quitting now, as a sentence; None when nothing would."""
        return None

    @property
    def ranks(self) -> Mapping[str, int]:
        """Importance in the footer, by id, of actions for which it is another one now than declared."""
        return {}

    def reason_against(self, action_id: str) -> str | None:
        """Why an action is not possible here now, in one sentence; None when it is."""
        return None

    def watch_count(self) -> None:
        self.app.refresh_lines()

    def watch_note(self) -> None:
        self.app.refresh_lines()
