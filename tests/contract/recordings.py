"""The recordings of real servers, as values."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FIRST = (
    "discovery",
    "token",
    "whoami",
    "roles",
    "orgs",
    "import",
    "members",
    "users",
    "policies",
    "rights",
    "v2",
    "other-levels",
)
"""Topics of the first run on a fresh server, in their order."""
SECOND = (
    "2/people",
    "2/projects",
    "2/grants",
    "2/levels",
    "2/service-accounts",
    "2/organizations",
    "2/events",
)
"""Of another run on another fresh server."""
RIGHTS = ("2/rights",)
"""Of a third one: ten accounts with one role each ask every call."""
APART = ("under-load",)
"""Single answers of other moments: many callers at once, a server that is starting."""
TOPICS = FIRST + SECOND + RIGHTS + APART


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. `headers` of the request as sent; of the answer in lower case."""

    topic: str
    index: int
    name: str
    method: str
    path: str
    request_headers: dict[str, str]
    request: dict[str, Any]
    status: int
    headers: dict[str, str]
    body: Any


def _exchange(topic: str, index: int, entry: dict[str, Any]) -> Exchange:
    request, response = entry["request"], entry["response"]
    return Exchange(
        topic,
        index,
        entry["name"],
        request["method"],
        request["path"],
        request.get("headers", {}),
        {key: request[key] for key in ("body", "form", "raw") if key in request},
        response["status"],
        response["headers"],
        response.get("body"),
    )


def _file(topic: str, server: str = "") -> Path:
    """`2/rights` is the topic `rights` of `recorded-2`."""
    run, _, name = topic.rpartition("/")
    return HERE / f"recorded{run and '-'}{run}{server}" / f"{name}.json"


@cache
def recorded(topic: str) -> tuple[Exchange, ...]:
    """A topic of the v4.x server, in call order."""
    entries = json.loads(_file(topic).read_text(encoding="utf-8"))
    return tuple(_exchange(topic, index, entry) for index, entry in enumerate(entries))


@cache
def recorded_legacy(topic: str) -> dict[str, Exchange]:
    """By name, what v4.13.1 answers differently."""
    file = _file(topic, "-v4.13.1")
    entries = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return {entry["name"]: _exchange(topic, index, entry) for index, entry in enumerate(entries)}


def in_order(run: tuple[str, ...]) -> list[Exchange]:
    """A run as it was recorded: its organizations were made after the second exchange of `roles`."""
    found = [exchange for topic in run if topic != "orgs" for exchange in recorded(topic)]
    if "orgs" in run:
        second = found.index(recorded("roles")[1])
        found[second + 1 : second + 1] = recorded("orgs")
    return found
