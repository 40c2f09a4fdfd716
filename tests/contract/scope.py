"""What the demo does not answer, or answers otherwise than was recorded, and why. Everything else is held to
the letter."""

from typing import NamedTuple

from tests.contract.recordings import Exchange

_CREATE = "users are created by the v1 import, which all servers have (contract §5.3)"
_CONNECT = "administrators over Connect: v1 carries the richer list of members (contract §5.4)"
_GRANTS = "project roles are read and added only, and in their own organization"
_PROFILE = "users are not edited"
_SIGN_IN = "how users sign in is not shown"
_INSTANCE = "the events and domains of an instance are not shown"
_ACROSS = "keys, tokens, roles and projects of the whole instance are not shown"
_APART = "several callers at once, or a server that is starting: test_under_load.py"

OUT_OF_SCOPE: dict[str, dict[str, str]] = {
    "v2": {
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
    },
    "2/rights": {
        "granted projects": _GRANTS,
        "grant changed": _GRANTS,
        "grant removed": _GRANTS,
        "profile": _PROFILE,
        "v2 patch": _PROFILE,
        "metadata": _PROFILE,
        "auth factors": _SIGN_IN,
        "v2 authentication methods": _SIGN_IN,
        "sessions": _SIGN_IN,
        "events": _INSTANCE,
        "domains": _INSTANCE,
        "instance, admin": _INSTANCE,
        "v2 keys, all": _ACROSS,
        "v2 tokens, all": _ACROSS,
        "v2 administrators": _CONNECT,
        "v2 authorizations": _ACROSS,
        "v2 projects": _ACROSS,
    },
    "under-load": {"*": _APART},
}
"""topic -> name of an exchange, what stands behind its colon, or `*` for all of the topic -> reason."""


class Known(NamedTuple):
    """A difference that stays: where in the answer, and why."""

    path: str
    reason: str


_DATE = Known(".result[0].expirationDate", "the key of the setup was given a date there, ours has none")
_FOUR_MORE = Known(
    ".details.totalResult",
    "v4.13.1 accepted four hashes that v4.x refuses: four users more; this list was recorded on v4.x",
)
DIFFERENT: dict[tuple[str, str], Known] = {
    ("other-levels", "list keys"): _DATE,
}
"""(topic, name of an exchange) -> its one difference."""
DIFFERENT_LEGACY = DIFFERENT | {
    ("users", "search, all"): _FOUR_MORE,
    ("rights", "user-manager: users"): _FOUR_MORE,
    ("rights", "owner-viewer: users"): _FOUR_MORE,
    ("rights", "permission-editor: users"): _FOUR_MORE,
    ("rights", "org-owner: users"): _FOUR_MORE,
    ("v2", "users list of organization"): _FOUR_MORE,
}
"""The same for a demo that answers as v4.13.1."""


def reason(exchange: Exchange) -> str | None:
    """Why an exchange is out of scope; None when it is in."""
    rows = OUT_OF_SCOPE.get(exchange.topic, {})
    names = (exchange.name, exchange.name.partition(": ")[2], "*")
    return next((rows[name] for name in names if name in rows), None)
