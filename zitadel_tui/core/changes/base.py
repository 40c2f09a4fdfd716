"""What every change has: a sentence, requests, a command, checks, guards, its record, and its inverse."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self

from zitadel_tui.core.journal import NO_BASELINE, VERSION, Baseline, Record
from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure
from zitadel_tui.text import quoted, shown
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.wire.base import Message

Resource = Literal["users", "memberships"]
"""What limits how many changes are worth sending at once (measured.md)."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would come to, as far as reading tells: role keys before and after."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def added(self) -> tuple[str, ...]:
        return tuple(role for role in self.after if role not in self.before)

    @property
    def changes(self) -> bool:
        return frozenset(self.before) != frozenset(self.after)

    @property
    def removed(self) -> tuple[str, ...]:
        return tuple(role for role in self.before if role not in self.after)


@dataclass(frozen=True, slots=True)
class Step:
    """What reading came to: the one request to send. ``call`` is None when all is so already.

    ``before`` are the roles that were read, at ``read_at`` by the loop's clock or later; None where none
    were read.
    """

    call: Call[Any] | None
    before: tuple[str, ...] | None = None
    after: tuple[str, ...] = ()
    baseline: Baseline = NO_BASELINE
    read_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Applied:
    """How a change ended. ``changed`` is False when this change wrote nothing; ``settled`` when the answer
    was lost and a later read told. ``before`` and ``after`` are role keys; ``answer`` is the server's;
    ``warning`` is what could not be recorded, or what a colleague did at the same moment."""

    sentence: str
    user_id: str
    changed: bool = True
    settled: bool = False
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    answer: Message | None = None
    warning: str = ""


class Guarded(Failure):
    """The change would do harm that is hard to undo; ``reasons`` say which. It was not sent."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__(" ".join(reasons), "Force it only when that is meant.")
        self.reasons = reasons


class Change(ABC):
    """A value. Nothing but :func:`~zitadel_tui.core.changes.apply` sends it."""

    __slots__ = ()

    kind: ClassVar[str]
    """As records name it."""
    destructive: ClassVar[bool] = False
    """Whether it can remove rights or users: then it is confirmed, and guarded."""
    resource: ClassVar[Resource] = "users"

    @property
    @abstractmethod
    def subject(self) -> str:
        """The id of the user it is about; empty for one that is yet to be created."""

    @property
    @abstractmethod
    def called(self) -> str:
        """What the user is called, fit for a terminal."""

    @abstractmethod
    def describe(self) -> str:
        """One sentence: what will be different."""

    @abstractmethod
    def calls(self) -> tuple[Call[Any], ...]:
        """The requests it comes to, to be shown; what is really sent depends on what is there."""

    @abstractmethod
    def as_command(self) -> str:
        """Our own command that does the same, secrets left out; empty where there is none."""

    @abstractmethod
    async def check(self, session: Session) -> Preview:
        """Read what is there and say what would be; writes nothing. Raises what would refuse it."""

    async def guards(self, session: Session, *, besides: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Why it should not be done without being forced; ``besides`` are users changed along with it."""
        return ()

    @abstractmethod
    async def prepare(self, session: Session) -> Step:
        """Read what is needed, and say what to send. Raises what refuses it."""

    def has_another_way(self, step: Step) -> bool:
        """Whether :meth:`prepare_again` knows what to send when ``step`` meets a conflict."""
        return False

    async def prepare_again(self, session: Session) -> Step:
        raise NotImplementedError

    async def send(self, session: Session, call: Call[Any]) -> Any:
        """Send the request of a step once: the answer. Raises an error of the tree."""
        return await session.client.send(call)

    @abstractmethod
    async def finish(self, session: Session, step: Step, answer: Any) -> Applied:
        """What the answer means. The change stands, so that nothing is raised."""

    def unchanged(self, step: Step) -> Applied:
        """How it ended where there was nothing to send."""
        raise NotImplementedError

    @abstractmethod
    async def settle(self, session: Session, record: Record) -> Applied | None:
        """After a lost answer: look whether this very change happened; None when it does not show so far.

        Raises ``AlreadyThere`` when another account did it instead, ``OutcomeUnknown`` with what was seen.
        """

    def invert(self, applied: Applied) -> "Change | None":
        """The change that undoes this one; None where nothing can."""
        return None

    def to_record(self) -> Record:
        """The change written down, without any secret; who applied it and where is added when it is."""
        return Record(
            version=VERSION,
            kind=self.kind,
            what=self.describe(),
            user=self.subject,
            name=self.called,
            wanted=self.record_data(),
        )

    def record_data(self) -> dict[str, Any]:
        """What :meth:`from_record` needs beside the user: plain data."""
        return {}

    @classmethod
    @abstractmethod
    def from_record(cls, record: Record) -> Self:
        """The change made again. Raises ``msgspec.ValidationError`` for what does not fit."""


@dataclass(frozen=True, slots=True)
class UserChange(Change):
    """About a known user; ``who`` is how the user is called in sentences."""

    user_id: str
    who: str = field(default="", kw_only=True)

    @property
    def subject(self) -> str:
        return self.user_id

    @property
    def called(self) -> str:
        return shown(self.who or self.user_id)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        return cls(record.user, who=record.name)


def command(*words: str) -> str:
    """Our own command, ready for a shell; ``words`` after the second are arguments, never options."""
    verb, arguments = words[:2], words[2:]
    guard = ["--"] if any(word.startswith("-") for word in arguments) else []
    return " ".join(map(quoted, ["zitadel-tui", *verb, *guard, *arguments]))
