"""What the shell asks of a view, and gives to it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Container
from textual.reactive import reactive

from zitadel_tui.zitadel.calls import Call

if TYPE_CHECKING:
    from zitadel_tui.tui.app import ZitadelApp


class View(Container):
    """One view; its id is ``view_id``, its actions are those of that place, done by ``do_NAME``.

    The shell asks :meth:`reason_against` before an action is done, so ``do_NAME`` may rely on it. Call
    ``self.app.refresh_keys()`` when a reason has changed.
    """

    view_id: ClassVar[str]
    number: ClassVar[str]
    label: ClassVar[str]

    count: reactive[str | None] = reactive(None)
    """Behind the label in the line of views: ``1,204``."""
    note: reactive[str] = reactive("")
    """At the right end of the line of views: ``12 s old``, ``loading, 2,000 so far``."""

    if TYPE_CHECKING:
        app: ZitadelApp

    def __init__(self) -> None:
        super().__init__(id=self.view_id)

    def opened(self) -> None:
        """A session has been opened: forget everything, read from scratch."""

    def account_changed(self) -> None:
        """``app.account`` is known now, or no longer."""

    def shown_again(self) -> None:
        """The view has become the visible one; take the focus."""

    def jump(self, **to: str) -> None:
        """``app.show_view(…, **to)``: show this, such as ``query="role:ORG_OWNER"`` or ``user_id=…``."""

    def reload(self) -> None:
        """Read again, moving nothing."""

    def leave_field(self) -> None:
        """Escape while a field has the focus: give it back to what is being looked at."""
        self.screen.set_focus(None)

    def step_back(self) -> None:
        """Escape outside of a field: close what is open, else take the filter away."""

    def request(self) -> Call[Any] | None:
        """The request behind what is seen."""
        return None

    def copy_text(self) -> tuple[str, str] | None:
        """What ``y`` copies: what it is (``the id of Ada Lovelace``), and the text; never a secret."""
        return None

    def table_rows(self) -> tuple[list[str], Iterable[Sequence[str]], str] | None:
        """What ``w`` writes: header, rows as filtered, beginning of the file name."""
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
