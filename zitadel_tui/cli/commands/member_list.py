"""``members list`` and ``instance members list``. They are used most, so they do not load what only
writing needs."""

from collections.abc import Sequence

from zitadel_tui.cli.failures import DONE
from zitadel_tui.cli.output import Column
from zitadel_tui.cli.run import Run
from zitadel_tui.core import members, rights, roles, search, words
from zitadel_tui.core.members import Roster
from zitadel_tui.core.role_words import SUMMARIES
from zitadel_tui.core.session import Session
from zitadel_tui.zitadel.wire.members import Member


def _day(member: Member) -> str:
    return members.since(member)[:10]


def _roles(member: Member) -> str:
    return " ".join(rights.sort_roles(member.roles))


_COLUMNS = (
    Column[Member]("userId", lambda member: member.user_id),
    Column[Member]("displayName", members.name, "NAME"),
    Column[Member]("preferredLoginName", members.login, "LOGIN"),
    Column[Member]("email", lambda member: member.email),
    Column[Member]("roles", _roles, "ROLES", fit=lambda member, width: words.roles_cell(member.roles, width)),
    Column[Member]("userType", lambda member: member.user_type, "KIND", display=members.kind, rigid=True),
    Column[Member]("creationDate", members.since, "SINCE", display=_day, rigid=True),
)


def list_(run: Run) -> int:
    async def ask(session: Session) -> Roster:
        return await members.read(session.client)

    roster = run.read(ask)
    _print(run, roster, "organization", "member")
    if not roster.complete:
        run.output.say(
            "warning",
            f"The server reports {words.plural(roster.total, 'member')} but returned {len(roster)}.",
        )
    return DONE


def list_of_instance(run: Run) -> int:
    async def ask(session: Session) -> Roster:
        return Roster(await members.instance_administrators(session.client))

    _print(run, run.read(ask), "instance", "instance administrator")
    return DONE


def _print(run: Run, roster: Roster, level: str, one: str) -> None:
    """Print the members that the options select."""
    wanted = _wanted(run.options.role or (), roster, level)
    query = search.parse(run.options.filter or "", members.FIELDS)
    found = [member for member in roster.arrange(query, by="roles") if _has(member, wanted)]
    run.output.rows(_COLUMNS, found)
    if not found:
        everyone = words.plural(roster.total, one)
        run.output.say("note", f"No {one} matches ({everyone} in total)." if roster.total else f"No {one}s.")


def _wanted(given: Sequence[str], roster: Roster, level: str) -> frozenset[str]:
    """The role keys to filter by, resolved without a request: ZITADEL's own roles and those in use are
    known."""
    known = {role for member in roster for role in member.roles}
    known |= {role for role in SUMMARIES if rights.level(role) == level}
    return frozenset(roles.resolve(role, rights.sort_roles(known), level) for role in given)


def _has(member: Member, wanted: frozenset[str]) -> bool:
    return not wanted or not wanted.isdisjoint(member.roles)
