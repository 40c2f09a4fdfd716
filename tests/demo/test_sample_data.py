"""The company in the demo: what it shows, that it holds together, that it is always the same."""

from collections import Counter
from typing import Any

import pytest

from tests import hostile
from tests.demo.conftest import MEMBERS, USERS, Make
from zitadel_tui.demo.generated_members import GeneratedMembers
from zitadel_tui.demo.server import Demo

CLOCK = 1_790_000_000.0


async def test_some_sixty_members_three_of_them_owners_and_every_state_among_them(api: Make) -> None:
    a = api()
    members = await a.members()
    assert 50 <= len(members) <= 80
    assert sum("ORG_OWNER" in member["roles"] for member in members) == 3
    users = {user["id"]: user for user in (await a.get(f"POST {USERS}/_search", {}))["result"]}
    assert len(users) > 300
    states = Counter(users[m["userId"]]["state"] for m in members if m["userId"] in users)
    assert {"USER_STATE_ACTIVE", "USER_STATE_INITIAL", "USER_STATE_INACTIVE", "USER_STATE_LOCKED"} == set(
        states
    )
    assert {member["userType"] for member in members} == {"TYPE_HUMAN", "TYPE_MACHINE"}


async def test_there_are_guests_and_four_administrators_of_the_instance_who_are_not_members(
    api: Make,
) -> None:
    a = api()
    members = await a.members()
    own = (await a.get("GET /auth/v1/users/me"))["user"]["details"]["resourceOwner"]
    assert sum(member["userResourceOwner"] != own for member in members) >= 3
    administrators = (await a.get("POST /admin/v1/members/_search", {}))["result"]
    outside = {member["userId"] for member in administrators} - {member["userId"] for member in members}
    assert len(outside) == 4
    newest = {"sortingColumn": "MEMBER_FIELD_NAME_CREATION_DATE"}
    dates = [
        m["details"]["creationDate"]
        for m in (await a.get("POST /admin/v1/members/_search", newest))["result"]
    ]
    assert dates == sorted(dates, reverse=True) != sorted(dates)


async def test_names_that_attack_and_names_that_break_things_are_among_the_members(api: Make) -> None:
    names = [member.get("displayName", "") for member in await api().members()]
    for piece in (
        "\x1b]52",
        "\x07",
        "\u202e",
        "[/foo]",
        "[@click=app.quit]",
        "\n",
        "\x00",
        "=cmd|",
        "日本",
        "\u200d",
    ):
        assert any(piece in name for name in names), piece
    assert max(map(len, names)) >= 200
    assert Counter(names).most_common(1)[0][1] == 4
    assert max(len(member["preferredLoginName"]) for member in await api().members()) >= 300


def test_the_hostile_names_are_of_the_kinds_that_every_layer_is_tested_with() -> None:
    demo = Demo()
    text = "".join(user.shown_name for user in demo.store.users.values())
    assert all(control in text for control in "\x1b\x9b\x07\x08\r\n\t\x00\u202e\u2066")
    assert hostile.ALL


def _everything(demo: Demo) -> list[Any]:
    store = demo.store
    tables = [list(store.users.values()), *(list(table.values()) for table in store.members.values())]
    return [*tables, list(store.orgs.values()), [list(h.oldest_first()) for h in store.histories.values()]]


def test_the_same_seed_and_time_make_the_same_data() -> None:
    one, other = (Demo(seed=7, clock=lambda: CLOCK) for _ in range(2))
    assert _everything(one) == _everything(other)
    assert _everything(one) != _everything(Demo(seed=8, clock=lambda: CLOCK))


@pytest.mark.parametrize("size", [None, 500])
def test_histories_agree_with_the_data(size: int | None) -> None:
    store = Demo(clock=lambda: CLOCK, size=size).store
    for org, table in ((id, store.members[id]) for id in store.orgs):
        events = {event.sequence: event for event in store.history(org).oldest_first()}
        assert list(events) == list(range(1, len(events) + 1))
        times = [event.at for event in events.values()]
        assert times == sorted(times)
        assert times[-1] <= CLOCK
        for member in table.values():
            event = events[member.sequence]
            assert event.type in ("org.member.added", "org.member.changed")
            assert event.at == member.changed
    for user in store.users.values():
        events = {event.sequence: event for event in store.history(user.id).oldest_first()}
        assert events[user.sequence].at == user.changed
        assert all(event.editor == "SYSTEM" or store.users.get(event.editor) for event in events.values())


async def test_histories_tell_of_the_last_hours_and_of_years_ago(api: Make) -> None:
    a = api(clock=lambda: CLOCK)
    changes = (await a.get("POST /management/v1/orgs/me/changes/_search", {}))["result"]
    times = [event.at for event in a.demo.store.history(a.demo.store.default_org).oldest_first()]
    assert len(changes) == len(times)
    assert times[-1] > CLOCK - 6 * 3600
    assert times[0] < CLOCK - 600 * 86400
    first = changes[0]
    assert first["editorDisplayName"]
    assert first["editorPreferredLoginName"]
    assert first["eventType"]["key"].startswith("EventTypes.org.member.")


@pytest.mark.parametrize("size", [1, 3, 20, 61, 62, 1000])
async def test_a_size_is_the_number_of_members(api: Make, size: int) -> None:
    a = api(size=size)
    answer = await a.get(f"POST {MEMBERS}/_search", {})
    assert answer["details"]["totalResult"] == str(size)
    assert len({member["userId"] for member in answer["result"]}) == size


async def test_a_hundred_thousand_members_are_not_made_before_a_user_asks(api: Make) -> None:
    a = api(size=100_000)
    assert len(a.demo.store.histories) < 1000
    answer = await a.get(f"POST {MEMBERS}/_search", {"query": {"offset": "70000", "limit": 5}})
    assert answer["details"]["totalResult"] == "100000"
    assert len(answer["result"]) == 5


@pytest.mark.parametrize("count", [0, 1, 1000, 7919, 3 * 7919])
def test_generated_members_are_as_many_as_asked_for(count: int) -> None:
    generated = GeneratedMembers(count, org="1", editor="2", begin=CLOCK - 1e6, end=CLOCK)
    assert len(set(generated.ids)) == len(generated.ids) == count


@pytest.mark.parametrize("limit", [7, 50, 1000])
@pytest.mark.parametrize("size", [None, 700])
async def test_pages_bring_each_member_once_and_in_no_order(api: Make, limit: int, size: int | None) -> None:
    a = api(size=size)
    everybody = [member["userId"] for member in await a.members()]
    paged: list[str] = []
    while page := await a.members(offset=str(len(paged)), limit=limit):
        paged += [member["userId"] for member in page]
    assert paged == everybody
    assert len(set(paged)) == len(paged)
    assert everybody != sorted(everybody)


async def test_generated_members_are_users_like_others(api: Make) -> None:
    a = api(size=2000)
    members = await a.members()
    one = next(member for member in members if member["preferredLoginName"].endswith(".1000"))
    id = one["userId"]
    found = await a.get(
        f"GET /management/v1/global/users/_by_login_name?loginName={one['preferredLoginName']}"
    )
    assert found["user"]["id"] == id
    assert (await a.get(f"GET {USERS}/{id}"))["user"]["human"]["email"]["email"] == one["email"]
    taken = {"userName": one["preferredLoginName"].upper(), "profile": {"firstName": "A", "lastName": "B"}}
    assert (
        await a.ask(f"POST {USERS}/human/_import", taken | {"email": {"email": "a@b.test"}})
    ).status_code == 409

    changed = await a.get(f"PUT {MEMBERS}/{id}", {"roles": ["ORG_PROJECT_CREATOR"]})
    members = await a.members()
    assert [member["roles"] for member in members if member["userId"] == id] == [["ORG_PROJECT_CREATOR"]]
    history = (await a.get("POST /management/v1/orgs/me/changes/_search", {"query": {"limit": 1}}))["result"]
    assert history[0]["sequence"] == changed["details"]["sequence"]

    await a.get(f"POST {USERS}/{id}/_lock", {})
    assert len((await a.get(f"POST {USERS}/{id}/changes/_search", {}))["result"]) == 3
    await a.get(f"DELETE {USERS}/{id}")
    assert id not in {member["userId"] for member in await a.members()}
    assert len(await a.members()) == 1999
    assert (await a.ask(f"GET {USERS}/{id}")).status_code == 404
