"""Makes text from outside, such as from a server or a file, harmless for a terminal.

Models keep the bytes as they came (ids are compared, ``--json`` is faithful). All text that a front end
prints passes :func:`shown` first.
"""

import unicodedata

_REPLACEMENT = "\ufffd"
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_KEPT_FORMATS = frozenset("\u200c\u200d")  # non-joiner and joiner: Persian, Indic names, emoji
_JOINED_HANGUL = frozenset(map(chr, (*range(0x1160, 0x1200), *range(0xD7B0, 0xD800))))
"""Vowels and finals that are drawn into the syllable before them: decomposed Korean, as macOS writes it."""
_ELLIPSIS = "…"


def _harmless(character: str) -> str:
    if character in _KEPT_FORMATS:
        return character
    if character in _BIDI_CONTROLS:
        return _REPLACEMENT
    category = unicodedata.category(character)
    if character in "\t\n\r" or category in ("Zs", "Zl", "Zp"):
        return " "
    if category in ("Cc", "Cs", "Cn", "Co"):
        return _REPLACEMENT
    if category == "Cf":
        return ""  # marks, tags and other invisible formats change nothing that can be read
    return character


def shown(text: str) -> str:
    """One line of ``text`` that cannot control, restyle or reorder a terminal.

    Line breaks and tabs become a space; control, private, unassigned and surrogate characters and the
    bidi controls become U+FFFD; other invisible formats are dropped, save the two joiners.
    """
    if text.isprintable():
        return text
    return "".join(map(_harmless, text))


def brief(text: str, width: int = 200) -> str:
    """``text`` for quoting in a sentence: harmless, and at most ``width`` cells."""
    return cut(shown(text[: width + 1]), width)


def shown_lines(text: str) -> str:
    """As :func:`shown`, keeping line breaks: for texts that are our own but quote outside ones."""
    return "\n".join(shown(line) for line in text.splitlines())


def quoted(word: str) -> str:
    """``word`` for a POSIX shell, in characters that are harmless on a terminal."""
    if word.isprintable():
        import shlex

        return shlex.quote(word)
    octets = word.encode("utf-8", "surrogateescape" if _is_from_bytes(word) else "replace")
    return f"\"$(printf -- '{''.join(map(_printf, octets))}')\""


def _is_from_bytes(word: str) -> bool:
    """Whether each surrogate stands for a byte that is not UTF-8, as in arguments and file names."""
    return all("\udc80" <= character <= "\udcff" for character in word if "\ud800" <= character <= "\udfff")


def _printf(octet: int) -> str:
    character = chr(octet)
    is_plain = character.isascii() and character.isprintable() and character not in "%\\'"
    return character if is_plain else f"\\{octet:03o}"


def character_cells(character: str) -> int:
    """Width of one character in terminal cells: 0, 1 or 2 (Unicode TR 11)."""
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me", "Cf") or character in _JOINED_HANGUL:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cells(text: str) -> int:
    """Width of ``text`` in terminal cells."""
    if text.isascii():
        return len(text)
    return sum(map(character_cells, text))


def cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` cells, ending in ``…`` where something was left out."""
    if width <= 0:
        return ""
    if cells(text) <= width:
        return text
    used, kept = 0, []
    for character in text:
        used += character_cells(character)
        if used > width - 1:
            break
        kept.append(character)
    return "".join(kept) + _ELLIPSIS


def padded(text: str, width: int) -> str:
    """``text`` cut and filled with blanks to exactly ``width`` cells."""
    return filled(cut(text, width), width)


def filled(text: str, width: int) -> str:
    """``text`` filled with blanks to at least ``width`` cells."""
    return text + " " * (width - cells(text))


def nearest(word: str, known: "list[str]") -> str | None:
    """The known word that ``word`` was probably meant to be, if one is near."""
    import difflib

    lowered = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(word.casefold(), lowered, n=1, cutoff=0.6)
    return lowered[found[0]] if found else None
