"""Pictures of every view from the demo: the same bytes each time.

python screenshots/capture.py [DIR]
"""

import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Self
from unittest.mock import patch

from textual.widgets import Input

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.tui.app_pages import Page, demo, started
from tests.tui.features.import_user import forms
from tests.tui.features.members.editing import CHANGE
from tests.tui.pages import colleague_sets
from zitadel_tui.core import session
from zitadel_tui.demo.api import credentials
from zitadel_tui.demo.faults import Fault
from zitadel_tui.settings import Settings
from zitadel_tui.tui import themes
from zitadel_tui.tui.dialogs.base import TextDialog
from zitadel_tui.tui.dialogs.help import HelpDialog
from zitadel_tui.tui.dialogs.qr import QrScreen
from zitadel_tui.tui.features.connect.view import ConnectScreen
from zitadel_tui.tui.features.import_user import labels as import_labels
from zitadel_tui.tui.features.members import view as members
from zitadel_tui.tui.features.members.edit_roles import EditRoles
from zitadel_tui.tui.features.members.edit_roles_of_several import EditRolesOfSeveral
from zitadel_tui.tui.features.roles import view as roles
from zitadel_tui.tui.services import imports, member_store
from zitadel_tui.zitadel.auth import KeyFileSignIn

HERE = Path(__file__).parent
SIZES = ((80, 24), (120, 40))
NOW = datetime(2026, 7, 14, 9, 41, tzinfo=UTC)
_FONTS = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"


class Then(datetime):
    """Always the same moment, in UTC."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp(NOW.timestamp(), UTC)

    def astimezone(self, tz: tzinfo | None = None) -> Self:
        return super().astimezone(tz or UTC)


def _code_of(size: int) -> str:
    return "5f" * size


@contextmanager
def stopped_clock() -> Iterator[None]:
    """For the app, its sign-in, and what it says of ages; what it writes down is thrown away."""
    with ExitStack() as stack:
        for module in (members, import_labels, imports):
            stack.enter_context(patch.object(module, "datetime", Then))
        for module in (member_store, roles):
            stack.enter_context(patch.object(module, "time", SimpleNamespace(monotonic=lambda: 1.0)))
        stack.enter_context(patch.object(credentials, "secrets", SimpleNamespace(token_hex=_code_of)))
        sign_in = partial(KeyFileSignIn, clock=NOW.timestamp)
        stack.enter_context(patch.object(session, "KeyFileSignIn", sign_in))
        state = stack.enter_context(TemporaryDirectory())
        clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLORFGBG")}
        stack.enter_context(patch.dict(os.environ, {**clean, "XDG_STATE_HOME": state}, clear=True))
        yield


Steps = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True)
class Picture:
    """``steps`` lead from the list of members to what is shown."""

    steps: Steps
    settings: Settings


async def _nothing(page: Page) -> None:
    pass


async def _filtered(page: Page) -> None:
    await page.press("slash", *"owner 2026")
    await page.sees("owner 2026", " shown of 65")


async def _person(page: Page) -> None:
    await page.press("enter")
    await page.sees("radia.hamilton@acme.example", "active")


async def _roles(page: Page) -> None:
    await page.press("2", "down", "down")
    await page.sees("HELD BY", "andrew.matsumoto")


async def _comparison(page: Page) -> None:
    await _roles(page)
    await page.press("m", "down", "down", "down")
    await page.sees("Comparing with", "compared with")


async def _administrators(page: Page) -> None:
    await page.press("i")
    await page.sees("IAM_OWNER")


async def _curl(page: Page) -> None:
    await page.press("c")
    await page.until(lambda: isinstance(page.app.screen, TextDialog))
    await page.sees("curl")


async def _help(page: Page) -> None:
    await page.press("question_mark")
    await page.until(lambda: isinstance(page.app.screen, HelpDialog))
    await page.sees("Members", "Show the person under the cursor")


async def _palette(page: Page) -> None:
    await page.press("ctrl+p")
    await page.type("co")
    await page.sees("connect")


async def _light(page: Page) -> None:
    page.app.theme = themes.LIGHT.name
    await _person(page)


async def _assign(page: Page) -> None:
    await page.press("down", "e")
    await page.until(lambda: isinstance(page.app.screen, EditRoles) and page.app.screen.offered)
    await page.press("down", "down", "space")
    await page.sees("+ ORG_USER_MANAGER")


async def _conflict(page: Page) -> None:
    """A colleague is faster."""
    await _assign(page)
    screen = page.app.screen
    assert isinstance(screen, EditRoles)
    await colleague_sets(page, screen.person.user_id, "ORG_OWNER", "ORG_PROJECT_CREATOR")
    await page.press("ctrl+s")
    await page.sees("as you want it")


async def _several(page: Page) -> None:
    await page.press("down", "down", "down", "space", "space", "space", "e")
    await page.until(lambda: isinstance(page.app.screen, EditRolesOfSeveral) and page.app.screen.offered)
    await page.press("down", "down", "space", "down", "down", "space")
    await page.sees("+ ORG_SETTINGS_MANAGER")


async def _choose(page: Page) -> None:
    await page.press("a")
    await page.type("grace")
    await page.sees("accounts; up and down move")


async def _results(page: Page) -> None:
    """The server refuses one of them."""
    await _several(page)
    refused = sorted(page.app.members.listing.selected)[-1]
    page.demo.faults.add(Fault(status=403), f"{CHANGE.removesuffix('*')}{refused}", times=0)
    await page.press("ctrl+s")
    await page.sees("3 members: 2 done, 1 not done")


async def _removal(page: Page) -> None:
    await page.press("down", "x")
    await page.sees("Remove ")


async def _import(page: Page) -> None:
    await forms.filled(page, **_GRACE)
    forms.form(page).roles = ("ORG_USER_MANAGER",)
    await page.sees("right after: ORG_USER_MANAGER", "available")


async def _password(page: Page) -> None:
    await forms.filled(page, **_GRACE, sign_in="password", password="Hopper")
    page.app.screen.set_focus(forms.field(page, "password"))
    await page.sees("missing:", "available")


async def _refused(page: Page) -> None:
    await forms.filled(page, **_GRACE, user_name="RADIA.HAMILTON")
    await page.sees("taken:")
    await page.press("ctrl+s")
    await page.sees("is taken")


async def _imported(page: Page) -> None:
    await forms.filled(page, **_GRACE, sign_in="passkey")
    forms.form(page).roles = ("ORG_USER_MANAGER",)
    await page.press("ctrl+s")
    await forms.ended(page)
    await forms.results(page)
    await page.sees("ORG_USER_MANAGER assigned", "valid until")


async def _code(page: Page) -> None:
    await _imported(page)
    await page.press("d")
    await page.until(lambda: isinstance(page.app.screen, QrScreen))


async def _connect(page: Page) -> None:
    await page.until(lambda: isinstance(page.app.screen, ConnectScreen))
    await page.sees("Key file")


_DEMO = Settings(demo=True)
_GRACE = forms.grace(email="grace.hopper@acme.example", phone="+41 71 000 00 00", phone_verified=True)
PICTURES = {
    "members": Picture(_nothing, _DEMO),
    "filtered": Picture(_filtered, _DEMO),
    "person": Picture(_person, _DEMO),
    "roles": Picture(_roles, _DEMO),
    "comparison": Picture(_comparison, _DEMO),
    "administrators": Picture(_administrators, _DEMO),
    "assign": Picture(_assign, _DEMO),
    "conflict": Picture(_conflict, _DEMO),
    "several": Picture(_several, _DEMO),
    "choose": Picture(_choose, _DEMO),
    "results": Picture(_results, _DEMO),
    "removal": Picture(_removal, _DEMO),
    "import": Picture(_import, _DEMO),
    "import-password": Picture(_password, _DEMO),
    "import-refused": Picture(_refused, _DEMO),
    "imported": Picture(_imported, _DEMO),
    "qr": Picture(_code, _DEMO),
    "curl": Picture(_curl, _DEMO),
    "help": Picture(_help, _DEMO),
    "palette": Picture(_palette, _DEMO),
    "connect": Picture(_connect, Settings()),
    "read-only": Picture(_nothing, Settings(demo=True, read_only=True)),
    "light": Picture(_light, _DEMO),
}


@asynccontextmanager
async def _ready(picture: Picture, size: tuple[int, int]) -> AsyncIterator[Page]:
    """The app when everything it asks for by itself is there."""
    server = demo(clock=NOW.timestamp, lag=(0.0, 0.0))
    async with started(picture.settings, server, size=size) as page:
        app = page.app
        app.animation_level = "none"
        if picture.settings.demo:
            await page.until(lambda: app.account and app.views["members"].count and app.views["roles"].count)
            await page.sees("instance administrators have power here")
        yield page


async def picture(name: str, size: tuple[int, int]) -> str:
    """The SVG."""
    chosen = PICTURES[name]
    with stopped_clock():
        async with _ready(chosen, size) as page:
            await chosen.steps(page)
            for field in page.app.screen.query(Input):
                field.cursor_blink = False
            await _quiet(page)
            return _neutral(page.app.export_screenshot(title="zitadel-tui"))


async def _quiet(page: Page) -> None:
    """Until nothing changes on the screen any more."""
    before = [""] * 5

    def still() -> bool:
        before.append(page.text)
        return len(set(before[-5:])) == 1

    await page.until(still)


def _neutral(svg: str) -> str:
    """Without fonts from elsewhere."""
    svg = re.sub(r"\s*@font-face \{.*?\}\n", "\n", svg, flags=re.DOTALL)
    return re.sub(r"font-family: [^;]*;", f"font-family: {_FONTS};", svg)


def file_name(name: str, size: tuple[int, int]) -> str:
    return f"{name}-{size[0]}x{size[1]}.svg"


async def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in PICTURES:
        for size in SIZES:
            started_at = time.perf_counter()
            content = await picture(name, size)
            (folder / file_name(name, size)).write_text(content, encoding="utf-8")
            print(f"{file_name(name, size)}  {time.perf_counter() - started_at:.1f} s")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE))
