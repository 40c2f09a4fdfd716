"""Lists of projects and of the users who have roles in one: what a filter finds, and in which order."""

import pytest

from zitadel_tui.core.collection import Collection
from zitadel_tui.core.projects import (
    GRANT_FIELDS,
    PROJECT_SCHEMA,
    Project,
    grant_schema,
    holder_login,
    holder_name,
    member_of,
)
from zitadel_tui.core.search import parse
from zitadel_tui.zitadel.wire.base import Details
from zitadel_tui.zitadel.wire.members import HUMAN, MACHINE
from zitadel_tui.zitadel.wire.projects import GRANT_INACTIVE, UserGrant

PROJECTS = (
    Project("1", "payroll"),
    Project("2", "Billing", is_active=False),
    Project("3", "Archive", owner="Globex"),
    Project("4", "CRM", owner="acme"),
)
ADA = UserGrant(
    id="a",
    details=Details(creation_date="2026-02-03T04:05:06Z"),
    user_id="91",
    user_name="ada",
    preferred_login_name="ada@acme.test",
    first_name="Ada",
    last_name="Lovelace",
    email="countess@acme.test",
    user_type=HUMAN,
    role_keys=("viewer", "clerk"),
    granted_org_id="7",
)
BOT = UserGrant(
    id="b",
    details=Details(creation_date="2026-01-03T04:05:06Z"),
    user_id="92",
    user_name="Builder",
    user_type=MACHINE,
    role_keys=("viewer-bot",),
    state=GRANT_INACTIVE,
)
ZOE = UserGrant(id="c", user_id="93", user_name="zoe", display_name="Zoë", user_type=HUMAN)


def projects(text: str = "", by: str = "name") -> list[str]:
    known = Collection(PROJECT_SCHEMA)
    known.extend(PROJECTS)
    return known.arrange(parse(text, ()), by=by).ids


def holders(text: str = "", by: str = "name", *role_keys: str) -> list[str]:
    known = Collection(grant_schema(role_keys))
    known.extend((ADA, BOT, ZOE))
    return known.arrange(parse(text, GRANT_FIELDS), by=by).ids


@pytest.mark.parametrize(
    ("by", "expected"),
    [("name", ["2", "1", "3", "4"]), ("state", ["2", "3", "4", "1"]), ("owner", ["2", "1", "4", "3"])],
)
def test_projects_are_sorted_in_any_case_those_of_others_last_by_name(by: str, expected: list[str]) -> None:
    assert projects(by=by) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("BILL", ["2"]), ("globex", ["3"]), ("4", ["4"]), ("nothing", [])]
)
def test_a_filter_finds_projects(text: str, expected: list[str]) -> None:
    assert projects(text) == expected


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("name", ["a", "b", "c"]),
        ("login", ["a", "b", "c"]),
        ("roles", ["a", "b", "c"]),
        ("since", ["c", "b", "a"]),
    ],
)
def test_holders_are_sorted_and_who_has_no_role_comes_last_by_roles(by: str, expected: list[str]) -> None:
    assert holders(by=by) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lovelace", ["a"]),
        ("ada@acme", ["a"]),
        ("countess", ["a"]),
        ("builder", ["b"]),
        ("93", ["c"]),
        ("clerk", ["a"]),
        ("kind:service", ["b"]),
        ("kind:h", ["a", "c"]),
        ("state:inactive", ["b"]),
        ("state:a", ["a", "c"]),
        ("role:view", ["a", "b"]),
        ("role:view role:clerk", ["a"]),
        ("role:VIEWER", ["a"]),
        ("role:VIEWER kind:service", []),
        ("role: kind: state:", ["a", "b", "c"]),
    ],
)
def test_a_filter_finds_holders_and_a_role_that_there_is_means_that_role(
    text: str, expected: list[str]
) -> None:
    assert holders(text, "name", "Viewer", "clerk") == expected


def test_a_word_that_is_no_role_of_the_project_means_all_roles_with_it() -> None:
    assert holders("role:viewer", "name", "clerk") == ["a", "b"]


def test_holders_are_named_as_far_as_grants_tell() -> None:
    grants = (ADA, BOT, ZOE, UserGrant(id="d", user_id="94"))
    assert [holder_name(grant) for grant in grants] == ["Ada Lovelace", "Builder", "Zoë", "94"]
    assert [holder_login(grant) for grant in grants] == ["ada@acme.test", "Builder", "zoe", ""]
    ada = member_of(ADA)
    assert (ada.user_id, ada.display_name, ada.preferred_login_name) == (
        "91",
        "Ada Lovelace",
        "ada@acme.test",
    )
    assert (ada.email, ada.user_type, ada.user_resource_owner) == ("countess@acme.test", HUMAN, "7")
    assert (ada.first_name, ada.last_name, ada.roles) == ("Ada", "Lovelace", ())
