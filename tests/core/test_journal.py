"""The record of changes: private, whole after any mishap, never in the way of the loop or of reading it."""

import asyncio
import errno
import fcntl
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zitadel_tui
from tests.hostile import ALL
from tests.journal_lines import read
from zitadel_tui.core.journal import DONE, VERSION, Baseline, Journal, JournalFailure, Record

ROOT = Path(zitadel_tui.__file__).parents[1]
ENTRIES = [
    ("add roles", "Add ORG_OWNER to what Ada may do."),
    ("import user", "Import Łukasz 🙂."),
    ("x", "y"),
]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "state" / "zitadel-tui")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def intent(what: str = "y", **fields: Any) -> Record:
    return Record(**{"entry": "e1", "kind": "x", "what": what, **fields})


def told(journal: Journal) -> list[str]:
    return [record.what for record in read(journal.path)]


async def test_an_intent_and_its_result_belong_together(journal: Journal) -> None:
    written = intent(
        "Add ORG_OWNER to what Ada may do.",
        instance="https://zitadel.example",
        organization="4711",
        account="9",
        user="1",
        name="Ada",
        wanted={"roles": ["ORG_OWNER"]},
        baseline=Baseline(sequence=17, time="2026-07-01T00:00:00.000Z"),
        run="r1",
        before=(),
    )
    await journal.intend(written)
    result = Record(entry="e1", outcome=DONE, after=("ORG_OWNER",), settled=True)
    assert await journal.conclude(result) == ""
    first, second = read(journal.path)
    fields = {name: getattr(written, name) for name in written.__struct_fields__}
    assert first == Record(**{**fields, "time": first.time, "version": VERSION})
    assert (second.entry, second.outcome, second.after) == ("e1", "done", ("ORG_OWNER",))
    assert second.settled
    assert first.time <= second.time
    assert first.time.endswith("Z")


async def test_only_its_owner_may_read_it(journal: Journal) -> None:
    before = os.umask(0)
    try:
        await journal.intend(intent())
    finally:
        os.umask(before)
    assert (mode(journal.path), mode(journal.directory)) == (0o600, 0o700)
    journal.path.chmod(0o644)
    await journal.intend(intent())
    assert mode(journal.path) == 0o600


@pytest.mark.parametrize("text", ALL)
async def test_a_hostile_name_is_one_harmless_line(journal: Journal, text: str) -> None:
    await journal.intend(intent(text, user=text, wanted={text: [text]}))
    await journal.intend(intent("next"))
    data = journal.path.read_bytes()
    assert data.count(b"\n") == 2
    assert b"\x1b" not in data
    assert told(journal)[1] == "next"


async def test_bytes_that_are_no_text_are_written_as_escapes(journal: Journal) -> None:
    await journal.intend(intent("caf\udce9", wanted={"roles": ("\udce9",)}))
    (record,) = read(journal.path)
    assert (record.what, record.wanted) == ("caf\\udce9", {"roles": ["\\udce9"]})


# The disk


def _file_in_the_way(journal: Journal) -> None:
    journal.directory.parent.parent.mkdir(exist_ok=True, parents=True)
    journal.directory.parent.write_text("a file where a directory should be")


def _directory_in_the_way(journal: Journal) -> None:
    journal.path.mkdir(parents=True)


def _link(journal: Journal) -> None:
    journal.directory.mkdir(parents=True)
    target = journal.directory.parent / "elsewhere"
    target.touch()
    journal.path.symlink_to(target)


def _dangling_link(journal: Journal) -> None:
    journal.directory.mkdir(parents=True)
    journal.path.symlink_to(journal.directory.parent / "nowhere")


def _pipe(journal: Journal) -> None:
    journal.directory.mkdir(parents=True)
    os.mkfifo(journal.path)


@pytest.mark.parametrize("spoil", [_file_in_the_way, _directory_in_the_way, _link, _dangling_link, _pipe])
async def test_a_place_that_is_not_its_own_is_refused_before_anything_is_sent(
    journal: Journal, spoil: Callable[[Journal], None]
) -> None:
    spoil(journal)
    with pytest.raises(
        JournalFailure, match=r"^Not sent: the record of changes .* cannot be written"
    ) as caught:
        await journal.intend(intent())
    assert "XDG_STATE_HOME" in caught.value.hint
    assert not (journal.directory.parent / "nowhere").exists()
    elsewhere = journal.directory.parent / "elsewhere"
    assert not elsewhere.exists() or elsewhere.read_bytes() == b""


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("call", ["write", "fsync", "open"])
async def test_a_disk_that_fails_is_reported_and_the_line_is_not_there(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    await journal.intend(intent("one"))
    whole = journal.path.read_bytes()

    def fails(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as failing:
        failing.setattr(os, call, fails)
        with pytest.raises(JournalFailure, match=os.strerror(code)):
            await journal.intend(intent("two"))
        warning = await journal.conclude(Record(entry="e1", outcome=DONE))
    assert os.strerror(code) in warning
    assert "could not be recorded" in warning
    assert journal.path.read_bytes() == whole


FULL = """
import asyncio, resource, signal, sys
from pathlib import Path
from zitadel_tui.core.journal import Journal, JournalFailure, Record
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400))
async def fill():
    journal = Journal(Path(sys.argv[1]))
    for number in range(100):
        try:
            await journal.intend(Record(entry="e", what=f"entry {number}"))
        except JournalFailure as failure:
            print(number, failure.summary)
            return
asyncio.run(fill())
"""


async def test_a_full_disk_leaves_whole_lines_only(journal: Journal) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(journal.directory)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    written, _, sentence = done.stdout.strip().partition(" ")
    assert sentence.startswith("Not sent"), done.stderr
    assert 0 < int(written) < 100
    assert told(journal) == [f"entry {n}" for n in range(int(written))]
    assert journal.path.read_bytes().endswith(b"}\n")
    await journal.intend(intent("there is room again"))
    assert told(journal)[int(written) :] == ["there is room again"]


@given(cut=st.integers(min_value=0), junk=st.binary(max_size=20))
def test_any_prefix_reads_its_whole_lines_and_can_be_added_to(
    tmp_path_factory: pytest.TempPathFactory, cut: int, junk: bytes
) -> None:
    journal = Journal(tmp_path_factory.mktemp("journal"))

    async def written(*records: Record) -> None:
        for record in records:
            await journal.intend(record)

    asyncio.run(written(*(intent(what, kind=kind) for kind, what in ENTRIES)))
    whole = journal.path.read_bytes()
    lines = whole.splitlines(keepends=True)
    size = cut % (len(whole) + 1)
    ends = [len(b"".join(lines[: number + 1])) - (0 if junk else 1) for number in range(len(lines))]
    complete = [end for end in ends if end <= size]
    journal.path.write_bytes(whole[:size] + junk.replace(b"\n", b""))
    expected = [what for _, what in ENTRIES[: len(complete)]]
    assert told(journal)[: len(expected)] == expected
    asyncio.run(written(intent("after the mishap")))
    found = told(journal)
    assert found[: len(expected)] == expected
    assert found[-1] == "after the mishap"
    assert len(found) <= len(expected) + 2


async def test_a_file_that_is_new_is_synced_with_its_directory_once(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bool] = []
    sync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    await journal.intend(intent())
    assert synced == [False, True]
    await journal.intend(intent())
    assert synced == [False, True, False]


# Many at once


async def test_one_sync_serves_all_that_wait(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    await journal.intend(intent("first"))
    syncing, go_on, syncs, sync = threading.Event(), threading.Event(), [0], os.fsync

    def held(descriptor: int) -> None:
        syncs[0] += 1
        syncing.set()
        go_on.wait(20)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", held)
    one = asyncio.create_task(journal.intend(intent("one")))
    await asyncio.to_thread(syncing.wait, 20)
    many = [asyncio.create_task(journal.intend(intent(str(number)))) for number in range(50)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in (one, *many))
    go_on.set()
    await asyncio.gather(one, *many)
    assert syncs == [2]
    assert told(journal) == ["first", "one", *map(str, range(50))]


async def test_who_stops_waiting_stops_nobody_else(journal: Journal) -> None:
    tasks = [asyncio.create_task(journal.intend(intent(str(number)))) for number in range(5)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    tasks[3].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(result, asyncio.CancelledError) for result in results] == [
        number in (0, 3) for number in range(5)
    ]
    await journal.intend(intent("after"))
    assert told(journal) == [*map(str, range(5)), "after"]


@pytest.fixture
def locked(journal: Journal) -> Iterator[Callable[[], None]]:
    """Another holds the file's lock, until the function is called."""
    journal.directory.mkdir(parents=True)
    descriptor = os.open(journal.path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield lambda: fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


async def test_a_line_waits_for_the_lock_of_another_and_the_loop_runs_on(
    journal: Journal, locked: Callable[[], None]
) -> None:
    task = asyncio.create_task(journal.intend(intent("at last")))
    turns = 0
    while turns < 1000:
        await asyncio.sleep(0)
        turns += 1
    assert not task.done()
    assert journal.path.read_bytes() == b""
    locked()
    await task
    assert told(journal) == ["at last"]


@pytest.mark.usefixtures("locked")
async def test_a_lock_that_another_keeps_ends_at_the_deadline(journal: Journal) -> None:
    impatient = Journal(journal.directory, lock_seconds=0.05)
    with pytest.raises(JournalFailure, match="another process keeps it locked"):
        await impatient.intend(intent())
    assert "another process keeps it locked" in await impatient.conclude(Record(entry="e1", outcome=DONE))
    assert journal.path.read_bytes() == b""


WRITER = """
import asyncio, sys
from pathlib import Path
from zitadel_tui.core.journal import Journal, Record
async def write():
    journal = Journal(Path(sys.argv[1]))
    for number in range(50):
        entry = f"{sys.argv[2]}{number}"
        await journal.intend(Record(entry=entry, what=sys.argv[2] * 500))
        await journal.conclude(Record(entry=entry, outcome="done"))
asyncio.run(write())
"""


def test_two_processes_do_not_mix_their_lines(journal: Journal) -> None:
    commands = [[sys.executable, "-c", WRITER, str(journal.directory), letter] for letter in "ab"]
    writers = [subprocess.Popen(command, cwd=ROOT) for command in commands]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    records = list(read(journal.path))
    assert len(records) == 200
    for letter in "ab":
        assert sum(record.what == letter * 500 for record in records) == 50
    assert len({record.entry for record in records}) == 100


# Other versions


async def test_lines_of_other_versions_are_shown_and_what_is_no_record_is_passed_over(
    journal: Journal,
) -> None:
    await journal.intend(intent("one"))
    with journal.path.open("ab") as file:
        file.write(b'{"entry":"e","time":"t","what":"two","novelty":[1]}\n')
        file.write(b'[]\n{"entry":5}\n\xff\xfe\n\n"text"\n' + b"9" * 5000 + b"\n" + b"[" * 5000 + b"\n")
        file.write(b'{"entry":"e","what":"no time"}\n{"time":"t","what":"no entry"}\n')
        file.write(b'{"entry":"e","time":"t","what":"three","outcome":"dreamt","kind":"dream"}\n')
        file.write(b'{"entry":"e","time":"t","what":"four","before":{"a":1},"after":["R"],"version":"9"}\n')
        file.write(b'{"entry":"e","time":"t","what":"five","version":' + b"9" * 5000 + b"}\n")
    await journal.intend(intent("six"))
    records = list(read(journal.path))
    assert [record.what for record in records][:4] == ["one", "two", "three", "four"]
    assert records[-1].what == "six"
    assert (records[2].outcome, records[2].kind) == ("dreamt", "dream")
    assert (records[3].before, records[3].after) == (None, ("R",))


@pytest.mark.parametrize(
    ("old", "new"),
    [("take roles", "remove roles"), ("import person", "import user"), ("remove person", "delete user")],
)
def test_lines_of_the_first_version_are_read_under_todays_names(journal: Journal, old: str, new: str) -> None:
    journal.directory.mkdir(parents=True)
    journal.path.write_text(
        f'{{"entry":"5f","time":"2026-07-01T10:00:00.000Z","instance":"https://zitadel.example","kind":"{old}",'
        '"what":"Take ORG_OWNER from Ada.","user":"1"}\n'
        '{"entry":"5f","time":"2026-07-01T10:00:00.100Z","outcome":"not done","organization":"2","user":"1",'
        '"before":["ORG_OWNER"],"error":"Unavailable"}\n'
    )
    first, second = read(journal.path)
    assert (first.kind, first.version, first.user, first.before) == (new, 0, "1", None)
    assert (second.outcome, second.before, second.error) == ("not done", ("ORG_OWNER",), "Unavailable")
