"""What became of an import: who, where, which roles, the passkey link; and another one."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.tui.app_pages import Page, signed_in
from tests.tui.features.import_user.forms import (
    PASSWORD,
    arrived,
    field,
    filled,
    form,
    found,
    grace,
    hits,
    imported,
    roles_of,
    server,
    value,
)
from tests.tui.pages import control_characters
from zitadel_tui.core import qr
from zitadel_tui.demo.faults import Fault
from zitadel_tui.tui.dialogs.qr import QrScreen
from zitadel_tui.tui.features.import_user.choose_roles import ChooseRoles

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


async def sent(page: Page, *, roles: Sequence[str] = (), **more: str | bool) -> None:
    await filled(page, **grace(**more))
    for role in roles:
        await choose(page, role)
    await page.press("ctrl+s")
    await arrived(page)


async def test_roles_are_given_right_after_the_import_and_the_list_shows_it() -> None:
    async with signed_in(server()) as page:
        await sent(page, roles=["ORG_USER_MANAGER"])
        user = await found(page)
        await page.sees("ORG_USER_MANAGER: given.")
        assert await roles_of(page, user.id) == ("ORG_USER_MANAGER",)
        await page.press("escape", "f2")
        await page.until(lambda: user.id not in page.app.pending.signs)
        await page.press("/")
        await page.type("hopper")
        await page.sees("Grace Hopper", "ORG_USER_MANAGER")


async def test_roles_that_were_refused_are_finished_by_a_key() -> None:
    async with signed_in(server()) as page:
        fault = Fault(status=403, message="No", id="AUTHZ-HKJwe")
        page.demo.faults.add(fault, ADD_MEMBER)
        await sent(page, roles=["ORG_OWNER_VIEWER"])
        await page.sees("was created", "not given, a tries again", "org.member.write", "a assign roles")
        user = await found(page)
        assert await roles_of(page, user.id) == ()
        await page.press("a")
        await page.sees("ORG_OWNER_VIEWER: given.")
        assert await roles_of(page, user.id) == ("ORG_OWNER_VIEWER",)
        assert "a assign roles" not in page.text
        assert hits(page) == 1


async def test_a_lost_answer_about_roles_is_looked_up() -> None:
    async with signed_in(server()) as page:
        page.demo.faults.add(Fault("withheld"), ADD_MEMBER)
        await sent(page, roles=["ORG_OWNER_VIEWER"])
        await page.sees("ORG_OWNER_VIEWER: given.")


async def test_an_account_that_may_not_give_roles_is_told_before_anything_is_sent() -> None:
    async with signed_in(server(), account="user-manager-bot") as page:
        await filled(page, **grace())
        await page.sees("none: this account may not give roles")
        await page.press("ctrl+r")
        await page.told("This account may not give roles: it lacks org.member.write")
        assert not page.app.screen.is_modal
        await page.press("ctrl+s")
        await arrived(page)
        await page.sees("was created", "roles         none")


async def test_roles_that_cannot_stand_together_are_not_sent() -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace())
        form(page).roles = ("ORG_OWNER_VIEWER", "SELF_MANAGEMENT_GLOBAL")
        await page.press("ctrl+s")
        await page.sees("SELF_MANAGEMENT_GLOBAL cannot be combined with other roles.")
        assert page.app.focused is field(page, "roles")
        assert hits(page) == 0


async def test_a_passkey_link_is_hidden_until_it_is_asked_for() -> None:
    async with signed_in(server()) as page:
        await sent(page, sign_in="passkey")
        link = imported(page)._link
        assert link is not None
        assert LINK_PATH in link.reveal()
        await page.sees("hidden; s shows it", "60 min from now")
        assert LINK_PATH not in page.text
        assert LINK_PATH not in repr(vars(imported(page)))
        await page.press("s")
        await page.sees("/ui/login/login/passwordless/init")
        await page.press("s")
        await page.until(lambda: "passwordless" not in page.text)


async def test_a_passkey_link_is_copied_by_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    async with signed_in(server()) as page:
        copied: list[str] = []
        monkeypatch.setattr(page.app, "copy_to_clipboard", copied.append)
        await sent(page, sign_in="passkey")
        link = imported(page)._link
        await page.press("y")
        await page.told("The passkey link for Grace Hopper was sent")
        assert link is not None
        assert copied == [link.reveal()]
        assert not any(LINK_PATH in toast for toast in page.toasts)


async def test_without_a_link_the_id_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    async with signed_in(server()) as page:
        copied: list[str] = []
        monkeypatch.setattr(page.app, "copy_to_clipboard", copied.append)
        await sent(page)
        await page.press("y")
        await page.told("The id of Grace Hopper was sent")
        assert copied == [(await found(page)).id]
        assert not {"s show link", "d QR code", "n new link"} & set(page.lines[-1].split("  "))


async def test_the_link_as_a_qr_code_fits_on_80_by_24() -> None:
    async with signed_in(server()) as page:
        await sent(page, sign_in="passkey")
        link = imported(page)._link
        assert link is not None
        await page.press("d")
        await page.until(lambda: isinstance(page.app.screen, QrScreen))
        rows = qr.lines(link.reveal())
        await page.until(lambda: sum("▀" in line or "▄" in line or "█" in line for line in page.lines) > 20)
        assert [line.strip() for line in page.lines if line.strip()] == [row.strip() for row in rows]
        await page.resize(80, 20)
        await page.sees("The QR code needs 80×22 characters", "y copies the link")
        await page.resize(80, 24)
        await page.press("escape")
        await page.sees("Grace Hopper was created")


async def test_a_new_link_replaces_the_one_before() -> None:
    async with signed_in(server()) as page:
        await sent(page, sign_in="passkey")
        before = imported(page)._link
        await page.press("n")
        await page.told("A passkey link for Grace Hopper was made.")
        after = imported(page)._link
        assert after is not None
        assert after != before


async def test_a_link_that_is_no_longer_valid_says_so() -> None:
    async with signed_in(server()) as page:
        await sent(page, sign_in="passkey")
        screen = imported(page)
        assert screen._until is not None
        screen._until -= timedelta(hours=2)
        screen._show()
        await page.sees("no longer valid; n makes a new one")


async def test_another_one_keeps_what_belongs_to_all() -> None:
    async with signed_in(server()) as page:
        await sent(
            page,
            sign_in="password",
            password=PASSWORD,
            change_required=False,
            language="de",
            phone="+41710000000",
            roles=["ORG_OWNER_VIEWER"],
        )
        await page.press("enter")
        await page.until(lambda: page.app.focused is field(page, "first-name"))
        kept = form(page).values()
        assert (kept.language, kept.sign_in, kept.change_required) == ("de", "password", False)
        assert kept.roles == ("ORG_OWNER_VIEWER",)
        assert (kept.first_name, kept.email, kept.user_name, kept.phone) == ("", "", "", "")
        assert not kept.password
        assert value(page, "password") == ""
        await page.type("Ada")
        await page.press("tab")
        await page.type("Lovelace")
        await page.press("tab")
        await page.type("ada.l@acme.example")
        assert value(page, "user-name") == "ada.l"
        assert "is missing" not in page.text


async def test_the_mail_is_sent_again_by_a_key() -> None:
    async with signed_in(server()) as page:
        await sent(page)
        await page.sees("initial: a mail with a code went to grace@acme.example", "m mail again")
        await page.press("m")
        await page.told("The initialization mail to Grace Hopper is on its way.")


async def test_the_password_one_must_hand_over_is_shown_on_a_key() -> None:
    async with signed_in(server()) as page:
        await sent(page, sign_in="password", password=PASSWORD)
        assert PASSWORD not in page.text
        await page.press("s")
        await page.sees(PASSWORD)


async def test_an_organization_that_was_not_meant_is_loud() -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace())
        account = page.app.account
        assert account is not None
        object.__setattr__(account, "org_id", "1")
        await page.press("ctrl+s")
        await arrived(page)
        await page.sees("NOT Acme Corp, which was meant!", (await found(page)).org)


async def test_a_hostile_name_is_text() -> None:
    async with signed_in(server()) as page:
        await sent(page, first_name="[@click=app.quit]\x1b]52;c;eA==\x07", display_name="[/]\u202eX")
        await page.sees("[@click=app.quit]")
        assert not control_characters(page)
