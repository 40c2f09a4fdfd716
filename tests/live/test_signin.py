"""Signing in: with the seed's files, the token for curl, and keys of another server."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.live.support import (
    IMPORT,
    MEMBER_ROLES,
    MEMBERS,
    SEED_PAGE,
    People,
    Server,
    Tool,
    eventually,
    forged_key,
)
from tests.sockets import closed_origin


def test_token_is_alone_on_stdout_and_opens_the_api(server: Server, tool: Tool) -> None:
    told = tool.process("token")
    assert told.status == 0, told.err
    token = told.out.removesuffix("\n")
    assert token
    assert not set(token) & set(" \n\r\t")
    assert token not in told.err
    me = server.get("GET /auth/v1/users/me", token=token)["user"]
    assert me["id"] == server.key["userId"]


def test_the_seeds_four_calls_work_with_the_printed_token_and_agree_with_ours(
    server: Server, tool: Tool, people: People
) -> None:
    token = tool("token").out.strip()
    body = people.body()
    user_id = server.get(f"POST {IMPORT}", body, token=token)["userId"]
    roles = server.get(f"POST {MEMBER_ROLES}", token=token)["result"]
    server.get(f"POST {MEMBERS}", {"userId": user_id, "roles": [roles[0]]}, token=token)

    assert {role["role"] for role in tool("roles", "list", "--json").data} == set(roles)
    found = eventually(lambda: tool("users", "find", user_id, "--json").data)
    assert [(user["id"], user["userName"]) for user in found] == [(user_id, body["userName"])]
    listed = server.get(f"POST {MEMBERS}/_search", SEED_PAGE, token=token)["result"]
    ours = {member["userId"]: member for member in tool("members", "list", "--json").data}
    for member in listed:
        if member["userId"] == user_id:
            assert ours[user_id]["roles"] == member["roles"] == [roles[0]]
            assert ours[user_id]["preferredLoginName"] == member["preferredLoginName"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl_with_the_exported_token_lists_the_members(server: Server, tool: Tool) -> None:
    script = """
    curl -L -k -s -X POST "$ZITADEL_URL/management/v1/orgs/me/members/_search" \
      -H 'Content-Type: application/json' -H 'Accept: application/json' \
      -H "Authorization: Bearer $ZITADEL_PAT" \
      --data-raw '{"query": {"offset": "0", "limit": 100, "asc": true}, "queries": []}'
    """
    environment = {
        "ZITADEL_URL": server.origin,
        "ZITADEL_PAT": tool("token").out.strip(),
        "PATH": "/usr/bin:/bin",
    }
    told = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, timeout=30, check=True)
    answer = json.loads(told.stdout)
    assert server.key["userId"] in {member["userId"] for member in answer["result"]} or int(
        answer["details"]["totalResult"]
    ) > len(answer["result"])


def test_whoami_names_account_organization_and_rights(server: Server, tool: Tool) -> None:
    me = server.get("GET /auth/v1/users/me")["user"]
    organization = server.get("GET /management/v1/orgs/me")["org"]
    data = tool("whoami", "--json").data
    assert data["user"]["id"] == me["id"] == server.key["userId"]
    assert data["user"]["userName"] == me["userName"]
    assert (data["orgId"], data["org"]["name"]) == (organization["id"], organization["name"])
    asked = server.get("POST /auth/v1/memberships/me/_search")["result"]
    assert sorted(sorted(one["roles"]) for one in data["memberships"]) == sorted(
        sorted(one["roles"]) for one in asked
    )
    assert "org.member.read" in data["permissions"]

    text = tool("whoami").out
    assert me["id"] in text
    assert server.origin.split("://")[1] in text
    assert all(role in text for one in asked for role in one["roles"])


def test_settings_name_the_file_they_come_from_and_hide_nothing_but_secrets(
    server: Server, tool: Tool
) -> None:
    told = tool("settings")
    assert told.status == 0
    assert str(server.env_file) in told.out
    assert server.origin.split("://")[1] in told.out
    assert server.key["key"].splitlines()[1] not in told.out + told.err


def test_a_key_the_server_does_not_know_ends_with_status_3(
    server: Server, tool: Tool, tmp_path: Path
) -> None:
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(forged_key(server.key)), encoding="utf-8")
    forged.chmod(0o600)
    told = tool("whoami", "--key-file", str(forged), "--domain", server.origin)
    assert (told.status, told.out) == (3, "")
    assert "error: " in told.err
    assert "hint: " in told.err
    assert "Traceback" not in told.err


def test_a_closed_port_ends_with_status_3(server: Server, tool: Tool, tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_text(json.dumps(server.key), encoding="utf-8")
    key.chmod(0o600)
    told = tool("token", "--domain", closed_origin(), "--key-file", str(key), "--timeout", "5")
    assert (told.status, told.out) == (3, "")


def test_an_organization_that_does_not_exist_is_refused(tool: Tool) -> None:
    told = tool("members", "list", "--org", "1" * 18)
    assert (told.status, told.out) == (1, "")
    assert "organization" in told.err.lower()


def test_a_key_from_stdin_works_as_kubectl_pipes_it(server: Server, tool: Tool) -> None:
    told = tool("token", "--key-file", "-", "--domain", server.origin, stdin=json.dumps(server.key))
    assert told.status == 0, told.err
    assert server.get("GET /auth/v1/users/me", token=told.out.strip())["user"]["id"] == server.key["userId"]
