"""Which recorded exchanges the project does not speak, and why. Everything else is held to the letter."""

_CREATE = "people are made by the v1 import, which all servers have (contract §5.3)"
_CONNECT = "administrators over Connect: v1 carries the richer list of members (contract §5.4)"
_V2 = {
    "create human user": _CREATE,
    "create human user again": _CREATE,
    "create human user, hash and change required": _CREATE,
    "add human user (older v2)": _CREATE,
    "invite code, returned": _CREATE,
    "list administrators": _CONNECT,
    "list administrators of organization": _CONNECT,
    "list administrators, limit 1001": _CONNECT,
    "create administrator": _CONNECT,
    "create administrator again": _CONNECT,
    "update administrator": _CONNECT,
    "delete administrator": _CONNECT,
    "connect, unauthenticated": _CONNECT,
}
_LOAD = "needs many callers at once or a server that is starting: tests/demo/test_consistency.py, faults"

OUT_OF_SCOPE: dict[str, dict[str, str]] = {
    "v2": _V2,
    "under-load": {"*": _LOAD},
}
"""topic -> name of an exchange, or `*` for all of the topic -> reason."""


def reason(topic: str, name: str) -> str | None:
    """Why an exchange is out of scope; None when it is in."""
    rows = OUT_OF_SCOPE.get(topic, {})
    return rows.get(name) or rows.get("*")
