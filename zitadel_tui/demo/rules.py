"""Rules for user data: passwords, hashes, emails, phones, languages (contract §2.5, §4.5, §7)."""

import re

from zitadel_tui.demo import data
from zitadel_tui.demo.errors import Refusal, invalid

LANGUAGES: list[str] = data.load("discovery.json")["ui_locales_supported"]
_COMPLEXITY = (
    (r"[a-z]", "Password must contain lower case", "DOMAIN-co3Xw"),
    (r"[A-Z]", "Password must contain upper case", "DOMAIN-VoaRj"),
    (r"[0-9]", "Password must contain number", "DOMAIN-ZBv4H"),
    (r"[^A-Za-z0-9]", "Password must contain symbol", "DOMAIN-ZDLwA"),
)
_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{2,8})*)")
_ATOM = r"[^\s@<>()\[\],;:\\\"]+"


def roles() -> dict[str, list[str]]:
    """Role -> permissions, in the order of the server's configuration (v4.x)."""
    mapping: dict[str, list[str]] = data.load("roles.json")
    return mapping


def roles_named(*prefixes: str) -> list[str]:
    return [role for role in roles() if role.startswith(prefixes)]


def check_password(password: str) -> None:
    """The default complexity policy, first broken rule; bcrypt's own limit is an internal error."""
    if len(password.encode()) < 8:
        raise invalid("Password is too short", "DOMAIN-HuJf6")
    for pattern, text, id in _COMPLEXITY:
        if not re.search(pattern, password):
            raise invalid(text, id)
    if len(password.encode()) > 72:
        raise Refusal(2, "bcrypt: password length exceeds 72 bytes")


def check_hash(value: str) -> None:
    """Syntax and cost of a bcrypt hash; other formats have no verifier by default."""
    found = _BCRYPT.fullmatch(value)
    if not found:
        raise invalid("Password is invalid", "CRYPT-r8Qm2")
    if not 10 <= int(found[1]) <= 16:
        raise invalid("Password is invalid", "CRYPT-5uV9n")


def check_email(email: str) -> None:
    """Go's address parser, without a display name."""
    if re.fullmatch(rf"[^<>]*<{_ATOM}@{_ATOM}>", email):
        raise invalid("Email is invalid", "EMAIL-599GV")
    if not re.fullmatch(rf"{_ATOM}@{_ATOM}", email):
        raise invalid("Email is invalid", "EMAIL-599BI")


def normal_phone(phone: str) -> str:
    """The number as E.164; raises PHONE-so0wa when it cannot be one."""
    import phonenumbers

    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        raise invalid("Phone is invalid", "PHONE-so0wa") from None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def language(tag: str) -> str:
    """BCP 47 as the server reads it back: `und` for nonsense."""
    found = _LANGUAGE.fullmatch(tag)
    if not found:
        return "und"
    parts = [part.upper() if len(part) == 2 else part for part in re.split("[-_]", found[2])[1:]]
    return "-".join([found[1].lower(), *parts])
