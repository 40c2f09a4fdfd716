"""What features, dialogs and widgets may ask of the app."""

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zitadel_tui.actions import Action
from zitadel_tui.failure import Failure
from zitadel_tui.keymap import Keymap
from zitadel_tui.settings import Settings
from zitadel_tui.tui.driver.textual_compat import BaseApp
from zitadel_tui.tui.services.message_log import MessageLog, Severity
from zitadel_tui.tui.services.network import Network
from zitadel_tui.tui.services.prompts import Prompts

if TYPE_CHECKING:
    from zitadel_tui.core.account import Account
    from zitadel_tui.core.session import Session
    from zitadel_tui.tui.services.imports import ImportService
    from zitadel_tui.tui.services.jobs import Jobs
    from zitadel_tui.tui.services.member_store import MemberStore
    from zitadel_tui.tui.services.pending_changes import PendingChanges


class Shell(BaseApp):
    """``self.app`` as views and dialogs know it: Textual's app with the services that outlive a screen.

    Not a Protocol, because Textual types ``self.app`` as an ``App``. The one class that implements it is
    imported by the entry point alone.
    """

    keymap: Keymap
    network: Network
    messages: MessageLog
    prompts: Prompts
    running: set[tuple[object, str]]
    """The ids of actions that have begun and not ended, with whose they are."""
    members: "MemberStore"
    pending: "PendingChanges"
    jobs: "Jobs"
    imports: "ImportService"

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """Those of the session, or of the sign-in under way when there is none."""

    @property
    @abstractmethod
    def session(self) -> "Session | None":
        """None while nobody is signed in."""

    @property
    @abstractmethod
    def account(self) -> "Account | None":
        """None until the server has said who is signed in."""

    @property
    @abstractmethod
    def current_id(self) -> str:
        """The id of the view in sight."""

    @abstractmethod
    def actions_here(self) -> tuple[Action, ...]:
        """The actions of the main screen: of the view in sight, and those that are everywhere."""

    @abstractmethod
    def handler(self, action: Action) -> Callable[[], Any]:
        """The method that does it."""

    @abstractmethod
    def reason_against(self, action_id: str) -> str | None:
        """Why an action of the main screen is not possible now, in one sentence; None when it is."""

    @abstractmethod
    def show_message(self, text: str, *, severity: Severity = "information", keep: bool = False) -> None:
        """Say something above the footer; ``text`` may come from outside and holds no secret. Errors, and
        what is to be kept, stay until they were seen in the log."""

    @abstractmethod
    def show_failure(self, failure: Failure) -> None:
        """Say what went wrong and what to do about it."""

    @abstractmethod
    async def copy(self, called: str, text: str) -> None:
        """Copy ``text``; where that cannot work it is shown. ``called`` says what it is. Not for secrets."""

    @abstractmethod
    def refresh_lines(self) -> None:
        """What the header and the line of views say has changed."""

    @abstractmethod
    def refresh_keys(self) -> None:
        """A reason against an action has come or gone."""

    @abstractmethod
    def quit(self) -> None:
        """Quit, unless there is something to be asked about first."""
