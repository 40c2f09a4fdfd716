"""``users``: finding them, and helping one to sign in."""

from collections.abc import Callable
from datetime import datetime

from zitadel_tui.cli.columns import USERS
from zitadel_tui.cli.commands.writing import (
    Written,
    as_data,
    naming_a_user,
    tell_rehearsal,
    warn,
    write,
)
from zitadel_tui.cli.run import DONE, PARTLY, Ended, Run
from zitadel_tui.core import people, qr, words
from zitadel_tui.core.changes import Change, MakePasskeyLink, Rehearsal, ResendInitialization, rehearse
from zitadel_tui.core.session import Session
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown
from zitadel_tui.zitadel.wire.base import to_data
from zitadel_tui.zitadel.wire.users import PasskeyLink, User


def find(run: Run) -> int:
    text = " ".join(run.options.text).strip()
    if not text:
        raise UsageFailure(
            "There is nothing to look for.", "Give part of a name, a login name, an email or an id."
        )

    async def ask(session: Session) -> list[User]:
        return await people.find(session.client, text)

    found = run.online(ask)
    run.output.rows(USERS, found, to_data)
    if not found:
        run.output.say("note", f"Nobody fits {shown(text)!r}.")
    elif len(found) >= people.MOST_FOUND:
        run.output.say("warning", f"Only the first {people.MOST_FOUND} are here; look for something longer.")
    return DONE


def link(run: Run) -> int:
    if run.options.qr and run.output.form != "table":
        raise UsageFailure("--qr draws for eyes; --json and --csv are for programs.", "Leave one out.")

    def change(user: User) -> Change:
        return MakePasskeyLink(user.id, who=people.login(user))

    written = _write(run, change)
    if not isinstance(written, Written):
        return written
    answer = written.applied.answer
    if not isinstance(answer, PasskeyLink):  # settled: the link was in the answer that was lost
        raise Ended(written.applied.sentence, "Run it again.", status=PARTLY)
    address = answer.link.reveal() if answer.link else ""
    until = words.end_of(answer.expiration, datetime.now().astimezone())
    run.output.result(
        [written.applied.sentence, address, *([f"It is valid until {until:%H:%M:%S}."] if until else [])],
        [("userId", written.applied.user_id), ("link", address), ("expiration", answer.expiration)],
        {**as_data(written.applied), "link": address, "expiration": answer.expiration},
    )
    if run.options.qr:
        _draw(run, address)
    warn(run, written.applied)
    return written.status


def _draw(run: Run, address: str) -> None:
    try:
        lines = qr.lines(address)
    except ValueError:
        run.output.say("warning", "No QR code can hold this link.")
        return
    if not run.output.picture(lines):
        run.output.say(
            "warning", f"The QR code is not drawn: it needs {len(lines[0])} columns. Make the window wider."
        )


def resend(run: Run) -> int:
    def change(user: User) -> Change:
        return ResendInitialization(user.id, who=people.login(user))

    written = _write(run, change)
    if not isinstance(written, Written):
        return written
    applied = written.applied
    run.output.result([applied.sentence], [("userId", applied.user_id)], as_data(applied))
    warn(run, applied)
    return written.status


def _write(run: Run, make: Callable[[User], Change]) -> Written | int:
    """Carry out what ``make`` makes of the user; the exit status where it was only rehearsed."""

    async def do(session: Session) -> Written | Rehearsal:
        change = make(await people.resolve(session.client, run.options.user))
        return await (rehearse(session, change) if run.options.dry_run else write(session, change))

    ended = naming_a_user(run, do)
    return tell_rehearsal(run, ended) if isinstance(ended, Rehearsal) else ended
