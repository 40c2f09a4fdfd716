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
from html import escape, unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Self
from unittest.mock import patch

import msgspec
from rich.cells import cell_len
from textual.widgets import Input

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.tui.app_pages import Page, demo, started
from tests.tui.features.import_user import forms
from tests.tui.features.members.editing import CHANGE
from tests.tui.pages import other_admin_sets
from zitadel_tui.core import session
from zitadel_tui.core.journal import DONE, REFUSED, UNKNOWN, MemoryJournal, Record
from zitadel_tui.core.onboard.records import ONBOARDING
from zitadel_tui.demo.api import credentials
from zitadel_tui.demo.faults import Fault
from zitadel_tui.settings import Settings
from zitadel_tui.tui import themes
from zitadel_tui.tui.dialogs.base import TextDialog
from zitadel_tui.tui.dialogs.help import HelpDialog
from zitadel_tui.tui.dialogs.qr import QrScreen
from zitadel_tui.tui.features.connect.view import ConnectScreen
from zitadel_tui.tui.features.history import reading as history_reading
from zitadel_tui.tui.features.history import view as history
from zitadel_tui.tui.features.import_user import labels as import_labels
from zitadel_tui.tui.features.members import view as members
from zitadel_tui.tui.features.members.edit_roles import EditRoles
from zitadel_tui.tui.features.members.edit_roles_of_several import EditRolesOfSeveral
from zitadel_tui.tui.features.projects import view as projects
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
        for module in (members, projects, import_labels, imports, history):
            stack.enter_context(patch.object(module, "datetime", Then))
        for module in (member_store, roles, history_reading):
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
    await page.sees("Held by", "andrew.matsumoto")


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
    await page.sees("Members", "Show the details of the user")


async def _palette(page: Page) -> None:
    await page.press("ctrl+p")
    await page.type("co")
    await page.sees("connect")


async def _light(page: Page) -> None:
    page.app.theme = themes.DEFAULT_LIGHT
    await _person(page)


async def _assign(page: Page) -> None:
    await page.press("down", "e")
    await page.until(lambda: isinstance(page.app.screen, EditRoles) and page.app.screen.offered)
    await page.press("down", "down", "space")
    await page.sees("+ ORG_USER_MANAGER")


async def _projects(page: Page) -> None:
    await page.press("4")
    await page.sees("Old intranet")
    await page.press("down")
    await page.sees("Approves payments")


_PEOPLE = """Benutzername;Vorname;Nachname;E-Mail;Telefon;Rollen
grace.hopper;Grace;Hopper;grace.hopper@acme.example;;ORG_USER_MANAGER
joerg;Jörg;Müller;joerg@acme.example;+41 71 000 00 00;
radia.hamilton;Radia;Hamilton;radia@elsewhere.example;;ORG_OWNER_VIEWER
katherine;Katherine;Johnson;katherine@acme;4,17E+10;
mary;Mary;Jackson;mary.acme.example;;
dorothy;Dorothy;Vaughan;dorothy@acme.example;;ORG_OWNER
dorothy;Dorothy;Vaughan;dorothy@acme.example;;ORG_OWNER
"""


async def _onboard(page: Page) -> None:
    """A plan."""
    from zitadel_tui.core.onboard.rows import Options

    await page.press("5")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        path.write_text(_PEOPLE, encoding="utf-8")
        page.app.onboarding.check(str(path), Options())
        await page.sees("2 invalid")
    await page.press("down", "down")


_RUN = "20260713-141502-3fa9"
_WAS, _IS = ("ORG_OWNER",), ("ORG_OWNER_VIEWER", "ORG_USER_MANAGER")
_CHANGES = (
    Record(kind="import user", name="Grace Hopper", outcome=DONE, sentence="Grace Hopper was created."),
    Record(kind=ONBOARDING, what="Onboard 212 users from people.csv.", outcome=DONE, run=_RUN),
    Record(
        kind="resend initialization mail",
        name="Jörg Müller",
        what="Send Jörg Müller the initialization mail again.",
        outcome=REFUSED,
        sentence="The user is not initial.",
        error="COMMAND-2M9sd",
    ),
    Record(
        kind="set roles",
        name="Radia Hamilton",
        what="Remove Radia Hamilton from the members; they have ORG_OWNER.",
        outcome=UNKNOWN,
        sentence="The connection dropped before the server answered.",
    ),
    Record(
        kind="set roles",
        name="Grace Hopper",
        what="Change the roles of Grace Hopper: + ORG_OWNER_VIEWER  + ORG_USER_MANAGER  − ORG_OWNER.",
        outcome=DONE,
        sentence="Grace Hopper now has ORG_OWNER_VIEWER, ORG_USER_MANAGER.",
        before=_WAS,
        after=_IS,
        sequence=214,
    ),
)
"""What earlier sessions changed, oldest first."""
_WHEN = ("2026-07-09T08:12", "2026-07-13T14:15", "2026-07-14T07:58", "2026-07-14T09:02", "2026-07-14T09:31")


def _recorded(page: Page) -> Iterator[bytes]:
    """The lines of a journal: a result that stands alone is a change, too."""
    account = page.app.account
    assert account is not None
    for number, (change, when) in enumerate(zip(_CHANGES, _WHEN, strict=True)):
        record = msgspec.structs.replace(
            change,
            entry=change.run or f"{number}c41a0be73d2",
            time=f"{when}:00.000Z",
            version=1,
            instance=page.demo.origin,
            organization=account.org_id,
            account="400945858750712870",
            user="400945858750719033" if change.name else "",
        )
        yield msgspec.json.encode(record) + b"\n"


async def _history(page: Page) -> None:
    await page.until(lambda: page.app.account is not None)
    assert page.app.session is not None
    kept = page.app.session.journal
    assert isinstance(kept, MemoryJournal)
    kept.lines += _recorded(page)
    await page.press("6")
    await page.sees("5 changes", "? unknown")
    if page.app.size.width >= 120:
        await page.press("enter")
        await page.sees("roles before")


async def _project_roles(page: Page) -> None:
    await page.press("down", "e")
    await page.until(lambda: isinstance(page.app.screen, EditRoles) and page.app.screen.offered)
    await page.press("slash")
    await page.type("billing")
    await page.sees("Billing")
    await page.press("tab", "space")
    await page.sees("approver")
    await page.press("down", "down", "space")
    await page.sees("+ approver")


async def _conflict(page: Page) -> None:
    """Another administrator is faster."""
    await _assign(page)
    screen = page.app.screen
    assert isinstance(screen, EditRoles)
    await other_admin_sets(page, screen.person.user_id, "ORG_OWNER", "ORG_PROJECT_CREATOR")
    await page.press("ctrl+s")
    await page.sees("yours ")


async def _several(page: Page) -> None:
    await page.press("down", "down", "down", "space", "space", "space", "e")
    await page.until(lambda: isinstance(page.app.screen, EditRolesOfSeveral) and page.app.screen.offered)
    await page.until(lambda: page.app.projects.projects)
    await page.press("home", "down", "down", "down", "down", "space", "down", "down", "space")
    await page.sees("+ ORG_SETTINGS_MANAGER")


async def _choose(page: Page) -> None:
    await page.press("a")
    await page.type("grace")
    await page.sees("users found")


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


async def _organizations(page: Page) -> None:
    await page.until(lambda: page.app.account is not None)
    await page.press("o")
    await page.sees("organizations that this account may act in")


_DEMO = Settings(demo=True)
_GRACE = forms.grace(email="grace.hopper@acme.example", phone="+41 71 000 00 00", phone_verified=True)
PICTURES = {
    "members": Picture(_nothing, _DEMO),
    "filtered": Picture(_filtered, _DEMO),
    "person": Picture(_person, _DEMO),
    "roles": Picture(_roles, _DEMO),
    "comparison": Picture(_comparison, _DEMO),
    "administrators": Picture(_administrators, _DEMO),
    "projects": Picture(_projects, _DEMO),
    "onboard": Picture(_onboard, _DEMO),
    "history": Picture(_history, _DEMO),
    "organizations": Picture(_organizations, _DEMO),
    "assign": Picture(_assign, _DEMO),
    "project-roles": Picture(_project_roles, _DEMO),
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
            await page.sees("instance administrators have rights here")
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
            page.app.screen.refresh()  # reading the text has painted it without the screens below it
            return _neutral(page.app.export_screenshot(title="zitadel-tui"))


async def _quiet(page: Page) -> None:
    """Until nothing changes on the screen any more."""
    before = [""] * 5

    def still() -> bool:
        before.append(page.text)
        return len(set(before[-5:])) == 1

    await page.until(still)


_TEXT = re.compile(r'<text class="([^"]*)" x="([^"]*)" y="([^"]*)" textLength="[^"]*" ([^>]*)>([^<]*)</text>')
_CELL = 12.2  # units of a cell in Rich's SVG


def _aligned(svg: str) -> str:
    """With each word at its own place: Rich counts characters, and browsers draw wide ones as they like."""

    def words(found: re.Match[str]) -> str:
        kind, x, y, rest, text = found.groups()
        plain = unescape(text)
        if cell_len(plain) == len(plain):
            return found.group()
        return "".join(
            f'<text class="{kind}" x="{float(x) + _CELL * cell_len(plain[: word.start()]):g}" y="{y}" '
            f'textLength="{_CELL * cell_len(word.group()):g}" lengthAdjust="spacingAndGlyphs" {rest}>'
            f"{escape(word.group())}</text>"
            for word in re.finditer(r"[^ \xa0]+", plain)
        )

    return _TEXT.sub(words, svg)


def _neutral(svg: str) -> str:
    """Without fonts from elsewhere."""
    svg = _aligned(svg)
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
