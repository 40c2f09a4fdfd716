"""What passwords must be, and which languages there are, for every account that can ask at all."""

import pytest

from tests.demo_clients import client_of, id_of
from zitadel_tui.core import policies, rules
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.server import Demo
from zitadel_tui.secret import Secret
from zitadel_tui.zitadel import errors

ORG_POLICY = "GET /management/v1/policies/password/complexity"
OWN_POLICY = "GET /auth/v1/policies/passwords/complexity"
LANGUAGES = "GET /management/v1/languages"


@pytest.fixture
def demo() -> Demo:
    demo = Demo(size=0, lag=(0, 0))
    for name, role in (("onboarding-bot", "ORG_OWNER"), ("user-manager-bot", "ORG_USER_MANAGER")):
        user = id_of(demo, name)
        demo.store.put_member(demo.store.default_org, user, (role,), user)
    return demo


def other(demo: Demo) -> str:
    return next(id for id in demo.store.orgs if id != demo.store.default_org)


@pytest.mark.parametrize("account", ["onboarding-bot", "user-manager-bot", "iam-bot"])
async def test_an_account_that_may_read_policies_gets_those_of_the_organization(
    demo: Demo, account: str
) -> None:
    own = demo.faults.add(Fault("slow"), OWN_POLICY, times=0)
    read = await policies.read(client_of(demo, account))
    assert read.password is not None
    assert [words for words, _ in rules.checklist(Secret(""), read.password)] == [
        "8+", "a-z", "A-Z", "0-9", "symbol",
    ]  # fmt: skip
    assert {"de", "en", "fr"} <= set(read.languages)
    assert own.hits == 0


async def test_an_account_without_permission_still_gets_those_of_the_own_organization(demo: Demo) -> None:
    read = await policies.read(client_of(demo, "nobody-bot"))
    assert read.password is not None
    assert read.password.length == 8


async def test_those_of_another_organization_are_not_taken_from_ones_own(demo: Demo) -> None:
    read = await policies.read(client_of(demo, "onboarding-bot", org_id=other(demo)))
    assert read.password is not None  # by the role on the instance
    own = demo.faults.add(Fault("slow"), OWN_POLICY, times=0)
    read = await policies.read(client_of(demo, "nobody-bot", org_id=other(demo)))
    assert (read.password, own.hits) == (None, 0)


async def test_every_account_reads_the_domain_policy_of_the_organization(demo: Demo) -> None:
    demo.store.set_domain_policy(demo.store.default_org, login_must_be_domain=True)
    for account in ("onboarding-bot", "nobody-bot"):
        read = await policies.domain(client_of(demo, account))
        assert read is not None
        assert (read.user_login_must_be_domain, read.is_default) == (True, False)
    read = await policies.domain(client_of(demo, "iam-bot", org_id=other(demo)))
    assert read is not None
    assert (read.user_login_must_be_domain, read.is_default) == (False, True)
    demo.faults.add(Fault(status=403, id="AUTH-5mWD2"), "GET /management/v1/policies/domain")
    assert await policies.domain(client_of(demo)) is None


async def test_nothing_that_may_be_read_is_no_failure(demo: Demo) -> None:
    for path in (ORG_POLICY, OWN_POLICY, LANGUAGES):
        demo.faults.add(Fault(status=403, id="AUTH-5mWD2"), path, times=0)
    assert await policies.read(client_of(demo, "iam-bot")) == policies.Policies()


@pytest.mark.parametrize("path", [ORG_POLICY, LANGUAGES])
async def test_a_server_that_is_away_is_a_failure(demo: Demo, path: str) -> None:
    demo.faults.add(Fault(status=503), path, times=0)
    with pytest.raises(errors.Unavailable):
        await policies.read(client_of(demo, "iam-bot", timeout=0.3))
