"""What the actions of ``app`` do, one method for each."""

import asyncio
from abc import abstractmethod
from datetime import date
from pathlib import Path

from zitadel_tui.actions import Action
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui import themes
from zitadel_tui.tui.feature import View
from zitadel_tui.tui.keys import action_owner, in_field, perform
from zitadel_tui.tui.ports import Shell
from zitadel_tui.tui.services.connection import Connection


class AppActions(Shell):
    """They may rely on the action being possible. Each view has an action besides that switches to it."""

    connection: Connection

    @property
    @abstractmethod
    def view(self) -> View:
        """The one in sight."""

    @abstractmethod
    def show_connect(self, failure: Failure | None) -> None:
        """The Connect screen, or its new reason when it is there."""

    def do_reload(self) -> None:
        self.connection.identify()
        self.view.reload()

    async def do_copy(self) -> None:
        selected = self.view.copy_text()
        if selected is None:
            self.show_message("Nothing is selected that could be copied.", severity="warning")
        else:
            await self.copy(*selected)

    def do_request(self) -> None:
        from zitadel_tui.tui.dialogs.base import TextDialog

        call = self.view.request()
        if call is None or self.session is None:
            self.show_message("No request is behind this.", severity="warning")
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
            self.show_message("There is no list here to write.", severity="warning")
            return
        header, rows, stem = table
        try:
            path = await asyncio.to_thread(
                write_csv, header, rows, stem=stem, folder=Path.cwd(), today=date.today()
            )
        except OSError as error:
            self.show_failure(
                Failure(f"The file could not be written: {error.strerror}.", "Start it in a folder of yours.")
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

    def do_connect(self) -> None:
        self.show_connect(None)

    def do_theme(self) -> None:
        self.theme = themes.LIGHT.name if self.theme == themes.DARK.name else themes.DARK.name

    def do_quit(self) -> None:
        self.quit()
