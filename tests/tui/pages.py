"""Helpers for tests of views: what is read, which rows are painted, and another administrator's changes."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from tests.tui.app_pages import Page, demo, signed_in
from zitadel_tui.core import members
from zitadel_tui.core.search import parse
from zitadel_tui.core.session import Session
from zitadel_tui.demo.server import Demo
from zitadel_tui.tui.features.members.view import MembersView
from zitadel_tui.tui.features.roles.view import RolesView
from zitadel_tui.tui.services.member_store import MemberStore
from zitadel_tui.tui.widgets.table import RecordTable
from zitadel_tui.tui.widgets.user_panel import UserPanel
from zitadel_tui.zitadel.wire.members import Member

T = TypeVar("T")
HEAD = 4  # lines above the first row: header, views, filter, column heads


def members_view(page: Page) -> MembersView:
    view = page.app.views["members"]
    assert isinstance(view, MembersView)
    return view


def roles_view(page: Page) -> RolesView:
    view = page.app.views["roles"]
    assert isinstance(view, RolesView)
    return view


def member_store(page: Page) -> MemberStore:
    return page.app.members


def table(page: Page) -> RecordTable:
    return page.app.view.query_one(RecordTable)


def person(page: Page) -> UserPanel:
    return members_view(page).query_one(UserPanel)


def rows(page: Page) -> list[str]:
    """The rows of Members on the screen, without what stands around them, the scrollbar included."""
    return [line.rstrip(" ▁▂▃▄▅▆▇█") for line in page.lines[HEAD:-3] if line.strip()]


def under_cursor(page: Page) -> str:
    return next((line for line in page.lines if line.startswith((" ▌", "●▌"))), "")


def control_characters(page: Page) -> list[str]:
    return [sign for sign in page.text if sign != "\n" and unicodedata.category(sign) in ("Cc", "Cs", "Co")]


@asynccontextmanager
async def members_read(
    server: Demo | None = None, *, account: str = "onboarding-bot", size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Page]:
    """The app when all members, and who else has power, are on the screen; reads do not lag."""
    async with signed_in(server or demo(lag=(0.0, 0.0)), account=account, size=size) as page:
        await members_shown(page)
        yield page


async def members_shown(page: Page) -> None:
    """Wait until all members, and who else has power, are on the screen."""
    await page.until(lambda: member_store(page).roster is not None)
    await page.until(
        lambda: member_store(page).administrators.rows or member_store(page).administrators_failure
    )
    await page.until(lambda: members_view(page).count is not None)
    await page.until(lambda: not table(page).row_count or under_cursor(page))


async def on_network(page: Page, work: Callable[[Session], Coroutine[Any, Any, T]]) -> T:
    """Do something on the thread that owns the demo, as another administrator at the same moment."""
    session = page.app.session
    assert session is not None
    return await asyncio.wrap_future(page.app.network.runtime.submit(session, work))


async def all_read(page: Page) -> None:
    """Nothing is being read: no connection is cut off by leaving."""
    await page.until(lambda: not any(page.app.network._newest.values()))


async def filtered(page: Page, text: str) -> None:
    """Wait until the rows of Members are those that match ``text``."""
    listing = member_store(page).listing
    query = parse(text, members.FIELDS)
    await page.until(lambda: not listing.settling and listing.rows and listing.rows.query == query)
    await page.until(lambda: listing.rows and table(page).row_count == len(listing.rows))


def holder_of(page: Page, *roles: str, place: int = 0) -> Member:
    """A person who has exactly these roles."""
    roster = member_store(page).roster
    assert roster is not None
    return [member for member in roster if member.roles == roles and member.email][place]


async def other_admin_sets(page: Page, user_id: str, *roles: str) -> None:
    """Gives these roles; without any, takes the membership away."""

    async def write(session: Session) -> None:
        store = page.demo.store
        if roles:
            store.put_member(store.default_org, user_id, roles, user_id)
        else:
            store.remove_member(store.default_org, user_id, user_id)

    await on_network(page, write)
