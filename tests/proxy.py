"""A small TCP proxy with scripted faults of the line, before any HTTP server on this machine."""

import asyncio
import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

from tests.canned import ReceivedRequest
from tests.sockets import ended, read_request, reset

Kind = Literal["reset before", "reset after", "half", "silent before", "silent after", "held"]


@dataclass(slots=True)
class LineFault:
    """``before`` and ``after`` mean: the server did not, or did, get the request. ``half`` breaks off in the
    middle of the answer; ``held`` waits for :meth:`FaultProxy.go_on` before the server gets it."""

    kind: Kind
    match: str
    times: int
    hits: int = 0


class FaultProxy:
    """Context manager; runs in a thread, so that it serves tests, threads and other processes alike."""

    def __init__(self, target: str) -> None:
        """``target`` is the server's origin, ``http://host:port``."""
        parts = urlsplit(target)
        self._target = parts.hostname or "", parts.port or 80
        self._faults: list[LineFault] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="fault proxy", daemon=True)
        self._begun = threading.Event()
        self.seen: list[tuple[str, str]] = []
        """Method and path of every request that came from the client."""
        self.passed: list[tuple[str, str]] = []
        """Those that the server answered."""
        self.struck = threading.Event()
        """Set when a fault has struck."""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def fault(self, kind: Kind, match: str = "* *", *, times: int = 1) -> LineFault:
        """Strike the next ``times`` requests that fit ``match``, ``METHOD /path`` with ``*`` as wildcard."""
        fault = LineFault(kind, match, times)
        self._faults.append(fault)
        return fault

    def go_on(self) -> None:
        """Let what is held pass."""
        self._loop.call_soon_threadsafe(self._gate.set)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._begun.wait(20):
            raise RuntimeError("the proxy did not begin")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._begun.set()
        self._loop.run_forever()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._server.close()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _listen(self) -> None:
        self._gate = asyncio.Event()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._port: int = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request to a connection: answers say that it is closed."""
        try:
            request = await read_request(reader)
            if request is not None:
                asked, raw = request
                self.seen.append((asked.method, asked.path))
                await self._answer(asked, raw, reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            await ended(writer)

    async def _answer(
        self, asked: ReceivedRequest, raw: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        kind = self._next(asked.method, asked.path)
        if kind == "reset before":
            reset(writer)
        elif kind == "silent before":
            await reader.read()  # until the client has gone
        elif kind == "held":
            await self._gate.wait()
        if kind in ("reset before", "silent before"):
            return
        answer = await self._forwarded(raw)
        self.passed.append((asked.method, asked.path))
        if kind == "reset after":
            reset(writer)
        elif kind == "silent after":
            await reader.read()  # until the client has gone
        else:
            writer.write(answer[: len(answer) - 20] if kind == "half" else answer)
            await writer.drain()

    def _next(self, method: str, path: str) -> Kind | None:
        for fault in self._faults:
            if fault.hits < fault.times and fnmatchcase(f"{method} {path}", fault.match):
                fault.hits += 1
                self.struck.set()
                return fault.kind
        return None

    async def _forwarded(self, raw: bytes) -> bytes:
        """The server's whole answer."""
        reader, writer = await asyncio.open_connection(*self._target)
        try:
            head, _, content = raw.partition(b"\r\n\r\n")
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
            writer.write(b"\r\n".join([*lines, b"connection: close"]) + b"\r\n\r\n" + content)
            await writer.drain()
            return await reader.read()
        finally:
            await ended(writer)
