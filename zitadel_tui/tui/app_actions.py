"""What the actions of ``app`` do, one method for each."""

import asyncio
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from zitadel_tui.actions import Action
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui import themes
from zitadel_tui.tui.keys import in_field, perform

if TYPE_CHECKING:
    from zitadel_tui.tui.app import ZitadelApp


class AppActions:
    """They may rely on the action being possible."""

    def __init__(self, app: "ZitadelApp") -> None:
        self._app = app

    def do_members(self) -> None:
        self._app.show_view("members")

    def do_roles(self) -> None:
        self._app.show_view("roles")

    def do_import(self) -> None:
        self._app.show_view("import")

    def do_reload(self) -> None:
        self._app.connection.identify()
        self._app.view.reload()

    async def do_copy(self) -> None:
        selected = self._app.view.copy_text()
        if selected is None:
            self._app.tell("Nothing is selected that could be copied.", severity="warning")
        else:
            await self._app.copy(*selected)

    def do_request(self) -> None:
        from zitadel_tui.tui.dialogs.base import TextDialog

        call = self._app.view.request()
        if call is None or self._app.session is None:
            self._app.tell("No request is behind this.", severity="warning")
            return
        self._app.push_screen(
            TextDialog(
                "The request behind this",
                self._app.session.curl(call),
                called="the curl command",
                explanation="$ZITADEL_PAT is a token: export ZITADEL_PAT=$(zitadel-tui token)",
            )
        )

    async def do_write(self) -> None:
        from zitadel_tui.core.export import write_csv

        table = self._app.view.table_rows()
        if table is None:
            self._app.tell("There is no list here to write.", severity="warning")
            return
        header, rows, stem = table
        try:
            path = await asyncio.to_thread(
                write_csv, header, rows, stem=stem, folder=Path.cwd(), today=date.today()
            )
        except OSError as error:
            self._app.tell_failure(
                Failure(f"The file could not be written: {error.strerror}.", "Start it in a folder of yours.")
            )
        else:
            self._app.tell(f"Written to {shown(str(path))}.")

    def do_back(self) -> None:
        if in_field(self._app.screen):
            self._app.view.leave_field()
        else:
            self._app.view.step_back()

    def do_help(self) -> None:
        from zitadel_tui.tui.dialogs.help import HelpDialog

        self._app.push_screen(HelpDialog(self._app))

    def do_palette(self) -> None:
        from zitadel_tui.tui.dialogs.palette import Palette

        def chosen(action: Action | None) -> None:
            if action is not None:
                perform(self._app, self._app, action)

        self._app.push_screen(Palette(self._app), chosen)

    def do_connect(self) -> None:
        self._app.show_connect(None)

    def do_theme(self) -> None:
        self._app.theme = themes.LIGHT.name if self._app.theme == themes.DARK.name else themes.DARK.name

    def do_quit(self) -> None:
        self._app.leave()
