"""The table of calls, filled by the modules of `api/`: path, permission, request message, handler."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from zitadel_tui.demo.model import User, stamp
from zitadel_tui.demo.proto import Message
from zitadel_tui.demo.store import Store

T = TypeVar("T")

AUTHENTICATED = "authenticated"


@dataclass(slots=True)
class Knobs:
    """How the server behaves; seconds where a time is meant."""

    legacy: bool = False
    latency: float = 0.0
    password_cost: float = 0.0
    member_write: float = 0.002
    in_flight: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    """One permitted request: the caller, the organization and the body; `limits` are the projects for
    which it is permitted, none is all."""

    store: Store
    knobs: Knobs
    origin: str
    caller: User
    org: str
    body: Message
    limits: set[str] = field(default_factory=set)

    @property
    def editor(self) -> str:
        return self.caller.id


Answer = dict[str, Any] | bytes
Handler = Callable[[Call], Answer | Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    path: str
    request: str
    permission: str
    handler: Handler

    @property
    def v2(self) -> bool:
        return self.path.startswith("/v2/")


ENDPOINTS: list[Endpoint] = []


def endpoint(http: str, *, permission: str, request: str = "") -> Callable[[Handler], Handler]:
    """Registers a handler for `METHOD /path/{variable}`. Path variables are named as the request's JSON
    fields and win over the body. `permission` is asked for on the addressed organization, AUTHENTICATED asks
    for none."""
    method, path = http.split(" ")

    def register(handler: Handler) -> Handler:
        ENDPOINTS.append(Endpoint(method, path, request, permission, handler))
        return handler

    return register


def created(sequence: int, at: float, owner: str) -> dict[str, Any]:
    """`details` of a write that made something."""
    return {"sequence": str(sequence), "creationDate": stamp(at), "resourceOwner": owner}


def changed(sequence: int, at: float, owner: str) -> dict[str, Any]:
    """`details` of a write that changed something."""
    return {"sequence": str(sequence), "changeDate": stamp(at), "resourceOwner": owner}


def read(sequence: int, made: float, at: float, owner: str) -> dict[str, Any]:
    """`details` of something read."""
    first = stamp(made)
    last = first if at == made else stamp(at)
    return {"sequence": str(sequence), "creationDate": first, "changeDate": last, "resourceOwner": owner}


def listing(call: Call, total: int, items: list[Any], *, key: str = "result") -> dict[str, Any]:
    """A v1 list answer: `totalResult` is absent past the end (contract §3.4)."""
    details = {"totalResult": str(total) if items else "", "viewTimestamp": stamp(call.store.view_time)}
    return {"details": details, key: items}


def page(call: Call, found: list[T]) -> list[T]:
    """Those of `found` that the ListQuery of the request asks for; a limit of 0 is everything."""
    query = call.body.get("query", {})
    offset, limit = query.get("offset", 0), query.get("limit", 0)
    return found[offset : offset + limit if limit else len(found)]
