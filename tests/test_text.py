"""The door for outside text: nothing that passes it can control, reorder or overflow a terminal."""

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import hostile
from tests.shell import shell_words
from zitadel_tui.text import cells, cut, nearest, padded, quoted, shown, shown_lines

ANY = st.text() | st.sampled_from(hostile.ALL) | st.text(alphabet=st.characters())
"""Lone surrogates too: a file name or a JSON escape can hold them."""
BIDI = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def dangerous(text: str) -> list[str]:
    categories = ("Cc", "Cs", "Cn", "Co", "Zl", "Zp")
    return [one for one in text if one in BIDI or unicodedata.category(one) in categories]


@given(ANY)
def test_nothing_dangerous_gets_through(text: str) -> None:
    assert dangerous(shown(text)) == []


@pytest.mark.parametrize("text", hostile.ALL)
def test_nothing_of_the_hostile_list_gets_through(text: str) -> None:
    assert dangerous(shown(text)) == []
    assert shown(text).encode("utf-8").decode("utf-8") == shown(text)


@given(st.characters())
def test_each_single_character_is_harmless(character: str) -> None:
    assert dangerous(shown(character)) == []


@given(ANY)
def test_it_changes_nothing_the_second_time(text: str) -> None:
    assert shown(shown(text)) == shown(text)


@given(ANY)
def test_it_is_one_line(text: str) -> None:
    assert len(shown(text).splitlines()) <= 1


@given(st.text())
def test_lines_stay_lines_and_are_harmless(text: str) -> None:
    lines = shown_lines(text).split("\n")
    assert [line for line in lines if dangerous(line)] == []


@pytest.mark.parametrize(
    "name", ["O'Brien-Łukasiewicz", "日本語の名前", "مريم الزهراء", "e\u0301toile", "नरेन्द्र"]
)
def test_names_of_the_world_stay_as_they_are(name: str) -> None:
    assert shown(name) == name


@pytest.mark.parametrize("name", ["محمد\u200cعلی", "👩\u200d👩\u200d👧\u200d👦"])
def test_joiners_that_names_and_emoji_need_stay(name: str) -> None:
    assert shown(name) == name


def test_what_was_taken_out_can_be_seen() -> None:
    assert shown("a\x1b[31mb") == "a\ufffd[31mb"
    assert shown("\u202egnp.exe") == "\ufffdgnp.exe"
    assert shown("two\r\nlines\tx") == "two  lines x"


@given(ANY, st.integers(-2, 60))
def test_cut_text_fits(text: str, width: int) -> None:
    assert cells(cut(shown(text), width)) <= max(width, 0)


@given(ANY, st.integers(1, 60))
def test_cut_says_that_it_cut(text: str, width: int) -> None:
    text = shown(text)
    result = cut(text, width)
    assert result == text or (result.endswith("…") and text.startswith(result[:-1]))


@given(ANY, st.integers(0, 60))
def test_padded_text_has_exactly_the_width(text: str, width: int) -> None:
    assert cells(padded(shown(text), width)) == width


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("abc", 3),
        ("日本", 4),
        ("e\u0301", 1),
        ("ﾊﾝ", 2),
        ("a\u200cb", 2),
        ("", 0),
        ("Łódź", 4),
        ("\u1112\u1161\u11ab", 2),
    ],
)
def test_width_is_counted_in_cells(text: str, width: int) -> None:
    assert cells(text) == width


def test_a_wide_character_is_never_halved() -> None:
    assert cut("日本語", 4) == "日…"
    assert padded("日本語", 4) == "日… "


def test_nearest_knows_slips_and_case_and_gives_nothing_for_nonsense() -> None:
    known = ["ORG_OWNER", "ORG_USER_MANAGER"]
    assert nearest("org_ownr", known) == "ORG_OWNER"
    assert nearest("ORG_USERMANAGER", known) == "ORG_USER_MANAGER"
    assert nearest("zzz", known) is None
    assert nearest("x", []) is None


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_a_shell_gives_back_what_was_quoted(word: str) -> None:
    kept = word.rstrip("\n") if "\n" in word[-1:] else word  # what $(…) cuts off
    assert quoted(word).isprintable()
    assert shell_words(f"zitadel-tui {quoted(word)}") == ["zitadel-tui", kept]


@pytest.mark.parametrize("octets", [b"\xff", b"\xc3", b"a\x80'\x1b%s\\n", b"\xe2\x80\xae"])
def test_bytes_that_are_no_text_survive_a_shell(octets: bytes) -> None:
    (word,) = shell_words(quoted(os.fsdecode(octets)))
    assert os.fsencode(word) == octets


def test_what_no_argument_can_be_is_quoted_anyway() -> None:
    assert quoted("\ud800") == "\"$(printf -- '?')\""
    assert shell_words(quoted("--name=\x1b")) == ["--name=\x1b"]
    assert quoted("plain") == "plain"
    assert quoted("two words") == "'two words'"
