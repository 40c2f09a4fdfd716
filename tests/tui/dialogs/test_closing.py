"""Dialogs in a burst of keys: each is closed once, by itself, and what appears by itself waits."""

import asyncio

import pytest

from tests.tui.app_pages import Page, signed_in
from tests.tui.features.members.editing import assigning, open_roles, stored, toggle
from tests.tui.pages import holder_of, members_read
from zitadel_tui.failure import Failure
from zitadel_tui.tui.dialogs.base import Dialog, TextDialog, ask, ask_when_free
from zitadel_tui.tui.dialogs.choose_user import ChooseUser
from zitadel_tui.tui.dialogs.confirm import Confirm, TypedName, to_type
from zitadel_tui.tui.dialogs.job_result import JobResultDialog
from zitadel_tui.tui.features.connect.view import ConnectScreen

ENTER, ESCAPE, DOWN, PALETTE, CTRL_S = "\r", "\x1b", "\x1b[B", "\x10", "\x13"


def screens(page: Page) -> list[str]:
    return [type(screen).__name__ for screen in page.app.screen_stack]


async def test_two_enters_in_the_palette_run_one_action() -> None:
    async with members_read() as page:
        assert page.app.current_theme.dark
        await page.burst(f"{PALETTE}theme{ENTER}{ENTER}")  # the second opens the user under the cursor
        await page.sees("Project roles")
        assert not page.app.current_theme.dark
        assert screens(page)[1:] == []


async def test_two_enters_on_a_user_who_was_found_edit_no_role() -> None:
    async with members_read() as page:
        await page.press("a")
        await page.type("grace")
        await page.until(lambda: isinstance(page.app.screen, ChooseUser) and page.app.screen._users)
        user = page.app.screen._users[0].id if isinstance(page.app.screen, ChooseUser) else ""
        before = await stored(page, user)
        await page.burst(ENTER * 3)
        await assigning(page)
        assert screens(page)[1:] == ["EditRoles"]
        assert await stored(page, user) == before


async def test_a_typed_name_is_answered_once() -> None:
    async with members_read() as page:
        dialog = TypedName(["Last owner."], page.app.account, "1")
        answer = ask(page.app, dialog)
        await page.quiet()
        await page.burst(f"Acme Corp{ENTER}{ENTER}{ENTER}")
        assert await answer is True
        assert screens(page)[1:] == []


@pytest.mark.parametrize("typed", ["", " ", "Acme", "acme corp"])
async def test_a_typed_name_that_is_not_the_name_does_nothing(typed: str) -> None:
    async with members_read() as page:
        answer = ask(page.app, TypedName(["Last owner."], page.app.account, "1"))
        await page.quiet()
        await page.burst(f"{typed}{ENTER}")
        await page.sees("That is not the name of the organization. Nothing was done.")
        assert not answer.done()


@pytest.mark.parametrize(
    ("name", "org_id", "expected"),
    [
        ("Acme Corp", "7", ("the name of the organization", "Acme Corp")),
        ("", "7", ("the id of the organization", "7")),
        (" \t", "7", ("the id of the organization", "7")),
        ("Ac\x1b[31mme", "7", ("the id of the organization", "7")),
        ("", "", ("the id of the user", "42")),
    ],
)
def test_what_has_to_be_typed_is_never_empty(name: str, org_id: str, expected: tuple[str, str]) -> None:
    assert to_type(name, org_id, "42") == expected


async def test_a_dialog_closes_once_and_only_itself() -> None:
    async with signed_in() as page:
        below, above = (TextDialog(word, word, called=word) for word in ("below", "above"))
        answers = [ask(page.app, dialog) for dialog in (below, above)]
        await page.quiet()
        below.close(None)  # while it is covered
        below.close(None)
        await page.quiet()
        assert screens(page)[1:] == ["TextDialog", "TextDialog"]
        assert not below.is_open
        above.close(None)
        above.close(None)
        await page.until(lambda: screens(page)[1:] == [])
        await asyncio.gather(*answers)


async def test_save_twice_asks_one_question_and_starts_one_change_of_several() -> None:
    async with members_read() as page:
        await page.press("end", "up", "up", "up", "space", "space", "e")
        await page.until(lambda: isinstance(page.app.screen, Dialog) and "ORG_OWNER_VIEWER" in page.text)
        await toggle(page, "ORG_OWNER_VIEWER")
        await page.burst(CTRL_S * 3)
        assert screens(page)[1:] == ["JobResultDialog"]
        await page.press("escape", "e")
        assert not isinstance(page.app.screen, JobResultDialog)


async def test_save_twice_asks_one_question_for_one() -> None:
    async with members_read() as page:
        person = holder_of(page, "ORG_OWNER")
        await open_roles(page, person.user_id)
        await toggle(page, "ORG_OWNER")
        await page.burst(CTRL_S * 3)
        assert screens(page)[1:] == ["EditRoles", "Confirm"]
        await page.burst(f"n{CTRL_S}")
        assert screens(page)[1:] == ["EditRoles", "Confirm"]
        assert await stored(page, person.user_id) == ("ORG_OWNER",)


async def test_enter_in_a_list_of_roles_changes_no_check_mark() -> None:
    async with members_read() as page:
        person = holder_of(page, "ORG_OWNER")
        screen = await open_roles(page, person.user_id)
        await page.burst(ENTER)
        await page.told("Nothing has changed yet")
        assert screen.choice.wanted == ("ORG_OWNER",)


async def test_a_click_checks_the_role_under_it() -> None:
    async with members_read() as page:
        person = holder_of(page, "ORG_OWNER")
        screen = await open_roles(page, person.user_id)
        row = screen.roles.index("ORG_OWNER_VIEWER")
        await page.pilot.click(screen._table, offset=(10, row + 1))
        assert screen.choice.added == ("ORG_OWNER_VIEWER",)


async def test_an_action_that_runs_does_not_begin_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with members_read() as page:
        begun: list[str] = []
        go_on = asyncio.Event()

        async def copy(called: str, text: str) -> None:
            begun.append(called)
            await go_on.wait()

        monkeypatch.setattr(page.app, "copy", copy)
        await page.burst("yyy")
        await page.told("“copy” is still running")
        assert len(begun) == 1
        go_on.set()
        await page.until(lambda: not page.app.running)
        await page.burst("y")
        assert len(begun) == 2


async def test_what_appears_by_itself_waits_for_dialogs_and_for_typing() -> None:
    async with members_read() as page:
        await page.burst("/ab")
        by_itself = Confirm("Remove anyway?", [], verb="Remove")
        answer = ask_when_free(page.app, by_itself)
        await page.burst("ya")
        assert not isinstance(page.app.screen, Confirm)
        await page.burst(f"{ESCAPE}?")
        page.app.prompts._look()
        assert screens(page)[1:] == ["HelpDialog"]
        await page.burst(ESCAPE)
        await page.until(lambda: page.app.screen is by_itself)
        await page.burst("y")
        assert await answer is True
        assert page.app.prompts._timer is None


async def test_a_question_of_a_dialog_waits_for_what_covers_it() -> None:
    async with members_read() as page:
        text = TextDialog("text", "text", called="text")
        ask(page.app, text)
        cover = TextDialog("cover", "cover", called="cover")
        ask(page.app, cover)
        question = Confirm("Remove them?", [], verb="Remove")
        ask_when_free(page.app, question, over=text)
        await page.quiet()
        assert page.app.screen is cover
        cover.close(None)
        await page.until(lambda: page.app.screen is question)


async def test_a_sign_in_that_fails_does_not_cover_a_palette_in_use() -> None:
    async with members_read() as page:
        await page.burst(f"{PALETTE}a")
        for _ in range(2):
            page.app.sign_in_failed(Failure("The server rejected the key."))
        await page.quiet()
        assert screens(page)[1:] == ["Palette"]
        await page.burst(ESCAPE)
        await page.until(lambda: isinstance(page.app.screen, ConnectScreen))
        assert screens(page)[1:] == ["ConnectScreen"]
