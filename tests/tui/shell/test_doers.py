"""Every action has somebody who does it."""

from typing import Any

from tests.tui.driver import Page, signed_in
from zitadel_tui import actions
from zitadel_tui.actions import ACTIONS
from zitadel_tui.tui.deeds import Deeds
from zitadel_tui.tui.palette import Palette
from zitadel_tui.tui.screens.assign import AssignScreen
from zitadel_tui.tui.screens.assign_several import AssignSeveral
from zitadel_tui.tui.screens.bulk_result import BulkResult
from zitadel_tui.tui.screens.choose_person import ChoosePerson
from zitadel_tui.tui.screens.choose_roles import ChooseRoles
from zitadel_tui.tui.screens.confirm import Confirm, TypedName
from zitadel_tui.tui.screens.connect import ConnectScreen
from zitadel_tui.tui.screens.dialog import TextDialog
from zitadel_tui.tui.screens.help import HelpDialog
from zitadel_tui.tui.screens.imported import ImportedScreen
from zitadel_tui.tui.screens.qr import QrScreen
from zitadel_tui.tui.screens.three_states import ThreeStates


def owners(page: Page) -> dict[str, Any]:
    shell = page.app
    return {
        "app": Deeds(shell),
        **shell.views,
        "dialog": TextDialog("", "", called=""),
        "palette": Palette(shell),
        "assign": AssignScreen,
        "choose": ChoosePerson,
        "confirm": Confirm,
        "typed": TypedName,
        "three_states": ThreeStates,
        "bulk": BulkResult,
        "imported": ImportedScreen,
        "choose_roles": ChooseRoles,
        "qr": QrScreen,
        "connect": ConnectScreen(shell.connection, None),
    }


async def test_every_action_is_done_by_something() -> None:
    async with signed_in() as page:
        who = owners(page)
        for action in ACTIONS:
            assert callable(getattr(who[action.where], f"do_{action.name}", None)), action.id
        assert callable(HelpDialog(page.app).do_copy)
        for action in actions.of("assign"):
            assert callable(getattr(AssignSeveral, f"do_{action.name}", None)), action.id
