"""The keys that are told are the keys that work: help in every dialog, and hints that follow the keymap."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from tests.tui.app_pages import Account, Page, demo
from tests.tui.features.import_user.forms import ended as imported
from tests.tui.features.import_user.forms import grace, put, ready
from tests.tui.features.members.editing import CHANGE, held
from tests.tui.pages import holder_of, members_read, members_shown, other_admin_sets, table
from zitadel_tui import actions
from zitadel_tui.demo.faults import Fault
from zitadel_tui.keymap import Keymap, remapped
from zitadel_tui.settings import Settings
from zitadel_tui.tui.app import ZitadelApp
from zitadel_tui.tui.dialogs.conflict import ConflictDialog
from zitadel_tui.tui.dialogs.help import HelpDialog
from zitadel_tui.tui.dialogs.qr import QrScreen
from zitadel_tui.tui.dialogs.role_picker import RolePicker
from zitadel_tui.tui.features.import_user.results import ImportResults

ESCAPE, F1, F4, TAB, PALETTE, CTRL_R = "\x1b", "\x1bOP", "\x1bOS", "\t", "\x10", "\x12"
DIALOGS = {
    "palette": (PALETTE, "palette.run"),
    "text": ("c", "dialog.copy"),
    "confirm": ("x", "confirm.yes"),
    "roles": ("e", "assign.save"),
    "roles of several": ("  e", "assign.save"),
    "choose a user": ("a", "choose.take"),
    "roles of a new user": (f"{F4}{CTRL_R}", "choose_roles.save"),
    "connect": (f"{PALETTE}connect\r", "connect.again"),
}


@pytest.mark.parametrize("name", DIALOGS)
async def test_help_works_in_every_dialog(name: str) -> None:
    opening, action_id = DIALOGS[name]
    async with members_read(size=(100, 60)) as page:
        await page.burst(opening)
        place = actions.by_id(action_id).where
        await page.until(lambda: getattr(page.app.screen, "action_group", "") == place)
        dialog = page.app.screen
        await page.until(lambda: any(re.search(r"(F1|\?) help", line) for line in page.lines))
        await page.burst(F1)
        assert isinstance(page.app.screen, HelpDialog)
        assert actions.by_id(action_id).help[:40] in page.text
        await page.burst(f"?{F1}")  # there is no help for help
        assert len(page.app.screen_stack) == 3
        await page.burst(ESCAPE)
        assert page.app.screen is dialog


@pytest.mark.parametrize(("opening", "is_text"), [("c", False), ("x", False), (PALETTE, True), ("a", True)])
async def test_a_question_mark_is_help_outside_of_fields(opening: str, is_text: bool) -> None:
    async with members_read() as page:
        await page.burst(f"{opening}?")
        assert isinstance(page.app.screen, HelpDialog) is not is_text


def others() -> Keymap:
    """Every action has another key, which is typed into no field."""
    modifiers = ("shift+", "ctrl+", "ctrl+shift+", "alt+", "alt+shift+", "alt+ctrl+", "alt+ctrl+shift+")
    free = (f"{modifier}f{number}" for modifier in modifiers for number in range(1, 25))
    return remapped({action.id: [next(free)] for action in unique()} | {"app.palette": ["f24"]})


def unique() -> Iterator[actions.Action]:
    return (action for action in actions.ACTIONS if action.id != "app.palette")


@asynccontextmanager
async def remapped_app() -> AsyncIterator[Page]:
    server = demo(lag=(0.0, 0.0))
    local = Account(server, "onboarding-bot")
    app = ZitadelApp(Settings(demo=True), local=lambda: local, keymap=others())
    assert app.keymap.problems == ()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        page = Page(app, pilot, server)
        await members_shown(page)
        yield page


async def press(page: Page, *action_ids: str) -> None:
    for action_id in action_ids:
        await page.press(page.app.keymap.by_id(action_id).keys[0])
    await page.quiet()


OLD_KEYS = re.compile(
    r"\b(esc|space|F1|F2|F3|F4|ctrl\+[a-z])\b(?! ?\+)|(?<=· )[a-z?/] [a-z]+"
    r"|\b[a-z] (tries|reads|shows|makes|copies)\b"
)


def old_keys(page: Page) -> list[str]:
    text = re.sub(r"(ctrl|shift)\+(shift\+)?F?\d+|ctrl\+q", "", page.text, flags=re.IGNORECASE)
    return [found.group() for found in OLD_KEYS.finditer(text)]


@pytest.mark.parametrize(
    "steps",
    [
        (),
        ("members.filter",),
        ("members.administrators",),
        ("members.person",),
        ("app.roles",),
        ("app.roles", "roles.compare"),
        ("app.import",),
        ("members.roles",),
        ("members.roles", "assign.toggle"),
        ("members.roles", "assign.save"),
        ("members.select", "members.select", "members.roles"),
        ("members.remove",),
        ("members.add",),
        ("app.request",),
        ("app.palette",),
        ("app.import", "import.roles"),
    ],
    ids=" ".join,
)
async def test_no_screen_names_a_key_that_was_taken_from_its_action(steps: tuple[str, ...]) -> None:
    async with remapped_app() as page:
        await press(page, *steps)
        assert old_keys(page) == [], page.text


async def saved(page: Page, *roles: str) -> None:
    """These roles are toggled and written."""
    await page.until(lambda: isinstance(page.app.screen, RolePicker) and page.app.screen.offered)
    screen = page.app.screen
    assert isinstance(screen, RolePicker)
    for role in roles:
        await page.press("home", *["down"] * screen.roles.index(role))
        await press(page, "assign.toggle")
    await press(page, "assign.save")


async def test_results_of_several_name_no_key_that_was_taken_from_its_action() -> None:
    async with remapped_app() as page:
        for member in (holder_of(page, "ORG_USER_MANAGER", place=place) for place in range(2)):
            assert table(page).select(member.user_id)
            await press(page, "members.select")
        page.demo.faults.add(Fault("status", status=403), CHANGE)
        with held(page):
            await press(page, "members.roles")
            await saved(page, "ORG_SETTINGS_MANAGER")
            await page.sees(" of 2  ")
            await press(page, "job.pause")
            await page.sees("paused")
            assert old_keys(page) == [], page.text
            await press(page, "job.pause")
        await page.sees("1 done, 1 not done")
        assert old_keys(page) == [], page.text
        await press(page, "job.close")
        assert old_keys(page) == [], page.text


async def test_a_conflict_names_no_key_that_was_taken_from_its_action() -> None:
    async with remapped_app() as page:
        member = holder_of(page, "ORG_USER_MANAGER")
        assert table(page).select(member.user_id)
        await press(page, "members.roles")
        await page.until(lambda: isinstance(page.app.screen, RolePicker) and page.app.screen.offered)
        await other_admin_sets(page, member.user_id, "ORG_USER_MANAGER", "ORG_OWNER_VIEWER")
        await saved(page, "ORG_SETTINGS_MANAGER")
        await page.until(lambda: isinstance(page.app.screen, ConflictDialog))
        assert old_keys(page) == [], page.text


async def test_import_results_and_qr_codes_name_no_key_that_was_taken_from_its_action() -> None:
    async with remapped_app() as page:
        await press(page, "app.import")
        await ready(page)
        put(page, **grace(sign_in="passkey"))
        await press(page, "import.send")
        await imported(page)
        assert old_keys(page) == [], page.text
        await press(page, "import.results")
        await page.until(lambda: isinstance(page.app.screen, ImportResults))
        for action in ("imported.show", "imported.draw"):
            await press(page, action)
            assert old_keys(page) == [], page.text
        assert isinstance(page.app.screen, QrScreen)
        await page.resize(80, 20)
        await page.sees("The QR code needs")
        assert old_keys(page) == [], page.text
