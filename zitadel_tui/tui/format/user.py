"""A user or service account as lines of text: details, roles, recent changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from zitadel_tui.core import members, user_details, user_lookup, words
from zitadel_tui.core.user_lookup import Card
from zitadel_tui.text import cells, shown
from zitadel_tui.tui.format.cells import fit_cell
from zitadel_tui.tui.format.lines import (
    BLANK,
    DIM,
    STRONG,
    WARNING,
    Line,
    Part,
    fields,
    hanging,
    heading,
    refusal,
    roles_told,
    split,
)
from zitadel_tui.tui.format.meanings import role_style, state_part
from zitadel_tui.zitadel.errors import NotFound, ZitadelError
from zitadel_tui.zitadel.wire.members import Member
from zitadel_tui.zitadel.wire.projects import UserGrant
from zitadel_tui.zitadel.wire.users import HistoryEntry, User

_TIME = 10  # cells of "2026-03-01"
_PROJECT = 20  # cells of a project before its roles, on one line


@dataclass(frozen=True, slots=True)
class UserContext:
    """The context of the details: the addressed organization, the time, the width in cells."""

    organization: str
    org_id: str
    now: datetime
    width: int


def guest_of(member: Member, here: str) -> str:
    """The id of the organization a member comes from; empty when it is ``here``."""
    home = member.user_resource_owner
    return home if home and home != here else ""


def user_lines(member: Member, card: Card | None, place: UserContext) -> list[Line]:
    """All that is known of a user. ``card`` None: still being read, so only the member's own lines are
    shown."""
    user = card.user if card and isinstance(card.user, User) else None
    lines = [_title(member, user, place.width), *_contact(member, user)]
    lines += [BLANK, *_details(member, card, place)]
    lines += [BLANK, heading("Roles"), *_roles(member, card, place)]
    lines += [BLANK, *_project_roles(card, place)]
    lines += [BLANK, heading("Recent changes"), *_recent_changes(member, card, place)]
    return lines


def _title(member: Member, user: User | None, width: int) -> Line:
    kind = user_lookup.kind(user) if user else members.kind(member)
    kind = "service account" if kind == "service" else kind
    name = user_lookup.name(user) if user else members.name(member)
    if user is None:
        return split((name, STRONG), (kind, DIM), width)
    state = state_part(words.state_word(user.state), after=f" · {kind}")
    return split((name, STRONG), state, width)


def _contact(member: Member, user: User | None) -> list[Line]:
    if user is None or user.human is None:
        return [(member.email,)] if member.email else []
    email, phone = user.human.email, user.human.phone
    lines: list[Line] = []
    if email.email:
        lines.append((email.email, "  ", _verified(email.is_email_verified)))
    if phone.phone:
        lines.append((phone.phone, "  ", _verified(phone.is_phone_verified)))
    return lines


def _verified(verified: bool) -> Part:
    return ("verified", DIM) if verified else ("not verified", WARNING)


def _details(member: Member, card: Card | None, place: UserContext) -> list[Line]:
    home = guest_of(member, place.org_id)
    pairs: list[tuple[str, Part]] = [("login", members.login(member)), ("id", member.user_id)]
    if card is None or not isinstance(card.user, User):
        pairs.append(("organization", f"another one, id {home}" if home else place.organization))
        told: list[Line] = [(("reading …", DIM),)]
        return [*fields(pairs, place.width), *(_refused_user(card, home, place.width) if card else told)]
    user = card.user
    owner = user.details.resource_owner
    pairs = [
        ("user name", user.user_name),
        ("login", user_lookup.login(user)),
        *(("also", name) for name in user.login_names if name != user_lookup.login(user)),
        *_properties(user, place.now),
        ("id", user.id),
        ("organization", place.organization if owner == place.org_id else f"another one, id {owner}"),
        ("created", _when(user.details.creation_date, place.now)),
        ("changed", _when(user.details.change_date, place.now)),
    ]
    return fields(pairs, place.width)


def _refused_user(card: Card, home: str, width: int) -> list[Line]:
    error = card.user
    assert isinstance(error, ZitadelError)
    if home and isinstance(error, NotFound):
        return [(("A guest: other details are shown only in their own organization.", DIM),)]
    return refusal(error, width)


def _properties(user: User, now: datetime) -> list[tuple[str, Part]]:
    pairs: list[tuple[str, Part]] = [*user_details.properties(user)]
    if user.human is not None:
        pairs.append(("password set", _when(user.human.password_changed, now)))
    return pairs


def _when(then: str, now: datetime) -> str:
    told = words.ago(then, now)
    return f"{told} ago" if told[-1:].isalpha() else told


def _roles(member: Member, card: Card | None, place: UserContext) -> list[Line]:
    memberships = card.memberships if card else None
    if memberships is None or isinstance(memberships, ZitadelError):
        here = _roles_at(place.organization, members.since(member), member.roles, place)
        return [*here, *(refusal(memberships, place.width) if isinstance(memberships, ZitadelError) else [])]
    lines: list[Line] = []
    if not any(entry.iam for entry in memberships):
        lines.append(("  ", ("instance", DIM), "  -"))
    for entry in user_details.widest_first(memberships):
        lines += _roles_at(user_details.where(entry), entry.details.creation_date, entry.roles, place)
    return lines


def _roles_at(where: str, since: str, roles: Sequence[str], place: UserContext) -> list[Line]:
    told = words.ago(since, place.now)
    line = split(f"  {shown(where)}", (f"since {told}" if told else "", DIM), place.width)
    return [line, *roles_told(roles, place.width, indent="    ", style=role_style)]


def _project_roles(card: Card | None, place: UserContext) -> list[Line]:
    head = heading("Project roles")
    if card is None or card.grants == ():
        return [(*head, ("  none" if card else "  reading …", DIM))]
    if isinstance(card.grants, ZitadelError):
        return [head, *refusal(card.grants, place.width)]
    return [head, *(line for grant in card.grants for line in _grant(grant, place))]


def _grant(grant: UserGrant, place: UserContext) -> list[Line]:
    """The project and its roles; says when they do not count."""
    told = words.ago(grant.details.creation_date, place.now)
    right = (f"since {told}" if told else "", DIM) if grant.is_active else ("inactive", WARNING)
    project = shown(grant.project_name or grant.project_id)
    roles = ", ".join(map(shown, sorted(grant.roles)))
    style = "" if roles else WARNING
    roles = roles or "no roles"
    if cells(project) + 3 <= _PROJECT and cells(roles) + cells(right[0]) + 2 <= place.width - _PROJECT:
        return [(fit_cell(f"  {project}", _PROJECT), *split((roles, style), right, place.width - _PROJECT))]
    return [split(f"  {project}", right, place.width), *hanging("    ", roles, place.width, style)]


def _recent_changes(member: Member, card: Card | None, place: UserContext) -> list[Line]:
    if card is None:
        return [("  ", ("reading …", DIM))]
    if isinstance(card.history, ZitadelError):
        if isinstance(card.history, NotFound) and guest_of(member, place.org_id):
            return [("  ", ("only their own organization shows them", DIM))]
        return refusal(card.history, place.width)
    if not card.history:
        return [("  ", ("none are kept", DIM))]
    return [line for entry in card.history for line in _event(entry, member.user_id, place)]


def _event(entry: HistoryEntry, user_id: str, place: UserContext) -> list[Line]:
    what, by = user_details.happened(entry), f"by {user_details.editor(entry, user_id)}"
    when = words.ago(entry.change_date, place.now)
    lines = hanging(f"  {when.ljust(_TIME)}  ", what, place.width, first_style=DIM)
    if len(lines) == 1 and cells(shown(what)) + cells(shown(by)) + _TIME + 6 <= place.width:
        return [(*lines[0], "  ", (by, DIM))]
    return [*lines, *hanging(" " * (_TIME + 4), by, place.width, DIM)]
