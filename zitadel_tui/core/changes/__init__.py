"""Every write of the tool is a Change: a value that can be described, shown as curl and as a command,
checked, applied, settled and inverted."""

from zitadel_tui.core.changes.base import Applied, Change, Guarded, Preview, apply
from zitadel_tui.core.changes.bulk import apply_all
from zitadel_tui.core.changes.memberships import (
    AddRoles,
    RemoveRoles,
    RolesChanged,
    SetRoles,
    appears,
    membership,
    remove_membership,
)
from zitadel_tui.core.changes.rehearsal import Rehearsal, rehearse
from zitadel_tui.core.changes.users import DeleteUser, ImportUser, MakePasskeyLink, ResendInitialization

__all__ = [
    "AddRoles",
    "Applied",
    "Change",
    "DeleteUser",
    "Guarded",
    "ImportUser",
    "MakePasskeyLink",
    "Preview",
    "Rehearsal",
    "RemoveRoles",
    "ResendInitialization",
    "RolesChanged",
    "SetRoles",
    "appears",
    "apply",
    "apply_all",
    "membership",
    "rehearse",
    "remove_membership",
]
