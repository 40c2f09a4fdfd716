"""Checks a connection step by step: proxy, DNS, TCP, TLS. It sends no data of the user. All functions block:
call them in a thread."""

import base64
import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from zitadel_tui.zitadel.http import STRICT, tls_context

_STEP = 10.0  # seconds for each step
_LONGEST_REPLY = 8192  # bytes of a proxy
_UNKNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21, 27})
"""OpenSSL's codes for a chain that does not end at a trusted authority."""
_EXPIRED, _NOT_YET, _OTHER_NAME, _OTHER_ADDRESS = 10, 9, 62, 64

Trouble = Literal["", "authority", "expired", "not yet", "name", "strict", "other"]


class HostPort(NamedTuple):
    """A host and port. ``is_tls``: with TLS."""

    host: str
    port: int
    is_tls: bool

    @property
    def shown_host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    def __str__(self) -> str:
        return f"{self.shown_host}:{self.port}"


class Proxy(NamedTuple):
    """A proxy, set by the environment variable ``variable``."""

    variable: str
    place: HostPort
    authorization: str
    """The value of the header, or empty. It is secret."""


class Certificate(NamedTuple):
    """Texts are the server's: not safe for a terminal. ``fingerprint`` is SHA-256 in hex, with colons."""

    issuer: str
    names: tuple[str, ...]
    ends: datetime
    fingerprint: str


class Tls(NamedTuple):
    version: str
    certificate: Certificate | None
    trouble: Trouble = ""
    message: str = ""
    """OpenSSL's message about the problem."""


class ProbeFailure(Exception):
    """A failed step; its message is safe for a terminal."""


def host_port_of(origin: str) -> HostPort:
    """Return host and port of ``scheme://host[:port]``."""
    parts = urlsplit(origin)
    is_tls = parts.scheme == "https"
    return HostPort(parts.hostname or "", parts.port or (443 if is_tls else 80), is_tls)


def proxy_for(origin: str) -> Proxy | None:
    """The proxy that the environment names for this address; None when none is used. Raises ``ProbeFailure``
    when it cannot be understood."""
    from urllib import request

    parts, proxies = urlsplit(origin), request.getproxies()
    if request.proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    kind = next((one for one in (parts.scheme, "all") if proxies.get(one)), None)
    if kind is None:
        return None
    variable, url = f"{kind.upper()}_PROXY", proxies[kind]
    try:
        named = urlsplit(url if "://" in url else f"http://{url}")
        host, port = named.hostname, named.port
    except ValueError:
        host, port, named = None, None, None
    if not host or named is None:
        raise ProbeFailure(f"The proxy that {variable} names is not an address.")
    is_tls = named.scheme == "https"
    secret = ""
    if named.username is not None:
        pair = f"{unquote(named.username)}:{unquote(named.password or '')}"
        secret = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return Proxy(variable, HostPort(host, port or (443 if is_tls else 80), is_tls), secret)


def addresses(place: HostPort) -> list[str]:
    """Resolve the host name to all addresses. Raises ``ProbeFailure``."""
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ProbeFailure(f"The name {place.host} is not known ({_reason(error)}).") from None
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def connect(place: HostPort) -> float:
    """Connect and hang up; returns milliseconds. Raises ``ProbeFailure``."""
    begun = time.monotonic()
    with _connected(place):
        return (time.monotonic() - begun) * 1000


@contextlib.contextmanager
def _connected(place: HostPort) -> Iterator[socket.socket]:
    try:
        connection = socket.create_connection((place.host, place.port), _STEP)
    except ConnectionRefusedError:
        raise ProbeFailure(f"Nothing listens at {place}.") from None
    except TimeoutError:
        raise ProbeFailure(f"No connection to {place} within {_STEP:g} s.") from None
    except (OSError, UnicodeError) as error:
        raise ProbeFailure(f"No connection to {place} ({_reason(error)}).") from None
    with connection:
        yield connection


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__


def look_at_tls(place: HostPort, *, ca_file: Path | None, insecure: bool, proxy: Proxy | None = None) -> Tls:
    """Do the TLS handshake and read the certificate. An untrusted certificate is read over a second
    connection, on which nothing is sent. Raises ``ProbeFailure``, and ``Unavailable`` for an unusable CA
    file."""
    context = tls_context(ca_file=ca_file, insecure=insecure)
    try:
        return _shaken(place, proxy, context)
    except ssl.SSLCertVerificationError as error:
        looked = _shaken(place, proxy, tls_context(ca_file=None, insecure=True))
        return looked._replace(trouble=_trouble(error.verify_code), message=error.verify_message)
    except ssl.SSLError as error:
        raise ProbeFailure(
            f"{place} does not speak TLS as expected ({error.reason or 'no reason'})."
        ) from None
    except (OSError, ValueError) as error:
        raise ProbeFailure(
            f"The connection to {place} dropped during the handshake ({_reason(error)})."
        ) from None


def _trouble(code: int) -> Trouble:
    if code in STRICT:
        return "strict"
    if code in (_OTHER_NAME, _OTHER_ADDRESS):
        return "name"
    if code in (_EXPIRED, _NOT_YET):
        return "expired" if code == _EXPIRED else "not yet"
    return "authority" if code in _UNKNOWN_AUTHORITY else "other"


def _shaken(place: HostPort, proxy: Proxy | None, context: ssl.SSLContext) -> Tls:
    with _connected(proxy.place if proxy else place) as connection:
        if proxy is not None:
            _tunnel(connection, place, proxy)
        with context.wrap_socket(connection, server_hostname=place.host) as secure:
            data = secure.getpeercert(binary_form=True)
            return Tls(secure.version() or "TLS", _certificate(data) if data else None)


def _tunnel(connection: socket.socket, place: HostPort, proxy: Proxy) -> None:
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    reply = b""
    while b"\r\n\r\n" not in reply and len(reply) < _LONGEST_REPLY:
        part = connection.recv(_LONGEST_REPLY)
        if not part:
            break
        reply += part
    status = reply.split(b" ", 2)[1:2]
    if status != [b"200"]:
        said = status[0].decode("ascii", "replace")[:3] if status else "none"
        raise ProbeFailure(f"The proxy {proxy.place} refused the connection (status {said}).")


def _certificate(data: bytes) -> Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    found = x509.load_der_x509_certificate(data)
    try:
        alternative = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = (
            *alternative.get_values_for_type(x509.DNSName),
            *map(str, alternative.get_values_for_type(x509.IPAddress)),
        )
    except (x509.ExtensionNotFound, ValueError):
        names = ()
    return Certificate(
        _name(found.issuer),
        names,
        found.not_valid_after_utc.astimezone(UTC),
        found.fingerprint(hashes.SHA256()).hex(":").upper(),
    )


def _name(name: "object") -> str:
    from cryptography import x509

    assert isinstance(name, x509.Name)
    common = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()
