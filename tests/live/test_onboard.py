"""A file with a row of every verdict: checked, applied, stopped, resumed, and applied again."""

import csv
import io
import json
import signal
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.live.support import OWN_HASH, People, Server, Tool, eventually
from zitadel_tui.core.onboard import run_files

ROLE = "ORG_USER_MANAGER"
NEW = 20
HEADINGS = ("userName", "firstName", "lastName", "email", "hashedPassword", "roles", "grants")


@pytest.fixture
def project(server: Server, people: People) -> Iterator[str]:
    """The id of a project with a role."""
    id = server.make_project(f"{people.start} onboarding", "viewer")
    try:
        yield id
    finally:
        server.remove_project(id)


class File:
    """New users, one who exists, one whose name is taken, a bad row, and two that contradict each other."""

    def __init__(self, people: People, project: str, path: Path) -> None:
        self.path = path
        self.existing, self.taken = people.make(), people.make()
        self.new = [people.name() for _ in range(NEW)]
        self.bad, self.twice = people.name(), people.name()
        self._grant = f"{project}:viewer"

    def write(self) -> str:
        rows = [self._row(name) for name in (*self.new, self.existing.name)]
        rows += [
            self._row(self.taken.name, email="another@live.example.test"),
            self._row(self.bad, email="no-address"),
            self._row(self.twice),
            self._row(self.twice, email="another@live.example.test"),
        ]
        text = io.StringIO()
        csv.writer(text, delimiter=";", lineterminator="\r\n").writerows([HEADINGS, *rows])
        self.path.write_bytes(text.getvalue().encode("utf-8-sig"))
        return str(self.path)

    def _row(self, name: str, *, email: str = "") -> tuple[str, ...]:
        return (name, "Jürg", name, email or f"{name}@live.example.test", OWN_HASH, ROLE, self._grant)


@pytest.fixture
def file(people: People, project: str, tmp_path: Path) -> File:
    return File(people, project, tmp_path / "people.csv")


def verdicts(tool: Tool, path: str) -> Counter[str]:
    told = tool("onboard", "check", path, "--json")
    assert told.status == 4, told.err
    return Counter(row["verdict"] for row in json.loads(told.out))


def stopped_early(tool: Tool, path: str) -> None:
    """Apply it slowly, and stop when the first user was created."""
    process = tool.start("onboard", "apply", path, "--yes", "--json", "--rate", "40", "--parallel", "2")
    with process:
        assert process.stdout is not None
        while '"state":"done"' not in (line := process.stdout.readline()):
            assert line, process.communicate()[1]
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "onboard resume" in err


def shown(tool: Tool) -> dict[str, dict[str, Any]]:
    return {row["userName"]: row for row in tool("onboard", "show", "--json").data}


def test_a_file_of_every_verdict_is_stopped_and_resumed_and_each_row_is_done_once(
    server: Server, people: People, tool: Tool, file: File, project: str, tmp_path: Path
) -> None:
    path = file.write()
    assert verdicts(tool, path) == {"create": NEW, "exists": 1, "conflict": 1, "invalid": 1, "duplicate": 2}

    stopped_early(tool, path)
    states = Counter(row["state"] for row in shown(tool).values())
    assert states["done"]
    assert states["pending"]

    resumed = tool("onboard", "resume")
    assert resumed.status == 4, resumed.err
    assert resumed.out.splitlines()[-1].endswith(f": {NEW + 1} done, 4 skipped.")
    rows = shown(tool)
    for name in (*file.new, file.existing.name):
        row = rows[name]
        assert (row["state"], row["created"]) == ("done", name != file.existing.name)
        assert eventually(partial(server.roles_of, row["userId"])) == [ROLE]
        assert eventually(partial(server.grants_of, row["userId"])) == {project: ["viewer"]}
    assert rows[file.existing.name]["userId"] == file.existing.id

    names = {*file.new, file.existing.name, file.taken.name, file.bad, file.twice}
    found = eventually(lambda: _named(server, people, names, at_least=NEW + 2))
    assert Counter(found) == dict.fromkeys((*file.new, file.existing.name, file.taken.name), 1)
    assert server.roles_of(file.taken.id) == []

    again = tool("onboard", "apply", path, "--yes")
    assert again.status == 4, again.err
    assert again.out.splitlines()[-1].endswith(f": {NEW + 1} unchanged, 4 skipped.")

    left = tmp_path / "left.csv"
    assert tool("onboard", "show", "--failed", str(left)).status == 0
    kept = csv.DictReader(io.StringIO(left.read_text(encoding="utf-8-sig"), newline=""), delimiter=";")
    assert [row["userName"] for row in kept] == [file.taken.name, file.bad, file.twice, file.twice]
    for _ in range(2):
        assert tool("onboard", "forget", "--yes").status == 0


def _named(server: Server, people: People, names: set[str], *, at_least: int) -> list[str]:
    """The user names of those on the server; none until so many are found."""
    found = [user["userName"] for user in server.users_named(people.start)]
    found = [name for name in found if name in names]
    return found if len(found) >= at_least else []


def test_links_of_new_users_are_handed_over_and_lost_ones_are_made_again(
    people: People, tool: Tool, tmp_path: Path
) -> None:
    path = tmp_path / "people.json"
    bodies = [people.body(requestPasswordlessRegistration=True, hashedPassword=None) for _ in range(2)]
    path.write_text(json.dumps(bodies))
    applied = tool("onboard", "apply", str(path), "--yes")
    assert applied.status == 0, applied.err
    links = _links(tool, tmp_path / "first.json")
    assert sorted(links) == sorted(body["userName"] for body in bodies)
    assert not any(link in applied.out + applied.err for link in links.values())

    (files,) = run_files.every(run_files.directory())
    files.hand_over.path.unlink()
    made = tool("onboard", "links")
    assert (made.status, len(made.out.splitlines())) == (0, 2), made.err
    others = _links(tool, tmp_path / "second.json")
    assert sorted(others) == sorted(links)
    assert not set(others.values()) & set(links.values())


def _links(tool: Tool, path: Path) -> dict[str, str]:
    """By user name, from the hand-over sheet."""
    assert tool("onboard", "show", "--hand-over", str(path)).status == 0
    links = {row["userName"]: row["link"] for row in json.loads(path.read_text())}
    assert all("passwordless" in link for link in links.values())
    return links
