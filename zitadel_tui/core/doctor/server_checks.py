"""Checks of the server and the sign-in: is it a ZITADEL, its clock, the token, what the account may do."""

import statistics
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from zitadel_tui import address
from zitadel_tui.core import rights
from zitadel_tui.core.account import Account, identify
from zitadel_tui.core.advice import advice as advice_for
from zitadel_tui.core.doctor.findings import Finding, rights_check
from zitadel_tui.core.session import Session
from zitadel_tui.core.user_lookup import login
from zitadel_tui.failure import Failure, UsageFailure
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, endpoints, errors
from zitadel_tui.zitadel.auth import GRANT_TYPE, clock_words
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.traffic import Answer, Request
from zitadel_tui.zitadel.wire.base import decode
from zitadel_tui.zitadel.wire.oidc import Discovery

_CLOCK_WARNS = 5.0  # seconds
_DATE = 0.5  # seconds: the header has whole ones
_REQUESTS = 5
_SLOW = 2000.0  # milliseconds
_SOON = 14  # days
_LOOKS = 3  # at the clock
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_SET_CLOCK = "Set this machine's clock, for example with `timedatectl set-ntp true`."


class Stopped(Exception):
    """Raised when the later checks cannot be made."""


class ServerChecks:
    """The checks of one server; ``session`` has sent nothing yet."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._settings = session.settings
        self._transport = session.client.transport
        self._here = shown(self._transport.origin)

    async def before_signing_in(self) -> AsyncIterator[Finding]:
        """Check what needs no token. Raises ``Stopped`` when the server is not a ZITADEL."""
        begun = time.monotonic()
        try:
            answer = await self._transport.send(Request(endpoints.DISCOVERY))
        except Failure as failure:
            yield Finding("zitadel", "fail", failure.summary, advice_for(failure), "connection")
            raise Stopped from failure
        took = time.monotonic() - begun
        discovery = _discovery(answer)
        if discovery is None:
            yield self._no_zitadel(answer)
            raise Stopped
        yield Finding("zitadel", "ok", f"{self._here} is a ZITADEL server; {await self._version(discovery)}.")
        yield self._issuer(discovery)
        yield await self._clock(answer, took)

    def _no_zitadel(self, answer: Answer) -> Finding:
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if answer.status == 404 and b"nstance" in answer.content:
            seen = f"The server at {self._here} knows no instance of that name."
            advice = (
                "Use the address that the instance was set up with, to the letter: name, scheme and port."
            )
        elif kind == "text/html":
            seen = f"{self._here} answers with a web page (status {answer.status}), not with ZITADEL's API."
            advice = (
                "Another program answers there, such as a login page: use the address of the API, or let "
                "the proxy in front pass /.well-known, /oauth, /management, /admin, /auth and /v2 to ZITADEL."
            )
        else:
            said = shown(kind)[:40] or "no type"
            seen = f"{self._here} is not a ZITADEL server (status {answer.status}, {said})."
            advice = "Check the address with --domain."
        return Finding("zitadel", "fail", seen, advice, "connection")

    async def _version(self, discovery: Discovery) -> str:
        """Tell the version by how the server refuses a bad assertion and a missing token (contract §0).
        Neither request contains a credential."""
        body = f"grant_type={GRANT_TYPE}&assertion=none&scope=openid".encode()
        url = self._settings.token_url or discovery.token_endpoint
        if not _is_on(url, self._transport.origin):
            return "its version is not known"
        try:
            assertion = (await self._transport.send(Request(endpoints.TOKEN, url, _FORM, body))).status
            missing = (await self._transport.send(Request(endpoints.MY_USER))).status
        except Failure:
            return "its version is not known"
        if assertion == 400 and missing == 401:
            return "it is newer than v4.13.1"
        if assertion == 500:
            return "it is v4.11.0 to v4.13.1" if missing == 500 else "it is v4.10 or older"
        return "its version is not known"

    def _issuer(self, discovery: Discovery) -> Finding:
        issuer, origin = discovery.issuer, self._transport.origin
        if issuer == origin:
            return Finding(
                "issuer", "ok", f"The server calls itself {self._here}, which is the address used here."
            )
        seen = f"The server calls itself {shown(issuer)}, not {self._here}."
        if _is_on(issuer, origin):
            return Finding("issuer", "warn", seen, f"Use its own address: --domain {shown(issuer)}")
        advice = f"Use its own address, if that is your server: --domain {shown(issuer)}"
        return Finding("issuer", "fail", seen, advice, "connection")

    async def _clock(self, first: Answer, took: float) -> Finding:
        """Compare the clocks by the most precise of a few answers."""
        best = (took / 2 + _DATE, first.clock_difference)
        for _ in range(_LOOKS - 1):
            begun = time.monotonic()
            try:
                answer = await self._transport.send(Request(endpoints.DISCOVERY))
            except Failure:
                break
            uncertain = (time.monotonic() - begun) / 2 + _DATE
            if answer.clock_difference is not None and (best[1] is None or uncertain < best[0]):
                best = (uncertain, answer.clock_difference)
        uncertainty, difference = best
        if difference is None:
            told = "The server does not send its time, so the clocks cannot be compared."
            return Finding("clock", "warn", told, "Compare this machine's clock with another one.")
        seen = f"This machine's clock is {clock_words(difference)} the server's (± {uncertainty:.1f} s)."
        if abs(difference) - uncertainty <= 1:
            seen = f"This machine's clock agrees with the server's (± {uncertainty:.1f} s)."
        if abs(difference) > self._settings.max_clock_difference * 3600:
            advice = f"{_SET_CLOCK} If it is right, allow more with --max-clock-difference HOURS."
            return Finding("clock", "fail", seen, advice, "connection")
        if abs(difference) - uncertainty > _CLOCK_WARNS:
            return Finding("clock", "warn", seen, _SET_CLOCK)
        return Finding("clock", "ok", seen)

    # Signing in

    async def signing_in(self) -> AsyncIterator[Finding]:
        """Check token and audience. Raises ``Stopped`` when one of them fails."""
        tokens, before = self._session.client.tokens, len(self._session.notes)
        try:
            await tokens.token()
        except Failure as failure:
            alike = (
                " ZITADEL gives the same answer for every cause."
                if isinstance(failure, errors.KeyRejected)
                else ""
            )
            yield Finding("token", "fail", f"{failure.summary}{alike}", advice_for(failure), "connection")
            raise Stopped from failure
        notes = " ".join(self._session.notes[before:])
        seen = f"{self._token_life()}{' ' if notes else ''}{notes}"
        yield Finding("token", "ok", seen)
        try:
            await self._session.client.organization()
        except UsageFailure as failure:  # no organization, or several, of the name that is set
            yield Finding("organization", "fail", failure.summary, failure.hint, "settings")
            raise Stopped from failure
        except Failure:  # the same is found below
            pass
        try:
            user = (await self._session.client.send(calls.my_user())).user
        except errors.NotFound as failure:  # the token was taken; the organization is not there
            yield Finding("organization", "fail", failure.summary, advice_for(failure))
            raise Stopped from failure
        except errors.SignInRefused as failure:
            advice = (
                "The token is not for the API: remove PROJECT_ID, or set it to zitadel."
                if self._settings.access_token is None
                else "Set a new ZITADEL_ACCESS_TOKEN, or use a key file."
            )
            yield Finding("audience", "fail", failure.summary, advice, "connection")
            raise Stopped from failure
        except Failure as failure:
            yield Finding("audience", "fail", failure.summary, advice_for(failure), "connection")
            raise Stopped from failure
        yield Finding(
            "audience", "ok", f"The API accepts the token of {shown(login(user))}, id {shown(user.id)}."
        )

    def _token_life(self) -> str:
        sign_in = self._session.client.tokens.sign_in
        if sign_in is None:
            return "A personal access token is used."
        hours = (sign_in.token.expires - sign_in.token.obtained) / 3600
        return f"Signed in; the token is valid for {hours:.1f} h."

    # What the account may do

    async def rights(self) -> AsyncIterator[Finding]:
        """Check the organization, each of the program's capabilities, and the account's keys."""
        try:
            account = await identify(self._session.client)
        except Failure as failure:
            yield Finding("organization", "fail", failure.summary, advice_for(failure))
            raise Stopped from failure
        roles = ", ".join(map(shown, account.roles_here))
        name, org_id = shown(account.organization_name), shown(account.org_id)
        place = name if name == org_id else f"{name} ({org_id})"
        if not account.permissions:
            advice = "Ask an administrator there for a role, or choose another organization with --org."
            yield Finding("organization", "fail", f"{place}: this account has no role here.", advice)
            raise Stopped
        yield Finding("organization", "ok", f"{place}; roles here: {roles or 'of projects only'}.")
        for capability in rights.CAPABILITIES:
            yield _check_right(account, capability)
        yield await self._credentials(account)

    async def _credentials(self, account: Account) -> Finding:
        """Check when the first of the account's keys and tokens expires, if the account may read them."""
        found: list[tuple[datetime, str]] = []
        for kind, call in (("key", calls.user_keys), ("token", calls.user_tokens)):
            try:
                page = await self._session.client.send(call(account.user.id))
            except (*errors.NO_ACCESS, errors.NotFound):
                told = (
                    "This account may not read its own keys and tokens, so it is not known when they expire."
                )
                return Finding("keys", "ok", told)
            except Failure as failure:
                return Finding("keys", "warn", failure.summary, advice_for(failure))
            found += [(_moment(one.expiration_date), f"{kind} {shown(one.id)}") for one in page.result]
        if not found:
            return Finding("keys", "ok", "No key or token of this account is listed.")
        ends, what = min(found)
        number = f"{len(found)} keys and tokens" if len(found) > 1 else "1 key or token"
        days = (ends - datetime.now(UTC)).days
        if days > 36_500:
            return Finding("keys", "ok", f"{number}; none expires.")
        seen = f"{number}; the first to expire is {what}, on {ends:%Y-%m-%d} ({days:,} days)."
        if days < _SOON:
            return Finding(
                "keys", "warn", seen, f"Create a new one before {ends:%Y-%m-%d}, or remove {what}."
            )
        return Finding("keys", "ok", seen)

    # The API

    async def api(self) -> AsyncIterator[Finding]:
        offered: list[str] = []
        absent: list[str] = []
        harmless: tuple[tuple[str, Call[Any]], ...] = (
            ("v1 auth", calls.my_permissions()),
            ("v1 management", calls.my_organization()),
            ("v1 admin", calls.search_instance_members()),
            ("v2 organizations", calls.search_organizations(limit=1)),
            ("v2 users", calls.search_phones("+41710000000", limit=1)),
        )
        for name, call in harmless:
            (offered if await self._is_offered(call) else absent).append(name)
        seen = f"Available: {', '.join(offered) or 'none'}."
        if absent:
            advice = f"A proxy in front may block them: let it pass {', '.join(_paths(absent))}."
            yield Finding("api", "warn", f"{seen} Not available: {', '.join(absent)}.", advice)
        else:
            yield Finding("api", "ok", seen)
        yield await self._latency()

    async def _is_offered(self, call: Call[Any]) -> bool:
        try:
            await self._session.client.send(call)
        except (*errors.NO_ACCESS, errors.InvalidInput):
            return True
        except Failure:
            return False
        return True

    async def _latency(self) -> Finding:
        took: list[float] = []
        for _ in range(_REQUESTS):
            begun = time.monotonic()
            try:
                await self._session.client.send(calls.my_user())
            except Failure as failure:
                return Finding("latency", "warn", failure.summary, advice_for(failure))
            took.append((time.monotonic() - begun) * 1000)
        median, worst = statistics.median(took), max(took)
        seen = f"{_REQUESTS} small requests: median {median:.0f} ms, slowest {worst:.0f} ms."
        if median > _SLOW:
            return Finding("latency", "warn", seen, "The server or the connection to it is slow.")
        return Finding("latency", "ok", seen)


def _discovery(answer: Answer) -> Discovery | None:
    if answer.status != 200:
        return None
    try:
        return decode(answer.content, Discovery)
    except ValueError:
        return None


def _is_on(url: str, origin: str) -> bool:
    """Whether ``url`` is on the host of ``origin``."""
    try:
        return urlsplit(address.origin_of(url)).hostname == urlsplit(origin).hostname
    except UsageFailure:
        return False


def _check_right(account: Account, capability: rights.Capability) -> Finding:
    if account.may(capability.permission):
        return Finding(rights_check(capability), "ok", f"May {capability.words}.")
    roles = ", ".join(rights.roles_with(capability.permission)[:3])
    advice = f"Needs {capability.permission}: ask for one of the roles {roles}." if roles else ""
    is_core = capability.key == "list_members"
    seen = f"May not {capability.words}: {capability.permission} is missing."
    return Finding(rights_check(capability), "fail" if is_core else "warn", seen, advice)


def _moment(text: str) -> datetime:
    """When a key or token ends, aware; in UTC where no zone is given, never where it is no date."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        moment = datetime.max
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _paths(names: list[str]) -> list[str]:
    paths = {"v1 auth": "/auth", "v1 management": "/management", "v1 admin": "/admin"}
    return list(dict.fromkeys(paths.get(name, "/v2") for name in names))
