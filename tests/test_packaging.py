"""What the package says about itself."""

import tomllib
from importlib import metadata
from pathlib import Path

import zitadel_tui

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CHANGELOG = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Changelog")[2]


def test_the_version_has_one_place() -> None:
    assert "version" not in PROJECT
    assert metadata.version("zitadel-tui") == zitadel_tui.__version__
    assert f"**{zitadel_tui.__version__}**" in CHANGELOG


def test_every_version_of_python_that_is_supported_is_named() -> None:
    assert PROJECT["requires-python"] == ">=3.11"
    for minor in range(11, 15):
        assert f"Programming Language :: Python :: 3.{minor}" in PROJECT["classifiers"]


def test_an_index_can_say_what_it_is() -> None:
    assert PROJECT["authors"]
    assert PROJECT["urls"]
    assert PROJECT["readme"] == "README.md"
