"""Every failure has one sentence, a next step, an exit status, and nothing on stdout."""

import importlib.metadata
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli, Result
from tests.sockets import closed_origin
from zitadel_tui import __version__
from zitadel_tui.__main__ import PARTS
from zitadel_tui.cli.parser import build, commands
from zitadel_tui.demo.faults import Fault

TOKEN = "POST /oauth/v2/token"
MEMBERS = "POST /management/v1/orgs/me/members/_search"


def failed(result: Result, status: int) -> str:
    """The output of a failure on stderr; there is none on stdout."""
    assert result.status == status, result
    assert result.out == ""
    assert result.err.startswith(("error: ", "warning: ", "note: Waiting for "))
    assert "Traceback" not in result.err
    assert "\nhint: " in result.err, result.err
    return result.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("mebers", "list"), "Did you mean members?"),
        (("members", "lst"), "Did you mean list?"),
        (("--jsn", "members", "list"), "Did you mean --json?"),
        (("members", "list", "--rol", "ORG_OWNER"), "Did you mean --role?"),
        (("users", "import", "--form", "x.json"), "Did you mean --from?"),
        (("members", "add", "--jsonn"), "Did you mean --json?"),
        (("users", "import", "--from", "-", "--use", "hsh"), "Did you mean hash?"),
        (("completion", "bsh"), "Did you mean bash?"),
        (("roles", "show", "ORG_OWNR"), "Did you mean ORG_OWNER?"),
        (("members", "list", "--role", "owner"), "ORG_OWNER"),
        (("members",), "needs a command"),
        (("members", "add"), "required: USER, ROLE"),
        (("members", "list", "surplus"), "Unexpected argument: 'surplus'"),
        (("--timeout",), "expected one argument"),
        (("--timeout", "soon", "whoami"), "not a number of seconds"),
        (("--demo-size", "0", "whoami"), "not a number of members"),
        (("--json", "--csv", "whoami"), "cannot be combined"),
        (("users", "find", " "), "search text is empty"),
        (("demo", "serve", "--port", "http", "x"), "not a port number"),
    ],
)
def test_what_is_mistyped_is_reported_with_the_nearest(
    cli: Cli, arguments: tuple[str, ...], told: str
) -> None:
    assert told in failed(cli(*arguments), 2)


@pytest.mark.parametrize(
    ("arguments", "status", "told", "next_step"),
    [
        (("members", "add", "999999999999", "ORG_OWNER"), 1, "no user with that id", "users find"),
        (("users", "link", "999999999999"), 1, "could not be found", "Check the id"),
        (
            ("members", "add", "viewer-bot", "ORG_USER"),
            2,
            "no role 'ORG_USER'",
            "Did you mean ORG_USER_MANAGER",
        ),
        (("members", "add", "viewer-bot", "IAM_OWNER"), 2, "a role of the instance", "The roles of this"),
        (("members", "add", "zzz", "ORG_OWNER"), 2, "No user", "users find"),
        (("members", "add", "vieverbot", "ORG_OWNER"), 2, "No user", "viewer-bot?"),
        (("users", "link", "viewer-bott"), 2, "No user", "Did you mean viewer-bot?"),
        (("users", "resend", "viewer-bot"), 1, "", ""),
        (("--org", "5" * 18, "members", "list"), 1, "no organization with that id", "--org"),
        (("--org", "two words", "members", "list"), 2, "'two words'", "organizations list"),
        (("members", "remove", "onboarding-bot", "--yes"), 2, "your own rights", "--force"),
        (("members", "remove", "viewer-bot"), 2, "needs confirmation", "--yes"),
        (("--read-only", "users", "link", "viewer-bot"), 2, "--read-only", "start without --read-only"),
        (
            ("users", "import", "--first-name", "A", "--last-name", "B", "--email", "c"),
            2,
            "--email",
            "Fix it",
        ),
    ],
)
def test_every_refusal_has_a_next_step(
    cli: Cli, arguments: tuple[str, ...], status: int, told: str, next_step: str
) -> None:
    message = failed(cli(*arguments), status)
    assert told in message
    assert next_step in message.partition("\nhint: ")[2]


def test_a_mistyped_word_cannot_drive_the_terminal(cli: Cli) -> None:
    for arguments in (
        ("\x1b[2J",),
        ("--\x1b[2J",),
        ("members", "list", "\x1b[2J"),
        ("roles", "show", "\x9b2J"),
    ):
        result = cli(*arguments)
        assert "\x1b" not in result.err
        assert "\x9b" not in result.err


def test_without_settings_nothing_can_be_asked(cli: Cli) -> None:
    assert "--demo needs neither" in failed(cli("members", "list", demo=False), 2)


def test_a_bad_key_file_is_a_matter_of_settings(cli: Cli, tmp_path: Path) -> None:
    arguments = ("--domain", "zitadel.example", "--key-file", str(tmp_path / "missing.json"), "whoami")
    assert "does not exist" in failed(cli(*arguments, demo=False), 2)


def test_a_server_that_is_not_there_is_waited_for_and_that_is_reported_once(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZITADEL_ACCESS_TOKEN", "token")
    origin = closed_origin()
    monkeypatch.setenv("ZITADEL_DOMAIN", origin)
    result = cli("--timeout", "1", "members", "list", demo=False)
    assert "Nothing listens" in failed(result, 3)
    assert f"note: Waiting for {origin}: nothing listens there; trying for another " in result.err
    assert result.err.count("Waiting for") == 1


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault("status", 403, "No matching permissions found (AUTH-5mWD2)", id="AUTH-5mWD2"), 1),
        (Fault("status", 404, "membership not found", id="AUTHZ-cdgFk"), 1),
        (Fault("status", 400, "invalid", id="ORG-x"), 1),
        (Fault("html", 200), 3),
        (Fault("truncated"), 3),
    ],
)
def test_a_fault_of_the_list(cli: Cli, fault: Fault, status: int) -> None:
    cli.demo.faults.add(fault, MEMBERS, times=0)
    failed(cli("members", "list"), status)


def test_a_refused_sign_in(cli: Cli) -> None:
    cli.demo.faults.add(Fault("status", 503, "starting"), TOKEN, times=0)
    failed(cli("--timeout", "0.5", "whoami"), 3)


def test_a_missing_right_names_permission_and_roles_and_the_servers_id(cli: Cli) -> None:
    cli.use("user-manager-bot")
    told = failed(cli("members", "list"), 1)
    assert "org.member.read" in told
    assert "ORG_OWNER" in told
    assert "note: The server calls it" in told


def test_an_organization_one_may_not_enter(cli: Cli) -> None:
    cli.use("user-manager-bot")
    failed(cli("--org", "123456789012345678", "members", "list"), 1)


def test_what_should_not_happen_has_one_sentence_without_details(cli: Cli) -> None:
    def broken(size: int | None) -> Any:
        raise RuntimeError("secret-detail")

    cli.parts = cli.parts._replace(demo=broken)
    told = failed(cli("members", "list"), 70)
    assert told.startswith("error: Internal error: RuntimeError.")
    assert "secret-detail" not in told
    assert "ZITADEL_TUI_DEBUG=1" in told


def test_a_traceback_is_shown_to_who_asks_for_it(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(size: int | None) -> Any:
        raise RuntimeError("detail")

    monkeypatch.setenv("ZITADEL_TUI_DEBUG", "1")
    cli.parts = cli.parts._replace(demo=broken)
    assert "in broken" in cli("members", "list").err


def test_the_app_without_a_terminal_ends_and_names_commands(cli: Cli) -> None:
    cli.parts = cli.parts._replace(app_unusable=lambda: "There is no terminal.")
    told = failed(cli(), 2)
    assert "There is no terminal." in told
    assert "zitadel-tui members list" in told


class App:
    """Notes how it was opened."""

    def __init__(self, cli: Cli) -> None:
        self.settings: Any = None
        self.piped: bytes | None = None
        cli.parts = cli.parts._replace(app_unusable=lambda: None, open_app=self.open)

    def open(self, settings: Any, local: Callable[[], Any], stdin: Callable[[], bytes] | None) -> int:
        self.settings = settings
        self.piped = stdin() if stdin else None
        return 0


def test_without_a_command_the_app_opens(cli: Cli) -> None:
    app = App(cli)
    result = cli("--read-only")
    assert (result.status, result.out, result.err) == (0, "", "")
    assert app.settings.demo
    assert app.settings.read_only
    assert app.piped is None


def test_a_piped_key_is_read_before_the_app_takes_the_terminal(cli: Cli) -> None:
    app = App(cli)
    result = cli("--domain", "zitadel.example", "--key-file", "-", stdin=b'{"key": 1}', demo=False)
    assert result.status == 0
    assert app.piped == b'{"key": 1}'


def test_the_app_gets_the_demo_of_the_size_asked_for_and_stderr_stays_clean(cli: Cli) -> None:
    """The app draws on the terminal through stderr: nothing else may be written there."""
    sizes: list[int | None] = []

    def demo(size: int | None) -> Any:
        sizes.append(size)

    def open_app(settings: Any, local: Callable[[], Any], stdin: Any) -> int:
        local()
        return 0

    cli.parts = cli.parts._replace(app_unusable=lambda: None, open_app=open_app, demo=demo)
    result = cli("--demo-size", "7", "--domain", "warned.example")
    assert (result.status, result.out, result.err) == (0, "", "")
    assert sizes == [7]


def test_an_empty_pipe_is_reported_before_the_app_opens(cli: Cli) -> None:
    App(cli)
    arguments = ("--domain", "zitadel.example", "--key-file", "-")
    assert "is empty" in failed(cli(*arguments, demo=False), 2)


def test_serving_where_it_cannot_be_is_one_sentence_and_what_to_do(cli: Cli) -> None:
    cli.parts = cli.parts._replace(serve_demo=PARTS.serve_demo)
    Path("\x1b[31mfile").touch()
    message = failed(cli("demo", "serve", "--port", "0", "\x1b[31mfile", demo=False), 2)
    assert message.splitlines()[0].endswith("[31mfile cannot be written: file exists.")
    assert "Choose another directory." in message
    assert "\x1b" not in message


def test_serving_gets_directory_port_and_size(cli: Cli) -> None:
    given: list[Any] = []

    def serve(directory: Path, port: int, size: int | None, announce: Callable[[str], None]) -> None:
        given.extend((directory, port, size))
        announce("It answers.")

    cli.parts = cli.parts._replace(serve_demo=serve)
    result = cli("demo", "serve", "--port", "8080", "there", "--demo-size", "5", demo=False)
    assert (result.status, result.out) == (0, "It answers.\n")
    assert given == [Path("there"), 8080, 5]


def test_every_command_has_help_and_an_example(cli: Cli) -> None:
    assert {"token", "whoami", "members set", "members remove", "users import", "users link"} <= {*commands()}
    leaves = [parser for parser in build().tree() if parser.get_default("command")]
    for leaf in leaves:
        result = cli(*leaf.prog.split()[1:], "--help", demo=False)
        assert result.status == 0
        assert leaf.prog in leaf.example
        assert leaf.example in result.out
        assert "--key-file FILE" in result.out


def test_only_the_commands_of_the_named_group_are_made() -> None:
    """Making all of them takes as long as the rest of parsing."""
    made = {parser.prog for parser in build(["members", "list"]).tree()}
    assert {"zitadel-tui members list", "zitadel-tui users"} <= made
    assert "zitadel-tui users find" not in made


def test_help_of_the_whole_lists_the_commands(cli: Cli) -> None:
    out = cli("--help").out
    for word in ("token", "whoami", "members", "roles", "users", "demo", "settings", "completion"):
        assert f"\n    {word} " in out
    assert "None" not in out


def test_version(cli: Cli) -> None:
    result = cli("--version")
    assert result.status == 0
    python = ".".join(map(str, sys.version_info[:3]))
    versions = f"(Python {python}, Textual {importlib.metadata.version('textual')})"
    assert result.out == f"zitadel-tui {__version__} {versions}\n"


@pytest.mark.parametrize("words", [(), ("members",), ("members", "add"), ("help",)], ids=" ".join)
def test_help_is_a_command_too(cli: Cli, words: tuple[str, ...]) -> None:
    told = cli("help", *words, demo=False)
    assert (told.status, told.err) == (0, "")
    assert told.out == cli(*words, "--help", demo=False).out


def test_help_for_what_there_is_not(cli: Cli) -> None:
    told = cli("help", "membrs", demo=False)
    assert (told.status, told.out) == (2, "")
    assert "There is no command 'membrs'" in told.err
    assert "Did you mean members?" in told.err


def test_lists_have_a_short_name(cli: Cli) -> None:
    for noun in ("members", "roles"):
        assert cli(noun, "ls", "--json").data == cli(noun, "list", "--json").data


def test_global_options_work_before_and_after_and_the_last_one_wins(cli: Cli) -> None:
    assert cli("--json", "roles", "list").data == cli("roles", "--json", "list").data
    rows = cli("--org", "1", "settings", "--org", "2", "--json", demo=False).data
    assert next(row["value"] for row in rows if row["name"] == "org") == "2"
