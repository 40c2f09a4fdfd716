"""Searches lag behind writes; what is asked by id does not; too many members added at once clash."""

import asyncio
import time
from random import Random

import pytest

from tests.demo.conftest import MEMBERS, USERS, Make
from zitadel_tui.demo.tables import Projections

AN_HOUR = (3600.0, 3600.0)


async def test_a_search_does_not_show_a_new_member_at_once(api: Make) -> None:
    a = api(lag=AN_HOUR)
    before = await a.members()
    id = await a.person("late")
    added = await a.ask(f"POST {MEMBERS}", {"userId": id, "roles": ["ORG_OWNER_VIEWER"]})
    assert added.status_code == 200
    assert await a.members() == before
    assert (await a.get(f"GET {USERS}/{id}"))["user"]["userName"] == "late"
    again = await a.ask(f"POST {MEMBERS}", {"userId": id, "roles": ["ORG_OWNER_VIEWER"]})
    assert again.status_code == 409


async def test_after_the_lag_the_search_shows_it(api: Make) -> None:
    a = api(lag=(0.010, 0.050))
    id = await a.person("soon")
    await a.get(f"POST {MEMBERS}", {"userId": id, "roles": ["ORG_OWNER_VIEWER"]})
    give_up = time.monotonic() + 10
    while id not in {member["userId"] for member in await a.members()}:
        assert time.monotonic() < give_up


async def test_a_change_and_a_removal_lag_too(api: Make) -> None:
    a = api(lag=AN_HOUR)
    other = next(one for one in await a.members() if one["preferredLoginName"] != "onboarding-bot")
    path = f"{MEMBERS}/{other['userId']}"
    await a.get(f"PUT {path}", {"roles": ["ORG_PROJECT_CREATOR"]})
    await a.get(f"DELETE {path}")
    assert other in await a.members()
    assert (await a.ask(f"PUT {path}", {"roles": ["ORG_OWNER"]})).status_code == 404


async def test_the_sequence_of_the_organization_moves_with_every_membership_write(api: Make) -> None:
    a = api(lag=AN_HOUR)

    async def sequence() -> int:
        return int((await a.get("GET /management/v1/orgs/me"))["org"]["details"]["sequence"])

    before, id = await sequence(), await a.person("counted")
    assert await sequence() == before
    await a.get(f"POST {MEMBERS}", {"userId": id, "roles": ["ORG_OWNER_VIEWER"]})
    assert await sequence() == before + 1


async def test_writes_are_shown_in_their_order_also_when_the_lag_ends() -> None:
    projections = Projections(AN_HOUR, Random(1))
    shown: list[str] = []
    projections.later(lambda: shown.append("first"))
    projections.lag = (0.0, 0.0)
    projections.later(lambda: shown.append("second"))
    projections.catch_up()
    assert shown == []
    other = Projections((0.0, 0.0), Random(1))
    other.later(lambda: shown.append("at once"))
    assert shown == ["at once"]


async def test_a_removed_member_is_not_counted(api: Make) -> None:
    a = api()
    before = await a.get(f"POST {MEMBERS}/_search", {})
    await a.get(f"DELETE {MEMBERS}/{before['result'][0]['userId']}")
    after = await a.get(f"POST {MEMBERS}/_search", {})
    assert after["result"] == before["result"][1:]
    assert int(after["details"]["totalResult"]) == len(after["result"])


async def test_a_changed_membership_keeps_the_date_it_was_made(api: Make) -> None:
    times = iter(range(10_000))
    a = api(clock=lambda: 1_790_000_000.0 + next(times))
    id = await a.person("dated")
    added = await a.get(f"POST {MEMBERS}", {"userId": id, "roles": ["ORG_OWNER_VIEWER"]})
    changed = await a.get(f"PUT {MEMBERS}/{id}", {"roles": ["ORG_OWNER"]})
    again = await a.get(f"PUT {MEMBERS}/{id}", {"roles": ["ORG_OWNER"]})
    assert again == changed
    [details] = [one["details"] for one in await a.members() if one["userId"] == id]
    assert details["creationDate"] == added["details"]["creationDate"] < details["changeDate"]
    assert details["changeDate"] == changed["details"]["changeDate"]


@pytest.mark.parametrize(("at_once", "clash"), [(4, False), (16, True)])
async def test_of_more_than_four_members_added_at_once_some_are_refused(
    api: Make, at_once: int, clash: bool
) -> None:
    a = api()
    ids = [await a.person(f"p{number}") for number in range(160)]
    refused: list[str] = []

    async def add(id: str) -> None:
        answer = await a.ask(f"POST {MEMBERS}", {"userId": id, "roles": ["ORG_OWNER_VIEWER"]})
        if answer.status_code != 200:
            assert answer.status_code == 500
            assert answer.json()["code"] == 2
            assert "events2_pkey" in answer.json()["message"]
            refused.append(id)

    for start in range(0, len(ids), at_once):
        await asyncio.gather(*(add(id) for id in ids[start : start + at_once]))
    assert bool(refused) is clash
    assert len(refused) < 30
    members = {member["userId"] for member in await a.members()}
    assert members.isdisjoint(refused)
    assert members >= set(ids) - set(refused)


async def test_one_of_many_imports_of_the_same_name_wins(api: Make) -> None:
    a = api()
    body = {
        "userName": "race",
        "profile": {"firstName": "R", "lastName": "R"},
        "email": {"email": "race@example.test"},
        "password": "Sunshine-42!",
    }
    answers = await asyncio.gather(*(a.ask(f"POST {USERS}/human/_import", body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
