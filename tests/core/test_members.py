"""Members: read, found and sorted."""

import random
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.canned import Canned, Reply
from tests.demo_clients import client_of
from tests.hostile import ALL
from zitadel_tui.core import members, rights
from zitadel_tui.core.collection import finish
from zitadel_tui.core.members import COLUMNS, FIELDS, Difference, Roster
from zitadel_tui.core.search import folded, parse
from zitadel_tui.demo.server import Demo
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.base import Details
from zitadel_tui.zitadel.wire.members import HUMAN, MACHINE, Member


@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 12_345])
async def test_every_member_is_read_once(size: int) -> None:
    demo = Demo(size=size)
    client = client_of(demo, "iam-bot")
    roster = await members.read(client, on_page=lambda roster: None)
    assert len(roster) == len({member.user_id for member in roster}) == roster.total == size
    assert roster.complete
    assert roster.sequence == (await members.read_position(client)).sequence


async def test_the_first_thousand_are_seen_before_the_rest_comes() -> None:
    seen: list[tuple[int, int, bool]] = []
    client = client_of(Demo(size=12_345))
    await members.read(
        client, on_page=lambda roster: seen.append((len(roster), roster.total, roster.complete))
    )
    assert seen == [(known, 12_345, False) for known in (1_000, 6_000, 11_000)]


async def test_a_server_that_never_gives_all_is_reported_to_be_incomplete() -> None:
    reply = Reply({"details": {"totalResult": "3"}, "result": [{"userId": "1"}, {"userId": "2"}]})
    roster = await members.read(Canned(lambda asked: reply).client())
    assert (len(roster), roster.total, roster.complete) == (2, 3, False)
    roster = await members.read(Canned(lambda asked: reply).client(), on_page=lambda roster: None)
    assert (len(roster), roster.total, roster.complete) == (2, 3, False)


async def test_an_account_that_may_not_read_members_is_informed() -> None:
    demo = Demo(size=3)
    with pytest.raises(errors.NotPermitted) as caught:
        await members.read(client_of(demo, "user-manager-bot"))
    assert caught.value.permission == "org.member.read"
    with pytest.raises(errors.NoMembership):
        await members.read(client_of(demo, "nobody-bot"))


async def test_the_sequence_moves_with_every_write_to_a_member() -> None:
    demo = Demo(size=3, lag=(0, 0))
    client = client_of(demo)
    before = await members.read_position(client)
    assert (await members.read_position(client)).sequence == before.sequence
    guest = demo.store.user_named("mindy@globex.example")
    assert guest is not None
    demo.store.put_member(demo.store.default_org, guest.id, ("ORG_OWNER_VIEWER",), guest.id)
    after = await members.read_position(client)
    assert int(after.sequence) == int(before.sequence) + 1
    assert after.changed_at is not None
    assert before.changed_at is not None
    assert after.changed_at > before.changed_at


async def test_instance_administrators_are_found_beside_the_members() -> None:
    found = await members.instance_administrators(client_of(Demo(size=3)))
    assert {role for member in found for role in member.roles} >= {"IAM_OWNER", "IAM_OWNER_VIEWER"}


def member(user_id: str, **fields: Any) -> Member:
    return Member(user_id=user_id, **fields)


OWNER = member("1", display_name="Zoë Ångström", roles=("ORG_OWNER",), user_type=HUMAN, email="zoe@acme.test")
ROBOT = member("2", display_name="Robot", roles=("ORG_USER_MANAGER",), user_type=MACHINE)
BOTH = member(
    "3",
    display_name="Ada Lovelace",
    roles=("ORG_USER_MANAGER", "ORG_OWNER_VIEWER"),
    user_type=HUMAN,
    preferred_login_name="ada",
    details=Details(creation_date="2026-02-03T04:05:06Z"),
)
BARE = member("4", user_type=HUMAN)


def ids(rows: Iterable[Member], text: str, *, by: str = "roles", descending: bool = False) -> list[str]:
    return Roster(rows).arrange(parse(text, FIELDS), by=by, descending=descending).ids


def found(text: str, **how: Any) -> list[str]:
    return ids([OWNER, ROBOT, BOTH, BARE], text, **how)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"1", "2", "3", "4"}),
        ("zoe", {"1"}),
        ("ANGSTROM", {"1"}),
        ("ångström zoë", {"1"}),
        ("zoe lovelace", set()),
        ("acme.test", {"1"}),
        ("role:owner", {"1"}),
        ("role:org_owner", {"1"}),
        ("role:own", {"1", "3"}),
        ("role:owner_", {"3"}),
        ("role:owner_viewer", {"3"}),
        ("role:ORG_OWNER_VIEWER", {"3"}),
        ("role:viewer", {"3"}),
        ("role:own role:manager", {"3"}),
        ("role:own ada", {"3"}),
        ("kind:service", {"2"}),
        ("kind:h", {"1", "3", "4"}),
        ("role: kind:", {"1", "2", "3", "4"}),
        ("2026-02-03", {"3"}),
        ("2026-02-03t", set()),
        ("role:[/]", set()),
    ],
)
def test_a_filter_finds(text: str, expected: set[str]) -> None:
    assert set(found(text)) == expected


def test_owners_come_first_when_sorted_by_roles_and_who_has_none_last() -> None:
    assert found("", by="roles")[0] == "1"
    assert found("", by="roles")[-1] == "4"


@pytest.mark.parametrize("by", COLUMNS)
def test_descending_is_ascending_backwards(by: str) -> None:
    assert found("", by=by, descending=True) == found("", by=by)[::-1]


def test_holders_of_a_role() -> None:
    roster = Roster([OWNER, ROBOT, BOTH])
    assert [one.user_id for one in roster.holders("ORG_USER_MANAGER")] == ["2", "3"]


ROLES = st.lists(st.sampled_from(["ORG_OWNER", "ORG_OWNER_VIEWER", "ORG_CUSTOM"]), max_size=3)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["Ada", "Bob"]), ROLES | st.none())))
def test_holders_follow_every_change(changes: list[tuple[str, str, list[str] | None]]) -> None:
    """Without a list of roles the membership ends."""
    roster = Roster([OWNER, ROBOT, BOTH])
    holders = finish(roster.finding_holders())
    for user_id, name, roles in changes:
        if roles is None:
            roster.remove(user_id)
        else:
            roster.put(member(user_id, display_name=name, roles=tuple(roles)))
    assert holders.roles == {role for one in roster for role in one.roles}
    for role in ("ORG_OWNER", "ORG_OWNER_VIEWER", "ORG_USER_MANAGER", "ORG_CUSTOM"):
        expected = sorted(roster.holders(role), key=lambda one: (folded(members.name(one)), one.user_id))
        assert (holders.number(role), holders.first(role, 9)) == (len(expected), expected)
    assert finish(roster.finding_holders()) is holders
    assert roster.total == len(roster)


@pytest.mark.parametrize("turns", range(8))
def test_what_changes_while_two_readings_are_compared_is_no_difference(
    turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "STEP", 1)
    before, after = (Roster(Member(user_id=one, roles=("ORG_OWNER",)) for one in "abcd") for _ in range(2))
    comparing = members.comparing(before, after)
    for _ in range(turns):
        next(comparing, None)
    for roster in (before, after):
        roster.remove("b")
        roster.put(Member(user_id="c"))
        roster.put(Member(user_id="e"))
    assert finish(comparing) == Difference()


@pytest.mark.parametrize("by", COLUMNS)
def test_many_members_stand_in_one_order_however_the_server_gives_them(by: str) -> None:
    draw = random.Random(1)
    names = draw.choices(["Ada", "ada", "Bob", "Zoë", "Émile", "李"], k=20_000)
    people = [member(f"id{at}", display_name=name) for at, name in enumerate(names)]
    shuffled = draw.sample(people, len(people))

    assert ids(people, "", by=by) == ids(shuffled, "", by=by)
    if by == "name":
        assert ids(people, "", by=by) == [
            one.user_id for one in sorted(people, key=lambda one: (folded(one.display_name), one.user_id))
        ]


TEXT = st.one_of(st.text(max_size=20), st.sampled_from(ALL))


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=20), TEXT, st.sampled_from(COLUMNS))
def test_any_names_can_be_filtered_and_sorted(rows: list[tuple[str, str, str]], text: str, by: str) -> None:
    people = [
        member(str(number), display_name=name, email=email, roles=(role,))
        for number, (name, email, role) in enumerate(rows)
    ]
    everybody, chosen = ids(people, "", by=by), ids(people, text, by=by)
    assert sorted(everybody) == sorted(one.user_id for one in people)
    assert chosen == [one for one in everybody if one in set(chosen)]


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(TEXT, st.data())
def test_every_part_of_a_name_finds_it_whatever_its_case(name: str, data: st.DataObject) -> None:
    people = [member("1", display_name=name, user_type=HUMAN)]
    words = [word for word in folded(name).split() if not word.startswith(("role:", "kind:"))]
    if words:
        word = data.draw(st.sampled_from(words))
        assert ids(people, word) == ids(people, word.upper()) == ["1"]


def test_the_tables_of_roles_rank_an_owner_above_all_of_an_organization() -> None:
    assert rights.rank("ORG_OWNER") < rights.rank("ORG_OWNER_VIEWER")
