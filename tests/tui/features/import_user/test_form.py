"""The import form: name, email and enter are enough; what it will come to is said before it is sent."""

import pytest

from tests.hostile import ALL
from tests.tui.app_pages import signed_in, started
from tests.tui.features.import_user.forms import (
    GRACE,
    HASH,
    PASSWORD,
    Held,
    created,
    ended,
    field,
    filled,
    form,
    found,
    grace,
    opened,
    put,
    results,
    server,
    value,
)
from tests.tui.pages import control_characters
from zitadel_tui.core import availability
from zitadel_tui.core.user_form import UserForm
from zitadel_tui.demo.model import ACTIVE, INITIAL
from zitadel_tui.settings import Settings
from zitadel_tui.tui.app import ZitadelApp
from zitadel_tui.tui.features.import_user import view as import_view


async def test_name_email_and_enter_are_enough() -> None:
    async with signed_in(server()) as page:
        await opened(page)
        assert page.app.focused is field(page, "first-name")
        await page.type("Grace")
        await page.press("enter")
        assert page.app.focused is field(page, "last-name")
        await page.type("Hopper")
        await page.press("enter")
        assert page.app.focused is field(page, "email")
        await page.type("grace@acme.example")
        await page.sees("Initial: a mail with a code goes to grace@acme.example", "available")
        assert await created(page) is None
        await page.press("enter")
        await ended(page)
        user = await found(page)
        await results(page)
        await page.sees("Grace Hopper was created", user.id, "Acme Corp", "initial")
        assert (user.state, user.email, user.display) == (INITIAL, "grace@acme.example", "Grace Hopper")


async def test_every_field_arrives_by_keys_alone_typed_in_one_go() -> None:
    down, right, clear, send = "\x1b[B", "\x1b[C", "\x15", "\x13"
    async with signed_in(server()) as page:
        await opened(page)
        await page.burst(
            f"{GRACE}{down}{down}{clear}ghopper{down}Amazing Grace{down}Gracie{down}+41 71 000 00 00"
            f"{down} {down}g{down}f{down}{right}{down}{PASSWORD}{down} {send}",
        )
        await ended(page)
        user = await found(page, "ghopper")
        assert (user.first, user.last, user.nick, user.display) == (
            "Grace",
            "Hopper",
            "Gracie",
            "Amazing Grace",
        )
        assert (user.phone, user.phone_verified, user.language, user.gender) == (
            "+41710000000",
            True,
            "de",
            1,
        )
        assert (user.state, user.email_verified, bool(user.password_changed)) == (ACTIVE, True, True)


async def test_the_user_name_follows_the_email_until_it_is_edited() -> None:
    async with signed_in(server()) as page:
        await filled(page, email="grace@acme.example")
        assert value(page, "user-name") == "grace"
        put(page, email="g.hopper@acme.example")
        await page.until(lambda: value(page, "user-name") == "g.hopper")
        put(page, user_name="admiral")
        await page.quiet()
        put(page, email="other@acme.example")
        await page.quiet()
        assert value(page, "user-name") == "admiral"


async def test_a_taken_user_name_and_a_shared_email_are_hints_before_anything_is_sent() -> None:
    known = server()
    taken = next(
        user for user in known.store.users.values() if user.email and user.org == known.store.default_org
    )
    async with signed_in(known) as page:
        await filled(page, **grace(email=taken.email, user_name=taken.user_name.upper()))
        await page.sees("taken:", "Another user has this email", "(allowed)")
        put(page, user_name="somebody-new")
        await page.sees("available")
        put(page, email="nobody-has-this@acme.example")
        await page.until(lambda: "Another user" not in page.text)


async def test_an_answer_for_what_is_no_longer_typed_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    known = server()
    taken = next(
        user for user in known.store.users.values() if user.email and user.org == known.store.default_org
    )
    held = Held(monkeypatch, "check_availability", module=availability)
    async with signed_in(known) as page:
        await filled(page, **grace(user_name=taken.user_name))
        await page.until(lambda: held.waiting)
        monkeypatch.setattr(import_view, "_PAUSE", 60.0)  # no other answer covers this one
        put(page, user_name=f"{taken.user_name}-2")
        await page.quiet()
        await held.release(page)
        await page.until(lambda: held.finished)
        await page.quiet()
        await page.quiet()
        assert "taken:" not in page.text


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"phone": "071 000 00 00"}, "The phone number must start with +"),
        ({"email": "grace"}, "The email needs a form"),
        ({"first_name": "G" * 201}, "The first name has 201 characters; 200 are allowed."),
        ({"nick_name": "長" * 201}, "The nick name has 201 characters"),
        ({"sign_in": "password"}, "The password is missing"),
        ({"sign_in": "password", "password": "short"}, "The password lacks"),
        ({"sign_in": "hash"}, "The hash is missing."),
        ({"sign_in": "hash", "hash": "$2a$04$abc"}, "cut off or mistyped"),
    ],
)
async def test_what_the_server_would_refuse_is_not_sent_and_the_cursor_goes_there(
    values: dict[str, str], said: str
) -> None:
    async with signed_in(server()) as page:
        await filled(page, **{**grace(), **values})
        await page.press("ctrl+s")
        await page.sees(said)
        wrong = [name.replace("_", "-") for name in values][-1]
        wrong = wrong if wrong != "sign-in" else values["sign_in"]
        assert page.app.focused is field(page, wrong)
        assert await created(page) is None


async def test_what_is_wrong_so_far_is_reported_while_typing_and_does_not_hinder() -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace())
        page.app.screen.set_focus(field(page, "phone"))
        await page.type("071")
        await page.sees("The phone number must start with + and the country")
        await page.press("ctrl+u")
        await page.type("+41710000000")
        await page.until(lambda: "starts with +" not in page.text)


async def test_the_policy_is_a_checklist_and_a_generated_password_keeps_it() -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace(sign_in="password", password="abc"))
        await page.sees("missing: 8+ A-Z 0-9 symbol  a-z", "about a second")
        await page.press("ctrl+g")
        await page.until(lambda: "missing" not in page.text)
        generated = value(page, "password")
        await page.sees(generated)
        await page.press("ctrl+t")
        await page.until(lambda: generated not in page.text)
        await page.press("ctrl+s")
        await ended(page)
        assert (await found(page)).state == ACTIVE
        assert generated not in page.text
        await results(page)
        await page.press("s")
        await page.sees(generated)


async def test_the_preview_follows_the_choice_before_the_password_is_typed() -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace())
        await page.sees("Initial: a mail with a code")
        put(page, sign_in="password")
        await page.sees("→ The password is still missing.", "Active at once, no mail.", "must be changed at")
        assert "a mail with a code goes" not in page.text
        put(page, sign_in="hash")
        await page.sees("→ The hash is still missing.", "Active at once, no mail.")
        put(page, email_verified=False)
        await page.sees("Initial: a mail with a code")
        put(page, sign_in="passkey", email_verified=True, phone="+41710000000")
        await page.sees("Active at once, no mail.", "SMS with a code", "A passkey link comes with")
        put(page, phone_verified=True)
        await page.until(lambda: "SMS" not in page.text)


async def test_password_and_hash_are_never_both_sent() -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace(sign_in="password", password=PASSWORD))
        put(page, sign_in="hash", hash=HASH)
        await page.sees("The server keeps only a hash when it is given both")
        await page.press("escape", "c")
        await page.sees("hashedPa")
        assert '"password"' not in page.text
        assert HASH not in page.text
        assert PASSWORD not in page.text


async def test_the_hash_of_the_documentation_is_refused() -> None:
    published = "$2a$14$8p.NrnjLvA/lMC.5kS.LLeja7vc8W.oQt.3d.vwWsAfiJs8juUMiy"
    async with signed_in(server()) as page:
        await filled(page, **grace(sign_in="hash", hash=published))
        await page.press("ctrl+s")
        await page.sees("This hash is printed in ZITADEL's documentation")
        assert page.app.focused is field(page, "hash")
        assert await created(page) is None


async def test_hostile_text_in_any_field_harms_nothing() -> None:
    """Each text once in each third of the fields: they are shown in the same ways."""
    names = ("first_name", "last_name", "email", "user_name", "display_name", "nick_name", "phone", "hash")
    fields = (*names, "password")
    async with signed_in(server()) as page:
        await filled(page, sign_in="password")
        await page.press("ctrl+t")
        for shift in range(0, len(fields), 3):
            for start in range(0, len(ALL), len(fields)):
                texts = [ALL[(start + shift + place) % len(ALL)] for place in range(len(fields))]
                put(page, **dict(zip(fields, texts, strict=True)))
                await page.press("ctrl+s")
                assert not control_characters(page), texts
        form(page).reset()
        put(page, **grace(first_name=ALL[0][:100] or "G", last_name=ALL[1][:100] or "H"))
        put(page, display_name=ALL[2][:100])
        await page.quiet()
        await page.press("ctrl+s")
        await ended(page)
        assert not control_characters(page)


async def test_no_password_reaches_the_screen_unasked() -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace(sign_in="password"))
        page.app.screen.set_focus(field(page, "password"))
        seen = []
        for key in PASSWORD:
            await page.type(key)
            seen.append(page.text)
        await page.press("ctrl+s")
        await ended(page)
        seen.append(page.text)
        assert not [text for text in seen if PASSWORD[:4] in text]
        assert PASSWORD not in repr(form(page).values())


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_whole_form_is_in_sight(size: tuple[int, int]) -> None:
    async with signed_in(server(), size=size) as page:
        await filled(page, **grace(sign_in="password", password="abc", phone="071"))
        labels = ("First name", "Last name", "Email", "User name", "Display name", "Nick name", "Phone")
        await page.sees(*labels, "Language", "Gender", "Sign-in", "Password", "must change", "Roles")
        await page.sees("→ Active at once, no mail.", "ctrl+s import", "F1 help")


async def test_what_was_typed_stays_when_the_view_is_left() -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace(sign_in="password", password=PASSWORD))
        await page.press("f2")
        assert page.app.view.id == "members"
        await page.press("3")
        await page.until(lambda: page.app.view.id == "import")
        assert (value(page, "first-name"), value(page, "password")) == ("Grace", PASSWORD)


async def test_escape_leaves_the_field_first_and_letters_are_keys_then() -> None:
    async with signed_in(server()) as page:
        await opened(page)
        page.app.screen.set_focus(field(page, "sign-in"))
        await page.press("q", "1", "?")
        assert page.app.view.id == "import"
        assert not page.app.screen.is_modal
        await page.press("escape")
        assert page.app.focused is None
        await page.press("enter")
        assert page.app.focused is field(page, "sign-in")
        await page.press("escape", "1")
        assert page.app.view.id == "members"


async def test_a_form_typed_in_one_go_from_another_view_is_sent() -> None:
    """As a slow line delivers it."""
    async with started(Settings(demo=True), server(), app=ZitadelApp) as page:
        await page.until(lambda: "import" in page.app.views and form(page).is_ready)
        await page.burst(f"3{GRACE}\x7f\x7fle\r")
        await ended(page)
        user = await found(page)
        assert (user.first, user.last, user.email) == ("Grace", "Hopper", "grace@acme.example")


async def test_quitting_with_a_half_typed_form_asks() -> None:
    async with signed_in(server()) as page:
        await filled(page, first_name="Grace")
        await page.press("f2", "q")
        await page.sees("Quit?", "The import form is filled in but not sent.", "y Quit")
        await page.press("enter")
        await page.until(lambda: not page.app.screen.is_modal)
        assert page.app.is_running
        await page.press("q")
        await page.sees("Quit?")
        await page.press("y")
        await page.until(lambda: page.app._exit)
    assert page.app.return_code == 0


async def test_quitting_twice_does_not_ask_twice() -> None:
    async with signed_in(server()) as page:
        await filled(page, first_name="Grace")
        await page.press("ctrl+q")
        await page.sees("Quit?")
        await page.press("ctrl+q")
        await page.until(lambda: page.app._exit)


async def test_an_empty_form_is_not_sent() -> None:
    async with signed_in(server()) as page:
        await opened(page)
        await page.press("enter")
        await page.told("The form is empty.")
        assert "is missing" not in page.text


async def test_a_key_clears_the_form_after_a_question_when_something_is_typed() -> None:
    async with signed_in(server()) as page:
        await filled(page, language="de")
        await page.press("ctrl+n")
        await page.until(lambda: value(page, "language") == "")
        await page.burst("Grace\tHopper\x0e")
        await page.sees("Clear the form of Grace Hopper?", "What you typed will be lost.")
        await page.press("escape")
        await page.until(lambda: not page.app.screen.is_modal)
        assert value(page, "first-name") == "Grace"
        await page.press("ctrl+n", "y")
        await page.until(lambda: form(page).values() == UserForm())
        await page.until(lambda: page.app.focused is field(page, "first-name"))


async def test_on_a_narrow_screen_what_is_chosen_can_still_be_read() -> None:
    async with signed_in(server(), size=(60, 16)) as page:
        await filled(page, **grace(sign_in="passkey"))
        await page.sees("‹ passkey link ›")
        page.app.screen.set_focus(field(page, "roles"))
        await page.until(lambda: any(line.lstrip().startswith("Roles ") for line in page.lines))
        await page.resize(80, 24)
        await page.sees("( ) password", "(•) passkey link")


async def test_the_request_behind_the_form_holds_no_secret() -> None:
    async with signed_in(server()) as page:
        await filled(page, **grace(sign_in="password", password=PASSWORD))
        await page.press("escape", "c")
        await page.sees("users/human/_import", '"userName":"grace"', "••••")
        assert PASSWORD not in page.text


async def test_letters_choose_and_arrows_go_on() -> None:
    async with signed_in(server()) as page:
        await opened(page)
        page.app.screen.set_focus(field(page, "language"))
        await page.press("e")
        assert value(page, "language") == "en"
        await page.press("right")
        assert value(page, "language") not in ("", "en")
        await page.press("left", "left", "space")
        assert value(page, "language") == "en"
