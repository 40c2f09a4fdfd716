"""The doctor, the cached token, the trace, undo, and the state of users."""

import json
from pathlib import Path

import pytest

from tests.live.support import EVERYONE, USERS, People, Person, Server, Tool, eventually
from zitadel_tui.core import token_cache


def kept() -> list[Path]:
    directory = token_cache.directory()
    return list(directory.iterdir()) if directory.exists() else []


def test_the_doctor_finds_nothing_that_fails(tool: Tool) -> None:
    told = tool("doctor", "--json")
    assert told.status == 0, told.out
    assert '"check":"token","state":"ok"' in told.out


def test_a_token_is_cached_used_and_deleted(server: Server, tool: Tool) -> None:
    first = tool("token").out
    if server.env_file.read_text().count("INSECURE"):
        pytest.skip("nothing is kept where certificates are not checked")
    assert len(kept()) == 1
    assert tool("token").out == first
    assert tool("token", "--no-cache").out != first
    assert tool("logout").status == 0
    assert kept() == []
    assert tool("token").out != first


def test_a_trace_has_no_token_in_it(tool: Tool, tmp_path: Path) -> None:
    token = tool("token").out.strip()
    trace = tmp_path / "trace.jsonl"
    assert tool("whoami", "--trace", str(trace), "--trace-bodies").status == 0
    text = trace.read_text()
    assert text
    assert token not in text


def test_a_role_change_is_undone_and_a_colleagues_is_not(server: Server, tool: Tool, viewer: Person) -> None:
    assert tool("members", "add", viewer.id, "ORG_USER_MANAGER").status == 0
    (newest,) = tool("history", "--user", viewer.id, "--limit", "1", "--json").data
    undone = tool("undo", newest["entry"], "--yes")
    assert undone.status == 0, undone.err
    assert eventually(lambda: server.roles_of(viewer.id) == ["ORG_OWNER_VIEWER"])

    assert tool("members", "add", viewer.id, "ORG_USER_MANAGER").status == 0
    eventually(lambda: len(server.roles_of(viewer.id)) == 2)
    colleague = {"roles": ["ORG_USER_MANAGER", "ORG_OWNER_VIEWER", "ORG_PROJECT_CREATOR"]}
    server.get(f"PUT /management/v1/orgs/me/members/{viewer.id}", colleague)
    eventually(lambda: len(server.roles_of(viewer.id)) == 3)
    refused = tool("undo", "--last", "--yes", "--json")
    assert refused.status == 4
    assert len(server.roles_of(viewer.id)) == 3


def test_a_small_run_is_undone(server: Server, tool: Tool, people: People, tmp_path: Path) -> None:
    names = [people.body()["userName"] for _ in range(3)]
    rows = [
        f"{name},{name}@undo.example,Undo,Run{number},ORG_OWNER_VIEWER" for number, name in enumerate(names)
    ]
    file = tmp_path / "people.csv"
    file.write_text("\n".join(["user name,email,first name,last name,roles", *rows]) + "\n")
    applied = tool("onboard", "apply", str(file), "--yes", "--generate-password")
    assert applied.status == 0, applied.err
    run = tool("onboard", "runs", "--json").data[0]["run"]
    eventually(lambda: all(server.users_named(name) for name in names))
    undone = tool("undo", "--run", run, "--delete-users", "--yes")
    assert undone.status == 0, undone.err
    assert eventually(lambda: not any(server.users_named(name) for name in names))
    assert tool("onboard", "forget", run, "--yes").status == 0


def test_a_created_user_keeps_the_roles_that_a_colleague_assigned(
    server: Server, tool: Tool, people: People, tmp_path: Path
) -> None:
    person = tmp_path / "person.json"
    person.write_text(json.dumps(people.body()))
    imported = tool("users", "import", "--from", str(person), "--json")
    assert imported.status == 0, imported.err
    user = imported.data["userId"]
    (newest,) = tool("history", "--user", user, "--limit", "1", "--json").data
    undo = ("undo", newest["entry"], "--delete-users", "--yes")

    server.make_member(user, "ORG_OWNER_VIEWER")
    eventually(lambda: server.get(f"POST {USERS}/{user}/memberships/_search", EVERYONE).get("result"))
    refused = tool(*undo)
    assert refused.status == 4, refused.err
    assert "ORG_OWNER_VIEWER in " in refused.out

    project = server.make_project(people.name(), "auditor")
    try:
        server.grant(user, project, "auditor")
        refused = tool(*undo)
        assert refused.status == 4, refused.err
        assert "auditor in project " in refused.out
    finally:
        server.remove_project(project)
    assert server.user(user)


def test_a_user_is_deactivated_reactivated_and_deleted(server: Server, tool: Tool, viewer: Person) -> None:
    for verb, options, state in (("deactivate", ("--yes",), "INACTIVE"), ("reactivate", (), "ACTIVE")):
        done = tool("users", verb, viewer.id, *options)
        assert done.status == 0, done.err
        assert server.user(viewer.id)["state"] == f"USER_STATE_{state}"
    assert tool("users", "delete", viewer.id, "--yes").status == 0
    assert tool("users", "delete", viewer.id, "--yes").status == 1
    own = tool("users", "deactivate", server.key["userId"], "--yes", "--force")
    assert own.status == 2
    assert "itself" in own.err
