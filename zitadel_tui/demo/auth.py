"""Sign-in: keys, the JWT profile grant, bearer tokens, discovery (contract §1)."""

import json
import secrets
from functools import cache
from typing import TYPE_CHECKING, Any

from zitadel_tui.demo import data
from zitadel_tui.demo.errors import OAuthRefusal, Refusal
from zitadel_tui.demo.model import ACTIVE, INITIAL, MachineKey, Token, User
from zitadel_tui.demo.store import Store

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PROJECT_SCOPE = "urn:zitadel:iam:org:project:id:{}:aud"
NO_SCOPE = (
    "The scope of your request is missing. Please ensure some scopes are requested. "
    "If you have any questions, you may contact the administrator of the application."
)
LIFETIME = 12 * 3600
NEVER = 253402300799.0  # 9999-12-31T23:59:59Z


@cache
def private_key(name: str) -> "RSAPrivateKey":
    """An RSA key of 2048 bits, one for each name and process: making one takes a tenth of a second."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: "RSAPrivateKey") -> tuple[str, bytes]:
    """(private PKCS#1 PEM, public PEM)."""
    from cryptography.hazmat.primitives import serialization as form

    private = key.private_bytes(
        form.Encoding.PEM, form.PrivateFormat.TraditionalOpenSSL, form.NoEncryption()
    ).decode()
    return private, key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)


def is_public_key(text: bytes) -> bool:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def key_file(key: MachineKey, private_pem: str) -> bytes:
    """The file of a service account (contract §1.1)."""
    from zitadel_tui.demo.model import stamp

    expires = "9999-12-31T23:59:59Z" if key.expires >= NEVER else stamp(key.expires)
    content = {
        "type": "serviceaccount",
        "keyId": key.id,
        "key": private_pem,
        "expirationDate": expires,
        "userId": key.user,
    }
    return json.dumps(content).encode()


def token_answer(store: Store, issuer: str, form: dict[str, str], *, legacy: bool) -> dict[str, Any]:
    """Answers the token endpoint. Raises OAuthRefusal."""
    grant = form.get("grant_type", "")
    if not grant:
        raise OAuthRefusal(400, "invalid_request", "grant_type missing")
    if grant != GRANT:
        raise OAuthRefusal(400, "unsupported_grant_type", f"{grant} not supported")
    if not form.get("assertion"):
        raise OAuthRefusal(400, "invalid_request", "assertion missing")
    user = _asserted(store, issuer, form["assertion"])
    if user is None:
        raise _bad_assertion(legacy)
    if "scope" not in form:
        raise OAuthRefusal(400, "invalid_request", NO_SCOPE)
    if user.state not in (ACTIVE, INITIAL):
        raise OAuthRefusal(400, "invalid_request", "Errors.User.NotActive")
    scopes = tuple(form["scope"].split())
    api = any(PROJECT_SCOPE.format(id) in scopes for id in ("zitadel", store.project_id))
    text = new_token(store, Token(user.id, store.now() + LIFETIME, api, scopes))
    answer: dict[str, Any] = {"access_token": text, "token_type": "Bearer", "expires_in": LIFETIME - 1}
    if "openid" in scopes:
        answer["id_token"] = _id_token(store, issuer, user, scopes)
    return answer


def new_token(store: Store, token: Token) -> str:
    """Keeps a bearer token and returns its text, shaped like the server's (JWE compact)."""
    parts = [secrets.token_urlsafe(size) for size in (16, 160, 16)]
    text = ".".join(["eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0", "", *parts])
    store.tokens[text] = token
    return text


def _bad_assertion(legacy: bool) -> OAuthRefusal:
    if legacy:
        return OAuthRefusal(500, "server_error", "Errors.Internal")
    return OAuthRefusal(400, "invalid_grant", "invalid assertion")


def _asserted(store: Store, issuer: str, assertion: str) -> User | None:
    """The account of an assertion; None when anything in it is invalid (contract §1.2)."""
    import jwt

    try:
        header = jwt.get_unverified_header(assertion)
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
    audience = claims.get("aud")
    if audience != issuer and not (isinstance(audience, list) and issuer in audience):
        return None
    now = store.now()
    expires, issued = _time(claims.get("exp")), _time(claims.get("iat"))
    if expires is None or expires <= now + 1:
        return None
    if issued is None or issued > round(now) + 1 or issued < now - 3600:
        return None
    key = store.keys.get(str(header.get("kid")))
    if claims.get("sub") != claims.get("iss") or key is None or key.user != claims.get("iss"):
        return None
    if key.expires < now or not _signed(assertion, key):
        return None
    return store.users.get(key.user)


def _signed(assertion: str, key: MachineKey) -> bool:
    import jwt

    try:
        jwt.PyJWS().decode(assertion, key.public_pem, algorithms=["RS256", "ES256", "PS256"])
    except jwt.PyJWTError:
        return False
    return True


def _time(value: Any) -> float | None:
    """Whole seconds; the server also takes RFC 3339. None when it is not a time."""
    from datetime import datetime

    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(int(value))
        if isinstance(value, str):
            time = datetime.fromisoformat(value)
            return time.timestamp() if time.tzinfo else None
    except (ValueError, OverflowError):
        pass
    return None


def _id_token(store: Store, issuer: str, user: User, scopes: tuple[str, ...]) -> str:
    import jwt

    now = int(store.now())
    claims = {"iss": issuer, "sub": user.id, "aud": [user.id], "iat": now, "exp": now, "auth_time": now}
    claims |= userinfo(store, user, scopes)
    return jwt.encode(
        claims, private_key("signing"), algorithm="RS256", headers={"kid": store.signing_keys[0]}
    )


def userinfo(store: Store, user: User, scopes: tuple[str, ...]) -> dict[str, Any]:
    """The claims of /oidc/v1/userinfo: `sub`, and what the scopes add."""
    claims: dict[str, Any] = {"sub": user.id}
    if "profile" in scopes:
        claims |= {
            "name": user.shown_name,
            "preferred_username": user.login_name,
            "updated_at": int(user.changed),
        }
    org = store.orgs.get(user.org)
    if org and "urn:zitadel:iam:user:resourceowner" in scopes:
        prefix = "urn:zitadel:iam:user:resourceowner:"
        claims |= {f"{prefix}id": org.id, f"{prefix}name": org.name, f"{prefix}primary_domain": org.domain}
    return claims


def bearer(store: Store, header: str | None) -> tuple[User, Token]:
    """The caller of a request and the token. Raises Refusal 401."""
    if not header:
        raise Refusal(16, "auth header missing", kind="native")
    scheme, _, text = header.partition(" ")
    if scheme != "Bearer" or not text:
        raise Refusal(16, "invalid auth header", "AUTH-toLo1")
    token = store.tokens.get(text)
    user = store.users.get(token.user) if token else None
    if not token or not user or token.expires <= store.now():
        raise invalid_token()
    return user, token


def invalid_token() -> Refusal:
    return Refusal(16, "Errors.Token.Invalid", "AUTH-7fs1e")


def jwks(store: Store) -> dict[str, Any]:
    """The public keys: the one that signs, and the one that will."""
    from jwt.algorithms import RSAAlgorithm

    found = []
    for id, name in zip(store.signing_keys, ("signing", "next signing"), strict=True):
        key = json.loads(RSAAlgorithm.to_jwk(private_key(name).public_key()))
        found.append({"use": "sig", "kty": "RSA", "kid": id, "alg": "RS256"} | {k: key[k] for k in "ne"})
    return {"keys": found}


def discovery(issuer: str) -> dict[str, Any]:
    """The OpenID configuration."""
    configuration: dict[str, Any] = json.loads(data.text("discovery.json").replace("{issuer}", issuer))
    return configuration
