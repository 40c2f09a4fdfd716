"""Contexts: signing in with one, naming the organization, and protection."""

import pytest

from tests.live.support import Person, Server, Tool, eventually


@pytest.fixture
def context(tool: Tool) -> str:
    """A context of the server."""
    added = tool("context", "add", "live", "--use")
    assert added.status == 0, added.err
    return "live"


def test_a_context_signs_in_like_the_env_file_it_was_made_from(tool: Tool, context: str) -> None:
    assert tool("whoami", "--json", context=context).data == tool("whoami", "--json").data


def test_an_organization_may_be_given_by_its_name_or_domain(tool: Tool, context: str) -> None:
    here = tool("whoami", "--json", context=context).data["orgId"]
    listed = {one["id"]: one for one in tool("organizations", "list", "--json", context=context).data}
    assert listed[here]["state"] == "active"
    for text in (listed[here]["name"], listed[here]["name"].upper(), listed[here]["primaryDomain"]):
        assert tool("whoami", "--json", "--org", text, context=context).data["orgId"] == here
    refused = tool("members", "list", "--org", "no organization is called this", context=context)
    assert refused.status == 2
    assert "organizations list" in refused.err


def test_a_protection_holds_also_for_the_env_file(
    server: Server, tool: Tool, context: str, viewer: Person
) -> None:
    protect = ("context", "add", context, "--replace", "--protection")
    assert tool(*protect, "protected").status == 0
    remove = ("members", "remove", viewer.id)
    refused = tool(*remove, "--yes")
    assert refused.status == 2
    assert "--confirm" in refused.err
    eventually(lambda: server.roles_of(viewer.id))

    assert tool(*protect, "read-only").status == 0
    refused = tool("members", "add", viewer.id, "ORG_USER_MANAGER")
    assert refused.status == 2
    assert "read-only" in refused.err

    assert tool(*protect, "protected", "--yes").status == 0
    here = tool("whoami", "--json", context=context).data["orgId"]
    organizations = tool("organizations", "list", "--json", context=context).data
    name = next(one["name"] for one in organizations if one["id"] == here)
    assert tool(*remove, "--confirm", name, context=context).status == 0
    eventually(lambda: not server.roles_of(viewer.id))
