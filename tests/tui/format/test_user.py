"""The lines about a person, whatever the server says of them; and those about roles."""

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile import ALL
from zitadel_tui.core import rights
from zitadel_tui.core.collection import finish
from zitadel_tui.core.members import Roster
from zitadel_tui.core.user_lookup import Card
from zitadel_tui.tui.format.lines import Line
from zitadel_tui.tui.format.role_text import Held, comparison_lines, held, role_lines
from zitadel_tui.tui.format.user import UserContext, user_lines
from zitadel_tui.tui.widgets.safe import block
from zitadel_tui.zitadel.errors import NotFound, NotPermitted
from zitadel_tui.zitadel.wire.base import Details
from zitadel_tui.zitadel.wire.members import MACHINE, Member, Membership
from zitadel_tui.zitadel.wire.projects import UserGrant
from zitadel_tui.zitadel.wire.users import (
    Email,
    EventType,
    HistoryEntry,
    Human,
    Machine,
    Phone,
    Profile,
    User,
)

HERE, ELSEWHERE = "100000", "200000"
PLACE = UserContext("Acme Corp", HERE, datetime(2026, 11, 24, 12, tzinfo=UTC), 80)
MEMBER = Member(
    user_id="7",
    details=Details(creation_date="2026-11-21T12:00:00Z", resource_owner=HERE),
    roles=("ORG_OWNER_VIEWER", "ORG_OWNER"),
    preferred_login_name="ada@acme",
    display_name="Ada",
    user_resource_owner=HERE,
)
ADA = User(
    id="7",
    details=Details(
        creation_date="2025-01-01T00:00:00Z", change_date="2026-11-24T11:00:00Z", resource_owner=HERE
    ),
    state="USER_STATE_LOCKED",
    user_name="ada",
    login_names=("ada@acme", "ada@other"),
    preferred_login_name="ada@acme",
    human=Human(
        profile=Profile(
            first_name="Ada",
            last_name="Lovelace",
            nick_name="Countess",
            display_name="Ada L.",
            preferred_language="en",
            gender="GENDER_FEMALE",
        ),
        email=Email(email="ada@acme.example", is_email_verified=True),
        phone=Phone(phone="+41710000000"),
        password_changed="2026-11-20T12:00:00Z",
    ),
)
MEMBERSHIPS = (
    Membership(project_id="1", display_name="Payroll", roles=("PROJECT_OWNER",)),
    Membership(org_id=HERE, display_name="Acme Corp", roles=("ORG_OWNER",), details=MEMBER.details),
    Membership(iam=True, roles=("IAM_OWNER",)),
    Membership(project_grant_id="2", roles=("PROJECT_GRANT_OWNER",)),
)
HISTORY = (
    HistoryEntry(
        change_date="2026-11-24T11:00:00Z",
        event_type=EventType(localized_message="User locked"),
        editor_id="9",
        editor_preferred_login_name="root@acme",
    ),
    HistoryEntry(
        change_date="2026-11-20T12:00:00Z",
        event_type=EventType(key="EventTypes.user.human.password.changed"),
        editor_id="7",
    ),
)
CARD = Card(user=ADA, memberships=MEMBERSHIPS, history=HISTORY)


def plain(lines: list[Line]) -> str:
    return block(lines).plain


def test_every_field_of_a_user_is_there() -> None:
    text = plain(user_lines(MEMBER, CARD, PLACE))
    assert text.splitlines()[0].startswith("Ada L.")
    assert text.splitlines()[0].endswith("locked · human")
    for told in (
        "ada@acme.example  verified",
        "+41710000000  not verified",
        *("ada@acme", "ada@other", "Countess", "Lovelace", "female", "Acme Corp"),
        *("4 d ago", "2025-01-01", "1 h ago"),
    ):
        assert told in text


def test_power_is_reported_from_the_instance_down_with_roles_in_words() -> None:
    text = plain(user_lines(MEMBER, CARD, PLACE))
    places = ["instance", "Acme Corp  ", "project Payroll", "project grant 2"]
    power = text[text.index("Roles\n") : text.index("Recent changes")]
    assert [power.index(f"  {place}") for place in places] == sorted(
        power.index(f"  {place}") for place in places
    )
    assert "IAM_OWNER  everything, in every organization" in power
    assert "since 3 d" in power


def test_lately_says_what_and_who() -> None:
    text = plain(user_lines(MEMBER, CARD, PLACE))
    assert "1 h         User locked  by root@acme" in text
    assert "4 d         user.human.password.changed  by this account" in text


def test_what_the_list_knows_is_there_before_anything_has_been_read() -> None:
    text = plain(user_lines(MEMBER, None, PLACE))
    for told in ("Ada", "ada@acme", "reading …", "ORG_OWNER", "ORG_OWNER_VIEWER", "since 3 d"):
        assert told in text


def test_each_part_that_may_not_be_read_says_so_and_the_rest_stays() -> None:
    refused = NotPermitted("No.", permission="user.read")
    text = plain(user_lines(MEMBER, Card(user=refused, memberships=refused, history=refused), PLACE))
    assert text.count("Not permitted to this account.") == 3
    assert "user.read" in text
    assert "ORG_OWNER" in text
    one = plain(user_lines(MEMBER, replace(CARD, history=refused), PLACE))
    assert one.count("Not permitted to this account.") == 1
    assert "project Payroll" in one


def test_a_guest_keeps_what_is_known_here() -> None:
    guest = Member(user_id="7", details=MEMBER.details, roles=("ORG_OWNER",), user_resource_owner=ELSEWHERE)
    gone = NotFound("Not here.")
    text = plain(user_lines(guest, Card(user=gone, memberships=MEMBERSHIPS, history=gone), PLACE))
    assert f"another one, id {ELSEWHERE}" in text
    assert "A guest:" in text
    assert "Not here." not in text


def test_a_service_account_has_a_token_type_and_no_email() -> None:
    robot = User(id="7", user_name="bot", machine=Machine(name="Bot", description="robots", has_secret=True))
    text = plain(user_lines(Member(user_id="7", user_type=MACHINE), replace(CARD, user=robot), PLACE))
    for told in ("Bot", "service account", "robots", "bearer", "client secret"):
        assert told in text
    assert "verified" not in text


@pytest.mark.parametrize("width", [20, 45, 76, 140])
@pytest.mark.parametrize("text", ALL)
def test_no_text_of_a_server_leaves_its_line_or_reaches_the_terminal_as_control(
    text: str, width: int
) -> None:
    entry = HistoryEntry(event_type=EventType(localized_message=text), editor_display_name=text)
    profile = Profile(first_name=text, display_name=text, preferred_language=text, gender=text)
    user = User(
        id=text,
        state=text,
        user_name=text,
        login_names=(text, "other"),
        human=Human(profile=profile, email=Email(email=text), phone=Phone(phone=text)),
    )
    card = Card(
        user=user, memberships=(Membership(org_id="1", display_name=text, roles=(text,)),), history=(entry,)
    )
    member = Member(user_id=text, display_name=text, roles=(text,), user_resource_owner=text)
    for seen in (None, card):
        shown = plain(user_lines(member, seen, replace(PLACE, width=width, organization=text)))
        assert not [sign for sign in shown if sign != "\n" and unicodedata.category(sign) in ("Cc", "Cs")]
    role = plain(role_lines(text, Held(1, [member]), width)) + plain(
        comparison_lines(text, "ORG_OWNER", width)
    )
    assert not [sign for sign in role if sign != "\n" and unicodedata.category(sign) in ("Cc", "Cs")]


@given(st.text(), st.integers(min_value=1, max_value=200))
def test_any_role_key_and_width_can_be_formatted(role: str, width: int) -> None:
    assert plain(role_lines(role, None, width))
    assert plain(comparison_lines(role, "ORG_OWNER", width))


@pytest.mark.parametrize("width", [76, 140])
def test_a_comparison_tells_every_permission_in_exactly_one_part(width: int) -> None:
    first, second = "ORG_SETTINGS_MANAGER", "ORG_USER_MANAGER"
    compared = rights.compare(first, second)
    text = plain(comparison_lines(first, second, width))
    for title, keys in (
        (f"only {first}", compared.only_first),
        ("both", compared.both),
        (f"only {second}", compared.only_second),
    ):
        assert f"{title} ({len(keys)})" in text
    if width > 100:
        for key in (*compared.only_first, *compared.both, *compared.only_second):
            assert text.split().count(key) == 1


def test_a_role_the_tool_does_not_know_is_reported_to_be_one() -> None:
    text = plain(role_lines("ORG_CUSTOM", Held(0, ()), 80))
    for told in ("custom role", "no one", "This tool knows ZITADEL's own roles only"):
        assert told in text
    assert "PERMITS" not in text


def test_who_holds_a_role_is_counted_and_the_first_are_named() -> None:
    names = ("Zoe", "ada", "Émile", "Bob", "Carl", "Dora", "Xi")
    here = [Member(user_id=name, display_name=name, roles=("ORG_OWNER",)) for name in names]
    here.append(Member(user_id="other", display_name="Aaron", roles=("ORG_OWNER_VIEWER",)))
    holders = finish(Roster(here).finding_holders())
    assert {role: held(role, holders).number for role in holders.roles} == {
        "ORG_OWNER": 7,
        "ORG_OWNER_VIEWER": 1,
    }
    text = plain(role_lines("ORG_OWNER", held("ORG_OWNER", holders), 80))
    named = [line.split()[0] for line in text.splitlines() if line.startswith("  ") and line.strip() in names]
    assert named == ["ada", "Bob", "Carl", "Dora", "Émile"]
    assert "and 2 more" in text


def test_project_roles_stand_by_project_and_what_does_not_count_is_reported() -> None:
    grants = (
        UserGrant(id="1", project_name="Billing", role_keys=("viewer", "clerk", "viewer")),
        UserGrant(id="2", project_id="77", state="USER_GRANT_STATE_INACTIVE", role_keys=("reader",)),
        UserGrant(id="3", project_name="[red]X[/red]\x1b[31m"),
    )
    card = Card(user=ADA, memberships=MEMBERSHIPS, history=HISTORY, grants=grants)
    text = plain(user_lines(MEMBER, card, PLACE))
    told = text[text.index("Project roles") :]
    assert re.search(r"Billing +clerk, viewer", told)
    assert re.search(r"77 +reader +inactive", told)
    assert "no roles" in told
    assert "[red]X[/red]" in told
    assert "\x1b" not in told
    refused = Card(
        user=ADA, memberships=(), history=(), grants=NotPermitted("No.", permission="user.grant.read")
    )
    assert "user.grant.read" in plain(user_lines(MEMBER, refused, PLACE))
    assert "none" in plain(user_lines(MEMBER, CARD, PLACE))
