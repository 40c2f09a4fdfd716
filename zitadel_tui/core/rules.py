"""The server's own rules for the fields of an import, checked before anything is sent (contract §3.1, §4.5).

They mirror the server and are no stricter. The names of fields are JSON paths, as in ``InvalidInput``.
"""

import re
import secrets
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zitadel_tui.secret import Secret
from zitadel_tui.text import nearest, shown
from zitadel_tui.zitadel.wire.organizations import PasswordComplexity
from zitadel_tui.zitadel.wire.users import ImportHuman

LONGEST_NAME = 200  # code points; user, first, last, nick and display name, email
LONGEST_PHONE = 50
LONGEST_LANGUAGE = 10
LONGEST_PASSWORD = 72  # bytes, the most bcrypt takes
BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
BCRYPT_COSTS = range(10, 17)

_EMAIL = re.compile(r"""(?:"[^"]+"|[^\s<>()\[\]:;@\\,"]+)@(?:\[[^\s\]]+\]|[^\s<>()@,;:\\"\[\]]+)""")
_CLASSES: tuple[tuple[str, str, str], ...] = (
    ("has_lowercase", "a-z", "[a-z]"),
    ("has_uppercase", "A-Z", "[A-Z]"),
    ("has_number", "0-9", "[0-9]"),
    ("has_symbol", "symbol", "[^A-Za-z0-9]"),
)
_SYMBOLS = "!#%+-.:=?@_"
_GENERATED_LENGTH = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """The server would reject ``field``; with ``grave`` False it accepts it, but the value is unusual."""

    field: str
    sentence: str
    grave: bool = True


def problems(
    body: ImportHuman, *, policy: PasswordComplexity | None = None, languages: Sequence[str] = ()
) -> list[Problem]:
    """All problems that can be found here, in the order of the fields. What is unknown (``policy`` None,
    no ``languages``) is not checked."""
    profile = body.profile
    found = [
        *_name("userName", body.user_name, "The user name", blank=False),
        *_name("profile.firstName", profile.first_name, "The first name"),
        *_name("profile.lastName", profile.last_name, "The last name"),
        *_length("profile.nickName", profile.nick_name, LONGEST_NAME, "The nick name"),
        *_length("profile.displayName", profile.display_name, LONGEST_NAME, "The display name"),
        *email(body.email.email),
        *(phone(body.phone.phone) if body.phone else ()),
        *language(profile.preferred_language, languages),
    ]
    if body.password:
        found += password(body.password, policy)
    if body.hashed_password and body.hashed_password.value:
        found += password_hash(body.hashed_password.value)
    return found


def _name(field: str, value: str, what: str, *, blank: bool = True) -> list[Problem]:
    """Lengths are those of what is sent, blanks around included; ``blank`` says that these alone do."""
    if not (value if blank else value.strip()):
        return [Problem(field, f"{what} is missing.")]
    return _length(field, value, LONGEST_NAME, what)


def _length(field: str, value: str, longest: int, what: str) -> list[Problem]:
    if len(value) <= longest:
        return []
    return [Problem(field, f"{what} has {len(value)} characters; {longest} are allowed.")]


def email(value: str) -> list[Problem]:
    """Go's address parser without a display name; a domain without a dot is fine."""
    found = _name("email.email", value, "The email", blank=False)
    if not found and not _EMAIL.fullmatch(value.strip()):
        found = [Problem("email.email", "The email needs a form such as ada@acme.example.")]
    return found


def phone(value: str) -> list[Problem]:
    """Starts with ``+``; that such a number is plausible is judged as the server does, by libphonenumber."""
    field = "phone.phone"
    if not value.startswith("+"):
        return [
            Problem(
                field, "The phone number must start with + and the country code, such as +41 71 000 00 00."
            )
        ]
    if len(value) > LONGEST_PHONE:
        return _length(field, value, LONGEST_PHONE, "The phone")
    import phonenumbers

    try:
        number = phonenumbers.parse(value, "CH")
    except phonenumbers.NumberParseException:
        return [Problem(field, "Not a phone number of any country.")]
    if not phonenumbers.is_valid_number(number):
        return [
            Problem(field, "Not a number in use in that country. The server accepts it anyway.", grave=False)
        ]
    return []


def language(value: str, languages: Iterable[str]) -> list[Problem]:
    """The server accepts any tag of up to 10 characters; one that it does not offer has no effect."""
    field = "profile.preferredLanguage"
    found = _length(field, value, LONGEST_LANGUAGE, "The language")
    offered = list(languages)
    if not found and value and offered and value not in offered:
        near = nearest(value, offered)
        hint = f"; did you mean {near}?" if near else "."
        found = [
            Problem(field, f"The server does not offer the language {shown(value)!r}{hint}", grave=False)
        ]
    return found


def checklist(value: Secret, policy: PasswordComplexity) -> list[tuple[str, bool]]:
    """Each rule of the policy as a short label, such as ``8+`` or ``a-z``, and whether the password meets
    it."""
    plain = value.reveal()
    rules = [(f"{policy.length}+", _bytes(value) >= policy.length)] if policy.length else []
    rules += [
        (words, re.search(pattern, plain) is not None)
        for rule, words, pattern in _CLASSES
        if getattr(policy, rule)
    ]
    return rules


def _bytes(value: Secret) -> int:
    return len(value.reveal().encode("utf-8", "surrogatepass"))


def password(value: Secret, policy: PasswordComplexity | None) -> list[Problem]:
    size = _bytes(value)
    if size > LONGEST_PASSWORD:
        return [
            Problem("password", f"The password has {size} bytes; the server can hash {LONGEST_PASSWORD}.")
        ]
    missing = [words for words, kept in checklist(value, policy) if not kept] if policy else []
    return [Problem("password", f"The password lacks: {', '.join(missing)}.")] if missing else []


def password_hash(value: Secret) -> list[Problem]:
    """Which formats and costs a server accepts cannot be read, and older servers check nothing: this
    checks against the defaults (contract §0, §7)."""
    field = "hashedPassword.value"
    text = value.reveal()
    form = BCRYPT.fullmatch(text)
    if form and int(form[1]) in BCRYPT_COSTS:
        return []
    if form:
        costs = f"{BCRYPT_COSTS[0]} to {BCRYPT_COSTS[-1]}"
        said = f"The bcrypt cost is {int(form[1])}; servers accept {costs} by default."
        return [Problem(field, said, grave=False)]
    if text.startswith("$2"):
        return [
            Problem(
                field,
                "The bcrypt hash is cut off or mistyped: it needs 60 characters, from $2a$ on.",
            )
        ]
    return [Problem(field, "Not bcrypt, the only format that servers accept by default.", grave=False)]


def generated_password(policy: PasswordComplexity | None) -> Secret:
    """A random password that meets the policy, without characters that are easily confused. It begins with a
    letter: a spreadsheet takes it for no formula."""
    letters = [character for character in string.ascii_letters if character not in "lIO"]
    alphabet = [*letters, *"23456789", *_SYMBOLS]
    length = min(max(_GENERATED_LENGTH, policy.length if policy else 0), LONGEST_PASSWORD)
    everything = PasswordComplexity(
        min_length=str(length), has_lowercase=True, has_uppercase=True, has_number=True, has_symbol=True
    )
    while True:
        rest = "".join(secrets.choice(alphabet) for _ in range(length - 1))
        candidate = Secret(secrets.choice(letters) + rest)
        if all(kept for _, kept in checklist(candidate, everything)):
            return candidate


def proposed_user_name(address: str) -> str:
    """The local part of an email."""
    return address.strip().partition("@")[0]
