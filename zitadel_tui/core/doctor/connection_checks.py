"""Checks of the way to the server: proxy, DNS, connection, TLS. They send no credential."""

import asyncio
import shlex
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from zitadel_tui.core.doctor.findings import Finding
from zitadel_tui.failure import Failure
from zitadel_tui.settings import Settings
from zitadel_tui.text import shown
from zitadel_tui.zitadel import probe
from zitadel_tui.zitadel.http import PROXY_ADVICE, STRICT_ADVICE
from zitadel_tui.zitadel.probe import Certificate, HostPort, ProbeFailure, Proxy, Tls

_SOON = timedelta(days=14)
_MOST_NAMES = 4
_NAME_ADVICE = "Check the address for typing errors, and this machine's name resolution (/etc/resolv.conf)."


async def connection(settings: Settings) -> AsyncIterator[Finding]:
    """Check proxy, DNS, connection and TLS, in this order, up to the first that fails."""
    assert settings.domain is not None
    place = probe.host_port_of(settings.domain)
    try:
        proxy = probe.proxy_for(settings.domain)
    except ProbeFailure as failure:
        yield Finding("proxy", "fail", shown(str(failure)), PROXY_ADVICE, "connection")
        return
    if proxy is None:
        yield Finding("proxy", "ok", "No proxy is used for this address.")
    else:
        yield Finding("proxy", "ok", f"{shown(str(proxy.place))}, set by {proxy.variable}.")
    first = proxy.place if proxy else place
    try:
        found = await asyncio.to_thread(probe.addresses, first)
    except ProbeFailure as failure:
        advice = PROXY_ADVICE if proxy else _NAME_ADVICE
        yield Finding("dns", "fail", shown(str(failure)), advice, "connection")
        return
    yield Finding("dns", "ok", _resolved(first.host, found))
    try:
        took = await asyncio.to_thread(probe.connect, first)
    except ProbeFailure as failure:
        advice = PROXY_ADVICE if proxy else _connection_advice(place)
        yield Finding("connection", "fail", shown(str(failure)), advice, "connection")
        return
    yield Finding("connection", "ok", f"{shown(str(first))} answers after {took:.0f} ms.")
    yield await _tls(settings, place, proxy)


def _resolved(host: str, found: list[str]) -> str:
    if found == [host]:
        return f"{shown(host)} is an address, so no name is looked up."
    return f"{shown(host)} has the address {', '.join(map(shown, found))}."


def _connection_advice(place: HostPort) -> str:
    return f"Check that the server runs, that port {place.port} is right, and that no firewall is in between."


async def _tls(settings: Settings, place: HostPort, proxy: Proxy | None) -> Finding:
    if not place.is_tls:
        return Finding("tls", "ok", "Not used: the address begins with http://.")
    if proxy is not None and proxy.place.is_tls:
        return Finding("tls", "ok", "Not checked: the proxy itself is reached with TLS.")
    try:
        found = await asyncio.to_thread(
            probe.look_at_tls, place, ca_file=settings.ca_file, insecure=settings.insecure, proxy=proxy
        )
    except ProbeFailure as failure:
        advice = (
            PROXY_ADVICE
            if proxy
            else "Check whether the address needs http:// instead of https://, or another port."
        )
        return Finding("tls", "fail", shown(str(failure)), advice, "connection")
    except Failure as failure:
        return Finding("tls", "fail", failure.summary, failure.hint, "settings")
    if found.trouble:
        return Finding("tls", "fail", _untrusted(place, found), _tls_advice(place, found), "connection")
    certificate = found.certificate
    seen = f"{found.version}. {_described(certificate)}"
    if settings.insecure:
        advice = "Remove --insecure, and give your authority's certificate with --ca-file."
        return Finding("tls", "warn", f"Certificates are not checked. {seen}", advice, "connection")
    if certificate is not None and certificate.ends - datetime.now(UTC) < _SOON:
        advice = f"The certificate of {shown(place.host)} expires soon: renew it on the server."
        return Finding("tls", "warn", seen, advice, "connection")
    return Finding("tls", "ok", seen)


def _described(certificate: Certificate | None) -> str:
    if certificate is None:
        return "The certificate is not known."
    names = list(map(shown, certificate.names[:_MOST_NAMES]))
    more = len(certificate.names) - len(names)
    covered = ", ".join(names) + (f" and {more} more" if more > 0 else "") if names else "no name"
    return (
        f"Certificate for {covered}, issued by {shown(certificate.issuer)}, "
        f"valid until {certificate.ends:%Y-%m-%d}."
    )


def _untrusted(place: HostPort, found: Tls) -> str:
    told = _described(found.certificate)
    return f"The certificate of {shown(str(place))} is not accepted: {shown(found.message)}. {told}"


def _tls_advice(place: HostPort, found: Tls) -> str:
    certificate = found.certificate
    if found.trouble == "strict":
        return STRICT_ADVICE
    if certificate is None:
        return "Check the certificate of the server."
    if found.trouble == "name":
        names = ", ".join(map(shown, certificate.names[:_MOST_NAMES]))
        return f"Use a name that the certificate covers: {names or 'it has none'}."
    if found.trouble == "expired":
        return f"The certificate expired on {certificate.ends:%Y-%m-%d}: renew it on the server."
    if found.trouble == "not yet":
        return "The certificate is not valid yet: check this machine's clock."
    command = f"openssl s_client -showcerts -connect {shlex.quote(str(place))}"
    return (
        f"The authority {shown(certificate.issuer)} is not known here: get its certificate from the operator "
        f"of the server, and give it with --ca-file FILE. `{shown(command)}` shows what the server sends; "
        f"SHA-256 of its certificate: {certificate.fingerprint}."
    )
