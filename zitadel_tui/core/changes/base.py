"""How any change is carried out: guarded, recorded, never repeated blindly, never cut off, and settled
when its answer is lost."""

import asyncio
import random
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Protocol, TypeVar
from weakref import WeakKeyDictionary, WeakValueDictionary

from zitadel_tui.core.journal import Journal, Outcome
from zitadel_tui.core.runtime import shielded
from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.base import Details, Message

T = TypeVar("T")

_turns: WeakKeyDictionary[Client, WeakValueDictionary[str, asyncio.Lock]] = WeakKeyDictionary()

_MOST_ATTEMPTS = 5  # of a change that the server refused for contention: nothing was written
_LOOKS = (0.0, 0.05, 0.2, 0.5, 1.0, 2.0)  # seconds between looks; reads lag 7 to 43 ms (measured.md)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would come to, as far as reading tells: role keys before and after."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def added(self) -> tuple[str, ...]:
        return tuple(role for role in self.after if role not in self.before)

    @property
    def removed(self) -> tuple[str, ...]:
        return tuple(role for role in self.before if role not in self.after)


@dataclass(frozen=True, slots=True)
class Applied:
    """How a change ended. ``changed`` is False when all was so already; ``settled`` when the answer was
    lost and a look told. ``before`` and ``after`` are role keys; ``answer`` is the server's; ``warning``
    is what could not be recorded, or what a colleague did at the same moment."""

    sentence: str
    user_id: str
    changed: bool = True
    settled: bool = False
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    answer: Message | None = None
    warning: str = ""


class Guarded(Failure):
    """The change would do harm that is hard to take back; ``reasons`` say which. It was not sent."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__(" ".join(reasons), "Force it only when that is meant.")
        self.reasons = reasons


class Change(Protocol):
    kind: ClassVar[str]
    destructive: ClassVar[bool]
    """Whether it can take rights or people away: then it is asked about, and guarded."""

    @property
    def subject(self) -> str:
        """The id of the user it is about; empty for one that is yet to be created."""
        ...

    def describe(self) -> str:
        """One sentence: what will be different."""
        ...

    def calls(self) -> tuple[Call[Any], ...]:
        """The requests it comes to, to be shown; what is really sent depends on what is there."""
        ...

    def as_command(self) -> str:
        """Our own command that does the same, secrets left out."""
        ...

    async def check(self, client: Client) -> Preview:
        """Read what is there and say what would be; writes nothing. Raises what would refuse it."""
        ...

    async def guards(self, client: Client, *, besides: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Why it should not be done without being forced; ``besides`` are users changed along with it."""
        ...

    async def baseline(self, client: Client) -> float:
        """Right before it is sent: what ``settle`` will need to tell our doing from what was there."""
        ...

    async def carry_out(self, client: Client) -> Applied:
        """Send it once. Raises an error of the tree."""
        ...

    async def settle(self, client: Client, *, since: float) -> Applied | None:
        """After a lost answer: look whether it happened; None when it did not, as far as can be seen.

        ``since`` is the baseline. Raises ``AlreadyThere`` when somebody else did it,
        ``OutcomeUnknown`` with what was seen instead.
        """
        ...

    def invert(self, applied: Applied) -> "Change | None":
        """The change that takes this one back; None where nothing can."""
        ...


@dataclass(frozen=True, slots=True)
class UserChange:
    """What changes to a known user have in common; ``who`` is how the user is called in sentences."""

    user_id: str
    who: str = field(default="", kw_only=True)

    @property
    def subject(self) -> str:
        return self.user_id

    @property
    def called(self) -> str:
        return shown(self.who or self.user_id)


async def apply(
    session: Session, change: Change, *, forced: bool = False, besides: frozenset[str] = frozenset()
) -> Applied:
    """Carry out ``change``; cancelling waits for the write in flight and raises ``Interrupted``.

    Raises ``Guarded`` unless ``forced``; ``JournalFailure`` when it cannot be recorded first; the refusal
    of the server; ``Unavailable`` when it certainly, or as far as a look can tell, was not done;
    ``OutcomeUnknown`` when even looking failed.
    """
    if session.client.transport.read_only:
        raise errors.ReadOnly(f"Not sent: {change.describe()} This is read-only.")
    async with _turn(session.client, change.subject):
        if change.destructive and not forced:
            reasons = await change.guards(session.client, besides=besides)
            if reasons:
                raise Guarded(reasons)
        return await shielded(_recorded(session.client, change, session.journal))


def _turn(client: Client, subject: str) -> asyncio.Lock:
    """One change to a user at a time: two that read, compare and write would undo one another. Whoever is
    cancelled while waiting has sent nothing."""
    if not subject:
        return asyncio.Lock()
    return _turns.setdefault(client, WeakValueDictionary()).setdefault(subject, asyncio.Lock())


def command(*words: str) -> str:
    """Our own command, ready for a shell; ``words`` after the second are arguments, never options."""
    verb, arguments = words[:2], words[2:]
    guard = ["--"] if any(word.startswith("-") for word in arguments) else []
    return shlex.join(["zitadel-tui", *verb, *guard, *arguments])


async def _recorded(client: Client, change: Change, journal: Journal | None) -> Applied:
    if journal is None:
        return await _apply(client, change)
    entry = journal.intend(kind=change.kind, what=change.describe(), user=change.subject)
    try:
        applied = await _apply(client, change)
    except Failure as failure:
        reference = failure.reference if isinstance(failure, errors.ZitadelError) else ""
        journal.conclude(entry, _outcome(failure), error=reference or type(failure).__name__)
        raise
    warning = journal.conclude(
        entry,
        "done" if applied.changed else "unchanged",
        organization=_organization(applied),
        user=applied.user_id,
        before=applied.before,
        after=applied.after,
        settled=applied.settled,
    )
    return replace(applied, warning=" ".join(filter(None, (applied.warning, warning))))


def _organization(applied: Applied) -> str:
    """Where it really happened, as far as the answer tells."""
    details = getattr(applied.answer, "details", None)
    return details.resource_owner if isinstance(details, Details) else ""


def _outcome(failure: Failure) -> Outcome:
    if isinstance(failure, errors.OutcomeUnknown):
        return "unknown"
    not_sent = errors.Unavailable | errors.TimedOut | errors.NotZitadel
    by_server = isinstance(failure, errors.ZitadelError) and not isinstance(failure, not_sent)
    return "refused" if by_server else "not done"


async def _apply(client: Client, change: Change) -> Applied:
    since = await change.baseline(client)
    for attempt in range(1, _MOST_ATTEMPTS + 1):
        try:
            return await change.carry_out(client)
        except errors.Contention:
            if attempt == _MOST_ATTEMPTS:
                raise
            await asyncio.sleep(random.uniform(0.02, 0.1) * attempt)
        except errors.OutcomeUnknown as lost:
            return await _settle(client, change, lost, since)
    raise AssertionError("the last attempt returns or raises")


async def _settle(client: Client, change: Change, lost: errors.OutcomeUnknown, since: float) -> Applied:
    try:
        applied = await change.settle(client, since=since)
    except (errors.AlreadyThere, errors.OutcomeUnknown):
        raise
    except errors.ZitadelError:
        raise lost from None
    if applied is None:
        raise errors.Unavailable(
            f"{lost.summary} It was looked up: so far it has not happened.", "Try again.", source=lost.source
        ) from lost
    return applied


async def look(find: Callable[[], Awaitable[T | None]]) -> T | None:
    """What ``find`` gives, asked again for a few seconds while it gives None: reads lag behind writes."""
    for pause in _LOOKS:
        await asyncio.sleep(pause)
        found = await find()
        if found is not None:
            return found
    return None
