"""Generated members, up to hundreds of thousands: each is computed from its number when needed."""

from collections.abc import Callable
from functools import cached_property
from math import gcd
from typing import Generic, TypeVar

from zitadel_tui.demo.model import ACTIVE, HUMAN, Event, Ids, Member, User
from zitadel_tui.demo.sample_names import FIRST, LAST, ROLE_MIX
from zitadel_tui.demo.tables import History

T = TypeVar("T")

_SETUP = ("org.added", "org.domain.added", "org.domain.verified", "org.domain.primary.set")


class GeneratedMembers:
    """`count` members of an organization, added one after the other between two times by one editor. Their
    user names end in `.<number>`."""

    def __init__(self, count: int, *, org: str, editor: str, begin: float, end: float) -> None:
        self.count = count
        self._org = org
        self._editor = editor
        self._begin, self._every = begin, (end - begin) / max(1, count)
        self._first = Ids.at(begin)
        self._step = max(1, (Ids.at(end) - self._first) // max(1, count))
        self.members = _Computed(self, self.member)
        self.users = _Computed(self, self.user)

    @cached_property
    def ids(self) -> list[str]:
        """All ids, in arbitrary order."""
        stride = next((p for p in (7919, 104729, 15485863) if gcd(p, self.count) == 1), 1)
        return [self._id(number * stride % self.count) for number in range(self.count)]

    def _id(self, number: int) -> str:
        return str(self._first + number * self._step)

    def number(self, id: str) -> int | None:
        """The number of a member; None for ids of others."""
        try:
            number, rest = divmod(int(id) - self._first, self._step)
        except ValueError:
            return None
        return number if rest == 0 and 0 <= number < self.count else None

    def named(self, name: str) -> str | None:
        """The id of a user name in lower case."""
        tail = name.rpartition(".")[2]
        if not (tail.isascii() and tail.isdecimal() and len(tail) < 10) or int(tail) >= self.count:
            return None
        return self._id(int(tail)) if self.user(int(tail)).user_name == name else None

    def at(self, number: int) -> float:
        return self._begin + number * self._every

    def user(self, number: int) -> User:
        first = FIRST[number * 7 % len(FIRST)]
        last = LAST[(number // len(FIRST) + number) % len(LAST)]
        name, at = f"{first.lower()}.{last.lower()}.{number}", self.at(number)
        return User(
            id=self._id(number),
            org=self._org,
            user_name=name,
            type=HUMAN,
            state=ACTIVE,
            created=at,
            changed=at,
            sequence=2,
            first=first,
            last=last,
            display=f"{first} {last}",
            language="en",
            email=f"{name}@acme.example",
            email_verified=True,
            password_changed=at,
        )

    def member(self, number: int) -> Member:
        roles = ROLE_MIX[number * 31 % 97 % len(ROLE_MIX)]
        return Member(self._id(number), roles, len(_SETUP) + number + 1, self.at(number), self.at(number))

    def org_history(self) -> History:
        """The organization's making, then one event for each member."""
        return History(len(_SETUP) + self.count, self._org_event)

    def _org_event(self, sequence: int) -> Event:
        if sequence <= len(_SETUP):
            return Event(sequence, _SETUP[sequence - 1], self._begin, self._editor)
        return Event(sequence, "org.member.added", self.at(sequence - len(_SETUP) - 1), self._editor)

    def user_history(self, id: str) -> History:
        number = self.number(id)
        if number is None:
            return History()
        types = ("user.human.added", "user.human.email.verified")
        at = self.at(number)
        return History(2, lambda sequence: Event(sequence, types[sequence - 1], at, self._editor))


class _Computed(Generic[T]):
    """What `compute` makes of the number of a generated member."""

    def __init__(self, generated: GeneratedMembers, compute: Callable[[int], T]) -> None:
        self._generated = generated
        self._compute = compute

    @property
    def ids(self) -> list[str]:
        return self._generated.ids

    def get(self, id: str) -> T | None:
        number = self._generated.number(id)
        return None if number is None else self._compute(number)
