"""The README says what the tool does."""

import re
from pathlib import Path

from zitadel_tui import actions
from zitadel_tui.cli import parser
from zitadel_tui.sources import ENVIRONMENT_NAMES
from zitadel_tui.tui import themes

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_keys_are_those_of_the_declarations() -> None:
    written = README.split("<!-- keys -->")[1].split("<!-- /keys -->")[0]
    assert written.strip() == actions.keys_markdown().strip()


def test_every_command_is_named() -> None:
    named = {
        " ".join(words) for words in re.findall(r"`zitadel-tui ([a-z]+)(?: ([a-z]+))?(?: ([a-z]+))?", README)
    }
    for command in parser.commands():
        assert command in {name.strip() for name in named}, command


def test_every_variable_that_is_read_is_named() -> None:
    for name in ENVIRONMENT_NAMES.values():
        assert f"`{name}`" in README, name


def test_every_theme_is_named() -> None:
    for theme in themes.THEMES:
        assert f"`{theme.name}`" in README, theme.name


def test_its_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README)
    assert pictures
    for picture in pictures:
        assert (ROOT / picture).is_file(), picture


def test_files_and_names_of_the_developer_chapter_exist() -> None:
    chapter = (ROOT / "zitadel_tui" / "README.md").read_text(encoding="utf-8")
    package = {
        path.relative_to(ROOT / "zitadel_tui").as_posix() for path in (ROOT / "zitadel_tui").rglob("*")
    }
    paths = set(re.findall(r"`([a-z_/]+(?:\.py|/))`", chapter))
    assert paths
    for path in paths:
        place = path.strip("/")
        assert any(known == place or known.endswith(f"/{place}") for known in package) or (
            (ROOT / place).exists()
        ), path
