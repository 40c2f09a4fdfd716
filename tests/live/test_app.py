"""The app on the server: list, find and show members, also while another administrator changes them."""

import json
from pathlib import Path

import pytest

from tests.live.apps import WIDE, find, signed_in, started
from tests.live.support import MEMBER_ROLES, MEMBERS, People, Person, Server, eventually, forged_key
from tests.live.test_hostile import harmless
from zitadel_tui.tui.features.connect.view import ConnectScreen


@pytest.mark.parametrize("size", [(80, 24), WIDE])
async def test_members_arrive_under_the_name_of_the_organization(
    size: tuple[int, int], server: Server, viewer: Person
) -> None:
    organization = server.get("GET /management/v1/orgs/me")["org"]["name"]
    for _ in range(10):  # others may come and go meanwhile
        before = set(server.members())
        async with signed_in(server, size) as page:
            await page.sees(organization[:20], server.origin.split("://")[1][:20], "ORG_OWNER")
            count = page.app.view.count
        if before == set(server.members()):
            break
    else:
        pytest.fail("the members never stood still")
    assert count == f"{len(before):,}"


async def test_a_user_is_found_while_typing_and_shown_with_state_and_roles(
    server: Server, viewer: Person
) -> None:
    async with signed_in(server) as page:
        await page.press("slash")
        await page.type(f"{viewer.name}@LIVE")
        await page.sees("Zelda ", viewer.name)
        await page.press("enter", "enter")
        await page.sees(f"{viewer.name}@live.example.test", viewer.id, "active", "ORG_OWNER_VIEWER")


async def test_who_holds_a_role_is_one_key_away(server: Server, viewer: Person) -> None:
    offered = server.get(f"POST {MEMBER_ROLES}")["result"]
    async with signed_in(server) as page:
        await page.press("2")
        await page.sees(*(role[:29] for role in offered))
        for _ in offered:
            if page.app.view.copy_text() == ("the role ORG_OWNER_VIEWER", "ORG_OWNER_VIEWER"):
                break
            await page.press("down")
        await page.sees("Held by", "org.member.read")
        await page.press("enter")
        await page.sees("role:ORG_OWNER_VIEWER")
        assert page.app.view.id == "members"
        await page.press("slash")
        await page.type(f" {viewer.name}")
        await page.sees("Zelda ", viewer.name)


async def test_a_refresh_brings_what_another_admin_changed_and_moves_nothing(
    server: Server, people: People
) -> None:
    family = people.name()

    def relative(first: str) -> Person:
        return people.make("ORG_OWNER_VIEWER", profile={"firstName": first, "lastName": family})

    first, last = relative("Anna"), relative("Zoe")
    async with signed_in(server) as page:
        await find(page, family)
        await page.sees("Anna ", "Zoe ")
        await page.until(lambda: page.app.members.roster is not None)  # read once more, a second after Zoe
        await page.press("end")
        assert page.app.view.copy_text() == (f"the id of Zoe {family}", last.id)
        relative("Mary")
        server.get(f"PUT {MEMBERS}/{first.id}", {"roles": ["ORG_OWNER_VIEWER", "ORG_SETTINGS_MANAGER"]})
        eventually(lambda: len(server.roles_of(first.id)) == 2)
        await page.press("r")
        await page.sees("Mary ", "ORG_SETTINGS_MANAGER", "Members changed at", " new", "other roles")
        assert page.app.view.copy_text() == (f"the id of Zoe {family}", last.id)


async def test_a_name_that_attacks_a_terminal_is_only_text(server: Server, people: People) -> None:
    profile = {
        "firstName": "\x1b]52;c;aGk=\x07\x1b[2J\x9b31m",
        "lastName": "[/red] \u202e[@click=app.quit]x[/]",
    }
    attacker = people.make("ORG_OWNER_VIEWER", profile=profile)
    async with signed_in(server) as page:
        await find(page, attacker.name)
        await page.sees("]52;c;aGk")
        await page.press("enter")
        await page.sees(attacker.id, "[@click=app.quit]x[/]")
        assert harmless(page.text)
        await page.press("y")
        await page.until(lambda: page.messages)
        assert harmless("".join(page.messages))


async def test_read_only_is_reported_and_reading_works(server: Server) -> None:
    async with signed_in(server, (80, 24), read_only=True) as page:
        await page.sees("READ-ONLY", "ORG_OWNER")


async def test_a_forged_key_leads_to_connect(server: Server, tmp_path: Path) -> None:
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(forged_key(server.key)), encoding="utf-8")
    forged.chmod(0o600)
    async with started(server, key_file=str(forged), domain=server.origin) as page:
        await page.until(lambda: isinstance(page.app.screen, ConnectScreen))
        await page.sees(forged.name, "demo")
