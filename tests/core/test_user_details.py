"""The details of a user in words."""

import pytest

from zitadel_tui.core import user_details
from zitadel_tui.zitadel.wire.members import Membership
from zitadel_tui.zitadel.wire.users import EventType, HistoryEntry, Human, Machine, Profile, User

INSTANCE = Membership(iam=True, display_name="ZITADEL")
ACME = Membership(org_id="1", display_name="Acme")
NAMELESS = Membership(org_id="2")
PROJECT = Membership(project_id="3", display_name="Portal")
GRANT = Membership(project_grant_id="4")


@pytest.mark.parametrize(
    ("entry", "level", "where"),
    [
        (INSTANCE, "instance", "instance"),
        (ACME, "organization", "Acme"),
        (NAMELESS, "organization", "2"),
        (Membership(org_id="2", display_name="\u200b"), "organization", "2"),
        (PROJECT, "project", "project Portal"),
        (GRANT, "project grant", "project grant 4"),
    ],
)
def test_a_membership_has_a_level_and_a_place(entry: Membership, level: str, where: str) -> None:
    assert user_details.level(entry) == level
    assert user_details.where(entry) == where


def test_the_widest_membership_comes_first() -> None:
    mixed = [GRANT, PROJECT, ACME, NAMELESS, INSTANCE]
    assert user_details.widest_first(mixed) == [INSTANCE, NAMELESS, ACME, PROJECT, GRANT]


def test_humans_and_service_accounts_have_properties_of_their_own() -> None:
    human = User("1", human=Human(profile=Profile(first_name="Ada", gender="GENDER_FEMALE")))
    assert dict(user_details.properties(human))["gender"] == "female"
    unspecified = User("1", human=Human(profile=Profile(gender="GENDER_UNSPECIFIED")))
    assert dict(user_details.properties(unspecified))["gender"] == ""
    machine = User("1", machine=Machine(has_secret=True, access_token_type="ACCESS_TOKEN_TYPE_JWT"))
    assert dict(user_details.properties(machine)) == {
        "description": "",
        "token type": "JWT",
        "client secret": "set",
    }
    assert user_details.properties(User("1")) == []


def test_an_event_is_described_in_the_servers_words_with_its_editor() -> None:
    entry = HistoryEntry(event_type=EventType(key="EventTypes.user.locked"), editor_id="7")
    assert user_details.happened(entry) == "user.locked"
    assert user_details.editor(entry, "7") == "this account"
    assert user_details.editor(entry, "8") == "7"
