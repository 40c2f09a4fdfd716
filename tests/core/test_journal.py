"""The record of changes: private, whole after any mishap, and never in the way of reading it."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zitadel_tui
from tests.hostile import ALL
from zitadel_tui.core.journal import Journal, JournalFailure, read

ROOT = Path(zitadel_tui.__file__).parents[1]
ENTRIES = [
    ("add roles", "Add ORG_OWNER to what Ada may do."),
    ("import person", "Import Łukasz 🙂."),
    ("x", "y"),
]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "state" / "zitadel-tui", "https://zitadel.example", "4711")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_an_intent_and_its_result_belong_together(journal: Journal) -> None:
    name = journal.intend(kind="add roles", what="Add ORG_OWNER to what Ada may do.", user="1")
    assert journal.conclude(name, "done", after=("ORG_OWNER",), settled=True) == ""
    intent, result = read(journal.path)
    assert (intent.entry, intent.outcome, intent.user) == (name, None, "1")
    assert (intent.instance, intent.organization) == ("https://zitadel.example", "4711")
    assert (result.entry, result.outcome, result.after, result.settled) == (
        name,
        "done",
        ("ORG_OWNER",),
        True,
    )
    assert intent.time <= result.time
    assert intent.time.endswith("Z")


def test_only_its_owner_may_read_it(journal: Journal) -> None:
    before = os.umask(0)
    try:
        journal.intend(kind="x", what="y")
    finally:
        os.umask(before)
    assert (mode(journal.path), mode(journal.directory)) == (0o600, 0o700)
    journal.path.chmod(0o644)
    journal.intend(kind="x", what="y")
    assert mode(journal.path) == 0o600


def test_nothing_is_read_where_there_is_none(journal: Journal) -> None:
    assert list(read(journal.path)) == []


@pytest.mark.parametrize("text", ALL)
def test_a_hostile_name_is_one_harmless_line(journal: Journal, text: str) -> None:
    journal.intend(kind="x", what=text, user=text)
    journal.intend(kind="x", what="next")
    data = journal.path.read_bytes()
    assert data.count(b"\n") == 2
    assert b"\x1b" not in data
    assert [entry.what for entry in read(journal.path)][1] == "next"


def test_bytes_that_are_no_text_are_written_as_escapes(journal: Journal) -> None:
    journal.intend(kind="x", what="caf\udce9")
    assert [entry.what for entry in read(journal.path)] == ["caf\\udce9"]


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
def test_a_place_that_is_not_its_own_is_refused_before_anything_is_sent(
    journal: Journal, spoil: object
) -> None:
    assert callable(spoil)
    spoil(journal)
    with pytest.raises(
        JournalFailure, match=r"^Not sent: the record of changes .* cannot be written"
    ) as caught:
        journal.intend(kind="x", what="y")
    assert "XDG_STATE_HOME" in caught.value.hint
    assert not (journal.directory.parent / "nowhere").exists()
    elsewhere = journal.directory.parent / "elsewhere"
    assert not elsewhere.exists() or elsewhere.read_bytes() == b""


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("call", ["write", "fsync", "open"])
def test_a_disk_that_fails_is_told(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    name = journal.intend(kind="x", what="y")

    def fails(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, fails)
    with pytest.raises(JournalFailure, match=os.strerror(code)):
        journal.intend(kind="x", what="z")
    warning = journal.conclude(name, "done")
    assert os.strerror(code) in warning
    assert "could not be recorded" in warning


FULL = """
import resource, signal, sys
from pathlib import Path
from zitadel_tui.core.journal import Journal, JournalFailure
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400))
journal = Journal(Path(sys.argv[1]))
for number in range(100):
    try:
        journal.intend(kind="x", what=f"entry {number}")
    except JournalFailure as failure:
        print(number, failure.summary)
        break
"""


def test_a_full_disk_tears_a_line_that_harms_no_other(journal: Journal) -> None:
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
    assert [entry.what for entry in read(journal.path)] == [f"entry {n}" for n in range(int(written))]
    journal.intend(kind="x", what="there is room again")
    assert [entry.what for entry in read(journal.path)][int(written) :] == ["there is room again"]


@given(cut=st.integers(min_value=0), junk=st.binary(max_size=20))
def test_any_prefix_reads_its_whole_lines_and_can_be_added_to(
    tmp_path_factory: pytest.TempPathFactory, cut: int, junk: bytes
) -> None:
    journal = Journal(tmp_path_factory.mktemp("journal"))
    for kind, what in ENTRIES:
        journal.intend(kind=kind, what=what)
    whole = journal.path.read_bytes()
    lines = whole.splitlines(keepends=True)
    size = cut % (len(whole) + 1)
    complete = [line for number, line in enumerate(lines) if len(b"".join(lines[: number + 1])) - 1 <= size]
    journal.path.write_bytes(whole[:size] + junk.replace(b"\n", b""))
    if junk:
        complete = [line for number, line in enumerate(lines) if len(b"".join(lines[: number + 1])) <= size]
    expected = [what for _, what in ENTRIES[: len(complete)]]
    assert [entry.what for entry in read(journal.path)][: len(expected)] == expected
    journal.intend(kind="x", what="after the mishap")
    found = [entry.what for entry in read(journal.path)]
    assert found[: len(expected)] == expected
    assert found[-1] == "after the mishap"
    assert len(found) <= len(expected) + 2


def test_lines_of_a_later_version_are_read_and_others_passed_over(journal: Journal) -> None:
    journal.intend(kind="x", what="one")
    with journal.path.open("ab") as file:
        file.write(b'{"entry":"e","time":"t","what":"two","novelty":[1]}\n')
        file.write(b'[]\n{"entry":5}\n\xff\xfe\n\n{"entry":"e","time":"t","outcome":"dreamt"}\n')
    journal.intend(kind="x", what="three")
    assert [entry.what for entry in read(journal.path)] == ["one", "two", "three"]


WRITER = """
import sys
from pathlib import Path
from zitadel_tui.core.journal import Journal
journal = Journal(Path(sys.argv[1]))
for number in range(50):
    journal.conclude(journal.intend(kind="x", what=sys.argv[2] * 500), "done")
"""


def test_two_processes_do_not_mix_their_lines(journal: Journal) -> None:
    commands = [[sys.executable, "-c", WRITER, str(journal.directory), letter] for letter in "ab"]
    writers = [subprocess.Popen(command, cwd=ROOT) for command in commands]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    entries = list(read(journal.path))
    assert len(entries) == 200
    for letter in "ab":
        assert sum(entry.what == letter * 500 for entry in entries) == 50
    assert len({entry.entry for entry in entries}) == 100
