"""``members``: who is one, and making somebody one."""

import asyncio
from collections.abc import Sequence

from zitadel_tui.cli.columns import MEMBERS, USERS
from zitadel_tui.cli.commands.writing import Written, write
from zitadel_tui.cli.run import DONE, INTERRUPTED, Run
from zitadel_tui.core import members, people, rights, roles, search, words
from zitadel_tui.core.changes import AddRoles
from zitadel_tui.core.members import Roster
from zitadel_tui.core.role_words import SUMMARIES
from zitadel_tui.core.session import Session
from zitadel_tui.zitadel.wire.base import to_data
from zitadel_tui.zitadel.wire.members import Member


def list_(run: Run) -> int:
    async def ask(session: Session) -> Roster:
        return await members.read(session.client)

    roster = run.online(ask)
    wanted = _wanted(run.options.role or (), roster)
    order = roster.order(search.parse(run.options.filter or ""))
    found = [member for member in (roster.members[place] for place in order) if _has(member, wanted)]
    run.output.rows(MEMBERS, found, to_data)
    if not roster.complete:
        run.output.say(
            "warning", f"The server counts {words.plural(roster.total, 'member')} but gave {len(roster)}."
        )
    if not found:
        everyone = words.plural(roster.total, "member")
        run.output.say("note", f"None of {everyone} fits." if roster.total else "There are no members.")
    return DONE


def _wanted(given: Sequence[str], roster: Roster) -> frozenset[str]:
    """The roles asked for; no request is spent on a list of all: ZITADEL's own and those in use are known."""
    known = {role for member in roster.members for role in member.roles}
    known |= {role for role in SUMMARIES if rights.level(role) == "organization"}
    return frozenset(roles.named(role, rights.sort_roles(known)) for role in given)


def _has(member: Member, wanted: frozenset[str]) -> bool:
    return not wanted or not wanted.isdisjoint(member.roles)


def add(run: Run) -> int:
    async def do(session: Session) -> Written:
        client = session.client
        user, offered = await asyncio.gather(people.resolve(client, run.options.user), roles.offered(client))
        named = tuple(dict.fromkeys(roles.named(role, offered) for role in run.options.roles))
        return await write(session, AddRoles(user.id, named, who=people.login(user)))

    try:
        written = run.online(do)
    except people.SeveralUsers as several:
        run.output.list_aside(USERS, several.users)
        raise
    applied = written.applied
    run.output.result(
        [applied.sentence],
        [("userId", applied.user_id), ("roles", " ".join(applied.after)), ("changed", str(applied.changed))],
        {"userId": applied.user_id, "roles": list(applied.after), "changed": applied.changed},
    )
    return INTERRUPTED if written.interrupted else DONE
