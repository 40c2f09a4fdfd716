"""Numbers, times, roles and states in words."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zitadel_tui.core import words
from zitadel_tui.text import cells, shown

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=12, milliseconds=900), "12 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(days=1), "1 d"),
        (timedelta(days=6, hours=23), "6 d"),
        (timedelta(days=7), "2026-11-17"),
        (timedelta(days=400), "2025-10-20"),
        (timedelta(seconds=-5), "0 s"),
        (timedelta(hours=-1), "0 s"),
        (timedelta(days=-30), "2026-12-24"),
    ],
)
def test_how_long_ago(passed: timedelta, said: str) -> None:
    assert words.ago(NOW - passed, NOW) == said
    assert words.ago((NOW - passed).isoformat().replace("+00:00", "Z"), NOW) == said


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("2026-11-24T11:59:48.478670Z", "11 s"),
        ("2026-11-24T11:59:48.478670123Z", "11 s"),
        ("2026-11-24T13:55:00+02:00", "5 min"),
        ("", ""),
        ("0001-01-01T00:00:00Z", ""),
        ("yesterday\x1b[31m", "?"),
        ("2026-13-45T00:00:00Z", "?"),
    ],
)
def test_times_as_a_server_writes_them(then: str, said: str) -> None:
    assert words.ago(then, NOW) == said


def test_the_date_is_that_of_the_readers_time_zone() -> None:
    eastern = timezone(timedelta(hours=14))
    assert words.ago("2026-01-31T23:00:00Z", NOW) == "2026-01-31"
    assert words.ago("2026-01-31T23:00:00Z", NOW.astimezone(eastern)) == "2026-02-01"
    assert words.ago("9999-12-31T23:59:59Z", NOW.astimezone(eastern)) == "?"


def test_a_time_without_a_zone_is_the_servers() -> None:
    assert words.ago(datetime(2026, 11, 24, 11, 59, 30), NOW) == "30 s"


@given(st.datetimes() | st.text())
def test_any_time_is_reported_in_one_short_word(then: datetime | str) -> None:
    assert cells(words.ago(then, NOW)) <= 10


def test_numbers_are_grouped_and_agree_with_their_noun() -> None:
    assert words.count(1204) == "1,204"
    assert words.count(0) == "0"
    assert words.plural(1, "member") == "1 member"
    assert words.plural(0, "member") == "0 members"
    assert words.plural(100_000, "member") == "100,000 members"
    assert words.plural(2, "person", "people") == "2 people"
    assert words.plural(1, "person", "people") == "1 person"


ROLES = ["ORG_OWNER_VIEWER", "ORG_USER_MANAGER", "ORG_OWNER"]


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (60, "ORG_OWNER ORG_USER_MANAGER ORG_OWNER_VIEWER"),
        (42, "ORG_OWNER ORG_USER_MANAGER +1"),
        (20, "ORG_OWNER +2"),
        (12, "ORG_OWNER +2"),
        (11, "ORG_OWN… +2"),
        (4, "… +2"),
        (3, "OR…"),
        (0, ""),
    ],
)
def test_roles_are_cut_to_the_column_and_counted(width: int, said: str) -> None:
    assert words.roles_cell(ROLES, width) == said


def test_one_role_and_none() -> None:
    assert words.roles_cell(["ORG_OWNER"], 9) == "ORG_OWNER"
    assert words.roles_cell(["ORG_OWNER", "ORG_OWNER"], 8) == "ORG_OWN…"
    assert words.roles_cell([], 20) == ""


@given(st.lists(st.text(max_size=12) | st.sampled_from(ROLES), max_size=6), st.integers(0, 60))
def test_a_roles_cell_never_leaves_its_column_nor_harms_a_terminal(roles: list[str], width: int) -> None:
    cell = words.roles_cell(roles, width)
    assert cells(cell) <= width
    assert shown(cell) == cell


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("USER_STATE_ACTIVE", "active"),
        ("USER_STATE_INACTIVE", "inactive"),
        ("USER_STATE_INITIAL", "initial"),
        ("USER_STATE_LOCKED", "locked"),
        ("USER_STATE_DELETED", "deleted"),
        ("USER_STATE_SUSPEND", "suspended"),
        ("USER_STATE_UNSPECIFIED", "unknown"),
        ("USER_STATE_ON_LEAVE", "on leave"),
        ("USER_STATE_", "unknown"),
        ("", "unknown"),
        ("\x1b[31mRED", "\ufffd[31mred"),
    ],
)
def test_states_keep_zitadels_words(state: str, said: str) -> None:
    assert words.state_word(state) == said


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("3600s", 3600), ("0.5s", 0.5), ("", None), ("soon", None), ("1e400s", None), ("nans", None)],
)
def test_a_duration_of_the_wire_ends_at_a_time(duration: str, seconds: float | None) -> None:
    now = datetime(2026, 11, 24, 8, tzinfo=UTC)
    expected = None if seconds is None else now + timedelta(seconds=seconds)
    assert words.end_of(duration, now) == expected
