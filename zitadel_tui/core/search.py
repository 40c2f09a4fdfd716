"""Finding rows as one types: words that must all occur, and ``role:`` and ``kind:`` for one column."""

import unicodedata
from dataclasses import dataclass


def folded(text: str) -> str:
    """``text`` without case and accents, so that ``jurg`` finds ``Jürg``."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).casefold()  # in this order: ㎏ comes apart into capitals
    apart = unicodedata.normalize("NFKD", plain)
    return "".join(character for character in apart if not unicodedata.combining(character))


@dataclass(frozen=True, slots=True)
class Query:
    """``words`` occur anywhere, ``roles`` in a role key, ``kinds`` at the start of the kind; all folded."""

    words: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.roles or self.kinds)


def parse(text: str) -> Query:
    words, roles, kinds = [], [], []
    for word in folded(text).split():
        if word.startswith("role:"):
            roles.append(word.removeprefix("role:"))
        elif word.startswith("kind:"):
            kinds.append(word.removeprefix("kind:"))
        else:
            words.append(word)
    return Query(tuple(words), tuple(filter(None, roles)), tuple(filter(None, kinds)))
