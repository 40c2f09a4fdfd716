"""Where the bearer token comes from: the JWT profile of a key file, or a personal access token.

RFC 7523 with ZITADEL's rules (contract §1.2–1.4).
"""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.text import shown
from zitadel_tui.zitadel import endpoints, errors
from zitadel_tui.zitadel.http import Transport
from zitadel_tui.zitadel.keyfile import KeyFile
from zitadel_tui.zitadel.refusal import RIGHT_ADDRESS, error_from
from zitadel_tui.zitadel.traffic import Answer, Request
from zitadel_tui.zitadel.wire.base import decode
from zitadel_tui.zitadel.wire.oidc import Discovery, TokenAnswer, TokenRefusal

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_BACKDATED = 10  # seconds; the server allows its own clock to be 1 s behind ours, no more
_LIFE = 300  # seconds
_CLOCKS_DIFFER = 2.0  # seconds; less cannot be told from the coarseness of the Date header
_RENEWED_AHEAD = 120.0  # seconds
_BEARER = re.compile(r"[!-~]+")  # what a header can carry


class TokenSource(Protocol):
    """Gives the bearer token for each request."""

    notes: list[str]
    """What the user should know of how the sign-in went."""

    async def token(self, *, instead_of: Secret | None = None) -> Secret:
        """A valid token; a new one when the server refused ``instead_of``. Raises ``SignInRefused``."""
        ...


class PersonalAccessToken:
    """A token that was given; it cannot be renewed."""

    def __init__(self, token: Secret) -> None:
        self.notes: list[str] = []
        self._token = token

    async def token(self, *, instead_of: Secret | None = None) -> Secret:
        if instead_of == self._token:
            raise errors.SignInRefused(
                "The server does not accept the access token: it has expired, was revoked, or is of "
                "another instance.",
                "Set a new ZITADEL_ACCESS_TOKEN, or use a key file.",
            )
        if not _BEARER.fullmatch(self._token.reveal()):
            raise errors.SignInRefused(
                "The access token is none: it holds characters that no token has.",
                "Set ZITADEL_ACCESS_TOKEN to the token alone, without blanks or line breaks.",
            )
        return self._token


class KeyFileSignIn:
    """Signs an assertion with the key, exchanges it, and renews the token ahead of its end."""

    def __init__(
        self,
        transport: Transport,
        load_key: Callable[[], KeyFile],
        *,
        project_id: str = "zitadel",
        token_url: str | None = None,
        token_url_confirmed: bool = False,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``load_key`` reads and parses the key file; it runs once, in a thread. ``clock`` gives seconds
        since 1970, ``monotonic`` the seconds that a token's life is measured in."""
        self.notes: list[str] = []
        self._transport = transport
        self._load_key = load_key
        self._project_id = project_id
        self._token_url = token_url
        self._confirmed = token_url_confirmed
        self._clock = clock
        self._monotonic = monotonic
        self._renewal: asyncio.Task[None] | None = None
        self._key: KeyFile | None = None
        self._discovery: Discovery | None = None
        self._audience = transport.origin
        self._skew = 0.0
        self._token: Secret | None = None
        self._ends = 0.0

    async def token(self, *, instead_of: Secret | None = None) -> Secret:
        """All who ask meanwhile share one exchange, and its failure; cancelling one of them ends it for
        none. Raises ``SignInRefused``, ``NotZitadel``, ``UsageFailure`` (key file, foreign endpoint)."""
        held = self._token
        if held is not None and held != instead_of and self._monotonic() < self._ends:
            return held
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew())
            self._renewal.add_done_callback(self._renewed)
        await asyncio.shield(self._renewal)
        assert self._token is not None
        return self._token

    def _renewed(self, renewal: asyncio.Task[None]) -> None:
        self._renewal = None
        if not renewal.cancelled():
            renewal.exception()  # seen, also when nobody waits any more

    async def _renew(self) -> None:
        self._token, self._ends = await self._sign_in()

    async def _sign_in(self) -> tuple[Secret, float]:
        if self._key is None:
            self._key = await asyncio.to_thread(self._load_key)
            self.notes.extend(self._key.warnings)
        url = await self._token_endpoint()
        answer = await self._exchange(url, self._key)
        if _is_refused_assertion(answer):
            answer = await self._try_what_may_help(url, self._key, answer)
        if answer.status != 200:
            raise self._refusal(answer, self._key)
        try:
            granted = decode(answer.content, TokenAnswer)
        except ValueError:
            granted = None
        if granted is None or not _BEARER.fullmatch(granted.access_token.reveal()):
            raise errors.NotZitadel(
                "The token endpoint's answer is not one of a ZITADEL.", source=answer.source
            )
        ahead = min(_RENEWED_AHEAD, granted.expires_in / 2)
        return granted.access_token, self._monotonic() + granted.expires_in - ahead

    async def _token_endpoint(self) -> str:
        if self._token_url is None:
            self._token_url = (await self._discover()).token_endpoint
        if not self._confirmed and _origin(self._token_url) != _origin(self._transport.origin):
            there, here = shown(self._token_url), shown(self._transport.origin)
            raise UsageFailure(
                f"The token endpoint ({there}) lies on another host than the address ({here}); "
                "an assertion sent there could be used against it.",
                f"If that is right, confirm it with --token-url {there}",
            )
        return self._token_url

    async def _discover(self) -> Discovery:
        if self._discovery is None:
            answer = await self._transport.send(Request(endpoints.DISCOVERY))
            if answer.status == 404:
                raise errors.NotZitadel(
                    f"No ZITADEL instance answers at {shown(self._transport.origin)}.",
                    RIGHT_ADDRESS,
                    source=answer.source,
                )
            if answer.status != 200:
                raise error_from(endpoints.DISCOVERY, answer)
            try:
                self._discovery = decode(answer.content, Discovery)
            except ValueError:
                raise errors.NotZitadel(
                    f"{shown(self._transport.origin)} is not a ZITADEL.", source=answer.source
                ) from None
        return self._discovery

    async def _exchange(self, url: str, key: KeyFile) -> Answer:
        import jwt

        now = int(self._clock() + self._skew)
        claims = {
            "iss": key.user_id,
            "sub": key.user_id,
            "aud": self._audience,
            "iat": now - _BACKDATED,
            "exp": now + _LIFE,
        }
        assertion = jwt.encode(claims, key.private_key, algorithm="RS256", headers={"kid": key.key_id})
        scope = f"openid profile email urn:zitadel:iam:org:project:id:{self._project_id}:aud"
        form = {"grant_type": GRANT_TYPE, "assertion": assertion, "scope": scope}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        content = urlencode(form).encode()
        return await self._transport.send(Request(endpoints.TOKEN, url, headers, content))

    async def _try_what_may_help(self, url: str, key: KeyFile, answer: Answer) -> Answer:
        """At most two more tries: the server's own time, then the audience of discovery."""
        helped = []
        difference = answer.clock_difference
        if difference is not None and abs(difference - self._skew) >= _CLOCKS_DIFFER:
            self._skew = difference
            helped.append(
                f"This machine's clock is {_span(difference)} the server's; signed in with the server's time."
            )
            answer = await self._exchange(url, key)
        if _is_refused_assertion(answer):
            issuer, given = (await self._discover()).issuer, self._audience
            if issuer != given:
                self._audience = issuer
                helped.append(f"The server calls itself {shown(issuer)}, not {shown(given)}.")
                answer = await self._exchange(url, key)
                if answer.status != 200:
                    self._audience = given
        if answer.status == 200:
            self.notes.extend(helped)
        return answer

    def _refusal(self, answer: Answer, key: KeyFile) -> errors.ZitadelError:
        if _is_refused_assertion(answer):
            tried = "this machine's time"
            if self._skew:
                tried = "the server's own time"
            elif answer.clock_difference is not None:
                tried += ", which is the server's too"
            return errors.SignInRefused(
                f"The server refused the key; it was signed with {tried}.",
                "What is left: the key was deleted or has expired on the server, its service account was "
                f"removed, or it belongs to another instance than {shown(self._transport.origin)}. "
                f"Key id {shown(key.key_id)}.",
                source=answer.source,
            )
        refusal = _token_refusal(answer)
        if answer.status == 400 and refusal is not None and refusal.error == "invalid_request":
            return errors.SignInRefused(
                "The service account of this key is deactivated or locked.",
                "Have it reactivated, or use the key of another account.",
                source=answer.source,
            )
        if answer.status == 404:
            return errors.NotZitadel(
                f"No ZITADEL instance answers at {shown(self._transport.origin)}.",
                RIGHT_ADDRESS,
                source=answer.source,
            )
        if refusal is not None and answer.status == 400:
            return errors.SignInRefused(
                f"The token endpoint refused: {shown(refusal.error)[:60]}.", source=answer.source
            )
        return error_from(endpoints.TOKEN, answer)


def _token_refusal(answer: Answer) -> TokenRefusal | None:
    try:
        return decode(answer.content, TokenRefusal)
    except ValueError:
        return None


def _is_refused_assertion(answer: Answer) -> bool:
    """Both forms: 400 ``invalid_grant``; up to v4.13.1 500 ``server_error`` (contract §1.4)."""
    refusal = _token_refusal(answer)
    if refusal is None:
        return False
    return (answer.status, refusal.error) in ((400, "invalid_grant"), (500, "server_error"))


def _origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port; of what is no address, or names a user, one that no address has."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return ("", "", None)
    return ("", parts.netloc, port) if "@" in parts.netloc else (parts.scheme, parts.hostname or "", port)


def _span(difference: float) -> str:
    seconds = round(abs(difference))
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    words = " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"
    return f"{words} {'behind' if difference > 0 else 'ahead of'}"
