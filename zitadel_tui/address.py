"""The address of a ZITADEL: parsed from user input into a normal form that can be compared."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown

_DEFAULT_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?")
_HOST_LIMIT = 253


def origin(text: str, name: str) -> str:
    """``text`` as ``scheme://host[:port]``: lower case, no default port, no slash; a bare host is https.

    ``name`` is what messages call the value. Raises ``UsageFailure`` for a path, credentials or anything
    invalid."""
    parts = _split(text, name)
    result = _origin_of(parts, name)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise UsageFailure(f"{name} contains more than an address.", f"Write only {result}, without a path.")
    return result


def endpoint(text: str, name: str) -> str:
    """Return a full URL whose origin is in the form of :func:`origin`. Raises ``UsageFailure``."""
    parts = _split(text, name)
    start = _origin_of(parts, name)
    if parts.path in ("", "/") or parts.fragment or not parts.path.isascii() or " " in parts.path:
        raise UsageFailure(
            f"{name} is not the URL of an endpoint.", f"ZITADEL's own is {start}/oauth/v2/token."
        )
    return start + parts.path + (f"?{parts.query}" if parts.query else "")


def origin_of(url: str) -> str:
    """The origin of any URL, to compare two of them; raises ``UsageFailure`` when it has none."""
    return _origin_of(_split(url, "The URL"), "The URL")


def server_of(origin: str) -> str:
    """The server that an origin in the form of :func:`origin` leads to, to compare two of them: its host,
    without the dot that ends a full name, and its port unless it is 80 or 443: there it has one ZITADEL."""
    parts = urlsplit(origin)
    host = (parts.hostname or "").rstrip(".")
    return host if parts.port in (None, *_DEFAULT_PORTS.values()) else f"{host}:{parts.port}"


def is_loopback(url: str) -> bool:
    """Whether the URL's host can only be this machine: 127.0.0.0/8, ::1, localhost and below it."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(text: str, name: str) -> SplitResult:
    if "<" in text or ">" in text:
        raise UsageFailure(f"{name} is still a placeholder.", "Write the address of your ZITADEL there.")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        unreadable = parts.hostname is None
    except ValueError:
        unreadable = True
    if unreadable:
        raise UsageFailure(f"{name} is not an address.", "Write it like https://zitadel.example.com.")
    if parts.scheme not in _DEFAULT_PORTS:
        raise UsageFailure(
            f"{name} has the scheme {shown(parts.scheme)}.", "Only https and http are possible."
        )
    if "@" in parts.netloc:
        raise UsageFailure(
            f"{name} holds a user name or password.", "Write only the host; the key file is the credential."
        )
    return parts


def _origin_of(parts: SplitResult, name: str) -> str:
    host = _host(parts.hostname or "", name)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0 or parts.netloc.endswith(":"):
        raise UsageFailure(f"{name} has an invalid port.", "A port is a number from 1 to 65535.")
    if port is None or port == _DEFAULT_PORTS[parts.scheme]:
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}://{host}:{port}"


def _host(host: str, name: str) -> str:
    """The host as sent over the wire: international names in ASCII form, IPv6 in brackets."""
    if ":" in host:
        try:
            return f"[{ipaddress.IPv6Address(host).compressed}]"
        except ValueError:
            host = ""
    if not host.isascii():
        import idna  # only for the few who need it

        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError:
            host = ""
    if len(host) > _HOST_LIMIT or ".." in host or not _HOST.fullmatch(host):
        raise UsageFailure(f"{name} has no valid host name.", "Write it like https://zitadel.example.com.")
    return host
