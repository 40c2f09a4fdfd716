"""Commands that change something: what they do, and what they do when they cannot."""

import json
import signal
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import MEMBER, Cli, Grace, Local, Result
from zitadel_tui.demo.faults import Fault

ADD = "POST /management/v1/orgs/me/members"
IMPORT = "POST /management/v1/users/human/_import"
PUBLISHED = "$2a$12$8p.NrnjLvA/lMC.5kS.LLeja7vc8W.oQt.3d.vwWsAfiJs8juUMiy"


def roles_of(cli: Cli, login: str) -> list[str]:
    found = cli("members", "list", "--filter", login, "--json").data
    return [role for member in found if member["preferredLoginName"] == login for role in member["roles"]]


def outsider(cli: Cli) -> str:
    """The login of a user who is not a member."""
    members = {member["userId"] for member in cli("members", "list", "--json").data}
    users = cli("users", "find", "acme.example", "--json").data
    return next(str(user["preferredLoginName"]) for user in users if user["id"] not in members)


def owner(cli: Cli) -> str:
    """The login of a user who is an owner and does not manage users besides."""
    owners = cli("members", "list", "--role", "ORG_OWNER", "--filter", "kind:human", "--json").data
    return next(str(one["preferredLoginName"]) for one in owners if "ORG_USER_MANAGER" not in one["roles"])


def test_a_user_becomes_a_member(cli: Cli) -> None:
    login = outsider(cli)
    result = cli("members", "add", login, "ORG_USER_MANAGER")
    assert result.status == 0
    assert result.out == f"{login} is now a member with ORG_USER_MANAGER.\n"
    assert roles_of(cli, login) == ["ORG_USER_MANAGER"]


def test_a_member_keeps_what_they_have(cli: Cli) -> None:
    login = owner(cli)
    before = roles_of(cli, login)
    result = cli("members", "add", login, "org_user_manager", "--json")
    assert result.status == 0
    assert set(result.data) == {"userId", "changed", "settled", "details", "before", "roles"}
    assert result.data["before"] == before
    assert roles_of(cli, login) == [*before, "ORG_USER_MANAGER"]


def test_nothing_to_do_is_reported_and_is_done(cli: Cli) -> None:
    result = cli("members", "add", owner(cli), "ORG_OWNER")
    assert result.status == 0
    assert "already" in result.out


def test_what_is_reported_to_be_so_already_is_so(cli: Cli, grace: Grace) -> None:
    """Only roles that the user really had are said to be there already."""
    has = "grace does not have ORG_OWNER, only ORG_USER_MANAGER, ORG_OWNER_VIEWER."
    both = "grace already has ORG_USER_MANAGER, ORG_OWNER_VIEWER and nothing else."
    for arguments, told in (
        (("add", MEMBER, "ORG_USER_MANAGER"), "grace already has ORG_USER_MANAGER."),
        (("remove", MEMBER, "ORG_OWNER"), has),
        (("set", MEMBER, "ORG_OWNER_VIEWER", "ORG_USER_MANAGER"), both),
        (("remove", "nobody-bot"), "nobody-bot is not a member."),
        (("remove", "nobody-bot", "ORG_OWNER"), "nobody-bot is not a member."),
    ):
        for more in ((), ("--dry-run",)):
            assert cli("members", *arguments, *more).lines[0] == f"No change: {told}"
    assert not grace.wrote


def test_a_user_is_found_by_email_and_id(cli: Cli) -> None:
    user = cli("users", "find", owner(cli), "--json").data[0]
    for name in (user["human"]["email"]["email"].upper(), user["id"]):
        result = cli("members", "add", name, "ORG_OWNER", "--json")
        assert (result.status, result.data["userId"]) == (0, user["id"])


def test_several_users_are_listed_and_nothing_is_done(cli: Cli, person: Callable[..., str]) -> None:
    for name in ("twin.one", "twin.two"):
        path = person(name, email={"email": "twin@acme.example", "isEmailVerified": True})
        assert cli("users", "import", "--from", path).status == 0
    result = cli("members", "add", "twin@acme.example", "ORG_OWNER")
    assert (result.status, result.out) == (2, "")
    assert "twin.one" in result.err
    assert "twin.two" in result.err
    assert "nothing was done" in result.err
    assert roles_of(cli, "twin.one") == []


def test_a_mistyped_role_or_user_suggests_the_nearest(cli: Cli) -> None:
    login = owner(cli)
    role = cli("members", "add", login, "ORG_OWNR")
    assert (role.status, role.out) == (2, "")
    assert "Did you mean ORG_OWNER?" in role.err
    user = cli("members", "add", login[:-1] + "x", "ORG_OWNER")
    assert user.status == 2
    assert f"Did you mean {login}" in user.err


def test_a_refused_write_says_so_on_stderr_only(cli: Cli) -> None:
    cli.use("viewer-bot")
    result = cli("members", "add", "settings-bot", "ORG_OWNER")
    assert (result.status, result.out) == (1, "")
    assert "org.member.write" in result.err


def test_read_only_refuses_here(cli: Cli) -> None:
    result = cli("--read-only", "members", "add", outsider(cli), "ORG_OWNER")
    assert (result.status, result.out) == (2, "")
    assert ADD not in cli.requests


def test_a_lost_answer_is_looked_up(cli: Cli) -> None:
    login = outsider(cli)
    cli.demo.faults.add(Fault("withheld"), ADD)
    result = cli("members", "add", login, "ORG_OWNER")
    assert result.status == 0
    assert "The answer was lost" in result.out


def test_an_outcome_that_is_unknown_has_its_own_status(cli: Cli) -> None:
    login = outsider(cli)
    cli.demo.faults.add(Fault("withheld"), ADD)
    cli.demo.faults.add(
        Fault("status", 403, "No permission"), "POST /management/v1/orgs/me/members/_search", times=0
    )
    result = cli("members", "add", login, "ORG_OWNER")
    assert (result.status, result.out) == (4, "")


def test_a_user_is_imported(cli: Cli, person: Callable[..., str]) -> None:
    result = cli("users", "import", "--from", person())
    assert result.status == 0
    assert "New Person was created with id" in result.out
    assert "note: Active at once, no mail." in result.err
    found = cli("users", "find", "new.person", "--json").data
    assert [user["state"] for user in found] == ["USER_STATE_ACTIVE"]


def test_a_user_is_imported_from_stdin_with_roles(cli: Cli, person: Callable[..., str]) -> None:
    with open(person("piped.person"), "rb") as file:
        body = file.read()
    result = cli("users", "import", "--from", "-", "--role", "org_user_manager", "--json", stdin=body)
    assert result.status == 0
    assert set(result.data) == {"userId", "changed", "settled", "details", "roles", "grants"}
    assert result.data["roles"] == ["ORG_USER_MANAGER"]
    assert roles_of(cli, "piped.person") == ["ORG_USER_MANAGER"]


def test_a_passkey_link_that_the_body_asks_for_is_given(cli: Cli, person: Callable[..., str]) -> None:
    path = person(requestPasswordlessRegistration=True, password="")
    result = cli("users", "import", "--from", path, "--json")
    assert result.data["passwordlessRegistration"]["link"].startswith("http")


def both(person: Callable[..., str], value: str = "$2a$12$" + "x" * 53) -> str:
    return person(hashedPassword={"value": value})


def test_password_and_hash_together_need_a_choice(cli: Cli, person: Callable[..., str]) -> None:
    result = cli("users", "import", "--from", both(person))
    assert (result.status, result.out, cli.requests) == (2, "", [])
    assert "--use password or --use hash" in result.err
    assert cli("users", "import", "--from", both(person), "--use", "password").status == 0


def test_the_hash_of_the_documentation_needs_a_word(cli: Cli, person: Callable[..., str]) -> None:
    arguments = ("users", "import", "--from", both(person, PUBLISHED), "--use", "hash")
    result = cli(*arguments)
    assert (result.status, cli.requests) == (2, [])
    assert "--allow-published-hash" in result.err
    assert cli(*arguments, "--allow-published-hash").status == 0


def test_the_seeds_body_is_imported_as_it_is_printed(cli: Cli) -> None:
    body = {
        "userName": "admin",
        "profile": {
            "firstName": "admin",
            "lastName": "admin",
            "nickName": "admin",
            "displayName": "Admin",
            "preferredLanguage": "en",
            "gender": "GENDER_MALE",
        },
        "email": {"email": "admin@zitadel.com", "isEmailVerified": True},
        "phone": {"phone": "+41 71 000 00 00", "isPhoneVerified": True},
        "password": "RootPassword1!",
        "hashedPassword": {"value": PUBLISHED},
        "passwordChangeRequired": False,
        "requestPasswordlessRegistration": False,
    }
    result = cli("users", "import", "--from", "-", "--use", "password", stdin=json.dumps(body).encode())
    assert result.status == 0
    assert "RootPassword1!" not in result.out + result.err


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not JSON"),
        (b"[]", "not one JSON object"),
        (b'{"userNme": "x"}', "Did you mean userName?"),
        (b'{"userName": 5}', "wrong type"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_bad_body_is_refused_before_anything_is_sent(cli: Cli, body: bytes, told: str) -> None:
    result = cli("users", "import", "--from", "-", stdin=body)
    assert (result.status, result.out, cli.requests) == (2, "", [])
    assert told in result.err


@pytest.mark.parametrize("source", ["missing.json", ".", "\0"])
def test_a_body_that_cannot_be_read_is_one_sentence(cli: Cli, source: str) -> None:
    result = cli("users", "import", "--from", source)
    assert (result.status, result.out) == (2, "")
    assert "cannot be read" in result.err


def test_stdin_cannot_be_key_and_body(cli: Cli) -> None:
    arguments = ("users", "import", "--from", "-", "--key-file", "-", "--domain", "zitadel.example")
    result = cli(*arguments, stdin=b"{}", demo=False)
    assert result.status == 2
    assert "cannot both come from stdin" in result.err


def test_a_field_that_is_certain_to_be_refused_is_not_sent(cli: Cli, person: Callable[..., str]) -> None:
    result = cli("users", "import", "--from", person(profile={"firstName": "", "lastName": "x"}))
    assert (result.status, result.out, cli.requests) == (2, "", [])
    assert "profile.firstName: The first name is missing." in result.err


def test_a_field_the_server_refuses_is_reported(cli: Cli, person: Callable[..., str]) -> None:
    cli.demo.faults.add(Fault("status", 400, "Phone number is invalid", id="PHONE-so0wa"), IMPORT)
    result = cli("users", "import", "--from", person(phone={"phone": "+41 71 000 00 00"}))
    assert (result.status, result.out) == (1, "")
    assert "phone" in result.err


def test_a_taken_user_name_is_refused(cli: Cli, person: Callable[..., str]) -> None:
    result = cli("users", "import", "--from", person("Settings-Bot"))
    assert (result.status, result.out) == (1, "")
    assert "taken" in result.err


@pytest.mark.parametrize("account", ["onboarding-bot", "user-manager-bot"])
def test_no_user_is_created_for_a_role_that_cannot_be_assigned(
    cli: Cli, person: Callable[..., str], account: str
) -> None:
    """A mistyped role; an account that may create users but not assign roles."""
    cli.use(account)
    role = "ORG_OWNR" if account == "onboarding-bot" else "ORG_OWNER"
    result = cli("users", "import", "--from", person(), "--role", role)
    assert (result.status, result.out) == (2 if role == "ORG_OWNR" else 1, "")
    assert IMPORT not in cli.requests


def test_a_user_without_the_role_is_partly_done(cli: Cli, person: Callable[..., str]) -> None:
    cli.demo.faults.add(Fault("status", 403, "No matching permissions found"), ADD)
    result = cli("users", "import", "--from", person(), "--role", "ORG_OWNER", "--org", own_org(cli))
    assert result.status == 4
    user_id = cli("users", "find", "new.person", "--json").data[0]["id"]
    assert user_id in result.out
    finish = f"zitadel-tui members add {user_id} ORG_OWNER --org {own_org(cli)} --demo"
    command = next(line for line in result.err.splitlines() if "To finish" in line)
    assert sorted(command.split(": ", 2)[2].split()) == sorted(finish.split())


def own_org(cli: Cli) -> str:
    return str(cli("whoami", "--json").data["orgId"])


@pytest.mark.usefixtures("impatient")
def test_partly_done_is_json_on_stdout_anyway(cli: Cli, person: Callable[..., str]) -> None:
    cli.demo.faults.add(Fault("status", 500, "boom"), ADD)
    result = cli("users", "import", "--from", person(), "--role", "ORG_OWNER", "--json")
    assert result.status == 4
    assert result.data["userId"]
    assert result.data["roles"] == []


class _Interrupting(Local):
    """Sends a signal when a call arrives, and does the call anyway."""

    def __init__(self, cli: Cli, call: str, number: int) -> None:
        super().__init__(cli.demo)
        inner = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            if f"{scope['method']} {scope['path']}" == call:
                signal.raise_signal(number)
            await inner(scope, receive, send)

        self.app = app


def interrupted(cli: Cli, call: str, number: int, *arguments: str) -> Result:
    cli.local = _Interrupting(cli, call, number)
    result = cli(*arguments)
    cli.local = Local(cli.demo)
    return result


ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


@pytest.mark.parametrize("number", ENDING)
def test_an_interrupted_write_is_finished_and_reported(cli: Cli, number: int) -> None:
    login = outsider(cli)
    result = interrupted(cli, ADD, number, "members", "add", login, "ORG_OWNER")
    assert result.status == 128 + number
    assert result.out == f"{login} is now a member with ORG_OWNER.\n"
    assert roles_of(cli, login) == ["ORG_OWNER"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "request_before", ["GET /auth/v1/users/me", "POST /management/v1/orgs/me/changes/_search"]
)
def test_interrupted_before_the_request_nothing_is_sent(cli: Cli, number: int, request_before: str) -> None:
    login = outsider(cli)
    writes = cli.demo.faults.add(Fault("slow"), ADD, times=0)
    result = interrupted(cli, request_before, number, "members", "add", login, "ORG_OWNER")
    assert (result.status, result.out, writes.hits) == (128 + number, "", 0)
    assert "Interrupted" in result.err
    assert roles_of(cli, login) == []


def test_an_interrupted_write_that_is_refused_tells_both(cli: Cli) -> None:
    login = outsider(cli)
    cli.demo.faults.add(Fault("status", 403, "No matching permissions found"), ADD)
    result = interrupted(cli, ADD, signal.SIGINT, "members", "add", login, "ORG_OWNER")
    assert (result.status, result.out) == (130, "")
    assert "Interrupted" in result.err
    assert "org.member.write" in result.err


def test_an_interrupted_import_tells_who_was_created_and_what_is_left(
    cli: Cli, person: Callable[..., str]
) -> None:
    arguments = ("users", "import", "--from", person(), "--role", "ORG_OWNER")
    result = interrupted(cli, IMPORT, signal.SIGINT, *arguments)
    assert result.status == 130
    user_id = cli("users", "find", "new.person", "--json").data[0]["id"]
    assert user_id in result.out
    assert f"members add {user_id} ORG_OWNER" in result.err
    assert roles_of(cli, "new.person") == []


def test_an_interrupted_assignment_that_is_refused_tells_all(cli: Cli, person: Callable[..., str]) -> None:
    cli.demo.faults.add(Fault("status", 403, "No matching permissions found"), ADD)
    arguments = ("users", "import", "--from", person(), "--role", "ORG_OWNER")
    result = interrupted(cli, ADD, signal.SIGINT, *arguments)
    assert result.status == 130
    assert "was created" in result.out
    assert "To finish: zitadel-tui --demo members add" in result.err


@pytest.mark.parametrize("number", ENDING)
def test_an_interrupted_read_ends_at_once(cli: Cli, number: signal.Signals) -> None:
    call = "POST /management/v1/orgs/me/members/_search"
    cli.demo.faults.add(Fault("hang"), call)
    result = interrupted(cli, call, number, "members", "list")
    assert (result.status, result.out) == (128 + number, "")
    by = "" if number == signal.SIGINT else f" by {number.name}"
    assert result.err == f"error: Interrupted{by}.\n"
