"""Every write of the tool is a Change: a value that can be described, shown as curl and as a command,
checked, applied, settled, inverted, serialized and restored."""

from zitadel_tui.core.changes.applying import Unsettled, apply, settle
from zitadel_tui.core.changes.base import Applied, Change, Guarded, Preview
from zitadel_tui.core.changes.grants import (
    AddGrantRoles,
    GrantChange,
    RemoveGrantRoles,
    SetGrant,
    grant,
    remove_grant,
)
from zitadel_tui.core.changes.memberships import (
    AddRoles,
    RemoveRoles,
    RoleChange,
    SetRoles,
    appears,
    membership,
    remove_membership,
)
from zitadel_tui.core.changes.records import UnusableRecord, from_record, inverse
from zitadel_tui.core.changes.rehearsal import Rehearsal, rehearse
from zitadel_tui.core.changes.role_lists import RolesChanged
from zitadel_tui.core.changes.user_states import (
    DeactivateUser,
    DeleteUser,
    HoldsMore,
    OwnAccount,
    ReactivateUser,
    UserChanged,
    UserStateChange,
)
from zitadel_tui.core.changes.users import (
    ImportUser,
    IncompleteImport,
    MakePasskeyLink,
    ResendInitialization,
)

__all__ = [
    "AddGrantRoles",
    "AddRoles",
    "Applied",
    "Change",
    "DeactivateUser",
    "DeleteUser",
    "GrantChange",
    "Guarded",
    "HoldsMore",
    "ImportUser",
    "IncompleteImport",
    "MakePasskeyLink",
    "OwnAccount",
    "Preview",
    "ReactivateUser",
    "Rehearsal",
    "RemoveGrantRoles",
    "RemoveRoles",
    "ResendInitialization",
    "RoleChange",
    "RolesChanged",
    "SetGrant",
    "SetRoles",
    "Unsettled",
    "UnusableRecord",
    "UserChanged",
    "UserStateChange",
    "appears",
    "apply",
    "from_record",
    "grant",
    "inverse",
    "membership",
    "rehearse",
    "remove_grant",
    "remove_membership",
    "settle",
]
