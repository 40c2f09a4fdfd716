"""Finding and resolving users of any organization; their details; the account itself."""

import pytest

from tests.demo_clients import client_of, id_of
from zitadel_tui.core import account, roles, user_lookup
from zitadel_tui.core.user_lookup import NoSuchUser, SeveralUsers
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.sample_names import ACCOUNTS
from zitadel_tui.demo.server import Demo
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.users import Email, Human, ImportHuman, Machine, Phone, Profile, User

GUEST = "mindy@globex.example"


@pytest.fixture
def demo() -> Demo:
    return Demo(lag=(0, 0))


@pytest.fixture
def client(demo: Demo) -> Client:
    return client_of(demo)


async def imported(client: Client, user_name: str, email: str = "", **fields: str) -> str:
    profile = Profile(first_name=fields.get("first", "First"), last_name=fields.get("last", "Last"))
    phone = Phone(phone=fields["phone"]) if "phone" in fields else None
    body = ImportHuman(
        user_name=user_name, profile=profile, email=Email(email=email or "a@b.test"), phone=phone
    )
    return (await client.send(calls.import_human(body))).user_id


def names(found: list[User]) -> set[str]:
    return {user.user_name for user in found}


async def test_users_are_found_by_part_of_any_name(client: Client) -> None:
    await imported(client, "quasimodo", "bell@notre-dame.test", first="Quentin", last="Xylander")
    for text in ("QUASI", "simod", "quentin", "xyland", "bell@", "NOTRE-dame", "Quentin Xylander"):
        assert names(await user_lookup.find(client, text)) == {"quasimodo"}, text


async def test_service_accounts_are_found_too(client: Client) -> None:
    assert "viewer-bot" in names(await user_lookup.find(client, "viewer"))


async def test_users_are_found_by_id_here(demo: Demo, client: Client) -> None:
    assert names(await user_lookup.find(client, id_of(demo, "viewer-bot"))) == {"viewer-bot"}


@pytest.mark.parametrize(
    "text", ["+49 30 1234567", "030 1234567", "+49301234567", "1234567", "(030) 123-4567"]
)
async def test_users_are_found_by_phone_as_one_writes_it(client: Client, text: str) -> None:
    await imported(client, "with-phone", phone="+49301234567")
    assert names(await user_lookup.find(client, text)) == {"with-phone"}


async def test_fewer_than_three_digits_are_not_searched_for_among_phones(client: Client) -> None:
    await imported(client, "with-phone", phone="+49301234567")
    assert names(await user_lookup.find(client, "345")) == {"with-phone"}
    assert names(await user_lookup.find(client, "34")) == set()


async def test_users_of_other_organizations_are_found_by_exact_login_name(client: Client) -> None:
    assert names(await user_lookup.find(client, GUEST)) == {GUEST}
    assert GUEST not in names(await user_lookup.find(client, "mindy@globex"))


async def test_what_is_found_is_sorted_and_each_once(client: Client) -> None:
    found = await user_lookup.find(client, "a")
    assert len(found) == len({user.id for user in found}) > 20
    keys = [user_lookup.name(user).casefold() for user in found]
    assert keys == sorted(keys)


async def test_an_account_that_may_not_look_across_organizations_still_finds_here(
    demo: Demo, client: Client
) -> None:
    demo.faults.add(Fault(status=403, id="AUTH-5mWD2"), "GET /management/v1/global/*", times=0)
    assert "viewer-bot" in names(await user_lookup.find(client, "viewer-bot"))


@pytest.mark.parametrize("text", ["x" * 300, "%", "_", "\u202e", "Zoë ' \" \\ / ?&=#", "日本", "[/foo]"])
async def test_any_text_can_be_looked_for(client: Client, text: str) -> None:
    await user_lookup.find(client, text)
    with pytest.raises((NoSuchUser, SeveralUsers)) as caught:
        await user_lookup.resolve(client, text)
    assert str(caught.value).isprintable()


async def test_text_that_is_no_unicode_is_reported(client: Client) -> None:
    for look in (user_lookup.find, user_lookup.resolve):
        with pytest.raises(errors.InvalidInput, match="not text"):
            await look(client, "caf\udce9")


async def test_one_is_resolved_by_id_login_name_or_email(demo: Demo, client: Client) -> None:
    user_id = await imported(client, "Quasi.Modo", "bell@notre-dame.test")
    for text in (user_id, "Quasi.Modo", "quasi.MODO", "BELL@notre-dame.test", f"  {user_id} "):
        assert (await user_lookup.resolve(client, text)).id == user_id, text


async def test_another_organizations_user_is_resolved_by_exact_login_name(demo: Demo, client: Client) -> None:
    assert (await user_lookup.resolve(client, GUEST)).id == id_of(demo, GUEST)


async def test_an_id_of_another_organization_is_taken_as_it_is(demo: Demo, client: Client) -> None:
    assert (await user_lookup.resolve(client, id_of(demo, GUEST))).id == id_of(demo, GUEST)


async def test_several_are_listed_and_none_is_chosen(client: Client) -> None:
    ids = {await imported(client, f"twin{number}", "twins@acme.test") for number in range(2)}
    with pytest.raises(SeveralUsers, match="2 users match") as caught:
        await user_lookup.resolve(client, "twins@acme.test")
    assert {user.id for user in caught.value.users} == ids


async def test_an_id_names_its_owner_even_if_another_is_called_so(client: Client) -> None:
    user_id = await imported(client, "owner")
    await imported(client, user_id)
    assert (await user_lookup.resolve(client, user_id)).user_name == "owner"


async def test_no_match_suggests_the_nearest(client: Client) -> None:
    with pytest.raises(NoSuchUser, match="email 'viewer-bit'") as caught:
        await user_lookup.resolve(client, "viewer-bit")
    assert caught.value.hint == "Did you mean viewer-bot?"


async def test_two_letters_are_enough_to_suggest_the_nearest(client: Client) -> None:
    await imported(client, "quo")
    with pytest.raises(NoSuchUser) as caught:
        await user_lookup.resolve(client, "qu")
    assert caught.value.hint == "Did you mean quo?"


@pytest.mark.parametrize("text", ["", "   ", "zzzzzzzzzz"])
async def test_no_near_match_suggests_a_search(client: Client, text: str) -> None:
    with pytest.raises(NoSuchUser) as caught:
        await user_lookup.resolve(client, text)
    assert "users find" in caught.value.hint


async def test_a_card_holds_all_that_is_known(demo: Demo, client: Client) -> None:
    card = await user_lookup.card(client, id_of(demo, "onboarding-bot"))
    assert isinstance(card.user, User)
    assert card.user.user_name == "onboarding-bot"
    assert isinstance(card.memberships, tuple)
    assert {role for one in card.memberships for role in one.roles} == {"ORG_OWNER", "IAM_OWNER_VIEWER"}
    assert isinstance(card.history, tuple)
    assert card.history[-1].event_type.key


async def test_a_part_that_may_not_be_read_is_the_refusal_itself(demo: Demo) -> None:
    card = await user_lookup.card(client_of(demo, "settings-bot"), id_of(demo, "viewer-bot"))
    parts = (card.user, card.memberships, card.history)
    assert [part.permission for part in parts if isinstance(part, errors.NotPermitted)] == [
        "user.read",
        "user.membership.read",
        "user.read",
    ]


async def test_the_card_of_a_guest_has_what_their_organization_keeps_out(demo: Demo, client: Client) -> None:
    card = await user_lookup.card(client, id_of(demo, GUEST))
    assert isinstance(card.user, errors.NotFound)


async def test_a_card_fails_with_the_connection(demo: Demo, client: Client) -> None:
    demo.faults.add(Fault(status=500, message="down"), "GET /management/*", times=0)
    with pytest.raises(errors.Unavailable):
        await user_lookup.card(client, id_of(demo, "viewer-bot"))


@pytest.mark.parametrize("row", ACCOUNTS, ids=[row[0] for row in ACCOUNTS])
async def test_every_account_learns_who_it_is_and_what_it_may(
    demo: Demo, row: tuple[str, str, str, tuple[str, ...], tuple[str, ...]]
) -> None:
    name, _, _, here, on_instance = row
    who = await account.identify(client_of(demo, name))
    assert who.name == name
    assert who.org_id == demo.store.default_org
    assert set(who.roles_here) == {*here, *on_instance}
    assert who.may("org.member.write") == ("ORG_OWNER" in here or "IAM_OWNER" in on_instance)
    assert who.may("user.write") == bool(
        {"ORG_OWNER", "ORG_USER_MANAGER", "IAM_OWNER"} & {*here, *on_instance}
    )
    if here or on_instance:
        assert who.organization_name == "Acme Corp"
    else:
        assert who.organization_name == who.org_id
        assert (who.organization, who.permissions, who.roles_here) == (None, (), ())


async def test_in_another_organization_an_account_may_what_its_roles_there_allow(demo: Demo) -> None:
    globex = next(org.id for org in demo.store.orgs.values() if org.name == "Globex")
    viewer = await account.identify(client_of(demo, "onboarding-bot", org_id=globex))
    assert (viewer.org_id, viewer.organization_name) == (globex, "Globex")
    assert viewer.roles_here == ("IAM_OWNER_VIEWER",)
    assert not viewer.may("org.member.write")
    stranger = await account.identify(client_of(demo, "viewer-bot", org_id=globex))
    assert (stranger.organization, stranger.roles_here, stranger.permissions) == (None, (), ())


@pytest.mark.parametrize("org_id", ["4711", "with blank", "new\nline", "ü", "x" * 300])
async def test_an_organization_that_is_none_is_reported(demo: Demo, org_id: str) -> None:
    with pytest.raises(errors.NotFound) as caught:
        await account.identify(client_of(demo, org_id=org_id))
    assert "--org" in caught.value.hint


@pytest.mark.parametrize(
    ("user", "name"),
    [
        (User("7", user_name="bot", machine=Machine(name="Deploy Bot")), "Deploy Bot"),
        (User("7", user_name="bot", machine=Machine()), "bot"),
        (User("7", user_name="ada", human=Human(profile=Profile(first_name="Ada", display_name="A."))), "A."),
        (
            User("7", user_name="ada", human=Human(profile=Profile(first_name="Ada", last_name="King"))),
            "Ada King",
        ),
        (User("7", user_name="ada", human=Human()), "ada"),
        (User("7"), "7"),
    ],
)
def test_a_user_is_called_by_the_best_name_there_is(user: User, name: str) -> None:
    assert user_lookup.name(user) == name


async def test_roles_are_offered_most_powerful_first(client: Client) -> None:
    offered = await roles.offered(client)
    assert offered[0] == "ORG_OWNER"
    assert "SELF_MANAGEMENT_GLOBAL" in offered
