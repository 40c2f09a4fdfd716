"""What a change would do, found out by reading alone: for ``--dry-run`` and for questions."""

import asyncio
from dataclasses import dataclass
from typing import Any

from zitadel_tui.core.account import own_permissions
from zitadel_tui.core.changes.base import Change, Guarded, Preview
from zitadel_tui.core.changes.memberships import RoleChange, SetRoles
from zitadel_tui.core.session import Session
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.calls import Call


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Nothing was written. ``curls`` are the requests as commands, none where nothing would change;
    ``overridden`` are the reasons against the change that force overrides."""

    change: Change
    sentence: str
    """What would be different, or why nothing would."""
    preview: Preview
    curls: tuple[str, ...]
    overridden: tuple[str, ...] = ()


async def rehearse(session: Session, change: Change, *, forced: bool = False) -> Rehearsal:
    """Raises what the change would certainly end with: ``NotPermitted``, ``Guarded`` unless ``forced``,
    ``RolesChanged``, and what reading raises."""
    preview = await change.check(session)
    requests = _requests(change, preview)
    own, reasons = await asyncio.gather(own_permissions(session.client), _reasons(session, change))
    for request in requests:
        needed = request.endpoint.permission
        if needed and needed not in own:
            raise errors.NotPermitted("This account may not do that in this organization.", permission=needed)
    if reasons and not forced:
        raise Guarded(reasons)
    return Rehearsal(change, _sentence(change, preview), preview, tuple(map(session.curl, requests)), reasons)


async def _reasons(session: Session, change: Change) -> tuple[str, ...]:
    return await change.guards(session) if change.destructive else ()


def _sentence(change: Change, preview: Preview) -> str:
    if isinstance(change, RoleChange) and not preview.changes:
        return change.no_change(preview.before)
    return change.describe()


def _requests(change: Change, preview: Preview) -> tuple[Call[Any], ...]:
    """What would be sent as things are: a list of roles is written whole."""
    if not isinstance(change, RoleChange):
        return change.calls()
    if not preview.changes:
        return ()
    return SetRoles(change.user_id, preview.before, preview.after).calls()
