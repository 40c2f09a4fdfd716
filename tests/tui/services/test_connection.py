"""Who the app is signed in as: each try is told once; what works is given up only for what works, too."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from textual.app import App

from tests.tui.app_pages import Account
from tests.tui.services.running import identified, until
from zitadel_tui.core.session import Session
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.server import Demo
from zitadel_tui.failure import Failure
from zitadel_tui.settings import Settings
from zitadel_tui.tui.services.connection import Connection
from zitadel_tui.tui.services.network import Network

WHO = "GET /auth/v1/users/me"
DEMO = Settings(demo=True)


class Heard:
    """A listener that notes what it hears."""

    def __init__(self) -> None:
        self.news: list[str] = []
        self.failures: list[Failure] = []

    def session_opened(self) -> None:
        self.news.append("opened")

    def account_known(self) -> None:
        self.news.append("known")

    def sign_in_failed(self, failure: Failure) -> None:
        self.news.append("failed")
        self.failures.append(failure)

    def waiting_for(self, waiting: object) -> None:
        pass

    def account_unknown(self, failure: Failure) -> None:
        self.news.append("unknown")
        self.failures.append(failure)


class Signing:
    """A connection to a demo, signed in as the account that ``name`` says next."""

    def __init__(self, app: App[None], pilot: Any) -> None:
        self.demo, self.heard, self.name = Demo(size=0, lag=(0, 0)), Heard(), "onboarding-bot"
        self.network, self._pilot = Network(app), pilot
        self.connection = Connection(
            app,
            self.network,
            DEMO,
            listener=self.heard,
            local=lambda: Account(self.demo, self.name),
            stdin=None,
        )

    async def hears(self, *news: str) -> None:
        await until(self._pilot, lambda: len(self.heard.news) >= len(news))
        assert self.heard.news == list(news)


@asynccontextmanager
async def signing() -> AsyncIterator[Signing]:
    app = App[None]()
    async with app.run_test() as pilot:
        running = Signing(app, pilot)
        running.connection.start()
        try:
            yield running
        finally:
            await asyncio.to_thread(running.network.runtime.stop)


async def test_signing_in_is_reported_and_says_who_and_where() -> None:
    async with signing() as running:
        assert running.connection.names == ("", "the demo", "not signed in")
        running.connection.open(DEMO)
        assert running.connection.names[2] == "signing in"
        await running.hears("opened", "known")
        assert running.connection.names == ("Acme Corp", "demo.zitadel.example", "onboarding-bot")
        assert running.connection.works


async def test_who_is_signed_in_is_asked_for_only_while_it_is_unknown() -> None:
    async with signing() as running:
        running.connection.identify()
        asked = running.demo.faults.add(Fault("slow", seconds=0), WHO, times=0)
        running.connection.open(DEMO)
        await running.hears("opened", "known")
        running.connection.identify()
        await identified(running.network)  # asks after what was asked before
        assert asked.hits == 2


async def test_an_account_that_cannot_be_read_is_reported_and_asked_for_again() -> None:
    async with signing() as running:
        running.demo.faults.add(Fault(status=400, message="no"), WHO)
        running.connection.open(DEMO)
        await running.hears("opened", "unknown")
        assert (running.connection.works, running.connection.account) == (True, None)
        assert running.connection.names[2] == "account not known"
        running.connection.identify()
        await running.hears("opened", "unknown", "known")
        assert running.connection.names[2] == "onboarding-bot"


async def test_a_replaced_attempt_is_closed_and_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[Session] = []
    close = Session.close

    async def noted(session: Session) -> None:
        closed.append(session)
        await close(session)

    monkeypatch.setattr(Session, "close", noted)
    async with signing() as running:
        running.connection.open(DEMO)
        running.connection.open(DEMO)
        await running.hears("opened", "known")
        await until(running._pilot, lambda: closed)
        assert len(closed) == 1
        assert running.connection.session not in closed


async def test_what_works_stays_where_the_next_try_fails_and_gives_way_where_it_works() -> None:
    async with signing() as running:
        running.connection.open(DEMO)
        await running.hears("opened", "known")
        first = running.connection.session
        running.demo.faults.add(Fault("status", 400, id="invalid_grant"), "POST /oauth/v2/token", times=0)
        running.connection.open(DEMO)
        await running.hears("opened", "known", "failed")
        assert (running.connection.session, running.connection.works) == (first, True)
        assert running.connection.names[2] == "onboarding-bot"
        running.demo.faults.clear()
        running.demo.faults.add(Fault(status=400, message="no"), WHO)
        running.connection.open(DEMO)
        await running.hears("opened", "known", "failed", "failed")
        assert (running.connection.session, running.connection.works) == (first, True)
        running.name = "viewer-bot"
        running.connection.open(DEMO)
        await running.hears("opened", "known", "failed", "failed", "opened", "known")
        assert running.connection.session is not first
        assert running.connection.names[2] == "viewer-bot"
        running.connection.open(Settings())
        await running.hears("opened", "known", "failed", "failed", "opened", "known", "failed")
        assert (await identified(running.network)).name == "viewer-bot"


async def test_nobody_asks_any_more_who_a_replaced_try_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answer would be taken for that of the session in use."""
    asked: list[str] = []

    async def never_answered(client: object) -> None:
        asked.append("asked")
        try:
            await asyncio.Event().wait()
        finally:
            asked.append("cancelled")

    async with signing() as running:
        running.connection.open(DEMO)
        await running.hears("opened", "known")
        with monkeypatch.context() as patch:
            patch.setattr("zitadel_tui.core.account.identify", never_answered)
            running.connection.open(DEMO)
            await until(running._pilot, lambda: asked)
        running.connection.open(Settings())
        await running.hears("opened", "known", "failed")
        await until(running._pilot, lambda: asked == ["asked", "cancelled"])
        assert running.connection.names[2] == "onboarding-bot"


async def test_where_nothing_worked_a_failed_try_leaves_nobody_signed_in() -> None:
    async with signing() as running:
        running.demo.faults.add(Fault("status", 400, id="invalid_grant"), "POST /oauth/v2/token", times=0)
        running.connection.open(DEMO)
        await until(running._pilot, lambda: "failed" in running.heard.news)
        assert (running.connection.session, running.connection.works) == (None, False)
        assert running.connection.names == ("", "the demo", "not signed in")


async def test_the_process_is_held_up_by_the_network_thread_and_its_helpers_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with signing() as running:
        for name, lingers in (("MainThread", False), ("network", True), ("asyncio_0", True)):
            with monkeypatch.context() as patch:
                patch.setattr("threading.enumerate", lambda name=name: [SimpleNamespace(name=name)])
                assert running.connection.lingers is lingers
