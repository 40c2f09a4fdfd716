"""Changes several users in one job, with a result for each: ``members add``, ``set`` and ``remove`` with
``--user``."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from zitadel_tui.cli.columns import USERS
from zitadel_tui.cli.commands.changes import RolesOfUser, as_data, keys, say_dry_run
from zitadel_tui.cli.commands.confirming import confirm, forced_by
from zitadel_tui.cli.failures import DONE, PARTLY, USAGE, Ended, exit_status
from zitadel_tui.cli.output import Column
from zitadel_tui.cli.parser import repeated
from zitadel_tui.cli.run import Run
from zitadel_tui.core import roles, user_lookup, words
from zitadel_tui.core.advice import advice, reference
from zitadel_tui.core.changes import (
    Applied,
    Change,
    Guarded,
    OwnAccount,
    Rehearsal,
    RoleChange,
    RolesChanged,
    rehearse,
)
from zitadel_tui.core.jobs import Job, NotSent, to_the_end, word
from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.users import User

_MOST_NAMED = 8

Make = Callable[[User, tuple[str, ...], Session], Awaitable[RoleChange]]


@dataclass(frozen=True, slots=True)
class _UserResult:
    """The result for one user."""

    change: Change
    outcome: Applied | Failure

    @property
    def sentence(self) -> str:
        if isinstance(self.outcome, Applied):
            return " ".join(filter(None, (self.outcome.sentence, self.outcome.warning)))
        id_ = reference(self.outcome)
        said = f" The server calls it {id_}." if id_ else ""
        return f"{self.change.called}: {word(self.outcome)}. {self.outcome.summary}{said}"

    @property
    def roles(self) -> tuple[str, ...]:
        return self.outcome.after if isinstance(self.outcome, Applied) else ()

    def data(self) -> dict[str, object]:
        result = {"result": word(self.outcome), "sentence": self.sentence}
        if isinstance(self.outcome, Applied):
            applied = self.outcome
            roles = (
                {"before": [*applied.before], "roles": [*applied.after]} if _is_of_roles(self.change) else {}
            )
            return {**as_data(applied), **roles, **result}
        return {"userId": self.change.subject, "changed": False, "settled": False, **result}


def _is_of_roles(change: Change) -> bool:
    return isinstance(change, RolesOfUser)


_RESULTS = (
    Column[_UserResult]("userId", lambda one: one.change.subject),
    Column[_UserResult]("result", lambda one: word(one.outcome)),
    Column[_UserResult]("roles", lambda one: " ".join(one.roles)),
    Column[_UserResult]("sentence", lambda one: one.sentence),
)
_REHEARSED = (
    Column[Rehearsal]("userId", lambda one: one.change.subject),
    Column[Rehearsal]("before", lambda one: " ".join(one.preview.before)),
    Column[Rehearsal]("after", lambda one: " ".join(one.preview.after)),
    Column[Rehearsal]("sentence", lambda one: one.sentence),
)


def change_several(run: Run, make: Make) -> int:
    """Apply the change that ``make`` creates for each ``--user``. Send nothing when a user cannot be found
    or one of the changes is not possible."""

    async def do(session: Session) -> list[_UserResult] | list[Rehearsal]:
        changes = await _changes(run, session, make)
        if run.options.dry_run:
            return await rehearse_all(run, session, changes)
        if any(change.destructive for change in changes):
            await _confirm(run, session, await rehearse_all(run, session, changes))
        return await apply_all(run, session, changes)

    done = run.write(do)
    rehearsals = [one for one in done if isinstance(one, Rehearsal)]
    if rehearsals:
        return print_rehearsed(run, rehearsals, repeated(run.options, *run.options.roles))
    return print_results(run, [one for one in done if isinstance(one, _UserResult)])


async def _changes(run: Run, session: Session, make: Make) -> list[RoleChange]:
    users, offered = await asyncio.gather(
        identify_users(run, session, run.options.users), roles.offered(session.client)
    )
    named = tuple(dict.fromkeys(roles.resolve(role, offered) for role in run.options.roles))
    return list(await asyncio.gather(*(make(user, named, session) for user in users)))


async def identify_users(run: Run, session: Session, named: Sequence[str]) -> list[User]:
    """Look up the users that these texts name, each once. Raises ``Ended``, with a line for each text that
    matches none or several."""
    texts = list(dict.fromkeys(named))
    found = await asyncio.gather(*(_resolved(session, text) for text in texts))
    lines = [line for text, one in zip(texts, found, strict=True) for line in _why_not(run, text, one)]
    if lines:
        number = sum(isinstance(one, Failure) for one in found)
        summary = f"Nothing was done: {number} of {words.plural(len(texts), 'user')} cannot be identified."
        raise Ended(summary, "Give the id, login name or email of each.", lines=lines, status=USAGE)
    return list({user.id: user for user in found if isinstance(user, User)}.values())


async def _resolved(session: Session, text: str) -> User | Failure:
    try:
        return await user_lookup.resolve(session.client, text)
    except (user_lookup.NoSuchUser, user_lookup.SeveralUsers) as failure:
        return failure


def _why_not(run: Run, text: str, found: User | Failure) -> list[str]:
    if isinstance(found, User):
        return []
    if isinstance(found, user_lookup.SeveralUsers):
        named = f"  {len(found.users)} users match {shown(text)!r}:"
        return [named, *(f"    {line}" for line in run.output.table_lines(USERS, found.users))]
    return [f"  {found.summary} {found.hint}"]


async def rehearse_all(run: Run, session: Session, changes: Sequence[Change]) -> list[Rehearsal]:
    """Check all changes. Raises ``Ended`` when one of them is not possible."""
    forced, everyone = bool(forced_by(run)), frozenset(one.subject for one in changes)

    async def one(change: Change) -> Rehearsal | Failure:
        try:
            return await rehearse(session, change, forced=forced, besides=everyone - {change.subject})
        except (Guarded, RolesChanged, OwnAccount, errors.InvalidInput) as failure:
            return failure

    ended = await asyncio.gather(*map(one, changes))
    against = list(dict.fromkeys(f"  {one.summary}" for one in ended if isinstance(one, Failure)))
    if against:
        guarded = any(isinstance(one, Guarded) for one in ended)
        hint = (
            "Use --force to do it anyway, or leave them out."
            if guarded
            else "Leave them out, or run the command again."
        )
        raise Ended("Nothing was sent: not every change is possible.", hint, lines=against, status=USAGE)
    return [one for one in ended if isinstance(one, Rehearsal)]


async def _confirm(run: Run, session: Session, every: Sequence[Rehearsal]) -> None:
    """Show what would change, and ask for confirmation where roles are removed."""
    warn_overridden(run, every)
    for one in every:
        if one.preview.changes:
            ends = " Without a role, the user is no longer a member." if not one.preview.after else ""
            run.output.say("note", f"{one.change.describe()}{ends}")
    losing = [one.change.called for one in every if one.preview.removed]
    if losing:
        await confirm(run, session, f"Remove roles from {join_names(losing)}.")


def warn_overridden(run: Run, every: Sequence[Rehearsal]) -> None:
    for reason in dict.fromkeys(reason for one in every for reason in one.overridden):
        run.output.say("warning", f"{reason} Overridden by {forced_by(run)}.")


def join_names(names: Sequence[str]) -> str:
    """Join the first names for a question, and count the others."""
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {words.count(more)} more" if more > 0 else "")


async def apply_all(run: Run, session: Session, changes: Sequence[Change]) -> list[_UserResult]:
    """Apply the changes and return the results in the order given, even when a signal arrives meanwhile."""
    job = Job(session, changes, forced=bool(forced_by(run)))
    outcomes = {one.change.subject: one.outcome async for one in to_the_end(job.results())}
    return [_UserResult(change, outcomes.get(change.subject) or NotSent()) for change in changes]


def print_results(run: Run, ended: Sequence[_UserResult]) -> int:
    has_roles = any(_is_of_roles(one.change) for one in ended)
    columns = [column for column in _RESULTS if has_roles or column.name != "roles"]
    run.output.results(columns, ended, _UserResult.data, lambda one: one.sentence)
    failures = [one.outcome for one in ended if isinstance(one.outcome, Failure)]
    say_hints(run, failures)
    if not failures:
        return DONE
    run.output.say("error", f"{len(failures)} of {words.plural(len(ended), 'user')} failed.")
    statuses = {exit_status(failure) for failure in failures}
    return statuses.pop() if len(failures) == len(ended) and len(statuses) == 1 else PARTLY


def say_hints(run: Run, failures: Iterable[Failure]) -> None:
    """Say what to do about failures, each hint once."""
    for hint in dict.fromkeys(map(advice, failures)):
        if hint:
            run.output.say("hint", hint)


def print_rehearsed(run: Run, rehearsed: Sequence[Rehearsal], command: str) -> int:
    """Print what the changes would do, and ``command``, which makes them."""
    if run.output.form == "table":
        for one in rehearsed:
            run.output.announce(one.sentence)
            if one.preview.changes:
                run.output.card([(when, keys(names) or "no member") for when, names in _states(one)], None)
        for text in (command, *(curl for one in rehearsed for curl in one.curls)):
            run.output.announce(text)
    else:
        has_roles = any(_is_of_roles(one.change) for one in rehearsed)
        columns = [column for column in _REHEARSED if has_roles or column.name not in ("before", "after")]
        run.output.rows(columns, rehearsed, lambda one: _rehearsal_data(one, command))
    say_dry_run(run)
    return DONE


def _states(one: Rehearsal) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The roles before and after; none for a change that is not of roles."""
    if not _is_of_roles(one.change):
        return ()
    return ("before", one.preview.before), ("after", one.preview.after)


def _rehearsal_data(one: Rehearsal, command: str) -> dict[str, object]:
    return {
        "dryRun": True,
        "sentence": one.sentence,
        "userId": one.change.subject,
        **{when: list(names) for when, names in _states(one)},
        "command": command,
        "curl": list(one.curls),
    }
