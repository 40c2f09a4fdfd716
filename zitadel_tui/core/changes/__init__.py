"""Every write of the tool is a Change: a value that can be described, shown as curl, applied, settled."""

from zitadel_tui.core.changes.base import Applied, Change, apply
from zitadel_tui.core.changes.membership import AddRoles
from zitadel_tui.core.changes.person import ImportPerson

__all__ = ["AddRoles", "Applied", "Change", "ImportPerson", "apply"]
