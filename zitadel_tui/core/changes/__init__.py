"""Every write of the tool is a Change: a value that can be described, shown as curl and as a command,
checked, applied, settled, inverted, written down and made again."""

from zitadel_tui.core.changes.applying import Unsettled, apply, settle
from zitadel_tui.core.changes.base import Applied, Change, Guarded, Preview
from zitadel_tui.core.changes.memberships import (
    AddRoles,
    RemoveRoles,
    RoleChange,
    RolesChanged,
    SetRoles,
    appears,
    membership,
    remove_membership,
)
from zitadel_tui.core.changes.records import UnusableRecord, from_record, inverse
from zitadel_tui.core.changes.rehearsal import Rehearsal, rehearse
from zitadel_tui.core.changes.users import (
    DeleteUser,
    ImportUser,
    IncompleteImport,
    MakePasskeyLink,
    ResendInitialization,
)

__all__ = [
    "AddRoles",
    "Applied",
    "Change",
    "DeleteUser",
    "Guarded",
    "ImportUser",
    "IncompleteImport",
    "MakePasskeyLink",
    "Preview",
    "Rehearsal",
    "RemoveRoles",
    "ResendInitialization",
    "RoleChange",
    "RolesChanged",
    "SetRoles",
    "Unsettled",
    "UnusableRecord",
    "appears",
    "apply",
    "from_record",
    "inverse",
    "membership",
    "rehearse",
    "remove_membership",
    "settle",
]
