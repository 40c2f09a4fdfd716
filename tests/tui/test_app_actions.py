"""Every action has somebody who does it."""

from typing import Any

from tests.tui.app_pages import Page, signed_in
from zitadel_tui import actions
from zitadel_tui.actions import ACTIONS
from zitadel_tui.tui.app import FEATURES
from zitadel_tui.tui.dialogs.base import TextDialog
from zitadel_tui.tui.dialogs.choose_user import ChooseUser
from zitadel_tui.tui.dialogs.confirm import Confirm, TypedName
from zitadel_tui.tui.dialogs.conflict import ConflictDialog
from zitadel_tui.tui.dialogs.help import HelpDialog
from zitadel_tui.tui.dialogs.job_result import JobResultDialog
from zitadel_tui.tui.dialogs.messages import MessagesDialog
from zitadel_tui.tui.dialogs.palette import Palette
from zitadel_tui.tui.dialogs.qr import QrScreen
from zitadel_tui.tui.dialogs.quit import QuitDialog
from zitadel_tui.tui.features.connect.view import ConnectScreen
from zitadel_tui.tui.features.contexts.dialogs import ContextsDialog
from zitadel_tui.tui.features.doctor.screen import DoctorScreen
from zitadel_tui.tui.features.history.undo_dialog import UndoDialog
from zitadel_tui.tui.features.import_user.choose_roles import ChooseRoles
from zitadel_tui.tui.features.import_user.results import ImportResults
from zitadel_tui.tui.features.members.edit_roles import EditRoles
from zitadel_tui.tui.features.members.edit_roles_of_several import EditRolesOfSeveral
from zitadel_tui.tui.features.onboard.dialogs import FileDialog, RunsDialog


def test_the_views_are_those_of_the_app() -> None:
    assert tuple(feature.id for feature in FEATURES) == actions.VIEWS


def owners(page: Page) -> dict[str, Any]:
    shell = page.app
    return {
        "app": shell,
        **shell.views,
        "dialog": TextDialog("", "", called=""),
        "palette": Palette(shell),
        "quit": QuitDialog,
        "messages": MessagesDialog(shell.messages),
        "assign": EditRoles,
        "choose": ChooseUser,
        "confirm": Confirm,
        "typed": TypedName,
        "conflict": ConflictDialog,
        "job": JobResultDialog,
        "imported": ImportResults,
        "choose_roles": ChooseRoles,
        "qr": QrScreen,
        "place": ContextsDialog,
        "doctor": DoctorScreen,
        "undo": UndoDialog,
        "connect": ConnectScreen(shell.connection, None),
        "onboard_file": FileDialog,
        "runs": RunsDialog,
    }


async def test_every_action_is_done_by_something() -> None:
    async with signed_in() as page:
        page.app.show_view("import")
        page.app.show_view("projects")
        page.app.show_view("onboard")
        page.app.show_view("history")
        who = owners(page)
        for action in ACTIONS:
            if action.id in {f"app.{feature.id}" for feature in FEATURES}:
                continue  # switches to that view
            assert callable(getattr(who[action.where], f"do_{action.name}", None)), action.id
        assert callable(HelpDialog(page.app).do_copy)
        for action in actions.of("assign"):
            assert callable(getattr(EditRolesOfSeveral, f"do_{action.name}", None)), action.id
