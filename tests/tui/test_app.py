"""The shell as a user meets it: where one is, what the keys do, what is said when they cannot."""

import stat
import threading
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from textual.events import Key
from textual.widgets import Input

from tests.tui.app_pages import Page, demo, signed_in, started
from zitadel_tui import actions
from zitadel_tui.actions import Action
from zitadel_tui.demo.faults import Fault
from zitadel_tui.settings import Settings
from zitadel_tui.tui import themes
from zitadel_tui.tui.app import FEATURES, ZitadelApp
from zitadel_tui.tui.dialogs.base import TextDialog
from zitadel_tui.tui.dialogs.help import HelpDialog
from zitadel_tui.tui.widgets.table import RecordTable


async def members_shown(page: Page) -> None:
    await page.until(lambda: page.app.view.count)


async def test_the_header_says_where_one_is_and_with_what_power() -> None:
    async with signed_in(read_only=True, insecure=True) as page:
        first = page.lines[0]
        assert first.startswith(" Acme Corp  demo.zitadel.example  onboarding-bot ")
        assert all(word in first for word in ("READ-ONLY", "DEMO", "INSECURE"))
        await page.resize(60, 20)
        await page.until(lambda: len(page.lines[0]) == 60)
        assert all(word in page.lines[0] for word in ("READ-ONLY", "DEMO", "INSECURE"))
        assert page.lines[0].startswith(" Acme")


async def test_without_dangers_the_header_names_none() -> None:
    async with signed_in() as page:
        assert "READ-ONLY" not in page.text
        assert "INSECURE" not in page.text


async def test_the_app_is_usable_while_nothing_has_answered() -> None:
    server = demo()
    server.faults.add(Fault("hang"), times=0)
    async with started(Settings(demo=True), server) as page:
        await page.sees("signing in", "1 Members", "2 Roles")
        await page.press("?")
        await page.sees("Show the details of the user under the cursor.")
        await page.press("escape", "2", "1", "q")
    assert page.app.return_code == 0


async def test_the_other_views_are_made_once_the_first_list_is_there() -> None:
    server = demo()
    server.faults.add(Fault("hang"), times=0)
    async with started(Settings(demo=True), server) as page:
        await page.until(lambda: page.app.members.loading)
        assert set(page.app.views) == {"members"}
    async with started(Settings(demo=True), demo(), app=ZitadelApp) as page:
        await page.until(lambda: set(page.app.views) == {feature.id for feature in FEATURES})


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quitting_ends_the_network_thread(key: str) -> None:
    async with signed_in() as page:
        await page.press(key)
    assert not [thread for thread in threading.enumerate() if thread.name == "network"]


@pytest.mark.parametrize("opens", ["c", "?", "ctrl+p"])
async def test_quitting_works_from_inside_a_dialog(opens: str) -> None:
    async with signed_in() as page:
        await members_shown(page)
        await page.press(opens)
        await page.until(lambda: page.app.screen.is_modal)
        await page.press("ctrl+q")
        assert not page.app.is_running or page.app._exit
    assert page.app.return_code == 0


async def test_views_are_switched_by_number_and_by_function_key_from_inside_a_field() -> None:
    async with signed_in() as page:
        await page.press("2")
        assert page.app.view.id == "roles"
        await page.press("1", "/")
        assert isinstance(page.app.focused, Input)
        await page.press("2", "f3")
        assert page.app.view.id == "roles"
        await page.press("f2")
        assert page.app.view.id == "members"
        assert isinstance(page.app.focused, RecordTable)


async def test_what_is_typed_in_one_go_behind_a_key_is_text() -> None:
    """As a slow line delivers it: the field has the focus before the next key is looked at."""
    async with signed_in() as page:
        for key in ("slash", "q", "u", "i", "2"):
            page.app.post_message(Key(key, "/" if key == "slash" else key))
        await page.until(lambda: [field.value for field in page.app.view.query(Input)] == ["qui2"])
        assert page.app.view.id == "members"


async def test_escape_leaves_the_field_first() -> None:
    async with signed_in() as page:
        await page.press("/", "a", "escape")
        assert not isinstance(page.app.focused, Input)
        assert page.app.view.id == "members"


@pytest.mark.parametrize("view", ["members", "roles"])
async def test_help_lists_the_keys_of_where_one_is(view: str) -> None:
    async with signed_in(size=(120, 70)) as page:
        page.app.show_view(view)
        await page.press("f1")
        await page.until(lambda: isinstance(page.app.screen, HelpDialog))
        for action in actions.of(view, "app"):
            for key in action.keys:
                line = next(line for line in page.lines if action.help[:40] in line)
                assert actions.shown_key(key) in line
        others = {"members": "roles", "roles": "members"}[view]
        assert all(action.help not in page.text for action in actions.of(others))
        assert "pagedown" in page.text
        await page.press("escape")
        assert not isinstance(page.app.screen, HelpDialog)


@pytest.mark.parametrize("view", ["members", "roles"])
async def test_every_key_in_the_footer_does_what_it_says(view: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with signed_in() as page:
        await members_shown(page)
        page.app.show_view(view)
        await page.until(lambda: page.app.view.count)
        done: list[str] = []

        def note(action: Action) -> Callable[[], None]:
            return lambda: done.append(action.id)

        monkeypatch.setattr(page.app, "handler", note)
        monkeypatch.setattr(page.app.view, "on_record_table_activated", lambda event: done.append("enter"))
        footer = page.lines[-1]
        for action in page.app.actions_here():
            for key in action.keys:
                if key in ("enter", "ctrl+q") or f" {actions.shown_key(key)} {action.label}" not in footer:
                    continue
                await page.press(key)
                assert done[-1:] == [action.id], key
        assert len(done) >= 4


async def test_what_is_not_possible_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    writing = Action("app.reload", ("r",), "refresh", "Read again.", footer=1, writes=True)
    lacking = Action("app.copy", ("y",), "copy", "Copy.", footer=1, permission="iam.write")
    others = [action for action in actions.ACTIONS if action.id not in (writing.id, lacking.id)]
    monkeypatch.setattr(actions, "ACTIONS", (writing, lacking, *others))
    async with signed_in(read_only=True) as page:
        await page.press("r")
        await page.told("--read-only")
        await page.press("y")
        await page.told("iam.write")
        assert not page.app.screen.is_modal


async def test_the_request_behind_a_view_is_shown_and_copied_without_a_token() -> None:
    async with signed_in() as page:
        await members_shown(page)
        await page.press("c")
        await page.sees("curl -X POST", "members/_search", "$ZITADEL_PAT")
        screen = page.app.screen
        assert isinstance(screen, TextDialog)
        await page.press("y")
        await page.told("The curl command was sent to the clipboard")
        assert page.app.clipboard == screen.text
        assert "Bearer $ZITADEL_PAT" in screen.text
        await page.press("escape")
        assert not page.app.screen.is_modal


async def test_what_is_selected_is_copied_and_reported() -> None:
    async with signed_in() as page:
        await members_shown(page)
        await page.press("y")
        await page.told("was sent to the clipboard")
        assert page.app.clipboard.isdigit()


async def test_where_nothing_can_be_copied_the_text_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")
    async with signed_in() as page:
        await members_shown(page)
        selected = page.app.view.copy_text()
        assert selected is not None
        await page.press("y")
        await page.sees(selected[1], "select it")
        assert page.app.clipboard == ""


async def test_the_list_is_written_as_it_is_filtered(clean_machine: Path) -> None:
    async with signed_in() as page:
        await members_shown(page)
        await page.press("/", *"role:owner", "escape")
        await page.until(lambda: " shown of " in page.text)
        await page.press("w")
        await page.told("Written to", ".csv")
        await page.press("w")
        await page.until(lambda: len(list(Path().glob("*.csv"))) == 2)
    written = sorted(Path().glob("members-*.csv"))
    text = written[0].read_text()
    assert "ORG_OWNER" in text
    assert len(text.splitlines()) < 40
    assert stat.S_IMODE(written[0].stat().st_mode) == 0o600


async def test_a_folder_that_takes_no_file_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    async with signed_in() as page:
        await members_shown(page)

        def full(*args: object, **keywords: object) -> Path:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("zitadel_tui.core.export.write_csv", full)
        await page.press("w")
        await page.told("could not be written", "No space left")


async def test_the_palette_begins_with_what_is_called_as_it_was_typed() -> None:
    async with signed_in() as page:
        await page.press("ctrl+p")
        await page.type("co")
        await page.until(lambda: "sort" in page.text and "refresh" not in page.text)
        assert page.text.index("connect ") < page.text.index("sort ")


async def test_the_palette_finds_and_does() -> None:
    async with signed_in() as page:
        await page.press("ctrl+p")
        await page.type("instance")
        await page.press("backspace", "backspace")
        for _ in "instan":
            await page.press("backspace")
        await page.type("roles what")
        await page.press("enter")
        await page.until(lambda: page.app.view.id == "roles")
        await page.press("ctrl+p", "escape")
        assert not page.app.screen.is_modal


async def test_light_and_dark() -> None:
    async with signed_in() as page:
        assert page.app.current_theme.dark
        await page.press("ctrl+p")
        await page.type("light")
        await page.press("enter")
        await page.until(lambda: not page.app.current_theme.dark)


@pytest.mark.parametrize(("background", "dark"), [("0;15", False), ("15;0", True), ("", True), ("x", True)])
async def test_a_terminal_that_says_it_is_light_gets_light(
    background: str, dark: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLORFGBG", background)
    async with started(Settings(demo=True), demo()) as page:
        assert page.app.current_theme.dark is dark


async def test_the_theme_of_the_settings_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORFGBG", "15;0")
    for theme in themes.THEMES:
        async with started(Settings(demo=True, theme=theme.name), demo()) as page:
            assert page.app.theme == theme.name


async def test_a_theme_that_there_is_not_is_reported() -> None:
    async with started(Settings(demo=True, theme="solarized"), demo()) as page:
        await page.told("There is no theme 'solarized'", "ZITADEL_THEME")
        assert page.app.theme == themes.initial()


async def test_a_terminal_that_is_too_small_says_so_and_loses_nothing() -> None:
    async with signed_in() as page:
        await members_shown(page)
        focused = page.app.focused
        for size in ((59, 24), (80, 15)):
            await page.resize(*size)
            await page.until(lambda: "too small: make it 60×16" in page.lines[0])
            assert page.text.split("\n", 2)[2].strip() == ""
        await page.press("?")
        await page.sees("too small")
        await page.press("escape")
        await page.resize(80, 24)
        await page.until(lambda: "too small" not in page.text)
        assert "Acme Corp" in page.lines[0]
        assert page.app.focused is focused


async def test_no_key_reaches_what_is_behind_a_dialog() -> None:
    async with signed_in() as page:
        await members_shown(page)
        await page.press("c", "2", "r", "q")
        await page.sees("curl")
        assert page.app.view.id == "members"


async def test_a_failed_sentence_from_outside_is_not_markup() -> None:
    async with signed_in() as page:
        page.app.show_message("[/foo] [@click=app.quit]x[/] \x1b]52;c;eA==\x07")
        await page.told("[/foo] [@click=app.quit]x[/] \ufffd]52;c;eA==\ufffd")
        await page.sees("[/foo]")


async def test_a_crash_report_holds_no_local_variable() -> None:
    reports: list[str] = []

    def planted() -> None:
        token = "".join(["hunter", "2"])
        raise RuntimeError(f"bad luck with {len(token)}")

    async def crash() -> None:
        async with started(Settings(demo=True), demo()) as page:
            page.app.call_later(planted)
            await page.quiet()
            console = Console(width=200, file=StringIO())
            with console.capture() as capture:
                console.print(*page.app._exit_renderables)
            reports.extend([capture.get(), str(page.app.return_code)])

    with pytest.raises(RuntimeError, match="bad luck"):
        await crash()
    report, return_code = reports
    assert "RuntimeError: bad luck with 7" in report
    assert "hunter2" not in report
    assert return_code == "1"
