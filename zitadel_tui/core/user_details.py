"""The details of a user in words, in the order that both front ends use."""

from collections.abc import Iterable

from zitadel_tui.text import shown
from zitadel_tui.zitadel.wire.members import Membership
from zitadel_tui.zitadel.wire.users import HistoryEntry, User

_ORDER = ("instance", "organization", "project", "project grant")


def properties(user: User) -> list[tuple[str, str]]:
    """Properties that only humans or only service accounts have; values may be empty."""
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
    ]


def level(entry: Membership) -> str:
    """``instance``, ``organization``, ``project`` or ``project grant``."""
    if entry.iam:
        return "instance"
    if entry.org_id:
        return "organization"
    return "project" if entry.project_id else "project grant"


def where(entry: Membership) -> str:
    """Where the roles of a membership act: ``instance``, ``Acme Corp``, ``project Portal``."""
    at, name = level(entry), shown(entry.display_name)
    return {
        "instance": "instance",
        "organization": name or entry.org_id,
        "project": f"project {name or entry.project_id}",
        "project grant": f"project grant {name or entry.project_grant_id}",
    }[at]


def widest_first(memberships: Iterable[Membership]) -> list[Membership]:
    """The instance's before the organization's, then projects and grants, by name."""
    return sorted(memberships, key=lambda entry: (_ORDER.index(level(entry)), where(entry)))


def happened(entry: HistoryEntry) -> str:
    """What an event of the history says, in the server's words."""
    return entry.event_type.localized_message or entry.event_type.key.removeprefix("EventTypes.")


def editor(entry: HistoryEntry, user_id: str) -> str:
    """The editor of an event."""
    if entry.editor_id == user_id:
        return "this account"
    return entry.editor_preferred_login_name or entry.editor_display_name or entry.editor_id
