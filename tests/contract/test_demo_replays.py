"""The demo answers what a real ZITADEL answered: status, headers, error ids, JSON, in the recorded order."""

import pytest

from tests.contract.recordings import APART, FIRST, SECOND, TOPICS, recorded, recorded_legacy
from tests.contract.replay import replay
from tests.contract.scope import DIFFERENT, DIFFERENT_LEGACY, OUT_OF_SCOPE, reason


@pytest.mark.parametrize("legacy", [False, True], ids=["v4.x", "v4.13.1"])
@pytest.mark.parametrize("run", [FIRST, SECOND], ids=["first run", "second run"])
async def test_the_demo_answers_as_recorded(run: tuple[str, ...], legacy: bool) -> None:
    replayed = await replay(run, legacy=legacy)
    known = DIFFERENT_LEGACY if legacy else DIFFERENT
    exchanges = [exchange for topic in run for exchange in recorded(topic)]
    assert set(replayed) == {(one.topic, one.index) for one in exchanges if reason(one) is None}
    found = [
        (one.topic, one.name, difference.path, difference.text)
        for one in exchanges
        for difference in replayed.get((one.topic, one.index), [])
    ]
    expected = {(*key, one.path) for key, one in known.items() if key[0] in run}
    assert [difference for difference in found if difference[:3] not in expected] == []
    assert sorted(difference[:3] for difference in found) == sorted(expected)


def test_how_much_was_recorded_and_how_much_is_out_of_scope() -> None:
    counts = {
        run: (
            sum(len(recorded(topic)) for topic in run),
            sum(reason(exchange) is None for topic in run for exchange in recorded(topic)),
        )
        for run in (FIRST, SECOND, APART)
    }
    assert counts == {FIRST: (392, 379), SECOND: (543, 373), APART: (5, 0)}
    assert set(TOPICS) == {*FIRST, *SECOND, *APART}


def test_every_difference_of_the_older_server_is_known_by_name() -> None:
    names = {(topic, exchange.name) for topic in TOPICS for exchange in recorded(topic)}
    older = {(topic, name) for topic in TOPICS for name in recorded_legacy(topic)}
    assert len(older) == 48
    assert older <= names


def test_what_is_out_of_scope_exists_and_has_a_reason() -> None:
    for topic, rows in OUT_OF_SCOPE.items():
        whole = {exchange.name for exchange in recorded(topic)}
        assert set(rows) <= {"*", *whole, *(name.partition(": ")[2] for name in whole)}
        assert all(rows.values())
    assert all(known.reason for known in DIFFERENT_LEGACY.values())
