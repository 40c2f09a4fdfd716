"""Which roles are chosen in a checklist: of one person, or for several at once."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from zitadel_tui.core import rights, words
from zitadel_tui.tui.format.lines import DIM, STRONG, WARNING, Line, Part
from zitadel_tui.tui.format.role_notes import LABEL


class Selection(Protocol):
    @property
    def changed(self) -> bool: ...

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles that are concerned, whether they are offered or not."""
        ...

    def sign(self, role: str) -> str:
        """Three cells before the role."""
        ...

    @property
    def noted(self) -> bool:
        """Whether something stands behind the roles."""
        ...

    def note(self, role: str) -> str: ...

    def toggle(self, role: str) -> None: ...

    def beside(self, role: str) -> tuple[str, ...] | None:
        """The roles that are had beside this one, to say what it adds; None where that differs."""
        ...

    def lines(self) -> tuple[Line, Line]:
        """How it is now, and how it will be."""
        ...


class OfOne:
    """The roles of one person: as they were seen, and as they are wanted."""

    def __init__(self, seen: Iterable[str]) -> None:
        self.seen = tuple(seen)
        self._wanted = list(self.seen)

    @property
    def wanted(self) -> tuple[str, ...]:
        """In the order of ``seen``; what is new follows, most powerful first."""
        new = rights.sort_roles(role for role in self._wanted if role not in self.seen)
        return (*(role for role in self.seen if role in self._wanted), *new)

    @property
    def added(self) -> tuple[str, ...]:
        return tuple(role for role in self.wanted if role not in self.seen)

    @property
    def taken(self) -> tuple[str, ...]:
        return tuple(role for role in self.seen if role not in self._wanted)

    @property
    def changed(self) -> bool:
        return bool(self.added or self.taken)

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
        """``now`` is what they really are; the difference that was chosen stays on top of it."""
        added, taken = self.added, self.taken
        self.seen = tuple(now)
        kept = [role for role in self.seen if role not in taken]
        self._wanted = [*kept, *(role for role in added if role not in kept)]

    def beside(self, role: str) -> tuple[str, ...]:
        return tuple(other for other in self._wanted if other != role)

    def lines(self) -> tuple[Line, Line]:
        now: list[Part] = [("now".ljust(LABEL), DIM), "  ".join(rights.sort_roles(self.seen)) or "no member"]
        kept = [role for role in rights.sort_roles(self.seen) if role not in self.taken]
        return tuple(now), difference("then", kept, self.added, self.taken)


def difference(label: str, kept: Iterable[str], added: Iterable[str], taken: Iterable[str]) -> Line:
    """``then  ORG_OWNER  + ORG_USER_MANAGER  − ORG_OWNER_VIEWER``."""
    told: list[Part] = [*kept]
    told += [(f"+ {role}", f"{STRONG} $text-accent") for role in rights.sort_roles(added)]
    told += [(f"− {role}", f"{STRONG} {WARNING}") for role in rights.sort_roles(taken)]
    if not any(kept) and not any(added):
        told.append("no member any more" if any(taken) else "no member")
    parts: list[Part] = [(label.ljust(LABEL), DIM)]
    for place, part in enumerate(told):
        parts += ["  ", part] if place else [part]
    return tuple(parts)


class OfSeveral:
    """Roles to add to, or take from, all of several people; the others they keep."""

    def __init__(self, people: Mapping[str, tuple[str, ...]]) -> None:
        """``people`` are user ids with the roles that were seen."""
        self.people = dict(people)
        self._wanted: dict[str, str] = {}

    def wanted(self, user_id: str) -> tuple[str, ...]:
        """What the roles of one of them become."""
        return self.on_top_of(self.people[user_id])

    def on_top_of(self, roles: Iterable[str]) -> tuple[str, ...]:
        kept = [role for role in roles if self._wanted.get(role) != "-"]
        added = [role for role in rights.sort_roles(self.added) if role not in kept]
        return (*kept, *added)

    @property
    def added(self) -> tuple[str, ...]:
        return tuple(role for role, sign in self._wanted.items() if sign == "+")

    @property
    def taken(self) -> tuple[str, ...]:
        return tuple(role for role, sign in self._wanted.items() if sign == "-")

    @property
    def changed(self) -> bool:
        return bool(self._wanted)

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(role for roles in self.people.values() for role in roles))

    def holders(self, role: str) -> int:
        return sum(role in roles for roles in self.people.values())

    def sign(self, role: str) -> str:
        return {"+": "[+]", "-": "[−]"}.get(self._wanted.get(role, ""), "[ ]")

    @property
    def noted(self) -> bool:
        return True

    def note(self, role: str) -> str:
        """How many have it already."""
        holders, number = self.holders(role), len(self.people)
        if not holders:
            return ""
        return "all" if holders == number else f"{words.count(holders)} of {words.count(number)}"

    def toggle(self, role: str) -> None:
        """From untouched to added for all, to taken from all, and back; what would change nobody is left
        out."""
        holders = self.holders(role)
        steps = ["", *(["+"] if holders < len(self.people) else []), *(["-"] if holders else [])]
        sign = steps[(steps.index(self._wanted.get(role, "")) + 1) % len(steps)]
        self._wanted.pop(role, None)
        if sign:
            self._wanted[role] = sign

    def beside(self, role: str) -> None:
        return None

    @property
    def leaving(self) -> tuple[str, ...]:
        """The ids of those who would be no members any more."""
        return tuple(user_id for user_id, roles in self.people.items() if roles and not self.wanted(user_id))

    def lines(self) -> tuple[Line, Line]:
        now: Line = (("now".ljust(LABEL), DIM), f"{words.plural(len(self.people), 'member')} selected")
        if not self.changed:
            return now, (
                ("then".ljust(LABEL), DIM),
                ("each role: add to all, remove from all, or leave as it is", DIM),
            )
        told = list(difference("then", ("as they are",), self.added, self.taken))
        if self.leaving:
            told.append((f"  {words.count(len(self.leaving))} no members any more", WARNING))
        return now, tuple(told)
