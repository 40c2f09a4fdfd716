"""What roles permit and what this account's permissions allow, in words (contract §6, §6.1).

The tables are those that ZITADEL ships (v4.x). An operator may replace them: which roles exist is asked of
the server, the tables only explain. Permissions come as the server lists them (contract §1.6); those of a
single project or grant end in ``:<id>`` and give no right in the organization as a whole.
"""

from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple

from zitadel_tui.core import role_words

_LEVELS: Final = (
    ("ORG_", "organization"),
    ("IAM_", "instance"),
    ("PROJECT_GRANT_", "project grant"),
    ("PROJECT_", "project"),
    ("SYSTEM_", "system"),
)
_RANKS: Final = {role: rank for rank, role in enumerate(role_words.SUMMARIES)}

# The wider permission allows what the narrower one does, so the narrower adds nothing beside it.
_WIDER: Final = {
    "project.read:self": "project.read",
    "user.self.delete": "user.delete",
    "project.grant.user.grant.read": "user.grant.read",
}
_OTHER: Final = "Other"
_NEARLY_EVERYTHING: Final = frozenset(
    {"org.member.write", "iam.member.write", "system.instance.write", "impersonation"}
)


class Area(NamedTuple):
    """Permissions that belong together: heading, what they allow, and their keys."""

    title: str
    sentences: tuple[str, ...]
    permissions: tuple[str, ...]


class Comparison(NamedTuple):
    """The permissions of two roles, each in exactly one part."""

    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    both: tuple[str, ...]


class Capability(NamedTuple):
    """Something this tool can do, in words, and the permission the server asks for it."""

    key: str
    words: str
    permission: str


CAPABILITIES: Final = (
    Capability("list_members", "list members and roles", "org.member.read"),
    Capability("write_members", "add members and change their roles", "org.member.write"),
    Capability("remove_members", "remove members", "org.member.delete"),
    Capability("list_users", "list users, their details and history", "user.read"),
    Capability("write_users", "import, deactivate and lock users", "user.write"),
    Capability("delete_users", "delete users", "user.delete"),
    Capability("passkey_link", "create passkey links", "user.credential.write"),
    Capability("find_users", "find users of other organizations", "user.global.read"),
    Capability("read_memberships", "read the memberships of a user", "user.membership.read"),
    Capability("read_organization", "read the organization", "org.read"),
    Capability("read_policies", "read policies", "policy.read"),
    Capability("list_instance_members", "list instance administrators", "iam.member.read"),
)


class _Tables(NamedTuple):
    roles: dict[str, tuple[str, ...]]
    later: dict[str, tuple[str, ...]]  # what a newer server adds


@cache
def _tables() -> _Tables:
    import json  # importing both costs more than the rest of this module, and many runs do not need them
    from importlib import resources

    text = resources.files("zitadel_tui.core").joinpath("data", "roles.json").read_text("utf-8")
    data = json.loads(text)
    return _Tables(*({role: tuple(keys) for role, keys in data[part].items()} for part in _Tables._fields))


def permissions(role: str) -> tuple[str, ...] | None:
    """The permissions of ``role``; None when it is not one of ZITADEL's own."""
    return _tables().roles.get(role)


def summary(role: str) -> str:
    """What ``role`` permits, in at most 50 cells."""
    return role_words.SUMMARIES.get(role, role_words.UNKNOWN_ROLE)


def level(role: str) -> str:
    """The level of ``role``, from its prefix as on the server; ``unknown`` for any other."""
    if role == SELF_MANAGEMENT:
        return "organization"
    return next((name for prefix, name in _LEVELS if role.startswith(prefix)), "unknown")


def named(word: str) -> frozenset[str]:
    """ZITADEL's own roles that ``word`` names, in any case, with or without the level: ``owner`` names
    ``ORG_OWNER``, ``IAM_OWNER`` … but not ``ORG_OWNER_VIEWER``."""
    keys = (f"{prefix}{word.upper()}" for prefix in ("", *(prefix for prefix, _ in _LEVELS)))
    return frozenset(key for key in keys if key in _RANKS)


def rank(role: str) -> tuple[int, str]:
    """Sort key: most powerful first within a level, roles that are not ZITADEL's own last."""
    return _RANKS.get(role, len(_RANKS)), role


def sort_roles(roles: Iterable[str]) -> list[str]:
    """``roles``, each once, most powerful first."""
    return sorted(set(roles), key=rank)


def _split(permission: str) -> tuple[str, str]:
    """The permission and the id of the project or grant it is limited to, or nothing."""
    for key in role_words.SCOPED_LIKE:
        if permission == key or permission.startswith(f"{key}:"):
            return key, permission[len(key) + 1 :]
    key, _, scope = permission.partition(":")
    return key, scope


def org_wide(own: Iterable[str]) -> frozenset[str]:
    """The permissions in ``own`` that apply to the whole organization, not only to a project or grant."""
    return frozenset(permission for permission in own if not _split(permission)[1])


SELF_MANAGEMENT = "SELF_MANAGEMENT_GLOBAL"
"""The role of the organization that the server allows with no other role (contract §3.3)."""
ASSIGNING = "org.member.write"
"""The permission to assign administrator roles."""
GRANTING = "user.grant.write"
"""The permission to assign project roles, of all projects or of one."""


def within(own: Iterable[str], project_id: str) -> frozenset[str]:
    """The permissions in ``own`` that apply to the whole organization or to this project."""
    own = tuple(own)
    here = (_split(permission) for permission in own)
    return org_wide(own) | frozenset(key for key, scope in here if scope == project_id)


def sentence(permission: str) -> str:
    """What ``permission`` allows, as in "list members and roles"; one that is not ZITADEL's as it is."""
    key, scope = _split(permission)
    words = role_words.phrase(key)
    if words is None:
        return permission
    return role_words.spoken(words.verbs, words.noun + _only_in(scope))


def _only_in(scope: str) -> str:
    return f" (only in {scope})" if scope else ""


def areas(permissions: Iterable[str]) -> list[Area]:
    """``permissions`` grouped under headings, in plain words; those not ZITADEL's stand last, as they are."""
    keys: dict[str, list[str]] = {}
    verbs: dict[str, dict[str, list[str]]] = {}
    for permission in sorted(set(permissions), key=lambda one: (role_words.place(one), one)):
        key, scope = _split(permission)
        words = role_words.phrase(key)
        title = words.area if words else _OTHER
        keys.setdefault(title, []).append(permission)
        told = verbs.setdefault(title, {})
        if words:
            told.setdefault(words.noun + _only_in(scope), []).extend(words.verbs)
        else:
            told[permission] = []
    return [
        Area(title, tuple(_told(noun, done) for noun, done in verbs[title].items()), tuple(keys[title]))
        for title in sorted(keys, key=_OTHER.__eq__)
    ]


def _told(noun: str, verbs: list[str]) -> str:
    return role_words.spoken(tuple(dict.fromkeys(verbs)), noun) if verbs else noun


def compare(first: str, second: str) -> Comparison:
    """The permissions of two roles side by side; a role that is not ZITADEL's own counts as having none."""
    one, two = permissions(first) or (), permissions(second) or ()
    return Comparison(
        tuple(key for key in one if key not in two),
        tuple(key for key in two if key not in one),
        tuple(key for key in one if key in two),
    )


def _beyond(role: str, held: frozenset[str]) -> tuple[str, ...]:
    return tuple(key for key in permissions(role) or () if key not in held and _WIDER.get(key) not in held)


def adds(role: str, held: Iterable[str]) -> tuple[str, ...]:
    """The permissions that ``role`` adds to what the roles in ``held`` already allow."""
    return _beyond(role, frozenset(key for other in held for key in permissions(other) or ()))


def exceeds(role: str, own: Iterable[str]) -> bool:
    """Whether ``role`` permits something in the organization that the permissions in ``own`` do not.

    Permissions are compared, not reach: for roles of the organization that ``own`` was listed in. False
    for a role that is not ZITADEL's own: its permissions are unknown.
    """
    return bool(_beyond(role, org_wide(own)))


def is_powerful(role: str) -> bool:
    """Whether ``role`` grants nearly everything: its holders can assign any role, or act as others."""
    return any(key in _NEARLY_EVERYTHING for key in permissions(role) or ())


def roles_with(permission: str, among: Iterable[str] | None = None) -> list[str]:
    """The roles that carry ``permission``, those of the organization first, most powerful first.

    Without ``among``: the roles that users can have in an organization or the instance, and those of other
    levels only when none of these has it.
    """
    tables = _tables()
    wanted = _split(permission)[0]
    names = [name for _, name in _LEVELS]
    found = sorted(
        (
            role
            for role in (tables.roles if among is None else set(among))
            if wanted in tables.roles.get(role, ()) or wanted in tables.later.get(role, ())
        ),
        key=lambda role: (names.index(level(role)), rank(role)),
    )
    if among is not None:
        return found
    usual = [role for role in found if level(role) in names[:2] and role != "IAM_LOGIN_CLIENT"]
    return usual or found


def capabilities(own: Iterable[str]) -> list[tuple[str, bool, str]]:
    """What this program can do with the permissions in ``own``, as (words, allowed, permission)."""
    held = org_wide(own)
    return [(words, permission in held, permission) for _, words, permission in CAPABILITIES]
