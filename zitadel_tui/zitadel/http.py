"""The one place all requests pass; the only importer of httpx.

Time limits, TLS, proxies of the environment, retries of repeatable calls, ``--read-only``. It knows no
token: :mod:`zitadel_tui.zitadel.client` adds it per request, and redirects are never followed.
"""

import asyncio
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx

from zitadel_tui import __version__
from zitadel_tui.text import shown
from zitadel_tui.zitadel import endpoints, errors
from zitadel_tui.zitadel.endpoints import Endpoint
from zitadel_tui.zitadel.refusal import http_date, not_understood, retry_after

MOST_IN_FLIGHT = 8
_CONNECT_SECONDS = 10.0
_MOST_ATTEMPTS = 6
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_TRY_AGAIN = frozenset({429, 502, 503, 504})
_PROXY_ADVICE = "Check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY."

AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    clock_difference: float | None = field(default=None)
    """Server time minus ours in seconds, by the ``Date`` header (good to a second or so)."""

    @property
    def source(self) -> errors.Source:
        return errors.Source(self.status, request_id=shown(self.headers.get("x-request-id", ""))[:60])


def tls_context(*, ca_file: Path | None, insecure: bool) -> ssl.SSLContext:
    """The system's trust store, plus ``ca_file``; ``insecure`` verifies nothing.

    Raises :class:`~zitadel_tui.zitadel.errors.Unavailable` for a file without certificates.
    """
    context = ssl.create_default_context()
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise errors.Unavailable(
                f"The CA file {shown(str(ca_file))} cannot be used: it is missing or holds no certificate.",
                "Give a file with PEM certificates to --ca-file or ZITADEL_CA_FILE.",
            ) from error
    return context


class Transport:
    """Sends requests of the endpoint table to one ``origin`` (``https://host[:port]``)."""

    def __init__(
        self,
        origin: str,
        *,
        timeout: float = 30.0,
        ca_file: Path | None = None,
        insecure: bool = False,
        read_only: bool = False,
        app: AsgiApp | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``timeout`` is the total of one request in seconds, its retries included.

        ``app`` answers in this process instead of a socket (the demo); ``pause`` waits so many seconds
        between two attempts. Raises ``Unavailable`` for an unusable CA file or proxy of the environment.
        """
        self.origin = origin
        self.timeout = timeout
        self.read_only = read_only
        self._pause = pause
        self.clock_difference: float | None = None
        """Server time minus ours in seconds, as last seen."""
        limits = httpx.Limits(max_connections=MOST_IN_FLIGHT, max_keepalive_connections=MOST_IN_FLIGHT)
        # The transport is named only for the demo: naming one makes httpx forget the environment's proxies.
        inside = httpx.ASGITransport(app=app, raise_app_exceptions=False) if app is not None else None
        self._inside = inside is not None
        verify = True if inside else tls_context(ca_file=ca_file, insecure=insecure)
        try:
            self._client = httpx.AsyncClient(
                transport=inside,
                verify=verify,
                limits=limits,
                timeout=httpx.Timeout(timeout, connect=min(_CONNECT_SECONDS, timeout)),
                follow_redirects=False,
                headers={"User-Agent": f"zitadel-tui/{__version__}", "Accept-Language": "en"},
            )
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            raise errors.Unavailable(
                "The proxy that the environment names cannot be used.", _PROXY_ADVICE
            ) from error
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    async def close(self) -> None:
        await self._client.aclose()

    async def send(
        self,
        endpoint: Endpoint,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """The answer, whatever its status. ``url`` is absolute, or a path on the origin.

        Raises ``ReadOnly``, ``Unavailable`` (nothing was sent), ``TimedOut`` or, for a write that may have
        reached the server, ``OutcomeUnknown``. Repeatable calls are tried again, with growing random
        pauses, until the time is used up.
        """
        if self.read_only and (endpoint.writes or endpoints.TABLE.get(endpoint.name) is not endpoint):
            raise errors.ReadOnly(f"Not sent: '{endpoint.name}' changes something, and this is read-only.")
        request = _Request(
            endpoint,
            self.origin + url if url.startswith("/") else url,
            headers or {},
            content,
            sent=self._inside,
        )
        try:
            async with asyncio.timeout(self.timeout) as limit:
                return await self._until_answered(request, limit)
        except TimeoutError as error:
            raise request.timed_out(self.timeout) from error

    async def _until_answered(self, request: "_Request", limit: asyncio.Timeout) -> Answer:
        pause = _FIRST_PAUSE
        for attempt in range(1, _MOST_ATTEMPTS + 1):
            last = attempt == _MOST_ATTEMPTS or not request.endpoint.repeatable
            wait = pause * random.uniform(0.5, 1.0)
            try:
                answer = await self._once(request)
                asked = retry_after(answer.headers)
                wait = wait if asked is None else asked
                if last or answer.status not in _TRY_AGAIN or wait >= _left(limit):
                    return answer
            except errors.Unavailable:
                if last or request.hopeless or wait >= _left(limit):
                    raise
            await self._pause(wait)
            pause = min(pause * 2, _LONGEST_PAUSE)
        raise AssertionError("the last attempt returns or raises")

    async def _once(self, request: "_Request") -> Answer:
        started = time.time()
        try:
            response = await self._client.request(
                request.endpoint.method,
                request.url,
                headers=request.headers,
                content=request.content,
                extensions={"trace": request.trace},
            )
        except httpx.ConnectTimeout as error:
            raise request.broken(error) from error
        except httpx.TimeoutException as error:
            raise request.timed_out(self.timeout) from error
        except httpx.TransportError as error:
            raise request.broken(error) from error
        except httpx.DecodingError as error:
            raise not_understood(request.endpoint, "its compression is broken", errors.Source()) from error
        except (httpx.InvalidURL, UnicodeError) as error:
            request.hopeless = True
            raise errors.Unavailable("The address is not one a request can be sent to.") from error
        except RuntimeError as error:
            if not self._client.is_closed:
                raise
            request.hopeless = True
            raise errors.Unavailable("The connection was closed here.") from error
        ended = time.time()
        date = http_date(response.headers.get("date", ""))
        difference = None if date is None else date + 0.5 - (started + ended) / 2
        if difference is not None:
            self.clock_difference = difference
        return Answer(response.status_code, response.headers, response.content, difference)


def _left(limit: asyncio.Timeout) -> float:
    when = limit.when()
    return float("inf") if when is None else when - asyncio.get_running_loop().time()


@dataclass(slots=True)
class _Request:
    endpoint: Endpoint
    url: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)
    sent: bool = False
    """Whether any of it may have reached the server."""
    hopeless: bool = False
    """Whether the same trouble would meet it again."""

    async def trace(self, event: str, info: Any) -> None:
        """Told by httpcore; a CONNECT is spoken to the proxy, not to the server."""
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            self.sent = True

    def timed_out(self, seconds: float) -> errors.ZitadelError:
        if not self.endpoint.writes:
            return errors.TimedOut(f"No answer within {seconds:g} s ({self.endpoint.name}).")
        if not self.sent:
            return errors.Unavailable(f"No connection within {seconds:g} s; nothing was sent.")
        return errors.OutcomeUnknown(
            f"No answer within {seconds:g} s ({self.endpoint.name}); whether it was done is not known."
        )

    def broken(self, error: httpx.TransportError) -> errors.ZitadelError:
        if self.sent and self.endpoint.writes:
            return errors.OutcomeUnknown(
                f"The line broke before the answer came ({self.endpoint.name}); "
                "whether it was done is not known."
            )
        sentence, hint, self.hopeless = _connection_trouble(self.url, error)
        return errors.Unavailable(sentence, hint)


def _connection_trouble(url: str, error: httpx.TransportError) -> tuple[str, str, bool]:
    """What stands between us and the server: sentence, next step, whether it will stay so."""
    host = shown(httpx.URL(url).netloc.decode("ascii", "replace"))
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"The certificate of {host} is not trusted: {shown(cause.verify_message)}.",
                "If it is your own authority, give its certificate with --ca-file FILE.",
                True,
            )
        if isinstance(cause, ssl.SSLError):
            return f"{host} does not speak TLS as expected.", "Is it http:// instead of https://?", True
        if isinstance(cause, ConnectionRefusedError):
            return f"Nothing listens at {host}.", "", False
        if cause.__class__.__name__ == "gaierror":
            advice = "Check the address and this machine's name resolution."
            return f"The name {host} is not known.", advice, True
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ProxyError):
        return "The proxy of the environment refused the connection.", _PROXY_ADVICE, False
    if isinstance(error, httpx.UnsupportedProtocol):
        return "The address needs https:// or http:// in front.", "", True
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
        return f"The line to {host} broke.", "Try again.", False
    return f"No connection to {host}.", "", False
