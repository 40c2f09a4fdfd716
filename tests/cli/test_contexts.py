"""``context``, and confirming commands in a protected context."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Grace, TypeAtTerminal
from zitadel_tui import contexts
from zitadel_tui.contexts import PROTECTED, READ_ONLY, ProtectionRule
from zitadel_tui.core import organizations
from zitadel_tui.settings import Settings

ORGANIZATION = "Acme Corp"
WANTS_NAME = "needs the name of the organization"


@pytest.fixture
def protected(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes a context state a protection of the demo."""

    def protect(level: str = PROTECTED, org: str = "") -> None:
        said = (ProtectionRule("production", org, level),)
        monkeypatch.setattr(Settings, "protection_rules", property(lambda settings: said))

    return protect


# The file


def test_contexts_are_added_listed_chosen_shown_and_removed(cli: Cli) -> None:
    Path("key.json").write_text("{}")
    added = cli(
        *("context", "add", "production", "--domain", "login.example", "--key-file", "key.json"),
        *("--org", ORGANIZATION, "--protection", "protected", "--accent", "red"),
        demo=False,
    )
    assert added.status == 0, added
    cli("context", "add", "staging", "--domain", "b.example", "--token-env", "STAGING", "--use", demo=False)
    listed = cli("context", "list", "--json", demo=False).data
    assert [(one["name"], one["current"], one["inUse"]) for one in listed] == [
        ("production", False, False),
        ("staging", True, True),
    ]
    assert listed[0]["keyFile"] == str(Path("key.json").absolute())
    (header, *_) = cli("context", "list", "--csv", demo=False).lines
    assert set(header.split(",")) == set(listed[0])
    assert cli("context", "use", "production", demo=False).status == 0
    shown = cli("context", "show", "--json", demo=False).data
    assert (shown["name"], shown["org"], shown["current"]) == ("production", ORGANIZATION, True)
    assert cli("context", "remove", "staging", demo=False).status == 0
    assert [one.name for one in contexts.read(contexts.file()).all] == ["production"]


def test_the_server_in_use_here_becomes_a_context_without_its_secrets(cli: Cli) -> None:
    Path(".env").write_text("ZITADEL_DOMAIN=a.example\nZITADEL_ACCESS_TOKEN=secret-token\nZITADEL_ORG_ID=7\n")
    refused = cli("context", "add", "here", demo=False)
    assert refused.status == 2
    assert ".env line 2" in refused.err
    assert cli("context", "add", "here", "--token-file", "t", demo=False).status == 0
    text = contexts.file().read_text()
    assert "secret-token" not in text
    assert 'org = "7"' in text
    assert f'token_file = "{Path("t").absolute()}"' in text
    listed = cli("context", "list", demo=False).out
    assert ".env" in listed


def test_a_settings_file_with_the_name_of_a_context_is_listed_beside_it(cli: Cli) -> None:
    cli("context", "add", "prod", "--domain", "a.example", "--key-file", "k.json", demo=False)
    Path("prod").write_text("ZITADEL_DOMAIN=b.example\nZITADEL_ACCESS_TOKEN=t\n")
    listed = cli("context", "list", "--env-file", "prod", "--json", demo=False).data
    assert [(one["name"], one["inUse"]) for one in listed] == [("./prod", True), ("prod", False)]


def test_a_token_of_the_environment_is_named_not_copied(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZITADEL_DOMAIN", "a.example")
    monkeypatch.setenv("ZITADEL_ACCESS_TOKEN", "secret-token")
    assert cli("context", "add", "here", demo=False).status == 0
    assert 'token_env = "ZITADEL_ACCESS_TOKEN"' in contexts.file().read_text()


def test_an_existing_context_is_changed_only_with_replace_and_keeps_what_is_not_given(cli: Cli) -> None:
    add = ("context", "add", "production")
    server = ("--domain", "a.example", "--key-file", "k.json")
    assert cli(*add, *server, "--protection", "protected", demo=False).status == 0
    assert "--replace" in cli(*add, *server, demo=False).err
    assert cli(*add, "--replace", "--accent", "red", demo=False).status == 0
    (context,) = contexts.read(contexts.file()).all
    assert (context.protection, context.accent, context.domain) == ("protected", "red", "https://a.example")


def test_a_new_key_replaces_the_old_one_of_a_context(cli: Cli) -> None:
    add = ("context", "add", "production")
    cli(*add, "--domain", "a.example", "--key-file", "old.json", "--org", "Acme", demo=False)
    assert cli(*add, "--replace", "--key-file", "new.json", "--ca-file", "ca.pem", demo=False).status == 0
    (context,) = contexts.read(contexts.file()).all
    assert context.key_file == str(Path("new.json").absolute())
    assert (context.ca_file, context.org) == (str(Path("ca.pem").absolute()), "Acme")
    assert cli(*add, "--replace", "--token-env", "TOKEN", demo=False).status == 0
    assert cli(*add, "--replace", "--key-file", "new.json", demo=False).status == 0
    (context,) = contexts.read(contexts.file()).all
    assert (context.token_env, context.key_file) == ("", str(Path("new.json").absolute()))
    assert "stdin" in cli(*add, "--replace", "--key-file", "-", demo=False).err


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        (("--domain", "b.example", "--key-file", "k.json"), True),
        (("--org", "Globex"), True),
        (("--protection", "protected"), True),
        (("--domain", "http://a.example", "--key-file", "k.json", "--org", "Acme"), False),
        (("--key-file", "k.json"), False),
    ],
)
def test_a_protection_also_ends_where_its_context_moves(
    cli: Cli, change: tuple[str, ...], ends: bool
) -> None:
    server = ("--domain", "a.example", "--key-file", "k.json", "--org", "Acme")
    cli("context", "add", "production", *server, "--protection", "read-only", demo=False)
    replaced = cli("context", "add", "production", "--replace", *change, demo=False)
    assert (replaced.status == 2) is ends, replaced
    if ends:
        assert "from read-only (https://a.example, organization Acme) to " in replaced.err
        assert cli("context", "add", "production", "--replace", *change, "--yes", demo=False).status == 0


def test_read_only_as_an_option_is_not_taken_for_a_protection(cli: Cli) -> None:
    server = ("--domain", "a.example", "--key-file", "k.json", "--read-only")
    assert "--protection read-only" in cli("context", "add", "production", *server, demo=False).err


def test_a_protection_ends_only_when_confirmed(cli: Cli) -> None:
    server = ("--domain", "a.example", "--key-file", "k.json", "--protection", "read-only")
    cli("context", "add", "production", *server, demo=False)
    weaker = ("context", "add", "production", "--replace", "--protection", "normal")
    for arguments in (weaker, ("context", "remove", "production")):
        refused = cli(*arguments, demo=False)
        assert refused.status == 2
        assert "--yes" in refused.err
    assert contexts.read(contexts.file()).all[0].protection == "read-only"
    assert cli(*weaker, "--yes", demo=False).status == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "a b"), "cannot be the name"),
        (("add", "x"), "No address is set"),
        (("add", "x", "--domain", "a.example", "--key-file", "-"), "from stdin"),
        (
            ("add", "x", "--domain", "a.example", "--token-env", "A", "--token-file", "b"),
            "cannot be combined",
        ),
        (("use", "x"), "none has been added"),
        (("show",), "No context is in use"),
        (("remove", "x"), "none has been added"),
    ],
)
def test_an_invalid_context_command_is_refused_with_a_hint(
    cli: Cli, arguments: tuple[str, ...], said: str
) -> None:
    refused = cli("context", *arguments, demo=False)
    assert refused.status == 2
    assert said in refused.err
    assert "hint: " in refused.err
    assert not contexts.file().exists()


# Protection


def test_a_protected_organization_wants_its_name(
    cli: Cli, grace: Grace, protected: Callable[..., None]
) -> None:
    protected()
    grace.give("ORG_OWNER", "ORG_USER_MANAGER")
    remove = ("members", "remove", "grace", "ORG_OWNER")
    for options in ((), ("--yes",), ("--yes", "--force")):
        refused = cli(*remove, *options)
        assert refused.status == 2
        assert WANTS_NAME in refused.err
        assert f"--confirm '{ORGANIZATION}'" in refused.err
    refused = cli(*remove, "--confirm", "Acme Staging")
    assert refused.status == 2
    assert "but this is the organization 'Acme Corp'" in refused.err
    assert not grace.wrote
    assert cli(*remove, "--confirm", ORGANIZATION).status == 0
    assert grace.roles == ("ORG_USER_MANAGER",)


def test_what_removes_nothing_needs_no_name(cli: Cli, grace: Grace, protected: Callable[..., None]) -> None:
    protected()
    assert cli("members", "add", "grace", "ORG_USER_MANAGER").status == 0
    assert "ORG_USER_MANAGER" in grace.roles


def test_the_name_is_typed_at_a_terminal(
    cli: Cli, grace: Grace, type_at_terminal: TypeAtTerminal, protected: Callable[..., None]
) -> None:
    protected()
    grace.give("ORG_USER_MANAGER")
    remove = ("members", "remove", "grace")
    declined = type_at_terminal(b"y\n")
    assert cli(*remove, "--yes", at_terminal=declined).status == 1
    assert not grace.wrote
    typed = type_at_terminal(f"{ORGANIZATION}\n".encode())
    assert cli(*remove, at_terminal=typed).status == 0
    assert f"type the name of the organization, {ORGANIZATION}:" in typed.echoed_and_asked
    assert grace.roles == ()


def test_a_protection_of_another_organization_does_not_apply(
    cli: Cli, grace: Grace, protected: Callable[..., None]
) -> None:
    grace.give("ORG_USER_MANAGER")
    for org in ("Globex", "123", "304004042642692646"):
        protected(READ_ONLY, org)
        assert cli("members", "add", "grace", "ORG_OWNER").status == 0
        assert cli("members", "remove", "grace", "ORG_OWNER", "--yes").status == 0


@pytest.mark.parametrize("org", ["", ORGANIZATION.upper(), "acme.zitadel.example", None])
def test_a_read_only_organization_is_not_changed_however_it_is_named(
    cli: Cli, grace: Grace, protected: Callable[..., None], org: str | None
) -> None:
    protected(READ_ONLY, cli.demo.store.default_org if org is None else org)
    refused = cli("members", "add", "grace", "ORG_OWNER")
    assert refused.status == 2
    assert "the context production makes this organization read-only" in refused.err.lower()
    assert not grace.wrote


def test_an_organization_whose_name_is_a_number_is_protected_by_it(
    cli: Cli, grace: Grace, protected: Callable[..., None]
) -> None:
    org = cli.demo.store.orgs[cli.demo.store.default_org]
    cli.demo.store.orgs[org.id] = replace(org, name="2024")
    protected(READ_ONLY, "2024")
    assert cli("members", "add", "grace", "ORG_OWNER").status == 2
    assert not grace.wrote


def test_a_protection_holds_for_the_organization_that_is_chosen_by_its_text(
    cli: Cli, grace: Grace, protected: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the server finds it by: a name that it had, or a domain that is not the primary one."""

    async def find(client: object, text: str) -> str:
        return ""

    monkeypatch.setattr(organizations, "find", find)
    protected(READ_ONLY, "Old Name")
    assert cli("members", "add", "grace", "ORG_OWNER", "--org", "OLD name").status == 2
    assert not grace.wrote
    assert cli("members", "add", "grace", "ORG_OWNER", "--org", ORGANIZATION).status == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("members", "set", "grace", "ORG_OWNER"),
        ("members", "set", "grace", "ORG_OWNER", "--dry-run"),
        ("members", "set", "grace", "ada.lovelace", "ORG_OWNER"),
        ("members", "remove", "grace", "ORG_OWNER_VIEWER"),
        ("users", "deactivate", "grace", "--dry-run"),
        ("undo", "--last"),
    ],
)
def test_a_confirmation_of_another_organization_is_refused_whatever_it_confirms(
    cli: Cli, grace: Grace, arguments: tuple[str, ...]
) -> None:
    refused = cli(*arguments, "--confirm", "Globex")
    assert refused.status == 2
    assert "--confirm names 'Globex', but this is the organization 'Acme Corp'" in refused.err
    assert not grace.wrote


def test_confirm_is_enough_for_the_last_owner(cli: Cli) -> None:
    own = ("members", "remove", "onboarding-bot", "ORG_OWNER")
    assert cli(*own, "--yes").status == 2
    assert "but this is" in cli(*own, "--confirm", "Globex").err
    done = cli(*own, "--confirm", ORGANIZATION)
    assert done.status == 0
    assert "Overridden by --confirm" in done.err


def test_a_run_in_a_protected_organization_wants_the_name(cli: Cli, protected: Callable[..., None]) -> None:
    protected()
    Path("users.csv").write_text("user name,email,first name,last name\nada.new,ada@new.example,Ada,New\n")
    apply = ("onboard", "apply", "users.csv")
    refused = cli(*apply, "--yes")
    assert refused.status == 2
    assert WANTS_NAME in refused.err
    assert cli(*apply, "--confirm", ORGANIZATION).status == 0
