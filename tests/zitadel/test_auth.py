"""Signing in with a key file, against the demo: fresh, renewed, shared, helped."""

import asyncio
import threading

import pytest

from tests.canned import ORIGIN, Canned, Reply
from tests.zitadel.signing import (
    ALIAS,
    Watched,
    behind,
    clock_off_by,
    key_of_the_demo,
    refused,
    renewed,
)
from zitadel_tui.demo.faults import Fault
from zitadel_tui.failure import UsageFailure
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.auth import KeyFileSignIn, clock_words
from zitadel_tui.zitadel.keyfile import KeyFile


async def test_the_first_answer_takes_two_requests() -> None:
    watched = Watched()
    assert (await watched.client().send(calls.search_members())).result
    assert [path for _, path in watched.asked] == [
        "/oauth/v2/token",
        "/management/v1/orgs/me/members/_search",
    ]


async def test_without_a_token_address_discovery_gives_it() -> None:
    watched = Watched()
    await watched.sign_in(token_url=None).token()
    assert [path for _, path in watched.asked] == ["/.well-known/openid-configuration", "/oauth/v2/token"]


async def test_a_token_is_renewed_in_the_background_shortly_before_its_end() -> None:
    watched = Watched()
    first = await watched.tokens.token()
    watched.now = 12 * 3600 - 130
    assert await watched.tokens.token() == first
    await renewed(watched.tokens)
    assert watched.exchanges == 1
    watched.now = 12 * 3600 - 110
    assert await watched.tokens.token() == first
    await renewed(watched.tokens)
    assert await watched.tokens.token() != first
    assert watched.exchanges == 2
    assert watched.loaded == 1


async def test_a_token_that_has_ended_is_not_used() -> None:
    watched = Watched()
    first = await watched.tokens.token()
    watched.now = 12 * 3600
    assert await watched.tokens.token() != first
    assert watched.exchanges == 2


async def test_a_renewal_that_fails_while_the_token_is_valid_is_no_error_and_is_tried_later() -> None:
    watched = Watched()
    first = await watched.tokens.token()
    down = watched.demo.faults.add(Fault(status=500, message="down"), "POST /oauth/*", times=0)
    watched.now = 12 * 3600 - 110
    for _ in range(5):
        assert await watched.tokens.token() == first
        await renewed(watched.tokens)
    assert down.hits == 1
    watched.now = 12 * 3600 - 70
    assert await watched.tokens.token() == first
    await renewed(watched.tokens)
    assert down.hits == 2
    watched.now = 12 * 3600 - 5
    assert await watched.tokens.token() == first
    await renewed(watched.tokens)
    watched.now = 12 * 3600 + 1
    assert isinstance(await refused(watched.tokens), errors.Unavailable)
    watched.demo.faults.clear()
    assert await watched.tokens.token() != first


async def test_a_key_that_was_deleted_serves_until_its_token_ends() -> None:
    watched = Watched()
    first = await watched.tokens.token()
    watched.demo.store.keys.clear()
    watched.now = 12 * 3600 - 60
    assert await watched.tokens.token() == first
    await renewed(watched.tokens)
    assert await watched.tokens.token() == first
    watched.now = 12 * 3600 + 1
    assert isinstance(await refused(watched.tokens), errors.SignInRefused)


async def test_twenty_who_wait_share_one_exchange() -> None:
    watched = Watched()
    tokens = await asyncio.gather(*(watched.tokens.token() for _ in range(20)))
    assert len({token.reveal() for token in tokens}) == 1
    assert (watched.exchanges, watched.loaded) == (1, 1)


async def test_twenty_who_are_refused_share_the_refusal() -> None:
    watched = Watched()
    watched.demo.store.keys.clear()
    found = await asyncio.gather(*(watched.tokens.token() for _ in range(20)), return_exceptions=True)
    assert {type(one) for one in found} == {errors.KeyRejected}
    assert watched.exchanges == 1


async def test_cancelling_who_asked_first_ends_the_exchange_for_nobody() -> None:
    watched = Watched()
    entered, go_on = threading.Event(), threading.Event()
    plain = watched.load

    def slow() -> KeyFile:
        entered.set()
        assert go_on.wait(10)
        return plain()

    tokens = KeyFileSignIn(watched.transport, slow, token_url=f"{watched.transport.origin}/oauth/v2/token")
    first = asyncio.create_task(tokens.token())
    assert await asyncio.to_thread(entered.wait, 10)
    second = asyncio.create_task(tokens.token())
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    go_on.set()
    assert await second
    assert (watched.exchanges, watched.loaded) == (1, 1)


async def test_a_failed_sign_in_is_tried_anew_by_the_next_who_asks() -> None:
    watched = Watched()
    watched.demo.faults.add(Fault(status=500, message="down"), "POST /oauth/*")
    assert isinstance(await refused(watched.tokens), errors.Unavailable)
    assert await watched.tokens.token()
    assert watched.loaded == 1


async def test_a_token_the_server_no_longer_accepts_is_replaced_once() -> None:
    watched = Watched()
    client = watched.client()
    await client.send(calls.my_user())
    watched.demo.store.tokens.clear()
    assert (await client.send(calls.my_user())).user.user_name == "onboarding-bot"
    assert watched.exchanges == 2


async def test_many_refused_at_once_renew_once() -> None:
    watched = Watched()
    client = watched.client()
    await client.send(calls.my_user())
    watched.demo.store.tokens.clear()
    await asyncio.gather(*(client.send(calls.my_user()) for _ in range(10)))
    assert watched.exchanges == 2


async def test_a_server_that_accepts_no_token_is_asked_twice_and_no_more() -> None:
    watched = Watched()
    watched.demo.faults.add(Fault(status=401, id="AUTH-7fs1e"), "GET /auth/*", times=0)
    with pytest.raises(errors.SignInRefused, match="does not accept the access token"):
        await watched.client().send(calls.my_user())
    assert watched.asked.count(("GET", "/auth/v1/users/me")) == 2
    assert watched.exchanges == 2


async def test_a_401_of_something_in_front_renews_nothing() -> None:
    watched = Watched()
    watched.demo.faults.add(Fault("html", status=401, message="Proxy login"), "GET /auth/*", times=0)
    with pytest.raises(errors.NotZitadel, match="web page"):
        await watched.client().send(calls.my_user())
    assert watched.exchanges == 1


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("off", [-7200, -600, 30, 120, 7200])
async def test_a_wrong_clock_is_helped_by_the_servers_time(off: float, legacy: bool) -> None:
    watched = Watched(clock=clock_off_by(-off), legacy=legacy)
    assert await watched.tokens.token()
    assert watched.exchanges == 2
    (note,) = watched.tokens.notes
    assert ("ahead of" if off > 0 else "behind") in note
    assert "signed in with the server's time" in note


@pytest.mark.parametrize(
    ("off", "said"),
    [
        (40.0, "40 s ahead of"),
        (-125.0, "2 min 5 s behind"),
        (-299.4, "4 min 59 s behind"),
        (599.0, "10 min ahead of"),
        (7260.0, "2 h 1 min ahead of"),
        (90061.0, "1 d 1 h ahead of"),
        (86400.0 * 31, "31 d ahead of"),
    ],
)
def test_how_far_the_clocks_differ_is_reported_in_two_units(off: float, said: str) -> None:
    assert clock_words(-off) == said


@pytest.mark.parametrize("off", [-120, -2, 2])
async def test_a_clock_that_the_assertion_outlives_is_no_trouble(off: float) -> None:
    watched = Watched(clock=clock_off_by(-off))
    await watched.tokens.token()
    assert (watched.exchanges, watched.tokens.notes) == (1, [])


async def test_the_helped_clock_is_remembered_for_renewals() -> None:
    watched = Watched(clock=clock_off_by(-7200))
    await watched.tokens.token()
    watched.now = 13 * 3600
    await watched.tokens.token()
    assert watched.exchanges == 3
    assert len(watched.tokens.notes) == 1


@pytest.mark.parametrize("off", [-3600 * 23.9, 3600 * 23.9])
async def test_a_clock_that_is_off_by_less_than_a_day_is_helped(off: float) -> None:
    watched = Watched(clock=clock_off_by(-off))
    assert await watched.tokens.token()
    (note,) = watched.tokens.notes
    assert "23 h 54 min" in note


@pytest.mark.parametrize("off", [-3600 * 24.1, 3600 * 24.1, 30 * 86400])
async def test_a_clock_that_is_off_by_more_is_reported_and_not_helped_unless_allowed(off: float) -> None:
    watched = Watched(clock=clock_off_by(-off))
    failure = await refused(watched.tokens)
    assert watched.exchanges == 1
    days = "30 d" if off > 1e6 else "1 d 6 min"
    assert f"This machine's clock is {days} {'ahead of' if off > 0 else 'behind'}" in failure.summary
    assert "Set this machine's clock" in failure.hint
    assert "--max-clock-difference" in failure.hint
    tokens = watched.sign_in(most_clock_difference=31 * 86400.0)
    assert await tokens.token()
    (note,) = tokens.notes
    assert days in note


async def test_no_difference_is_helped_when_none_is_allowed() -> None:
    watched = Watched(clock=clock_off_by(600))
    failure = await refused(watched.sign_in(most_clock_difference=0.0))
    assert watched.exchanges == 1
    assert "10 min behind" in failure.summary


@pytest.mark.parametrize("legacy", [False, True])
async def test_an_address_the_server_does_not_call_itself_by_is_helped_by_discovery(legacy: bool) -> None:
    watched = Watched(legacy=legacy)
    watched.transport = behind(ALIAS, watched)
    tokens = watched.sign_in()
    assert await tokens.token()
    assert watched.exchanges == 2
    assert tokens.notes == [f"The server calls itself {watched.demo.origin}, not {ALIAS}."]


async def test_both_a_wrong_clock_and_another_name_are_reported() -> None:
    watched = Watched(clock=clock_off_by(-7200))
    watched.transport = behind(ALIAS, watched)
    tokens = watched.sign_in()
    assert await tokens.token()
    assert watched.exchanges == 3
    assert len(tokens.notes) == 2


async def test_an_unreadable_key_file_is_reported_and_read_again_when_asked_again() -> None:
    broken = [UsageFailure("The key file is a directory.")]

    def load() -> KeyFile:
        if broken:
            raise broken.pop()
        return key_of_the_demo()

    canned = Canned([Reply({"access_token": "t", "expires_in": 60})])
    tokens = KeyFileSignIn(canned.transport(), load, token_url=f"{ORIGIN}/oauth/v2/token")
    assert "directory" in (await refused(tokens)).summary
    assert (await tokens.token()).reveal() == "t"
