"""Whatever is sent to the token endpoint, the answer is a token or the refusal of a real server."""

import base64
import json
from functools import cache
from typing import Any
from urllib.parse import urlencode

import jwt
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.demo.conftest import ApiClient, signing_key
from tests.examples import examples
from zitadel_tui.demo import auth
from zitadel_tui.demo.server import Demo

SCOPE = "openid urn:zitadel:iam:org:project:id:zitadel:aud"
TEXT = st.text(max_size=20)
NUMBER = st.integers() | st.floats() | st.sampled_from([10**400, -(10**400), 1e308, 2**63])
TIME = st.sampled_from(["2026-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+14:00"])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT | TIME,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
PARAMETERS = st.sampled_from(["grant_type", "assertion", "scope", "client_id"])
few = settings(max_examples=examples(40))


@cache
def api() -> ApiClient:
    return ApiClient(Demo(lag=(0, 0), size=5))


@cache
def key() -> dict[str, str]:
    found: dict[str, str] = json.loads(api().demo.key_file())
    return found


def assertion(claims: dict[str, Any], headers: dict[str, Any]) -> str:
    """One that is accepted, but for what is replaced in it."""
    now = int(api().demo.store.now())
    own: dict[str, Any] = {"iss": key()["userId"], "sub": key()["userId"], "aud": api().demo.origin}
    own |= {"iat": now, "exp": now + 3600}
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "RS256", "kid": key()["keyId"]} | headers, own | claims)
    ]
    signature = jwt.get_algorithm_by_name("RS256").sign(b".".join(parts), signing_key(key()["key"]))
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


async def asked(form: list[tuple[str, str]]) -> tuple[int, str, str]:
    """Status, `error` and `error_description` of the answer."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    content = urlencode(form, errors="surrogatepass")
    answer = await api().client.post("/oauth/v2/token", content=content, headers=headers)
    body = answer.json()
    return answer.status_code, body.get("error", ""), body.get("error_description", "")


async def sign_in(text: str) -> tuple[int, str, str]:
    return await asked([("grant_type", auth.GRANT), ("assertion", text), ("scope", SCOPE)])


ACCEPTED = (200, "", "")
REFUSED = (400, "invalid_grant", "invalid assertion")


@few
@given(st.sampled_from(["iss", "sub", "aud"]), JSON)
@example("aud", 5)
@example("aud", {"https://demo.zitadel.example": 1})
@example("iss", ["x"])
async def test_an_account_or_audience_of_any_type_is_refused(claim: str, value: Any) -> None:
    assert await sign_in(assertion({claim: value}, {})) == REFUSED


@few
@given(st.sampled_from(["iat", "exp"]), JSON)
@example("exp", 10**400)
@example("exp", "9999-12-31T23:59:59-23:59")
@example("iat", float("nan"))
@example("iat", float("-inf"))
async def test_a_time_of_any_type_is_read_or_refused(claim: str, value: Any) -> None:
    assert await sign_in(assertion({claim: value}, {})) in (ACCEPTED, REFUSED)


@few
@given(st.sampled_from(["nbf", "jti", "azp", "nonce"]), JSON)
async def test_claims_that_nobody_reads_do_not_matter(claim: str, value: Any) -> None:
    assert await sign_in(assertion({claim: value}, {})) == ACCEPTED


@few
@given(st.sampled_from(["kid", "alg", "crit", "b64", "zip"]), JSON)
@example("kid", ["x"])
@example("alg", "ES256")
@example("alg", "PS256")
async def test_a_header_of_any_type_is_read_or_refused(name: str, value: Any) -> None:
    outcome = await sign_in(assertion({}, {name: value}))
    assert outcome in ((ACCEPTED, REFUSED) if name in ("crit", "b64", "zip") else (REFUSED,))


@few
@given(TEXT | st.lists(TEXT | st.binary(max_size=9).map(lambda b: b.hex()), max_size=4).map(".".join))
async def test_an_assertion_that_is_none_is_refused(text: str) -> None:
    assert await sign_in(text or "x") == REFUSED


@few
@given(st.lists(st.tuples(PARAMETERS, TEXT | st.just(auth.GRANT)), max_size=5))
async def test_any_form(form: list[tuple[str, str]]) -> None:
    status, error, _ = await asked(form)
    assert (status, error) in ((400, "invalid_request"), (400, "unsupported_grant_type"), REFUSED[:2])
