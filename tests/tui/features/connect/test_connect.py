"""Connect: nobody is left without a reason, a next step and a way out; what was typed stays."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from tests.sockets import closed_origin
from tests.tui.app_pages import Account, Page, demo, signed_in, started
from tests.tui.pages import all_read, holder_of, members_read, rows
from zitadel_tui.core import changes
from zitadel_tui.core.changes import Applied, Change, SetRoles
from zitadel_tui.core.session import Session
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.serve import answer, listen
from zitadel_tui.demo.server import Demo
from zitadel_tui.secret import Secret
from zitadel_tui.settings import KeyFileSource, Settings
from zitadel_tui.tui.features.connect.view import ConnectScreen

DOWN, ALSO_DOWN = closed_origin(), closed_origin()


@asynccontextmanager
async def served(server: Demo) -> AsyncIterator[str]:
    """The demo on a port of this machine: its origin."""
    listener = listen("127.0.0.1", 0)
    server.origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    stop = asyncio.Event()
    serving = asyncio.create_task(answer(server, listener, stop.wait))
    try:
        yield server.origin
    finally:
        stop.set()
        await serving


def fields(page: Page) -> tuple[Input, Input]:
    screen = page.app.screen
    return screen.query_one("#address", Input), screen.query_one("#key-file", Input)


async def connect_shown(page: Page) -> None:
    await page.until(lambda: isinstance(page.app.screen, ConnectScreen) and page.app.screen.is_mounted)


async def test_nothing_set_up_is_no_dead_end() -> None:
    async with started(Settings(), demo()) as page:
        await connect_shown(page)
        await page.sees("No address and no key file are set", "demo", "quit", "Address", "Key file")
        assert page.app.focused is fields(page)[0]
        await page.press("ctrl+t")
        await page.until(lambda: page.app.account is not None and not page.app.screen.is_modal)
        await page.sees("DEMO", "Acme Corp")


async def test_outside_of_a_field_single_keys_work() -> None:
    async with started(Settings(), demo()) as page:
        await connect_shown(page)
        await page.press("t")
        assert fields(page)[0].value == "t"
        await page.press("escape", "t")
        await page.until(lambda: page.app.account is not None)


async def test_q_quits_outside_of_a_field() -> None:
    async with started(Settings(), demo()) as page:
        await connect_shown(page)
        await page.press("escape", "q")
    assert page.app.return_code == 0


async def test_bad_address_missing_key_then_it_works(clean_machine: Path) -> None:
    server = demo()
    async with served(server) as origin, started(Settings(), server) as page:
        await connect_shown(page)
        await page.press("enter")
        await page.sees("The address is empty.")
        await page.type("htp://nowhere")
        await page.press("enter")
        await page.sees("The address has the scheme htp.")
        address, key_file = fields(page)
        assert page.app.focused is address
        address.value = origin
        await page.press("enter")
        await page.sees("The key file is empty.")
        assert page.app.focused is key_file
        await page.type("key.json")
        await page.press("enter")
        await page.sees("does not exist")
        assert (address.value, key_file.value) == (origin, "key.json")
        Path("key.json").write_bytes(server.key_file())
        await page.press("enter")
        await page.until(lambda: page.app.account is not None and not page.app.screen.is_modal)
        assert page.app.settings.domain == origin
        await page.sees("Acme Corp", origin)
    assert sorted(path.name for path in Path().iterdir()) == ["key.json"]


class WrongKeyFirst(Account):
    """Presents the key of another instance until it is told better."""

    def __init__(self, server: Demo, other: Demo) -> None:
        super().__init__(server, "onboarding-bot")
        self._other: Demo | None = other

    def key_file(self) -> bytes:
        if self._other is not None:
            other, self._other = self._other, None
            return other.key_file("viewer-bot")
        return super().key_file()


async def test_a_refused_key_says_so_and_enter_tries_again() -> None:
    server = demo()
    local = WrongKeyFirst(server, Demo(seed=2))
    async with started(Settings(demo=True), server, local=local) as page:
        await connect_shown(page)
        await page.sees("Cannot sign in to the demo")
        assert "PRIVATE" not in page.text
        assert "loading" not in page.text
        await page.press("ctrl+t")
        await page.until(lambda: page.app.account is not None and not page.app.screen.is_modal)


async def test_a_try_that_hangs_is_not_waited_for() -> None:
    server = demo()
    server.faults.add(Fault("hang"), times=0)
    async with started(Settings(), server) as page:
        await connect_shown(page)
        await page.press("ctrl+t")
        await page.sees("Signing in to the demo")
        await page.until(lambda: page.app.session is not None)
        server.faults.clear()
        await page.press("ctrl+t")
        await page.until(lambda: page.app.account is not None and not page.app.screen.is_modal)


async def test_settings_fill_the_fields_and_no_secret_is_shown(tmp_path: Path) -> None:
    settings = Settings(domain=DOWN, timeout=0.3, access_token=Secret("hunter2"))
    async with started(settings, demo()) as page:
        await connect_shown(page)
        await page.sees(f"Cannot sign in to {DOWN}", "an access token is set")
        assert fields(page)[0].value == DOWN
        assert "hunter2" not in page.text
        await page.press("enter")
        await page.until(lambda: "Signing in" not in page.text)
        await page.sees("an access token is set")


@pytest.mark.parametrize(
    "credential",
    [{"access_token": Secret("hunter2")}, {"key_file": KeyFileSource(None, "option --key-file")}],
)
async def test_another_address_does_not_get_the_credential_of_this_one(credential: dict[str, Any]) -> None:
    settings = Settings(domain=DOWN, timeout=0.3, **credential)
    async with started(settings, demo()) as page:
        await connect_shown(page)
        fields(page)[0].value = ALSO_DOWN
        await page.press("enter")
        await page.sees("The key file is empty.")


async def test_another_address_takes_nothing_else_of_this_one_along() -> None:
    before = Settings(
        domain=DOWN,
        timeout=0.3,
        org="1",
        token_url=f"{DOWN}/oauth/v2/token",
        key_file=KeyFileSource(Path("/gone.json"), "test"),
    )
    async with started(before, demo()) as page:
        await connect_shown(page)
        fields(page)[0].value = ALSO_DOWN
        await page.press("enter")
        await page.until(lambda: page.app.settings.domain == ALSO_DOWN)
        assert (page.app.settings.org, page.app.settings.token_url) == (None, None)
        await page.sees("does not exist")


async def test_signed_in_already_it_can_be_left() -> None:
    async with signed_in() as page:
        page.app.show_connect(None)
        await connect_shown(page)
        await page.press("escape", "escape")
        await page.until(lambda: not page.app.screen.is_modal)
        assert page.app.account is not None


async def test_signed_in_but_not_told_who_we_are_is_no_reason_to_connect() -> None:
    server = demo()
    server.faults.add(Fault(status=500), "GET /auth/v1/users/me", times=0)
    async with started(Settings(demo=True), server) as page:
        await page.until(lambda: page.app.views["members"].count)
        await page.sees("account not known")
        assert not page.app.screen.is_modal
        server.faults.clear()
        await page.press("r")
        await page.until(lambda: page.app.account is not None)


@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
async def test_everything_needed_is_in_sight(size: tuple[int, int]) -> None:
    async with started(Settings(), demo(), size=size) as page:
        await connect_shown(page)
        await page.sees("Address", "Key file", "try again", "demo", "quit")


async def test_without_the_demo_it_says_so() -> None:
    async with started(Settings(), demo(), local=None) as page:
        await connect_shown(page)
        await page.press("ctrl+t")
        await page.told("not installed")


async def connect_to(page: Page, origin: str, key_file: str) -> None:
    page.app.show_connect(None)
    await connect_shown(page)
    address, key = fields(page)
    address.value, key.value = origin, key_file
    await page.press("enter")


async def test_a_session_that_works_stays_when_another_one_does_not() -> None:
    async with members_read() as page:
        before = page.app.session
        await connect_to(page, "http://127.0.0.1:9", "gone.json")
        await page.sees("does not exist", "Still signed in to demo.zitadel.example as onboarding-bot")
        await page.press("escape", "escape")
        await page.until(lambda: not page.app.screen.is_modal)
        assert page.app.session is before
        assert page.app.settings.demo
        assert rows(page)
        await page.press("r")
        await page.until(lambda: page.app.members.age == 0 or "just read" in page.lines[1])
        await page.sees("Acme Corp  demo.zitadel.example  onboarding-bot")


async def test_while_another_server_is_tried_the_session_stays_in_use(clean_machine: Path) -> None:
    other = demo()
    other.faults.add(Fault("hang"), times=0)
    Path("key.json").write_bytes(other.key_file())
    async with served(other) as origin, members_read() as page:
        await connect_to(page, origin, "key.json")
        await page.sees(
            f"Signing in to {origin}", "Still signed in to demo.zitadel.example", "until that works"
        )
        await page.press("escape", "escape")
        await page.until(lambda: not page.app.screen.is_modal)
        await page.press("2")
        await page.sees("Held by")
        assert page.lines[0].startswith(" Acme Corp  demo.zitadel.example")
        other.faults.clear()


async def test_a_server_where_the_account_cannot_be_read_does_not_replace_one_that_works(
    clean_machine: Path,
) -> None:
    other = demo()
    other.faults.add(Fault(status=500), "GET /auth/v1/users/me", times=0)
    Path("key.json").write_bytes(other.key_file())
    async with served(other) as origin, members_read() as page:
        await connect_to(page, origin, "key.json")
        await page.sees(f"Cannot sign in to {origin}", "Still signed in to demo.zitadel.example")
        other.faults.clear()
        await page.press("enter")
        await page.until(lambda: not page.app.screen.is_modal)
        assert page.app.settings.domain == origin
        await all_read(page)


async def test_a_write_ends_on_the_session_it_was_sent_with(
    clean_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = demo(lag=(0.0, 0.0)), demo()
    Path("key.json").write_bytes(other.key_file())
    let = threading.Event()
    apply = changes.apply

    async def held(session: Session, change: Change, *, forced: bool = False) -> Applied:
        await asyncio.to_thread(let.wait)
        return await apply(session, change, forced=forced)

    monkeypatch.setattr(changes, "apply", held)
    async with served(other) as origin, members_read(first) as page:
        user = holder_of(page, "ORG_OWNER_VIEWER")
        change = SetRoles(user.user_id, user.roles, ("ORG_OWNER",), who="Grace")
        writing = asyncio.ensure_future(page.app.pending.apply(change))
        await page.until(lambda: page.app.network.writing)
        await connect_to(page, origin, "key.json")
        await page.until(lambda: page.app.settings.domain == origin and page.app.account)
        let.set()
        assert (await writing).after == ("ORG_OWNER",)
        assert not page.app.pending, "it is no user of the organization that is shown now"
        await all_read(page)


async def test_a_server_that_does_not_answer_is_reported_with_the_time_that_is_left() -> None:
    server = demo()
    server.faults.add(Fault("hang"), times=0)
    async with started(Settings(demo=True), server) as page:
        await page.sees("Waiting for", "demo.zitadel.example", "no answer yet", " s.")
        first = page.lines[-2]
        await page.until(lambda: page.lines[-2] != first and "no answer yet" in page.lines[-2])
        server.faults.clear()


async def test_a_server_that_is_down_is_reported_at_once(clean_machine: Path) -> None:
    Path("key.json").write_bytes(demo().key_file())
    source = KeyFileSource(Path("key.json").absolute(), "test")
    settings = Settings(domain="http://127.0.0.1:9", timeout=3.0, key_file=source)
    async with started(settings, demo()) as page:
        await page.sees("Waiting for http://127.0.0.1:9:", "nothing listens there", "trying for another")
        await connect_shown(page)
        await page.until(lambda: "Waiting for" not in page.text)
