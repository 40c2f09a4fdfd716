"""The roles chosen in a checklist, for one user or for several at once."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from zitadel_tui.core import rights, words
from zitadel_tui.tui.format.lines import DIM, STRONG, WARNING, Line, Part
from zitadel_tui.tui.format.meanings import role_parts, role_style
from zitadel_tui.tui.format.role_notes import LABEL


class Selection(Protocol):
    @property
    def changed(self) -> bool: ...

    @property
    def added(self) -> tuple[str, ...]: ...

    @property
    def removed(self) -> tuple[str, ...]: ...

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that users have or that are chosen, whether offered or not."""
        ...

    def sign(self, role: str) -> str:
        """Three cells before the role."""
        ...

    @property
    def noted(self) -> bool:
        """Whether rows have a note."""
        ...

    def note(self, role: str) -> str: ...

    def toggle(self, role: str) -> None: ...

    def beside(self, role: str) -> tuple[str, ...] | None:
        """The user's other roles, to say what this one adds; None when users differ."""
        ...

    def lines(self) -> tuple[Line, Line]:
        """The lines for the roles now and then."""
        ...


class OfOne:
    """The roles of one user: as ``seen``, and as ``wanted``."""

    def __init__(self, seen: Iterable[str]) -> None:
        self.seen = tuple(seen)
        self._wanted = list(self.seen)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The wanted roles: in the order of ``seen``, then new ones, most powerful first."""
        new = rights.sort_roles(role for role in self._wanted if role not in self.seen)
        return (*(role for role in self.seen if role in self._wanted), *new)

    @property
    def added(self) -> tuple[str, ...]:
        return tuple(role for role in self.wanted if role not in self.seen)

    @property
    def removed(self) -> tuple[str, ...]:
        return tuple(role for role in self.seen if role not in self._wanted)

    @property
    def changed(self) -> bool:
        return bool(self.added or self.removed)

    @property
    def roles(self) -> tuple[str, ...]:
        return (*self.seen, *self.added)

    def sign(self, role: str) -> str:
        return "[x]" if role in self._wanted else "[ ]"

    @property
    def noted(self) -> bool:
        return False

    def note(self, role: str) -> str:
        return ""

    def toggle(self, role: str) -> None:
        if role in self._wanted:
            self._wanted.remove(role)
        else:
            self._wanted.append(role)

    def rebase(self, now: Iterable[str]) -> None:
        """Set the current roles to ``now`` and keep the chosen difference."""
        added, removed = self.added, self.removed
        self.seen = tuple(now)
        kept = [role for role in self.seen if role not in removed]
        self._wanted = [*kept, *(role for role in added if role not in kept)]

    def beside(self, role: str) -> tuple[str, ...]:
        return tuple(other for other in self._wanted if other != role)

    def lines(self) -> tuple[Line, Line]:
        now: list[Part] = [
            ("now".ljust(LABEL), DIM),
            *(role_parts(self.seen) or ["not a member"]),
        ]
        kept = [role for role in rights.sort_roles(self.seen) if role not in self.removed]
        return tuple(now), difference("then", kept, self.added, self.removed)


def difference(label: str, kept: Iterable[str], added: Iterable[str], removed: Iterable[str]) -> Line:
    """``then  ORG_OWNER  + ORG_USER_MANAGER  − ORG_OWNER_VIEWER``."""
    told: list[Part] = [(role, role_style(role)) for role in kept]
    told += [(f"+ {role}", f"{STRONG} $text-accent") for role in rights.sort_roles(added)]
    told += [(f"− {role}", f"{STRONG} {WARNING}") for role in rights.sort_roles(removed)]
    if not any(kept) and not any(added):
        told.append("no longer a member" if any(removed) else "not a member")
    parts: list[Part] = [(label.ljust(LABEL), DIM)]
    for place, part in enumerate(told):
        parts += ["  ", part] if place else [part]
    return tuple(parts)


class OfSeveral:
    """Roles to add to or remove from all of several users; their other roles stay."""

    def __init__(self, users: Mapping[str, tuple[str, ...]]) -> None:
        """``users`` are user ids with the roles that were seen."""
        self.users = dict(users)
        self._wanted: dict[str, str] = {}

    def wanted(self, user_id: str) -> tuple[str, ...]:
        """The wanted roles of one user."""
        return self.on_top_of(self.users[user_id])

    def on_top_of(self, roles: Iterable[str]) -> tuple[str, ...]:
        kept = [role for role in roles if self._wanted.get(role) != "-"]
        added = [role for role in rights.sort_roles(self.added) if role not in kept]
        return (*kept, *added)

    @property
    def added(self) -> tuple[str, ...]:
        return tuple(role for role, sign in self._wanted.items() if sign == "+")

    @property
    def removed(self) -> tuple[str, ...]:
        return tuple(role for role, sign in self._wanted.items() if sign == "-")

    @property
    def changed(self) -> bool:
        return bool(self._wanted)

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(role for roles in self.users.values() for role in roles))

    def holders(self, role: str) -> int:
        return sum(role in roles for roles in self.users.values())

    def sign(self, role: str) -> str:
        return {"+": "[+]", "-": "[−]"}.get(self._wanted.get(role, ""), "[ ]")

    @property
    def noted(self) -> bool:
        return True

    def note(self, role: str) -> str:
        """How many users have the role already."""
        holders, number = self.holders(role), len(self.users)
        if not holders:
            return ""
        return "all" if holders == number else f"{words.count(holders)} of {words.count(number)}"

    def toggle(self, role: str) -> None:
        """From unchanged to added to all, to removed from all, and back; steps that change no one are
        skipped."""
        holders = self.holders(role)
        steps = ["", *(["+"] if holders < len(self.users) else []), *(["-"] if holders else [])]
        sign = steps[(steps.index(self._wanted.get(role, "")) + 1) % len(steps)]
        self._wanted.pop(role, None)
        if sign:
            self._wanted[role] = sign

    def beside(self, role: str) -> None:
        return None

    @property
    def leaving(self) -> tuple[str, ...]:
        """The ids of users who would no longer be members."""
        return tuple(user_id for user_id, roles in self.users.items() if roles and not self.wanted(user_id))

    def lines(self) -> tuple[Line, Line]:
        who = "member" if all(self.users.values()) else "user"
        now: Line = (("now".ljust(LABEL), DIM), f"{words.plural(len(self.users), who)} selected")
        if not self.changed:
            return now, (
                ("then".ljust(LABEL), DIM),
                ("each role: add to all, remove from all, or leave as it is", DIM),
            )
        told = list(difference("then", ("as they are",), self.added, self.removed))
        if self.leaving:
            told.append((f"  {words.count(len(self.leaving))} no longer members", WARNING))
        return now, tuple(told)
