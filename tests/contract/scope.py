"""Which recorded exchanges the project does not speak, and why. Everything else is held to the letter."""

_LATER = "v2 of users and administrators: v1 carries the richer lists, and nothing here calls v2 for them"
_LOAD = "needs many callers at once or a server that is starting: tests/demo/test_contention.py and faults"

OUT_OF_SCOPE: dict[str, dict[str, str]] = {
    "v2": {"*": _LATER},
    "under-load": {"*": _LOAD},
}
"""topic -> name of an exchange, or `*` for all of the topic -> reason."""


def reason(topic: str, name: str) -> str | None:
    """Why an exchange is out of scope; None when it is in."""
    rows = OUT_OF_SCOPE.get(topic, {})
    return rows.get(name) or rows.get("*")
