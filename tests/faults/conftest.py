"""A served demo, and a line to it that breaks when told to."""

from collections.abc import Iterator

import pytest

from tests.proxy import FaultProxy
from tests.served import ServedDemo


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDemo]:
    with ServedDemo(tmp_path_factory.mktemp("served"), size=0, lag=(0, 0)) as served:
        yield served


@pytest.fixture
def proxy(served: ServedDemo) -> Iterator[FaultProxy]:
    with FaultProxy(served.origin) as proxy:
        yield proxy
