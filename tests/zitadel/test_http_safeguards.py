"""What the transport never does: follow, keep cookies, flood, write when read-only, leave its path."""

import asyncio

import pytest

from tests.canned import ReceivedRequest, Reply
from tests.sockets import Answer, SocketServer, closed_origin
from tests.zitadel.sending import MEMBER_ADDED, READ, WRITE, scripted, until
from zitadel_tui.secret import Secret
from zitadel_tui.zitadel import calls, endpoints, errors
from zitadel_tui.zitadel.auth import PersonalAccessToken
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.endpoints import TABLE, Endpoint
from zitadel_tui.zitadel.http import Transport
from zitadel_tui.zitadel.traffic import MOST_IN_FLIGHT, MOST_MEMBERSHIP_WRITES, Request
from zitadel_tui.zitadel.wire.users import ImportHuman


async def test_a_redirect_is_not_followed_and_the_token_goes_nowhere() -> None:
    async with SocketServer(scripted(Reply({}))) as other:
        moved = Reply("", 307, {"location": f"{other.origin}/auth/v1/users/me?code=x"})
        async with SocketServer(scripted(moved)) as server:
            client = Client(Transport(server.origin), PersonalAccessToken(Secret("planted")))
            with pytest.raises(errors.NotZitadel) as caught:
                await client.send(calls.my_user())
            await client.transport.close()
        assert other.connections == 0
        assert other.origin in caught.value.hint
        assert "code=x" not in caught.value.hint


async def test_cookies_are_not_kept() -> None:
    reply = Reply({}, headers={"set-cookie": "zitadel.useragent=1; Path=/; Max-Age=9999"})
    async with SocketServer(scripted(reply)) as server:
        transport = Transport(server.origin)
        await transport.send(Request(READ))
        await transport.send(Request(READ))
        await transport.close()
    assert len(server.asked) == 2
    assert not [asked for asked in server.asked if "cookie" in asked.headers]


async def test_texts_are_asked_for_in_english_and_the_client_says_what_it_is() -> None:
    async with SocketServer(scripted(Reply({}))) as server:
        transport = Transport(server.origin)
        await transport.send(Request(READ))
        await transport.close()
    (asked,) = server.asked
    assert asked.headers["accept-language"] == "en"
    assert asked.headers["user-agent"].startswith("zitadel-tui/")


async def test_the_connection_is_kept_for_the_next_request() -> None:
    async with SocketServer(scripted(Reply({}))) as server:
        transport = Transport(server.origin)
        for _ in range(5):
            await transport.send(Request(READ))
        await transport.close()
    assert server.connections == 1


@pytest.mark.parametrize(
    ("endpoint", "limit"), [(READ, MOST_IN_FLIGHT), (WRITE, MOST_MEMBERSHIP_WRITES)], ids=["reads", "members"]
)
async def test_at_most_so_many_requests_are_in_flight(endpoint: Endpoint, limit: int) -> None:
    gate = asyncio.Event()
    now, most = 0, 0

    async def handler(asked: ReceivedRequest) -> Answer:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await gate.wait()
        now -= 1
        return Reply({})

    async with SocketServer(handler) as server:
        transport = Transport(server.origin)
        tasks = [asyncio.create_task(transport.send(Request(endpoint))) for _ in range(30)]
        await until(lambda: now == limit)
        gate.set()
        answers = await asyncio.gather(*tasks)
        await transport.close()
    assert [answer.status for answer in answers] == [200] * 30
    assert most == limit


async def test_every_write_of_the_table_is_refused_when_read_only() -> None:
    writes = [endpoint for endpoint in TABLE.values() if endpoint.writes]
    reads = [endpoint for endpoint in TABLE.values() if not endpoint.writes]
    assert len(writes) >= 3
    assert len(reads) >= 15
    async with SocketServer(scripted(Reply({}))) as server:
        transport = Transport(server.origin, read_only="it is tested")
        for endpoint in writes:
            with pytest.raises(errors.ReadOnly, match=endpoint.name):
                await transport.send(Request(endpoint))
        assert server.asked == []
        for endpoint in reads:
            assert (await transport.send(Request(endpoint))).status == 200
        await transport.close()
    assert len(server.asked) == len(reads)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_nothing_with_a_method_that_changes_is_called_reading(method: str) -> None:
    assert not [row for row in TABLE.values() if row.method == method and not row.writes]


async def test_what_the_table_does_not_know_is_refused_when_read_only() -> None:
    forged = Endpoint(READ.name, READ.method, READ.path)
    unknown = Endpoint("events", "POST", "/admin/v1/events/_search")
    async with SocketServer(scripted(Reply({}))) as server:
        transport = Transport(server.origin, read_only="it is tested")
        for endpoint in (forged, unknown):
            with pytest.raises(errors.ReadOnly):
                await transport.send(Request(endpoint))
        await transport.close()
    assert server.asked == []


async def test_a_change_is_refused_before_it_is_sent_when_read_only() -> None:
    async with SocketServer(scripted(Reply({}))) as server:
        client = Client(Transport(server.origin, read_only="it is tested"), PersonalAccessToken(Secret("t")))
        for call in (
            calls.add_member("1", ["ORG_OWNER"]),
            calls.change_member("1", []),
            calls.import_human(ImportHuman()),
        ):
            with pytest.raises(errors.ReadOnly):
                await client.send(call)
        await client.transport.close()
    assert server.asked == []


async def test_after_closing_nothing_is_sent_and_that_is_reported() -> None:
    transport = Transport(closed_origin())
    await transport.close()
    with pytest.raises(errors.Unavailable, match="closed"):
        await transport.send(Request(READ))


@pytest.mark.parametrize(
    "user_id", ["..", "../../../../admin/v1/members", "a/b", "a?b=c", "a#b", "%2e%2e", "ü"]
)
async def test_no_id_leads_to_another_path(user_id: str) -> None:
    async with SocketServer(scripted(MEMBER_ADDED)) as server:
        client = Client(Transport(server.origin), PersonalAccessToken(Secret("t")))
        await client.send(calls.change_member(user_id, ["ORG_OWNER"]))
        await client.transport.close()
    (asked,) = server.asked
    prefix = endpoints.CHANGE_MEMBER.path.removesuffix("{user_id}")
    assert asked.path.startswith(prefix)
    rest = asked.path.removeprefix(prefix)
    assert rest
    assert not set(rest) & set("/.?#")
    assert asked.query == ""
