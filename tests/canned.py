"""A server that answers by script, inside this process: with answers that no ZITADEL would give."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zitadel_tui.secret import Secret
from zitadel_tui.zitadel.auth import PersonalAccessToken
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.http import Transport

ORIGIN = "https://zitadel.example"
TOKEN = "token-of-the-test"


@dataclass(frozen=True)
class Reply:
    """``body`` as it goes out: bytes and text raw, all else as JSON."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        kind = "text/html" if isinstance(self.body, str) else "application/json"
        headers = {"content-type": kind, **self.headers}
        return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]


@dataclass(frozen=True)
class ReceivedRequest:
    """A request as it arrived; header names are lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


Script = Iterable[Reply] | Callable[[ReceivedRequest], Reply]


class Canned:
    """Gives the replies of ``script`` in order, or as a function of the request; notes what was asked."""

    def __init__(self, script: Script) -> None:
        if callable(script):
            self._answer = script
        else:
            replies = iter(script)
            self._answer = lambda asked: next(replies)
        self.asked: list[ReceivedRequest] = []

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        content = b""
        while True:
            message = await receive()
            content += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        path = scope["raw_path"].decode().partition("?")[0]
        asked = ReceivedRequest(scope["method"], path, scope["query_string"].decode(), headers, content)
        self.asked.append(asked)
        reply = self._answer(asked)
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.raw_headers})
        await send({"type": "http.response.body", "body": reply.content})

    def transport(
        self,
        *,
        timeout: float = 5.0,
        read_only: str = "",
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> Transport:
        return Transport(ORIGIN, timeout=timeout, read_only=read_only, app=self.app, pause=pause)

    def client(self, *, org_id: str = "") -> Client:
        return Client(self.transport(), PersonalAccessToken(Secret(TOKEN)), org_id=org_id)
