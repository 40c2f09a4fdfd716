"""Changes of roles for several users at once: they go on whoever watches, and their results are kept."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.app import App

from zitadel_tui.core import words
from zitadel_tui.failure import Failure
from zitadel_tui.tui.services.network import Network
from zitadel_tui.tui.services.pending_changes import PendingChanges
from zitadel_tui.zitadel.errors import OutcomeUnknown

if TYPE_CHECKING:
    from zitadel_tui.core.changes import Applied, SetRoles
    from zitadel_tui.core.jobs import Result
    from zitadel_tui.core.session import Session

_WAITING = "…"
_DONE, _UNCHANGED, _REFUSED, _UNKNOWN = "done", "unchanged", "not done", "unknown"


class Jobs:
    """Those begun and not dismissed, the newest last."""

    def __init__(
        self, app: App[Any], network: Network, pending: PendingChanges, *, tell: Callable[[str, bool], None]
    ) -> None:
        """``tell`` is given the summary of a job that ends unwatched, and whether something failed."""
        self._app, self._network, self._pending, self._tell = app, network, pending, tell
        self.kept: list[RoleJob] = []

    def start(
        self, changes: "Sequence[SetRoles]", on_top_of: Callable[[Iterable[str]], tuple[str, ...]]
    ) -> "RoleJob":
        """Begin to carry out ``changes``; ``on_top_of`` is what roles become that were changed meanwhile."""
        job = RoleJob(self._app, self._network, self._pending, changes, on_top_of, self._tell)
        self.kept.append(job)
        return job

    def dismiss(self, job: "RoleJob") -> None:
        self.kept.remove(job)


class RoleJob:
    """Goes on whoever watches; ``outcomes`` are by user id, ``listener`` hears of each."""

    def __init__(
        self,
        app: App[Any],
        network: Network,
        changing: PendingChanges,
        changes: "Sequence[SetRoles]",
        on_top_of: Callable[[Iterable[str]], tuple[str, ...]],
        tell: Callable[[str, bool], None],
    ) -> None:
        """``on_top_of`` is what roles become: for those that a colleague changed meanwhile. ``tell`` is given
        the summary, and whether something failed, when it ends and no ``listener`` is there."""
        self._app = app
        self._changing = changing
        self._network = network
        self._tell = tell
        self._session = network.session
        self._on_top_of = on_top_of
        self.changes = {change.user_id: change for change in changes}
        self.outcomes: dict[str, Applied | Failure] = {}
        self.listener: Callable[[], None] | None = None
        self._under_way = 0
        self._start(list(self.changes.values()), forced=False)

    @property
    def running(self) -> bool:
        return self._under_way > 0

    @property
    def is_of_this_session(self) -> bool:
        """Whether nothing else has been connected to since: only then may something be sent again."""
        return self._network.session is self._session

    @property
    def failed(self) -> "list[SetRoles]":
        return [
            change
            for user_id, change in self.changes.items()
            if isinstance(self.outcomes.get(user_id), Failure)
        ]

    def guarded(self) -> tuple[str, ...]:
        """Why some would not be done without being forced."""
        from zitadel_tui.core.changes import Guarded

        failures = self.outcomes.values()
        reasons = [reason for one in failures if isinstance(one, Guarded) for reason in one.reasons]
        return tuple(dict.fromkeys(reasons))

    def again(self, *, forced: bool) -> None:
        """What failed once more; those that were guarded only when ``forced``."""
        from zitadel_tui.core.changes import Guarded

        guarded = [one for one in self.failed if isinstance(self.outcomes[one.user_id], Guarded)]
        others = [self._renewed(one) for one in self.failed if one not in guarded]
        self._start(others, forced=False)
        if forced:
            self._start(guarded, forced=True)

    def _renewed(self, change: "SetRoles") -> "SetRoles":
        """For the roles as they are now, where somebody changed them meanwhile."""
        from zitadel_tui.core.changes import RolesChanged

        outcome = self.outcomes[change.user_id]
        if not isinstance(outcome, RolesChanged):
            return change
        return replace(change, seen=outcome.now, wanted=self._on_top_of(outcome.now))

    def _start(self, changes: "list[SetRoles]", *, forced: bool) -> None:
        if not changes:
            return
        self._under_way += 1
        for change in changes:
            self.changes[change.user_id] = change
            self.outcomes.pop(change.user_id, None)
            self._changing.begun(change.user_id)

        async def work(session: "Session") -> None:
            from zitadel_tui.core.jobs import Job

            async for result in Job(session, changes, forced=forced).results():
                self._app.call_later(self._ended, result)

        self._network.submit_write(
            work,
            then=lambda nothing: self._finished(),
            failed=lambda failure: self._broken(changes, failure),
        )

    def _ended(self, result: "Result") -> None:
        self.outcomes[result.change.subject] = result.outcome
        self._changing.ended(result.change.subject, result.outcome, self._session)
        self._tell_listener()

    def _broken(self, changes: "list[SetRoles]", failure: Failure) -> None:
        """It could not be sent at all, or broke off."""
        for change in changes:
            if change.user_id not in self.outcomes:
                self.outcomes[change.user_id] = failure
                self._changing.ended(change.user_id, failure, self._session)
        self._finished()

    def _finished(self) -> None:
        self._under_way -= 1
        if self.listener is None and not self._under_way:
            self._tell(self.summary, bool(self.failed))
        self._tell_listener()

    def _tell_listener(self) -> None:
        if self.listener is not None:
            self.listener()

    @property
    def summary(self) -> str:
        """``3 of 4 written: 2 done, 1 unchanged, 1 not done.``"""
        counted: dict[str, int] = {}
        for outcome in self.outcomes.values():
            counted[word(outcome)] = counted.get(word(outcome), 0) + 1
        told = ", ".join(
            f"{words.count(counted[one])} {one}"
            for one in (_DONE, _UNCHANGED, _REFUSED, _UNKNOWN)
            if one in counted
        )
        rest = len(self.changes) - len(self.outcomes)
        waiting = f"{words.count(rest)} still being written" if rest else ""
        return f"{words.plural(len(self.changes), 'member')}: {', '.join(filter(None, (told, waiting)))}."


def word(outcome: "Applied | Failure | None") -> str:
    if outcome is None:
        return _WAITING
    if isinstance(outcome, OutcomeUnknown):
        return _UNKNOWN
    if isinstance(outcome, Failure):
        return _REFUSED
    return _DONE if outcome.changed else _UNCHANGED
