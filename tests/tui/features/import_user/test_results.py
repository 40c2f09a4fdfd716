"""Results of imports: who, where, which roles, the link or password to hand over; kept until dismissed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.tui.app_pages import Page, signed_in
from tests.tui.features.import_user.forms import (
    PASSWORD,
    Held,
    ended,
    field,
    filled,
    form,
    found,
    grace,
    hits,
    imported,
    newest,
    put,
    results,
    roles_of,
    server,
    value,
    view,
)
from tests.tui.pages import control_characters
from zitadel_tui.core import onboarding, qr
from zitadel_tui.core.changes import AddRoles, Applied, Change, ImportUser, apply
from zitadel_tui.core.session import Session
from zitadel_tui.demo.faults import Fault
from zitadel_tui.tui.dialogs.confirm import Confirm
from zitadel_tui.tui.dialogs.palette import Palette
from zitadel_tui.tui.dialogs.qr import QrScreen
from zitadel_tui.tui.features.import_user.choose_roles import ChooseRoles
from zitadel_tui.tui.features.import_user.results import ImportResults
from zitadel_tui.tui.services.imports import Import
from zitadel_tui.tui.services.pending_changes import State
from zitadel_tui.tui.widgets.field import Field

ADD_MEMBER = "POST /management/v1/orgs/me/members"
LINK_PATH = "passwordless/init?userID="


pytestmark = pytest.mark.usefixtures("impatient")


async def choose(page: Page, role: str) -> None:
    """In the checklist, by keys."""
    await page.press("ctrl+r")
    await page.until(lambda: isinstance(page.app.screen, ChooseRoles))
    await page.sees(role, "space toggle")
    for _ in range(20):
        line = next((line for line in page.lines if "▌" in line), "")
        if f" {role} " in line:
            break
        await page.press("down")
    await page.press("space")
    await page.sees(f"+ {role}")
    await page.press("ctrl+s")
    await page.until(lambda: role in form(page).roles)


async def sent(page: Page, *, roles: Sequence[str] = (), **more: str | bool) -> Import:
    """Imported; the form is in sight again."""
    await filled(page, **grace(**more))
    for role in roles:
        await choose(page, role)
    await page.press("ctrl+s")
    return await ended(page)


async def test_roles_are_assigned_right_after_the_import_and_the_list_shows_it() -> None:
    async with signed_in(server()) as page:
        await sent(page, roles=["ORG_USER_MANAGER"])
        user = await found(page)
        await page.sees("✓ Grace Hopper: created · ORG_USER_MANAGER assigned", "ctrl+o result")
        assert await roles_of(page, user.id) == ("ORG_USER_MANAGER",)
        await page.press("f2")
        await page.until(lambda: page.app.pending.state(user.id) is None)
        await page.press("/")
        await page.type("hopper")
        await page.sees("Grace Hopper", "ORG_USER_MANAGER")


async def test_while_roles_are_assigned_the_member_list_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(monkeypatch, "assign")
    async with signed_in(server()) as page:
        await filled(page, **grace())
        form(page).roles = ("ORG_OWNER_VIEWER",)
        await page.press("ctrl+s")
        await page.sees("Grace Hopper: created · ORG_OWNER_VIEWER: being assigned …")
        assert page.app.pending.state((await found(page)).id) is State.SAVING
        await held.release(page)
        await ended(page)
        await page.sees("✓ Grace Hopper: created · ORG_OWNER_VIEWER assigned")


async def test_roles_that_were_refused_are_assigned_by_a_key() -> None:
    async with signed_in(server()) as page:
        page.demo.faults.add(Fault(status=403, message="No", id="AUTHZ-HKJwe"), ADD_MEMBER)
        await sent(page, roles=["ORG_OWNER_VIEWER"])
        await page.sees("⚠ Grace Hopper: created · ORG_OWNER_VIEWER not assigned")
        await results(page)
        await page.sees("was created", "ORG_OWNER_VIEWER not assigned", "org.member.write", "a assign roles")
        user = await found(page)
        assert await roles_of(page, user.id) == ()
        await page.press("a")
        await page.sees("ORG_OWNER_VIEWER assigned")
        assert await roles_of(page, user.id) == ("ORG_OWNER_VIEWER",)
        assert "a assign roles" not in page.text
        assert hits(page) == 1


async def test_a_lost_answer_about_roles_is_looked_up() -> None:
    async with signed_in(server()) as page:
        page.demo.faults.add(Fault("withheld"), ADD_MEMBER)
        await sent(page, roles=["ORG_OWNER_VIEWER"])
        await page.sees("ORG_OWNER_VIEWER assigned")


async def test_an_account_that_may_assign_project_roles_only_assigns_those() -> None:
    at = server()
    async with signed_in(at, account="user-manager-bot") as page:
        await filled(page, **grace())
        await page.press("ctrl+r")
        await page.sees("org.member.read", "▸   Billing")
        await page.press("slash")
        await page.type("bill")
        await page.press("enter", "space")
        await page.sees("[ ]    viewer")
        await page.press("down", "space", "down", "down", "down", "space")
        await page.sees("Billing  + admin  + viewer")
        await page.press("ctrl+s")
        await page.sees("admin, viewer in Billing   enter to choose")
        await page.press("ctrl+s")
        await ended(page)
        await results(page)
        await page.sees("was created", "admin, viewer in Billing assigned")
        user = await found(page)
        assert [one.roles for one in at.store.written_grants() if one.user == user.id] == [
            ("admin", "viewer")
        ]


async def test_roles_that_cannot_be_combined_are_not_sent() -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace())
        form(page).roles = ("ORG_OWNER_VIEWER", "SELF_MANAGEMENT_GLOBAL")
        await page.press("ctrl+s")
        await page.sees("SELF_MANAGEMENT_GLOBAL cannot be combined with other roles.")
        assert page.app.focused is field(page, "roles")
        assert hits(page) == 0


async def test_a_passkey_link_is_hidden_until_it_is_asked_for() -> None:
    async with signed_in(server()) as page:
        one = await imported(page, sign_in="passkey")
        assert one.link is not None
        assert LINK_PATH in one.link.reveal()
        await page.sees("passkey link  hidden", "60 min from now")
        assert LINK_PATH not in page.text
        assert LINK_PATH not in repr(one)
        await page.press("s")
        await page.sees("/ui/login/login/passwordless/init")
        await page.press("s")
        await page.until(lambda: "passwordless" not in page.text)
        await page.press("escape")
        await page.sees("created · passkey link shown")


async def test_a_passkey_link_is_copied_by_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    async with signed_in(server()) as page:
        copied: list[str] = []
        monkeypatch.setattr(page.app, "copy_to_clipboard", copied.append)
        one = await imported(page, sign_in="passkey")
        await page.press("y")
        await page.told("The passkey link for Grace Hopper was sent")
        assert one.link is not None
        assert copied == [one.link.reveal()]
        assert not any(LINK_PATH in message for message in page.messages)


async def test_without_a_link_the_id_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    async with signed_in(server()) as page:
        copied: list[str] = []
        monkeypatch.setattr(page.app, "copy_to_clipboard", copied.append)
        await imported(page)
        await page.press("y")
        await page.told("The id of Grace Hopper was sent")
        assert copied == [(await found(page)).id]
        assert not [key for key in ("s show", "d QR", "n renew") if key in page.text]


async def test_the_link_as_a_qr_code_fits_on_80_by_24() -> None:
    async with signed_in(server()) as page:
        one = await imported(page, sign_in="passkey")
        assert one.link is not None
        await page.press("d")
        await page.until(lambda: isinstance(page.app.screen, QrScreen))
        rows = qr.lines(one.link.reveal())
        await page.until(lambda: sum("▀" in line or "▄" in line or "█" in line for line in page.lines) > 20)
        assert [line.strip() for line in page.lines if line.strip()] == [row.strip() for row in rows]
        await page.resize(80, 20)
        await page.sees("The QR code needs 80×22 characters", "y copies the link")
        await page.resize(80, 24)
        await page.press("escape")
        await page.sees("Grace Hopper was created")


async def test_where_blocks_cannot_be_drawn_it_says_so_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    async with signed_in(server()) as page:
        await imported(page, sign_in="passkey")
        await page.press("d")
        await page.sees("no block characters", "copies the link")


async def test_a_new_link_replaces_the_one_before() -> None:
    async with signed_in(server()) as page:
        one = await imported(page, sign_in="passkey")
        before = one.link
        await page.press("s", "n")
        await page.told("A passkey link for Grace Hopper was created.")
        assert one.link is not None
        assert one.link != before
        assert not one.secret_seen


async def test_a_link_that_has_expired_says_so() -> None:
    async with signed_in(server()) as page:
        one = await imported(page, sign_in="passkey")
        assert one.link_until is not None
        one.link_until -= timedelta(hours=2)
        page.app.imports.changed.publish(None)
        await page.sees("expired: create a new one")
        await page.press("escape")
        await page.sees("created · passkey link expired")


async def test_another_one_keeps_the_choices_and_leaving_keeps_nothing() -> None:
    async with signed_in(server()) as page:
        typed = {"sign_in": "password", "password": PASSWORD, "language": "de", "phone": "+41710000000"}
        await filled(page, **grace(**typed, change_required=False))
        form(page).roles = ("ORG_OWNER_VIEWER", "ORG_OWNER")
        await page.press("ctrl+s")
        await ended(page)
        assert form(page).values().is_blank
        assert form(page).values().roles == ()
        await results(page)
        await page.press("enter")
        await page.until(lambda: page.app.focused is field(page, "first-name"))
        kept = form(page).values()
        assert (kept.language, kept.sign_in, kept.change_required) == ("de", "password", False)
        assert kept.roles == ("ORG_OWNER_VIEWER",), "not the one that grants nearly everything"
        assert (kept.first_name, kept.email, kept.user_name, kept.phone) == ("", "", "", "")
        assert not kept.password
        await page.press("f2")
        await page.until(lambda: form(page).values().roles == ())
        await page.press("f4")
        assert (form(page).values().language, form(page).values().sign_in) == ("", "mail")
        assert "is missing" not in page.text


async def test_another_one_does_not_replace_what_is_typed() -> None:
    async with signed_in(server()) as page:
        await sent(page, sign_in="passkey")
        put(page, first_name="Ada")
        await results(page)
        await page.press("enter")
        await page.told("The form is not empty")
        await page.press("escape")
        assert value(page, "first-name") == "Ada"
        assert value(page, "sign-in") == "mail"


async def test_the_mail_is_sent_again_by_a_key() -> None:
    async with signed_in(server()) as page:
        await imported(page)
        await page.sees("initial: a mail with a code went to grace@acme.example", "m mail again")
        await page.press("m")
        await page.told("The initialization mail to Grace Hopper was sent.")


async def test_the_password_one_must_hand_over_is_shown_by_a_key() -> None:
    async with signed_in(server()) as page:
        await imported(page, sign_in="password", password=PASSWORD)
        await page.sees("password      hidden")
        assert PASSWORD not in page.text
        await page.press("s")
        await page.sees(PASSWORD)
        await page.press("escape")
        await page.sees("password shown")
        assert PASSWORD not in page.text


async def test_an_organization_that_was_not_meant_is_loud_and_no_roles_are_assigned_there() -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace())
        account = page.app.account
        assert account is not None
        object.__setattr__(account, "org_id", "1")
        form(page).roles = ("ORG_OWNER_VIEWER",)
        await page.press("ctrl+s")
        one = await ended(page)
        await page.sees("⚠ Grace Hopper: created")
        object.__setattr__(one.target, "organization_name", "Acme Corp")
        await results(page)
        user = await found(page)
        await page.sees("NOT Acme Corp, as intended!", user.org, "ORG_OWNER_VIEWER not assigned")
        assert await roles_of(page, user.id) == ()


async def test_a_state_that_was_not_expected_is_reported() -> None:
    async with signed_in(server()) as page:
        one = await imported(page)
        assert one.user is not None
        one.user = type(one.user)(**{**_fields(one.user), "state": "USER_STATE_ACTIVE"})
        page.app.imports.changed.publish(None)
        await page.sees("active, although initial was expected")
        await page.press("escape")
        await page.sees("⚠ Grace Hopper: created")


def _fields(struct: Any) -> dict[str, Any]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


async def test_a_hostile_name_is_text() -> None:
    async with signed_in(server()) as page:
        await imported(page, first_name="[@click=app.quit]\x1b]52;c;eA==\x07", display_name="[/]\u202eX")
        await page.sees("[@click=app.quit]")
        assert not control_characters(page)


# Warnings


def warn_of(monkeypatch: pytest.MonkeyPatch, kind: type[Change], warning: str) -> None:
    """Changes of a kind end with this warning."""

    async def warned(session: Session, change: Change) -> Applied:
        applied = await apply(session, change)
        return replace(applied, warning=warning) if isinstance(change, kind) else applied

    monkeypatch.setattr(onboarding, "apply", warned)


async def test_what_could_not_be_recorded_is_reported_and_stays_with_the_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    warning = "The result could not be recorded: No space left on device."
    warn_of(monkeypatch, ImportUser, warning)
    async with signed_in(server()) as page:
        await sent(page)
        await page.told(warning)
        await page.sees("⚠ Grace Hopper: created")
        await results(page)
        await page.sees(warning)


async def test_what_another_admin_changed_at_the_same_moment_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    warning = "Ada changed members of this organization at the same moment."
    warn_of(monkeypatch, AddRoles, warning)
    async with signed_in(server()) as page:
        await sent(page, roles=["ORG_OWNER_VIEWER"])
        await page.told(warning)
        await page.sees("⚠ Grace Hopper: created · ORG_OWNER_VIEWER assigned")
        await results(page)
        await page.sees(warning)


# The list


async def test_results_stay_in_a_list_until_each_is_dismissed() -> None:
    async with signed_in(server()) as page:
        await sent(page, sign_in="passkey")
        for number, name in enumerate(("Ada", "Mary"), 2):
            put(page, first_name=name, last_name="Test", email=f"{name}@acme.example", user_name=name)
            await page.quiet()
            await page.press("ctrl+s")
            await page.sees(f"{number} results")
            await ended(page)
        await page.sees("✓ Mary Test: created", "ctrl+o 3 results", "Import 3")
        await results(page)
        await page.sees("▌ Mary Test", "Ada Test", "Grace Hopper", "created · passkey link hidden")
        await page.press("down", "down")
        await page.sees("▌ Grace Hopper", "Grace Hopper was created", "d QR", "60 min from now")
        await page.press("s")
        await page.sees("passwordless/init")
        await page.press("up", "down")
        await page.sees("▌ Grace Hopper", "passkey link  hidden")
        assert "passwordless/init" not in page.text
        await page.press("up")
        await page.press("x")
        await page.until(lambda: "Ada Test" not in page.text)
        await page.press("escape", "f2", "f4")
        await page.sees("ctrl+o 2 results")


async def test_a_link_that_nobody_has_seen_is_dismissed_only_on_purpose() -> None:
    async with signed_in(server()) as page:
        await imported(page, sign_in="passkey")
        await page.press("x")
        await page.until(lambda: isinstance(page.app.screen, Confirm))
        await page.sees("Dismiss Grace Hopper?", "passkey link of Grace Hopper has not been shown yet")
        await page.press("enter")
        await page.until(lambda: isinstance(page.app.screen, ImportResults))
        assert len(page.app.imports.results) == 1
        await page.press("s", "x")
        await page.until(lambda: not page.app.screen.is_modal)
        assert page.app.imports.results == []
        await page.press("ctrl+o")
        await page.told("There are no results")


async def test_quitting_would_lose_what_nobody_has_seen() -> None:
    async with signed_in(server()) as page:
        await sent(page, sign_in="passkey")
        assert view(page).unsaved() == "The passkey link of Grace Hopper has not been shown yet."
        page.app.imports.seen(newest(page))
        assert view(page).unsaved() is None
        put(page, first_name="Ada")
        assert view(page).unsaved() == "The import form is filled in but not sent."


async def test_a_generated_password_is_not_lost_unseen_but_a_typed_one_is_known() -> None:
    async with signed_in(server()) as page:
        await sent(page, sign_in="password", password=PASSWORD)
        assert view(page).unsaved() is None
        put(page, **grace(email="ada@acme.example", first_name="Ada", sign_in="password"))
        await page.quiet()
        await page.press("ctrl+g", "ctrl+s")
        await page.until(lambda: newest(page).form.first_name == "Ada")
        await ended(page)
        assert view(page).unsaved() == "The password of Ada Hopper has not been shown yet."


@pytest.mark.parametrize("covered_by", ["palette", "another view"])
async def test_nothing_pops_up_over_what_is_in_use(covered_by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(monkeypatch)
    async with signed_in(server()) as page:
        await filled(page, **grace())
        await page.press("ctrl+s", "ctrl+p" if covered_by == "palette" else "f2")
        if covered_by == "palette":
            await page.type("qnma")
        await held.release(page)
        await ended(page)
        await page.told("Grace Hopper was created")
        if covered_by == "palette":
            screen = page.app.screen
            assert isinstance(screen, Palette)
            assert screen.query_one(Field).value == "qnma"
        else:
            assert page.app.current_id == "members"
            assert not page.app.screen.is_modal


async def test_the_list_closes_when_its_last_result_goes_while_a_dialog_covers_it() -> None:
    async with signed_in(server()) as page:
        one = await imported(page)
        page.app.push_screen(Confirm("Another question?", [], verb="Go on"))
        page.app.imports.dismiss(one)
        await page.quiet()
        assert isinstance(page.app.screen, Confirm)
        await page.press("escape")
        await page.until(lambda: not page.app.screen.is_modal)


async def test_results_are_reached_from_the_palette() -> None:
    async with signed_in(server()) as page:
        await sent(page)
        await page.press("ctrl+p")
        await page.until(lambda: isinstance(page.app.screen, Palette))
        await page.type("results")
        await page.press("enter")
        await page.sees("Grace Hopper was created")


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
async def test_results_fit_the_screen(size: tuple[int, int]) -> None:
    async with signed_in(server(), size=size) as page:
        await sent(page)
        await imported(page, first_name="Ada", user_name="ada", sign_in="passkey")
        await page.press("s")
        await page.sees("Import results", "▌ Ada Hopper", "Grace Hopper", "login name", "esc close")
        await page.press("tab", "end")
        await page.sees("/passwordles", "valid until", "min from now", "esc close")
