"""What the actions of ``app`` do, one method for each, quitting among them."""

import asyncio
import os
from abc import abstractmethod
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from zitadel_tui.actions import Action
from zitadel_tui.failure import Failure, UsageFailure
from zitadel_tui.settings import Settings
from zitadel_tui.text import shown
from zitadel_tui.tui import themes
from zitadel_tui.tui.feature import View
from zitadel_tui.tui.format.lines import WARNING
from zitadel_tui.tui.keys import action_owner, in_field, perform
from zitadel_tui.tui.ports import Shell
from zitadel_tui.tui.services.connection import Connection

if TYPE_CHECKING:
    from zitadel_tui.tui.dialogs.confirm import Confirm


class AppActions(Shell):
    """They may assume that the action is possible. In addition, each view has an action that switches to
    it."""

    connection: Connection
    _asks_to_quit = False
    _leaving = False
    """Whether it quits when everything is written."""

    @property
    @abstractmethod
    def view(self) -> View:
        """The current view."""

    @abstractmethod
    def unsaved(self) -> list[str]:
        """What views would lose, a sentence each."""

    @abstractmethod
    def show_connect(self, failure: Failure | None) -> None:
        """Show the Connect screen, or a new reason on it."""

    def do_reload(self) -> None:
        self.connection.identify()
        self.view.reload()

    async def do_copy(self) -> None:
        selected = self.view.copy_text()
        if selected is None:
            self.show_message("Nothing to copy is selected.", severity="warning")
        else:
            await self.copy(*selected)

    def do_request(self) -> None:
        from zitadel_tui.tui.dialogs.base import TextDialog

        call = self.view.request()
        if call is None or self.session is None:
            self.show_message("There is no request behind this.", severity="warning")
            return
        self.push_screen(
            TextDialog(
                "The request behind this",
                self.session.curl(call),
                called="the curl command",
                explanation="$ZITADEL_PAT is a token: export ZITADEL_PAT=$(zitadel-tui token)",
            )
        )

    async def do_write(self) -> None:
        from zitadel_tui.core.export import write_csv

        table = self.view.table_rows()
        if table is None:
            self.show_message("There is no list here to export.", severity="warning")
            return
        header, rows, stem = table
        try:
            path = await asyncio.to_thread(
                write_csv, header, rows, stem=stem, folder=Path.cwd(), today=date.today()
            )
        except OSError as error:
            self.show_failure(
                Failure(
                    f"The file could not be written: {error.strerror}.",
                    "Start zitadel-tui in a folder you can write to.",
                )
            )
        else:
            self.show_message(f"Written to {shown(str(path))}.")

    def do_back(self) -> None:
        if in_field(self.screen):
            self.view.leave_field()
        else:
            self.view.step_back()

    def do_help(self) -> None:
        from zitadel_tui.tui.dialogs.help import HelpDialog

        self.push_screen(HelpDialog(action_owner(self.screen)))

    def do_palette(self) -> None:
        from zitadel_tui.tui.dialogs.palette import Palette

        def chosen(action: Action | None) -> None:
            if action is not None:
                perform(self, self, action)

        self.push_screen(Palette(self), chosen)

    def do_messages(self) -> None:
        from zitadel_tui.tui.dialogs.messages import MessagesDialog

        self.push_screen(MessagesDialog(self.messages))

    def do_pause(self) -> None:
        progress = self.jobs.progress
        if progress is not None and progress.paused:
            self.jobs.resume()
        else:
            self.jobs.pause()

    def do_cancel(self) -> None:
        self.jobs.cancel()

    def do_doctor(self) -> None:
        self.show_doctor(self.connection.tried)

    def show_doctor(self, settings: Settings) -> None:
        from zitadel_tui.tui.features.doctor.screen import DoctorScreen

        local, stdin = self.connection.sources_for(settings)
        self.push_screen(DoctorScreen(settings, local=local, stdin=stdin))

    def do_connect(self) -> None:
        self.show_connect(None)

    async def do_context(self) -> None:
        """Choose another context, and sign in there; the session stays until that works."""
        from zitadel_tui import contexts
        from zitadel_tui.settings import switched
        from zitadel_tui.tui.dialogs.base import ask
        from zitadel_tui.tui.features.contexts.dialogs import ContextsDialog

        try:
            known = contexts.read(contexts.file())
        except UsageFailure as failure:
            self.show_failure(failure)
            return
        if not known.all:
            self.show_message(
                "There are no contexts yet: `zitadel-tui context add NAME` adds one.", severity="warning"
            )
            return
        chosen = await ask(self, ContextsDialog(known, self.settings.context))
        if chosen is None or not await self.may_lose(f"Switch to {shown(chosen.name)}?", "Switch"):
            return
        try:
            settings = switched(self.settings, chosen.name, os.environ, Path.cwd())
        except UsageFailure as failure:
            self.show_failure(failure)
            return
        self.connection.open(settings)

    async def do_organization(self) -> None:
        """Choose another organization of this server."""
        from zitadel_tui.tui.dialogs.base import ask
        from zitadel_tui.tui.features.contexts.dialogs import OrganizationsDialog

        here = self.account.org_id if self.account else ""
        chosen = await ask(self, OrganizationsDialog(here))
        if chosen is None or chosen.id == here:
            return
        if await self.may_lose(f"Switch to {chosen.called}?", "Switch"):
            self.connection.act_in("" if chosen.is_own else chosen.id)

    async def may_lose(self, question: str, verb: str) -> bool:
        """Ask where something typed would be lost."""
        dialog = self._about_loss(question, verb)
        if dialog is None:
            return True
        from zitadel_tui.tui.dialogs.base import ask_when_free

        return await ask_when_free(self, dialog) is True

    def _about_loss(self, question: str, verb: str) -> "Confirm | None":
        """The question before something typed is lost; None where nothing is."""
        lost = self.unsaved()
        if not lost:
            return None
        from zitadel_tui.tui.dialogs.confirm import Confirm

        return Confirm(question, [((sentence, WARNING),) for sentence in lost], verb=verb)

    def do_theme(self) -> None:
        """Switch to the next theme, and remember it."""
        self.theme = themes.following(self.theme)
        try:
            themes.remember(self.theme)
        except OSError as error:
            told = f"It could not be saved for the next time: {error.strerror}."
            self.show_message(f"Theme: {self.theme}. {told}", severity="warning")
        else:
            self.show_message(f"Theme: {self.theme}.")

    def do_quit(self) -> None:
        self.quit()

    def quit(self) -> None:
        """Quit, after asking if something would be lost. The same key again quits at once."""
        dialog = self._about_loss("Quit?", "Quit")
        if dialog is None or self._asks_to_quit:
            self._quit()
            return

        def answered(quits: bool | None) -> None:
            self._asks_to_quit = False
            if quits:
                self._quit()

        self._asks_to_quit = True
        self.push_screen(dialog, answered)

    def _quit(self) -> None:
        """Quit, after asking whether to wait for writes in flight; the key again stops waiting."""
        if not self.network.writing or self._asks_to_quit:
            self.exit()
            return
        from zitadel_tui.tui.dialogs.quit import QuitDialog

        def answered(choice: str | None) -> None:
            self._asks_to_quit = False
            self._leaving = choice == "wait"
            if choice == "stop" or (self._leaving and not self.network.writing):
                self.exit()
            elif self._leaving:
                self.jobs.resume()
                self.show_message("Quits when everything is written.")

        self._asks_to_quit = True
        others = self.network.writing - sum(job.parts for job in self.jobs.running)
        self.push_screen(QuitDialog(others + self.jobs.unfinished), answered)

    def _writes_ended(self) -> None:
        """Called by the network: all writes have ended and were reported."""
        if self._leaving:
            self.exit()
