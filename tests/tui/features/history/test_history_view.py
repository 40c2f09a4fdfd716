"""The History view: changes when they end, details of one, all changes of a user."""

import asyncio
import csv
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.demo_clients import id_of
from tests.hostile import ALL
from tests.tui.app_pages import Page, demo, signed_in
from tests.tui.pages import control_characters, under_cursor
from zitadel_tui.core import history, journal
from zitadel_tui.core.changes import AddRoles, Change, ImportUser, ResendInitialization
from zitadel_tui.core.journal import DONE, UNKNOWN, MemoryJournal, Record
from zitadel_tui.core.onboard.records import ONBOARDING, Header
from zitadel_tui.core.onboard.run_files import RunFiles
from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure
from zitadel_tui.text import cells
from zitadel_tui.tui.features.history.view import HistoryView
from zitadel_tui.tui.widgets.panel import Panel
from zitadel_tui.tui.widgets.table import RecordTable
from zitadel_tui.zitadel.wire.users import Email, ImportHuman, Profile

ROLE = "ORG_SETTINGS_MANAGER"
GUEST = "mindy@globex.example"


def view(page: Page) -> HistoryView:
    shown = page.app.view
    assert isinstance(shown, HistoryView)
    return shown


def table(page: Page) -> RecordTable:
    return view(page)._table


def details(page: Page) -> str:
    return view(page).query_one("#entry", Panel).plain


def record(page: Page, *records: Record) -> None:
    """Records of an earlier session."""
    assert page.app.session is not None
    kept = page.app.session.journal
    assert isinstance(kept, MemoryJournal)
    kept.lines += map(journal.to_line, records)


def intent(page: Page, entry: str, **fields: Any) -> Record:
    account = page.app.account
    assert account is not None
    defaults = {
        "kind": "add roles",
        "what": f"Change {entry}.",
        "instance": page.demo.origin,
        "organization": account.org_id,
    }
    return Record(entry=entry, **{**defaults, **fields})


async def applied(page: Page, change: Change) -> str:
    """The id of the user after a change that this app makes."""
    return (await page.app.pending.apply(change)).user_id


async def open_history(page: Page) -> None:
    await page.until(lambda: page.app.account is not None)
    await page.press("6")
    await page.until(lambda: view(page)._reading.records is not None)


async def imported(page: Page) -> str:
    """The id of an initial user who was just imported."""
    body = ImportHuman(
        user_name="new.comer",
        profile=Profile(first_name="New", last_name="Comer"),
        email=Email(email="new@comer.test"),
    )
    return await applied(page, ImportUser(body))


async def test_changes_appear_as_they_end_and_one_is_shown_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with signed_in(demo(lag=(0.0, 0.0))) as page:
        await open_history(page)
        await page.sees("No change was made here with this program yet.", "a shows those to other servers")
        user = id_of(page.demo, GUEST)
        await applied(page, AddRoles(user, (ROLE,), who="Mindy Q"))
        await page.sees("1 change · by time ▼", "✓ done", "Mindy Q")
        assert "Mindy Q" in under_cursor(page)
        await page.press("enter")
        await page.sees("roles after", ROLE)
        assert f"zitadel-tui members add {user} {ROLE}" in " ".join(details(page).split())
        await page.press("y")
        entry = view(page).entry
        assert entry is not None
        await page.told("The id of the change")
        await page.press("c")
        await page.sees("curl", "/orgs/me/members")
        await page.press("escape", "escape", "w")
        await page.told("Written to")
        (written,) = tmp_path.glob("history-*.csv")
        (row,) = csv.DictReader(written.read_text().splitlines())
        assert (row["entry"], row["outcome"], row["userId"]) == (entry.id, DONE, user)


async def test_all_changes_of_a_user_are_shown_with_what_the_server_recorded() -> None:
    async with signed_in(demo(lag=(0.0, 0.0))) as page:
        await page.until(lambda: page.app.account is not None)
        user = await imported(page)
        page.demo.store.push(user, "user.human.profile.changed", id_of(page.demo, GUEST))
        await applied(page, AddRoles(user, (ROLE,), who="New Comer"))
        await open_history(page)
        await page.sees("2 changes")
        await page.press("slash", *"import", "enter")
        await page.sees("1 shown of 2")
        await page.press("h")
        await page.sees("3 changes", "ORIGIN", "both", "server", "User profile changed", GUEST[:5])
        await page.press("down")
        assert view(page).entry is None
        assert view(page).reason_against("history.user") == "Only the server recorded this change."
        await page.press("enter")
        assert "On the server" in details(page)
        await page.press("escape", "escape")
        await page.sees("1 shown of 2", "USER")
        await page.press("1")
        await page.until(lambda: page.app.members.roster is not None)
        page.app.view.jump(user_id=user)
        await page.until(lambda: "New Comer" in under_cursor(page))
        await page.press("h")
        await page.sees("3 changes", "ORIGIN")


async def test_while_a_change_is_written_one_reading_does_not_lead_to_the_next() -> None:
    async with signed_in() as page:
        await open_history(page)
        let = threading.Event()

        async def work(session: Session) -> None:
            await asyncio.to_thread(let.wait)

        page.app.network.submit_write(work, then=lambda nothing: None, failed=page.app.show_failure)
        reading = view(page)._reading
        before, records = reading._turn, reading.records
        try:
            await page.press("r")
            await page.until(lambda: reading.records is not records)
            await page.quiet()
            assert reading._turn == before + 1
            view(page)._grow_older()
            assert reading._turn == before + 2
        finally:
            let.set()


async def test_a_change_without_a_known_outcome_stands_out_and_can_be_checked() -> None:
    async with signed_in(demo(lag=(0.0, 0.0))) as page:
        await page.until(lambda: page.app.account is not None)
        user = await imported(page)
        await applied(page, ResendInitialization(user, who="New Comer"))
        await open_history(page)
        await page.sees("2 changes")
        assert "t check" not in page.text
        assert view(page).reason_against("history.check") == "The outcome is known: done."
        entry = view(page).entry
        assert entry is not None
        record(page, Record(entry=entry.id, outcome=UNKNOWN, sentence="The connection dropped."))
        await page.press("r")
        await page.sees("1 change without a known outcome: outcome:unknown", "? unknown", "t check")
        await page.press("slash", *"outcome:unknown", "enter", "enter")
        await page.sees("It is not known whether this change was made", "t checks it now")
        await page.press("t")
        await page.told("The answer was lost, but the mail to New Comer was sent.")
        await page.press("escape", "escape")
        await page.sees("2 changes", "✓ done")
        assert "unknown finds" not in page.text


async def test_a_run_is_one_line_and_a_filter_also_finds_its_rows(demo_runs: Path) -> None:
    async with signed_in(demo(lag=(0.0, 0.0))) as page:
        await page.until(lambda: page.app.account is not None)
        header = Header(instance=page.demo.origin, organization=intent(page, "x").organization)
        files = RunFiles.create(demo_runs, header, ())
        change = journal.to_line(intent(page, "aaaaaaaaaaa1", kind="import user", row=1, name="Ada"))
        (files.place / "journal.jsonl").write_bytes(b'{"change":' + change.rstrip() + b"}\n")
        files.close()
        record(page, intent(page, files.id, kind=ONBOARDING, what="Onboard 1 user.", run=files.id))
        await open_history(page)
        await page.sees("1 change ·", "… not ended", "Onboard 1 user.", "l rows")
        assert "Ada" not in page.text
        await page.press("l")
        await page.sees("Ada", "2 shown of 2", f"run:{files.id}")
        await page.press("escape")
        await page.sees("1 change ·")
        await page.press("slash", *"ada")
        await page.sees("1 shown of 2", "? no result")
        await page.press("enter")
        assert "Resume the onboarding run" in (view(page).reason_against("history.check") or "")


async def test_changes_elsewhere_are_shown_on_request_with_their_place() -> None:
    async with signed_in(demo(lag=(0.0, 0.0))) as page:
        await page.until(lambda: page.app.account is not None)
        record(page, intent(page, "aaaaaaaaaaa1", instance="https://id.other.example", user="4711"))
        await open_history(page)
        await page.sees("No change was made here")
        await page.press("a")
        await page.sees("id.other.example: Change")
        assert "another server" in (view(page).reason_against("history.server") or "")
        assert "another organization" in (view(page).reason_against("history.check") or "")
        await page.press("s", "s", "S")
        await page.sees("by outcome ▼")


async def test_hostile_records_are_harmless_in_the_smallest_terminal() -> None:
    async with signed_in(demo(lag=(0.0, 0.0)), size=(60, 16)) as page:
        await page.until(lambda: page.app.account is not None)
        texts = [text for text in ALL if text]
        for number, text in enumerate(texts):
            entry = f"e{number}{text}"
            record(
                page,
                intent(page, entry, user=text, name=text, what=text, kind=text, run=text, wanted={"x": text}),
                Record(entry=entry, outcome=text, sentence=text, error=text, before=(text,), after=(text,)),
            )
        await open_history(page)
        await page.until(lambda: table(page).row_count == len(texts))
        for _ in range(len(texts) // 8 + 1):
            assert not control_characters(page)
            await page.press("enter")
            assert not control_characters(page)
            await page.press("end", "escape", "pagedown")
        assert all(cells(line) <= 60 for line in page.lines)


async def test_a_failure_to_read_is_shown_with_the_key_that_retries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with signed_in(demo(lag=(0.0, 0.0))) as page:
        await page.until(lambda: page.app.account is not None)

        def refuse(*arguments: object) -> None:
            raise Failure("The record of changes cannot be read.", "Check its permissions.")

        with monkeypatch.context() as patch:
            patch.setattr(history, "entries", refuse)
            await page.press("6")
            await page.sees("Could not read the history", "Check its permissions.", "r tries again")
        await page.press("r")
        await page.sees("No change was made here")
