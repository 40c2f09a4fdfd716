"""Undoes recorded changes: first a plan, which says what will be undone and what cannot be, then a run.

Nothing that somebody changed later is overwritten: roles are set back only from the state that the change
left, and a user that was created is deactivated or deleted only while its history holds nothing but the
creation, our own changes and the server's codes, and while it has no roles but those that we assigned. A plan
writes nothing on the server.
"""

from zitadel_tui.core.undo.entries import select_entries
from zitadel_tui.core.undo.plan import Item, Plan
from zitadel_tui.core.undo.planning import make_plan
from zitadel_tui.core.undo.running import apply

__all__ = ["Item", "Plan", "apply", "make_plan", "select_entries"]
