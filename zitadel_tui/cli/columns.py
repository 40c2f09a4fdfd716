"""The columns of members and users, as every command lists them."""

from zitadel_tui.cli.output import Column
from zitadel_tui.core import members, people, rights, words
from zitadel_tui.zitadel.wire.members import Member
from zitadel_tui.zitadel.wire.users import User


def _day(member: Member) -> str:
    return members.since(member)[:10]


def _roles(member: Member) -> str:
    return " ".join(rights.sort_roles(member.roles))


MEMBERS = (
    Column[Member]("userId", lambda member: member.user_id),
    Column[Member]("displayName", members.name, "NAME"),
    Column[Member]("preferredLoginName", members.login, "LOGIN"),
    Column[Member]("email", lambda member: member.email),
    Column[Member]("roles", _roles, "ROLES", fit=lambda member, width: words.roles_cell(member.roles, width)),
    Column[Member]("userType", lambda member: member.user_type, "KIND", display=members.kind, rigid=True),
    Column[Member]("creationDate", members.since, "SINCE", display=_day, rigid=True),
)

USERS = (
    Column[User]("id", lambda user: user.id, "ID", rigid=True),
    Column[User]("displayName", people.name, "NAME"),
    Column[User]("preferredLoginName", people.login, "LOGIN"),
    Column[User]("email", people.email, "EMAIL"),
    Column[User]("type", people.kind, "KIND", rigid=True),
    Column[User](
        "state",
        lambda user: user.state,
        "STATE",
        display=lambda user: words.state_word(user.state),
        rigid=True,
    ),
)
