"""Parses filters: words that must all occur, and ``role:owner`` for a single field."""

import unicodedata
from collections.abc import Collection
from typing import NamedTuple


def folded(text: str) -> str:
    """``text`` without case and accents, so that ``jurg`` finds ``Jürg``."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).casefold()  # in this order: ㎏ comes apart into capitals
    apart = unicodedata.normalize("NFKD", plain)
    return "".join(character for character in apart if not unicodedata.combining(character))


class Query(NamedTuple):
    """``words`` may occur anywhere; ``fields`` maps names of fields to the words they must match. All
    folded."""

    words: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.fields)

    def asked(self, field: str) -> tuple[str, ...]:
        """The words for one field; all must match."""
        return tuple(value for name, value in self.fields if name == field)


def parse(text: str, fields: Collection[str]) -> Query:
    """``fields`` are the names that stand before a colon; a field without a value matches everything."""
    words, asked = [], []
    for word in folded(text).split():
        name, colon, value = word.partition(":")
        if not (colon and name in fields):
            words.append(word)
        elif value:
            asked.append((name, value))
    return Query(tuple(words), tuple(asked))
