"""A demo that records what it is asked while a client signs in to it."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from zitadel_tui.demo.server import Demo
from zitadel_tui.failure import Failure
from zitadel_tui.settings import KeyFileSource
from zitadel_tui.zitadel import keyfile
from zitadel_tui.zitadel.auth import KeyFileSignIn
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.http import Transport
from zitadel_tui.zitadel.keyfile import KeyFile

DEMO_KEY = Demo(size=0).key_file()
"""A key that any demo of the same account knows: it is made once for a process."""


class Watched:
    """A demo with a record of what it was asked, and a sign-in to it."""

    now = 0.0

    def __init__(self, *, clock: Callable[[], float] = time.time, **knobs: Any) -> None:
        """``clock`` is the server's; ``now`` moves both clocks, and the time that passes, ahead."""
        self.demo = Demo(size=3, lag=(0, 0), clock=lambda: clock() + self.now, **knobs)
        self.key = self.demo.key_file()
        self.asked: list[tuple[str, str]] = []
        self.loaded = 0
        self.transport = self.to(self.demo.origin)
        self.tokens = self.sign_in()

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append((scope["method"], scope["path"]))
        await asyncio.sleep(0)  # as over a line, others may run meanwhile
        await self.demo.app(scope, receive, send)

    def to(self, origin: str) -> Transport:
        return Transport(origin, timeout=5, app=self.app)

    def load(self) -> KeyFile:
        self.loaded += 1
        source = KeyFileSource(None, "the test")
        return keyfile.parse(self.key, source, now=datetime.now(UTC))

    def sign_in(self, **options: Any) -> KeyFileSignIn:
        given: dict[str, Any] = {
            "token_url": f"{self.transport.origin}/oauth/v2/token",
            "clock": lambda: time.time() + self.now,
            "monotonic": lambda: self.now,
        }
        return KeyFileSignIn(self.transport, self.load, **(given | options))

    @property
    def exchanges(self) -> int:
        return self.asked.count(("POST", "/oauth/v2/token"))

    def client(self) -> Client:
        return Client(self.transport, self.tokens)


def clock_off_by(seconds: float) -> Callable[[], float]:
    return lambda: time.time() + seconds


async def refused(tokens: KeyFileSignIn) -> Failure:
    with pytest.raises(Failure) as caught:
        await tokens.token()
    return caught.value


ALIAS = "http://demo.zitadel.example:8089"
"""On the host of the demo, with another scheme and port."""
FOREIGN = "https://elsewhere.example"


def behind(address: str, watched: Watched) -> Transport:
    """The demo, reached under an address that it does not call itself by."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        host = watched.demo.origin.partition("://")[2]
        headers = [(name, host.encode() if name == b"host" else value) for name, value in scope["headers"]]
        inside = scope | {"headers": headers, "scheme": "https", "server": (host, 443)}
        await watched.app(inside, receive, send)

    return Transport(address, timeout=5, app=app)


def key_of_the_demo() -> KeyFile:
    return keyfile.parse(DEMO_KEY, KeyFileSource(None, "the test"), now=datetime.now(UTC))


async def renewed(tokens: KeyFileSignIn) -> None:
    """Wait for the renewal in the background, if there is one."""
    renewal = tokens._renewal
    if renewal is not None:
        await asyncio.wait([renewal])
