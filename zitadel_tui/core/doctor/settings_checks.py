"""Checks that need no network: the settings, and the key file."""

from collections.abc import Callable
from datetime import UTC, datetime

from zitadel_tui.core.doctor.findings import Finding, State
from zitadel_tui.failure import UsageFailure
from zitadel_tui.settings import Settings, missing
from zitadel_tui.text import shown
from zitadel_tui.zitadel import keyfile
from zitadel_tui.zitadel.keyfile import KeyFile

_SMALL_KEY = 2048  # bits
_NEVER = 36_500  # days; ZITADEL writes the year 9999 for a key that never expires
_LISTED = ("context", "domain", "key_file", "access_token", "org", "ca_file", "token_url", "insecure")
_HIDDEN = frozenset({"access_token"})


def settings(given: Settings) -> Finding:
    """Check that the settings are complete, and list them with their origins."""
    lacking = missing(given)
    if lacking is not None:
        summary, _, advice = lacking.partition(": ")
        return Finding("settings", "fail", f"{summary}.", advice[:1].upper() + advice[1:], "settings")
    contexts = {context.name for context in given.contexts.all}
    told = [
        f"{row.name.replace('_', ' ')} {'(hidden)' if row.name in _HIDDEN else shown(str(row.value))} "
        f"({shown(row.origin)})"
        for row in given.rows
        if row.name in _LISTED
        and row.origin not in ("not set", "default")
        and (row.name != "context" or row.value in contexts)
    ]
    seen = "; ".join(told) or ("the demo" if given.demo else f"{given.domain}, given here")
    if given.warnings:
        return Finding(
            "settings", "warn", f"{seen}. {' '.join(given.warnings)}", given.warnings[0], "settings"
        )
    return Finding("settings", "ok", f"{seen}.")


def broken_settings(failure: UsageFailure) -> Finding:
    return Finding("settings", "fail", failure.summary, failure.hint, "settings")


def key_file(given: Settings, read: Callable[[], bytes]) -> Finding:
    """Check that the key file is readable, private, of the right kind and not expired. ``read`` returns its
    content."""
    source = given.key_file
    if source is None and given.access_token is None:
        return Finding("key-file", "skipped", "Not checked, because none is set.")
    if source is None:
        return Finding("key-file", "ok", "No key file: a personal access token is used.")
    try:
        key = keyfile.parse(read(), source, now=datetime.now(UTC))
        key.check()
    except UsageFailure as failure:
        return Finding("key-file", "fail", failure.summary, failure.hint, "settings")
    size = key.private_key.key_size
    seen = f"Key {shown(key.key_id)} of user {shown(key.user_id)}, RSA with {size} bits, {_life(key)}."
    state: State = "ok"
    advice = ""
    if key.warnings:
        state, advice = "warn", key.warnings[0]
    elif size < _SMALL_KEY:
        state, advice = "warn", f"A key of {size} bits is weak: create a new one in ZITADEL."
    return Finding("key-file", state, seen, advice, "settings")


def _life(key: KeyFile) -> str:
    days = (key.expires - datetime.now(UTC)).days if key.expires is not None else _NEVER
    if key.expires is None or days >= _NEVER:
        return "without an expiry date"
    return f"valid until {key.expires:%Y-%m-%d} ({days:,} days left)"
