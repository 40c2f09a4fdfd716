"""User names made by a template, such as ``{first}.{last}``."""

import re
import unicodedata
from dataclasses import dataclass

from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown
from zitadel_tui.zitadel.wire.users import ImportHuman

PLACEHOLDERS = ("first", "last", "email", "local", "f", "l")
"""First name, last name, email, the part of the email before the @, and the initials."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SPELLED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "ł": "l"}
)


@dataclass(frozen=True, slots=True)
class Template:
    """Raises ``UsageFailure`` when made of a text that is no template."""

    text: str

    def __post_init__(self) -> None:
        names = _PLACEHOLDER.findall(self.text)
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        braces = set("{}") & set(_PLACEHOLDER.sub("", self.text))
        if braces or not set(names) <= set(PLACEHOLDERS):
            raise UsageFailure(
                f"The template {shown(self.text)!r} has an unknown placeholder.", f"Known are {known}."
            )
        if not names:
            raise UsageFailure(
                f"The template {shown(self.text)!r} has no placeholder, so all user names would be equal.",
                f"Use some of {known}.",
            )

    def apply(self, body: ImportHuman) -> str:
        """The user name, in lower case; empty when a value is missing. In names accents are dropped, umlauts
        written out, and other characters than letters and digits become dots; an email is kept."""
        first, last = _plain(body.profile.first_name), _plain(body.profile.last_name)
        address = body.email.email.strip().lower()
        values = {
            "first": first,
            "last": last,
            "email": address,
            "local": address.partition("@")[0],
            "f": first[:1],
            "l": last[:1],
        }
        used = _PLACEHOLDER.findall(self.text)
        if not all(values[name] for name in used):
            return ""
        return _PLACEHOLDER.sub(lambda found: values[found[1]], self.text).lower()


def _plain(name: str) -> str:
    spelled = name.strip().lower().translate(_SPELLED)
    apart = unicodedata.normalize("NFKD", spelled)
    bare = "".join(character for character in apart if not unicodedata.combining(character))
    return re.sub(r"[^\w]+|_", ".", bare).strip(".")
