"""``--dry-run``: says what would be, writes nothing, and what it shows does it."""

import json
import re
import shlex
from collections.abc import Callable

import pytest

from tests.cli.conftest import MEMBER, Cli, Grace
from tests.cli.test_changes import outsider
from tests.shell import shell_words
from zitadel_tui.zitadel import endpoints
from zitadel_tui.zitadel.endpoints import Endpoint

ADA = ("users", "import", "--first-name", "Ada", "--last-name", "Lovelace", "--email", "ada.l@acme.example")
WRITES = [one for one in vars(endpoints).values() if isinstance(one, Endpoint) and one.writes]
COMMANDS = (
    ("members", "add", MEMBER, "ORG_OWNER"),
    ("members", "set", MEMBER, "ORG_OWNER", "--yes"),
    ("members", "remove", MEMBER, "--yes"),
    ("members", "remove", "--yes", MEMBER, "ORG_OWNER_VIEWER"),
    (*ADA, "--role", "ORG_OWNER", "--generate-password", "--passkey-link"),
    ("users", "link", MEMBER),
    ("users", "resend", "ingrid"),
)


def written(requests: list[str]) -> list[str]:
    return [
        request
        for request in requests
        for one in WRITES
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", f"{one.method} {one.path}"), request)
    ]


@pytest.fixture
def initial(cli: Cli) -> None:
    """A user who has not completed the registration."""
    assert (
        cli("users", "import", "--first-name=I", "--last-name=I", "--email=ingrid@acme.example").status == 0
    )


@pytest.mark.usefixtures("initial")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nothing_is_written_and_the_command_shown_does_it(
    cli: Cli, grace: Grace, command: tuple[str, ...]
) -> None:
    del cli.requests[:]
    told = cli(*command, "--dry-run", "--read-only", "--json")
    assert told.status == 0, told
    assert written(cli.requests) == []
    assert told.data["dryRun"] is True
    assert "note: Dry run: nothing was sent." in told.err
    (curl,) = told.data["curl"]
    assert curl.startswith("curl -X ")
    assert "$ZITADEL_PAT" in curl
    for line in cli(*command, "--dry-run").out, cli(*command, "--dry-run", "--csv").out:
        assert told.data["sentence"] in line
    del cli.requests[:]
    done = cli(*shell_words(told.data["command"])[1:])
    assert done.status == 0, done
    method, url = shlex.split(curl.replace("\\\n", ""))[2:4]
    path = url.partition("/management")[1] + url.partition("/management")[2]
    assert f"{method} {path}" in written(cli.requests)


def test_roles_before_and_after_are_shown_and_the_whole_list_is_in_the_curl(cli: Cli, grace: Grace) -> None:
    result = cli("members", "remove", MEMBER, "ORG_OWNER_VIEWER", "--dry-run", "--json")
    assert result.data["before"] == ["ORG_OWNER_VIEWER", "ORG_USER_MANAGER"]
    assert result.data["after"] == ["ORG_USER_MANAGER"]
    assert result.data["userId"] == grace.user
    body = shlex.split(result.data["curl"][0].replace("\\\n", ""))[-1]
    assert json.loads(body) == {"roles": ["ORG_USER_MANAGER"]}


def test_what_is_so_already_is_reported(cli: Cli, grace: Grace) -> None:
    result = cli("members", "add", MEMBER, "ORG_USER_MANAGER", "--dry-run")
    assert (result.status, result.lines[0]) == (0, "No change: grace already has ORG_USER_MANAGER.")
    assert "curl" not in result.out
    nobody = cli("members", "remove", "nobody-bot", "--dry-run").lines[0]
    assert nobody == "No change: nobody-bot is not a member."


def test_no_secret_is_shown(cli: Cli, person: Callable[..., str]) -> None:
    for arguments in (("--from", person()), (*ADA[2:], "--generate-password")):
        result = cli("users", "import", *arguments, "--dry-run")
        assert result.status == 0
        assert "Sup3r-Secret!" not in result.out + result.err
        assert '"password":"••••"' in result.out
        assert "Password: " not in result.out


@pytest.mark.parametrize(
    ("account", "command", "status", "told"),
    [
        ("viewer-bot", ("members", "add", "nobody-bot", "ORG_OWNER"), 1, "org.member.write"),
        ("viewer-bot", ("members", "remove", "settings-bot"), 1, "org.member.delete"),
        ("viewer-bot", ADA, 1, "user.write"),
        ("onboarding-bot", ("members", "remove", "onboarding-bot"), 2, "--force"),
        ("onboarding-bot", (*ADA, "--user-name", "viewer-bot"), 1, "taken"),
        ("onboarding-bot", ("users", "link", "123456789012345678"), 1, "not"),
        ("onboarding-bot", ("members", "set", "viewer-bot", "ORG_OWNR"), 2, "ORG_OWNER"),
    ],
)
def test_what_would_be_refused_is_reported_as_then(
    cli: Cli, account: str, command: tuple[str, ...], status: int, told: str
) -> None:
    cli.use(account)
    result = cli(*command, "--dry-run")
    assert (result.status, result.out) == (status, "")
    assert told in result.err
    assert written(cli.requests) == []


def test_the_command_of_a_file_names_the_file(cli: Cli, person: Callable[..., str]) -> None:
    path = person()
    result = cli("users", "import", "--from", path, "--role", "ORG_OWNER", "--dry-run")
    assert f"zitadel-tui --demo users import --from {path} --role ORG_OWNER" in result.lines
    assert "note: Then ORG_OWNER would be assigned." in result.err


def test_options_of_the_run_are_repeated(cli: Cli) -> None:
    login = outsider(cli)
    result = cli("members", "add", login, "ORG_OWNER", "--dry-run", "--timeout", "20", "--json")
    assert "--timeout 20" in result.data["command"]
    assert "--json" not in result.data["command"]
    assert "--dry-run" not in result.data["command"]


def test_what_force_overrides_is_reported_and_the_command_shown_forces(cli: Cli) -> None:
    own = ("members", "remove", "onboarding-bot", "--yes", "--force")
    told = cli(*own, "--dry-run", "--json")
    assert told.status == 0
    assert "warning: These are your own rights: ORG_OWNER. Overridden by --force." in told.err
    done = cli(*shell_words(told.data["command"])[1:])
    assert done.status == 0
    assert "warning: These are your own rights: ORG_OWNER. Overridden by --force." in done.err


def test_an_email_in_use_is_noted_before_and_in_a_dry_run(cli: Cli) -> None:
    assert "has this email" not in cli(*ADA, "--dry-run").err
    assert cli(*ADA).status == 0
    again = (*ADA, "--user-name", "ada.two")
    note = "note: Another user has this email (allowed): Ada Lovelace (ada.l)."
    for more in (("--dry-run",), ()):
        result = cli(*again, *more)
        assert result.status == 0
        assert note in result.err


@pytest.mark.parametrize(
    "name", ["O'Brien", "a b\tc", "-x", "$(id)", "\x1b[2J", "ü\u202e\u00a0x", "%s\\n", 'q"q`q']
)
def test_a_shell_gives_the_command_every_character(cli: Cli, name: str) -> None:
    words = ("users", "import", f"--first-name={name}", f"--last-name={name}", "--email", "odd@acme.example")
    told = cli(*words, "--dry-run", "--read-only")
    command = next(line for line in told.lines if line.startswith("zitadel-tui "))
    assert command.isprintable()
    assert cli(*shell_words(command)[1:]).status == 0
    user = cli.demo.store.user_named("odd")
    assert user is not None
    assert (user.first, user.last) == (name, name)


def test_the_curl_shows_every_character_without_one_that_acts(cli: Cli) -> None:
    name = "\x1b[2Jü\u202e\u00a0'x"
    words = ("users", "import", f"--first-name={name}", "--last-name=L", "--email=o@acme.example")
    (curl,) = cli(*words, "--dry-run", "--json").data["curl"]
    assert all(line.isprintable() for line in curl.split("\n"))
    assert json.loads(shell_words(curl)[-1])["profile"]["firstName"] == name


def test_options_that_begin_with_a_dash_and_several_of_one_are_repeated(cli: Cli) -> None:
    more = ("--nick-name=-x", "--role", "ORG_OWNER", "--role", "ORG_USER_MANAGER", "--gender", "female")
    words = shell_words(cli(*ADA, *more, "--timeout", "20", "--dry-run", "--json").data["command"])
    assert words[:6] == ["zitadel-tui", "--timeout", "20", "--demo", "users", "import"]
    assert "--nick-name=-x" in words
    assert words.count("--role") == 2
    assert words[words.index("--gender") + 1] == "female"
    assert cli(*words[1:]).status == 0
