"""The Onboard view: check, apply, pause and resume a file of users by keys; its results."""

import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.demo_clients import member_roles
from tests.tui.app_pages import Page, demo, signed_in
from tests.tui.pages import control_characters
from zitadel_tui.core.onboard import progress
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.server import Demo
from zitadel_tui.tui.dialogs.confirm import Confirm
from zitadel_tui.tui.dialogs.quit import QuitDialog
from zitadel_tui.tui.features.onboard.dialogs import FileDialog, RunsDialog, TypedNumber
from zitadel_tui.tui.features.onboard.view import OnboardView
from zitadel_tui.tui.services import onboarding

HEADING = "Benutzername;Vorname;Nachname;E-Mail;Rollen\n"
GOOD = "neu1;Jürg;Müller;juerg@new.test;ORG_USER_MANAGER\nneu2;Käthe;Groß;kaethe@new.test;\n"
BAD = "bad;Bad;Row;no-address;\n"
IMPORT = "POST */_import"


def view(page: Page) -> OnboardView:
    shown = page.app.view
    assert isinstance(shown, OnboardView)
    return shown


async def check(page: Page, text: str, *more: str, encoding: str = "utf-8") -> None:
    """Write a file and check it by keys; ``more`` are keys before the dialog is sent."""
    Path("people.csv").write_bytes(text.encode(encoding))
    await page.until(lambda: page.app.account is not None)
    await page.press("5", "f")
    await page.until(lambda: isinstance(page.app.screen, FileDialog))
    if not page.app.onboarding.path:
        await page.type("people.csv")
    await page.press(*more, "enter")
    await page.until(lambda: not page.app.onboarding.doing)


async def apply(page: Page) -> None:
    await page.press("a")
    await page.until(lambda: isinstance(page.app.screen, Confirm))
    await page.press("y")


async def ended(page: Page) -> None:
    await page.until(lambda: page.app.onboarding.job is None and page.app.onboarding.files is not None)
    await page.quiet()


@asynccontextmanager
async def paused() -> AsyncIterator[Page]:
    """A run of two users that the account may not import."""
    server = demo(lag=(0.0, 0.0))
    server.faults.add(Fault(status=403, id="AUTH-x"), IMPORT, times=0)
    async with signed_in(server) as page:
        await check(page, HEADING + GOOD)
        await apply(page)
        await page.told("The run is paused: This account may not do this")
        yield page


def roles_of(server: Demo, name: str) -> tuple[str, ...] | None:
    user = server.store.user_named(name)
    return None if user is None else member_roles(server, user.id)


async def test_a_file_is_checked_looked_at_applied_and_its_results_are_at_hand() -> None:
    server = demo(lag=(0.0, 0.0))
    async with signed_in(server, size=(120, 40)) as page:
        await check(page, HEADING + GOOD + BAD, "tab", "space")
        await page.sees("3 rows: 2 create, 1 invalid", "✗ invalid", "5 Onboard 3", "assign roles")
        await page.press("slash")
        await page.type("verdict:inv")
        await page.sees("1 shown of 3")
        await page.press("enter", "enter")
        await page.sees("The email needs a form")
        await page.press("escape", "escape")
        assert server.store.user_named("neu1") is None
        await apply(page)
        await ended(page)
        await page.sees("people.csv: 2 done, 1 skipped", "created · ORG_USER_MANAGER · link waits")
        assert (roles_of(server, "neu1"), roles_of(server, "neu2")) == (("ORG_USER_MANAGER",), ())
        await page.press("home", "l")
        await page.sees("The passkey link of neu1", "https://")
        await page.press("escape", "H", "F", "w")
        for told in ("Results with passwords", "1 row written", "/onboarding-"):
            await page.told(told)
        [hand_over], [failed] = list(Path().glob("hand-over-*.csv")), list(Path().glob("people-failed-*.csv"))
        assert hand_over.stat().st_mode & 0o777 == 0o600
        assert hand_over.read_text(encoding="utf-8-sig").count("https://") == 2
        assert failed.read_text() == HEADING + BAD
        [sheet] = list(Path().glob("onboarding-*.csv"))
        rows = csv.DictReader(io.StringIO(sheet.read_text()))
        assert [row["state"] for row in rows] == ["done", "done", "skipped"]
        await page.press("m")
        await page.sees("neu1", "1 shown of")


async def test_a_pause_is_shown_and_ended_by_a_key_while_the_app_keeps_working() -> None:
    async with paused() as page:
        await page.press("2")
        await page.sees("ORG_OWNER", "p continue")
        page.demo.faults.clear()
        await page.press("p")
        await page.until(lambda: page.app.onboarding.job is None)
        assert roles_of(page.demo, "neu1") == ("ORG_USER_MANAGER",)
        assert any("2 rows: 2 done." in told for told in page.messages)


async def test_a_run_that_waits_for_a_server_without_answer_says_so(
    monkeypatch: pytest.MonkeyPatch, impatient: None
) -> None:
    monkeypatch.setattr(progress, "SILENT", 0.001)
    monkeypatch.setattr(onboarding, "_WATCHED_EVERY", 0.01)
    server = demo(lag=(0.0, 0.0))
    async with signed_in(server) as page:
        await check(page, HEADING + GOOD)
        for path in (IMPORT, "POST */users/_search"):
            server.faults.add(Fault(status=503), path, times=0)
        await apply(page)
        await page.sees("! The server does not answer; the run waits for up to 5 min.", "no answer for")
        server.faults.clear()
        await ended(page)
        await page.sees("people.csv: 2 done")


async def test_a_run_that_was_stopped_is_announced_and_resumed() -> None:
    async with paused() as page:
        await page.press("C")
        await ended(page)
        await page.sees("2 pending")
    server = page.demo
    server.faults.clear()
    async with signed_in(server) as page:
        await page.press("5")
        await page.told("The run of people.csv is unfinished: 5 then u")
        await page.press("u")
        await page.until(lambda: isinstance(page.app.screen, RunsDialog))
        await page.sees("unfinished", "2 pending")
        await page.press("m")
        await page.until(lambda: page.app.onboarding.job is not None)
        await ended(page)
        await page.sees("people.csv: 2 done")
        assert roles_of(server, "neu1") == ("ORG_USER_MANAGER",)
        await page.press("u")
        await page.until(lambda: isinstance(page.app.screen, RunsDialog))
        await page.press("x")
        await page.until(lambda: isinstance(page.app.screen, Confirm))
        await page.press("y")
        await page.told("was deleted")


async def test_many_mails_are_confirmed_by_their_number() -> None:
    server = demo(lag=(0.0, 0.0))
    async with signed_in(server) as page:
        rows = "".join(f"many{number};A;B;many{number}@new.test;\n" for number in range(101))
        await check(page, HEADING + rows)
        await page.press("a")
        await page.until(lambda: isinstance(page.app.screen, TypedNumber))
        await page.type("100")
        await page.press("enter")
        await page.sees("That is not the number")
        await page.press("backspace")
        await page.type("1")
        await page.press("enter")
        await ended(page)
        await page.sees("101 done")


async def test_another_encoding_is_asked_for_and_a_wrong_column_can_be_mapped() -> None:
    server = demo(lag=(0.0, 0.0))
    async with signed_in(server) as page:
        await check(page, HEADING + GOOD, encoding="cp1252")
        await page.until(lambda: isinstance(page.app.screen, Confirm))
        await page.sees("Jürg, Müller, Käthe")
        await page.press("y")
        await page.sees("2 rows: 2 create")
        await check(page, "Dept;" + HEADING + "x;neu1;A;B;a@new.test;\n")
        await page.sees("Column 1 has an unknown heading: 'Dept'.", "f tries again")
        await page.press("f", *["tab"] * 6)
        await page.type("Dept=ignore")
        await page.press("enter")
        await page.sees("1 row: 1 create")


async def test_a_missing_permission_is_named_and_nothing_can_be_applied() -> None:
    async with signed_in(demo(lag=(0.0, 0.0)), account="viewer-bot") as page:
        await check(page, HEADING + GOOD)
        await page.sees("This account may not import users (user.write)")
        await page.press("a")
        assert not page.app.screen.is_modal


async def test_quitting_during_a_run_asks_and_stopping_keeps_the_rest_for_later() -> None:
    async with paused() as page:
        await page.press("q")
        await page.until(lambda: isinstance(page.app.screen, QuitDialog))
        await page.press("s")
        await page.until(lambda: page.app._exit)


async def test_hostile_text_of_a_file_stays_text() -> None:
    async with signed_in(demo(lag=(0.0, 0.0))) as page:
        evil = "\x1b]0;x\x07[red]\u202e"
        await check(page, HEADING + f"{evil}a;{evil};{evil};{evil};{evil}\n")
        await page.press("enter")
        assert control_characters(page) == []


async def test_the_template_is_written_once() -> None:
    async with signed_in(demo(lag=(0.0, 0.0)), size=(60, 16)) as page:
        await page.until(lambda: page.app.account is not None)
        await page.press("5")
        await page.sees("chooses a CSV")
        await page.press("t")
        await page.told("people.csv was written")
        page.forget_messages()
        await page.press("t")
        await page.told("it exists already")
