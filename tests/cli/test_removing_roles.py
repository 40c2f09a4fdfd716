"""Setting and removing roles: shown, asked about, guarded, and concurrent changes are not overwritten."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import CHANGE, MEMBER, REMOVE, Cli, Grace, Local, TypeAtTerminal
from zitadel_tui.core.journal import Journal, Record
from zitadel_tui.core.session import Session
from zitadel_tui.demo.faults import Fault


def test_what_only_adds_is_not_asked_about(cli: Cli, grace: Grace) -> None:
    result = cli("members", "set", MEMBER, "ORG_OWNER_VIEWER", "ORG_USER_MANAGER", "org_project_creator")
    assert (result.status, grace.roles[2:]) == (0, ("ORG_PROJECT_CREATOR",))
    assert "+ ORG_PROJECT_CREATOR" in result.err


def test_a_lost_role_is_shown_and_asked_about(
    cli: Cli, grace: Grace, type_at_terminal: TypeAtTerminal
) -> None:
    user = type_at_terminal(b"y\n")
    result = cli("members", "set", MEMBER, "ORG_USER_MANAGER", "ORG_PROJECT_CREATOR", at_terminal=user)
    asked = user.echoed_and_asked
    assert all(word in asked for word in ("grace", "+ ORG_PROJECT_CREATOR", "− ORG_OWNER_VIEWER", "[y/N]"))
    assert result.status == 0
    assert result.out == "grace now has ORG_USER_MANAGER, ORG_PROJECT_CREATOR.\n"
    assert grace.roles == ("ORG_USER_MANAGER", "ORG_PROJECT_CREATOR")


@pytest.mark.parametrize("typed", [b"\n", b"n\n", b"yess\n", b"\x04", b"\xff\n"])
def test_all_but_yes_is_no(cli: Cli, grace: Grace, type_at_terminal: TypeAtTerminal, typed: bytes) -> None:
    result = cli("members", "set", MEMBER, "ORG_USER_MANAGER", at_terminal=type_at_terminal(typed))
    assert result.status == (2 if typed == b"\xff\n" else 1)
    assert result.out == ""
    assert not grace.wrote


@pytest.mark.parametrize("arguments", [("set", MEMBER, "ORG_USER_MANAGER"), ("remove", MEMBER)])
def test_without_a_terminal_it_needs_a_word(cli: Cli, grace: Grace, arguments: tuple[str, ...]) -> None:
    result = cli("members", *arguments)
    assert (result.status, result.out) == (2, "")
    assert "--yes" in result.err
    assert not grace.wrote
    assert cli("members", *arguments, "--yes").status == 0
    assert grace.wrote


def test_one_role_is_removed_and_the_others_stay(
    cli: Cli, grace: Grace, type_at_terminal: TypeAtTerminal
) -> None:
    user = type_at_terminal(b"yes\n")
    result = cli("members", "remove", MEMBER, "ORG_OWNER_VIEWER", "--json", at_terminal=user)
    assert "Remove ORG_OWNER_VIEWER from grace." in user.echoed_and_asked
    assert result.data["before"] == ["ORG_OWNER_VIEWER", "ORG_USER_MANAGER"]
    assert result.data["roles"] == ["ORG_USER_MANAGER"] == list(grace.roles)
    assert result.data["userId"] == grace.user


def test_a_membership_is_ended_after_naming_user_and_roles(
    cli: Cli, grace: Grace, type_at_terminal: TypeAtTerminal
) -> None:
    user = type_at_terminal(b"y\n")
    result = cli("members", "remove", MEMBER, at_terminal=user)
    asked = user.echoed_and_asked
    assert all(
        word in asked for word in ("grace", "ORG_OWNER_VIEWER", "ORG_USER_MANAGER", "no longer a member")
    )
    assert (result.status, result.out, grace.roles) == (0, "grace is no longer a member.\n", ())


def test_where_nothing_would_be_lost_nothing_is_asked(cli: Cli, grace: Grace) -> None:
    assert cli("members", "remove", MEMBER, "ORG_OWNER").status == 0
    assert cli("members", "set", MEMBER, "ORG_USER_MANAGER", "ORG_OWNER_VIEWER").status == 0
    assert not grace.wrote
    assert cli("members", "remove", "nobody-bot", "--json").data["changed"] is False


def test_own_rights_need_force_and_yes_is_not_force(cli: Cli) -> None:
    result = cli("members", "remove", "onboarding-bot", "--yes")
    assert (result.status, result.out) == (2, "")
    assert "your own rights: ORG_OWNER" in result.err
    assert "--force" in result.err
    assert not any(request.startswith(REMOVE) for request in cli.requests)
    assert cli("members", "remove", "onboarding-bot", "--yes", "--force").status == 0


def test_the_last_owner_needs_force(cli: Cli, grace: Grace) -> None:
    for owner in cli("members", "list", "--role", "ORG_OWNER", "--json").data:
        cli.demo.store.put_member(grace.org, owner["userId"], ("ORG_OWNER_VIEWER",), owner["userId"])
    grace.give("ORG_OWNER")
    cli.use("iam-bot")
    arguments = ("members", "set", MEMBER, "ORG_USER_MANAGER", "--yes", "--org", grace.org)
    result = cli(*arguments)
    assert (result.status, grace.roles) == (2, ("ORG_OWNER",))
    assert "the last ORG_OWNER" in result.err
    assert cli(*arguments, "--force").status == 0
    assert grace.roles == ("ORG_USER_MANAGER",)


def test_no_user_is_asked_about_what_would_be_refused(
    cli: Cli, grace: Grace, type_at_terminal: TypeAtTerminal
) -> None:
    user = type_at_terminal(b"y\ny\ny\ny\n")
    set_, remove = ("members", "set", MEMBER, "ORG_USER_MANAGER"), ("members", "remove", MEMBER)
    for command in (set_, remove, ("members", "remove", "onboarding-bot")):
        assert cli(*command, "--read-only", at_terminal=user).status == 2
    assert cli("members", "remove", "onboarding-bot", at_terminal=user).status == 2
    cli.use("viewer-bot")
    for command in (set_, remove):
        result = cli(*command, at_terminal=user)
        assert (result.status, result.out) == (1, "")
        assert "org.member." in result.err
    assert "[y/N]" not in user.echoed_and_asked
    assert not grace.wrote


class _OtherAdmin(Local):
    """Gives the member another role right before our request number ``before`` is answered."""

    def __init__(self, grace: Grace, before: int | None) -> None:
        super().__init__(grace.cli.demo)
        self.asked, inner = self.requests, self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            if len(self.asked) == before:
                grace.give(*grace.roles, "ORG_PROJECT_CREATOR")
            await inner(scope, receive, send)

        self.app = app

    @property
    def write(self) -> int | None:
        """The number of the request that wrote."""
        written = [at for at, request in enumerate(self.asked) if request.startswith((CHANGE, REMOVE))]
        return written[0] if written else None


def undisturbed(grace: Grace, *arguments: str) -> int:
    """The number of the request that writes; the roles are as before, then."""
    grace.cli.local = alone = _OtherAdmin(grace, None)
    before = grace.roles
    assert grace.cli("members", *arguments, "--yes").status == 0
    assert alone.write is not None
    grace.give(*before)
    return alone.write


@pytest.mark.parametrize(
    "arguments",
    [("set", MEMBER, "ORG_USER_MANAGER"), ("remove", MEMBER), ("remove", MEMBER, "ORG_OWNER_VIEWER")],
)
def test_another_admin_at_any_step_loses_nothing(cli: Cli, grace: Grace, arguments: tuple[str, ...]) -> None:
    """Before every request but the write itself, which the server does without comparing."""
    write = undisturbed(grace, *arguments)
    assert write > 4
    for before in range(write):
        grace.give("ORG_OWNER_VIEWER", "ORG_USER_MANAGER")
        cli.local = other_admin = _OtherAdmin(grace, before)
        result = cli("members", *arguments, "--yes", "--json")
        if result.status:
            assert (result.status, result.out, other_admin.write) == (1, "", None)
            assert "ORG_PROJECT_CREATOR" in grace.roles
            assert "changed meanwhile" in result.err
            assert "ORG_PROJECT_CREATOR" in result.err.partition("is now")[2]
        else:  # it had happened when the roles were read, so it was seen
            assert "ORG_PROJECT_CREATOR" in (*grace.roles, *result.data["before"])


def test_the_three_states_are_shown(cli: Cli, grace: Grace, type_at_terminal: TypeAtTerminal) -> None:
    arguments = ("set", MEMBER, "ORG_USER_MANAGER")
    last_look = undisturbed(grace, *arguments) - 1
    cli.local = _OtherAdmin(grace, last_look)
    result = cli("members", *arguments, "--yes")
    lines = [line.split() for line in result.err.splitlines() if line.startswith("  ")]
    assert lines == [
        ["you", "saw", "ORG_USER_MANAGER", "ORG_OWNER_VIEWER"],
        ["is", "now", "ORG_USER_MANAGER", "ORG_PROJECT_CREATOR", "ORG_OWNER_VIEWER"],
        ["you", "want", "ORG_USER_MANAGER"],
    ]


@pytest.mark.parametrize("call", [f"{CHANGE}*", f"{REMOVE}*"])
def test_a_lost_answer_is_looked_up(cli: Cli, grace: Grace, call: str) -> None:
    cli.demo.faults.add(Fault("withheld"), call)
    roles = ("ORG_USER_MANAGER",) if call.startswith(CHANGE) else ()
    verb = "set" if roles else "remove"
    before = grace.roles
    result = cli("members", verb, MEMBER, *roles, "--yes", "--json")
    assert (result.status, grace.roles) == (0, roles)
    assert result.data["settled"] is True
    assert result.data["before"] == list(before)


@pytest.mark.parametrize("arguments", [("set", MEMBER, "ORG_USER_MANAGER"), ("remove", MEMBER)])
def test_a_refused_write_changes_nothing_and_says_so(
    cli: Cli, grace: Grace, arguments: tuple[str, ...]
) -> None:
    cli.use("viewer-bot")
    before = grace.roles
    result = cli("members", *arguments, "--yes")
    assert (result.status, result.out, grace.roles) == (1, "", before)
    assert "org.member." in result.err


def test_a_record_that_could_not_be_completed_is_a_warning(
    cli: Cli, grace: Grace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    journal = Journal(tmp_path)
    monkeypatch.setattr(Session, "journal", property(lambda session: journal))

    async def fails(journal: Journal, record: Record) -> str:
        return "The result could not be recorded."

    monkeypatch.setattr(Journal, "conclude", fails)
    result = cli("members", "remove", MEMBER, "--yes", "--json")
    assert (result.status, result.data["roles"], grace.roles) == (0, [], ())
    assert "warning: The result could not be recorded." in result.err
