"""Runs the checks in order, and reports those that could not be made as skipped."""

from collections.abc import AsyncIterator, Callable
from functools import cache

from zitadel_tui.core import rights
from zitadel_tui.core.doctor import connection_checks, settings_checks
from zitadel_tui.core.doctor.findings import Finding, rights_check
from zitadel_tui.core.session import LocalServer, open_session
from zitadel_tui.failure import Failure, UsageFailure
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel import keyfile

_CONNECTION = ("proxy", "dns", "connection", "tls")
_SERVER = ("zitadel", "issuer", "clock")
_SIGN_IN = ("token", "audience")
_ACCOUNT = ("organization", *map(rights_check, rights.CAPABILITIES), "keys")
_API = ("api", "latency")


async def examine(
    load: Callable[[], Settings],
    *,
    local: Callable[[], LocalServer] | None = None,
    stdin: Callable[[], bytes] = keyfile.standard_input,
) -> AsyncIterator[Finding]:
    """Make each check and yield what it found; checks that could not be made are ``skipped``.

    ``load`` gives the settings, or raises ``UsageFailure``; ``local`` and ``stdin`` are as for
    :func:`~zitadel_tui.core.session.open_session`. Nothing is written, and no token is kept.
    """
    try:
        settings = load()
    except UsageFailure as failure:
        yield settings_checks.broken_settings(failure)
        for name in ("key-file", *_CONNECTION, *_SERVER, *_SIGN_IN, *_ACCOUNT, *_API):
            yield _skipped(name, "the settings cannot be used")
        return
    first = settings_checks.settings(settings)
    yield first
    read_once = cache(lambda: keyfile.read(settings.key_file, stdin))  # type: ignore[arg-type]
    if not settings.demo:
        yield settings_checks.key_file(settings, read_once)
    rest = [*_CONNECTION, *_SERVER, *_SIGN_IN, *_ACCOUNT, *_API]
    failed = ""
    if settings.domain is None and not settings.demo:
        failed = "no address is set"
    else:
        async for finding in _server_checks(settings, local, read_once):
            if finding.check in rest:
                rest.remove(finding.check)
            if finding.state == "fail":
                failed = failed or f"“{finding.label}” failed"
            yield finding
        if settings.demo:
            rest = [name for name in rest if name not in _CONNECTION]
    for name in rest:
        yield _skipped(name, failed or "an earlier check failed")


async def _server_checks(
    settings: Settings, local: Callable[[], LocalServer] | None, read: Callable[[], bytes]
) -> AsyncIterator[Finding]:
    from zitadel_tui.core.doctor.server_checks import ServerChecks, Stopped

    if not settings.demo:
        async for finding in connection_checks.connection(settings):
            yield finding
            if finding.state == "fail":
                return
    can_sign_in = settings.demo or settings.key_file is not None or settings.access_token is not None
    try:
        session = open_session(settings._replace(no_cache=True), local=local, stdin=read)
    except UsageFailure:
        can_sign_in = False
        from zitadel_tui.secret import Secret

        session = open_session(settings._replace(access_token=Secret("none"), lacking=None))
    except Failure as failure:
        yield Finding("zitadel", "fail", failure.summary, failure.hint, "connection")
        return
    try:
        checks = ServerChecks(session)
        async for finding in checks.before_signing_in():
            yield finding
        if not can_sign_in:
            return
        async for finding in checks.signing_in():
            yield finding
        async for finding in checks.rights():
            yield finding
        async for finding in checks.api():
            yield finding
    except Stopped:
        return
    finally:
        await session.close()


def _skipped(name: str, why: str) -> Finding:
    return Finding(name, "skipped", f"Not checked, because {why}.")
