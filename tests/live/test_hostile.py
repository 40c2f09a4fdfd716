"""Names that attack a terminal: the server keeps them, stdout and stderr are safe from them."""

import csv
import io
import json
import unicodedata

import pytest

from tests.live.support import People, Person, Tool, eventually

FIRST = "\x1b]52;c;aGk=\x07\x1b[2J\x9b31m"
LAST = "[/red] \u202egnp.exe [@click=app.quit]x[/]"
REORDERING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
DISPLAY = f"{FIRST}{LAST}\nsecond line\ttab"


@pytest.fixture
def attacker(people: People) -> Person:
    profile = {"firstName": FIRST, "lastName": LAST, "displayName": DISPLAY, "nickName": "[/=]\x1bc"}
    return people.make("ORG_OWNER_VIEWER", profile=profile)


def harmless(text: str) -> bool:
    """No control but line ends, and nothing that reorders a line."""
    return not any(unicodedata.category(one) == "Cc" or one in REORDERING for one in text if one != "\n")


@pytest.mark.parametrize(
    "command",
    [("members", "list", "--filter"), ("users", "find"), ("members", "add")],
)
def test_a_terminal_is_safe_from_a_name(command: tuple[str, ...], attacker: Person, tool: Tool) -> None:
    roles = ("ORG_USER_MANAGER",) if "add" in command else ()
    told = tool(*command, attacker.name, *roles)
    assert told.status == 0, told.err
    assert harmless(told.out + told.err)
    assert attacker.name in told.out or "gnp.exe" in told.out


def test_roles_show_is_safe_from_a_name(attacker: Person, tool: Tool) -> None:
    told = tool("roles", "show", "ORG_OWNER_VIEWER")
    assert "gnp.exe" in told.out
    assert harmless(told.out + told.err)


def test_json_and_csv_keep_a_name_as_it_is(attacker: Person, tool: Tool) -> None:
    wanted = ("members", "list", "--filter", attacker.name)
    printed = tool(*wanted, "--json")
    assert harmless(printed.out)
    (member,) = printed.data
    assert (member["displayName"], member["firstName"], member["lastName"]) == (DISPLAY, FIRST, LAST)
    (row,) = csv.DictReader(io.StringIO(tool(*wanted, "--csv").out, newline=""))
    assert row["displayName"] == DISPLAY


def test_a_name_that_attacks_goes_in_as_it_is_and_is_shown_harmless(people: People, tool: Tool) -> None:
    body = people.body(profile={"firstName": FIRST, "lastName": LAST})
    told = tool("users", "import", "--from", "-", "--role", "ORG_OWNER_VIEWER", stdin=json.dumps(body))
    assert told.status == 0, told.err
    assert harmless(told.out + told.err)
    (user,) = eventually(lambda: tool("users", "find", body["userName"], "--json").data)
    assert user["human"]["profile"]["firstName"] == FIRST
    assert user["human"]["profile"]["lastName"] == LAST
