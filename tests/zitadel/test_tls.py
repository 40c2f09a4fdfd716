"""Trust and proxies, over real sockets with a certificate authority made here."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.canned import Reply
from tests.sockets import SocketServer, closed_origin, ended
from tests.zitadel.sending import READ, WRITE, Pauses, scripted
from zitadel_tui.failure import Failure
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.endpoints import Endpoint
from zitadel_tui.zitadel.http import Transport
from zitadel_tui.zitadel.traffic import Request


@dataclass(frozen=True)
class Certificates:
    """PEM: an authority, and a certificate that it issued for 127.0.0.1, with its key."""

    authority: bytes
    server: bytes


@cache
def certificates(*, key_identifiers: bool = True, begins: int = -1, ends: int = 1) -> Certificates:
    """With all that Python 3.13 requires, or without key identifiers, as older tools issue them. ``begins``
    and ``ends`` say when the server's is valid, in days from now."""
    authority_key, server_key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    authority = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Authority of the test")])
    server = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)

    def signed(
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        *extensions: x509.ExtensionType,
        begins: int = -1,
        ends: int = 1,
    ) -> bytes:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(authority)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now + timedelta(days=begins))
        builder = builder.not_valid_after(now + timedelta(days=ends))
        identifiers = (
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
        )
        for extension in (*extensions, *(identifiers if key_identifiers else ())):
            critical = isinstance(extension, x509.BasicConstraints | x509.KeyUsage)
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    signs = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    own = signed(authority, authority_key, x509.BasicConstraints(ca=True, path_length=None), signs)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    private = server_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Certificates(own, private + signed(server, server_key, address, begins=begins, ends=ends))


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    file = tmp_path / "ca.pem"
    file.write_bytes(certificates().authority)
    return file


@pytest.fixture
async def tls_server(tmp_path: Path) -> AsyncIterator[SocketServer]:
    async with serving(certificates(), tmp_path) as server:
        yield server


def serving(given: Certificates, folder: Path) -> SocketServer:
    file = folder / "server.pem"
    file.write_bytes(given.server)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return SocketServer(scripted(Reply({})), tls=context)


async def status(transport: Transport) -> int:
    try:
        return (await transport.send(Request(READ))).status
    finally:
        await transport.close()


async def failure_of(transport: Transport) -> Failure:
    with pytest.raises(errors.Unavailable) as caught:
        await status(transport)
    return caught.value


async def test_an_authority_of_ones_own_is_refused_at_once_with_what_to_do(tls_server: SocketServer) -> None:
    pauses = Pauses()
    failure = await failure_of(Transport(tls_server.origin, pause=pauses))
    assert f"The certificate of 127.0.0.1:{tls_server.port} is not trusted" in failure.summary
    assert "--ca-file" in failure.hint
    assert (tls_server.asked, pauses) == ([], [])


async def test_a_ca_file_adds_trust(tls_server: SocketServer, ca_file: Path) -> None:
    assert await status(Transport(tls_server.origin, ca_file=ca_file)) == 200


async def test_certificates_without_key_identifiers_are_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.13 refuses them by itself; earlier versions do so when they are told to."""
    make = ssl.create_default_context

    def strict() -> ssl.SSLContext:
        context = make()
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", strict)
    given = certificates(key_identifiers=False)
    ca_file = tmp_path / "ca.pem"
    ca_file.write_bytes(given.authority)
    async with serving(given, tmp_path) as server:
        failure = await failure_of(Transport(server.origin, ca_file=ca_file, pause=Pauses()))
    assert f"The certificate of 127.0.0.1:{server.port}" in failure.summary
    assert "Key Identifier" in failure.summary
    for part in ("Python 3.13", "key identifiers", "Python 3.12"):
        assert part in failure.hint
    assert "--ca-file" not in failure.hint


async def test_a_ca_file_does_not_allow_another_name(tls_server: SocketServer, ca_file: Path) -> None:
    origin = f"https://localhost:{tls_server.port}"
    failure = await failure_of(Transport(origin, ca_file=ca_file, pause=Pauses()))
    assert "not trusted" in failure.summary or "Nothing listens" in failure.summary
    assert tls_server.asked == []


async def test_insecure_verifies_nothing(tls_server: SocketServer) -> None:
    assert await status(Transport(tls_server.origin, insecure=True)) == 200


async def test_plain_http_where_tls_is_expected_is_reported() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await ended(writer)

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    failure = await failure_of(Transport(f"https://127.0.0.1:{port}", pause=Pauses()))
    server.close()
    assert "does not speak TLS" in failure.summary
    assert "http://" in failure.hint


async def test_a_connection_that_ends_while_tls_begins_is_tried_again() -> None:
    async def ends(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        await ended(writer)

    server = await asyncio.start_server(ends, "127.0.0.1", 0)
    pauses = Pauses()
    origin = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    failure = await failure_of(Transport(origin, timeout=2, pause=pauses))
    server.close()
    assert "does not speak TLS" not in failure.summary
    assert pauses


@pytest.mark.parametrize("content", [None, b"", b"no certificate"], ids=["missing", "empty", "text"])
def test_a_ca_file_that_is_none_is_reported(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(errors.Unavailable, match=r"ca\.pem cannot be used") as caught:
        Transport("https://zitadel.example", ca_file=file)
    assert "--ca-file" in caught.value.hint


async def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with SocketServer(scripted(Reply({}))) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.origin)
        assert await status(Transport("http://zitadel.example")) == 200
    assert [asked.path for asked in proxy.asked] == [f"http://zitadel.example{READ.path}"]


async def test_no_proxy_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    async with SocketServer(scripted(Reply({}))) as proxy, SocketServer(scripted(Reply({}))) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.origin)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert await status(Transport(server.origin)) == 200
    assert (len(server.asked), proxy.connections) == (1, 0)


async def test_a_proxy_tunnels_tls_and_sees_no_token(
    tls_server: SocketServer, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with SocketServer(scripted(Reply({}))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.origin)
        transport = Transport(tls_server.origin, ca_file=ca_file)
        await transport.send(Request(READ, headers={"Authorization": "Bearer planted"}))
        await transport.close()
    assert [(asked.method, asked.path) for asked in proxy.asked] == [
        ("CONNECT", f"127.0.0.1:{tls_server.port}")
    ]
    assert "planted" not in repr(proxy.asked)
    assert tls_server.asked[0].headers["authorization"] == "Bearer planted"


@pytest.mark.parametrize("endpoint", [READ, WRITE], ids=["read", "write"])
@pytest.mark.parametrize(("status", "lasting"), [(407, True), (403, True), (503, False)])
async def test_what_a_proxy_refused_was_not_sent(
    endpoint: Endpoint, status: int, lasting: bool, tls_server: SocketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = Pauses()
    async with SocketServer(scripted(Reply("<html>Proxy</html>", status))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.origin)
        transport = Transport(tls_server.origin, insecure=True, timeout=2, pause=pauses)
        with pytest.raises(errors.Unavailable, match=f"proxy of the environment.*{status}") as caught:
            await transport.send(Request(endpoint))
        await transport.close()
    assert "HTTPS_PROXY" in caught.value.hint
    assert tls_server.asked == []
    assert bool(pauses) == (endpoint is READ and not lasting)


async def test_a_proxy_that_is_away_was_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", closed_origin())
    transport = Transport("http://zitadel.example", pause=Pauses())
    with pytest.raises(errors.Unavailable):
        await transport.send(Request(WRITE))
    await transport.close()


@pytest.mark.parametrize("value", ["socks5://127.0.0.1:1", "gopher://127.0.0.1:1"])
def test_a_proxy_that_cannot_be_used_is_reported(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(errors.Unavailable, match="proxy that the environment names"):
        Transport("https://zitadel.example")
