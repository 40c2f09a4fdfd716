"""Translates what a server answered into the error tree: once, here (contract §2)."""

import re
import time
from collections.abc import Mapping
from datetime import UTC

from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.endpoints import Endpoint
from zitadel_tui.zitadel.wire.base import decode
from zitadel_tui.zitadel.wire.refusals import Refusal

UNKNOWN_ORGANIZATION = "AUTH-Bs7Ds"
NO_MEMBERSHIP = "AUTHZ-cdgFk"
UNIQUE_VIOLATED = "V3-DKcYh"

_FIELD_OF_ID = {
    "PHONE-so0wa": "phone.phone",
    "EMAIL-599BI": "email.email",
    "EMAIL-599GV": "email.email",
    "DOMAIN-HuJf6": "password",
    "DOMAIN-co3Xw": "password",
    "DOMAIN-VoaRj": "password",
    "DOMAIN-ZBv4H": "password",
    "DOMAIN-ZDLwA": "password",
    "CRYPT-r8Qm2": "hashedPassword.value",
    "CRYPT-5uV9n": "hashedPassword.value",
    "CRYPT-2xK7d": "hashedPassword.value",
    "Org-4N8es": "roles",
    "ORG-4Mlfs": "roles",
    "INST-m9fG8": "roles",
    "IAM-m9fG8": "roles",
    "Org-LiaZi": "roles",
    "COMMAND-39nfs": "idps",
}
_MISSING_BY_ID = frozenset({"ORG-GoXOn"})  # a missing user comes as a failed precondition (contract §2.5)

_LAST_CODE = 16  # of gRPC

_LEGACY_CODES = {
    "InvalidArgument": 3,
    "NotFound": 5,
    "AlreadyExists": 6,
    "PermissionDenied": 7,
    "ResourceExhausted": 8,
    "FailedPrecondition": 9,
    "Unavailable": 14,
    "Unauthenticated": 16,
}
_LEGACY = re.compile(r"rpc error: code = (\w+) desc = ")
_VIOLATION = re.compile(r"invalid (\w+)\.(\w+)(?:\[\d+\])?: ([^|]*)")
_BCRYPT_LIMIT = re.compile(r"bcrypt: password length exceeds 72 bytes")
_CONTENTION_STATE = "SQLSTATE 23505"


def error_from(
    endpoint: Endpoint, status: int, headers: Mapping[str, str], content: bytes
) -> errors.ZitadelError:
    """The error of an answer whose status is not 200."""
    request_id = shown(headers.get("x-request-id", ""))[:60]
    refusal = envelope(content)
    if refusal is None:
        return _foreign(endpoint, status, headers, errors.Source(status, "", request_id))
    source = errors.Source(status, shown(refusal.id)[:60], request_id)
    return _of_code(endpoint, refusal, headers, source)


def envelope(content: bytes) -> Refusal | None:
    """ZITADEL's own refusal; None where something else speaks."""
    try:
        refusal = decode(content, Refusal)
    except ValueError:
        return None
    return refusal if 1 <= refusal.code <= _LAST_CODE else None


def _of_code(
    endpoint: Endpoint, refusal: Refusal, headers: Mapping[str, str], source: errors.Source
) -> errors.ZitadelError:
    code, said = refusal.code, _without_id(refusal)
    legacy = _LEGACY.match(refusal.message) if code == 2 else None
    if legacy:
        code = _LEGACY_CODES.get(legacy[1], 2)
    if refusal.id == UNKNOWN_ORGANIZATION:
        return errors.NotFound(
            "There is no organization with that id on this instance.",
            "Check --org or ZITADEL_ORG_ID.",
            source=source,
        )
    if refusal.id == NO_MEMBERSHIP:
        return errors.NoMembership("This account has no role in that organization.", source=source)
    if refusal.id in _MISSING_BY_ID:
        return errors.NotFound(f"The server says: {said}.", source=source)
    match code:
        case 16:
            return errors.SignInRefused("The server does not accept the access token.", source=source)
        case 7:
            return errors.NotPermitted(
                f"This account may not do this ({endpoint.name}).",
                permission=endpoint.permission,
                source=source,
            )
        case 5 | 12 if not refusal.id:
            return errors.NotZitadel(
                f"There is no instance at this address, or its server does not know '{endpoint.name}'.",
                "Use the address that the instance was set up with, to the letter.",
                source=source,
            )
        case 5:
            return errors.NotFound(f"The server says: {said}.", source=source)
        case 6 | 10:
            return errors.AlreadyThere(f"The server says: {said}.", source=source)
        case 8:
            return errors.RateLimited(
                "The server takes no more requests for now (limit or quota).",
                retry_after=retry_after(headers),
                source=source,
            )
        case 3 | 9 | 11:
            return _invalid(refusal, said, source)
        case 14 | 4:
            return _lost_or_unavailable(endpoint, "The server cannot answer now.", source)
    if _CONTENTION_STATE in refusal.message:
        return errors.Contention(
            "Somebody else changed the same organization at that moment; nothing was written.",
            source=source,
        )
    if _BCRYPT_LIMIT.search(refusal.message):
        return errors.InvalidInput(
            "The password is longer than 72 bytes, the most the server can hash.",
            field="password",
            source=source,
        )
    return _lost_or_unavailable(endpoint, f"The server failed inside: {said}.", source)


def _invalid(refusal: Refusal, said: str, source: errors.Source) -> errors.InvalidInput:
    violations = _VIOLATION.findall(refusal.message)
    field = _FIELD_OF_ID.get(refusal.id, "")
    if violations:
        field = ".".join(_camel(name) for _, name, _ in violations)
        said = shown(violations[-1][2].strip().removesuffix("()").strip())
    about = f"The server refuses {field}: {said}." if field else f"The server refuses this: {said}."
    return errors.InvalidInput(about, field=field, source=source)


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _without_id(refusal: Refusal) -> str:
    said = refusal.message
    if said.endswith(")"):
        said = said[: said.rfind("(")]
    return shown(said).strip().rstrip(".")[:300]


def _lost_or_unavailable(endpoint: Endpoint, sentence: str, source: errors.Source) -> errors.ZitadelError:
    if endpoint.writes:
        return errors.OutcomeUnknown(f"{sentence} Whether it was done is not known.", source=source)
    return errors.Unavailable(sentence, source=source)


def _foreign(
    endpoint: Endpoint, status: int, headers: Mapping[str, str], source: errors.Source
) -> errors.ZitadelError:
    """An answer without ZITADEL's envelope: something in front of the server, or another server."""
    if status == 429:
        return errors.RateLimited(
            "Too many requests, says the server or what stands in front of it.",
            retry_after=retry_after(headers),
            source=source,
        )
    if status in (502, 503, 504):
        return _lost_or_unavailable(endpoint, f"A proxy answers that the server is away ({status}).", source)
    if 300 <= status < 400:
        target = shown(headers.get("location", ""))[:200]
        return errors.NotZitadel(
            f"The address sends us elsewhere ({status}).",
            f"If {target.split('?')[0]} is the right server, use its address." if target else "",
            source=source,
        )
    if status >= 500:
        return _lost_or_unavailable(endpoint, f"The server answers with an error page ({status}).", source)
    kind = "a web page" if "html" in headers.get("content-type", "") else "no answer of a ZITADEL"
    return errors.NotZitadel(f"At this address is {kind} (status {status}).", source=source)


def not_understood(endpoint: Endpoint, reason: str, source: errors.Source) -> errors.ZitadelError:
    """A 200 whose body is not what the contract says; for a write that means: done, or not."""
    sentence = f"The answer to '{endpoint.name}' is not understood: {shown(reason)[:200]}."
    if endpoint.writes:
        return errors.OutcomeUnknown(f"{sentence} Whether it was done is not known.", source=source)
    return errors.NotZitadel(sentence, source=source)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from ``Retry-After`` (RFC 9110 §10.2.3), given as seconds or as a date."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return float(value)
    moment, now = http_date(value), http_date(headers.get("date", ""))
    if moment is None:
        return None
    return max(0.0, moment - (time.time() if now is None else now))


def http_date(value: str) -> float | None:
    """Seconds since 1970 of an HTTP date; None where it is none."""
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
