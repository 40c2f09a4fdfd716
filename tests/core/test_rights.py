"""What roles permit, in words: exact where the contract is exact (§6, §6.1), by property for the rest."""

import subprocess
import sys
from pathlib import Path

import pytest

import zitadel_tui
from zitadel_tui import text
from zitadel_tui.core import rights, role_words

SHIPPED = tuple(role_words.SUMMARIES)
ORG_ROLES = tuple(role for role in SHIPPED if rights.level(role) == "organization")
NEWER = ("group.read", "group.create", "group.write", "group.delete")
NEWER_MEMBERS = ("group.user.read", "group.user.write", "group.user.delete")


def permitted(role: str) -> tuple[str, ...]:
    found = rights.permissions(role)
    assert found, f"{role} is not in the tables"
    return found


EVERY_PERMISSION = frozenset(key for role in SHIPPED for key in permitted(role)) | {*NEWER, *NEWER_MEMBERS}

# contract §6: the number of permissions on v4.x; the login client's list names two of its 36 twice
NUMBERS = {
    "ORG_OWNER": 55,
    "ORG_USER_MANAGER": 17,
    "ORG_OWNER_VIEWER": 19,
    "ORG_SETTINGS_MANAGER": 12,
    "ORG_USER_PERMISSION_EDITOR": 14,
    "ORG_PROJECT_PERMISSION_EDITOR": 16,
    "ORG_PROJECT_CREATOR": 4,
    "ORG_ADMIN_IMPERSONATOR": 2,
    "ORG_END_USER_IMPERSONATOR": 1,
    "ORG_USER_SELF_MANAGER": 2,
    "SELF_MANAGEMENT_GLOBAL": 3,
    "IAM_OWNER": 95,
    "IAM_OWNER_VIEWER": 34,
    "IAM_ORG_MANAGER": 57,
    "IAM_USER_MANAGER": 26,
    "IAM_ADMIN_IMPERSONATOR": 2,
    "IAM_END_USER_IMPERSONATOR": 1,
    "IAM_LOGIN_CLIENT": 34,
    "PROJECT_OWNER": 26,
    "PROJECT_OWNER_VIEWER": 11,
    "PROJECT_OWNER_GLOBAL": 19,
    "PROJECT_OWNER_VIEWER_GLOBAL": 10,
    "PROJECT_GRANT_OWNER": 13,
    "PROJECT_GRANT_OWNER_VIEWER": 8,
    "SYSTEM_OWNER": 17,
    "SYSTEM_OWNER_VIEWER": 5,
}

# contract §6.1, which leaves out system, project and login-client roles
WRITERS = {"IAM_OWNER", "IAM_ORG_MANAGER", "IAM_USER_MANAGER"}
ALL = {*WRITERS, "IAM_OWNER_VIEWER"}
MANAGERS = {"IAM_OWNER", "IAM_ORG_MANAGER"}
READERS = {"OWNER", "USER_MANAGER", "OWNER_VIEWER", "USER_PERMISSION_EDITOR", "PROJECT_PERMISSION_EDITOR"}
WHO = {
    "org.member.read": (
        {"OWNER", "OWNER_VIEWER", "SETTINGS_MANAGER", "USER_PERMISSION_EDITOR", "PROJECT_PERMISSION_EDITOR"},
        ALL,
    ),
    "org.member.write": ({"OWNER"}, MANAGERS),
    "org.member.delete": ({"OWNER"}, WRITERS),
    "user.read": (READERS, ALL),
    "user.write": ({"OWNER", "USER_MANAGER"}, WRITERS),
    "user.delete": ({"OWNER", "USER_MANAGER"}, WRITERS),
    "user.credential.write": ({"OWNER"}, MANAGERS),
    "user.global.read": ({*READERS, "PROJECT_CREATOR"}, ALL),
    "org.read": ({*READERS, "SETTINGS_MANAGER"}, ALL),
    "user.membership.read": ({"OWNER", "USER_MANAGER", "OWNER_VIEWER"}, ALL),
    "iam.member.read": (set[str](), {"IAM_OWNER", "IAM_OWNER_VIEWER"}),
}


def test_the_tables_are_those_of_the_contract() -> None:
    assert {role: len(set(permitted(role))) for role in SHIPPED} == NUMBERS
    assert all(len(set(permitted(role))) == len(permitted(role)) for role in SHIPPED)


def test_a_user_manager_has_exactly_what_a_real_server_listed() -> None:
    recorded = (
        "org.read user.read user.global.read user.write user.delete user.grant.read user.grant.write "
        "user.grant.delete user.membership.read user.feature.read user.feature.write user.feature.delete "
        "policy.read project.read project.role.read session.read session.delete"
    )
    assert permitted("ORG_USER_MANAGER") == tuple(recorded.split())


@pytest.mark.parametrize("permission", WHO)
def test_who_could_do_it_is_answered_as_in_the_contract(permission: str) -> None:
    organization, instance = WHO[permission]
    found = rights.roles_with(permission)
    assert set(found) == {f"ORG_{name}" for name in organization} | instance
    levels = [rights.level(role) for role in found]
    assert levels == sorted(levels, reverse=True), "those of the organization come first"


def test_who_could_do_it_keeps_to_the_roles_this_server_offers() -> None:
    offered = ["ORG_USER_MANAGER", "ACME_SUPPORT", "ORG_OWNER", "ORG_SETTINGS_MANAGER"]
    assert rights.roles_with("user.write", offered) == ["ORG_OWNER", "ORG_USER_MANAGER"]
    assert rights.roles_with("user.write", []) == []


def test_who_could_do_it_looks_at_other_levels_only_when_it_must() -> None:
    assert rights.roles_with("session.link") == ["IAM_LOGIN_CLIENT"]
    assert rights.roles_with("system.quota.write") == ["SYSTEM_OWNER"]
    assert rights.roles_with("made.up") == []


def test_permissions_of_a_newer_server_are_known_but_not_promised() -> None:
    assert rights.roles_with("group.create") == ["ORG_OWNER", "IAM_OWNER", "IAM_ORG_MANAGER"]
    assert not any(key.startswith("group.") for role in SHIPPED for key in permitted(role))


def test_a_role_of_the_operator_is_reported_to_be_unknown() -> None:
    assert rights.permissions("ACME_SUPPORT") is None
    assert rights.level("ACME_SUPPORT") == "unknown"
    assert rights.summary("ACME_SUPPORT") == rights.summary("ORG_MADE_UP") == role_words.UNKNOWN_ROLE
    assert rights.adds("ACME_SUPPORT", []) == ()
    assert rights.adds("ORG_ADMIN_IMPERSONATOR", ["ACME_SUPPORT"]) == permitted("ORG_ADMIN_IMPERSONATOR")
    assert not rights.exceeds("ACME_SUPPORT", [])


@pytest.mark.parametrize("role", [*SHIPPED, "ACME_SUPPORT"])
def test_every_summary_fits_beside_its_role(role: str) -> None:
    summary = rights.summary(role)
    assert 0 < text.cells(summary) <= 50
    assert text.shown(summary) == summary


@pytest.mark.parametrize(
    ("role", "level"),
    [
        ("ORG_OWNER", "organization"),
        ("SELF_MANAGEMENT_GLOBAL", "organization"),
        ("IAM_OWNER", "instance"),
        ("PROJECT_OWNER_GLOBAL", "project"),
        ("PROJECT_GRANT_OWNER", "project grant"),
        ("SYSTEM_OWNER", "system"),
        ("org_owner", "unknown"),
        ("", "unknown"),
    ],
)
def test_the_level_of_a_role(role: str, level: str) -> None:
    assert rights.level(role) == level


def test_the_most_powerful_role_comes_first_and_each_once() -> None:
    offered = ["ZEBRA", "ORG_OWNER_VIEWER", "ORG_USER_MANAGER", "ACME", "ORG_OWNER", "ORG_USER_MANAGER"]
    assert rights.sort_roles(offered) == [
        "ORG_OWNER",
        "ORG_USER_MANAGER",
        "ORG_OWNER_VIEWER",
        "ACME",
        "ZEBRA",
    ]


def test_the_order_of_roles_does_not_depend_on_the_order_given() -> None:
    assert rights.sort_roles(reversed(SHIPPED)) == rights.sort_roles(SHIPPED) == list(SHIPPED)
    assert rights.sort_roles(reversed(ORG_ROLES))[0] == "ORG_OWNER"


def test_no_role_ranks_below_one_that_permits_strictly_less() -> None:
    for role in ORG_ROLES:
        for other in ORG_ROLES:
            if set(permitted(role)) > set(permitted(other)):
                assert rights.rank(role) < rights.rank(other), (role, other)


@pytest.mark.parametrize("role", SHIPPED)
def test_every_permission_of_a_role_is_described_once(role: str) -> None:
    told = rights.areas(permitted(role))
    assert "Other" not in [area.title for area in told]
    assert sorted(key for area in told for key in area.permissions) == sorted(permitted(role))
    assert len({area.title for area in told}) == len(told)
    assert all(area.sentences for area in told)


def test_every_permission_has_its_own_sentence() -> None:
    sentences = [rights.sentence(key) for key in EVERY_PERMISSION]
    assert len(set(sentences)) == len(EVERY_PERMISSION) == 125
    assert not [sentence for sentence in sentences if sentence in EVERY_PERMISSION]
    assert rights.sentence("org.member.read") == "list members and roles"
    assert rights.sentence("user.write") == "create and change users"


def test_the_areas_of_a_user_manager_read_like_speech() -> None:
    told = {area.title: area.sentences for area in rights.areas(permitted("ORG_USER_MANAGER"))}
    assert list(told) == ["People", "Sign-in", "Grants", "Organization", "Settings", "Projects"]
    assert told["People"] == (
        "read, create, change and delete users",
        "find users of other organizations",
        "read the memberships of users",
    )
    assert told["Organization"] == ("read the organization",)


def test_permissions_nobody_knows_stand_last_as_they_are() -> None:
    told = rights.areas(["zoo.feed", "org.read", "acme.admin", "acme.admin"])
    assert [area.title for area in told] == ["Organization", "Other"]
    assert told[-1].sentences == told[-1].permissions == ("acme.admin", "zoo.feed")
    assert rights.areas([]) == []
    assert rights.sentence("zoo.feed:111") == "zoo.feed:111"


def test_a_right_in_one_project_is_described_with_its_project_and_opens_nothing_else() -> None:
    own = ["project.read:111", "project.write:111", "org.member.read:111", "project.read:self"]
    assert rights.org_wide([*own, "project.read:self:111"]) == {"project.read:self"}
    assert "project.read:self" in rights.within(["project.read:self:111"], "111")
    assert not any(allowed for _, allowed, _ in rights.capabilities(own))
    projects = {area.title: area for area in rights.areas(own)}["Projects"]
    assert "read and change projects (only in 111)" in projects.sentences
    assert "read projects of one's own" in projects.sentences
    assert rights.roles_with("user.write:111") == rights.roles_with("user.write")


@pytest.mark.parametrize("first", SHIPPED)
def test_a_comparison_puts_every_permission_in_one_part(first: str) -> None:
    for second in (*ORG_ROLES, "ACME_SUPPORT"):
        one, two = set(permitted(first)), set(rights.permissions(second) or ())
        parts = rights.compare(first, second)
        assert set(parts.both) == one & two
        assert set(parts.only_first) == one - two
        assert set(parts.only_second) == two - one
        assert sum(map(len, parts)) == len(one | two)


@pytest.mark.parametrize("role", SHIPPED)
def test_a_role_adds_nothing_to_itself_and_everything_to_nothing(role: str) -> None:
    assert rights.adds(role, [role]) == ()
    assert rights.adds(role, []) == permitted(role)
    assert not rights.exceeds(role, permitted(role))
    assert rights.exceeds(role, [])


def test_what_a_role_adds_counts_all_that_is_held() -> None:
    assert rights.adds("ORG_USER_MANAGER", ["ORG_OWNER"]) == ()
    assert rights.adds("ORG_SETTINGS_MANAGER", ["ORG_USER_MANAGER", "ORG_OWNER_VIEWER"]) == (
        "org.write",
        "org.idp.write",
        "org.idp.delete",
        "org.feature.write",
        "org.feature.delete",
        "policy.write",
        "policy.delete",
    )


def test_an_owner_is_warned_only_of_roles_that_really_reach_further() -> None:
    own = permitted("ORG_OWNER")
    above = {role for role in ORG_ROLES if rights.exceeds(role, own)}
    assert above == {"ORG_ADMIN_IMPERSONATOR", "ORG_END_USER_IMPERSONATOR", "SELF_MANAGEMENT_GLOBAL"}


def test_a_user_manager_is_warned_of_roles_above_their_own() -> None:
    own = permitted("ORG_USER_MANAGER")
    assert rights.exceeds("ORG_OWNER", own)
    assert rights.exceeds("ORG_SETTINGS_MANAGER", own)
    assert not rights.exceeds("ORG_USER_SELF_MANAGER", own)
    assert rights.exceeds("ORG_USER_MANAGER", [f"{key}:111" for key in own]), "rights in one project only"


def test_owners_and_impersonators_grant_nearly_everything() -> None:
    powerful = {role for role in (*SHIPPED, "ACME_SUPPORT") if rights.is_powerful(role)}
    impersonators = {role for role in SHIPPED if role.endswith("_IMPERSONATOR")}
    assert powerful == impersonators | {
        *("ORG_OWNER", "IAM_OWNER", "IAM_ORG_MANAGER", "IAM_LOGIN_CLIENT", "SYSTEM_OWNER")
    }


def test_what_is_possible_here() -> None:
    allowed = {permission for _, yes, permission in rights.capabilities(permitted("ORG_USER_MANAGER")) if yes}
    assert allowed == {
        "user.read",
        "user.write",
        "user.delete",
        "user.global.read",
        "user.membership.read",
        "org.read",
        "policy.read",
    }
    assert not any(yes for _, yes, _ in rights.capabilities([]))
    assert all(yes for _, yes, _ in rights.capabilities(permitted("IAM_OWNER")))


def test_capabilities_are_named_once_each() -> None:
    for column in zip(*rights.CAPABILITIES, strict=True):
        assert len(set(column)) == len(rights.CAPABILITIES) == 12


def test_the_tables_are_read_only_when_asked_for() -> None:
    program = (
        "import sys; import zitadel_tui.core.rights as rights; "
        "early = {'json', 'importlib.resources'} & set(sys.modules); rights.permissions('ORG_OWNER'); "
        "print(sorted(early), 'json' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={"PYTHONPATH": str(Path(zitadel_tui.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("[] True\n", "")
