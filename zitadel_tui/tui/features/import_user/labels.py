"""What the import form says in words: languages, genders, ways to sign in, and the lines below."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from zitadel_tui.core import people, person_form, rights, rules
from zitadel_tui.core.person_form import GENDERS, PersonForm
from zitadel_tui.failure import Failure
from zitadel_tui.secret import Secret
from zitadel_tui.text import shown
from zitadel_tui.tui.format.lines import DANGER, DIM, STRONG, WARNING, Line, hanging
from zitadel_tui.tui.widgets.choice import Option
from zitadel_tui.zitadel.wire.policies import PasswordComplexity

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
    ("mail", "a mail with a code"),
    ("password", "password"),
    ("hash", "hash"),
    ("passkey", "passkey link"),
)
_NO_LANGUAGE: Final[Option] = ("", "not stated")
ONE_SECRET: Final = "The server keeps only a hash when it is given both, so only this one is sent."


def language_options(offered: Iterable[str], chosen: str = "") -> list[Option]:
    """By name; one that was ``chosen`` before is among them in any case."""
    tags = dict.fromkeys([*offered, *([chosen] if chosen else [])])
    named = [(tag, f"{_LANGUAGES[tag]} ({tag})" if tag in _LANGUAGES else shown(tag)) for tag in tags]
    return [_NO_LANGUAGE, *sorted(named, key=lambda option: option[1].casefold())]


def preview(form: PersonForm, width: int) -> list[Line]:
    """What importing will do; before there is an email there is nothing to say."""
    if not form.email.strip():
        return [(("First name, last name, email and enter are enough.", DIM),)]
    lines: list[Line] = []
    for sentence in person_form.preview(form):
        lines += hanging("  " if lines else "→ ", sentence, width)
    return lines


def user_name_note(availability: "Availability") -> Line:
    if availability.by_user_name is not None:
        return ((f"taken: {people.name(availability.by_user_name)}", WARNING),)
    return (("available" if availability.checked else "could not be checked", DIM),)


def email_note(availability: "Availability | None") -> Line:
    """Emails are not unique."""
    return ((availability.email_note, WARNING),) if availability and availability.email_note else ("",)


def policy_note(password: Secret, policy: PasswordComplexity | None) -> Line:
    """The rules that are kept, and those that are not yet."""
    rules_kept = rules.checklist(password, policy) if policy else []
    kept = " ".join(words for words, is_kept in rules_kept if is_kept)
    missing = " ".join(words for words, is_kept in rules_kept if not is_kept)
    return ((f"{kept}  " if kept else "", DIM), (f"missing: {missing}" if missing else "", WARNING))


def roles_note(roles: Sequence[str], reason: str) -> str:
    if reason and not roles:
        return "none: this account may not give roles"
    return f"{', '.join(roles) or 'none'}   enter chooses"


def no_roles(permission: str) -> str:
    """Why an account cannot give roles, said before anything is sent."""
    carriers = ", ".join(rights.roles_with(permission)[:3])
    return f"This account may not give roles: it lacks {permission}, which {carriers} carry."


def unknown(name: str, failure: Failure | None) -> list[Line]:
    """The answer was lost, and looking did not help: nothing more may be sent."""
    lines: list[Line] = [((f"It is not known whether {name} was created.", f"{STRONG} {DANGER}"),)]
    if failure is not None:
        lines.append((failure.summary,))
    return [*lines, ("ctrl+l looks again. Until that is known nothing more is sent.",)]
