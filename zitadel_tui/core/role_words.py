"""Roles and permissions of ZITADEL in an administrator's words. Only words: what a role permits is data."""

from typing import Final, NamedTuple, TypeAlias


class Phrase(NamedTuple):
    """One permission in words: ``verbs`` on a ``noun``, listed under the heading ``area``."""

    area: str
    verbs: tuple[str, ...]
    noun: str


# Most powerful first: this order is the rank of a role. What changes things stands before what only reads.
SUMMARIES: Final[dict[str, str]] = {
    "SYSTEM_OWNER": "every instance of this installation",
    "SYSTEM_OWNER_VIEWER": "reads every instance of this installation",
    "IAM_OWNER": "everything, in every organization",
    "IAM_ADMIN_IMPERSONATOR": "acts as anyone, administrators included",
    "IAM_ORG_MANAGER": "organizations: create, change, all inside them",
    "IAM_USER_MANAGER": "users of every organization; removes members",
    "IAM_END_USER_IMPERSONATOR": "acts as users who are not administrators",
    "IAM_LOGIN_CLIENT": "for a login application, not for a user",
    "IAM_OWNER_VIEWER": "reads the whole instance, changes nothing",
    "ORG_OWNER": "everything in this organization",
    "ORG_ADMIN_IMPERSONATOR": "acts as anyone here, administrators included",
    "ORG_USER_MANAGER": "users: create, change, delete; user grants",
    "ORG_END_USER_IMPERSONATOR": "acts as users who are not administrators",
    "ORG_SETTINGS_MANAGER": "settings, policies, identity providers",
    "ORG_PROJECT_PERMISSION_EDITOR": "user grants and project grants",
    "ORG_USER_PERMISSION_EDITOR": "user grants: add, change, remove",
    "ORG_PROJECT_CREATOR": "creates projects, sees only their own",
    "ORG_OWNER_VIEWER": "reads everything, changes nothing",
    "SELF_MANAGEMENT_GLOBAL": "creates organizations, deletes its own account",
    "ORG_USER_SELF_MANAGER": "deletes its own account",
    "PROJECT_OWNER": "everything in this project; user grants",
    "PROJECT_OWNER_GLOBAL": "everything in this project, but reads no users",
    "PROJECT_OWNER_VIEWER": "reads this project, changes nothing",
    "PROJECT_OWNER_VIEWER_GLOBAL": "reads this project, but no users",
    "PROJECT_GRANT_OWNER": "a granted project: its members and user grants",
    "PROJECT_GRANT_OWNER_VIEWER": "reads a granted project, changes nothing",
}

UNKNOWN_ROLE: Final = "a role of this server, not one of ZITADEL's own"

_Verbs: TypeAlias = dict[str, tuple[str, ...]]

_VERBS: Final[_Verbs] = {
    "read": ("read",),
    "create": ("create",),
    "write": ("change",),
    "delete": ("delete",),
}
_MEMBERS: Final[_Verbs] = {"read": ("list",), "write": ("add", "change"), "delete": ("remove",)}
_MADE: Final[_Verbs] = {"write": ("create", "change")}
_SET: Final[_Verbs] = {"write": ("change",), "delete": ("reset",)}
_GIVEN: Final[_Verbs] = {"write": ("add", "change"), "delete": ("remove",)}

# (area, what all its permissions begin with, noun, the verbs that differ from _VERBS)
_SUBJECTS: Final[tuple[tuple[str, str, str, _Verbs], ...]] = (
    ("Members", "org.member", "members and roles", _MEMBERS),
    ("People", "user", "users", _MADE),
    ("People", "user.global", "users of other organizations", {"read": ("find",)}),
    ("People", "user.membership", "the memberships of users", {}),
    ("People", "user.self", "the own account", {}),
    ("People", "group", "groups", {}),
    ("People", "group.user", "members of groups", _MEMBERS),
    ("Sign-in", "user.credential", "links for a first passkey", {"write": ("create",)}),
    ("Sign-in", "user.passkey", "passkeys for users", {"write": ("register",)}),
    ("Sign-in", "session", "sessions", {**_MADE, "delete": ("end",)}),
    ("Grants", "user.grant", "user grants (project roles)", _GIVEN),
    ("Grants", "project.grant.user.grant", "user grants of granted projects", {}),
    ("Organization", "org", "the organization", {}),
    ("Organization", "org.global", "organizations by their domain", {"read": ("find",)}),
    ("Settings", "policy", "policies", _SET),
    ("Settings", "org.idp", "identity providers", _MADE),
    ("Settings", "org.feature", "feature flags of organizations", _SET),
    ("Settings", "user.feature", "feature flags of users", _SET),
    ("Projects", "project", "projects", {}),
    ("Projects", "project.role", "project roles", _MADE),
    ("Projects", "project.app", "applications", _MADE),
    ("Projects", "project.member", "project members", _MEMBERS),
    ("Projects", "project.grant", "project grants to other organizations", _GIVEN),
    ("Projects", "project.grant.member", "members of project grants", _MEMBERS),
    ("Actions", "org.action", "actions", _MADE),
    ("Actions", "org.flow", "flows, which trigger actions", _SET),
    ("Actions", "action.execution", "executions of actions", _SET),
    ("Actions", "action.target", "targets of actions", _MADE),
    ("Instance", "iam", "the instance", {}),
    ("Instance", "iam.member", "instance members", _MEMBERS),
    ("Instance", "iam.policy", "default policies", _SET),
    ("Instance", "iam.idp", "identity providers of the instance", _MADE),
    ("Instance", "iam.action", "actions of the instance", _MADE),
    ("Instance", "iam.flow", "flows of the instance", _SET),
    ("Instance", "iam.feature", "feature flags of the instance", _SET),
    ("Instance", "iam.restrictions", "restrictions", _SET),
    ("Instance", "iam.web_key", "signing keys", _MADE),
    ("Instance", "iam.debug", "debug information of the instance", {}),
    ("Instance", "userschema", "user schemas", _MADE),
    ("Instance", "events", "all events", {}),
    ("Instance", "milestones", "milestones", {}),
    ("System", "system.instance", "instances", _MADE),
    ("System", "system.domain", "domains of instances", _MADE),
    ("System", "system.iam.member", "members of instances", _MEMBERS),
    ("System", "system.feature", "feature flags of the system", _SET),
    ("System", "system.limits", "limits of instances", _SET),
    ("System", "system.quota", "quotas of instances", _SET),
    ("System", "system.debug", "debug information of the system", {}),
)

_SINGLE: Final[dict[str, Phrase]] = {
    "project.read:self": Phrase("Projects", ("read",), "projects of one's own"),
    "org.create": Phrase("Organization", ("create",), "organizations"),
    "session.link": Phrase("Sign-in", ("bind",), "sessions to requests of applications"),
    "impersonation": Phrase("Impersonation", ("act as",), "users who are not administrators"),
    "admin.impersonation": Phrase("Impersonation", ("act as",), "administrators"),
}

# Ends in a suffix of its own, which is no id of a project.
SCOPED_LIKE: Final = ("project.read:self",)

_PLACES: Final = {subject[1]: place for place, subject in enumerate(_SUBJECTS)}
_ORDER: Final = (*_VERBS, "link")


def phrase(permission: str) -> Phrase | None:
    """``permission`` in words; None for one that is not ZITADEL's."""
    single = _SINGLE.get(permission)
    if single is not None:
        return single
    subject, _, verb = permission.rpartition(".")
    place = _PLACES.get(subject)
    if place is None:
        return None
    area, _, noun, special = _SUBJECTS[place]
    verbs = special.get(verb) or _VERBS.get(verb)
    return None if verbs is None else Phrase(area, verbs, noun)


def place(permission: str) -> tuple[int, int]:
    """The sort key of ``permission``: by area and subject, reading before writing."""
    subject, _, verb = permission.partition(":")[0].rpartition(".")
    return _PLACES.get(subject, len(_PLACES)), _ORDER.index(verb) if verb in _ORDER else len(_ORDER)


def spoken(verbs: tuple[str, ...], noun: str) -> str:
    """``("list", "add", "remove")`` and ``members``: "list, add and remove members"."""
    *first, last = verbs
    return f"{', '.join(first)} and {last} {noun}" if first else f"{last} {noun}"
