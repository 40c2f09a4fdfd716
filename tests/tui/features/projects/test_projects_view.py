"""Projects as an administrator meets them: their roles, who has them, the details of each."""

import csv
from pathlib import Path

import pytest

from tests.tui.app_pages import Page, demo, signed_in
from tests.tui.pages import control_characters, under_cursor
from zitadel_tui.core.projects import Project
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.server import Demo
from zitadel_tui.failure import Failure
from zitadel_tui.tui.features.projects.view import ProjectsView
from zitadel_tui.tui.widgets.panel import Panel
from zitadel_tui.tui.widgets.table import RecordTable

PROJECTS = "POST /management/v1/projects/_search"
ROLES = "POST /management/v1/projects/*/roles/_search"
GRANTS = "POST /management/v1/users/grants/_search"


def view(page: Page) -> ProjectsView:
    shown = page.app.view
    assert isinstance(shown, ProjectsView)
    return shown


def table(page: Page) -> RecordTable:
    return view(page)._table


def detail(page: Page) -> str:
    return view(page).query_one("#project", Panel).plain


async def open_projects(page: Page) -> None:
    await page.until(lambda: page.app.account is not None)
    await page.press("4")
    await page.until(lambda: table(page).row_count)


async def go_to(page: Page, project: str) -> None:
    """Put the cursor on a project."""
    found = page.app.projects.projects
    assert found is not None
    assert table(page).select(next(one.id for one in found if one.name == project))
    await page.until(lambda: project in under_cursor(page))


def granted(server: Demo, project: str) -> int:
    id = next(one.id for one in server.store.projects.values() if one.name == project)
    return sum(one.project == id for one in server.store.written_grants())


async def test_projects_show_state_owner_and_the_roles_of_the_one_under_the_cursor() -> None:
    async with signed_in(demo(lag=(0.0, 0.0))) as page:
        await open_projects(page)
        await page.sees("4 Projects 9", "9 projects", "Old intranet", "inactive", "Supplier portal", "Globex")
        await go_to(page, "Billing")
        await page.until(lambda: "Writes invoices" in detail(page))
        assert "Finance" in detail(page)
        await go_to(page, "Supplier portal")
        await page.until(lambda: "Reads orders" in detail(page))
        assert "owner" not in detail(page).split("Globex")[1].split()
        await go_to(page, "Without roles")
        await page.until(lambda: "It has no roles." in detail(page))
        await go_to(page, "Old intranet")
        await page.until(lambda: "Inactive" in detail(page))
        assert not control_characters(page)
        await page.press("c")
        await page.sees("/management/v1/projects/_search")


async def test_enter_opens_who_has_roles_then_the_details_and_esc_goes_back() -> None:
    server = demo(lag=(0.0, 0.0))
    async with signed_in(server) as page:
        await open_projects(page)
        await page.press("slash", *"bill", "enter")
        await page.sees("1 shown of 9")
        await page.press("enter")
        number = granted(server, "Billing")
        await page.sees(f"{number} users of Billing", "PROJECT ROLES", "inactive: clerk viewer")
        assert not control_characters(page)
        await page.press("slash")
        await page.type("role:clerk lovelace")
        await page.press("enter")
        await page.until(lambda: table(page).row_count < number)
        await page.press("escape")
        await page.sees(f"{number} users of Billing")
        await page.press("c")
        await page.sees("/users/grants/_search", "projectIdQuery")
        await page.press("escape", "enter")
        await page.sees("Project roles", "Billing")
        await page.press("escape", "escape")
        await page.sees("1 shown of 9", "PROJECT")
        await page.press("escape")
        await page.sees("9 projects")


async def test_at_60_columns_roles_stand_below_few_projects_and_a_hint_is_never_half_an_example() -> None:
    async with signed_in(demo(lag=(0.0, 0.0)), size=(60, 16)) as page:
        await open_projects(page)
        await go_to(page, "Billing")
        await page.sees("Everything", "Approves payments")
        await page.press("enter")
        await page.sees("users of Billing")
        hint = page.lines[2].split("filter: ")[1].split("  ")[0]
        assert hint in ("words", "words, role:viewer", "words, role:viewer, state:inactive")
        assert "SINCE" not in page.text
        await page.press("enter")
        await page.sees("user name")
        assert "shows the projects" not in page.text


async def test_the_lists_are_written_as_csv_and_ids_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    server = demo(lag=(0.0, 0.0))
    async with signed_in(server) as page:
        await open_projects(page)
        await page.press("w")
        await page.until(lambda: list(tmp_path.glob("projects*.csv")))
        await go_to(page, "CRM")
        assert view(page).copy_text() == ("the id of CRM", table(page).cursor_id)
        await page.press("enter")
        await page.sees("users of CRM")
        await page.press("w")
        await page.told("Written to", "project-roles")
        [written] = tmp_path.glob("project-roles*.csv")
        rows = list(csv.reader(written.read_text(encoding="utf-8").splitlines()))
        assert rows[0] == ["name", "login", "email", "roles", "state", "since", "userId", "grantId"]
        assert len(rows) == granted(server, "CRM") + 1


async def test_while_projects_are_read_it_says_so() -> None:
    server = demo(lag=(0.0, 0.0))
    server.faults.add(Fault("hang"), PROJECTS)
    async with signed_in(server) as page:
        await page.press("4")
        await page.sees("Reading projects …")


async def test_projects_that_were_read_before_the_view_was_there_are_shown() -> None:
    async with signed_in(demo(lag=(0.0, 0.0))) as page:
        page.app.projects.want()
        await page.until(lambda: page.app.projects.projects is not None)
        await open_projects(page)
        await page.sees("9 projects", "Billing")


async def test_what_cannot_be_read_is_reported_in_its_place_and_tried_again() -> None:
    server = demo(lag=(0.0, 0.0))
    server.faults.add(Fault(status=500, message="broken"), PROJECTS)
    billing = next(one.id for one in server.store.projects.values() if one.name == "Billing")
    server.faults.add(Fault(status=403, id="AUTH-5mWD2"), ROLES.replace("*", billing))
    server.faults.add(Fault(status=403, id="AUTH-5mWD2"), GRANTS)
    async with signed_in(server) as page:
        await page.until(lambda: page.app.account is not None)
        await page.press("4")
        await page.sees("Could not list projects", "r tries again")
        assert page.text.count("tries again") == 1
        await page.press("r")
        await page.until(lambda: table(page).row_count)
        await go_to(page, "Billing")
        await page.until(lambda: "project.role.read" in detail(page))
        view(page)._want_roles(Project(billing))  # the cursor has rested, as told more than once
        assert isinstance(page.app.projects.roles(billing), Failure), "nobody has asked to try again"
        await page.press("enter")
        await page.sees("Not permitted to list who has project roles", "user.grant.read")
        await page.press("r")
        await page.sees("users of Billing")


async def test_an_account_without_the_right_is_reported_which_is_missing() -> None:
    async with signed_in(demo(lag=(0.0, 0.0)), account="settings-bot") as page:
        await page.until(lambda: page.app.account is not None)
        await page.press("4")
        await page.sees("Not permitted to list projects", "project.read")
