"""Whatever is typed: a known status, no traceback, nothing that drives the terminal."""

import unicodedata
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import hostile
from tests.cli.conftest import Cli
from tests.examples import examples
from tests.sockets import closed_origin
from zitadel_tui.cli.parser import build

COMMANDS = (
    *(("members", "list"), ("members", "add"), ("roles", "list"), ("roles", "show"), ("users", "find")),
    *(("members", "set"), ("members", "remove"), ("users", "link"), ("users", "resend"), ("keys",)),
    *(("projects", "list"), ("projects", "roles"), ("grants", "list"), ("grants", "add")),
    *(("grants", "set"), ("grants", "remove")),
    *(("users", "import"), ("demo", "serve"), ("settings",), ("whoami",), ("token",), ()),
)
WORDS = (
    *sorted({option for parser in build().tree() for option in parser.options()}),
    *("-", "--", "-h", "ORG_OWNER", "viewer-bot"),
    *("1", "-1", "0.5", closed_origin().removeprefix("http://"), closed_origin(), "hash", "=", ""),
    *hostile.CONTROLS,
    *hostile.INVISIBLE,
    *hostile.NAMES,
)


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(COMMANDS), st.lists(st.sampled_from(WORDS), max_size=5))
def test_any_words_end_in_a_status(cli: Cli, command: tuple[str, ...], words: list[str]) -> None:
    def nothing(*_: Any) -> None:
        pass

    cli.parts = cli.parts._replace(serve_demo=nothing, app_unusable=lambda: "There is no terminal.")
    result = cli(*command, *words, "--timeout", "0.3")
    assert result.status in (0, 1, 2, 3)
    assert "Traceback" not in result.err
    assert "Internal error" not in result.err
    assert all(
        unicodedata.category(character) not in ("Cc", "Cs") for character in result.err if character != "\n"
    )
    if result.status:
        assert result.out == ""
