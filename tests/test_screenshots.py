"""The pictures show the app as it is."""

import re
from html import unescape
from pathlib import Path

import pytest
from rich.cells import cell_len

from screenshots.capture import HERE, PICTURES, SIZES, file_name, picture

AGAIN = "python screenshots/capture.py makes them anew"


def words(svg: str) -> list[str]:
    """What can be read in it, for a message one can read."""
    return [unescape(text).replace("\xa0", " ") for text in re.findall(r"<text[^>]*>(.*?)</text>", svg)]


ONE_OF_EACH = [(name, SIZES[number % len(SIZES)]) for number, name in enumerate(PICTURES)]
"""Both sizes are made by one command, so one of them tells whether that was forgotten."""


@pytest.mark.parametrize(("name", "size"), ONE_OF_EACH, ids=lambda part: str(part))
async def test_a_picture_is_current(name: str, size: tuple[int, int]) -> None:
    kept = (HERE / file_name(name, size)).read_text(encoding="utf-8")
    made = await picture(name, size)
    assert words(made) == words(kept), AGAIN
    assert made == kept, AGAIN


def test_there_is_no_picture_that_nothing_makes() -> None:
    made = {file_name(name, size) for name in PICTURES for size in SIZES}
    assert {path.name for path in HERE.glob("*.svg")} == made


@pytest.mark.parametrize("path", sorted(HERE.glob("*.svg")), ids=lambda path: path.stem)
def test_a_picture_needs_nothing_from_elsewhere(path: Path) -> None:
    svg = path.read_text(encoding="utf-8")
    linked = set(re.findall(r"(?:href|src|url)\s*[=(]\s*[\"']?(?!#)[^\"')\s]+", svg))
    assert not linked


def test_in_a_browser_a_word_of_wide_letters_takes_the_cells_it_has_in_a_terminal() -> None:
    svg = (HERE / file_name("members", (80, 24))).read_text(encoding="utf-8")
    wide = re.findall(r'<text [^>]*textLength="([^"]*)" lengthAdjust="spacingAndGlyphs"[^>]*>([^<]*)<', svg)
    assert any("長" in text for _, text in wide)
    for length, text in wide:
        assert float(length) == pytest.approx(12.2 * cell_len(unescape(text)), abs=0.1)
