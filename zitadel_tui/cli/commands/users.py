"""``users``: find users, create passkey links, send mails."""

from collections.abc import Callable
from datetime import datetime

from zitadel_tui.cli.columns import USERS, user_data
from zitadel_tui.cli.commands.changes import (
    apply_change,
    as_data,
    named_user,
    print_rehearsal,
    refuse_read_only,
    warn,
)
from zitadel_tui.cli.failures import DONE, PARTLY, Ended
from zitadel_tui.cli.run import Run
from zitadel_tui.core import qr, user_lookup, words
from zitadel_tui.core.changes import (
    Applied,
    Change,
    MakePasskeyLink,
    Rehearsal,
    ResendInitialization,
    rehearse,
)
from zitadel_tui.core.session import Session
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown
from zitadel_tui.zitadel.wire.users import PasskeyLink, User


def find(run: Run) -> int:
    text = " ".join(run.options.text).strip()
    if not text:
        raise UsageFailure(
            "The search text is empty.", "Give part of a name, a login name, an email or an id."
        )

    async def ask(session: Session) -> list[User]:
        return await user_lookup.find(session.client, text)

    found = run.read(ask)
    run.output.rows(USERS, found, user_data)
    if not found:
        run.output.say("note", f"No user matches {shown(text)!r}.")
    elif len(found) >= user_lookup.MOST_FOUND:
        run.output.say(
            "warning", f"Only the first {user_lookup.MOST_FOUND} are listed; give more of the name."
        )
    return DONE


def link(run: Run) -> int:
    if run.options.qr and run.output.form != "table":
        raise UsageFailure("--qr cannot be combined with --json or --csv.", "Leave one out.")

    def change(user: User) -> Change:
        return MakePasskeyLink(user.id, who=user_lookup.login(user))

    applied = _change(run, change)
    if isinstance(applied, Rehearsal):
        return print_rehearsal(run, applied, applied.change.subject)
    answer = applied.answer
    if not isinstance(answer, PasskeyLink):  # settled: the link was in the answer that was lost
        raise Ended(applied.sentence, "Run it again.", status=PARTLY)
    address = answer.link.reveal() if answer.link else ""
    until = words.end_of(answer.expiration, datetime.now().astimezone())
    run.output.result(
        [applied.sentence],
        [("userId", applied.user_id), ("link", address), ("expiration", answer.expiration)],
        {**as_data(applied), "link": address, "expiration": answer.expiration},
        secrets=[address, *([f"It is valid until {until:%H:%M:%S}."] if until else [])],
        if_lost=f"The link was lost. Run it again for user {shown(applied.user_id)}.",
    )
    if run.options.qr:
        _draw(run, address)
    warn(run, applied)
    return DONE


def _draw(run: Run, address: str) -> None:
    try:
        lines = qr.lines(address)
    except ValueError:
        run.output.say("warning", "The link is too long for a QR code.")
        return
    if not run.output.picture(lines):
        run.output.say(
            "warning", f"The QR code is not drawn: it needs {len(lines[0])} columns. Make the window wider."
        )


def resend(run: Run) -> int:
    def change(user: User) -> Change:
        return ResendInitialization(user.id, who=user_lookup.login(user))

    applied = _change(run, change)
    if isinstance(applied, Rehearsal):
        return print_rehearsal(run, applied, applied.change.subject)
    run.output.result([applied.sentence], [("userId", applied.user_id)], as_data(applied))
    warn(run, applied)
    return DONE


def _change(run: Run, make: Callable[[User], Change]) -> Applied | Rehearsal:
    """Do a dry run of the change that ``make`` creates for the user, or apply it."""
    refuse_read_only(run)

    async def do(session: Session) -> Applied | Rehearsal:
        change = make(await named_user(run, session))
        return await (rehearse if run.options.dry_run else apply_change)(session, change)

    return run.write(do)
