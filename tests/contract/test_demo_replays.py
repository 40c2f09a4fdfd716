"""The demo answers what a real ZITADEL answered: status, headers, error ids, JSON, in the recorded order."""

import asyncio
from functools import cache

import pytest

from tests.contract.recordings import TOPICS, recorded, recorded_legacy
from tests.contract.replay import Differences, replay
from tests.contract.scope import OUT_OF_SCOPE, reason


@cache
def _replayed(legacy: bool) -> Differences:
    return asyncio.run(replay(legacy=legacy))


@pytest.mark.parametrize("legacy", [False, True], ids=["v4.x", "v4.13.1"])
@pytest.mark.parametrize("topic", [topic for topic in TOPICS if "*" not in OUT_OF_SCOPE.get(topic, {})])
def test_the_demo_answers_as_recorded(topic: str, legacy: bool) -> None:
    found = {
        f"{index} {exchange.name}": differences
        for index, exchange in enumerate(recorded(topic))
        if (differences := _replayed(legacy).get((topic, index)))
    }
    asked = [index for at, index in _replayed(legacy) if at == topic]
    assert found == {}
    assert len(asked) == sum(reason(topic, exchange.name) is None for exchange in recorded(topic)) > 0


def test_nearly_everything_recorded_is_in_scope() -> None:
    assert len(_replayed(False)) >= 370


def test_every_difference_of_the_older_server_is_known_by_name() -> None:
    names = {(topic, exchange.name) for topic in TOPICS for exchange in recorded(topic)}
    older = {(topic, name) for topic in TOPICS for name in recorded_legacy(topic)}
    assert len(older) == 38
    assert older <= names


def test_what_is_out_of_scope_exists_and_has_a_reason() -> None:
    for topic, rows in OUT_OF_SCOPE.items():
        names = {"*", *(exchange.name for exchange in recorded(topic))}
        assert set(rows) <= names
        assert all(rows.values())
