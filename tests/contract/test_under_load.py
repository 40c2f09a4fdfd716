"""What was recorded of many callers at once and of a server that is starting: single answers, no run."""

import asyncio
from collections import Counter
from typing import Any

import httpx

from tests.contract.recordings import FIRST, Exchange, recorded
from tests.contract.replay import Ids, Replay
from zitadel_tui.demo.faults import Fault

CONTENTION, IMPORTED, TAKEN, CHANGED, STARTING = recorded("under-load")
MEMBERS, IMPORT = "/management/v1/orgs/me/members", IMPORTED.path


class Load:
    """A demo on which the first run would begin, asked by many callers at once."""

    def __init__(self) -> None:
        self.replay = Replay(FIRST, legacy=False)
        self.client = self.replay.client()
        self.client.headers["Authorization"] = f"Bearer {self.replay.tokens['pat']}"

    async def at_once(self, method: str, path: str, bodies: list[Any]) -> list[httpx.Response]:
        return await asyncio.gather(*(self.client.request(method, path, json=body) for body in bodies))

    async def new_users(self, count: int) -> list[str]:
        body = IMPORTED.request["body"]
        answers = await self.at_once("POST", IMPORT, [body | {"userName": f"u{n}"} for n in range(count)])
        return [answer.json()["userId"] for answer in answers]

    def as_recorded(self, answer: httpx.Response, *exchanges: Exchange) -> bool:
        """Whether it is one of the recorded answers; their sequences come from a run that is not here."""
        found = [self.replay.compare(exchange, answer, Ids()) for exchange in exchanges]
        return any({one.path for one in differences} <= {".details.sequence"} for differences in found)


async def test_of_eight_imports_of_one_user_name_at_once_one_is_accepted() -> None:
    load = Load()
    answers = await load.at_once("POST", IMPORT, [IMPORTED.request["body"]] * 8)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 7}
    assert all(load.as_recorded(answer, IMPORTED, TAKEN) for answer in answers)


async def test_eight_changes_of_one_member_at_once_are_all_accepted() -> None:
    load = Load()
    [user] = await load.new_users(1)
    await load.client.post(MEMBERS, json={"userId": user, "roles": ["ORG_OWNER_VIEWER"]})
    roles = ("ORG_OWNER", "ORG_OWNER_VIEWER", "ORG_USER_MANAGER", "ORG_PROJECT_CREATOR") * 2
    for _ in range(20):
        answers = await load.at_once("PUT", f"{MEMBERS}/{user}", [{"roles": [role]} for role in roles])
        assert all(load.as_recorded(answer, CHANGED) for answer in answers)
    search = {"queries": [{"userIdQuery": {"userId": user}}]}
    [member] = (await load.client.post(f"{MEMBERS}/_search", json=search)).json()["result"]
    assert member["roles"][0] in roles


async def test_of_sixteen_members_added_at_once_some_are_refused_by_contention() -> None:
    load = Load()
    roles = CONTENTION.request["body"]["roles"]
    refused = 0
    users = await load.new_users(80)
    for start in range(0, len(users), 16):
        bodies = [{"userId": user, "roles": roles} for user in users[start : start + 16]]
        for answer in await load.at_once("POST", MEMBERS, bodies):
            assert answer.status_code == 200 or load.as_recorded(answer, CONTENTION)
            refused += answer.status_code != 200
    assert 0 < refused < 20


async def test_a_server_that_is_starting_is_a_fault_on_order() -> None:
    load = Load()
    fault = Fault(status=503, message=STARTING.body["message"])
    load.replay.demo.faults.add(fault, f"{STARTING.method} {STARTING.path}")
    answer = await load.client.request(STARTING.method, STARTING.path)
    assert answer.status_code == STARTING.status
    assert answer.json() == STARTING.body
    assert answer.headers["content-type"] == STARTING.headers["content-type"]
