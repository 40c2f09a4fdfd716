"""Where the bearer token comes from: the JWT profile of a key file, or a personal access token.

RFC 7523 with ZITADEL's rules (contract §1.2–1.4). A key file is a credential for one server: no assertion
is sent that would be valid for another host, or long after now.
"""

import asyncio
import re
import shlex
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol, TypeVar
from urllib.parse import urlencode, urlsplit

from zitadel_tui import address
from zitadel_tui.failure import Failure, UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.text import cut, shown
from zitadel_tui.zitadel import endpoints, errors
from zitadel_tui.zitadel.http import Transport
from zitadel_tui.zitadel.imports import deferred
from zitadel_tui.zitadel.keyfile import KeyFile, KeyIdentity
from zitadel_tui.zitadel.refusal import RIGHT_ADDRESS, error_from
from zitadel_tui.zitadel.tokens import MemoryTokens, SignIn, StoredToken, TokenKey, TokenStore
from zitadel_tui.zitadel.traffic import Answer, Request
from zitadel_tui.zitadel.wire.base import decode
from zitadel_tui.zitadel.wire.oidc import Discovery, TokenAnswer, TokenRefusal

T = TypeVar("T")

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
MOST_CLOCK_DIFFERENCE = 24 * 3600.0
"""Seconds; what a wrong clock or time zone explains."""
_BACKDATED = 10  # seconds; the server allows its own clock to be 1 s behind ours, no more
_LIFE = 300  # seconds
_CLOCKS_DIFFER = 2.0  # seconds; less is within the precision of the Date header
_RENEWED_AHEAD = 120.0  # seconds
_NEXT_RENEWAL = 30.0  # seconds after a failure while the token was still valid
_LONGEST_LIFE = 10 * 365 * 24 * 3600  # seconds
_BEARER = re.compile(r"[!-~]+")  # characters allowed in a header
_NOT_ACTIVE = "Errors.User.NotActive"
"""A key of ZITADEL's texts, never translated here; the answer has no id (contract §1.4)."""


class TokenSource(Protocol):
    """Gives the bearer token for each request."""

    notes: list[str]
    """What the user should know about how the sign-in went."""

    async def token(self, *, instead_of: Secret | None = None) -> Secret:
        """A valid token; a new one when the server rejected ``instead_of``. Raises ``SignInRefused``."""
        ...

    @property
    def sign_in(self) -> SignIn | None:
        """What another sign-in with the same key can go on with; None where there is nothing."""
        ...


class PersonalAccessToken:
    """A personal access token; it cannot be renewed."""

    sign_in = None

    def __init__(self, token: Secret) -> None:
        self.notes: list[str] = []
        self._token = token

    async def token(self, *, instead_of: Secret | None = None) -> Secret:
        if instead_of == self._token:
            raise errors.SignInRefused(
                "The server does not accept the access token: it has expired, was revoked, or belongs to "
                "another instance.",
                "Set a new ZITADEL_ACCESS_TOKEN, or use a key file.",
            )
        if not _BEARER.fullmatch(self._token.reveal()):
            raise errors.SignInRefused(
                "ZITADEL_ACCESS_TOKEN is not a valid token: it contains characters that tokens never have.",
                "Set ZITADEL_ACCESS_TOKEN to the token alone, without blanks or line breaks.",
            )
        return self._token


class _Held(NamedTuple):
    """The token in use. Its end is tracked on both clocks: one may be set back, the other stops while the
    machine sleeps."""

    stored: StoredToken
    ends: float
    """Monotonic."""

    def seconds_left(self, now: float, monotonic: float) -> float:
        if not self.stored.is_valid(now):
            return 0.0
        return min(self.stored.expires - now, self.ends - monotonic)


class KeyFileSignIn:
    """Signs an assertion with the key, exchanges it, and renews the token before it ends."""

    def __init__(
        self,
        transport: Transport,
        load_key: Callable[[], KeyFile],
        *,
        project_id: str = "zitadel",
        token_url: str | None = None,
        token_url_confirmed: bool = False,
        most_clock_difference: float = MOST_CLOCK_DIFFERENCE,
        store: TokenStore | None = None,
        load_identity: Callable[[], KeyIdentity] | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``load_key`` reads and parses the key file; it runs once, in a thread. ``load_identity`` does so
        without the key, which is enough where the ``store`` has a token.

        ``most_clock_difference``: seconds up to which the server's time is used instead of this machine's
        when the key is rejected. ``clock`` gives seconds since 1970, ``monotonic`` those of a token's life.
        """
        self.notes: list[str] = []
        self._transport = transport
        self._load_key, self._load_identity = load_key, load_identity
        self._scopes = f"openid profile email urn:zitadel:iam:org:project:id:{project_id}:aud"
        self._token_url = token_url
        self._confirmed = token_url_confirmed
        self._most_difference = most_clock_difference
        self._store = store or MemoryTokens()
        self._clock = clock
        self._monotonic = monotonic
        self._renewal: asyncio.Task[None] | None = None
        self._next_renewal = float("-inf")
        self._key: KeyFile | None = None
        self._discovery: Discovery | None = None
        self._audience = transport.origin
        self._skew = 0.0
        self._held: _Held | None = None
        self._rejected: Secret | None = None

    async def token(self, *, instead_of: Secret | None = None) -> Secret:
        """Concurrent callers share one exchange, and its failure; cancelling one of them does not cancel it.
        While the token is valid it is renewed in the background, and a failure of that is not an error.

        Raises ``SignInRefused``, ``NotZitadel``, ``UsageFailure`` (key file, foreign endpoint).
        """
        if self._held is not None and self._held.stored.token == instead_of:
            self._held, self._rejected = None, instead_of
        if self._held is not None:
            left = self._held.seconds_left(self._clock(), self._monotonic())
            if left > 0:
                self._renew_ahead(self._held.stored, left)
                return self._held.stored.token
        await asyncio.shield(self._renewing())
        assert self._held is not None
        return self._held.stored.token

    @property
    def sign_in(self) -> SignIn | None:
        """What :meth:`resume` takes; None before the first token."""
        if self._held is None:
            return None
        return SignIn(self._held.stored, self._audience, self._skew, tuple(self.notes))

    def resume(self, sign_in: SignIn) -> None:
        """Go on where another process has signed in with the same key."""
        self._hold(sign_in.token)
        self._audience, self._skew = sign_in.audience, sign_in.clock_difference
        self.notes.extend(sign_in.notes)

    def _renew_ahead(self, held: StoredToken, left: float) -> None:
        ahead = min(_RENEWED_AHEAD, (held.expires - held.obtained) / 2)
        if left <= ahead and self._monotonic() >= self._next_renewal:
            self._renewing()

    def _renewing(self) -> asyncio.Task[None]:
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew())
            self._renewal.add_done_callback(self._renewed)
        return self._renewal

    def _renewed(self, renewal: asyncio.Task[None]) -> None:
        self._renewal = None
        if (
            not renewal.cancelled() and renewal.exception() is not None
        ):  # retrieve the error even when no one waits
            self._next_renewal = self._monotonic() + _NEXT_RENEWAL

    async def _renew(self) -> None:
        if self._key is None and self._load_identity is not None:
            identity: KeyIdentity | KeyFile = await asyncio.to_thread(self._load_identity)
        else:
            identity = await self._loaded_key()
        self.notes.extend(one for one in identity.warnings if one not in self.notes)
        key = TokenKey(self._transport.origin, identity.user_id, identity.key_id, self._scopes)
        stored = self._store.load(key)
        if stored is not None and (stored.token == self._rejected or not stored.is_valid(self._clock())):
            self._store.forget(key)
        if stored is not None and not self._is_news(stored):
            stored = None
        if stored is None:
            stored = await self._sign_in(await self._loaded_key())
            self._store.save(key, stored)
        self._hold(stored)

    async def _loaded_key(self) -> KeyFile:
        if self._key is None:
            self._key = await asyncio.to_thread(self._load_key)
        return self._key

    def _hold(self, stored: StoredToken) -> None:
        self._held = _Held(stored, self._monotonic() + stored.expires - self._clock())

    def _is_news(self, stored: StoredToken) -> bool:
        """Whether a token is valid, and neither the rejected one nor the one to renew."""
        held = self._held.stored.token if self._held else None
        return stored.is_valid(self._clock()) and stored.token not in (self._rejected, held)

    async def _sign_in(self, key: KeyFile) -> StoredToken:
        url = await self._token_endpoint()
        begun = self._clock()
        answer = await self._exchange(url, key)
        if _is_refused_assertion(answer):
            await asyncio.to_thread(key.check)  # before looking for other causes
            answer = await self._try_what_may_help(url, key, answer)
        if answer.status != 200:
            raise self._refusal(answer, key)
        granted = _decoded(answer, TokenAnswer)
        if granted is None or not _BEARER.fullmatch(granted.access_token.reveal()):
            raise errors.NotZitadel("The token endpoint's answer is not from ZITADEL.", source=answer.source)
        life = max(0, min(granted.expires_in, _LONGEST_LIFE))
        return StoredToken(granted.access_token, begun, begun + life)

    async def _token_endpoint(self) -> str:
        if self._token_url is None:
            self._token_url = (await self._discover()).token_endpoint
        if not self._confirmed and _server(self._token_url) != _server(self._transport.origin):
            there, here = cut(shown(self._token_url), 200), shown(self._transport.origin)
            raise UsageFailure(
                f"The token endpoint ({there}) is on another host than the address ({here}). "
                "An assertion sent there could be used to sign in here.",
                f"If that is right, confirm it: --token-url {shlex.quote(there)}",
            )
        return self._token_url

    async def _discover(self) -> Discovery:
        if self._discovery is None:
            answer = await self._transport.send(Request(endpoints.DISCOVERY))
            if answer.status == 404:
                raise self._no_instance(answer)
            if answer.status != 200:
                raise error_from(endpoints.DISCOVERY, answer)
            self._discovery = _decoded(answer, Discovery)
            if self._discovery is None:
                here = shown(self._transport.origin)
                raise errors.NotZitadel(f"{here} is not a ZITADEL server.", source=answer.source)
        return self._discovery

    async def _exchange(self, url: str, key: KeyFile) -> Answer:
        return await self._transport.send(self._signed(url, key))

    def _signed(self, url: str, key: KeyFile) -> Request:
        now = int(self._clock() + self._skew)
        claims = {
            "iss": key.user_id,
            "sub": key.user_id,
            "aud": self._audience,
            "iat": now - _BACKDATED,
            "exp": now + _LIFE,
        }
        assertion = signed(claims, key)
        form = {"grant_type": GRANT_TYPE, "assertion": assertion, "scope": self._scopes}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        return Request(endpoints.TOKEN, url, headers, urlencode(form).encode())

    async def _try_what_may_help(self, url: str, key: KeyFile, answer: Answer) -> Answer:
        """Try at most twice more: with the server's time, then with the server's own name. Neither makes
        an assertion that is valid on another host, or outside the time that a wrong clock explains."""
        skew, audience, helped = self._skew, self._audience, []
        difference = answer.clock_difference
        if difference is not None and self._may_adopt(difference):
            self._skew = difference
            helped.append(
                f"This machine's clock is {clock_words(difference)} the server's; "
                "signed in with the server's time."
            )
            answer = await self._exchange(url, key)
        issuer = await self._issuer() if _is_refused_assertion(answer) else None
        if issuer is not None and issuer != audience and _is_origin_on(issuer, audience):
            self._audience = issuer
            helped.append(f"The server calls itself {shown(issuer)}, not {shown(audience)}.")
            answer = await self._exchange(url, key)
        if answer.status == 200:
            self.notes.extend(helped)
        else:
            self._skew, self._audience = skew, audience
        return answer

    def _may_adopt(self, difference: float) -> bool:
        return abs(difference - self._skew) >= _CLOCKS_DIFFER and abs(difference) <= self._most_difference

    async def _issuer(self) -> str | None:
        """The server's own name (issuer); None when it does not say."""
        try:
            return (await self._discover()).issuer
        except errors.ZitadelError:
            return None

    def _refusal(self, answer: Answer, key: KeyFile) -> Failure:
        if _is_refused_assertion(answer):
            return self._rejected_key(answer, key)
        if answer.status == 404:
            return self._no_instance(answer)
        refusal = _decoded(answer, TokenRefusal)
        if refusal is None or answer.status != 400:
            return error_from(endpoints.TOKEN, answer)
        if refusal.error_description == _NOT_ACTIVE:
            return errors.SignInRefused(
                "The service account of this key is deactivated or locked.",
                "Ask an administrator to reactivate it, or use the key of another account.",
                source=answer.source,
            )
        return errors.SignInRefused(
            f"The token endpoint rejected the request: {shown(refusal.error)[:60]}.", source=answer.source
        )

    def _rejected_key(self, answer: Answer, key: KeyFile) -> errors.KeyRejected:
        """The error for a rejected key, with what was observed; the server itself does not distinguish the
        causes (contract §1.4)."""
        summary, here = ["The server rejected the key."], self._transport.origin
        difference, issuer = answer.clock_difference, self._discovery and self._discovery.issuer
        hint = (
            "Likely causes: the key was deleted or has expired on the server, its service account was "
            f"removed, or it belongs to another instance than {shown(here)}. Key id {shown(key.key_id)}."
        )
        if difference is None:
            summary.append("The server does not send its time, so this machine's clock may be the cause.")
        elif abs(difference) < _CLOCKS_DIFFER:
            summary.append("This machine's clock agrees with the server's, so the time is not the cause.")
        elif abs(difference) <= self._most_difference:
            summary.append(
                f"This machine's clock is {clock_words(difference)} the server's; "
                "the server's time was tried, too."
            )
        else:
            summary.append(
                f"This machine's clock is {clock_words(difference)} the server's, "
                "too far to use the server's time."
            )
            hint = "Set this machine's clock. If it is right, allow more with --max-clock-difference HOURS."
        elsewhere = _server(issuer) if issuer else ""
        if elsewhere and not _is_origin_on(elsewhere, here):
            summary.append(f"The server calls itself {elsewhere}, not {shown(here)}.")
            hint = f"If that is your server, use its own address: --domain {elsewhere}"
        return errors.KeyRejected(" ".join(summary), hint, source=answer.source)

    def _no_instance(self, answer: Answer) -> errors.NotZitadel:
        here = shown(self._transport.origin)
        return errors.NotZitadel(
            f"No ZITADEL instance answers at {here}.", RIGHT_ADDRESS, source=answer.source
        )


def signed(claims: Mapping[str, object], key: KeyFile) -> str:
    """The claims as a JWT, RS256. Raises ``UsageFailure`` when the key is so damaged that it cannot sign."""
    with deferred("cryptography.x509"):  # PyJWT imports it for certificates, which are not used here
        import jwt

    try:
        return jwt.encode(dict(claims), key.private_key, algorithm="RS256", headers={"kid": key.key_id})
    except ValueError:
        pass
    key.check()
    raise AssertionError("a key whose numbers are right can sign")


def _is_refused_assertion(answer: Answer) -> bool:
    """Whether the assertion was rejected, in both forms: 400 ``invalid_grant``; up to v4.13.1 500
    ``server_error`` (contract §1.4)."""
    refusal = _decoded(answer, TokenRefusal)
    if refusal is None:
        return False
    return (answer.status, refusal.error) in ((400, "invalid_grant"), (500, "server_error"))


def _decoded(answer: Answer, kind: type[T]) -> T | None:
    try:
        return decode(answer.content, kind)
    except ValueError:
        return None


def _server(url: str) -> str:
    """The normalized origin of a URL; empty when it has none."""
    try:
        return address.origin_of(url)
    except UsageFailure:
        return ""


def _is_origin_on(issuer: str, here: str) -> bool:
    """Whether ``issuer`` is an origin and nothing more, on the host of ``here``."""
    try:
        there = address.origin(issuer, "The issuer")
    except UsageFailure:
        return False
    return "://" in issuer and urlsplit(there).hostname == urlsplit(_server(here)).hostname


def clock_words(difference: float) -> str:
    """A difference of clocks in its two largest units, and which clock is behind; from five minutes on
    without seconds."""
    unit = 60 if abs(difference) >= 300 else 1
    left, parts = round(abs(difference) / unit) * unit, []
    for name, seconds in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        number, left = divmod(left, seconds)
        if number:
            parts.append(f"{number} {name}")
    return f"{' '.join(parts[:2]) or '0 s'} {'behind' if difference > 0 else 'ahead of'}"
