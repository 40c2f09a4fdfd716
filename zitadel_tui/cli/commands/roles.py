"""``roles``: list roles, show what a role permits and who has it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from zitadel_tui.cli.failures import DONE
from zitadel_tui.cli.output import Column
from zitadel_tui.cli.run import Run
from zitadel_tui.core import members, rights, roles
from zitadel_tui.core.search import folded
from zitadel_tui.core.session import Session
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.base import to_data
from zitadel_tui.zitadel.wire.members import Member


@dataclass(frozen=True, slots=True)
class _Offered:
    role: str
    holders: int | None
    """None where the members may not be read."""

    @property
    def counted(self) -> str:
        return "" if self.holders is None else str(self.holders)


def list_(run: Run) -> int:
    async def ask(session: Session) -> list[_Offered]:
        offered, everyone = await asyncio.gather(
            roles.offered(session.client), _organization_members(session)
        )
        return [
            _Offered(role, None if everyone is None else len(_holding(everyone, role))) for role in offered
        ]

    run.output.rows(_COLUMNS, run.read(ask), _data)
    return DONE


def _data(offered: _Offered) -> dict[str, object]:
    return {
        "role": offered.role,
        "members": offered.holders,
        "summary": rights.summary(offered.role),
        "permissions": list(rights.permissions(offered.role) or ()),
    }


_COLUMNS = (
    Column[_Offered]("role", lambda offered: offered.role, "ROLE", rigid=True),
    Column[_Offered]("members", lambda offered: offered.counted, "MEMBERS", rigid=True),
    Column[_Offered]("summary", lambda offered: rights.summary(offered.role), "PERMITS"),
)


@dataclass(frozen=True, slots=True)
class _Role:
    name: str
    offered: bool
    holders: Sequence[Member] | None
    """None where they may not be read, or the role is held elsewhere."""


def show(run: Run) -> int:
    async def ask(session: Session) -> _Role:
        return await _read(session, run.options.role)

    role = run.read(ask)
    run.output.card(_fields(role), _role_data(role))
    if not role.offered and rights.level(role.name) == "organization":
        run.output.say("note", "This organization does not offer the role.")
    return DONE


async def _read(session: Session, text: str) -> _Role:
    offered = await roles.offered(session.client)
    known = text.upper()
    name = known if rights.permissions(known) is not None else roles.resolve(text, offered)
    if name in offered:
        everyone = await _organization_members(session)
    elif rights.level(name) == "instance":
        everyone = await _instance_members(session)
    else:
        everyone = None
    return _Role(name, name in offered, None if everyone is None else _holding(everyone, name))


def _fields(role: _Role) -> list[tuple[str, str]]:
    fields = [("role", role.name), ("level", rights.level(role.name)), ("summary", rights.summary(role.name))]
    permissions = rights.permissions(role.name)
    if permissions is None:
        fields.append(("permits", "not known: it is not one of ZITADEL's own roles"))
    fields += [
        ("permits", f"{area.title}: {sentence}")
        for area in rights.areas(permissions or ())
        for sentence in area.sentences
    ]
    fields += [("permission", permission) for permission in permissions or ()]
    if role.holders is None:
        return [*fields, ("held by", "not readable here")]
    holders = [("held by", _called(member)) for member in role.holders]
    return fields + (holders or [("held by", "nobody")])


def _called(member: Member) -> str:
    name, login = members.name(member), members.login(member)
    return f"{name} ({login})" if login and login != name else f"{name} ({member.user_id})"


def _role_data(role: _Role) -> dict[str, object]:
    return {
        "role": role.name,
        "level": rights.level(role.name),
        "offered": role.offered,
        "summary": rights.summary(role.name),
        "permissions": list(rights.permissions(role.name) or ()),
        "members": None if role.holders is None else to_data(role.holders),
    }


def _holding(everyone: Sequence[Member], role: str) -> list[Member]:
    holders = [member for member in everyone if role in member.roles]
    return sorted(holders, key=lambda member: (folded(members.name(member)), member.user_id))


async def _organization_members(session: Session) -> Sequence[Member] | None:
    try:
        return list(await members.read(session.client))
    except errors.NO_ACCESS:
        return None


async def _instance_members(session: Session) -> Sequence[Member] | None:
    try:
        return await members.instance_administrators(session.client)
    except errors.NotPermitted:
        return None
