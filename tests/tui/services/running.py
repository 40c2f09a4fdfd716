"""The services of the app without its views, signed in to a demo."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from textual.app import App
from textual.pilot import Pilot

from tests.demo_clients import client_of, member_roles, session_of
from tests.held import held
from zitadel_tui.core.account import Account, identify
from zitadel_tui.core.session import Session
from zitadel_tui.demo.server import Demo
from zitadel_tui.failure import Failure
from zitadel_tui.tui.services.imports import Import, ImportService
from zitadel_tui.tui.services.member_store import MemberStore
from zitadel_tui.tui.services.network import Network
from zitadel_tui.tui.services.pending_changes import PendingChanges
from zitadel_tui.zitadel.wire.members import Member


@dataclass
class Services:
    """What the services have published is noted."""

    demo: Demo
    pilot: Pilot[None]
    network: Network
    store: MemberStore
    pending: PendingChanges
    imports: ImportService
    reported: list[Failure]
    account: Account | None = None
    arrived: list[str] = field(default_factory=list)
    put: list[str] = field(default_factory=list)
    ended: list[Import] = field(default_factory=list)
    wrote: list[Any] = field(default_factory=list)
    shown: list[None] = field(default_factory=list)
    """One for each time that views of imports were told to look again."""

    def __post_init__(self) -> None:
        app = self.pilot.app
        self.pending.arrived.subscribe(app, self.arrived.append)
        self.pending.put.subscribe(app, self.put.append)
        self.imports.ended.subscribe(app, self.ended.append)
        self.imports.wrote.subscribe(app, self.wrote.append)
        self.imports.changed.subscribe(app, self.shown.append, immediate=True)

    async def until(self, fact: Callable[[], object]) -> None:
        await until(self.pilot, fact)

    async def read_members(self) -> None:
        self.store.reload()
        await self.until(lambda: not self.store.loading)

    def assigning_is_held(self) -> AbstractContextManager[None]:
        """The server is in the middle of writing a membership as long as this lasts."""
        return held(self.demo.store, "put_member")

    def row(self, user_id: str) -> Member | None:
        assert self.store.roster is not None
        return self.store.roster.get(user_id)

    def stored(self, user_id: str) -> tuple[str, ...]:
        """The roles that the server has."""
        return member_roles(self.demo, user_id)


async def until(pilot: Pilot[None], fact: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not fact():
            await pilot.pause()


async def identified(network: Network) -> Account:
    """Who is signed in."""
    session = network.session_to_write()
    return await asyncio.wrap_future(
        network.runtime.submit(session, lambda session: identify(session.client))
    )


async def opened(network: Network, demo: Demo, account: str) -> Session:
    return await asyncio.wrap_future(network.runtime.open(lambda: session_of(client_of(demo, account))))


@asynccontextmanager
async def services(**knobs: Any) -> AsyncIterator[Services]:
    """Signed in, the members read."""
    demo, app, reported = Demo(size=0, **{"lag": (0.0, 0.0), **knobs}), App[None](), list[Failure]()
    network = Network(app)
    network.runtime.start()
    try:
        async with app.run_test() as pilot:
            store = MemberStore(app, network)
            pending = PendingChanges(app, network, store, report=reported.append)
            pending.start()
            network.use(await opened(network, demo, "iam-bot"))
            imports = ImportService(app, network, pending, account=lambda: running.account)
            running = Services(demo, pilot, network, store, pending, imports, reported)
            running.account = await identified(network)
            await running.read_members()
            yield running
    finally:
        network.runtime.stop()
