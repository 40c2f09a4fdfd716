"""What the app knows of projects: read once, again when that is wanted, and never for another session."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import cast

from textual.app import App

from tests.demo_clients import client_of
from tests.tui.services.scripted import ScriptedNetwork
from zitadel_tui.core.projects import Project
from zitadel_tui.demo.server import Demo
from zitadel_tui.tui.services.network import Network
from zitadel_tui.tui.services.project_store import ProjectStore
from zitadel_tui.zitadel.errors import Unavailable
from zitadel_tui.zitadel.wire.projects import ProjectRole

BILLING, CRM = Project("1", "Billing"), Project("2", "CRM")
VIEWER = ProjectRole(key="viewer")
BROKEN = Unavailable("Nothing listens.")


class Started:
    """A store; how often something new was to be shown is counted."""

    def __init__(self, app: App[None]) -> None:
        self.network, self.published = ScriptedNetwork(), 0
        self.store = ProjectStore(app, cast("Network", self.network))
        self.store.changed.subscribe(app, self._changed, immediate=True)

    def _changed(self, nothing: None) -> None:
        self.published += 1


@asynccontextmanager
async def started() -> AsyncIterator[Started]:
    app: App[None] = App()
    async with app.run_test():
        yield Started(app)


async def test_projects_are_read_when_they_are_first_wanted_and_kept() -> None:
    async with started() as running:
        store, network = running.store, running.network
        assert (store.projects, store.age, store.project("1"), network.asked) == (None, None, None, [])
        for _ in range(2):
            store.want()
        (asked,) = network.of("projects")
        asked.answer([BILLING, CRM])
        store.want()
        assert (len(network.asked), running.published) == (1, 1)
        assert store.projects == [BILLING, CRM]
        assert (store.project("2"), store.project("3")) == (CRM, None)
        assert store.age is not None
        assert 0 <= store.age < 60


async def test_what_could_not_be_read_is_reported_and_tried_again_when_it_is_wanted_next() -> None:
    async with started() as running:
        store, network = running.store, running.network
        store.want()
        network.asked[-1].fail(BROKEN)
        assert (store.failure, store.projects, running.published) == (BROKEN, None, 1)
        store.want()
        network.asked[-1].answer([BILLING])
        assert (store.failure, store.projects, len(network.asked)) == (None, [BILLING], 2)


async def test_roles_are_read_for_each_project_and_a_failure_is_tried_again() -> None:
    async with started() as running:
        store, network = running.store, running.network
        for project in (BILLING, CRM, BILLING):
            store.want_roles(project)
        first, second = network.asked
        assert first.group != second.group, "the one would replace the other"
        assert store.roles("1") is None
        first.answer([VIEWER])
        second.fail(BROKEN)
        assert (store.roles("1"), store.roles("2"), running.published) == ([VIEWER], BROKEN, 2)
        for project in (BILLING, CRM):
            store.want_roles(project)
        assert (len(network.asked), store.roles("2")) == (3, None)
        network.asked[-1].answer([])
        store.want_roles(CRM)
        assert (len(network.asked), store.roles("2")) == (3, [])


async def test_reading_projects_again_forgets_their_roles() -> None:
    async with started() as running:
        store, network = running.store, running.network
        store.want()
        network.asked[-1].answer([BILLING])
        store.want_roles(BILLING)
        network.asked[-1].answer([VIEWER])
        store.reload()
        assert (store.projects, store.roles("1")) == ([BILLING], [VIEWER]), "until the answer is there"
        network.asked[-1].answer([BILLING])
        assert store.roles("1") is None
        store.want()
        assert len(network.asked) == 3


async def test_another_session_begins_with_nothing() -> None:
    async with started() as running:
        store, network = running.store, running.network
        store.want()
        network.asked[-1].answer([BILLING])
        store.want_roles(BILLING)
        store.reload()
        network.asked[-1].fail(BROKEN)
        store.forget()
        assert (store.projects, store.failure, store.age) == (None, None, None)
        store.want()
        store.want_roles(BILLING)
        assert len(network.asked) == 5


async def test_both_come_from_the_server() -> None:
    session = SimpleNamespace(client=client_of(Demo(size=0, lag=(0, 0))))
    async with started() as running:
        store, network = running.store, running.network
        store.want()
        network.asked[-1].answer(await network.asked[-1].work(session))
        billing = next(one for one in store.projects or () if one.name == "Billing")
        store.want_roles(billing)
        network.asked[-1].answer(await network.asked[-1].work(session))
        roles = store.roles(billing.id)
        assert isinstance(roles, list)
        assert "viewer" in [role.key for role in roles]
