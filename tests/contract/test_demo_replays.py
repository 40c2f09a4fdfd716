"""The demo answers what a real ZITADEL answered: status, headers, error ids, JSON, in the recorded order."""

import pytest

from tests.contract.recordings import APART, FIRST, RIGHTS, SECOND, TOPICS, recorded, recorded_legacy
from tests.contract.replay import replay
from tests.contract.scope import (
    DIFFERENT,
    DIFFERENT_LEGACY,
    NAMED,
    NOT_OFFERED,
    is_renamed,
    not_offered,
    offered,
    reason,
)

RUNS = (FIRST, SECOND, RIGHTS)


@pytest.mark.parametrize("legacy", [False, True], ids=["v4.x", "v4.13.1"])
@pytest.mark.parametrize("run", RUNS, ids=["first run", "second run", "ten roles"])
async def test_the_demo_answers_as_recorded(run: tuple[str, ...], legacy: bool) -> None:
    replayed = await replay(run, legacy=legacy)
    known = DIFFERENT_LEGACY if legacy else DIFFERENT
    asked = [one for topic in run for one in recorded(topic) if not_offered(one) is None]
    assert set(replayed) == {(one.topic, one.index) for one in asked}
    found = [
        (one.topic, one.name, difference.path, difference.text)
        for one in asked
        for difference in replayed[one.topic, one.index]
        if reason(one) is None and not is_renamed(one.topic, difference.text)
    ]
    expected = {(*key, one.path) for key, one in known.items() if key[0] in run}
    assert [difference for difference in found if difference[:3] not in expected] == []
    assert sorted(difference[:3] for difference in found) == sorted(expected)
    assert [one.name for one in asked if reason(one) and not replayed[one.topic, one.index]] == []


def test_how_much_was_recorded_and_how_much_is_compared() -> None:
    exchanges = {run: [one for topic in run for one in recorded(topic)] for run in (*RUNS, APART)}
    counts = {
        run: (len(found), sum(reason(exchange) is None for exchange in found))
        for run, found in exchanges.items()
    }
    assert counts == {FIRST: (392, 379), SECOND: (345, 163), RIGHTS: (543, 403), APART: (5, 0)}
    assert set(TOPICS) == {*FIRST, *SECOND, *RIGHTS, *APART}


def test_every_difference_of_the_older_server_is_known_by_name() -> None:
    names = {(topic, exchange.name) for topic in TOPICS for exchange in recorded(topic)}
    older = {(topic, name) for topic in TOPICS for name in recorded_legacy(topic)}
    assert len(older) == 52
    assert older <= names


def test_what_is_not_compared_is_not_offered_or_named_and_has_a_reason() -> None:
    everything = [exchange for topic in TOPICS for exchange in recorded(topic)]
    assert [one for one in everything if not_offered(one) and offered(one)] == []
    reasons = {reason(exchange) for exchange in everything} - {None}
    assert reasons == {*NOT_OFFERED.values(), *(why for rows in NAMED.values() for why in rows.values())}
    for topic, rows in NAMED.items():
        assert set(rows) <= {"*", *(exchange.name for exchange in recorded(topic))}
