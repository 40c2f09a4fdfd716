"""Who gets a token, how long it lives, and what it may do."""

import json
import time
from base64 import b64encode
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.demo.conftest import MEMBERS, USERS, ApiClient, Make, signing_key
from zitadel_tui.demo import auth
from zitadel_tui.demo.server import Demo

SCOPE = "openid profile email urn:zitadel:iam:org:project:id:zitadel:aud"


class Clock:
    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


def _assertion(demo: Demo, account: str, now: float, **changes: Any) -> str:
    key = json.loads(demo.key_file(account))
    claims = {"iss": key["userId"], "sub": key["userId"], "aud": demo.origin}
    claims |= {"iat": int(now), "exp": int(now) + 3600} | changes
    return jwt.encode(claims, signing_key(key["key"]), "RS256", headers={"kid": key["keyId"]})


async def _token(a: ApiClient, assertion: str, scope: str = SCOPE) -> httpx.Response:
    form = {"grant_type": auth.GRANT, "assertion": assertion, "scope": scope}
    return await a.client.post("/oauth/v2/token", data=form)


@pytest.mark.parametrize(
    "account",
    [
        "onboarding-bot",
        "user-manager-bot",
        "viewer-bot",
        "settings-bot",
        "nobody-bot",
        "iam-bot",
        "globex-bot",
    ],
)
async def test_every_service_account_signs_in_with_its_key_file(api: Make, account: str) -> None:
    a = api()
    answer = await _token(a, _assertion(a.demo, account, time.time()))
    assert answer.status_code == 200
    header = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    me = await a.client.get("/auth/v1/users/me", headers=header)
    assert me.json()["user"]["userName"] == account
    claims = jwt.decode(answer.json()["id_token"], options={"verify_signature": False})
    assert claims["sub"] == me.json()["user"]["id"]
    assert claims["preferred_username"] == account


async def test_the_id_token_is_signed_with_the_published_key(api: Make) -> None:
    a = api()
    answer = await _token(a, _assertion(a.demo, "onboarding-bot", time.time()))
    keys = jwt.PyJWKSet.from_dict((await a.client.get("/oauth/v2/keys")).json())
    kid = jwt.get_unverified_header(answer.json()["id_token"])["kid"]
    options: Any = {"verify_exp": False, "verify_aud": False}
    assert jwt.decode(answer.json()["id_token"], keys[kid].key, algorithms=["RS256"], options=options)


async def test_a_token_of_twelve_hours_dies_after_them(api: Make) -> None:
    clock = Clock()
    a = api(clock=clock)
    answer = await _token(a, _assertion(a.demo, "onboarding-bot", clock.now))
    assert answer.headers["date"].startswith("Mon, 21 Sep 2026 14:13:20")
    token = answer.json()
    assert token["expires_in"] == 12 * 3600 - 1
    a.headers["Authorization"] = f"Bearer {token['access_token']}"
    clock.now += token["expires_in"] - 1
    assert (await a.ask("GET /auth/v1/users/me")).status_code == 200
    clock.now += 3
    answer = await a.ask("GET /auth/v1/users/me")
    assert answer.status_code == 401
    assert answer.json()["details"][0]["id"] == "AUTH-7fs1e"


async def _signed_in(a: ApiClient, account: str) -> ApiClient:
    """The account with a token got with its key."""
    other = ApiClient(a.demo, account)
    token = (await _token(a, _assertion(a.demo, account, time.time()))).json()["access_token"]
    other.headers["Authorization"] = f"Bearer {token}"
    return other


async def _works(a: ApiClient) -> bool:
    answer = await a.ask("GET /auth/v1/users/me")
    return answer.status_code == 200 or answer.json()["details"][0]["id"] != "AUTH-7fs1e"


@pytest.mark.parametrize(("end", "begin"), [("lock", "unlock"), ("deactivate", "reactivate")])
async def test_tokens_of_a_locked_or_inactive_account_are_refused_and_stay_so(
    api: Make, end: str, begin: str
) -> None:
    a = api()
    by_key, by_pat, other = (
        await _signed_in(a, "viewer-bot"),
        ApiClient(a.demo, "viewer-bot"),
        ApiClient(a.demo),
    )
    id = (await by_key.get("GET /auth/v1/users/me"))["user"]["id"]
    await a.get(f"POST {USERS}/{id}/_{end}", {})
    assert [await _works(one) for one in (by_key, by_pat, other)] == [False, False, True]
    answer = await _token(a, _assertion(a.demo, "viewer-bot", time.time()))
    assert answer.json() == {"error": "invalid_request", "error_description": "Errors.User.NotActive"}
    await a.get(f"POST {USERS}/{id}/_{begin}", {})
    assert [await _works(one) for one in (by_key, by_pat, other)] == [False, False, True]
    assert await _works(await _signed_in(a, "viewer-bot"))
    assert len((await a.get(f"POST {USERS}/{id}/pats/_search", {}))["result"]) == 1


async def test_a_removed_account_takes_its_tokens_and_keys_along_and_no_other_users(api: Make) -> None:
    a = api()
    gone, stays = await _signed_in(a, "viewer-bot"), await _signed_in(a, "settings-bot")
    assertion = _assertion(a.demo, "viewer-bot", time.time())
    id = (await gone.get("GET /auth/v1/users/me"))["user"]["id"]
    await a.get(f"DELETE {USERS}/{id}")
    assert [await _works(one) for one in (gone, ApiClient(a.demo), stays)] == [False, True, True]
    assert (await _token(a, assertion)).json()["error"] == "invalid_grant"
    assert await _works(await _signed_in(a, "settings-bot"))
    assert await _works(await _signed_in(a, "onboarding-bot"))


async def test_a_token_outlives_its_key(api: Make) -> None:
    a = api()
    viewer = await _signed_in(a, "viewer-bot")
    key = json.loads(a.demo.key_file("viewer-bot"))
    await a.get(f"DELETE {USERS}/{key['userId']}/keys/{key['keyId']}")
    assert await _works(viewer)
    answer = await _token(a, _assertion(a.demo, "viewer-bot", time.time()))
    assert answer.json()["error"] == "invalid_grant"
    bot = json.loads(a.demo.key_file())
    again = await a.ask(f"DELETE {USERS}/{key['userId']}/keys/{bot['keyId']}")
    assert again.status_code == 404
    assert (await _token(a, _assertion(a.demo, "onboarding-bot", time.time()))).status_code == 200
    again = await a.ask(f"DELETE {USERS}/{key['userId']}/keys/{key['keyId']}")
    assert (again.status_code, again.json()["message"]) == (404, "Machine key not found (COMMAND-4m77G)")


async def test_a_personal_access_token_is_removed_by_its_owner_and_id_alone(api: Make) -> None:
    a = api()
    viewer, settings = ApiClient(a.demo, "viewer-bot"), ApiClient(a.demo, "settings-bot")
    ids = [(await one.get("GET /auth/v1/users/me"))["user"]["id"] for one in (viewer, settings)]
    tokens = [(await a.get(f"POST {USERS}/{id}/pats/_search", {}))["result"][0]["id"] for id in ids]
    crossed = await a.ask(f"DELETE {USERS}/{ids[0]}/pats/{tokens[1]}")
    assert (crossed.status_code, crossed.json()["details"][0]["id"]) == (404, "COMMAND-4m77G")
    assert await _works(viewer)
    assert await _works(settings)
    await a.get(f"DELETE {USERS}/{ids[0]}/pats/{tokens[0]}")
    assert [await _works(viewer), await _works(settings)] == [False, True]


@pytest.mark.parametrize(
    ("claims", "accepted"),
    [
        ({"iat": -3599}, True),
        ({"iat": -3605}, False),
        ({"iat": 1}, True),
        ({"iat": 2}, False),
        ({"exp": 2}, True),
        ({"exp": 1}, False),
        ({"exp": 10 * 365 * 86400}, True),
    ],
)
async def test_an_assertion_is_good_for_an_hour_and_a_second_ahead(
    api: Make, claims: dict[str, int], accepted: bool
) -> None:
    clock = Clock()
    a = api(clock=clock)
    times = {name: int(clock.now) + seconds for name, seconds in claims.items()}
    answer = await _token(a, _assertion(a.demo, "onboarding-bot", clock.now, **times))
    assert (answer.status_code == 200) is accepted


async def test_a_key_speaks_for_its_own_account_alone(api: Make) -> None:
    a = api()
    other = json.loads(a.demo.key_file("iam-bot"))["userId"]
    answer = await _token(a, _assertion(a.demo, "viewer-bot", time.time(), iss=other, sub=other))
    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
async def test_a_key_whose_owner_gave_the_public_half_signs_in(api: Make, algorithm: str) -> None:
    a = api()
    private: Any = ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else None
    private = private or signing_key(json.loads(a.demo.key_file())["key"])
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    user = (await a.get(f"POST {USERS}/machine", {"userName": "own", "name": "Own key"}))["userId"]
    body = {"type": "KEY_TYPE_JSON", "publicKey": b64encode(public).decode()}
    key = await a.get(f"POST {USERS}/{user}/keys", body)
    assert "keyDetails" not in key
    now = int(time.time())
    claims = {"iss": user, "sub": user, "aud": a.demo.origin, "iat": now, "exp": now + 60}
    answer = await _token(a, jwt.encode(claims, private, algorithm, headers={"kid": key["keyId"]}))
    assert answer.status_code == 200


async def test_an_account_that_takes_the_id_of_a_removed_one_has_none_of_its_keys(api: Make) -> None:
    a = api()
    assertion = _assertion(a.demo, "viewer-bot", time.time())
    id = json.loads(a.demo.key_file("viewer-bot"))["userId"]
    await a.get(f"DELETE {USERS}/{id}")
    again = {"userId": id, "userName": "viewer-bot", "name": "Another"}
    assert (await a.get(f"POST {USERS}/machine", again))["userId"] == id
    assert (await _token(a, assertion)).json()["error"] == "invalid_grant"


async def test_a_key_that_has_expired_signs_nothing(api: Make) -> None:
    clock = Clock()
    a = api(clock=clock)
    key = json.loads(a.demo.key_file())
    a.demo.store.keys[key["keyId"]] = a.demo.store.keys[key["keyId"]].__class__(
        key["keyId"],
        key["userId"],
        a.demo.store.keys[key["keyId"]].public_pem,
        clock.now - 1,
        clock.now - 9,
        2,
    )
    answer = await _token(a, _assertion(a.demo, "onboarding-bot", clock.now))
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_grant"


async def test_the_scopes_decide_what_userinfo_tells(api: Make) -> None:
    a = api()
    scope = f"{SCOPE} urn:zitadel:iam:user:resourceowner"
    token = (await _token(a, _assertion(a.demo, "onboarding-bot", time.time()), scope)).json()["access_token"]
    info = (await a.client.get("/oidc/v1/userinfo", headers={"Authorization": f"Bearer {token}"})).json()
    assert info["name"] == "Onboarding"
    assert info["urn:zitadel:iam:user:resourceowner:name"] == "Acme Corp"
    assert (await a.client.get("/oidc/v1/userinfo")).status_code == 401


@pytest.mark.parametrize(
    ("account", "roles", "users", "add"),
    [
        ("onboarding-bot", 200, 200, 200),
        ("user-manager-bot", 403, 200, 403),
        ("viewer-bot", 200, 200, 403),
        ("settings-bot", 200, 403, 403),
        ("nobody-bot", 404, 404, 404),
        ("iam-bot", 200, 200, 200),
        ("globex-bot", 404, 404, 404),
    ],
)
async def test_an_account_may_do_in_acme_what_its_roles_permit(
    api: Make, account: str, roles: int, users: int, add: int
) -> None:
    a = api()
    id = await a.person("somebody")
    acme = {"x-zitadel-orgid": a.demo.store.default_org}
    other = ApiClient(a.demo, account)
    assert (await other.ask("POST /management/v1/orgs/members/roles/_search", **acme)).status_code == roles
    assert (await other.ask(f"POST {USERS}/_search", {"query": {"limit": 1}}, **acme)).status_code == users
    added = await other.ask(f"POST {MEMBERS}", {"userId": id, "roles": ["ORG_OWNER"]}, **acme)
    assert added.status_code == add


async def test_a_role_that_is_removed_is_gone_with_the_next_call(api: Make) -> None:
    a = api()
    viewer = ApiClient(a.demo, "viewer-bot")
    assert (await viewer.ask(f"POST {MEMBERS}/_search", {})).status_code == 200
    id = (await viewer.get("GET /auth/v1/users/me"))["user"]["id"]
    await a.get(f"DELETE {MEMBERS}/{id}")
    answer = await viewer.ask(f"POST {MEMBERS}/_search", {})
    assert (answer.status_code, answer.json()["details"][0]["id"]) == (404, "AUTHZ-cdgFk")


async def test_an_account_that_is_none_has_no_key_file() -> None:
    with pytest.raises(KeyError):
        Demo().key_file("ada.lovelace")
