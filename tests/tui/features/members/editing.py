"""How these tests edit roles: by keys, with the demo's store as the truth."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager

from tests.held import held as held_calls
from tests.tui.app_pages import Page
from tests.tui.pages import holder_of, member_store, members_read, on_network, table
from zitadel_tui.core.session import Session
from zitadel_tui.demo.server import Demo
from zitadel_tui.tui.dialogs.role_picker import RolePicker
from zitadel_tui.tui.features.members.edit_roles import EditRoles
from zitadel_tui.zitadel.wire.members import Member

BOTH = ("ORG_USER_MANAGER", "ORG_OWNER_VIEWER")
CHANGE = "PUT /management/v1/orgs/me/members/*"
REMOVE = "DELETE /management/v1/orgs/me/members/*"
SEARCH = "POST /management/v1/orgs/me/members/_search"


async def stored(page: Page, user_id: str) -> tuple[str, ...] | None:
    """The roles the server has; None when the user is no member."""

    async def read(session: Session) -> tuple[str, ...] | None:
        store = page.demo.store
        found = store.members[store.default_org].get(user_id)
        return tuple(found.roles) if found else None

    return await on_network(page, read)


async def open_roles(page: Page, user_id: str) -> EditRoles:
    """``e`` on a member, when the roles that are offered have been read."""
    assert table(page).select(user_id)
    await page.press("e")
    return await assigning(page)


@asynccontextmanager
async def roles_opened(server: Demo | None = None) -> AsyncIterator[tuple[Page, Member, EditRoles]]:
    """The dialog with the roles of a member who has ``BOTH``."""
    async with members_read(server) as page:
        member = holder_of(page, *BOTH)
        yield page, member, await open_roles(page, member.user_id)


async def assigning(page: Page) -> EditRoles:
    await page.until(lambda: isinstance(page.app.screen, EditRoles) and page.app.screen.offered)
    screen = page.app.screen
    assert isinstance(screen, EditRoles)
    return screen


async def toggle(page: Page, *roles: str) -> None:
    """Move to each role by keys, and press space."""
    screen = page.app.screen
    assert isinstance(screen, RolePicker)
    for role in roles:
        await page.press("home")
        for _ in range(screen.roles.index(role)):
            await page.press("down")
        await page.press("space")


def sign(page: Page, user_id: str) -> str:
    """What stands in the row about a change under way."""
    state = page.app.pending.state(user_id)
    return state.value if state else ""


def order(page: Page) -> list[str]:
    """The ids of Members as they stand below one another."""
    rows = member_store(page).listing.rows
    assert rows is not None
    return rows.ids


def row(page: Page, user_id: str) -> Member | None:
    """What the list knows of a member."""
    roster = member_store(page).roster
    assert roster is not None
    return roster.get(user_id)


def held(page: Page) -> AbstractContextManager[None]:
    """The server is in the middle of writing a membership as long as this lasts."""
    return held_calls(page.demo.store, "put_member")
