"""What a change would do, found out without writing: for ``--dry-run`` and for questions."""

import asyncio
from dataclasses import dataclass

from zitadel_tui.core.account import own_permissions
from zitadel_tui.core.changes.base import Change, Guarded, Preview
from zitadel_tui.core.session import Session
from zitadel_tui.zitadel import errors


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The result of a rehearsal. ``curls`` are the requests as commands, empty when nothing would change;
    ``overridden`` are the reasons against the change that force overrides."""

    change: Change
    sentence: str
    """What would be different, or why nothing would."""
    preview: Preview
    curls: tuple[str, ...]
    overridden: tuple[str, ...] = ()


async def rehearse(
    session: Session, change: Change, *, forced: bool = False, besides: frozenset[str] = frozenset()
) -> Rehearsal:
    """``besides`` are other users changed together with it.

    Raises what the change would certainly fail with: ``NotPermitted``, ``Guarded`` unless ``forced``,
    ``RolesChanged``, and what reading raises.
    """
    preview = await change.check(session)
    requests = change.requests(preview)
    own, reasons = await asyncio.gather(
        own_permissions(session.client, project_id=change.permitted_by),
        _reasons(session, change, preview, besides),
    )
    for request in requests:
        needed = request.endpoint.permission
        if needed and needed not in own:
            raise errors.NotPermitted("This account may not do that in this organization.", permission=needed)
    if reasons and not forced:
        raise Guarded(reasons)
    curls = tuple(map(session.curl, requests))
    return Rehearsal(change, change.forecast(preview), preview, curls, reasons)


async def _reasons(
    session: Session, change: Change, seen: Preview, besides: frozenset[str]
) -> tuple[str, ...]:
    return await change.guards(session, seen=seen, besides=besides) if change.destructive else ()
