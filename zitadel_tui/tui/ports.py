"""The interface of the app for features, dialogs and widgets."""

from abc import abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from zitadel_tui.actions import Action
from zitadel_tui.contexts import Protection
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
    from zitadel_tui.tui.services.onboarding import Onboarding
    from zitadel_tui.tui.services.pending_changes import PendingChanges
    from zitadel_tui.tui.services.project_store import ProjectStore


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
    projects: "ProjectStore"

    @cached_property
    @abstractmethod
    def imports(self) -> "ImportService":
        """The import service, created when first used."""

    @cached_property
    @abstractmethod
    def onboarding(self) -> "Onboarding":
        """The file of users that is planned or applied, created when first used."""

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """The settings of the session, or of the current sign-in when there is none."""

    @property
    @abstractmethod
    def session(self) -> "Session | None":
        """The session; None while not signed in."""

    @property
    @abstractmethod
    def protection(self) -> Protection:
        """What contexts and ``--read-only`` say about changes here."""

    @property
    @abstractmethod
    def account(self) -> "Account | None":
        """The account that is signed in; None until the server has answered."""

    @property
    @abstractmethod
    def current_id(self) -> str:
        """The id of the current view."""

    @abstractmethod
    def actions_here(self) -> tuple[Action, ...]:
        """The actions of the main screen: those of the current view, and the global ones."""

    @abstractmethod
    def handler(self, action: Action) -> Callable[[], Any]:
        """The method of an action."""

    @abstractmethod
    def reason_against(self, action_id: str) -> str | None:
        """Why an action of the main screen is not possible now, in one sentence; None when it is."""

    @abstractmethod
    def show_message(self, text: str, *, severity: Severity = "information", keep: bool = False) -> None:
        """Show a message above the footer. ``text`` may come from outside and contains no secret. Errors
        and messages with ``keep`` stay until they are seen in the log."""

    @abstractmethod
    def show_failure(self, failure: Failure) -> None:
        """Show a failure and what to do about it."""

    @abstractmethod
    async def copy(self, called: str, text: str) -> None:
        """Copy ``text``, or show it when copying is not possible. ``called`` names it. Not for secrets."""

    @abstractmethod
    def refresh_lines(self) -> None:
        """Update the header and the line of views."""

    @abstractmethod
    def refresh_keys(self) -> None:
        """Update the footer after a reason against an action has changed."""

    @abstractmethod
    def show_doctor(self, settings: Settings) -> None:
        """Open the doctor, which examines these settings."""

    @abstractmethod
    def quit(self) -> None:
        """Quit, after asking if necessary."""
