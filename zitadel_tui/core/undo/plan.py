"""What undoing will do, as values."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from zitadel_tui.core import words
from zitadel_tui.core.changes import Change, GrantChange, ImportUser, RoleChange
from zitadel_tui.core.history import Entry

Verdict = Literal["undo", "nothing", "changed", "cannot", "unknown"]
"""``undo``: it will be sent; ``nothing``: there is nothing to undo; ``changed``: somebody changed it
later; ``cannot``: nothing can undo it; ``unknown``: it is not known whether the change was made."""

Roles = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """What will be done with one user's membership, grant or account. ``entries`` are the changes to undo,
    newest first."""

    entries: tuple[Entry, ...]
    who: str
    """Safe for a terminal."""
    verdict: Verdict
    sentence: str
    """What will be done, or why nothing is."""
    change: Change | None = None
    """The change to send; for ``changed`` roles, the change that would overwrite them."""
    before: Roles | None = None
    after: Roles | None = None
    now: Roles | None = None
    """Role keys before the changes, after them, and now; None if the item is not about roles, or if they were
    not read."""
    lost: tuple[str, ...] = ()
    """What cannot be undone, such as a mail or a password: a sentence for each."""

    @property
    def user_id(self) -> str:
        return self.entries[0].record.user

    @property
    def phase(self) -> int:
        """When it is sent: grants first, then memberships, then users."""
        if isinstance(self.change, GrantChange):
            return 0
        return 1 if isinstance(self.change, RoleChange) else 2


@dataclass(frozen=True, slots=True)
class Plan:
    items: tuple[Item, ...]

    @property
    def to_send(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.verdict == "undo")

    @property
    def left_out(self) -> int:
        """How many items have something to undo, but will not be undone."""
        return sum(item.verdict in ("changed", "cannot", "unknown") for item in self.items)

    @property
    def left_out_sentence(self) -> str:
        if self.left_out == 1:
            return "1 change is left as it is."
        return f"{words.count(self.left_out)} changes are left as they are."

    @property
    def has_new_users(self) -> bool:
        """Whether the changes to undo created users."""
        return any(entry.record.kind == ImportUser.kind for item in self.items for entry in item.entries)

    def with_overwritten(self, items: Iterable[Item]) -> "Plan":
        """Return a plan that also overwrites these items, which somebody changed."""
        chosen = set(map(id, items))
        return Plan(
            tuple(replace(item, verdict="undo") if id(item) in chosen else item for item in self.items)
        )
