"""How commands make changes: dry run or confirmation, applying, and reporting."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from zitadel_tui.cli.columns import USERS
from zitadel_tui.cli.commands.confirming import confirm, forced_by
from zitadel_tui.cli.failures import DONE, REFUSED, USAGE, Ended
from zitadel_tui.cli.parser import repeated
from zitadel_tui.cli.run import Run
from zitadel_tui.core import rights, user_lookup
from zitadel_tui.core.changes import (
    Applied,
    Change,
    GrantChange,
    Guarded,
    Rehearsal,
    RoleChange,
    RolesChanged,
    apply,
    rehearse,
)
from zitadel_tui.core.runtime import Interrupted
from zitadel_tui.core.session import Session
from zitadel_tui.settings import protection
from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.base import to_data
from zitadel_tui.zitadel.wire.users import User

RolesOfUser = RoleChange | GrantChange


def refuse_read_only(run: Run) -> None:
    """Raise ``ReadOnly`` before anything is asked or read, unless it is a dry run. A context may be read-only
    for one organization: that is seen when the organization is known."""
    everywhere = protection(run.settings, lambda rule: not rule.org)
    if everywhere.against_changes and not run.options.dry_run:
        raise errors.ReadOnly(f"Nothing was sent: {everywhere.against_changes}.")


async def named_user(run: Run, session: Session) -> User:
    """The user that the command names. Raises ``NoSuchUser``; ``Ended`` with a list where several match."""
    try:
        return await user_lookup.resolve(session.client, run.options.user)
    except user_lookup.SeveralUsers as several:
        lines = run.output.table_lines(USERS, several.users)
        raise Ended(several.summary, several.hint, lines=lines, status=USAGE) from several


async def apply_change(session: Session, change: Change, *, forced: bool = False) -> Applied:
    """Apply a change and return the result, even when a signal arrives meanwhile. Raises the server's
    refusal, and ``Ended`` for what stops a change of roles."""
    try:
        with _explained():
            return await apply(session, change, forced=forced)
    except Interrupted as interrupted:
        return outcome_of(interrupted)


def outcome_of(interrupted: Interrupted) -> Applied:
    """Return the result of a write that was not cancelled, or raise its error."""
    if isinstance(interrupted.outcome, Applied):
        return interrupted.outcome
    raise interrupted.error or KeyboardInterrupt


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what stops a change of roles into a failure with details and advice for the command line."""
    try:
        yield
    except Guarded as guarded:
        raise Ended(guarded.summary, "Use --force to do it anyway.", status=USAGE) from guarded
    except RolesChanged as changed:
        states = (("you saw", changed.seen), ("is now", changed.now), ("you want", changed.wanted))
        lines = [f"  {when:10}{keys(roles) or changed.nothing}" for when, roles in states]
        raise Ended(changed.summary, changed.hint, lines=lines, status=REFUSED) from changed


def keys(roles: Iterable[str]) -> str:
    """Join roles for the terminal, most powerful first."""
    return " ".join(map(shown, rights.sort_roles(roles)))


async def change_roles(run: Run, session: Session, change: RolesOfUser) -> Applied | Rehearsal:
    """Do a dry run, or ask for confirmation where a role is removed and apply the change, as the options
    say."""
    forced = bool(forced_by(run))
    if not (run.options.dry_run or change.destructive):
        return await apply_change(session, change)
    with _explained():
        rehearsal = await rehearse(session, change, forced=forced)
    for reason in rehearsal.overridden:
        run.output.say("warning", f"{reason} Overridden by {forced_by(run)}.")
    if run.options.dry_run:
        return rehearsal
    preview = rehearsal.preview
    if preview.removed:
        ends = "" if preview.after else f" {change.emptied}"
        await confirm(run, session, f"{change.describe()}{ends}")
    elif preview.removed or preview.added:
        run.output.say("note", change.describe())
    return await apply_change(session, change, forced=forced)


def say_dry_run(run: Run) -> None:
    run.output.say("note", "Dry run: nothing was sent.")


def print_rehearsal(run: Run, rehearsal: Rehearsal, *arguments: str) -> int:
    """``arguments`` are those of the command in the dry run; the output shows it so that it can be
    repeated."""
    preview, change, output = rehearsal.preview, rehearsal.change, run.output
    roles = {"before": preview.before, "after": preview.after} if preview.before or preview.after else {}
    command = repeated(run.options, *arguments)
    if output.form == "table":
        output.announce(rehearsal.sentence)
        nothing = change.nothing if isinstance(change, RolesOfUser) else ""
        output.card([(when, keys(names) or nothing) for when, names in roles.items()], None)
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
    say_dry_run(run)
    return DONE


def as_data(applied: Applied) -> dict[str, Any]:
    """What ``--json`` prints for any write."""
    details = getattr(applied.answer, "details", None)
    return {
        "userId": applied.user_id,
        "changed": applied.changed,
        "settled": applied.settled,
        **({"details": to_data(details)} if details is not None else {}),
    }


def print_role_change(run: Run, outcome: Applied | Rehearsal, roles: Iterable[str]) -> int:
    """Print how a change of roles ended, or would end; ``roles`` are those given on the command line."""
    if isinstance(outcome, Rehearsal):
        return print_rehearsal(run, outcome, outcome.change.subject, *roles)
    run.output.result(
        [outcome.sentence],
        [
            ("userId", outcome.user_id),
            ("roles", " ".join(outcome.after)),
            ("changed", "yes" if outcome.changed else "no"),
        ],
        {**as_data(outcome), "before": list(outcome.before), "roles": list(outcome.after)},
    )
    warn(run, outcome)
    return DONE


def warn(run: Run, applied: Applied) -> None:
    if applied.warning:
        run.output.say("warning", applied.warning)
