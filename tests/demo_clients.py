"""A demo in this process, and clients of its accounts."""

from zitadel_tui.core.changes import Applied, Change, apply
from zitadel_tui.core.concurrency import Timing
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
    """Raises AssertionError for an unknown name."""
    user = demo.store.user_named(user_name)
    assert user is not None
    return user.id


def member_roles(demo: Demo, user_id: str) -> tuple[str, ...]:
    """The roles in the demo's organization; none for a user who is not a member."""
    member = demo.store.members[demo.store.default_org].get(user_id)
    return member.roles if member else ()


IMPATIENT = Timing(pauses=(0.0, 0.05, 0.05), contention=0.01)
"""Looks that find nothing end after a tenth of a second."""


def session_of(client: Client, settings: Settings | None = None, *, timing: Timing = IMPATIENT) -> Session:
    """A demo's session, which records nothing, unless other settings are given."""
    return Session(settings or Settings(demo=True), client, timing=timing)


async def apply_guarded(client: Client, change: Change, *, timing: Timing = IMPATIENT) -> Applied:
    """The change applied as the front ends do, without a journal."""
    return await apply(session_of(client, timing=timing), change)
