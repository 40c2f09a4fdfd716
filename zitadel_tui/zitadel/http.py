"""The transport: all requests go through it. The only module that imports httpx.

Time limits, TLS, proxies of the environment, retries of repeatable calls, refusing changes. It knows no
token: :mod:`zitadel_tui.zitadel.client` adds it per request, and redirects are never followed.
"""

import asyncio
import itertools
import random
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from copy import copy
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from zitadel_tui import __version__
from zitadel_tui.text import shown
from zitadel_tui.zitadel import endpoints, errors, refusal
from zitadel_tui.zitadel.imports import absent, late, settle_absence
from zitadel_tui.zitadel.traffic import (
    Answer,
    AnswersAtHand,
    Attempt,
    Ended,
    Event,
    Gates,
    Limiter,
    Observer,
    Request,
    Waiting,
)

_UNUSED = ("h2", "click")
"""What httpx would load for HTTP/2 and for a command of its own."""

if TYPE_CHECKING:
    import httpx
else:
    httpx = late("httpx")  # where answers are at hand it is not needed at once

_CONNECT_SECONDS = 10.0
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_SILENT_SECONDS = 1.0
"""After which an observer hears that there is no answer yet."""
_KEPT_ALIVE = 32
_TRY_AGAIN = frozenset({408, 429, 502, 503, 504})
PROXY_ADVICE = "Check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY."
STRICT = range(80, 95)
"""OpenSSL's codes for what only ``X509_V_FLAG_X509_STRICT`` refuses, which Python sets from 3.13 on."""
STRICT_ADVICE = (
    "Python 3.13 and later refuse such certificates. Issue the authority's and the server's again, with "
    "subject and authority key identifiers, or run zitadel-tui with Python 3.12 or 3.11."
)

AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]


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
        read_only: str = "",
        app: AsgiApp | None = None,
        limiter: Limiter | None = None,
        at_hand: AnswersAtHand | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``timeout`` is the total of one request in seconds, its retries included.

        ``app`` answers in this process instead of a socket (the demo); ``pause`` waits between two
        attempts, in seconds. What is ``at_hand`` is not asked for. Raises ``Unavailable`` for an unusable
        CA file or proxy of the environment.
        """
        self.origin = origin
        self.timeout = timeout
        self.read_only = read_only
        """Why every change is refused, as a part of a sentence; empty when none is."""
        self.limiter = limiter or Gates()
        self.observers: list[Observer] = []
        """Called for every attempt and for waiting; see :data:`~zitadel_tui.zitadel.traffic.Event`."""
        self.trace: Observer | None = None
        """Another one, which also those beside this transport have."""
        self.clock_difference: float | None = None
        """Server time minus ours in seconds, as last seen."""
        self._at_hand = at_hand
        self._pause = pause
        self._numbers = itertools.count(1)
        # The transport is named only for the demo: naming one makes httpx ignore the environment's proxies.
        self._inside = _inside(app) if app is not None else None
        self._tls_context = partial(tls_context, ca_file=ca_file, insecure=insecure)
        self._clients: dict[bool, httpx.AsyncClient] = {}  # by whether they support TLS
        self._closed = False
        if ca_file is not None:
            self._tls_context()  # fail now, even if only the token endpoint needs it
        if at_hand is None:
            self._client_for(origin)

    def beside(self, limiter: Limiter) -> "Transport":
        """A transport to the same server, with connections and a limiter of its own."""
        other = copy(self)
        other.limiter, other.observers, other._clients, other._at_hand = limiter, [], {}, None
        return other

    @property
    def age_at_hand(self) -> float:
        """How long ago the next answer was asked for, in seconds: 0 unless answers are at hand."""
        return self._at_hand.age if self._at_hand is not None else 0.0

    def _client_for(self, url: str) -> "httpx.AsyncClient":
        """The client for a URL. Loading the system's certificates takes 20 ms, so plain HTTP has its own
        client."""
        tls = self._inside is None and not url.startswith("http:")
        if tls not in self._clients:
            context = self._tls_context() if tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._clients[tls] = self._new_client(context)
        return self._clients[tls]

    def _new_client(self, context: ssl.SSLContext) -> "httpx.AsyncClient":
        from http.cookiejar import DefaultCookiePolicy

        settle_absence("sniffio")  # httpcore looks for it eight times a request
        try:
            with absent(*_UNUSED):
                client = httpx.AsyncClient(
                    transport=self._inside,
                    verify=context,
                    # The limiter bounds the requests in flight; the time limit bounds everything else.
                    limits=httpx.Limits(max_connections=None, max_keepalive_connections=_KEPT_ALIVE),
                    timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
                    follow_redirects=False,
                    headers={"User-Agent": f"zitadel-tui/{__version__}", "Accept-Language": "en"},
                )
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            raise errors.Unavailable(
                "The proxy that the environment names cannot be used.", PROXY_ADVICE
            ) from error
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        return client

    async def close(self) -> None:
        self._closed = True
        for client in self._clients.values():
            await client.aclose()

    async def send(self, request: Request) -> Answer:
        """Send a request and return the answer, whatever its status.

        Raises ``ReadOnly``, ``Unavailable`` (nothing was sent), ``TimedOut`` or, for a write that may have
        reached the server, ``OutcomeUnknown``. Repeatable calls are tried again, with growing random
        pauses, until the time is used up. Waiting for the limiter does not count against the time.
        """
        endpoint = request.endpoint
        if self.read_only and (endpoint.writes or endpoints.TABLE.get(endpoint.name) is not endpoint):
            raise errors.ReadOnly(f"Not sent: '{endpoint.name}' changes something, and {self.read_only}.")
        if (answer := self._taken(request)) is not None:
            return answer
        number = next(self._numbers)
        try:
            return await self._until_answered(number, request)
        finally:
            self._tell(Ended(number))

    def _taken(self, request: Request) -> Answer | None:
        """The answer that is at hand. None is after something was written."""
        if request.endpoint.writes:
            self._at_hand = None
        answer = None if self._at_hand is None else self._at_hand.take(request)
        if answer is not None and answer.clock_difference is not None:
            self.clock_difference = answer.clock_difference
        return answer

    async def _until_answered(self, number: int, request: Request) -> Answer:
        left = self.timeout
        for count, pause in enumerate(_pauses(), 1):
            sending = _Sending(request, self._absolute(request), sent=self._inside is not None)
            attempt = await self._attempt(number, sending, count, left)
            left -= attempt.seconds
            wait = None if sending.hopeless else _wait_before_next(attempt, pause, left)
            if wait is None:
                if attempt.answer is None:
                    assert attempt.error is not None
                    raise attempt.error
                return attempt.answer
            self._tell_waiting(number, request, sending.reason, count, left)
            await self._pause(wait)
            left -= wait
        raise AssertionError("pauses have no end")

    async def _attempt(self, number: int, sending: "_Sending", count: int, left: float) -> Attempt:
        request = sending.request
        limiter = self.limiter
        await limiter.admit(request.endpoint)
        silent = asyncio.get_running_loop().call_later(
            _SILENT_SECONDS,
            lambda: self._tell_waiting(number, request, "no answer yet", count, left - _SILENT_SECONDS),
        )
        begun = time.monotonic()
        outcome: Answer | errors.ZitadelError | None = None
        try:
            async with asyncio.timeout(left):
                outcome = await self._once(sending)
        except TimeoutError:
            outcome = sending.timed_out(self.timeout)
        finally:
            silent.cancel()
            attempt = Attempt(
                number,
                request,
                time.monotonic() - begun,
                answer=outcome if isinstance(outcome, Answer) else None,
                error=outcome if isinstance(outcome, errors.ZitadelError) else None,
            )
            limiter.ended(attempt)
            self._tell(attempt)
        return attempt

    async def _once(self, sending: "_Sending") -> Answer | errors.ZitadelError:
        """Make one attempt. Errors are returned, not chained: httpx's frames contain headers and bodies,
        and crash reports show local variables."""
        if self._closed:
            return sending.closed()
        started = time.time()
        try:
            client = self._client_for(sending.url)
            response = await client.send(_built(client, sending))
        except httpx.DecodingError:
            return refusal.not_understood(
                sending.request.endpoint, "its compression is broken", errors.Source()
            )
        except httpx.TransportError as error:
            return sending.broken(error)
        except (httpx.InvalidURL, UnicodeError):
            sending.hopeless = True
            return errors.Unavailable("The address is not one that a request can be sent to.")
        except RuntimeError:
            if not self._closed:
                raise
            return sending.closed()
        middle = (started + time.time()) / 2
        date = refusal.http_date(response.headers.get("date", ""))
        difference = None if date is None else date + 0.5 - middle
        if difference is not None:
            self.clock_difference = difference
        sending.reason = f"it answers with status {response.status_code}"
        return Answer(response.status_code, response.headers, response.content, difference)

    def _absolute(self, request: Request) -> str:
        url = request.url or request.endpoint.path
        return self.origin + url if url.startswith("/") else url

    def _tell_waiting(self, number: int, request: Request, reason: str, attempts: int, left: float) -> None:
        repeatable = request.endpoint.repeatable
        self._tell(Waiting(number, self.origin, reason, attempts, left, repeatable))

    def _tell(self, event: Event) -> None:
        """Notify observers. A failing observer must not lose the answer of a write; the loop's handler
        reports it."""
        for observer in (*self.observers, *((self.trace,) if self.trace else ())):
            try:
                observer(event)
            except Exception as error:
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "an observer of the transport failed", "exception": error}
                )


def _inside(app: AsgiApp) -> "httpx.ASGITransport":
    with absent(*_UNUSED):
        return httpx.ASGITransport(app=app, raise_app_exceptions=False)


def _built(client: "httpx.AsyncClient", sending: "_Sending") -> "httpx.Request":
    request = sending.request
    return client.build_request(
        request.endpoint.method,
        sending.url,
        headers=request.headers,
        content=request.content,
        extensions={"trace": sending.trace},
    )


def _pauses() -> Iterator[float]:
    """Pauses in seconds, growing up to a maximum; random, so that clients do not retry at the same time."""
    pause = _FIRST_PAUSE
    while True:
        yield pause * random.uniform(0.5, 1.0)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _wait_before_next(attempt: Attempt, pause: float, left: float) -> float | None:
    """Seconds until the next attempt; None to give up."""
    if not attempt.request.endpoint.repeatable or left < _FIRST_PAUSE:
        return None
    answer = attempt.answer
    if answer is None:
        return min(pause, left / 2) if isinstance(attempt.error, errors.Unavailable) else None
    asked = refusal.retry_after(answer.headers)
    if answer.status not in _TRY_AGAIN or (asked is not None and asked >= left):
        return None
    if answer.status == 429 and asked is None and refusal.envelope(answer):
        return None  # from ZITADEL itself: a quota or a size, which waiting does not change
    return max(asked or 0.0, min(pause, left / 2))


class _Sending:
    """One running attempt."""

    def __init__(self, request: Request, url: str, *, sent: bool) -> None:
        self.request = request
        self.url = url
        self.sent = sent
        """Whether any of it may have reached the server."""
        self.hopeless = False
        """Whether the same trouble would meet it again."""
        self.reason = "no answer yet"

    async def trace(self, event: str, info: Any) -> None:
        """Called by httpcore; a CONNECT goes to the proxy, not to the server."""
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            self.sent = True

    def timed_out(self, seconds: float) -> errors.ZitadelError:
        endpoint = self.request.endpoint
        if not endpoint.writes:
            return errors.TimedOut(f"No answer within {seconds:g} s ('{endpoint.name}').")
        if not self.sent:
            return errors.Unavailable(f"No connection within {seconds:g} s; nothing was sent.")
        return refusal.outcome_unknown(f"No answer within {seconds:g} s ('{endpoint.name}').")

    def broken(self, error: "httpx.TransportError") -> errors.ZitadelError:
        failure = self._lost() or self._unavailable(error)
        # Names only: the messages may quote what was sent.
        failure.add_note("Cause: " + ", caused by ".join(type(one).__name__ for one in _chain(error)))
        return failure

    def closed(self) -> errors.ZitadelError:
        self.hopeless = True
        return self._lost() or errors.Unavailable("The connection was closed by this program.")

    def _lost(self) -> errors.ZitadelError | None:
        """The error for a write that may have arrived."""
        if not self.sent or not self.request.endpoint.writes:
            return None
        return refusal.outcome_unknown(
            f"The connection dropped before the server answered ('{self.request.endpoint.name}')."
        )

    def _unavailable(self, error: "httpx.TransportError") -> errors.Unavailable:
        trouble = _connection_trouble(self.url, error)
        self.reason, self.hopeless = trouble.reason, trouble.lasting
        return errors.Unavailable(trouble.sentence, trouble.hint)


def _chain(error: BaseException) -> list[BaseException]:
    """``error`` and its causes."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return chain


class _Trouble(NamedTuple):
    """A connection problem; ``lasting`` when another attempt will not help."""

    sentence: str
    reason: str
    hint: str = ""
    lasting: bool = False


def _connection_trouble(url: str, error: "httpx.TransportError") -> _Trouble:
    host = shown(httpx.URL(url).netloc.decode("ascii", "replace"))
    if isinstance(error, httpx.ConnectTimeout):  # the interrupted error is of no use
        return _Trouble(f"No connection to {host} within {_CONNECT_SECONDS:g} s.", "no connection")
    dropped = _Trouble(f"The connection to {host} dropped.", "the connection dropped", "Try again.")
    for cause in _chain(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            if cause.verify_code in STRICT:
                return _Trouble(
                    f"The certificate of {host} breaks a rule of RFC 5280: {shown(cause.verify_message)}.",
                    "its certificate breaks a rule of RFC 5280",
                    STRICT_ADVICE,
                    lasting=True,
                )
            return _Trouble(
                f"The certificate of {host} is not trusted: {shown(cause.verify_message)}.",
                "its certificate is not trusted",
                "If it is from your own authority, give that authority's certificate with --ca-file FILE.",
                lasting=True,
            )
        if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return dropped
        if isinstance(cause, ssl.SSLError):
            sentence = f"{host} does not speak TLS as expected."
            hint = "Check whether the address needs http:// instead of https://."
            return _Trouble(sentence, "it does not speak TLS as expected", hint, lasting=True)
        if isinstance(cause, ConnectionRefusedError):
            return _Trouble(f"Nothing listens at {host}.", "nothing listens there")
        if isinstance(cause, socket.gaierror):
            hint = "Check the address and this machine's name resolution."
            lasting = cause.errno != socket.EAI_AGAIN
            return _Trouble(f"The name {host} is not known.", "its name cannot be resolved", hint, lasting)
    if isinstance(error, httpx.ProxyError):
        status = str(error)[:3]  # httpx reports it in no other way
        sentence = f"The proxy of the environment refused the connection (status {shown(status)})."
        reason = "the proxy of the environment refuses the connection"
        return _Trouble(sentence, reason, PROXY_ADVICE, lasting=status.startswith("4"))
    if isinstance(error, httpx.UnsupportedProtocol):
        sentence = "The address needs https:// or http:// in front."
        return _Trouble(sentence, "its address is incomplete", lasting=True)
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
        return dropped
    return _Trouble(f"No connection to {host}.", "no connection")
