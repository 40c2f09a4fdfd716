"""What the token and discovery endpoints of real servers answered, understood."""

from typing import Any

import pytest

from tests.canned import ORIGIN, Canned, Reply
from tests.contract.recordings import TOPICS, Exchange, recorded, recorded_legacy
from tests.zitadel.signing import key_of_the_demo
from zitadel_tui.secret import Secret
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.auth import KeyFileSignIn

NOT_SENT_BY_US = {
    "refused: no scope",
    "refused: grant type unknown",
    "refused: grant type missing",
    "refused: assertion missing",
    "refused: json body",
    "refused: get",
}
"""Refusals of requests that this client cannot make."""


def of_the_token_endpoint() -> list[Any]:
    found = [one for topic in TOPICS for one in recorded(topic)]
    found += [one for topic in TOPICS for one in recorded_legacy(topic).values()]
    return [
        pytest.param(one, id=f"{number} {one.status}: {one.name}")
        for number, one in enumerate(found)
        if one.path == "/oauth/v2/token" and one.name not in NOT_SENT_BY_US
    ]


EXCHANGES = of_the_token_endpoint()


def sign_in(exchange: Exchange) -> tuple[Canned, KeyFileSignIn]:
    discovery = Reply({"issuer": ORIGIN, "token_endpoint": f"{ORIGIN}/oauth/v2/token"})
    answer = Reply(exchange.body, exchange.status)  # without the Date of the recording
    canned = Canned(lambda asked: answer if asked.method == "POST" else discovery)
    return canned, KeyFileSignIn(canned.transport(), key_of_the_demo, token_url=f"{ORIGIN}/oauth/v2/token")


@pytest.mark.parametrize("exchange", EXCHANGES)
async def test_a_recorded_answer_is_a_token_or_a_refusal(exchange: Exchange) -> None:
    canned, tokens = sign_in(exchange)
    if exchange.status == 200:
        assert await tokens.token() == Secret(exchange.body["access_token"])
        return
    with pytest.raises(errors.SignInRefused) as caught:
        await tokens.token()
    inactive = exchange.body["error_description"] == "Errors.User.NotActive"
    assert ("deactivated" if inactive else "rejected the key") in caught.value.summary
    assert sum(asked.method == "POST" for asked in canned.asked) == 1


def test_both_generations_and_both_outcomes_are_among_them() -> None:
    statuses = [exchange.values[0].status for exchange in EXCHANGES]
    assert statuses.count(200) >= 10
    assert statuses.count(400) >= 15
    assert statuses.count(500) == 16


async def test_recorded_discovery_gives_the_token_endpoint() -> None:
    found = recorded("discovery")[0]
    origin = found.body["issuer"]
    canned = Canned([Reply(found.body), Reply({"access_token": "t", "expires_in": 60})])
    transport = canned.transport()
    transport.origin = origin
    await KeyFileSignIn(transport, key_of_the_demo).token()
    assert f"{origin}{canned.asked[1].path}" == found.body["token_endpoint"]
