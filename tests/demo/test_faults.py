"""Scripted faults."""

import asyncio
from typing import Any

import pytest

from tests.demo.conftest import MEMBERS, USERS, Make
from zitadel_tui.demo.faults import Fault

SEARCH = f"POST {MEMBERS}/_search"


@pytest.mark.parametrize(("status", "code"), [(401, 16), (403, 7), (409, 6), (429, 8), (500, 2), (503, 14)])
async def test_a_status_comes_in_the_envelope_of_the_gateway(api: Make, status: int, code: int) -> None:
    a = api()
    a.demo.faults.add(Fault(status=status, message="no", id="TEST-1", retry_after="7"), SEARCH)
    answer = await a.ask(SEARCH, {})
    assert answer.status_code == status
    assert answer.headers["retry-after"] == "7"
    assert answer.json()["code"] == code
    assert answer.json()["message"] == "no (TEST-1)"
    assert answer.json()["details"][0]["id"] == "TEST-1"
    assert (await a.ask(SEARCH, {})).status_code == 200


async def test_a_fault_without_retry_after_has_no_such_header(api: Make) -> None:
    a = api()
    a.demo.faults.add(Fault(status=429))
    assert "retry-after" not in (await a.ask(SEARCH, {})).headers


async def test_faults_count_and_match(api: Make) -> None:
    a = api()
    rule = a.demo.faults.add(Fault(status=503), f"POST {MEMBERS}*", times=2, after=1)
    statuses = [(await a.ask(SEARCH, {})).status_code for _ in range(4)]
    assert statuses == [200, 503, 503, 200]
    assert rule.hits == 2
    a.demo.faults.add(Fault(status=500), "GET *", times=0)
    assert [(await a.ask("GET /auth/v1/users/me")).status_code for _ in range(3)] == [500] * 3
    assert (await a.ask(SEARCH, {})).status_code == 200
    a.demo.faults.clear()
    assert (await a.ask("GET /auth/v1/users/me")).status_code == 200


async def test_half_an_answer_is_no_json(api: Make) -> None:
    a = api()
    a.demo.faults.add(Fault("truncated"), SEARCH)
    answer = await a.ask(SEARCH, {})
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"\w"):
        answer.json()


@pytest.mark.parametrize("status", [200, 502])
async def test_a_page_of_a_proxy(api: Make, status: int) -> None:
    a = api()
    a.demo.faults.add(Fault("html", status=status, message="502 Bad Gateway"), SEARCH)
    answer = await a.ask(SEARCH, {})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html"
    assert "Bad Gateway" in answer.text


async def test_a_redirect_names_another_host(api: Make) -> None:
    a = api()
    a.demo.faults.add(Fault("redirect", location="https://evil.example/x"), SEARCH)
    answer = await a.ask(SEARCH, {})
    assert (answer.status_code, answer.headers["location"]) == (302, "https://evil.example/x")


async def _is_member(a: Any, id: str) -> bool:
    return id in {member["userId"] for member in await a.members()}


async def test_a_withheld_answer_leaves_the_write_done(api: Make) -> None:
    a = api()
    id = await a.person("withheld")
    a.demo.faults.add(Fault("withheld"), f"POST {MEMBERS}")
    answer = await a.ask(f"POST {MEMBERS}", {"userId": id, "roles": ["ORG_OWNER_VIEWER"]})
    assert answer.status_code == 504
    assert answer.headers["content-type"] == "text/html"
    assert await _is_member(a, id)


async def test_an_answer_that_never_comes_leaves_the_write_done(api: Make) -> None:
    a = api()
    id = await a.person("hanging")
    a.demo.faults.add(Fault("hang"), f"POST {MEMBERS}")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(a.ask(f"POST {MEMBERS}", {"userId": id, "roles": ["ORG_OWNER_VIEWER"]}), 0.2)
    assert await _is_member(a, id)


async def test_slow_and_latency_are_waited_for(api: Make) -> None:
    a = api()
    a.demo.faults.add(Fault("slow", seconds=3600), SEARCH)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(a.ask(SEARCH, {}), 0.05)
    a.demo.knobs.latency = 3600
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(a.ask(SEARCH, {}), 0.05)


async def test_a_plain_password_takes_its_time(api: Make) -> None:
    a = api(password_cost=3600)
    await a.person("no-password")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(a.person("with-password", password="Sunshine-42!"), 0.05)
    assert (await a.get(f"GET {USERS}/_is_unique?userName=with-password"))["isUnique"]
