"""Project roles in the roles dialog: found, opened, chosen with administrator roles, written one by one."""

import pytest

from tests.demo_clients import id_of
from tests.tui.app_pages import Page, demo
from tests.tui.pages import members_read, table
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.server import Demo
from zitadel_tui.tui.dialogs.confirm import Confirm
from zitadel_tui.tui.dialogs.conflict import ConflictDialog
from zitadel_tui.tui.dialogs.job_result import JobResultDialog
from zitadel_tui.tui.dialogs.role_picker import RolePicker
from zitadel_tui.tui.widgets.table import RecordTable

USER, OTHER = "viewer-bot", "settings-bot"
ADD = "POST /management/v1/users/*/grants"
CHANGE = "PUT /management/v1/users/*/grants/*"


def granted(server: Demo, user: str = USER) -> dict[str, tuple[str, ...]]:
    """Roles by the name of the project, as the server has them."""
    store, id = server.store, id_of(server, user)
    return {store.projects[one.project].name: one.roles for one in store.written_grants() if one.user == id}


def give(server: Demo, user: str, project: str, *roles: str) -> None:
    """As another administrator does."""
    store = server.store
    found = next(one for one in store.projects.values() if one.name == project)
    held = store.granted.get((id_of(server, user), found.id, store.default_org))
    grant = store.grants.get(held) if held else None
    if grant is None:
        store.add_grant(store.default_org, id_of(server, user), found, roles, "1")
    else:
        store.change_grant(grant, "user.grant.changed", "1", roles=roles)


async def dialog_of(page: Page, *users: str) -> None:
    """The roles dialog of one member, or of several selected ones."""
    for user in users if len(users) > 1 else ():
        page.app.members.listing.toggle(id_of(page.demo, user))
    assert table(page).select(id_of(page.demo, users[0]))
    await page.press("e")
    await page.until(lambda: isinstance(page.app.screen, RolePicker) and page.app.projects.projects)


async def opened(page: Page, project: str) -> None:
    """Find a project by typing and show its roles."""
    await page.press("slash", "ctrl+u")
    await page.type(project)
    await page.press("enter", "space")
    await page.until(lambda: "▾" in page.text and "] " in page.text)


async def choose(page: Page, role: str) -> None:
    """Toggle a role of the project that is found."""
    picker = page.app.screen
    assert isinstance(picker, RolePicker)
    entry = next(one for one in picker._entries if one.project is not None and one.role == role)
    assert picker.query_one(RecordTable).select(entry.id)
    await page.press("space")


async def test_both_kinds_are_chosen_in_one_dialog_and_written_one_by_one() -> None:
    server = demo(lag=(0.0, 0.0))
    give(server, USER, "CRM", "leads.read")
    async with members_read(server) as page:
        await dialog_of(page, USER)
        await page.sees("CRM: leads.read")
        await page.press("slash")
        await page.type("user_manager")
        await page.press("enter", "space")
        await opened(page, "billing")
        await choose(page, "viewer")
        await choose(page, "clerk")
        await page.sees("+ ORG_USER_MANAGER", "Billing  + clerk  + viewer", "then")
        await page.press("c")
        await page.sees("The requests of 2 changes", "/grants", "zitadel-tui members set")
        await page.press("escape", "ctrl+s")
        await page.until(lambda: not page.app.screen.is_modal)
        assert granted(server) == {"CRM": ("leads.read",), "Billing": ("clerk", "viewer")}
        member = server.store.members[server.store.default_org].get(id_of(server, USER))
        assert member is not None
        assert "ORG_USER_MANAGER" in member.roles
        await page.told("now has clerk, viewer in Billing")
        await page.press("enter")
        await page.sees("Project roles", "Billing", "clerk, viewer")


async def test_removing_the_last_role_of_a_project_is_asked_about_and_reported() -> None:
    server = demo(lag=(0.0, 0.0))
    give(server, USER, "Billing", "viewer")
    async with members_read(server) as page:
        await dialog_of(page, USER)
        await opened(page, "billing")
        await choose(page, "viewer")
        await page.press("ctrl+s")
        await page.until(lambda: isinstance(page.app.screen, Confirm))
        await page.sees("Remove viewer in Billing", "the grant is removed")
        await page.press("escape")
        assert granted(server) == {"Billing": ("viewer",)}
        await page.press("ctrl+s")
        await page.until(lambda: isinstance(page.app.screen, Confirm))
        await page.press("y")
        await page.until(lambda: not granted(server))
        await page.told("no longer has roles in Billing")


async def test_escape_leaves_the_filter_then_clears_it_then_asks_before_choices_are_lost() -> None:
    server = demo(lag=(0.0, 0.0))
    async with members_read(server) as page:
        await dialog_of(page, USER)
        await opened(page, "billing")
        await choose(page, "viewer")
        await page.press("slash", "escape")
        assert isinstance(page.app.screen, RolePicker)
        await page.press("escape")
        await page.sees("ORG_OWNER_VIEWER", "▾   Billing")
        await page.press("escape")
        await page.sees("Leave without saving?", "Billing", "+ viewer")
        await page.press("y")
        await page.until(lambda: not page.app.screen.is_modal)
        assert granted(server) == {}


@pytest.mark.parametrize("answer", ["m", "escape"])
async def test_another_administrator_in_between_is_shown_and_never_overwritten(answer: str) -> None:
    server = demo(lag=(0.0, 0.0))
    give(server, USER, "Billing", "viewer")
    async with members_read(server) as page:
        await dialog_of(page, USER)
        await opened(page, "billing")
        await choose(page, "clerk")
        give(server, USER, "Billing", "viewer", "approver")
        await page.press("ctrl+s")
        await page.until(lambda: isinstance(page.app.screen, ConflictDialog))
        await page.sees("approver", "clerk")
        assert granted(server) == {"Billing": ("viewer", "approver")}
        await page.press(answer)
        await page.until(lambda: not page.app.screen.is_modal)
        kept = {"viewer", "approver"} | ({"clerk"} if answer == "m" else set())
        assert set(granted(server)["Billing"]) == kept


async def test_what_went_well_is_done_whatever_becomes_of_the_next() -> None:
    server = demo(lag=(0.0, 0.0))
    async with members_read(server) as page:
        await dialog_of(page, USER)
        await page.press("slash")
        await page.type("user_manager")
        await page.press("enter", "space")
        await opened(page, "billing")
        await choose(page, "viewer")
        server.faults.add(Fault(status=403, id="AUTH-5mWD2"), ADD)
        await page.press("ctrl+s")
        await page.sees("user.grant.write", "Billing  + viewer")
        assert "+ ORG_USER_MANAGER" not in page.text
        await page.press("ctrl+s")
        await page.until(lambda: granted(server) == {"Billing": ("viewer",)})


async def test_roles_of_a_project_are_added_to_all_who_are_selected() -> None:
    server = demo(lag=(0.0, 0.0))
    give(server, USER, "Billing", "viewer")
    async with members_read(server) as page:
        await dialog_of(page, USER, OTHER)
        await opened(page, "billing")
        await page.sees("1 of 2")
        await choose(page, "clerk")
        await choose(page, "viewer")
        await page.sees("[+]    clerk", "[+]    viewer", "Billing  + clerk  + viewer")
        await page.press("ctrl+s")
        await page.until(lambda: isinstance(page.app.screen, JobResultDialog))
        await page.sees("2 changes: 2 done.", "Viewer · Billing")
        assert set(granted(server, USER)["Billing"]) == {"viewer", "clerk"}
        assert set(granted(server, OTHER)["Billing"]) == {"viewer", "clerk"}


async def test_projects_that_may_not_be_listed_are_reported_in_the_list() -> None:
    server = demo(lag=(0.0, 0.0))
    server.faults.add(Fault(status=403, id="AUTH-5mWD2"), "POST /management/v1/projects/_search", times=0)
    async with members_read(server) as page:
        assert table(page).select(id_of(server, USER))
        await page.press("e")
        await page.until(lambda: isinstance(page.app.screen, RolePicker))
        await page.until(lambda: page.app.projects.failure)
        await page.press("end")
        await page.sees("Projects", "project.read")


async def test_what_is_found_first_is_under_the_cursor() -> None:
    server = demo(lag=(0.0, 0.0))
    async with members_read(server) as page:
        await dialog_of(page, USER)
        await opened(page, "billing")
        await page.press("end", "slash", "ctrl+u")
        await page.type("knowledge")
        await page.press("enter")
        await page.sees("▌  ▸   Knowledge base")
        await page.press("slash", "ctrl+u")
        await page.type("billing")
        await page.press("enter")
        await page.sees("▌  ▾   Billing")


async def test_from_the_import_to_what_a_user_can_use_by_keyboard_alone() -> None:
    """At 80x24: import, three roles of two kinds in one dialog, one removed again, all in the details."""
    server = demo(lag=(0.0, 0.0))
    async with members_read(server) as page:
        await page.press("3")
        await page.until(lambda: page.app.current_id == "import")
        for text in ("Grace", "Hopper", "grace@acme.example"):
            await page.type(text)
            await page.press("tab")
        await page.press("ctrl+r")
        await page.until(lambda: isinstance(page.app.screen, RolePicker) and page.app.projects.projects)
        await page.press("slash")
        await page.type("user_manager")
        await page.press("enter", "space")
        await opened(page, "billing")
        await choose(page, "clerk")
        await page.press("slash", "ctrl+u")
        await page.type("knowledge")
        await page.press("enter", "space")
        await page.sees("[ ]    editor")
        await choose(page, "editor")
        await page.sees("+ ORG_USER_MANAGER", "Billing  + clerk  Knowledge base  + editor")
        await page.press("ctrl+s")
        await page.sees("ORG_USER_MANAGER; clerk in Billing; editor in Knowledge base")
        await page.press("ctrl+s")
        await page.until(lambda: server.store.user_named("grace") and len(granted(server, "grace")) == 2)
        await page.press("f2", "slash")
        await page.type("grace hopper")
        await page.press("enter")
        await page.until(lambda: table(page).row_count == 1)
        await page.press("e")
        await page.until(lambda: isinstance(page.app.screen, RolePicker))
        await page.sees("Billing: clerk", "Knowledge base: editor")
        await opened(page, "billing")
        await choose(page, "clerk")
        await page.press("ctrl+s")
        await page.until(lambda: isinstance(page.app.screen, Confirm))
        await page.press("y")
        await page.until(lambda: granted(server, "grace") == {"Knowledge base": ("editor",)})
        await page.until(lambda: not page.app.screen.is_modal)
        await page.press("enter")
        await page.sees("ORG_USER_MANAGER", "Project roles", "Knowledge base", "editor")
        await page.until(lambda: "Billing" not in page.text)
