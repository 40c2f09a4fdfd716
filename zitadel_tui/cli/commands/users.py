"""``users find``."""

from zitadel_tui.cli.columns import USERS
from zitadel_tui.cli.run import DONE, Run
from zitadel_tui.core import people
from zitadel_tui.core.session import Session
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown
from zitadel_tui.zitadel.wire.base import to_data
from zitadel_tui.zitadel.wire.users import User


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
