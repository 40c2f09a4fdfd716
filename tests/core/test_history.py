"""The history of changes, as read from the journals."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.shared_organization import GUEST
from tests.demo_clients import client_of, id_of, session_of
from tests.hostile import ALL
from zitadel_tui.core import history, history_words, journal
from zitadel_tui.core.changes import AddRoles, apply
from zitadel_tui.core.history import NO_RESULT, Filter, Journals
from zitadel_tui.core.journal import DONE, REFUSED, UNKNOWN, MemoryJournal, Record
from zitadel_tui.core.onboard.records import ONBOARDING, Event, FileIdentity, Header, Line
from zitadel_tui.core.onboard.run_files import RunFiles
from zitadel_tui.core.session import Session
from zitadel_tui.demo.server import Demo
from zitadel_tui.failure import Failure, UsageFailure
from zitadel_tui.settings import Settings
from zitadel_tui.text import shown

DAY = "2026-07-0{}T00:00:00.000Z"
RUN = "20260701-120000-3fa9"
IMPORTED = {"userName": "ada", "email": "grace@x"}


@pytest.fixture
def journals(tmp_path: Path) -> Journals:
    return history.user_journals(tmp_path)


def line(entry: str, time: str, **fields: Any) -> bytes:
    return msgspec.json.encode(Record(entry=entry, time=time, version=1, **fields)) + b"\n"


def intent(entry: str, time: str, **fields: Any) -> bytes:
    return line(entry, time, **{"kind": "add roles", "what": f"Change {entry}.", "user": "4711", **fields})


def write(journals: Journals, *lines: bytes) -> None:
    assert isinstance(journals.journal, Path)
    journals.journal.write_bytes(b"".join(lines))


def write_run(journals: Journals, run: str, *changes: bytes, header: Header | None = None) -> None:
    header = header or Header(instance="https://a.example", organization="1", organization_name="Acme")
    files = RunFiles.create(journals.runs, header, ())
    files.close()
    place = files.place.rename(journals.runs / run)
    begun = msgspec.json.encode(Line(event=Event("begun", time=DAY.format(1)))) + b"\n"
    lines = [b'{"change":' + change.rstrip() + b"}\n" for change in changes]
    (place / "journal.jsonl").write_bytes(begun + b"".join(lines))


def ids(journals: Journals, **wanted: Any) -> list[str]:
    return [entry.id for entry in history.entries(journals, Filter(**wanted))]


# Joining


def test_an_entry_joins_the_intent_and_its_result(journals: Journals) -> None:
    write(
        journals,
        intent(
            "a1", DAY.format(1), instance="https://a.example", organization="1", account="9", before=("X",)
        ),
        intent("b2", DAY.format(2)),
        line(
            "a1", DAY.format(3), outcome=DONE, user="4711", before=("X",), after=("X", "Y"), sentence="Done."
        ),
    )
    newest, oldest = history.entries(journals)
    assert (newest.id, newest.outcome, newest.ended, newest.roles) == ("b2", NO_RESULT, "", None)
    assert newest.is_open
    assert newest.sentence == "Change b2."
    assert (oldest.outcome, oldest.ended, oldest.roles) == (DONE, DAY.format(3), (("X",), ("X", "Y")))
    record = oldest.record
    assert (record.time, record.kind, record.account, record.user) == (
        DAY.format(1),
        "add roles",
        "9",
        "4711",
    )
    assert oldest.sentence == "Done."


def test_the_newest_result_counts(journals: Journals) -> None:
    write(
        journals,
        intent("a1", DAY.format(1)),
        line("a1", DAY.format(2), outcome=UNKNOWN, sentence="Lost.", error="TimedOut"),
        line("a1", DAY.format(3), outcome=DONE, settled=True, sentence="Found.", sequence=17),
    )
    (entry,) = history.entries(journals)
    assert (entry.outcome, entry.record.settled, entry.sentence) == (DONE, True, "Found.")
    assert (entry.record.error, entry.record.sequence, entry.is_open) == ("", 17, False)


def test_an_intent_recorded_again_before_a_second_request_is_one_entry(
    journals: Journals,
) -> None:
    write(
        journals,
        intent("a1", DAY.format(1)),
        intent("a1", DAY.format(2), before=("X",)),
        line("a1", DAY.format(3), outcome=REFUSED, error="COMMAND-1"),
    )
    (entry,) = history.entries(journals)
    assert (entry.outcome, entry.record.before, entry.record.time) == (REFUSED, ("X",), DAY.format(2))


def test_a_result_without_its_intent_is_left_out(journals: Journals) -> None:
    write(journals, line("a1", DAY.format(1), outcome=DONE), intent("b2", DAY.format(2)))
    assert ids(journals) == ["b2"]


async def test_an_applied_change_has_an_entry_with_the_answer_of_the_server(clean_machine: Path) -> None:
    demo = Demo(size=0, lag=(0, 0))
    session = session_of(client_of(demo, "iam-bot"), Settings())
    change = AddRoles(id_of(demo, GUEST), ("ORG_USER_MANAGER",), who="Grace")
    applied = await apply(session, change)
    (entry,) = history.entries(history.session_journals(session))
    record = entry.record
    assert (entry.outcome, entry.roles) == (DONE, (applied.before, applied.after))
    organization = demo.store.default_org
    assert (record.instance, record.organization) == (demo.origin, organization)
    member = demo.store.members[organization].get(change.user_id)
    assert member is not None
    assert record.sequence == member.sequence
    assert history.entry(history.user_journals(), entry.short_id) == entry


OWN = Filter(rows=False)
"""Without the rows of runs, which all demos of this process share."""


async def test_changes_of_the_demo_are_kept_in_memory() -> None:
    demo = Demo(size=0, lag=(0, 0))
    client = client_of(demo, "iam-bot")
    first = Session(Settings(demo=True), client, server=demo)
    await apply(first, AddRoles(id_of(demo, GUEST), ("ORG_USER_MANAGER",), who="Grace"))
    another = Session(Settings(demo=True), client, server=demo)
    (entry,) = history.entries(history.session_journals(another), OWN)
    assert entry.outcome == DONE
    assert ids(history.user_journals()) == []
    elsewhere = Session(Settings(demo=True), client, server=Demo(size=1))
    assert list(history.entries(history.session_journals(elsewhere), OWN)) == []


async def test_the_context_of_the_session_is_recorded() -> None:
    demo = Demo(size=0, lag=(0, 0))
    session = session_of(client_of(demo, "iam-bot"))
    session.settings = Settings(demo=True, context="production")
    await apply(session, AddRoles(id_of(demo, GUEST), ("ORG_USER_MANAGER",), who="Grace"))
    (entry,) = history.entries(history.session_journals(session), OWN)
    assert entry.record.context == "production"


# Files


def test_there_is_no_history_where_there_are_no_files(tmp_path: Path) -> None:
    assert ids(history.user_journals(tmp_path / "none")) == []


@pytest.mark.parametrize("block", [1, 7, 100, 1 << 20])
def test_lines_are_read_from_the_end_whatever_the_blocks(
    journals: Journals, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_BLOCK", block)
    write(journals, *(intent(f"e{number}", DAY.format(number)) for number in range(1, 6)))
    assert ids(journals) == ["e5", "e4", "e3", "e2", "e1"]


def test_torn_and_foreign_lines_are_left_out(journals: Journals) -> None:
    torn = intent("c3", DAY.format(3))[:-20]
    write(
        journals,
        intent("a1", DAY.format(1)),
        b"\xff\xfe not JSON\n",
        b"[1]\n\n",
        torn + b"\n",
        b'{"entry":"d4","time":"2026-07-04T00:00:00.000Z","kind":"grow wings","user":7,"wings":2}\n',
        intent("e5", DAY.format(5))[:-9],
    )
    newer, older = history.entries(journals)
    assert (newer.id, newer.record.kind, newer.record.user, older.id) == ("d4", "grow wings", "", "a1")


def test_a_line_that_is_too_long_is_skipped(journals: Journals, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_BLOCK", 100)
    monkeypatch.setattr(history, "_LONGEST_LINE", 1000)
    write(journals, intent("a1", DAY.format(1)), b"x" * 5000 + b"\n", intent("b2", DAY.format(2)))
    assert ids(journals) == ["b2", "a1"]


def test_a_file_that_cannot_be_read_is_a_failure(journals: Journals, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    write(journals, intent("a1", DAY.format(1)))
    monkeypatch.setattr(history, "_read", refuse)
    with pytest.raises(Failure, match=r"cannot be read: Permission denied\.$"):
        ids(journals)


@given(st.lists(st.binary(max_size=200), max_size=5), st.text(max_size=20))
def test_any_bytes_are_a_journal(lines: list[bytes], text: str) -> None:
    good = journal.to_line(Record(entry="a1", kind="add roles", user=text, name=text))
    memory = MemoryJournal()
    memory.lines += [*lines, good, *lines]
    found = list(history.entries(Journals(memory, Path("nowhere"))))
    assert "a1" in [entry.id for entry in found]
    for entry in found:
        for value in (entry.sentence, history_words.outcome(entry), history_words.advice(entry)):
            assert shown(value) == value
        assert history_words.cells(entry)


@pytest.mark.parametrize("text", ALL)
def test_a_hostile_text_is_harmless_in_a_sentence(journals: Journals, text: str) -> None:
    text = text.encode("utf-8", "backslashreplace").decode()  # as the journal writes it
    write(journals, intent("a1", DAY.format(1), what=text, name=text, wanted={"userName": text, "x": [text]}))
    (entry,) = history.entries(journals)
    assert entry.sentence == shown(entry.sentence)
    assert ids(journals, user=text) == ["a1"]


# Runs


def test_the_changes_of_a_run_are_entries_with_its_place(journals: Journals) -> None:
    write(
        journals,
        intent(RUN, DAY.format(1), kind=ONBOARDING, what="Onboard 2 users.", run=RUN),
        intent("b2", DAY.format(3)),
        line(RUN, DAY.format(5), outcome=DONE, run=RUN),
    )
    write_run(
        journals,
        RUN,
        intent("r1", DAY.format(2), kind="import user", row=1, wanted={"userName": "ada"}),
        line("r1", DAY.format(2), outcome=DONE, row=1, user="12"),
        line("r2", DAY.format(4), kind="add roles", row=1, user="12", outcome=REFUSED, error="X-1"),
    )
    assert ids(journals) == ["r2", "b2", "r1", RUN]
    assert ids(journals, rows=False) == ["b2", RUN]
    assert ids(journals, run=RUN[:8]) == ["r2", "r1", RUN]
    refused, created, whole = history.entries(journals, Filter(run=RUN))
    assert (refused.record.run, refused.record.row, refused.record.instance) == (RUN, 1, "https://a.example")
    assert (refused.outcome, refused.ended, refused.record.error) == (REFUSED, DAY.format(4), "X-1")
    assert (created.who, created.record.user, created.organization_name) == ("ada", "12", "Acme")
    assert (created.is_of_run, whole.is_of_run, whole.is_run, whole.short_id) == (True, False, True, RUN[:15])
    assert history.entry(journals, "r2").record == refused.record
    assert history.entry(journals, RUN).id == RUN


def test_a_run_that_has_not_ended_is_not_an_unknown_change(journals: Journals) -> None:
    write(journals, intent(RUN, DAY.format(1), kind=ONBOARDING, run=RUN))
    (entry,) = history.entries(journals)
    assert (entry.outcome, entry.is_open) == (NO_RESULT, False)


def test_a_damaged_run_is_read_as_far_as_possible(journals: Journals) -> None:
    write_run(journals, RUN, intent("r1", DAY.format(2), row=1))
    (journals.runs / RUN / "plan.jsonl").write_bytes(b"\0\n")
    (entry,) = history.entries(journals)
    assert (entry.id, entry.record.instance) == ("r1", "")


def test_the_file_of_a_run_is_named_in_its_header(journals: Journals) -> None:
    header = Header(file=FileIdentity(path="/x/people.csv"), instance="https://b.example")
    write_run(journals, RUN, intent("r1", DAY.format(2), row=1), header=header)
    assert ids(journals, instance="https://b.example") == ["r1"]


# Filters


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, "d4 c3 b2 a1"),
        ({"user": "gräce H"}, "b2"),
        ({"user": "GRACE@"}, "c3"),
        ({"user": "ada"}, "c3"),
        ({"user": "471"}, "d4 a1"),
        ({"user": "nobody"}, ""),
        ({"kind": "import"}, "c3"),
        ({"kind": "roles"}, "d4 b2 a1"),
        ({"kind": "remove roles"}, "d4"),
        ({"outcomes": (UNKNOWN,)}, "a1"),
        ({"outcomes": (UNKNOWN, NO_RESULT)}, "d4 c3 a1"),
        ({"since": DAY.format(3)}, "d4 c3"),
        ({"until": DAY.format(2)}, "b2 a1"),
        ({"since": DAY.format(2), "until": DAY.format(3)}, "c3 b2"),
        ({"instance": "https://b.example"}, "b2"),
        ({"organization": "1"}, "a1"),
    ],
)
def test_filters(journals: Journals, wanted: dict[str, Any], found: str) -> None:
    write(
        journals,
        intent("a1", DAY.format(1), organization="1"),
        line("a1", DAY.format(1), outcome=UNKNOWN),
        intent("b2", DAY.format(2), user="1", name="Gräce Hopper", instance="https://b.example"),
        line("b2", DAY.format(2), outcome=DONE),
        intent("c3", DAY.format(3), kind="import user", user="", wanted=IMPORTED),
        intent("d4", DAY.format(4), kind="take roles"),
    )
    assert ids(journals, **wanted) == found.split()


def test_an_entry_is_found_although_the_clock_was_set_back(journals: Journals) -> None:
    write(
        journals,
        intent("a1", "2026-07-02T12:00:00.000Z"),
        intent("b2", "2026-07-02T08:00:00.000Z"),
        intent("c3", DAY.format(3)),
    )
    assert ids(journals, since="2026-07-02T10:00:00.000Z") == ["c3", "a1"]


def test_no_more_is_read_than_is_wanted(journals: Journals, monkeypatch: pytest.MonkeyPatch) -> None:
    write(journals, *(intent(f"e{number}", DAY.format(number)) for number in range(1, 9)))
    read: list[int] = []
    real = history._read

    def note(path: Path, start: int, size: int) -> bytes:
        read.append(size)
        return real(path, start, size)

    monkeypatch.setattr(history, "_read", note)
    monkeypatch.setattr(history, "_BLOCK", 64)
    assert ids(journals, since=DAY.format(8)) == ["e8"]
    assert sum(read) < 500
    assert next(history.entries(journals)).id == "e8"


NOW = datetime(2026, 11, 26, 12, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2d", "2026-11-24T11:00:00.000Z"),
        ("3 h", "2026-11-26T08:00:00.000Z"),
        ("45min", "2026-11-26T10:15:00.000Z"),
        ("45m", "2026-11-26T10:15:00.000Z"),
        ("1w", "2026-11-19T11:00:00.000Z"),
        ("2026-11-01", "2026-10-31T23:00:00.000Z"),
        ("2026-11-01T14:30", "2026-11-01T13:30:00.000Z"),
        ("2026-11-01 14:30Z", "2026-11-01T14:30:00.000Z"),
    ],
)
def test_points_in_time(text: str, means: str) -> None:
    assert history.moment(text, NOW, option="--since") == means


def test_the_end_of_a_day() -> None:
    assert history.moment("2026-11-01", NOW, option="--until", end=True) == "2026-11-01T22:59:59.999Z"
    assert history.moment("2d", NOW, option="--until", end=True) == "2026-11-24T11:00:00.000Z"


NO_TIMES = ["", "2", "d", "-2d", "2y", "99999999999999w", "yesterday", "2026-13-01", "²d", "\x1b"]


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_is_not_a_time_is_refused(text: str) -> None:
    with pytest.raises(UsageFailure, match=r"^--since '.*' is not a time\.$") as caught:
        history.moment(text, NOW, option="--since")
    assert "2d" in caught.value.hint


# One entry


def test_an_entry_by_the_beginning_of_its_id(journals: Journals) -> None:
    write(journals, intent("abc1", DAY.format(1)), intent("abd2", DAY.format(2)), intent("ab", DAY.format(3)))
    assert history.entry(journals, "abc").id == "abc1"
    assert history.entry(journals, "ab").id == "ab"
    with pytest.raises(UsageFailure, match=r"^3 entries begin with 'a'\.$") as caught:
        history.entry(journals, "a")
    assert "abc1" in caught.value.hint


@pytest.mark.parametrize("entry_id", ["x", "", "--", '","', "\x1b[31m", "ü", *ALL])
def test_an_entry_that_does_not_exist(journals: Journals, entry_id: str) -> None:
    write(journals, intent("abc1", DAY.format(1)))
    with pytest.raises(UsageFailure, match=r"^There is no entry .* in the history\.$") as caught:
        history.entry(journals, entry_id)
    assert shown(caught.value.summary) == caught.value.summary
    assert "history" in caught.value.hint
