"""Signing in that is refused or meets something else: a sentence each, and no secret anywhere."""

import json
import time
import traceback
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from tests.canned import ORIGIN, Canned, ReceivedRequest, Reply
from tests.zitadel.keys import damaged_pem
from tests.zitadel.signing import (
    ALIAS,
    DEMO_KEY,
    FOREIGN,
    Watched,
    behind,
    clock_off_by,
    key_of_the_demo,
    refused,
)
from zitadel_tui.demo.server import Demo
from zitadel_tui.failure import Failure, UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.auth import KeyFileSignIn, PersonalAccessToken
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.http import Transport


@pytest.mark.parametrize("legacy", [False, True])
async def test_a_refused_key_is_tried_at_most_twice_more(legacy: bool) -> None:
    watched = Watched(legacy=legacy, clock=clock_off_by(-7200))
    watched.transport = behind(ALIAS, watched)
    watched.demo.store.keys.clear()
    failure = await refused(watched.sign_in())
    assert isinstance(failure, errors.SignInRefused)
    assert watched.exchanges == 3
    assert "rejected the key" in failure.summary
    assert "deleted or has expired" in failure.hint


@pytest.mark.parametrize("legacy", [False, True])
async def test_a_refused_key_is_reported_with_the_causes_that_are_left(legacy: bool) -> None:
    watched = Watched(legacy=legacy)
    watched.demo.store.keys.clear()
    failure = await refused(watched.tokens)
    assert isinstance(failure, errors.SignInRefused)
    assert "This machine's clock agrees with the server's" in failure.summary
    assert json.loads(watched.key)["keyId"] in failure.hint
    assert watched.exchanges == 1


@pytest.mark.parametrize("by", [1, 2], ids=["cannot sign", "signs wrongly"])
async def test_a_damaged_key_is_found_out_before_anything_else_is_held_to_be_the_cause(by: int) -> None:
    watched = Watched(clock=clock_off_by(-7200))
    watched.key = json.dumps(json.loads(watched.key) | {"key": damaged_pem(by)}).encode()
    failure = await refused(watched.tokens)
    assert isinstance(failure, UsageFailure)
    assert failure.summary == "The key from standard input holds a damaged private key."
    assert watched.exchanges <= 1


async def test_a_server_that_tells_no_time_is_not_said_to_agree_with_ours() -> None:
    def answer(asked: ReceivedRequest) -> Reply:
        if asked.path.endswith("openid-configuration"):
            return Reply({"issuer": ORIGIN, "token_endpoint": f"{ORIGIN}/oauth/v2/token"})
        return Reply({"error": "invalid_grant"}, 400)

    canned = Canned(answer)
    failure = await refused(KeyFileSignIn(canned.transport(), key_of_the_demo))
    assert failure.summary == (
        "The server rejected the key. "
        "The server does not send its time, so this machine's clock may be the cause."
    )


def left_for(url: str, canned: Canned) -> list[dict[str, Any]]:
    """The claims of every assertion that was sent."""
    forms = [parse_qs(asked.content.decode()) for asked in canned.asked if asked.path == "/oauth/v2/token"]
    assert all(asked.headers["host"] == urlsplit(url).netloc for asked in canned.asked)
    return [jwt.decode(form["assertion"][0], options={"verify_signature": False}) for form in forms]


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("days", [-30, -2, 2, 30])
@pytest.mark.parametrize(
    "issuer",
    [
        "https://real.zitadel.example",
        "https://zitadel.example.elsewhere.example",
        "https://zitadel.example@elsewhere.example",
        "https://zitadel.example/path",
        "zitadel.example",
        "sts.cloud.example",
        "",
    ],
)
async def test_a_foreign_host_gets_no_assertion_that_is_valid_elsewhere(
    issuer: str, days: int, legacy: bool
) -> None:
    refusal = Reply({"error": "server_error"}, 500) if legacy else Reply({"error": "invalid_grant"}, 400)

    def answer(asked: ReceivedRequest) -> Reply:
        date = {"Date": formatdate(time.time() + days * 88000, usegmt=True)}
        if asked.method == "GET":
            return Reply({"issuer": issuer, "token_endpoint": f"{ORIGIN}/oauth/v2/token"}, headers=date)
        return Reply(refusal.body, refusal.status, date)

    canned = Canned(answer)
    tokens = KeyFileSignIn(canned.transport(), key_of_the_demo)
    for _ in range(3):
        failure = await refused(tokens)
        assert isinstance(failure, errors.SignInRefused)
        assert f"{abs(days)} d " in failure.summary
    sent = left_for(ORIGIN, canned)
    assert len(sent) == 3
    for claims in sent:
        assert claims["aud"] == ORIGIN
        assert abs(claims["iat"] - time.time()) < 60
        assert 0 < claims["exp"] - claims["iat"] <= 600


async def test_what_did_not_help_is_not_kept() -> None:
    def answer(asked: ReceivedRequest) -> Reply:
        date = {"Date": formatdate(time.time() + 7200, usegmt=True)}
        if asked.method == "GET":
            return Reply({"issuer": f"{ORIGIN}:8443", "token_endpoint": f"{ORIGIN}/oauth/v2/token"})
        return Reply({"error": "invalid_grant"}, 400, date)

    canned = Canned(answer)
    tokens = KeyFileSignIn(canned.transport(), key_of_the_demo)
    for _ in range(2):
        await refused(tokens)
    sent = left_for(ORIGIN, canned)
    assert [claims["aud"] for claims in sent] == [ORIGIN, ORIGIN, f"{ORIGIN}:8443"] * 2
    assert [round((claims["iat"] - time.time()) / 3600) for claims in sent] == [0, 2, 2] * 2


@pytest.mark.parametrize("legacy", [False, True])
async def test_a_server_that_calls_itself_by_another_host_is_named_with_what_to_do(legacy: bool) -> None:
    watched = Watched(legacy=legacy)
    watched.transport = behind(FOREIGN, watched)
    failure = await refused(watched.sign_in())
    assert isinstance(failure, errors.SignInRefused)
    assert watched.exchanges == 1
    assert f"The server calls itself {watched.demo.origin}, not {FOREIGN}." in failure.summary
    assert f"--domain {watched.demo.origin}" in failure.hint


async def test_discovery_that_fails_after_a_rejection_does_not_hide_it() -> None:
    replies = [Reply({"error": "invalid_grant"}, 400), Reply("<html>", 403)]
    tokens = KeyFileSignIn(Canned(replies).transport(), key_of_the_demo, token_url=f"{ORIGIN}/oauth/v2/token")
    assert isinstance(await refused(tokens), errors.SignInRefused)


async def test_a_request_that_is_rejected_for_another_reason_is_not_called_a_deactivated_account() -> None:
    reply = Reply({"error": "invalid_request", "error_description": "assertion missing"}, 400)
    tokens = KeyFileSignIn(Canned([reply]).transport(), key_of_the_demo, token_url=f"{ORIGIN}/oauth/v2/token")
    failure = await refused(tokens)
    assert failure.summary == "The token endpoint rejected the request: invalid_request."


@pytest.mark.parametrize("legacy", [False, True])
async def test_a_deactivated_account_is_named_as_such(legacy: bool) -> None:
    watched = Watched(legacy=legacy)
    user = watched.demo.store.user_named("onboarding-bot")
    assert user is not None
    watched.demo.store.change_user(user, "user.deactivated", user.id, state="USER_STATE_INACTIVE")
    failure = await refused(watched.tokens)
    assert isinstance(failure, errors.SignInRefused)
    assert "deactivated or locked" in failure.summary


ELSEWHERE = (
    "https://elsewhere.example/oauth/v2/token",
    "https://zitadel.example:8443/oauth/v2/token",
    "http://zitadel.example/oauth/v2/token",
    "https://me@zitadel.example/oauth/v2/token",
    "https://zitadel.example.elsewhere.example/oauth/v2/token",
    "https://[zitadel.example/oauth/v2/token",
    "/oauth/v2/token",
)


@pytest.mark.parametrize("url", ELSEWHERE)
async def test_an_assertion_is_never_sent_to_another_host(url: str) -> None:
    canned = Canned([Reply({"issuer": ORIGIN, "token_endpoint": url})])
    failure = await refused(KeyFileSignIn(canned.transport(), key_of_the_demo))
    assert isinstance(failure, UsageFailure)
    assert "another host" in failure.summary
    assert "--token-url" in failure.hint
    assert [asked.path for asked in canned.asked] == ["/.well-known/openid-configuration"]


@pytest.mark.parametrize("url", [f"{ORIGIN}:443/oauth/v2/token", "https://ZITADEL.example/oauth/v2/token"])
async def test_the_same_host_written_otherwise_is_the_same(url: str) -> None:
    canned = Canned([Reply({"access_token": "t", "expires_in": 60})])
    tokens = KeyFileSignIn(canned.transport(), key_of_the_demo, token_url=url)
    assert (await tokens.token()).reveal() == "t"


async def test_a_confirmed_token_address_may_lie_elsewhere() -> None:
    canned = Canned([Reply({"access_token": "t", "expires_in": 60})])
    tokens = KeyFileSignIn(
        canned.transport(), key_of_the_demo, token_url=ELSEWHERE[0], token_url_confirmed=True
    )
    assert (await tokens.token()).reveal() == "t"
    assert canned.asked[0].headers["host"] == "elsewhere.example"


async def test_what_is_signed_follows_the_contract() -> None:
    canned = Canned([Reply({"access_token": "t", "expires_in": 60})])
    tokens = KeyFileSignIn(
        canned.transport(), key_of_the_demo, token_url=f"{ORIGIN}/oauth/v2/token", clock=lambda: 1_000_000.7
    )
    await tokens.token()
    form = dict(pair.split("=", 1) for pair in canned.asked[0].content.decode().split("&"))
    claims = jwt.decode(form["assertion"], options={"verify_signature": False})
    key = key_of_the_demo()
    assert jwt.get_unverified_header(form["assertion"])["kid"] == key.key_id
    assert claims["iss"] == claims["sub"] == key.user_id
    assert claims["aud"] == ORIGIN
    assert 1_000_000 - 60 <= claims["iat"] < 1_000_000 < claims["exp"] <= 1_000_000 + 600
    assert "urn%3Azitadel%3Aiam%3Aorg%3Aproject%3Aid%3Azitadel%3Aaud" in form["scope"]


NO_INSTANCE = "unable to set instance using origin … ID=QUERY-1kIjX Message=Instance not found."
UNUSABLE: dict[str, tuple[Reply, type[Failure], str]] = {
    "no instance": (Reply(NO_INSTANCE, 404), errors.NotZitadel, "No ZITADEL instance answers"),
    "a web page": (Reply("<html>Welcome</html>"), errors.NotZitadel, "not from ZITADEL"),
    "a page of a firewall": (Reply("<html>Denied</html>", 403), errors.NotZitadel, "web page"),
    "other JSON": (Reply({"hello": "world"}), errors.NotZitadel, "not from ZITADEL"),
    "half an answer": (Reply(b'{"access_token": "se'), errors.NotZitadel, "not from ZITADEL"),
    "deep JSON": (Reply(b'{"a":' + b"[" * 200_000), errors.NotZitadel, "not from ZITADEL"),
    "an odd token": (
        Reply({"access_token": "se\r\nX-Evil: 1", "expires_in": 9}),
        errors.NotZitadel,
        "not from ZITADEL",
    ),
    "an empty token": (Reply({"access_token": "", "expires_in": 9}), errors.NotZitadel, "not from ZITADEL"),
    "another refusal": (Reply({"error": "unsupported_grant_type"}, 400), errors.SignInRefused, "unsupported"),
    "a blocked instance": (Reply("Your ZITADEL instance is blocked.", 429), errors.RateLimited, "requests"),
    "a redirect": (
        Reply("", 302, {"location": "https://login.example/"}),
        errors.NotZitadel,
        "redirects to another",
    ),
}


@pytest.mark.parametrize("name", UNUSABLE)
async def test_what_is_no_token_is_reported_in_a_sentence(name: str) -> None:
    reply, kind, words = UNUSABLE[name]
    transport = Canned(lambda asked: reply).transport(timeout=0.1)
    failure = await refused(KeyFileSignIn(transport, key_of_the_demo, token_url=f"{ORIGIN}/oauth/v2/token"))
    assert type(failure) is kind
    assert words in failure.summary


@pytest.mark.parametrize(
    "reply",
    [Reply(NO_INSTANCE, 404), Reply("<html>Welcome</html>"), Reply({"issuer": 1}), Reply({})],
    ids=["no instance", "web page", "wrong types", "empty"],
)
async def test_discovery_that_is_none_is_reported_in_a_sentence(reply: Reply) -> None:
    failure = await refused(KeyFileSignIn(Canned([reply]).transport(), key_of_the_demo))
    assert type(failure) is errors.NotZitadel
    assert ORIGIN in failure.summary


async def test_a_personal_access_token_is_used_as_it_is() -> None:
    demo = Demo(size=3)
    token = Secret(demo.access_token("viewer-bot"))
    client = Client(Transport(demo.origin, app=demo.app), PersonalAccessToken(token))
    assert (await client.send(calls.my_user())).user.user_name == "viewer-bot"


async def test_a_personal_access_token_that_is_refused_cannot_be_renewed() -> None:
    demo = Demo(size=3)
    client = Client(Transport(demo.origin, app=demo.app), PersonalAccessToken(Secret("expired")))
    with pytest.raises(errors.SignInRefused, match="expired, was revoked") as caught:
        await client.send(calls.my_user())
    assert "ZITADEL_ACCESS_TOKEN" in caught.value.hint


@pytest.mark.parametrize("text", ["", "with blank", "new\nline", "ключ"])
async def test_a_personal_access_token_that_is_none_is_not_sent(text: str) -> None:
    canned = Canned([])
    client = Client(canned.transport(), PersonalAccessToken(Secret(text)))
    with pytest.raises(errors.SignInRefused, match="characters that tokens never have") as caught:
        await client.send(calls.my_user())
    assert canned.asked == []
    assert not text or text not in "".join(traceback.format_exception(caught.value))


PLANTED = "planted-secret-0815"


@pytest.mark.parametrize("name", UNUSABLE)
async def test_no_secret_is_in_any_failure(name: str) -> None:
    reply, _, _ = UNUSABLE[name]
    key = key_of_the_demo()
    tokens = KeyFileSignIn(
        Canned(lambda asked: reply).transport(timeout=0.1), lambda: key, token_url=f"{ORIGIN}/oauth/v2/token"
    )
    failure = await refused(tokens)
    said = "".join(traceback.format_exception(failure)) + repr(failure) + failure.hint + repr(tokens.notes)
    pem = json.loads(DEMO_KEY)["key"].splitlines()
    assert not [line for line in pem[1:] if line in said]
    assert "eyJ" not in said
    assert "se\r" not in said


async def test_no_token_is_in_a_failure_of_a_call() -> None:
    canned = Canned(lambda asked: Reply({"echo": asked.headers["authorization"]}, 500))
    client = Client(canned.transport(), PersonalAccessToken(Secret(PLANTED)))
    with pytest.raises(errors.Unavailable) as caught:
        await client.send(calls.my_user())
    assert PLANTED in canned.asked[0].headers["authorization"]
    assert PLANTED not in "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert PLANTED not in repr(client.tokens) + repr(vars(client.tokens))
