"""Every write of the tool is a Change: a value that can be described, shown as curl and as a command,
checked, applied, settled and inverted."""

from zitadel_tui.core.changes.base import Applied, Change, Guarded, Preview, apply
from zitadel_tui.core.changes.bulk import apply_all
from zitadel_tui.core.changes.membership import (
    AddRoles,
    RolesChanged,
    SetRoles,
    TakeRoles,
    appears,
    membership,
    remove_membership,
)
from zitadel_tui.core.changes.person import ImportPerson, MakePasskeyLink, RemovePerson, ResendInitialization

__all__ = [
    "AddRoles",
    "Applied",
    "Change",
    "Guarded",
    "ImportPerson",
    "MakePasskeyLink",
    "Preview",
    "RemovePerson",
    "ResendInitialization",
    "RolesChanged",
    "SetRoles",
    "TakeRoles",
    "appears",
    "apply",
    "apply_all",
    "membership",
    "remove_membership",
]
