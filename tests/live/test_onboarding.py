"""Importing users with options, and links and mails to sign in."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.live.support import OWN_HASH, People, Person, Server, Tool, eventually
from tests.live.test_hostile import FIRST, LAST, harmless


def options(people: People, *more: str) -> tuple[str, ...]:
    """Name and email alone; the user name comes from the email."""
    name = people.name()
    return (
        *("users", "import", f"--first-name=Zelda {name}", f"--last-name={name}"),
        *(f"--email={name}@live.example.test", *more),
    )


def name_in(command: tuple[str, ...]) -> str:
    return next(word for word in command if word.startswith("--last-name=")).partition("=")[2]


@pytest.fixture
def initial(people: People) -> Person:
    """A user who has not completed the registration."""
    return people.make(hashedPassword=None)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    return tmp_path / "secret"


def test_name_and_email_are_enough(people: People, server: Server, tool: Tool) -> None:
    command = options(people, "--role", "org_user_manager")
    told = tool(*command, "--json")
    user_id = told.data["userId"]
    assert told.data["roles"] == ["ORG_USER_MANAGER"]
    assert told.data["details"]["resourceOwner"] == server.get("GET /management/v1/orgs/me")["org"]["id"]
    assert f"a mail with a code goes to {name_in(command)}@live.example.test" in told.err
    user = server.user(user_id)
    assert (user["userName"], user["state"]) == (name_in(command), "USER_STATE_INITIAL")
    assert eventually(lambda: server.roles_of(user_id)) == ["ORG_USER_MANAGER"]


def test_every_field_has_its_option(people: People, server: Server, tool: Tool, secret: Path) -> None:
    secret.write_text(f"{OWN_HASH}\n", encoding="utf-8")
    name = people.name()
    more = (
        f"--user-name={name}",
        "--nick-name=Z",
        "--display-name=Lady Z",
        "--gender=female",
        "--language=de",
    )
    phone = ("--phone=+41 71 000 00 00", "--phone-verified", "--hash-file", str(secret))
    told = tool(*options(people, *more, *phone), "--json")
    assert OWN_HASH not in told.out + told.err
    user = server.user(told.data["userId"])
    profile = user["human"]["profile"]
    assert (user["userName"], user["state"]) == (name, "USER_STATE_ACTIVE")
    assert (profile["nickName"], profile["displayName"]) == ("Z", "Lady Z")
    assert (profile["gender"], profile["preferredLanguage"]) == ("GENDER_FEMALE", "de")
    assert user["human"]["phone"] == {"phone": "+41710000000", "isPhoneVerified": True}
    assert user["human"]["passwordChanged"]


def test_a_generated_password_is_accepted_by_the_server_and_printed_once(
    people: People, server: Server, tool: Tool
) -> None:
    told = tool(*options(people, "--generate-password", "--no-change-required"), "--json")
    password = told.data["password"]
    assert len(password) >= 12
    assert password not in told.err
    user = server.user(told.data["userId"])
    assert user["state"] == "USER_STATE_ACTIVE"
    assert user["human"]["passwordChanged"]


def test_a_password_comes_from_a_file_and_is_never_printed(
    people: People, server: Server, tool: Tool, secret: Path
) -> None:
    secret.write_text("Corr3ct-Horse-Battery!\n", encoding="utf-8")
    told = tool(*options(people, "--password-file", str(secret)), "--json")
    assert "Corr3ct" not in told.out + told.err
    assert server.user(told.data["userId"])["human"]["passwordChanged"]


def test_a_link_is_printed_when_asked_for_and_another_one_is_made(
    people: People, server: Server, tool: Tool
) -> None:
    imported = tool(*options(people, "--passkey-link"), "--json").data
    first = imported["passwordlessRegistration"]["link"]
    assert server.user(imported["userId"])["state"] == "USER_STATE_ACTIVE"
    again = tool("users", "link", imported["userId"], "--json").data
    assert again["userId"] == imported["userId"]
    assert again["link"] != first
    for link in (first, again["link"]):
        assert link.startswith(server.origin)
        assert imported["userId"] in link
    drawn = tool("users", "link", imported["userId"], "--qr").out
    assert "▄" in drawn
    assert "valid until" in drawn


def test_the_mail_is_sent_again_to_who_still_needs_it(people: People, tool: Tool, initial: Person) -> None:
    data = tool("users", "resend", initial.name, "--json").data
    assert (data["userId"], data["changed"]) == (initial.id, True)
    refused = tool("users", "resend", people.make().id)
    assert (refused.status, refused.out) == (1, "")
    assert "error: " in refused.err


def test_a_taken_user_name_is_refused_whatever_its_case(people: People, server: Server, tool: Tool) -> None:
    person = people.make()
    told = tool(*options(people, f"--user-name={person.name.upper()}"))
    assert (told.status, told.out) == (1, "")
    assert "taken" in told.err
    assert [user["id"] for user in server.users_named(person.name)] == [person.id]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--phone=+abc",), "--phone"),
        (("--phone=0790000000",), "--phone"),
        (("--email=no address",), "--email"),
        (("--first-name= ",), "--first-name"),
        ((f"--nick-name={'x' * 201}",), "--nick-name"),
        (("--language=zz-wrong-tag",), "anguage"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_wrong_option_is_named_and_no_user_is_created(
    wrong: tuple[str, ...], said: str, people: People, server: Server, tool: Tool
) -> None:
    """Before it is sent (2) where the rule is known, else by the server (1)."""
    command = options(people)
    name = name_in(command)
    told = tool(*command, f"--user-name={name}", *wrong)
    assert told.status in (1, 2)
    assert told.out == ""
    assert said in told.err
    assert not server.users_named(name)


def test_a_password_the_policy_does_not_like_is_refused(
    people: People, server: Server, tool: Tool, secret: Path
) -> None:
    secret.write_text("x\n", encoding="utf-8")
    command = options(people, "--password-file", str(secret))
    told = tool(*command)
    assert (told.status in (1, 2), told.out) == (True, "")
    assert "password" in told.err
    assert not server.users_named(name_in(command))


@pytest.mark.parametrize("more", [("--dry-run", "--json"), ("--read-only",)], ids=lambda more: more[0])
def test_no_user_is_created_by_a_rehearsal_or_read_only(
    more: tuple[str, ...], people: People, server: Server, tool: Tool
) -> None:
    command = options(people, "--generate-password", "--passkey-link", "--role", "ORG_USER_MANAGER")
    told = tool(*command, *more)
    assert told.status == (0 if "--dry-run" in more else 2), told.err
    if "--dry-run" in more:
        assert told.data["dryRun"] is True
        (curl,) = told.data["curl"]
        assert "$ZITADEL_PAT" in curl
        assert server.token not in told.out + told.err
    assert not server.users_named(name_in(command))


def events(server: Server, person: Person) -> int:
    """How much has ever happened to a user."""
    body: dict[str, Any] = {"query": {"limit": 100, "asc": True}}
    return len(server.get(f"POST /management/v1/users/{person.id}/changes/_search", body).get("result", []))


@pytest.mark.parametrize("command", ["link", "resend"])
@pytest.mark.parametrize("option", ["--dry-run", "--read-only"])
def test_nothing_is_made_or_sent_by_a_rehearsal_or_read_only(
    command: str, option: str, server: Server, tool: Tool, initial: Person
) -> None:
    before = events(server, initial)
    told = tool("users", command, initial.id, option)
    assert told.status == (0 if option == "--dry-run" else 2), told.err
    assert events(server, initial) == before
    assert tool("users", command, initial.id).status == 0
    assert eventually(lambda: events(server, initial) > before)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_curl_of_a_rehearsal_creates_the_user(people: People, server: Server, tool: Tool) -> None:
    command = options(people)
    (curl,) = tool(*command, "--dry-run", "--json").data["curl"]
    done = tool.shell(curl, token=server.token)
    assert done.returncode == 0, done.stderr
    (user,) = eventually(lambda: server.users_named(name_in(command)))
    assert user["human"]["email"]["email"] == f"{name_in(command)}@live.example.test"


def test_hostile_text_in_every_option_arrives_as_it_is_and_drives_no_terminal(
    people: People, server: Server, tool: Tool
) -> None:
    texts = (f"--first-name={FIRST}", f"--last-name={LAST}", f"--nick-name={FIRST}", f"--display-name={LAST}")
    name = people.name()
    more = (f"--email={name}@live.example.test", f"--user-name={name}", "--role", "ORG_OWNER_VIEWER")
    told = tool("users", "import", *texts, *more)
    assert told.status == 0, told.err
    assert harmless(told.out + told.err)
    (user,) = eventually(lambda: server.users_named(name))
    profile = user["human"]["profile"]
    assert (profile["firstName"], profile["lastName"]) == (FIRST, LAST)
    assert (profile["nickName"], profile["displayName"]) == (FIRST, LAST)
    taken = tool("members", "remove", name, "--yes")
    assert taken.status == 0, taken.err
    assert harmless(taken.out + taken.err)
