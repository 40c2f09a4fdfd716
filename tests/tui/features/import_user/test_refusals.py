"""What the server refuses, or never answers: nothing typed is lost, and nothing is sent twice."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.contract.recordings import Exchange, recorded
from tests.journal_lines import read
from tests.tui.app_pages import Page, signed_in
from tests.tui.features.import_user.forms import (
    GRACE,
    IMPORT,
    PASSWORD,
    Held,
    created,
    ended,
    field,
    filled,
    form,
    found,
    grace,
    hits,
    newest,
    opened,
    put,
    results,
    roles_of,
    server,
    value,
    view,
)
from tests.tui.pages import on_network
from zitadel_tui.core import rules
from zitadel_tui.core.journal import Journal
from zitadel_tui.core.session import Session
from zitadel_tui.demo.faults import Fault
from zitadel_tui.tui.services.imports import Import
from zitadel_tui.tui.widgets.safe import SafeBlock

SEARCH = "POST /management/v1/users/_search"
LANDS_ON = {
    "refused: empty user name": "user-name",
    "refused: user name too long": "user-name",
    "refused: no profile": "first-name",
    "refused: no first name": "first-name",
    "refused: last name too long": "last-name",
    "refused: language too long": "language",
    "refused: no email": "email",
    "refused: empty email object": "email",
    "refused: email without at": "email",
    "refused: email with a display name": "email",
    "refused: phone without plus": "phone",
    "refused: phone nonsense": "phone",
    "refused: phone too short": "phone",
    "refused: password too short": "password",
    "refused: password no upper": "password",
    "refused: password no lower": "password",
    "refused: password no number": "password",
    "refused: password no symbol": "password",
    "refused: password of 73 bytes": "password",
    "refused: hash garbage": "hash",
    "refused: bcrypt cost 4": "hash",
    "refused: argon2 hash": "hash",
    "refused: sha512 crypt hash": "hash",
}
"""The recorded refusals of an import that a form can bring about, and where the cursor belongs then."""


pytestmark = pytest.mark.usefixtures("impatient")


def as_typed(exchange: Exchange) -> dict[str, str | bool]:
    """What one would type for the body that was refused; with another hash than the published one."""
    body: dict[str, Any] = exchange.request["body"]
    profile, email = body.get("profile", {}), body.get("email", {})
    typed: dict[str, str | bool] = {
        "email": email.get("email", ""),
        "user_name": body.get("userName", ""),
        "first_name": profile.get("firstName", ""),
        "last_name": profile.get("lastName", ""),
        "language": profile.get("preferredLanguage", ""),
        "phone": body.get("phone", {}).get("phone", ""),
    }
    if "password" in body:
        typed |= {"sign_in": "password", "password": body["password"]}
    if "hashedPassword" in body:
        typed |= {"sign_in": "hash", "hash": body["hashedPassword"]["value"].replace("$8p.Nr", "$7p.Nr")}
    return typed


def has_landed(page: Page, refused: list[Import], number: int, on: str) -> bool:
    """Whether the refusal of this number has come, and the cursor is on that field."""
    return len(refused) == number and page.app.focused is field(page, on)


async def test_each_recorded_refusal_lands_on_its_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "problems", lambda *given, **more: [])
    exchanges = {one.name: one for one in recorded("import")}
    async with signed_in(server()) as page:
        await opened(page)
        refused: list[Import] = []
        page.app.imports.ended.subscribe(view(page), refused.append)
        for number, (name, lands_on) in enumerate(LANDS_ON.items(), 1):
            form(page).reset()
            typed = as_typed(exchanges[name])
            put(page, **typed)
            await page.quiet()
            put(page, user_name=typed["user_name"])
            await page.press("ctrl+s")
            await page.until(partial(has_landed, page, refused, number, lands_on))
            await page.sees("The server rejects") if name != "refused: password of 73 bytes" else None
            for kept in ("email", "first_name", "last_name", "phone"):
                assert value(page, kept.replace("_", "-")) == typed[kept], name
            if "password" in typed:
                assert str(typed["password"]) not in page.text
                assert value(page, "password") == typed["password"]


def test_every_refusal_that_a_form_can_bring_about_is_among_them() -> None:
    without_form = {
        "refused: user name taken, other case",  # of a person the demo has not, see the next test
        "refused: user name of the other organization",
        "refused: no user name",  # the form proposes one
        "refused: empty phone object",
        "refused: string for a bool",
        "refused: unknown identity provider",
        "refused: broken json",
        "refused: empty body",
        "refused: broken json without a token",
    }
    refused = {
        exchange.name
        for exchange in recorded("import")
        if exchange.name.startswith("refused") and exchange.path.endswith("_import")
    }
    assert refused - without_form == set(LANDS_ON)


async def test_a_user_name_that_was_taken_meanwhile_lands_on_its_field() -> None:
    known = server()
    taken = next(user for user in known.store.users.values() if user.email).user_name
    async with signed_in(known) as page:
        await filled(page, **grace(sign_in="password", password=PASSWORD))
        put(page, user_name=taken.upper())
        await page.press("ctrl+s")
        await page.sees("is taken on this instance")
        assert page.app.focused is field(page, "user-name")
        assert value(page, "password") == PASSWORD
        await page.press("end")
        await page.type("2")
        await page.until(lambda: "is taken" not in page.text)
        await page.press("enter")
        await ended(page)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(status=403, message="No", id="AUTHZ-HKJwe"), "user.write"),
        (Fault(status=429, retry_after="3"), "accepts no more requests"),
    ],
)
async def test_a_refusal_of_no_field_says_what_to_do(fault: Fault, said: str) -> None:
    known = server()
    async with signed_in(known) as page:
        await filled(page, **grace())
        known.faults.add(fault, IMPORT)
        await page.press("ctrl+s")
        await page.sees(said)
        assert value(page, "first-name") == "Grace"
        await page.press("ctrl+s")
        await ended(page)
        assert hits(page) == 1


@pytest.mark.parametrize("fault", [Fault("withheld"), Fault("truncated")])
async def test_a_lost_answer_is_looked_up(fault: Fault) -> None:
    known = server()
    async with signed_in(known) as page:
        await filled(page, **grace())
        known.faults.add(fault, IMPORT)
        await page.press("ctrl+s")
        await ended(page)
        await results(page)
        await page.sees("The answer was lost, but", (await found(page)).id)
        assert hits(page) == 1


async def test_a_passkey_link_that_was_lost_can_be_made_again() -> None:
    known = server()
    async with signed_in(known) as page:
        await filled(page, **grace(sign_in="passkey"))
        known.faults.add(Fault("withheld"), IMPORT)
        await page.press("enter")
        await ended(page)
        await page.sees("created · passkey link lost")
        await results(page)
        await page.sees("lost with the answer: create a new one")
        await page.press("d")
        await page.told("The link was lost")
        await page.press("n")
        await page.sees("passkey link  hidden", "min from now")


async def unknown(page: Page, fault: Fault) -> None:
    """Neither the answer nor a look tells what became of it."""
    page.demo.faults.add(fault, IMPORT)
    looking = page.demo.faults.add(Fault(status=500), SEARCH, times=0)
    await page.press("ctrl+s")
    await page.sees("? It is not known whether Grace Hopper was created.", "F7 check", "ctrl+o result")
    assert looking.hits
    await page.press("ctrl+s")
    await page.told("First check whether Grace Hopper was created")
    await page.press("enter")
    await page.quiet()
    assert page.app.imports.sending is None


async def checked(page: Page) -> None:
    await page.press("f7")
    await page.until(lambda: not [one for one in page.app.imports.results if one.state == "checking"])


async def test_an_unknown_outcome_is_checked_before_anything_is_sent_again() -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace())
        form(page).roles = ("ORG_OWNER_VIEWER",)
        await unknown(page, Fault("withheld"))
        assert value(page, "first-name") == "Grace"
        await checked(page)
        await page.sees("? It is not known whether Grace Hopper was created.")
        page.demo.faults.clear()
        await checked(page)
        await ended(page)
        user = await found(page)
        await page.sees("✓ Grace Hopper: created · ORG_OWNER_VIEWER assigned")
        assert await roles_of(page, user.id) == ("ORG_OWNER_VIEWER",)
        assert form(page).values().is_blank
        await results(page)
        await page.sees("The answer was lost, but", user.id)
        assert hits(page) == 1


async def test_the_list_of_results_checks_an_unknown_import_too() -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace())
        await unknown(page, Fault("withheld"))
        await results(page)
        await page.sees(
            "It is not known whether Grace Hopper", "to            Acme Corp on", "by onboarding-bot"
        )
        assert "another" not in page.text
        page.demo.faults.clear()
        await page.press("r")
        await page.sees("Grace Hopper was created", "The answer was lost, but")


async def test_what_turns_out_not_to_have_happened_can_be_sent_again() -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace())
        await unknown(page, Fault("html", status=502, message="Bad gateway"))
        assert await created(page) is None
        page.demo.faults.clear()
        await checked(page)
        await page.told("Grace Hopper was not created")
        assert page.app.imports.results == []
        await page.press("ctrl+s")
        await ended(page)
        assert hits(page) == 1


async def test_another_user_with_that_user_name_is_not_taken_for_ours() -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace())
        await unknown(page, Fault("html", status=502, message="Bad gateway"))
        page.demo.faults.clear()

        async def other_admin(session: Session) -> None:
            store = page.demo.store
            user = next(iter(user for user in store.users.values() if user.email))
            store.change_user(user, "user.username.changed", user.id, user_name="GRACE")

        await on_network(page, other_admin)
        await checked(page)
        await page.sees("is taken on this instance")
        assert page.app.focused is field(page, "user-name")
        assert page.app.imports.results == []
        assert hits(page) == 0


async def test_an_unknown_import_can_be_dismissed_on_purpose_and_then_holds_up_nothing() -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace())
        await unknown(page, Fault("html", status=502, message="Bad gateway"))
        await results(page)
        await page.press("x")
        await page.sees("Dismiss Grace Hopper?", "It is not known yet whether Grace Hopper was created.")
        await page.press("y")
        await page.until(lambda: not page.app.screen.is_modal)
        page.demo.faults.clear()
        await page.press("ctrl+s")
        await ended(page)
        assert hits(page) == 1


# Connecting meanwhile


async def reconnected(page: Page, **settings: Any) -> None:
    """To the demo again, as Connect does it."""
    before = page.app.session
    page.app.connection.open(page.app.settings._replace(**settings))
    await page.until(lambda: page.app.session not in (None, before) and page.app.account is not None)


async def test_connecting_during_a_check_does_not_hold_up_importing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace())
        await unknown(page, Fault("withheld"))
        page.demo.faults.clear()
        held = Held(monkeypatch)
        await page.press("f7")
        await page.sees("Checking whether Grace Hopper was created …")
        await reconnected(page)
        await held.release(page)
        await ended(page)
        assert page.app.imports.reason_against_sending() is None
        await page.sees("✓ Grace Hopper: created")


async def test_an_unknown_import_waits_for_its_server_and_organization() -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace())
        await unknown(page, Fault("withheld"))
        page.demo.faults.clear()
        one = newest(page)
        here = one.target
        one.target = replace(here, instance="other.example", organization_name="Other Corp")
        assert page.app.imports.reason_against_sending() is None, "another server is not held up"
        await page.press("f7")
        await page.told("Grace Hopper was imported to Other Corp on other.example: connect there first.")
        assert one.state == "unknown"
        one.target = here
        await reconnected(page)
        await page.press("f7")
        await ended(page)
        assert hits(page) == 1


async def test_the_place_of_an_unknown_import_is_known_from_its_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where the account was not known yet when it was sent."""
    async with signed_in(server()) as page:
        await filled(page, **grace())
        with monkeypatch.context() as early:
            early.setattr(page.app.imports, "_account", lambda: None)
            page.demo.faults.add(Fault("withheld"), IMPORT)
            page.demo.faults.add(Fault(status=500), SEARCH, times=0)
            await page.press("ctrl+s")
            await page.sees("? It is not known whether Grace Hopper was created.")
        page.demo.faults.clear()
        await page.press("f7")
        await ended(page)


async def test_the_check_is_recorded_in_the_journal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    journals: list[Journal] = []

    def journal(session: Session) -> Journal:
        """One for the loop that first asks: the demo's changes are recorded nowhere else."""
        journals.extend([] if journals else [Journal(tmp_path)])
        return journals[0]

    monkeypatch.setattr(Session, "journal", property(journal))
    async with signed_in(server()) as page:
        await filled(page, **grace())
        await unknown(page, Fault("withheld"))
        page.demo.faults.clear()
        await checked(page)
        await ended(page)
    outcomes = [entry.outcome for entry in read(journals[0].path)]
    assert outcomes == [None, "unknown", "done"]


# Keys while a request is under way


def below_fields(page: Page) -> list[str]:
    """What is said below the fields of the form."""
    return [block.plain for block in form(page).query(".message.-visible").results(SafeBlock)]


async def test_two_ctrl_s_send_one_user_and_a_third_enter_loses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = Held(monkeypatch)
    async with signed_in(server()) as page:
        await filled(page, **grace(sign_in="passkey"))
        await page.press("ctrl+s", "ctrl+s", "enter")
        await page.sees("Importing Grace Hopper …")
        await held.release(page)
        await ended(page)
        await page.press("enter", "enter")
        await page.sees("✓ Grace Hopper: created · passkey link hidden")
        assert hits(page) == 1


async def test_what_is_typed_while_a_request_is_under_way_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(monkeypatch)
    async with signed_in(server()) as page:
        await opened(page)
        await page.burst(f"{GRACE}\r")
        await page.until(lambda: page.app.imports.sending is not None)
        await page.burst("\x15ada@acme.example")
        await held.release(page)
        await ended(page)
        assert (value(page, "email"), value(page, "first-name")) == ("ada@acme.example", "Grace")
        assert page.app.focused is field(page, "email")
        await page.sees("✓ Grace Hopper: created")


async def test_a_refusal_is_not_set_beside_a_value_it_is_not_about(monkeypatch: pytest.MonkeyPatch) -> None:
    known, held = server(), Held(monkeypatch)
    taken = next(user for user in known.store.users.values() if user.email).user_name
    async with signed_in(known) as page:
        await filled(page, **grace(user_name=taken))
        put(page, user_name=taken)
        await page.press("ctrl+s")
        put(page, user_name="grace-2")
        page.app.screen.set_focus(field(page, "nick-name"))
        await held.release(page)
        await page.told("Grace Hopper:", "is taken on this instance", "has changed since")
        assert page.app.focused is field(page, "nick-name")
        assert below_fields(page) == []
        put(page, user_name=taken)
        await page.quiet()
        assert below_fields(page) == [], "a refusal is kept only with the value it was shown beside"


async def test_a_refusal_does_not_move_the_cursor_of_who_types_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known, held = server(), Held(monkeypatch)
    taken = next(user for user in known.store.users.values() if user.email).user_name
    async with signed_in(known) as page:
        await filled(page, **grace())
        put(page, user_name=taken)
        await page.press("ctrl+s")
        page.app.screen.set_focus(field(page, "nick-name"))
        await page.burst("Amaz")
        await held.release(page)
        await page.until(lambda: below_fields(page))
        await page.burst("ing")
        assert page.app.focused is field(page, "nick-name")
        assert value(page, "nick-name") == "Amazing"


async def test_a_refused_value_is_marked_wherever_it_is_typed_again() -> None:
    known = server()
    taken = next(user for user in known.store.users.values() if user.email).user_name
    async with signed_in(known) as page:
        await filled(page, **grace())
        put(page, user_name=taken)
        await page.press("ctrl+s")
        await page.sees("is taken on this instance")
        put(page, user_name="grace-2")
        await page.until(lambda: not below_fields(page))
        put(page, user_name=taken)
        await page.until(lambda: "is taken on this instance" in "".join(below_fields(page)))


async def test_leaving_the_view_does_not_stop_an_import(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(monkeypatch)
    async with signed_in(server()) as page:
        await filled(page, **grace())
        await page.press("ctrl+s", "f2")
        await held.release(page)
        await page.told("Grace Hopper was created")
        assert not page.app.screen.is_modal
        await page.press("3", "ctrl+o")
        await page.sees((await found(page)).id)
        assert form(page).values().is_blank


@pytest.mark.parametrize(
    ("account", "settings", "said"),
    [
        ("onboarding-bot", {"read_only": True}, "--read-only"),
        ("viewer-bot", {}, "user.write"),
    ],
)
async def test_where_it_is_not_possible_the_form_says_why_and_sends_nothing(
    account: str, settings: dict[str, Any], said: str
) -> None:
    async with signed_in(server(), account=account, **settings) as page:
        await filled(page, **grace())
        await page.sees(said, "First name")
        await page.press("ctrl+s")
        await page.told(said)
        assert await created(page) is None
