"""The body of an import: reading it from JSON, checking it, and describing what it will do (contract
§3.1)."""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import brief, nearest, shown
from zitadel_tui.zitadel.wire.base import as_secret
from zitadel_tui.zitadel.wire.users import ImportHuman

LARGEST_BODY = 1024 * 1024
"""Bytes."""

# The hash in ZITADEL's documentation of the import call, from its salt on; its password is printed there too.
_PUBLISHED_HASH = "8p.NrnjLvA/lMC.5kS.LLeja7vc8W.oQt.3d.vwWsAfiJs8juUMiy"
_PUBLISHED_PASSWORD = "RootPassword1!"
_WITHOUT_EFFECT = frozenset({"otpCode", "recoveryCodes"})


def read_body(data: bytes, origin: str) -> ImportHuman:
    """One user as the JSON of an import; ``origin`` begins the sentences about it.

    Names may be camelCase or snake_case, as on the wire. Raises ``UsageFailure``: not JSON, a list, a field
    that is unknown, of a wrong type, or without effect.
    """
    return as_body(_object(data, origin), origin)


def as_body(content: Mapping[str, Any], origin: str) -> ImportHuman:
    """One user as the decoded JSON of an import. Raises ``UsageFailure`` as :func:`read_body`."""
    try:
        content = _checked(content, ImportHuman, "", origin)
    except RecursionError:
        raise UsageFailure(f"{origin} is nested too deeply.", "Give one JSON object.") from None
    try:
        return msgspec.convert(content, ImportHuman, dec_hook=as_secret)
    except msgspec.ValidationError as error:
        raise UsageFailure(
            f"{origin} has a field of a wrong type: {shown(str(error))}.", "Fix it and run again."
        ) from None


def _object(data: bytes, origin: str) -> Mapping[str, Any]:
    if len(data) > LARGEST_BODY:
        raise UsageFailure(f"{origin} is larger than 1 MiB, too large for one user.", "Give one JSON object.")
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UsageFailure(f"{origin} is not UTF-8 text.", "Save it as UTF-8.") from None
    except json.JSONDecodeError as error:
        raise UsageFailure(
            f"{origin} is not JSON: line {error.lineno}, column {error.colno}.", "Fix it and run again."
        ) from None
    except ValueError:  # Python converts no more than some thousand digits
        raise UsageFailure(
            f"{origin} contains a number that is too long.", "Correct it and run again."
        ) from None
    except RecursionError:
        raise UsageFailure(f"{origin} is nested too deeply.", "Give one JSON object.") from None
    if not isinstance(content, dict):
        raise UsageFailure(f"{origin} is not one JSON object.", "One user at a time: {…}.")
    return content


def _checked(content: Mapping[str, Any], kind: type, path: str, origin: str) -> dict[str, Any]:
    """The same with camelCase names and without nulls, which mean absent; every name must be ``kind``'s."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    named: dict[str, Any] = {}
    for given, value in content.items():
        name = re.sub(r"_([a-z])", lambda letter: letter[1].upper(), given)
        where = f"{path}{name}"
        if name in _WITHOUT_EFFECT and not path:
            raise UsageFailure(
                f"{origin} has {name}, which the server ignores in this call.", "Leave the field out."
            )
        if name not in fields:
            near = nearest(name, list(fields))
            hint = f"Did you mean {path}{near}?" if near else f"Known here: {', '.join(fields)}."
            raise UsageFailure(f"{origin} has an unknown field {brief(where)!r}.", hint)
        if name in named:
            raise UsageFailure(f"{origin} gives {where} twice.", "Leave one of them.")
        if value is not None:
            named[name] = _inside(value, _struct(fields[name].type), where, origin)
    return named


def _inside(value: object, kind: type | None, where: str, origin: str) -> object:
    if kind is None:
        return value
    if isinstance(value, dict):
        return _checked(value, kind, f"{where}.", origin)
    if isinstance(value, list):
        return [_inside(one, kind, f"{where}[{index}]", origin) for index, one in enumerate(value)]
    return value


def _struct(kind: Any) -> type | None:
    """The message type of a field, also inside an option or a list."""
    candidates = [kind, *getattr(kind, "__args__", ())]
    structs = (one for one in candidates if isinstance(one, type) and issubclass(one, msgspec.Struct))
    return next(structs, None)


def choose_sign_in(
    body: ImportHuman, *, use: Literal["password", "hash"] | None = None, allow_published_hash: bool = False
) -> ImportHuman:
    """``body`` with at most one of password and hash. Raises ``UsageFailure`` when both are given, or when
    the hash is the one printed in ZITADEL's documentation."""
    if body.hashed_password is not None and not body.hashed_password.value:
        body = msgspec.structs.replace(body, hashed_password=None)
    if body.password and body.hashed_password:
        if use is None:
            raise UsageFailure(
                "The body gives both a password and a hash; the server would keep the hash and drop "
                "the password.",
                "Say which to send: --use password or --use hash.",
            )
        dropped: dict[str, Any] = {"hashed_password": None} if use == "password" else {"password": None}
        body = msgspec.structs.replace(body, **dropped)
    hashed = body.hashed_password.value if body.hashed_password else None
    if hashed and _PUBLISHED_HASH in hashed.reveal() and not allow_published_hash:
        raise UsageFailure(
            "This hash is printed in ZITADEL's documentation, and so is its password.",
            "Use another; --allow-published-hash sends it anyway.",
        )
    return body


def is_initial(body: ImportHuman) -> bool:
    """Whether the user must still complete the registration (contract §3.1, resulting state)."""
    can_sign_in = body.password or body.hashed_password or body.request_passwordless_registration
    return not body.idps and not (body.email.is_email_verified and can_sign_in)


def what_happens(body: ImportHuman) -> list[str]:
    """What the import will do, one sentence each: state, mails, and fields without effect."""
    email = shown(body.email.email)
    said = []
    if is_initial(body):
        said.append(f"Initial: a mail with a code goes to {email}; the user completes the registration.")
        if body.password or body.hashed_password:
            said.append("The password waits until then, because the email is not marked as verified.")
    elif body.email.is_email_verified:
        said.append("Active at once, no mail.")
    else:
        said.append(f"Active at once; a mail to verify {email} is sent.")
    if body.phone is not None and not body.phone.is_phone_verified:
        said.append(f"An SMS with a code goes to {shown(body.phone.phone)}.")
    if body.password_change_required and not body.password:
        said.append("passwordChangeRequired has no effect without a password.")
    if body.password and body.password.reveal() == _PUBLISHED_PASSWORD:
        said.append("Warning: this password is printed in ZITADEL's documentation.")
    return said
