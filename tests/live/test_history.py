"""Changes of this program are found in the history, with the server's own events."""

from tests.live.support import People, Server, Tool, eventually

ROLE = "ORG_USER_MANAGER"


def test_changes_are_found_with_the_events_of_the_server(server: Server, people: People, tool: Tool) -> None:
    name = people.name()
    who = ("--first-name", "Zelda", "--last-name", name, "--email", f"{name}@live.example.test")
    created = tool("users", "import", *who, "--user-name", name, "--role", ROLE, "--json")
    user = created.data["userId"]
    eventually(lambda: server.roles_of(user))
    server.get(f"POST /management/v1/users/{user}/_lock", {})

    assigned, imported = tool("history", "--user", user, "--json").data
    assert (assigned["kind"], assigned["outcome"], assigned["after"]) == ("add roles", "done", [ROLE])
    assert (imported["kind"], imported["outcome"]) == ("import user", "done")
    assert imported["instance"] == server.origin
    full = tool("history", assigned["entry"][:8], "--json").data
    assert full["command"] == f"zitadel-tui members add {user} {ROLE}"

    lines = tool("history", "--server", "--user", user, "--json").data
    by_kind = {line["entry"]["kind"]: line for line in lines if line["entry"]}
    assert {line["origin"] for line in by_kind.values()} == {"both"}
    assert set(by_kind) == {"add roles", "import user"}
    (event,) = by_kind["add roles"]["events"]
    assert event["eventType"]["key"].endswith("member.added")
    assert event["sequence"] == assigned["sequence"]
    assert by_kind["import user"]["events"][0]["eventType"]["key"].endswith("user.human.added")
    foreign = [line["events"][0]["eventType"]["key"] for line in lines if line["origin"] == "server"]
    assert any(key.endswith("user.locked") for key in foreign)
    assert all(line["events"] for line in lines)
