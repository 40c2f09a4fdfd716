"""Passkey links, QR codes and mails sent again."""

from collections.abc import Callable

import pytest

from tests.cli.conftest import MEMBER, Cli
from tests.cli.test_changes import IMPORT
from zitadel_tui.core import qr
from zitadel_tui.demo.faults import Fault
from zitadel_tui.text import cells

pytestmark = pytest.mark.usefixtures("grace")

LINK = "POST /management/v1/users/*/passwordless/_link"


def test_a_link_is_made_and_how_long_it_lasts_is_reported(cli: Cli) -> None:
    result = cli("users", "link", MEMBER)
    assert result.status == 0, result
    assert result.lines[1].startswith("https://demo.zitadel.example/ui/login/")
    assert "valid until" in result.lines[2]
    data = cli("users", "link", MEMBER, "--json").data
    assert data["link"].startswith("https://")
    assert data["link"] != result.lines[1]
    assert data["expiration"] == "3600s"
    assert data["userId"] in data["link"]
    assert data["details"]["resourceOwner"]


@pytest.mark.parametrize("width", [None, 80])
def test_a_link_is_drawn(cli: Cli, monkeypatch: pytest.MonkeyPatch, width: int | None) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    result = cli("users", "link", MEMBER, "--qr", width=width)
    drawing = [line for line in result.lines if "▄" in line]
    assert drawing
    assert ("\x1b[97;40m" in result.out) == (width is not None)
    plain = [line.replace("\x1b[97;40m", "").replace("\x1b[0m", "") for line in drawing]
    assert plain == [line for line in qr.lines(result.lines[1]) if "▄" in line]


def test_half_a_drawing_is_none(cli: Cli) -> None:
    result = cli("users", "link", MEMBER, "--qr", width=40)
    assert (result.status, len(result.lines)) == (0, 3)
    assert "columns" in result.err


def test_a_link_that_no_code_can_hold_is_reported_anyway(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def overflow(text: str) -> list[str]:
        raise ValueError

    monkeypatch.setattr(qr, "lines", overflow)
    result = cli("users", "link", MEMBER, "--qr")
    assert (result.status, len(result.lines)) == (0, 3)
    assert "too long for a QR code" in result.err


def test_the_drawing_is_the_code() -> None:
    """Read back module by module, against the library's own matrix."""
    import segno

    text = "https://zitadel.example/" + "x" * 180
    lines = qr.lines(text)
    light = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    rows = [[light[cell][half] for cell in line] for line in lines for half in (0, 1)]
    code = segno.make(text, error="l", micro=False, boost_error=False)
    wanted = [[1 - bool(module) for module in row] for row in code.matrix_iter(border=2)]
    assert rows[: len(wanted)] == wanted
    assert {cells(line) for line in lines} == {len(wanted[0])}
    assert len(wanted[0]) <= 80


def test_a_drawing_is_not_data(cli: Cli) -> None:
    result = cli("users", "link", MEMBER, "--qr", "--json")
    assert (result.status, result.out) == (2, "")
    assert not any(request.endswith("_link") for request in cli.requests)


def test_a_link_whose_answer_was_lost_is_lost(cli: Cli) -> None:
    cli.demo.faults.add(Fault("withheld"), LINK)
    result = cli("users", "link", MEMBER)
    assert (result.status, result.out) == (4, "")
    assert "the answer with it was lost" in result.err


def test_another_link_is_pointed_to_when_that_of_an_import_is_lost(cli: Cli) -> None:
    cli.demo.faults.add(Fault("withheld"), IMPORT)
    body = ("--first-name", "Ada", "--last-name", "L", "--email", "ada.l@acme.example")
    result = cli("users", "import", *body, "--passkey-link", "--json")
    assert result.status == 0
    assert result.data["settled"] is True
    assert f"zitadel-tui --demo users link {result.data['userId']}" in result.err


def test_a_mail_is_sent_again_to_who_needs_one_only(cli: Cli, person: Callable[..., str]) -> None:
    assert cli("users", "import", "--from", person("newcomer", password="")).status == 0
    result = cli("users", "resend", "newcomer@acme.example", "--json")
    assert result.status == 0
    assert set(result.data) == {"userId", "changed", "settled", "details"}
    assert "was sent" in cli("users", "resend", "newcomer").out
    refused = cli("users", "resend", MEMBER)
    assert (refused.status, refused.out) == (1, "")


def test_without_permission_the_message_names_it(cli: Cli) -> None:
    cli.use("viewer-bot")
    for command in ("link", "resend"):
        result = cli("users", command, MEMBER)
        assert (result.status, result.out) == (1, "")
        assert "user." in result.err


def test_several_users_are_listed_and_nothing_is_made(cli: Cli, person: Callable[..., str]) -> None:
    for name in ("twin.one", "twin.two"):
        path = person(name, email={"email": "twin@acme.example", "isEmailVerified": True})
        assert cli("users", "import", "--from", path).status == 0
    for command in ("link", "resend"):
        result = cli("users", command, "twin@acme.example")
        assert (result.status, result.out) == (2, "")
        assert "twin.two" in result.err
