"""Policies and languages of an organization (contract §4.5)."""

from zitadel_tui.zitadel.wire.base import Message, Uint64


class PasswordComplexity(Message, frozen=True):
    """``minLength`` counts bytes and is a string on the wire; a rule that is off is absent."""

    min_length: Uint64 = ""
    has_lowercase: bool = False
    has_uppercase: bool = False
    has_number: bool = False
    has_symbol: bool = False

    @property
    def length(self) -> int:
        return int(self.min_length or 0)


class PasswordComplexityAnswer(Message, frozen=True):
    policy: PasswordComplexity


class Languages(Message, frozen=True):
    languages: tuple[str, ...] = ()
