"""The base of changes: a sentence, requests, a command, checks, guards, a record and an inverse."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self

from zitadel_tui.core.journal import NO_BASELINE, VERSION, Baseline, Record
from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure
from zitadel_tui.text import quoted, shown
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.errors import ZitadelError
from zitadel_tui.zitadel.wire.base import Message

Resource = Literal["users", "memberships"]
"""What limits how many changes are worth sending at once (measured.md)."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do, as far as reading shows: role keys before and after."""

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
    """The next step after reading: the one request to send. ``call`` is None when there is nothing to change.

    ``before`` are the roles that were read, at ``read_at`` (the loop's clock) or later; None when none
    were read."""

    call: Call[Any] | None
    before: tuple[str, ...] | None = None
    after: tuple[str, ...] = ()
    baseline: Baseline = NO_BASELINE
    read_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Applied:
    """How a change ended. ``changed`` is False when this change wrote nothing; ``settled``: the answer was
    lost and a later read confirmed the change. ``before`` and ``after`` are role keys; ``answer`` is the
    server's; ``warning`` is what could not be recorded, or what another administrator changed at the same
    moment."""

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
    def permitted_by(self) -> str:
        """The id of the project whose roles may also permit it; empty when only the organization's roles
        can."""
        return ""

    @property
    @abstractmethod
    def subject(self) -> str:
        """The id of the user; empty for a user that is still to be created."""

    @property
    @abstractmethod
    def called(self) -> str:
        """The user's name, safe for a terminal."""

    @abstractmethod
    def describe(self) -> str:
        """One sentence: what the change does."""

    @abstractmethod
    def calls(self) -> tuple[Call[Any], ...]:
        """The requests, for display; what is sent depends on the current state."""

    def requests(self, preview: Preview) -> tuple[Call[Any], ...]:
        """The requests that would be sent in the current state; empty when nothing would change."""
        return self.calls()

    def forecast(self, preview: Preview) -> str:
        """One sentence: what would change in the current state, or why nothing would."""
        return self.describe()

    @abstractmethod
    def as_command(self) -> str:
        """The zitadel-tui command that does the same, without secrets; empty when there is none."""

    @abstractmethod
    async def check(self, session: Session) -> Preview:
        """Read the current state and return what would change; writes nothing. Raises the refusal that
        applying would meet."""

    async def guards(
        self, session: Session, *, seen: Preview | None = None, besides: frozenset[str] = frozenset()
    ) -> tuple[str, ...]:
        """Reasons not to make the change unless forced. ``besides`` are users changed together with it.
        ``seen`` is the result of :meth:`check`, if it was called just before."""
        return ()

    @abstractmethod
    async def prepare(self, session: Session) -> Step:
        """Read what is needed and return the request to send. Raises what prevents the change."""

    def has_another_way(self, step: Step, refusal: ZitadelError) -> bool:
        """Whether :meth:`prepare_again` knows what to send after ``refusal`` of ``step``, which wrote
        nothing."""
        return False

    async def prepare_again(self, session: Session, step: Step) -> Step:
        raise NotImplementedError

    async def send(self, session: Session, call: Call[Any]) -> Any:
        """Send the request of a step once and return the answer. Raises an error of the tree."""
        return await session.client.send(call)

    @abstractmethod
    async def finish(self, session: Session, step: Step, answer: Any) -> Applied:
        """Interpret the answer. The change was made, so nothing is raised."""

    def unchanged(self, step: Step) -> Applied:
        """The result when there was nothing to send."""
        raise NotImplementedError

    @abstractmethod
    async def settle(self, session: Session, record: Record) -> Applied | None:
        """After a lost answer: check whether this very change was made; None when it does not show so far.

        Raises ``AlreadyThere`` when another account made it instead, ``OutcomeUnknown`` with the finding.
        """

    def invert(self, applied: Applied) -> "Change | None":
        """The change that undoes this one; None when nothing can."""
        return None

    def to_record(self) -> Record:
        """Serialize the change, without secrets. Account and server are added when it is applied."""
        return Record(
            version=VERSION,
            kind=self.kind,
            what=self.describe(),
            user=self.subject,
            name=self.called,
            wanted=self.record_data(),
        )

    def record_data(self) -> dict[str, Any]:
        """What :meth:`from_record` needs in addition to the user, as plain data."""
        return {}

    def without_secrets(self, sentence: str) -> str:
        """``sentence``, which may be the server's, for a record."""
        return sentence

    @classmethod
    @abstractmethod
    def from_record(cls, record: Record) -> Self:
        """Restore the change. Raises ``msgspec.ValidationError`` for data that does not fit."""


@dataclass(frozen=True, slots=True)
class UserChange(Change):
    """A change to a known user; ``who`` is the user's name in sentences."""

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
    """A zitadel-tui command, quoted for a shell; ``words`` after the second are arguments, never options."""
    verb, arguments = words[:2], words[2:]
    guard = ["--"] if any(word.startswith("-") for word in arguments) else []
    return " ".join(map(quoted, ["zitadel-tui", *verb, *guard, *arguments]))
