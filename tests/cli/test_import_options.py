"""Importing with options: the same request as by form or JSON, messages for contradictions, no visible
secrets."""

import argparse
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import hostile
from tests.cli.conftest import Cli, TypeAtTerminal
from tests.cli.test_changes import IMPORT, roles_of
from tests.examples import examples
from tests.shell import shell_words
from tests.sockets import closed_origin
from zitadel_tui.__main__ import PARTS
from zitadel_tui.cli import parser, prompts
from zitadel_tui.cli.commands import import_options
from zitadel_tui.cli.output import Output
from zitadel_tui.cli.run import Run
from zitadel_tui.cli.signals import Signals
from zitadel_tui.core import importing, user_form
from zitadel_tui.core.changes import ImportUser
from zitadel_tui.core.user_form import GENDERS, SIGN_INS, UserForm
from zitadel_tui.demo.faults import Fault
from zitadel_tui.secret import Secret
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel.wire.base import encode
from zitadel_tui.zitadel.wire.users import ImportHuman

ADA = ("users", "import", "--first-name", "Ada", "--last-name", "Lovelace", "--email", "ada.l@acme.example")
HASH = "$2a$12$" + "x" * 53
TYPABLE = [text for text in hostile.ALL if text.strip() and len(text) <= 200 and "\ud800" not in text]
SECRET = "Sup3r-Secret!"


def drafted(options: argparse.Namespace) -> ImportHuman:
    output = Output("table", io.StringIO(), io.StringIO())
    run = Run(options, output, Signals(), PARTS, lambda: Settings(demo=True))
    return import_options.read(run).body


TYPED = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
NAMES = st.one_of(st.sampled_from(TYPABLE), TYPED).filter(
    lambda text: bool(text.strip()) and "\0" not in text  # which no argument can hold
)
OPTIONAL = st.one_of(st.just(""), NAMES)
FORMS = st.builds(
    UserForm,
    first_name=NAMES,
    last_name=NAMES,
    user_name=NAMES,
    nick_name=OPTIONAL,
    display_name=OPTIONAL,
    email=st.from_regex(r"[a-z][a-z.+-]{0,9}@[a-z]{1,9}(\.example)?", fullmatch=True),
    email_verified=st.booleans(),
    phone=st.sampled_from(("", "+41 71 000 00 00", " +442079460000 ")),
    phone_verified=st.booleans(),
    language=st.sampled_from(("", "en", "de", "zz")),
    gender=st.sampled_from(GENDERS),
    sign_in=st.sampled_from(SIGN_INS),
    password=st.builds(Secret, st.text(min_size=1, max_size=18)),
    change_required=st.booleans(),
    hashed_password=st.just(Secret(HASH)),
)


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=FORMS)
def test_form_command_and_json_make_the_same_request(
    form: UserForm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = user_form.body(form)
    (tmp_path / "hash").write_text(f"{HASH}\n")
    monkeypatch.setattr(prompts, "new_password", lambda run: form.password)
    words = shell_words(ImportUser(body).as_command())
    words = [word.replace("--hash-file=FILE", f"--hash-file={tmp_path / 'hash'}") for word in words]
    by_command = drafted(parser.parse(words[1:]))
    by_json = importing.read_body(encode(body), "The body")
    assert encode(by_command) == encode(body) == encode(by_json)


def test_name_and_email_are_enough(cli: Cli) -> None:
    result = cli(*ADA, "--role", "org_user_manager", "--json")
    assert result.status == 0
    assert "note: Initial: a mail with a code goes to ada.l@acme.example" in result.err
    user = cli.demo.store.user_named("ada.l")
    assert user is not None
    assert (user.id, user.first, user.last) == (result.data["userId"], "Ada", "Lovelace")
    assert result.data["details"]["resourceOwner"] == user.org
    assert roles_of(cli, "ada.l") == ["ORG_USER_MANAGER"]


def test_every_field_has_its_option(cli: Cli) -> None:
    names = ("--user-name", "countess", "--nick-name", "A", "--display-name", "Lady A", "--gender", "female")
    more = ("--phone", "+41 71 000 00 00", "--phone-verified", "--language", "de", "--generate-password")
    assert cli(*ADA, *names, *more).status == 0
    user = cli.demo.store.user_named("countess")
    assert user is not None
    assert (user.nick, user.display, user.gender, user.language) == ("A", "Lady A", 1, "de")
    assert (user.phone, user.phone_verified, user.email_verified) == ("+41710000000", True, True)


@pytest.mark.parametrize("text", TYPABLE, ids=range(len(TYPABLE)))
def test_any_text_arrives_as_it_is_and_drives_no_terminal(cli: Cli, text: str) -> None:
    texts = ("--first-name", "--last-name", "--user-name", "--nick-name", "--display-name")
    named = [f"{option}={text}" for option in texts]
    result = cli("users", "import", *named, "--email=x@acme.example")
    assert result.status == 0, result
    assert "\x1b" not in result.out + result.err
    assert "\x9b" not in result.out + result.err
    user = cli.demo.store.user_named(text.strip())
    assert user is not None
    stripped = text.strip()
    assert (user.first, user.last, user.nick, user.display) == (stripped,) * 4


def test_a_generated_password_is_given_once_and_works(cli: Cli) -> None:
    result = cli(*ADA, "--generate-password", "--json")
    assert len(result.data["password"]) >= 20
    assert result.data["password"] not in result.err
    assert "only once" in result.err
    again = cli(*ADA[:-1], "b@acme.example", "--user-name", "b", "--generate-password")
    assert f"Password: {again.lines[1].removeprefix('Password: ')}" in again.out


def test_a_password_is_asked_for_twice_and_never_shown(cli: Cli, type_at_terminal: TypeAtTerminal) -> None:
    user = type_at_terminal(f"{SECRET}\n{SECRET}\n".encode())
    result = cli(*ADA, "--ask-password", at_terminal=user)
    assert result.status == 0
    assert "note: Active at once" in result.err
    _, prompt, asked = user.echoed_and_asked.partition("Password: ")  # before: what was typed ahead
    assert prompt
    assert "Repeat it: " in asked
    assert SECRET not in asked + result.out + result.err
    assert user.terminal_is_as_before


def test_the_password_is_asked_for_on_the_terminal_when_stdin_is_a_pipe(
    cli: Cli, type_at_terminal: TypeAtTerminal
) -> None:
    user = type_at_terminal(f"{SECRET}\n{SECRET}\n".encode())
    result = cli(*ADA, "--ask-password", "--hash-file", "-", stdin=HASH.encode(), at_terminal=user)
    assert "cannot be combined" in result.err
    arguments = ("--key-file", "-", "--domain", closed_origin(), "--timeout", "0.3")
    result = cli(*ADA, "--ask-password", *arguments, stdin=b"{}", at_terminal=user, demo=False)
    assert "Repeat it: " in user.echoed_and_asked
    assert result.status == 2
    assert "key" in result.err


@pytest.mark.parametrize(
    ("typed", "told"), [(b"one\ntwo\n", "differ"), (b"\n\n", "empty"), (b"\x04\x04", "empty")]
)
def test_a_password_typed_badly_sends_nothing(
    cli: Cli, type_at_terminal: TypeAtTerminal, typed: bytes, told: str
) -> None:
    user = type_at_terminal(typed)
    result = cli(*ADA, "--ask-password", at_terminal=user)
    assert (result.status, result.out, cli.requests) == (2, "", [])
    assert told in result.err
    assert user.terminal_is_as_before


def test_without_a_terminal_nothing_waits_for_a_password(cli: Cli) -> None:
    result = cli(*ADA, "--ask-password")
    assert (result.status, result.out, cli.requests) == (2, "", [])
    assert "--password-file" in result.err


def test_secrets_come_from_files_and_stdin(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    assert cli(*ADA, "--password-file", str(file), "--no-change-required").status == 0
    file.write_text(f" {HASH} \n")
    assert cli(*ADA, "--user-name", "two", "--hash-file", str(file)).status == 0
    result = cli(*ADA, "--user-name", "three", "--password-file", "-", stdin=f"{SECRET}\r\n".encode())
    assert result.status == 0
    for name in ("ada.l", "two", "three"):
        user = cli.demo.store.user_named(name)
        assert user is not None
        assert user.password_changed


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "is empty"), (b"\n", "is empty"), (b"x" * 5000, "too long"), (b"\xff", "not UTF-8")],
)
def test_a_bad_secret_file_is_one_sentence(cli: Cli, tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    for option in ("--password-file", "--hash-file"):
        result = cli(*ADA, option, str(file))
        assert (result.status, result.out, cli.requests) == (2, "", [])
        assert told in result.err
    assert "cannot be read" in cli(*ADA, "--password-file", "").err


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--generate-password", "--ask-password"), "cannot be combined"),
        (("--generate-password", "--hash-file", "x"), "cannot be combined"),
        (("--no-change-required",), "needs a password"),
        (("--phone-verified",), "needs a phone"),
        (("--use", "hash"), "needs a body"),
        (("--from", "x.json"), "--first-name cannot be added"),
        (("--password-file", "-", "--hash-file", "-"), "cannot be combined"),
        (("--gender", "femal"), "Did you mean female?"),
        (("--phone", "071"), "--phone: The phone number must start with +"),
        (("--email", "ada"), "--email: The email needs a form"),
        (("--first-name", "x" * 201), "--first-name: The first name has 201 characters"),
        (("--user-name", "\ud800"), "--user-name is not UTF-8 text"),
        (("--pasword-file", "x"), "Did you mean --password-file?"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(
    cli: Cli, more: tuple[str, ...], told: str
) -> None:
    result = cli(*ADA, *more)
    assert (result.status, result.out, cli.requests) == (2, "", [])
    assert told in result.err


def test_no_match_is_not_a_user(cli: Cli) -> None:
    result = cli("users", "import")
    assert (result.status, cli.requests) == (2, [])
    assert "--from FILE" in result.err


def test_a_password_that_breaks_the_policy_is_not_sent(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("weak")
    result = cli(*ADA, "--password-file", str(file))
    assert (result.status, result.out) == (2, "")
    assert "password: The password lacks: 8+" in result.err
    assert "weak" not in result.err
    assert IMPORT not in cli.requests


def test_what_is_odd_but_taken_is_noted(cli: Cli) -> None:
    result = cli(*ADA, "--language", "enn")
    assert result.status == 0
    assert "note: --language: The server does not offer the language 'enn'" in result.err


def test_an_unseen_policy_is_left_to_the_server(cli: Cli) -> None:
    for call in ("policies/password/complexity", "languages"):
        cli.demo.faults.add(Fault("status", 403, "No matching permissions found"), f"GET *{call}", times=0)
    result = cli(*ADA, "--language", "enn", "--generate-password")
    assert result.status == 0
    assert "does not offer" not in result.err


def test_a_user_that_went_elsewhere_is_reported(cli: Cli) -> None:
    """As when a proxy drops the header that names the organization."""
    cli.use("iam-bot")
    inner = cli.local.app

    async def headerless(scope: Any, receive: Any, send: Any) -> None:
        if f"{scope['method']} {scope['path']}" == IMPORT:
            headers = [pair for pair in scope["headers"] if pair[0] != b"x-zitadel-orgid"]
            scope = {**scope, "headers": headers}
        await inner(scope, receive, send)

    own = cli("whoami", "--json").data["user"]["details"]["resourceOwner"]
    other = next(org for org in cli.demo.store.orgs if org != own)
    cli.local.app = headerless
    result = cli(*ADA, "--org", other, "--json")
    assert result.status == 0
    assert result.data["details"]["resourceOwner"] == own
    assert f"went to the organization {own}, not to {other}" in result.err
