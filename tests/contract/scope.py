"""What the demo does not answer, or answers otherwise than was recorded, and why. Everything else is held to
the letter."""

import re
from typing import NamedTuple

from tests.contract.recordings import Exchange
from zitadel_tui.demo.endpoints import ENDPOINTS
from zitadel_tui.demo.gateway import AREAS

_USER = "/management/v1/users/[0-9]+"
_PROJECT = "/management/v1/projects/[0-9]+"
NOT_OFFERED: dict[str, str] = {
    rf"(GET|PUT) {_USER}/profile|(PUT|DELETE) {_USER}/(username|email|phone)": "users are not edited",
    rf"POST {_USER}/(email|phone)/_resend_verification": "users are not edited",
    rf"PATCH /v2/users/[0-9]+|(POST|DELETE) {_USER}/metadata/\w+|POST /v2/users/[0-9]+/metadata": (
        "users are not edited"
    ),
    r"POST /v2/users/(human|new|.*/invite_code)": "users are created by the v1 import (contract §5.3)",
    r"POST /v2/users/[0-9]+/(lock|unlock|deactivate|reactivate|password_reset)": "v1 has the same calls",
    rf"(POST|DELETE) {_USER}/(auth_factors|passwordless|idps)/(?!_link|_send_link).*": (
        "how users sign in is not shown"
    ),
    r"\w+ /v2/users/[0-9]+/(authentication_|otp_|passkeys|recovery_codes|totp).*": (
        "how users sign in is not shown"
    ),
    r"\w+ /v2(beta)?/sessions.*": "sessions are not shown",
    rf"(PUT|DELETE) {_USER}/(machine|secret)|GET {_USER}/keys/[0-9]+": "service accounts are not edited",
    r"POST /v2/users/(keys|pats)/search": "keys of the whole instance are not shown",
    rf"\w+ {_PROJECT}/grants/[0-9]+/members.*": "members of granted projects are not shown",
    rf"(PUT|DELETE) {_PROJECT}/members/[0-9]+": "members of projects are only added",
    r"POST /zitadel\.\w+\.v2\.\w+/\w+": "Connect is not spoken: v1 has the same, with names (contract §5.4)",
    r"POST /management/v1/orgs/me/(_deactivate|_reactivate|domains/_search)": "organizations are not edited",
    r"GET /management/v1/(global/orgs/_by_domain|policies/lockout|policies/password/age)": "not shown",
    r"\w+ /admin/v1/(events|instances|settings|orgs/default|orgs/[0-9]+/policies).*": (
        "the instance is not shown"
    ),
    r"GET /v2/settings/(lockout|login|security)": "not shown",
}
"""`METHOD /path` as a pattern -> why the demo does not offer the call."""

FOLLOWS = "shows what one of those calls changed"
NAMED: dict[str, dict[str, str]] = {
    "2/people": dict.fromkeys(
        (
            "after the changes",
            "password reset, mail",
            "password reset, sms without a phone",
            "password set, change at next sign-in",
            "v2 by id: change required",
            "password set, no change required",
            "passwordless link mailed",
            "v2 list by metadata",
            "_lock active",
            "_deactivate locked",
            "_reactivate inactive from locked",
            "_deactivate active",
            "_reactivate inactive",
            "_lock initial",
            "_unlock locked from initial",
            "v1 by id: initial after lock and unlock",
            "resend initialization, another address",
            "history of a person",
            "history of a person, last 3",
            "history of a person, after sequence 5",
            "deleted",
            "history of a deleted person",
        ),
        FOLLOWS,
    ),
    "2/grants": {"history of the person: grants": FOLLOWS},
    "2/levels": dict.fromkeys(
        (
            "instance members, after",
            "project members",
            "memberships of the guest, from here",
            "memberships of a person here",
        ),
        FOLLOWS,
    ),
    "2/service-accounts": dict.fromkeys(
        (
            "add key, expiring",
            "add key, no date",
            "keys",
            "add token, expiring",
            "add token, no date",
            "tokens",
            "me by token",
            "by id: has a secret",
            "me by key",
            "remove token",
            "remove key",
            "me by a token of a removed key",
            "history of a service account",
        ),
        FOLLOWS,
    ),
    "2/organizations": {"v2, one inactive": FOLLOWS},
    "under-load": {"*": "several callers at once, or a server that is starting: test_under_load.py"},
}
"""topic -> name of an exchange, or `*` for all of the topic -> reason. They are asked all the same, if the
demo offers the call, and their answers are not compared."""


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


RENAMED = ("Ada King", "ada.king", "King", "ada3@example.test", "Ini New", "New", "ini3@example.test")
"""What two users are called in 2/grants, after edits that the demo does not offer."""


def is_renamed(topic: str, difference: str) -> bool:
    """Whether a difference, as the replay words it, is only the name of one of those users."""
    return topic == "2/grants" and difference.endswith(tuple(f" instead of {name!r}" for name in RENAMED))


def _call(exchange: Exchange) -> str:
    return f"{exchange.method} {exchange.path.partition('?')[0]}"


def not_offered(exchange: Exchange) -> str | None:
    """Why the demo does not offer the call of an exchange; None when it does, or should."""
    return next((why for call, why in NOT_OFFERED.items() if re.fullmatch(call, _call(exchange))), None)


def reason(exchange: Exchange) -> str | None:
    """Why an answer is not compared; None when it is."""
    rows = NAMED.get(exchange.topic, {})
    return not_offered(exchange) or rows.get(exchange.name) or rows.get("*")


def offered(exchange: Exchange) -> bool:
    """Whether the demo's table has the call."""
    assert AREAS
    templates = [re.sub(r"\\{\w+\\}", "[^/_]+", re.escape(f"{one.method} {one.path}")) for one in ENDPOINTS]
    return any(re.fullmatch(template, _call(exchange)) for template in templates)
