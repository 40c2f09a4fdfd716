"""Members as an administrator meets them: finding, ordering, and what is said when there is nothing."""

import pytest

from tests.tui.app_pages import Page, demo, signed_in, started
from tests.tui.pages import (
    HEAD,
    control_characters,
    filtered,
    holder_of,
    member_store,
    members_read,
    members_view,
    other_admin_sets,
    person,
    rows,
    table,
    under_cursor,
)
from zitadel_tui.core import members
from zitadel_tui.core.search import folded, parse
from zitadel_tui.demo.faults import Fault
from zitadel_tui.settings import Settings

SEARCH = "POST /management/v1/orgs/me/members/_search"


async def test_a_new_administrator_sees_at_80_by_24_who_the_owners_are() -> None:
    async with members_read() as page:
        assert len(rows(page)) >= 15
        assert page.lines[HEAD - 1].split() == ["NAME", "LOGIN", "ROLES", "▲", "SINCE"]
        owners = [line for line in rows(page) if " ORG_OWNER " in line]
        assert owners == rows(page)[: len(owners)]
        assert any("Onboarding service" in line for line in owners)
        total = member_store(page).roster
        assert total is not None
        assert f"1 Members {len(total)}" in page.lines[1]
        assert f"{len(total)} members · by roles" in page.lines[2]
        assert "just read" in page.lines[1]


async def test_the_filter_applies_as_one_types_and_escape_leaves_the_field_before_it_clears() -> None:
    async with members_read() as page:
        total = table(page).row_count
        await page.press("slash")
        await page.type("hopper")
        await filtered(page, "hopper")
        assert all("Hopper" in line for line in rows(page))
        assert f"{len(rows(page))} shown of {total}" in page.lines[2]
        await page.press("escape")
        assert page.app.focused is table(page)
        assert "/ hopper" in page.lines[2]
        await page.press("escape")
        await page.until(lambda: table(page).row_count == total)


@pytest.mark.parametrize("key", ["enter", "down", "tab"])
async def test_the_field_is_left_for_the_list(key: str) -> None:
    async with members_read() as page:
        await page.press("slash")
        await page.type("q")
        await page.press(key)
        await page.until(lambda: page.app.focused is table(page))
        assert page.app.is_running
        assert "/ q" in page.lines[2]


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("kind:service", lambda member: members.kind(member) == "service"),
        ("role:org_owner", lambda member: "ORG_OWNER" in member.roles),
        ("user_manager service", lambda member: members.kind(member) == "service" and member.roles),
        ("globex.example", lambda member: "globex" in member.preferred_login_name + member.email),
        ("2025-01-0", lambda member: members.since(member).startswith("2025-01-0")),
    ],
)
async def test_every_column_can_be_filtered_by(text: str, fits: object) -> None:
    async with members_read() as page:
        assert callable(fits)
        await page.press("slash")
        await page.type(text)
        await filtered(page, text)
        roster = member_store(page).roster
        assert roster is not None
        await page.until(lambda: f"{table(page).row_count} shown of {len(roster)}" in page.lines[2])
        seen = member_store(page).listing.rows
        assert seen is not None
        shown = list(seen)
        assert shown
        assert all(fits(member) for member in shown)


async def test_a_filter_that_fits_nobody_says_how_to_take_it_away() -> None:
    async with members_read() as page:
        await page.press("slash")
        await page.type("[/nobody?1")
        await page.sees("No member matches “[/nobody?1”.", "esc clears the filter", "0 shown of")
        await page.press("escape", "escape")
        await page.until(lambda: len(rows(page)) >= 15)


async def test_sorting_goes_round_and_the_cursor_stays_with_its_user() -> None:
    async with members_read() as page:
        await page.press("down", "down", "down")
        person = table(page).cursor_id
        for column in ("name", "login", "email", "kind", "since", "roles"):
            await page.press("s")
            await page.sees(f"· by {column}")
            assert table(page).cursor_id == person
            assert under_cursor(page)
        await page.press("s")
        await page.sees("· by name")
        seen = member_store(page).listing.rows
        assert seen is not None
        names = [folded(members.name(member)) for member in seen]
        assert names == sorted(names)


async def test_a_refresh_moves_nothing_and_says_what_another_admin_did() -> None:
    async with members_read() as page:
        await page.press("G", "up", "up")
        chosen, line = table(page).cursor_id, page.lines.index(under_cursor(page))
        await other_admin_sets(page, holder_of(page, "ORG_OWNER_VIEWER").user_id, "ORG_OWNER")
        await other_admin_sets(page, holder_of(page, "ORG_USER_MANAGER").user_id)
        before = member_store(page).roster
        await page.press("r")
        await page.until(lambda: member_store(page).roster is not before)
        await page.sees("Members changed at", "1 gone, 1 with other roles")
        assert table(page).cursor_id == chosen
        assert page.lines.index(under_cursor(page)) == line


async def test_members_that_changed_are_noticed_and_read_again_unasked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("zitadel_tui.tui.services.member_store.CHECK_EVERY", 0.05)
    async with members_read() as page:
        before = member_store(page).roster
        first_read = member_store(page)._true_at
        await page.until(lambda: member_store(page)._true_at > first_read)
        assert member_store(page).roster is before
        await other_admin_sets(page, holder_of(page, "ORG_OWNER_VIEWER").user_id, "ORG_USER_MANAGER")
        await page.sees("Members changed at", "1 with other roles")
        await other_admin_sets(page, holder_of(page, "ORG_OWNER_VIEWER").user_id)
        await page.sees("Members changed at", "1 gone")


async def test_a_change_elsewhere_in_the_organization_is_no_news() -> None:
    async with members_read() as page:
        before = member_store(page).roster
        someone = holder_of(page, "ORG_OWNER_VIEWER").user_id
        await other_admin_sets(page, someone, "ORG_OWNER")
        await other_admin_sets(page, someone, "ORG_OWNER_VIEWER")
        member_store(page).check()
        await page.until(lambda: member_store(page).roster is not before)
        assert "Members changed" not in page.text


async def test_instance_administrators_are_counted_and_shown_on_a_key() -> None:
    async with members_read() as page:
        await page.sees("instance administrators have rights here too · i shows them")
        everybody = table(page).row_count
        await page.press("i")
        await page.sees(
            "instance administrators · by roles", "IAM_OWNER", "They have rights in every organization"
        )
        assert "guest" not in page.text
        await page.press("slash")
        await page.type("root")
        await page.sees("1 shown of 5")
        await page.press("escape", "escape")
        await page.sees("5 instance administrators · by roles")
        await page.press("escape")
        await page.until(lambda: table(page).row_count == everybody)


async def test_instance_administrators_that_may_not_be_listed_are_mentioned() -> None:
    async with members_read(account="viewer-bot") as page:
        await page.sees("Instance administrators have rights here too: not permitted to list them")
        await page.press("i")
        await page.told("iam.member.read", "IAM_OWNER")


@pytest.mark.parametrize("account", ["user-manager-bot", "nobody-bot"])
async def test_not_permitted_says_what_is_missing(account: str) -> None:
    async with signed_in(account=account) as page:
        await page.sees("Not permitted to list members", "r tries again")
        if account == "user-manager-bot":
            await page.sees("org.member.read", "ORG_OWNER")
        await page.press("enter", "s", "i", "y")
        await page.told("No row is under the cursor.")


async def test_a_failure_looks_different_and_another_try_helps() -> None:
    server = demo()
    rule = server.faults.add(Fault("html", status=200, message="Welcome"), SEARCH, times=0)
    async with signed_in(server) as page:
        await page.sees("Could not list members", "r tries again")
        assert "Not permitted" not in page.text
        server.faults.clear()
        await page.press("r")
        await page.until(lambda: len(rows(page)) >= 15)
        assert rule.hits
        assert "Could not" not in page.text


async def test_rows_stay_when_a_refresh_fails_and_the_next_look_recovers() -> None:
    async with members_read(size=(100, 24)) as page:
        server, before = page.demo, rows(page)
        server.faults.add(Fault("html", status=200, message="Welcome"), SEARCH, times=0)
        await page.press("r")
        await page.sees("Not refreshed, r tries again:", ", not refreshed")
        assert rows(page) == before
        server.faults.clear()
        member_store(page).check()
        await page.until(lambda: "Not refreshed" not in page.text)


async def test_while_reading_the_view_says_so_and_can_be_left() -> None:
    server = demo()
    server.faults.add(Fault("hang"), SEARCH, times=0)
    async with signed_in(server) as page:
        await page.sees("Reading members …", "loading")
        await page.press("slash")
        await page.type("a")
        await page.press("escape", "s", "s", "q")
    assert page.app.return_code == 0


async def test_an_organization_without_members_says_so() -> None:
    server = demo(lag=(0.0, 0.0))
    org = server.store.default_org
    for member in list(server.store.members[org].values()):
        server.store.remove_member(org, member.user, member.user)
    async with members_read(server) as page:
        await page.sees("0 members", "Acme Corp has no members.", "r reads again")
        radia = server.store.user_named("radia.hamilton")
        assert radia is not None
        await other_admin_sets(page, radia.id, "ORG_OWNER")
        await page.press("r")
        await page.sees("1 member ·", "Radia Hamilton")
        assert "no members" not in page.text


async def test_many_members_arrive_page_by_page_and_can_be_filtered_at_once() -> None:
    server = demo(12_000)
    async with started(Settings(demo=True), server) as page:
        await page.until(lambda: table(page).row_count)
        assert "1 Members" in page.lines[1]
        await page.until(lambda: member_store(page).roster is not None)
        roster = member_store(page).roster
        assert roster is not None
        assert roster.complete
        assert len(roster) == roster.total >= 12_000
        await page.sees(f"{roster.total:,} members")
        await page.press("G")
        await page.until(lambda: table(page).cursor_row == len(roster) - 1 and under_cursor(page))
        await page.press("slash")
        await page.type("role:ORG_OWNER")
        await page.until(lambda: table(page).row_count == len(roster.holders("ORG_OWNER")))
        assert under_cursor(page)


async def test_a_frame_before_the_table_has_the_new_rows_is_painted_from_those_that_it_has() -> None:
    """The list is filtered in steps; a frame may fall between its new rows and the report of them."""
    async with members_read() as page:
        await page.until(lambda: not members_view(page).settling)
        before, listing = rows(page), member_store(page).listing
        assert listing.rows is not None
        listing.rows = listing.rows.records.arrange(parse("hopper", members.FIELDS), by="roles")
        assert len(listing.rows) < len(before)
        table(page).repaint()
        assert rows(page) == before  # at once: the report may come of itself at any time
        member_store(page).changed.publish(None)
        await page.until(lambda: len(rows(page)) == len(listing.rows or ()))


async def test_hostile_names_are_painted_as_text_at_every_size() -> None:
    async with members_read() as page:
        await page.press("slash")
        await page.type("hostile1")
        await page.press("enter")
        for columns, lines in ((60, 16), (100, 30), (120, 70), (200, 70)):
            await page.resize(columns, lines)
            for key in ("end", "home"):
                await page.press(key)
                assert not control_characters(page)
            assert "[@clic" in page.text
        assert page.app.is_running


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_hostile_users_are_shown_as_text_over_and_beside_the_list(size: tuple[int, int]) -> None:
    async with members_read(size=size) as page:
        await page.press("slash")
        await page.type("hostile")
        await page.press("enter", "enter")
        for _ in range(table(page).row_count):
            await page.until(lambda: person(page).card)
            assert not control_characters(page)
            table(page).action_move(1)
            await page.until(lambda: person(page).member == members_view(page)._selected)
        assert page.app.is_running


async def test_what_is_copied_written_and_shown_as_curl_is_what_is_selected() -> None:
    async with members_read() as page:
        view = members_view(page)
        call = view.request()
        assert call is not None
        assert call.target == "/management/v1/orgs/me/members/_search"
        copied = view.copy_text()
        assert copied is not None
        assert copied[1] == table(page).cursor_id
        await page.press("slash")
        await page.type("kind:service")
        await page.press("enter")
        await page.until(lambda: "shown of" in page.lines[2])
        written = view.table_rows()
        assert written is not None
        header, lines, stem = written
        table_of = [dict(zip(header, line, strict=True)) for line in lines]
        assert stem == "members"
        assert len(table_of) == table(page).row_count
        assert {line["kind"] for line in table_of} == {"service"}
        await page.press("enter")
        person = view.request()
        assert person is not None
        assert person.target == f"/management/v1/users/{table(page).cursor_id}"


async def test_rows_are_selected_one_by_one_by_range_all_none_and_the_others() -> None:
    async with members_read() as page:
        listing = member_store(page).listing
        ids = table_ids(page)
        await page.press("space", "down", "down", "v")
        await page.until(lambda: listing.selected == set(ids[:4]))
        await page.press("shift+down", "shift+up", "J")
        await page.until(lambda: listing.selected == set(ids[:5]))
        await page.press("I")
        await page.until(lambda: listing.selected == set(ids[5:]))
        await page.press("A")
        await page.sees(f"{len(ids)} selected")
        await page.press("U")
        await page.until(lambda: not listing.selected)
        await page.pilot.click(table(page), offset=(0, 3))
        await page.until(lambda: listing.selected == {ids[2]})


async def test_a_column_is_sorted_by_directly_both_ways_by_key_and_by_click() -> None:
    async with members_read() as page:
        await page.burst("ss")
        await page.sees("· by login ▲", "LOGIN ▲")
        await page.press("N")
        await page.sees("· by name ▲", "NAME ▲")
        ids = table_ids(page)
        await page.press("N")
        await page.sees("NAME ▼")
        assert table_ids(page) == ids[::-1]
        await page.press("S")
        await page.sees("NAME ▲")
        await page.pilot.click(table(page), offset=(page.lines[HEAD - 1].index("SINCE"), 0))
        await page.sees("· by since ▼", "SINCE ▼")


def table_ids(page: Page) -> list[str]:
    rows_shown = member_store(page).listing.rows
    assert rows_shown is not None
    return rows_shown.ids


async def test_the_open_user_follows_what_another_admin_did_to_them() -> None:
    async with members_read(size=(120, 40)) as page:
        await page.press("enter")
        await page.until(lambda: person(page).card)
        shown = person(page).member
        assert shown is not None
        await other_admin_sets(page, shown.user_id, "ORG_PROJECT_CREATOR")
        card = person(page).card
        await page.press("escape", "enter")
        await page.until(lambda: person(page).card)
        member_store(page).reload()
        await page.until(lambda: "ORG_PROJECT_CREATOR" in person(page).plain)
        await page.until(lambda: person(page).card is not card)
