"""Scripted faults at the level of HTTP, as servers and proxies have them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from json import dumps
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_GRPC = {400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 429: 8, 500: 2, 503: 14, 504: 4}
_PROXY_PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1><hr>nginx</body></html>\n"
Kind = Literal["status", "slow", "html", "truncated", "withheld", "hang", "redirect"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One bad answer. Kinds: `status` (the gRPC envelope of `status`, nothing done), `slow` (the true answer
    after `seconds`), `html` (a proxy's page with `status`), `truncated` (half of the true answer), `withheld`
    (the call is done, then a proxy's 504 page), `hang` (the call is done, no answer ever), `redirect` (302 to
    `location`)."""

    kind: Kind = "status"
    status: int = 500
    message: str = "fault"
    id: str = ""
    retry_after: str = ""
    seconds: float = 0.0
    location: str = "https://elsewhere.example/"


@dataclass(slots=True)
class Rule:
    """A fault and when it strikes; `hits` counts how often it did."""

    fault: Fault
    method: str
    path: str
    times: int
    after: int
    hits: int = 0

    def strikes(self, method: str, path: str) -> bool:
        if self.method not in ("*", method) or not fnmatchcase(path, self.path):
            return False
        if self.times and self.hits >= self.times:
            return False
        if self.after:
            self.after -= 1
            return False
        self.hits += 1
        return True


class Faults:
    """The script. Rules are tried in the order they were added; the first that strikes decides."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def add(self, fault: Fault, match: str = "* *", *, times: int = 1, after: int = 0) -> Rule:
        """`match` is `METHOD /path`, both with `*` as wildcard; `times` 0 is always; `after` the number of
        matching requests to let through first."""
        method, _, path = match.partition(" ")
        rule = Rule(fault, method, path or "*", times, after)
        self._rules.append(rule)
        return rule

    def clear(self) -> None:
        self._rules.clear()

    def next(self, method: str, path: str) -> Fault | None:
        return next((rule.fault for rule in self._rules if rule.strikes(method, path)), None)


class Faulty:
    """ASGI middleware: latency for every answer, and the faults of the script."""

    def __init__(self, app: ASGIApp, faults: Faults, latency: Callable[[], float]) -> None:
        self._app = app
        self._faults = faults
        self._latency = latency

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if wait := self._latency():
            await asyncio.sleep(wait)
        fault = self._faults.next(scope["method"], scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await self._strike(fault, scope, receive, send)

    async def _strike(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            await self._app(scope, receive, send)
        elif fault.kind == "truncated":
            await self._app(scope, receive, _half(send))
        elif fault.kind in ("withheld", "hang"):
            await self._app(scope, receive, _nowhere)
            if fault.kind == "hang":
                while (await receive())["type"] != "http.disconnect":
                    pass
            else:
                await _respond(send, 504, "text/html", _PROXY_PAGE.format("504 Gateway Time-out"))
        elif fault.kind == "html":
            await _respond(send, fault.status, "text/html", _PROXY_PAGE.format(fault.message))
        elif fault.kind == "redirect":
            await _respond(send, 302, "text/plain", "", ("location", fault.location))
        else:
            await _respond(send, fault.status, "application/json", _envelope(fault), *_retry(fault))


def _envelope(fault: Fault) -> str:
    """The gateway's JSON; without an id there are no details."""
    code = _GRPC.get(fault.status, 2)
    if not fault.id:
        return dumps({"code": code, "message": fault.message})
    detail = {"@type": "type.googleapis.com/zitadel.v1.ErrorDetail", "id": fault.id, "message": fault.message}
    return dumps({"code": code, "message": f"{fault.message} ({fault.id})", "details": [detail]})


def _retry(fault: Fault) -> list[tuple[str, str]]:
    return [("retry-after", fault.retry_after)] if fault.retry_after else []


async def _nowhere(message: Message) -> None:
    """Receives an answer and drops it."""


def _half(send: Send) -> Send:
    """Cuts the body in the middle; the headers do not contain its length."""

    async def cut(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [(key, value) for key, value in message["headers"] if key != b"content-length"]
            message = {**message, "headers": headers}
        elif body := message.get("body", b""):
            message = {**message, "body": body[: len(body) // 2]}
        await send(message)

    return cut


async def _respond(send: Send, status: int, media_type: str, text: str, *headers: tuple[str, str]) -> None:
    body = text.encode()
    pairs = [("content-type", media_type), ("content-length", str(len(body))), *headers]
    raw = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in pairs]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
