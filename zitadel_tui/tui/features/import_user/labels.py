"""The texts of the import form and its results: options, notes, the preview, states."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING, Final

from zitadel_tui.core import importing, rights, rules, user_form, user_lookup
from zitadel_tui.core.advice import advice, reference
from zitadel_tui.core.user_form import GENDERS, UserForm
from zitadel_tui.failure import Failure
from zitadel_tui.secret import Secret
from zitadel_tui.text import shown
from zitadel_tui.tui.format.lines import DANGER, DIM, STRONG, WARNING, Line, Part, hanging
from zitadel_tui.tui.services.imports import Import
from zitadel_tui.tui.widgets.choice import Option
from zitadel_tui.zitadel.wire.organizations import PasswordComplexity

if TYPE_CHECKING:
    from zitadel_tui.core.availability import Availability

_LANGUAGES: Final = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "cs": "Czech",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "mk": "Macedonian",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "zh": "Chinese",
}
GENDER_OPTIONS: Final[tuple[Option, ...]] = tuple(
    zip(GENDERS, ("not stated", "female", "male", "diverse"), strict=True)
)
SIGN_IN_OPTIONS: Final[tuple[Option, ...]] = (
    ("mail", "mail with a code"),
    ("password", "password"),
    ("hash", "hash"),
    ("passkey", "passkey link"),
)
_NO_LANGUAGE: Final[Option] = ("", "not stated")
ONE_SECRET: Final = "The server keeps only a hash when it is given both, so only this one is sent."


def language_options(offered: Iterable[str], chosen: str = "") -> list[Option]:
    """The languages by name; always includes the ``chosen`` one."""
    tags = dict.fromkeys([*offered, *([chosen] if chosen else [])])
    named = [(tag, f"{_LANGUAGES[tag]} ({tag})" if tag in _LANGUAGES else shown(tag)) for tag in tags]
    return [_NO_LANGUAGE, *sorted(named, key=lambda option: option[1].casefold())]


# Beside and below the fields


def preview(form: UserForm, width: int) -> list[Line]:
    """What the import will do; empty without an email."""
    if not form.email.strip():
        return [(("First name, last name, email and enter are enough.", DIM),)]
    lines: list[Line] = []
    for sentence in user_form.preview(form):
        lines += hanging("  " if lines else "→ ", sentence, width)
    return lines


def user_name_note(availability: "Availability") -> Line:
    if availability.by_user_name is not None:
        return ((f"taken: {user_lookup.name(availability.by_user_name)}", WARNING),)
    return (("available" if availability.checked else "could not be checked", DIM),)


def email_note(availability: "Availability | None") -> Line:
    """A note that the email is in use: emails are not unique."""
    return ((availability.email_note, WARNING),) if availability and availability.email_note else ("",)


def policy_note(password: Secret, policy: PasswordComplexity | None) -> Line:
    """The rules of the policy that are not met yet, then those that are."""
    rules_kept = rules.checklist(password, policy) if policy else []
    kept = " ".join(words for words, is_kept in rules_kept if is_kept)
    missing = " ".join(words for words, is_kept in rules_kept if not is_kept)
    return ((f"missing: {missing}  " if missing else "", WARNING), (kept, DIM))


def roles_note(form: UserForm, reason: str) -> str:
    names = user_form.chosen_roles(form)
    if reason and not names:
        return "none: this account cannot assign roles"
    return f"{names or 'none'}   enter to choose"


def no_roles(permission: str) -> str:
    """Why an account cannot assign roles, known before anything is sent."""
    carriers = ", ".join(rights.roles_with(permission)[:3])
    return f"This account cannot assign roles: it needs {permission}, which {carriers} include."


def failure_lines(failure: Failure) -> list[Line]:
    parts = (failure.summary, advice(failure), reference(failure))
    return [((text, style),) for text, style in zip(parts, (DANGER, "", DIM), strict=True) if text]


# Results


def status_line(sending: Import | None, results: Sequence[Import], key: str) -> Line:
    """The line below the form: the running import or the newest result; ``key`` shows all."""
    if sending is not None:
        return ((f"Importing {sending.name} …", STRONG),)
    if not results:
        return ("",)
    more = f"   {key} {len(results)} results" if len(results) > 1 else f"   {key} result"
    return (*summary(results[0]), (more, DIM))


def summary(one: Import) -> Line:
    """A result in one line."""
    if one.state == "checking":
        return ((f"Checking whether {one.name} was created …", STRONG),)
    if one.onboarded is None:
        return ((f"? It is not known whether {one.name} was created.", f"{STRONG} {DANGER}"),)
    sign, style = ("⚠", WARNING) if is_alarming(one) else ("✓", "")
    return ((f"{sign} {one.name}: {outcome(one)}", style),)


def outcome(one: Import) -> str:
    """``created · ORG_USER_MANAGER assigned · passkey link hidden``."""
    if one.onboarded is None:
        return "being checked" if one.state == "checking" else "unknown: created or not"
    parts = ("created", _plain(roles(one)), secret_state(one))
    return " · ".join(part for part in parts if part)


def _plain(part: Part) -> str:
    return part[0] if isinstance(part, tuple) else part


def is_alarming(one: Import) -> bool:
    """Whether something about a created user needs attention."""
    styles = [part[1] for part in (organization(one), state(one), roles(one)) if isinstance(part, tuple)]
    return bool(warnings(one)) or any(WARNING in style or DANGER in style for style in styles)


def warnings(one: Import) -> list[str]:
    """What could not be recorded, and what someone else changed at the same moment."""
    if one.onboarded is None:
        return []
    applied = (one.onboarded.imported, *one.onboarded.assigned)
    return [each.warning for each in applied if each.warning]


def organization(one: Import) -> Part:
    """The user's actual organization; in the colour of danger when it is not the intended one."""
    onboarded, meant = one.onboarded, one.target.organization
    owner = onboarded.organization if onboarded else ""
    owner = owner or (one.user.details.resource_owner if one.user else "")
    if not owner or not meant:
        return owner or "…"
    if owner == meant:
        return one.target.organization_name or owner
    return (f"{owner}: NOT {one.target.organization_name or meant}, as intended!", f"{STRONG} {DANGER}")


def state(one: Import) -> Part:
    """The state that a read shows; a warning when it is not the expected one."""
    body = user_form.body(one.form)
    actual = user_lookup.state(one.user) if one.user else ""
    initial = importing.is_initial(body)
    expected = "initial" if initial else "active"
    if actual and actual != expected:
        return (f"{actual}, although {expected} was expected", WARNING)
    if initial:
        return f"initial: a mail with a code went to {body.email.email}"
    return " ".join(["active", *importing.what_happens(body)[1:]])


def roles(one: Import) -> Part:
    """How assigning the roles ended; empty when there are none."""
    if one.onboarded is None or not one.onboarded.assignments:
        return ""
    from zitadel_tui.core.onboarding import role_names

    left = {id(change) for change in one.onboarded.left}
    changes = [assignment.change for assignment in one.onboarded.assignments]
    if not left:
        return f"{role_names(changes)} assigned"
    if one.busy:
        return f"{role_names(changes)}: being assigned …"
    return (f"{role_names(change for change in changes if id(change) in left)} not assigned", DANGER)


def roles_failure(one: Import) -> list[str]:
    """Why roles are not assigned, and what to do."""
    failure = one.onboarded.failure if one.onboarded else None
    if failure is None:
        return []
    if not isinstance(failure, Failure):
        return [f"Something went wrong inside the program ({type(failure).__name__})."]
    return [text for text in (failure.summary, advice(failure), reference(failure)) if text]


def secret_state(one: Import) -> str:
    """``passkey link hidden``; empty when there is no secret."""
    if one.form.sign_in == "password":
        return "password shown" if one.secret_seen else "password hidden"
    if one.form.sign_in != "passkey":
        return ""
    if one.link is None:
        return "passkey link lost"
    if minutes_left(one) <= 0:
        return "passkey link expired"
    return "passkey link shown" if one.secret_seen else "passkey link hidden"


def minutes_left(one: Import) -> int:
    """Minutes until the passkey link expires; 1 when unknown."""
    if one.link_until is None:
        return 1
    return ceil((one.link_until - datetime.now().astimezone()).total_seconds() / 60)
