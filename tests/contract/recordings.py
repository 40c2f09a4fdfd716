"""The recordings of real servers, as values."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TOPICS = (
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
    "under-load",
)


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. `headers` of the request as sent; of the answer in lower case."""

    topic: str
    name: str
    method: str
    path: str
    request_headers: dict[str, str]
    request: dict[str, Any]
    status: int
    headers: dict[str, str]
    body: Any


def _exchange(topic: str, entry: dict[str, Any]) -> Exchange:
    request, response = entry["request"], entry["response"]
    return Exchange(
        topic,
        entry["name"],
        request["method"],
        request["path"],
        request.get("headers", {}),
        {key: request[key] for key in ("body", "form", "raw") if key in request},
        response["status"],
        response["headers"],
        response.get("body"),
    )


@cache
def recorded(topic: str) -> tuple[Exchange, ...]:
    """A topic of the v4.x server, in call order."""
    entries = json.loads((HERE / "recorded" / f"{topic}.json").read_text(encoding="utf-8"))
    return tuple(_exchange(topic, entry) for entry in entries)


@cache
def recorded_legacy(topic: str) -> dict[str, Exchange]:
    """By name, what v4.13.1 answers differently."""
    file = HERE / "recorded-v4.13.1" / f"{topic}.json"
    entries = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return {entry["name"]: _exchange(topic, entry) for entry in entries}


def in_order() -> list[Exchange]:
    """Everything in the order it was recorded: organizations were made after the second of `roles`."""
    found = [exchange for topic in TOPICS if topic != "orgs" for exchange in recorded(topic)]
    second = found.index(recorded("roles")[1])
    found[second + 1 : second + 1] = recorded("orgs")
    return found
