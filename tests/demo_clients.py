"""A demo in this process, and clients of its accounts."""

from zitadel_tui.core.changes import Applied, Change, apply
from zitadel_tui.core.session import Session
from zitadel_tui.demo.server import ACCOUNT, Demo
from zitadel_tui.secret import Secret
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel.auth import PersonalAccessToken
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.http import Transport


def client_of(demo: Demo, account: str = ACCOUNT, *, org_id: str = "", timeout: float = 10.0) -> Client:
    transport = Transport(demo.origin, timeout=timeout, app=demo.app)
    return Client(transport, PersonalAccessToken(Secret(demo.access_token(account))), org_id=org_id)


def id_of(demo: Demo, user_name: str) -> str:
    """Raises AssertionError for a name that nobody has."""
    user = demo.store.user_named(user_name)
    assert user is not None
    return user.id


async def apply_guarded(client: Client, change: Change) -> Applied:
    """The change applied as the front ends do, without a journal."""
    return await apply(Session(Settings(demo=True), client), change)
