"""Projects: an organization's own and those granted to it, found by id or name, and their roles."""

import pytest

from tests.demo_clients import client_of, id_of
from zitadel_tui.core import projects
from zitadel_tui.core.projects import Project
from zitadel_tui.demo.server import Demo
from zitadel_tui.failure import UsageFailure
from zitadel_tui.zitadel.wire.projects import ProjectRole

KNOWN = (
    Project("1", "Billing"),
    Project("2", "Payroll"),
    Project("3", "payroll", owner="Globex"),
    Project("4", "[red]x\x1b[31m"),
)
OFFERED = (ProjectRole(key="viewer"), ProjectRole(key="Viewer"), ProjectRole(key="clerk"))


async def test_own_projects_come_first_then_those_granted_by_others() -> None:
    client = client_of(Demo(size=0, lag=(0, 0)))
    found = await projects.read(client)
    assert [project.name for project in found if project.owner] == ["Supplier portal"]
    assert found[-1].owner == "Globex"
    own = [project.name.casefold() for project in found if not project.owner]
    assert own == sorted(own)
    assert {project.name for project in found if not project.is_active} == {"Old intranet"}


async def test_of_a_granted_project_only_the_granted_roles_are_offered() -> None:
    client = client_of(Demo(size=0, lag=(0, 0)))
    found = {project.name: project for project in await projects.read(client)}
    granted = await projects.roles(client, found["Supplier portal"])
    assert [(role.key, role.display_name) for role in granted] == [
        ("auditor", "Reads orders"),
        ("supplier", "Enters orders"),
    ]
    assert [role.key for role in await projects.roles(client, found["Billing"])] == [
        *("admin", "approver", "clerk", "viewer")
    ]
    assert await projects.roles(client, found["Without roles"]) == []


async def test_granted_roles_that_cannot_be_read_are_offered_by_their_keys() -> None:
    client = client_of(Demo(size=0, lag=(0, 0)))
    unknown = Project("111111111111111111", "Elsewhere", owner="X", granted_roles=("b", "a"))
    assert [role.key for role in await projects.roles(client, unknown)] == ["a", "b"]


async def test_grants_are_found_by_user_project_and_role() -> None:
    demo = Demo(size=0, lag=(0, 0))
    client = client_of(demo)
    billing = next(one for one in await projects.read(client) if one.name == "Billing")
    everyone = await projects.grants(client, project_id=billing.id)
    admins = await projects.grants(client, project_id=billing.id, role="admin")
    assert 0 < len(admins) < len(everyone) < len(await projects.grants(client))
    bot = await projects.grants(client, user_id=id_of(demo, "onboarding-bot"))
    assert [(one.project_name, one.role_keys) for one in bot] == [("CRM", ("reports.export",))]


@pytest.mark.parametrize(("text", "id"), [("2", "2"), ("billing", "1"), (" Billing ", "1"), ("4", "4")])
def test_a_project_is_found_by_id_or_name(text: str, id: str) -> None:
    assert projects.resolve(text, KNOWN).id == id


def test_an_ambiguous_name_lists_the_projects() -> None:
    with pytest.raises(UsageFailure, match="2 projects are called 'PAYROLL': 2, 3") as caught:
        projects.resolve("PAYROLL", KNOWN)
    assert "(of Globex)" in caught.value.summary


@pytest.mark.parametrize(
    ("text", "hint"), [("Biling", "Billing"), ("bill", "Billing"), ("zz", "projects list")]
)
def test_an_unknown_project_is_reported_with_those_that_are_like_it(text: str, hint: str) -> None:
    with pytest.raises(UsageFailure) as caught:
        projects.resolve(text, KNOWN)
    assert hint in caught.value.hint


def test_roles_are_compared_to_the_letter_and_another_case_is_suggested() -> None:
    assert projects.resolve_roles(("clerk", "viewer", "clerk"), OFFERED, KNOWN[0]) == ("clerk", "viewer")
    with pytest.raises(UsageFailure, match="Project Billing has no role 'CLERK'") as caught:
        projects.resolve_roles(("CLERK",), OFFERED, KNOWN[0])
    assert caught.value.hint == "Did you mean clerk?"
    with pytest.raises(UsageFailure) as caught:
        projects.resolve_roles(("king",), (), KNOWN[3])
    assert caught.value.hint == "It has no roles."
    assert "\x1b" not in caught.value.summary


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("Payroll:viewer", ("Payroll", ("viewer",))),
        (" Payroll : viewer , editor,", ("Payroll", ("viewer", "editor"))),
        ("400945858750712870:a:b", ("400945858750712870", ("a:b",))),
    ],
)
def test_project_and_roles_are_written_in_one_word(text: str, parsed: tuple[str, tuple[str, ...]]) -> None:
    assert projects.parse_grant(text) == parsed


@pytest.mark.parametrize("text", ["", "Payroll", "Payroll:", ":viewer", "Payroll: , "])
def test_what_names_no_project_roles_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(UsageFailure, match="does not name project roles") as caught:
        projects.parse_grant(text)
    assert "PROJECT:ROLE" in caught.value.hint
