"""Who is signed in: what it is called, where it is, and what it may do there."""

from typing import Any

import pytest

from tests.canned import Canned, Reply
from tests.demo_clients import client_of
from zitadel_tui.core.account import Account, identify, own_permissions
from zitadel_tui.demo.server import Demo
from zitadel_tui.zitadel.wire.members import Membership
from zitadel_tui.zitadel.wire.organizations import Organization
from zitadel_tui.zitadel.wire.users import User

HELD = ("org.read", "user.grant.write:111", "user.grant.write:222", "project.read:111")
HERE = Membership(org_id="1", display_name="Acme", roles=("ORG_OWNER_VIEWER", "ORG_OWNER"))
ELSEWHERE = Membership(org_id="2", display_name="Globex", roles=("ORG_PROJECT_CREATOR",))
INSTANCE = Membership(iam=True, roles=("IAM_OWNER_VIEWER",))


def account(**fields: Any) -> Account:
    known: dict[str, Any] = {
        "user": User(id="9", user_name="ada"),
        "organization": None,
        "memberships": (ELSEWHERE, HERE, INSTANCE),
        "permissions": HELD,
        "org_id": "1",
    }
    return Account(**known | fields)


@pytest.mark.parametrize(
    ("project_id", "expected"),
    [("", {"org.read"}), ("111", {"org.read", "user.grant.write", "project.read"}), ("11", {"org.read"})],
)
async def test_what_an_account_may_do_in_a_project_is_what_it_may_do_there_and_everywhere(
    project_id: str, expected: set[str]
) -> None:
    client = Canned(lambda asked: Reply({"result": HELD})).client()
    assert await own_permissions(client, project_id=project_id) == expected


def test_what_may_be_done_in_a_project_may_be_done_somewhere_and_not_everywhere() -> None:
    asked = ("org.read", "user.grant.write", "user.write")
    assert [account().may(one) for one in asked] == [True, False, False]
    assert [account().may_somewhere(one) for one in asked] == [True, True, False]


def test_the_organization_is_named_as_far_as_it_is_known() -> None:
    assert account(organization=Organization(id="1", name="Acme Corp")).organization_name == "Acme Corp"
    assert account().organization_name == "Acme"
    assert account(memberships=(ELSEWHERE,)).organization_name == "1"


def test_roles_here_are_those_of_the_organization_and_of_the_instance() -> None:
    assert set(account().roles_here) == {"ORG_OWNER", "ORG_OWNER_VIEWER", "IAM_OWNER_VIEWER"}


def test_an_account_is_called_by_its_login_name_its_user_name_or_its_id() -> None:
    assert account(user=User(id="9", user_name="ada", preferred_login_name="ada@acme.test")).name == (
        "ada@acme.test"
    )
    assert (account().name, account(user=User(id="9")).name) == ("ada", "9")


async def test_an_account_that_may_read_little_is_still_identified() -> None:
    demo = Demo(size=0)
    found = await identify(client_of(demo, "nobody-bot"))
    assert (found.name, found.organization, found.org_id) == ("nobody-bot", None, demo.store.default_org)
    other = next(id for id in demo.store.orgs if id != found.org_id)
    assert (await identify(client_of(demo, "iam-bot", org_id=other))).org_id == other
