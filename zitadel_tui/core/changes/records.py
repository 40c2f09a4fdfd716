"""Restores changes from their records."""

import msgspec

from zitadel_tui.core.changes.base import Applied, Change
from zitadel_tui.core.changes.grants import AddGrantRoles, RemoveGrantRoles, SetGrant
from zitadel_tui.core.changes.memberships import AddRoles, RemoveRoles, SetRoles
from zitadel_tui.core.changes.user_states import DeactivateUser, DeleteUser, ReactivateUser
from zitadel_tui.core.changes.users import ImportUser, MakePasskeyLink, ResendInitialization
from zitadel_tui.core.journal import DONE, VERSION, Record, current_kind
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown

_KINDS: dict[str, type[Change]] = {
    kind.kind: kind
    for kind in (
        AddRoles,
        RemoveRoles,
        SetRoles,
        AddGrantRoles,
        RemoveGrantRoles,
        SetGrant,
        ImportUser,
        DeactivateUser,
        ReactivateUser,
        DeleteUser,
        MakePasskeyLink,
        ResendInitialization,
    )
}


class UnusableRecord(Failure):
    """A record that this version cannot restore; it can still be shown."""


def from_record(record: Record) -> Change:
    """Restore the recorded change, also by an older name of its kind. It can be described, settled,
    inverted and, except for an import, applied again. Raises ``UnusableRecord``."""
    kind = _KINDS.get(current_kind(record.kind))
    if kind is None:
        raise UnusableRecord(
            f"The recorded change {shown(record.kind)!r} is not known to this version.",
            "Use the version that recorded it, or a newer one.",
        )
    if not 1 <= record.version <= VERSION:
        raise UnusableRecord(
            "The change was recorded by another version, without what is needed to make it again.",
            "Look at the change in the record, and repeat it by hand.",
        )
    try:
        return kind.from_record(record)
    except (msgspec.ValidationError, LookupError, TypeError):
        raise UnusableRecord(
            f"The record of {shown(record.kind)!r} is damaged or of another version.",
            "Look at the change in the record, and repeat it by hand.",
        ) from None


def inverse(intent: Record, result: Record) -> Change | None:
    """The change that undoes the recorded one; None when nothing was changed or nothing can undo it.

    Raises ``UnusableRecord``, also when the roles before are not recorded.
    """
    change = from_record(intent)
    if result.outcome != DONE:
        return None
    if result.before is None:
        raise UnusableRecord(
            "What was there before the change is not recorded, so it cannot be undone.",
            "Look at the change in the record, and undo it by hand.",
        )
    applied = Applied("", result.user or intent.user, before=result.before, after=result.after)
    return change.invert(applied)
