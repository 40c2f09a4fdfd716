"""Listing the organizations that an account may act in, and finding one by text."""

from dataclasses import replace

import pytest

from tests.demo_clients import client_of
from zitadel_tui.core import organizations
from zitadel_tui.core.organizations import find, list_accessible
from zitadel_tui.core.session import open_session
from zitadel_tui.demo.server import Demo
from zitadel_tui.failure import UsageFailure
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel import calls
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.traffic import Gates


@pytest.fixture
def demo() -> Demo:
    return Demo(size=0, lag=(0, 0))


def org_of(demo: Demo, name: str) -> str:
    return next(org.id for org in demo.store.orgs.values() if org.name == name)


def rename(demo: Demo, name: str, another: str) -> None:
    org = demo.store.orgs[org_of(demo, name)]
    demo.store.orgs[org.id] = replace(org, name=another)


async def test_an_instance_viewer_has_access_to_every_organization(demo: Demo) -> None:
    found = await list_accessible(client_of(demo, "iam-bot"))
    assert {place.id for place in found} == set(demo.store.orgs)
    assert [place.name for place in found] == sorted((place.name for place in found), key=str.casefold)
    assert all(place.instance_roles for place in found)
    assert [place.is_own for place in found].count(True) == 1


async def test_an_account_of_one_organization_has_access_to_that_only(demo: Demo) -> None:
    (only,) = await list_accessible(client_of(demo, "globex-bot"))
    assert (only.name, only.roles, only.is_own, only.is_active) == ("Globex", ("ORG_OWNER",), True, True)


async def test_a_membership_elsewhere_is_listed_with_its_roles(demo: Demo) -> None:
    bot, globex = client_of(demo, "globex-bot"), org_of(demo, "Acme Corp")
    user = demo.store.user_named("globex-bot")
    assert user is not None
    demo.store.put_member(globex, user.id, ("ORG_USER_MANAGER",), user.id)
    found = {place.name: place.roles for place in await list_accessible(bot)}
    assert found == {"Globex": ("ORG_OWNER",), "Acme Corp": ("ORG_USER_MANAGER",)}


async def test_hidden_organizations_do_not_end_the_list_early(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is filtered after paging: the first may be empty although more follow."""
    monkeypatch.setattr(organizations, "_PAGE", 1)
    assert [place.name for place in await list_accessible(client_of(demo, "globex-bot"))] == ["Globex"]


@pytest.mark.parametrize("text", ["Globex", "gLOBEX", "globex.zitadel.example", "GLOBEX.zitadel.example"])
async def test_a_name_or_domain_is_found_whatever_its_case(demo: Demo, text: str) -> None:
    assert await find(client_of(demo, "iam-bot"), text) == org_of(demo, "Globex")


async def test_the_own_organization_is_addressed_without_a_header(demo: Demo) -> None:
    assert await find(client_of(demo, "globex-bot"), "Globex") == ""


async def test_an_id_that_is_not_a_number_is_found(demo: Demo) -> None:
    org = next(iter(demo.store.orgs.values()))
    assert await find(client_of(demo, "iam-bot"), org.id) in ("", org.id)


async def test_an_unknown_or_ambiguous_organization_is_refused(demo: Demo) -> None:
    client = client_of(demo, "iam-bot")
    with pytest.raises(UsageFailure, match="not act"):
        await find(client, "nowhere")
    rename(demo, "Initech GmbH", "globex")
    with pytest.raises(UsageFailure) as caught:
        await find(client, "GLOBEX")
    assert "2 organizations are called" in caught.value.summary
    assert org_of(demo, "Globex") in caught.value.summary
    assert await find(client, "Globex") == org_of(demo, "Globex")


async def test_a_name_of_digits_is_a_name_and_an_id_comes_first(demo: Demo) -> None:
    rename(demo, "Globex", "2024")
    client = client_of(demo, "iam-bot")
    assert not organizations.is_id("2024")
    assert await find(client, "2024") == org_of(demo, "2024")
    initech = org_of(demo, "Initech GmbH")
    assert organizations.is_id(initech)
    rename(demo, "2024", initech)
    assert client.tokens.notes == []
    assert await find(client, initech) == initech
    (note,) = client.tokens.notes
    assert "the name of another one" in note


async def test_a_session_looks_the_organization_up_once_before_its_first_call(demo: Demo) -> None:
    session = open_session(Settings(demo=True, org="Globex"), local=lambda: demo)
    client: Client = session.client
    identity = await session.identify()
    assert identity.organization == client.org_id == org_of(demo, "Globex")
    assert "x-zitadel-orgid" in session.curl(calls.my_organization())


async def test_after_a_failed_search_the_next_call_searches_again(demo: Demo) -> None:
    session = open_session(Settings(demo=True, org="Later Inc"), local=lambda: demo)
    with pytest.raises(UsageFailure):
        await session.identify()
    rename(demo, "Globex", "Later Inc")
    assert (await session.identify()).organization == org_of(demo, "Later Inc")


async def test_a_second_session_is_in_the_same_organization_before_the_first_request(demo: Demo) -> None:
    session = open_session(Settings(demo=True, org="Globex"), local=lambda: demo)
    beside = session.beside(limiter=Gates(), journal=session.journal)
    assert (await beside.identify()).organization == org_of(demo, "Globex")
    await beside.close()
    await session.close()
