"""One person or service account as lines of text: who, which power, what happened lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from zitadel_tui.core import members, people, words
from zitadel_tui.core.people import Card
from zitadel_tui.text import cells, shown
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
from zitadel_tui.zitadel.errors import NotFound, ZitadelError
from zitadel_tui.zitadel.wire.members import Member, Membership
from zitadel_tui.zitadel.wire.users import HistoryEntry, User

_TIME = 10  # cells of "2026-03-01"
_ORDER = ("iam", "org", "project", "grant")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the card is shown: the organization addressed, the time, the width in cells."""

    organization: str
    org_id: str
    now: datetime
    width: int


def guest_of(member: Member, here: str) -> str:
    """The id of the organization a member comes from; empty when it is ``here``."""
    home = member.user_resource_owner
    return home if home and home != here else ""


def person_lines(member: Member, card: Card | None, place: Place) -> list[Line]:
    """Everything known; ``card`` None is still being read, then the member's own lines stand alone."""
    user = card.user if card and isinstance(card.user, User) else None
    lines = [_title(member, user, place.width), *_contact(member, user)]
    lines += [BLANK, *_details(member, card, place)]
    lines += [BLANK, heading("POWER"), *_power(member, card, place)]
    lines += [BLANK, heading("LATELY"), *_lately(member, card, place)]
    return lines


def _title(member: Member, user: User | None, width: int) -> Line:
    kind = people.kind(user) if user else members.kind(member)
    kind = "service account" if kind == "service" else kind
    name = people.name(user) if user else members.name(member)
    if user is None:
        return split((name, STRONG), (kind, DIM), width)
    state = words.state_word(user.state)
    return split((name, STRONG), (f"{state} · {kind}", DIM if state == "active" else WARNING), width)


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


def _details(member: Member, card: Card | None, place: Place) -> list[Line]:
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
        ("login", people.login(user)),
        *(("also", name) for name in user.login_names if name != people.login(user)),
        *_kind_fields(user, place.now),
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
        return [(("A guest: only the own organization shows the rest.", DIM),)]
    return refusal(error, width)


def _kind_fields(user: User, now: datetime) -> list[tuple[str, Part]]:
    if user.machine is not None:
        token = user.machine.access_token_type.removeprefix("ACCESS_TOKEN_TYPE_") or "BEARER"
        return [
            ("description", user.machine.description),
            ("token type", token if token == "JWT" else token.lower()),
            ("client secret", "set" if user.machine.has_secret else ""),
        ]
    if user.human is None:
        return []
    profile = user.human.profile
    gender = profile.gender.removeprefix("GENDER_").lower()
    return [
        ("first name", profile.first_name),
        ("last name", profile.last_name),
        ("display name", profile.display_name),
        ("nick name", profile.nick_name),
        ("language", profile.preferred_language),
        ("gender", "" if gender == "unspecified" else gender),
        ("password set", _when(user.human.password_changed, now)),
    ]


def _when(then: str, now: datetime) -> str:
    told = words.ago(then, now)
    return f"{told} ago" if told[-1:].isalpha() else told


def _power(member: Member, card: Card | None, place: Place) -> list[Line]:
    memberships = card.memberships if card else None
    if memberships is None or isinstance(memberships, ZitadelError):
        here = _power_at(place.organization, members.since(member), member.roles, place)
        return [*here, *(refusal(memberships, place.width) if isinstance(memberships, ZitadelError) else [])]
    lines: list[Line] = []
    if not any(entry.iam for entry in memberships):
        lines.append(("  ", ("instance", DIM), "  -"))
    for entry in sorted(memberships, key=lambda entry: (_ORDER.index(_level(entry)), _where(entry))):
        lines += _power_at(_where(entry), entry.details.creation_date, entry.roles, place)
    return lines


def _level(entry: Membership) -> str:
    if entry.iam:
        return "iam"
    if entry.org_id:
        return "org"
    return "project" if entry.project_id else "grant"


def _where(entry: Membership) -> str:
    name = shown(entry.display_name)
    return {
        "iam": "instance",
        "org": name or entry.org_id,
        "project": f"project {name or entry.project_id}",
        "grant": f"project grant {name or entry.project_grant_id}",
    }[_level(entry)]


def _power_at(where: str, since: str, roles: Sequence[str], place: Place) -> list[Line]:
    told = words.ago(since, place.now)
    line = split(f"  {shown(where)}", (f"since {told}" if told else "", DIM), place.width)
    return [line, *roles_told(roles, place.width, indent="    ")]


def _lately(member: Member, card: Card | None, place: Place) -> list[Line]:
    if card is None:
        return [("  ", ("reading …", DIM))]
    if isinstance(card.history, ZitadelError):
        if isinstance(card.history, NotFound) and guest_of(member, place.org_id):
            return [("  ", ("only the own organization shows it", DIM))]
        return refusal(card.history, place.width)
    if not card.history:
        return [("  ", ("nothing is kept", DIM))]
    return [line for entry in card.history for line in _event(entry, member.user_id, place)]


def _event(entry: HistoryEntry, user_id: str, place: Place) -> list[Line]:
    what = entry.event_type.localized_message or entry.event_type.key.removeprefix("EventTypes.")
    editor = entry.editor_preferred_login_name or entry.editor_display_name or entry.editor_id
    by = f"by {'themselves' if entry.editor_id == user_id else editor}"
    when = words.ago(entry.change_date, place.now)
    lines = hanging(f"  {when.ljust(_TIME)}  ", what, place.width, first_style=DIM)
    if len(lines) == 1 and cells(shown(what)) + cells(shown(by)) + _TIME + 6 <= place.width:
        return [(*lines[0], "  ", (by, DIM))]
    return [*lines, *hanging(" " * (_TIME + 4), by, place.width, DIM)]
