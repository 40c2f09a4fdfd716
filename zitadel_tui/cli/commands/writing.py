"""Writes of commands: rehearsed, asked about, carried out and told. Ctrl-C in the middle of one waits for
its end, which is then told."""

import shlex
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from zitadel_tui.cli import asking
from zitadel_tui.cli.columns import USERS
from zitadel_tui.cli.parser import given_globals
from zitadel_tui.cli.run import DONE, INTERRUPTED, REFUSED, USAGE, Ended, Run, Stopped
from zitadel_tui.core import people, rights
from zitadel_tui.core.changes import (
    AddRoles,
    Applied,
    Change,
    Guarded,
    Rehearsal,
    RemoveRoles,
    RolesChanged,
    SetRoles,
    apply,
    rehearse,
)
from zitadel_tui.core.runtime import Interrupted
from zitadel_tui.core.session import Session
from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.base import to_data

T = TypeVar("T")
RoleChange = AddRoles | RemoveRoles | SetRoles


@dataclass(frozen=True, slots=True)
class Written:
    applied: Applied
    interrupted: bool = False
    """It was done, and then nothing more was to be done."""

    @property
    def status(self) -> int:
        return INTERRUPTED if self.interrupted else DONE


async def write(session: Session, change: Change, *, forced: bool = False) -> Written:
    """Raises the refusal; ``Stopped`` around it when the user interrupted meanwhile."""
    try:
        with _explained():
            return Written(await apply(session, change, forced=forced))
    except Interrupted as interrupted:
        if isinstance(interrupted.outcome, Applied):
            return Written(interrupted.outcome, interrupted=True)
        raise Stopped(interrupted.error) from interrupted


@contextmanager
def _explained() -> Iterator[None]:
    """What stops a change of roles, with what there is to see and to do for who uses commands."""
    try:
        yield
    except Guarded as guarded:
        raise Ended(guarded.summary, "--force does it all the same.", status=USAGE) from guarded
    except RolesChanged as changed:
        states = (("you saw", changed.seen), ("is now", changed.now), ("you want", changed.wanted))
        lines = [f"  {when:10}{_keys(roles) or 'no member'}" for when, roles in states]
        raise Ended(changed.summary, changed.hint, lines=lines, status=REFUSED) from changed


def refuse_read_only(run: Run) -> None:
    """Before anything is asked or read. Raises ``ReadOnly``; a rehearsal writes nothing."""
    if run.settings.read_only and not run.options.dry_run:
        raise errors.ReadOnly("Not done: this is read-only.")


def naming_a_user(run: Run, work: Callable[[Session], Coroutine[Any, Any, T]]) -> T:
    """``run.online``, to write; where several users match, they are listed."""
    refuse_read_only(run)
    try:
        return run.online(work)
    except people.SeveralUsers as several:
        run.output.list_aside(USERS, several.users)
        raise


def _keys(roles: Iterable[str]) -> str:
    return " ".join(map(shown, rights.sort_roles(roles)))


async def change_roles(run: Run, session: Session, change: RoleChange) -> Written | Rehearsal:
    """As the options say: rehearsed; or asked about where something is lost, and done."""
    force = getattr(run.options, "force", False)
    with _explained():
        if run.options.dry_run:
            return await rehearse(session, change, forced=force)
        if change.destructive:
            rehearsal = await rehearse(session, change, forced=force)
            preview = rehearsal.preview
            if preview.removed and not run.options.yes:
                ends = "" if preview.after else " That ends the membership."
                asking.confirm(run, f"{change.describe()}{ends}", otherwise="--yes does it without asking.")
            elif preview.removed or preview.added:
                run.output.say("note", change.describe())
    return await write(session, change, forced=force)


def tell_rehearsal(run: Run, rehearsal: Rehearsal, command: str = "") -> int:
    """``command`` is the one of our own that does it, by default the change's."""
    preview, change = rehearsal.preview, rehearsal.change
    sentence = change.describe() if rehearsal.curls else "Nothing would be changed."
    roles = (
        {"before": list(preview.before), "after": list(preview.after)}
        if preview.before or preview.after
        else {}
    )
    command = with_globals(run, command or change.as_command())
    if run.output.form == "table":
        run.output.result([sentence], [], None)
        run.output.card([(when, " ".join(names) or "no member") for when, names in roles.items()], None)
        for text in (command, *rehearsal.curls):
            run.output.announce(text)
    else:
        pairs = [("sentence", sentence), *((when, " ".join(names)) for when, names in roles.items())]
        pairs += [("command", command), *(("curl", curl) for curl in rehearsal.curls)]
        data = {"dryRun": True, "sentence": sentence, "userId": change.subject, **roles}
        run.output.card(pairs, {**data, "command": command, "curl": list(rehearsal.curls)})
    run.output.say("note", "Nothing was sent.")
    return DONE


def with_globals(run: Run, command: str) -> str:
    """A command of ours for the same server and organization; the options come first, where no ``--`` can
    make arguments of them."""
    program, *words = shlex.split(command)
    return shlex.join([program, *given_globals(run.options, without=("--json", "--csv")), *words])


def as_data(applied: Applied) -> dict[str, Any]:
    """What ``--json`` prints of any write; ``before`` is null where a lost answer took it along."""
    details = getattr(applied.answer, "details", None)
    return {
        "userId": applied.user_id,
        "changed": applied.changed,
        "settled": applied.settled,
        **({"details": to_data(details)} if details is not None else {}),
    }


def tell_roles(run: Run, outcome: Written | Rehearsal) -> int:
    """How a change of roles ended, or would."""
    if isinstance(outcome, Rehearsal):
        return tell_rehearsal(run, outcome)
    applied = outcome.applied
    before = None if applied.settled else list(applied.before)
    run.output.result(
        [applied.sentence],
        [("userId", applied.user_id), ("roles", " ".join(applied.after)), ("changed", str(applied.changed))],
        {**as_data(applied), "before": before, "roles": list(applied.after)},
    )
    warn(run, applied)
    return outcome.status


def warn(run: Run, applied: Applied) -> None:
    if applied.warning:
        run.output.say("warning", applied.warning)
