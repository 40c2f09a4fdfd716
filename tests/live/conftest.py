"""One suite, any server: ``pytest tests/live --server DIR/.env``; by default, the demo on a free port.

With ``--legacy`` the demo answers as v4.13.1.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.support import People, Person, Server, Tool
from tests.served import ServedDemo


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    named = request.config.getoption("--server")
    if named is not None:
        with Server(request.config.invocation_params.dir / named) as server:
            yield server
        return
    directory: Path = tmp_path_factory.mktemp("served")
    legacy: bool = request.config.getoption("--legacy")
    with ServedDemo(directory, legacy=legacy), Server(directory / ".env") as server:
        yield server


@pytest.fixture(scope="session")
def people(server: Server) -> Iterator[People]:
    """All users made by it are removed at the end, even after a failure."""
    people = People(server)
    try:
        yield people
    finally:
        people.remove()


@pytest.fixture
def tool(server: Server, monkeypatch: pytest.MonkeyPatch) -> Tool:
    return Tool(server, monkeypatch)


@pytest.fixture
def viewer(people: People) -> Person:
    """A member with one role."""
    return people.make("ORG_OWNER_VIEWER")
