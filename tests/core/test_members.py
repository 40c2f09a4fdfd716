"""Members: read, found and sorted."""

import random
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.canned import Canned, Reply
from tests.demo_clients import client_of
from tests.hostile import ALL
from zitadel_tui.core import members, rights
from zitadel_tui.core.members import COLUMNS, Column, Roster
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
    assert len(roster) == len({member.user_id for member in roster.members}) == roster.total == size
    assert roster.complete
    assert roster.sequence == (await members.read_position(client)).sequence


async def test_the_first_thousand_are_seen_before_the_rest_comes() -> None:
    seen: list[tuple[int, int, bool]] = []
    client = client_of(Demo(size=12_345))
    await members.read(
        client, on_page=lambda roster: seen.append((len(roster), roster.total, roster.complete))
    )
    assert seen == [(known, 12_345, False) for known in (1_000, 6_000, 11_000)]


async def test_a_server_that_never_gives_all_is_said_to_be_incomplete() -> None:
    reply = Reply({"details": {"totalResult": "3"}, "result": [{"userId": "1"}, {"userId": "2"}]})
    roster = await members.read(Canned(lambda asked: reply).client())
    assert (len(roster), roster.total, roster.complete) == (2, 3, False)
    roster = await members.read(Canned(lambda asked: reply).client(), on_page=lambda roster: None)
    assert (len(roster), roster.total, roster.complete) == (2, 3, False)


async def test_who_may_not_read_members_is_told_so() -> None:
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


def roster_of(*rows: Member) -> Roster:
    roster = Roster()
    roster.add(rows)
    return roster


def found(text: str, **how: Any) -> list[str]:
    roster = roster_of(OWNER, ROBOT, BOTH, BARE)
    return [roster.members[position].user_id for position in roster.order(parse(text), **how)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"1", "2", "3", "4"}),
        ("zoe", {"1"}),
        ("ANGSTROM", {"1"}),
        ("ångström zoë", {"1"}),
        ("zoe lovelace", set()),
        ("acme.test", {"1"}),
        ("role:owner", {"1", "3"}),
        ("role:ORG_OWNER_VIEWER", {"3"}),
        ("role:owner role:manager", {"3"}),
        ("role:owner ada", {"3"}),
        ("kind:service", {"2"}),
        ("kind:h", {"1", "3", "4"}),
        ("role: kind:", {"1", "2", "3", "4"}),
        ("2026-02-03", {"3"}),
        ("role:[/]", set()),
    ],
)
def test_a_filter_finds(text: str, expected: set[str]) -> None:
    assert set(found(text)) == expected


def test_owners_come_first_when_sorted_by_roles_and_who_has_none_last() -> None:
    assert found("", by="roles")[0] == "1"
    assert found("", by="roles")[-1] == "4"


@pytest.mark.parametrize("by", COLUMNS)
def test_descending_is_ascending_backwards(by: Column) -> None:
    assert found("", by=by, descending=True) == found("", by=by)[::-1]


def test_an_order_that_is_changed_by_its_owner_changes_no_other() -> None:
    roster = roster_of(OWNER, ROBOT, BOTH)
    roster.order(parse("")).clear()
    assert len(roster.order(parse(""))) == 3


def test_who_comes_again_is_replaced_in_place() -> None:
    roster = roster_of(OWNER, ROBOT)
    roster.order(parse(""), by="name")
    roster.add([member("1", display_name="Aaron"), BOTH])
    assert [one.user_id for one in roster.members] == ["1", "2", "3"]
    one = roster.get("1")
    assert one is not None
    assert members.name(one) == "Aaron"
    assert roster.get("nobody") is None
    assert roster.order(parse("zoe")) == []
    assert roster.order(parse(""), by="name")[0] == 0


def test_holders_of_a_role() -> None:
    assert [one.user_id for one in roster_of(OWNER, ROBOT, BOTH).holders("ORG_USER_MANAGER")] == ["2", "3"]


@pytest.mark.parametrize("by", COLUMNS)
def test_many_members_stand_in_one_order_however_the_server_gives_them(by: Column) -> None:
    draw = random.Random(1)
    names = draw.choices(["Ada", "ada", "Bob", "Zoë", "Émile", "李"], k=20_000)
    people = [member(f"id{at}", display_name=name) for at, name in enumerate(names)]
    shuffled = draw.sample(people, len(people))

    def ids(rows: list[Member]) -> list[str]:
        return [rows[at].user_id for at in roster_of(*rows).order(parse(""), by=by)]

    assert ids(people) == ids(shuffled)
    if by == "name":
        assert ids(people) == [
            one.user_id for one in sorted(people, key=lambda one: (folded(one.display_name), one.user_id))
        ]


def test_sorting_while_pages_come_forgets_nobody() -> None:
    roster = Roster()
    done = threading.Event()

    def grow() -> None:
        for start in range(0, 20_000, 500):
            roster.add([member(str(number)) for number in range(start, start + 500)])
        done.set()

    growing = threading.Thread(target=grow)
    growing.start()
    while not done.is_set():
        assert len(roster.order(parse(""), by="name")) <= len(roster.members)
    growing.join()
    assert sorted(roster.order(parse(""), by="name")) == list(range(20_000))


TEXT = st.one_of(st.text(max_size=20), st.sampled_from(ALL))


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=20), TEXT, st.sampled_from(COLUMNS))
def test_any_names_can_be_filtered_and_sorted(
    rows: list[tuple[str, str, str]], text: str, by: Column
) -> None:
    roster = roster_of(
        *(
            member(str(number), display_name=name, email=email, roles=(role,))
            for number, (name, email, role) in enumerate(rows)
        )
    )
    everybody = roster.order(parse(""), by=by)
    assert sorted(everybody) == list(range(len(rows)))
    chosen = roster.order(parse(text), by=by)
    assert chosen == [position for position in everybody if position in set(chosen)]


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(TEXT, st.data())
def test_every_part_of_a_name_finds_it_whatever_its_case(name: str, data: st.DataObject) -> None:
    roster = roster_of(member("1", display_name=name, user_type=HUMAN))
    words = [word for word in folded(name).split() if not word.startswith(("role:", "kind:"))]
    if words:
        word = data.draw(st.sampled_from(words))
        assert roster.order(parse(word)) == roster.order(parse(word.upper())) == [0]


def test_the_tables_of_roles_rank_an_owner_above_all_of_an_organization() -> None:
    assert rights.rank("ORG_OWNER") < rights.rank("ORG_OWNER_VIEWER")
