"""How commands write: rehearsed or confirmed, carried out, and reported."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from zitadel_tui.cli import prompts
from zitadel_tui.cli.columns import USERS
from zitadel_tui.cli.failures import DONE, REFUSED, USAGE, Ended
from zitadel_tui.cli.parser import repeated
from zitadel_tui.cli.run import Run
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
from zitadel_tui.zitadel.wire.users import User

RoleChange = AddRoles | RemoveRoles | SetRoles


def refuse_read_only(run: Run) -> None:
    """Before anything is asked or read. Raises ``ReadOnly``; a dry run writes nothing."""
    if run.settings.read_only and not run.options.dry_run:
        raise errors.ReadOnly("Nothing was sent: --read-only.")


async def named_user(run: Run, session: Session) -> User:
    """The user that the command names. Raises ``NoSuchUser``; ``Ended`` with a list where several match."""
    try:
        return await people.resolve(session.client, run.options.user)
    except people.SeveralUsers as several:
        lines = run.output.table_lines(USERS, several.users)
        raise Ended(several.summary, several.hint, lines=lines, status=USAGE) from several


async def carry_out(session: Session, change: Change, *, forced: bool = False) -> Applied:
    """The result, also when a signal came meanwhile. Raises the refusal, and ``Ended`` for what stops a
    change of roles."""
    try:
        with _explained():
            return await apply(session, change, forced=forced)
    except Interrupted as interrupted:
        return outcome_of(interrupted)


def outcome_of(interrupted: Interrupted) -> Applied:
    """How the write ended that could not be cut off: its result, or raised."""
    if isinstance(interrupted.outcome, Applied):
        return interrupted.outcome
    raise interrupted.error or KeyboardInterrupt


@contextmanager
def _explained() -> Iterator[None]:
    """What stops a change of roles, with what there is to see and to do for who uses commands."""
    try:
        yield
    except Guarded as guarded:
        raise Ended(guarded.summary, "Use --force to do it anyway.", status=USAGE) from guarded
    except RolesChanged as changed:
        states = (("you saw", changed.seen), ("is now", changed.now), ("you want", changed.wanted))
        lines = [f"  {when:10}{_keys(roles) or 'no member'}" for when, roles in states]
        raise Ended(changed.summary, changed.hint, lines=lines, status=REFUSED) from changed


def _keys(roles: Iterable[str]) -> str:
    return " ".join(map(shown, rights.sort_roles(roles)))


async def change_roles(run: Run, session: Session, change: RoleChange) -> Applied | Rehearsal:
    """As the options say: rehearsed; or confirmed where a role is lost, and carried out."""
    forced = getattr(run.options, "force", False)
    if not (run.options.dry_run or change.destructive):
        return await carry_out(session, change)
    with _explained():
        rehearsal = await rehearse(session, change, forced=forced)
    for reason in rehearsal.overridden:
        run.output.say("warning", f"{reason} Overridden by --force.")
    if run.options.dry_run:
        return rehearsal
    preview = rehearsal.preview
    if preview.removed and not run.options.yes:
        ends = "" if preview.after else " That ends the membership."
        prompts.confirm(run, f"{change.describe()}{ends}", otherwise="Add --yes to confirm it.")
    elif preview.removed or preview.added:
        run.output.say("note", change.describe())
    return await carry_out(session, change, forced=forced)


def print_rehearsal(run: Run, rehearsal: Rehearsal, *arguments: str) -> int:
    """``arguments`` are those of the command that is being rehearsed, as it is shown to be repeated."""
    preview, change, output = rehearsal.preview, rehearsal.change, run.output
    roles = {"before": preview.before, "after": preview.after} if preview.before or preview.after else {}
    command = repeated(run.options, *arguments)
    if output.form == "table":
        output.announce(rehearsal.sentence)
        output.card([(when, _keys(names) or "no member") for when, names in roles.items()], None)
        for text in (command, *rehearsal.curls):
            output.announce(text)
    else:
        pairs = [
            ("sentence", rehearsal.sentence),
            *((when, " ".join(names)) for when, names in roles.items()),
        ]
        pairs += [("command", command), *(("curl", curl) for curl in rehearsal.curls)]
        data = {"dryRun": True, "sentence": rehearsal.sentence, "userId": change.subject}
        lists = {when: list(names) for when, names in roles.items()}
        output.card(pairs, {**data, **lists, "command": command, "curl": list(rehearsal.curls)})
    output.say("note", "Dry run: nothing was sent.")
    return DONE


def as_data(applied: Applied) -> dict[str, Any]:
    """What ``--json`` prints of any write."""
    details = getattr(applied.answer, "details", None)
    return {
        "userId": applied.user_id,
        "changed": applied.changed,
        "settled": applied.settled,
        **({"details": to_data(details)} if details is not None else {}),
    }


def print_role_change(run: Run, outcome: Applied | Rehearsal, roles: Iterable[str]) -> int:
    """How a change of roles ended, or would; ``roles`` are those that were named."""
    if isinstance(outcome, Rehearsal):
        return print_rehearsal(run, outcome, outcome.change.subject, *roles)
    run.output.result(
        [outcome.sentence],
        [("userId", outcome.user_id), ("roles", " ".join(outcome.after)), ("changed", str(outcome.changed))],
        {**as_data(outcome), "before": list(outcome.before), "roles": list(outcome.after)},
    )
    warn(run, outcome)
    return DONE


def warn(run: Run, applied: Applied) -> None:
    if applied.warning:
        run.output.say("warning", applied.warning)
