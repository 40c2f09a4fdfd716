"""Translates refusals of the server into errors (contract §2).

Ids and codes decide. Texts are used only where the contract has neither: native errors of v4.11 to v4.13.1
(code 2, the true code in the text), fields of the validation rules, bcrypt's limit, and PostgreSQL's own
refusals. A write counts as refused only when ZITADEL itself says so; see :func:`error_from`.
"""

import re
import time
from collections.abc import Mapping
from datetime import UTC

from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.endpoints import Endpoint
from zitadel_tui.zitadel.traffic import Answer
from zitadel_tui.zitadel.wire.base import decode
from zitadel_tui.zitadel.wire.refusals import Refusal

UNKNOWN_ORGANIZATION = "AUTH-Bs7Ds"
NO_MEMBERSHIP = "AUTHZ-cdgFk"
UNIQUE_VIOLATED = "V3-DKcYh"
_NO_INSTANCE = "QUERY-1kIjX"
_MEMBER_EXISTS = frozenset({"ORG-poWwe", "INSTA-pFDwe", "PROJECT-PtXi1"})
_NO_MEMBER = frozenset({"Org-D8JxR", "INSTANCE-D8JxR", "PROJECT-D8JxR"})
_NO_USER = frozenset(
    {
        # Code 5, and code 9 (failed precondition) where the user is named by a body (contract §2.5).
        *("QUERY-Dfbg2", "COMMAND-m9od", "COMMAND-5M9fs", "COMMAND-2M9df", "COMMAND-ugjs0upun6"),
        *("ORG-GoXOn", "INSTA-GSXOn", "COMMAND-uXHNj", "COMMAND-4f8sg", "COMMAND-Hj9ds"),
    }
)
_NO_PROJECT = "COMMAND-4m9ff"
_NO_GRANT = frozenset({"COMMAND-3M9sd", "COMMAND-1My0t"})
"""Of project roles; the first one is said of other things, too, with code 9."""
_SAME_GRANT = "COMMAND-Rs8fy"
_ELSEWHERE = "MANAG-fpo4B"
"""A user of another organization."""

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
    "COMMAND-mm9F4": "roleKeys",
}

_STATUSES = {
    1: (499,),
    2: (500,),
    3: (400,),
    4: (504,),
    5: (404,),
    6: (409,),
    7: (403,),
    8: (429,),
    9: (400,),
    10: (409,),
    11: (400,),
    12: (501, 405),
    13: (500,),
    14: (503,),
    15: (500,),
    16: (401,),
}
"""The HTTP statuses of each gRPC code (contract §2.1): another pair is not from ZITADEL's gateway."""
_NOT_TAKEN_ON = frozenset({401, 405, 407, 411, 413, 414, 415, 417, 421, 426, 428, 431, 511})
"""By which whatever stands in front says that it did not pass the request on (RFC 9110, RFC 6585); 429 is
told apart before."""

_LEGACY_CODES = {
    "InvalidArgument": 3,
    "NotFound": 5,
    "AlreadyExists": 6,
    "PermissionDenied": 7,
    "ResourceExhausted": 8,
    "FailedPrecondition": 9,
    "Unauthenticated": 16,
}
_LEGACY = re.compile(r"rpc error: code = (\w+) desc = ")
_VIOLATION = re.compile(r"invalid (\w+)\.(\w+)(?:\[\d+\])?: ([^|]*)")
_BCRYPT_LIMIT = "bcrypt: password length exceeds 72 bytes"
_CONTENTION = ("events2_pkey", "SQLSTATE 23505")
_LONGEST_WAIT = 1e9
"""Seconds; longer ones are as good as for ever."""

RIGHT_ADDRESS = "Use the address that the instance was set up with, to the letter."


def error_from(endpoint: Endpoint, answer: Answer) -> errors.ZitadelError:
    """The error for an answer whose status is not 200.

    For a write, everything that is not ZITADEL's own refusal is ``OutcomeUnknown``: a proxy may have
    passed the request on, whatever it answers. So are ZITADEL's internal errors, except those that the
    contract proves to have written nothing.
    """
    refusal = envelope(answer)
    if refusal is None:
        return _foreign(endpoint, answer)
    source = errors.Source(answer.status, shown(refusal.id)[:60], answer.source.request_id)
    return _of_id(refusal, source) or _of_code(endpoint, answer, refusal, source)


def envelope(answer: Answer) -> Refusal | None:
    """ZITADEL's own error envelope; None when something else answered."""
    try:
        refusal = decode(answer.content, Refusal)
    except ValueError:
        return None
    return refusal if answer.status in _STATUSES.get(refusal.code, ()) else None


def outcome_unknown(sentence: str, source: errors.Source | None = None) -> errors.OutcomeUnknown:
    return errors.OutcomeUnknown(f"{sentence} It is not known whether the change was made.", source=source)


def not_understood(endpoint: Endpoint, reason: str, source: errors.Source) -> errors.ZitadelError:
    """The error for a 200 whose body does not match the contract; a write may or may not have been made."""
    sentence = f"The answer to '{endpoint.name}' is not understood: {shown(reason)[:200]}."
    return (
        outcome_unknown(sentence, source) if endpoint.writes else errors.NotZitadel(sentence, source=source)
    )


def _of_id(refusal: Refusal, source: errors.Source) -> errors.ZitadelError | None:
    """The error for an id that says more than its code."""
    if refusal.id == UNKNOWN_ORGANIZATION:
        return errors.NotFound(
            "There is no organization with that id on this instance.",
            "Check --org or ZITADEL_ORG_ID.",
            source=source,
        )
    if refusal.id == NO_MEMBERSHIP:
        return errors.NoMembership("This account has no role in that organization.", source=source)
    if refusal.id == _NO_INSTANCE:
        return errors.NotZitadel("No ZITADEL instance answers at this address.", RIGHT_ADDRESS, source=source)
    if refusal.id in _NO_USER:
        return errors.NotFound(
            "There is no user with that id on this instance.",
            "Find the user by name or email: zitadel-tui users find TEXT.",
            source=source,
        )
    if refusal.id == _ELSEWHERE:
        return errors.NotFound(
            "The user belongs to another organization.",
            "Choose the user's organization with --org ID.",
            source=source,
        )
    if refusal.id in _NO_MEMBER:
        return errors.NotFound(
            "The user is not a member.",
            "Add the user first; the list of members shows who is.",
            source=source,
        )
    if refusal.id in _MEMBER_EXISTS:
        return errors.AlreadyThere(
            "The user is already a member.", "Change the roles of the existing membership.", source=source
        )
    if refusal.id == _NO_PROJECT:
        return errors.NotFound(
            "There is no such project in this organization, nor one that is granted to it.",
            "See its projects: zitadel-tui projects list.",
            source=source,
        )
    if refusal.id in _NO_GRANT and refusal.code == 5:
        return errors.NotFound(
            "The user has no roles in this project.",
            "See what the user has: zitadel-tui grants list --user USER.",
            source=source,
        )
    if refusal.id == _SAME_GRANT:
        return errors.AlreadyThere(
            "The user has exactly these project roles.", "There is nothing to change.", source=source
        )
    return None


def _of_code(
    endpoint: Endpoint, answer: Answer, refusal: Refusal, source: errors.Source
) -> errors.ZitadelError:
    code, said = refusal.code, _without_id(refusal)
    legacy = _LEGACY.match(refusal.message) if code == 2 else None
    if legacy:
        code = _LEGACY_CODES.get(legacy[1], 2)
    match code:
        case 16:
            return errors.SignInRefused("The server does not accept the access token.", source=source)
        case 7:
            return errors.NotPermitted(
                f"This account may not do this ({endpoint.name}).",
                permission=endpoint.permission,
                source=source,
            )
        case 5 if refusal.id:
            return errors.NotFound(f"The server says: {said}.", source=source)
        case 5 | 12:
            return errors.NotZitadel(
                f"The server at this address does not offer '{endpoint.name}'.",
                "Check that the address is that of a ZITADEL, and that its version is supported.",
                source=source,
            )
        case 6:
            return errors.AlreadyThere(f"The server says: {said}.", source=source)
        case 8:
            return errors.RateLimited(
                "The server accepts no more requests for now (limit, quota, or a message that is too large).",
                retry_after=retry_after(answer.headers),
                source=source,
            )
        case 3 | 9 | 11:
            return _invalid(refusal, said, source)
        case 2 if all(sign in refusal.message for sign in _CONTENTION):
            return errors.Contention(
                "Another request changed the same organization at that moment; nothing was written.",
                source=source,
            )
        case 2 if refusal.message.startswith(_BCRYPT_LIMIT):
            return errors.InvalidInput(
                "The password is longer than 72 bytes, the most the server can hash.",
                "Choose a shorter password.",
                field="password",
                source=source,
            )
        case 1 | 4 | 10 | 14:
            return _unknown_or_unavailable(endpoint, "The server could not answer.", source)
    return _unknown_or_unavailable(endpoint, f"The server reports an internal error: {said}.", source)


def _invalid(refusal: Refusal, said: str, source: errors.Source) -> errors.InvalidInput:
    field = _FIELD_OF_ID.get(refusal.id, "")
    violations = [] if refusal.id else _VIOLATION.findall(refusal.message)
    if violations:
        field = ".".join(_camel(name) for _, name, _ in violations)
        said = shown(violations[-1][2].strip().removesuffix("()").strip())
    about = f"The server rejects {field}: {said}." if field else f"The server rejects this: {said}."
    return errors.InvalidInput(about, field=field, source=source)


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _without_id(refusal: Refusal) -> str:
    said = refusal.message
    if said.endswith(")"):
        said = said[: said.rfind("(")]
    return shown(said).strip().rstrip(".")[:300]


def _unknown_or_unavailable(endpoint: Endpoint, sentence: str, source: errors.Source) -> errors.ZitadelError:
    if endpoint.writes:
        return outcome_unknown(sentence, source)
    return errors.Unavailable(sentence, source=source)


def _foreign(endpoint: Endpoint, answer: Answer) -> errors.ZitadelError:
    """The error for an answer without ZITADEL's envelope: from a proxy or another server."""
    status, source = answer.status, answer.source
    if status == 429:
        return errors.RateLimited(
            "The server, or a proxy in front of it, receives too many requests.",
            retry_after=retry_after(answer.headers),
            source=source,
        )
    kind = "A web page" if "html" in answer.headers.get("content-type", "") else "Something else"
    if status >= 500 and status not in _NOT_TAKEN_ON:
        return _unknown_or_unavailable(endpoint, f"{kind} answered with status {status}.", source)
    if endpoint.writes and status not in _NOT_TAKEN_ON:
        return outcome_unknown(f"{kind} answered instead of ZITADEL, with status {status}.", source)
    if 300 <= status < 400:
        target = shown(answer.headers.get("location", ""))[:200].split("?")[0]
        return errors.NotZitadel(
            f"The address redirects to another one (status {status}).",
            f"If {target} is the right server, use its address." if target else "",
            source=source,
        )
    return errors.NotZitadel(f"{kind} answered instead of ZITADEL, with status {status}.", source=source)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from ``Retry-After`` (RFC 9110 §10.2.3), given as seconds or as a date."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), _LONGEST_WAIT)
    moment, now = http_date(value), http_date(headers.get("date", ""))
    if moment is None:
        return None
    return min(max(0.0, moment - (time.time() if now is None else now)), _LONGEST_WAIT)


def http_date(value: str) -> float | None:
    """Seconds since 1970 of an HTTP date; None where it is not one."""
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
