"""The offered roles, what they permit, and who has them."""

from tests.live.support import MEMBER_ROLES, Person, Server, Tool, eventually


def test_the_list_has_what_the_server_offers_and_who_holds_it(
    server: Server, tool: Tool, viewer: Person
) -> None:
    offered = server.get(f"POST {MEMBER_ROLES}")["result"]

    def agree() -> bool:
        before = server.members()
        listed = {one["role"]: one for one in tool("roles", "list", "--json").data}
        if before != server.members():
            return False
        assert set(listed) == set(offered)
        holders = {role: sum(role in one["roles"] for one in before.values()) for role in offered}
        assert {role: one["members"] for role, one in listed.items()} == holders
        return True

    assert eventually(agree)
    table = tool("roles", "list").out
    assert all(role in table for role in offered)


def test_show_says_what_a_role_permits_and_who_holds_it(tool: Tool, viewer: Person) -> None:
    data = tool("roles", "show", "org_owner_viewer", "--json").data
    assert data["role"] == "ORG_OWNER_VIEWER"
    assert data["offered"] is True
    assert "org.member.read" in data["permissions"]
    assert "org.member.write" not in data["permissions"]
    assert viewer.id in {member["userId"] for member in data["members"]}
    assert f"Zelda {viewer.name}" in tool("roles", "show", "ORG_OWNER_VIEWER").out


def test_a_mistyped_role_is_answered_with_the_nearest(tool: Tool) -> None:
    told = tool("roles", "show", "ORG_OWNR")
    assert (told.status, told.out) == (2, "")
    assert "ORG_OWNER" in told.err
