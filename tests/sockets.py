"""HTTP/1.1 over real sockets by hand: reading a request, and a server that answers by script."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from typing import Self
from urllib.parse import urlsplit

from tests.canned import ReceivedRequest, Reply

Answer = Reply | bytes | None
_held: list[socket.socket] = []
Handler = Callable[[ReceivedRequest], Awaitable[Answer]]


def closed_origin() -> str:
    """An address of this machine where nothing listens: the port is held for as long as the process runs."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    _held.append(held)
    return f"http://127.0.0.1:{held.getsockname()[1]}"


async def read_request(reader: asyncio.StreamReader) -> tuple[ReceivedRequest, bytes] | None:
    """The next request and its bytes; None when the other side is done."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    content = await reader.readexactly(int(headers.get("content-length", "0")))
    method, target, _ = first.split(" ", 2)
    path, _, query = target.partition("?")
    return ReceivedRequest(method, path, query, headers, content), head + content


def reset(writer: asyncio.StreamWriter) -> None:
    """End the connection with a TCP reset instead of a farewell."""
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def ended(writer: asyncio.StreamWriter) -> None:
    """Close the connection and see it closed, however it fares."""
    writer.close()
    with contextlib.suppress(ConnectionError, ssl.SSLError, TimeoutError):
        async with asyncio.timeout(1):  # TLS waits for the farewell of a peer that may be gone
            await writer.wait_closed()
    writer.transport.abort()


def to_bytes(reply: Reply) -> bytes:
    headers = {b"content-length": str(len(reply.content)).encode(), **dict(reply.raw_headers)}
    lines = [b"%s: %s" % pair for pair in headers.items()]
    return b"HTTP/1.1 %d Said\r\n" % reply.status + b"\r\n".join(lines) + b"\r\n\r\n" + reply.content


class SocketServer:
    """Async context manager on a free port of 127.0.0.1; lives on the loop of the test.

    ``handler`` gives a Reply, raw bytes after which the connection is closed, or None: a reset.
    """

    def __init__(self, handler: Handler, *, tls: ssl.SSLContext | None = None) -> None:
        self._handler = handler
        self._tls = tls
        self._serving: set[asyncio.Task[None]] = set()
        self.asked: list[ReceivedRequest] = []
        self.connections = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for serving in self._serving:
            serving.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    @property
    def origin(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        serving = asyncio.ensure_future(self._serve(reader, writer))
        self._serving.add(serving)
        await asyncio.wait([serving])
        self._serving.discard(serving)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await read_request(reader)) is not None:
                self.asked.append(request[0])
                if request[0].method == "CONNECT":
                    await self._tunnel(request[0], reader, writer)
                    return
                answer = await self._handler(request[0])
                if answer is None:
                    reset(writer)
                    return
                writer.write(answer if isinstance(answer, bytes) else to_bytes(answer))
                await writer.drain()
                if isinstance(answer, bytes):
                    return
        except ConnectionError:
            pass
        finally:
            await ended(writer)

    async def _tunnel(
        self, asked: ReceivedRequest, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """What a forward proxy does with CONNECT, unless the handler refuses it."""
        answer = await self._handler(asked)
        if not isinstance(answer, Reply) or answer.status != 200:
            writer.write(to_bytes(answer) if isinstance(answer, Reply) else answer or b"")
            await writer.drain()
            return
        there = urlsplit(f"//{asked.path}")
        inner, outer = await asyncio.open_connection(there.hostname, there.port)
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        await asyncio.gather(copied(reader, outer), copied(inner, writer))


async def copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Everything from ``reader`` to ``writer``, and its end."""
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        await ended(writer)
