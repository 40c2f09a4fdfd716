"""Which role was meant: suggested by likeness, and never because it is powerful."""

import pytest

from tests.demo_clients import client_of
from zitadel_tui.core import rights, roles
from zitadel_tui.core.role_words import SUMMARIES
from zitadel_tui.demo.server import Demo
from zitadel_tui.failure import UsageFailure

OFFERED = [role for role in SUMMARIES if rights.level(role) == "organization"]


def refused(text: str, known: list[str] = OFFERED) -> UsageFailure:
    with pytest.raises(UsageFailure) as caught:
        roles.resolve(text, known)
    return caught.value


@pytest.mark.parametrize("text", ["ORG_USER_MANAGER", "org_user_manager", "Org_User_Manager"])
def test_case_does_not_matter(text: str) -> None:
    assert roles.resolve(text, OFFERED) == "ORG_USER_MANAGER"


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("ORG_OWNR", "ORG_OWNER"),
        ("owner", "ORG_OWNER"),
        ("ORG_OWNER_VEIWER", "ORG_OWNER_VIEWER"),
        ("org-owner-viewer", "ORG_OWNER_VIEWER"),
        ("ORG_USR_MANAGER", "ORG_USER_MANAGER"),
        ("VIEWER", "ORG_OWNER_VIEWER"),
        (
            "ORG_USER",
            "ORG_USER_MANAGER, ORG_USER_SELF_MANAGER, ORG_END_USER_IMPERSONATOR"
            " or ORG_USER_PERMISSION_EDITOR",
        ),
        ("editor permission", "ORG_USER_PERMISSION_EDITOR or ORG_PROJECT_PERMISSION_EDITOR"),
        ("ORG_ADMIN", "ORG_ADMIN_IMPERSONATOR"),
        ("self_management", "SELF_MANAGEMENT_GLOBAL"),
    ],
)
def test_what_is_like_it_is_suggested(text: str, suggested: str) -> None:
    assert refused(text).hint == f"Did you mean {suggested}?"


@pytest.mark.parametrize(
    "text", ["ORG_MEMBER", "ORG_BOSS", "ORG_", "", "X", "\x1b[31m", "x" * 5000, "\ud800"]
)
def test_what_is_like_none_gets_all_by_name_and_none_recommended(text: str) -> None:
    failure = refused(text)
    assert failure.hint == f"The roles of this organization: {', '.join(sorted(OFFERED))}."
    assert failure.summary.startswith("There is no role ")
    assert failure.summary.isprintable()


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("IAM_OWNER", "the instance"),
        ("iam_owner_viewer", "the instance"),
        ("PROJECT_OWNER", "a project"),
        ("PROJECT_GRANT_OWNER", "a project grant"),
        ("SYSTEM_OWNER", "the system"),
        ("IAM_OWNR", "the instance"),
    ],
)
def test_a_role_of_another_level_says_so_and_suggests_none(text: str, owner: str) -> None:
    failure = refused(text)
    assert f"is a role of {owner}" in failure.summary
    assert "Did you mean" not in failure.hint
    assert "ORG_USER_MANAGER" in failure.hint


def test_a_role_that_the_operator_added_is_found() -> None:
    assert roles.resolve("org_auditor", ["ORG_OWNER", "ORG_AUDITOR"]) == "ORG_AUDITOR"
    assert refused("auditors", ["ORG_OWNER", "ORG_AUDITOR"]).hint == "Did you mean ORG_AUDITOR?"


async def test_roles_are_offered_most_powerful_first_where_they_may_be_listed() -> None:
    demo = Demo(lag=(0, 0))
    offered = await roles.offered(client_of(demo))
    assert offered[0] == "ORG_OWNER"
    assert offered == await roles.offered_if_readable(client_of(demo))
    assert await roles.offered_if_readable(client_of(demo, "user-manager-bot")) is None
